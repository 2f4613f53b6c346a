package console

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"image"
	"image/png"
	"mime/multipart"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

const (
	readContacts  = "crm.objects.contacts.read"
	writeContacts = "crm.objects.contacts.write"
	readCustom    = "crm.objects.custom.read"
)

func TestMyApps_are_shown_and_withdrawn(t *testing.T) {
	w := settled(t)
	w.opens()
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.installed(w.eve, app, readContacts)
	g := w.installed(w.eve, app, readContacts, writeContacts)
	others := w.installed(w.ada, app, readContacts)
	b := w.as(w.eve)
	b.open("/console/apps").shows(200, "Acme Sync", "Acme GmbH", "2 scopes", "3 hours ago")
	path := "/console/apps/" + app.ID.String()
	b.open(path).shows(200, readContacts, writeContacts, "connected 2 times", "What exactly can it call?")
	b.send(path+"/withdraw").shows(200, "Withdraw what you gave Acme Sync?", "loses 2 scopes", "3 hours ago", "Cancel")
	b.send(path+"/withdraw", "confirmed", "yes").leads("/console/apps?done=withdrawn")
	b.follow().shows(200, "Withdrawn.", "No connected apps")
	b.open(path).shows(404, "This app is not connected")
	w.ok(w.db.View(context.Background(), func(r store.Reader) error {
		if x, err := r.Grant(g.Tenant, g.ID); err != nil || x.Ended.IsZero() || x.EndedBy != "withdrawn" {
			t.Errorf("the grant: %+v %v", x, err)
		}
		if x, err := r.Grant(others.Tenant, others.ID); err != nil || !x.Ended.IsZero() {
			t.Errorf("somebody else's grant: %+v %v", x, err)
		}
		if _, err := r.Consent(w.acme.ID, w.eve.ID, app.ID); err == nil {
			t.Error("the consent is still there")
		}
		return nil
	}))
	marks, _, err := w.db.Marks(context.Background())
	w.ok(err)
	found := false
	for _, m := range marks {
		found = found || m.Subject.User == w.eve.ID && m.Subject.Client == app.ID
	}
	if !found {
		t.Error("no mark ends the tokens that are out")
	}
}

func TestHistory_is_downloaded(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", nil, nil, nil)
	w.installed(w.eve, app)
	b := w.as(w.eve)
	b.open("/console/apps/"+app.ID.String()).send("/console/apps/"+app.ID.String()+"/withdraw", "confirmed", "yes")
	b.open("/console/history").shows(200)
	var list []event
	if err := json.Unmarshal([]byte(b.body), &list); err != nil || len(list) == 0 || list[0].Action != "grant.withdraw" {
		t.Errorf("%v %s", err, b.body)
	}
	if d := b.header.Get("Content-Disposition"); !strings.HasPrefix(d, "attachment") {
		t.Errorf("it is shown in the browser: %q", d)
	}
	b.open("/console/history?format=csv").shows(200, "at,by,action,target,detail,id", "grant.withdraw")
}

// TestA259_a_history_holds_no_formula, though a spreadsheet splits it at semicolons.
func TestA259_a_history_holds_no_formula(t *testing.T) {
	const evil = "Tool;=cmd|' /C calc'!A0"
	var b strings.Builder
	writeCSV(csv.NewWriter(&b), []event{{By: evil, Action: "@x", Target: " =1", Detail: map[string]string{"name": evil, "-1": "a\r=1"}}})
	const want = `Tool;'=cmd|' /C calc'!A0,'@x, '=1,'-1=a\u000d=1; name=Tool;'=cmd|' /C calc'!A0,`
	if got := strings.ReplaceAll(b.String(), `"`, ""); !strings.Contains(got, want) {
		t.Errorf("written %s", b.String())
	}
}

func TestUsers_are_for_administrators(t *testing.T) {
	w := settled(t)
	b := w.as(w.eve)
	for _, path := range []string{"/console/users", "/console/users/new", "/console/users/" + w.ada.ID.String(), "/console/refusals", "/console/registrations", "/console/registrations/new"} {
		b.open(path).shows(403, "needs a permission").lacks("Lovelace")
	}
	b.open("/console").shows(200).lacks("Users", "App registrations", "Refusals")
	path := "/console/users/" + w.ada.ID.String() + "/switch"
	b.open("/account").send(path, "confirmed", "yes").shows(403)
}

func TestUsers_are_changed_and_disabled(t *testing.T) {
	w := settled(t)
	w.installed(w.eve, w.app("Acme Sync", nil, nil, nil))
	b := w.as(w.ada)
	b.open("/console/users").shows(200, "2 users", "Eve Example", "Super administrator")
	b.open("/console/users?role=super_admin").shows(200, "Ada Lovelace").lacks("Eve Example")
	path := "/console/users/" + w.eve.ID.String()
	b.open(path).shows(200, "Has connected 1 app.")
	b.send(path, "name", "", "full_name", "Eve X", "role", "user").shows(422, "Please fill this in.")
	if !strings.Contains(b.body, `value="Eve X"`) {
		t.Error("what was typed is lost")
	}
	b.send(path, "name", "eve@example.com", "full_name", "Eve X", "role", "user", "role", "app_installer").leads(path + "?done=saved")
	b.follow().shows(200, "Saved.", "Eve X")
	eve := w.as(w.eve)
	b.open(path).send(path+"/switch").shows(200, "Disable Eve X?", "1 connected app loses access")
	b.send(path+"/switch", "confirmed", "yes").follow().shows(200, "disabled")
	eve.open("/console/apps").lacks("Acme Sync")
	b.open(path).send(path+"/switch").follow().shows(200, "enabled again")
	own := "/console/users/" + w.ada.ID.String()
	b.open(own).send(own, "name", "ada@example.com", "role", "user").shows(422, "administrator")
	other := w.user(w.beta, "bob", "Bob", directory.Member)
	b.open("/console/users/" + other.ID.String()).shows(404)
}

// registration is a good form.
func registration(change ...string) []string {
	form := []string{"act", "save", "name", "Acme Sync", "publisher", "Acme GmbH", "redirect_uris", "https://app.example.com/cb\r\nhttps://app.example.com/other",
		"install_url", "yes", "contact_mail", "dev@example.com", "scope." + readContacts, "required", "scope." + readCustom, "optional"}
	for i := 0; i < len(change); i += 2 {
		at := -1
		for j := 0; j < len(form); j += 2 {
			if form[j] == change[i] {
				at = j
			}
		}
		if at < 0 {
			form = append(form, change[i], change[i+1])
		} else {
			form[at+1] = change[i+1]
		}
	}
	return form
}

func TestRegistration_from_nothing_to_a_secret(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada)
	b.open("/console/registrations").shows(200, "No registered apps", "Register an app")
	b.open("/console/registrations/new").shows(200, readContacts, "conditionally required")
	b.send("/console/registrations/new", registration("act", "url")...).shows(200, "/oauth/authorize?client_id=CLIENT-ID&redirect_uri=https%3A%2F%2Fapp.example.com%2Fcb&scope="+readContacts+"&optional_scope="+readCustom)
	b.send("/console/registrations/new", registration("redirect_uris", "http://evil.example/*", "contact_page", "javascript:alert(1)", "name", "")...).
		shows(422, "cannot be registered as a redirect URI", "Please fill this in.", "javascript:alert(1)")
	if !strings.Contains(b.body, `value="Acme GmbH"`) || !strings.Contains(b.body, `name="scope.`+readContacts+`" value="required" checked`) {
		t.Error("what was typed and chosen is lost")
	}
	b.send("/console/registrations/new", registration()...)
	b.follow().shows(200, "The app is registered.", "None yet", "https://app.example.com/cb", issuer+"/oauth/authorize?client_id=")
	path := strings.Split(b.path, "?")[0]
	b.send(path+"/secrets").shows(200, "It is shown only now.", "pks_")
	value := "pks_" + between(b.text(), "pks_", " ")
	b.open(path).lacks(value).shows(200, "Created")
	secret := between(b.body, path+"/secrets/", "/delete")
	b.send(path+"/secrets/"+secret+"/delete").shows(200, "Delete this client secret?", "0 other secrets")
	b.send(path+"/secrets/"+secret+"/delete", "confirmed", "yes").follow().shows(200, "The client secret is deleted.", "None yet")
	b.open("/console/registrations").shows(200, "Acme Sync", "1 required, 0 conditional, 1 optional", "0 accounts")
}

func TestRegistration_change_is_shown_before_it_is_saved(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{readCustom})
	w.installed(w.eve, app, readContacts)
	w.Registry.NoteInstallURL(&app, "https://app.example.com/cb", readContacts, readCustom)
	w.ok(w.Registry.Flush(context.Background()))
	b := w.as(w.ada)
	path := "/console/registrations/" + app.ID.String()
	b.open(path+"/edit").shows(200, "Review the change")
	change := registration("act", "review", "version", "1", "scope."+readCustom, "required", "redirect_uris", "https://app.example.com/cb", "contact_page", "https://app.example.com")
	b.send(path+"/edit", change...).shows(200, "What this changes", "security-relevant", "Required scopes", "1 account uses the app", "1 install URL was seen", "1 of them would be refused")
	shown := b.body
	b.send(path+"/edit", append(change, "stage", "review", "lang", "de")...).shows(200, "Was sich damit ändert")
	b.body = shown
	delete(b.cookies, "__Host-prokura_lang")
	b.send(path+"/edit", append(change[2:], "act", "back", "stage", "review")...).shows(200, "Review the change")
	b.send(path+"/edit", append(change[2:], "act", "save", "stage", "review")...).leads(path + "?done=saved")
	b.follow().shows(200, "Saved.", "Version 2")
	b.open(path+"/versions").shows(200, "Version 2", "Version 1", "Optional scopes", "Ada" /* who changed it */)
	b.send(path+"/edit", append(change[2:], "act", "save", "stage", "review")...).shows(422, "Somebody else changed the registration meanwhile")
	b.open(path+"/edit").send(path+"/edit", registration("act", "review", "version", "2", "scope."+readCustom, "required", "redirect_uris", "https://app.example.com/cb", "contact_page", "https://app.example.com")...).
		shows(200, "Nothing is different")
}

func TestRegistration_of_another_account_is_not_there(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", nil, nil, nil)
	b := w.as(w.user(w.beta, "bob@example.com", "Bob", directory.SuperAdmin))
	path := "/console/registrations/" + app.ID.String()
	for _, page := range []string{"", "/edit", "/versions", "/logo"} {
		b.open(path + page).shows(404).lacks("Acme Sync")
	}
	b.open("/account")
	for _, act := range []string{"/edit", "/delete", "/secrets", "/logo"} {
		b.send(path+act, registration("confirmed", "yes", "typed", "Acme Sync")...).shows(404)
	}
}

// TestA156_who_registers_apps_gets_nothing_by_it: a developer who may not read the records does not read them as an app that acts
// for itself.
func TestA156_who_registers_apps_gets_nothing_by_it(t *testing.T) {
	w := settled(t)
	dev := w.as(w.user(w.acme, "dora@example.com", "Dora", directory.Developer))
	alone := registration("client_credentials", "yes")
	dev.open("/console/registrations/new").send("/console/registrations/new", alone...).shows(422, "crm:contacts:view")
	ada := w.as(w.ada)
	ada.open("/console/registrations/new").send("/console/registrations/new", alone...)
	ada.follow().shows(200, "The app is registered.")
	path := strings.Split(ada.path, "?")[0]
	dev.open(path).send(path+"/secrets").shows(403, "crm:contacts:view").lacks("pks_")
	ada.open(path).send(path+"/secrets").shows(200, "pks_")
}

func TestRegistration_is_deleted_only_with_its_name(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", nil, nil, nil)
	b := w.as(w.ada)
	path := "/console/registrations/" + app.ID.String()
	b.open(path).send(path+"/delete").shows(200, "Delete Acme Sync?", "0 accounts")
	b.send(path+"/delete", "confirmed", "yes", "typed", "acme").shows(422, "This is not the name.")
	b.send(path+"/delete", "confirmed", "yes", "typed", "Acme Sync").leads("/console/registrations?done=deleted")
	b.open(path).shows(404)
}

// The form offers what an app can be used for here: the scopes of the catalogs that a route leads to, under the name of each.
func TestRegistration_offers_the_scopes_of_routed_catalogs(t *testing.T) {
	w := settled(t)
	w.Routed = []string{"crm"}
	b := w.as(w.ada)
	path := "/console/registrations/new"
	b.open(path).shows(200, "CRM", readContacts).lacks("tableau:content:read", "Tableau")
	if other, last := strings.LastIndex(b.text(), " Other "), strings.LastIndex(b.text(), " Contacts "); other >= 0 && other < last {
		t.Error("what is about nothing in particular stands before what is")
	}
	// An app that has a scope of another catalog keeps it when the form is saved.
	app := w.app("Acme Sync", []string{readContacts, "tableau:content:read"}, nil, nil)
	b.open("/console/registrations/"+app.ID.String()+"/edit").shows(200, readContacts, "tableau:content:read").lacks("tableau:users:read")
	// Without any route the API asks by introspection, of whatever catalog.
	w.Routed = nil
	b.open(path).shows(200, readContacts, "tableau:content:read")
	at := func(s string) int { return strings.Index(b.body, s) }
	first, second := w.Catalogs.List()[0].Title.EN, w.Catalogs.List()[1].Title.EN
	if at("<h3>"+first+"</h3>") < 0 || at("<h3>"+second+"</h3>") < at("<h3>"+first+"</h3>") || at(`"scope.`+readContacts) < at("<h3>"+second) {
		t.Error("the scopes do not stand under their catalogs, in the order of the configuration")
	}
}

func TestRegistration_is_switched_off_and_on_by_its_owner(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	b := w.as(w.ada)
	path := "/console/registrations/" + app.ID.String()
	off := func() bool {
		c, err := w.Registry.Client(context.Background(), app.ID)
		w.ok(err)
		return c.Disabled
	}
	b.open(path).send(path+"/switch", "act", "stop").shows(200, "Switch Acme Sync off?", "0 accounts that use it lose access now", "Installations stay")
	if off() {
		t.Error("it is off before anybody confirmed")
	}
	b.send(path+"/switch", "act", "stop", "confirmed", "yes").follow().shows(200, "The app is switched off.", "switched off", "Switch on again")
	if !off() {
		t.Error("it is on")
	}
	b.send(path+"/switch", "act", "stop", "confirmed", "yes").leads(path) // twice is once
	b.open(path+"/versions").shows(200, "Switched off by its owner")
	b.open(path).send(path+"/switch", "act", "start").follow().shows(200, "The app is switched on again.")
	if off() {
		t.Error("it is off")
	}
	// What the operator disabled, the owner cannot enable.
	_, err := w.Registry.SwitchClient(context.Background(), audit.Operator, app.ID, false)
	w.ok(err)
	b.open(path).shows(200, "only the operator can switch it on again").lacks("Switch on again")
	b.send(path+"/switch", "act", "start").shows(403, "The operator can switch it on again.")
	if !off() {
		t.Error("an owner enabled what the operator disabled")
	}
	// Another account's developer finds nothing there.
	other := w.as(w.user(w.beta, "bea@example.com", "Bea", directory.Developer))
	other.open("/console").send(path+"/switch", "act", "start").shows(404)
}

func TestRegistration_shows_what_became_of_its_urls(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	for range 3 {
		w.Registry.Tally(app.ID, "install")
	}
	w.Registry.Tally(app.ID, string(refusal.ScopeMismatch))
	b := w.as(w.ada)
	b.open("/console/registrations/"+app.ID.String()).shows(200, "3 installs", "1 refusal", "scope_mismatch", "Installs and refusals by day", "22 Nov 2026")
}

// Each cause has a row over the same days, in words that are true of the code in all its cases, and its figures in a table.
func TestRegistration_shows_refusals_by_code_and_day(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	count := func(n int, code refusal.Code) {
		for range n {
			w.Registry.Tally(app.ID, string(code))
		}
	}
	count(2, refusal.ScopeMismatch)
	count(1, refusal.RequiredScopeMissing)
	w.clock.Advance(3 * 24 * time.Hour)
	count(4, refusal.ScopeMismatch)
	b := w.as(w.ada)
	path := "/console/registrations/" + app.ID.String()
	b.open(path).shows(200, "Refusals by cause and day", "Scope does not match the app's settings", "Required scope not in scope",
		"22 Nov 2026: 2", "25 Nov 2026: 4", "22 Nov 2026 Required scope not in scope 1", "25 Nov 2026 Scope does not match the app's settings 4")
	if strings.Contains(b.body, "is not configured in") {
		t.Error("the words of one case stand for all of the code")
	}
	// What is rare shares one row, so that the chart stays one that can be read.
	for _, d := range refusal.All()[:12] {
		count(1, d.Code)
	}
	b.open(path).shows(200, "Other causes", "Scope does not match")
	if n := strings.Count(b.body, `<span class="bar-label">`); n != shownCodes {
		t.Errorf("%d rows", n)
	}
}

func TestLogo_is_uploaded_and_served(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", nil, nil, nil)
	b := w.as(w.ada)
	path := "/console/registrations/" + app.ID.String() + "/logo"
	var pic bytes.Buffer
	w.ok(png.Encode(&pic, image.NewGray(image.Rect(0, 0, 8, 8))))
	upload := func(file []byte) {
		b.open(path)
		token := tokenInput.FindStringSubmatch(b.body)[1]
		var body bytes.Buffer
		m := multipart.NewWriter(&body)
		w.ok(m.WriteField("form_token", token))
		f, err := m.CreateFormFile("logo", "x.png")
		w.ok(err)
		_, err = f.Write(file)
		w.ok(err)
		w.ok(m.Close())
		r := httptest.NewRequest("POST", path, &body)
		r.Header.Set("Content-Type", m.FormDataContentType())
		b.do(r)
	}
	// A179: an image that carries scripts is none.
	upload([]byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`))
	b.shows(422, "cannot be a logo")
	upload([]byte("RIFF\x16\x00\x00\x00WEBPVP8X"))
	b.shows(422, "it is a WebP, which is not read here", "Upload a PNG or JPEG")
	upload(nil)
	b.shows(422, "Choose an image first.")
	upload(pic.Bytes())
	b.follow().shows(200, "Saved.")
	src := between(b.body, `<img class="logo" src="`, `"`)
	b.open(src)
	if b.status != 200 || b.header.Get("Content-Type") != "image/png" || b.header.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(b.body, "\x89PNG") {
		t.Errorf("%s: %d %v", src, b.status, b.header)
	}
	b.open("/assets/logo/../../v1").shows(404)
	b.open(path).send(path, "act", "remove").follow().shows(200, "Saved.")
}

func TestClinic(t *testing.T) {
	w := settled(t)
	w.opens()
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{readCustom})
	b := w.as(w.ada)
	b.open("/console/clinic").shows(200, "Nothing that you paste is kept.")
	if !strings.Contains(b.body, `<option value="eve@example.com">Eve Example</option>`) || strings.Contains(b.body, "bob@") {
		t.Error("the users of the account, and no others, are offered to choose from")
	}
	b.send("/console/clinic", "url", " ").shows(422, "Paste an install URL.")
	wrong := "/oauth/authorize?client_id=" + app.ID.String() + "&redirect_uri=https://app.example.com/cb&scope=" + readContacts + "%20" + readCustom
	b.send("/console/clinic", "url", wrong).shows(200, "would be refused", "scope_mismatch", "Corrected URL", "&optional_scope="+readCustom, "change the app's settings",
		"Only the URL was judged", "without state and code_challenge")
	if !strings.Contains(b.body, "<mark>"+readCustom+"<sup>1</sup></mark>") {
		t.Error("the place is not marked")
	}
	b.send("/console/clinic", "url", strings.Replace(wrong, "%20", "&optional_scope=", 1), "as", "me").shows(200, "would ask for consent", "What the app would get", "as if Ada Lovelace opened it in Acme").lacks("Only the URL")
	// As somebody else: eve lacks what ada has, and the names are those that people know.
	for range 2 {
		b.shows(200, "Check an install URL").send("/console/clinic", "url", strings.Replace(wrong, "%20", "&optional_scope=", 1), "as", "user", "user", "eve@example.com").
			shows(200, "as if Eve Example opened it in Acme", "would be refused", "user_lacks_permission", "View contacts (crm:contacts:view)").lacks("change the app's settings")
	}
	b.open("/console/users/"+w.eve.ID.String()).shows(200, "Check an install URL as if this user opened it")
	b.open("/console/clinic?as=user&user=eve%40example.com").shows(200, "Check an install URL")
	if !strings.Contains(b.body, `name="as" value="user" checked`) || !strings.Contains(b.body, `value="eve@example.com"`) {
		t.Error("the user is not chosen")
	}
	b.send("/console/clinic", "url", wrong, "as", "user", "user", "nobody").shows(422, "no user of this name")
	b.send("/console/clinic", "url", "/oauth/authorize?scope=%zz").shows(200, "not readable")
	// The seed's own example, of an app that nobody could register here.
	b.open("/console/clinic?"+url.Values{"url": {"/authorize?client_id=123&redirect_uri=xyz&scope=crm.objects.custom.read"}}.Encode()).shows(200, "client_unknown")
	urls, err := w.Registry.InstallURLs(context.Background(), directoryReach(w), app.ID)
	if w.ok(err); len(urls) != 0 {
		t.Errorf("something was kept: %+v", urls)
	}
	eve := w.as(w.eve)
	eve.open("/console/clinic").send("/console/clinic", "url", wrong, "as", "user", "user", "ada@example.com").shows(200, "would be refused", "Only the URL was judged").
		lacks("change the app's settings", "ada@example.com in", "Choose")
	if eve.open("/console/clinic?as=user&user=ada%40example.com").lacks("User name"); strings.Contains(eve.body, "<datalist") {
		t.Error("who may not see users is offered them")
	}
}

// TestClinic_tells_nothing_of_other_accounts that a URL may name.
func TestClinic_tells_nothing_of_other_accounts(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	query := "/authorize?client_id=" + app.ID.String() + "&redirect_uri=https://app.example.com/cb&scope=" + readContacts
	b := w.as(w.eve)
	seen := map[string]bool{}
	for _, tenant := range []string{"beta", "nosuch", w.beta.ID.String()} {
		b.open("/console/clinic").send("/console/clinic", "url", "/oauth/"+tenant+query)
		seen[strings.ReplaceAll(b.text(), tenant, "T")] = true
	}
	if len(seen) != 1 {
		t.Errorf("an account that exists is told from one that does not: %v", seen)
	}
}

func TestRefusal_is_shown_to_those_it_is_for(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{readCustom})
	bob := w.user(w.beta, "bob@example.com", "Bob", directory.Member)
	mallory := w.user(w.beta, "mallory@example.com", "Mallory", directory.Member)
	ref := entropy.ID[id.Reference]()
	ref = w.Docket.Record(docket.Case{Reference: ref, At: noon, Door: "authorize", Method: "GET", Path: "/oauth/authorize", Tenant: w.beta.ID, Client: app.ID, User: bob.ID, Proven: true,
		URL:      "/oauth/authorize?client_id=" + app.ID.String() + "&redirect_uri=https://app.example.com/cb&scope=" + readContacts + "%20" + readCustom,
		Findings: []refusal.Finding{{Code: refusal.ScopeMismatch, Scope: readCustom, Case: refusal.OptionalInScope}},
		Checks:   []docket.Check{{Code: refusal.ScopeMismatch, Outcome: "failed"}}})
	w.ok(w.Docket.Flush(context.Background()))
	path := "/console/refusals/" + ref.String()
	w.as(bob).open(path).shows(200, ref.String(), "1 finding", readCustom, "All checks")
	w.as(w.ada).open(path).shows(200, "Corrected URL", "change the app's settings").lacks("All checks", "Bob")
	w.as(mallory).open(path).shows(404, "There is no such refusal")
	w.as(w.eve).open(path).shows(404)
	admin := w.as(w.user(w.beta, "root@example.com", "Root", directory.SiteAdmin))
	admin.open("/console").shows(200, "Refused in the last 7 days", "scope_mismatch")
	admin.open("/console/refusals?code=scope_mismatch").shows(200, "Acme Sync", "scope_mismatch")
	admin.open("/console/refusals?code=other").shows(200, "Nothing was refused")
}

func TestEveryPage_in_german(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{readCustom})
	w.installed(w.ada, app, readContacts)
	_, err := w.Directory.CreateUser(context.Background(), audit.Operator, w.acme.ID, directory.NewUser{Name: "invited"})
	w.ok(err)
	b := w.as(w.ada)
	b.lang = "de"
	for path, want := range map[string]string{
		"/console": "Übersicht", "/console/apps": "Meine Anwendungen", "/console/apps/" + app.ID.String(): "Was sie kann",
		"/console/users": "Benutzer einladen", "/console/users/new": "Rollen", "/console/users/" + w.eve.ID.String(): "Zugang",
		"/console/registrations": "Registrierungen", "/console/registrations/new": "bedingt erforderlich",
		"/console/registrations/" + app.ID.String(): "Installations-URL", "/console/registrations/" + app.ID.String() + "/versions": "Versionen",
		"/console/clinic": "aufbewahrt", "/account": "Ihre Anmeldung", "/logout": "Abmelden?", "/console/refusals": "Verweigerungen",
		"/password": "Passwort vergessen?",
	} {
		b.open(path).shows(200, want).lacks("%!", "%[", "reg.", "apps.", "field.", "done.")
		if n := strings.Count(b.body, "<h1"); n != 1 {
			t.Errorf("%s has %d h1", path, n)
		}
	}
}
