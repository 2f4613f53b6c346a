package access

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/token"
)

const (
	// maxTallies is how many clients are counted at once, each in a tenant and a catalog. What is beyond goes uncounted, since a
	// call never waits for it.
	maxTallies = 50_000
	useBatch   = 500
)

// uses counts which methods clients call. A call costs one addition: everything else happens behind it.
type uses struct {
	mu      sync.Mutex
	tallies map[useKey]*tally // held: mu
}

// useKey says whose calls are counted. The catalog is the one in force, whose methods have its numbers.
type useKey struct {
	in      id.Tenant
	client  id.Client
	catalog *catalog.Catalog
}

// tally is the calls of one client, by the number of the method, since they were written down last.
type tally struct {
	useKey
	calls []atomic.Uint32
	idle  time.Time // since when there were none; zero: there were; only the writer looks at it
}

// count counts a call that passed.
func (a *Access) count(c *Caller, cat *catalog.Catalog, m *catalog.Method) {
	t := c.tally.Load()
	if t == nil || t.catalog != cat {
		if t = a.uses.of(useKey{c.token.Tenant, c.token.Client, cat}); t == nil {
			return
		}
		c.tally.Store(t)
	}
	t.calls[m.Number].Add(1)
}

// of is the tally of a client; nil: there are too many.
func (u *uses) of(k useKey) *tally {
	u.mu.Lock()
	defer u.mu.Unlock()
	t := u.tallies[k]
	if t == nil && len(u.tallies) < maxTallies {
		t = &tally{useKey: k, calls: make([]atomic.Uint32, len(k.catalog.Methods()))}
		if u.tallies == nil {
			u.tallies = map[useKey]*tally{}
		}
		u.tallies[k] = t
	}
	return t
}

// take empties the tallies. One that was idle for as long as a token can live goes: no caller holds it any more, because each
// that does has called since it took hold of it.
func (u *uses) take(now time.Time) []store.Use {
	u.mu.Lock()
	defer u.mu.Unlock()
	day := now.UTC().Truncate(24 * time.Hour)
	var out []store.Use
	for k, t := range u.tallies {
		before := len(out)
		for i := range t.calls {
			if n := t.calls[i].Swap(0); n > 0 {
				out = append(out, store.Use{Tenant: k.in, Client: k.client, Day: day, Catalog: k.catalog.Name,
					Method: k.catalog.Methods()[i].ID, Calls: int(n)})
			}
		}
		switch {
		case len(out) > before:
			t.idle = time.Time{}
		case t.idle.IsZero():
			t.idle = now
		case now.Sub(t.idle) > token.MaxLife:
			delete(u.tallies, k)
		}
	}
	return out
}

// writeUses writes down what was called, in batches. What fails is lost: it is no right, and no charge.
func (a *Access) writeUses(ctx context.Context) {
	for batch := range slices.Chunk(a.uses.take(a.clock.Now()), useBatch) {
		if err := a.store.Tend(ctx, func(u store.Upkeep) error { return u.AddUses(batch) }); err != nil {
			a.log.WarnContext(ctx, "writing down which methods were called", "rows", len(batch), "err", err)
		}
	}
}
