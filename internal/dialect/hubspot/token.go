package hubspot

import (
	"net/http"
	"time"

	"prokura/internal/access"
	"prokura/internal/form"
	"prokura/internal/httpauth"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// tokenBody is the answer to a token request: the members of this wire, and scope of RFC 6749 §5.1 beside scopes.
type tokenBody struct {
	TokenType    string          `json:"token_type"`
	TokenUse     string          `json:"token_use"`
	AccessToken  string          `json:"access_token"`
	RefreshToken string          `json:"refresh_token,omitzero"`
	ExpiresIn    int             `json:"expires_in"`
	HubID        int32           `json:"hub_id"`
	UserID       int32           `json:"user_id"`
	Scopes       []string        `json:"scopes"`
	Scope        string          `json:"scope"`
	Dropped      []store.Dropped `json:"dropped,omitempty"` // asked for and not given, with the code of the reason
}

// token answers the token endpoint: codes, refresh tokens, and clients that act for themselves.
func (x *exchange) token() error {
	v, err := form.Read(x.w, x.r, x.MaxBody)
	if err != nil {
		return err
	}
	p, err := proof(x.r.Header, v) // before the grant type, as this wire has it
	if err != nil {
		return err
	}
	narrow, err := narrowing(v)
	if err != nil {
		return err
	}
	var out access.Issued
	switch grant := v.Get("grant_type"); grant {
	case "authorization_code":
		if v.Get("code") == "" {
			return missingParameter("code")
		}
		out, err = x.Access.Redeem(x.r.Context(), access.RedeemRequest{Proof: p, Code: v.Get("code"),
			RedirectURI: v.Get("redirect_uri"), Verifier: v.Get("code_verifier"), Remote: x.r.RemoteAddr})
	case "refresh_token":
		if v.Get("refresh_token") == "" {
			return missingParameter("refresh_token")
		}
		out, err = x.Access.Refresh(x.r.Context(), access.RefreshRequest{Proof: p, Token: v.Get("refresh_token"), Scope: narrow, Remote: x.r.RemoteAddr})
	case "client_credentials":
		out, err = x.Access.ClientCredentials(x.r.Context(), access.ClientCredentialsRequest{Proof: p, Scope: narrow, Remote: x.r.RemoteAddr})
	case "":
		return missingParameter("grant_type")
	default:
		return refusal.New(refusal.Finding{Code: refusal.GrantTypeUnsupported, Got: grant, Want: "authorization_code, refresh_token, client_credentials"})
	}
	if err != nil {
		return err
	}
	return x.ok(tokenBody{TokenType: "bearer", TokenUse: "access_token", AccessToken: out.AccessToken, RefreshToken: out.RefreshToken,
		ExpiresIn: int(out.Life / time.Second), HubID: hubID(out.Tenant.ID), UserID: userID(out.User.ID),
		Scopes: out.Scopes.Names(), Scope: out.Scopes.String(), Dropped: out.Dropped})
}

// proof is how the client proves itself: in the body, as clients of this wire do, or with HTTP Basic; never both.
func proof(h http.Header, v form.Values) (access.Proof, error) {
	scheme, rest, ok := httpauth.Header(h)
	if !ok || scheme != "" && v.Has("client_secret") {
		return access.Proof{}, refusal.New(refusal.Finding{Code: refusal.ClientProofAmbiguous})
	}
	if scheme == "" {
		p := access.Proof{Kind: access.PublicProof, Client: v.Get("client_id"), Secret: v.Get("client_secret")}
		if p.Client == "" {
			return access.Proof{}, missingParameter("client_id")
		}
		if p.Secret != "" {
			p.Kind = access.SecretProof
		}
		return p, nil
	}
	name, password, ok := httpauth.Basic(rest)
	if scheme != "basic" || !ok {
		return access.Proof{}, refusal.New(refusal.Finding{Code: refusal.ClientNotAuthenticated})
	}
	if said := v.Get("client_id"); said != "" && said != name {
		return access.Proof{}, refusal.New(refusal.Finding{Code: refusal.ClientProofAmbiguous})
	}
	return access.Proof{Kind: access.SecretProof, Client: name, Secret: password}, nil
}

// narrowing reads the parameter scope.
func narrowing(v form.Values) (access.Narrowing, error) {
	if v.Get("scope") == "" {
		return access.Narrowing{}, nil
	}
	asked, err := scope.ParseList(v.Get("scope"))
	if err != nil {
		return access.Narrowing{}, refusal.New(refusal.Finding{Code: refusal.FormParameterMalformed, Got: "scope", Want: "scope *( SP scope )"})
	}
	return access.Narrowing{Set: true, Asked: asked}, nil
}

func missingParameter(name string) error {
	return refusal.New(refusal.Finding{Code: refusal.FormParameterMissing, Got: name})
}

// introspectBody is what a client is told of its token; all but active stands only where that is true.
type introspectBody struct {
	Active    bool     `json:"active"`
	TokenUse  string   `json:"token_use,omitzero"`
	TokenType string   `json:"token_type,omitzero"`
	ClientID  string   `json:"client_id,omitzero"`
	AppID     int32    `json:"app_id,omitzero"`
	HubID     int32    `json:"hub_id,omitzero"`
	HubDomain string   `json:"hub_domain,omitzero"`
	UserID    int32    `json:"user_id,omitzero"`
	User      string   `json:"user,omitzero"`
	Scopes    []string `json:"scopes,omitzero"`
	ExpiresIn *int     `json:"expires_in,omitzero"`
}

func (x *exchange) introspect() error {
	req, err := x.aboutToken()
	if err != nil {
		return err
	}
	said, err := x.Access.Introspect(x.r.Context(), req)
	if err != nil {
		return err
	}
	if !said.Active {
		return x.ok(introspectBody{})
	}
	of, err := x.parties(&said)
	if err != nil {
		return err
	}
	b := introspectBody{Active: true, TokenUse: "access_token", TokenType: "bearer", ClientID: said.Access.Client.String(),
		AppID: appID(said.Access.Client), HubID: of.HubID, HubDomain: of.HubDomain, UserID: of.UserID, User: of.User, Scopes: said.Scopes.Names()}
	if said.Refresh {
		b.TokenUse, b.TokenType = "refresh_token", ""
	} else {
		left := x.left(&said)
		b.ExpiresIn = &left
	}
	return x.ok(b)
}

// aboutToken reads a request about one token.
func (x *exchange) aboutToken() (access.TokenRequest, error) {
	v, err := form.Read(x.w, x.r, x.MaxBody)
	if err != nil {
		return access.TokenRequest{}, err
	}
	p, err := proof(x.r.Header, v)
	if err != nil {
		return access.TokenRequest{}, err
	}
	if v.Get("token") == "" {
		return access.TokenRequest{}, missingParameter("token")
	}
	return access.TokenRequest{Proof: p, Token: v.Get("token"), Remote: x.r.RemoteAddr}, nil
}

func (x *exchange) revoke() error {
	req, err := x.aboutToken()
	if err != nil {
		return err
	}
	if err = x.Access.RevokeToken(x.r.Context(), req); access.ForeignToken(err) {
		x.record(err) // the client is not told (A193)
		err = nil
	}
	if err != nil {
		return err
	}
	return x.done(http.StatusOK)
}
