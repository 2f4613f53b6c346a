package sqlstore

import (
	"database/sql"
	"fmt"
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

const (
	selectCode = `SELECT c.tenant, c.hash, c.grant_id, g.client, c.redirect_uri, c.challenge, c.created, c.expires, c.used
		FROM codes c JOIN grants g ON g.tenant = c.tenant AND g.id = c.grant_id WHERE c.tenant = $1 AND c.hash = $2`
	insertCode = `INSERT INTO codes (tenant, hash, grant_id, redirect_uri, challenge, created, expires, used)
		SELECT $1, $2, $3, $4, $5, $6, $7, $8
		WHERE EXISTS (SELECT 1 FROM grants WHERE tenant = $1 AND id = $3 AND ended = 0` + underLive + `) ON CONFLICT DO NOTHING`
	useCode = `UPDATE codes SET used = $3 WHERE tenant = $1 AND hash = $2 AND used = 0
		AND EXISTS (SELECT 1 FROM grants WHERE tenant = $1 AND id = codes.grant_id AND ended = 0` + underLive + `)`

	// The successor is not shown of a grant that has ended: there is no grace in it.
	selectToken = `SELECT r.tenant, r.hash, r.grant_id, g.client, r.created, r.expires, r.used, r.successor,
		CASE WHEN g.ended = 0 THEN r.sealed END
		FROM refresh_tokens r JOIN grants g ON g.tenant = r.tenant AND g.id = r.grant_id
		WHERE r.tenant = $1 AND r.hash = $2`
	// What a refresh is decided on, in one look.
	selectRefreshable = `SELECT r.hash, r.created, r.expires, r.used, r.successor, CASE WHEN g.ended = 0 THEN r.sealed END,
		g.tenant, g.id, g.client, g.version, g.authorization_id, g.user_id, g.required, g.scopes, g.dropped, g.created, g.installed,
		g.last_used, g.expires, g.ended, g.ended_by
		FROM refresh_tokens r JOIN grants g ON g.tenant = r.tenant AND g.id = r.grant_id WHERE r.tenant = $1 AND r.hash = $2`
	insertToken = `INSERT INTO refresh_tokens (tenant, hash, grant_id, created, expires, used)
		SELECT $1, $2, $3, $4, $5, $6
		WHERE EXISTS (SELECT 1 FROM grants WHERE tenant = $1 AND id = $3 AND ended = 0` + underLive + `) ON CONFLICT DO NOTHING`
	rotateSeen = `UPDATE refresh_tokens SET used = $3, successor = $4, sealed = $5
		WHERE tenant = $1 AND hash = $2 AND grant_id = $6 AND used = 0`
	rotateToken = rotateSeen + `
		AND EXISTS (SELECT 1 FROM grants WHERE tenant = $1 AND id = $6 AND ended = 0` + underLive + `)`
	// One row of values: SQLite needs no journal of the statement for it, as it would to select them.
	insertSuccessor = `INSERT INTO refresh_tokens (tenant, hash, grant_id, created, expires, used)
		VALUES ($1, $2, $3, $4, $5, 0) ON CONFLICT DO NOTHING`
	// One row at most, which SQLite changes where it found it: to change several it would first list them in a table of its own.
	closeGrace = `UPDATE refresh_tokens SET successor = NULL, sealed = NULL WHERE tenant = $1
		AND hash = (SELECT hash FROM refresh_tokens WHERE tenant = $1 AND successor = $2 LIMIT 1)`
)

func scanCode(rows *sql.Rows, c *store.Code) error {
	return rows.Scan(&c.Tenant, hash{&c.Hash}, &c.Grant, &c.Client, &c.RedirectURI, &c.Challenge, seconds{&c.Created},
		seconds{&c.Expires}, seconds{&c.Used})
}

func scanToken(rows *sql.Rows, r *store.RefreshToken) error {
	return rows.Scan(&r.Tenant, hash{&r.Hash}, &r.Grant, &r.Client, seconds{&r.Created}, seconds{&r.Expires},
		seconds{&r.Used}, hash{&r.Successor}, &r.Sealed)
}

// Code reads an authorization code.
func (t *Tx) Code(in id.Tenant, hash [32]byte) (store.Code, error) {
	return one(t, scanCode, "a code", selectCode, in, hash[:])
}

// AddCode adds a code of a live grant.
func (t *Tx) AddCode(c store.Code) error {
	if !storable(c.RedirectURI, c.Challenge) {
		return fmt.Errorf("adding a code: %w", errText)
	}
	n, err := t.exec("adding a code", insertCode, c.Tenant, c.Hash[:], c.Grant, c.RedirectURI, c.Challenge, unix(c.Created),
		unix(c.Expires), unix(c.Used))
	if err == nil && n == 0 {
		err = t.whyNot("adding a code", c.Tenant, c.Grant)
	}
	return err
}

// whyNot tells why nothing was added to a grant: it does not live, or the random name is taken.
func (t *Tx) whyNot(doing string, in id.Tenant, grant id.Grant) error {
	lives, err := t.exists("a grant", grantLives, in, grant)
	switch {
	case err != nil:
		return err
	case !lives:
		return fmt.Errorf("%s: the grant is not there or has ended: %w", doing, store.ErrNotFound)
	}
	return fmt.Errorf("%s: %w", doing, store.ErrTaken)
}

// UseCode uses a code up: of any number of callers, the update lets one through (A093). A code whose grant has ended is
// not found.
func (t *Tx) UseCode(in id.Tenant, hash [32]byte, at time.Time) error {
	n, err := t.exec("using a code", useCode, in, hash[:], unix(at))
	if err != nil || n > 0 {
		return err
	}
	c, err := t.Code(in, hash)
	return used("using a code", c.Used, err)
}

// used tells why something could not be used up: it was, or it is worth nothing.
func used(doing string, at time.Time, err error) error {
	if err != nil {
		return err
	}
	if at.IsZero() {
		return fmt.Errorf("%s: the grant has ended: %w", doing, store.ErrNotFound)
	}
	return fmt.Errorf("%s: %w", doing, store.ErrUsed)
}

// RefreshToken reads a refresh token.
func (t *Tx) RefreshToken(in id.Tenant, hash [32]byte) (store.RefreshToken, error) {
	return one(t, scanToken, "a refresh token", selectToken, in, hash[:])
}

// Refreshable reads a refresh token with its grant.
func (t *Tx) Refreshable(in id.Tenant, hash [32]byte) (store.RefreshToken, store.Grant, error) {
	v, err := one(t, scanRefreshable, "a refresh token", selectRefreshable, in, hash[:])
	return v.token, v.grant, err
}

// refreshable is a refresh token and its grant.
type refreshable struct {
	token store.RefreshToken
	grant store.Grant
}

func scanRefreshable(rows *sql.Rows, v *refreshable) error {
	r := &v.token
	err := scanGrantAfter(rows, &v.grant, hash{&r.Hash}, seconds{&r.Created}, seconds{&r.Expires}, seconds{&r.Used}, hash{&r.Successor}, &r.Sealed)
	r.Tenant, r.Grant, r.Client = v.grant.Tenant, v.grant.ID, v.grant.Client
	return err
}

// AddRefreshToken adds a refresh token of a live grant, not used yet.
func (t *Tx) AddRefreshToken(r store.RefreshToken) error {
	n, err := t.exec("adding a refresh token", insertToken, r.Tenant, r.Hash[:], r.Grant, unix(r.Created), unix(r.Expires),
		unix(r.Used))
	if err == nil && n == 0 {
		err = t.whyNot("adding a refresh token", r.Tenant, r.Grant)
	}
	return err
}

// RotateRefreshToken uses a refresh token up, keeps what old has as its sealed successor, and adds the successor: of any
// number of callers, the update lets one through (A093). A token whose grant has ended is not found.
func (t *Tx) RotateRefreshToken(old, successor store.RefreshToken, at time.Time, decided mark.Number) error {
	rotate := rotateToken
	if t.dialect.Alone && decided != (mark.Number{}) && decided == t.head {
		rotate = rotateSeen
	}
	n, err := t.exec("rotating a refresh token", rotate, old.Tenant, old.Hash[:], unix(at), successor.Hash[:], old.Sealed,
		old.Grant)
	if err != nil {
		return err
	}
	if n == 0 {
		r, err := t.RefreshToken(old.Tenant, old.Hash)
		return used("rotating a refresh token", r.Used, err)
	}
	n, err = t.exec("rotating a refresh token", insertSuccessor, old.Tenant, successor.Hash[:], old.Grant,
		unix(successor.Created), unix(successor.Expires))
	if err == nil && n == 0 {
		err = fmt.Errorf("rotating a refresh token: %w", store.ErrTaken)
	}
	return err
}

// CloseGrace forgets the successor of the token that was rotated into this one.
func (t *Tx) CloseGrace(in id.Tenant, successor [32]byte) error {
	_, err := t.exec("ending the grace of a refresh token", closeGrace, in, successor[:])
	return err
}
