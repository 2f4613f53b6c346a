package oauth

import (
	"net/url"
	"strings"
	"testing"
)

// TestA067_token_answers_are_stored_by_nobody_and_shared_with_no_origin, whether they carry tokens or say no.
func TestA067_token_answers_are_stored_by_nobody_and_shared_with_no_origin(t *testing.T) {
	h := newHouse(t)
	secret, client := h.secretOf(h.app), h.app.ID.String()
	redeem := url.Values{"grant_type": {"authorization_code"}, "code": {h.codeOf()}, "redirect_uri": {callback}, "client_id": {client}, "client_secret": {secret}}
	headers := []string{"Origin", "https://evil.example", "Cookie", "a=b"}
	got := h.post("/oauth/token", redeem, headers...).is(200, "", "")
	token := url.Values{"token": {got.str("access_token")}, "client_id": {client}, "client_secret": {secret}}
	for path, answer := range map[string]*reply{
		"a token":       got,
		"a refusal":     h.post("/oauth/token", redeem, headers...),
		"introspection": h.post("/oauth/introspect", token, headers...),
		"revocation":    h.post("/oauth/revoke", token, headers...),
	} {
		if answer.Header().Get("Cache-Control") != "no-store" {
			t.Errorf("%s may be kept: %v", path, answer.Header())
		}
		for name := range answer.Header() {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s is shared: %v", path, answer.Header())
			}
		}
	}
	if r := h.post("/oauth/token?"+redeem.Encode(), url.Values{}, headers...); r.Code != 400 {
		t.Errorf("a code in the URL is answered %d", r.Code)
	}
}

// TestA059_a_code_stands_in_no_referrer: the answer that carries it names no referrer, is kept by nobody, and shows nothing.
func TestA059_a_code_stands_in_no_referrer(t *testing.T) {
	h := newHouse(t)
	got := h.as("ivy").get(h.installURL(nil)).stays(200).decide("allow")
	if got.toApp().Get("code") == "" {
		t.Fatal("no code")
	}
	if head := got.Header(); head.Get("Referrer-Policy") != "no-referrer" || head.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", head)
	}
	if got.body != "" {
		t.Errorf("the answer shows %q", got.body)
	}
}
