package tableau

import (
	"net/http"
	"testing"

	"prokura/internal/access"
	"prokura/internal/refusal"
)

// TestA101_one_credential_of_one_kind: a session's token in the dialect's header, or an access token as a bearer, never both and
// never one for the other.
func TestA101_one_credential_of_one_kind(t *testing.T) {
	for _, tt := range []struct {
		name   string
		header http.Header
		want   access.Credential
		code   refusal.Code
	}{
		{"a session", http.Header{"X-Tableau-Auth": {"s"}}, access.Credential{Token: "s"}, ""},
		{"an access token", http.Header{"Authorization": {"Bearer a"}}, access.Credential{Token: "a", Bearer: true}, ""},
		{"none", http.Header{}, access.Credential{}, refusal.CredentialMissing},
		{"both", http.Header{"X-Tableau-Auth": {"s"}, "Authorization": {"Bearer a"}}, access.Credential{}, refusal.CredentialAmbiguous},
		{"both, one of them empty", http.Header{"X-Tableau-Auth": {""}, "Authorization": {"Bearer a"}}, access.Credential{}, refusal.CredentialAmbiguous},
		{"two sessions", http.Header{"X-Tableau-Auth": {"s", "s"}}, access.Credential{}, refusal.CredentialAmbiguous},
		{"two access tokens", http.Header{"Authorization": {"Bearer a", "Bearer a"}}, access.Credential{}, refusal.CredentialAmbiguous},
		{"another scheme", http.Header{"Authorization": {"Basic a"}}, access.Credential{}, refusal.CredentialInvalid},
		{"an empty bearer", http.Header{"Authorization": {"Bearer "}}, access.Credential{}, refusal.CredentialInvalid},
		{"an empty session", http.Header{"X-Tableau-Auth": {""}}, access.Credential{}, refusal.CredentialMissing},
	} {
		got, err := Wire{}.Credential(tt.header)
		var code refusal.Code
		if err != nil {
			code = refusal.Of(err).First().Code
			got = access.Credential{}
		}
		if got != tt.want || code != tt.code {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
	// Signing out takes a session alone.
	if _, err := Credential(http.Header{"Authorization": {"Bearer a"}}); refusal.Of(err).First().Code != refusal.CredentialInvalid {
		t.Errorf("signing out with a bearer: %v", err)
	}
}
