package page

import (
	"testing"
	"time"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/scope"
)

// shelf is the analytics catalog alone.
type shelf struct{ list []*catalog.Catalog }

func (s shelf) Scope(name string) (catalog.Scope, bool) { return s.list[0].Scope(name) }
func (s shelf) List() []*catalog.Catalog                { return s.list }

func analytics(t *testing.T) shelf {
	t.Helper()
	src, _ := catalogs.Builtin("analytics")
	cat, problems := catalog.Load("analytics.yaml", src)
	if cat == nil {
		t.Fatal(problems)
	}
	return shelf{[]*catalog.Catalog{cat}}
}

func set(names ...string) scope.Set {
	s, err := scope.ParseSet(names)
	if err != nil {
		panic(err)
	}
	return s
}

func TestClasses_say_what_leaving_a_scope_out_costs(t *testing.T) {
	cats := analytics(t)
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	asked := Asking{Required: set("tableau:workbooks:create"), Optional: set("tableau:content:read", "tableau:projects:delete"),
		Ticked: set("tableau:workbooks:create"), New: set("tableau:projects:delete"),
		Used: func(_, method string) time.Time {
			if method == cats.list[0].Methods()[0].ID {
				return time.Time{}
			}
			return day
		}}
	classes := Classes(cats, "en", asked)
	if len(classes) != 2 || classes[0].Class != "required" || classes[1].Count() != 2 {
		t.Fatalf("%+v", classes)
	}
	rows := map[string]TermScope{}
	for _, c := range classes {
		for _, g := range c.Groups {
			for _, row := range g.Rows {
				rows[row.Name] = row
			}
		}
	}
	if r := rows["tableau:workbooks:create"]; !r.Required() || !r.Ticked || r.New || !r.Box {
		t.Errorf("the required scope: %+v", r)
	}
	if r := rows["tableau:projects:delete"]; r.Required() || r.Ticked || !r.New || r.Refused != 1 || !r.Used.Equal(day) {
		t.Errorf("the scope that deletes: %+v", r)
	}
	if r := rows["tableau:content:read"]; r.Refused < 10 {
		t.Errorf("reading content: %+v", r)
	}
}

func TestUncovered_counts_only_what_nothing_else_covers(t *testing.T) {
	cats := analytics(t)
	all := set("tableau:content:read", "tableau:projects:delete")
	if got := Uncovered(cats, all, all); len(got) != 0 {
		t.Errorf("nothing was taken: %v", got)
	}
	if got := Uncovered(cats, all, set("tableau:content:read")); len(got) != 1 || got[0].Catalog != "analytics" {
		t.Errorf("%v", got)
	}
}

func TestTerms_name_who_is_chosen(t *testing.T) {
	terms := Terms{Roles: []TermRole{{ID: "a", Title: "A"}, {ID: "b", Title: "B", Ticked: true}}, Users: []TermUser{{Name: "Eve", Ticked: true}, {Name: "Bob"}}}
	if got := terms.Chosen(); len(got) != 2 || got[0] != "B" || got[1] != "Eve" {
		t.Error(got)
	}
	if got := (Terms{Roles: terms.Roles[:1]}).Chosen(); got != nil {
		t.Error(got)
	}
}

func TestAgoDay_knows_no_hours(t *testing.T) {
	for want, at := range map[string]time.Time{"never": {}, "today": noon.Add(-11 * time.Hour), "1 day ago": noon.Add(-13 * time.Hour), "30 days ago": noon.AddDate(0, 0, -30)} {
		if got := AgoDay("en", noon, at); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
