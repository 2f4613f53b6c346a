package genesys

import (
	"net/http"

	"prokura/internal/id"
	"prokura/internal/store"
)

// tokenInfo is the vendor's schema of what a token is worth.
type tokenInfo struct {
	Organization     ref       `json:"organization"`
	HomeOrganization ref       `json:"homeOrganization"`
	AuthorizedScope  []string  `json:"authorizedScope"`
	OAuthClient      orgClient `json:"OAuthClient"`
}

// orgClient is an app with the account that registered it, as far as it is the token's own.
type orgClient struct {
	ref
	Organization *ref `json:"organization,omitempty"`
}

// ref names something that is described elsewhere.
type ref struct {
	ID      string `json:"id"`
	Name    string `json:"name,omitempty"`
	SelfURI string `json:"selfUri,omitempty"`
}

// getToken answers what the token of the call is worth: the scopes are those that are left of it.
func (x *exchange) getToken() error {
	if x.r.Method == http.MethodHead {
		x.w.Header().Set("Cache-Control", "no-store")
		x.w.WriteHeader(http.StatusOK)
		return nil
	}
	t, _, err := x.Access.Parties(x.r.Context(), x.token.Tenant, x.token.User)
	if err != nil {
		return err
	}
	here := ref{ID: t.ID.String(), Name: t.Name}
	out := tokenInfo{Organization: here, HomeOrganization: here, AuthorizedScope: x.Access.ScopesOf(x.caller).Names()}
	if out.OAuthClient, err = x.ofToken(&here); err != nil {
		return err
	}
	return x.ok(out)
}

// ofToken is the app that the token was issued to, a connected one too.
func (x *exchange) ofToken(here *ref) (out orgClient, err error) {
	out.ID = x.token.Client.String()
	if !x.token.Secret.IsZero() {
		err = x.Store.View(x.r.Context(), func(r store.Reader) error {
			app, err := r.ConnectedApp(x.token.Tenant, x.token.Client)
			out.Name, out.Organization = app.Name, here
			return err
		})
		return out, store.Refuse(err, "app", out.ID)
	}
	app, err := x.Registry.Client(x.r.Context(), x.token.Client)
	if err != nil {
		return out, store.Refuse(err, "app", out.ID)
	}
	out.Name = app.Registration.Name
	if app.Owner == x.token.Tenant {
		out.Organization, out.SelfURI = here, clientPath(app.ID)
	}
	return out, nil
}

// deleteToken ends the token of the call.
func (x *exchange) deleteToken() error {
	if err := x.Access.EndToken(x.r.Context(), x.credential, x.r.RemoteAddr); err != nil {
		return err
	}
	return x.done()
}

// deleteTokensOfUser ends everything that was issued to a user of the tenant.
func (x *exchange) deleteTokensOfUser() error {
	user, err := named[id.User](x, "user", "user")
	if err != nil {
		return err
	}
	if _, err := x.Access.EndTokensOfUser(x.r.Context(), x.by().Actor, x.token.Tenant, user); err != nil {
		return err
	}
	return x.done()
}
