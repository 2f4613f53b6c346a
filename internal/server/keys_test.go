package server

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/feed"
	"prokura/internal/keyring"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/faultstore"
	"prokura/internal/store/sqlite"
)

// TestA242_a_key_revoked_elsewhere, while the keys cannot be read here, is believed no longer than a moment after they
// can be again.
func TestA242_a_key_revoked_elsewhere(t *testing.T) {
	dir, log := t.TempDir(), slog.New(slog.DiscardHandler)
	db, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(dir, "p.db")})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	sealer, err := seal.OpenFile(filepath.Join(dir, "seal.key"))
	if err != nil {
		t.Fatal(err)
	}
	open := func(s keyring.Store) *keyring.Keyring {
		k, err := keyring.Open(t.Context(), keyring.Options{Store: s, Sealer: sealer, Clock: clock.System{}, Issuer: "https://prokura.example"})
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	var trigger faultstore.Trigger
	failing := faultstore.New(db, trigger.Plan)
	s := &Server{log: log, memory: feed.New(feed.Config{Store: db, Clock: clock.System{}, Log: log, Local: true})}
	if err := s.memory.Sync(t.Context()); err != nil {
		t.Fatal(err)
	}
	elsewhere := open(db) // makes the first key
	s.keysChanged = s.memory.Watch(store.KeysRecord)
	s.keys = open(failing)

	ctx, stop := context.WithCancel(t.Context())
	var loop sync.WaitGroup
	defer loop.Wait()
	defer stop()
	loop.Go(func() { s.reloadKeys(ctx) })
	until := func(what string, holds func() bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); !holds(); <-time.After(5 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not within 20 s", what)
			}
		}
	}
	leaked := s.keys.Current().Key()
	before := failing.Calls()
	trigger.Down(true)
	if _, err := elsewhere.Revoke(t.Context(), audit.Operator, leaked, "leaked"); err != nil {
		t.Fatal(err)
	}
	until("reading the keys, which fails", func() bool { return failing.Calls() > before })
	if s.keys.Current().Key() != leaked {
		t.Fatal("the keys were read although the database is down")
	}
	trigger.Down(false)
	until("another key signs", func() bool { return s.keys.Current().Key() != leaked })
}
