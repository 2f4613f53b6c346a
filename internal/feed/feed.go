package feed

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"prokura/internal/clock"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// ErrOlderDatabase: the database does not know a number that was given out, so it was restored or lost commits, and no
// new epoch began. That it grows past the number again mends nothing: they are not the same changes.
var ErrOlderDatabase = errors.New("the database is older than what it has confirmed before")

// Store is what a memory needs of the database.
type Store interface {
	store.Feed
	Committed(func([]store.Change))
}

// Config is what a memory is made of.
type Config struct {
	Store Store
	Clock clock.Clock // with a monotonic reading (A214)
	Log   *slog.Logger
	// Bound is how long after the last contact with the database the memory is trusted. 30 s where it is zero.
	Bound time.Duration
	// Poll is how often the database is asked when nothing wakes the reader. A second, or a tenth of a shorter Bound,
	// where it is zero.
	Poll time.Duration
	// Local says that nobody but this process writes to the database. Then memory is the head, and always fresh.
	Local bool
	// BeginEpoch is asked to begin a new epoch when a number proves that the database is older than what it confirmed
	// before, by restore or failover; see [store.Upkeep]. Without it, nobody is let in until the operator does.
	BeginEpoch func(ctx context.Context, proof mark.Number) error
}

// Memory is the numbered state in memory. It is safe for concurrent use.
type Memory struct {
	store       Store
	clock       clock.Clock
	log         *slog.Logger
	bound, poll time.Duration
	local       bool
	beginEpoch  func(context.Context, mark.Number) error

	marks   *mark.Set
	began   time.Time
	state   atomic.Pointer[state]
	warned  atomic.Int64  // Unix seconds of the last warning about a token newer than the database
	loading chan struct{} // a place for each record being loaded

	life context.Context // of every read; no caller's, since others wait for it as well
	end  context.CancelFunc

	mu      sync.Mutex // also held while state is replaced
	caches  []dropper  // held: mu
	next    *round     // held: mu; the read that has not begun yet
	reading *round     // held: mu; the one under way
}

// state is replaced as a whole, so that readers need no lock.
type state struct {
	at     mark.Number // every change up to here is known
	own    mark.Number // the newest change of this process
	seen   time.Time   // when the read began that last reached the head
	loaded bool
	older  bool // ErrOlderDatabase
}

// dropper is a cache that must hear which records changed.
type dropper interface {
	drop(names []store.RecordName)
	wipe()
}

// New makes a memory that knows nothing yet and therefore refuses. It must be made before the store's first write.
func New(c Config) *Memory {
	if c.Bound == 0 {
		c.Bound = 30 * time.Second
	}
	if c.Poll == 0 {
		c.Poll = min(time.Second, c.Bound/10)
	}
	m := &Memory{
		store: c.Store, clock: c.Clock, log: c.Log, bound: c.Bound, poll: c.Poll, local: c.Local,
		beginEpoch: c.BeginEpoch,
		marks:      mark.NewSet(), began: c.Clock.Now(), loading: make(chan struct{}, maxLoads),
	}
	m.life, m.end = context.WithCancel(context.Background())
	m.state.Store(&state{})
	c.Store.Committed(m.committed)
	return m
}

// Head is the number up to which every change is known.
func (m *Memory) Head() mark.Number { return m.state.Load().at }

// CaughtUp says whether everything that this process wrote lies below Head. While it does not, what is issued from
// memory could be born dead, and is issued from the database.
func (m *Memory) CaughtUp() bool {
	s := m.state.Load()
	return s.loaded && !s.at.Before(s.own)
}

// Generation moves when a judgment can have become stricter; see [mark.Set.Generation].
func (m *Memory) Generation() uint64 { return m.marks.Generation() }

// Judge answers what the marks known here take from a token. It asks neither whether they are fresh nor whether the
// token's number is known here: see [Memory.Reach] and [Memory.Fresh].
func (m *Memory) Judge(token *mark.Subject, at mark.Number) mark.Judgment {
	return m.marks.Judge(token, at)
}

// Fresh refuses with revocations_stale when the last contact with the database is longer ago than the bound.
func (m *Memory) Fresh() error {
	s := m.state.Load()
	switch {
	case s.older:
		return refusal.Because(refusal.RevocationsStale, ErrOlderDatabase)
	case !s.loaded:
		return refusal.Because(refusal.RevocationsStale, errors.New("the marks were not loaded yet"))
	case m.local:
		return nil
	}
	if age := m.age(s); age > m.bound {
		return refusal.Because(refusal.RevocationsStale, fmt.Errorf("the last contact with the database was %v ago", age))
	}
	return nil
}

// Ready refuses earlier than Fresh, so that a load balancer turns away before callers are refused (A218).
func (m *Memory) Ready() error {
	s := m.state.Load()
	if age := m.age(s); s.loaded && !s.older && !m.local && age > m.bound*2/3 {
		return refusal.Because(refusal.RevocationsStale, fmt.Errorf("the last contact with the database was %v ago", age))
	}
	return m.Fresh()
}

// age is how long ago the head was last reached. The monotonic clock cannot be stepped back (A214), but stands still
// while a machine is suspended (A237), so the longer of both clocks counts.
func (m *Memory) age(s *state) time.Duration {
	now := m.clock.Now()
	return max(now.Sub(s.seen), now.Round(0).Sub(s.seen.Round(0)))
}

// steady is a time that no step of the wall clock moves: a step forward and back must not sweep marks that are needed.
func (m *Memory) steady() time.Time { return m.began.Add(m.clock.Now().Sub(m.began)) }

// change replaces the state. held: mu
func (m *Memory) change(edit func(*state)) {
	s := *m.state.Load()
	edit(&s)
	m.state.Store(&s)
}
