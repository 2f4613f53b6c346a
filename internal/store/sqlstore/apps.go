package sqlstore

import (
	"database/sql"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	appColumns      = `tenant, client, name, enabled, all_scopes, scopes, authorization_id, revoked, created, version`
	selectApp       = `SELECT ` + appColumns + ` FROM connected_apps WHERE tenant = $1 AND client = $2`
	selectApps      = `SELECT ` + appColumns + ` FROM connected_apps WHERE tenant = $1 AND client > $2 ORDER BY client LIMIT $3`
	selectAppTenant = `SELECT tenant FROM connected_apps WHERE client = $1`
	countApps       = `SELECT count(*) FROM connected_apps WHERE tenant = $1`
	insertApp       = `INSERT INTO connected_apps (` + appColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT DO NOTHING`
	updateApp = `UPDATE connected_apps SET name = $3, enabled = $4, all_scopes = $5, scopes = $6, authorization_id = $7,
		revoked = $8, version = $9 WHERE tenant = $1 AND client = $2`
	deleteApp     = `DELETE FROM connected_apps WHERE tenant = $1 AND client = $2`
	selectSecrets = `SELECT client, id, sealed, created FROM secrets WHERE tenant = $1 AND client >= $2 AND client <= $3
		ORDER BY client, created, id`
	insertSecret = `INSERT INTO secrets (tenant, client, id, sealed, created) SELECT $1, $2, $3, $4, $5
		WHERE (SELECT count(*) FROM secrets WHERE tenant = $1 AND client = $2) < $6 ON CONFLICT DO NOTHING`
	deleteSecret      = `DELETE FROM secrets WHERE tenant = $1 AND client = $2 AND id = $3`
	deleteAppUses     = `DELETE FROM uses WHERE tenant = $1 AND client = $2`
	deleteAppForeseen = `DELETE FROM foreseen WHERE tenant = $1 AND client = $2`
	deleteSecrets     = `DELETE FROM secrets WHERE tenant = $1 AND client = $2`
)

// secretRow is a secret and the app it belongs to.
type secretRow struct {
	client id.Client
	secret store.Secret
}

func scanApp(rows *sql.Rows, a *store.ConnectedApp) error {
	var scopes string
	err := rows.Scan(&a.Tenant, &a.Client, &a.Name, &a.Enabled, &a.AllScopes, &scopes, &a.Authorization, &a.Revoked,
		seconds{&a.Created}, &a.Version)
	if err != nil {
		return err
	}
	if a.Scopes, err = parseScopes(scopes); err != nil {
		return fmt.Errorf("scopes of connected app %v: %w", a.Client, err)
	}
	return nil
}

func scanSecret(rows *sql.Rows, s *secretRow) error {
	return rows.Scan(&s.client, &s.secret.ID, &s.secret.Sealed, seconds{&s.secret.Created})
}

// ConnectedApp reads a connected app with its secrets.
func (t *Tx) ConnectedApp(in id.Tenant, client id.Client) (store.ConnectedApp, error) {
	a, err := one(t, scanApp, "a connected app", selectApp, in, client)
	if err != nil {
		return store.ConnectedApp{}, err
	}
	list := []store.ConnectedApp{a}
	err = t.readSecrets(in, list)
	return list[0], err
}

// TenantOfConnectedApp reads whose app has a client identifier, which is unique across tenants.
func (t *Tx) TenantOfConnectedApp(client id.Client) (id.Tenant, error) {
	scan := func(rows *sql.Rows, in *id.Tenant) error { return rows.Scan(in) }
	return one(t, scan, "the tenant of a connected app", selectAppTenant, client)
}

// ListConnectedApps lists connected apps by client identifier, each with its secrets.
func (t *Tx) ListConnectedApps(in id.Tenant, p store.Page) ([]store.ConnectedApp, error) {
	after, err := afterClient(p)
	if err != nil {
		return nil, fmt.Errorf("listing connected apps: %w", err)
	}
	list, err := many(t, scanApp, "connected apps", selectApps, in, after, limit(p.Limit))
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, t.readSecrets(in, list)
}

// CountConnectedApps counts a tenant's connected apps.
func (t *Tx) CountConnectedApps(in id.Tenant) (int, error) {
	return t.count("connected apps", countApps, in)
}

// readSecrets gives each app of a sorted list its secrets, oldest first.
func (t *Tx) readSecrets(in id.Tenant, apps []store.ConnectedApp) error {
	secrets, err := many(t, scanSecret, "secrets", selectSecrets, in, apps[0].Client, apps[len(apps)-1].Client)
	if err != nil {
		return err
	}
	for i := range apps {
		for len(secrets) > 0 && secrets[0].client == apps[i].Client {
			apps[i].Secrets = append(apps[i].Secrets, secrets[0].secret)
			secrets = secrets[1:]
		}
	}
	return nil
}

// AddConnectedApp adds a connected app without secrets.
func (t *Tx) AddConnectedApp(a store.ConnectedApp) error {
	if !storable(a.Name) {
		return fmt.Errorf("adding a connected app: %w", errText)
	}
	if err := t.needTenant(a.Tenant); err != nil {
		return err
	}
	n, err := t.exec("adding a connected app", insertApp, a.Tenant, a.Client, a.Name, a.Enabled, a.AllScopes,
		a.Scopes.String(), a.Authorization, a.Revoked, unix(a.Created), a.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a connected app: %w", store.ErrTaken)
	}
	t.changed(store.ConnectedAppRecord(a.Client))
	return nil
}

// UpdateConnectedApp writes all of a connected app but its secrets and when it was created.
func (t *Tx) UpdateConnectedApp(a store.ConnectedApp) error {
	if !storable(a.Name) {
		return fmt.Errorf("changing a connected app: %w", errText)
	}
	n, err := t.exec("changing a connected app", updateApp, a.Tenant, a.Client, a.Name, a.Enabled, a.AllScopes,
		a.Scopes.String(), a.Authorization, a.Revoked, a.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("changing a connected app: %w", store.ErrNotFound)
	}
	t.changed(store.ConnectedAppRecord(a.Client))
	return nil
}

// DeleteConnectedApp deletes a connected app with its secrets.
func (t *Tx) DeleteConnectedApp(in id.Tenant, client id.Client) error {
	if err := t.lockApp(in, client); err != nil {
		return err
	}
	for _, query := range [...]string{deleteSecrets, deleteAppUses, deleteAppForeseen, deleteApp} {
		if _, err := t.exec("deleting a connected app", query, in, client); err != nil {
			return err
		}
	}
	t.changed(store.ConnectedAppRecord(client))
	return nil
}

// AddSecret adds a secret unless the app has as many as it may have.
func (t *Tx) AddSecret(in id.Tenant, client id.Client, s store.Secret) error {
	// The app's row is held, since a count sees nothing of an insert that has not committed (A093).
	if err := t.lockApp(in, client); err != nil {
		return err
	}
	n, err := t.exec("adding a secret", insertSecret, in, client, s.ID, blob(s.Sealed), unix(s.Created), store.MaxSecrets)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a secret: %w", store.ErrTaken)
	}
	t.changed(store.ConnectedAppRecord(client))
	return nil
}

// DeleteSecret deletes a secret.
func (t *Tx) DeleteSecret(in id.Tenant, client id.Client, secret id.Secret) error {
	n, err := t.exec("deleting a secret", deleteSecret, in, client, secret)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("deleting a secret: %w", store.ErrNotFound)
	}
	t.changed(store.ConnectedAppRecord(client))
	return nil
}

func (t *Tx) lockApp(in id.Tenant, client id.Client) error {
	_, err := one(t, scanApp, "a connected app", selectApp+t.dialect.ForUpdate, in, client)
	return err
}
