package testworld

import (
	"context"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// Tenant is a tenant with a user named ada, who is its super administrator, and a connected app with one secret.
type Tenant struct {
	store.Tenant
	Ada store.User
	App App
}

// App is what the script of a connected app knows.
type App struct {
	Client id.Client
	Kid    id.Secret
	Secret string
}

// Settle gives the world two tenants.
func (w *World) Settle() *World {
	w.T.Helper()
	w.Acme, w.Beta = w.NewTenant("acme"), w.NewTenant("beta")
	return w
}

// NewTenant makes a tenant.
func (w *World) NewTenant(name string) Tenant {
	w.T.Helper()
	t, err := w.Directory.CreateTenant(context.Background(), audit.Operator, directory.NewTenant{Name: name, ContentURL: name, Plan: "enterprise"})
	w.OK(err)
	return Tenant{t, w.NewUser(t.ID, "ada", directory.SuperAdmin), w.NewApp(t.ID, nil)}
}

// NewUser makes a user, with the roles of a new one if none are given.
func (w *World) NewUser(in id.Tenant, name string, roles ...string) store.User {
	w.T.Helper()
	u, err := w.Directory.CreateUser(context.Background(), audit.Operator, in, directory.NewUser{Name: name, Roles: roles})
	w.OK(err)
	return u
}

// Member makes a user of acme.
func (w *World) Member(name string, roles ...string) store.User {
	w.T.Helper()
	return w.NewUser(w.Acme.ID, name, roles...)
}

// Holder makes a user of acme whose one role holds just these permissions.
func (w *World) Holder(name string, permissions ...string) store.User {
	w.T.Helper()
	_, err := w.Directory.CreateRole(context.Background(), audit.Operator, store.Role{Tenant: w.Acme.ID, ID: "r_" + name, Name: name, Permissions: permissions})
	w.OK(err)
	return w.Member(name, "r_"+name)
}

// Decider makes a user of acme who may decide on apps, and nothing else.
func (w *World) Decider(name string) store.User {
	w.T.Helper()
	return w.Holder(name, directory.MayAuthorize)
}

// Giver makes a user of acme who may give every scope that the app of a shop asks for, and may not install.
func (w *World) Giver(name string) store.User {
	w.T.Helper()
	return w.Holder(name, "crm:contacts:view", "crm:companies:view", "crm:deals:view")
}

// Plan gives acme another plan.
func (w *World) Plan(name string) {
	w.T.Helper()
	_, err := w.Directory.UpdateTenant(context.Background(), audit.Operator, w.Acme.ID, directory.TenantChange{Plan: &name})
	w.OK(err)
}

// Login gives a user a person who can log in: with the hash of a password, or "" where nobody types one.
func (w *World) Login(u store.User, login, hash string) store.User {
	w.T.Helper()
	p := store.Person{ID: entropy.ID[id.Person](), Login: login, PasswordHash: hash, Created: w.Clock.Now()}
	u.Person = p.ID
	w.Do(func(tx store.Tx) error {
		if err := tx.AddPerson(p); err != nil {
			return err
		}
		return tx.UpdateUser(u)
	})
	return u
}

// NewApp makes a connected app, with all scopes if none are given.
func (w *World) NewApp(in id.Tenant, scopes *[]string) App {
	w.T.Helper()
	made, err := w.Registry.CreateConnectedApp(context.Background(), audit.Operator, in, registry.NewConnectedApp{Name: "script", Scopes: scopes})
	w.OK(err)
	return w.NewSecret(in, made.Client)
}

// NewSecret gives a connected app a secret.
func (w *World) NewSecret(in id.Tenant, client id.Client) App {
	w.T.Helper()
	s, value, err := w.Registry.CreateSecret(context.Background(), audit.Operator, in, client)
	w.OK(err)
	return App{client, s.ID, value}
}
