package oauth

import (
	"net/http"
	"strings"
	"time"

	"prokura/internal/access"
	"prokura/internal/form"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// The grant types. There is no password grant and no implicit one, and nothing switches them on (A065).
const (
	grantCode              = "authorization_code"
	grantRefresh           = "refresh_token"
	grantClientCredentials = "client_credentials"
	grantJWT               = "urn:ietf:params:oauth:grant-type:jwt-bearer"
)

// grantTypes are those of the metadata.
func grantTypes() []string {
	return []string{grantCode, grantRefresh, grantClientCredentials, grantJWT}
}

// tokenAnswer is what a token request gave (RFC 6749 §5.1). The scopes are always listed, and what was asked for and not given
// stands beside them with its code.
type tokenAnswer struct {
	AccessToken  string          `json:"access_token"`
	TokenType    string          `json:"token_type"`
	ExpiresIn    int64           `json:"expires_in"`
	RefreshToken string          `json:"refresh_token,omitempty"`
	Scope        string          `json:"scope"`
	Dropped      []store.Dropped `json:"dropped,omitempty"`
	Tenant       string          `json:"tenant"`
}

// token answers the token endpoint. A tenant may be named by the path.
func (h *Handler) token(tenant string) serveFunc {
	return func(w http.ResponseWriter, r *http.Request) error {
		v, err := form.Read(w, r, h.MaxBody)
		if err != nil {
			return err
		}
		issued, err := h.issue(r, v, tenant)
		if err != nil {
			return err
		}
		writeJSON(w, r, http.StatusOK, tokenAnswer{AccessToken: issued.AccessToken, TokenType: "Bearer",
			ExpiresIn: int64(issued.Life / time.Second), RefreshToken: issued.RefreshToken,
			Scope: strings.Join(issued.Scopes.Names(), " "), Dropped: issued.Dropped, Tenant: issued.Tenant.ID.String()})
		return nil
	}
}

// issue reads the form of the grant type that it names, and asks.
func (h *Handler) issue(r *http.Request, v form.Values, tenant string) (access.Issued, error) {
	kind, err := need(v, "grant_type")
	if err != nil {
		return access.Issued{}, err
	}
	narrow, err := readScope(v)
	if err != nil {
		return access.Issued{}, err
	}
	if kind == grantJWT {
		return h.assert(r, v, narrow, tenant)
	}
	proof, err := readProof(r.Header, v)
	if err != nil {
		return access.Issued{}, err
	}
	ctx, remote := r.Context(), r.RemoteAddr
	switch kind {
	case grantCode:
		code, err := need(v, "code")
		if err != nil {
			return access.Issued{}, err
		}
		return h.Access.Redeem(ctx, access.RedeemRequest{Proof: proof, Code: code, RedirectURI: v.Get("redirect_uri"),
			Verifier: v.Get("code_verifier"), Tenant: tenant, Remote: remote})
	case grantRefresh:
		token, err := need(v, "refresh_token")
		if err != nil {
			return access.Issued{}, err
		}
		return h.Access.Refresh(ctx, access.RefreshRequest{Proof: proof, Token: token, Scope: narrow, Tenant: tenant, Remote: remote})
	case grantClientCredentials:
		return h.Access.ClientCredentials(ctx, access.ClientCredentialsRequest{Proof: proof, Scope: narrow, Tenant: tenant, Remote: remote})
	}
	return access.Issued{}, refusal.New(refusal.Finding{Code: refusal.GrantTypeUnsupported, Got: kind, Want: strings.Join(grantTypes(), ", ")})
}

// assert takes an assertion and nothing beside it: it says by itself who signed it, and a second name could be another's.
func (h *Handler) assert(r *http.Request, v form.Values, narrow access.Narrowing, tenant string) (access.Issued, error) {
	if len(r.Header.Values("Authorization")) > 0 || v.Has("client_secret") || v.Has("client_assertion") || v.Has("client_id") {
		return access.Issued{}, refusal.New(refusal.Finding{Code: refusal.ClientProofAmbiguous})
	}
	assertion, err := need(v, "assertion")
	if err != nil {
		return access.Issued{}, err
	}
	return h.Access.Assert(r.Context(), access.AssertRequest{Assertion: assertion, Scope: narrow, Tenant: tenant, Remote: r.RemoteAddr})
}
