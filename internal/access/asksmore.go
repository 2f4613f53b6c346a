package access

import (
	"context"
	"errors"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// When a new version of a registration asks for scopes that an administrator's authorization leaves out, the app itself asks: a
// request of nobody stands in the queue of each tenant that limits it. What was authorized keeps working meanwhile. Versions are
// looked at behind the request that made them, tenant by tenant, each in a transaction of its own; if the process ends before, the
// page of the app still says what it wants.

// newVersion is one that tenants have not been asked about.
type newVersion struct {
	client id.Client
	number int
}

const (
	maxNewVersions = 1000 // that wait to be looked at
	askedAtOnce    = 200  // tenants that are read at once
)

// noteVersion has tenants asked about a new version, behind the request.
func (a *Access) noteVersion(client id.Client, number int) {
	select {
	case a.versions <- newVersion{client, number}:
	default:
		a.log.Warn("too many new versions of apps at once: administrators are not asked about one", "client", client.String(), "version", number)
	}
}

// askForVersions asks about what waits.
func (a *Access) askForVersions(ctx context.Context) {
	for {
		select {
		case v := <-a.versions:
			if err := a.AskForMore(ctx, v.client, v.number); err != nil {
				a.log.WarnContext(ctx, "asking administrators about a new version of an app", "client", v.client.String(), "err", err)
			}
		default:
			return
		}
	}
}

// AskForMore asks the administrators of all tenants who limited an app about what one version of its registration added.
func (a *Access) AskForMore(ctx context.Context, client id.Client, number int) error {
	var c store.Client
	var added scope.Set
	var elsewhere bool
	err := a.store.View(ctx, func(r store.Reader) (err error) {
		c, added, elsewhere, err = addedBy(r, client, number)
		return err
	})
	if errors.Is(err, store.ErrNotFound) || err == nil && added.Len() == 0 && !elsewhere {
		return nil
	}
	for after := (id.Tenant{}); err == nil; {
		var list []store.Authorization
		err = a.store.View(ctx, func(r store.Reader) (err error) {
			list, err = r.AuthorizationsOf(client, after, askedAtOnce)
			return err
		})
		for i := range list {
			after = list[i].Tenant
			if err == nil && limits(&list[i], &c, added, elsewhere) {
				err = a.askTenant(ctx, after, &c, added, elsewhere)
			}
		}
		if len(list) < askedAtOnce {
			break
		}
	}
	return err
}

// addedBy is what a version of a registration added to the one before: scopes, and whether answers go elsewhere or somebody else
// publishes it.
func addedBy(r store.Reader, client id.Client, number int) (c store.Client, added scope.Set, moved bool, err error) {
	if c, err = r.Client(client); err != nil {
		return store.Client{}, scope.Set{}, false, err
	}
	list, err := r.ClientVersions(client, number+1, 2)
	if err != nil || len(list) < 2 {
		return c, scope.Set{}, false, err
	}
	now, old := &list[0].Registration, &list[1].Registration
	return c, scopesOf(now).Minus(scopesOf(old)).Intersect(scopesOf(&c.Registration)), elsewhere(old, now), nil
}

// limits says whether an administrator's authorization leaves out something of what was added.
func limits(auth *store.Authorization, c *store.Client, added scope.Set, elsewhere bool) bool {
	if auth.Revoked || auth.Recalls < c.Recalls || auth.Origin == policy.ByUser {
		return false
	}
	return !auth.Uncapped && added.Minus(auth.Ceiling).Len() > 0 || elsewhere && auth.Origin == policy.ByAdministrator
}

// askTenant puts the app's own request into the queue of one tenant, where none waits yet.
func (a *Access) askTenant(ctx context.Context, in id.Tenant, c *store.Client, added scope.Set, elsewhere bool) error {
	q := store.AuthorizationRequest{Tenant: in, ID: entropy.ID[id.Request](), Client: c.ID, Version: c.Version, Created: a.when(),
		State: store.RequestWaiting}
	act := clientAct("authorization.ask", in, c.ID, "")
	act.Actor = audit.System
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		auth, err := tx.AuthorizationOf(in, c.ID)
		if err != nil {
			return err
		}
		if !limits(&auth, c, added, elsewhere) {
			return errAnswered
		}
		if _, waits, err := found(tx.WaitingRequest(in, c.ID, id.User{})); err != nil {
			return err
		} else if waits {
			return errAnswered
		}
		g, err := governanceOf(tx, in)
		if err != nil {
			return err
		}
		more := added
		if auth.Uncapped {
			more = scope.Set{}
		}
		more = more.Minus(auth.Ceiling)
		q.Optional = more.Intersect(c.Registration.Optional)
		q.Scope = more.Minus(q.Optional)
		q.Expires = q.Created.Add(g.Settings.RequestLife())
		tx.Detail("request", q.ID.String())
		tx.Detail("name", c.Registration.Name)
		tx.Detail("scopes", clipped(more.String()))
		return tx.AddAuthorizationRequest(q)
	})
	if errors.Is(err, errAnswered) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrTaken) {
		return nil // decided, gone or asked meanwhile
	}
	if err == nil {
		a.tellRequest(ctx, q)
	}
	return err
}

// errAnswered says that nothing is left to ask.
var errAnswered = errors.New("nothing is left to ask")
