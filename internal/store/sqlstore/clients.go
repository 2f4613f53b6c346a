package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	clientColumns = `c.id, c.owner, c.version, v.registration, c.disabled, c.built_in, c.created, c.verified, c.recalls`
	clientTables  = `clients c JOIN client_versions v ON v.client = c.id AND v.number = c.version`
	selectClient  = `SELECT ` + clientColumns + ` FROM ` + clientTables + ` WHERE c.id = $1`
	selectClients = `SELECT ` + clientColumns + ` FROM ` + clientTables + ` WHERE c.id > $1 ORDER BY c.id LIMIT $2`
	selectOwned   = `SELECT ` + clientColumns + ` FROM ` + clientTables + ` WHERE c.owner = $3 AND c.id > $1
		ORDER BY c.id LIMIT $2`
	selectClientIDs = `SELECT id FROM clients WHERE owner = $1`
	holdClient      = `SELECT version, recalls FROM clients WHERE id = $1`
	selectNumber    = `SELECT version FROM clients WHERE id = $1`
	insertClient    = `INSERT INTO clients (id, owner, version, asked, disabled, built_in, created, verified, recalls)
		VALUES ($1, $2, $3, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING`
	selectUnasked = `SELECT id, asked, version FROM clients WHERE asked < version AND id > $1 ORDER BY id LIMIT $2`
	noteAsked     = `UPDATE clients SET asked = $2 WHERE id = $1 AND asked < $2`
	updateClient  = `UPDATE clients SET owner = $2, disabled = $3, built_in = $4, verified = $5,
		recalls = CASE WHEN recalls < $6 THEN $6 ELSE recalls END WHERE id = $1`
	updateClientVersion = `UPDATE clients SET version = $2, search = $3 WHERE id = $1`
	versionColumns      = `client, number, registration, changed_by, at`
	selectVersions      = `SELECT ` + versionColumns + ` FROM client_versions WHERE client = $1 ORDER BY number DESC LIMIT $2`
	selectVersionsOlder = `SELECT ` + versionColumns + ` FROM client_versions WHERE client = $1 AND number < $3
		ORDER BY number DESC LIMIT $2`
	insertVersion = `INSERT INTO client_versions (client, number, registration, logo, changed_by, at)
		VALUES ($1, $2, $3, $4, $5, $6)`
	selectClientSecrets = `SELECT client, id, hash, created FROM client_secrets WHERE client >= $1 AND client <= $2
		ORDER BY client, created, id`
	insertClientSecret = `INSERT INTO client_secrets (client, id, hash, created) SELECT $1, $2, $3, $4
		WHERE (SELECT count(*) FROM client_secrets WHERE client = $1) < $5 ON CONFLICT DO NOTHING`
	deleteClientSecret = `DELETE FROM client_secrets WHERE client = $1 AND id = $2`
	selectLogo         = `SELECT sum, media, image FROM logos WHERE sum = $1`
	insertLogo         = `INSERT INTO logos (sum, media, image, created) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
)

// deleteClient deletes everything that hangs on a client, children first.
var deleteClient = [...]string{
	`DELETE FROM codes WHERE (tenant, hash) IN (SELECT c.tenant, c.hash FROM grants g
		JOIN codes c ON c.tenant = g.tenant AND c.grant_id = g.id WHERE g.client = $1)`,
	`DELETE FROM refresh_tokens WHERE (tenant, hash) IN (SELECT r.tenant, r.hash FROM grants g
		JOIN refresh_tokens r ON r.tenant = g.tenant AND r.grant_id = g.id WHERE g.client = $1)`,
	`DELETE FROM grants WHERE client = $1`,
	`DELETE FROM consents WHERE client = $1 AND tenant IN (SELECT tenant FROM authorizations WHERE client = $1)`,
	`DELETE FROM authorization_roles WHERE client = $1 AND tenant IN (SELECT tenant FROM authorizations WHERE client = $1)`,
	`DELETE FROM past_authorizations WHERE client = $1`,
	`DELETE FROM dead_authorizations WHERE client = $1`,
	`DELETE FROM authorization_requests WHERE client = $1`,
	`DELETE FROM foreseen WHERE client = $1 AND tenant IN (SELECT tenant FROM authorizations WHERE client = $1)`,
	`DELETE FROM uses WHERE client = $1 AND tenant IN (SELECT tenant FROM authorizations WHERE client = $1)`,
	`DELETE FROM authorizations WHERE client = $1`,
	`DELETE FROM tallies WHERE client = $1`,
	`DELETE FROM install_urls WHERE client = $1`,
	`DELETE FROM client_secrets WHERE client = $1`,
	deleteGrams,
	`DELETE FROM client_versions WHERE client = $1`,
	`DELETE FROM clients WHERE id = $1`,
}

// clientSecretRow is a secret and the client it belongs to.
type clientSecretRow struct {
	client id.Client
	secret store.ClientSecret
}

func scanClient(rows *sql.Rows, c *store.Client) error {
	var registration []byte
	err := rows.Scan(&c.ID, &c.Owner, &c.Version, &registration, &c.Disabled, &c.BuiltIn, seconds{&c.Created}, &c.Verified, &c.Recalls)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(registration, &c.Registration); err != nil {
		return fmt.Errorf("registration of client %v: %w", c.ID, err)
	}
	return nil
}

func scanVersion(rows *sql.Rows, v *store.ClientVersion) error {
	var registration []byte
	if err := rows.Scan(&v.Client, &v.Number, &registration, &v.By, seconds{&v.At}); err != nil {
		return err
	}
	if err := json.Unmarshal(registration, &v.Registration); err != nil {
		return fmt.Errorf("version %d of client %v: %w", v.Number, v.Client, err)
	}
	return nil
}

func scanClientSecret(rows *sql.Rows, s *clientSecretRow) error {
	return rows.Scan(&s.client, &s.secret.ID, hash{&s.secret.Hash}, seconds{&s.secret.Created})
}

func scanLogo(rows *sql.Rows, l *store.Logo) error { return rows.Scan(&l.Sum, &l.Media, &l.Image) }

// Client reads a registered app with its secrets.
func (t *Tx) Client(client id.Client) (store.Client, error) {
	c, err := one(t, scanClient, "a client", selectClient, client)
	if err != nil {
		return store.Client{}, err
	}
	list := []store.Client{c}
	err = t.readClientSecrets(list)
	return list[0], err
}

// ListClients lists registered apps by client identifier, each with its secrets: an owner's, or all.
func (t *Tx) ListClients(owner id.Tenant, p store.Page) ([]store.Client, error) {
	after, err := afterClient(p)
	if err != nil {
		return nil, fmt.Errorf("listing clients: %w", err)
	}
	query, args := selectClients, []any{after, limit(p.Limit)}
	if !owner.IsZero() {
		query, args = selectOwned, append(args, owner)
	}
	list, err := many(t, scanClient, "clients", query, args...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, t.readClientSecrets(list)
}

// afterClient is the page's key as it is stored.
func afterClient(p store.Page) ([]byte, error) {
	if p.After == "" {
		return make([]byte, 16), nil
	}
	c, err := id.Parse[id.Client](p.After)
	b := c.Bytes()
	return b[:], err
}

// readClientSecrets gives each client of a sorted list its secrets, oldest first.
func (t *Tx) readClientSecrets(list []store.Client) error {
	secrets, err := many(t, scanClientSecret, "client secrets", selectClientSecrets, list[0].ID, list[len(list)-1].ID)
	if err != nil {
		return err
	}
	for i := range list {
		for len(secrets) > 0 && secrets[0].client.String() <= list[i].ID.String() {
			if secrets[0].client == list[i].ID {
				list[i].Secrets = append(list[i].Secrets, secrets[0].secret)
			}
			secrets = secrets[1:] // those between are of clients of other owners
		}
	}
	return nil
}

// ClientVersions lists the states of a registration, newest first.
func (t *Tx) ClientVersions(client id.Client, before, max int) ([]store.ClientVersion, error) {
	if before <= 0 {
		return many(t, scanVersion, "versions of a client", selectVersions, client, limit(max))
	}
	return many(t, scanVersion, "versions of a client", selectVersionsOlder, client, limit(max), before)
}

// Unasked lists the clients with versions that tenants were not asked about yet.
func (t *Tx) Unasked(after id.Client, max int) ([]store.Unasked, error) {
	scan := func(rows *sql.Rows, u *store.Unasked) error { return rows.Scan(&u.Client, &u.Asked, &u.Version) }
	b := after.Bytes()
	return many(t, scan, "clients that tenants are to be asked about", selectUnasked, b[:], limit(max))
}

// NoteAsked notes up to which version of a client tenants were asked.
func (t *Tx) NoteAsked(client id.Client, version int) error {
	_, err := t.exec("noting that tenants were asked about a client", noteAsked, client, version)
	return err
}

// Logo reads an uploaded image.
func (t *Tx) Logo(sum string) (store.Logo, error) {
	if !storable(sum) {
		return store.Logo{}, fmt.Errorf("reading a logo: %w", store.ErrNotFound)
	}
	return one(t, scanLogo, "a logo", selectLogo, sum)
}

// AddClient adds a registered app without secrets, in its first version.
func (t *Tx) AddClient(c store.Client, v store.ClientVersion) error {
	if err := t.needOwner(c.Owner); err != nil {
		return err
	}
	n, err := t.exec("adding a client", insertClient, c.ID, c.Owner, v.Number, c.Disabled, c.BuiltIn, unix(c.Created),
		c.Verified, c.Recalls)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a client: %w", store.ErrTaken)
	}
	v.Client = c.ID
	t.changed(store.ClientRecord(c.ID))
	return t.writeVersion(v)
}

// UpdateClient writes all of a client but its secrets, when it was created, and the registration; that only with a
// version, which is the one after the version in force. How often the client was recalled only rises.
func (t *Tx) UpdateClient(c store.Client, v *store.ClientVersion) error {
	var inForce, recalls int
	found, err := t.row(func(rows *sql.Rows) error { return rows.Scan(&inForce, &recalls) }, "a client", holdClient+t.dialect.ForUpdate, c.ID)
	if err == nil && !found {
		err = fmt.Errorf("changing a client: %w", store.ErrNotFound)
	}
	if err != nil {
		return err
	}
	if err := t.needOwner(c.Owner); err != nil {
		return err
	}
	if _, err := t.exec("changing a client", updateClient, c.ID, c.Owner, c.Disabled, c.BuiltIn, c.Verified, c.Recalls); err != nil {
		return err
	}
	if c.Recalls > recalls {
		if err := t.recalled(c.ID, c.Recalls); err != nil {
			return err
		}
	}
	t.changed(store.ClientRecord(c.ID))
	if v == nil {
		return nil
	}
	if v.Number != inForce+1 {
		return fmt.Errorf("version %d of a client whose version is %d: %w", v.Number, inForce, store.ErrTaken)
	}
	next := *v
	next.Client = c.ID
	return t.writeVersion(next)
}

func (t *Tx) writeVersion(v store.ClientVersion) error {
	if !storable(v.By, v.Registration.Logo) {
		return fmt.Errorf("adding a version of a client: %w", errText)
	}
	registration, err := json.Marshal(v.Registration)
	if err != nil {
		return fmt.Errorf("adding a version of a client: %w", err)
	}
	_, err = t.exec("adding a version of a client", insertVersion, v.Client, v.Number, string(registration),
		v.Registration.Logo, v.By, unix(v.At))
	if err != nil {
		return err
	}
	search := searchText(&v.Registration)
	if _, err := t.exec("changing a client", updateClientVersion, v.Client, v.Number, search); err != nil {
		return err
	}
	return t.writeSearch(v.Client, search)
}

// needOwner refuses an owner that is not there; none is the vendor.
func (t *Tx) needOwner(owner id.Tenant) error {
	if owner.IsZero() {
		return nil
	}
	return t.needTenant(owner)
}

// DeleteClient deletes a client with everything that hangs on it, in all tenants.
func (t *Tx) DeleteClient(client id.Client) error {
	if err := t.lockClient(client); err != nil {
		return err
	}
	for _, query := range deleteClient {
		if _, err := t.exec("deleting a client", query, client); err != nil {
			return err
		}
	}
	t.changed(store.ClientRecord(client))
	return nil
}

// AddClientSecret adds a secret unless the client has as many as it may have.
func (t *Tx) AddClientSecret(client id.Client, s store.ClientSecret) error {
	// The client's row is held, since a count sees nothing of an insert that has not committed (A093).
	if err := t.lockClient(client); err != nil {
		return err
	}
	n, err := t.exec("adding a client secret", insertClientSecret, client, s.ID, s.Hash[:], unix(s.Created), store.MaxSecrets)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a client secret: %w", store.ErrTaken)
	}
	t.changed(store.ClientRecord(client))
	return nil
}

// DeleteClientSecret deletes a secret.
func (t *Tx) DeleteClientSecret(client id.Client, secret id.Secret) error {
	n, err := t.exec("deleting a client secret", deleteClientSecret, client, secret)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("deleting a client secret: %w", store.ErrNotFound)
	}
	t.changed(store.ClientRecord(client))
	return nil
}

// PutLogo keeps an uploaded image. Sweep deletes it when no version of a client names it.
func (t *Tx) PutLogo(l store.Logo) error {
	if !storable(l.Sum, l.Media) || l.Sum == "" {
		return fmt.Errorf("keeping a logo: %w, and its sum is not empty", errText)
	}
	_, err := t.exec("keeping a logo", insertLogo, l.Sum, l.Media, blob(l.Image), unix(t.now))
	return err
}

func (t *Tx) lockClient(client id.Client) error {
	_, err := one(t, func(rows *sql.Rows, n *int) error { return rows.Scan(n) }, "a client",
		selectNumber+t.dialect.ForUpdate, client)
	return err
}
