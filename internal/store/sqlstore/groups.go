package sqlstore

import (
	"database/sql"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	groupColumns         = `tenant, id, name, created`
	selectGroup          = `SELECT ` + groupColumns + ` FROM user_groups WHERE tenant = $1 AND id = $2`
	selectGroups         = `SELECT ` + groupColumns + ` FROM user_groups WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3`
	countGroups          = `SELECT count(*) FROM user_groups WHERE tenant = $1`
	selectOtherGroupName = `SELECT 1 FROM user_groups WHERE tenant = $1 AND name = $2 AND id <> $3`
	insertGroup          = `INSERT INTO user_groups (` + groupColumns + `) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	updateGroup          = `UPDATE user_groups SET name = $3 WHERE tenant = $1 AND id = $2`
	deleteGroup          = `DELETE FROM user_groups WHERE tenant = $1 AND id = $2`
	deleteMembers        = `DELETE FROM group_members WHERE tenant = $1 AND group_id = $2`
	insertMember         = `INSERT INTO group_members (tenant, group_id, user_id) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	deleteMember         = `DELETE FROM group_members WHERE tenant = $1 AND group_id = $2 AND user_id = $3`
	countMembers         = `SELECT count(*) FROM group_members WHERE tenant = $1 AND group_id = $2`
	selectMembers        = `SELECT ` + userColumns + ` FROM users WHERE tenant = $1 AND name > $3
		AND id IN (SELECT user_id FROM group_members WHERE tenant = $1 AND group_id = $2) ORDER BY name LIMIT $4`
	selectGroupsOfUser = `SELECT ` + groupColumns + ` FROM user_groups WHERE tenant = $1 AND name > $3
		AND id IN (SELECT group_id FROM group_members WHERE tenant = $1 AND user_id = $2) ORDER BY name LIMIT $4`
)

func scanGroup(rows *sql.Rows, g *store.Group) error {
	return rows.Scan(&g.Tenant, &g.ID, &g.Name, seconds{&g.Created})
}

// Group reads a group.
func (t *Tx) Group(in id.Tenant, group id.Group) (store.Group, error) {
	return one(t, scanGroup, "a group", selectGroup, in, group)
}

// ListGroups lists groups by name.
func (t *Tx) ListGroups(in id.Tenant, p store.Page) ([]store.Group, error) {
	if !storable(p.After) {
		return nil, fmt.Errorf("listing groups: %w", errText)
	}
	return many(t, scanGroup, "groups", selectGroups, in, p.After, limit(p.Limit))
}

// ListMembers lists a group's users by name; a group that is not there has none.
func (t *Tx) ListMembers(in id.Tenant, group id.Group, p store.Page) ([]store.User, error) {
	if !storable(p.After) {
		return nil, fmt.Errorf("listing members: %w", errText)
	}
	return many(t, scanUser, "members", selectMembers, in, group, p.After, limit(p.Limit))
}

// ListGroupsOfUser lists by name the groups that a user is in.
func (t *Tx) ListGroupsOfUser(in id.Tenant, user id.User, p store.Page) ([]store.Group, error) {
	if !storable(p.After) {
		return nil, fmt.Errorf("listing groups: %w", errText)
	}
	return many(t, scanGroup, "groups", selectGroupsOfUser, in, user, p.After, limit(p.Limit))
}

// CountGroups counts a tenant's groups.
func (t *Tx) CountGroups(in id.Tenant) (int, error) { return t.count("groups", countGroups, in) }

// CountMembers counts a group's users.
func (t *Tx) CountMembers(in id.Tenant, group id.Group) (int, error) {
	return t.count("members", countMembers, in, group)
}

// AddGroup adds a group.
func (t *Tx) AddGroup(g store.Group) error {
	if !storable(g.Name) || g.Name == "" {
		return fmt.Errorf("adding a group: %w, and a name is not empty", errText)
	}
	if err := t.needTenant(g.Tenant); err != nil {
		return err
	}
	n, err := t.exec("adding a group", insertGroup, g.Tenant, g.ID, g.Name, unix(g.Created))
	if err == nil && n == 0 {
		err = fmt.Errorf("adding a group: %w", store.ErrTaken)
	}
	return err
}

// UpdateGroup renames a group.
func (t *Tx) UpdateGroup(g store.Group) error {
	if !storable(g.Name) || g.Name == "" {
		return fmt.Errorf("changing a group: %w, and a name is not empty", errText)
	}
	if _, err := one(t, scanGroup, "a group", selectGroup+t.dialect.ForUpdate, g.Tenant, g.ID); err != nil {
		return err
	}
	taken, err := t.exists("groups", selectOtherGroupName, g.Tenant, g.Name, g.ID)
	if err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("changing a group: %w", store.ErrTaken)
	}
	_, err = t.exec("changing a group", updateGroup, g.Tenant, g.ID, g.Name)
	return err
}

// DeleteGroup deletes a group; its members stay users.
func (t *Tx) DeleteGroup(in id.Tenant, group id.Group) error {
	if _, err := one(t, scanGroup, "a group", selectGroup+t.dialect.ForUpdate, in, group); err != nil {
		return err
	}
	if _, err := t.exec("deleting a group", deleteMembers, in, group); err != nil {
		return err
	}
	_, err := t.exec("deleting a group", deleteGroup, in, group)
	return err
}

// AddMember puts a user into a group. ErrTaken: they are in it.
func (t *Tx) AddMember(in id.Tenant, group id.Group, user id.User) error {
	if _, err := t.Group(in, group); err != nil {
		return err
	}
	if _, err := t.User(in, user); err != nil {
		return err
	}
	n, err := t.exec("adding a member", insertMember, in, group, user)
	if err == nil && n == 0 {
		err = fmt.Errorf("adding a member: %w", store.ErrTaken)
	}
	return err
}

// RemoveMember takes a user out of a group. ErrNotFound: they are not in it.
func (t *Tx) RemoveMember(in id.Tenant, group id.Group, user id.User) error {
	n, err := t.exec("removing a member", deleteMember, in, group, user)
	if err == nil && n == 0 {
		err = fmt.Errorf("removing a member: %w", store.ErrNotFound)
	}
	return err
}
