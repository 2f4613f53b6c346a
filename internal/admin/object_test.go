package admin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/v1"
)

func TestTenants(t *testing.T) {
	w := newWorld(t)
	made := w.do("POST", "/v1/tenants", `{"name":"Acme","content_url":"acme","plan":"starter"}`).is(201)
	tenant := as[v1.Tenant](made)
	want := v1.Tenant{ID: tenant.ID, Name: "Acme", ContentURL: "acme", Plan: "starter", CreatedAt: noon}
	if diff := cmp.Diff(want, tenant); diff != "" {
		t.Error(diff)
	}
	in := made.header.Get("Location")
	if in != "/v1/tenants/"+tenant.ID {
		t.Errorf("Location: %q", in)
	}
	if diff := cmp.Diff(want, as[v1.Tenant](w.do("GET", in, "").is(200))); diff != "" {
		t.Error(diff)
	}
	want.Name, want.Plan = "Acme Inc.", "enterprise"
	if diff := cmp.Diff(want, as[v1.Tenant](w.do("PATCH", in, `{"name":"Acme Inc.","plan":"enterprise"}`).is(200))); diff != "" {
		t.Error(diff)
	}
	w.do("POST", "/v1/tenants", `{"name":"B","content_url":"acme","plan":"starter"}`).refused(409, "name_taken")
	other := w.tenant("other")
	w.do("PATCH", other, `{"content_url":"acme"}`).refused(409, "name_taken")

	w.do("DELETE", in, "").is(204)
	w.do("GET", in, "").refused(404, "object_not_found")
	w.do("DELETE", in, "").refused(404, "object_not_found")
	w.do("GET", in+"/users", "").refused(404, "object_not_found")
	// What was done to it can still be read.
	if list := as[v1.List[v1.Entry]](w.do("GET", in+"/audit", "").is(200)); len(list.Items) != 3 || list.Items[0].Action != "tenant.delete" {
		t.Errorf("audit: %+v", list.Items)
	}
}

func TestFields_that_are_not_accepted(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	tenant := func(name, url, plan string) string {
		return fmt.Sprintf(`{"name":%q,"content_url":%q,"plan":%q}`, name, url, plan)
	}
	tests := []struct{ path, body, code, german string }{
		{"/v1/tenants", "{}", "field_missing", "„name“ fehlt oder ist leer."},
		{"/v1/tenants", `{"name":"x","plan":"starter"}`, "field_missing", "„content_url“ fehlt oder ist leer."},
		{"/v1/tenants", tenant("x", "x", "gold"), "plan_unknown", "Es gibt kein Abonnement „gold“."},
		{"/v1/tenants", tenant(" x", "x", "starter"), "field_character", "Das Zeichen U+0020 darf in „name“ nicht an dieser Stelle stehen."},
		{"/v1/tenants", tenant("x\u202ey", "x", "starter"), "field_character", "Das Zeichen U+202E darf in „name“ nicht an dieser Stelle stehen."},
		{"/v1/tenants", tenant(strings.Repeat("x", 256), "x", "starter"), "field_too_long", "„name“ ist länger als 255 Byte."},
		{"/v1/tenants", tenant("x", "a b", "starter"), "content_url_invalid", "„a b“ kann keine Inhalts-URL sein."},
		{"/v1/tenants", tenant("x", "-a", "starter"), "content_url_invalid", ""},
		{"/v1/tenants", tenant("x", "ä", "starter"), "content_url_invalid", ""},
		{"/v1/tenants", tenant("x", "OAuth", "starter"), "content_url_invalid", ""},
		{"/v1/tenants", tenant("x", "2026-11", "starter"), "content_url_invalid", ""},
		{"/v1/tenants", tenant("x", strings.Repeat("x", 101), "starter"), "content_url_invalid", ""},
		{in + "/users", "{}", "field_missing", ""},
		{in + "/users", `{"name":"u","full_name":"a\nb"}`, "field_character", "Das Zeichen U+000A darf in „full_name“ nicht an dieser Stelle stehen."},
		{in + "/users", `{"name":"u","roles":["owner"]}`, "role_unknown", "Es gibt keine Rolle „owner“."},
		{in + "/users", `{"name":"u","roles":["operator"]}`, "role_unknown", ""},
		{in + "/users", `{"name":"u","platform_roles":["super_admin"]}`, "role_unknown", ""},
		{in + "/users", `{"name":"u","roles":"user"}`, "field_kind", ""},
		{in + "/users", `{"name":"u","roles":[7]}`, "field_kind", "„roles/0“ nimmt keinen JSON-Wert der Art Zahl (number) an."},
		{in + "/users", `{"name":"u","password":"` + strings.Repeat("p", 1025) + `"}`, "field_too_long", "„password“ ist länger als 1024 Byte."},
		{in + "/groups", `{"name":""}`, "field_missing", ""},
		{in + "/connected-apps", `{"name":""}`, "field_missing", ""},
		{in + "/connected-apps", `{"name":"a","scopes":["tableau:nothing:read"]}`, "scope_unknown", "Keine API hier kennt den Bereich tableau:nothing:read; er bewirkt nichts."},
		{in + "/connected-apps", `{"name":"a","scopes":["a b"]}`, "scope_name_invalid", "„a b“ ist kein Name eines Bereichs."},
		{in + "/connected-apps", `{"name":"a","scopes":"a"}`, "field_kind", ""},
		{in + "/connected-apps", `{"name":"a","scopes":[` + strings.Repeat(`"a",`, 512) + `"a"]}`, "scopes_too_many", ""},
	}
	for _, tt := range tests {
		p := w.do("POST", tt.path, tt.body).refused(400, tt.code)
		if tt.german != "" && p.Message.DE != tt.german {
			t.Errorf("%s: %q, want %q", tt.body, p.Message.DE, tt.german)
		}
	}
	app := w.make(in+"/connected-apps", `{"name":"a"}`)
	for _, body := range []string{`{"scopes":"x"}`, `{"scopes":[1]}`, `{"scopes":{}}`, `{"enabled":null}`, `{"enabled":"yes"}`} {
		w.do("PATCH", app, body).refused(400, "field_kind")
	}
	user := w.make(in+"/users", `{"name":"u"}`)
	w.do("PATCH", user, `{"roles":[]}`).refused(400, "field_missing")
	w.do("PATCH", user, `{"disabled":null}`).refused(400, "field_kind")
	w.do("PATCH", user, `{"name":""}`).refused(400, "field_missing")
}

func TestUsers_and_groups(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	path := w.make(in+"/users", `{"name":"ada","full_name":"Ada","email":"ada@acme.example","password":"secret words","roles":["super_admin","user","user"],"platform_roles":["operator"]}`)
	ada := as[v1.User](w.do("GET", path, "").is(200))
	want := v1.User{ID: ada.ID, Name: "ada", FullName: "Ada", Email: "ada@acme.example", Roles: []string{"super_admin", "user"},
		PlatformRoles: []string{"operator"}, CreatedAt: noon}
	if diff := cmp.Diff(want, ada); diff != "" {
		t.Error(diff)
	}
	bob := w.make(in+"/users", `{"name":"bob"}`)
	if u := as[v1.User](w.do("PATCH", bob, `{"name":"Bob","email":"b@acme.example","disabled":true}`).is(200)); u.Name != "Bob" || !u.Disabled ||
		u.PlatformRoles == nil || strings.Join(u.Roles, " ") != "user" {
		t.Errorf("%+v", u)
	}
	w.do("POST", in+"/users", `{"name":"ada"}`).refused(409, "name_taken")
	w.do("PATCH", bob, `{"name":"ada"}`).refused(409, "name_taken")
	w.make(in+"/users", `{"name":"Ada"}`) // names count to the letter
	// A person who exists is not given another password by whoever makes a user of that name elsewhere.
	w.do("POST", w.tenant("beta")+"/users", `{"name":"ADA","password":"other words"}`).refused(409, "name_taken")

	w.do("PATCH", path, `{"roles":["user"]}`).refused(409, "last_administrator")
	w.do("PATCH", path, `{"disabled":true}`).refused(409, "last_administrator")
	w.do("DELETE", path, "").refused(409, "last_administrator")
	w.do("PATCH", bob, `{"roles":["site_admin"]}`).is(200)
	w.do("DELETE", path, "").refused(409, "last_administrator") // bob is disabled
	w.do("PATCH", bob, `{"disabled":false}`).is(200)

	sales := w.make(in+"/groups", `{"name":"Sales"}`)
	w.do("POST", in+"/groups", `{"name":"Sales"}`).refused(409, "name_taken")
	if g := as[v1.Group](w.do("PATCH", sales, `{"name":"Selling"}`).is(200)); g.Name != "Selling" {
		t.Errorf("%+v", g)
	}
	member := sales + "/users/" + ada.ID
	w.do("PUT", member, "").is(204)
	w.do("PUT", member, "").refused(409, "name_taken")
	if l := as[v1.List[v1.User]](w.do("GET", sales+"/users", "").is(200)); len(l.Items) != 1 || l.Items[0].ID != ada.ID || *l.Total != 1 {
		t.Errorf("%+v", l)
	}
	if l := as[v1.List[v1.Group]](w.do("GET", path+"/groups", "").is(200)); len(l.Items) != 1 || l.Items[0].Name != "Selling" {
		t.Errorf("%+v", l)
	}
	w.do("DELETE", member, "").is(204)
	w.do("DELETE", member, "").refused(404, "object_not_found")
	w.do("PUT", member, "").is(204)
	w.do("DELETE", path, "").is(204)
	w.do("GET", path, "").refused(404, "object_not_found")
	if l := as[v1.List[v1.User]](w.do("GET", sales+"/users", "").is(200)); len(l.Items) != 0 || *l.Total != 0 {
		t.Errorf("a deleted user is a member: %+v", l)
	}
	w.do("DELETE", sales, "").is(204)
	w.do("GET", sales, "").refused(404, "object_not_found")
}

func TestConnectedApps(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	made := w.do("POST", in+"/connected-apps", `{"name":"Nightly"}`).is(201)
	app := as[v1.ConnectedApp](made)
	want := v1.ConnectedApp{ClientID: app.ClientID, Name: "Nightly", Enabled: true, AuthorizationID: app.AuthorizationID, Version: 1, Secrets: []v1.Secret{}, CreatedAt: noon}
	if diff := cmp.Diff(want, app); diff != "" || app.AuthorizationID == "" || !strings.Contains(made.body, `"scopes": null`) {
		t.Errorf("%s%s", diff, made.body)
	}
	path := made.header.Get("Location")
	changed := func(body string) v1.ConnectedApp { return as[v1.ConnectedApp](w.do("PATCH", path, body).is(200)) }
	if a := changed(`{"scopes":["tableau:metrics:*"]}`); strings.Join(*a.Scopes, " ") != "tableau:metrics:delete tableau:metrics:download tableau:metrics:update" {
		t.Errorf("a wildcard is assigned as %v", *a.Scopes)
	}
	if a := changed(`{"name":"N"}`); a.Name != "N" || a.Scopes == nil || len(*a.Scopes) != 3 {
		t.Errorf("%+v", a)
	}
	if a := changed(`{"scopes":[]}`); a.Scopes == nil || len(*a.Scopes) != 0 {
		t.Errorf("%+v", a)
	}
	if a := changed(`{"scopes":null,"enabled":false}`); a.Scopes != nil || a.Enabled {
		t.Errorf("%+v", a)
	}
	if a := as[v1.ConnectedApp](w.do("POST", path+"/enable", "").is(200)); !a.Enabled {
		t.Errorf("%+v", a)
	}
	if a := as[v1.ConnectedApp](w.do("POST", path+"/disable", "").is(200)); a.Enabled {
		t.Errorf("%+v", a)
	}
	was := as[v1.ConnectedApp](w.do("GET", path, "").is(200))
	if a := as[v1.ConnectedApp](w.do("POST", path+"/authorize", "").is(200)); a.AuthorizationID != was.AuthorizationID {
		t.Error("authorizing what is authorized made a new authorization")
	}
	if a := as[v1.ConnectedApp](w.do("POST", path+"/revoke", "").is(200)); !a.Revoked || a.AuthorizationID != was.AuthorizationID {
		t.Errorf("%+v", a)
	}
	if a := as[v1.ConnectedApp](w.do("POST", path+"/authorize", "").is(200)); a.Revoked || a.AuthorizationID == was.AuthorizationID {
		t.Errorf("%+v, want a new authorization", a)
	}
	if l := as[v1.List[v1.ConnectedApp]](w.do("GET", in+"/connected-apps", "").is(200)); len(l.Items) != 1 || *l.Total != 1 {
		t.Errorf("%+v", l)
	}
	if a := as[v1.ConnectedApp](w.do("POST", in+"/connected-apps", `{"name":"b","scopes":null}`).is(201)); a.Scopes != nil {
		t.Errorf("%+v", a)
	}
	w.do("DELETE", path, "").is(204)
	w.do("GET", path, "").refused(404, "object_not_found")
}

// TestA244_a_secret_is_shown_once and never again, in no answer and no book.
func TestA244_a_secret_is_shown_once(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	app := w.make(in+"/connected-apps", `{"name":"a"}`)
	first := as[v1.Secret](w.do("POST", app+"/secrets", "").is(201))
	w.clock.Advance(time.Second)
	second := as[v1.Secret](w.do("POST", app+"/secrets", "{}").is(201))
	if len(first.Value) != 43 || first.Value == second.Value || first.ID == second.ID {
		t.Errorf("%+v, %+v", first, second)
	}
	w.do("POST", app+"/secrets", "").refused(409, "secret_limit")
	for _, path := range []string{app, app + "/secrets", in + "/connected-apps", in + "/audit", "/v1/audit"} {
		a := w.do("GET", path, "").is(200)
		if strings.Contains(a.body, first.Value) || strings.Contains(a.body, second.Value) || strings.Contains(a.body, `"value"`) {
			t.Errorf("%s shows a secret: %s", path, a.body)
		}
	}
	if l := as[v1.List[v1.Secret]](w.do("GET", app+"/secrets", "").is(200)); len(l.Items) != 2 || l.Items[0].ID != first.ID {
		t.Errorf("%+v", l)
	}
	w.do("DELETE", app+"/secrets/"+first.ID, "").is(204)
	w.do("DELETE", app+"/secrets/"+first.ID, "").refused(404, "object_not_found")
	w.do("POST", app+"/secrets", "").is(201)
}

func TestLists_page_by_page(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	var want []string
	for i := range 6 {
		want = append(want, fmt.Sprintf("user-%d", i))
		w.make(in+"/users", fmt.Sprintf(`{"name":"user-%d"}`, i))
	}
	for limit := 1; limit <= 7; limit++ {
		var got []string
		pages, after := 0, ""
		for {
			l := as[v1.List[v1.User]](w.do("GET", fmt.Sprintf("%s/users?limit=%d&after=%s", in, limit, after), "").is(200))
			for _, u := range l.Items {
				got = append(got, u.Name)
			}
			if len(l.Items) > limit || *l.Total != 6 {
				t.Errorf("limit %d: %d items, total %d", limit, len(l.Items), *l.Total)
			}
			pages++
			if after = l.Next; after == "" {
				break
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || pages != (6+limit-1)/limit {
			t.Errorf("limit %d: %d pages, %s", limit, pages, diff)
		}
	}
	for i := range 3 {
		w.make(in+"/connected-apps", fmt.Sprintf(`{"name":"a%d"}`, i))
	}
	l := as[v1.List[v1.ConnectedApp]](w.do("GET", in+"/connected-apps?limit=2", "").is(200))
	rest := as[v1.List[v1.ConnectedApp]](w.do("GET", in+"/connected-apps?limit=2&after="+l.Next, "").is(200))
	if len(l.Items) != 2 || len(rest.Items) != 1 || rest.Next != "" || rest.Items[0].ClientID <= l.Items[1].ClientID {
		t.Errorf("%+v then %+v", l, rest)
	}
	entries := as[v1.List[v1.Entry]](w.do("GET", in+"/audit?limit=10", "").is(200)) // 10 acts: a tenant, 6 users, 3 apps
	if len(entries.Items) != 10 || entries.Next != "" || entries.Items[9].Action != "tenant.create" {
		t.Errorf("%d entries, next %q", len(entries.Items), entries.Next)
	}
	entries = as[v1.List[v1.Entry]](w.do("GET", in+"/audit?limit=9", "").is(200))
	last := as[v1.List[v1.Entry]](w.do("GET", in+"/audit?limit=9&after="+entries.Next, "").is(200))
	if len(last.Items) != 1 || last.Items[0].Action != "tenant.create" || last.Next != "" {
		t.Errorf("%+v", last)
	}
	empty := w.do("GET", in+"/groups", "").is(200)
	if !strings.Contains(empty.body, `"items": []`) {
		t.Errorf("an empty list is %s", empty.body)
	}
}

func TestKeys(t *testing.T) {
	w := newWorld(t)
	first := as[v1.List[v1.Key]](w.do("GET", "/v1/keys", "").is(200))
	if len(first.Items) != 1 || first.Items[0].State != "active" {
		t.Fatalf("%+v", first)
	}
	staged := as[v1.Key](w.do("POST", "/v1/keys", "").is(201))
	if staged.State != "staged" {
		t.Errorf("%+v", staged)
	}
	w.do("POST", "/v1/keys", "").refused(409, "key_staged")
	path := "/v1/keys/" + first.Items[0].ID + "/revoke"
	// The answer is the key that signs from now on.
	if k := as[v1.Key](w.do("POST", path, `{"reason":"leaked"}`).is(200)); k.State != "active" || k.ID == first.Items[0].ID {
		t.Errorf("%+v", k)
	}
	for _, k := range as[v1.List[v1.Key]](w.do("GET", "/v1/keys", "").is(200)).Items {
		if (k.State == "revoked") != (k.ID == first.Items[0].ID) {
			t.Errorf("%+v", k)
		}
	}
	w.do("POST", path, `{"reason":"again"}`).refused(409, "key_revoked")
	w.do("POST", "/v1/keys/"+entropy.ID[id.Key]().String()+"/revoke", `{"reason":"x"}`).refused(404, "object_not_found")
	w.do("POST", "/v1/keys/x/revoke", `{"reason":"x"}`).refused(404, "object_not_found")
}

func TestExplain(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	x := as[v1.Explanation](w.do("POST", "/v1/explain/assertion", `{"jwt":"a.b.c","tenant":"acme"}`).is(200))
	if x.Verdict != "refused" || len(x.Findings) == 0 || x.Findings[0].Code != "assertion_unreadable" || len(x.Checks) < 20 || x.Granted == nil {
		t.Errorf("%+v", x)
	}
	for _, c := range x.Checks {
		if (c.Outcome == "failed") != (c.Finding != nil) {
			t.Errorf("%+v", c)
		}
	}
	site := strings.Replace(in, "/v1/tenants/", "/api/3.17/sites/", 1)
	ask := func(path, scopes string) v1.Explanation {
		return as[v1.Explanation](w.do("POST", "/v1/explain/call", `{"method":"GET","path":"`+path+`","scopes":[`+scopes+`]}`).is(200))
	}
	x = ask(site+"/users", `"tableau:users:*","tableau:nothing:read"`)
	if x.Verdict != "allowed" || x.Method.ID != "get_users_on_site" || x.Method.Needs != "tableau:users:read" || strings.Join(x.Covering, " ") != "tableau:users:*" ||
		len(x.Findings) != 1 || x.Findings[0].Code != "scope_unknown" || x.Findings[0].Scope != "tableau:nothing:read" {
		t.Errorf("%+v", x)
	}
	if x = ask(site+"/users?pageSize=1", `"tableau:users:read"`); x.Verdict != "allowed" || x.Method.ID != "get_users_on_site" {
		t.Errorf("with a query: %+v", x)
	}
	if x = ask(site+"/users", ""); x.Verdict != "refused" || x.Findings[0].Code != "scope_not_granted" || x.Findings[0].Scope != "tableau:users:read" || x.Method == nil {
		t.Errorf("%+v", x)
	}
	if x = ask(site+"//users", ""); x.Verdict != "refused" || x.Findings[0].Code != "path_not_canonical" {
		t.Errorf("%+v", x)
	}
	w.do("POST", "/v1/explain/call", `{"method":"GET","path":"/x","scopes":["a b"]}`).refused(400, "scope_name_invalid")
}

func TestRefusals_are_found_by_their_reference(t *testing.T) {
	w := newWorld(t)
	p := w.do("GET", "/v1/nothing", "").refused(404, "route_unknown")
	c := as[v1.Refusal](w.do("GET", "/v1/refusals/"+p.Reference, "").is(200))
	if c.Reference != p.Reference || c.Door != "admin" || c.Path != "/v1/nothing" || c.Count != 1 || c.Findings[0].Code != "route_unknown" || c.FirstAt != noon {
		t.Errorf("%+v", c)
	}
	if again := w.do("GET", "/v1/nothing", "").refused(404, "route_unknown"); again.Reference != p.Reference {
		t.Error("a repeat has a reference of its own")
	}
	w.do("GET", "/v1/refusals/x", "").refused(404, "object_not_found")
	w.do("GET", "/v1/refusals/"+entropy.ID[id.Reference]().String(), "").refused(404, "object_not_found")
	in := w.tenant("acme")
	if l := as[v1.List[v1.Refusal]](w.do("GET", in+"/refusals", "").is(200)); l.Items == nil || len(l.Items) != 0 {
		t.Errorf("%+v", l)
	}
}
