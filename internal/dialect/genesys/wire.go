package genesys

import (
	"net/http"

	"prokura/internal/access"
	"prokura/internal/httpauth"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

// Wire is what a route of the gateway needs of this wire.
type Wire struct{}

// Credential is the one credential of a call: the access token of the Authorization header. The wire has no header of its own.
func (Wire) Credential(h http.Header) (access.Credential, error) {
	token, err := httpauth.Bearer(h)
	if err == nil && token == "" {
		err = refusal.New(refusal.Finding{Code: refusal.CredentialMissing})
	}
	if err != nil {
		return access.Credential{}, err
	}
	return access.Credential{Token: token, Bearer: true}, nil
}

// WriteRefusal answers a refusal in the wire's form, under the reference given. An error that carries no refusal is an internal
// failure. Retry-After is left alone where the caller has set it.
func (Wire) WriteRefusal(w http.ResponseWriter, r *http.Request, ref id.Reference, err error) {
	findings := refusal.Of(err).Findings
	refuse(w, r, ref, findings, nil)
}

// refuse answers findings. Details are what is wrong with a body, for whoever is known to have sent it.
func refuse(w http.ResponseWriter, r *http.Request, ref id.Reference, findings []refusal.Finding, details []errorDetail) {
	f := refusal.Finding{Code: refusal.InternalFailure}
	if len(findings) > 0 {
		f = findings[0]
	}
	a, ok := answerTo(f)
	if !ok {
		a = failed // a code without wording says nothing (a test keeps it from happening)
	}
	h := w.Header()
	if a.retryAfter != "" && h.Get("Retry-After") == "" {
		h.Set("Retry-After", a.retryAfter)
	}
	switch {
	case a.status == http.StatusUnauthorized, f.Code == refusal.ScopeNotGranted: // RFC 9110 §15.5.2 wants a challenge with each 401
		h.Set("WWW-Authenticate", challenge(f))
	case a.status == http.StatusMethodNotAllowed:
		if allow := verbs(f.Want); allow != "" {
			h.Set("Allow", allow)
		}
	}
	body := bodyOf(a, findings, ref)
	body.Details = append(body.Details, details...)
	write(w, r, a.status, ref, body)
}
