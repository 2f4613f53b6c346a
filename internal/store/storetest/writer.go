package storetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"prokura/internal/store"
)

// testCancelledCaller: a caller who gives up takes nobody along, and is told the truth: what ran is done, what did not
// run is not.
func testCancelledCaller(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Do(gone, act("x"), func(store.Tx) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("a caller who had gone before: %v, want %v", err, context.Canceled)
	}
	for round := range 20 {
		users := make([]store.User, 16)
		for i := range users {
			users[i] = newUser(in, fmt.Sprintf("user %d %d", round, i))
		}
		errs := together(len(users), func(i int) error {
			mine, cancel := context.WithCancel(ctx)
			defer cancel()
			if i%2 == 0 {
				go cancel()
			}
			return s.Do(mine, act("user.add"), func(tx store.Tx) error {
				if i%4 == 0 {
					cancel() // in the middle of our own transaction
				}
				return tx.AddUser(users[i])
			})
		})
		for i, u := range users {
			_, err := try(s, func(r store.Reader) (store.User, error) { return r.User(in, u.ID) })
			switch {
			case errs[i] == nil && err == nil:
			case i%2 == 0 && errors.Is(errs[i], context.Canceled) && errors.Is(err, store.ErrNotFound):
			default:
				t.Errorf("user %d: Do %v, User %v", i, errs[i], err)
			}
		}
	}
}

// testPanic: a panic is the caller's own, and the store goes on.
func testPanic(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	u := newUser(in, "ada")
	func() {
		defer func() {
			if p := recover(); p != "mine" {
				t.Errorf("recovered %v", p)
			}
		}()
		_ = s.Do(ctx, act("x"), func(tx store.Tx) error {
			if err := tx.AddUser(u); err != nil {
				t.Error(err)
			}
			panic("mine")
		})
		t.Error("the panic was swallowed")
	}()
	absent(t, s, "what the panicking function wrote", func(r store.Reader) (store.User, error) { return r.User(in, u.ID) })
	do(t, s, func(tx store.Tx) error { return tx.AddUser(u) })
}

// testGoexit: a function that ends its goroutine, as a failing test does, ends neither the store nor its neighbors'
// waiting.
func testGoexit(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	u := newUser(in, "ada")
	var ends sync.WaitGroup
	ends.Go(func() {
		err := s.Do(ctx, act("x"), func(tx store.Tx) error {
			if err := tx.AddUser(u); err != nil {
				t.Error(err)
			}
			runtime.Goexit()
			return nil
		})
		if err == nil {
			t.Error("the store says that it is done")
		}
	})
	ends.Wait()
	absent(t, s, "what the function wrote", func(r store.Reader) (store.User, error) { return r.User(in, u.ID) })
	do(t, s, func(tx store.Tx) error { return tx.AddUser(u) })
}

// testFullQueue: when too many wait, the next is refused within 100 ms or so instead of waiting for ever.
func testFullQueue(t *testing.T, db Database) {
	s := open(t, db, Options{Queue: 2})
	entered, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		err := s.Do(ctx, act("slow"), func(store.Tx) error {
			close(entered)
			<-release
			return nil
		})
		if err != nil {
			t.Errorf("the slow one: %v", err)
		}
	})
	<-entered
	results := make(chan error, 10)
	for range 10 {
		all.Go(func() { results <- s.Do(ctx, act("next"), func(store.Tx) error { <-release; return nil }) })
	}
	began := time.Now()
	for range 8 { // one runs, two may wait; some engines count those that run
		if err := <-results; !errors.Is(err, store.ErrOverloaded) {
			t.Errorf("a write in a full queue: %v, want %v", err, store.ErrOverloaded)
		}
	}
	if d := time.Since(began); d > 5*time.Second {
		t.Errorf("they waited for %v", d)
	}
	close(release)
	all.Wait()
}

func testClosed(t *testing.T, db Database) {
	s := open(t, db, Options{})
	if err := s.Ping(ctx); err != nil {
		t.Errorf("Ping: %v", err)
	}
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			for {
				err := s.Do(ctx, act("x"), func(store.Tx) error { return nil })
				if errors.Is(err, store.ErrClosed) {
					return
				}
				if err != nil {
					t.Errorf("Do while the store closes: %v", err)
					return
				}
			}
		})
	}
	if err := s.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	all.Wait()
	_, _, marks := s.Marks(ctx)
	_, headErr := s.Head(ctx)
	for what, err := range map[string]error{
		"Do":    s.Do(ctx, act("x"), func(store.Tx) error { return nil }),
		"Tend":  s.Tend(ctx, func(store.Upkeep) error { return nil }),
		"View":  s.View(ctx, func(store.Reader) error { return nil }),
		"Ping":  s.Ping(ctx),
		"Marks": marks,
		"Head":  headErr,
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s of a closed store: %v, want %v", what, err, store.ErrClosed)
		}
	}
	if err := s.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
}

func testRestart(t *testing.T, db Database) {
	s := open(t, db, Options{})
	tenant := addTenant(t, s, "t")
	x := fill(t, s, tenant.ID)
	before, at := snapshot(t, s, tenant.ID, x), head(t, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, db, Options{KeepSchema: true})
	same(t, "what a tenant has after a restart", snapshot(t, s, tenant.ID, x), before)
	if got := head(t, s); got != at {
		t.Errorf("head after a restart = %v, want %v", got, at)
	}
	select {
	case <-s.Failed():
		t.Error("the store says that it failed")
	default:
	}
}
