package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"prokura/catalogs"
	"prokura/examples/world"
	"prokura/internal/catalog"
	"prokura/internal/scope"
)

// access is an access token of the tenant's connected app for a user.
func (d *demo) access(user string, scopes ...string) string {
	d.t.Helper()
	app, _ := d.App(d.Tenants[0].ID)
	jwt, err := world.JWT(app.Secrets[0], world.Claims{Issuer: app.ClientID, Audience: "tableau", Subject: user, ID: rand.Text(), Scopes: scopes}, 9*time.Minute)
	if err != nil {
		d.t.Fatal(err)
	}
	form := url.Values{"grant_type": {"urn:ietf:params:oauth:grant-type:jwt-bearer"}, "assertion": {jwt}}
	a := d.do("POST", "/oauth/token", "", []byte(form.Encode()), "Content-Type", "application/x-www-form-urlencoded")
	var out struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(a.body, &out); err != nil || out.AccessToken == "" {
		d.t.Fatalf("a token of %s: %d %s", scopes, a.status, a.body)
	}
	return out.AccessToken
}

// assigns gives the tenant's connected app scopes by name. Those that decide on apps and tokens it has in no other way.
func (d *demo) assigns(scopes ...string) {
	d.t.Helper()
	app, _ := d.App(d.Tenants[0].ID)
	path := "/v1/tenants/" + d.Tenants[0].ID + "/connected-apps/" + app.ClientID
	if got := d.v1("PATCH", path, map[string]any{"scopes": scopes}, nil); got != http.StatusOK {
		d.t.Fatalf("assigning scopes answered %d", got)
	}
}

const (
	ada  = "ada@mycodotcom.example" // super administrator: every permission
	cleo = "cleo@mycodotcom.example"
	alan = "alan@mycodotcom.example"
	una  = "uma@mycodotcom.example" // no permission of the contact center
)

// Every method of the contact center's catalog, through the real gateway in front of the real server: scope and permission
// together open it, and of what is missing the refusal names each.
func TestCenter_every_method_needs_scope_and_permission(t *testing.T) {
	d := start(t, t.TempDir())
	src, _ := catalogs.Builtin("contactcenter")
	c, _ := catalog.Load("contactcenter.yaml", src)
	var needed scope.Set
	for _, m := range c.Methods() {
		for _, a := range m.Alternatives() {
			needed = needed.Union(a)
		}
	}
	d.assigns(append(needed.Names(), "stations")...)
	tokens := map[string]string{}
	token := func(user string, s scope.Set) string {
		key := user + " " + s.String()
		if tokens[key] == "" {
			tokens[key] = d.access(user, append(s.Names(), "stations")...)
		}
		return tokens[key]
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	for _, m := range c.Methods() {
		path := parameter.ReplaceAllString(m.Path, "11111111-1111-4111-8111-111111111111")
		call := func(user string, s scope.Set) (int, string) {
			a := d.do(m.Verb, path, "", []byte(`{}`), "Authorization", "Bearer "+token(user, s), "Content-Type", "application/json")
			return a.status, string(a.body)
		}
		if m.ID == "delete_token" {
			continue
		}
		rest := needed
		for _, a := range m.Alternatives() {
			rest = rest.Minus(a)
			if status, body := call(ada, a); status == http.StatusForbidden || status == http.StatusUnauthorized {
				t.Errorf("%s with %s answered %d %s", m.ID, a, status, body)
			}
			if m.Permission == "" {
				continue
			}
			if status, body := call(una, a); status != http.StatusForbidden || !strings.Contains(body, `"code":"missing.permissions"`) || !strings.Contains(body, m.Permission) {
				t.Errorf("%s with %s and no permission answered %d %s", m.ID, a, status, body)
			}
		}
		if m.NeedNames() == "" {
			continue
		}
		if status, body := call(ada, rest); status != http.StatusForbidden || !strings.Contains(body, `"code":"missing.scopes"`) {
			t.Errorf("%s with every scope but its own answered %d %s", m.ID, status, body)
		}
		if m.Permission != "" {
			if status, body := call(una, rest); status != http.StatusForbidden || !strings.Contains(body, `"code":"missing.scopes"`) || !strings.Contains(body, `"code":"missing.permissions"`) {
				t.Errorf("%s with neither answered %d %s", m.ID, status, body)
			}
		}
	}
	for _, x := range []struct {
		verb, path, credential string
		status                 int
		code                   string
	}{
		{"GET", "/api/v2/routing/queues", "", 401, "authentication.required"},
		{"GET", "/api/v2/routing/queues", "Bearer x.y.z", 401, "bad.credentials"},
		{"GET", "/api/v2/nothing", "Bearer " + token(ada, needed), 404, "not.found"},
		{"GET", "/api/v2/routing/queues/none", "Bearer " + token(ada, needed), 404, "not.found"},
		{"GET", "/api/v2/routing/queues", "Basic eDp5", 401, "bad.credentials"},
	} {
		headers := []string{}
		if x.credential != "" {
			headers = []string{"Authorization", x.credential}
		}
		a := d.do(x.verb, x.path, "", nil, headers...)
		var body struct {
			Code   string
			Status int
		}
		if err := json.Unmarshal(a.body, &body); err != nil || a.status != x.status || body.Code != x.code || body.Status != x.status || a.header.Get("Cache-Control") == "" {
			t.Errorf("%s %s answered %d %s, want %d %s", x.verb, x.path, a.status, a.body, x.status, x.code)
		}
	}
}

// A day in the contact center: who may what, each in their organization.
func TestCenter_a_day(t *testing.T) {
	d := start(t, t.TempDir())
	boss, agent := d.access(cleo, "routing", "external-contacts", "conversations:readonly", "recordings", "users:readonly", "presence"), d.access(alan, "routing", "external-contacts", "conversations:readonly", "presence", "users:readonly")
	want := func(status int, token, verb, path, body string) map[string]any {
		t.Helper()
		a := d.do(verb, path, "", []byte(body), "Authorization", "Bearer "+token, "Content-Type", "application/json")
		var out map[string]any
		if len(a.body) > 0 {
			if err := json.Unmarshal(a.body, &out); err != nil {
				t.Fatalf("%s %s answered %q", verb, path, a.body)
			}
		}
		if a.status != status {
			t.Errorf("%s %s answered %d %s, want %d", verb, path, a.status, a.body, status)
		}
		return out
	}
	entities := func(list map[string]any) []any {
		out, _ := list["entities"].([]any)
		return out
	}
	if list := want(200, agent, "GET", "/api/v2/routing/queues?pageSize=2", ""); len(entities(list)) != 2 || list["total"] != 3.0 {
		t.Errorf("%v", list)
	}
	want(403, agent, "POST", "/api/v2/routing/queues", `{"name":"Night"}`)
	queue := want(200, boss, "POST", "/api/v2/routing/queues", `{"name":"Night"}`)["id"].(string)
	want(400, boss, "POST", "/api/v2/routing/queues", `{"name":"Night","owner":"x"}`)
	want(200, boss, "PUT", "/api/v2/routing/queues/"+queue, `{"name":"Day"}`)
	if q := want(200, agent, "GET", "/api/v2/routing/queues/"+queue, ""); q["name"] != "Day" {
		t.Errorf("%v", q)
	}
	want(204, boss, "DELETE", "/api/v2/routing/queues/"+queue, "")
	want(404, boss, "GET", "/api/v2/routing/queues/"+queue, "")

	contact := want(200, agent, "POST", "/api/v2/externalcontacts/contacts", `{"firstName":"Mei","company":"Tanaka Foods"}`)["id"].(string)
	want(403, agent, "DELETE", "/api/v2/externalcontacts/contacts/"+contact, "")
	want(204, boss, "DELETE", "/api/v2/externalcontacts/contacts/"+contact, "")

	talk := entities(want(200, boss, "GET", "/api/v2/conversations", ""))[0].(map[string]any)["id"].(string)
	recordings := entities(want(200, boss, "GET", "/api/v2/conversations/"+talk+"/recordings", ""))
	want(204, boss, "DELETE", "/api/v2/conversations/"+talk+"/recordings/"+recordings[0].(map[string]any)["id"].(string), "")
	want(404, boss, "GET", "/api/v2/conversations/none/recordings", "")
	want(403, agent, "GET", "/api/v2/conversations/"+talk+"/recordings", "")

	me := want(200, agent, "GET", "/api/v2/users/me", "")
	if me["name"] != alan {
		t.Errorf("%v", me)
	}
	want(200, agent, "PATCH", "/api/v2/users/me/presence", `{"presence":"Busy"}`)
	if p := want(200, boss, "GET", "/api/v2/users/"+me["id"].(string)+"/presence", ""); p["presence"] != "Busy" {
		t.Errorf("%v", p)
	}

	// What was called is counted, and whoever administers apps sees it; a connected app's token tells what it is of.
	if a := d.do("GET", "/api/v2/oauth/clients", "", nil, "Authorization", "Bearer "+d.access(ada, "oauth", "authorization")); a.status != http.StatusForbidden {
		t.Errorf("an app that has all scopes of the API, and none by name, lists OAuth clients: %d", a.status)
	}
	d.assigns("authorization", "conversations:readonly", "external-contacts", "oauth", "presence", "recordings", "routing", "users:readonly")
	admin := d.access(ada, "oauth", "authorization")
	if info := want(200, admin, "GET", "/api/v2/tokens/me", ""); info["OAuthClient"].(map[string]any)["name"] != "Nightly reports" {
		t.Errorf("%v", info)
	}
	want(204, admin, "DELETE", "/api/v2/tokens/"+me["id"].(string), "")
	want(401, agent, "GET", "/api/v2/users/me", "")
	want(200, boss, "GET", "/api/v2/users/me", "")
}

// The calls that are printed work as they are pasted.
func TestCenter_hints_can_be_pasted(t *testing.T) {
	if _, err := exec.LookPath("curl"); err != nil {
		t.Fatalf("%v; scripts/install.sh installs it", err)
	}
	d := start(t, t.TempDir())
	var said bytes.Buffer
	if err := centerHints(&said, d.Credentials); err != nil {
		t.Fatal(err)
	}
	_, script, _ := strings.Cut(said.String(), "\nACCESS")
	script, _, _ = strings.Cut("ACCESS"+script, "\n   The first")
	out, err := exec.Command("sh", "-c", script).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{`"name":"Support"`, `missing.permissions`, `routing:queue:add`, `missing.scopes`, `users:readonly, users`} {
		if !bytes.Contains(out, []byte(want)) {
			t.Errorf("%s is missing in %s", want, out)
		}
	}
}
