// Package testworld makes worlds for tests: one process, with everything from its store to its uses, on a real database.
//
//	New   a world with nobody in it; Settle gives it two tenants
//	Shop  a settled world with an app that its users install, and what deciding on it leaves behind
//
// What only the tests of one package need stands in that package.
package testworld

import (
	"context"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/feed"
	"prokura/internal/govern"
	"prokura/internal/keyring"
	"prokura/internal/ledger"
	"prokura/internal/registry"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
)

// Issuer is what every world is called.
const Issuer = "https://prokura.example"

// Noon is when every world begins.
var Noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// Options are in what a world differs from the usual one; the zero Options are that.
type Options struct {
	Catalogs *registry.Catalogs                 // those in force; nil: analytics and crm
	Dir      string                             // where its files are; "": a directory of its own
	Clock    *clock.Fake                        // nil: one that stands at Noon
	Open     func() (store.Store, error)        // nil: SQLite, in Dir
	Access   func(*access.Config, *seal.Sealer) // alters what the uses and decisions are made of
}

// World is one process. What happens in it beside, tests let happen.
type World struct {
	*access.Access
	*govern.Decisions

	T         *testing.T
	Clock     *clock.Fake
	Log       *slog.Logger
	Store     store.Store // the database itself, whatever the uses see of it
	Sealer    *seal.Sealer
	Catalogs  *registry.Catalogs
	Memory    *feed.Memory
	Keys      *keyring.Keyring
	Registry  *registry.Registry
	Directory *directory.Directory
	Docket    *docket.Docket
	Told      func(govern.Notice) // hears whom decisions tell; nil: nobody does

	Acme, Beta Tenant // once it is settled

	o Options
}

// New starts a process.
func New(t *testing.T, o Options) *World {
	t.Helper()
	if o.Dir == "" {
		o.Dir = t.TempDir()
	}
	if o.Clock == nil {
		o.Clock = clock.NewFake(Noon)
	}
	w := &World{T: t, Clock: o.Clock, Log: slog.New(slog.DiscardHandler), o: o}
	w.start()
	t.Cleanup(func() { _ = w.Store.Close() })
	return w
}

// Restart ends the process and starts it anew.
func (w *World) Restart() {
	w.T.Helper()
	w.OK(w.Store.Close())
	w.start()
}

// Alter restarts the process with uses that are made of something else.
func (w *World) Alter(change func(*access.Config)) {
	w.T.Helper()
	w.o.Access = func(c *access.Config, _ *seal.Sealer) { change(c) }
	w.Restart()
}

func (w *World) start() {
	w.T.Helper()
	ctx := context.Background()
	var err error
	if w.o.Open != nil {
		w.Store, err = w.o.Open()
	} else {
		w.Store, err = sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(w.T, w.o.Dir), Clock: w.Clock})
	}
	w.OK(err)
	if w.Catalogs = w.o.Catalogs; w.Catalogs == nil {
		w.Catalogs = InForce("analytics", "crm")
	}
	w.Sealer, err = seal.OpenFile(filepath.Join(w.o.Dir, "seal.key"))
	w.OK(err)
	c := access.Config{Store: w.Store, Catalogs: w.Catalogs, Clock: w.Clock, Log: w.Log}
	c.Memory = feed.New(feed.Config{Store: c.Store, Clock: c.Clock, Log: c.Log, Local: w.o.Open == nil})
	w.OK(c.Memory.Sync(ctx))
	c.Keys, err = keyring.Open(ctx, keyring.Options{Store: c.Store, Sealer: w.Sealer, Clock: c.Clock, Issuer: Issuer})
	w.OK(err)
	c.Registry = registry.New(registry.Config{Store: c.Store, Clock: c.Clock, Sealer: w.Sealer, Catalogs: c.Catalogs, Log: c.Log})
	if w.o.Access != nil {
		w.o.Access(&c, w.Sealer)
	}
	w.Access, err = access.New(c)
	w.OK(err)
	w.Memory, w.Keys, w.Registry = c.Memory, c.Keys, c.Registry
	w.Directory = directory.New(directory.Config{Store: w.Store, Clock: c.Clock, Catalogs: c.Catalogs, Sealer: w.Sealer, Issuer: Issuer, Log: c.Log})
	w.Docket = docket.New(docket.Config{Store: w.Store, Clock: c.Clock, Log: c.Log})
	w.Decisions = govern.New(govern.Config{Store: c.Store, Registry: c.Registry, Catalogs: c.Catalogs, Clock: c.Clock, Log: c.Log,
		Notify: func(n govern.Notice) {
			if w.Told != nil {
				w.Told(n)
			}
		}})
}

// Ledger opens the audit book of the process.
func (w *World) Ledger() *ledger.Ledger {
	w.T.Helper()
	book, err := ledger.Open(context.Background(), ledger.Config{Store: w.Store, Clock: w.Clock, Log: w.Log, Sealer: w.Sealer, Name: ledger.KeyName(Issuer)})
	w.OK(err)
	return book
}

// OK ends the test if something went wrong.
func (w *World) OK(err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

// Do writes what a test has no other way to.
func (w *World) Do(fn func(store.Tx) error) {
	w.T.Helper()
	w.OK(w.Store.Do(context.Background(), audit.Act{Actor: audit.System, Action: "test"}, fn))
}

// View reads.
func (w *World) View(fn func(store.Reader) error) {
	w.T.Helper()
	w.OK(w.Store.View(context.Background(), fn))
}
