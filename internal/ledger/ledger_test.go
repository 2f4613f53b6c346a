package ledger

import (
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/store"
)

func TestLedger_seals_what_comes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		if _, _, err := w.Checkpoint(t.Context()); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("a checkpoint of nothing: %v", err)
		}
		if r := w.sound(); r.Size != 0 || r.Unsealed != 0 {
			t.Errorf("an empty log: %+v", r)
		}
		var outside [][]byte
		size := 0
		for _, n := range []int{1, 2, 3, 250, 1, 260, 5} { // across the edges of tiles
			w.act(n)
			if r := w.sound(outside...); r.Unsealed != n || !r.Oldest.Equal(w.clock.Now()) {
				t.Errorf("%d entries are not sealed, since %v, want %d", r.Unsealed, r.Oldest, n)
			}
			w.seal(n)
			w.seal(0)
			size += n
			outside = append(outside, w.checkpoint())
			w.clock.Advance(25 * time.Minute)
			if r := w.sound(outside...); r.Size != int64(size) || r.Checked != size || r.Unsealed != 0 {
				t.Errorf("after %d entries: %+v", size, r)
			}
		}
		notes := 0
		if err := w.raw.QueryRow("SELECT count(*) FROM audit_notes").Scan(&notes); err != nil || notes != 3 {
			t.Errorf("of 7 checkpoints in 150 minutes %d are kept, want one an hour and the newest (%v)", notes, err)
		}
		s, err := w.signer.Open(audit.Checkpoint, outside[0])
		if err != nil || s.Size != 1 {
			t.Errorf("the first checkpoint says %+v, %v", s, err)
		}
		if _, err := w.signer.Open(audit.Pruned, outside[0]); err == nil {
			t.Error("a checkpoint passes for another statement")
		}
		other := w.open() // another process goes on with the same key, and finds everything as it was
		if other.Key() != w.Key() || !strings.HasPrefix(w.Key(), "prokura.example/audit+") {
			t.Errorf("the keys are %s and %s", w.Key(), other.Key())
		}
		if r, err := other.Verify(t.Context(), outside); err != nil || !r.Sound() {
			t.Errorf("another process finds %+v, %v", r.Problems, err)
		}
	})
}

// TestLedger_one_node_seals: of two, the one that began goes on, until its time is over; and both at once spoil nothing.
func TestLedger_one_node_seals(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		other := w.open()
		w.act(1)
		w.seal(1)
		w.act(3)
		if n, err := other.Seal(t.Context()); n != 0 || err != nil {
			t.Errorf("the other node sealed %d, %v", n, err)
		}
		w.clock.Advance(lead + time.Second)
		if n, err := other.Seal(t.Context()); n != 3 || err != nil {
			t.Errorf("the other node sealed %d, %v, want 3", n, err)
		}
		var all sync.WaitGroup
		w.node = other.node // as if each took itself for the one
		for _, l := range []*Ledger{w.Ledger, other} {
			all.Go(func() {
				for range 20 {
					if _, err := l.Seal(t.Context()); err != nil {
						t.Error(err)
					}
				}
			})
		}
		w.act(60)
		all.Wait()
		if _, err := w.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := w.sound(); r.Size != 64 || r.Unsealed != 0 {
			t.Errorf("%d are sealed, %d are not", r.Size, r.Unsealed)
		}
	})
}

// TestLedger_entries_from_before_there_was_a_log get a salt when they are sealed.
func TestLedger_entries_from_before_there_was_a_log(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.act(3)
		w.exec("UPDATE audit SET salt = NULL")
		w.seal(3)
		salted := 0
		if err := w.raw.QueryRow("SELECT count(*) FROM audit WHERE length(salt) = 16").Scan(&salted); err != nil || salted != 3 {
			t.Errorf("%d have a salt (%v), want 3", salted, err)
		}
		w.sound()
	})
}

func TestLedger_prunes_by_statement(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.c.Retention = 30 * 24 * time.Hour
		w.Ledger = w.open()
		w.act(300)
		w.seal(300)
		w.clock.Advance(20 * 24 * time.Hour)
		w.act(10)
		w.seal(10)
		outside := w.checkpoint()
		tidy := func() {
			t.Helper()
			if err := w.Tidy(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		tidy()
		if r := w.sound(); r.Pruned != 0 {
			t.Errorf("%d entries are gone too early", r.Pruned)
		}
		w.clock.Advance(11 * 24 * time.Hour)
		tidy()
		tidy()
		if r := w.sound(outside); r.Pruned != 300 || r.Checked != 10 {
			t.Errorf("%d entries are gone and %d are left, want 300 and 10", r.Pruned, r.Checked)
		}
		w.act(2)
		w.seal(2)
		w.sound(outside)
		w.exec("DELETE FROM audit_notes WHERE kind = 'pruned'")
		if r := w.verify(); r.Sound() || r.Problems[0].Kind != Deleted || r.Problems[0].Leaf != 0 {
			t.Errorf("without the statement: %+v", r.Problems)
		}
	})
}

// TestLedger_keeps_the_newest_checkpoint_beside_the_database, and does not overwrite it while the database does not agree.
func TestLedger_keeps_the_newest_checkpoint_beside_the_database(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		w.act(5)
		w.seal(5)
		file, err := os.ReadFile(w.c.Kept)
		if err != nil || string(file) != string(w.checkpoint()) {
			t.Fatalf("the file holds %q, %v", file, err)
		}
		w.act(3)
		w.seal(3)
		file, _ = os.ReadFile(w.c.Kept)
		// The database as it was before the last seal, and then gone on otherwise.
		w.exec("DELETE FROM audit_notes")
		w.exec("DELETE FROM audit_tiles")
		w.exec("UPDATE audit_seal SET size = 0")
		w.Ledger = w.open()
		w.checkAnchor(t.Context())
		w.clock.Advance(lead + time.Second)
		w.act(9)
		w.seal(9)
		if now, _ := os.ReadFile(w.c.Kept); string(now) != string(file) {
			t.Error("the file was overwritten")
		}
		if r := w.verify(); r.Sound() || r.Problems[0].Kind != Forked || r.Problems[0].Note != "file" {
			t.Errorf("a log that went on otherwise: %+v", r.Problems)
		}
	})
}
