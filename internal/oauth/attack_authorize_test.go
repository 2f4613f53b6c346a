package oauth

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// TestA001_nothing_leads_away_before_client_and_redirect_are_proven, and nothing of the request is written unescaped.
func TestA001_nothing_leads_away_before_client_and_redirect_are_proven(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	for name, change := range map[string]map[string]string{
		"no client":         {"client_id": "-"},
		"the seed's client": {"client_id": "123"},
		"unknown client":    {"client_id": "8e1b7172-39c3-4a32-887e-fc2b4119f56d"},
		"markup as client":  {"client_id": `"><script>alert(1)</script>`},
		"foreign redirect":  {"redirect_uri": "https://evil.example/cb"},
		"seed's redirect":   {"redirect_uri": "xyz"},
		"markup redirect":   {"redirect_uri": `"><img src=x onerror=alert(1)>`},
		"prompt none":       {"redirect_uri": "https://evil.example/cb", "prompt": "none"},
		"protocol error":    {"redirect_uri": "https://evil.example/cb", "response_type": "token"},
		"response mode":     {"redirect_uri": "https://evil.example/cb", "response_mode": "fragment"},
	} {
		got := b.get(h.installURL(change))
		if got.Code != 403 || got.Header().Get("Location") != "" {
			t.Errorf("%s: status %d, leads to %q", name, got.Code, got.Header().Get("Location"))
		}
		for _, bad := range []string{"<script>alert", "<img src=x", `href="https://evil`, `action="https://evil`} {
			if strings.Contains(got.body, bad) {
				t.Errorf("%s: the page has %s", name, bad)
			}
		}
	}
	h.view(func(r store.Reader) error {
		if list, err := r.InstallURLs(h.app.ID); err != nil || len(list) > 0 {
			t.Errorf("seen: %v %v", list, err)
		}
		return nil
	})
}

// TestA002_redirect_uri_is_compared_byte_by_byte, over HTTP as in package redirect.
func TestA002_redirect_uri_is_compared_byte_by_byte(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for _, uri := range []string{callback + "?x=1", callback + "/", "https://sync.example/CB", "https://sync.example/a/../cb",
		"https://sync.example/cb%2f..%2fx", callback + "#f", "https://sync.example@evil.example/cb", "https://SYNC.example/cb",
		"https://sync.example:443/cb", "https://sync.example./cb", "http://sync.example/cb", "javascript:alert(1)", "//sync.example/cb",
		callback + "\r\nSet-Cookie: a=b", " " + callback, callback + "\x00", callback + strings.Repeat("a", 3000)} {
		got := b.get(h.installURL(map[string]string{"redirect_uri": uri}))
		if got.Code < 400 || got.Header().Get("Location") != "" {
			t.Errorf("%q: status %d, leads to %q", uri, got.Code, got.Header().Get("Location"))
		}
	}
}

// TestA007_the_port_of_loopback_is_free, and the answer goes there.
func TestA007_the_port_of_loopback_is_free(t *testing.T) {
	h := newHouse(t)
	native := h.client(store.Registration{Name: "Native", Publisher: "P", RedirectURIs: []string{"http://127.0.0.1/cb"}, Public: true,
		Required: set("crm.objects.contacts.read")})
	q := url.Values{"client_id": {native.ID.String()}, "redirect_uri": {"http://127.0.0.1:8400/cb"}, "response_type": {"code"},
		"scope": {"crm.objects.contacts.read"}, "code_challenge": {challengeOf("v")}, "code_challenge_method": {"S256"}}
	page := h.as("ivy").get("/oauth/authorize?" + q.Encode()).stays(200)
	if csp := page.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "form-action 'self' http: https:") {
		t.Errorf("the page does not let its form end at the app: %s", csp)
	}
	if to := page.decide("allow").Header().Get("Location"); !strings.HasPrefix(to, "http://127.0.0.1:8400/cb?code=") {
		t.Errorf("leads to %q", to)
	}
}

func challengeOf(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// TestA009_a_parameter_sent_twice is refused; if it says who asks or where the answer goes, on a page.
func TestA009_a_parameter_sent_twice(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	for _, name := range []string{"client_id", "redirect_uri"} {
		for _, value := range []string{"x", h.app.ID.String(), callback} {
			b.get(h.installURL(nil) + "&" + url.Values{name: {value}}.Encode()).stays(400).has("stands more than once")
		}
	}
	for _, name := range []string{"scope", "optional_scope", "state", "response_type", "code_challenge", "prompt"} {
		raw := h.installURL(nil) + "&" + url.Values{name: {"x"}}.Encode()
		if !strings.Contains(h.installURL(nil), name+"=") {
			raw += "&" + url.Values{name: {"x"}}.Encode()
		}
		answer := b.get(raw).toApp()
		if answer.Get("error") != "invalid_request" || name == "state" && answer.Has("state") {
			t.Errorf("%s: %v", name, answer)
		}
	}
}

// TestA010_redirect_uri_left_out is enough where one is registered.
func TestA010_redirect_uri_left_out(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	b.get(h.installURL(map[string]string{"redirect_uri": "-"})).stays(200).decide("allow").toApp()
	h.view(func(r store.Reader) error {
		grants, err := r.ListGrants(h.acme.ID, store.GrantFilter{Client: h.app.ID}, store.Page{})
		if err != nil || len(grants) != 1 {
			t.Errorf("%v %v", grants, err)
		}
		return nil
	})
	two := h.client(store.Registration{Name: "Two", Publisher: "P", RedirectURIs: []string{callback, "https://two.example/cb"}, InstallURL: true,
		Required: set("crm.objects.contacts.read")})
	b.get(h.installURL(map[string]string{"client_id": two.ID.String(), "redirect_uri": "-", "optional_scope": "-",
		"scope": "crm.objects.contacts.read"})).stays(403).has("redirect_uri is missing")
}

// TestA011_response_type: nothing but code, which an install URL may leave out.
func TestA011_response_type(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	plain := h.client(store.Registration{Name: "Plain", Publisher: "P", RedirectURIs: []string{callback}, Required: set("crm.objects.contacts.read")})
	for _, tt := range []struct {
		client, value, want string
	}{
		{"install", "-", ""}, {"install", "code", ""}, {"install", "", ""}, {"plain", "code", ""},
		{"plain", "-", "invalid_request"}, {"plain", "", "invalid_request"},
		{"install", "token", "unsupported_response_type"}, {"install", "id_token token", "unsupported_response_type"},
		{"install", "code token", "unsupported_response_type"}, {"install", "code code", "unsupported_response_type"},
		{"install", "Code", "unsupported_response_type"}, {"plain", "none", "unsupported_response_type"},
	} {
		change := map[string]string{"response_type": tt.value}
		if tt.client == "plain" {
			change["client_id"], change["optional_scope"], change["scope"] = plain.ID.String(), "-", "crm.objects.contacts.read"
		}
		got := b.get(h.installURL(change))
		if tt.want == "" {
			got.stays(200)
			continue
		}
		answer := got.toApp()
		if answer.Get("error") != tt.want || answer.Get("state") != "xyz" || strings.Contains(got.Header().Get("Location"), "#") {
			t.Errorf("%s %q: %v", tt.client, tt.value, answer)
		}
	}
}

// TestA012_response_mode: only the query is offered.
func TestA012_response_mode(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	b.get(h.installURL(map[string]string{"response_mode": "query"})).stays(200)
	for _, mode := range []string{"fragment", "form_post", "web_message", "query.jwt", "QUERY"} {
		if e := b.get(h.installURL(map[string]string{"response_mode": mode})).toApp().Get("error"); e != "invalid_request" {
			t.Errorf("%s: %s", mode, e)
		}
	}
}

// TestA013_request_objects are neither read nor fetched.
func TestA013_request_objects(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	for name, value := range map[string]string{"request": "eyJhbGciOiJub25lIn0.e30.", "request_uri": "http://169.254.169.254/"} {
		if e := b.get(h.installURL(map[string]string{name: value})).toApp().Get("error"); e != name+"_not_supported" {
			t.Errorf("%s: %s", name, e)
		}
	}
}

// TestA014_state goes back byte by byte, or not at all.
func TestA014_state(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	for _, state := range []string{"a", strings.Repeat("s", 1<<10), `"><script>`, "a b+c%20&d=e#f", "😀\t", "日本\"'\\", "%00%0d%0a"} {
		answer := b.get(h.installURL(map[string]string{"state": state})).stays(200).decide("allow").toApp()
		if answer.Get("state") != state {
			t.Errorf("state %q came back as %q", state, answer.Get("state"))
		}
		if got := b.get(h.installURL(map[string]string{"state": state, "response_type": "token"})).toApp().Get("state"); got != state {
			t.Errorf("state %q came back as %q with an error", state, got)
		}
	}
	answer := b.get(h.installURL(map[string]string{"state": strings.Repeat("s", 1<<10+1)})).toApp()
	if answer.Get("error") != "invalid_request" || answer.Has("state") {
		t.Errorf("%v", answer)
	}
	if b.get(h.installURL(map[string]string{"state": "-"})).decide("allow").toApp().Has("state") {
		t.Error("a state that nobody sent comes back")
	}
}

// TestA015_every_answer_names_us is checked by toApp in every test; here for a refusal of the user.
func TestA015_every_answer_names_us(t *testing.T) {
	h := newHouse(t)
	answer := h.as("ivy").get(h.installURL(nil)).decide("cancel").toApp()
	if answer.Get("error") != "access_denied" || answer.Get("state") != "xyz" || answer.Has("code") {
		t.Errorf("%v", answer)
	}
	h.view(func(r store.Reader) error {
		if grants, err := r.ListGrants(h.acme.ID, store.GrantFilter{Client: h.app.ID}, store.Page{}); err != nil || len(grants) > 0 {
			t.Errorf("%v %v", grants, err)
		}
		return nil
	})
}

// TestA016_what_was_posted_is_not_posted_on: every redirect after a form is 303.
func TestA016_what_was_posted_is_not_posted_on(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	page := b.get(h.installURL(nil))
	for _, got := range []*shown{page.decide("allow"), b.get(h.installURL(nil)).decide("cancel"),
		b.send("POST", "/oauth/authorize", url.Values{"client_id": {h.app.ID.String()}})} {
		if got.Code != http.StatusSeeOther {
			t.Errorf("status %d", got.Code)
		}
	}
}

// TestA017_prompt_none shows nothing, whatever is missing.
func TestA017_prompt_none(t *testing.T) {
	h := newHouse(t)
	none := map[string]string{"prompt": "none"}
	if e := h.browser().get(h.installURL(none)).toApp().Get("error"); e != "login_required" {
		t.Errorf("nobody is logged in: %s", e)
	}
	ivy := h.as("ivy")
	if e := ivy.get(h.installURL(none)).toApp().Get("error"); e != "consent_required" {
		t.Errorf("without consent: %s", e)
	}
	ivy.get(h.installURL(nil)).decide("allow").toApp()
	if answer := ivy.get(h.installURL(none)).toApp(); answer.Get("code") == "" {
		t.Errorf("with consent: %v", answer)
	}
	if e := ivy.get(h.installURL(map[string]string{"prompt": "none", "optional_scope": "crm.objects.deals.read", "scope": "crm.objects.contacts.read"})).toApp().Get("code"); e == "" {
		t.Error("less than was allowed is not given")
	}
	_, err := h.dir.TakeRole(ctx, audit.Operator, h.acme.ID, h.users["ivy"].ID, "crm_editor")
	h.ok(err)
	if e := ivy.get(h.installURL(none)).toApp().Get("error"); e != "access_denied" {
		t.Errorf("without the role: %s", e)
	}
	for _, prompt := range []string{"none login", "sometimes", "NONE"} {
		if e := ivy.get(h.installURL(map[string]string{"prompt": prompt})).toApp().Get("error"); e != "invalid_request" {
			t.Errorf("prompt %q: %s", prompt, e)
		}
	}
	public := h.client(store.Registration{Name: "Native", Publisher: "P", RedirectURIs: []string{callback}, Public: true, Required: set("crm.objects.contacts.read")})
	q := map[string]string{"client_id": public.ID.String(), "response_type": "code", "scope": "crm.objects.contacts.read", "optional_scope": "-",
		"code_challenge": challengeOf("v"), "code_challenge_method": "S256"}
	ada := h.as("ada")
	ada.get(h.installURL(q)).decide("allow").toApp()
	q["prompt"] = "none"
	if e := ada.get(h.installURL(q)).toApp().Get("error"); e != "consent_required" {
		t.Errorf("an app without a secret: %s", e)
	}
}

// TestPrompt_login_and_select_account ask once more, and then no longer.
func TestPrompt_login_and_select_account(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	h.clock.Advance(5e9)
	login := b.get(h.installURL(map[string]string{"prompt": "login"})).stays(200)
	pending := login.form("/login").Get("pending")
	again := url.Values{"pending": {pending}, "form_token": {h.token(b)}}
	b.send("POST", "/oauth/authorize/continue", again).stays(200).form("/login") // nobody logged in meanwhile
	h.clock.Advance(5e9)
	b.logIn("ivy")
	again.Set("form_token", h.token(b))
	b.send("POST", "/oauth/authorize/continue", again).stays(200).has("wants access to Acme")

	chooser := b.get(h.installURL(map[string]string{"prompt": "select_account"})).stays(200)
	pending = chooser.form("/account/tenant").Get("pending")
	b.send("POST", "/oauth/authorize/continue", url.Values{"pending": {pending}, "form_token": {h.token(b)}}).stays(200).has("wants access to Acme")
	b.get(h.installURL(map[string]string{"prompt": "consent"})).stays(200).has("wants access to Acme")
}

// TestA018_two_tabs: each decision is bound to its own request.
func TestA018_two_tabs(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	one, two := b.get(h.installURL(map[string]string{"state": "one"})), b.get(h.installURL(map[string]string{"state": "two"}))
	const decide = "/oauth/authorize/decide"
	swapped := one.form(decide)
	swapped.Set("offer", two.form(decide).Get("offer"))
	swapped.Set("decision", "allow")
	b.send("POST", decide, swapped).stays(403).has("belongs to another browser")
	if state := two.decide("allow").toApp().Get("state"); state != "two" {
		t.Errorf("state %s", state)
	}
	if state := one.decide("allow").toApp().Get("state"); state != "one" {
		t.Errorf("state %s", state)
	}
}

// TestA019_a_request_of_another_browser_or_login is refused, and so is one that was made up.
func TestA019_a_request_of_another_browser_or_login(t *testing.T) {
	h := newHouse(t)
	const decide = "/oauth/authorize/decide"
	ivy := h.as("ivy")
	page := ivy.get(h.installURL(nil))
	mallory := h.as("bob")
	mallory.get(h.installURL(nil)) // has a browser of its own now
	stolen := page.form(decide)
	stolen.Set("decision", "allow")
	stolen.Set("form_token", h.token(mallory))
	mallory.send("POST", decide, stolen).stays(403)

	mallory.cookies["__Host-prokura_browser"] = ivy.cookies["__Host-prokura_browser"] // even so
	stolen.Set("form_token", h.token(mallory))
	mallory.send("POST", decide, stolen).stays(403)

	for _, made := range []string{"", "x", strings.Repeat("A", 100), strings.Repeat("A", 70<<10), stolen.Get("offer")} {
		forged := page.form(decide)
		forged.Set("decision", "allow")
		forged.Set("pending", made)
		ivy.send("POST", decide, forged).stays(403)
	}
	page.decide("allow").toApp()
}

// TestA019_only_who_began_gets_the_grant: whoever logs in after that decides about a request of their own.
func TestA019_only_who_began_gets_the_grant(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	page := b.get(h.installURL(nil))
	pending := page.form("/oauth/authorize/continue").Get("pending")
	b.logIn("ada")
	b.send("POST", "/oauth/authorize/continue", url.Values{"pending": {pending}, "form_token": {h.token(b)}}).stays(403).has("Somebody else began")
	v := page.form("/oauth/authorize/decide")
	v.Set("decision", "allow")
	b.send("POST", "/oauth/authorize/decide", v).stays(403) // the form token is of another login
	v.Set("form_token", h.token(b))
	b.send("POST", "/oauth/authorize/decide", v).stays(403)
}

// TestPending_ends_after_an_hour.
func TestPending_ends_after_an_hour(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	early, late := b.get(h.installURL(nil)), b.get(h.installURL(nil))
	h.clock.Advance(3599e9)
	b.get("/oauth/errors/x") // keeps the login alive
	early.decide("allow").toApp()
	h.clock.Advance(1e9)
	late.decide("allow").stays(403)
}

// TestA022_queries_that_cannot_be_read are refused whole, and unknown parameters mean nothing.
func TestA022_queries_that_cannot_be_read(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	b.get(h.installURL(map[string]string{"utm_source": "x", "grant_type": "authorization_code"})).stays(200)
	for _, rest := range []string{"&a=%zz", "&x=1;y=2", "&a=%ff", "&%41%zz=1", "&a=%0", strings.Repeat("&p=1", 10_001)} {
		b.get(h.installURL(nil) + rest).stays(400)
	}
}

// TestA023_posted_requests take their parameters from the body.
func TestA023_posted_requests(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	_, query, _ := strings.Cut(h.installURL(nil), "?")
	form, _ := url.ParseQuery(query)
	got := b.send("POST", "/oauth/authorize", form, "Sec-Fetch-Site", "cross-site", "Origin", "https://sync.example")
	if got.Code != 303 || !strings.HasPrefix(got.Header().Get("Location"), "/oauth/authorize?") {
		t.Fatalf("status %d, leads to %q", got.Code, got.Header().Get("Location"))
	}
	b.get(got.Header().Get("Location")).stays(200).has("wants access to Acme")
	if !strings.Contains(b.send("POST", "/oauth/authorize?scope2=x", form).Header().Get("Location"), "scope=") {
		t.Error("the body does not count")
	}
	b.send("POST", "/oauth/authorize?scope=x", form).stays(400).has("more than once")
	b.send("POST", "/oauth/authorize", form, "Content-Type", "application/json").stays(400)
	b.send("POST", "/oauth/authorize", url.Values{"scope": {strings.Repeat("x ", 20_000)}}).stays(400)
	b.send("PUT", "/oauth/authorize", form).stays(405)
}

// TestA054_A055_PKCE at the beginning: S256 or nothing, and a public app never without.
func TestA054_A055_PKCE(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	public := h.client(store.Registration{Name: "Native", Publisher: "P", RedirectURIs: []string{callback}, Public: true, InstallURL: true,
		Required: set("crm.objects.contacts.read")})
	good := challengeOf("v")
	for _, tt := range []struct {
		client            store.Client
		challenge, method string
		ok                bool
	}{
		{public, good, "S256", true}, {public, "-", "-", false}, {public, "", "", false}, {h.app, "-", "-", true}, {h.app, good, "S256", true},
		{h.app, good, "-", false}, {h.app, good, "plain", false}, {h.app, good, "s256", false}, {h.app, good, "S512", false},
		{h.app, "-", "S256", false}, {h.app, good[:42], "S256", false}, {h.app, good + "=", "S256", false}, {h.app, good[:42] + "+", "S256", false},
		{h.app, good[:42] + "B", "S256", false}, {h.app, good + "\n", "S256", false},
	} {
		change := map[string]string{"client_id": tt.client.ID.String(), "code_challenge": tt.challenge, "code_challenge_method": tt.method,
			"scope": "crm.objects.contacts.read", "optional_scope": "-"}
		got := b.get(h.installURL(change))
		if tt.ok {
			got.stays(200)
		} else if e := got.toApp().Get("error"); e != "invalid_request" {
			t.Errorf("%s %q %q: %s", tt.client.Registration.Name, tt.challenge, tt.method, e)
		}
	}
}

// TestA187_links_and_answers_name_the_configured_issuer, not the host that a request names.
func TestA187_links_and_answers_name_the_configured_issuer(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	got := b.send("GET", h.installURL(map[string]string{"scope": "crm.objects.deals.read"}), nil, "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
	got.stays(403).lacks("evil.example").has(issuer + "/oauth/errors/")
}

// TestA189_pages_are_kept_by_nobody.
func TestA189_pages_are_kept_by_nobody(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	page := b.get(h.installURL(nil))
	for name, got := range map[string]*shown{"login": h.browser().get(h.installURL(nil)), "consent": page, "code": page.decide("allow"),
		"refusal": b.get(h.installURL(map[string]string{"scope": "x"})), "error page": b.get("/oauth/errors/scope_mismatch")} {
		if got.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %q", name, got.Header().Get("Cache-Control"))
		}
	}
	if ref := page.decide("allow").Header().Get("Referrer-Policy"); ref != "no-referrer" {
		t.Errorf("Referrer-Policy %q", ref)
	}
}

// TestRefusals_reach_the_book_and_the_app: the reference is in the book with the install URL, without the state.
func TestRefusals_reach_the_book_and_the_app(t *testing.T) {
	h := newHouse(t)
	got := h.as("bob").get(h.installURL(map[string]string{"state": "secret-state"})).stays(403)
	ref, err := id.Parse[id.Reference](got.Header().Get(ReferenceHeader))
	h.ok(err)
	c, err := h.book.Lookup(ctx, ref)
	h.ok(err)
	if c.Door != "authorize" || c.Tenant != h.acme.ID || c.User != h.users["bob"].ID || c.Client != h.app.ID || !c.Proven ||
		len(c.Findings) == 0 || c.Findings[0].Code != refusal.UserLacksPermission || strings.Contains(fmt.Sprint(c), "secret-state") {
		t.Errorf("%+v", c)
	}
	_, back, ok := strings.Cut(got.body, `class="button" href="`)
	back, _, _ = strings.Cut(back, `"`)
	u, err := url.Parse(strings.ReplaceAll(back, "&amp;", "&"))
	if !ok || err != nil {
		t.Fatalf("no way back to the app: %v\n%s", err, got.body)
	}
	q := u.Query()
	if !strings.HasPrefix(u.String(), callback+"?") || q.Get("error") != "access_denied" || q.Get("state") != "secret-state" || q.Get("iss") != issuer ||
		q.Get("error_uri") != issuer+"/oauth/errors/user_lacks_permission?reference="+ref.String() || q.Get("error_description") == "" {
		t.Errorf("the app is told %v", q)
	}
}
