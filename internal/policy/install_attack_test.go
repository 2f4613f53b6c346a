package policy_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/policy"
	"prokura/internal/policy/installtest"
	"prokura/internal/refusal"
)

// rows runs the rows of the truth table with these names, and hands their verdicts to check.
func rows(t *testing.T, check func(policy.Installation) bool, names ...string) {
	t.Helper()
	w, err := installtest.Load("testdata/install.txt")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		i := slices.IndexFunc(w.Cases, func(c installtest.Case) bool { return c.Name == name })
		if i < 0 {
			t.Fatalf("the table has no row %q", name)
		}
		v := policy.Install(question(w, &w.Cases[i]))
		if d := cmp.Diff(w.Cases[i].Want, answer(&v)); d != "" || !check(v) {
			t.Errorf("%s: %+v\n%s", name, v, d)
		}
	}
}

// refusedFor says that the verdict gives nothing, and that the first finding has this code and is the developer's.
func refusedFor(code refusal.Code) func(policy.Installation) bool {
	return func(v policy.Installation) bool {
		return v.Refused() && v.Granted.Len() == 0 && len(v.Findings) > 0 && v.Findings[0].Code == code &&
			v.Findings[0].Definition().Fixer == refusal.Developer
	}
}

func TestA024_a_required_scope_is_missing(t *testing.T) {
	rows(t, refusedFor(refusal.RequiredScopeMissing), "required absent")
}

func TestA025_a_required_scope_in_optional_scope_only(t *testing.T) {
	rows(t, refusedFor(refusal.RequiredScopeMissing), "required in optional_scope")
}

func TestA026_a_required_scope_in_both(t *testing.T) {
	rows(t, func(v policy.Installation) bool {
		return refusedFor(refusal.RequiredScopeMissing)(v) && v.NearestOptional.Len() == 0 && v.NearestScope.String() == "crm.contacts.read"
	}, "required in both")
}

func TestA027_a_scope_in_the_wrong_place(t *testing.T) {
	rows(t, refusedFor(refusal.ScopeMismatch), "conditional in optional_scope", "optional in scope", "unregistered in scope", "unregistered in optional_scope")
}

func TestA029_an_optional_scope_that_the_user_may_not_give(t *testing.T) {
	rows(t, func(v policy.Installation) bool {
		return !v.Refused() && len(v.Dropped) == 1 && v.Dropped[0].Permission != ""
	}, "optional_scope, entitled, not permitted")
}

func TestA032_nothing_is_asked_for(t *testing.T) {
	rows(t, refusedFor(refusal.NothingRequested), "nothing at all, not implied")
}

func TestA034_names_are_compared_byte_by_byte(t *testing.T) {
	rows(t, refusedFor(refusal.ScopeUnknown), "other case", "a full-width letter", "a space that does not break")
}

func TestA035_a_wildcard_that_no_catalog_has(t *testing.T) {
	rows(t, refusedFor(refusal.ScopeUnknown), "a wildcard nobody listed")
}

func TestA040_the_order_of_scopes_means_nothing(t *testing.T) {
	q := passing()
	q.Scope, q.Consented = scopes("b", "a"), scopes("oauth", "c", "b", "a")
	a, b := policy.Install(passing()), policy.Install(q)
	if d := cmp.Diff(answer(&a), answer(&b)); d != "" {
		t.Error(d)
	}
}
