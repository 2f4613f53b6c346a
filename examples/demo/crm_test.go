package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/scope"
	"prokura/internal/v1"
)

// Every method of the CRM's catalog, through the real gateway in front of the real server, with an access token: any one of
// the scopes that it needs opens it, and all others together do not.
func TestCRM_every_method_is_opened_by_any_of_its_scopes(t *testing.T) {
	d := start(t, t.TempDir())
	src, _ := catalogs.Builtin("crm")
	c, _ := catalog.Load("crm.yaml", src)
	var needed scope.Set
	for _, m := range c.Methods() {
		for _, a := range m.Alternatives() {
			needed = needed.Union(a)
		}
	}
	var app v1.Client
	if got := d.v1("POST", "/v1/clients", map[string]any{"owner": d.Tenants[0].ID, "name": "Everything", "publisher": "Tests", "redirect_uris": []string{"https://app.example/cb"},
		"wire": "hubspot", "client_credentials": true, "conditional": needed.Names()}, &app); got != 201 {
		t.Fatalf("registering: %d", got)
	}
	var secret v1.Secret
	d.v1("POST", "/v1/clients/"+app.ClientID+"/secrets", nil, &secret)
	token := func(s scope.Set) string {
		form := url.Values{"grant_type": {"client_credentials"}, "client_id": {app.ClientID}, "client_secret": {secret.Value}, "scope": {s.String()}}
		a := d.do("POST", "/oauth/2026-03/token", "", []byte(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
		var out struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.Unmarshal(a.body, &out); err != nil || out.AccessToken == "" {
			t.Fatalf("a token of %s: %d %s", s, a.status, a.body)
		}
		return out.AccessToken
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	for _, m := range c.Methods() {
		path := parameter.ReplaceAllStringFunc(m.Path, func(p string) string {
			if p == "{object_type}" {
				return "cars"
			}
			return "4711"
		})
		call := func(s scope.Set) answer {
			return d.do(m.Verb, path, "", []byte(`{}`), "Authorization", "Bearer "+token(s), "Content-Type", "application/json")
		}
		rest := needed
		for _, a := range m.Alternatives() {
			rest = rest.Minus(a)
			if got := call(a); got.status == http.StatusForbidden || got.status == http.StatusUnauthorized {
				t.Errorf("%s with %s answered %d %s", m.ID, a, got.status, got.body)
			}
		}
		got := call(rest)
		if got.status != http.StatusForbidden || !strings.Contains(string(got.body), `"MISSING_SCOPES"`) {
			t.Errorf("%s with every scope but its own answered %d %s", m.ID, got.status, got.body)
		}
		for _, a := range m.Alternatives() {
			if !strings.Contains(string(got.body), `"`+a.String()+`"`) {
				t.Errorf("%s does not say that %s would be enough: %s", m.ID, a, got.body)
			}
		}
	}
	for _, x := range []struct {
		verb, path, credential string
		status                 int
		category               string
	}{
		{"GET", "/crm/v3/objects/contacts", "", 401, "INVALID_AUTHENTICATION"},
		{"GET", "/crm/v3/objects/contacts", "Bearer x.y.z", 401, "INVALID_AUTHENTICATION"},
		{"GET", "/crm/v3/objects/contacts", "Basic eDp5", 401, "INVALID_AUTHENTICATION"},
		{"GET", "/crm/v9/objects", "Bearer " + token(needed), 404, "OBJECT_NOT_FOUND"},
		{"GET", "/crm/v3/objects/contacts/4711", "Bearer " + token(needed), 404, "OBJECT_NOT_FOUND"},
	} {
		headers := []string{}
		if x.credential != "" {
			headers = []string{"Authorization", x.credential}
		}
		a := d.do(x.verb, x.path, "", nil, headers...)
		var body struct{ Category string }
		if err := json.Unmarshal(a.body, &body); err != nil || a.status != x.status || body.Category != x.category || a.header.Get("Prokura-Reference") == "" {
			t.Errorf("%s %s answered %d %s, want %d %s", x.verb, x.path, a.status, a.body, x.status, x.category)
		}
	}
}
