package faultstore

import (
	"context"
	"errors"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
)

// TestA221_burn: whichever call of a sign-in fails, and in whichever way, the assertion is honored at most once, and
// exactly once where the caller was told so.
func TestA221_burn(t *testing.T) {
	ctx := context.Background()
	for n := 1; n <= 3; n++ {
		for _, o := range []Outcome{NotDone, Done} {
			inner, err := sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(t, t.TempDir())})
			if err != nil {
				t.Fatal(err)
			}
			s := New(inner, Nth(n, o))
			act := audit.Act{Actor: audit.System, Action: "session.begin"}
			honored := 0
			for range 3 { // the same assertion, again and again
				if _, err := s.Head(ctx); err != nil {
					if !errors.Is(err, ErrInjected) {
						t.Errorf("Head: %v", err)
					}
					continue
				}
				err := s.Do(ctx, act, func(tx store.Tx) error {
					if err := tx.Burn([32]byte{1}, time.Unix(2_000_000_000, 0)); err != nil {
						return err
					}
					return tx.AddSession(store.Session{Tenant: entropy.ID[id.Tenant](), ID: entropy.ID[id.Session]()})
				})
				switch {
				case err == nil:
					honored++
				case errors.Is(err, ErrInjected) && errors.Is(err, store.ErrUncertain) == (o == Done):
				case errors.Is(err, store.ErrUsed):
				default:
					t.Errorf("call %d outcome %d: %v", n, o, err)
				}
			}
			book := 0
			err = inner.View(ctx, func(r store.Reader) error {
				list, err := r.ListAudit(id.Tenant{}, id.Entry{}, 10)
				book = len(list)
				return err
			})
			if err != nil || book != 1 {
				t.Errorf("call %d outcome %d: %d sign-ins are in the book (%v), want 1", n, o, book, err)
			}
			want := 1
			if o == Done && n == 2 {
				want = 0 // it happened, and nobody was told: the caller signs a new assertion
			}
			if honored != want {
				t.Errorf("call %d outcome %d: honored %d times, want %d", n, o, honored, want)
			}
			if s.Calls() < 4 {
				t.Errorf("only %d calls were made", s.Calls())
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		}
	}
}
