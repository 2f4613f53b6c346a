package thirdparty

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// vendor is an authorization server and an API, as far as the app can see.
type vendor struct {
	*httptest.Server
	answer func(asked url.Values) url.Values // of the authorization endpoint
}

func newVendor(t *testing.T) *vendor {
	v := &vendor{}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /oauth/authorize", func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		http.Redirect(w, r, q.Get("redirect_uri")+"?"+v.answer(q).Encode(), http.StatusFound)
	})
	mux.HandleFunc("POST /oauth/token", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.PostFormValue("code") == "used" {
			w.WriteHeader(http.StatusBadRequest)
			io.WriteString(w, `{"error":"invalid_grant","error_description":"The code was used before.","error_uri":"`+v.URL+`/oauth/errors/code_used"}`)
			return
		}
		if r.PostFormValue("code_verifier") == "" && r.PostFormValue("grant_type") == "authorization_code" {
			t.Error("the code came without a verifier")
		}
		json.NewEncoder(w).Encode(map[string]any{"access_token": "at-secret", "refresh_token": "rt-secret", "token_type": "Bearer", "expires_in": 1800, "scope": "a b"})
	})
	mux.HandleFunc("GET /crm/v3/objects/contacts", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer at-secret" {
			t.Errorf("the call came with %q", r.Header.Get("Authorization"))
		}
		w.Header().Set("Prokura-Reference", "8e1b7172")
		w.WriteHeader(http.StatusForbidden)
		io.WriteString(w, `{"category":"MISSING_SCOPES","errors":[{"context":{"requiredGranularScopes":["crm.objects.contacts.read"]}}]}`)
	})
	v.Server = httptest.NewServer(mux)
	t.Cleanup(v.Close)
	v.answer = func(q url.Values) url.Values {
		return url.Values{"code": {"c"}, "state": {q.Get("state")}, "iss": {v.URL}}
	}
	return v
}

// person is a browser before the app.
type person struct {
	*http.Client
	t   *testing.T
	app string
}

func newPerson(t *testing.T, v *vendor) *person {
	t.Helper()
	front := httptest.NewUnstartedServer(nil)
	app := "http://" + front.Listener.Addr().String()
	s, err := New(v.URL, []App{{Slug: "one", Name: "One", ClientID: "id", RedirectURI: app + "/callback", Scopes: []string{"a"},
		Optional: []string{"b", "c"}, Calls: []string{"/crm/v3/objects/contacts"}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	front.Config.Handler = s
	front.Start()
	t.Cleanup(front.Close)
	jar, _ := cookiejar.New(nil)
	return &person{&http.Client{Jar: jar}, t, app}
}

// see opens a page, or sends its form, and answers the status and the text.
func (p *person) see(path string, form url.Values) (int, string) {
	p.t.Helper()
	resp, err := func() (*http.Response, error) {
		if form != nil {
			return p.PostForm(p.app+path, form)
		}
		return p.Get(p.app + path)
	}()
	if err != nil {
		p.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	if strings.Contains(string(body), "-secret") {
		p.t.Error("a token reached the browser")
	}
	return resp.StatusCode, string(body)
}

func (p *person) wants(path string, form url.Values, status int, parts ...string) {
	p.t.Helper()
	got, body := p.see(path, form)
	if got != status {
		p.t.Errorf("%s answered %d, want %d", path, got, status)
	}
	for _, part := range parts {
		if !strings.Contains(body, part) {
			p.t.Errorf("%s does not say %q:\n%s", path, part, body)
		}
	}
}

func TestInstall_shows_what_was_granted_and_what_was_not(t *testing.T) {
	v := newVendor(t)
	p := newPerson(t, v)
	p.wants("/", nil, 200, "/install/one", "optional_scope=b%20c", "&amp;scope=a<")
	p.wants("/install/one", nil, 200, "<code>b</code>: granted", "<code>c</code>: asked for, not granted")
	p.wants("/call", url.Values{"path": {"/crm/v3/objects/contacts"}}, 200, "answered 403", "One of these scopes would be enough",
		"<code>crm.objects.contacts.read</code>", "8e1b7172")
	p.wants("/refresh", url.Values{}, 200, "Installed.")
	p.wants("/call", url.Values{"path": {"/v1/tenants"}}, 200, "Apps to try") // not what the app offers
}

func TestCallback_shows_an_error_with_all_that_came_with_it(t *testing.T) {
	v := newVendor(t)
	p := newPerson(t, v)
	v.answer = func(q url.Values) url.Values {
		return url.Values{"error": {"invalid_scope"}, "error_description": {"The scope <b> is missing."},
			"error_uri": {v.URL + "/oauth/errors/required_scope_missing"}, "state": {q.Get("state")}, "iss": {v.URL}}
	}
	p.wants("/install/one", nil, 200, "invalid_scope", "The scope &lt;b&gt; is missing.", `href="`+v.URL+`/oauth/errors/required_scope_missing"`)
	v.answer = func(q url.Values) url.Values {
		return url.Values{"error": {"x"}, "error_uri": {"https://elsewhere.example/"}, "state": {q.Get("state")}, "iss": {v.URL}}
	}
	if _, body := p.see("/install/one", nil); strings.Contains(body, "elsewhere") {
		t.Error("a page of somebody else is linked")
	}
	v.answer = func(q url.Values) url.Values {
		return url.Values{"code": {"used"}, "state": {q.Get("state")}, "iss": {v.URL}}
	}
	p.wants("/install/one", nil, 200, "invalid_grant", "The code was used before.")
}

func TestCallback_takes_only_its_own_answers(t *testing.T) {
	v := newVendor(t)
	p := newPerson(t, v)
	p.wants("/callback?code=c&state=guessed&iss="+url.QueryEscape(v.URL), nil, 400, "belongs to no installation")

	v.answer = func(q url.Values) url.Values {
		return url.Values{"code": {"c"}, "state": {q.Get("state")}, "iss": {"https://mix.up"}}
	}
	p.wants("/install/one", nil, 400, "another server than the one that was asked")

	// The answer to somebody else's browser, and the same answer twice.
	var state string
	v.answer = func(q url.Values) url.Values {
		state = q.Get("state")
		return url.Values{"code": {"c"}, "state": {"lost"}, "iss": {v.URL}}
	}
	p.see("/install/one", nil)
	other := &person{&http.Client{}, t, p.app}
	again := "/callback?code=c&state=" + state + "&iss=" + url.QueryEscape(v.URL)
	other.wants(again, nil, 400, "belongs to no installation")
	p.wants(again, nil, 200, "Installed.")
	p.wants(again, nil, 400, "belongs to no installation")
}
