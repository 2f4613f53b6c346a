package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/text"
)

func crm(t *testing.T) *catalog.Catalog {
	t.Helper()
	src, _ := catalogs.Builtin("crm")
	c, problems := catalog.Load("catalogs/crm.yaml", src)
	if c == nil {
		t.Fatal(strings.Join(messages(problems), "\n"))
	}
	return c
}

// tierRow is a row of the table that the vendor of the CRM publishes: a scope, and what an account must at least have.
type tierRow struct{ scope, tier string }

func tiers(t *testing.T) []tierRow {
	t.Helper()
	data, err := os.ReadFile("testdata/crm_tiers.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []tierRow
	for i, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		if s, tier, ok := strings.Cut(line, "\t"); ok && i > 0 {
			out = append(out, tierRow{s, tier})
		}
	}
	return out
}

// plansOf reads a tier's words: hubs, a level, and a plus where larger ones do too.
func plansOf(t *testing.T, tier string) []string {
	levels := []string{"starter", "professional", "enterprise"}
	switch tier {
	case "Any account":
		return []string{"free", "starter", "enterprise", "marketing_hub_starter"} // and all others
	case "Brands add-on", "Marketing Hub Professional+ with transactional add-on":
		return []string{"enterprise"} // an addition, which only the demonstration's plan has from the start
	}
	tier = strings.TrimSuffix(tier, " or transactional add-on")
	words := strings.Fields(tier)
	level, plus := strings.CutSuffix(strings.ToLower(words[len(words)-1]), "+")
	at := slices.Index(levels, level)
	if at < 0 {
		t.Fatalf("the tier %q has no level", tier)
	}
	out := []string{"enterprise"}
	if level == "starter" && (strings.HasPrefix(tier, "Any ") || strings.Contains(tier, "Sales ") || strings.Contains(tier, "Marketing ")) {
		out = append(out, "starter")
	}
	for _, hub := range []string{"Marketing", "Sales", "Service", "Content"} {
		if !strings.Contains(tier, hub+" Hub") && !strings.HasPrefix(tier, "Any Hub") {
			continue
		}
		for i, l := range levels {
			if i == at || plus && i > at {
				out = append(out, strings.ToLower(hub)+"_hub_"+l)
			}
		}
	}
	return out
}

func TestCRM_has_the_scopes_of_the_published_table_each_in_its_tier(t *testing.T) {
	c := crm(t)
	rows := tiers(t)
	if len(rows) != 165 || len(c.Scopes()) != 165 {
		t.Fatalf("%d rows, %d scopes, want 165", len(rows), len(c.Scopes()))
	}
	entitlement := map[string]string{}
	for i, row := range rows {
		s, ok := c.Scope(row.scope)
		if !ok || c.Scopes()[i].Name.String() != row.scope {
			t.Errorf("%s is missing, or out of order", row.scope)
			continue
		}
		if known, ok := entitlement[row.tier]; ok && known != s.Entitlement {
			t.Errorf("%s needs %q, others of the tier %q need %q", row.scope, s.Entitlement, row.tier, known)
		}
		entitlement[row.tier] = s.Entitlement
	}
	byEntitlement := map[string]string{}
	for tier, e := range entitlement {
		if other, ok := byEntitlement[e]; ok {
			t.Errorf("the tiers %q and %q have one entitlement %q", tier, other, e)
		}
		byEntitlement[e] = tier
		if e == "" {
			if tier != "Any account" {
				t.Errorf("the tier %q needs nothing", tier)
			}
			continue
		}
		var got []string
		for _, p := range c.Plans() {
			if slices.Contains(p.Entitlements, e) {
				got = append(got, p.ID)
			}
		}
		want := plansOf(t, tier)
		slices.Sort(got)
		slices.Sort(want)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("plans of %s, the tier %q (-want +got):\n%s", e, tier, d)
		}
	}
	if len(byEntitlement) != len(c.Entitlements())+1 {
		t.Errorf("%d tiers, %d entitlements", len(byEntitlement)-1, len(c.Entitlements()))
	}
}

// The case that people run into: workflows on Marketing Hub Starter.
func TestCRM_workflows_are_in_no_starter_plan(t *testing.T) {
	c := crm(t)
	s, _ := c.Scope("automation")
	for _, p := range c.Plans() {
		has := slices.Contains(p.Entitlements, s.Entitlement)
		if want := slices.Contains([]string{"marketing_hub_professional", "marketing_hub_enterprise", "enterprise"}, p.ID); has != want {
			t.Errorf("%s has workflows: %v", p.ID, has)
		}
	}
	if i := slices.IndexFunc(c.Plans(), func(p catalog.Plan) bool { return p.ID == "marketing_hub_starter" }); i < 0 || c.Plans()[i].Title.DE != "Marketing Hub Starter" {
		t.Error("there is no Marketing Hub Starter")
	}
}

func TestCRM_lints_without_a_note(t *testing.T) {
	for _, p := range crm(t).Lint() {
		t.Error(p)
	}
}

func TestCRM_texts_tell_scopes_apart(t *testing.T) {
	c := crm(t)
	seen := map[text.Text]string{}
	de, en := map[string]string{}, map[string]string{}
	for _, s := range c.Scopes() {
		name := s.Name.String()
		for _, x := range []struct {
			taken map[string]string
			title string
		}{{en, s.Title.EN}, {de, s.Title.DE}} {
			if other := x.taken[x.title]; other != "" {
				t.Errorf("%s and %s are both called %q", name, other, x.title)
			}
			x.taken[x.title] = name
		}
		if other := seen[s.Description]; other != "" {
			t.Errorf("%s and %s are described alike", name, other)
		}
		seen[s.Description] = name
		if s.Resource.ID == "" {
			t.Errorf("%s has no resource", name)
		}
		// A user gives only what the user has: every scope but the one that all apps have asks for something.
		if (len(s.Permissions) == 0) != (name == "oauth") {
			t.Errorf("%s asks for the permissions %v", name, s.Permissions)
		}
	}
}

func TestCRM_permissions_follow_the_scope(t *testing.T) {
	c := crm(t)
	for name, want := range map[string]string{
		"crm.objects.contacts.read": "crm:contacts:view", "crm.objects.contacts.write": "crm:contacts:edit",
		"crm.objects.partner-clients.write": "crm:partner_clients:edit", "crm.objects.custom.read": "crm:custom_objects:view",
		"crm.objects.deals.highly_sensitive.write": "crm:sensitive_data:edit", "automation": "automation:workflows:view automation:workflows:edit",
		"tickets": "crm:tickets:view crm:tickets:edit", "oauth": "",
	} {
		if s, _ := c.Scope(name); strings.Join(s.Permissions, " ") != want {
			t.Errorf("%s asks for %v, want %s", name, s.Permissions, want)
		}
	}
	for _, s := range c.Scopes() {
		for _, p := range s.Permissions {
			name := s.Name.String()
			if strings.HasSuffix(name, ".read") && !strings.HasSuffix(p, ":view") || strings.HasSuffix(name, ".write") && !strings.HasSuffix(p, ":edit") {
				t.Errorf("%s asks for %s", name, p)
			}
		}
	}
}

func TestCRM_calls_find_their_methods(t *testing.T) {
	c := crm(t)
	for call, want := range map[string]string{
		"GET /crm/v3/objects/contacts":           "list_contacts: crm.objects.contacts.read",
		"GET /crm/v3/objects/contacts/17":        "get_contact: crm.objects.contacts.read",
		"POST /crm/v3/objects/contacts/search":   "search_contacts: crm.objects.contacts.read",
		"PATCH /crm/v3/objects/companies/17":     "update_company: crm.objects.companies.write",
		"DELETE /crm/v3/objects/deals/17":        "delete_deal: crm.objects.deals.write",
		"GET /crm/v3/objects/2-3465404":          "list_custom_objects: crm.objects.custom.read",
		"POST /crm/v3/objects/cars":              "create_custom_object: crm.objects.custom.write",
		"GET /crm/v3/properties/contacts":        "list_contact_properties: crm.objects.contacts.read | crm.schemas.contacts.read",
		"GET /crm/v3/schemas/cars":               "get_schema: crm.objects.custom.read | crm.schemas.custom.read",
		"PUT /automation/v4/flows/4":             "update_workflow: automation",
		"POST /crm/v3/objects/contacts/17":       "",
		"GET /crm/v3/objects/contacts/seventeen": "",
		"GET /crm/v3/objects/contacts/":          "",
	} {
		verb, path, _ := strings.Cut(call, " ")
		id, got := found(t, c, verb, path), ""
		if m, ok := c.Method(id); ok {
			got = id + ": " + m.NeedNames()
		}
		if got != want {
			t.Errorf("%s finds %q, want %q", call, got, want)
		}
	}
}
