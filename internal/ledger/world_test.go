package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/postgres"
	"prokura/internal/store/sqlite"
	"prokura/internal/testpg"
	"prokura/internal/testsqlite"
)

var server *testpg.Server // set by TestMain

func TestMain(m *testing.M) { testpg.Main(m, &server) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a database with two tenants, and a ledger on it.
type world struct {
	*Ledger
	t     *testing.T
	db    store.Store
	raw   *sql.DB
	clock *clock.Fake
	c     Config
	acme  id.Tenant
	beta  id.Tenant
}

// engines runs a test on both.
func engines(t *testing.T, test func(t *testing.T, w *world)) {
	onSQLite(t, test)
	t.Run("postgres", func(t *testing.T) {
		url := server.Schema(t)
		c := clock.NewFake(noon)
		db, err := postgres.Open(t.Context(), postgres.Options{URL: url, Clock: c})
		if err != nil {
			t.Fatal(err)
		}
		test(t, newWorld(t, db, c, "pgx", url))
	})
}

func onSQLite(t *testing.T, test func(t *testing.T, w *world)) {
	t.Run("sqlite", func(t *testing.T) {
		path := testsqlite.File(t, t.TempDir())
		c := clock.NewFake(noon)
		db, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, Clock: c})
		if err != nil {
			t.Fatal(err)
		}
		test(t, newWorld(t, db, c, "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"))
	})
}

func newWorld(t *testing.T, db store.Store, c *clock.Fake, driver, at string) *world {
	t.Helper()
	t.Cleanup(func() { _ = db.Close() })
	raw, err := sql.Open(driver, at)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = raw.Close() })
	dir := t.TempDir()
	sealer, err := seal.OpenFile(filepath.Join(dir, "seal.key"))
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, db: db, raw: raw, clock: c, acme: entropy.ID[id.Tenant](), beta: entropy.ID[id.Tenant](),
		c: Config{Store: db, Clock: c, Log: slog.New(slog.DiscardHandler), Sealer: sealer, Name: "prokura.example/audit",
			Kept: filepath.Join(dir, "audit.checkpoint")}}
	w.Ledger = w.open()
	return w
}

// open is another process on the same database.
func (w *world) open() *Ledger {
	w.t.Helper()
	l, err := Open(w.t.Context(), w.c)
	if err != nil {
		w.t.Fatal(err)
	}
	return l
}

// act adds entries to the books of the two tenants in turn.
func (w *world) act(n int) {
	w.t.Helper()
	for i := range n {
		in := w.acme
		if i%2 == 1 {
			in = w.beta
		}
		w.do(audit.Act{Tenant: in, Actor: audit.Actor{Kind: "user", ID: "u-1", Name: "ada"}, Action: "group.create",
			Target: fmt.Sprintf("group %d", i), Reason: "because", Detail: map[string]string{"name": fmt.Sprint(i)}}, nil)
	}
}

func (w *world) do(a audit.Act, fn func(store.Tx) error) {
	w.t.Helper()
	if fn == nil {
		fn = func(store.Tx) error { return nil }
	}
	if err := w.db.Do(audit.Received(context.Background(), "192.0.2.1"), a, fn); err != nil {
		w.t.Fatal(err)
	}
}

// seal seals everything, and demands that it was so many.
func (w *world) seal(want int) {
	w.t.Helper()
	if n, err := w.Seal(w.t.Context()); err != nil || n != want {
		w.t.Fatalf("sealed %d entries (%v), want %d", n, err, want)
	}
}

func (w *world) verify(kept ...[]byte) Report {
	w.t.Helper()
	r, err := w.Verify(w.t.Context(), kept)
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

// sound demands that nothing is amiss.
func (w *world) sound(kept ...[]byte) Report {
	w.t.Helper()
	r := w.verify(kept...)
	if !r.Sound() {
		w.t.Fatalf("the log is not sound: %+v", r.Problems)
	}
	return r
}

func (w *world) exec(query string, args ...any) {
	w.t.Helper()
	if _, err := w.raw.Exec(query, args...); err != nil {
		w.t.Fatalf("%s: %v", query, err)
	}
}

// refs are the entries of the leaves, in order.
func (w *world) refs() (list []store.AuditRef) {
	w.t.Helper()
	err := w.db.View(w.t.Context(), func(r store.Reader) error {
		for n := int64(0); ; n++ {
			tile, err := r.AuditTile(0, n)
			if err != nil {
				return nil
			}
			list = append(list, tile.Refs...)
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// checkpoint is the newest one.
func (w *world) checkpoint() []byte {
	w.t.Helper()
	_, note, err := w.Checkpoint(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return note
}
