package oauth

import (
	"net/http"

	"prokura/internal/refusal"
)

// metadata is what a client needs to know of us (RFC 8414 §2).
type metadata struct {
	Issuer               string   `json:"issuer"`
	Authorization        string   `json:"authorization_endpoint"`
	Token                string   `json:"token_endpoint"`
	Introspection        string   `json:"introspection_endpoint"`
	Revocation           string   `json:"revocation_endpoint"`
	Keys                 string   `json:"jwks_uri"`
	Scopes               []string `json:"scopes_supported"`
	ResponseTypes        []string `json:"response_types_supported"`
	ResponseModes        []string `json:"response_modes_supported"`
	GrantTypes           []string `json:"grant_types_supported"`
	TokenMethods         []string `json:"token_endpoint_auth_methods_supported"`
	TokenAlgorithms      []string `json:"token_endpoint_auth_signing_alg_values_supported"`
	RevocationMethods    []string `json:"revocation_endpoint_auth_methods_supported"`
	RevocationAlgorithms []string `json:"revocation_endpoint_auth_signing_alg_values_supported"`
	IntrospectMethods    []string `json:"introspection_endpoint_auth_methods_supported"`
	IntrospectAlgorithms []string `json:"introspection_endpoint_auth_signing_alg_values_supported"`
	ChallengeMethods     []string `json:"code_challenge_methods_supported"`
	ResponseIssuer       bool     `json:"authorization_response_iss_parameter_supported"`
	Locales              []string `json:"ui_locales_supported"`
	RequestParameter     bool     `json:"request_parameter_supported"`
	RequestURIParameter  bool     `json:"request_uri_parameter_supported"`
}

// metadataCache is how long the metadata may be kept: as long as our keys are published before they sign.
const metadataCache = "public, max-age=300"

// serveMetadata answers the metadata. Everything in it stands below the issuer, so that a client can check that it is ours
// (RFC 8414 §3.3).
func (h *Handler) serveMetadata(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		return refusal.New(refusal.Finding{Code: refusal.VerbNotAllowed, Got: r.Method, Want: "GET, HEAD"})
	}
	w.Header().Set("Cache-Control", metadataCache)
	full := []string{"client_secret_basic", "client_secret_post", "private_key_jwt"}
	all := append([]string{"none"}, full...)
	algorithms := []string{"ES256", "RS256", "PS256", "EdDSA"}
	writeJSON(w, r, http.StatusOK, metadata{
		Issuer: h.Issuer, Authorization: h.Issuer + "/oauth/authorize", Token: h.Issuer + "/oauth/token",
		Introspection: h.Issuer + "/oauth/introspect", Revocation: h.Issuer + "/oauth/revoke", Keys: h.Issuer + "/.well-known/jwks.json",
		Scopes: h.Access.Scopes().Names(), ResponseTypes: []string{"code"}, ResponseModes: []string{"query"}, GrantTypes: grantTypes(),
		TokenMethods: all, TokenAlgorithms: algorithms, RevocationMethods: all, RevocationAlgorithms: algorithms,
		IntrospectMethods: full, IntrospectAlgorithms: algorithms,
		ChallengeMethods: []string{"S256"}, ResponseIssuer: true, Locales: []string{"de", "en"},
	})
	return nil
}
