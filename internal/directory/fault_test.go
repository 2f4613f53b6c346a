package directory

import (
	"context"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/store/faultstore"
)

// faulty is a directory whose store fails when it is told to: a tenant with an administrator and with bob, who is one
// too, in a group.
type faulty struct {
	*world
	bob   store.User
	group store.Group
}

func newFaulty(t *testing.T, b *faultstore.Bench) *faulty {
	t.Helper()
	f := &faulty{world: &world{t: t}}
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	f.Directory = New(Config{Store: b.Store, Clock: b.Clock, Catalogs: theCatalogs(t)})
	acme, err := f.CreateTenant(ctx, audit.Operator, NewTenant{Name: "Acme", ContentURL: "acme", Plan: "starter"})
	ok(err)
	f.in = acme.ID
	f.user("root", SuperAdmin)
	f.bob = f.user("bob", Member, SiteAdmin)
	f.group, err = f.CreateGroup(ctx, audit.Operator, f.in, "team")
	ok(err)
	ok(f.AddMember(ctx, audit.Operator, f.in, f.group.ID, f.bob.ID))
	return f
}

func (f *faulty) update(ctx context.Context, c UserChange) error {
	_, err := f.UpdateUser(ctx, audit.Operator, f.in, f.bob.ID, c)
	return err
}

// TestA221_every_change: done or not done, and whatever was said of it, marks, book and records agree, and asking again
// does no harm (A232).
func TestA221_every_change(t *testing.T) {
	yes, name, plan, fewer := true, "renamed", "enterprise", []string{Member}
	beta := entropy.ID[id.Tenant]()
	tests := []struct {
		name string
		do   func(context.Context, *faulty) error
		e    faultstore.Experiment // without what the world gives
	}{
		{"a tenant made", func(ctx context.Context, f *faulty) error {
			_, err := f.CreateTenant(ctx, audit.Operator, NewTenant{ID: beta, Name: "Beta", ContentURL: "beta", Plan: "starter"})
			return err
		}, faultstore.Experiment{In: beta, Action: "tenant.create", Again: refusal.NameTaken}},
		{"a tenant changed", func(ctx context.Context, f *faulty) error {
			_, err := f.UpdateTenant(ctx, audit.Operator, f.in, TenantChange{Name: &name, Plan: &plan})
			return err
		}, faultstore.Experiment{Action: "tenant.update"}},
		{"a tenant deleted", func(ctx context.Context, f *faulty) error { return f.DeleteTenant(ctx, audit.Operator, f.in) },
			faultstore.Experiment{Action: "tenant.delete", Void: true, Again: refusal.ObjectNotFound}},
		{"a user made", func(ctx context.Context, f *faulty) error {
			_, err := f.CreateUser(ctx, audit.Operator, f.in, NewUser{Name: "eve"})
			return err
		}, faultstore.Experiment{Action: "user.create", Again: refusal.NameTaken}},
		{"a user made with a person", func(ctx context.Context, f *faulty) error {
			_, err := f.CreateUser(ctx, audit.Operator, f.in, NewUser{Name: "eve", Password: "correct horse battery"})
			return err
		}, faultstore.Experiment{Action: "user.create", Again: refusal.NameTaken}},
		{"a user renamed", func(ctx context.Context, f *faulty) error { return f.update(ctx, UserChange{Name: &name}) },
			faultstore.Experiment{Action: "user.update"}},
		{"a user disabled", func(ctx context.Context, f *faulty) error { return f.update(ctx, UserChange{Disabled: &yes}) },
			faultstore.Experiment{Action: "user.update", Void: true}},
		{"a role taken", func(ctx context.Context, f *faulty) error { return f.update(ctx, UserChange{Roles: &fewer}) },
			faultstore.Experiment{Action: "user.update", Void: true}},
		{"a user deleted", func(ctx context.Context, f *faulty) error {
			return f.DeleteUser(ctx, audit.Operator, f.in, f.bob.ID)
		}, faultstore.Experiment{Action: "user.delete", Void: true, Again: refusal.ObjectNotFound}},
		{"a role made", func(ctx context.Context, f *faulty) error {
			_, err := f.CreateRole(ctx, audit.Operator, store.Role{Tenant: f.in, ID: "installs", Name: "Installs", Permissions: []string{MayInstall}})
			return err
		}, faultstore.Experiment{Action: "role.create", Again: refusal.NameTaken}},
		{"an entitlement added", func(ctx context.Context, f *faulty) error {
			_, err := f.PutEntitlement(ctx, audit.Operator, store.Entitlement{Tenant: f.in, Entitlement: workflows})
			return err
		}, faultstore.Experiment{Action: "entitlement.add"}},
		{"a group made", func(ctx context.Context, f *faulty) error {
			_, err := f.CreateGroup(ctx, audit.Operator, f.in, "others")
			return err
		}, faultstore.Experiment{Action: "group.create", Again: refusal.NameTaken}},
		{"a member removed", func(ctx context.Context, f *faulty) error {
			return f.RemoveMember(ctx, audit.Operator, f.in, f.group.ID, f.bob.ID)
		}, faultstore.Experiment{Action: "group.remove_member", Again: refusal.ObjectNotFound}},
		{"a group deleted", func(ctx context.Context, f *faulty) error {
			return f.DeleteGroup(ctx, audit.Operator, f.in, f.group.ID)
		}, faultstore.Experiment{Action: "group.delete", Again: refusal.ObjectNotFound}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			faultstore.Each(t, func(t *testing.T, b *faultstore.Bench) faultstore.Experiment {
				f := newFaulty(t, b)
				e := tt.e
				if e.In.IsZero() {
					e.In = f.in
				}
				e.Do = func(ctx context.Context) error { return tt.do(ctx, f) }
				e.Session = mark.Subject{Tenant: f.in, User: f.bob.ID, Client: entropy.ID[id.Client](), Session: entropy.ID[id.Session]()}
				e.Other = e.Session
				e.Other.User = entropy.ID[id.User]()
				if e.Action == "tenant.delete" {
					e.Other.Tenant = entropy.ID[id.Tenant]()
				}
				return e
			})
		})
	}
}
