package floor

import (
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"
)

// Rows writes what a sign-in leaves behind: a used assertion, a session and an audit entry, in a database as durable as
// the product's (WAL, synchronous FULL), by one connection, with nothing around it.
type Rows struct {
	db      *sql.DB
	inserts [3]*sql.Stmt
	tenant  []byte
	entry   uint64
}

const schema = `
CREATE TABLE sessions (tenant BLOB NOT NULL, id BLOB NOT NULL, user_id BLOB, client BLOB, authorization_id BLOB, secret BLOB,
	scopes TEXT NOT NULL, epoch INTEGER NOT NULL, n INTEGER NOT NULL, created INTEGER NOT NULL, expires INTEGER NOT NULL,
	PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_expires ON sessions (expires);
CREATE TABLE replay (key BLOB NOT NULL PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX replay_until ON replay (until);` + auditSchema

const auditSchema = `
CREATE TABLE audit (tenant BLOB NOT NULL, id BLOB NOT NULL, at INTEGER NOT NULL, actor_kind TEXT NOT NULL,
	actor_id TEXT NOT NULL, actor_name TEXT NOT NULL, action TEXT NOT NULL, target TEXT NOT NULL, detail TEXT NOT NULL,
	epoch INTEGER NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (tenant, id)) STRICT, WITHOUT ROWID;`

// OpenRows makes the database.
func OpenRows(path string) (*Rows, error) {
	db, err := openDatabase(path, schema)
	if err != nil {
		return nil, err
	}
	return &Rows{db: db, tenant: random(16)}, nil
}

// openDatabase makes a database with one connection.
func openDatabase(path, schema string) (*sql.DB, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"+
		"&_pragma=foreign_keys(1)&_pragma=temp_store(MEMORY)&_pragma=cache_size(-65536)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	if _, err := db.Exec(schema); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// Close closes the database.
func (r *Rows) Close() error { return r.db.Close() }

// Run writes groups for a while, and answers how many sign-ins a second that would be.
func (r *Rows) Run(d time.Duration, group int, scopes string) (float64, error) {
	start := time.Now()
	n := 0
	for time.Since(start) < d {
		if err := r.write(group, scopes); err != nil {
			return 0, err
		}
		n += group
	}
	return float64(n) / time.Since(start).Seconds(), nil
}

var inserts = [3]string{
	`INSERT INTO replay (key, until) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
	`INSERT INTO sessions (tenant, id, user_id, client, authorization_id, secret, scopes, epoch, n, created, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
	insertAudit,
}

const insertAudit = `INSERT INTO audit (tenant, id, at, actor_kind, actor_id, actor_name, action, target, detail, epoch, n)
	VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`

func (r *Rows) write(group int, scopes string) error {
	for i, text := range inserts {
		if r.inserts[i] == nil {
			var err error
			if r.inserts[i], err = r.db.Prepare(text); err != nil {
				return err
			}
		}
	}
	tx, err := r.db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var stmts [3]*sql.Stmt
	for i := range stmts {
		stmts[i] = tx.Stmt(r.inserts[i])
	}
	now := time.Now().Unix()
	for range group {
		id := random(16)
		if _, err := stmts[0].Exec(random(32), now+600); err != nil {
			return err
		}
		if _, err := stmts[1].Exec(r.tenant, id, r.tenant, r.tenant, r.tenant, r.tenant, scopes, 1, 9, now, now+14400); err != nil {
			return err
		}
		// Entries are numbered by time, so that they are appended.
		r.entry++
		at := fmt.Appendf(nil, "%016d", r.entry)
		if _, err := stmts[2].Exec(r.tenant, at, now, "user", anID, "ada@bench.example", "session.sign_in", "session "+anID,
			`{"connected_app":"`+anID+`","secret":"`+anID+`"}`, 1, 9); err != nil {
			return err
		}
	}
	return tx.Commit()
}

func random(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
