package tableau

import (
	"net/http"
	"strconv"
	"strings"

	"prokura/internal/access"
	"prokura/internal/httpauth"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/reserved"
	"prokura/internal/scope"
)

// Wire is what a route of the gateway needs of this wire.
type Wire struct{}

// Credential is [Credential], or an access token that is presented as a bearer (RFC 6750 §2.1). Each is taken for what its
// header says and never for the other (A101).
func (Wire) Credential(h http.Header) (access.Credential, error) {
	if len(h.Values("Authorization")) > 0 && len(h.Values(CredentialHeader)) == 0 {
		token, err := httpauth.Bearer(h)
		return access.Credential{Token: token, Bearer: true}, err
	}
	token, err := Credential(h)
	return access.Credential{Token: token}, err
}

// WriteRefusal is [WriteError].
func (Wire) WriteRefusal(w http.ResponseWriter, r *http.Request, ref id.Reference, err error) {
	WriteError(w, r, ref, err)
}

// ReferenceHeader names the answer, so that its diagnosis can be found.
const ReferenceHeader = reserved.ReferenceHeader

// WriteError answers a refusal on Tableau's wire, in the form that the request accepts, under the reference given. An
// error that carries no refusal is an internal failure. Retry-After is left alone where the caller has set it.
func WriteError(w http.ResponseWriter, r *http.Request, ref id.Reference, err error) {
	writeError(w, r, ref, err, SeedCodes)
}

func writeError(w http.ResponseWriter, r *http.Request, ref id.Reference, err error, codes ErrorCodes) {
	finding := refusal.Of(err).First()
	a, ok := answerTo(finding, codes)
	if !ok {
		a = internalError() // a code without wording says nothing (a test keeps it from happening)
	}
	status, _ := strconv.Atoi(a.code[:3])
	h := w.Header()
	h.Set(ReferenceHeader, ref.String())
	h.Set("Cache-Control", "no-store")
	if a.retryAfter != "" && h.Get("Retry-After") == "" {
		h.Set("Retry-After", a.retryAfter)
	}
	switch status {
	case http.StatusUnauthorized: // RFC 9110 §15.5.2 wants a challenge with each
		h.Set("WWW-Authenticate", a.challenge.header(finding))
	case http.StatusMethodNotAllowed:
		if allow := verbs(finding.Want); allow != "" {
			h.Set("Allow", allow)
		}
	}
	write(w, r, status, element{
		name:  "error",
		attrs: []attribute{{"code", a.code}},
		children: []element{
			{name: "summary", text: a.summary},
			{name: "detail", text: a.detail},
		},
	})
}

// header is the challenge. The body is the same for a bad token and a missing scope, as the vendor has it; only here
// does a program see which of the two it is (A150).
func (c challenge) header(f refusal.Finding) string {
	switch c {
	case invalidToken:
		return `Bearer error="invalid_token"`
	case lacksScope:
		if names := scopeNames(f); names != "" {
			return `Bearer error="insufficient_scope", scope="` + names + `"`
		}
		return `Bearer error="insufficient_scope"`
	}
	return "Bearer"
}

// scopeNames are the scopes that a finding asks for, separated by spaces. Want may be an expression in words ("a and
// b"); what remains after that is only what RFC 6749 §3.3 allows in a scope, so that nothing ends the quoted string.
func scopeNames(f refusal.Finding) string {
	if s, err := scope.Parse(f.Scope); err == nil {
		return s.String()
	}
	var names []string
	for _, word := range strings.FieldsFunc(f.Want, func(r rune) bool { return strings.ContainsRune(" ,()|&+", r) }) {
		if s, err := scope.Parse(word); err == nil && word != "and" && word != "or" {
			names = append(names, s.String())
		}
	}
	return strings.Join(names, " ")
}

// verbs are the verbs that a finding names, as Allow lists them.
func verbs(want string) string {
	upper := func(r rune) bool { return r < 'A' || r > 'Z' }
	return strings.Join(strings.FieldsFunc(want, upper), ", ")
}
