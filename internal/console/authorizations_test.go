package console

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// builtIn registers a client of the product itself.
func (w *world) builtIn(name string, required ...string) store.Client {
	w.t.Helper()
	made, err := w.Registry.CreateClient(context.Background(), audit.Operator, registry.NewClient{BuiltIn: true, Draft: registry.Draft{
		Name: name, Publisher: "The vendor", RedirectURIs: []string{"https://vendor.example/cb"}, Required: required}})
	w.ok(err)
	return made.Client
}

// decided is what stands in the database.
func (w *world) decided(c store.Client) store.Authorization {
	w.t.Helper()
	s, err := w.Govern.Authorization(context.Background(), w.acme.ID, c.ID)
	w.ok(err)
	return s.Authorization
}

// used notes calls of a method some days ago.
func (w *world) used(c store.Client, catalog, method string, daysAgo, calls int) {
	w.t.Helper()
	w.ok(w.db.Tend(context.Background(), func(u store.Upkeep) error {
		return u.AddUses([]store.Use{{Tenant: w.acme.ID, Client: c.ID, Day: noon.Truncate(24*time.Hour).AddDate(0, 0, -daysAgo), Catalog: catalog, Method: method, Calls: calls}})
	}))
}

// form is the decision form with its version fields, as the page that is shown has them.
func (b *browser) form(pairs ...string) []string {
	b.t.Helper()
	out := []string{"act", "approve"}
	for _, field := range []string{"version", "registration"} {
		m := regexp.MustCompile(`name="` + field + `" value="(\d+)"`).FindStringSubmatch(b.body)
		if m == nil {
			b.t.Fatalf("%s has no field %s: %s", b.path, field, b.text())
		}
		out = append(out, field, m[1])
	}
	if slices.Contains(pairs, "who") {
		return append(out, pairs...)
	}
	if slices.Contains(pairs, "role") || slices.Contains(pairs, "user") {
		out = append(out, "who", "chosen")
	} else if m := regexp.MustCompile(`name="who" value="([a-z]+)" checked`).FindStringSubmatch(b.body); m != nil {
		out = append(out, "who", m[1])
	}
	return append(out, pairs...)
}

// again sends the form of the review, with all that it carries.
func (b *browser) again(act string) *browser {
	b.t.Helper()
	pairs := []string{"stage", "review", "act", act}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(b.body[strings.Index(b.body, `id="review"`):], -1) {
		if m[1] != "form_token" && m[1] != "stage" {
			pairs = append(pairs, m[1], m[2])
		}
	}
	return b.send(b.path, pairs...)
}

func TestAuthorizations_are_for_who_may_decide(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	path := "/console/authorizations/" + app.ID.String()
	b := w.as(w.eve)
	for _, p := range []string{"/console/authorizations", "/console/authorizations/new", path, path + "/decide", "/console/oauth-clients"} {
		b.open(p).shows(403, "Permission error", "Who can", "Ada Lovelace").lacks("Acme Sync", "@example")
	}
	b.open("/console").lacks("Authorized applications")
	for _, p := range []string{"/new", "/" + app.ID.String() + "/decide", "/" + app.ID.String() + "/revoke", "/" + app.ID.String() + "/shrink"} {
		b.open("/account").send("/console/authorizations"+p, "confirmed", "yes", "act", "approve").shows(403, "Permission error")
	}
	if a := w.decided(app); a.Version != 0 {
		t.Errorf("somebody without the permission decided: %+v", a)
	}
	// Addresses are shown where the account wants it.
	w.ok(w.setEmail(w.ada, "ada@acme.example"))
	w.govern(policy.Governance{ShowMail: true})
	b.open("/console/authorizations").shows(403, "ada@acme.example")
	b.lang = "de"
	b.open("/console/authorizations").shows(403, "Berechtigungsfehler")
}

func (w *world) setEmail(u store.User, email string) error {
	_, err := w.Directory.UpdateUser(context.Background(), audit.Operator, u.Tenant, u.ID, directory.UserChange{Email: &email})
	return err
}

func TestAuthorize_by_client_id_a_subset(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{writeContacts})
	b := w.as(w.ada)
	b.open("/console/authorizations").shows(200, "No authorized applications yet", "Authorize a client")
	b.open("/console/authorizations/new").shows(200, "Admin", "Integrations", "Authorized applications", "Client ID")
	b.send("/console/authorizations/new", "client_id", " "+strings.ToUpper(app.ID.String())+" ").leads("/console/authorizations/" + app.ID.String() + "/decide")
	b.follow().shows(200, "Authorize Acme Sync", "Acme GmbH", "not verified", "Scopes", readContacts, "required", "optional",
		"Users who may use this application", "All users of the account", "Add roles", "The app cannot be installed then.")
	path := b.path
	b.send(path, b.form("scope", readContacts, "role", "app_installer", "expires", "2027-01-31", "reason", "for sales")...).
		shows(200, "Before you approve", "What this decision costs").lacks("Without these required scopes")
	b.again("back").shows(200, "Authorize Acme Sync", "App installer")
	if !strings.Contains(b.body, `value="2027-01-31"`) || !strings.Contains(b.body, "for sales") || strings.Contains(b.body, `value="`+writeContacts+`" aria-describedby="cost-`+writeContacts+`" checked`) {
		t.Error("what was typed is lost on the way back")
	}
	b.send(path, b.form("scope", readContacts, "role", "app_installer", "expires", "2027-01-31", "reason", "for sales")...)
	b.again("approve").leads("/console/authorizations/" + app.ID.String() + "?done=authorized")
	b.follow().shows(200, "Approved.", "approved", "App installer", "31 Jan 2027", "“for sales”", "Not approved", writeContacts, "History", "Authorized · Ada Lovelace").
		lacks("It asks for more")
	a := w.decided(app)
	if a.Origin != policy.ByAdministrator || a.Uncapped || a.Ceiling.String() != readContacts || a.Admission.All || strings.Join(a.Admission.Roles, " ") != "app_installer" ||
		a.Reason != "for sales" || !a.Expires.Equal(time.Date(2027, 2, 1, 0, 0, 0, 0, time.UTC)) {
		t.Errorf("%+v", a)
	}
	b.open("/console/authorizations").shows(200, "Acme Sync", "1 of 2 scopes", "App installer", "Ada Lovelace", "until 31 Jan 2027")
}

func TestAuthorize_of_what_is_asked_costs_nothing_and_asks_nothing(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String()
	b.open(path+"/decide").send(path+"/decide", b.form("scope", readContacts)...).leads(path + "?done=authorized")
	if a := w.decided(app); !a.Admission.All || a.Uncapped {
		t.Errorf("all users, and only what was ticked: %+v", a)
	}
	// The day of the expiry stands as it was said, and what is sent unchanged changes nothing.
	b.open(path).shows(200, "All users of the account", "until it is revoked")
}

func TestAuthorize_without_a_required_scope_says_that_it_cannot_be_installed(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts, writeContacts}, nil, nil)
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String() + "/decide"
	b.open(path).send(path, b.form("scope", readContacts)...).shows(200, "Without these required scopes the app cannot be installed:", writeContacts)
}

func TestAuthorize_users_are_added_by_name(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	bob := w.user(w.beta, "bob", "Bob", directory.Member)
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String() + "/decide"
	b.open(path)
	b.send(path, append(b.form("scope", readContacts, "add_user", "nobody@example.com"), "act", "user")...).shows(422, "There is no user of this name in the account.")
	b.send(path, b.form("scope", readContacts, "add_user", "bob")...).shows(422, "There is no user of this name in the account.")
	form := b.form("scope", readContacts, "add_user", "eve@example.com")
	form[1] = "user"
	b.send(path, form...).shows(200, "Eve Example")
	b.send(path, b.form("scope", readContacts, "user", w.eve.ID.String())...).leads(strings.TrimSuffix(path, "/decide") + "?done=authorized")
	if a := w.decided(app); a.Admission.All || len(a.Admission.Users) != 1 || a.Admission.Users[0] != w.eve.ID {
		t.Errorf("%+v", a.Admission)
	}
	// The ID of somebody else's user is that of nobody.
	b.open(path).send(path, b.form("scope", readContacts, "user", bob.ID.String())...)
	if a := w.decided(app); len(a.Admission.Users) != 1 || a.Admission.Users[0] != w.eve.ID {
		t.Errorf("a user of another account was admitted: %+v", a.Admission)
	}
}

// TestA044_client_ids_that_nobody_here_may_see are answered like those that do not exist, byte for byte.
func TestA044_client_ids_that_nobody_here_may_see(t *testing.T) {
	w := settled(t)
	theirs, err := w.Registry.CreateConnectedApp(context.Background(), audit.Operator, w.beta.ID, registry.NewConnectedApp{Name: "Secret project"})
	w.ok(err)
	unknown := "8e1b7172-39c3-4a32-887e-fc2b4119f56d"
	b := w.as(w.ada)
	answer := func(client string) string {
		b.open("/console/authorizations/new").send("/console/authorizations/new", "client_id", client).shows(422, "No application has this client ID").lacks("Secret project")
		return strings.ReplaceAll(b.text(), client, "")
	}
	if a, c := answer(unknown), answer(theirs.Client.String()); a != c {
		t.Errorf("%q and %q", a, c)
	}
	for _, p := range []string{"", "/decide"} {
		b.open("/console/authorizations/"+unknown+p).shows(404, "There is nothing here")
		want := b.text()
		if b.open("/console/authorizations/"+theirs.Client.String()+p).shows(404).text() != want {
			t.Errorf("%s tells another account's app from none", b.path)
		}
	}
	for _, act := range []string{"/decide", "/revoke", "/shrink", "/unshrink", "/roles/revoke", "/users/" + w.eve.ID.String() + "/revoke", "/users/" + w.eve.ID.String() + "/readmit"} {
		b.open("/account").send("/console/authorizations/"+theirs.Client.String()+act, "confirmed", "yes", "act", "approve").shows(404)
	}
	b.open("/console/authorizations/new").send("/console/authorizations/new", "client_id", "acme-sync").shows(422, "This is not a client ID.")
	b.send("/console/authorizations/new", "client_id", "").shows(422, "Please fill this in.")
}

// TestA164_two_administrators_decide_at_once: the second is told, and loses nothing that was typed.
func TestA164_two_administrators_decide_at_once(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{writeContacts})
	path := "/console/authorizations/" + app.ID.String() + "/decide"
	one, two := w.as(w.ada), w.as(w.ada)
	one.open(path)
	two.open(path)
	one.send(path, one.form("scope", readContacts, "scope", writeContacts)...).leads(strings.TrimSuffix(path, "/decide") + "?done=authorized")
	typed := two.form("scope", readContacts, "role", "developer", "reason", "mine")
	two.send(path, typed...)
	two.again("approve").shows(409, "Somebody else changed this authorization in the meantime", "What your form would change about what holds now", "Developer")
	if !strings.Contains(two.body, "mine</textarea>") {
		t.Error("the reason is lost")
	}
	if a := w.decided(app); a.Version != 1 || !a.Admission.All || a.Ceiling.Len() != 2 {
		t.Errorf("the second decided all the same: %+v", a)
	}
	two.send(path, two.form("scope", readContacts, "role", "developer", "reason", "mine")...)
	two.again("approve").leads(strings.TrimSuffix(path, "/decide") + "?done=authorized")
	if a := w.decided(app); a.Version != 2 || a.Ceiling.String() != readContacts {
		t.Errorf("%+v", a)
	}
}

func TestAuthorizations_list_filters_and_pages(t *testing.T) {
	w := settled(t)
	ctx := context.Background()
	by := govern.By{Actor: audit.Operator}
	names := map[string]store.Client{}
	for _, name := range []string{"Alpha", "Beta", "Gamma"} {
		names[name] = w.app(name, []string{readContacts}, nil, nil)
	}
	terms := func(roles ...string) govern.Terms {
		return govern.Terms{Scopes: scope.NewSet(scope.MustParse(readContacts)), Admission: policy.Admission{All: len(roles) == 0, Roles: roles}}
	}
	_, err := w.Govern.Authorize(ctx, by, w.acme.ID, names["Alpha"].ID, terms())
	w.ok(err)
	_, err = w.Govern.Authorize(ctx, by, w.acme.ID, names["Beta"].ID, terms("developer"))
	w.ok(err)
	_, err = w.Govern.Revoke(ctx, by, w.acme.ID, names["Beta"].ID, "no longer used")
	w.ok(err)
	_, err = w.Govern.Ask(ctx, govern.By{Actor: audit.Actor{Kind: "user", ID: w.eve.ID.String(), Name: "eve"}, User: w.eve.ID}, w.acme.ID, names["Gamma"].ID, govern.Wish{Reason: "I need it"})
	w.ok(err)
	own := w.builtIn("Vendor Desk", readContacts)
	made, err := w.Registry.CreateConnectedApp(ctx, audit.Operator, w.acme.ID, registry.NewConnectedApp{Name: "Script"})
	w.ok(err)
	w.used(names["Alpha"], "crm", "listContacts", 3, 5)
	b := w.as(w.ada)
	b.open("/console/authorizations").shows(200, "Alpha", "Beta", "revoked", "Vendor Desk", "built in, approved", "from the start", "Script", "Connected app of this account", "3 days ago")
	b.open("/console/authorizations?state=approved").shows(200, "Alpha", "Script").lacks("Beta ", "Vendor Desk")
	b.open("/console/authorizations?state=revoked").shows(200, "Beta").lacks("Alpha")
	b.open("/console/authorizations?state=pending").shows(200, "Gamma", "pending").lacks("Alpha")
	path := "/console/authorizations/" + names["Gamma"].ID.String()
	b.open(path).shows(200, "pending")
	b.open("/console/authorizations/"+w.app("Delta", []string{readContacts}, nil, nil).ID.String()).shows(200, "not decided", "nobody").lacks("pending", "All users")
	b.open("/console/authorizations?state=built_in").shows(200, "Vendor Desk").lacks("Alpha")
	b.open("/console/authorizations?role=developer").shows(200, "Beta").lacks("Alpha")
	b.open("/console/authorizations?name=alph").shows(200, "Alpha").lacks("Vendor Desk")
	b.open("/console/authorizations?name=zzz").shows(200, "No application matches", "Show all")
	b.open("/console/authorizations?state=open").shows(200, "No application matches")
	b.open("/console/authorizations?state=%3Cscript%3E&role=x%22y&after=z").shows(200)
	b.open("/console/authorizations/"+names["Gamma"].ID.String()+"/decide").shows(200, "1 request waits.", "Eve Example", "I need it")
	b.open("/console/authorizations/"+own.ID.String()).shows(200, "built in, approved", "authorized from the start")
	b.open("/console/authorizations/"+made.Client.String()).shows(200, "Script", "Authorized by being made in this account.", "Revoke authorization")
	b.open("/console/authorizations/" + made.Client.String() + "/decide").shows(404)
	b.open("/console/authorizations/new").send("/console/authorizations/new", "client_id", made.Client.String()).leads("/console/authorizations/" + made.Client.String())
	// Pages: more than fit, and the cursor keeps the filter.
	for range pageSize {
		w.app("Many", []string{readContacts}, nil, nil)
	}
	w.opens()
	var clients []store.Client
	w.ok(w.db.View(ctx, func(r store.Reader) error {
		clients, err = r.ListClients(w.acme.ID, store.Page{Limit: 200})
		return err
	}))
	for _, c := range clients {
		if c.Registration.Name == "Many" {
			w.installed(w.eve, c, readContacts)
		}
	}
	b.open("/console/authorizations?name=Many").shows(200).lacks("Next page")
	w.installed(w.eve, w.app("Many", []string{readContacts}, nil, nil), readContacts)
	b.open("/console/authorizations?name=Many").shows(200, "Next page", "open")
	next := between(b.body, `<a href="/console/authorizations?after=`, `"`)
	b.open("/console/authorizations?after="+strings.ReplaceAll(next, "&amp;", "&")).shows(200, "First page", "Many")
	if n := strings.Count(b.body, `<th scope="row">`); n != 1 {
		t.Errorf("the second page has %d rows", n)
	}
}

func TestOAuthClients_lists_ids(t *testing.T) {
	w := settled(t)
	own, mine := w.builtIn("Vendor Desk", readContacts), w.app("Acme Sync", nil, nil, nil)
	b := w.as(w.ada)
	b.open("/console/oauth-clients").shows(200, "Built-in clients", "Vendor Desk", own.ID.String(), "Acme Sync", mine.ID.String(), "Copy")
	b.open("/console/authorizations/new?client_id=" + own.ID.String())
	if !strings.Contains(b.body, `value="`+own.ID.String()+`"`) {
		t.Error("the dialog is not filled in")
	}
	path := "/console/authorizations/" + own.ID.String()
	b.send("/console/authorizations/new", "client_id", own.ID.String()).follow().shows(200, "Change the authorization of Vendor Desk", "Scopes that the app asks for later")
	b.send(path+"/decide", b.form("scope", readContacts, "uncapped", "yes", "role", "developer")...).shows(200, "Before you approve", "What will hold", "Developer")
	b.again("approve").leads(path + "?done=authorized")
	if a := w.decided(own); !a.Uncapped || a.Admission.All || a.Origin != policy.ByAdministrator {
		t.Errorf("%+v", a)
	}
	b.open(path).send(path+"/revoke", "confirmed", "yes", "reason", "not here").shows(200, "is revoked")
	b.open(path).shows(200, "revoked", "not here").lacks("Revoke authorization …")
	b.open(path+"/decide").shows(200, "It was revoked. Authorizing it again is a new decision")
	b.send(path+"/decide", b.form("scope", readContacts, "who", "all")...).leads(path + "?done=authorized")
	if a := w.decided(own); a.Revoked || a.Uncapped {
		t.Errorf("%+v", a)
	}
	b.open(path).shows(200, "Authorized again", "Revoked", "not here")
}
