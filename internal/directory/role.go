package directory

import (
	"context"
	"errors"
	"slices"
	"strings"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// ListRoles lists the roles that the users of a tenant can hold, by id: those that every tenant has, and its own. The former
// have no tenant.
func (d *Directory) ListRoles(ctx context.Context, in id.Tenant, p store.Page) ([]store.Role, error) {
	return read(ctx, d, func(r store.Reader) ([]store.Role, error) {
		if _, err := r.Tenant(in); err != nil {
			return nil, store.Refuse(err, "tenant", in.String())
		}
		out, err := r.ListRoles(in, p)
		if err != nil {
			return nil, err
		}
		for _, name := range d.rules.roleNames {
			if name > p.After {
				out = slices.DeleteFunc(out, func(o store.Role) bool { return o.ID == name }) // the catalog's stands
				out = append(out, d.rules.builtIn(name))
			}
		}
		slices.SortFunc(out, func(a, b store.Role) int { return strings.Compare(a.ID, b.ID) })
		if p.Limit > 0 && len(out) > p.Limit {
			out = out[:p.Limit]
		}
		return out, nil
	})
}

// builtIn is a role that every tenant has, as a record. What it is called stands in the catalogs.
func (ru *Rules) builtIn(name string) store.Role {
	return store.Role{ID: name, Permissions: distinct(ru.roles[name])}
}

// Role finds a role that every tenant has, or one of the tenant's own.
func (d *Directory) Role(ctx context.Context, in id.Tenant, role string) (store.Role, error) {
	out, err := read(ctx, d, func(r store.Reader) (store.Role, error) {
		if _, err := r.Tenant(in); err != nil {
			return store.Role{}, store.Refuse(err, "tenant", in.String())
		}
		if _, ok := d.rules.roles[role]; ok {
			return d.rules.builtIn(role), nil
		}
		return r.Role(in, role)
	})
	return out, store.Refuse(err, "role", role)
}

// RolesOfUser are the roles that a user holds, by id.
func (d *Directory) RolesOfUser(ctx context.Context, in id.Tenant, user id.User) ([]store.Role, error) {
	out, err := read(ctx, d, func(r store.Reader) ([]store.Role, error) {
		u, err := r.User(in, user)
		if err != nil {
			return nil, err
		}
		var out []store.Role
		for _, name := range u.Roles {
			if _, ok := d.rules.roles[name]; ok {
				out = append(out, d.rules.builtIn(name))
				continue
			}
			own, err := r.Role(in, name)
			if missing(err) {
				own, err = store.Role{ID: name}, nil // a catalog had it once
			}
			if err != nil {
				return nil, err
			}
			out = append(out, own)
		}
		return out, nil
	})
	return out, store.Refuse(err, "user", user.String())
}

// CreateRole makes a role of the tenant's own.
func (d *Directory) CreateRole(ctx context.Context, by audit.Actor, role store.Role) (store.Role, error) {
	role.Created = d.now()
	if err := d.checkRole(&role); err != nil {
		return role, err
	}
	if _, ok := d.rules.roles[role.ID]; ok {
		return role, refusal.New(refusal.Finding{Code: refusal.NameTaken, Want: "role", Got: role.ID})
	}
	err := d.store.Do(ctx, roleAct(by, "role.create", role.Tenant, role.ID), func(tx store.Tx) error {
		if _, err := tx.Tenant(role.Tenant); err != nil {
			return store.Refuse(err, "tenant", role.Tenant.String())
		}
		tx.Detail("permissions", listed(role.Permissions))
		return tx.AddRole(role)
	})
	return role, store.Refuse(err, "role", role.ID)
}

// RoleChange changes what is not nil.
type RoleChange struct {
	Name        *string
	Permissions *[]string
}

// UpdateRole changes a role of the tenant's own. A permission taken from it is taken from all who hold it.
func (d *Directory) UpdateRole(ctx context.Context, by audit.Actor, in id.Tenant, name string, c RoleChange) (store.Role, error) {
	var role store.Role
	err := d.store.Do(ctx, roleAct(by, "role.update", in, name), func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		old, err := tx.Role(in, name)
		if err != nil {
			return err
		}
		role = old
		set(&role.Name, c.Name)
		set(&role.Permissions, c.Permissions)
		if err := d.checkRole(&role); err != nil {
			return err
		}
		if lost(old.Permissions, role.Permissions) {
			if _, err := d.markHolders(tx, in, name); err != nil {
				return err
			}
		}
		tx.Detail("permissions", listed(role.Permissions))
		return tx.UpdateRole(role)
	})
	return role, store.Refuse(err, "role", name)
}

// DeleteRole deletes a role of the tenant's own, takes it from all who hold it, and from whatever names it: a role that is made
// with the same id later is another one (A155).
func (d *Directory) DeleteRole(ctx context.Context, by audit.Actor, in id.Tenant, name string) error {
	err := d.store.Do(ctx, roleAct(by, "role.delete", in, name), func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		if _, err := tx.Role(in, name); err != nil {
			return err
		}
		holders, err := d.markHolders(tx, in, name)
		if err != nil {
			return err
		}
		for _, u := range holders {
			u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r string) bool { return r == name })
			if len(u.Roles) == 0 {
				u.Roles = []string{Member}
			}
			if err := tx.UpdateUser(u); err != nil {
				return err
			}
		}
		if err := d.unname(tx, by, in, name); err != nil {
			return err
		}
		return tx.DeleteRole(in, name)
	})
	return store.Refuse(err, "role", name)
}

// maxHolderMarks is how many users are marked one by one. Beyond it one mark on the tenant stands for all of them: what it
// ends is issued again on the next use.
const maxHolderMarks = 200

// markHolders marks who holds a role, and answers them.
func (d *Directory) markHolders(tx store.Tx, in id.Tenant, role string) ([]store.User, error) {
	holders, err := tx.UsersWithRole(in, role)
	if err != nil {
		return nil, err
	}
	if len(holders) > maxHolderMarks {
		tx.Mark(mark.Subject{Tenant: in}, nil, d.until())
		return holders, nil
	}
	for _, u := range holders {
		tx.Mark(mark.Subject{Tenant: in, User: u.ID}, nil, d.until())
	}
	return holders, nil
}

// GiveRole gives a user one more role.
func (d *Directory) GiveRole(ctx context.Context, by audit.Actor, in id.Tenant, user id.User, role string) (store.User, error) {
	return d.changeUser(ctx, by, "user.role.give", in, user, func(u *store.User) error {
		u.Roles = append(slices.Clone(u.Roles), role)
		return nil
	})
}

// TakeRole takes a role from a user, who then keeps the others, or the role user.
func (d *Directory) TakeRole(ctx context.Context, by audit.Actor, in id.Tenant, user id.User, role string) (store.User, error) {
	return d.changeUser(ctx, by, "user.role.take", in, user, func(u *store.User) error {
		if !slices.Contains(u.Roles, role) {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "role", Got: role})
		}
		u.Roles = slices.DeleteFunc(slices.Clone(u.Roles), func(r string) bool { return r == role })
		if len(u.Roles) == 0 {
			u.Roles = []string{Member}
		}
		return nil
	})
}

func roleAct(by audit.Actor, action string, in id.Tenant, role string) audit.Act {
	return audit.Act{Tenant: in, Actor: by, Action: action, Target: "role " + role}
}

func (d *Directory) checkRole(role *store.Role) error {
	if !isRoleID(role.ID) {
		return refusal.New(refusal.Finding{Code: refusal.RoleIDInvalid, Got: role.ID})
	}
	role.Permissions = distinct(role.Permissions)
	err := &refusal.Error{}
	if e := refusal.CheckName("name", role.Name); e != nil {
		err.Findings = append(err.Findings, refusal.Of(e).Findings...)
	}
	for _, p := range role.Permissions {
		if !slices.Contains(d.rules.permissions, p) {
			err.Findings = append(err.Findings, refusal.Finding{Code: refusal.PermissionUnknown, Got: p, Want: listed(d.rules.permissions)})
		}
	}
	if len(err.Findings) > 0 {
		return err
	}
	return nil
}

func isRoleID(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'a' || s[0] > 'z' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' {
			return false
		}
	}
	return true
}

// missing says whether a store did not find a record.
func missing(err error) bool { return errors.Is(err, store.ErrNotFound) }
