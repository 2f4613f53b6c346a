// Package docket is the refusal book: what was refused, to whom and why, in full, under the reference that the answer
// carried.
//
// A surface records each refusal in one place and answers the reference that it gets back: its own, or that of the
// first of its kind within the hour. The book is written behind the request, in batches; what cannot be written in time
// is dropped and counted, never waited for. Where no tenant is known, nothing is written: such refusals stand in a ring
// in memory.
//
// No secret, token or assertion may be put into a case.
package docket

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Case is one refusal.
type Case struct {
	Reference id.Reference
	At        time.Time
	Door      string // the surface that refused, such as "gateway"
	Method    string // what was asked for: the catalog's id of the method, else the verb
	Path      string // without query
	URL       string // of an installation: the install URL, without what only its sender may know
	Tenant    id.Tenant
	Client    id.Client // zero where the client is not known to exist, as are user and tenant
	User      id.User
	Proven    bool // the caller proved who they are, not only named it
	Findings  []refusal.Finding
	Checks    []Check
	Granted   []string          // scopes
	Dropped   []refusal.Finding // scopes that were asked for and not given, with the reason

	// Count and Last say how often it came, and when last. They are set when a case is read.
	Count int
	Last  time.Time
}

// Check is one rule that was consulted.
type Check struct {
	Code    refusal.Code // what failing it is called
	Outcome string       // "passed", "failed" or "skipped"
}

// Store is what a docket needs of the database.
type Store interface {
	Tend(ctx context.Context, fn func(store.Upkeep) error) error
	View(ctx context.Context, fn func(store.Reader) error) error
}

// Config is what a docket is made of.
type Config struct {
	Store Store
	Clock clock.Clock
	Log   *slog.Logger
	// Window is how long repeats answer the first one's reference. An hour where it is zero, and no longer, since the
	// store counts no more than that as one.
	Window time.Duration
	// Every is how often the book is written. A second where it is zero.
	Every time.Duration
	// Recent bounds the cases with a tenant that are held in memory, written or not: 4096 where it is zero. Ring bounds
	// those without: 1000 where it is zero. Both are bounded in bytes as well.
	Recent, Ring int
}

const (
	recentBytes = 8 << 20
	ringBytes   = 4 << 20
)

// Docket is the refusal book. It is safe for concurrent use.
type Docket struct {
	store         Store
	clock         clock.Clock
	log           *slog.Logger
	window, every time.Duration

	full    chan struct{} // signalled when a batch is waiting
	writing chan struct{} // held by the one who writes

	mu     sync.Mutex
	recent *shelf   // held: mu; cases with a tenant
	ring   *shelf   // held: mu; those without
	dirty  []*entry // held: mu; what must be written, oldest first
	lost   int      // held: mu; cases dropped since it was last logged

	logged time.Time // held: writing
}

// New makes a docket.
func New(c Config) *Docket {
	return &Docket{
		store: c.Store, clock: c.Clock, log: c.Log,
		window: or(c.Window, time.Hour), every: or(c.Every, time.Second),
		full: make(chan struct{}, 1), writing: make(chan struct{}, 1),
		recent: newShelf(or(c.Recent, 4096), recentBytes), ring: newShelf(or(c.Ring, 1000), ringBytes),
	}
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Record notes a refusal and answers the reference that its answer carries. It waits for nothing.
func (d *Docket) Record(c Case) id.Reference {
	if c.Reference.IsZero() {
		c.Reference = entropy.ID[id.Reference]()
	}
	if c.At.IsZero() {
		c.At = d.clock.Now()
	}
	fp := fingerprint(&c)
	if first, ok := d.repeat(&c, fp); ok {
		return first
	}
	e := newEntry(&c, fp)

	d.mu.Lock()
	defer d.mu.Unlock()
	if first, ok := d.repeats(&c, fp); ok { // somebody else was first meanwhile
		return first
	}
	if !d.shelf(&c).put(e) {
		d.lost++
		return c.Reference
	}
	d.count(e, c.At)
	return c.Reference
}

func (d *Docket) repeat(c *Case, fp [32]byte) (id.Reference, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.repeats(c, fp)
}

// repeats counts a repeat and answers the first one's reference. held: mu
func (d *Docket) repeats(c *Case, fp [32]byte) (id.Reference, bool) {
	e, ok := d.shelf(c).byPrint[fp]
	if !ok || c.At.Sub(e.c.At) >= d.window {
		return id.Reference{}, false
	}
	d.count(e, c.At)
	return e.c.Reference, true
}

// shelf is where the case stands. held: mu
func (d *Docket) shelf(c *Case) *shelf {
	if c.Tenant.IsZero() {
		return d.ring
	}
	return d.recent
}

// count notes that a case came once more, and has it written. held: mu
func (d *Docket) count(e *entry, at time.Time) {
	e.count++
	if e.last.Before(at) {
		e.last = at
	}
	if e.c.Tenant.IsZero() {
		return
	}
	e.unwritten++
	d.queue(e)
}

// held: mu
func (d *Docket) queue(e *entry) {
	if e.queued || e.unwritten == 0 {
		return
	}
	e.queued = true
	d.dirty = append(d.dirty, e)
	if len(d.dirty) >= batch {
		select {
		case d.full <- struct{}{}:
		default:
		}
	}
}

// Lookup finds a refusal by its reference, also one that is not written yet. store.ErrNotFound: there is none, or it is
// too old.
func (d *Docket) Lookup(ctx context.Context, ref id.Reference) (Case, error) {
	if c, ok := d.held(ref); ok {
		return c, nil
	}
	var found store.Refusal
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		found, err = r.Refusal(ref)
		return err
	})
	if err != nil {
		return Case{}, fmt.Errorf("looking up refusal %s: %w", ref, err)
	}
	return decode(&found)
}

func (d *Docket) held(ref id.Reference) (Case, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range []*shelf{d.recent, d.ring} {
		if e, ok := s.byRef[ref]; ok {
			c := e.c
			c.Count, c.Last = e.count, e.last
			return c, true
		}
	}
	return Case{}, false
}
