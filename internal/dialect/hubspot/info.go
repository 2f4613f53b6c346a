package hubspot

import (
	"net/http"
	"time"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/refusal"
)

// Whoever holds a token may ask here what it is, and give a refresh token up: these endpoints of the wire know no client
// authentication. The token stands in the path, so that no path of theirs is kept or logged.

// parties are who a token is about, in the names of this wire.
type parties struct {
	HubID     int32  `json:"hub_id"`
	HubDomain string `json:"hub_domain"`
	UserID    int32  `json:"user_id"`
	User      string `json:"user,omitempty"`
}

func (x *exchange) parties(said *access.Introspection) (parties, error) {
	t, u, err := x.Access.Parties(x.r.Context(), said.Access.Tenant, said.Access.User)
	if err != nil {
		return parties{}, err
	}
	of := parties{HubID: hubID(t.ID), HubDomain: t.ContentURL, UserID: userID(u.ID), User: u.Email}
	if of.User == "" {
		of.User = u.Name
	}
	return of, nil
}

// left is how many seconds a token lives yet.
func (x *exchange) left(said *access.Introspection) int {
	return max(0, int(said.Access.Expires.Sub(x.Clock.Now())/time.Second))
}

// accessTokenBody is what an access token is.
type accessTokenBody struct {
	Token     string `json:"token"`
	TokenType string `json:"token_type"` // "access"
	parties
	AppID     int32    `json:"app_id"`
	ExpiresIn int      `json:"expires_in"`
	Scopes    []string `json:"scopes"`
}

func (x *exchange) accessToken() error {
	presented, said, err := x.held()
	if err != nil {
		return err
	}
	if said.Refresh {
		return notHere()
	}
	of, err := x.parties(&said)
	if err != nil {
		return err
	}
	return x.ok(accessTokenBody{Token: presented, TokenType: "access", parties: of, AppID: appID(said.Access.Client),
		ExpiresIn: x.left(&said), Scopes: said.Scopes.Names()})
}

// refreshTokenBody is what a refresh token is.
type refreshTokenBody struct {
	Token     string `json:"token"`
	TokenType string `json:"token_type"` // "refresh"
	ClientID  string `json:"client_id"`
	parties
	Scopes []string `json:"scopes"`
}

func (x *exchange) refreshToken() error {
	presented, said, err := x.held()
	if err != nil {
		return err
	}
	if !said.Refresh {
		return notHere()
	}
	of, err := x.parties(&said)
	if err != nil {
		return err
	}
	return x.ok(refreshTokenBody{Token: presented, TokenType: "refresh", ClientID: said.Access.Client.String(), parties: of, Scopes: said.Scopes.Names()})
}

// held asks about the token in the path.
func (x *exchange) held() (presented string, said access.Introspection, err error) {
	presented = x.presented()
	said, err = x.Access.Held(x.r.Context(), presented, x.r.RemoteAddr)
	return presented, said, err
}

// presented is the token in the path, which was found canonical before.
func (x *exchange) presented() string {
	p, err := canon.Parse(x.r.URL.EscapedPath())
	if err != nil || p.Len() != 4 {
		return ""
	}
	return p.Segment(3)
}

func (x *exchange) giveUp() error {
	if err := x.Access.GiveUp(x.r.Context(), x.presented(), x.r.RemoteAddr); err != nil {
		return err
	}
	return x.done(http.StatusNoContent)
}

// uninstall ends what the account of the access token gave to its app.
func (x *exchange) uninstall() error {
	token, err := bearer(x.r.Header)
	if err != nil {
		return err
	}
	if err := x.Access.UninstallSelf(x.r.Context(), token, x.r.RemoteAddr); err != nil {
		return err
	}
	return x.done(http.StatusNoContent)
}

// notHere is for a good token of the other kind.
func notHere() error { return refusal.New(refusal.Finding{Code: refusal.CredentialInvalid}) }
