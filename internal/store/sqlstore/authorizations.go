package sqlstore

import (
	"database/sql"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	authorizationColumns = `tenant, client, id, revoked, approved, installed, created`
	selectAuthorization  = `SELECT ` + authorizationColumns + ` FROM authorizations WHERE tenant = $1 AND client = $2`
	selectAuthorizations = `SELECT ` + authorizationColumns + ` FROM authorizations WHERE tenant = $1 AND client > $2
		ORDER BY client LIMIT $3`
	insertAuthorization = `INSERT INTO authorizations (` + authorizationColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, client) DO UPDATE SET id = excluded.id, revoked = excluded.revoked, approved = excluded.approved,
		installed = excluded.installed, created = excluded.created WHERE authorizations.revoked`
	updateAuthorization = `UPDATE authorizations SET revoked = $4, approved = $5, installed = $6
		WHERE tenant = $1 AND client = $2 AND id = $3 AND NOT revoked`
	consentColumns = `tenant, user_id, client, scopes, updated`
	selectConsent  = `SELECT ` + consentColumns + ` FROM consents WHERE tenant = $1 AND client = $2 AND user_id = $3`
	upsertConsent  = `INSERT INTO consents (` + consentColumns + `) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, client, user_id) DO UPDATE SET scopes = excluded.scopes, updated = excluded.updated`
	deleteConsent  = `DELETE FROM consents WHERE tenant = $1 AND client = $2 AND user_id = $3`
	deleteConsents = `DELETE FROM consents WHERE tenant = $1 AND client = $2`
)

func scanAuthorization(rows *sql.Rows, a *store.Authorization) error {
	return rows.Scan(&a.Tenant, &a.Client, &a.ID, &a.Revoked, set{&a.Approved}, seconds{&a.Installed}, seconds{&a.Created})
}

func scanConsent(rows *sql.Rows, c *store.Consent) error {
	return rows.Scan(&c.Tenant, &c.User, &c.Client, set{&c.Scopes}, seconds{&c.Updated})
}

// AuthorizationOf reads a tenant's newest authorization of a client, revoked or not.
func (t *Tx) AuthorizationOf(in id.Tenant, client id.Client) (store.Authorization, error) {
	return one(t, scanAuthorization, "an authorization", selectAuthorization, in, client)
}

// ListAuthorizations lists a tenant's newest authorization of each client, by client identifier.
func (t *Tx) ListAuthorizations(in id.Tenant, p store.Page) ([]store.Authorization, error) {
	after, err := afterClient(p)
	if err != nil {
		return nil, fmt.Errorf("listing authorizations: %w", err)
	}
	return many(t, scanAuthorization, "authorizations", selectAuthorizations, in, after, limit(p.Limit))
}

// AddAuthorization adds an authorization, in the place of one that was revoked.
func (t *Tx) AddAuthorization(a store.Authorization) error {
	if err := t.needTenant(a.Tenant); err != nil {
		return err
	}
	if err := t.needClient(a.Client); err != nil {
		return err
	}
	n, err := t.exec("adding an authorization", insertAuthorization, a.Tenant, a.Client, a.ID, a.Revoked,
		a.Approved.String(), unix(a.Installed), unix(a.Created))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding an authorization: %w", store.ErrTaken)
	}
	t.changed(store.AuthorizationRecord(a.Tenant, a.Client))
	return nil
}

// UpdateAuthorization writes whether it is revoked, what was approved, and when it was installed. One that was revoked is
// not found: it is never reopened.
func (t *Tx) UpdateAuthorization(a store.Authorization) error {
	n, err := t.exec("changing an authorization", updateAuthorization, a.Tenant, a.Client, a.ID, a.Revoked,
		a.Approved.String(), unix(a.Installed))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("changing an authorization: %w", store.ErrNotFound)
	}
	t.changed(store.AuthorizationRecord(a.Tenant, a.Client))
	return nil
}

// Consent reads a user's consent.
func (t *Tx) Consent(in id.Tenant, user id.User, client id.Client) (store.Consent, error) {
	return one(t, scanConsent, "a consent", selectConsent, in, client, user)
}

// PutConsent writes a consent, in the place of the one before it. ErrNotFound: the user is not there, or the tenant has
// no authorization of the client.
func (t *Tx) PutConsent(c store.Consent) error {
	if err := t.lockUser(c.Tenant, c.User); err != nil {
		return err
	}
	if _, err := t.AuthorizationOf(c.Tenant, c.Client); err != nil {
		return err
	}
	_, err := t.exec("writing a consent", upsertConsent, c.Tenant, c.User, c.Client, c.Scopes.String(), unix(c.Updated))
	return err
}

// DeleteConsent deletes a consent.
func (t *Tx) DeleteConsent(in id.Tenant, user id.User, client id.Client) error {
	n, err := t.exec("deleting a consent", deleteConsent, in, client, user)
	if err == nil && n == 0 {
		err = fmt.Errorf("deleting a consent: %w", store.ErrNotFound)
	}
	return err
}

// DeleteConsents deletes the consents of all users of a tenant to a client.
func (t *Tx) DeleteConsents(in id.Tenant, client id.Client) error {
	_, err := t.exec("deleting consents", deleteConsents, in, client)
	return err
}

// needClient refuses what would hang on a client that is not there.
func (t *Tx) needClient(client id.Client) error {
	_, err := one(t, func(rows *sql.Rows, n *int) error { return rows.Scan(n) }, "a client", selectNumber, client)
	return err
}

// lockUser holds a user's row to the end of the transaction, so that they are not deleted or disabled meanwhile.
func (t *Tx) lockUser(in id.Tenant, user id.User) error {
	_, err := one(t, scanUser, "a user", selectUser+t.dialect.ForUpdate, in, user)
	return err
}
