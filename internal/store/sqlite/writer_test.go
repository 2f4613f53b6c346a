package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	moderncsqlite "modernc.org/sqlite"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/store"
)

var ctx = context.Background()

func openTemp(t *testing.T) (*Store, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "prokura.db")
	return reopen(t, path), path
}

func reopen(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(ctx, Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func act(action string) audit.Act { return audit.Act{Actor: audit.System, Action: action} }

func addTenant(tx store.Tx, contentURL string) error {
	return tx.AddTenant(store.Tenant{ID: entropy.ID[id.Tenant](), ContentURL: contentURL})
}

// group holds the writer until all functions wait, lets it run, and answers their errors and how many commits they took.
func group(t *testing.T, s *Store, fns ...func(tx store.Tx) error) ([]error, uint64) {
	t.Helper()
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s.Do(ctx, act("hold"), func(store.Tx) error {
			close(held)
			<-release
			return nil
		})
	})
	<-held
	before := s.writer.commits // the writer stands still
	errs := make([]error, len(fns))
	for i, fn := range fns {
		all.Go(func() { errs[i] = s.Do(ctx, act("member"), fn) })
	}
	for deadline := time.Now().Add(10 * time.Second); len(s.writer.queue) < len(fns); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the members do not come to wait")
		}
	}
	close(release)
	all.Wait()
	return errs, s.writer.commits - before - 1
}

// TestGroup: those who wait together share one commit, and one that is refused when it has written does not disturb the
// others.
func TestGroup(t *testing.T) {
	s, _ := openTemp(t)
	no := errors.New("no")
	var fns []func(store.Tx) error
	for i := range 10 {
		fns = append(fns, func(tx store.Tx) error {
			if err := addTenant(tx, fmt.Sprint(i)); err != nil {
				return err
			}
			if i == 4 {
				return no
			}
			return nil
		})
	}
	errs, commits := group(t, s, fns...)
	for i, err := range errs {
		if i == 4 && !errors.Is(err, no) || i != 4 && err != nil {
			t.Errorf("member %d: %v", i, err)
		}
	}
	if commits != 1 {
		t.Errorf("%d commits, want 1", commits)
	}
	if head, err := s.Head(ctx); err != nil || head.N != 18 {
		t.Errorf("head = %v (%v), want 1.18", head, err)
	}
}

// TestGroup_once: those who are refused before they write do not make the others run again.
func TestGroup_once(t *testing.T) {
	s, _ := openTemp(t)
	no := errors.New("no")
	var runs atomic.Int32
	var fns []func(store.Tx) error
	for i := range 10 {
		fns = append(fns, func(tx store.Tx) error {
			runs.Add(1)
			if i%2 == 0 {
				return addTenant(tx, fmt.Sprint(i))
			}
			if err := tx.DeleteRole(entropy.ID[id.Tenant](), "nobody's"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("deleting what is not there: %v", err)
			}
			return no
		})
	}
	errs, commits := group(t, s, fns...)
	for i, err := range errs {
		if i%2 == 0 && err != nil || i%2 == 1 && !errors.Is(err, no) {
			t.Errorf("member %d: %v", i, err)
		}
	}
	if runs.Load() != 10 || commits != 1 {
		t.Errorf("%d runs and %d commits, want 10 and 1", runs.Load(), commits)
	}
}

// TestGroup_lostTransaction: when SQLite rolls back under a member, as after a failed write, the transaction cannot prove
// that it stands; the members run again, alone, and only the culprit fails.
func TestGroup_lostTransaction(t *testing.T) {
	s, _ := openTemp(t)
	if err := s.writer.conn.control(`CREATE TEMP TRIGGER full BEFORE INSERT ON main.tenants WHEN new.content_url = 'culprit'
		BEGIN SELECT RAISE(ROLLBACK, 'as on a full disk'); END`); err != nil {
		t.Fatal(err)
	}
	var runs atomic.Int32
	culprit := func(tx store.Tx) error {
		if err := addTenant(tx, "culprit"); err == nil {
			t.Error("a write that rolled back everything worked")
		}
		return nil // making light of it
	}
	innocent := func(name string) func(tx store.Tx) error {
		return func(tx store.Tx) error {
			runs.Add(1)
			return addTenant(tx, name)
		}
	}
	errs, commits := group(t, s, innocent("a"), culprit, innocent("b"), innocent("c"))
	if errs[0] != nil || errs[1] == nil || errs[2] != nil || errs[3] != nil {
		t.Errorf("members: %v", errs)
	}
	if runs.Load() < 3 || commits != 3 {
		t.Errorf("%d runs and %d commits, want at least 3 and 3", runs.Load(), commits)
	}
	err := s.View(ctx, func(r store.Reader) error {
		list, err := r.ListTenants(store.Page{})
		if err != nil || len(list) != 3 {
			t.Errorf("%d tenants, want 3", len(list))
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestGroup_abandoned: a caller who gave up while waiting is not run at all.
func TestGroup_abandoned(t *testing.T) {
	s, _ := openTemp(t)
	held, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	all.Go(func() {
		s.Do(ctx, act("hold"), func(store.Tx) error {
			close(held)
			<-release
			return nil
		})
	})
	<-held
	mine, cancel := context.WithCancel(ctx)
	all.Go(func() {
		err := s.Do(mine, act("gone"), func(store.Tx) error { t.Error("it was run"); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want %v", err, context.Canceled)
		}
		close(release)
	})
	cancel()
	all.Wait()
	if err := s.Ping(ctx); err != nil {
		t.Error(err)
	}
}

// TestA223_commit_fails: a commit that could not be made durable stops the store, and says so.
func TestA223_commit_fails(t *testing.T) {
	s, path := openTemp(t)
	err := s.writer.conn.c.Raw(func(c any) error {
		c.(moderncsqlite.HookRegisterer).RegisterCommitHook(func() int32 { return 1 })
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Do(ctx, act("x"), func(tx store.Tx) error { return addTenant(tx, "t") })
	if !errors.Is(err, store.ErrUncertain) {
		t.Errorf("the commit that failed: %v, want %v", err, store.ErrUncertain)
	}
	select {
	case <-s.Failed():
	default:
		t.Error("the store does not say that it failed")
	}
	if err := s.Do(ctx, act("x"), func(store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("the next write: %v, want %v", err, store.ErrClosed)
	}
	if _, err := s.Head(ctx); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Head: %v, want %v", err, store.ErrClosed)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if head, err := reopen(t, path).Head(ctx); err != nil || head.N != 0 {
		t.Errorf("after a restart the head is %v (%v), want 1.0", head, err)
	}
}

// TestA222_disk_full: a full disk refuses writes, and no more than that.
func TestA222_disk_full(t *testing.T) {
	s, _ := openTemp(t)
	pages := func(pragma string) {
		t.Helper()
		if _, err := s.writer.conn.c.ExecContext(ctx, "PRAGMA "+pragma); err != nil {
			t.Fatal(err)
		}
	}
	large := func(tx store.Tx) error {
		return tx.AddTenant(store.Tenant{ID: entropy.ID[id.Tenant](), ContentURL: "large", Name: string(make1(1 << 20))})
	}
	pages("max_page_count = 100")
	if err := s.Do(ctx, act("x"), large); err == nil {
		t.Error("a megabyte was written to a full disk")
	}
	if err := s.Do(ctx, act("x"), func(tx store.Tx) error { return addTenant(tx, "small") }); err != nil {
		t.Errorf("what still fits: %v", err)
	}
	pages("max_page_count = 1000000")
	if err := s.Do(ctx, act("x"), large); err != nil {
		t.Errorf("after there was space again: %v", err)
	}
	select {
	case <-s.Failed():
		t.Error("a full disk stopped the store")
	default:
	}
}

// make1 is text of n ones.
func make1(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = '1'
	}
	return b
}

// TestReaders_cannotWrite: the connections that read are read-only.
func TestReaders_cannotWrite(t *testing.T) {
	s, _ := openTemp(t)
	c, err := s.readers.take(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer s.readers.give(c, true)
	if _, err := c.Exec("DELETE FROM tenants"); err == nil {
		t.Error("a reader deleted")
	}
	if _, err := c.c.ExecContext(ctx, "DELETE FROM tenants"); err == nil || errors.Is(err, driver.ErrBadConn) {
		t.Errorf("a reader deleted: %v", err)
	}
}
