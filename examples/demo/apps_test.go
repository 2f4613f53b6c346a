package main

import (
	"html"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"prokura/examples/world"
)

// visitor is somebody's browser. It keeps cookies by host and, as browsers do on loopback, also those that are Secure.
type visitor struct {
	d       *demo
	cookies map[string]string
	url     *url.URL
	page    string
	status  int
}

func (d *demo) visitor() *visitor { return &visitor{d: d, cookies: map[string]string{}} }

// open opens a page, or sends a form, and follows where it leads.
func (v *visitor) open(where string, form url.Values) {
	v.d.t.Helper()
	at, err := url.Parse(where)
	if v.url != nil && err == nil {
		at = v.url.ResolveReference(at)
	}
	for hops := 0; err == nil && hops < 10; hops++ {
		req, _ := http.NewRequest(http.MethodGet, at.String(), nil)
		if form != nil {
			req, _ = http.NewRequest(http.MethodPost, at.String(), strings.NewReader(form.Encode()))
			req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			req.Header.Set("Origin", at.Scheme+"://"+at.Host)
			req.Header.Set("Sec-Fetch-Site", "same-origin")
		}
		for key, value := range v.cookies {
			if host, name, _ := strings.Cut(key, " "); host == at.Host {
				req.AddCookie(&http.Cookie{Name: name, Value: value})
			}
		}
		var res *http.Response
		if res, err = http.DefaultTransport.RoundTrip(req); err != nil {
			break
		}
		var body []byte
		body, err = io.ReadAll(res.Body)
		res.Body.Close()
		for _, c := range res.Cookies() {
			v.cookies[at.Host+" "+c.Name] = c.Value
		}
		v.url, v.page, v.status = at, string(body), res.StatusCode
		next, gone := res.Location()
		if gone != nil || err != nil {
			break
		}
		at, form = next, nil
	}
	if err != nil {
		v.d.t.Fatal(err)
	}
}

var (
	formTag   = regexp.MustCompile(`(?s)<form.*?</form>`)
	fieldTag  = regexp.MustCompile(`<(?:input|button)[^>]*>`)
	attribute = regexp.MustCompile(`(\w+)="([^"]*)"`)
)

// submit sends the first form of the page that has a field of this name, as it stands but for what is filled in.
func (v *visitor) submit(field string, fill map[string]string) {
	v.d.t.Helper()
	for _, form := range formTag.FindAllString(v.page, -1) {
		if !strings.Contains(form, `name="`+field+`"`) {
			continue
		}
		values, action := url.Values{}, ""
		if a := regexp.MustCompile(`action="([^"]*)"`).FindStringSubmatch(form); a != nil {
			action = html.UnescapeString(a[1])
		}
		for _, tag := range fieldTag.FindAllString(form, -1) {
			a := map[string]string{}
			for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
				a[m[1]] = html.UnescapeString(m[2])
			}
			skip := strings.HasPrefix(tag, "<button") || a["type"] == "checkbox" && !strings.Contains(tag, "checked")
			if _, ok := fill[a["name"]]; a["name"] == "" || skip || ok {
				continue
			}
			values.Add(a["name"], a["value"])
		}
		for name, value := range fill {
			values.Set(name, value)
		}
		v.open(action, values)
		return
	}
	v.d.t.Fatalf("%s has no form with %s:\n%s", v.url, field, v.page)
}

// install begins an installation at the third-party app and goes on until the app, a consent or a refusal is shown.
func (v *visitor) install(slug, user string) {
	v.d.t.Helper()
	c, ok := v.d.Client(slug)
	u, there := v.d.User(user)
	if !ok || !there {
		v.d.t.Fatalf("there is no app %s or no user %s", slug, user)
	}
	v.open(strings.TrimSuffix(c.RedirectURIs[0], "/callback")+"/install/"+slug, nil)
	if strings.Contains(v.page, `name="password"`) {
		v.submit("password", map[string]string{"login": u.Username, "password": u.Password})
		v.submit("pending", nil)
	}
}

func (v *visitor) says(parts ...string) {
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
