package tableau

import (
	"net/http"

	"prokura/internal/refusal"
)

// CredentialHeader carries the session token.
const CredentialHeader = "X-Tableau-Auth"

// Credential is the one session token of a request: the value of X-Tableau-Auth. It is not verified here.
//
// None, or an empty one, is credential_missing. Two values, or an Authorization header beside it, are
// credential_ambiguous, whatever they say: whoever reads the other one may see another caller (A138). An Authorization
// header alone is a credential, but not one that this wire knows by itself: credential_invalid. At the gateway an access token
// may stand there instead; see [Wire].
func Credential(h http.Header) (string, error) {
	tokens := h.Values(CredentialHeader)
	foreign := len(h.Values("Authorization"))
	switch {
	case len(tokens)+foreign > 1:
		return "", refusal.New(refusal.Finding{Code: refusal.CredentialAmbiguous})
	case foreign == 1:
		return "", refusal.New(refusal.Finding{Code: refusal.CredentialInvalid})
	case len(tokens) == 0 || tokens[0] == "":
		return "", refusal.New(refusal.Finding{Code: refusal.CredentialMissing})
	}
	return tokens[0], nil
}
