package sqlstore

import (
	"database/sql"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

// A consent that was given under an authorization which was revoked or replaced is not seen: revoking writes one row,
// however many consents there are, and sweeping deletes them later.
const (
	consentColumns = `c.tenant, c.user_id, c.client, c.scopes, c.updated, c.authorization_id`
	selectConsent  = `SELECT ` + consentColumns + ` FROM consents c
		JOIN authorizations a ON a.tenant = c.tenant AND a.client = c.client AND a.id = c.authorization_id` + lives + `
		WHERE c.tenant = $1 AND c.client = $2 AND c.user_id = $3`
	upsertConsent = `INSERT INTO consents (tenant, user_id, client, scopes, updated, authorization_id) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant, client, user_id) DO UPDATE SET scopes = excluded.scopes, updated = excluded.updated,
		authorization_id = excluded.authorization_id`
	deleteConsent  = `DELETE FROM consents WHERE tenant = $1 AND client = $2 AND user_id = $3`
	deleteConsents = `DELETE FROM consents WHERE tenant = $1 AND client = $2`
)

func scanConsent(rows *sql.Rows, c *store.Consent) error {
	return rows.Scan(&c.Tenant, &c.User, &c.Client, set{&c.Scopes}, seconds{&c.Updated}, &c.Authorization)
}

// Consent reads a user's consent under the tenant's authorization that lives.
func (t *Tx) Consent(in id.Tenant, user id.User, client id.Client) (store.Consent, error) {
	return one(t, scanConsent, "a consent", selectConsent, in, client, user)
}

// PutConsent writes a consent, in the place of the one before it. ErrNotFound: the user is not there, or the
// authorization is not the tenant's live one of the client.
func (t *Tx) PutConsent(c store.Consent) error {
	if err := t.lockAuthorization(c.Tenant, c.Client, c.Authorization); err != nil {
		return err
	}
	if err := t.lockUser(c.Tenant, c.User); err != nil {
		return err
	}
	_, err := t.exec("writing a consent", upsertConsent, c.Tenant, c.User, c.Client, c.Scopes.String(), unix(c.Updated), c.Authorization)
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
