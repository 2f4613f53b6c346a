package main

import (
	"net/http"
	"regexp"
	"testing"

	"prokura/catalogs"
	"prokura/internal/catalog"
)

// Every method of the catalog, through the real gateway in front of the real resource server: with the scope it needs
// the call arrives there, whatever that says of an object which does not exist; with every other scope of the catalog it
// is refused.
func TestA038_every_method_is_opened_by_its_scope_alone(t *testing.T) {
	d := start(t, t.TempDir())
	site := d.Tenants[0].ID
	src, _ := catalogs.Builtin("analytics")
	c, _ := catalog.Load("analytics.yaml", src)
	for _, m := range c.Methods() {
		if m.AnsweredBy == catalog.ByProkura {
			continue
		}
		path := sample(m.Path, site)
		need := m.Alternatives()[0]
		with := d.signIn("mycodotcom", "site_admin", need.Names()...)
		without := d.signIn("mycodotcom", "site_admin", c.Concrete().Minus(need).Names()...)
		if m.Path == "/api/{version}/sites/{site}" && m.Verb != http.MethodGet {
			// Deleting the site would end the test's own world; that the gateway refuses is what matters here.
			d.wants(d.do(m.Verb, path, without, nil), 401, "401002")
			continue
		}
		a := d.do(m.Verb, path, with, nil)
		if a.status == 401 || a.status == 403 && a.header.Get("Www-Authenticate") != "" || a.code() == "404950" {
			t.Errorf("%s: %s %s with %s answered %d %s", m.ID, m.Verb, path, need, a.status, a.code())
		}
		if a := d.do(m.Verb, path, without, nil); a.status != 401 || a.code() != "401002" {
			t.Errorf("%s: %s %s with every scope but %s answered %d %s, want 401002", m.ID, m.Verb, path, need, a.status, a.code())
		}
	}
}

var parameter = regexp.MustCompile(`\{[^}]*\}`)

// values are what the parameters accept that do not accept an id.
var values = map[string]string{"{version}": "3.21", "{revision}": "1", "{content_kind}": "workbooks", "{grantee_kind}": "groups",
	"{capability}": "Read", "{capability_mode}": "Allow"}

// sample fills a template with what its parameters accept.
func sample(template, site string) string {
	return parameter.ReplaceAllStringFunc(template, func(p string) string {
		if v, ok := values[p]; ok {
			return v
		}
		if p == "{site}" {
			return site
		}
		return "00000000-0000-4000-8000-000000000000"
	})
}
