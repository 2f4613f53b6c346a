package registry

import (
	"context"
	"path/filepath"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/faultstore"
)

// faultyApps is a registry whose store fails when it is told to, with a registered app that has a secret.
type faultyApps struct {
	*apps
	app    store.Client
	secret store.ClientSecret
}

func newFaultyApps(t *testing.T, b *faultstore.Bench, cats *Catalogs) *faultyApps {
	t.Helper()
	f := &faultyApps{apps: &apps{world: &world{t: t, in: entropy.ID[id.Tenant]()}}}
	sealer, err := seal.OpenFile(filepath.Join(t.TempDir(), "seal.key"))
	f.ok(err)
	f.Registry = New(Config{Store: b.Store, Clock: b.Clock, Sealer: sealer, Catalogs: cats})
	f.ok(b.Store.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
		return tx.AddTenant(store.Tenant{ID: f.in, Name: "Acme", ContentURL: "acme", Plan: "starter", Created: noon})
	}))
	f.app = f.create(draft())
	f.secret, _, err = f.CreateClientSecret(ctx, audit.Operator, Everybody(), f.app.ID)
	f.ok(err)
	return f
}

// TestA221_every_change_of_an_app: done or not done, and whatever was said of it, marks, book and records agree, and asking
// again does no harm (A232).
func TestA221_every_change_of_an_app(t *testing.T) {
	changed := draft()
	changed.RedirectURIs = []string{"https://app.example.com/new"}
	switched := func(enabled bool) func(context.Context, *faultyApps) error {
		return func(ctx context.Context, f *faultyApps) error {
			_, err := f.SwitchClient(ctx, audit.Operator, f.app.ID, enabled)
			return err
		}
	}
	tests := []struct {
		name    string
		prepare func(*faultyApps)
		do      func(context.Context, *faultyApps) error
		e       faultstore.Experiment // without what the world gives
	}{
		{"registered, and registered twice by who asks twice", nil, func(ctx context.Context, f *faultyApps) error {
			_, err := f.CreateClient(ctx, audit.Operator, NewClient{Owner: f.in, Draft: draft()})
			return err
		}, faultstore.Experiment{Action: "client.create", Adds: true}},
		{"changed", nil, func(ctx context.Context, f *faultyApps) error {
			_, err := f.UpdateClient(ctx, audit.Operator, OwnedBy(f.in), f.app.ID, 1, changed)
			return err
		}, faultstore.Experiment{Action: "client.update", Again: refusal.ClientChanged}},
		{"a logo", nil, func(ctx context.Context, f *faultyApps) error {
			_, err := f.SetLogo(ctx, audit.Operator, OwnedBy(f.in), f.app.ID, picture(8, 8))
			return err
		}, faultstore.Experiment{Action: "client.update"}},
		{"disabled", nil, switched(false), faultstore.Experiment{Action: "client.disable", Void: true}},
		{"enabled", func(f *faultyApps) { f.ok(switched(false)(ctx, f)) }, switched(true), faultstore.Experiment{Action: "client.enable"}},
		{"deleted", nil, func(ctx context.Context, f *faultyApps) error {
			return f.DeleteClient(ctx, audit.Operator, OwnedBy(f.in), f.app.ID)
		}, faultstore.Experiment{Action: "client.delete", Void: true, Again: refusal.ObjectNotFound}},
		{"a second secret, of two", nil, func(ctx context.Context, f *faultyApps) error {
			s, value, err := f.CreateClientSecret(ctx, audit.Operator, OwnedBy(f.in), f.app.ID)
			if err != nil && (value != id.Opaque{} || s != store.ClientSecret{}) {
				f.t.Error("a failure carries a secret")
			}
			return err
		}, faultstore.Experiment{Action: "client.create_secret", Again: refusal.ClientSecretLimit}},
		{"a secret deleted", nil, func(ctx context.Context, f *faultyApps) error {
			return f.DeleteClientSecret(ctx, audit.Operator, OwnedBy(f.in), f.app.ID, f.secret.ID)
		}, faultstore.Experiment{Action: "client.delete_secret", Again: refusal.ObjectNotFound}},
	}
	cats, err := NewCatalogs(crm(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			faultstore.Each(t, func(t *testing.T, b *faultstore.Bench) faultstore.Experiment {
				f := newFaultyApps(t, b, cats)
				if tt.prepare != nil {
					tt.prepare(f)
				}
				e := tt.e
				e.In, e.Do = f.in, func(ctx context.Context) error { return tt.do(ctx, f) }
				e.Session = mark.Subject{Tenant: entropy.ID[id.Tenant](), Client: f.app.ID, Authorization: entropy.ID[id.Authorization](),
					Grant: entropy.ID[id.Grant](), User: entropy.ID[id.User](), Session: entropy.ID[id.Session]()}
				e.Other = e.Session
				e.Other.Client = entropy.ID[id.Client]()
				return e
			})
		})
	}
}
