package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	roleColumns = `tenant, id, name, permissions, created`
	selectRole  = `SELECT ` + roleColumns + ` FROM roles WHERE tenant = $1 AND id = $2`
	selectRoles = `SELECT ` + roleColumns + ` FROM roles WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT $3`
	insertRole  = `INSERT INTO roles (` + roleColumns + `) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	updateRole  = `UPDATE roles SET name = $3, permissions = $4 WHERE tenant = $1 AND id = $2`
	deleteRole  = `DELETE FROM roles WHERE tenant = $1 AND id = $2`

	entitlementColumns = `tenant, entitlement, withdrawn, starts, ends, created`
	selectEntitlements = `SELECT ` + entitlementColumns + ` FROM entitlements WHERE tenant = $1 ORDER BY entitlement`
	upsertEntitlement  = `INSERT INTO entitlements (` + entitlementColumns + `) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, entitlement) DO UPDATE SET withdrawn = excluded.withdrawn, starts = excluded.starts,
		ends = excluded.ends, created = excluded.created`
	deleteEntitlement = `DELETE FROM entitlements WHERE tenant = $1 AND entitlement = $2`
)

func scanRole(rows *sql.Rows, r *store.Role) error {
	var permissions []byte
	if err := rows.Scan(&r.Tenant, &r.ID, &r.Name, &permissions, seconds{&r.Created}); err != nil {
		return err
	}
	if err := json.Unmarshal(permissions, &r.Permissions); err != nil {
		return fmt.Errorf("permissions of role %q: %w", r.ID, err)
	}
	return nil
}

func scanEntitlement(rows *sql.Rows, e *store.Entitlement) error {
	return rows.Scan(&e.Tenant, &e.Entitlement, &e.Withdrawn, seconds{&e.From}, seconds{&e.Until}, seconds{&e.Created})
}

// Role reads a role that the tenant made.
func (t *Tx) Role(in id.Tenant, role string) (store.Role, error) {
	if !storable(role) {
		return store.Role{}, fmt.Errorf("reading a role: %w", store.ErrNotFound)
	}
	return one(t, scanRole, "a role", selectRole, in, role)
}

// ListRoles lists the roles that the tenant made, by ID.
func (t *Tx) ListRoles(in id.Tenant, p store.Page) ([]store.Role, error) {
	if !storable(p.After) {
		return nil, fmt.Errorf("listing roles: %w", errText)
	}
	return many(t, scanRole, "roles", selectRoles, in, p.After, limit(p.Limit))
}

// AddRole adds a role.
func (t *Tx) AddRole(r store.Role) error {
	permissions, err := encodeRole(r)
	if err != nil {
		return fmt.Errorf("adding a role: %w", err)
	}
	if err := t.needTenant(r.Tenant); err != nil {
		return err
	}
	n, err := t.exec("adding a role", insertRole, r.Tenant, r.ID, r.Name, permissions, unix(r.Created))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a role: %w", store.ErrTaken)
	}
	t.changed(store.RightsRecord(r.Tenant))
	return nil
}

// UpdateRole writes the name and the permissions of a role.
func (t *Tx) UpdateRole(r store.Role) error {
	permissions, err := encodeRole(r)
	if err != nil {
		return fmt.Errorf("changing a role: %w", err)
	}
	n, err := t.exec("changing a role", updateRole, r.Tenant, r.ID, r.Name, permissions)
	return t.rightsChanged(r.Tenant, n, err, "changing a role")
}

// DeleteRole deletes a role. Users who held it still name it, which gives them nothing.
func (t *Tx) DeleteRole(in id.Tenant, role string) error {
	if !storable(role) {
		return fmt.Errorf("deleting a role: %w", store.ErrNotFound)
	}
	n, err := t.exec("deleting a role", deleteRole, in, role)
	return t.rightsChanged(in, n, err, "deleting a role")
}

// ListEntitlements lists a tenant's single entitlements by name.
func (t *Tx) ListEntitlements(in id.Tenant) ([]store.Entitlement, error) {
	return many(t, scanEntitlement, "entitlements", selectEntitlements, in)
}

// PutEntitlement writes an entitlement, in the place of the one before it.
func (t *Tx) PutEntitlement(e store.Entitlement) error {
	if !storable(e.Entitlement) || e.Entitlement == "" {
		return fmt.Errorf("writing an entitlement: %w, and a name is not empty", errText)
	}
	if err := t.needTenant(e.Tenant); err != nil {
		return err
	}
	_, err := t.exec("writing an entitlement", upsertEntitlement, e.Tenant, e.Entitlement, e.Withdrawn, unix(e.From),
		unix(e.Until), unix(e.Created))
	if err != nil {
		return err
	}
	t.changed(store.RightsRecord(e.Tenant))
	return nil
}

// DeleteEntitlement deletes an entitlement.
func (t *Tx) DeleteEntitlement(in id.Tenant, entitlement string) error {
	if !storable(entitlement) {
		return fmt.Errorf("deleting an entitlement: %w", store.ErrNotFound)
	}
	n, err := t.exec("deleting an entitlement", deleteEntitlement, in, entitlement)
	return t.rightsChanged(in, n, err, "deleting an entitlement")
}

func (t *Tx) rightsChanged(in id.Tenant, n int64, err error, doing string) error {
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", doing, store.ErrNotFound)
	}
	t.changed(store.RightsRecord(in))
	return nil
}

func encodeRole(r store.Role) (string, error) {
	if !storable(r.ID, r.Name) || !storable(r.Permissions...) || r.ID == "" {
		return "", fmt.Errorf("%w, and an ID is not empty", errText)
	}
	return encodeList(r.Permissions)
}
