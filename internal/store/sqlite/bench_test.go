package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// The rows that a sign-in leaves behind: the burned assertion, the session, the audit entry.
const benchGroup = 32

// BenchmarkSignInRows writes the rows of sign-ins from 32 callers, and the same rows in a bare loop over the driver, in
// groups of 32, in alternating slices. What the store reaches of the bare loop is its own overhead.
func BenchmarkSignInRows(b *testing.B) {
	s, err := Open(context.Background(), Options{Path: filepath.Join(b.TempDir(), "store.db")})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	bare := newBare(b)
	var ours, theirs time.Duration
	rows := 0
	for b.Loop() {
		const slice = 100 * benchGroup
		ours += timed(func() { throughStore(b, s, slice) })
		theirs += timed(func() { bare.loop(b, slice) })
		rows += slice
	}
	b.ReportMetric(float64(rows)/ours.Seconds(), "store/s")
	b.ReportMetric(float64(rows)/theirs.Seconds(), "bare/s")
	b.ReportMetric(100*theirs.Seconds()/ours.Seconds(), "%of-bare")
	b.ReportMetric(float64(rows)/float64(s.writer.commits), "rows/commit")
	b.ReportMetric(0, "ns/op")
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

func benchSession() store.Session {
	now := time.Now()
	return store.Session{Tenant: id.Tenant{}.From([16]byte{1}), ID: entropy.ID[id.Session](), User: id.User{}.From([16]byte{2}),
		Client: id.Client{}.From([16]byte{3}), Authorization: id.Authorization{}.From([16]byte{4}),
		Secret: id.Secret{}.From([16]byte{5}), Scopes: benchScopes(), State: mark.Number{Epoch: 1, N: 1}, Created: now,
		Expires: now.Add(4 * time.Hour)}
}

func benchScopes() scope.Set {
	return scope.NewSet(scope.MustParse("tableau:datasources:update"), scope.MustParse("tableau:views:read"),
		scope.MustParse("tableau:workbooks:create"))
}

func benchAct(s *store.Session) audit.Act {
	return audit.Act{Tenant: s.Tenant, Actor: audit.Actor{Kind: "user", ID: s.User.String(), Name: "ada"},
		Action: "session.begin", Target: "session " + s.ID.String()}
}

func throughStore(b *testing.B, s *Store, n int) {
	var left atomic.Int64
	left.Store(int64(n))
	var all sync.WaitGroup
	for range benchGroup {
		all.Go(func() {
			for left.Add(-1) >= 0 {
				session := benchSession()
				err := s.Do(context.Background(), benchAct(&session), func(tx store.Tx) error {
					if err := tx.Burn([32]byte(entropy.Bytes(32)), session.Expires); err != nil {
						return err
					}
					return tx.AddSession(session)
				})
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// bare is the least that writes such rows.
type bare struct {
	conn                 *sql.Conn
	begin, commit        *sql.Stmt
	burn, session, entry *sql.Stmt
}

func newBare(b *testing.B) *bare {
	path := filepath.Join(b.TempDir(), "bare.db")
	if _, err := Migrate(context.Background(), path); err != nil {
		b.Fatal(err)
	}
	db, err := connect(path, false)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	c, err := db.Conn(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	prepare := func(query string) *sql.Stmt {
		s, err := c.PrepareContext(context.Background(), query)
		if err != nil {
			b.Fatal(err)
		}
		return s
	}
	return &bare{conn: c, begin: prepare("BEGIN IMMEDIATE"), commit: prepare("COMMIT"),
		burn: prepare("INSERT INTO replay (key, until) VALUES ($1, $2)"),
		session: prepare(`INSERT INTO sessions (tenant, id, user_id, client, authorization_id, secret, scopes, epoch, n, created,
			expires) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`),
		entry: prepare(`INSERT INTO audit (tenant, id, at, actor_kind, actor_id, actor_name, action, target, detail, epoch, n)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`)}
}

func (c *bare) loop(b *testing.B, n int) {
	run := func(s *sql.Stmt, args ...any) {
		if _, err := s.Exec(args...); err != nil {
			b.Fatal(err)
		}
	}
	seq := uint64(time.Now().UnixNano())
	for range n / benchGroup {
		run(c.begin)
		for range benchGroup {
			s := benchSession()
			a := benchAct(&s)
			until := s.Expires.Unix()
			run(c.burn, entropy.Bytes(32), until)
			run(c.session, s.Tenant, s.ID, s.User, s.Client, s.Authorization, s.Secret, s.Scopes.String(), int64(1), int64(1),
				s.Created.Unix(), until)
			seq++
			entry := append([]byte{byte(seq >> 56), byte(seq >> 48), byte(seq >> 40), byte(seq >> 32), byte(seq >> 24), byte(seq >> 16),
				byte(seq >> 8), byte(seq)}, entropy.Bytes(8)...)
			run(c.entry, s.Tenant, entry, s.Created.Unix(), a.Actor.Kind, a.Actor.ID, a.Actor.Name, a.Action, a.Target, "{}",
				int64(1), int64(1))
		}
		run(c.commit)
	}
}

// BenchmarkSessionSize says what a session costs on disk, with its replay key and its audit entry, and without.
func BenchmarkSessionSize(b *testing.B) {
	path := filepath.Join(b.TempDir(), "store.db")
	for b.Loop() {
		if err := errors.Join(os.RemoveAll(path), os.RemoveAll(path+".commits")); err != nil {
			b.Fatal(err)
		}
		s, err := Open(context.Background(), Options{Path: path})
		if err != nil {
			b.Fatal(err)
		}
		const n = 10_000
		throughStore(b, s, n)
		db, err := connect(path, true)
		if err != nil {
			b.Fatal(err)
		}
		for _, table := range []string{"sessions", "replay", "audit"} {
			var bytes int
			query := fmt.Sprintf(`SELECT sum(pgsize) FROM dbstat WHERE name IN ('%[1]s', '%[1]s_expires', '%[1]s_until')`, table)
			if err := db.QueryRow(query).Scan(&bytes); err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(bytes)/n, table+"-B/row")
		}
		b.ReportMetric(0, "ns/op")
		if err := errors.Join(db.Close(), s.Close()); err != nil {
			b.Fatal(err)
		}
	}
}
