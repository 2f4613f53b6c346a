package oauth

import (
	"net/http"
	"strings"
	"time"

	"prokura/internal/access"
	"prokura/internal/form"
)

// introspection is the answer to a question about a token (RFC 7662 §2.2). Of one that is not active it has one member.
type introspection struct {
	Active    bool     `json:"active"`
	Scope     string   `json:"scope,omitempty"`
	Client    string   `json:"client_id,omitempty"`
	Username  string   `json:"username,omitempty"`
	TokenType string   `json:"token_type,omitempty"`
	Expires   int64    `json:"exp,omitzero"`
	Issued    int64    `json:"iat,omitzero"`
	Subject   string   `json:"sub,omitempty"`
	Audience  string   `json:"aud,omitempty"`
	Issuer    string   `json:"iss,omitempty"`
	ID        string   `json:"jti,omitempty"`
	Tenant    string   `json:"tenant,omitempty"`
	Grant     string   `json:"grant,omitempty"`
	Roles     []string `json:"roles,omitempty"`
}

// introspect answers what a token is worth now.
func (h *Handler) introspect(w http.ResponseWriter, r *http.Request) error {
	q, err := h.readTokenRequest(w, r)
	if err != nil {
		return err
	}
	said, err := h.Access.Introspect(r.Context(), q)
	if err != nil {
		return err
	}
	if !said.Active {
		writeJSON(w, r, http.StatusOK, introspection{})
		return nil
	}
	t := &said.Access
	out := introspection{Active: true, Scope: strings.Join(said.Scopes.Names(), " "), Client: t.Client.String(), Username: t.Name,
		Expires: seconds(t.Expires), Issued: seconds(t.Issued), Subject: t.SubjectClaim(), Issuer: h.Issuer, Tenant: t.Tenant.String(),
		Grant: t.Grant.String(), Roles: t.Roles}
	if !said.Refresh {
		out.TokenType, out.Audience, out.ID = "Bearer", h.Issuer, t.ID.String()
	}
	writeJSON(w, r, http.StatusOK, out)
	return nil
}

// seconds is the Unix time; zero stays zero, so that it is left out.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

// readTokenRequest reads what introspection and revocation are asked with. token_type_hint is not needed: the form of a token
// says what it is.
func (h *Handler) readTokenRequest(w http.ResponseWriter, r *http.Request) (access.TokenRequest, error) {
	v, err := form.Read(w, r, h.MaxBody)
	if err != nil {
		return access.TokenRequest{}, err
	}
	proof, err := readProof(r.Header, v)
	if err != nil {
		return access.TokenRequest{}, err
	}
	token, err := need(v, "token")
	if err != nil {
		return access.TokenRequest{}, err
	}
	return access.TokenRequest{Proof: proof, Token: token, Remote: r.RemoteAddr}, nil
}
