package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

// countingConn counts the statements of one transaction, and the rows that they wrote.
type countingConn struct {
	tx               *sql.Tx
	statements, rows int64
}

func (c *countingConn) Exec(query string, args ...any) (int64, error) {
	r, err := c.tx.Exec(query, args...)
	if err != nil {
		return 0, err
	}
	n, err := r.RowsAffected()
	c.statements++
	c.rows += n
	return n, err
}

func (c *countingConn) Query(query string, args ...any) (*sql.Rows, error) {
	c.statements++
	return c.tx.Query(query, args...)
}

// TestRevoking_writesTheSame: revoking an authorization with many grants and consents takes the statements, and writes the
// rows, that it takes with one.
func TestRevoking_writesTheSame(t *testing.T) {
	type cost struct{ statements, rows int64 }
	costs := map[int]cost{}
	for _, users := range []int{1, 500} {
		db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "p.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		migrateForTest(t, db)
		in, now := entropy.ID[id.Tenant](), time.Unix(1_800_000_000, 0)
		c := store.Client{ID: entropy.ID[id.Client](), Version: 1, Created: now}
		a := store.FirstAuthorization(in, entropy.ID[id.Authorization](), c, now)
		do := func(fn func(tx *Tx) error) cost {
			t.Helper()
			tx, err := db.BeginTx(context.Background(), nil)
			if err != nil {
				t.Fatal(err)
			}
			conn := &countingConn{tx: tx}
			run := NewTx(conn, &Dialect{}, mark.Number{}, now, audit.Act{Actor: audit.Operator, Action: "test"}, entropy.ID[id.Entry]())
			if err := errors.Join(fn(run), run.Fault(), tx.Commit()); err != nil {
				t.Fatal(err)
			}
			return cost{conn.statements, conn.rows}
		}
		do(func(tx *Tx) error {
			err := errors.Join(tx.AddTenant(store.Tenant{ID: in, ContentURL: "t", Created: now}),
				tx.AddClient(c, store.ClientVersion{Number: 1, At: now}), tx.AddAuthorization(a))
			for i := range users {
				u := store.User{Tenant: in, ID: entropy.ID[id.User](), Name: fmt.Sprint("user ", i), Created: now}
				err = errors.Join(err, tx.AddUser(u), tx.PutConsent(store.Consent{Tenant: in, User: u.ID, Client: c.ID, Authorization: a.ID, Updated: now}),
					tx.AddGrant(store.Grant{Tenant: in, ID: entropy.ID[id.Grant](), Client: c.ID, Version: 1, Authorization: a.ID, User: u.ID, Created: now}))
			}
			return err
		})
		costs[users] = do(func(tx *Tx) error {
			revoked := a
			revoked.Revoked, revoked.Version = true, 2
			tx.Mark(mark.Subject{Tenant: in, Authorization: a.ID}, nil, now.Add(time.Hour))
			return tx.UpdateAuthorization(revoked)
		})
		do(func(tx *Tx) error {
			list, err := tx.ListGrants(in, store.GrantFilter{Client: c.ID}, store.Page{})
			if len(list) > 0 {
				t.Errorf("%d grants live on", len(list))
			}
			return err
		})
	}
	if costs[1] != costs[500] || costs[1].rows == 0 {
		t.Errorf("revoking costs %+v with one user, %+v with 500", costs[1], costs[500])
	}
}

// migrateForTest makes the schema in SQLite's types.
func migrateForTest(t *testing.T, db *sql.DB) {
	t.Helper()
	list, err := Migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if _, err := db.Exec(sqliteTypes.Replace(m.source)); err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
	}
}
