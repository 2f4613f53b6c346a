package access

import (
	"context"
	"strconv"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

// TokensEnded is why a grant ended whose user had all tokens ended.
const TokensEnded = "tokens_ended"

// EndToken ends the access token that is presented, at once and for good, or answers *Refused. What it was issued from stays.
func (a *Access) EndToken(ctx context.Context, credential, remote string) error {
	c, err := a.caller(ctx, bearerDoor, credential, remote)
	if err != nil {
		return err
	}
	if err := a.alive(c); err != nil {
		return err
	}
	act := c.act("token.revoke")
	act.Target = "access_token " + c.token.ID.String()
	if c.token.User.IsZero() {
		act.Actor = audit.Actor{Kind: "client", ID: c.token.Client.String(), Name: c.token.Name}
	}
	err = a.store.Do(ctx, act, func(tx store.Tx) error {
		tx.Mark(mark.Subject{Session: c.token.ID}, nil, c.token.Expires)
		return nil
	})
	if err != nil {
		return refused(err)
	}
	return nil
}

// EndTokensOfUser ends everything that was issued to a user of the tenant, sessions and access tokens at once, and every grant,
// so that no refresh token brings them back. It says how many grants ended.
func (a *Access) EndTokensOfUser(ctx context.Context, by audit.Actor, in id.Tenant, user id.User) (int, error) {
	now := a.clock.Now().UTC().Truncate(time.Second)
	act := audit.Act{Tenant: in, Actor: by, Action: "user.end_tokens", Target: "user " + user.String()}
	var ended []store.Grant
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		err := tx.LockTenant(in)
		if err != nil {
			return err
		}
		if _, err = tx.User(in, user); err != nil {
			return err
		}
		if ended, err = tx.EndGrants(in, store.GrantFilter{User: user}, TokensEnded, now); err != nil {
			return err
		}
		tx.Detail("grants", strconv.Itoa(len(ended)))
		tx.Mark(mark.Subject{Tenant: in, User: user}, nil, now.Add(token.MaxLife))
		return nil
	})
	if err != nil {
		return 0, refused(store.Refuse(err, "user", user.String()))
	}
	return len(ended), nil
}

// RightsOf are what a user may do now.
func (a *Access) RightsOf(ctx context.Context, in id.Tenant, user id.User) (out directory.Rights, err error) {
	err = a.store.View(ctx, func(r store.Reader) error {
		u, err := r.User(in, user)
		if err != nil {
			return err
		}
		out, err = a.rules.Rights(r, u)
		return err
	})
	if err != nil {
		return directory.Rights{}, refused(store.Refuse(err, "user", user.String()))
	}
	return out, nil
}

// ScopesOf are the scopes of a caller's token that the marks leave.
func (a *Access) ScopesOf(c *Caller) scope.Set { return a.stand(c, nil).scopes }

// AssuredScopes are those of them that the caller would have if its tenant enforced its decisions: what counts for the methods
// that we answer ourselves.
func (a *Access) AssuredScopes(c *Caller) scope.Set {
	st := a.stand(c, nil)
	if policy.Stage(c.token.Stage).Lenient() {
		return st.scopes.Intersect(c.token.Held)
	}
	return st.scopes
}
