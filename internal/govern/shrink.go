package govern

import (
	"context"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Shrink leaves an app only some of its scopes, and keeps what it had, so that one step brings it back. Live tokens lose the rest.
func (d *Decisions) Shrink(ctx context.Context, by By, in id.Tenant, client id.Client, keep scope.Set, version int) (store.Authorization, error) {
	return d.recap(ctx, clientAct("authorization.shrink", in, client, ""), by, client, version, func(r *ruling, next *policy.Decision) (before, error) {
		had := r.granted(next)
		was := before{&had, next.Uncapped || next.Whole}
		next.Uncapped, next.Whole, next.Ceiling = false, false, had.Intersect(keep)
		if next.Ceiling.Len() == 0 && had.Len() > 0 {
			return before{}, refusal.New(refusal.Finding{Code: refusal.NothingRequested, Field: "scopes"})
		}
		return was, nil
	})
}

// Unshrink gives an app back what the last shrink took: scopes, or that there was no ceiling. What live grants had of it returns with
// their next token.
func (d *Decisions) Unshrink(ctx context.Context, by By, in id.Tenant, client id.Client, version int) (store.Authorization, error) {
	return d.recap(ctx, clientAct("authorization.unshrink", in, client, ""), by, client, version, func(r *ruling, next *policy.Decision) (before, error) {
		if !r.lives() || r.old.Previous == nil {
			return before{}, refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged})
		}
		now := *next
		held := next.ForItself || r.settings.OwnPermissions
		all := r.old.WasUncapped
		next.Uncapped = all && (next.Origin != policy.ByAdministrator || r.client.BuiltIn) && (!held || r.holder.all()) // as in a decision
		next.Whole, next.Ceiling = all && !next.Uncapped, next.Ceiling.Union(*r.old.Previous)
		if held {
			if err := r.holds(r.granted(next).Minus(now.Ceiling)); err != nil {
				return before{}, err
			}
		}
		if next.Uncapped {
			next.Ceiling = scope.Set{}
		}
		return before{}, nil
	})
}

// recap changes how far an authorization goes that lives. One that rests on an open door goes on resting on it.
func (d *Decisions) recap(ctx context.Context, act audit.Act, by By, client id.Client, version int, change func(*ruling, *policy.Decision) (before, error)) (store.Authorization, error) {
	var out store.Authorization
	err := d.govern(ctx, act, by, func(tx store.Tx, au authority) error {
		r, err := d.rule(tx, by, au, act.Tenant, client)
		if err != nil {
			return err
		}
		if version != r.version() {
			return refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged})
		}
		next := r.inForce()
		if next.Origin == "" {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "authorization", Got: client.String()})
		}
		shrunk, err := change(r, &next)
		if err != nil {
			return err
		}
		out, err = r.write(next, "", false, shrunk)
		return err
	})
	return out, err
}

// maxHistory is how many earlier states of a decision are shown.
const maxHistory = 100

// History are the earlier states of a tenant's decisions on an app, newest first.
func (d *Decisions) History(ctx context.Context, in id.Tenant, client id.Client) (list []store.PastAuthorization, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		kind, err := kindOf(r, in, client)
		if err != nil || kind == ConnectedAppKind {
			return err
		}
		list, err = r.PastAuthorizations(in, client, maxHistory)
		return err
	})
	if err != nil {
		return nil, refused(err)
	}
	return list, nil
}

// UserOf is somebody who uses an app.
type UserOf struct {
	User     store.User
	Consent  store.Consent // zero: none
	Grants   []store.Grant // live ones
	LastUsed time.Time     // to the hour; zero: never
}

// UsersOf are the users of a tenant who have something live of an app, by ID.
func (d *Decisions) UsersOf(ctx context.Context, in id.Tenant, client id.Client, p store.Page) (list []UserOf, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		list = nil
		if _, err := kindOf(r, in, client); err != nil {
			return err
		}
		users, err := r.UsersOf(in, client, p)
		if err != nil {
			return err
		}
		for _, u := range users {
			one, err := userOf(r, in, client, u)
			if err != nil {
				return err
			}
			list = append(list, one)
		}
		return nil
	})
	if err != nil {
		return nil, refused(err)
	}
	return list, nil
}

func userOf(r store.Reader, in id.Tenant, client id.Client, user id.User) (UserOf, error) {
	var out UserOf
	var err error
	if out.User, err = r.User(in, user); err != nil {
		return UserOf{}, err
	}
	if out.Consent, _, err = store.Found(r.Consent(in, user, client)); err != nil {
		return UserOf{}, err
	}
	out.Grants, err = r.ListGrants(in, store.GrantFilter{User: user, Client: client}, store.Page{})
	for _, g := range out.Grants {
		if g.LastUsed.After(out.LastUsed) {
			out.LastUsed = g.LastUsed
		}
	}
	return out, err
}
