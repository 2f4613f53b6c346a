package console

import (
	"context"
	"fmt"
	"regexp"
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
	"prokura/internal/testworld"
)

// authorized is acme's decision on an app, for all users or for roles.
func (w *world) authorized(c store.Client, scopes []string, roles ...string) {
	w.t.Helper()
	set, err := scope.ParseSet(scopes)
	w.ok(err)
	_, err = w.Govern.Authorize(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, c.ID,
		govern.Terms{Scopes: set, Admission: policy.Admission{All: len(roles) == 0, Roles: roles}, Version: w.decided(c).Version})
	w.ok(err)
}

// version is the field of the form that a path is posted to.
func (b *browser) fields(action, field string) []string {
	b.t.Helper()
	_, form, ok := strings.Cut(b.body, `action="`+action+`"`)
	if !ok {
		b.t.Fatalf("%s has no form for %s: %s", b.path, action, b.text())
	}
	form, _, _ = strings.Cut(form, "</form>")
	var out []string
	for _, m := range regexp.MustCompile(`name="`+field+`" value="([^"]*)"`).FindAllStringSubmatch(form, -1) {
		out = append(out, field, m[1])
	}
	return out
}

func TestRevoke_says_who_loses_access_and_is_final(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.authorized(app, []string{readContacts})
	w.installed(w.eve, app, readContacts)
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String()
	b.open(path).shows(200, "1 user, 1 installation", "Eve Example", "Revoke authorization", "administrators included")
	b.send(path+"/revoke").shows(200, "Revoke the authorization of Acme Sync?", "1 user loses access now.", "1 installation with all its live tokens ends.", "Cancel").
		lacks("Type “")
	b.send(path+"/revoke", "confirmed", "yes", "reason", "breach at the vendor").shows(200, "The authorization of Acme Sync is revoked", "1 user must connect again")
	if a := w.decided(app); !a.Revoked || a.Reason != "breach at the vendor" {
		t.Errorf("%+v", a)
	}
	b.open(path).shows(200, "revoked", "breach at the vendor", "Authorize").lacks("Revoke …", "Who may do what")
	b.open("/console/authorizations").shows(200, "revoked", "nobody", "nothing")
}

func TestRevoke_of_many_users_takes_the_name(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.authorized(app, []string{readContacts})
	for i := range largeLoss {
		u, err := w.Directory.CreateUser(context.Background(), audit.Operator, w.acme.ID, directory.NewUser{Name: fmt.Sprintf("u%d", i), Roles: []string{directory.Member}})
		w.ok(err)
		w.installed(u, app, readContacts)
	}
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String()
	b.open(path).shows(200, "20 users, 20 installations", "Next page")
	b.send(path+"/revoke").shows(200, "20 users lose access now.", "Type “Acme Sync” to confirm")
	b.send(path+"/revoke", "confirmed", "yes", "typed", "acme", "reason", "kept text").shows(422, "This is not the name.")
	if !strings.Contains(b.body, "kept text</textarea>") || w.decided(app).Revoked {
		t.Error("the reason is lost, or the app is revoked")
	}
	b.send(path+"/revoke", "confirmed", "yes", "typed", "Acme Sync").shows(200, "20 users must connect again")
}

func TestRevoke_for_one_user_and_for_a_role(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.authorized(app, []string{readContacts}, directory.Member, directory.Developer)
	w.installed(w.eve, app, readContacts)
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String()
	user := path + "/users/" + w.eve.ID.String()
	b.open(path).send(user+"/revoke").shows(200, "Revoke Acme Sync for Eve Example?", "Eve Example loses 1 installation of Acme Sync with its tokens now.")
	b.send(user+"/revoke", "confirmed", "yes", "reason", "left").leads(path + "?done=user_revoked#users")
	if a := w.decided(app); len(a.Admission.Barred) != 1 || a.Admission.Barred[0] != w.eve.ID || a.Revoked {
		t.Errorf("%+v", a)
	}
	b.open(path+"?done=user_revoked").shows(200, "Revoked for this user.", "Revoked for a user", "Admit again", "left")
	// What an administrator decides later does not readmit whom nobody named.
	b.open(path+"/decide").send(path+"/decide", b.form("scope", readContacts, "role", "user", "role", "developer", "role", "app_installer")...).shows(200, "What changes")
	b.again("approve").leads(path + "?done=authorized")
	if a := w.decided(app); len(a.Admission.Barred) != 1 || len(a.Admission.Roles) != 3 {
		t.Errorf("%+v", a.Admission)
	}
	b.open(path).send(user + "/readmit").leads(path + "?done=user_readmitted#users")
	b.open(path).shows(200, "A user admitted again").lacks("Admit again")
	b.send(path+"/roles/revoke", "role", "developer").shows(200, "Revoke Acme Sync for the role Developer?", "Whoever has another of the authorized roles keeps it.")
	b.send(path+"/roles/revoke", "role", "developer", "confirmed", "yes").leads(path + "?done=role_revoked")
	if a := w.decided(app); strings.Contains(strings.Join(a.Admission.Roles, " "), "developer") {
		t.Errorf("%+v", a.Admission)
	}
	b.open(path).send(path+"/roles/revoke", "role", "nonsense", "confirmed", "yes").shows(404)
	// Another account's user is as unknown as none.
	bob := w.user(w.beta, "bob", "Bob", directory.Member)
	b.open(path).send(path+"/users/"+bob.ID.String()+"/revoke", "confirmed", "yes").shows(404).lacks("Bob")
}

// The scope that comes with every installation is not shown as the one of that name that manages apps.
func TestAuthorization_what_users_gave_is_what_it_is_to_the_app(t *testing.T) {
	w := settledIn(newWorldOf(t, testworld.Options{Catalogs: testworld.InForce()}))
	w.opens()
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.installed(w.user(w.acme, "ivy", "Ivy", directory.AppInstaller), app, "oauth", readContacts)
	w.as(w.ada).open("/console/authorizations/"+app.ID.String()).shows(200, "Ivy", "Connect to the account", "Read contacts").lacks("Manage apps and authorizations")
	w.as(w.ada).open("/console/audit?action=grant.").shows(200, "grant.create").lacks("Manage apps and authorizations")
}

// What an install URL that people use asks for as required stays: without it they could not install the app.
func TestShrink_leaves_what_installing_needs(t *testing.T) {
	w := settled(t)
	const deals, companies = "crm.objects.deals.read", "crm.objects.companies.read"
	app := w.app("Acme Sync", []string{readContacts}, []string{companies}, []string{deals})
	w.authorized(app, []string{readContacts, companies, deals})
	w.used(app, "crm", methodOf(t, deals), 10, 7)
	path := "/console/authorizations/" + app.ID.String()
	w.as(w.ada).open(path).shows(200, "1 scope was never used", "Take away what is not used")
	w.ok(w.db.Tend(context.Background(), func(u store.Upkeep) error {
		return u.CountInstallURL(store.InstallURL{Client: app.ID, RedirectURI: "https://app.example.com/cb", Scope: readContacts + " " + companies, First: noon, Last: noon, Count: 1})
	}))
	w.as(w.ada).open(path).shows(200, "7 calls.", "Read companies").lacks("Take away what is not used")
}

func TestShrink_takes_what_was_not_used_and_gives_it_back(t *testing.T) {
	w := settled(t)
	const deals = "crm.objects.deals.read"
	app := w.app("Acme Sync", []string{readContacts, writeContacts}, nil, []string{deals, "crm.objects.companies.read"})
	w.authorized(app, []string{readContacts, writeContacts, deals, "crm.objects.companies.read"})
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String()
	b.open(path).shows(200, "0 calls.").lacks("Take away what is not used") // nothing was called yet: too early to tell
	w.used(app, "crm", methodOf(t, deals), 10, 7)
	b.open(path).shows(200, "7 calls.", "1 scope was never used", "Read companies", "Not used either, but it cannot be installed without them", "Read contacts")
	b.send(path+"/shrink", append(b.fields(path+"/shrink", "version"), b.fields(path+"/shrink", "keep")...)...).leads(path + "?done=shrunk")
	if a := w.decided(app); a.Ceiling.Has(scope.MustParse("crm.objects.companies.read")) || a.Ceiling.Len() != 3 {
		t.Errorf("%v", a.Ceiling)
	}
	b.follow().shows(200, "What was not used is taken away.", "Give it back", "Unused scopes taken away")
	b.send(path+"/shrink", "version", "1", "keep", readContacts).leads(path + "?done=changed_meanwhile")
	b.open(path).send(path+"/unshrink", b.fields(path+"/unshrink", "version")...).leads(path + "?done=unshrunk")
	b.follow().shows(200, "Scopes given back")
	if a := w.decided(app); a.Ceiling.Len() != 4 {
		t.Errorf("%v", a.Ceiling)
	}
}

// methodOf is a method that a scope alone is enough for.
func methodOf(t *testing.T, name string) string {
	t.Helper()
	for _, m := range testworld.CRM().Methods() {
		for _, need := range m.Alternatives() {
			if need.String() == name && m.AliasOf == "" {
				return m.ID
			}
		}
	}
	t.Fatalf("no method needs %s alone", name)
	return ""
}

func TestAuthorization_shows_what_the_app_asks_for_since(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{writeContacts})
	w.authorized(app, []string{readContacts})
	d := registry.DraftOf(app.Registration)
	d.Optional = append(d.Optional, "crm.objects.companies.read")
	_, err := w.Registry.UpdateClient(context.Background(), audit.Operator, directoryReach(w), app.ID, 1, d)
	w.ok(err)
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String()
	b.open(path).shows(200, "It asks for more", "+ Read companies", "Not approved", "Change contacts").lacks("+ Change contacts")
	b.open("/console/authorizations").shows(200, "asks for more")
	b.open(path+"/decide").shows(200, "crm.objects.companies.read", "new")
	if n := strings.Count(b.text(), "● new"); n != 1 {
		t.Errorf("%d scopes are marked as new", n)
	}
	b.send(path+"/decide", b.form("scope", readContacts, "scope", "crm.objects.companies.read")...).shows(200, "What changes", "Read companies")
	b.again("approve").leads(path + "?done=authorized")
	b.open(path).shows(200, "Read companies (crm.objects.companies.read)").lacks("It asks for more")
}

func TestAuthorization_draws_who_may_do_what(t *testing.T) {
	w := settled(t)
	const scopeName = "tableau:users:read"
	app := w.app("Reporter", []string{scopeName}, nil, nil)
	w.authorized(app, []string{scopeName}, directory.SuperAdmin, directory.Member)
	w.used(app, "analytics", testworld.Analytics().Methods()[0].ID, 2, 3)
	b := w.as(w.ada)
	b.open("/console/authorizations/"+app.ID.String()).shows(200, "Who may do what", "Super administrator", "User", scopeName, "What it did in the last 90 days")
	if !strings.Contains(b.body, `class="heat"`) || !strings.Contains(b.body, `class="matrix"`) {
		t.Error("a picture is missing")
	}
	sc := scope.MustParse("crm.objects.contacts.read")
	known, _ := w.Catalogs.Scope(sc.String())
	if len(known.Permissions) == 0 {
		t.Fatal("the scope needs no permission")
	}
	none := w.able(&store.Role{ID: "x"}, sc)
	some := w.able(&store.Role{ID: "x", Permissions: known.Permissions}, sc)
	if none.Can != 0 || !some.All() || some.Can == 0 || !w.able(&store.Role{ID: directory.SuperAdmin}, sc).All() {
		t.Errorf("without the permission %+v, with it %+v", none, some)
	}
}

func TestAuthorizations_in_german(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{writeContacts})
	w.authorized(app, []string{readContacts}, directory.Member)
	w.clock.Advance(time.Minute)
	b := w.as(w.ada)
	b.lang = "de"
	path := "/console/authorizations/" + app.ID.String()
	b.open("/console/authorizations").shows(200, "Admin", "Integrationen", "Autorisierte Anwendungen", "Client autorisieren", "genehmigt", "1 von 2 Bereichen")
	b.open("/console/authorizations/new").shows(200, "Client-ID", "Client autorisieren")
	b.open(path+"/decide").shows(200, "Umfang", "erforderlich", "Benutzer, die diese Anwendung verwenden können", "Rollen hinzufügen", "OK", "Genehmigen")
	b.open(path).shows(200, "Autorisierung widerrufen", "Verlauf", "Autorisiert", "Wer was darf")
	b.send(path+"/revoke").shows(200, "Autorisierung von Acme Sync widerrufen?", "einschließlich Administratoren", "Abbrechen")
	// The language is switched without losing anything.
	b.open(path + "/decide")
	form := b.form("scope", writeContacts, "reason", "bleibt")
	b.send(path+"/decide", append(form, "lang", "en")...).shows(200, "Change the authorization of Acme Sync")
	if !strings.Contains(b.body, "bleibt</textarea>") {
		t.Error("what was typed is lost")
	}
	b.open("/console/oauth-clients?lang=de").shows(200, "OAuth-Clients", "Integrierte Clients", "Kopieren")
}

// TestA171_decisions_need_the_token of the form, as everything that changes something does.
func TestA171_decisions_need_the_token(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.authorized(app, []string{readContacts})
	b := w.as(w.ada)
	for _, act := range []string{"/decide", "/revoke", "/shrink", "/users/" + w.eve.ID.String() + "/revoke"} {
		b.body = "" // no token
		b.send("/console/authorizations/"+app.ID.String()+act, "confirmed", "yes", "act", "approve").shows(403, "out of date")
	}
	if a := w.decided(app); a.Revoked || a.Version != 1 {
		t.Errorf("%+v", a)
	}
}

// TestA178_names_of_apps_and_reasons are text wherever administrators see them.
func TestA178_names_of_apps_and_reasons(t *testing.T) {
	w := settled(t)
	const evil = `<script>alert(1)</script>`
	app := w.app(evil, []string{readContacts}, nil, nil)
	_, err := w.Govern.Authorize(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, app.ID,
		govern.Terms{Scopes: scope.NewSet(scope.MustParse(readContacts)), Admission: policy.Admission{All: true}, Reason: evil})
	w.ok(err)
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String()
	for _, p := range []string{"/console/authorizations", path, path + "/decide", "/console/oauth-clients", "/console/authorizations?name=" + "%3Cscript%3Ealert(1)%3C/script%3E"} {
		if b.open(p).shows(200); strings.Contains(b.body, evil) {
			t.Errorf("%s runs a script of somebody else's", p)
		}
	}
	if b.open(path).send(path + "/revoke"); strings.Contains(b.body, evil) {
		t.Error("the question runs a script of somebody else's")
	}
}
