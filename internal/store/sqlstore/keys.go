package sqlstore

import (
	"database/sql"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	keyColumns = `id, public_jwk, sealed, created, active, retired, expires, revoked`
	selectKeys = `SELECT ` + keyColumns + ` FROM signing_keys ORDER BY created, id`
	insertKey  = `INSERT INTO signing_keys (` + keyColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`
	updateKey = `UPDATE signing_keys SET public_jwk = $2, sealed = $3, created = $4, active = $5, retired = $6,
		expires = $7, revoked = $8 WHERE id = $1`
	deleteKey     = `DELETE FROM signing_keys WHERE id = $1`
	selectSetting = `SELECT value FROM settings WHERE name = $1`
	upsertSetting = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	insertSetting = `INSERT INTO settings (name, value) VALUES ($1, $2) ON CONFLICT DO NOTHING`
)

func scanKey(rows *sql.Rows, k *store.Key) error {
	return rows.Scan(&k.ID, &k.Public, &k.Sealed, seconds{&k.Created}, seconds{&k.Active}, seconds{&k.Retired},
		seconds{&k.Expires}, &k.Revoked)
}

// ListKeys lists our signing keys, oldest first.
func (t *Tx) ListKeys() ([]store.Key, error) { return many(t, scanKey, "signing keys", selectKeys) }

// AddKey adds a signing key.
func (t *Tx) AddKey(k store.Key) error {
	n, err := t.exec("adding a signing key", insertKey, k.ID, blob(k.Public), blob(k.Sealed), unix(k.Created),
		unix(k.Active), unix(k.Retired), unix(k.Expires), k.Revoked)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a signing key: %w", store.ErrTaken)
	}
	t.changed(store.KeysRecord)
	return nil
}

// UpdateKey writes all of a signing key.
func (t *Tx) UpdateKey(k store.Key) error {
	n, err := t.exec("changing a signing key", updateKey, k.ID, blob(k.Public), blob(k.Sealed), unix(k.Created),
		unix(k.Active), unix(k.Retired), unix(k.Expires), k.Revoked)
	return t.keyChanged(n, err, "changing a signing key")
}

// DeleteKey deletes a signing key.
func (t *Tx) DeleteKey(key id.Key) error {
	n, err := t.exec("deleting a signing key", deleteKey, key)
	return t.keyChanged(n, err, "deleting a signing key")
}

func (t *Tx) keyChanged(n int64, err error, doing string) error {
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", doing, store.ErrNotFound)
	}
	t.changed(store.KeysRecord)
	return nil
}

// Setting reads a named value of our own.
func (t *Tx) Setting(name string) ([]byte, error) {
	return one(t, func(rows *sql.Rows, v *[]byte) error { return rows.Scan(v) }, "setting "+name, selectSetting, name)
}

// SetSetting writes a named value.
func (t *Tx) SetSetting(name string, value []byte) error {
	_, err := t.exec("writing setting "+name, upsertSetting, name, blob(value))
	if err == nil && name == store.EnforcementSetting {
		t.changed(store.EnforcementRecord)
	}
	return err
}

// AddSetting writes the value only where the name has none, and answers the one that stands (A239).
func (t *Tx) AddSetting(name string, value []byte) ([]byte, error) {
	if _, err := t.exec("writing setting "+name, insertSetting, name, blob(value)); err != nil {
		return nil, err
	}
	return t.Setting(name)
}
