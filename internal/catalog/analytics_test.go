package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/catalogs"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/scope"
)

// analytics is the catalog that ships.
func analytics(t testing.TB) *catalog.Catalog {
	t.Helper()
	src, ok := catalogs.Builtin("analytics")
	if !ok {
		t.Fatal("there is no builtin catalog analytics")
	}
	c, problems := catalog.Load("catalogs/analytics.yaml", src)
	for _, p := range problems {
		t.Error(p)
	}
	if c == nil {
		t.FailNow()
	}
	return c
}

// row is a line of testdata/methods.tsv.
type row struct{ id, title, verb, path, scope string }

func rows(t testing.TB) []row {
	t.Helper()
	data, err := os.ReadFile("testdata/methods.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var out []row
	for line := range strings.Lines(string(data)) {
		if f := strings.Split(strings.TrimSpace(line), "\t"); !strings.HasPrefix(line, "#") {
			out = append(out, row{f[0], f[1], f[2], f[3], f[4]})
		}
	}
	return out
}

// betterTitles are the German titles of the page that mislead, and what the product says.
var betterTitles = map[string]string{
	"Anzeigeberechtigungen hinzufügen":  "Ansichtsberechtigungen hinzufügen",
	"Anzeigeberechtigungen löschen":     "Ansichtsberechtigungen löschen",
	"Anzeigeberechtigungen abfragen":    "Ansichtsberechtigungen abfragen",
	"Zuletzt angezeigte Site abrufen":   "Zuletzt angezeigte Inhalte der Site abrufen",
	"Arbeitsmappe für Site abfragen":    "Arbeitsmappen für Site abfragen",
	"Projekt abfragen":                  "Projekte abfragen",
	"Datenquelle sofort aktualisieren":  "Datenquelle: Extrakt jetzt aktualisieren",
	"Arbeitsmappe sofort aktualisieren": "Arbeitsmappe: Extrakt jetzt aktualisieren",
}

// plain writes a path template as methods.tsv does.
func plain(path string) string {
	return strings.NewReplacer(
		"/api/{version}/", "",
		"{content_kind}", "(workbooks|datasources|flows|metrics|dataroles|lenses|databases|tables|virtualconnections)",
		"{grantee_kind}", "(users|groups)", "{capability_mode}", "(Allow|Deny)", "{revision}", "#",
		"{site}", "*", "{data_source}", "*", "{connection}", "*", "{metric}", "*", "{custom_view}", "*", "{view}", "*",
		"{workbook}", "*", "{upload}", "*", "{user}", "*", "{group}", "*", "{project}", "*", "{grantee}", "*", "{capability}", "*",
	).Replace(path)
}

func TestAnalytics_is_the_published_table_row_by_row(t *testing.T) {
	c := analytics(t)
	want := rows(t)
	if len(want) != 81 || len(c.Methods()) != len(want) {
		t.Errorf("the table has %d methods and the catalog %d, want 81", len(want), len(c.Methods()))
	}
	for _, r := range want {
		m, ok := c.Method(r.id)
		if !ok {
			t.Errorf("the catalog lacks %s", r.id)
			continue
		}
		need := m.NeedNames()
		if need == "" {
			need = "-"
		}
		title := r.title
		if better := betterTitles[title]; better != "" {
			title = better
		}
		got := row{m.ID, m.Title.DE, m.Verb, plain(m.Path), need}
		if d := cmp.Diff(row{r.id, title, r.verb, r.path, r.scope}, got, cmp.AllowUnexported(row{})); d != "" {
			t.Errorf("%s (-table +catalog):\n%s", r.id, d)
		}
	}
}

func TestAnalytics_counts(t *testing.T) {
	c := analytics(t)
	types := map[catalog.ScopeType]int{}
	for _, s := range c.Scopes() {
		types[s.Type]++
	}
	want := map[catalog.ScopeType]int{catalog.ContentRead: 1, catalog.Individual: 27, catalog.CrossCategory: 5, catalog.Wildcard: 8}
	if d := cmp.Diff(want, types); d != "" {
		t.Error(d)
	}
	own := 0
	for _, m := range c.Methods() {
		if m.AnsweredBy == catalog.ByProkura {
			own++
		}
	}
	if own != 2 {
		t.Errorf("%d methods are answered by Prokura, want sign-in and sign-out", own)
	}
	var plans, roles []string
	for _, p := range c.Plans() {
		plans = append(plans, p.ID)
	}
	for _, r := range c.Roles() {
		roles = append(roles, r.ID)
	}
	if d := cmp.Diff([]string{"starter", "enterprise"}, plans); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"super_admin", "site_admin", "user", "app_installer", "developer"}, roles); d != "" {
		t.Error(d)
	}
}

// wildcards are the eight of the table, with what each stands for.
var wildcards = map[string][]string{
	"datasources": {"create", "update", "download"},
	"metrics":     {"download", "update", "delete"},
	"workbooks":   {"create", "update", "download"},
	"users":       {"create", "read", "update", "delete"},
	"groups":      {"create", "read", "update", "delete"},
	"projects":    {"create", "update", "delete"},
	"permissions": {"read", "update", "delete"},
	"sites":       {"create", "read", "update", "delete"},
}

func TestAnalytics_wildcards_have_exactly_their_members(t *testing.T) {
	c := analytics(t)
	seen := 0
	for _, s := range c.Scopes() {
		if s.Type != catalog.Wildcard {
			continue
		}
		seen++
		resource := strings.TrimSuffix(strings.TrimPrefix(s.Name.String(), "tableau:"), ":*")
		var want []scope.Scope
		for _, action := range wildcards[resource] {
			want = append(want, scope.MustParse("tableau:"+resource+":"+action))
		}
		if !s.Members.Equal(scope.NewSet(want...)) {
			t.Errorf("%s stands for %s, want %s", s.Name, s.Members, scope.NewSet(want...))
		}
	}
	if seen != len(wildcards) {
		t.Errorf("%d wildcards, want %d", seen, len(wildcards))
	}
}

// example is a request that comes to a row of the table.
func example(path string) string {
	values := strings.NewReplacer(
		"(workbooks|datasources|flows|metrics|dataroles|lenses|databases|tables|virtualconnections)", "flows",
		"(users|groups)", "groups", "(Allow|Deny)", "Deny", "#", "12", "*", "9a8b7c6d-e4f3-a2b1-c0d9-e8f7a6b5c4d0",
	)
	return "/api/3.17/" + values.Replace(path)
}

// TestAnalytics_matrix asks of every scope and every wildcard, alone, whether it opens every method: 41 times 81.
func TestAnalytics_matrix(t *testing.T) {
	c := analytics(t)
	table := rows(t)
	type alone struct {
		name  string
		opens []string // scopes of the table
	}
	var scopes []alone
	for _, r := range table {
		if r.scope != "-" && !slices.ContainsFunc(scopes, func(a alone) bool { return a.name == r.scope }) {
			scopes = append(scopes, alone{r.scope, []string{r.scope}})
		}
	}
	for resource, actions := range wildcards {
		w := alone{name: "tableau:" + resource + ":*"}
		for _, a := range actions {
			w.opens = append(w.opens, "tableau:"+resource+":"+a)
		}
		scopes = append(scopes, w)
	}
	if len(scopes) != 41 {
		t.Errorf("%d scopes, want 41", len(scopes))
	}
	for _, s := range scopes {
		bits, _, unknown := c.Expand(scope.NewSet(scope.MustParse(s.name)))
		if unknown.Len() > 0 {
			t.Errorf("%s is unknown", s.name)
		}
		for _, r := range table {
			p, err := canon.Parse(example(r.path))
			if err != nil {
				t.Fatal(err)
			}
			m, outcome := c.Match(r.verb, &p)
			if outcome != catalog.Matched {
				t.Fatalf("%s %s is not found", r.verb, p.String())
			}
			want := r.scope == "-" || slices.Contains(s.opens, r.scope)
			if got := m.Method.Covered(&bits); got != want {
				t.Errorf("%s alone on %s %s: %v, want %v", s.name, r.verb, r.path, got, want)
			}
		}
	}
}

func TestAnalytics_no_scope_opens_nothing_but_signing_in_and_out(t *testing.T) {
	c := analytics(t)
	var none scope.Bits
	for _, m := range c.Methods() {
		if open := m.ID == "sign_in" || m.ID == "sign_out"; m.Covered(&none) != open {
			t.Errorf("%s without scopes: %v, want %v", m.ID, m.Covered(&none), open)
		}
	}
}

// can asks whether a scope list, as somebody sends it, opens a request.
func can(t *testing.T, c *catalog.Catalog, scopes, verb, path string) bool {
	t.Helper()
	sent, err := scope.ParseList(scopes)
	if err != nil {
		t.Fatal(err)
	}
	bits, _, _ := c.Expand(sent)
	p, err := canon.Parse(path)
	if err != nil {
		t.Fatal(err)
	}
	m, outcome := c.Match(verb, &p)
	return outcome == catalog.Matched && m.Method.Covered(&bits)
}

func TestA035_only_the_catalogs_wildcards_mean_anything(t *testing.T) {
	c := analytics(t)
	for _, s := range []string{
		"*", "tableau:*", "tableau:*:*", "tableau:*:read", "tableau:users:*:x", "tableau:us*:read", "tableau:users:", "tableau:users",
		"tableau:users:**", "tableau:users:r*", "tableau:content:*", "tableau:views:*", "tableau:tasks:*", "tableau:flows:*",
		"tableau:file_uploads:*", "TABLEAU:USERS:*", "tableau:users:?", "tableau:users:%2A", "tableau:users:*/",
	} {
		sent := scope.NewSet(scope.MustParse(s))
		bits, concrete, unknown := c.Expand(sent)
		if !bits.IsZero() || concrete.Len() != 0 || !unknown.Equal(sent) {
			t.Errorf("Expand(%s) = %q, unknown %q, want nothing and unknown", s, concrete, unknown)
		}
	}
}

func TestA036_a_wildcard_covers_its_members_and_nothing_else(t *testing.T) {
	c := analytics(t)
	const users = "tableau:users:*"
	for _, x := range []struct {
		verb, path string
		want       bool
	}{
		{"GET", "/api/3.17/sites/s/users", true},
		{"POST", "/api/3.17/sites/s/users", true},
		{"PUT", "/api/3.17/sites/s/users/u", true},
		{"DELETE", "/api/3.17/sites/s/users/u", true},
		{"GET", "/api/3.17/sites/s/users/u/groups", true},       // stands under groups, is users:read
		{"POST", "/api/3.17/sites/s/groups/g/users", false},     // stands under users, is groups:update
		{"GET", "/api/3.17/sites/s/groups/g/users", false},      // the same, groups:read
		{"DELETE", "/api/3.17/sites/s/groups/g/users/u", false}, // the same, groups:update
		{"GET", "/api/3.17/sites/s/groups", false},
		{"GET", "/api/3.17/sites/s/usersettings", false},
		{"PATCH", "/api/3.17/sites/s/users/u", false},
	} {
		if got := can(t, c, users, x.verb, x.path); got != x.want {
			t.Errorf("%s on %s %s: %v, want %v", users, x.verb, x.path, got, x.want)
		}
	}
	for _, s := range []string{"tableau:usersettings:read", "tableau:usersettings:*"} {
		if bits, _, unknown := c.Expand(scope.NewSet(scope.MustParse(s))); !bits.IsZero() || unknown.Len() != 1 {
			t.Errorf("%s means something", s)
		}
	}
	// A token carries names. The wildcard was expanded when it was made, and is not expanded again.
	if bits := c.Bits(scope.NewSet(scope.MustParse(users))); !bits.IsZero() {
		t.Error("a wildcard in a token gives scopes")
	}
	if can(t, c, "tableau:workbooks:*", "GET", "/api/3.17/sites/s/workbooks/w/pdf") ||
		can(t, c, "tableau:workbooks:*", "POST", "/api/3.17/sites/s/workbooks/w/refresh") ||
		can(t, c, "tableau:workbooks:*", "GET", "/api/3.17/sites/s/workbooks") {
		t.Error("tableau:workbooks:* crosses into views, tasks or content")
	}
}

func TestA037_content_read_reads_no_users_and_groups(t *testing.T) {
	c := analytics(t)
	for path, want := range map[string]bool{
		"/sites/s/datasources": true, "/sites/s/metrics/m": true, "/sites/s/views": true, "/sites/s/workbooks/w": true,
		"/sites/s/projects": true, "/sites/s/content/recent": true,
		"/sites/s/users": false, "/sites/s/users/u": false, "/sites/s/users/u/groups": false, "/sites/s/groups": false,
		"/sites/s/groups/g/users": false, "/sites/s/workbooks/w/permissions": false, "/sites": false,
		"/sites/s/views/v/data": false, "/sites/s/metrics/m/data": false, "/sites/s/workbooks/w/content": false,
	} {
		if got := can(t, c, "tableau:content:read", "GET", "/api/3.17"+path); got != want {
			t.Errorf("tableau:content:read on GET %s: %v, want %v", path, got, want)
		}
	}
}

func TestA038_cross_category_scopes_reach_as_tabled(t *testing.T) {
	c := analytics(t)
	for _, x := range []struct {
		scope, verb, path string
		want              bool
	}{
		{"tableau:views:download", "GET", "views/v/data", true},
		{"tableau:views:download", "GET", "views/v/crosstab/excel", true},
		{"tableau:views:download", "GET", "customviews/v/image", true},
		{"tableau:views:download", "GET", "workbooks/w/pdf", true},
		{"tableau:views:download", "GET", "workbooks/w/powerpoint", true},
		{"tableau:views:download", "GET", "workbooks/w/views/v/previewImage", true},
		{"tableau:views:download", "GET", "workbooks/w/previewImage", false},
		{"tableau:views:download", "GET", "workbooks/w/content", false},
		{"tableau:tasks:run", "POST", "datasources/d/refresh", true},
		{"tableau:tasks:run", "POST", "workbooks/w/refresh", true},
		{"tableau:tasks:run", "POST", "workbooks", false},
		{"tableau:permissions:read", "GET", "workbooks/w/permissions", true},
		{"tableau:permissions:read", "GET", "projects/p/default-permissions/lenses", true},
		{"tableau:permissions:update", "PUT", "datasources/d/permissions", true},
		{"tableau:permissions:delete", "DELETE", "projects/p/permissions/users/u/Read/Allow", true},
		{"tableau:permissions:delete", "DELETE", "views/v/permissions/groups/g/Read/Deny", true},
		{"tableau:permissions:update", "DELETE", "views/v/permissions/groups/g/Read/Deny", false},
	} {
		if got := can(t, c, x.scope, x.verb, "/api/3.17/sites/s/"+x.path); got != x.want {
			t.Errorf("%s on %s %s: %v, want %v", x.scope, x.verb, x.path, got, x.want)
		}
	}
}
