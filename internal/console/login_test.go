package console

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/page"
)

func TestLogin_leads_to_the_page_that_was_asked_for(t *testing.T) {
	w := settled(t)
	b := w.browser()
	b.open("/console/apps?x=1").leads("/login?back=%2Fconsole%2Fapps%3Fx%3D1")
	b.follow().shows(200, "Sign in")
	b.send("/login", "login", " Ada@example.com ", "password", password, "back", "/console/apps?x=1").leads("/console/apps?x=1")
	b.follow().shows(200, "My apps", "Ada Lovelace", "Acme")
	b.open("/login").leads("/console")
}

func TestLogin_says_what_is_wrong_and_keeps_what_was_typed(t *testing.T) {
	w := settled(t)
	b := w.browser()
	b.open("/login").send("/login", "login", "ada@example.com", "password", "wrong").shows(403, "The login or the password is wrong.")
	if !strings.Contains(b.body, `value="ada@example.com"`) || !strings.Contains(b.body, "autofocus") || strings.Contains(b.body, `value="wrong"`) {
		t.Errorf("the form: %s", b.body)
	}
	b.send("/login").shows(422, "Enter your login.", "Enter your password.", "2 entries")
	b.lang = "de"
	b.send("/login").shows(422, "Geben Sie Ihren Anmeldenamen ein.")
}

// TestA182_enumeration: whether there is such a login does not show.
func TestA182_enumeration(t *testing.T) {
	w := settled(t)
	answers := map[string]string{}
	for _, login := range []string{"ada@example.com", "nobody@example.com"} {
		b := w.browser()
		b.open("/login").send("/login", "login", login, "password", "wrong")
		answers[login] = strings.ReplaceAll(b.text(), login, "X")
		b.open("/password").send("/password", "login", login)
		answers[login] += strings.ReplaceAll(b.text(), login, "X")
	}
	if answers["ada@example.com"] != answers["nobody@example.com"] {
		t.Errorf("%v", answers)
	}
}

func TestLogin_with_several_accounts_asks_which(t *testing.T) {
	w := settled(t)
	w.join(w.ada, w.beta, directory.Member)
	b := w.browser()
	b.open("/login").send("/login", "login", "ada@example.com", "password", password).leads("/account/tenant")
	b.follow().shows(200, "Choose an account", "Acme", "Beta")
	b.open("/console/apps").shows(200, "Choose an account")
	before := b.cookies[page.LoginCookie]
	b.send("/account/tenant", "tenant", w.beta.ID.String()).leads("/console")
	if b.cookies[page.LoginCookie] == before {
		t.Error("the cookie is the same after the account was chosen (A174)")
	}
	b.follow().shows(200, "Beta").lacks("Users")
	b.open("/console/users").shows(403, "permission")
	b.open("/account/tenant").send("/account/tenant", "tenant", w.acme.ID.String()).leads("/console")
	b.open("/console/users").shows(200, "Eve Example")
}

// TestA174_session_fixation: a login takes a new cookie, and the old one is worth nothing.
func TestA174_session_fixation(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada)
	first := b.cookies[page.LoginCookie]
	delete(b.cookies, page.LoginCookie)
	b.open("/login").send("/login", "login", "ada@example.com", "password", password)
	if second := b.cookies[page.LoginCookie]; second == first || second == "" {
		t.Error("the second login has the first one's cookie")
	}
	b.open("/console").shows(200)
	r := httptest.NewRequest("GET", "/console", nil)
	r.AddCookie(&http.Cookie{Name: page.LoginCookie, Value: first})
	b.do(r) // now the cookie is there twice
	if b.status != http.StatusSeeOther {
		t.Errorf("two cookies of one name: %d", b.status)
	}
}

// TestA177_open_redirect: nothing leads off the console.
func TestA177_open_redirect(t *testing.T) {
	w := settled(t)
	for _, back := range []string{"//evil.example", `/\evil.example`, "javascript:alert(1)", "https:evil.example", "%2f%2fevil.example", "/%09/evil.example",
		"/console/..//evil.example", "/console//evil", "/oauth/authorize?client_id=1", "https://evil.example/console", "/console\r\nX: y", "console", "/v1/tenants"} {
		if got := here(back); got != "" && !strings.HasPrefix(got, "/console/") {
			t.Errorf("%q leads to %q", back, got)
		}
		b := w.browser()
		b.open("/login").send("/login", "login", "ada@example.com", "password", password, "back", back)
		if to := b.header.Get("Location"); to != "/console" {
			t.Errorf("after signing in, %q leads to %q", back, to)
		}
		w.clock.Advance(1e9)
	}
}

// TestA171_forms_from_elsewhere change nothing, whatever they are about.
func TestA171_forms_from_elsewhere(t *testing.T) {
	w := settled(t)
	app := w.app("Sync", nil, nil, nil)
	b := w.as(w.ada)
	for _, path := range []string{"/login", "/logout", "/account/password", "/account/everywhere", "/account/tenant", "/console/users/new",
		"/console/users/" + w.eve.ID.String() + "/switch", "/console/registrations/new", "/console/registrations/" + app.ID.String() + "/delete",
		"/console/registrations/" + app.ID.String() + "/secrets", "/set-up", "/invite", "/password"} {
		b.body = ""
		b.send(path, "confirmed", "yes").shows(403, "This form is out of date")
		r := httptest.NewRequest("POST", path, strings.NewReader(""))
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		b.do(r).shows(403)
	}
	b.open("/console").shows(200)
}

// TestA173_form_of_another_login is refused: what was shown to one person is not sent as another.
func TestA173_form_of_another_login(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada)
	b.open("/console/users/new")
	shown := b.body
	b.open("/logout").send("/logout").follow().shows(200, "You are signed out.")
	b.send("/login", "login", "eve@example.com", "password", password)
	b.body = shown
	b.send("/console/users/new", "name", "mallory").shows(403, "out of date")
}

func TestA176_logout(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada)
	cookie := b.cookies[page.LoginCookie]
	b.open("/logout").shows(200, "Sign out?")
	if _, err := w.Directory.Visitor(context.Background(), cookie); err != nil {
		t.Error("looking at the page signed out")
	}
	shown := b.body
	b.send("/logout").leads("/login?done=out")
	if _, err := w.Directory.Visitor(context.Background(), cookie); err == nil {
		t.Error("the cookie still stands for somebody")
	}
	b.body = shown
	b.send("/logout").shows(403)
	b.open("/logout").leads("/login")
}

func TestPending_request_goes_on_after_the_login(t *testing.T) {
	w := settled(t)
	b := w.browser()
	b.open("/login").send("/login", "login", "ada@example.com", "password", password, "pending", "SEALED").shows(200, "You are signed in")
	for _, want := range []string{`action="/oauth/authorize/continue"`, `name="pending" value="SEALED"`, "data-go"} {
		if !strings.Contains(b.body, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
	if csp := b.header.Get("Content-Security-Policy"); strings.Contains(csp, "form-action") {
		t.Errorf("a redirect to the app would be stopped: %s", csp)
	}
	b.send("/login", "pending", "SEALED", "lang", "de").shows(200, "Sie sind angemeldet")
}

func TestLanguage_is_switched_without_losing_what_was_typed(t *testing.T) {
	w := settled(t)
	b := w.browser()
	b.open("/login").send("/login", "login", "ada@example.com", "password", "half typed", "pending", "SEALED", "lang", "de").shows(200, "Anmeldename")
	if !strings.Contains(b.body, `value="ada@example.com"`) || !strings.Contains(b.body, `value="SEALED"`) || strings.Contains(b.body, "half typed") {
		t.Errorf("%s", b.body)
	}
	b.open("/login").shows(200, "Anmelden")
}

func TestAccount_password_is_changed(t *testing.T) {
	w := settled(t)
	b, other := w.as(w.ada), w.as(w.ada)
	b.open("/account").shows(200, "this browser")
	b.send("/account/password", "old", "wrong", "password", "a new long password", "again", "a new long password").shows(422, "not your present password")
	b.send("/account/password", "old", password, "password", "a new long password", "again", "another").shows(422, "differ")
	b.send("/account/password", "old", password, "password", "x", "again", "x").shows(422, "characters")
	b.send("/account/password", "old", password, "password", "a new long password", "again", "a new long password").leads("/account?done=password")
	b.follow().shows(200, "Your password is changed")
	other.open("/console").leads("/login")
	b.open("/account").send("/account/everywhere").leads("/login?done=out")
	b.open("/console").leads("/login")
}

func TestSetUp(t *testing.T) {
	w := newWorld(t)
	link, err := w.Directory.SetUpLink(context.Background())
	w.ok(err)
	if !strings.HasPrefix(link, issuer+"/") {
		t.Errorf("the link %s is not below the issuer (A187)", link)
	}
	path := strings.TrimPrefix(link, issuer)
	b := w.browser()
	b.open(path).shows(200, "Set Prokura up")
	if strings.Count(b.body, "<optgroup ") != 2 || strings.Count(b.body, "<option value=") != len(w.Catalogs.Plans()) {
		t.Error("the plans do not stand under their catalogs, each once")
	}
	w.Routed = []string{"crm"}
	if b.open(path); strings.Count(b.body, "<optgroup ") != 1 || !strings.Contains(b.body, `<optgroup label="CRM">`) {
		t.Error("plans of a catalog are offered that no route leads to")
	}
	fields := []string{"token", tokenOf(link), "name", "My Co", "content_url", "myco", "plan", w.Catalogs.Plans()[0], "login", "me@example.com", "password", password, "again", password}
	b.send("/set-up", append(fields, "lang", "de")...).shows(200, "Prokura einrichten")
	b.lang = "en"
	delete(b.cookies, "__Host-prokura_lang")
	b.open(path).send("/set-up", append(fields[:4:4], append([]string{"content_url", "No Good!"}, fields[6:]...)...)...).shows(422, "another look")
	b.send("/set-up", fields...).leads("/console")
	b.follow().shows(200, "My Co", "Overview", "Users")
	w.browser().open(path).shows(403, "used before")
}

func TestInvitation(t *testing.T) {
	w := settled(t)
	admin := w.as(w.ada)
	admin.open("/console/users/new").send("/console/users/new", "name", "", "email", "").shows(422, "Please fill this in.")
	admin.send("/console/users/new", "full_name", "New Person", "name", "new@example.com", "role", "app_installer").shows(200, "The invitation is ready")
	link := issuer + "/invite" + between(admin.text(), "/invite", " ")
	t.Run("by somebody without a login", func(t *testing.T) {
		b := w.browser()
		b.open(strings.TrimPrefix(link, issuer)).shows(200, "Invitation to Acme", "New Person")
		b.send("/invite", "token", tokenOf(link), "login", "ada@example.com", "password", password, "again", password).shows(422, "Somebody has this login already")
		b.send("/invite", "token", tokenOf(link), "login", "new@example.com", "password", password, "again", password).leads("/console")
		b.follow().shows(200, "New Person")
		w.browser().open(strings.TrimPrefix(link, issuer)).shows(403, "used before")
	})
	t.Run("by somebody who has one", func(t *testing.T) {
		u, err := w.Directory.CreateUser(context.Background(), audit.Operator, w.beta.ID, directory.NewUser{Name: "ada2"})
		w.ok(err)
		d, err := w.Directory.Invite(context.Background(), audit.Operator, w.beta.ID, u.ID, "en")
		w.ok(err)
		b := w.browser()
		b.open(strings.TrimPrefix(d.Link, issuer)).shows(200, "I have a login")
		b.open("/login?" + url.Values{"back": {strings.TrimPrefix(d.Link, issuer)}}.Encode())
		b.send("/login", "login", "ada@example.com", "password", password, "back", strings.TrimPrefix(d.Link, issuer)).follow().shows(200, "You are signed in as ada@example.com")
		b.send("/invite", "token", tokenOf(d.Link), "mine", "1").leads("/console?done=accepted")
		b.follow().shows(200, "Beta", "You accepted the invitation")
	})
}

// between is what stands after the first mark, up to the second.
func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}

func TestPasswordLink(t *testing.T) {
	w := settled(t)
	admin, eve := w.as(w.ada), w.as(w.eve)
	admin.open("/console/users/"+w.eve.ID.String()).send("/console/users/"+w.eve.ID.String()+"/password").shows(200, "new password is ready")
	path := "/password" + between(admin.text(), issuer+"/password", " ")
	b := w.browser()
	b.open(path).shows(200, "Set a new password")
	token := tokenOf(path)
	b.send("/password", "token", token, "password", "short", "again", "short").shows(422, "characters")
	b.send("/password", "token", token, "password", "another long one", "again", "another long one").leads("/login?done=password")
	b.follow().shows(200, "Your new password is set")
	eve.open("/console").leads("/login")
	w.browser().open(path).shows(403, "used before")
	w.browser().open("/password").shows(200, "sends no mail")
}

// TestA188_nothing_of_a_request_is_repeated where it is not the reader's own.
func TestA188_nothing_of_a_request_is_repeated(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada)
	for _, path := range []string{"/console/%3Cb%3Emarker", "/console?done=marker", "/console/users/marker", "/console/refusals/marker", "/login?done=marker", "/invite?token=marker"} {
		b.open(path)
		if strings.Contains(b.text(), "marker") {
			t.Errorf("%s repeats it: %s", path, b.text())
		}
	}
}

// TestA189_pages_are_not_kept by anybody.
func TestA189_pages_are_not_kept(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada)
	for _, path := range []string{"/console", "/account", "/login", "/console/users", "/console/history"} {
		if b.open(path); b.status == 200 && b.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %q", path, b.header.Get("Cache-Control"))
		}
	}
}

// TestA178_stored_scripts: what others named things is text.
func TestA178_stored_scripts(t *testing.T) {
	w := settled(t)
	const evil = `<script>alert(1)</script>"><img src=x onerror=alert(1)>{{.}}`
	app := w.app(evil, []string{"crm.objects.contacts.read"}, nil, nil)
	w.installed(w.ada, app, "crm.objects.contacts.read")
	b := w.as(w.ada)
	for _, path := range []string{"/console", "/console/apps", "/console/apps/" + app.ID.String(), "/console/registrations", "/console/registrations/" + app.ID.String(),
		"/console/registrations/" + app.ID.String() + "/edit", "/console/clinic?url=" + url.QueryEscape(evil)} {
		b.open(path).shows(200, "alert(1)")
		if strings.Contains(b.body, "<script>alert") || strings.Contains(b.body, "<img src=x") {
			t.Errorf("%s lets it through", path)
		}
	}
}
