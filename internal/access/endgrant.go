package access

import (
	"context"
	"errors"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/token"
)

// Why a grant ends, beside what ends it by itself.
const (
	Withdrawn   = "withdrawn"   // by the user or an administrator
	Uninstalled = "uninstalled" // by the app
	RevokedBy   = "revoked"     // the app revoked its refresh token
)

// marksEach is up to how many grants that end together each get a mark of their own. More share a wider one, which also
// ends what the client was issued in that tenant beside them.
const marksEach = 20

// EndGrant ends one grant with everything issued from it, at once and for good.
func (a *Access) EndGrant(ctx context.Context, by audit.Actor, in id.Tenant, grant id.Grant, why string) error {
	var g store.Grant
	err := a.store.View(ctx, func(r store.Reader) (err error) {
		g, err = r.Grant(in, grant)
		return err
	})
	if err != nil {
		return refused(store.Refuse(err, "grant", grant.String()))
	}
	act := audit.Act{Tenant: in, Actor: by, Action: "grant.end", Target: "grant " + grant.String(),
		Detail: map[string]string{"client": g.Client.String(), "user": g.User.String(), "why": why}}
	if err := a.endGrant(ctx, act, g, why); err != nil {
		return refused(store.Refuse(err, "grant", grant.String()))
	}
	return nil
}

// endGrant ends a grant in a transaction of its own. store.ErrNotFound: it had ended before.
func (a *Access) endGrant(ctx context.Context, act audit.Act, g store.Grant, why string) error {
	now := a.clock.Now().UTC().Truncate(time.Second)
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		if err := tx.EndGrant(g.Tenant, g.ID, why, now); err != nil {
			return err
		}
		tx.Mark(mark.Subject{Grant: g.ID}, nil, now.Add(token.MaxLife))
		return nil
	})
	if err == nil {
		a.registry.Tally(g.Client, registry.TallyUninstall)
	}
	return err
}

// EndGrants ends all live grants that the filter names, with the consents of the users where it names a client, and says how
// many they were.
func (a *Access) EndGrants(ctx context.Context, by audit.Actor, in id.Tenant, f store.GrantFilter, why string) (int, error) {
	now := a.clock.Now().UTC().Truncate(time.Second)
	act := audit.Act{Tenant: in, Actor: by, Action: "grant.end_all", Target: targetOf(f), Detail: map[string]string{"why": why}}
	if !f.Client.IsZero() {
		act.Detail["client"] = f.Client.String()
	}
	if !f.User.IsZero() {
		act.Detail["user"] = f.User.String()
	}
	var ended []store.Grant
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		var err error
		if ended, err = tx.EndGrants(in, f, why, now); err != nil {
			return err
		}
		if len(ended) > marksEach {
			tx.Mark(mark.Subject{Tenant: in, Client: f.Client, User: f.User, Authorization: f.Authorization}, nil, now.Add(token.MaxLife))
		} else {
			for _, g := range ended {
				tx.Mark(mark.Subject{Grant: g.ID}, nil, now.Add(token.MaxLife))
			}
		}
		for _, g := range ended {
			if f.Client.IsZero() || g.User.IsZero() {
				continue
			}
			if err := tx.DeleteConsent(in, g.User, g.Client); err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return 0, refused(err)
	}
	for _, g := range ended {
		a.registry.Tally(g.Client, registry.TallyUninstall)
	}
	return len(ended), nil
}

func targetOf(f store.GrantFilter) string {
	switch {
	case !f.Authorization.IsZero():
		return "authorization " + f.Authorization.String()
	case !f.Client.IsZero():
		return "client " + f.Client.String()
	}
	return "user " + f.User.String()
}
