package postgres

import (
	"context"
	"database/sql"
	"fmt"

	"prokura/internal/mark"
	"prokura/internal/store"
	"prokura/internal/store/sqlstore"
)

// View runs fn on one state.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.read(ctx, func(t *sqlstore.Tx) error { return fn(t) })
}

func (s *Store) read(ctx context.Context, fn func(*sqlstore.Tx) error) error {
	if s.closed.Load() {
		return store.ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	tx, err := s.db.BeginTx(ctx, &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true})
	if err != nil {
		return fmt.Errorf("beginning to read: %w", err)
	}
	defer tx.Rollback() // a transaction that only read has nothing to commit
	c := conn{ctx, tx}
	head, err := sqlstore.ReadHead(c)
	if err != nil {
		return err
	}
	return fn(sqlstore.NewReader(c, &dialect, head))
}

// Glance runs fn for a single read, in one round trip.
func (s *Store) Glance(ctx context.Context, fn func(store.Reader) error) error {
	if s.closed.Load() {
		return store.ErrClosed
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	return fn(sqlstore.NewReader(single{ctx, s.db}, &dialect, mark.Number{}))
}

// Head is the number of the newest change of any node. It is one statement, since every refusal of memory asks for it.
func (s *Store) Head(ctx context.Context) (mark.Number, error) {
	if s.closed.Load() {
		return mark.Number{}, store.ErrClosed
	}
	return sqlstore.ReadHead(single{ctx, s.db})
}

// single runs statements, each for itself.
type single struct {
	ctx context.Context
	db  *sql.DB
}

// Exec runs a statement that writes.
func (c single) Exec(query string, args ...any) (int64, error) {
	r, err := c.db.ExecContext(c.ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// Query runs a statement that answers rows.
func (c single) Query(query string, args ...any) (*sql.Rows, error) {
	return c.db.QueryContext(c.ctx, query, args...)
}

// Changes are the rows of the feed after a number.
func (s *Store) Changes(ctx context.Context, after mark.Number, limit int) (list []store.Change, err error) {
	err = s.read(ctx, func(t *sqlstore.Tx) error {
		list, err = t.ReadChanges(after, limit)
		return err
	})
	return list, err
}

// Marks are all marks that can still match a live token.
func (s *Store) Marks(ctx context.Context) (list []mark.Mark, head mark.Number, err error) {
	err = s.read(ctx, func(t *sqlstore.Tx) error {
		list, err = t.ReadMarks(s.clock.Now())
		head = t.Head()
		return err
	})
	return list, head, err
}
