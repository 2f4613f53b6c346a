package registry

import (
	"context"
	"errors"
	"strings"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// ClientCache holds clients in memory, as new as the numbered state there; see the feed.
type ClientCache interface {
	Get(ctx context.Context, client id.Client, load func(context.Context) (store.Client, error)) (store.Client, error)
}

// MaxCachedClients is how many clients a cache should hold: all that there are, in most places.
const MaxCachedClients = 10_000

// ClientRecords are the names under which the feed tells of changes to a client, for making a [ClientCache].
func ClientRecords(client id.Client, c store.Client) []store.RecordName {
	names := []store.RecordName{store.ClientRecord(client)}
	if !c.Owner.IsZero() {
		names = append(names, store.TenantGoneRecord(c.Owner))
	}
	return names
}

// Reach says whose clients somebody may see and change. What is beyond it is not found. The zero Reach reaches none.
type Reach struct {
	all   bool
	owner id.Tenant
	holds func(permission string) bool // what who asks may do; nil: nothing
}

// Everybody reaches every client; it is the operator's.
func Everybody() Reach { return Reach{all: true} }

// OwnedBy reaches the clients of one developer's account.
func OwnedBy(owner id.Tenant) Reach { return Reach{owner: owner} }

func (r Reach) has(c *store.Client) bool { return r.all || !r.owner.IsZero() && r.owner == c.Owner }

// NewClient is what a client is made of.
type NewClient struct {
	Owner   id.Tenant // the developer's account; zero: the vendor itself
	Reach   Reach     // of the user who registers it, see [Reach.Holding]; the operator needs none
	Draft   Draft
	BuiltIn bool // part of the product, not somebody else's
}

// Registered is a client after a change of its registration.
type Registered struct {
	Client  store.Client
	Changes []Change          // against the version before; none where nothing was changed
	Notes   []refusal.Finding // what was understood otherwise than written; they refuse nothing
}

// CreateClient registers an app. It is enabled and has no secret yet.
func (r *Registry) CreateClient(ctx context.Context, by audit.Actor, n NewClient) (Registered, error) {
	reg, notes, err := r.Check(n.Draft)
	if err != nil {
		return Registered{}, err
	}
	if err := r.mayActAlone(by, n.Reach, &reg); err != nil {
		return Registered{}, err
	}
	now := r.now()
	c := store.Client{ID: entropy.ID[id.Client](), Owner: n.Owner, Version: 1, Registration: reg, BuiltIn: n.BuiltIn, Created: now}
	err = r.store.Do(ctx, clientAct(by, "client.create", &c), func(tx store.Tx) error {
		if !c.Owner.IsZero() {
			if _, err := tx.Tenant(c.Owner); err != nil {
				return store.Refuse(err, "tenant", c.Owner.String())
			}
		}
		if err := unreserved(tx, &store.Client{Owner: n.Owner, BuiltIn: n.BuiltIn}, &reg); err != nil {
			return err
		}
		tx.Detail("name", reg.Name)
		tx.Detail("publisher", reg.Publisher)
		tx.Detail("redirect_uris", clip(strings.Join(reg.RedirectURIs, " ")))
		tx.Detail("scopes", clip(reg.Scopes().String()))
		return tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: reg, By: nameOf(by), At: now})
	})
	if err != nil {
		return Registered{}, store.Refuse(err, "app", reg.Name)
	}
	return Registered{Client: c, Changes: Diff(store.Registration{}, reg), Notes: notes}, nil
}

// Client finds a client for a decision, from memory where that has it. store.ErrNotFound: memory knows of none, which is
// said only after it has caught up.
func (r *Registry) Client(ctx context.Context, client id.Client) (store.Client, error) {
	if r.clients == nil {
		return r.loadClient(ctx, client)
	}
	return r.clients.Get(ctx, client, func(ctx context.Context) (store.Client, error) { return r.loadClient(ctx, client) })
}

func (r *Registry) loadClient(ctx context.Context, client id.Client) (c store.Client, err error) {
	err = r.store.View(ctx, func(rd store.Reader) error {
		c, err = rd.Client(client)
		return err
	})
	return c, err
}

// FindClient finds a client for whoever looks after it, in the database.
func (r *Registry) FindClient(ctx context.Context, reach Reach, client id.Client) (store.Client, error) {
	c, err := r.loadClient(ctx, client)
	if err == nil && !reach.has(&c) {
		err = store.ErrNotFound
	}
	if err != nil {
		return store.Client{}, store.Refuse(err, "app", client.String())
	}
	return c, nil
}

// ListClients lists the clients that somebody reaches, by client ID.
func (r *Registry) ListClients(ctx context.Context, reach Reach, p store.Page) (list []store.Client, err error) {
	if !reach.all && reach.owner.IsZero() {
		return nil, nil
	}
	err = r.store.View(ctx, func(rd store.Reader) error {
		list, err = rd.ListClients(reach.owner, p)
		return err
	})
	return list, err
}

// ClientVersions lists the states of a registration, newest first, before the number given; zero begins.
func (r *Registry) ClientVersions(ctx context.Context, reach Reach, client id.Client, before, limit int) (list []store.ClientVersion, err error) {
	err = r.below(ctx, reach, client, func(rd store.Reader, _ *store.Client) error {
		list, err = rd.ClientVersions(client, before, limit)
		return err
	})
	return list, err
}

// DeleteClient deletes a client with its secrets, versions and grants in all tenants, and ends every token of it.
func (r *Registry) DeleteClient(ctx context.Context, by audit.Actor, reach Reach, client id.Client) error {
	_, err := r.changeClient(ctx, by, "client.delete", reach, client, func(tx store.Tx, c *store.Client) error {
		tx.Detail("name", c.Registration.Name)
		tx.Mark(mark.Subject{Client: client}, nil, r.until())
		return tx.DeleteClient(client)
	})
	return err
}

// changeClient runs an act on a client in one transaction. The act stands in the book of the client's owner, which never
// changes; so it may be read before.
func (r *Registry) changeClient(ctx context.Context, by audit.Actor, action string, reach Reach, client id.Client, change func(store.Tx, *store.Client) error) (store.Client, error) {
	c, err := r.FindClient(ctx, reach, client)
	if err != nil {
		return store.Client{}, err
	}
	err = r.store.Do(ctx, clientAct(by, action, &c), func(tx store.Tx) error {
		now, err := tx.Client(client)
		if err != nil {
			return err
		}
		c = now
		return change(tx, &c)
	})
	if _, refused := errors.AsType[*refusal.Error](err); refused {
		return store.Client{}, err
	}
	return c, store.Refuse(err, "app", client.String())
}

// below reads what hangs on a client that is reached.
func (r *Registry) below(ctx context.Context, reach Reach, client id.Client, read func(store.Reader, *store.Client) error) error {
	return r.store.View(ctx, func(rd store.Reader) error {
		c, err := rd.Client(client)
		if err == nil && !reach.has(&c) {
			err = store.ErrNotFound
		}
		if err != nil {
			return store.Refuse(err, "app", client.String())
		}
		return read(rd, &c)
	})
}

func clientAct(by audit.Actor, action string, c *store.Client) audit.Act {
	return audit.Act{Tenant: c.Owner, Actor: by, Action: action, Target: "client " + c.ID.String()}
}

// nameOf writes an actor for people: kind, id and name.
func nameOf(by audit.Actor) string {
	return strings.Join(strings.Fields(by.Kind+" "+by.ID+" "+by.Name), " ")
}

// clip keeps a detail of the audit book within bounds; the version holds the whole.
func clip(s string) string {
	const most = 1000
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
