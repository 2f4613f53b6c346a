package oauth

import (
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

const decidePath = "/oauth/authorize/decide"

// grantsOf are the live grants of the app in acme.
func (h *house) grantsOf(name string) []store.Grant {
	h.t.Helper()
	var out []store.Grant
	h.view(func(r store.Reader) (err error) {
		out, err = r.ListGrants(h.acme.ID, store.GrantFilter{User: h.users[name].ID}, store.Page{})
		return err
	})
	return out
}

// TestA029_an_optional_scope_that_the_user_may_not_give is left out of the grant, and named on the page and in the grant.
func TestA029_an_optional_scope_that_the_user_may_not_give(t *testing.T) {
	h := newHouse(t)
	h.user(h.acme, "vic", directory.AppInstaller, "crm_viewer")
	h.app = h.client(store.Registration{Name: "Wide", Publisher: "P", RedirectURIs: []string{callback}, InstallURL: true,
		Required: set("crm.objects.contacts.read"), Optional: set("crm.objects.deals.write", "crm.objects.deals.read")})
	page := h.as("vic").get(h.installURL(map[string]string{"scope": "crm.objects.contacts.read",
		"optional_scope": "crm.objects.deals.write crm.objects.deals.read"})).stays(200)
	page.has("Not included", "crm.objects.deals.write", "crm:deals:edit")
	page.decide("allow").toApp()
	g := h.grantsOf("vic")
	if len(g) != 1 || g[0].Scopes.String() != "crm.objects.contacts.read crm.objects.deals.read oauth" ||
		len(g[0].Dropped) != 1 || g[0].Dropped[0] != (store.Dropped{Scope: "crm.objects.deals.write", Code: string(refusal.UserLacksPermission)}) {
		t.Errorf("%+v", g)
	}
}

// TestUnticked_scopes_are_not_given, and the app is told; what stood in scope cannot be unticked.
func TestUnticked_scopes_are_not_given(t *testing.T) {
	h := newHouse(t)
	page := h.as("ivy").get(h.installURL(nil))
	v := page.form(decidePath)
	if got := v["scope"]; len(got) != 1 || got[0] != "crm.objects.deals.read" {
		t.Errorf("ticked: %v", got)
	}
	v.Del("scope")
	v.Set("decision", "allow")
	page.b.send("POST", decidePath, v).toApp()
	g := h.grantsOf("ivy")
	if len(g) != 1 || g[0].Scopes.String() != "crm.objects.companies.read crm.objects.contacts.read oauth" ||
		len(g[0].Dropped) != 1 || g[0].Dropped[0].Code != string(refusal.ScopeDeclined) ||
		g[0].Required.String() != "crm.objects.companies.read crm.objects.contacts.read oauth" {
		t.Errorf("%+v", g)
	}
}

// TestA041_more_scopes_than_were_shown are refused, and it stands in the refusal book.
func TestA041_more_scopes_than_were_shown(t *testing.T) {
	h := newHouse(t)
	for _, extra := range []string{"crm.objects.deals.write", "content", "crm.lists.read"} {
		page := h.as("ivy").get(h.installURL(nil))
		v := page.form(decidePath)
		v.Set("decision", "allow")
		v.Add("scope", extra)
		got := page.b.send("POST", decidePath, v).stays(403).has("the page did not offer it")
		ref, err := id.Parse[id.Reference](got.Header().Get(ReferenceHeader))
		h.ok(err)
		c, err := h.book.Lookup(ctx, ref)
		h.ok(err)
		if c.Findings[0].Code != refusal.ScopeNotShown || c.User != h.users["ivy"].ID || c.Tenant != h.acme.ID {
			t.Errorf("%+v", c)
		}
		v.Set("scope", "not a scope")
		page.b.send("POST", decidePath, v).stays(403)
	}
	if g := h.grantsOf("ivy"); len(g) > 0 {
		t.Errorf("%+v", g)
	}
}

// TestConsent_that_no_longer_holds is shown again, and gives nothing.
func TestConsent_that_no_longer_holds(t *testing.T) {
	for name, tt := range map[string]struct {
		change func(*house)
		says   string
		status int
	}{
		"a new version of the registration": {func(h *house) {
			c := h.app
			c.Version, c.Registration.Name = 2, "Acme Sync 2"
			h.do(func(tx store.Tx) error {
				return tx.UpdateClient(c, &store.ClientVersion{Client: c.ID, Number: 2, Registration: c.Registration, By: "test", At: noon})
			})
		}, "Something changed while you were reading", 200},
		"an optional right is taken": {func(h *house) {
			h.ok(second(h.dir.PutEntitlement(ctx, audit.Operator, store.Entitlement{Tenant: h.acme.ID, Entitlement: "sales_hub_professional", Withdrawn: true})))
			c := h.app
			c.Registration.Optional = set("crm.objects.leads.read")
			c.Version = 2
			h.do(func(tx store.Tx) error {
				return tx.UpdateClient(c, &store.ClientVersion{Client: c.ID, Number: 2, Registration: c.Registration, By: "test", At: noon})
			})
		}, "Not connected", 403},
		"the role is taken": {func(h *house) {
			h.ok(second(h.dir.TakeRole(ctx, audit.Operator, h.acme.ID, h.users["ivy"].ID, "crm_editor")))
		}, "Not connected", 403},
		"A046 the authorization is revoked": {func(h *house) {
			h.do(func(tx store.Tx) error {
				return tx.AddAuthorization(store.Authorization{Tenant: h.acme.ID, ID: entropy.ID[id.Authorization](), Client: h.app.ID, Decision: policy.Decision{Revoked: true}, Created: noon})
			})
		}, "Not connected", 403},
		"the app is switched off": {func(h *house) {
			c := h.app
			c.Disabled = true
			h.do(func(tx store.Tx) error { return tx.UpdateClient(c, nil) })
		}, "switched off", 403},
		"the user is disabled": {func(h *house) {
			off := true
			h.ok(second(h.dir.UpdateUser(ctx, audit.Operator, h.acme.ID, h.users["ivy"].ID, directory.UserChange{Disabled: &off})))
		}, "Not connected", 403},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			page := h.as("ivy").get(h.installURL(nil))
			tt.change(h)
			page.decide("allow").stays(tt.status).has(tt.says)
			if g := h.grantsOf("ivy"); len(g) > 0 {
				t.Errorf("%+v", g)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

// TestA042_registration_that_changed_again is decided on the page that shows it, which works.
func TestA042_registration_that_changed_again(t *testing.T) {
	h := newHouse(t)
	page := h.as("ivy").get(h.installURL(nil))
	c := h.app
	c.Version = 2
	h.do(func(tx store.Tx) error {
		return tx.UpdateClient(c, &store.ClientVersion{Client: c.ID, Number: 2, Registration: c.Registration, By: "test", At: noon})
	})
	page.decide("allow").stays(200).decide("allow").toApp()
}

// TestA171_forms_of_other_sites decide nothing; nor does a GET.
func TestA171_forms_of_other_sites(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	page := b.get(h.installURL(nil))
	v := page.form(decidePath)
	v.Set("decision", "allow")
	for name, headers := range map[string][]string{
		"cross-site":         {"Sec-Fetch-Site", "cross-site"},
		"same-site":          {"Sec-Fetch-Site", "same-site"},
		"foreign origin":     {"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		"null origin":        {"Sec-Fetch-Site", "", "Origin", "null"},
		"cross-site, origin": {"Sec-Fetch-Site", "cross-site", "Origin", "https://prokura.example"},
	} {
		for _, path := range []string{decidePath, askPath, approvePath, switchPath, "/oauth/authorize/continue", "/oauth/authorize/remedy", "/oauth/errors/scope_mismatch"} {
			if got := b.send("POST", path, v, headers...); got.Code != 403 || got.Header().Get("Location") != "" {
				t.Errorf("%s to %s: status %d", name, path, got.Code)
			}
		}
	}
	// A browser that sends neither header passes the first check, and not the second.
	for _, token := range [][]string{nil, {""}, {"x"}, {h.token(b), h.token(b)}, {h.token(h.as("ivy"))}} {
		bad := page.form(decidePath)
		bad.Set("decision", "allow")
		if bad.Del("form_token"); token != nil {
			bad["form_token"] = token
		}
		if got := b.send("POST", decidePath, bad, "Sec-Fetch-Site", ""); got.Code != 403 {
			t.Errorf("token %v: status %d", token, got.Code)
		}
	}
	for _, path := range []string{decidePath, askPath, approvePath, switchPath, "/oauth/authorize/continue", "/oauth/authorize/remedy"} {
		if got := b.get(path + "?" + v.Encode()); got.Code != 404 && got.Code != 405 {
			t.Errorf("GET %s: status %d", path, got.Code)
		}
	}
	if g := h.grantsOf("ivy"); len(g) > 0 {
		t.Fatalf("%+v", g)
	}
	page.decide("allow").toApp()
}

// TestA172_nobody_frames_the_consent, and its button waits for a script to see that it is looked at.
func TestA172_nobody_frames_the_consent(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	for _, page := range []*shown{b.get(h.installURL(nil)), b.get(h.installURL(map[string]string{"scope": "x"})), h.browser().get(h.installURL(nil))} {
		if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "frame-ancestors 'none'") || !strings.HasPrefix(csp, "default-src 'none'") ||
			page.Header().Get("X-Frame-Options") != "DENY" {
			t.Errorf("%v", page.Header())
		}
	}
	if !strings.Contains(b.get(h.installURL(nil)).body, `value="allow" data-decides`) {
		t.Error("the button does not wait")
	}
}

// TestA173_the_page_says_who_acts_where, so that a login that somebody else slipped in is seen.
func TestA173_the_page_says_who_acts_where(t *testing.T) {
	h := newHouse(t)
	h.userOf("ada", h.beta, directory.SiteAdmin)
	ada := h.as("ada")
	ada.get(h.installURL(nil)).has("You act as", "ada", "Acme", "acme")
	ada.get(strings.Replace(h.installURL(nil), "/oauth/", "/oauth/beta/", 1)).has("Beta", "wants access to Beta")
	ada.get(strings.Replace(h.installURL(nil), "/oauth/", "/oauth/"+h.beta.ID.String()+"/", 1)).has("wants access to Beta")
	for _, other := range []string{"makers", "nowhere", "Beta", h.makers.ID.String(), "8e1b7172-39c3-4a32-887e-fc2b4119f56d"} {
		ada.get(strings.Replace(h.installURL(nil), "/oauth/", "/oauth/"+other+"/", 1)).stays(403).has("you have no user there").lacks("Makers")
	}
}

// TestAccounts: who has several chooses, and whoever asks for another account gets there.
func TestAccounts(t *testing.T) {
	h := newHouse(t)
	h.userOf("ada", h.beta, directory.SuperAdmin)
	b := h.browser()
	b.logInTo("ada", id.Tenant{})
	choice := b.get(h.installURL(nil)).stays(200).has("Acme", "Beta")
	pending := choice.form("/account/tenant").Get("pending")
	b.logInTo("ada", h.beta.ID) // as the page of accounts does
	page := b.send("POST", "/oauth/authorize/continue", url.Values{"pending": {pending}, "form_token": {h.token(b)}}).stays(200).has("wants access to Beta")

	again := page.submit("/oauth/authorize/continue", nil).stays(200).has("Acme", "Beta")
	pending = again.form("/account/tenant").Get("pending")
	b.logInTo("ada", h.acme.ID)
	b.send("POST", "/oauth/authorize/continue", url.Values{"pending": {pending}, "form_token": {h.token(b)}}).stays(200).has("wants access to Acme").decide("allow").toApp()

	// Who has one account is asked who they are instead.
	h.as("ivy").get(h.installURL(nil)).submit("/oauth/authorize/continue", nil).stays(200).form("/login")
}

// TestContact: how to reach the developer stands on every page that tells somebody to ask the developer.
func TestContact(t *testing.T) {
	h := newHouse(t)
	h.app = h.client(store.Registration{Name: "Acme Sync", Publisher: "Sync GmbH", RedirectURIs: []string{callback}, InstallURL: true,
		Required: set("crm.objects.contacts.read"), Contact: store.Contact{Mail: "dev@sync.example", Page: "https://sync.example/",
			Documentation: "https://sync.example/docs", Privacy: "https://sync.example/privacy"}})
	for _, name := range []string{"ivy", "bob"} {
		h.as(name).get(h.installURL(map[string]string{"scope": "crm.objects.contacts.read", "optional_scope": "-"})).has("Reach the developer",
			`href="mailto:dev@sync.example"`, `href="https://sync.example/docs"`, `href="https://sync.example/privacy"`)
	}
}

// TestA178_what_an_app_calls_itself_is_text.
func TestA178_what_an_app_calls_itself_is_text(t *testing.T) {
	h := newHouse(t)
	for _, evil := range []string{"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "{{.}}", "'-alert(1)-'"} {
		h.app = h.client(store.Registration{Name: evil, Publisher: evil, RedirectURIs: []string{callback}, InstallURL: true, Required: set("crm.objects.contacts.read"),
			Contact: store.Contact{Mail: evil, Page: "javascript:alert(1)", Documentation: "//evil.example", Privacy: "data:text/html,x"}})
		good := map[string]string{"scope": "crm.objects.contacts.read", "optional_scope": "-"}
		for _, page := range []*shown{h.as("ivy").get(h.installURL(good)), h.as("bob").get(h.installURL(good)), h.browser().get(h.installURL(good)),
			h.as("dev").get(h.installURL(map[string]string{"scope": evil}))} {
			for _, bad := range []string{"<script>alert", "<img src=x", `href="javascript:`, `href="data:`, `href="//evil`} {
				if strings.Contains(page.body, bad) {
					t.Errorf("%q: the page has %s", evil, bad)
				}
			}
		}
	}
}

// TestA186_back_button: a request is decided once, and the page that says so is friendly.
func TestA186_back_button(t *testing.T) {
	h := newHouse(t)
	page := h.as("ivy").get(h.installURL(nil))
	page.decide("allow").toApp()
	page.decide("allow").stays(409).has("decided before", "begin again there")
	page.decide("cancel").stays(409)
	declined := h.as("ivy").get(h.installURL(nil))
	declined.decide("cancel").toApp()
	declined.decide("allow").stays(409)
	if g := h.grantsOf("ivy"); len(g) != 1 {
		t.Errorf("%+v", g)
	}
}

// TestA188_pages_that_are_not_there repeat nothing.
func TestA188_pages_that_are_not_there(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	for _, path := range []string{"/oauth/nothing", "/oauth/authorize/", "/oauth/a/b/c", "/oauth/authorize/%3Cscript%3E", "/oauth/errors/%3Cscript%3E?reference=%3Cscript%3E"} {
		b.get(path).stays(404).lacks("<script>")
	}
	b.get("/oauth/errors/scope_mismatch").stays(404).has("Nothing is kept", "is not configured")
	b.get("/oauth/errors/made_up").stays(404).has("Nothing is kept")
}

// TestLanguage: every page in both, and a switch loses nothing that was ticked.
func TestLanguage(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	b.lang = "de"
	page := b.get(h.installURL(nil)).has("Acme Sync möchte Zugriff auf Acme", "Kontakte lesen", "Erlauben", "bedingt erforderlich")
	v := page.form(decidePath)
	v.Del("scope")
	v.Set("lang", "en")
	again := b.send("POST", decidePath, v).stays(200).has("Acme Sync wants access to Acme")
	if ticked := again.form(decidePath)["scope"]; len(ticked) > 0 {
		t.Errorf("ticked again: %v", ticked)
	}
	if g := h.grantsOf("ivy"); len(g) > 0 {
		t.Errorf("switching the language allows: %+v", g)
	}
	again.decide("allow").toApp()
	h = newHouse(t)
	bob := h.as("bob")
	bob.lang = "de"
	bob.get(h.installURL(nil)).stays(403).has("Nicht verbunden", "„Die Verknüpfung konnte nicht abgeschlossen werden. Sie haben keine Berechtigung, diese Integration zu verknüpfen.“")
}

// TestReinstall is the table of section 7: what was approved needs no permission to install, what is new does.
func TestReinstall(t *testing.T) {
	h := newHouse(t)
	less := map[string]string{"scope": "crm.objects.contacts.read", "optional_scope": "-"}
	bob := h.as("bob")
	bob.get(h.installURL(less)).stays(403).has("apps:app:install") // first install, without
	ivy := h.as("ivy")
	ivy.get(h.installURL(less)).decide("allow").toApp() // first install, with
	bob.get(h.installURL(less)).stays(200).lacks("New since last time").decide("allow").toApp()
	bob.get(h.installURL(map[string]string{"optional_scope": "-"})).stays(403) // one new scope
	bob.get(h.installURL(map[string]string{"scope": "crm.objects.contacts.read"})).stays(200).has("Not included", "crm.objects.deals.read")
	more := ivy.get(h.installURL(map[string]string{"optional_scope": "-"})).stays(200)
	more.has("New since last time: Read companies.", "what you allowed before goes on working")
	if g := h.grantsOf("bob"); len(g) != 1 || g[0].Scopes.String() != "crm.objects.contacts.read oauth" {
		t.Errorf("%+v", g)
	}
	h.as("ada").get(h.installURL(nil)).stays(200).decide("allow").toApp() // super administrator
	bob.get(h.installURL(nil)).stays(200).decide("allow").toApp()         // all is approved now
	old := h.grantsOf("ivy")[0]
	c := h.app
	c.Version, c.Registration.Required, c.Registration.Optional = 2, set("crm.objects.contacts.read", "crm.objects.deals.read"), set()
	h.do(func(tx store.Tx) error {
		return tx.UpdateClient(c, &store.ClientVersion{Client: c.ID, Number: 2, Registration: c.Registration, By: "test", At: noon})
	})
	if g := h.grantsOf("ivy")[0]; g.Scopes.String() != old.Scopes.String() || !g.Ended.IsZero() { // A043
		t.Errorf("the registration changed a grant: %+v", g)
	}
	ivy.get(h.installURL(map[string]string{"scope": "crm.objects.contacts.read crm.objects.deals.read", "optional_scope": "-"})).has("New since last time: Read deals.")
	ivy.get(h.installURL(map[string]string{"optional_scope": "-"})).stays(403).has("crm.objects.deals.read") // old URLs no longer do
}

// TestRemedy: the administrator who gets the user's message gives the role, and the user goes on.
func TestRemedy(t *testing.T) {
	h := newHouse(t)
	bob := h.as("bob")
	got := bob.get(h.installURL(nil)).stays(403).has("A message to your administrator")
	link := "/oauth/errors/user_lacks_permission?reference=" + got.Header().Get(ReferenceHeader)
	got.has(issuer + link)
	h.browser().get(link).stays(200).has("Sign in as an administrator").lacks("bob", "Acme Sync wants", "“Acme”")
	ivy := h.as("ivy") // no administrator
	ivy.get(link).stays(200).lacks("Give bob")
	refused := h.as("ivy")
	refused.get(link)
	refused.send("POST", "/oauth/authorize/remedy", url.Values{"reference": {got.Header().Get(ReferenceHeader)}, "form_token": {h.token(refused)}}).stays(200).lacks("now has the role")
	ada := h.as("ada")
	done := ada.get(link).stays(200).has("Give bob the role").submit("/oauth/authorize/remedy", nil).stays(200)
	done.has("bob now has the role", "This would work now", "Tell bob, who has to begin once more", "You can now install “Acme Sync”", "What bob may do", "/console/users/")
	done.lacks("state=") // which belongs to one request
	bob.get(h.installURL(nil)).stays(200).decide("allow").toApp()
	h.view(func(r store.Reader) error {
		list, err := r.ListAudit(h.acme.ID, id.Entry{}, 20)
		found := false
		for _, e := range list {
			found = found || strings.HasPrefix(e.Act.Actor.Name, "ada") && strings.Contains(fmt.Sprint(e.Act), "app_installer")
		}
		if !found {
			t.Errorf("the audit book says nothing of it: %+v", list)
		}
		return err
	})
}

// TestDeveloper sees every finding with the place marked and the corrected URL, signed in or with a secret; others do not.
func TestDeveloper(t *testing.T) {
	h := newHouse(t)
	secret := entropy.Token(id.ClientSecret)
	h.do(func(tx store.Tx) error {
		return tx.AddClientSecret(h.app.ID, store.ClientSecret{ID: entropy.ID[id.Secret](), Hash: secret.Hash(), Created: noon})
	})
	wrong := h.installURL(map[string]string{"scope": "crm.objects.contacts.read crm.objects.deals.read", "optional_scope": "crm.objects.companies.read"})
	got := h.as("bob").get(wrong).stays(403).has("In the words of HubSpot", "“Couldn't complete the connection: Authorization failed because there is a mismatch")
	got.lacks("Corrected URL")
	const corrected = "scope=crm.objects.companies.read%20crm.objects.contacts.read&optional_scope=crm.objects.deals.read"
	seen := func(s *shown) {
		t.Helper()
		s.stays(s.Code).has("3 findings", "<mark>crm.objects.deals.read</mark>", "<mark>crm.objects.companies.read</mark>", "Corrected URL", corrected)
	}
	link := "/oauth/errors/scope_mismatch?reference=" + got.Header().Get(ReferenceHeader)
	seen(h.as("dev").get(link))
	anybody := h.browser().get(link).stays(200).lacks("Corrected URL", "crm.objects.deals.read", "bob")
	seen(anybody.submit(link, url.Values{"secret": {secret.Reveal()}}))
	for _, bad := range []string{"", "x", entropy.Token(id.ClientSecret).Reveal(), entropy.Token(id.LoginCookie).Reveal()} {
		anybody.submit(link, url.Values{"secret": {bad}}).stays(422).has("no secret of the app").lacks("Corrected URL", corrected)
	}
	h.as("dev").get(wrong).stays(403).has("Corrected URL", "/console/registrations/"+h.app.ID.String()+"/edit") // on the spot
	anybody.submit(link, url.Values{"secret": {secret.Reveal()}}).lacks("/console/registrations")
}

// TestDeveloper_is_told_the_redirect_uri_that_is_registered: the corrected URL has nothing wrong with it.
func TestDeveloper_is_told_the_redirect_uri_that_is_registered(t *testing.T) {
	h := newHouse(t)
	for name, scope := range map[string]string{"nothing else is wrong": "crm.objects.contacts.read", "a scope is misplaced, too": "crm.objects.contacts.read crm.objects.deals.read"} {
		got := h.as("dev").get(h.installURL(map[string]string{"redirect_uri": callback + "s", "scope": scope, "optional_scope": "-"})).stays(403).
			has("<mark>"+url.QueryEscape(callback+"s")+"</mark>", "Corrected URL")
		_, rest, _ := strings.Cut(got.body, "<h3>Corrected URL</h3>")
		rest, _, _ = strings.Cut(rest, "</code>")
		corrected, err := url.Parse(html.UnescapeString(rest[strings.LastIndex(rest, ">")+1:]))
		h.ok(err)
		if q := corrected.Query(); q.Get("redirect_uri") != callback || q.Get("scope") != "crm.objects.contacts.read" {
			t.Errorf("%s: %s", name, corrected)
		}
		h.as("ivy").get(corrected.RequestURI()).stays(200)
	}
}

// TestA030_plans_are_named_in_words: the pinned case of the seed.
func TestA030_plans_are_named_in_words(t *testing.T) {
	h := newHouse(t)
	small := h.tenant("mycodotcom", "marketing_hub_starter")
	h.user(small, "rahel", directory.SuperAdmin)
	h.app = h.client(store.Registration{Name: "Flows", Publisher: "P", RedirectURIs: []string{callback}, InstallURL: true, Wire: "hubspot", Required: set("automation")})
	b := h.as("rahel")
	got := b.get(h.installURL(map[string]string{"scope": "automation", "optional_scope": "-"})).stays(403)
	got.has("“This account doesn't have access to some HubSpot features", "Marketing Hub Professional", "Marketing Hub Enterprise", "No role overcomes", "The plan is changed by the vendor").lacks("Give rahel", "mailto:")
	// Where the operator says how to reach the vendor, that is one press away.
	h.pages.Contact = "plans@vendor.test"
	got = b.get(h.installURL(map[string]string{"scope": "automation", "optional_scope": "-"})).stays(403).has("Write to plans@vendor.test", "Another%20plan%20for%20Mycodotcom")
	if ref := got.Header().Get(ReferenceHeader); !strings.Contains(got.body, `href="mailto:plans@vendor.test?subject=`) || !strings.Contains(got.body, ref+"%29") {
		t.Errorf("no mail with the reference %s:\n%s", ref, got.body)
	}
	h.pages.Contact = "https://vendor.test/plans"
	b.get(h.installURL(map[string]string{"scope": "automation", "optional_scope": "-"})).stays(403).has(`href="https://vendor.test/plans"`, "Ask the vendor for another plan")
}

// TestPKCE_challenge_and_redirect_stand_in_the_code, for its redemption.
func TestPKCE_challenge_and_redirect_stand_in_the_code(t *testing.T) {
	h := newHouse(t)
	answer := h.as("ivy").get(h.installURL(map[string]string{"code_challenge": challengeOf("v"), "code_challenge_method": "S256"})).decide("allow").toApp()
	code, err := id.ParseLocated(id.Code, answer.Get("code"))
	h.ok(err)
	h.view(func(r store.Reader) error {
		c, err := r.Code(code.Tenant(), code.Hash())
		if err != nil || c.Challenge != challengeOf("v") || c.RedirectURI != callback || c.Expires.Sub(c.Created).Seconds() != 60 || c.Client != h.app.ID {
			t.Errorf("%+v, %v", c, err)
		}
		return nil
	})
}

// TestNoteInstallURL: every good URL is remembered once, however often it is opened.
func TestNoteInstallURL(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for range 5 {
		b.get(h.installURL(nil))
	}
	b.get(h.installURL(map[string]string{"scope": "crm.objects.deals.read"}))
	h.ok(h.reg.Flush(ctx))
	h.view(func(r store.Reader) error {
		list, err := r.InstallURLs(h.app.ID)
		if err != nil || len(list) != 2 {
			t.Errorf("%+v %v", list, err)
		}
		return nil
	})
}

// TestA185_another_language_skips_no_step: asking for the consent page in another language is not asking for the consent page.
func TestA185_another_language_skips_no_step(t *testing.T) {
	h := newHouse(t)
	h.user(h.acme, "ida", directory.AppInstaller, "crm_editor")
	b := h.as("ivy")
	h.clock.Advance(time.Minute)
	skipping := func(pending string) url.Values {
		return url.Values{page.TokenField: {h.token(b)}, "pending": {pending}, "lang": {"de"}, "scope": {"crm.objects.deals.read"}}
	}
	for prompt, form := range map[string]string{"login": "/login", "select_account": "/account/tenant"} {
		asked := b.get(h.installURL(map[string]string{"prompt": prompt})).stays(200).form(form)
		b.send("POST", decidePath, skipping(asked.Get("pending"))).stays(403)
	}
	// Nor does somebody else go on where a person left a request.
	left := b.get(h.installURL(nil)).form(decidePath)
	b.logIn("ida")
	b.send("POST", decidePath, skipping(left.Get("pending"))).stays(403)
	if g := append(h.grantsOf("ivy"), h.grantsOf("ida")...); len(g) > 0 {
		t.Errorf("%+v", g)
	}
}
