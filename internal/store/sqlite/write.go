package sqlite

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"prokura/internal/audit"
	"prokura/internal/mark"
	"prokura/internal/store"
	"prokura/internal/store/sqlstore"
)

// The life of a member: whoever moves it on from waiting owns it.
const (
	waiting   int32 = iota
	running         // the writer has it; its outcome will be told
	abandoned       // the caller gave up before the writer came to it
)

// member is one caller's function in the writer's queue.
type member struct {
	fn    func(*sqlstore.Tx) error
	act   *audit.Act // nil: upkeep
	state atomic.Int32
	told  chan outcome // has room for the one outcome
	// What its last run left behind.
	out     outcome
	changes []store.Change
	entry   []any // the row of its audit entry
	head    mark.Number
	broken  bool // a statement of its failed
	gone    bool // it was told; the writer only
}

// outcome is what the caller is told.
type outcome struct {
	err      error
	panicked any // what fn panicked with; the caller goes on panicking
}

func (o outcome) refused() bool { return o.err != nil || o.panicked != nil }

// claim takes a member to run it, unless its caller gave up. One that runs again was claimed before.
func (m *member) claim() bool {
	return m.state.CompareAndSwap(waiting, running) || m.state.Load() == running
}

// tell answers the caller, once.
func (m *member) tell(out outcome) {
	if m.claim() && !m.gone {
		m.gone = true
		m.told <- out
	}
}

// Do runs fn in a transaction that changes access.
func (s *Store) Do(ctx context.Context, act audit.Act, fn func(store.Tx) error) error {
	if err := sqlstore.Check(act); err != nil {
		return err
	}
	act = sqlstore.Complete(ctx, act)
	return s.submit(ctx, &member{act: &act, fn: func(t *sqlstore.Tx) error { return fn(t) }})
}

// Tend runs fn in a transaction that changes nobody's access.
func (s *Store) Tend(ctx context.Context, fn func(store.Upkeep) error) error {
	return s.submit(ctx, &member{fn: func(t *sqlstore.Tx) error { return fn(t) }})
}

// Ping goes through the queue and both kinds of connections.
func (s *Store) Ping(ctx context.Context) error {
	if err := s.read(ctx, func(*sqlstore.Tx) error { return nil }); err != nil {
		return err
	}
	return s.Tend(ctx, func(store.Upkeep) error { return nil })
}

func (s *Store) submit(ctx context.Context, m *member) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	m.told = make(chan outcome, 1)
	if err := s.enqueue(ctx, m); err != nil {
		return err
	}
	var out outcome
	select {
	case out = <-m.told:
	case <-ctx.Done():
		if m.state.CompareAndSwap(waiting, abandoned) {
			return ctx.Err()
		}
		out = <-m.told
	}
	if out.panicked != nil {
		panic(out.panicked)
	}
	return out.err
}

// enqueue waits a little for room. The lock keeps the queue open meanwhile.
func (s *Store) enqueue(ctx context.Context, m *member) error {
	w := s.writer
	w.open.RLock()
	defer w.open.RUnlock()
	if w.shut || s.stopped() {
		return store.ErrClosed
	}
	select {
	case w.queue <- m:
		return nil
	default:
	}
	timer := time.NewTimer(overload)
	defer timer.Stop()
	select {
	case w.queue <- m:
		return nil
	case <-timer.C:
		return store.ErrOverloaded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Committed registers what is told of changes.
func (s *Store) Committed(hook func([]store.Change)) { s.writer.committed.Store(&hook) }

// Failed is closed when a commit could not be made durable.
func (s *Store) Failed() <-chan struct{} { return s.failed }

func (s *Store) stopped() bool {
	select {
	case <-s.failed:
		return true
	default:
		return false
	}
}

// Close answers what waits, and closes the files.
func (s *Store) Close() error {
	if s.closing.Swap(true) {
		<-s.closed
		return nil
	}
	defer close(s.closed)
	s.writer.stop()
	// The lock is last: until everything else is closed, nobody may open the files.
	if err := errors.Join(s.readers.close(), s.writer.close(), s.lock.Close()); err != nil {
		return fmt.Errorf("closing the database: %w", err)
	}
	return nil
}
