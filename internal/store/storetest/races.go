package storetest

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/store"
)

// together runs fn n times at once, and answers the errors.
func together(n int, fn func(i int) error) []error {
	errs := make([]error, n)
	var begin, end sync.WaitGroup
	begin.Add(1)
	for i := range n {
		end.Go(func() {
			begin.Wait()
			errs[i] = fn(i)
		})
	}
	begin.Done()
	end.Wait()
	return errs
}

// won counts the winners, and demands that everybody else failed as wanted.
func won(t *testing.T, errs []error, want error) int {
	t.Helper()
	n := 0
	for _, err := range errs {
		switch {
		case err == nil:
			n++
		case !errors.Is(err, want):
			t.Errorf("a loser got %v, want %v", err, want)
		}
	}
	return n
}

func testA093Burn(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	s := all[0]
	in := addTenant(t, s, "t").ID
	for round := range 20 {
		key := [32]byte{byte(round)}
		errs := together(16, func(i int) error {
			return all[i%len(all)].Do(ctx, act("session.begin"), func(tx store.Tx) error {
				if err := tx.Burn(key, start.Add(time.Hour)); err != nil {
					return err
				}
				return tx.AddSession(newSession(in))
			})
		})
		if n := won(t, errs, store.ErrUsed); n != 1 {
			t.Errorf("round %d: %d burned the assertion, want 1", round, n)
		}
		if !view(t, s, func(r store.Reader) (bool, error) { return r.Burned(key) }) {
			t.Errorf("round %d: the assertion is not burned", round)
		}
	}
	var sessions, entries int
	if err := db.Raw(t).QueryRow("SELECT (SELECT count(*) FROM sessions), (SELECT count(*) FROM audit)").Scan(&sessions, &entries); err != nil {
		t.Fatal(err)
	}
	if sessions != 20 || entries != 21 {
		t.Errorf("%d sessions and %d entries, want 20 and 21", sessions, entries)
	}
}

func testA093Secrets(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	s := all[0]
	in := addTenant(t, s, "t").ID
	for range 10 {
		a := newApp(in)
		do(t, s, func(tx store.Tx) error { return tx.AddConnectedApp(a) })
		errs := together(8, func(i int) error {
			return all[i%len(all)].Do(ctx, act("secret.add"), func(tx store.Tx) error {
				return tx.AddSecret(in, a.Client, newSecret(fmt.Sprint(i)))
			})
		})
		if n := won(t, errs, store.ErrTaken); n != store.MaxSecrets {
			t.Errorf("%d secrets were added, want %d", n, store.MaxSecrets)
		}
		app := view(t, s, func(r store.Reader) (store.ConnectedApp, error) { return r.ConnectedApp(in, a.Client) })
		if len(app.Secrets) != store.MaxSecrets {
			t.Errorf("the app has %d secrets, want %d", len(app.Secrets), store.MaxSecrets)
		}
	}
}

func testA093Restart(t *testing.T, db Database) {
	s := open(t, db, Options{})
	do(t, s, func(tx store.Tx) error { return tx.Burn([32]byte{1}, start) })
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	s = open(t, db, Options{})
	refused(t, s, store.ErrUsed, "burning again after a restart", func(tx store.Tx) error { return tx.Burn([32]byte{1}, start) })
}

// testA239: of nodes that make the first key at once, one wins, and all know which.
func testA239(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	values := make([]string, 8)
	for i, err := range together(8, func(i int) error {
		return all[i%len(all)].Tend(ctx, func(u store.Upkeep) error {
			v, err := u.AddSetting("first key", entropy.Bytes(8))
			values[i] = string(v)
			return err
		})
	}) {
		if err != nil {
			t.Errorf("node %d: %v", i, err)
		}
	}
	slices.Sort(values)
	if len(slices.Compact(values)) != 1 || values[0] == "" {
		t.Errorf("the nodes know different keys: %q", values)
	}
}

// testRefusedMember: those who are refused leave no trace, and their neighbors in the same group stay.
func testRefusedMember(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	no := errors.New("refused after writing")
	users := make([]store.User, 32)
	for i := range users {
		users[i] = newUser(in, fmt.Sprintf("user %02d", i))
	}
	before := head(t, s)
	errs := together(len(users), func(i int) error {
		return s.Do(ctx, act("user.add"), func(tx store.Tx) error {
			if err := tx.AddUser(users[i]); err != nil {
				return err
			}
			if _, err := tx.User(in, users[i].ID); err != nil {
				return fmt.Errorf("a transaction does not read what it wrote: %w", err)
			}
			if i%3 == 0 {
				return no
			}
			return nil
		})
	})
	added := 0
	for i, u := range users {
		_, err := try(s, func(r store.Reader) (store.User, error) { return r.User(in, u.ID) })
		if i%3 == 0 {
			if !errors.Is(errs[i], no) || !errors.Is(err, store.ErrNotFound) {
				t.Errorf("refused user %d: Do %v, User %v", i, errs[i], err)
			}
			continue
		}
		added++
		if errs[i] != nil || err != nil {
			t.Errorf("user %d: Do %v, User %v", i, errs[i], err)
		}
	}
	if got := head(t, s); got.N != before.N+uint64(2*added) {
		t.Errorf("head = %v, want %d more than %v", got, 2*added, before)
	}
	if book, _ := listAudit(s, id.Tenant{}); len(book) != added+1 {
		t.Errorf("the book has %d entries, want %d", len(book), added+1)
	}
}
