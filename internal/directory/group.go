package directory

import (
	"context"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// CreateGroup makes a group.
func (d *Directory) CreateGroup(ctx context.Context, by audit.Actor, in id.Tenant, name string) (store.Group, error) {
	g := store.Group{Tenant: in, ID: entropy.ID[id.Group](), Name: name, Created: d.now()}
	if err := refusal.CheckName("name", name); err != nil {
		return store.Group{}, err
	}
	err := d.store.Do(ctx, groupAct(by, "group.create", in, g.ID), func(tx store.Tx) error {
		if _, err := tx.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		tx.Detail("name", name)
		return tx.AddGroup(g)
	})
	return g, store.Refuse(err, "group", name)
}

// Group finds one group.
func (d *Directory) Group(ctx context.Context, in id.Tenant, group id.Group) (store.Group, error) {
	g, err := read(ctx, d, func(r store.Reader) (store.Group, error) { return r.Group(in, group) })
	return g, store.Refuse(err, "group", group.String())
}

// ListGroups lists a tenant's groups by name, and how many there are in all.
func (d *Directory) ListGroups(ctx context.Context, in id.Tenant, p store.Page) ([]store.Group, int, error) {
	return list(ctx, d, in, func(r store.Reader) ([]store.Group, error) { return r.ListGroups(in, p) },
		func(r store.Reader) (int, error) { return r.CountGroups(in) })
}

// ListMembers lists a group's users by name, and how many there are in all.
func (d *Directory) ListMembers(ctx context.Context, in id.Tenant, group id.Group, p store.Page) ([]store.User, int, error) {
	return list(ctx, d, in, func(r store.Reader) ([]store.User, error) {
		if _, err := r.Group(in, group); err != nil {
			return nil, store.Refuse(err, "group", group.String())
		}
		return r.ListMembers(in, group, p)
	}, func(r store.Reader) (int, error) { return r.CountMembers(in, group) })
}

// ListGroupsOfUser lists the groups that a user is in, by name.
func (d *Directory) ListGroupsOfUser(ctx context.Context, in id.Tenant, user id.User, p store.Page) ([]store.Group, error) {
	return read(ctx, d, func(r store.Reader) ([]store.Group, error) {
		if _, err := r.User(in, user); err != nil {
			return nil, store.Refuse(err, "user", user.String())
		}
		return r.ListGroupsOfUser(in, user, p)
	})
}

// RenameGroup changes a group's name.
func (d *Directory) RenameGroup(ctx context.Context, by audit.Actor, in id.Tenant, group id.Group, name string) (store.Group, error) {
	var g store.Group
	if err := refusal.CheckName("name", name); err != nil {
		return g, err
	}
	err := d.store.Do(ctx, groupAct(by, "group.update", in, group), func(tx store.Tx) error {
		var err error
		if g, err = tx.Group(in, group); err != nil {
			return err
		}
		tx.Detail("was", g.Name)
		tx.Detail("name", name)
		g.Name = name
		return tx.UpdateGroup(g)
	})
	return g, refuse(err, "group", group.String(), name)
}

// DeleteGroup deletes a group, not its users.
func (d *Directory) DeleteGroup(ctx context.Context, by audit.Actor, in id.Tenant, group id.Group) error {
	err := d.store.Do(ctx, groupAct(by, "group.delete", in, group), func(tx store.Tx) error {
		g, err := tx.Group(in, group)
		if err != nil {
			return err
		}
		tx.Detail("name", g.Name)
		return tx.DeleteGroup(in, group)
	})
	return store.Refuse(err, "group", group.String())
}

// AddMember puts a user into a group. A user who is in it already is a conflict.
func (d *Directory) AddMember(ctx context.Context, by audit.Actor, in id.Tenant, group id.Group, user id.User) error {
	return d.store.Do(ctx, groupAct(by, "group.add_member", in, group), func(tx store.Tx) error {
		if err := groupAndUser(tx, in, group, user); err != nil {
			return err
		}
		tx.Detail("user", user.String())
		return store.Refuse(tx.AddMember(in, group, user), "member", user.String())
	})
}

// RemoveMember takes a user out of a group.
func (d *Directory) RemoveMember(ctx context.Context, by audit.Actor, in id.Tenant, group id.Group, user id.User) error {
	return d.store.Do(ctx, groupAct(by, "group.remove_member", in, group), func(tx store.Tx) error {
		if err := groupAndUser(tx, in, group, user); err != nil {
			return err
		}
		tx.Detail("user", user.String())
		return store.Refuse(tx.RemoveMember(in, group, user), "member", user.String())
	})
}

func groupAct(by audit.Actor, action string, in id.Tenant, group id.Group) audit.Act {
	return audit.Act{Tenant: in, Actor: by, Action: action, Target: "group " + group.String()}
}

func groupAndUser(r store.Reader, in id.Tenant, group id.Group, user id.User) error {
	if _, err := r.Group(in, group); err != nil {
		return store.Refuse(err, "group", group.String())
	}
	_, err := r.User(in, user)
	return store.Refuse(err, "user", user.String())
}
