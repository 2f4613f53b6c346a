package access

import (
	"context"
	"errors"
	"strconv"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

// Why a grant ends, beside what ends it by itself.
const (
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

// Uninstall ends all that a tenant's users gave to a client, with their consents, and says how many grants ended.
func (a *Access) Uninstall(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client) (int, error) {
	now := a.clock.Now().UTC().Truncate(time.Second)
	act := audit.Act{Tenant: in, Actor: by, Action: "client.uninstall", Target: "client " + client.String()}
	var ended []store.Grant
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		err := tx.LockTenant(in)
		if err != nil {
			return err
		}
		if ended, err = tx.EndGrants(in, store.GrantFilter{Client: client}, Uninstalled, now); err != nil {
			return err
		}
		tx.Detail("grants", strconv.Itoa(len(ended)))
		if len(ended) > marksEach {
			tx.Mark(mark.Subject{Tenant: in, Client: client}, nil, now.Add(token.MaxLife))
		}
		for _, g := range ended {
			if len(ended) <= marksEach {
				tx.Mark(mark.Subject{Grant: g.ID}, nil, now.Add(token.MaxLife))
			}
		}
		if err := tx.DeleteConsents(in, client); err != nil {
			return err
		}
		return forgetApproval(tx, in, client)
	})
	if err != nil {
		return 0, refused(err)
	}
	if len(ended) > 0 {
		a.registry.Tally(client, registry.TallyUninstall)
	}
	return len(ended), nil
}

// forgetApproval makes the next installation a first one: it takes the permission to install again.
func forgetApproval(tx store.Tx, in id.Tenant, client id.Client) error {
	a, err := tx.AuthorizationOf(in, client)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.Revoked {
		return nil
	}
	if err != nil {
		return err
	}
	a.Approved, a.Installed = scope.Set{}, time.Time{}
	return tx.NoteApproval(a)
}
