package oauth

import (
	"bytes"
	"log/slog"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"prokura/internal/page"
	"prokura/internal/seal"
	"prokura/internal/store"
)

// TestA020_A021_pushed_requests are not offered; and nothing of a request leaves by a cookie or a log.
func TestA020_A021_pushed_requests(t *testing.T) {
	h := newHouse(t)
	var log bytes.Buffer
	h.pages.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b := h.as("ivy")
	b.send("POST", "/oauth/par", url.Values{"client_id": {h.app.ID.String()}}).stays(403) // no form of ours: nothing is there
	if e := b.get(h.installURL(map[string]string{"request_uri": "urn:ietf:params:oauth:request_uri:x"})).toApp().Get("error"); e != "request_uri_not_supported" {
		t.Errorf("%s", e)
	}
	canary := map[string]string{"state": "canary-state", "code_challenge": challengeOf("canary"), "code_challenge_method": "S256"}
	for _, got := range []*shown{h.browser().get(h.installURL(canary)), b.get(h.installURL(canary)), b.get(h.installURL(canary)).decide("allow"),
		h.as("bob").get(h.installURL(canary))} {
		for _, c := range got.Result().Cookies() {
			if strings.Contains(c.Value, "canary") || strings.Contains(c.Value, h.app.ID.String()) || len(c.Value) > 100 {
				t.Errorf("cookie %s tells of the request: %s", c.Name, c.Value)
			}
		}
	}
	if strings.Contains(log.String(), "canary") || strings.Contains(log.String(), challengeOf("canary")) || strings.Contains(log.String(), "pkc_") {
		t.Errorf("the log tells of the request: %s", log.String())
	}
}

// TestA024_A025_A026_A027_A028 on the page: the sentence, who can fix it, and the vendor's own sentence; and the app is told.
func TestA024_A025_A026_A027_A028_the_page(t *testing.T) {
	const insufficient, mismatch = "“Couldn't complete the connection: Authorization failed because the provided scopes are insufficient.",
		"“Couldn't complete the connection: Authorization failed because there is a mismatch between the scopes in the install URL"
	for name, tt := range map[string]struct {
		scope, optional string
		says            []string
		error           string
	}{
		"A024 required scope missing":     {"crm.objects.companies.read", "-", []string{"The required scope crm.objects.contacts.read is missing", insufficient, "the developer of Acme Sync"}, "invalid_scope"},
		"A025 only in optional_scope":     {"-", "crm.objects.contacts.read", []string{"crm.objects.contacts.read stands in optional_scope", insufficient, "the developer of Acme Sync"}, "invalid_scope"},
		"A026 in both":                    {"crm.objects.contacts.read", "crm.objects.contacts.read", []string{"stands in optional_scope too", insufficient}, "invalid_scope"},
		"A027 conditional in optional":    {"crm.objects.contacts.read", "crm.objects.companies.read", []string{"configured as conditionally required, but stands in optional_scope", mismatch}, "invalid_scope"},
		"A027 optional in scope":          {"crm.objects.contacts.read crm.objects.deals.read", "-", []string{"configured as optional, but stands in scope", mismatch}, "invalid_scope"},
		"A027 unregistered":               {"crm.objects.contacts.read crm.lists.read", "-", []string{"crm.lists.read is not configured", mismatch}, "invalid_scope"},
		"an unknown name comes first":     {"crm.lists.raed", "-", []string{"No API here knows the scope crm.lists.raed. Perhaps crm.lists.read is meant", "“An invalid scope name was provided."}, "invalid_scope"},
		"A028 the permission to install":  {"crm.objects.contacts.read", "-", []string{"apps:app:install", "“Couldn't complete the connection. You don't have permission", "an administrator of Acme"}, "access_denied"},
		"A032 only spaces":                {"   ", "-", []string{"The required scope crm.objects.contacts.read is missing"}, "invalid_scope"},
		"A033 a comma separates nothing":  {"crm.objects.contacts.read,crm.objects.companies.read", "-", []string{"No API here knows", "crm.objects.contacts.read,crm.objects.companies.read"}, "invalid_scope"},
		"A035 a wildcard nobody listed":   {"crm.objects.contacts.read crm.*", "-", []string{"crm.*"}, "invalid_scope"},
		"A039 too many scopes":            {strings.Repeat("a ", 300) + scopesNamed(300), "-", nil, ""},
		"A039 the same scope 10000 times": {strings.Repeat("crm.objects.contacts.read ", 10_000), "-", nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			got := h.as("bob").get(h.installURL(map[string]string{"scope": tt.scope, "optional_scope": tt.optional}))
			if tt.error == "" {
				got.stays(400)
				return
			}
			got.stays(403).has(tt.says...)
			_, back, _ := strings.Cut(got.body, `class="button" href="`)
			back, _, _ = strings.Cut(back, `"`)
			if u, err := url.Parse(strings.ReplaceAll(back, "&amp;", "&")); err != nil || u.Query().Get("error") != tt.error {
				t.Errorf("the app is told %v", u)
			}
			if g := h.grantsOf("bob"); len(g) > 0 {
				t.Errorf("%+v", g)
			}
		})
	}
}

func scopesNamed(n int) string {
	var out []string
	for i := range n {
		out = append(out, "s"+strings.Repeat("x", i))
	}
	return strings.Join(out, " ")
}

// TestA174_two_cookies_of_one_name are none.
func TestA174_two_cookies_of_one_name(t *testing.T) {
	h := newHouse(t)
	b := h.as("ivy")
	b.send("GET", h.installURL(nil), nil, "Cookie", page.LoginCookie+"=x").stays(200).form("/login")
}

// TestA185_no_step_is_skipped: the request says nothing of who is logged in, and an account is asked for anew.
func TestA185_no_step_is_skipped(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	pending := b.get(h.installURL(nil)).form("/login").Get("pending")
	v := url.Values{"pending": {pending}, "form_token": {h.token(b)}}
	b.send("POST", "/oauth/authorize/continue", v).stays(200).form("/login")
	for _, decision := range []string{"allow", "cancel"} {
		v.Set("decision", decision)
		b.send("POST", decidePath, v).stays(403)
	}
	h.view(func(r store.Reader) error {
		if list, err := r.ListGrants(h.acme.ID, store.GrantFilter{Client: h.app.ID}, store.Page{}); err != nil || len(list) > 0 {
			t.Errorf("%v %v", list, err)
		}
		return nil
	})
}

// FuzzAsked: no query makes the reader stumble, and what it accepts is what was sent, once.
func FuzzAsked(f *testing.F) {
	for _, seed := range []string{"", "client_id=123&redirect_uri=xyz&scope=crm.objects.custom.read", "state=%00%0d%0a&state=x", "a=%zz", "x=1;y=2",
		"scope=a+b%20c&optional_scope=%C2%A0", "prompt=none+login&code_challenge=x&code_challenge_method=plain", "response_type=code%20token", "redirect_uri=%F0%9F"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, query string) {
		a, err := readAsked(query)
		if err != nil {
			return
		}
		for _, reg := range []store.Registration{{}, {Public: true}, {InstallURL: true}} {
			if a.check(&reg) == nil && (a.ResponseType != "code" && !(reg.InstallURL && a.ResponseType == "") || reg.Public && len(a.CodeChallenge) != 43 ||
				a.CodeChallenge != "" && a.CodeChallengeMethod != "S256" || len(a.State) > 1<<10 || a.Has("request_uri")) {
				t.Errorf("%q passes", query)
			}
		}
		answer := url.Values{}
		a.putState(answer)
		sent, err := url.ParseQuery(query)
		if answer.Has("state") && (err != nil || len(sent["state"]) != 1 || sent.Get("state") != answer.Get("state")) {
			t.Errorf("%q: state %q comes back", query, answer.Get("state"))
		}
		again, err := readAsked(strings.TrimPrefix(a.installURL(""), "/oauth/authorize?"))
		if err != nil || !again.InstallRequest.Scope.Equal(a.InstallRequest.Scope) || again.Client != a.Client ||
			again.InstallRequest.RedirectURI != a.InstallRequest.RedirectURI {
			t.Errorf("%q is kept as %q", query, a.installURL(""))
		}
	})
}

// FuzzSealed: nothing opens but what was sealed, for that place.
func FuzzSealed(f *testing.F) {
	f.Add("", "browser")
	f.Add("AAAA", "browser")
	f.Fuzz(func(t *testing.T, sent, browser string) {
		e := sealer(t)
		var into pending
		if e.unseal(sealedPending, sent, &into, browser) == nil {
			t.Errorf("%q opens", sent)
		}
		sealed, err := e.seal(sealedPending, &pending{Query: sent, Began: 1}, browser)
		if err != nil {
			return
		}
		if err := e.unseal(sealedPending, sealed, &into, browser); err != nil {
			t.Errorf("%v", err)
		}
		if e.unseal(sealedOffer, sealed, &into, browser) == nil || e.unseal(sealedPending, sealed, &into, browser+"x") == nil ||
			e.unseal(sealedPending, sealed, &into) == nil || e.unseal(sealedPending, sealed, &into, browser, "") == nil {
			t.Error("it opens elsewhere")
		}
	})
}

var oneSealer sync.Map

// sealer is one for all runs of a fuzz test.
func sealer(t *testing.T) envelope {
	t.Helper()
	if e, ok := oneSealer.Load("it"); ok {
		return e.(envelope)
	}
	s, err := seal.OpenFile(filepath.Join(t.TempDir(), "key"))
	if err != nil {
		t.Fatal(err)
	}
	oneSealer.Store("it", envelope{s})
	return envelope{s}
}
