package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"

	"prokura/internal/mark"
	"prokura/internal/store"
	"prokura/internal/store/sqlstore"
)

// readers is a pool of connections that can only read. Each is opened when it is first needed. The one that was given back
// last is taken first: as long as nobody commits it has in memory what the reads before it looked at.
type readers struct {
	db   *sql.DB
	room chan struct{} // one for each connection that may be taken
	mu   sync.Mutex
	idle []*conn // held: mu
}

const readerCount = 8

func newReaders(path string) (*readers, error) {
	db, err := connect(path, true)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(readerCount)
	r := &readers{db: db, room: make(chan struct{}, readerCount)}
	for range readerCount {
		r.room <- struct{}{}
	}
	return r, nil
}

func (r *readers) take(ctx context.Context) (*conn, error) {
	select {
	case _, open := <-r.room:
		if !open {
			return nil, store.ErrClosed
		}
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	r.mu.Lock()
	if n := len(r.idle); n > 0 {
		c := r.idle[n-1]
		r.idle = r.idle[:n-1]
		r.mu.Unlock()
		return c, nil
	}
	r.mu.Unlock()
	c, err := newConn(ctx, r.db)
	if err != nil {
		r.room <- struct{}{}
	}
	return c, err
}

// give takes a connection back; one that did not end its transaction is closed.
func (r *readers) give(c *conn, sound bool) {
	if sound {
		r.mu.Lock()
		r.idle = append(r.idle, c)
		r.mu.Unlock()
	} else {
		_ = c.close() // it is broken already
	}
	r.room <- struct{}{}
}

// close waits until every reader is back.
func (r *readers) close() error {
	for range readerCount {
		<-r.room
	}
	for _, c := range r.idle {
		_ = c.close() // nothing was written through it
	}
	close(r.room)
	return r.db.Close()
}

// View runs fn on one state.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.read(ctx, func(t *sqlstore.Tx) error { return fn(t) })
}

func (s *Store) read(ctx context.Context, fn func(*sqlstore.Tx) error) error {
	return s.reading(ctx, func(c *conn) (bool, error) {
		if err := c.control(beginRead); err != nil {
			return false, fmt.Errorf("beginning to read: %w", err)
		}
		// The transaction's state is the one of its first statement.
		head, err := sqlstore.ReadHead(c)
		if err == nil {
			err = fn(sqlstore.NewReader(c, &dialect, head))
		}
		end := c.control(commit)
		return end == nil, errors.Join(err, end)
	})
}

// Glance runs fn for a single read.
func (s *Store) Glance(ctx context.Context, fn func(store.Reader) error) error {
	return s.reading(ctx, func(c *conn) (bool, error) {
		t := sqlstore.NewReader(c, &dialect, mark.Number{})
		err := fn(t)
		return t.Fault() == nil, err
	})
}

// reading lends fn a connection, which goes on being used if fn says that it is sound.
func (s *Store) reading(ctx context.Context, fn func(*conn) (bool, error)) (err error) {
	if err := ctx.Err(); err != nil {
		return err
	}
	if s.closing.Load() || s.stopped() {
		return store.ErrClosed
	}
	c, err := s.readers.take(ctx)
	if err != nil {
		return err
	}
	sound := false
	defer func() { s.readers.give(c, sound) }()
	sound, err = fn(c)
	return err
}

// Head is the number of the newest change. One process writes, so memory knows.
func (s *Store) Head(ctx context.Context) (mark.Number, error) {
	if s.closing.Load() || s.stopped() {
		return mark.Number{}, store.ErrClosed
	}
	return *s.head.Load(), nil
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

// Woken is never signalled: no other process writes.
func (s *Store) Woken() <-chan struct{} { return nil }
