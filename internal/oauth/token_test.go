package oauth

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"prokura/internal/audit"
	"prokura/internal/canon"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// secretOf gives an app a secret.
func (h *house) secretOf(c store.Client) string {
	h.t.Helper()
	_, value, err := h.reg.CreateClientSecret(ctx, audit.Operator, registry.Everybody(), c.ID)
	h.ok(err)
	return value.Reveal()
}

// codeOf is the code that ivy's consent gave the app.
func (h *house) codeOf() string {
	h.t.Helper()
	code := h.as("ivy").get(h.installURL(nil)).stays(200).decide("allow").toApp().Get("code")
	if code == "" {
		h.t.Fatal("no code")
	}
	return code
}

// reply is what a program got.
type reply struct {
	*httptest.ResponseRecorder
	t    *testing.T
	body map[string]any
}

// post sends a form as a program does. Pairs of headers may follow.
func (h *house) post(path string, v url.Values, headers ...string) *reply {
	h.t.Helper()
	return h.postRaw(path, v.Encode(), headers...)
}

func (h *house) postRaw(path, body string, headers ...string) *reply {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	for i := 0; i+1 < len(headers); i += 2 {
		if headers[i+1] == "" {
			r.Header.Del(headers[i])
			continue
		}
		r.Header.Add(headers[i], headers[i+1])
	}
	return h.serve(r)
}

func (h *house) serve(r *http.Request) *reply {
	h.t.Helper()
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, r)
	out := &reply{ResponseRecorder: w, t: h.t, body: map[string]any{}}
	if w.Body.Len() > 0 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		h.ok(json.Unmarshal(w.Body.Bytes(), &out.body))
	}
	return out
}

func (r *reply) str(name string) string { s, _ := r.body[name].(string); return s }

// is fails unless the answer has this status, error and code.
func (r *reply) is(status int, error string, code refusal.Code) *reply {
	r.t.Helper()
	if r.Code != status || r.str("error") != error || r.str("code") != string(code) {
		r.t.Errorf("answered %d %s, want %d %s %s", r.Code, r.Body, status, error, code)
	}
	if status >= 400 {
		ref := r.Header().Get(ReferenceHeader)
		if ref == "" || r.str("reference") != ref || !strings.Contains(r.str("error_uri"), ref) || !strings.HasPrefix(r.str("error_uri"), issuer+"/oauth/errors/") {
			r.t.Errorf("reference %q in the header, %v in the body", ref, r.body)
		}
	}
	if got := r.Header().Get("Cache-Control"); got != "no-store" || r.Header().Get("Pragma") != "no-cache" { // A067
		r.t.Errorf("Cache-Control %q", got)
	}
	for _, name := range []string{"Access-Control-Allow-Origin", "Set-Cookie", "Location"} {
		if r.Header().Get(name) != "" {
			r.t.Errorf("the answer sets %s", name)
		}
	}
	return r
}

func basic(name, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(name)+":"+url.QueryEscape(password)))
}

func TestToken_from_the_install_URL_to_the_end(t *testing.T) {
	h := newHouse(t)
	secret, client := h.secretOf(h.app), h.app.ID.String()
	code := h.codeOf()
	got := h.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback},
		"client_id": {client}, "client_secret": {secret}}).is(200, "", "")
	if got.str("token_type") != "Bearer" || got.body["expires_in"] != float64(1800) || got.str("tenant") != h.acme.ID.String() ||
		got.str("scope") != "crm.objects.companies.read crm.objects.contacts.read crm.objects.deals.read oauth" {
		t.Errorf("%v", got.body)
	}
	access, refresh := got.str("access_token"), got.str("refresh_token")
	auth := []string{"Authorization", basic(client, secret)}
	said := h.post("/oauth/introspect", url.Values{"token": {access}}, auth...).is(200, "", "")
	if said.body["active"] != true || said.str("client_id") != client || said.str("username") != "ivy" || said.str("sub") != h.users["ivy"].ID.String() ||
		said.str("iss") != issuer || said.str("scope") != got.str("scope") {
		t.Errorf("%v", said.body)
	}
	again := h.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "scope": {"crm.objects.contacts.read"}}, auth...).is(200, "", "")
	if again.str("scope") != "crm.objects.contacts.read" {
		t.Errorf("%v", again.body)
	}
	h.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "scope": {"automation"}}, auth...).
		is(400, "invalid_scope", refusal.ScopeNotInGrant)
	if r := h.post("/oauth/revoke", url.Values{"token": {refresh}, "token_type_hint": {"access_token"}}, auth...); r.Code != 200 || r.Body.Len() != 0 {
		t.Errorf("revoking is answered %d %s", r.Code, r.Body)
	}
	dead := h.post("/oauth/introspect", url.Values{"token": {access}}, auth...).is(200, "", "")
	if len(dead.body) != 1 || dead.body["active"] != false {
		t.Errorf("%v", dead.body)
	}
	h.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}}, auth...).is(400, "invalid_grant", refusal.GrantEnded)
	h.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}, auth...).
		is(400, "invalid_grant", refusal.CodeUsed)
}

// TestA061_one_way_of_authenticating, in one place.
func TestA061_one_way_of_authenticating(t *testing.T) {
	h := newHouse(t)
	c := h.client(store.Registration{Name: "Robot", ClientCredentials: true, RedirectURIs: []string{callback}, Required: set("crm.objects.contacts.read")})
	secret, client := h.secretOf(c), c.ID.String()
	form := func(more ...string) url.Values {
		v := url.Values{"grant_type": {"client_credentials"}}
		for i := 0; i+1 < len(more); i += 2 {
			v.Set(more[i], more[i+1])
		}
		return v
	}
	good := basic(client, secret)
	raw := func(s string) string { return "Basic " + base64.StdEncoding.EncodeToString([]byte(s)) }
	h.post("/oauth/token", form(), "Authorization", good).is(200, "", "")
	h.post("/oauth/token", form("client_id", client), "Authorization", good).is(200, "", "")
	h.post("/oauth/token", form("client_id", client, "client_secret", secret)).is(200, "", "")
	h.post("/oauth/token", form(), "Authorization", strings.Replace(good, "Basic", "basic", 1)).is(200, "", "")

	ambiguous := func(r *reply) { t.Helper(); r.is(400, "invalid_request", refusal.ClientProofAmbiguous) }
	ambiguous(h.post("/oauth/token", form("client_id", client, "client_secret", secret), "Authorization", good))
	ambiguous(h.post("/oauth/token", form("client_secret", ""), "Authorization", good))
	ambiguous(h.post("/oauth/token", form(), "Authorization", good, "Authorization", good))
	ambiguous(h.post("/oauth/token", form("client_assertion", "x"), "Authorization", good))
	ambiguous(h.post("/oauth/token", form("client_id", client, "client_secret", secret, "client_assertion", "x")))

	wrong := func(r *reply) {
		t.Helper()
		r.is(401, "invalid_client", refusal.ClientNotAuthenticated)
		if !strings.HasPrefix(r.Header().Get("WWW-Authenticate"), "Basic realm=") {
			t.Errorf("WWW-Authenticate %q", r.Header().Get("WWW-Authenticate"))
		}
	}
	for name, header := range map[string]string{
		"no scheme": client, "another scheme": "Digest x", "a bearer": "Bearer " + secret, "no base64": "Basic !", "base64url": "Basic _-",
		"no colon": raw(client), "two colons": raw(client + ":" + secret + ":x"), "a colon in the ID": raw("a:" + client + ":" + secret),
		"padding left out": strings.TrimRight(raw(client+":"+secret+"a"), "=") + "*", "a broken escape": raw(client + ":%zz"), "a NUL": raw(client + ":%00"),
		"a line end": "Basic " + good[6:20] + "\n" + good[20:], "an empty one": " ",
	} {
		if r := h.post("/oauth/token", form(), "Authorization", header); r.Code != 401 {
			t.Errorf("%s is answered %d %s", name, r.Code, r.Body)
		}
	}
	wrong(h.post("/oauth/token", form(), "Authorization", basic(client, secret+"x")))
	wrong(h.post("/oauth/token", form("client_id", h.app.ID.String()), "Authorization", good))
	wrong(h.post("/oauth/token", form()))
	wrong(h.post("/oauth/token", form("client_secret", secret)))

	// A secret in the URL is not even looked at.
	q := "?client_id=" + client + "&client_secret=" + url.QueryEscape(secret)
	h.post("/oauth/token"+q, form()).is(400, "invalid_request", refusal.FormUnreadable)
	h.post("/oauth/token?", form(), "Authorization", good).is(400, "invalid_request", refusal.FormUnreadable)
}

// TestA065_grant_types.
func TestA065_grant_types(t *testing.T) {
	h := newHouse(t)
	secret, client := h.secretOf(h.app), h.app.ID.String()
	for kind, want := range map[string]struct {
		error string
		code  refusal.Code
	}{
		"": {"invalid_request", refusal.FormParameterMissing}, "password": {"unsupported_grant_type", refusal.GrantTypeUnsupported},
		"implicit": {"unsupported_grant_type", refusal.GrantTypeUnsupported}, "Refresh_token": {"unsupported_grant_type", refusal.GrantTypeUnsupported},
		"client_credentials": {"unauthorized_client", refusal.GrantTypeNotAllowed}, "authorization_code": {"invalid_request", refusal.FormParameterMissing},
		"refresh_token": {"invalid_request", refusal.FormParameterMissing}, grantJWT: {"invalid_request", refusal.ClientProofAmbiguous},
	} {
		h.post("/oauth/token", url.Values{"grant_type": {kind}, "username": {"ivy"}, "password": {"guess"}, "client_id": {client}, "client_secret": {secret}}).
			is(400, want.error, want.code)
	}
	h.postRaw("/oauth/token", "grant_type=client_credentials&grant_type=client_credentials").is(400, "invalid_request", refusal.FormUnreadable)
	h.postRaw("/oauth/token", "scope=&grant_type=client_credentials&%73cope=a").is(400, "invalid_request", refusal.FormUnreadable)
}

// TestA066_what_is_no_form, at every endpoint for programs.
func TestA066_what_is_no_form(t *testing.T) {
	h := newHouse(t)
	for _, path := range []string{"/oauth/token", "/oauth/acme/token", "/oauth/introspect", "/oauth/revoke"} {
		for _, verb := range []string{"GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"} {
			r := h.serve(httptest.NewRequest(verb, path+"?grant_type=client_credentials", nil))
			if r.Code != 405 || r.Header().Get("Allow") != "POST" || r.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s %s is answered %d, Allow %q", verb, path, r.Code, r.Header().Get("Allow"))
			}
		}
		for _, media := range []string{"", "text/plain", "multipart/form-data; boundary=x", "application/json", "application/x-www-form-urlencoded; charset=utf-7",
			"application/x-www-form-urlencoded, text/plain", "application/x-www-form-urlencoded; charset"} {
			h.postRaw(path, "grant_type=client_credentials", "Content-Type", "", "Content-Type", media).is(415, "invalid_request", refusal.MediaTypeUnsupported)
		}
		h.postRaw(path, "a=b", "Content-Encoding", "gzip").is(415, "invalid_request", refusal.MediaTypeUnsupported)
		h.postRaw(path, "a="+strings.Repeat("b", 10<<20)).is(413, "invalid_request", refusal.BodyTooLarge)
		h.postRaw(path, strings.Repeat("a&", 100)).is(400, "invalid_request", refusal.FormUnreadable)
		for _, body := range []string{"a=%zz", "a=%", "a=b;c=d", "a=%00", "a=\xff", "=a", "a=1&a=1", "a=%0d%0ab", "&&"} {
			h.postRaw(path, body).is(400, "invalid_request", refusal.FormUnreadable)
		}
	}
	h.postRaw("/oauth/token", "grant_type=x&client_id=y", "Content-Type", "", "Content-Type", "application/x-www-form-urlencoded; charset=UTF-8").
		is(400, "unsupported_grant_type", refusal.GrantTypeUnsupported)
}

// TestA193_revocation_tells_nobody_anything, but the book.
func TestA193_revocation_tells_nobody_anything(t *testing.T) {
	h := newHouse(t)
	secret, client := h.secretOf(h.app), h.app.ID.String()
	refresh := h.post("/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {h.codeOf()}, "redirect_uri": {callback},
		"client_id": {client}, "client_secret": {secret}}).is(200, "", "").str("refresh_token")
	other := h.client(store.Registration{Name: "Other", RedirectURIs: []string{callback}, Required: set("crm.objects.contacts.read")})
	foreign := []string{"Authorization", basic(other.ID.String(), h.secretOf(other))}
	first := h.post("/oauth/revoke", url.Values{"token": {refresh}}, foreign...)
	second := h.post("/oauth/revoke", url.Values{"token": {"nothing"}}, foreign...)
	if first.Code != 200 || second.Code != 200 || first.Body.String() != second.Body.String() || len(first.Header()) != len(second.Header()) {
		t.Errorf("%v and %v", first.Header(), second.Header())
	}
	h.post("/oauth/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {client}, "client_secret": {secret}}).is(200, "", "")
	h.post("/oauth/revoke", url.Values{"token": {refresh}, "client_id": {client}, "client_secret": {"wrong"}}).is(401, "invalid_client", refusal.ClientNotAuthenticated)
	h.post("/oauth/revoke", url.Values{}, foreign...).is(400, "invalid_request", refusal.FormParameterMissing)
}

// TestA196_metadata is at one place, and everything in it is ours.
func TestA196_metadata(t *testing.T) {
	h := newHouse(t)
	get := func(path string) *reply { return h.serve(httptest.NewRequest("GET", path, nil)) }
	r := get("/.well-known/oauth-authorization-server")
	if r.Code != 200 || r.str("issuer") != issuer || r.Header().Get("Cache-Control") != metadataCache {
		t.Fatalf("%d %s", r.Code, r.Body)
	}
	for name, v := range r.body {
		if s, ok := v.(string); ok && !strings.HasPrefix(s, issuer) {
			t.Errorf("%s is %q", name, s)
		}
	}
	for _, path := range []string{"/.well-known/oauth-authorization-server/", "/.well-known/oauth-authorization-server/x",
		"/.well-known/oauth-authorization-server/oauth", "/.well-known/OAuth-authorization-server", "/.well-known/oauth-authorization-server%2f"} {
		if r := get(path); r.Code == 200 {
			t.Errorf("%s is answered", path)
		}
	}
	if r := h.post("/.well-known/oauth-authorization-server", nil); r.Code != 405 {
		t.Errorf("POST is answered %d", r.Code)
	}
}

func TestOwns(t *testing.T) {
	for path, want := range map[string]bool{
		"/oauth/token": true, "/oauth/acme/token": true, "/oauth": true, "/oauth/authorize": true, "/oauth/errors/x": true,
		"/.well-known/oauth-authorization-server": true, "/.well-known/oauth-authorization-server/x": true, "/.well-known/jwks.json": false,
		"/oauth/v1/token": false, "/oauth/2026-03/token": false, "/oauth/2026-3/token": true, "/oauth/v2/token": true, "/oauthx": false, "/": false,
	} {
		p, err := canon.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := Owns(&p); got != want {
			t.Errorf("Owns(%s) = %v", path, got)
		}
	}
}

// TestXOAuth2, a client that knows nothing of us: the code flow with PKCE, refreshing, and client_credentials.
func TestXOAuth2(t *testing.T) {
	h := newHouse(t)
	web := httptest.NewServer(h.handler)
	t.Cleanup(web.Close)
	h.app = h.client(store.Registration{Name: "Acme Sync", Publisher: "Sync GmbH", RedirectURIs: []string{callback}, ClientCredentials: true,
		Required: set("crm.objects.contacts.read"), Conditional: set("crm.objects.companies.read"), Optional: set("crm.objects.deals.read")})
	for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInHeader, oauth2.AuthStyleInParams} {
		cfg := oauth2.Config{ClientID: h.app.ID.String(), ClientSecret: h.secretOf(h.app), RedirectURL: callback,
			Scopes:   []string{"crm.objects.contacts.read", "crm.objects.companies.read"},
			Endpoint: oauth2.Endpoint{AuthURL: web.URL + "/oauth/authorize", TokenURL: web.URL + "/oauth/token", AuthStyle: style}}
		verifier := oauth2.GenerateVerifier()
		u, err := url.Parse(cfg.AuthCodeURL("xyz", oauth2.S256ChallengeOption(verifier)))
		h.ok(err)
		code := h.as("ivy").get(u.RequestURI()).stays(200).decide("allow").toApp().Get("code")
		token, err := cfg.Exchange(ctx, code, oauth2.VerifierOption(verifier))
		h.ok(err)
		if token.TokenType != "Bearer" || token.RefreshToken == "" || token.Extra("scope") != "crm.objects.companies.read crm.objects.contacts.read" {
			t.Errorf("%+v", token)
		}
		expired := *token
		expired.Expiry = noon.AddDate(-5, 0, 0)
		next, err := cfg.TokenSource(ctx, &expired).Token()
		h.ok(err)
		if next.RefreshToken == token.RefreshToken || next.AccessToken == token.AccessToken {
			t.Error("nothing was rotated")
		}
		_, err = cfg.Exchange(ctx, code, oauth2.VerifierOption(verifier))
		if e, ok := err.(*oauth2.RetrieveError); !ok || e.ErrorCode != "invalid_grant" || e.ErrorURI == "" || e.ErrorDescription == "" {
			t.Errorf("a code used twice: %v", err)
		}
		own := clientcredentials.Config{ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, TokenURL: cfg.Endpoint.TokenURL, AuthStyle: style,
			Scopes: []string{"crm.objects.contacts.read"}}
		if got, err := own.Token(ctx); err != nil || got.Extra("scope") != "crm.objects.contacts.read" || got.RefreshToken != "" {
			t.Errorf("%+v, %v", got, err)
		}
		h.dropSecrets(h.app)
	}
}

// dropSecrets makes room for another secret.
func (h *house) dropSecrets(c store.Client) {
	h.t.Helper()
	var secrets []id.Secret
	h.view(func(r store.Reader) error {
		c, err := r.Client(c.ID)
		for _, s := range c.Secrets {
			secrets = append(secrets, s.ID)
		}
		return err
	})
	for _, s := range secrets {
		h.ok(h.reg.DeleteClientSecret(ctx, audit.Operator, registry.Everybody(), c.ID, s))
	}
}
