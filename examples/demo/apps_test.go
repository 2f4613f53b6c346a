package main

import (
	"net/url"
	"strings"
	"testing"

	"prokura/examples/world"
)

// browsing is a visitor whose test fails where a page cannot be opened.
type browsing struct {
	*visitor
	d *demo
}

func (d *demo) visitor() *browsing { return &browsing{newVisitor(), d} }

func (v *browsing) ok(err error) {
	v.d.t.Helper()
	if err != nil {
		v.d.t.Fatal(err)
	}
}

func (v *browsing) open(where string, form url.Values) {
	v.d.t.Helper()
	v.ok(v.visitor.open(where, form))
}

func (v *browsing) submit(field string, fill map[string]string) {
	v.d.t.Helper()
	v.ok(v.visitor.submit(field, fill))
}

func (v *browsing) install(slug, user string) {
	v.d.t.Helper()
	c, ok := v.d.Client(slug)
	u, there := v.d.User(user)
	if !ok || !there {
		v.d.t.Fatalf("there is no app %s or no user %s", slug, user)
	}
	v.ok(v.visitor.install(strings.TrimSuffix(c.RedirectURIs[0], "/callback"), slug, u))
}

func (v *browsing) says(parts ...string) {
	v.d.t.Helper()
	for _, part := range parts {
		if !strings.Contains(v.page, part) {
			v.d.t.Errorf("%s does not say %q:\n%s", v.url, part, v.page)
		}
	}
}

func TestApps_the_well_behaved_one_is_installed_and_reads(t *testing.T) {
	d := start(t, t.TempDir())
	v := d.visitor()
	v.install("contact-sync", "iris@mycodotcom.example")
	v.says("Contact Sync", "crm.objects.companies.read", "crm.objects.deals.read")
	v.submit("decision", map[string]string{"decision": "allow"})
	v.says("Installed.", "<code>crm.objects.contacts.read</code>: granted", "<code>crm.objects.deals.read</code>: granted")
	v.open("/call", url.Values{"path": {"/crm/v3/objects/contacts"}})
	v.says("answered 200", "clara.weiss@example.com")
	v.open("/call", url.Values{"path": {"/automation/v4/flows"}})
	v.says("answered 403", "One of these scopes would be enough", "<code>automation</code>")
	v.open("/refresh", url.Values{})
	v.says("Installed.")

	// It was approved for the account: who may not install apps may use it, too.
	n := d.visitor()
	n.install("contact-sync", "nora@mycodotcom.example")
	n.submit("decision", map[string]string{"decision": "allow"})
	n.says("Installed.")
}

func TestApps_the_public_one_is_installed_without_a_secret(t *testing.T) {
	d := start(t, t.TempDir())
	if c, _ := d.Client("phone"); c.ClientSecret != "" {
		t.Error("a public app has a secret")
	}
	v := d.visitor()
	v.install("phone", "iris@mycodotcom.example")
	v.submit("decision", map[string]string{"decision": "allow"})
	v.says("Installed.")
	v.open("/refresh", url.Values{})
	v.open("/call", url.Values{"path": {"/crm/v3/objects/contacts"}})
	v.says("answered 200", "clara.weiss@example.com")
}

// The sentences are those that people search the web for.
func TestApps_the_four_errors_are_there_to_be_seen(t *testing.T) {
	d := start(t, t.TempDir())
	for slug, x := range map[string]struct{ user, sentence, code string }{
		"forgetful":  {"iris@mycodotcom.example", "because the provided scopes are insufficient", "required_scope_missing"},
		"misplaced":  {"iris@mycodotcom.example", "because there is a mismatch between the scopes in the install URL", "scope_mismatch"},
		"permission": {"nora@mycodotcom.example", "have permission to connect this integration", "user_lacks_permission"},
		"plan":       {"sol@starter.example", "have access to some HubSpot features", "tenant_lacks_entitlement"},
	} {
		v := d.visitor()
		v.install(slug, x.user)
		v.says(x.sentence, "/oauth/errors/"+x.code)
		if v.status < 400 || strings.Contains(v.page, "name=\"decision\"") {
			t.Errorf("%s is answered %d", slug, v.status)
		}
	}
}

// The link that is printed leads to the request, and not to a refusal for another reason.
func TestApps_one_that_nobody_authorized_is_asked_for(t *testing.T) {
	d := start(t, t.TempDir())
	v := d.visitor()
	v.install(unauthorized, "hugo@guarded.example")
	v.says("Permission error", "An administrator of Guarded Ltd. must approve this application.", `name="reason"`)
}

func TestApps_an_app_shows_that_the_user_said_no(t *testing.T) {
	d := start(t, t.TempDir())
	v := d.visitor()
	v.install("contact-sync", "iris@mycodotcom.example")
	v.submit("decision", map[string]string{"decision": "cancel"})
	v.says("It was not installed", "<code>access_denied</code>", "The user did not allow it.")
}

func TestApps_are_the_same_after_a_restart(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir)
	if len(d.Clients) != 7 {
		t.Errorf("%d apps", len(d.Clients))
	}
	for _, c := range d.Clients {
		if c.Required == nil || c.Conditional == nil || c.Optional == nil || len(c.RedirectURIs) != 1 || !strings.Contains(c.InstallURL, c.ClientID) {
			t.Errorf("%+v", c)
		}
		if strings.Contains(strings.Join(c.Required, " "), "oauth") {
			t.Errorf("%s requires what is implied", c.Name)
		}
	}
	d.stop()
	again := start(t, dir)
	for i, c := range d.Clients {
		if b := again.Clients[i]; b.ClientID != c.ClientID || b.ClientSecret != c.ClientSecret {
			t.Errorf("%s is another app after a restart", c.Name)
		}
	}
	// The third-party app listens on another port now, which does not count on loopback.
	v := again.visitor()
	c, _ := again.Client("contact-sync")
	asked, err := url.Parse(c.InstallURL)
	if err != nil || asked.Query().Get("redirect_uri") == c.RedirectURIs[0] {
		t.Fatalf("the third-party app did not move: %s", c.InstallURL)
	}
	u, _ := again.User("iris@mycodotcom.example")
	v.open(strings.TrimSuffix(asked.Query().Get("redirect_uri"), "/callback")+"/install/contact-sync", nil)
	v.submit("password", map[string]string{"login": u.Username, "password": u.Password})
	v.submit("pending", nil)
	v.submit("decision", map[string]string{"decision": "allow"})
	v.says("Installed.")
}

func TestWorld_of_before_there_were_apps_gets_them(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir)
	d.stop()
	file := dir + "/world.json"
	c, err := world.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	c.Clients = nil
	if err := c.Write(file); err != nil {
		t.Fatal(err)
	}
	if again := start(t, dir); len(again.Clients) != 7 || len(again.Users) != len(d.Users) {
		t.Errorf("%d apps, %d users", len(again.Clients), len(again.Users))
	}
}
