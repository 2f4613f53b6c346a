package policy_test

import (
	"strings"
	"testing"

	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// issuing is a question about a grant of which everything holds.
func issuing() *policy.IssueQuestion {
	return &policy.IssueQuestion{GrantLives: true, ClientFound: true, ClientEnabled: true, Authorized: true, Governed: true, UserFound: true,
		Scopes: scopes("a", "b", "c", "oauth"), Implied: scopes("oauth"), Registered: scopes("a", "b", "c"),
		Facts: func(s scope.Scope) (policy.Facts, bool) {
			return policy.Facts{Entitlement: s.String()}, s.String() != "oauth"
		},
		Entitled: func(string) bool { return true }}
}

func TestIssue(t *testing.T) {
	without := func(lost string) func(string) bool { return func(e string) bool { return e != lost } }
	for _, c := range []struct {
		name              string
		change            func(*policy.IssueQuestion)
		granted           string // empty: refused
		findings, dropped string
	}{
		{"everything holds", func(*policy.IssueQuestion) {}, "a b c oauth", "", ""},
		{"narrowed", func(q *policy.IssueQuestion) { q.Narrowed, q.Asked = true, scopes("a") }, "a", "", ""},
		{"more than was granted", func(q *policy.IssueQuestion) { q.Narrowed, q.Asked = true, scopes("a", "d") }, "", "scope_not_in_grant d", ""},
		{"a lost entitlement", func(q *policy.IssueQuestion) { q.Entitled = without("b") }, "a c oauth", "", "tenant_lacks_entitlement b"},
		{"a lost one that a code requires", func(q *policy.IssueQuestion) { q.Entitled, q.Required = without("b"), scopes("a", "b") }, "",
			"required_scope_lost b", "tenant_lacks_entitlement b"},
		{"a lost one that a code does not require", func(q *policy.IssueQuestion) { q.Entitled, q.Required = without("b"), scopes("a") }, "a c oauth", "",
			"tenant_lacks_entitlement b"},
		{"taken out of the registration since the code", func(q *policy.IssueQuestion) { q.Redeeming, q.Registered = true, scopes("a", "b") }, "a b oauth", "", "scope_mismatch c"},
		{"taken out of the registration, at a refresh", func(q *policy.IssueQuestion) { q.Registered = scopes("a") }, "a b c oauth", "", ""},
		{"a lower ceiling", func(q *policy.IssueQuestion) { q.Limited, q.Ceiling = true, scopes("a") }, "a oauth", "", "scope_not_authorized b, scope_not_authorized c"},
		{"a scope that no catalog knows any more", func(q *policy.IssueQuestion) {
			q.Scopes = scopes("a", "oauth", "z")
			q.Facts = func(s scope.Scope) (policy.Facts, bool) { return policy.Facts{}, s.String() == "a" }
		},
			"a oauth", "", "scope_unknown z"},
		{"nothing holds", func(q *policy.IssueQuestion) {
			q.Entitled, q.Implied = func(string) bool { return false }, scope.Set{}
			q.Scopes = scopes("a", "b")
		}, "",
			"no_scope_left", "tenant_lacks_entitlement a, tenant_lacks_entitlement b"},
		{"the grant ended", func(q *policy.IssueQuestion) { q.GrantLives = false }, "", "grant_ended", ""},
		{"the client is gone", func(q *policy.IssueQuestion) { q.ClientFound, q.ClientEnabled = false, false }, "", "client_unknown", ""},
		{"the client is off", func(q *policy.IssueQuestion) { q.ClientEnabled = false }, "", "client_disabled", ""},
		{"revoked", func(q *policy.IssueQuestion) { q.Authorized = false }, "", "authorization_revoked", ""},
		{"the user is gone", func(q *policy.IssueQuestion) { q.UserFound = false }, "", "user_not_in_tenant", ""},
		{"the user is disabled", func(q *policy.IssueQuestion) { q.UserDisabled = true }, "", "user_disabled", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := issuing()
			c.change(q)
			v := policy.Issue(q)
			if v.Granted.String() != c.granted || v.Allowed() != (c.granted != "") || lines(v.Findings) != c.findings || lines(v.Dropped) != c.dropped {
				t.Errorf("%v: %s; %s; dropped %s", v.Allowed(), v.Granted, lines(v.Findings), lines(v.Dropped))
			}
		})
	}
	if v := policy.Issue(&policy.IssueQuestion{}); v.Allowed() || v.Granted.Len() > 0 {
		t.Error("the empty question is granted")
	}
	q := issuing()
	q.Facts, q.Entitled, q.Implied = nil, nil, scope.Set{}
	if v := policy.Issue(q); v.Allowed() {
		t.Error("without facts something is issued")
	}
}

func lines(list []refusal.Finding) string {
	var out []string
	for _, f := range list {
		out = append(out, strings.TrimSpace(string(f.Code)+" "+f.Scope))
	}
	return strings.Join(out, ", ")
}
