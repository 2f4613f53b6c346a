package oauth

import (
	"net/http"
	"strings"

	"prokura/internal/access"
	"prokura/internal/form"
	"prokura/internal/httpauth"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// assertionType is the one kind of client assertion (RFC 7523 §2.2).
const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// readProof finds the one way in which a client proves itself. Two ways at once are refused, whatever they say, and so is what
// stands in a second Authorization header (A061).
func readProof(h http.Header, v form.Values) (access.Proof, error) {
	scheme, rest, one := httpauth.Header(h)
	if !one {
		return access.Proof{}, refusal.New(refusal.Finding{Code: refusal.ClientProofAmbiguous})
	}
	basic := len(h.Values("Authorization")) > 0
	post := v.Has("client_secret")
	asserted := v.Has("client_assertion") || v.Has("client_assertion_type")
	if many := count(basic, post, asserted); many > 1 {
		return access.Proof{}, refusal.New(refusal.Finding{Code: refusal.ClientProofAmbiguous})
	}
	client := v.Get("client_id")
	switch {
	case basic:
		name, password, ok := httpauth.Basic(rest)
		// A client_id in the body is harmless where it says the same.
		if scheme != "basic" || !ok || v.Has("client_id") && client != name {
			return access.Proof{}, refusal.New(refusal.Finding{Code: refusal.ClientNotAuthenticated})
		}
		return access.Proof{Kind: access.SecretProof, Client: name, Secret: password}, nil
	case post:
		return access.Proof{Kind: access.SecretProof, Client: client, Secret: v.Get("client_secret")}, nil
	case asserted:
		if v.Get("client_assertion_type") != assertionType {
			return access.Proof{}, refusal.New(refusal.Finding{Code: refusal.FormParameterMalformed, Got: "client_assertion_type", Want: assertionType})
		}
		return access.Proof{Kind: access.AssertionProof, Client: client, Assertion: v.Get("client_assertion")}, nil
	case client != "":
		return access.Proof{Kind: access.PublicProof, Client: client}, nil
	}
	return access.Proof{}, refusal.New(refusal.Finding{Code: refusal.ClientNotAuthenticated})
}

func count(conditions ...bool) int {
	n := 0
	for _, c := range conditions {
		if c {
			n++
		}
	}
	return n
}

// readScope reads the parameter scope. An empty one counts as left out (RFC 6749 §3.2).
func readScope(v form.Values) (access.Narrowing, error) {
	sent := v.Get("scope")
	if strings.Trim(sent, " ") == "" {
		return access.Narrowing{}, nil
	}
	asked, err := scope.ParseList(sent)
	if err != nil {
		return access.Narrowing{}, refusal.New(refusal.Finding{Code: refusal.ScopeNameInvalid, Got: sent})
	}
	return access.Narrowing{Set: true, Asked: asked}, nil
}

// need is a parameter that must be there.
func need(v form.Values, name string) (string, error) {
	if s := v.Get(name); s != "" {
		return s, nil
	}
	return "", refusal.New(refusal.Finding{Code: refusal.FormParameterMissing, Got: name})
}
