package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Tx is one run of a caller's function in a transaction. It keeps every contract of the store: store.Tx, store.Upkeep
// and store.Reader. It is used by one goroutine at a time.
type Tx struct {
	conn    Conn
	dialect *Dialect
	head    mark.Number
	now     time.Time
	act     *audit.Act // nil: this transaction tells the audit book nothing
	entry   id.Entry
	gather  []any // the row of the entry, where the engine gathers them
	records []store.RecordName
	marks   []mark.Mark
	changes []store.Change
	fault   error // the first failure of the database; such a transaction must not commit
}

var (
	_ store.Tx     = (*Tx)(nil)
	_ store.Upkeep = (*Tx)(nil)
	_ store.Burned = (*Tx)(nil)
)

// NewReader reads the state whose head was read first in the same transaction.
func NewReader(conn Conn, d *Dialect, head mark.Number) *Tx {
	return &Tx{conn: conn, dialect: d, head: head}
}

// NewUpkeep writes what changes nobody's access.
func NewUpkeep(conn Conn, d *Dialect, head mark.Number, now time.Time) *Tx {
	return &Tx{conn: conn, dialect: d, head: head, now: now}
}

// NewTx writes what changes access: Finish inserts the audit entry of the act under the id given.
func NewTx(conn Conn, d *Dialect, head mark.Number, now time.Time, act audit.Act, entry id.Entry) *Tx {
	act.Detail, act.Before, act.After = maps.Clone(act.Detail), maps.Clone(act.Before), maps.Clone(act.After)
	return &Tx{conn: conn, dialect: d, head: head, now: now, act: &act, entry: entry}
}

// Check refuses an act that the audit book could not tell.
func Check(act audit.Act) error {
	if act.Action == "" {
		return errors.New("writing to the store: the act has no action")
	}
	if act.Actor.Kind == "" {
		return fmt.Errorf("writing to the store: the act %s has no actor", act.Action)
	}
	return nil
}

// Complete says of an act where its request came from.
func Complete(ctx context.Context, act audit.Act) audit.Act {
	act.Actor = act.Actor.In(ctx)
	return act
}

// Head is the number of the state that is read.
func (t *Tx) Head() mark.Number { return t.head }

// Fault is the first failure of the database, if any, also where the caller's function made light of it.
func (t *Tx) Fault() error { return t.fault }

// Changes are the rows that Finish added to the feed.
func (t *Tx) Changes() []store.Change { return t.changes }

// Mark voids what was issued to the subject before this transaction, or takes the lost scopes away from it.
func (t *Tx) Mark(subject mark.Subject, lost []string, until time.Time) {
	set, err := scope.ParseSet(lost)
	switch {
	case err != nil:
		t.refuse(fmt.Errorf("marking: %w", err))
	case subject.IsZero():
		t.refuse(errors.New("marking: the mark names nothing and would touch every token"))
	case until.IsZero():
		t.refuse(errors.New("marking: the mark has no end"))
	default:
		t.marks = append(t.marks, mark.Mark{Subject: subject, Lost: set, Until: time.Unix(until.Unix(), 0).UTC()})
	}
}

// Target says in the audit entry what the act is done to.
func (t *Tx) Target(target string) { t.act.Target = target }

// Detail adds to the audit entry what was not known before.
func (t *Tx) Detail(key, value string) {
	if t.act.Detail == nil {
		t.act.Detail = map[string]string{}
	}
	t.act.Detail[key] = value
}

// Finish writes the audit entry, or leaves it to the engine that gathers them, and then, as the last thing before the commit, takes numbers from the feed's head and
// inserts the changes. From here on the head's row is locked.
func (t *Tx) Finish() error {
	if t.fault != nil {
		return t.fault
	}
	if t.act != nil {
		if err := t.writeEntry(); err != nil {
			return err
		}
	}
	return t.writeChanges()
}

// Numbered says whether Finish will take numbers from the feed's head.
func (t *Tx) Numbered() bool { return len(t.records)+len(t.marks) > 0 }

// Changed adds to the audit entry what was changed.
func (t *Tx) Changed(before, after map[string]string) {
	was, is := audit.Change(before, after)
	t.act.Before, t.act.After = merged(t.act.Before, was), merged(t.act.After, is)
}

func merged(into, more map[string]string) map[string]string {
	if len(more) == 0 {
		return into
	}
	if into == nil {
		into = map[string]string{}
	}
	maps.Copy(into, more)
	return into
}

func (t *Tx) writeEntry() error {
	a := t.act
	if !storable(a.Actor.Kind, a.Actor.ID, a.Actor.Name, a.Actor.From, a.Action, a.Target, a.Reason) {
		return fmt.Errorf("writing the audit entry of %s: %w", a.Action, errText)
	}
	detail, changed, err := encodeChanges(a)
	if err != nil {
		return fmt.Errorf("writing the audit entry of %s: %w", a.Action, err)
	}
	row := []any{book(a.Tenant), t.entry, unix(t.now), a.Actor.Kind, a.Actor.ID, a.Actor.Name, a.Action, a.Target, detail,
		a.Reason, a.Actor.From, changed, entropy.Bytes(audit.SaltSize), int64(t.head.Epoch), int64(t.head.N), byUser(a), about(a)}
	if t.dialect.Gather {
		t.gather = row
		return nil
	}
	_, err = t.exec("writing the audit entry", insertEntry, row...)
	return err
}

// Entry is the row of the audit entry that the engine must write with WriteEntries before it commits; nil: there is none.
func (t *Tx) Entry() []any { return t.gather }

// changed says that memories must drop these records.
func (t *Tx) changed(names ...store.RecordName) {
	for _, n := range names {
		if !slices.Contains(t.records, n) {
			t.records = append(t.records, n)
		}
	}
}

// exec runs a statement and remembers its failure. After one nothing more is run: SQLite may have rolled back the whole
// transaction, and would commit each further statement by itself.
func (t *Tx) exec(doing, query string, args ...any) (int64, error) {
	if t.fault != nil {
		return 0, t.fault
	}
	n, err := t.conn.Exec(query, args...)
	if err != nil {
		return 0, t.fail(doing, err)
	}
	return n, nil
}

// row reads the first row of a query, and says whether there is one.
func (t *Tx) row(scan func(*sql.Rows) error, what, query string, args ...any) (bool, error) {
	if t.fault != nil {
		return false, t.fault
	}
	rows, err := t.conn.Query(query, args...)
	if err != nil {
		return false, t.fail("reading "+what, err)
	}
	defer rows.Close()
	found := rows.Next()
	if found {
		if err := scan(rows); err != nil {
			return false, t.fail("reading "+what, err)
		}
	}
	if err := errors.Join(rows.Close(), rows.Err()); err != nil {
		return false, t.fail("reading "+what, err)
	}
	return found, nil
}

// exists says whether a query has a row.
func (t *Tx) exists(what, query string, args ...any) (bool, error) {
	return t.row(func(*sql.Rows) error { return nil }, what, query, args...)
}

// count reads the one number that a query answers.
func (t *Tx) count(what, query string, args ...any) (int, error) {
	var n int
	_, err := t.row(func(rows *sql.Rows) error { return rows.Scan(&n) }, what, query, args...)
	return n, err
}

// fail wraps a failure of the database and keeps the first, so that the transaction cannot commit.
func (t *Tx) fail(doing string, err error) error {
	err = fmt.Errorf("%s: %w", doing, err)
	t.refuse(err)
	return err
}

func (t *Tx) refuse(err error) {
	if t.fault == nil {
		t.fault = err
	}
}
