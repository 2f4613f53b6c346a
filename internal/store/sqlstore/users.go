package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	userColumns        = `tenant, id, person, name, full_name, email, roles, platform_roles, disabled, created`
	selectUser         = `SELECT ` + userColumns + ` FROM users WHERE tenant = $1 AND id = $2`
	selectUserByName   = `SELECT ` + userColumns + ` FROM users WHERE tenant = $1 AND name = $2`
	selectUserOfPerson = `SELECT ` + userColumns + ` FROM users WHERE tenant = $1 AND person = $2 AND NOT disabled
		ORDER BY created, id LIMIT 1`
	selectUsers         = `SELECT ` + userColumns + ` FROM users WHERE tenant = $1 AND name > $2 ORDER BY name LIMIT $3`
	countUsers          = `SELECT count(*) FROM users WHERE tenant = $1`
	selectUsersWithRole = `SELECT ` + userColumns + ` FROM users WHERE tenant = $1
		AND id IN (SELECT user_id FROM user_roles WHERE tenant = $1 AND role = $2) ORDER BY name`
	selectOtherWithName = `SELECT 1 FROM users WHERE tenant = $1 AND name = $2 AND id <> $3`
	insertUser          = `INSERT INTO users (` + userColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT DO NOTHING`
	updateUser = `UPDATE users SET person = $3, name = $4, full_name = $5, email = $6, roles = $7, platform_roles = $8,
		disabled = $9 WHERE tenant = $1 AND id = $2`
	insertUserRole  = `INSERT INTO user_roles (tenant, user_id, role) VALUES ($1, $2, $3)`
	deleteUserRoles = `DELETE FROM user_roles WHERE tenant = $1 AND user_id = $2`
	forgetTenant    = `UPDATE logins SET tenant = NULL WHERE tenant = $1 AND person = $2`
)

// deleteUser deletes everything that hangs on a user, children first.
var deleteUser = [...]string{
	`DELETE FROM codes WHERE tenant = $1 AND hash IN (SELECT c.hash FROM grants g
		JOIN codes c ON c.tenant = g.tenant AND c.grant_id = g.id WHERE g.tenant = $1 AND g.user_id = $2)`,
	`DELETE FROM refresh_tokens WHERE tenant = $1 AND hash IN (SELECT r.hash FROM grants g
		JOIN refresh_tokens r ON r.tenant = g.tenant AND r.grant_id = g.id WHERE g.tenant = $1 AND g.user_id = $2)`,
	`DELETE FROM grants WHERE tenant = $1 AND id IN (SELECT id FROM grants WHERE tenant = $1 AND user_id = $2)`,
	`DELETE FROM consents WHERE tenant = $1 AND user_id = $2
		AND client IN (SELECT client FROM authorizations WHERE tenant = $1)`,
	`DELETE FROM authorization_requests WHERE tenant = $1 AND id IN (SELECT id FROM authorization_requests
		WHERE tenant = $1 AND user_id = $2)`,
	`DELETE FROM links WHERE tenant = $1 AND user_id = $2`,
	`DELETE FROM group_members WHERE tenant = $1 AND user_id = $2`,
	deleteUserRoles,
	`DELETE FROM users WHERE tenant = $1 AND id = $2`,
}

func scanUser(rows *sql.Rows, u *store.User) error {
	var roles, platform []byte
	err := rows.Scan(&u.Tenant, &u.ID, &u.Person, &u.Name, &u.FullName, &u.Email, &roles, &platform, &u.Disabled,
		seconds{&u.Created})
	if err != nil {
		return err
	}
	if err := json.Unmarshal(roles, &u.Roles); err != nil {
		return fmt.Errorf("roles of user %v: %w", u.ID, err)
	}
	if err := json.Unmarshal(platform, &u.PlatformRoles); err != nil {
		return fmt.Errorf("platform roles of user %v: %w", u.ID, err)
	}
	return nil
}

// User reads a user.
func (t *Tx) User(in id.Tenant, user id.User) (store.User, error) {
	return one(t, scanUser, "a user", selectUser, in, user)
}

// UserByName reads the user of exactly that name.
func (t *Tx) UserByName(in id.Tenant, name string) (store.User, error) {
	if !storable(name) {
		return store.User{}, fmt.Errorf("reading a user: %w", store.ErrNotFound)
	}
	return one(t, scanUser, "a user", selectUserByName, in, name)
}

// UserOfPerson reads the enabled user of a person in a tenant.
func (t *Tx) UserOfPerson(in id.Tenant, person id.Person) (store.User, error) {
	return one(t, scanUser, "a person's user", selectUserOfPerson, in, person)
}

// ListUsers lists users by name.
func (t *Tx) ListUsers(in id.Tenant, p store.Page) ([]store.User, error) {
	if !storable(p.After) {
		return nil, fmt.Errorf("listing users: %w", errText)
	}
	return many(t, scanUser, "users", selectUsers, in, p.After, limit(p.Limit))
}

// CountUsers counts a tenant's users.
func (t *Tx) CountUsers(in id.Tenant) (int, error) { return t.count("users", countUsers, in) }

// UsersWithRole are the users that hold a role, by name.
func (t *Tx) UsersWithRole(in id.Tenant, role string) ([]store.User, error) {
	if !storable(role) {
		return nil, nil
	}
	return many(t, scanUser, "users", selectUsersWithRole, in, role)
}

// AddUser adds a user.
func (t *Tx) AddUser(u store.User) error {
	roles, platform, err := encodeRoles(u)
	if err != nil {
		return fmt.Errorf("adding a user: %w", err)
	}
	if err := t.needUserParents(u); err != nil {
		return err
	}
	n, err := t.exec("adding a user", insertUser, u.Tenant, u.ID, u.Person, u.Name, u.FullName, u.Email, roles, platform,
		u.Disabled, unix(u.Created))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a user: %w", store.ErrTaken)
	}
	t.changed(store.UserRecord(u.Tenant, u.ID), store.UserNameRecord(u.Tenant, u.Name))
	return t.writeRoles(u)
}

// UpdateUser writes all of a user but when they were created.
func (t *Tx) UpdateUser(u store.User) error {
	roles, platform, err := encodeRoles(u)
	if err != nil {
		return fmt.Errorf("changing a user: %w", err)
	}
	old, err := one(t, scanUser, "a user", selectUser+t.dialect.ForUpdate, u.Tenant, u.ID)
	if err != nil {
		return err
	}
	if err := t.needUserParents(u); err != nil {
		return err
	}
	taken, err := t.exists("users", selectOtherWithName, u.Tenant, u.Name, u.ID)
	if err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("changing a user: %w", store.ErrTaken)
	}
	_, err = t.exec("changing a user", updateUser, u.Tenant, u.ID, u.Person, u.Name, u.FullName, u.Email, roles, platform,
		u.Disabled)
	if err != nil {
		return err
	}
	t.changed(store.UserRecord(u.Tenant, u.ID), store.UserNameRecord(u.Tenant, old.Name),
		store.UserNameRecord(u.Tenant, u.Name))
	if _, err := t.exec("changing a user's roles", deleteUserRoles, u.Tenant, u.ID); err != nil {
		return err
	}
	return t.writeRoles(u)
}

// DeleteUser deletes a user with their memberships, consents, grants and links. The person behind them stays.
func (t *Tx) DeleteUser(in id.Tenant, user id.User) error {
	old, err := one(t, scanUser, "a user", selectUser+t.dialect.ForUpdate, in, user)
	if err != nil {
		return err
	}
	if _, err := t.exec("deleting a user", forgetTenant, in, old.Person); err != nil {
		return err
	}
	for _, query := range deleteUser {
		if _, err := t.exec("deleting a user", query, in, user); err != nil {
			return err
		}
	}
	t.changed(store.UserRecord(in, user), store.UserNameRecord(in, old.Name))
	return t.forget(old)
}

// needUserParents refuses a user without a tenant, or of a person that does not exist.
func (t *Tx) needUserParents(u store.User) error {
	if err := t.needTenant(u.Tenant); err != nil {
		return err
	}
	if u.Person.IsZero() {
		return nil
	}
	_, err := t.Person(u.Person)
	return err
}

func (t *Tx) writeRoles(u store.User) error {
	for _, role := range slices.Compact(slices.Sorted(slices.Values(u.Roles))) {
		if _, err := t.exec("writing a user's roles", insertUserRole, u.Tenant, u.ID, role); err != nil {
			return err
		}
	}
	return nil
}

// encodeRoles refuses a user with impossible text, and writes both lists of roles, sorted, as JSON.
func encodeRoles(u store.User) (roles, platform string, err error) {
	if !storable(u.Name, u.FullName, u.Email) || !storable(u.Roles...) || !storable(u.PlatformRoles...) || u.Name == "" {
		return "", "", fmt.Errorf("%w, and a name is not empty", errText)
	}
	if roles, err = encodeList(u.Roles); err != nil {
		return "", "", err
	}
	platform, err = encodeList(u.PlatformRoles)
	return roles, platform, err
}

func encodeList(list []string) (string, error) {
	if len(list) == 0 {
		return "null", nil // read back as the nil slice
	}
	b, err := json.Marshal(slices.Compact(slices.Sorted(slices.Values(list))))
	return string(b), err
}
