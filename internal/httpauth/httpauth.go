// Package httpauth reads the header Authorization: Basic as OAuth clients send it (RFC 6749 §2.3.1), and Bearer (RFC 6750
// §2.1). There is one such header or none; which of two would count is not for us to guess (A061).
package httpauth

import (
	"encoding/base64"
	"net/http"
	"strings"

	"prokura/internal/form"
	"prokura/internal/refusal"
)

// Header is the one Authorization header of a request: its scheme in lower case and what follows. None is ok and empty;
// more than one is not ok.
func Header(h http.Header) (scheme, rest string, ok bool) {
	values := h.Values("Authorization")
	switch len(values) {
	case 0:
		return "", "", true
	case 1:
		scheme, rest, _ = strings.Cut(values[0], " ")
		return strings.ToLower(scheme), rest, true
	}
	return "", "", false
}

// Basic takes name and password out of what follows the scheme. Both are form-encoded inside, so that a colon or a
// character beyond ASCII has one spelling; what is not encoded so is refused.
func Basic(rest string) (name, password string, ok bool) {
	if strings.ContainsAny(rest, "\r\n") {
		return "", "", false
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(rest)
	if err != nil {
		return "", "", false
	}
	encodedName, encodedPassword, found := strings.Cut(string(raw), ":")
	if !found || strings.Contains(encodedPassword, ":") {
		return "", "", false
	}
	name, flaw1 := form.Decode(encodedName)
	password, flaw2 := form.Decode(encodedPassword)
	if flaw1 != "" || flaw2 != "" {
		return "", "", false
	}
	return name, password, true
}

// Bearer is the token of a request that presents one in the header Authorization. None there is empty and no error; two
// headers, another scheme, or what is no token is a refusal.
func Bearer(h http.Header) (string, error) {
	scheme, rest, ok := Header(h)
	switch {
	case !ok:
		return "", refusal.New(refusal.Finding{Code: refusal.CredentialAmbiguous})
	case scheme == "":
		if len(h.Values("Authorization")) > 0 { // an empty one
			return "", refusal.New(refusal.Finding{Code: refusal.CredentialInvalid})
		}
		return "", nil
	case scheme != "bearer" || rest == "" || strings.ContainsFunc(rest, notToken):
		return "", refusal.New(refusal.Finding{Code: refusal.CredentialInvalid})
	}
	return rest, nil
}

// notToken says what may not stand in a bearer token (b64token, RFC 6750 §2.1).
func notToken(c rune) bool {
	letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
	return !letter && !strings.ContainsRune("-._~+/=", c)
}
