package sqlstore

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"prokura/internal/mark"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// How long the feed keeps its rows: those that name records until every living reader has long passed them, marks an
// hour beyond the longest token that they can match.
const (
	recordsKept = time.Hour
	marksKept   = time.Hour
)

const (
	selectHead    = `SELECT epoch, n FROM feed_head WHERE one = 1`
	takeNumbers   = `UPDATE feed_head SET n = n + $1 WHERE one = 1 RETURNING epoch, n`
	insertChange  = `INSERT INTO changes (epoch, n, at, record, subject, lost, until) VALUES ($1, $2, $3, $4, $5, $6, $7)`
	selectFloor   = `SELECT epoch, floor FROM feed_head WHERE one = 1`
	selectChanges = `SELECT epoch, n, at, record, subject, lost, until FROM changes
		WHERE epoch = $1 AND n > $2 ORDER BY n LIMIT $3`
	selectMarks = `SELECT epoch, n, at, record, subject, lost, until FROM changes
		WHERE epoch = $1 AND until > $2 ORDER BY n`
	raiseEpoch = `UPDATE feed_head SET epoch = $1, n = 0, floor = 0 WHERE one = 1`
	dropFeed   = `DELETE FROM changes WHERE epoch < $1`
)

// ReadHead reads the feed's head. On PostgreSQL it is the first statement of every transaction, so that facts read
// after it are never older.
func ReadHead(conn Conn) (mark.Number, error) {
	t := Tx{conn: conn}
	return t.number("the head of the feed", selectHead)
}

func (t *Tx) number(what, query string, args ...any) (mark.Number, error) {
	var n mark.Number
	found, err := t.row(func(rows *sql.Rows) error { return rows.Scan(&n.Epoch, &n.N) }, what, query, args...)
	if err == nil && !found {
		err = t.fail("reading "+what, errors.New("the row is missing"))
	}
	return n, err
}

func (t *Tx) writeChanges() error {
	if !t.Numbered() {
		return nil
	}
	k := len(t.records) + len(t.marks)
	last, err := t.number("the head of the feed", takeNumbers, k)
	if err != nil {
		return err
	}
	n := mark.Number{Epoch: last.Epoch, N: last.N - uint64(k)}
	at := time.Unix(t.now.Unix(), 0).UTC()
	t.changes = make([]store.Change, 0, k)
	for _, name := range t.records {
		n.N++
		t.changes = append(t.changes, store.Change{Number: n, At: at, Record: name})
	}
	for _, m := range t.marks {
		n.N++
		m.Number = n
		t.changes = append(t.changes, store.Change{Number: n, At: at, Mark: &m})
	}
	for _, c := range t.changes {
		if err := t.writeChange(c); err != nil {
			return err
		}
	}
	t.head = last
	if t.dialect.Notify != "" {
		if _, err := t.exec("waking readers of the feed", t.dialect.Notify); err != nil {
			return err
		}
	}
	return nil
}

func (t *Tx) writeChange(c store.Change) error {
	var subject any
	lost, until := "", int64(0)
	if c.Mark != nil {
		b, err := json.Marshal(c.Mark.Subject)
		if err != nil {
			return fmt.Errorf("writing a mark: %w", err)
		}
		subject, lost, until = string(b), c.Mark.Lost.String(), unix(c.Mark.Until)
	}
	_, err := t.exec("writing the feed", insertChange, int64(c.Number.Epoch), int64(c.Number.N), unix(c.At),
		string(c.Record), subject, lost, until)
	return err
}

// ReadChanges are the rows of the feed after the number given.
func (t *Tx) ReadChanges(after mark.Number, max int) ([]store.Change, error) {
	floor, err := t.number("the floor of the feed", selectFloor)
	if err != nil {
		return nil, err
	}
	if after.Epoch != floor.Epoch || after.N < floor.N {
		return nil, fmt.Errorf("reading the feed after %v: %w", after, store.ErrNotFound)
	}
	return many(t, scanChange, "the feed", selectChanges, int64(after.Epoch), int64(after.N), limit(max))
}

// ReadMarks are all marks that can still match a live token.
func (t *Tx) ReadMarks(now time.Time) ([]mark.Mark, error) {
	list, err := many(t, scanChange, "the marks", selectMarks, int64(t.head.Epoch), unix(now.Add(-marksKept)))
	if err != nil {
		return nil, err
	}
	marks := make([]mark.Mark, len(list))
	for i, c := range list {
		marks[i] = *c.Mark
	}
	return marks, nil
}

// BeginEpoch begins a new epoch if the database is older than the state that was proved.
func (t *Tx) BeginEpoch(proof mark.Number) (bool, error) {
	// The head is held to the commit, so that of two who have the proof only one begins an epoch.
	head, err := t.number("the head of the feed", selectHead+t.dialect.ForUpdate)
	if err != nil || !head.Before(proof) {
		return false, err
	}
	return true, t.RaiseEpoch(max(head.Epoch, proof.Epoch) + 1)
}

// RaiseEpoch begins the epoch given. Rows of older epochs go: everything that they could void is void.
func (t *Tx) RaiseEpoch(epoch uint64) error {
	if _, err := t.exec("beginning an epoch", raiseEpoch, int64(epoch)); err != nil {
		return err
	}
	if _, err := t.exec("beginning an epoch", dropFeed, int64(epoch)); err != nil {
		return err
	}
	t.head = mark.Number{Epoch: epoch}
	return nil
}

func scanChange(rows *sql.Rows, c *store.Change) error {
	var record, lost string
	var subject sql.NullString
	var until time.Time
	err := rows.Scan(&c.Number.Epoch, &c.Number.N, seconds{&c.At}, &record, &subject, &lost, seconds{&until})
	if err != nil {
		return err
	}
	c.Record = store.RecordName(record)
	if !subject.Valid {
		return nil
	}
	m := mark.Mark{Number: c.Number, Until: until}
	if err := json.Unmarshal([]byte(subject.String), &m.Subject); err != nil {
		return fmt.Errorf("mark %v: %w", c.Number, err)
	}
	if m.Lost, err = parseScopes(lost); err != nil {
		return fmt.Errorf("mark %v: %w", c.Number, err)
	}
	c.Mark = &m
	return nil
}

// parseScopes reads what Set.String wrote. What was stored once is not bounded by what may be sent.
func parseScopes(s string) (scope.Set, error) {
	if s == "" {
		return scope.Set{}, nil
	}
	return scope.ParseSet(strings.Split(s, " "))
}
