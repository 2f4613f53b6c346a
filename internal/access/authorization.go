package access

import (
	"context"
	"strconv"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
	"prokura/internal/token"
)

// AuthorizationRevoked is why a grant ended that hung on an authorization which was revoked.
const AuthorizationRevoked = "authorization_revoked"

// RevokeAuthorization withdraws a tenant's decision on a client, with all that was given and issued on it, at once and for
// good. Installing the client again does not bring it back (A158).
func (a *Access) RevokeAuthorization(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client) (store.Authorization, error) {
	now := a.clock.Now().UTC().Truncate(time.Second)
	var auth store.Authorization
	err := a.store.Do(ctx, authorizationAct(by, "authorization.revoke", in, client), func(tx store.Tx) error {
		var err error
		if auth, err = tx.AuthorizationOf(in, client); err != nil || auth.Revoked {
			return err
		}
		auth.Revoked, auth.Version, auth.Updated = true, auth.Version+1, now
		if err := tx.UpdateAuthorization(auth); err != nil {
			return err
		}
		ended, err := tx.EndGrants(in, store.GrantFilter{Authorization: auth.ID}, AuthorizationRevoked, now)
		if err != nil {
			return err
		}
		if err := tx.DeleteConsents(in, client); err != nil {
			return err
		}
		tx.Detail("authorization", auth.ID.String())
		tx.Detail("grants", strconv.Itoa(len(ended)))
		tx.Mark(mark.Subject{Tenant: in, Authorization: auth.ID}, nil, now.Add(token.MaxLife))
		return nil
	})
	return auth, store.Refuse(err, "authorization", client.String())
}

// Authorize decides anew on a client whose authorization was revoked. It is another authorization: nothing that rested on
// the old one revives.
func (a *Access) Authorize(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client) (store.Authorization, error) {
	var auth store.Authorization
	fresh := entropy.ID[id.Authorization]()
	err := a.store.Do(ctx, authorizationAct(by, "authorization.authorize", in, client), func(tx store.Tx) error {
		var err error
		if auth, err = tx.AuthorizationOf(in, client); err != nil || !auth.Revoked {
			return err
		}
		c, err := tx.Client(client)
		if err != nil {
			return err
		}
		auth = store.FirstAuthorization(in, fresh, c, a.clock.Now().UTC().Truncate(time.Second))
		tx.Detail("authorization", auth.ID.String())
		return tx.AddAuthorization(auth)
	})
	return auth, store.Refuse(err, "authorization", client.String())
}

func authorizationAct(by audit.Actor, action string, in id.Tenant, client id.Client) audit.Act {
	return audit.Act{Tenant: in, Actor: by, Action: action, Target: "client " + client.String()}
}
