package registry

import (
	"context"
	"path/filepath"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/faultstore"
)

// faulty is a registry whose store fails when it is told to, with an app that has secrets.
type faulty struct {
	*world
	app    store.ConnectedApp
	secret store.Secret
}

func newFaulty(t *testing.T, b *faultstore.Bench, analytics *catalog.Catalog) *faulty {
	t.Helper()
	f := &faulty{world: &world{t: t, in: entropy.ID[id.Tenant]()}}
	sealer, err := seal.OpenFile(filepath.Join(t.TempDir(), "seal.key"))
	f.ok(err)
	cats, err := NewCatalogs(analytics)
	f.ok(err)
	f.Registry = New(Config{Store: b.Store, Clock: b.Clock, Sealer: sealer, Catalogs: cats})
	f.ok(b.Store.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
		return tx.AddTenant(store.Tenant{ID: f.in, Name: "Acme", ContentURL: "acme", Plan: "starter", Created: noon})
	}))
	f.app = f.world.app()
	f.addSecret()
	return f
}

func (f *faulty) addSecret() {
	f.t.Helper()
	var err error
	f.secret, _, err = f.CreateSecret(ctx, audit.Operator, f.in, f.app.Client)
	f.ok(err)
}

func (f *faulty) update(c ConnectedAppChange) error {
	_, err := f.UpdateConnectedApp(ctx, audit.Operator, f.in, f.app.Client, c)
	return err
}

func (f *faulty) createSecret(ctx context.Context) error {
	s, value, err := f.CreateSecret(ctx, audit.Operator, f.in, f.app.Client)
	if err != nil && (value != "" || s.Sealed != nil) {
		f.t.Error("a failure carries a secret")
	}
	return err
}

// TestA221_every_change: done or not done, and whatever was said of it, marks, book and records agree, and asking again
// does no harm (A232).
func TestA221_every_change(t *testing.T) {
	yes, no, name, rest := true, false, "renamed", []string{"tableau:content:read"}
	tests := []struct {
		name    string
		prepare func(*faulty) // beside an app with a secret
		do      func(context.Context, *faulty) error
		e       faultstore.Experiment // without what the world gives
	}{
		{"an app is made, and made twice by who asks twice", nil, func(ctx context.Context, f *faulty) error {
			_, err := f.CreateConnectedApp(ctx, audit.Operator, f.in, NewConnectedApp{Name: "another"})
			return err
		}, faultstore.Experiment{Action: "connected_app.create", Adds: true}},
		{"renamed", nil, func(_ context.Context, f *faulty) error { return f.update(ConnectedAppChange{Name: &name}) },
			faultstore.Experiment{Action: "connected_app.update"}},
		{"disabled", nil, func(_ context.Context, f *faulty) error { return f.update(ConnectedAppChange{Enabled: &no}) },
			faultstore.Experiment{Action: "connected_app.update", Void: true}},
		{"enabled", func(f *faulty) { f.ok(f.update(ConnectedAppChange{Enabled: &no})) },
			func(_ context.Context, f *faulty) error { return f.update(ConnectedAppChange{Enabled: &yes}) },
			faultstore.Experiment{Action: "connected_app.update"}},
		{"scopes un-assigned", nil, func(_ context.Context, f *faulty) error {
			return f.update(ConnectedAppChange{SetScopes: true, Scopes: &rest})
		}, faultstore.Experiment{Action: "connected_app.update", Lost: true}},
		{"scopes assigned", func(f *faulty) { f.ok(f.update(ConnectedAppChange{SetScopes: true, Scopes: &rest})) },
			func(_ context.Context, f *faulty) error { return f.update(ConnectedAppChange{SetScopes: true}) },
			faultstore.Experiment{Action: "connected_app.update"}},
		{"authorization revoked", nil, func(ctx context.Context, f *faulty) error {
			_, err := f.RevokeAuthorization(ctx, audit.Operator, f.in, f.app.Client)
			return err
		}, faultstore.Experiment{Action: "connected_app.revoke", Void: true}},
		{"authorized again", func(f *faulty) {
			_, err := f.RevokeAuthorization(ctx, audit.Operator, f.in, f.app.Client)
			f.ok(err)
		}, func(ctx context.Context, f *faulty) error {
			_, err := f.Authorize(ctx, audit.Operator, f.in, f.app.Client)
			return err
		}, faultstore.Experiment{Action: "connected_app.authorize"}},
		{"deleted", nil, func(ctx context.Context, f *faulty) error {
			return f.DeleteConnectedApp(ctx, audit.Operator, f.in, f.app.Client)
		}, faultstore.Experiment{Action: "connected_app.delete", Void: true, Again: refusal.ObjectNotFound}},
		{"a second secret, of two", nil, func(ctx context.Context, f *faulty) error { return f.createSecret(ctx) },
			faultstore.Experiment{Action: "connected_app.create_secret", Again: refusal.SecretLimit}},
		{"a secret deleted", nil, func(ctx context.Context, f *faulty) error {
			return f.DeleteSecret(ctx, audit.Operator, f.in, f.app.Client, f.secret.ID)
		}, faultstore.Experiment{Action: "connected_app.delete_secret", Void: true, Again: refusal.ObjectNotFound}},
		{"one of two secrets deleted", func(f *faulty) { f.addSecret() }, func(ctx context.Context, f *faulty) error {
			return f.DeleteSecret(ctx, audit.Operator, f.in, f.app.Client, f.secret.ID)
		}, faultstore.Experiment{Action: "connected_app.delete_secret", Void: true, Again: refusal.ObjectNotFound}},
	}
	cat := analytics(t)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			faultstore.Each(t, func(t *testing.T, b *faultstore.Bench) faultstore.Experiment {
				f := newFaulty(t, b, cat)
				if tt.prepare != nil {
					tt.prepare(f)
				}
				e := tt.e
				e.In, e.Do = f.in, func(ctx context.Context) error { return tt.do(ctx, f) }
				e.Session = mark.Subject{Tenant: f.in, Client: f.app.Client, Authorization: f.app.Authorization, Secret: f.secret.ID,
					User: entropy.ID[id.User](), Session: entropy.ID[id.Session]()}
				e.Other = e.Session
				e.Other.Client, e.Other.Authorization, e.Other.Secret =
					entropy.ID[id.Client](), entropy.ID[id.Authorization](), entropy.ID[id.Secret]()
				return e
			})
		})
	}
}
