package admin

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/v1"
)

const workflows = "marketing_hub_professional"

func TestEntitlements(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	list := func() []v1.Entitlement {
		return as[v1.List[v1.Entitlement]](w.do("GET", in+"/entitlements", "").is(200)).Items
	}
	plan := list()
	if len(plan) == 0 || !plan[0].Plan || !plan[0].InForce || plan[0].Change != "" {
		t.Fatalf("%+v", plan)
	}
	at := in + "/entitlements/" + workflows
	e := as[v1.Entitlement](w.do("PUT", at, `{"until":"2026-11-23T13:00:00+01:00"}`).is(200))
	if e.Entitlement != workflows || !e.InForce || e.Plan || e.Change != "added" || !e.Until.Equal(noon.Add(24*time.Hour)) || !e.From.IsZero() || e.CreatedAt != noon {
		t.Errorf("%+v", e)
	}
	if got := list(); len(got) != len(plan)+1 || !slices.Contains(got, e) {
		t.Errorf("%+v", got)
	}
	w.clock.Advance(24 * time.Hour)
	if i := slices.IndexFunc(list(), func(e v1.Entitlement) bool { return e.Entitlement == workflows }); i < 0 || list()[i].InForce {
		t.Errorf("%+v", list())
	}
	e = as[v1.Entitlement](w.do("PUT", in+"/entitlements/"+plan[0].Entitlement, `{"withdrawn":true}`).is(200))
	if e.InForce || !e.Plan || e.Change != "withdrawn" {
		t.Errorf("%+v", e)
	}
	w.do("PUT", at, `{"until":"tomorrow"}`).refused(400, "date_unreadable")
	w.do("PUT", at, `{"until":null}`).refused(400, "field_kind")
	w.do("PUT", at, `{"from":"2026-11-23T12:00:00Z","until":"2026-11-23T12:00:00Z"}`).refused(400, "dates_reversed")
	w.do("PUT", in+"/entitlements/flying", `{}`).refused(400, "entitlement_unknown")
	w.do("DELETE", at, "").is(204)
	w.do("DELETE", at, "").refused(404, "object_not_found")
}

func TestRoles(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	user := w.make(in+"/users", `{"name":"bob"}`)
	role := as[v1.Role](w.do("POST", in+"/roles", `{"id":"installs","name":"Installs apps","permissions":["apps:app:install"]}`).is(201))
	if role.BuiltIn || role.Name.DE != "Installs apps" || !slices.Equal(role.Permissions, []string{"apps:app:install"}) {
		t.Errorf("%+v", role)
	}
	var all []string
	for after := ""; ; {
		page := as[v1.List[v1.Role]](w.do("GET", in+"/roles?limit=2&after="+url.QueryEscape(after), "").is(200))
		for _, r := range page.Items {
			all = append(all, r.ID)
		}
		if after = page.Next; after == "" {
			break
		}
	}
	if !slices.Equal(all, []string{"app_installer", "developer", "installs", "site_admin", "super_admin", "user"}) {
		t.Errorf("%v", all)
	}
	if r := as[v1.Role](w.do("GET", in+"/roles/super_admin", "").is(200)); !r.BuiltIn || r.Name.DE != "Super-Admin" {
		t.Errorf("%+v", r)
	}
	w.do("PUT", user+"/roles/installs", "").is(204)
	w.do("PUT", user+"/roles/installs", "").is(204) // as it is
	w.do("PUT", user+"/roles/instals", "").refused(400, "role_unknown")
	held := as[v1.List[v1.Role]](w.do("GET", user+"/roles", "").is(200)).Items
	if len(held) != 2 || held[0].ID != "installs" || held[1].ID != "user" {
		t.Errorf("%+v", held)
	}
	changed := as[v1.Role](w.do("PATCH", in+"/roles/installs", `{"permissions":[]}`).is(200))
	if len(changed.Permissions) != 0 || changed.Name.EN != "Installs apps" {
		t.Errorf("%+v", changed)
	}
	w.do("PATCH", in+"/roles/installs", `{"permissions":["a:b:c"]}`).refused(400, "permission_unknown")
	w.do("PATCH", in+"/roles/installs", `{"id":"x"}`).refused(400, "field_unknown")
	w.do("PATCH", in+"/roles/user", `{"permissions":["apps:app:install"]}`).refused(404, "object_not_found")
	w.do("POST", in+"/roles", `{"id":"user","name":"x"}`).refused(409, "name_taken")
	w.do("POST", in+"/roles", `{"id":"A","name":"x"}`).refused(400, "role_id_invalid")
	w.do("DELETE", user+"/roles/user", "").is(204)
	w.do("DELETE", in+"/roles/installs", "").is(204)
	held = as[v1.List[v1.Role]](w.do("GET", user+"/roles", "").is(200)).Items
	if len(held) != 1 || held[0].ID != "user" {
		t.Errorf("%+v", held)
	}
}

func TestLinks(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	bob := w.make(in+"/users", `{"name":"bob"}`)
	link := as[v1.Link](w.do("POST", bob+"/invite", "").is(201))
	if !strings.HasPrefix(link.Link, "https://prokura.example/invite?token=pki_") || link.Mailed != "" || link.ExpiresAt != noon.Add(7*24*time.Hour) {
		t.Errorf("%+v", link)
	}
	w.do("POST", bob+"/invite", `{"lang":"de"}`).is(201)
	w.do("POST", bob+"/invite", `{"language":"de"}`).refused(400, "field_unknown")
	w.do("POST", bob+"/password-link", "").refused(409, "user_has_no_login")
	eve := w.make(in+"/users", `{"name":"eve","password":"a good password"}`)
	w.do("POST", eve+"/invite", "").refused(409, "user_has_login")
	link = as[v1.Link](w.do("POST", eve+"/password-link", "").is(201))
	if !strings.HasPrefix(link.Link, "https://prokura.example/password?token=pki_") {
		t.Errorf("%+v", link)
	}
	// What a link carries is in no book.
	if a := w.do("GET", in+"/audit", "").is(200); strings.Contains(a.body, "pki_") {
		t.Error(a.body)
	}
}

// installed puts an app, its authorization and a grant of a user into a tenant.
func (w *world) installed(in, user string) store.Grant {
	w.t.Helper()
	tenant, err := id.Parse[id.Tenant](in[strings.LastIndex(in, "/")+1:])
	w.ok(err)
	uid, err := id.Parse[id.User](user[strings.LastIndex(user, "/")+1:])
	w.ok(err)
	scopes, err := scope.ParseSet([]string{"tableau:views:download"})
	w.ok(err)
	client := store.Client{ID: entropy.ID[id.Client](), Version: 1, Created: noon, Registration: store.Registration{Name: "App", Publisher: "P",
		RedirectURIs: []string{"https://app.example/cb"}, Required: scopes}}
	auth := store.FirstAuthorization(tenant, entropy.ID[id.Authorization](), client, noon)
	auth.Approved = scopes
	g := store.Grant{Tenant: tenant, ID: entropy.ID[id.Grant](), Client: client.ID, Version: 1, Authorization: auth.ID, User: uid, Required: scopes,
		Scopes: scopes, Dropped: []store.Dropped{{Scope: "tableau:views:embed", Code: "entitlement_missing"}}, Created: noon, Installed: noon}
	err = w.db.Do(context.Background(), audit.Act{Tenant: tenant, Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
		if err := tx.AddClient(client, store.ClientVersion{Client: client.ID, Number: 1, Registration: client.Registration, By: "test", At: noon}); err != nil {
			return err
		}
		if err := tx.AddAuthorization(auth); err != nil {
			return err
		}
		return tx.AddGrant(g)
	})
	w.ok(err)
	return g
}

func TestGrants(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	bob, eve := w.make(in+"/users", `{"name":"bob"}`), w.make(in+"/users", `{"name":"eve"}`)
	g := w.installed(in, bob)
	other := w.installed(in, eve)
	list := func(path string) []v1.Grant { return as[v1.List[v1.Grant]](w.do("GET", path, "").is(200)).Items }
	if got := list(in + "/grants"); len(got) != 2 {
		t.Fatalf("%+v", got)
	}
	for _, path := range []string{in + "/grants?user=" + g.User.String(), in + "/grants?client=" + g.Client.String(), bob + "/grants", in + "/grants?limit=1&client=" + g.Client.String()} {
		if got := list(path); len(got) != 1 || got[0].ID != g.ID.String() || got[0].UserID != g.User.String() || got[0].Dropped[0].Code != "entitlement_missing" {
			t.Errorf("%s: %+v", path, got)
		}
	}
	if got := list(bob + "/grants?client=" + other.Client.String()); len(got) != 0 {
		t.Errorf("%+v", got)
	}
	w.do("GET", in+"/grants?user=x", "").refused(404, "object_not_found")
	w.do("GET", in+"/grants?usr=x", "").refused(400, "field_unknown")
	w.do("GET", in+"/grants?after=x", "").refused(400, "cursor_invalid")
	at := in + "/grants/" + g.ID.String()
	w.do("GET", at, "").is(200)
	w.do("DELETE", at, "").is(204)
	w.do("GET", at, "").refused(404, "object_not_found")
	w.do("DELETE", at, "").refused(404, "object_not_found")
	if got := list(in + "/grants"); len(got) != 1 || got[0].ID != other.ID.String() {
		t.Errorf("%+v", got)
	}
	marks, _, err := w.db.Marks(context.Background())
	w.ok(err)
	if len(marks) != 1 || marks[0].Subject.Grant != g.ID {
		t.Errorf("%+v", marks)
	}
}

// TestA158_a_revoked_authorization takes its grants along, and never comes back as it was.
func TestA158_a_revoked_authorization(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	g := w.installed(in, w.make(in+"/users", `{"name":"bob"}`))
	list := as[v1.List[v1.Authorization]](w.do("GET", in+"/authorizations", "").is(200)).Items
	if len(list) != 1 || list[0].ID != g.Authorization.String() || list[0].State != "undecided" || list[0].Approved[0] != "tableau:views:download" {
		t.Fatalf("%+v", list)
	}
	at := in + "/authorizations/" + g.Client.String()
	for range 2 {
		if z := as[v1.RevokedAuthorization](w.do("POST", at+"/revoke", "").is(200)); z.State != "revoked" || z.ID != g.Authorization.String() {
			t.Errorf("%+v", z)
		}
	}
	if got := as[v1.List[v1.Grant]](w.do("GET", in+"/grants", "").is(200)).Items; len(got) != 0 {
		t.Errorf("%+v", got)
	}
	marks, _, err := w.db.Marks(context.Background())
	w.ok(err)
	if len(marks) != 1 || marks[0].Subject.Client != g.Client {
		t.Errorf("%+v", marks)
	}
	for range 2 {
		if z := as[v1.Authorization](w.do("POST", at+"/authorize", "").is(200)); z.State != "authorized" || z.ID == g.Authorization.String() || len(z.Approved) != 0 {
			t.Errorf("%+v", z)
		}
	}
	w.do("POST", in+"/authorizations/"+entropy.ID[id.Client]().String()+"/revoke", "").refused(403, "client_unknown")
}

// TestA169_what_is_not_ones_to_set is refused, and nothing is changed.
func TestA169_what_is_not_ones_to_set(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	user := w.make(in+"/users", `{"name":"bob"}`)
	role := w.make(in+"/roles", `{"id":"r","name":"R"}`)
	for _, tt := range []struct{ verb, path, field string }{
		{"PATCH", in, "id"}, {"PATCH", in, "created_at"},
		{"PATCH", user, "id"}, {"PATCH", user, "tenant"}, {"PATCH", user, "person"}, {"PATCH", user, "password"}, {"PATCH", user, "password_hash"}, {"PATCH", user, "created_at"},
		{"PATCH", role, "id"}, {"PATCH", role, "built_in"}, {"PATCH", role, "tenant"},
		{"PUT", in + "/entitlements/" + workflows, "tenant"}, {"PUT", in + "/entitlements/" + workflows, "in_force"}, {"PUT", in + "/entitlements/" + workflows, "created_at"},
		{"POST", user + "/invite", "person"}, {"POST", user + "/invite", "link"}, {"POST", user + "/password-link", "mailed"},
	} {
		before := w.do("GET", in+"/audit", "").is(200).body
		w.do(tt.verb, tt.path, `{"`+tt.field+`":"x"}`).refused(400, "field_unknown")
		if after := w.do("GET", in+"/audit", "").is(200).body; after != before {
			t.Errorf("%s %s with %s was done", tt.verb, tt.path, tt.field)
		}
	}
}

// TestA187_links_begin_with_the_issuer, whatever the request says of hosts.
func TestA187_links_begin_with_the_issuer(t *testing.T) {
	w := newWorld(t)
	user := w.make(w.tenant("acme")+"/users", `{"name":"bob"}`)
	spoof := http.Header{"X-Forwarded-Host": {"evil.example"}, "Forwarded": {"host=evil.example"}, "X-Original-Host": {"evil.example"}, "Origin": {"https://evil.example"}}
	link := as[v1.Link](w.send("POST", user+"/invite", "", spoof).is(201))
	if !strings.HasPrefix(link.Link, "https://prokura.example/invite?") {
		t.Errorf("%+v", link)
	}
}
