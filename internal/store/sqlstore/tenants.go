package sqlstore

import (
	"database/sql"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	tenantColumns      = `id, name, content_url, plan, created`
	selectTenant       = `SELECT ` + tenantColumns + ` FROM tenants WHERE id = $1`
	selectTenantByURL  = `SELECT ` + tenantColumns + ` FROM tenants WHERE content_url = $1`
	selectTenants      = `SELECT ` + tenantColumns + ` FROM tenants WHERE content_url > $1 ORDER BY content_url LIMIT $2`
	selectContentURL   = `SELECT content_url FROM tenants WHERE id = $1`
	selectOtherWithURL = `SELECT 1 FROM tenants WHERE content_url = $1 AND id <> $2`
	insertTenant       = `INSERT INTO tenants (` + tenantColumns + `) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`
	updateTenant       = `UPDATE tenants SET name = $2, content_url = $3, plan = $4 WHERE id = $1`
)

// deleteTenant deletes everything that a tenant owns, children first. Its audit entries stay.
var deleteTenant = [...]string{
	`DELETE FROM codes WHERE tenant = $1`,
	`DELETE FROM refresh_tokens WHERE tenant = $1`,
	`DELETE FROM grants WHERE tenant = $1`,
	`DELETE FROM consents WHERE tenant = $1`,
	`DELETE FROM foreseen WHERE tenant = $1`,
	`DELETE FROM uses WHERE tenant = $1`,
	`DELETE FROM authorization_requests WHERE tenant = $1`,
	`DELETE FROM past_authorizations WHERE tenant = $1`,
	`DELETE FROM dead_authorizations WHERE tenant = $1`,
	`DELETE FROM authorization_roles WHERE tenant = $1`,
	`DELETE FROM authorizations WHERE tenant = $1`,
	`DELETE FROM governance WHERE tenant = $1`,
	`DELETE FROM entitlements WHERE tenant = $1`,
	`DELETE FROM roles WHERE tenant = $1`,
	`DELETE FROM links WHERE tenant = $1`,
	`UPDATE logins SET tenant = NULL WHERE tenant = $1 AND person IN (SELECT person FROM users WHERE tenant = $1)`,
	`DELETE FROM group_members WHERE tenant = $1`,
	`DELETE FROM user_groups WHERE tenant = $1`,
	`DELETE FROM user_roles WHERE tenant = $1`,
	`DELETE FROM users WHERE tenant = $1`,
	`DELETE FROM secrets WHERE tenant = $1`,
	`DELETE FROM connected_apps WHERE tenant = $1`,
	`DELETE FROM sessions WHERE tenant = $1`,
	`DELETE FROM refusals WHERE tenant = $1`,
	`DELETE FROM refusal_counts WHERE tenant = $1`,
	`DELETE FROM tenants WHERE id = $1`,
}

func scanTenant(rows *sql.Rows, t *store.Tenant) error {
	return rows.Scan(&t.ID, &t.Name, &t.ContentURL, &t.Plan, seconds{&t.Created})
}

// Tenant reads a tenant.
func (t *Tx) Tenant(in id.Tenant) (store.Tenant, error) {
	return one(t, scanTenant, "a tenant", selectTenant, in)
}

// TenantByContentURL reads the tenant that a content URL leads to.
func (t *Tx) TenantByContentURL(contentURL string) (store.Tenant, error) {
	if !storable(contentURL) {
		return store.Tenant{}, fmt.Errorf("reading a tenant: %w", store.ErrNotFound)
	}
	return one(t, scanTenant, "a tenant", selectTenantByURL, contentURL)
}

// ListTenants lists tenants by content URL.
func (t *Tx) ListTenants(p store.Page) ([]store.Tenant, error) {
	if !storable(p.After) {
		return nil, fmt.Errorf("listing tenants: %w", errText)
	}
	return many(t, scanTenant, "tenants", selectTenants, p.After, limit(p.Limit))
}

// AddTenant adds a tenant.
func (t *Tx) AddTenant(v store.Tenant) error {
	if !storable(v.Name, v.ContentURL, v.Plan) || v.ContentURL == "" {
		return fmt.Errorf("adding a tenant: %w, and a content URL is not empty", errText)
	}
	n, err := t.exec("adding a tenant", insertTenant, v.ID, v.Name, v.ContentURL, v.Plan, unix(v.Created))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a tenant: %w", store.ErrTaken)
	}
	t.changed(store.TenantRecord(v.ID), store.ContentURLRecord(v.ContentURL))
	return nil
}

// UpdateTenant writes all of a tenant but when it was created.
func (t *Tx) UpdateTenant(v store.Tenant) error {
	if !storable(v.Name, v.ContentURL, v.Plan) || v.ContentURL == "" {
		return fmt.Errorf("changing a tenant: %w, and a content URL is not empty", errText)
	}
	old, err := one(t, scanString, "a tenant", selectContentURL+t.dialect.ForUpdate, v.ID)
	if err != nil {
		return err
	}
	taken, err := t.exists("tenants", selectOtherWithURL, v.ContentURL, v.ID)
	if err != nil {
		return err
	}
	if taken {
		return fmt.Errorf("changing a tenant: %w", store.ErrTaken)
	}
	if _, err := t.exec("changing a tenant", updateTenant, v.ID, v.Name, v.ContentURL, v.Plan); err != nil {
		return err
	}
	t.changed(store.TenantRecord(v.ID), store.ContentURLRecord(old), store.ContentURLRecord(v.ContentURL))
	return nil
}

// DeleteTenant deletes a tenant and what it owns, also the clients that it registered, in all tenants.
func (t *Tx) DeleteTenant(in id.Tenant) error {
	url, err := one(t, scanString, "a tenant", selectContentURL+t.dialect.ForUpdate, in)
	if err != nil {
		return err
	}
	clients, err := many(t, func(rows *sql.Rows, c *id.Client) error { return rows.Scan(c) }, "clients", selectClientIDs, in)
	if err != nil {
		return err
	}
	for _, client := range clients {
		if err := t.DeleteClient(client); err != nil {
			return err
		}
	}
	for _, query := range deleteTenant {
		if _, err := t.exec("deleting a tenant", query, in); err != nil {
			return err
		}
	}
	t.changed(store.TenantRecord(in), store.TenantGoneRecord(in), store.ContentURLRecord(url))
	return nil
}

// LockTenant holds the tenant's row to the end of the transaction.
func (t *Tx) LockTenant(in id.Tenant) error {
	_, err := one(t, scanString, "a tenant", selectContentURL+t.dialect.ForUpdate, in)
	return err
}

// needTenant refuses what would hang on a tenant that is not there. It is asked before inserting, because a violated
// foreign key would end a PostgreSQL transaction.
func (t *Tx) needTenant(in id.Tenant) error {
	_, err := one(t, scanString, "a tenant", selectContentURL, in)
	return err
}

func scanString(rows *sql.Rows, s *string) error { return rows.Scan(s) }
