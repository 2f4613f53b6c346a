package floor

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

// Refreshes reads and writes what a refresh does: the token with its grant, the token used up, its successor, the grace of
// the one before closed, and an audit entry; in a database as durable as the product's, by one connection, with nothing
// around it.
type Refreshes struct {
	db     *sql.DB
	steps  [5]*sql.Stmt
	tenant []byte
	tokens []refreshable
	at     int
	entry  uint64
}

type refreshable struct{ grant, hash []byte }

const refreshSchema = `
CREATE TABLE grants (tenant BLOB NOT NULL, id BLOB NOT NULL, client BLOB NOT NULL, version INTEGER NOT NULL,
	authorization_id BLOB NOT NULL, user_id BLOB, required TEXT NOT NULL, scopes TEXT NOT NULL, dropped TEXT NOT NULL,
	created INTEGER NOT NULL, installed INTEGER NOT NULL, last_used INTEGER NOT NULL, expires INTEGER NOT NULL,
	ended INTEGER NOT NULL, ended_by TEXT NOT NULL, PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;
CREATE TABLE refresh_tokens (tenant BLOB NOT NULL, hash BLOB NOT NULL, grant_id BLOB NOT NULL, created INTEGER NOT NULL,
	expires INTEGER NOT NULL, used INTEGER NOT NULL, successor BLOB, sealed BLOB, PRIMARY KEY (tenant, hash)) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_grant ON refresh_tokens (tenant, grant_id);
CREATE INDEX refresh_tokens_successor ON refresh_tokens (tenant, successor) WHERE successor IS NOT NULL;` + auditSchema

var refreshSteps = [5]string{
	`SELECT r.grant_id, r.created, r.expires, r.used, r.successor, r.sealed, g.client, g.version, g.authorization_id, g.user_id,
		g.required, g.scopes, g.dropped, g.created, g.expires, g.ended
		FROM refresh_tokens r JOIN grants g ON g.tenant = r.tenant AND g.id = r.grant_id WHERE r.tenant = $1 AND r.hash = $2`,
	`UPDATE refresh_tokens SET used = $3, successor = $4, sealed = $5 WHERE tenant = $1 AND hash = $2 AND used = 0`,
	`INSERT INTO refresh_tokens (tenant, hash, grant_id, created, expires, used) VALUES ($1, $2, $3, $4, 0, 0)`,
	// Without the second look SQLite goes through all tokens of the tenant.
	`UPDATE refresh_tokens SET successor = NULL, sealed = NULL WHERE tenant = $1
		AND hash = (SELECT hash FROM refresh_tokens WHERE tenant = $1 AND successor = $2 LIMIT 1)`,
	insertAudit,
}

// OpenRefreshes makes the database, with so many grants.
func OpenRefreshes(path, scopes string, grants int) (*Refreshes, error) {
	db, err := openDatabase(path, refreshSchema)
	if err != nil {
		return nil, err
	}
	r := &Refreshes{db: db, tenant: random(16)}
	if err := r.fill(scopes, grants); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return r, nil
}

func (r *Refreshes) fill(scopes string, grants int) error {
	tx, err := r.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	for range grants {
		t := refreshable{random(16), random(32)}
		if _, err := tx.Exec(`INSERT INTO grants VALUES ($1, $2, $3, 1, $3, $3, $4, $4, '', 1, 1, 1, 0, 0, '')`,
			r.tenant, t.grant, random(16), scopes); err != nil {
			return err
		}
		if _, err := tx.Exec(refreshSteps[2], r.tenant, t.hash, t.grant, 1); err != nil {
			return err
		}
		r.tokens = append(r.tokens, t)
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for i, text := range refreshSteps {
		if r.steps[i], err = r.db.Prepare(text); err != nil {
			return err
		}
	}
	return nil
}

// Close closes the database.
func (r *Refreshes) Close() error { return r.db.Close() }

// Run refreshes in groups for a while, and answers how many a second that were.
func (r *Refreshes) Run(d time.Duration, group int) (float64, error) {
	start := time.Now()
	n := 0
	for time.Since(start) < d {
		if err := r.rotate(group); err != nil {
			return 0, err
		}
		n += group
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

func (r *Refreshes) rotate(group int) error {
	tx, err := r.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var steps [5]*sql.Stmt
	for i := range steps {
		steps[i] = tx.Stmt(r.steps[i])
	}
	now := time.Now().Unix()
	for range group {
		t := &r.tokens[r.at]
		r.at = (r.at + 1) % len(r.tokens)
		row := make([]any, 16)
		into := make([]any, len(row))
		for i := range row {
			into[i] = &row[i]
		}
		if err := steps[0].QueryRow(r.tenant, t.hash).Scan(into...); err != nil {
			return err
		}
		next := random(32)
		r.entry++
		at := fmt.Appendf(nil, "%016d", r.entry)
		for i, args := range [][]any{1: {r.tenant, t.hash, now, next, random(95)}, 2: {r.tenant, next, t.grant, now}, 3: {r.tenant, t.hash},
			4: {r.tenant, at, now, "client", anID, "App 123", "grant.refresh", "grant " + anID, `{"secret":"` + anID + `","user":"` + anID + `"}`, 1, 9}} {
			if i == 0 {
				continue
			}
			if _, err := steps[i].Exec(args...); err != nil {
				return err
			}
		}
		t.hash = next
	}
	return tx.Commit()
}
