package catalog_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/scope"
)

// found says what a catalog makes of a request: the method's id, or why there is none.
func found(t testing.TB, c *catalog.Catalog, verb, path string) string {
	t.Helper()
	p, err := canon.Parse(path)
	if err != nil {
		return "refused"
	}
	m, outcome := c.Match(verb, &p)
	switch outcome {
	case catalog.Matched:
		return m.Method.ID
	case catalog.WrongVerb:
		return "only " + strings.Join(m.Allowed(), ",")
	}
	return "none"
}

func TestA129_the_upstream_path_is_rebuilt_from_values(t *testing.T) {
	c := analytics(t)
	for sent, want := range map[string]string{
		"/api/3.17/sites/s/fileUploads/1:3a-2:4b":     "/api/3.17/sites/s/fileUploads/1:3a-2:4b",
		"/api/3.17/sites/s/fileUploads/1%3A3a-2%3A4b": "/api/3.17/sites/s/fileUploads/1:3a-2:4b",
		"/api/3.17/sites/s/fileUploads/1:3a/":         "/api/3.17/sites/s/fileUploads/1:3a",
		"/api/3.17/sites/s/fileUploads/a%20b":         "/api/3.17/sites/s/fileUploads/a%20b",
		"/api/3.17/sites/s/fileUploads/a(b)":          "/api/3.17/sites/s/fileUploads/a%28b%29",
	} {
		p, err := canon.Parse(sent)
		if err != nil {
			t.Fatal(err)
		}
		m, outcome := c.Match("PUT", &p)
		if outcome != catalog.Matched {
			t.Fatalf("PUT %s is not found", sent)
		}
		if got := m.Rebuild(); got != want {
			t.Errorf("%s is rebuilt as %s, want %s", sent, got, want)
		}
	}
	for _, path := range []string{"/api/3.17/sites/s1%2f..%2fs2/datasources", "/api/3.17/sites/s1;/datasources", "/api/3.17/sites/%2e%2e/datasources"} {
		if got := found(t, c, "GET", path); got != "refused" {
			t.Errorf("GET %s: %s", path, got)
		}
	}
}

func TestA130_doubled_slashes_reach_no_method(t *testing.T) {
	c := analytics(t)
	for _, path := range []string{"//api/3.17/sites", "/api//3.17/sites", "/api/3.17/sites//", "/api/./3.17/sites", "/api/3.17/x/../sites"} {
		if got := found(t, c, "GET", path); got != "refused" {
			t.Errorf("GET %s: %s", path, got)
		}
	}
}

func TestA131_other_spellings_reach_no_method(t *testing.T) {
	c := analytics(t)
	for path, want := range map[string]string{
		"/api/3.17/sites":                  "query_sites",
		"/api/3.17/sites/":                 "query_sites", // the catalog allows one
		"/API/3.17/sites":                  "none",
		"/api/3.17/Sites":                  "none",
		"/api/3.17/sites.":                 "none",
		"/api/3.17/sites%20":               "none",
		"/api/3.17/site%73":                "refused",
		"/api/3.17/sites/s/fileuploads":    "none",
		"/api/3.17/sites/s/datasources.":   "none",
		"/api/3.17/sites/s/datasources%2C": "none",
	} {
		if got := found(t, c, "GET", path); got != want {
			t.Errorf("GET %s: %s, want %s", path, got, want)
		}
	}
	strict, _ := catalog.Load("test.yaml", []byte(strings.Replace(small("/a/{x}"), "trailing_slash: allow", "trailing_slash: refuse", 1)))
	if got := found(t, strict, "GET", "/a/1/"); got != "none" {
		t.Errorf("a catalog that allows no trailing slash: %s", got)
	}
	if got := found(t, strict, "GET", "/a/1"); got != "m1" {
		t.Errorf("the same without slash: %s", got)
	}
}

func TestA132_what_the_catalog_does_not_name_is_denied(t *testing.T) {
	c := analytics(t)
	for _, x := range []struct{ verb, path, want string }{
		{"GET", "/", "none"},
		{"GET", "/api", "none"},
		{"GET", "/api/3.17", "none"},
		{"GET", "/api/3.17/serverInfo", "none"},
		{"GET", "/api/3.17/sites/s", "only DELETE,PUT"},
		{"GET", "/api/3.17/sites/s/flows", "only POST"},
		{"GET", "/api/3.17/sites/s/jobs", "none"},
		{"GET", "/api/3.17/sites/s/users/u/workbooks", "none"},
		{"PATCH", "/api/3.17/sites/s/workbooks/w", "only GET,PUT"},
		{"get", "/api/3.17/sites", "only GET,POST"},
		{"HEAD", "/api/3.17/sites", "only GET,POST"},
		{"GET ", "/api/3.17/sites", "only GET,POST"},
		{"", "/api/3.17/sites", "only GET,POST"},
		{"GET", "/api/3.17/sites/s/workbooks/w/revisions/1/content", "download_workbook_revision"},
		{"GET", "/api/3.17/sites/s/workbooks/w/revisions/x/content", "none"},
		{"GET", "/api/3.17/sites/s/workbooks/w/revisions/01/content", "none"},
		{"GET", "/api/3.17/sites/s/projects/p/default-permissions/flows", "query_default_permissions"},
		{"GET", "/api/3.17/sites/s/projects/p/default-permissions/Flows", "none"},
		{"GET", "/api/3.17/sites/s/projects/p/default-permissions/other", "none"},
		{"DELETE", "/api/3.17/sites/s/views/v/permissions/users/u/Read/Allow", "delete_view_permission"},
		{"DELETE", "/api/3.17/sites/s/views/v/permissions/robots/u/Read/Allow", "none"},
		{"DELETE", "/api/3.17/sites/s/views/v/permissions/users/u/Read/Maybe", "none"},
		{"DELETE", "/api/3.17/sites/s/views/v/permissions/users/u/Read/Allow/x", "none"},
	} {
		if got := found(t, c, x.verb, x.path); got != x.want {
			t.Errorf("%s %s: %s, want %s", x.verb, x.path, got, x.want)
		}
	}
}

func TestMatch_versions(t *testing.T) {
	c := analytics(t)
	for v, want := range map[string]string{
		"2.0": "query_sites", "2.8": "query_sites", "3.0": "query_sites", "3.9": "query_sites", "3.17": "query_sites", "3.99": "query_sites",
		"2.99": "query_sites", "1.9": "none", "3.100": "none", "4.0": "none", "v2": "none", "3": "none", "3.": "none", ".5": "none", "3.05": "none",
		"03.5": "none", "3.17.1": "none", "3.x": "none", "-": "none", "exp": "none", "99999999999.1": "none", "65539.17": "none", "3,5": "none",
	} {
		if got := found(t, c, "GET", "/api/"+v+"/sites"); got != want {
			t.Errorf("version %s: %s, want %s", v, got, want)
		}
	}
}

func TestMatch_of_three_rows_on_one_path_the_declared_one_answers(t *testing.T) {
	c := analytics(t)
	if got := found(t, c, "GET", "/api/3.17/sites/s/views"); got != "query_views_for_site" {
		t.Errorf("GET views: %s", got)
	}
	for _, id := range []string{"get_view_by_path", "query_site_views"} {
		if m, _ := c.Method(id); m.AliasOf != "query_views_for_site" || m.NeedNames() != "tableau:content:read" {
			t.Errorf("%s is an alias of %q and needs %s", id, m.AliasOf, m.NeedNames())
		}
	}
}

func TestMatch_answers_parameters_and_tenant(t *testing.T) {
	c := analytics(t)
	p, err := canon.Parse("/api/3.17/sites/s1/views/v%20w/permissions/groups/g1/Read/Allow")
	if err != nil {
		t.Fatal(err)
	}
	m, _ := c.Match("DELETE", &p)
	got := map[string]string{}
	for _, name := range append(m.Method.Parameters(), "workbook", "") {
		got[name] = m.Param(name)
	}
	want := map[string]string{
		"version": "3.17", "site": "s1", "view": "v w", "grantee_kind": "groups", "grantee": "g1", "capability": "Read",
		"capability_mode": "Allow", "workbook": "", "": "",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if m.Tenant() != "s1" {
		t.Errorf("Tenant() = %q", m.Tenant())
	}
	for path, from := range map[string]catalog.TenantFrom{"/api/3.17/sites": catalog.FromToken, "/api/3.17/auth/signin": catalog.FromBody} {
		p, _ := canon.Parse(path)
		m, _ := c.Match("POST", &p)
		if m.Method.TenantFrom != from || m.Tenant() != "" {
			t.Errorf("POST %s: tenant %q from %v", path, m.Tenant(), m.Method.TenantFrom)
		}
	}
	var none catalog.Match
	if none.Param("site") != "" || none.Tenant() != "" || none.Rebuild() != "" {
		t.Error("a match without method answers something")
	}
}

func TestMatch_narrower_templates_win(t *testing.T) {
	c, problems := catalog.Load("test.yaml", []byte(small(
		"/a/{x}", "/a/{n}", "/a/{v}", "/a/{e}", "/a/lit", // m1 to m5
		"/b/lit/c", "/b/{x}/d", "/b/{e}/e", "/b/{n}/f", // m6 to m9
		"/{x}/z", // m10
	)))
	for _, p := range problems {
		t.Error(p)
	}
	for path, want := range map[string]string{
		"/a/lit": "m5", "/a/one": "m4", "/a/1.5": "m3", "/a/15": "m2", "/a/other": "m1", "/a/9.9": "m1", "/a/Lit": "m1",
		"/b/lit/c": "m6", "/b/lit/d": "m7", "/b/one/e": "m8", "/b/one/d": "m7", "/b/lit/e": "none", "/b/7/f": "m9", "/b/7/d": "m7", "/b/x/f": "none",
		"/a/z": "m1", "/b/z": "m10", "/c/z": "m10", "/b": "none", "/a/lit/x": "none",
	} {
		if got := found(t, c, "GET", path); got != want {
			t.Errorf("GET %s: %s, want %s", path, got, want)
		}
	}
}

func TestMatch_the_path_decides_before_the_verb(t *testing.T) {
	src := small("/a/{x}", "/a/lit")
	src = strings.Replace(src, "verb: GET\n    path: /a/lit", "verb: POST\n    path: /a/lit", 1)
	c, problems := catalog.Load("test.yaml", []byte(src))
	for _, p := range problems {
		t.Error(p)
	}
	if got := found(t, c, "GET", "/a/lit"); got != "only POST" {
		t.Errorf("GET /a/lit: %s", got)
	}
}

func TestMatch_and_Covered_allocate_nothing(t *testing.T) {
	c := analytics(t)
	have := c.Bits(c.Concrete())
	p, err := canon.Parse("/api/3.17/sites/s/workbooks/w/views/v/previewImage")
	if err != nil {
		t.Fatal(err)
	}
	var granted scope.Bits = have
	n := testing.AllocsPerRun(100, func() {
		m, outcome := c.Match("GET", &p)
		if outcome != catalog.Matched || !m.Method.Covered(&granted) || m.Param("workbook") != "w" || m.Tenant() != "s" {
			t.Fatal("not found")
		}
		if _, outcome := c.Match("PUT", &p); outcome != catalog.WrongVerb {
			t.Fatal("found")
		}
	})
	if n != 0 {
		t.Errorf("a decision allocates %v times", n)
	}
}
