// Package registry keeps clients: apps that are registered for all tenants, with their versions, secrets and logos; the
// connected apps of a tenant, their secrets and the scopes assigned to them; and the catalogs in force.
//
// Every change is one transaction with its audit entry. What narrows (an app disabled, a secret deleted, a scope
// un-assigned) also writes the mark that ends what was issued from it (A104).
package registry

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// Config is what a registry needs.
type Config struct {
	Store    store.Store
	Clock    clock.Clock
	Sealer   *seal.Sealer
	Catalogs *Catalogs
	Clients  ClientCache  // nil: every look-up of a client reads the database
	Log      *slog.Logger // of what is counted behind requests; nil: nowhere
}

// Registry is the service.
type Registry struct {
	store    store.Store
	clock    clock.Clock
	sealer   *seal.Sealer
	catalogs *Catalogs
	clients  ClientCache
	counting *counting
}

// New makes the service.
func New(c Config) *Registry {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return &Registry{store: c.Store, clock: c.Clock, sealer: c.Sealer, catalogs: c.Catalogs, clients: c.Clients,
		counting: &counting{log: c.Log}}
}

// NewConnectedApp is what a connected app is made of.
type NewConnectedApp struct {
	Name string
	// Scopes are assigned to the app, wildcards among them for their members; nil assigns the whole catalog.
	Scopes *[]string
}

// ConnectedAppChange changes what is not nil. Scopes is applied when SetScopes says so: nil is the whole catalog.
type ConnectedAppChange struct {
	Name      *string
	Enabled   *bool
	SetScopes bool
	Scopes    *[]string
	Version   *int // that was seen; nil: whichever holds
}

// CreateConnectedApp makes an app. Being made in a tenant it is authorized there, as a record of its own; it is enabled
// and has no secret yet.
func (r *Registry) CreateConnectedApp(ctx context.Context, by audit.Actor, in id.Tenant, n NewConnectedApp) (store.ConnectedApp, error) {
	app := store.ConnectedApp{Tenant: in, Client: entropy.ID[id.Client](), Name: n.Name, Enabled: true, Version: 1,
		Authorization: entropy.ID[id.Authorization](), Created: r.now()}
	if err := refusal.CheckName("name", n.Name); err != nil {
		return store.ConnectedApp{}, err
	}
	if err := r.assign(&app, n.Scopes); err != nil {
		return store.ConnectedApp{}, err
	}
	err := r.store.Do(ctx, appAct(by, "connected_app.create", in, app.Client), func(tx store.Tx) error {
		if _, err := tx.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		tx.Detail("name", app.Name)
		tx.Detail("scopes", shownScopes(app))
		return tx.AddConnectedApp(app)
	})
	return app, err
}

// ConnectedApp finds one app, with its secrets still sealed.
func (r *Registry) ConnectedApp(ctx context.Context, in id.Tenant, client id.Client) (store.ConnectedApp, error) {
	var app store.ConnectedApp
	err := r.store.View(ctx, func(rd store.Reader) error {
		var err error
		app, err = rd.ConnectedApp(in, client)
		return err
	})
	return app, store.Refuse(err, "connected app", client.String())
}

// ListConnectedApps lists a tenant's apps by client ID, and how many there are in all.
func (r *Registry) ListConnectedApps(ctx context.Context, in id.Tenant, p store.Page) ([]store.ConnectedApp, int, error) {
	var apps []store.ConnectedApp
	var total int
	err := r.store.View(ctx, func(rd store.Reader) error {
		if _, err := rd.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		var err error
		if apps, err = rd.ListConnectedApps(in, p); err != nil {
			return err
		}
		total, err = rd.CountConnectedApps(in)
		return err
	})
	return apps, total, err
}

// UpdateConnectedApp changes an app. Disabling it ends its sessions; un-assigning scopes takes them from the sessions
// that live.
func (r *Registry) UpdateConnectedApp(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client, c ConnectedAppChange) (store.ConnectedApp, error) {
	var app store.ConnectedApp
	err := r.store.Do(ctx, appAct(by, "connected_app.update", in, client), func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		old, err := tx.ConnectedApp(in, client)
		if err != nil {
			return err
		}
		if c.Version != nil && *c.Version != old.Version {
			return refusal.New(refusal.Finding{Code: refusal.ClientChanged, Got: strconv.Itoa(*c.Version), Want: strconv.Itoa(old.Version), Field: "version"})
		}
		app = old
		if c.Name != nil {
			if err := refusal.CheckName("name", *c.Name); err != nil {
				return err
			}
			app.Name = *c.Name
			tx.Detail("name", app.Name)
		}
		if c.Enabled != nil {
			app.Enabled = *c.Enabled
			tx.Detail("enabled", fmt.Sprint(app.Enabled))
			if old.Enabled && !app.Enabled {
				tx.Mark(mark.Subject{Tenant: in, Client: client}, nil, r.until())
			}
		}
		if c.SetScopes {
			if err := r.assign(&app, c.Scopes); err != nil {
				return err
			}
			tx.Detail("scopes", shownScopes(app))
			if lost := r.ceiling(old).Minus(r.ceiling(app)); lost.Len() > 0 {
				tx.Mark(mark.Subject{Tenant: in, Authorization: app.Authorization}, lost.Names(), r.until())
			}
		}
		app = app.After(old)
		return tx.UpdateConnectedApp(app)
	})
	return app, store.Refuse(err, "connected app", client.String())
}

// RevokeAuthorization withdraws the app's authorization, and ends its sessions. It is never reopened: what rested on it
// stays ended also when the app is authorized again.
func (r *Registry) RevokeAuthorization(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client) (store.ConnectedApp, error) {
	return r.decide(ctx, appAct(by, "connected_app.revoke", in, client), in, client, func(tx store.Tx, app *store.ConnectedApp) {
		if !app.Revoked {
			app.Revoked = true
			tx.Mark(mark.Subject{Tenant: in, Authorization: app.Authorization}, nil, r.until())
		}
	})
}

// Authorize gives an app whose authorization was revoked a new one.
func (r *Registry) Authorize(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client) (store.ConnectedApp, error) {
	return r.decide(ctx, appAct(by, "connected_app.authorize", in, client), in, client, func(_ store.Tx, app *store.ConnectedApp) {
		if app.Revoked {
			app.Revoked, app.Authorization = false, entropy.ID[id.Authorization]()
		}
	})
}

// decide changes the tenant's decision on an app.
func (r *Registry) decide(ctx context.Context, act audit.Act, in id.Tenant, client id.Client, change func(store.Tx, *store.ConnectedApp)) (store.ConnectedApp, error) {
	var app store.ConnectedApp
	err := r.store.Do(ctx, act, func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		var err error
		if app, err = tx.ConnectedApp(in, client); err != nil {
			return err
		}
		old := app
		change(tx, &app)
		app = app.After(old)
		tx.Detail("authorization", app.Authorization.String())
		return tx.UpdateConnectedApp(app)
	})
	return app, store.Refuse(err, "connected app", client.String())
}

// DeleteConnectedApp deletes an app with its secrets, and ends its sessions.
func (r *Registry) DeleteConnectedApp(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client) error {
	err := r.store.Do(ctx, appAct(by, "connected_app.delete", in, client), func(tx store.Tx) error {
		app, err := tx.ConnectedApp(in, client)
		if err != nil {
			return err
		}
		tx.Detail("name", app.Name)
		tx.Mark(mark.Subject{Tenant: in, Client: client}, nil, r.until())
		return tx.DeleteConnectedApp(in, client)
	})
	return store.Refuse(err, "connected app", client.String())
}

// CreateSecret gives an app a secret and answers its value, which is shown this once. An app has at most two.
func (r *Registry) CreateSecret(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client) (store.Secret, string, error) {
	value := base64.RawURLEncoding.EncodeToString(entropy.Bytes(32))
	s := store.Secret{ID: entropy.ID[id.Secret](), Created: r.now()}
	var err error
	if s.Sealed, err = r.sealer.Seal([]byte(value), placeOf(s.ID)); err != nil {
		return store.Secret{}, "", fmt.Errorf("sealing a secret: %w", err)
	}
	err = r.store.Do(ctx, appAct(by, "connected_app.create_secret", in, client), func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		if _, err := tx.ConnectedApp(in, client); err != nil {
			return err
		}
		tx.Detail("secret", s.ID.String())
		return tx.AddSecret(in, client, s)
	})
	if errors.Is(err, store.ErrTaken) {
		return store.Secret{}, "", refusal.New(refusal.Finding{Code: refusal.SecretLimit})
	}
	if err != nil {
		return store.Secret{}, "", store.Refuse(err, "connected app", client.String())
	}
	return s, value, nil
}

// DeleteSecret deletes a secret, and ends the sessions that were signed in with it; those of the other secret go on.
func (r *Registry) DeleteSecret(ctx context.Context, by audit.Actor, in id.Tenant, client id.Client, secret id.Secret) error {
	err := r.store.Do(ctx, appAct(by, "connected_app.delete_secret", in, client), func(tx store.Tx) error {
		if _, err := tx.ConnectedApp(in, client); err != nil {
			return store.Refuse(err, "connected app", client.String())
		}
		tx.Detail("secret", secret.String())
		tx.Mark(mark.Subject{Tenant: in, Secret: secret}, nil, r.until())
		return tx.DeleteSecret(in, client, secret)
	})
	return store.Refuse(err, "secret", secret.String())
}

// SecretValue opens a secret, for verifying with it.
func (r *Registry) SecretValue(s store.Secret) (seal.Secret, error) {
	return r.sealer.Open(s.Sealed, placeOf(s.ID))
}

// placeOf binds a sealed secret to its row (A240).
func placeOf(s id.Secret) seal.Place {
	return seal.Place{Table: "connected_app_secrets", Row: s.String(), Column: "sealed"}
}

func (r *Registry) now() time.Time { return r.clock.Now().UTC().Truncate(time.Second) }

// until is how long a mark can match a token: as long as any lives. What clocks may differ by, the store adds.
func (r *Registry) until() time.Time { return r.now().Add(token.MaxLife) }

// assign sets the scopes of an app: the members of what is named, or the whole catalog. Later additions to a wildcard
// are not assigned silently (A036).
func (r *Registry) assign(app *store.ConnectedApp, names *[]string) error {
	if names == nil {
		app.AllScopes, app.Scopes = true, scope.Set{}
		return nil
	}
	asked, err := ParseScopes(*names)
	if err != nil {
		return err
	}
	concrete, unknown := r.catalogs.Expand(asked)
	if unknown.Len() > 0 {
		e := &refusal.Error{}
		for _, sc := range unknown.All() {
			e.Findings = append(e.Findings, refusal.Finding{Code: refusal.ScopeUnknown, Scope: sc.String()})
		}
		return e
	}
	app.AllScopes, app.Scopes = false, concrete
	return nil
}

// ParseScopes reads a list of names, refusing the first that is none, and lists that are longer than any catalog is.
func ParseScopes(names []string) (scope.Set, error) {
	if len(names) > scope.MaxBits {
		return scope.Set{}, refusal.New(refusal.Finding{Code: refusal.ScopesTooMany, Want: strconv.Itoa(scope.MaxBits)})
	}
	list := make([]scope.Scope, 0, len(names))
	for _, n := range names {
		sc, err := scope.Parse(n)
		if err != nil {
			return scope.Set{}, refusal.New(refusal.Finding{Code: refusal.ScopeNameInvalid, Got: n})
		}
		list = append(list, sc)
	}
	return scope.NewSet(list...), nil
}

// ceiling is what an app can be given at most.
func (r *Registry) ceiling(app store.ConnectedApp) scope.Set {
	if app.AllScopes {
		return r.catalogs.Whole()
	}
	return app.Scopes
}

func shownScopes(app store.ConnectedApp) string {
	if app.AllScopes {
		return "whole catalog"
	}
	return app.Scopes.String()
}

func appAct(by audit.Actor, action string, in id.Tenant, client id.Client) audit.Act {
	return audit.Act{Tenant: in, Actor: by, Action: action, Target: "connected_app " + client.String()}
}
