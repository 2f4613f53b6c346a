package feed

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"prokura/internal/store"
)

const (
	maxLoads    = 16 // records that are loaded at once, over all caches of a memory
	loadWait    = 100 * time.Millisecond
	loadTimeout = 5 * time.Second
	maxCame     = 10_000
)

// Cache holds records of one kind, as new as the memory's number: a change that names a record drops it, and a record
// is kept only if none came while it was loaded. What is not found is never kept.
//
// Values are shared by all who ask; nobody changes them.
type Cache[K comparable, V any] struct {
	memory *Memory
	names  func(K, V) []store.RecordName
	max    int

	mu      sync.Mutex
	held    map[K]*list.Element         // held: mu; of *record[K, V]
	order   *list.List                  // held: mu; the most recently used in front
	named   map[store.RecordName][]K    // held: mu
	flights map[K]*flight[V]            // held: mu; loads that others may join
	loading int                         // held: mu; loads under way, also those that nobody may join any more
	turn    uint64                      // held: mu; counts the changes that came
	came    map[store.RecordName]uint64 // held: mu; while something is loaded: the turn at which a name came last
	wiped   uint64                      // held: mu; the turn at which everything was dropped last
}

type record[K comparable, V any] struct {
	key   K
	value V
	names []store.RecordName
}

type flight[V any] struct {
	done  chan struct{}
	value V
	err   error
}

var errLoadPanicked = errors.New("loading a record panicked")

// NewCache makes a cache of at most max records. names answers the names under which the feed tells of changes to a
// record: every record of the database that the value was made of.
func NewCache[K comparable, V any](m *Memory, max int, names func(K, V) []store.RecordName) *Cache[K, V] {
	c := &Cache[K, V]{
		memory: m, names: names, max: max,
		held: map[K]*list.Element{}, order: list.New(), named: map[store.RecordName][]K{},
		flights: map[K]*flight[V]{}, came: map[store.RecordName]uint64{},
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.caches = append(slices.Clip(m.caches), c)
	return c
}

// Get answers the record, from memory or by load: one indexed read, made once for all who ask meanwhile. What it
// answers is no older than what [Memory.Head] answered before the call. store.ErrOverloaded: too many records are
// being loaded. Other errors are load's.
func (c *Cache[K, V]) Get(ctx context.Context, key K, load func(context.Context) (V, error)) (V, error) {
	c.mu.Lock()
	if v, ok := c.look(key); ok {
		c.mu.Unlock()
		return v, nil
	}
	f, ok := c.flights[key]
	if !ok {
		f = &flight[V]{done: make(chan struct{}), err: errLoadPanicked}
		c.flights[key] = f
		c.loading++
		began := c.turn
		c.mu.Unlock()
		c.fly(ctx, key, f, began, load)
		return f.value, f.err
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none V
		return none, fmt.Errorf("waiting for a record: %w", ctx.Err())
	}
}

// Peek answers the record if memory has it.
func (c *Cache[K, V]) Peek(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.look(key)
}

// held: mu
func (c *Cache[K, V]) look(key K) (v V, ok bool) {
	e, ok := c.held[key]
	if ok {
		c.order.MoveToFront(e)
		v = e.Value.(*record[K, V]).value
	}
	return v, ok
}

// Fill is Get for whoever must not wait, such as a transaction: it joins nobody's load, nobody joins its, and none of the
// places for loads is taken. What load reads must be no older than what [Memory.Head] answered before the call.
func (c *Cache[K, V]) Fill(key K, load func() (V, error)) (V, error) {
	c.mu.Lock()
	if v, ok := c.look(key); ok {
		c.mu.Unlock()
		return v, nil
	}
	f := &flight[V]{done: make(chan struct{}), err: errLoadPanicked}
	c.loading++
	began := c.turn
	c.mu.Unlock()
	defer c.land(key, f, began)
	f.value, f.err = load()
	return f.value, f.err
}

// fly loads for everybody who waits, and therefore goes on when its own caller leaves.
func (c *Cache[K, V]) fly(ctx context.Context, key K, f *flight[V], began uint64, load func(context.Context) (V, error)) {
	defer c.land(key, f, began)
	if !c.memory.place() {
		f.err = store.ErrOverloaded
		return
	}
	defer func() { <-c.memory.loading }()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
	defer cancel()
	f.value, f.err = load(ctx)
}

// place takes a place for a load, and waits a little for one. Whether one is free is asked before the time is: where the process
// was kept waiting itself, both may have come.
func (m *Memory) place() bool {
	select {
	case m.loading <- struct{}{}:
		return true
	default:
	}
	wait := time.NewTimer(loadWait)
	defer wait.Stop()
	select {
	case m.loading <- struct{}{}:
		return true
	case <-wait.C:
		return false
	}
}

// land keeps what was loaded, if it is still what the database says as far as memory knows.
func (c *Cache[K, V]) land(key K, f *flight[V], began uint64) {
	defer close(f.done)
	var names []store.RecordName
	if f.err == nil {
		names = c.names(key, f.value)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	changed := c.wiped > began || slices.ContainsFunc(names, func(n store.RecordName) bool { return c.came[n] > began })
	if f.err == nil && !changed && c.max > 0 {
		c.keep(&record[K, V]{key: key, value: f.value, names: names})
	}
	if c.flights[key] == f {
		delete(c.flights, key)
	}
	if c.loading--; c.loading == 0 {
		clear(c.came)
	}
}

// held: mu
func (c *Cache[K, V]) keep(r *record[K, V]) {
	c.forget(r.key)
	if c.order.Len() >= c.max {
		c.forget(c.order.Back().Value.(*record[K, V]).key)
	}
	c.held[r.key] = c.order.PushFront(r)
	for _, n := range r.names {
		c.named[n] = append(c.named[n], r.key)
	}
}

// held: mu
func (c *Cache[K, V]) forget(key K) {
	e, ok := c.held[key]
	if !ok {
		return
	}
	delete(c.held, key)
	for _, n := range c.order.Remove(e).(*record[K, V]).names {
		keys := slices.DeleteFunc(c.named[n], func(k K) bool { return k == key })
		if len(keys) == 0 {
			delete(c.named, n)
		} else {
			c.named[n] = keys
		}
	}
}

// drop forgets the records that changed. Loads under way may have read what was before, so nobody who comes now joins
// them: a number read after this must not be given to facts from before.
func (c *Cache[K, V]) drop(names []store.RecordName) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	clear(c.flights)
	for _, n := range names {
		for _, key := range slices.Clone(c.named[n]) {
			c.forget(key)
		}
		if c.loading > 0 {
			c.came[n] = c.turn
		}
	}
	if len(c.came) > maxCame {
		clear(c.came)
		c.wiped = c.turn
	}
}

// wipe forgets everything.
func (c *Cache[K, V]) wipe() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.turn++
	c.wiped = c.turn
	clear(c.flights)
	clear(c.held)
	clear(c.named)
	c.order.Init()
}

// Len is the number of records held.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len()
}
