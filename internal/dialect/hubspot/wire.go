package hubspot

import (
	"net/http"

	"prokura/internal/access"
	"prokura/internal/httpauth"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

// Wire is what a route of the gateway needs of this wire.
type Wire struct {
	// Errors is the address of the pages that explain refusals, without slash at the end; empty: no answer links to one. Only
	// missing scopes do: another link would name the code, which an answer without a proven caller must not (A106).
	Errors string
}

// Credential is the one credential of a call: the access token of the Authorization header, which every route takes. The
// wire has no header of its own, so that without that one there is none.
func (Wire) Credential(h http.Header) (access.Credential, error) {
	token, err := bearer(h)
	if err != nil {
		return access.Credential{}, err
	}
	return access.Credential{Token: token, Bearer: true}, nil
}

// bearer is the one access token of a request.
func bearer(h http.Header) (string, error) {
	token, err := httpauth.Bearer(h)
	if err == nil && token == "" {
		err = refusal.New(refusal.Finding{Code: refusal.CredentialMissing})
	}
	return token, err
}

// WriteRefusal answers a refusal in the wire's form, under the reference given. An error that carries no refusal is an
// internal failure. Retry-After is left alone where the caller has set it.
func (wire Wire) WriteRefusal(w http.ResponseWriter, r *http.Request, ref id.Reference, err error) {
	f := refusal.Of(err).First()
	a, ok := answerTo(f)
	if !ok {
		a = failed // a code without wording says nothing (a test keeps it from happening)
	}
	h := w.Header()
	if a.retryAfter != "" && h.Get("Retry-After") == "" {
		h.Set("Retry-After", a.retryAfter)
	}
	body := a.body(f, ref)
	if wire.Errors != "" && a.category == missingScopes {
		body.Links = map[string]string{"scopes": wire.Errors + "/" + string(f.Definition().Code) + "?reference=" + ref.String()}
	}
	switch a.status {
	case http.StatusUnauthorized: // RFC 9110 §15.5.2 wants a challenge with each
		h.Set("WWW-Authenticate", challenge(f))
	case http.StatusForbidden:
		if a.category == missingScopes {
			h.Set("WWW-Authenticate", challenge(f))
		}
	case http.StatusMethodNotAllowed:
		if allow := verbs(f.Want); allow != "" {
			h.Set("Allow", allow)
		}
	}
	write(w, r, a.status, ref, body)
}
