package policy

import (
	"testing"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

type method struct{ need scope.Bits }

func (m *method) Covered(have *scope.Bits) bool { return have.Covers(&m.need) }
func (m *method) NeedNames() string             { return "t:a:read" }
func (m *method) UserPermission() string        { return "" }
func (m *method) Name() string                  { return "get-a" }

func goodCall() CallQuestion {
	tenant := entropy.ID[id.Tenant]()
	have := scope.Bits{}.With(3).With(70)
	return CallQuestion{Fresh: true, Live: true, Method: &method{scope.Bits{}.With(70)}, Tenant: tenant,
		TenantNamed: true, PathTenant: tenant, Scopes: &have}
}

func TestCall_each_thing_wrong_is_named(t *testing.T) {
	tests := []struct {
		name  string
		spoil func(*CallQuestion)
		want  refusal.Code
	}{
		{"revocations may be stale", func(q *CallQuestion) { q.Fresh = false }, refusal.RevocationsStale},
		{"the session ended", func(q *CallQuestion) { q.Expired = true }, refusal.CredentialExpired},
		{"the session was revoked", func(q *CallQuestion) { q.Live = false }, refusal.CredentialRevoked},
		{"a method that no catalog names", func(q *CallQuestion) { q.Method = nil }, refusal.MethodUnknown},
		{"another site in the path", func(q *CallQuestion) { q.PathTenant = entropy.ID[id.Tenant]() }, refusal.TenantMismatch},
		{"no site at all in the path", func(q *CallQuestion) { q.PathTenant = id.Tenant{} }, refusal.TenantMismatch},
		{"a token of no tenant", func(q *CallQuestion) { q.Tenant, q.TenantNamed = id.Tenant{}, false }, refusal.TenantMismatch},
		{"a scope too few", func(q *CallQuestion) { s := scope.Bits{}.With(3); q.Scopes = &s }, refusal.ScopeNotGranted},
		{"a scope that was taken back", func(q *CallQuestion) { s := scope.Bits{}.With(3); q.Issued, q.Scopes = q.Scopes, &s }, refusal.ScopeNotGranted},
		{"no scopes at all", func(q *CallQuestion) { q.Scopes = nil }, refusal.ScopeNotGranted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q := goodCall()
			tt.spoil(&q)
			v := Call(&q)
			if v.Allowed() || len(v.Findings) == 0 || v.Findings[0].Code != tt.want {
				t.Errorf("allowed %v, findings %v; want a refusal with %s", v.Allowed(), v.Findings, tt.want)
			}
		})
	}
}

func TestCall_a_passing_call_allocates_nothing(t *testing.T) {
	q := goodCall()
	if n := testing.AllocsPerRun(1000, func() {
		if v := Call(&q); !v.Allowed() {
			t.Fatal("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCall_the_zero_question_is_refused(t *testing.T) {
	if v := Call(&CallQuestion{}); v.Allowed() {
		t.Error("the zero question passes")
	}
}

func BenchmarkCall(b *testing.B) {
	q := goodCall()
	b.ReportAllocs()
	for b.Loop() {
		if v := Call(&q); !v.Allowed() {
			b.Fatal("refused")
		}
	}
}

func TestCall_a_missing_scope_says_whether_it_was_ever_given(t *testing.T) {
	little := scope.Bits{}.With(3)
	for _, tt := range []struct {
		name  string
		spoil func(*CallQuestion)
		want  refusal.Case
		fixer refusal.Fixer
	}{
		{"a session that never had it", func(q *CallQuestion) { q.Issued, q.Scopes = &little, &little }, "", refusal.Developer},
		{"an app that never had it", func(q *CallQuestion) { q.Issued, q.Scopes, q.ForApp = &little, &little, true }, refusal.ForApp, refusal.Developer},
		{"an app that had it", func(q *CallQuestion) { q.Issued, q.Scopes, q.ForApp = q.Scopes, &little, true }, refusal.TakenBack, refusal.Administrator},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := goodCall()
			tt.spoil(&q)
			v := Call(&q)
			if v.Allowed() || len(v.Findings) != 1 || v.Findings[0].Case != tt.want || v.Findings[0].Definition().Fixer != tt.fixer {
				t.Errorf("allowed %v, findings %+v; want the case %q, fixed by the %s", v.Allowed(), v.Findings, tt.want, tt.fixer)
			}
		})
	}
}
