package oauth

import (
	"encoding/base64"
	"maps"
	"net/url"
	"testing"

	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// TestA151_names_of_accounts_cannot_be_tried at the token endpoint: one that there is not is answered like one that has nothing to do
// with the app, whatever the grant type.
func TestA151_names_of_accounts_cannot_be_tried(t *testing.T) {
	h := newHouse(t)
	h.governs(h.acme, policy.Governance{Door: policy.DoorOpen})
	h.governs(h.beta, policy.Governance{Stage: policy.Off})
	c := h.client(store.Registration{Name: "Robot", ClientCredentials: true, RedirectURIs: []string{callback}, Required: set("crm.objects.contacts.read")})
	auth := []string{"Authorization", basic(c.ID.String(), h.secretOf(c))}
	code := h.codeOf()
	for _, tt := range []struct {
		form    url.Values
		headers []string
		error   string
		code    refusal.Code
	}{
		{url.Values{"grant_type": {"client_credentials"}}, auth, "unauthorized_client", refusal.ClientNotAuthorized},
		{url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {callback}}, auth, "invalid_grant", refusal.CodeUnknown},
		{url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}, auth, "invalid_grant", refusal.RefreshTokenUnknown},
		{url.Values{"grant_type": {grantJWT}, "assertion": {assertionOf(c.ID.String())}}, nil, "invalid_grant", refusal.ClientUnknown},
	} {
		answer := func(name string) map[string]any {
			r := h.post("/oauth/"+name+"/token", tt.form, tt.headers...).is(400, tt.error, tt.code)
			said := maps.Clone(r.body)
			delete(said, "reference")
			delete(said, "error_uri")
			return said
		}
		missing := answer("gamma")
		for _, name := range []string{"acme", "beta", h.acme.ID.String(), "11111111-1111-4111-8111-111111111111"} {
			if got := answer(name); !maps.Equal(got, missing) {
				t.Errorf("%s with %s is answered %v, without an account %v", tt.form.Get("grant_type"), name, got, missing)
			}
		}
	}
}

// assertionOf is an assertion that can be read, and that nobody signed.
func assertionOf(issuer string) string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"HS256","typ":"JWT","kid":"11111111-1111-4111-8111-111111111111","iss":"`+issuer+`"}`)) + "." +
		part([]byte(`{"iss":"`+issuer+`","aud":"tableau","sub":"ada","jti":"x","exp":1,"scp":["tableau:content:read"]}`)) + "." + part(make([]byte, 32))
}
