package access

import (
	"context"
	"errors"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Some of HubSpot's endpoints ask for no client authentication: whoever holds a token may ask what it is and give it up. A
// guess is worth nothing, since tokens have 256 random bits or a signature; what fails counts against the address.

// Held answers what a token is worth to whoever holds it, or *Refused.
func (a *Access) Held(ctx context.Context, presented, remote string) (Introspection, error) {
	if located, err := id.ParseLocated(id.RefreshToken, presented); err == nil {
		return a.heldRefresh(ctx, located, remote)
	}
	c, err := a.caller(ctx, bearerDoor, presented, remote)
	if err != nil {
		return Introspection{}, err
	}
	if err := a.alive(c); err != nil {
		return Introspection{}, err
	}
	return Introspection{Active: true, Access: c.token, Scopes: a.stand(c, nil).scopes}, nil
}

func (a *Access) heldRefresh(ctx context.Context, located id.Located, remote string) (out Introspection, err error) {
	r := a.throttle.try(ctx, remote, func() *Refused {
		who, err := a.holderOf(ctx, located)
		if err == nil {
			out, err = a.introspectRefresh(ctx, &who, located)
		}
		switch {
		case err != nil:
			return refused(err)
		case !out.Active:
			return refuseWith(refusal.Finding{Code: refusal.RefreshTokenUnknown}, nil)
		}
		return nil
	})
	if r != nil {
		return Introspection{}, r
	}
	return out, nil
}

// holderOf is the client that a refresh token was issued to.
func (a *Access) holderOf(ctx context.Context, located id.Located) (proven, error) {
	row, _, err := a.readRefresh(ctx, located)
	var c *client
	if err == nil {
		c, err = a.records.client(ctx, row.Client)
	}
	if errors.Is(err, store.ErrNotFound) {
		return proven{}, refuseWith(refusal.Finding{Code: refusal.RefreshTokenUnknown}, nil)
	}
	return proven{client: c}, err
}

// GiveUp ends the grant of a refresh token for whoever holds it, or answers *Refused.
func (a *Access) GiveUp(ctx context.Context, presented, remote string) error {
	located, err := id.ParseLocated(id.RefreshToken, presented)
	r := a.throttle.try(ctx, remote, func() *Refused {
		if err != nil {
			return refuseWith(refusal.Finding{Code: refusal.RefreshTokenUnknown}, nil)
		}
		who, err := a.holderOf(ctx, located)
		if err == nil {
			err = a.revokeGrant(ctx, &who, located)
		}
		if err != nil {
			return refused(err)
		}
		return nil
	})
	if r != nil {
		return r
	}
	return nil
}

// UninstallScope is what an access token must carry to uninstall its app.
const UninstallScope = "oauth"

// UninstallSelf ends all that an account's users gave to the app whose access token is presented, or answers *Refused.
func (a *Access) UninstallSelf(ctx context.Context, credential, remote string) error {
	c, err := a.caller(ctx, bearerDoor, credential, remote)
	if err != nil {
		return err
	}
	if err := a.alive(c); err != nil {
		return err
	}
	if !a.stand(c, nil).scopes.Has(scope.MustParse(UninstallScope)) {
		r := refuseWith(refusal.Finding{Code: refusal.ScopeNotGranted, Scope: UninstallScope, Want: UninstallScope}, nil)
		r.Tenant, r.Client, r.User, r.Proven = c.token.Tenant, c.token.Client, c.token.User, true
		return r
	}
	by := audit.Actor{Kind: "client", ID: c.token.Client.String(), Name: c.token.Client.String()}
	if app, err := a.records.client(ctx, c.token.Client); err == nil {
		by.Name = app.Registration.Name
	}
	_, err = a.Uninstall(ctx, by, c.token.Tenant, c.token.Client)
	return err
}

// Parties are the account and the user that a token is about; the user is zero where a client acts for itself.
func (a *Access) Parties(ctx context.Context, in id.Tenant, user id.User) (t store.Tenant, u store.User, err error) {
	if t, err = a.records.tenant(ctx, in); err == nil && !user.IsZero() {
		u, err = a.records.user(ctx, in, user)
	}
	if errors.Is(err, store.ErrNotFound) { // it went since the token was judged
		return t, u, refuseWith(refusal.Finding{Code: refusal.CredentialRevoked}, nil)
	}
	if err != nil {
		return t, u, refused(err)
	}
	return t, u, nil
}
