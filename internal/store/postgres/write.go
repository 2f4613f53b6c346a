package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
	"prokura/internal/store/sqlstore"
)

const (
	overload = 100 * time.Millisecond // how long a caller waits for room in the queue
	longest  = 30 * time.Second       // how long one transaction may take
	attempts = 8
)

// conn runs statements in a transaction.
type conn struct {
	ctx context.Context // of the transaction
	tx  *sql.Tx
}

// Exec runs a statement that writes.
func (c conn) Exec(query string, args ...any) (int64, error) {
	r, err := c.tx.ExecContext(c.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Query runs a statement that answers rows.
func (c conn) Query(query string, args ...any) (*sql.Rows, error) {
	return c.tx.QueryContext(c.ctx, query, args...)
}

// work is one caller's function and what becomes of it.
type work struct {
	fn    func(*sqlstore.Tx) error
	begin func(c conn, head mark.Number) *sqlstore.Tx
	act   *audit.Act // nil: upkeep
	entry id.Entry   // the same in all attempts: it says whether one of them landed
}

// Do runs fn in a transaction that changes access.
func (s *Store) Do(ctx context.Context, act audit.Act, fn func(store.Tx) error) error {
	if err := sqlstore.Check(act); err != nil {
		return err
	}
	act = sqlstore.Complete(ctx, act)
	now := s.clock.Now()
	w := &work{fn: func(t *sqlstore.Tx) error { return fn(t) }, act: &act, entry: s.entries.Next(now)}
	w.begin = func(c conn, head mark.Number) *sqlstore.Tx {
		return sqlstore.NewTx(c, &dialect, head, now, act, w.entry)
	}
	return s.submit(ctx, w)
}

// Tend runs fn in a transaction that changes nobody's access.
func (s *Store) Tend(ctx context.Context, fn func(store.Upkeep) error) error {
	now := s.clock.Now()
	return s.submit(ctx, &work{
		fn:    func(t *sqlstore.Tx) error { return fn(t) },
		begin: func(c conn, head mark.Number) *sqlstore.Tx { return sqlstore.NewUpkeep(c, &dialect, head, now) },
	})
}

// submit waits for room and a turn, and runs the work until it is not disturbed by others.
func (s *Store) submit(ctx context.Context, w *work) error {
	if err := s.enter(ctx); err != nil {
		return err
	}
	defer func() { <-s.queue }()
	select {
	case s.writing <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.writing }()
	// From here on the caller's end is only the end of their waiting, and what is done is done whole.
	ctx = context.WithoutCancel(ctx)
	for n := 1; ; n++ {
		err := s.attempt(ctx, w)
		if n == attempts || !errors.Is(err, sqlstore.ErrConflict) {
			return err
		}
		time.Sleep(time.Millisecond << n) // the winner's turn
	}
}

func (s *Store) enter(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closed.Load() {
		return store.ErrClosed
	}
	select {
	case s.queue <- struct{}{}:
	default:
		timer := time.NewTimer(overload)
		defer timer.Stop()
		select {
		case s.queue <- struct{}{}:
		case <-timer.C:
			return store.ErrOverloaded
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	if s.closed.Load() {
		<-s.queue
		return store.ErrClosed
	}
	return nil
}

// attempt is one transaction.
func (s *Store) attempt(ctx context.Context, w *work) error {
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelReadCommitted})
	if err != nil {
		return fmt.Errorf("beginning to write: %w", err)
	}
	defer tx.Rollback() // does nothing after the commit
	c := conn{ctx, tx}
	head, err := sqlstore.ReadHead(c)
	if err != nil {
		return err
	}
	t := w.begin(c, head)
	err = w.fn(t)
	if err == nil {
		err = t.Finish()
	}
	// A transaction that lost a race goes again, whatever the function made of the error.
	if fault := t.Fault(); conflict(fault) {
		return fmt.Errorf("%w: %w", sqlstore.ErrConflict, fault)
	}
	if err != nil {
		return err
	}
	if len(t.Changes()) == 0 {
		return s.commit(ctx, tx, w)
	}
	// The head's row is locked by us, so nobody can be given a later number before our place is taken.
	place := s.sequence.enter()
	err = s.commit(ctx, tx, w)
	if err != nil {
		s.sequence.leave(place, nil)
		return err
	}
	s.sequence.leave(place, func() {
		if hook := s.committed.Load(); hook != nil {
			(*hook)(t.Changes())
		}
	})
	return nil
}

// commit commits. Where the connection broke meanwhile, it finds out what became of the transaction.
func (s *Store) commit(ctx context.Context, tx *sql.Tx, w *work) error {
	err := tx.Commit()
	switch {
	case err == nil:
		return nil
	case conflict(err):
		return fmt.Errorf("committing: %w: %w", sqlstore.ErrConflict, err)
	case refused(err):
		return fmt.Errorf("committing: %w", err)
	case w.act == nil:
		return fmt.Errorf("committing: %w: %w", store.ErrUncertain, err)
	}
	s.log.Warn("the connection broke during a commit; looking for its audit entry", "error", err)
	// With time of its own: what broke the commit may be that the transaction's was over.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), longest)
	defer cancel()
	landed, probing := s.landed(ctx, w)
	if probing != nil {
		return fmt.Errorf("committing: %w: %w", store.ErrUncertain, errors.Join(err, probing))
	}
	if !landed {
		return fmt.Errorf("committing: %w: %w", sqlstore.ErrConflict, err) // nothing happened: once more
	}
	return nil
}

// landed answers whether the work's transaction committed, by its audit entry.
func (s *Store) landed(ctx context.Context, w *work) (bool, error) {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	return sqlstore.Landed(conn{ctx, tx}, w.act.Tenant, w.entry)
}

// conflict says whether the transaction lost against another one, so that it may be run again: serialization failure,
// deadlock, and a key or a parent that came or went between our look and our write.
func conflict(err error) bool {
	if errors.Is(err, sqlstore.ErrConflict) {
		return true
	}
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return false
	}
	switch e.Code {
	case "40001", "40P01", "23505", "23503":
		return true
	}
	return false
}

// refused says whether the server itself said that the transaction did not commit. A server that is shutting down (class
// 57) may have committed before it said so.
func refused(err error) bool {
	if errors.Is(err, pgx.ErrTxCommitRollback) {
		return true
	}
	var e *pgconn.PgError
	return errors.As(err, &e) && !strings.HasPrefix(e.Code, "57")
}
