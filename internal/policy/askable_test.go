package policy_test

import (
	"slices"
	"testing"

	"prokura/internal/policy"
	"prokura/internal/scope"
)

// A request is possible where an administrator's approval is what is missing, and nothing else.
func TestA156_Askable(t *testing.T) {
	holds := func(permissions ...string) func(*policy.InstallQuestion) {
		return func(q *policy.InstallQuestion) {
			q.SuperAdmin = false
			q.Permissions = func(p string) bool { return slices.Contains(permissions, p) }
		}
	}
	all := func(changes ...func(*policy.InstallQuestion)) func(*policy.InstallQuestion) {
		return func(q *policy.InstallQuestion) {
			for _, change := range changes {
				change(q)
			}
		}
	}
	lacks := func(functions ...string) func(*policy.InstallQuestion) {
		return func(q *policy.InstallQuestion) {
			q.Entitled = func(e string) bool { return !slices.Contains(functions, e) }
		}
	}
	everything := holds("a:a:view", "b:b:view", "c:c:view")
	for _, c := range []struct {
		name   string
		change func(*policy.InstallQuestion)
		want   bool
	}{
		{"nothing stands in the way", func(*policy.InstallQuestion) {}, false},
		{"no administrator decided", func(q *policy.InstallQuestion) { q.Governed = policy.Failed }, true},
		{"others are admitted", func(q *policy.InstallQuestion) { q.Admitted = policy.Failed }, true},
		{"a scope is beyond what was decided", func(q *policy.InstallQuestion) { q.Limited, q.Ceiling = true, scopes("a", "c") }, true},
		{"an optional scope is beyond what was decided", func(q *policy.InstallQuestion) { q.Limited, q.Ceiling = true, scopes("a", "b") }, true},
		{"an optional scope is beyond what was decided, and the plan lacks it", all(func(q *policy.InstallQuestion) { q.Limited, q.Ceiling = true, scopes("a", "b") }, lacks("c")), false},
		{"all that is asked for is optional, and beyond what was decided", func(q *policy.InstallQuestion) {
			q.Scope, q.Required, q.Conditional, q.Implied = scope.Set{}, scope.Set{}, scope.Set{}, scope.Set{}
			q.Limited, q.Ceiling = true, scopes("a")
		}, true},
		{"the permission to install is missing", everything, true},
		{"the permission to install and another for what is required are missing", holds("a:a:view", "c:c:view"), false},
		{"the permission to install and another for what is optional are missing", holds("a:a:view", "b:b:view"), true},
		{"only another permission is missing", holds("a:a:view", "c:c:view", policy.InstallPermission), false},
		{"the permission to install is missing, and a function of the plan", all(everything, lacks("b")), false},
		{"no administrator decided, and the plan lacks a function", all(func(q *policy.InstallQuestion) { q.Governed = policy.Failed }, lacks("a")), false},
		{"the permission to install is missing for what was revoked", all(everything, func(q *policy.InstallQuestion) { q.Revoked, q.Governed = true, policy.Failed }), false},
		{"the permission to install is missing for what was blocked", all(everything, func(q *policy.InstallQuestion) { q.Blocked, q.Governed = true, policy.Failed }), false},
		{"who lacks it is disabled", all(everything, func(q *policy.InstallQuestion) { q.Disabled = true }), false},
		{"the app is switched off", all(everything, func(q *policy.InstallQuestion) { q.Enabled = false }), false},
		{"nobody knows the name", all(everything, func(q *policy.InstallQuestion) {
			q.Facts = func(scope.Scope) (policy.Facts, bool) { return policy.Facts{}, false }
		}), false},
		{"the URL leaves out what is required", all(everything, func(q *policy.InstallQuestion) { q.Scope = scopes("b") }), false},
		{"it leads to nobody's redirect URI", all(everything, func(q *policy.InstallQuestion) { q.Redirect = policy.Failed }), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := passing()
			c.change(q)
			v := policy.Install(q)
			if v.Askable() != c.want {
				t.Fatalf("askable: %v, of %+v", v.Askable(), v)
			}
			if !c.want {
				return
			}
			// An administrator approves it, and it can be installed.
			q.Approved, q.Governed, q.Admitted, q.Limited = scopes("a", "b", "c", "oauth"), policy.Passed, policy.Passed, false
			if v := policy.Install(q); v.Refused() || len(v.Findings) > 0 {
				t.Errorf("approved, it is answered %+v", v)
			}
		})
	}
}
