package policy

import (
	"testing"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// guarded is a method that needs scope 70 and, beside it, the user's permission.
type guarded struct{ method }

func (m *guarded) UserPermission() string { return "t:a:manage" }

func TestCall_stages_and_permissions(t *testing.T) {
	little, enough := scope.Bits{}.With(3), scope.Bits{}.With(70)
	guard := &guarded{method{enough}}
	holds := func(p string) bool { return p == "t:a:manage" }
	for _, tt := range []struct {
		name     string
		change   func(*CallQuestion)
		refused  refusal.Code // empty: it passes
		foreseen refusal.Code // empty: nothing
	}{
		{"an enforcing tenant foresees nothing", func(*CallQuestion) {}, "", ""},
		{"nor does one that looks away", func(q *CallQuestion) { q.Stage, q.Scopes = Off, &little }, "", ""},
		{"one that reports lets a missing scope pass, and says so", func(q *CallQuestion) { q.Stage, q.Scopes, q.Held = Report, &little, &little }, "", refusal.ScopeNotGranted},
		{"and one that would be left out", func(q *CallQuestion) { q.Stage, q.Held = Report, &little }, "", refusal.ScopeNotGranted},
		{"and one of which nothing is known", func(q *CallQuestion) { q.Stage = Report }, "", refusal.ScopeNotGranted},
		{"but not what would hold", func(q *CallQuestion) { q.Stage, q.Held = Report, &enough }, "", ""},
		{"what is held and not issued is not enough", func(q *CallQuestion) { q.Stage, q.Scopes, q.Held = Report, &little, &enough }, "", refusal.ScopeNotGranted},
		{"a stage that is none enforces", func(q *CallQuestion) { q.Stage, q.Scopes = "unheard of", &little }, refusal.ScopeNotGranted, ""},
		{"no stage lets a revoked token pass", func(q *CallQuestion) { q.Stage, q.Held, q.Live = Report, &enough, false }, refusal.CredentialRevoked, ""},
		{"nor one into another tenant", func(q *CallQuestion) { q.Stage, q.Held, q.PathTenant = Off, &enough, entropy.ID[id.Tenant]() }, refusal.TenantMismatch, ""},

		{"scope and permission", func(q *CallQuestion) { q.Method, q.Permitted = guard, holds }, "", ""},
		{"scope without the permission", func(q *CallQuestion) { q.Method, q.Permitted = guard, func(string) bool { return false } }, refusal.UserLacksCallPermission, ""},
		{"nobody knows what the user holds", func(q *CallQuestion) { q.Method = guard }, refusal.UserLacksCallPermission, ""},
		{"permission without the scope", func(q *CallQuestion) { q.Method, q.Permitted, q.Scopes = guard, holds, &little }, refusal.ScopeNotGranted, ""},
		{"no stage stands in for a permission", func(q *CallQuestion) { q.Method, q.Stage, q.Held = guard, Off, &enough }, refusal.UserLacksCallPermission, ""},
		{"where no user is, none is asked", func(q *CallQuestion) { q.Method, q.Userless = guard, true }, "", ""},
		{"a client for itself still needs the scope", func(q *CallQuestion) { q.Method, q.Userless, q.Scopes = guard, true, &little }, refusal.ScopeNotGranted, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := goodCall()
			tt.change(&q)
			v := Call(&q)
			var got, foreseen refusal.Code
			if len(v.Findings) > 0 {
				got = v.Findings[0].Code
			}
			if v.Foreseen != nil {
				foreseen = v.Foreseen.Code
			}
			if got != tt.refused || v.Allowed() != (tt.refused == "") || foreseen != tt.foreseen {
				t.Errorf("allowed %v, refused with %q, foreseen %q", v.Allowed(), got, foreseen)
			}
		})
	}
	q := goodCall()
	q.Method, q.Scopes = guard, &little
	if v := Call(&q); len(v.Findings) != 2 {
		t.Errorf("scope and permission are missing, and it says %v", v.Findings)
	}
}

func TestSignIn_into_a_tenant_that_does_not_enforce(t *testing.T) {
	q := good()
	q.AllAssigned, q.Assigned, q.Lenient = false, set("t:b:read"), true
	v := SignIn(&q)
	if !v.Allowed() || v.Granted.String() != "t:a:read t:b:read t:b:update" || v.Held.String() != "t:b:read" {
		t.Errorf("%v: %s, held %s", v.Allowed(), v.Granted, v.Held)
	}
	for _, f := range v.Dropped {
		if f.Code == refusal.ScopeNotAssigned {
			t.Errorf("%s is dropped", f.Scope)
		}
	}
	q.Authorized = false // what was revoked stays so
	if v := SignIn(&q); v.Allowed() || v.Granted.Len()+v.Held.Len() > 0 {
		t.Error("revoked, and signed in")
	}
	q = good()
	q.AllAssigned, q.Assigned = false, set("t:b:read")
	if v := SignIn(&q); v.Granted.String() != "t:b:read" || !v.Held.Equal(v.Granted) {
		t.Errorf("%s, held %s", v.Granted, v.Held)
	}
}
