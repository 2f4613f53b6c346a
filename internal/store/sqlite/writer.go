package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"

	moderncsqlite "modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"prokura/internal/mark"
	"prokura/internal/store"
	"prokura/internal/store/sqlstore"
)

// writer owns the one connection that writes. Callers hand it members; those that wait together share a transaction. Of one
// that is refused when it has written, the whole transaction is rolled back and run once more with each member in a savepoint
// of its own, so that it leaves no trace and does not disturb the others. Most are refused before they write, or not at all.
type writer struct {
	store     *Store
	db        *sql.DB
	conn      *conn
	counter   *os.File
	commits   uint64 // as in the database's row
	head      mark.Number
	entries   sqlstore.Entries
	queue     chan *member
	patience  patience
	callers   int // about how many there are: the last group, and who waited when it was answered
	committed atomic.Pointer[func([]store.Change)]
	open      sync.RWMutex
	shut      bool          // held: open; the queue is closed
	ended     chan struct{} // closed when run has answered everybody
	once      sync.Once
}

func newWriter(ctx context.Context, s *Store, db *sql.DB, queue int) (*writer, error) {
	c, err := newConn(ctx, db)
	if err != nil {
		return nil, err
	}
	w := &writer{store: s, db: db, conn: c, queue: make(chan *member, queue), patience: usualPatience, ended: make(chan struct{})}
	if w.counter, w.commits, err = s.openCounter(ctx, c); err != nil {
		_ = c.close()
		return nil, err
	}
	if w.head, err = sqlstore.ReadHead(c); err != nil {
		_ = w.close()
		return nil, err
	}
	head := w.head
	s.head.Store(&head)
	return w, nil
}

// run answers members until the queue is closed and empty.
func (w *writer) run() {
	var group []*member
	done := false
	defer func() {
		if done {
			close(w.ended)
			return
		}
		// A member's function ended this goroutine with runtime.Goexit, as a test's Fatal does.
		w.abort()
		for _, m := range group {
			m.tell(outcome{err: errGone})
		}
		go w.run()
	}()
	for first := range w.queue {
		group = w.collect(append(group[:0], first))
		err := w.together(group, false)
		if errors.Is(err, errDisturbed) {
			err = w.together(group, true)
		}
		if err != nil {
			w.alone(group)
		}
		w.callers = len(group) + len(w.queue)
	}
	done = true
}

var (
	// errLost: the transaction did not survive a member, so that the others must be run again without it.
	errLost = errors.New("the transaction was rolled back under its members")
	// errDisturbed: a member was refused when it had written, so that the group must be run again with savepoints.
	errDisturbed = errors.New("a member left its writes in the transaction of others")
	errGone      = errors.New("a function that ran in the transaction ended its goroutine")
)

// together runs the group in one transaction, and answers it; guarded, with each member in a savepoint. An error says that
// nothing happened, nobody was answered, and the members must be run otherwise.
func (w *writer) together(group []*member, guarded bool) error {
	if w.store.stopped() {
		for _, m := range group {
			m.tell(outcome{err: store.ErrClosed})
		}
		return nil
	}
	if err := w.begin(); err != nil {
		for _, m := range group {
			m.tell(outcome{err: err})
		}
		return nil
	}
	head, wrote := w.head, false
	for _, m := range group {
		if !m.claim() {
			continue
		}
		if err := w.take(m, head, guarded); err != nil {
			w.abort()
			return err
		}
		if m.out.refused() {
			continue
		}
		wrote = wrote || w.conn.wrote || m.entry != nil
		head = m.head
	}
	if err := sqlstore.WriteEntries(w.conn, entriesOf(group)); err != nil {
		w.abort()
		return fmt.Errorf("writing audit entries: %w", err)
	}
	err := w.commit(wrote)
	if err == nil {
		w.publish(head, group)
	}
	for _, m := range group {
		if !m.out.refused() {
			m.out.err = err
		}
		m.tell(m.out)
	}
	return nil
}

// take runs one member within the group's transaction. An error says that the transaction must not go on.
func (w *writer) take(m *member, head mark.Number, guarded bool) error {
	w.conn.wrote, w.conn.changed = false, false
	if !guarded {
		m.out = w.member(m, head)
		// Where a statement failed, SQLite may have rolled back everything.
		if m.broken || m.out.refused() && w.conn.changed {
			return errDisturbed
		}
		return nil
	}
	if err := w.conn.control(savepoint); err != nil {
		return errLost
	}
	m.out = w.member(m, head)
	if m.out.refused() && w.conn.control(rollbackTo) != nil {
		return errLost
	}
	// Releasing proves that the transaction still stands: SQLite may roll all of it back after a failure that the member's
	// function made light of, and its savepoint with it.
	if err := w.conn.control(release); err != nil {
		return errLost
	}
	return nil
}

// entriesOf are the audit entries of those that were not refused: each is in the transaction of its act.
func entriesOf(group []*member) [][]any {
	var rows [][]any
	for _, m := range group {
		if m.state.Load() == running && !m.out.refused() && m.entry != nil {
			rows = append(rows, m.entry)
		}
	}
	return rows
}

// alone runs each member in a transaction of its own, and answers it.
func (w *writer) alone(group []*member) {
	for _, m := range group {
		if err := w.together([]*member{m}, true); err != nil {
			if !m.out.refused() {
				m.out.err = err
			}
			m.tell(m.out)
		}
	}
}

// member runs one member's function and what belongs to it.
func (w *writer) member(m *member, head mark.Number) (out outcome) {
	defer func() {
		if p := recover(); p != nil {
			out.panicked = p
		}
	}()
	now := w.store.clock.Now()
	var t *sqlstore.Tx
	m.broken = true // until its statements are known to have worked; a panic may hide a failure
	if m.act == nil {
		t = sqlstore.NewUpkeep(w.conn, &dialect, head, now)
	} else {
		t = sqlstore.NewTx(w.conn, &dialect, head, now, *m.act, w.entries.Next(now))
	}
	err := m.fn(t)
	if err == nil {
		err = t.Finish()
	}
	m.broken = t.Fault() != nil
	if err != nil {
		return outcome{err: err}
	}
	m.changes, m.head, m.entry = t.Changes(), t.Head(), t.Entry()
	return outcome{}
}

func (w *writer) begin() error {
	err := w.conn.control(beginWrite)
	if code(err) == sqlite3.SQLITE_BUSY { // another program holds the database, such as a backup
		return fmt.Errorf("beginning to write: %w: %w", store.ErrOverloaded, err)
	}
	if err != nil {
		return fmt.Errorf("beginning to write: %w", err)
	}
	return nil
}

// abort ends the transaction, which SQLite may have ended before.
func (w *writer) abort() { _ = w.conn.control(rollback) }

// commit makes the transaction durable. When that fails for another reason than a full disk, what is on the disk is
// not known, and reading it back would only read the page cache: the store stops (A223).
func (w *writer) commit(wrote bool) error {
	if wrote {
		if err := w.conn.control(countCommit); err != nil {
			w.abort()
			return fmt.Errorf("committing: %w", err)
		}
	}
	if err := w.conn.control(commit); err != nil {
		w.abort()
		if c := code(err); c == sqlite3.SQLITE_FULL || c == sqlite3.SQLITE_BUSY {
			return fmt.Errorf("committing: %w", err)
		}
		w.fail(err)
		return fmt.Errorf("committing: %w: %w", store.ErrUncertain, err)
	}
	if wrote {
		w.commits++
		if err := writeCount(w.counter, w.commits); err != nil {
			// The database is ahead of the file, which costs nothing but the notice of a restore from this moment.
			w.store.log.Error("the file that counts commits could not be written", "path", w.counter.Name(), "error", err)
		}
	}
	return nil
}

func (w *writer) fail(err error) {
	w.once.Do(func() {
		w.store.log.Error("a commit could not be made durable: the store stops, and the process must end",
			"path", w.store.path, "error", err)
		close(w.store.failed)
	})
}

// publish makes the group's changes known, in the order of their numbers, before anybody is answered.
func (w *writer) publish(head mark.Number, group []*member) {
	if head == w.head {
		return
	}
	w.head = head
	w.store.head.Store(&head)
	hook := w.committed.Load()
	if hook == nil {
		return
	}
	for _, m := range group {
		if !m.out.refused() && len(m.changes) > 0 {
			(*hook)(m.changes)
		}
	}
}

// stop closes the queue and waits until everybody in it is answered.
func (w *writer) stop() {
	w.open.Lock()
	w.shut = true
	close(w.queue)
	w.open.Unlock()
	<-w.ended
}

func (w *writer) close() error {
	return errors.Join(w.conn.close(), w.counter.Close(), w.db.Close())
}

// code is SQLite's primary result code, 0 where the error is none of SQLite's.
func code(err error) int {
	var e *moderncsqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}
