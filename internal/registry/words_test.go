package registry

import (
	"strings"
	"testing"

	"prokura/internal/refusal"
)

// What people read has the names that they know; what programs read keeps the ids, which stand in the finding.
func TestTell_names_functions_plans_and_permissions(t *testing.T) {
	cats, err := NewCatalogs(analytics(t), crm(t))
	if err != nil {
		t.Fatal(err)
	}
	title := func(id string) string {
		p, ok := cats.Plan(id)
		if !ok || p.Title.DE == "" {
			t.Fatalf("%s is no plan with a title", id)
		}
		return p.Title.DE
	}
	plans := cats.Plans()
	one, other := plans[len(plans)-2], plans[len(plans)-1]
	lack := refusal.Finding{Code: refusal.TenantLacksEntitlement, Scope: "automation", Want: "marketing_hub_professional"}
	for name, tt := range map[string]struct {
		change       func(*refusal.Finding)
		has, hasNone []string // in German
	}{
		"one plan": {func(f *refusal.Finding) { f.Got = one }, []string{"Workflows, Kampagnen", title(one)}, []string{"marketing_hub_professional", one}},
		"any of":   {func(f *refusal.Finding) { f.Got = one + ", " + other }, []string{title(one) + ", " + title(other)}, []string{one, other}},
		"together": {func(f *refusal.Finding) { f.Got, f.Case = one+" + "+other, refusal.PlansTogether }, []string{title(one) + " + " + title(other)}, []string{one, other}},
		"no plan":  {func(f *refusal.Finding) { f.Case = refusal.NoPlan }, []string{"Workflows, Kampagnen"}, []string{"marketing_hub_professional"}},
		"unknown":  {func(f *refusal.Finding) { f.Want, f.Got = "moon", "gold" }, []string{"moon", "gold"}, nil},
		"a permission, with its id": {func(f *refusal.Finding) { f.Code, f.Want = refusal.UserLacksPermission, "crm:contacts:view" },
			[]string{"Kontakte anzeigen (crm:contacts:view)"}, nil},
		"another code": {func(f *refusal.Finding) { f.Code, f.Got = refusal.ScopeMismatch, one }, []string{"automation"}, []string{title(one)}},
	} {
		f := lack
		tt.change(&f)
		message, remedy := cats.Tell(f)
		said := message.DE + " " + remedy.DE
		for _, s := range tt.has {
			if !strings.Contains(said, s) {
				t.Errorf("%s: %q does not have %q", name, said, s)
			}
		}
		for _, s := range tt.hasNone {
			if strings.Contains(said, s) {
				t.Errorf("%s: %q has %q", name, said, s)
			}
		}
	}
	message, _ := cats.Tell(lack)
	if !strings.Contains(message.EN, "Workflows, campaigns") || strings.Contains(message.EN, "Kampagnen") {
		t.Errorf("%q", message.EN)
	}
}

// A catalog writes alternatives for programs; people read words.
func TestTell_names_scopes_of_which_one_is_enough(t *testing.T) {
	cats := &Catalogs{}
	message, _ := cats.Tell(refusal.Finding{Code: refusal.ScopeNotGranted, Got: "get_me", Want: "oauth:readonly | oauth"})
	if !strings.Contains(message.EN, "oauth:readonly or oauth") || !strings.Contains(message.DE, "oauth:readonly oder oauth") {
		t.Errorf("%+v", message)
	}
}
