package govern

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"prokura/internal/audit"
	"prokura/internal/decided"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// When a new version of a registration asks for scopes that an administrator's authorization leaves out, the app itself asks: a
// request of nobody stands in the queue of each tenant that limits it. What was authorized keeps working meanwhile. Which versions
// tenants are to be asked about stands in the database with the registration; they are looked at behind the request that made them,
// tenant by tenant, each in a transaction of its own. Whatever is interrupted begins again, and asks nobody twice.

// askedAtOnce is how many clients, and how many tenants of one, are read at once.
const askedAtOnce = 200

// askEvery is how often new versions are looked for.
const askEvery = 5 * time.Second

// Run asks about new versions of apps, until ctx ends.
func (d *Decisions) Run(ctx context.Context) {
	tick := time.NewTicker(askEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			d.AskForVersions(ctx)
		}
	}
}

// AskForVersions asks about the versions that nobody was asked about yet. What fails is tried again the next time.
func (d *Decisions) AskForVersions(ctx context.Context) {
	for after := (id.Client{}); ctx.Err() == nil; {
		var list []store.Unasked
		err := d.store.View(ctx, func(r store.Reader) (err error) {
			list, err = r.Unasked(after, askedAtOnce)
			return err
		})
		if err != nil {
			d.log.WarnContext(ctx, "looking for new versions of apps", "err", err)
			return
		}
		for _, u := range list {
			after = u.Client
			if err := d.askForMore(ctx, u); err != nil {
				d.log.WarnContext(ctx, "asking administrators about a new version of an app", "client", u.Client.String(), "err", err)
			}
		}
		if len(list) < askedAtOnce {
			return
		}
	}
}

// askForMore asks the administrators of all tenants who limited an app about what its registration has now beside what they were
// asked about before.
func (d *Decisions) askForMore(ctx context.Context, u store.Unasked) error {
	var m more
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		m, err = addedSince(r, u)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return nil // the app is gone
	}
	if err == nil && (m.added.Len() > 0 || m.elsewhere) {
		err = d.askTenants(ctx, &m)
	}
	if err != nil {
		return err
	}
	return d.store.Tend(ctx, func(up store.Upkeep) error { return up.NoteAsked(u.Client, m.client.Version) })
}

// askTenants asks one tenant after the other. Of those that fail, none holds up the rest.
func (d *Decisions) askTenants(ctx context.Context, m *more) error {
	var failed []error
	for after := (id.Tenant{}); ; {
		var list []store.Authorization
		err := d.store.View(ctx, func(r store.Reader) (err error) {
			list, err = r.AuthorizationsOf(m.client.ID, after, askedAtOnce)
			return err
		})
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for i := range list {
			if after = list[i].Tenant; m.beyond(&list[i]) {
				failed = append(failed, d.askTenant(ctx, after, m))
			}
		}
		if len(list) < askedAtOnce || ctx.Err() != nil {
			return errors.Join(append(failed, ctx.Err())...)
		}
	}
}

// more is what an app's registration has beside what it had.
type more struct {
	client    store.Client
	added     scope.Set
	elsewhere bool // answers go elsewhere, or somebody else publishes it
}

// addedSince is what the registration in force has beside the version that tenants were asked about before.
func addedSince(r store.Reader, u store.Unasked) (more, error) {
	c, err := r.Client(u.Client)
	if err != nil {
		return more{}, err
	}
	old, _, err := decided.Version(r, u.Client, u.Asked)
	return more{c, c.Registration.Scopes().Minus(old.Scopes()), decided.Elsewhere(&old, &c.Registration)}, err
}

// beyond says whether an administrator's authorization, made before this version, leaves out something of it.
func (m *more) beyond(auth *store.Authorization) bool {
	if auth.Revoked || auth.Recalls < m.client.Recalls || auth.Origin == policy.ByUser || auth.Registration >= m.client.Version {
		return false
	}
	return !auth.Uncapped && m.added.Minus(auth.Ceiling).Len() > 0 || m.elsewhere && auth.Origin == policy.ByAdministrator
}

// askTenant puts the app's own request into the queue of one tenant, where none waits yet.
func (d *Decisions) askTenant(ctx context.Context, in id.Tenant, m *more) error {
	c := &m.client
	q := store.AuthorizationRequest{Tenant: in, ID: entropy.ID[id.Request](), Client: c.ID, Version: c.Version, Created: d.when(),
		State: store.RequestWaiting}
	act := clientAct("authorization.ask", in, c.ID, "")
	act.Actor = audit.System
	err := d.store.Do(ctx, act, func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		auth, err := tx.AuthorizationOf(in, c.ID)
		if err != nil {
			return err
		}
		if !m.beyond(&auth) {
			return errAnswered
		}
		if done, err := askedBefore(tx, in, c); err != nil || done {
			return cmp.Or(err, errAnswered)
		}
		g, err := decided.Settings(tx, in)
		if err != nil {
			return err
		}
		asked := m.added
		if auth.Uncapped {
			asked = scope.Set{}
		}
		asked = asked.Minus(auth.Ceiling)
		q.Optional = asked.Intersect(c.Registration.Optional)
		q.Scope = asked.Minus(q.Optional)
		q.Expires = q.Created.Add(g.Settings.RequestLife())
		tx.Detail("request", q.ID.String())
		tx.Detail("name", c.Registration.Name)
		tx.Detail("scopes", clipped(asked.String()))
		return tx.AddAuthorizationRequest(q)
	})
	if errors.Is(err, errAnswered) || errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrTaken) {
		return nil // decided, gone or asked meanwhile
	}
	if err == nil {
		d.tellRequest(ctx, q)
	}
	return err
}

// askedBefore says whether a request of the app itself waits, or one about this version was answered: asking was interrupted, or
// another process asks as well.
func askedBefore(r store.Reader, in id.Tenant, c *store.Client) (bool, error) {
	if _, waits, err := store.Found(r.WaitingRequest(in, c.ID, id.User{})); waits || err != nil {
		return waits, err
	}
	list, err := r.ListAuthorizationRequests(in, store.RequestFilter{Client: c.ID}, store.Page{Limit: askedAtOnce})
	return slices.ContainsFunc(list, func(q store.AuthorizationRequest) bool { return q.User.IsZero() && q.Version >= c.Version }), err
}

// errAnswered says that nothing is left to ask.
var errAnswered = errors.New("nothing is left to ask")
