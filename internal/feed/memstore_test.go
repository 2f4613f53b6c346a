package feed_test

import (
	"context"
	"encoding/binary"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// nth is an identifier of any kind that a test can tell apart.
func nth[T interface{ From([16]byte) T }](n uint64) T {
	var b [16]byte
	binary.BigEndian.PutUint64(b[8:], n)
	var zero T
	return zero.From(b)
}

func state(n uint64) mark.Number { return mark.Number{Epoch: 1, N: n} }

// database is the numbered state and a few facts, as the contract of the store has them: a commit is one step, and
// between any two steps the test may let somebody else go first.
type database struct {
	pause func(at string) // called before each step; nil: nobody is let between

	mu      sync.Mutex
	epoch   uint64
	changes []store.Change
	swept   uint64 // changes up to here were deleted
	marks   []mark.Mark
	facts   map[string]string
	fails   error
	reads   int // of the head
}

func newDatabase() *database { return &database{epoch: 1, facts: map[string]string{}} }

func (d *database) step(at string) {
	if d.pause != nil {
		d.pause(at)
	}
}

// node is one process's access to the database.
type node struct {
	*database
	told  func([]store.Change)
	woken chan struct{}
}

func (d *database) node() *node { return &node{database: d, woken: make(chan struct{}, 1)} }

func (n *node) Committed(told func([]store.Change)) { n.told = told }
func (n *node) Woken() <-chan struct{}              { return n.woken }

func (n *node) Head(ctx context.Context) (mark.Number, error) {
	n.step("head")
	n.mu.Lock()
	n.reads++
	head, err := n.head(), n.fails
	n.mu.Unlock()
	n.step("head was read")
	return head, err
}

func (d *database) head() mark.Number { return mark.Number{Epoch: d.epoch, N: uint64(len(d.changes))} }

func (n *node) Changes(ctx context.Context, after mark.Number, limit int) ([]store.Change, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	switch {
	case n.fails != nil:
		return nil, n.fails
	case after.Epoch != n.epoch || after.N < n.swept || after.N > uint64(len(n.changes)):
		return nil, store.ErrNotFound
	}
	rest := n.changes[after.N:]
	return rest[:min(limit, len(rest))], nil
}

func (n *node) Marks(ctx context.Context) ([]mark.Mark, mark.Number, error) {
	n.step("marks")
	n.mu.Lock()
	marks, head, err := n.marks, n.head(), n.fails
	n.mu.Unlock()
	n.step("marks were read")
	return marks, head, err
}

// commit writes facts, names of records and marks in one transaction, and tells this process before it returns.
func (n *node) commit(facts map[string]string, subjects ...mark.Subject) mark.Number {
	n.step("commit")
	n.mu.Lock()
	var mine []store.Change
	add := func(c store.Change) {
		c.Number = mark.Number{Epoch: n.epoch, N: uint64(len(n.changes)) + 1}
		n.changes = append(n.changes, c)
		mine = append(mine, c)
	}
	for name, value := range facts {
		n.facts[name] = value
		add(store.Change{Record: store.RecordName(name)})
	}
	for _, s := range subjects {
		m := &mark.Mark{Number: mark.Number{Epoch: n.epoch, N: uint64(len(n.changes)) + 1}, Subject: s, Until: noon.Add(100 * time.Hour)}
		add(store.Change{Mark: m})
		n.marks = append(n.marks, *m)
	}
	n.mu.Unlock()
	n.step("told")
	n.told(mine)
	return mine[len(mine)-1].Number
}

// fact is one indexed read, outside of a transaction.
func (n *node) fact(name string) func(context.Context) (string, error) {
	return func(context.Context) (string, error) {
		n.step("read " + name)
		n.mu.Lock()
		v, ok := n.facts[name]
		n.mu.Unlock()
		n.step("answer " + name)
		if !ok {
			return "", fmt.Errorf("%s: %w", name, store.ErrNotFound)
		}
		return v, nil
	}
}

func (d *database) failing(err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.fails = err
}

func (d *database) sweep() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.swept = uint64(len(d.changes))
}

// restore loses every commit after the number; a new epoch begins where the store noticed it.
func (d *database) restore(n uint64, noticed bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.changes = d.changes[:n]
	d.marks = nil
	for _, c := range d.changes {
		if c.Mark != nil {
			d.marks = append(d.marks, *c.Mark)
		}
	}
	if noticed {
		d.epoch++
	}
}

func named(name, _ string) []store.RecordName { return []store.RecordName{store.RecordName(name)} }

func quiet(t *testing.T) *slog.Logger {
	t.Helper()
	return slog.New(slog.DiscardHandler)
}

var (
	x1   = mark.Subject{Authorization: nth[id.Authorization](1)}
	x2   = mark.Subject{Authorization: nth[id.Authorization](2)}
	user = mark.Subject{User: nth[id.User](1)}
)
