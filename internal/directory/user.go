package directory

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// NewUser is what a user is made of. With a password, a person who can log in stands behind the user: the login is the
// user's name. A person who exists already is never given another password this way.
type NewUser struct {
	Name, FullName, Email string
	Password              string
	Roles, PlatformRoles  []string
}

// UserChange changes what is not nil.
type UserChange struct {
	Name, FullName, Email *string
	Roles, PlatformRoles  *[]string
	Disabled              *bool
}

// CreateUser adds a user to a tenant. Without roles it gets the role user.
func (d *Directory) CreateUser(ctx context.Context, by audit.Actor, in id.Tenant, n NewUser) (store.User, error) {
	u := store.User{Tenant: in, ID: entropy.ID[id.User](), Name: n.Name, FullName: n.FullName, Email: n.Email,
		Roles: n.Roles, PlatformRoles: n.PlatformRoles, Created: d.now()}
	if len(u.Roles) == 0 {
		u.Roles = []string{Member}
	}
	var person *store.Person
	if n.Password != "" {
		hash, err := d.hasher.Hash(ctx, n.Password)
		if err != nil {
			return store.User{}, err
		}
		person = &store.Person{ID: entropy.ID[id.Person](), Login: NormalLogin(n.Name), PasswordHash: hash, Created: u.Created}
		u.Person = person.ID
	}
	err := d.store.Do(ctx, userAct(by, "user.create", in, u.ID), func(tx store.Tx) error {
		if _, err := tx.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		if err := d.checkUser(tx, &u); err != nil {
			return err
		}
		if err := d.notAbove(tx, by, u); err != nil {
			return err
		}
		if person != nil {
			if err := tx.AddPerson(*person); err != nil {
				return store.Refuse(err, "person", person.Login)
			}
		}
		tx.Detail("name", u.Name)
		return tx.AddUser(u)
	})
	return u, store.Refuse(err, "user", u.Name)
}

// User finds one user.
func (d *Directory) User(ctx context.Context, in id.Tenant, user id.User) (store.User, error) {
	u, err := read(ctx, d, func(r store.Reader) (store.User, error) { return r.User(in, user) })
	return u, store.Refuse(err, "user", user.String())
}

// UsersNamed finds several users at once, in the order in which they are named. Who is no user of the tenant is left out.
func (d *Directory) UsersNamed(ctx context.Context, in id.Tenant, users []id.User) ([]store.User, error) {
	if len(users) == 0 {
		return nil, nil
	}
	return read(ctx, d, func(r store.Reader) ([]store.User, error) {
		out := make([]store.User, 0, len(users))
		for _, user := range users {
			u, err := r.User(in, user)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			out = append(out, u)
		}
		return out, nil
	})
}

// UserByName finds the user of exactly that name.
func (d *Directory) UserByName(ctx context.Context, in id.Tenant, name string) (store.User, error) {
	u, err := read(ctx, d, func(r store.Reader) (store.User, error) { return r.UserByName(in, name) })
	return u, store.Refuse(err, "user", name)
}

// UserOfPerson finds the enabled user of a person.
func (d *Directory) UserOfPerson(ctx context.Context, in id.Tenant, person id.Person) (store.User, error) {
	u, err := read(ctx, d, func(r store.Reader) (store.User, error) { return r.UserOfPerson(in, person) })
	return u, store.Refuse(err, "person", person.String())
}

// ListUsers lists a tenant's users by name, and how many there are in all.
func (d *Directory) ListUsers(ctx context.Context, in id.Tenant, p store.Page) ([]store.User, int, error) {
	return list(ctx, d, in, func(r store.Reader) ([]store.User, error) { return r.ListUsers(in, p) },
		func(r store.Reader) (int, error) { return r.CountUsers(in) })
}

// UpdateUser changes a user. Taking a role away or disabling ends the user's sessions, which carry the roles they were
// made with; disabling also ends the user's grants for good.
func (d *Directory) UpdateUser(ctx context.Context, by audit.Actor, in id.Tenant, user id.User, c UserChange) (store.User, error) {
	return d.changeUser(ctx, by, "user.update", in, user, func(u *store.User) error {
		set(&u.Name, c.Name)
		set(&u.FullName, c.FullName)
		set(&u.Email, c.Email)
		set(&u.Roles, c.Roles)
		set(&u.PlatformRoles, c.PlatformRoles)
		set(&u.Disabled, c.Disabled)
		return nil
	})
}

func (d *Directory) changeUser(ctx context.Context, by audit.Actor, action string, in id.Tenant, user id.User, change func(*store.User) error) (store.User, error) {
	var u store.User
	err := d.store.Do(ctx, userAct(by, action, in, user), func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		old, err := tx.User(in, user)
		if err != nil {
			return err
		}
		u = old
		if err := change(&u); err != nil {
			return err
		}
		if err := d.checkUser(tx, &u); err != nil {
			return err
		}
		if err := d.notAbove(tx, by, old, u.Roles...); err != nil {
			return err
		}
		if slices.Contains(u.Roles, SuperAdmin) && !slices.Contains(old.Roles, SuperAdmin) {
			// Links that somebody was shown who could not have made them for a super administrator.
			if err := tx.EndLinks(in, user, u.Person, d.now()); err != nil {
				return err
			}
		}
		if administers(old) && !administers(u) {
			if err := othersAdminister(tx, in, user); err != nil {
				return err
			}
		}
		if lost(old.Roles, u.Roles) || lost(old.PlatformRoles, u.PlatformRoles) || u.Disabled && !old.Disabled {
			tx.Mark(mark.Subject{Tenant: in, User: user}, nil, d.until())
		}
		if u.Disabled && !old.Disabled {
			if err := d.endAll(tx, in, u, "user_disabled"); err != nil {
				return err
			}
		}
		tx.Detail("name", u.Name)
		if !slices.Equal(old.Roles, u.Roles) {
			tx.Detail("roles", listed(u.Roles))
		}
		return tx.UpdateUser(u)
	})
	return u, refuse(err, "user", user.String(), u.Name)
}

// endAll ends for good what a user gave to apps, and the invitations to become the user.
func (d *Directory) endAll(tx store.Tx, in id.Tenant, u store.User, why string) error {
	grants, err := tx.EndGrants(in, store.GrantFilter{User: u.ID}, why, d.now())
	if err != nil {
		return err
	}
	if len(grants) > 0 {
		tx.Detail("grants_ended", strconv.Itoa(len(grants)))
	}
	return tx.EndLinks(in, u.ID, id.Person{}, d.now())
}

// DeleteUser removes a user from the tenant and ends the user's sessions. A later user of the same name is another
// user (A103).
func (d *Directory) DeleteUser(ctx context.Context, by audit.Actor, in id.Tenant, user id.User) error {
	err := d.store.Do(ctx, userAct(by, "user.delete", in, user), func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		u, err := tx.User(in, user)
		if err != nil {
			return err
		}
		if err := d.notAbove(tx, by, u); err != nil {
			return err
		}
		if administers(u) {
			if err := othersAdminister(tx, in, user); err != nil {
				return err
			}
		}
		tx.Detail("name", u.Name)
		tx.Mark(mark.Subject{Tenant: in, User: user}, nil, d.until())
		if err := d.endAll(tx, in, u, "user_deleted"); err != nil {
			return err
		}
		return tx.DeleteUser(in, user)
	})
	return store.Refuse(err, "user", user.String())
}

func userAct(by audit.Actor, action string, in id.Tenant, user id.User) audit.Act {
	return audit.Act{Tenant: in, Actor: by, Action: action, Target: "user " + user.String()}
}

func administers(u store.User) bool { return !u.Disabled && Administers(u.Roles) }

// othersAdminister refuses what would leave the tenant without an active administrator.
func othersAdminister(r store.Reader, in id.Tenant, but id.User) error {
	for _, role := range []string{SuperAdmin, SiteAdmin} {
		users, err := r.UsersWithRole(in, role)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(users, func(u store.User) bool { return u.ID != but && administers(u) }) {
			return nil
		}
	}
	return refusal.New(refusal.Finding{Code: refusal.LastAdministrator})
}

// lost says whether something of old is missing in now.
func lost(old, now []string) bool {
	return slices.ContainsFunc(old, func(r string) bool { return !slices.Contains(now, r) })
}

func (d *Directory) checkUser(r store.Reader, u *store.User) error {
	if err := refusal.CheckName("name", u.Name); err != nil {
		return err
	}
	if err := checkOptional("full_name", u.FullName); err != nil {
		return err
	}
	if err := checkOptional("email", u.Email); err != nil {
		return err
	}
	var err error
	if u.Roles, err = d.rules.CheckRoles(r, u.Tenant, u.Roles); err != nil {
		return err
	}
	if len(u.Roles) == 0 {
		return refusal.New(refusal.Finding{Code: refusal.FieldMissing, Got: "roles"})
	}
	u.PlatformRoles = distinct(u.PlatformRoles)
	for _, role := range u.PlatformRoles {
		if !slices.Contains(PlatformRoles(), role) {
			return refusal.New(refusal.Finding{Code: refusal.RoleUnknown, Got: role, Want: listed(PlatformRoles())})
		}
	}
	return nil
}

// list reads one page and the total on one state. A tenant that does not exist is not found.
func list[T any](ctx context.Context, d *Directory, in id.Tenant, page func(store.Reader) ([]T, error), count func(store.Reader) (int, error)) ([]T, int, error) {
	var items []T
	var total int
	err := d.store.View(ctx, func(r store.Reader) error {
		if _, err := r.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		var err error
		if items, err = page(r); err != nil {
			return err
		}
		total, err = count(r)
		return err
	})
	return items, total, err
}
