package access

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// maxForeseen is how many rows of what would be refused wait at most to be written down.
const maxForeseen = 20_000

// foreseen is what tenants that only report would have refused, since it was written down last.
type foreseen struct {
	mu   sync.Mutex
	rows map[foreseenKey]*store.Foreseen // held: mu
}

type foreseenKey struct {
	in      id.Tenant
	client  id.Client
	user    id.User
	catalog *catalog.Catalog
	method  int
	code    refusal.Code
}

// foresee notes that a call passed which would be refused if the tenant enforced its decisions.
func (a *Access) foresee(c *Caller, cat *catalog.Catalog, m *catalog.Method, f refusal.Finding, now time.Time) {
	k := foreseenKey{c.token.Tenant, c.token.Client, c.token.User, cat, m.Number, f.Code}
	a.foreseen.mu.Lock()
	defer a.foreseen.mu.Unlock()
	row := a.foreseen.rows[k]
	if row == nil {
		if len(a.foreseen.rows) >= maxForeseen {
			return
		}
		if a.foreseen.rows == nil {
			a.foreseen.rows = map[foreseenKey]*store.Foreseen{}
		}
		row = &store.Foreseen{Tenant: k.in, Client: k.client, User: k.user, Catalog: cat.Name, Method: m.ID,
			Code: string(f.Code), Need: f.Want, First: now.UTC().Truncate(time.Second)}
		a.foreseen.rows[k] = row
	}
	row.Last, row.Calls = now.UTC().Truncate(time.Second), row.Calls+1
}

// take empties the list.
func (f *foreseen) take() []store.Foreseen {
	f.mu.Lock()
	rows := f.rows
	f.rows = nil
	f.mu.Unlock()
	out := make([]store.Foreseen, 0, len(rows))
	for row := range maps.Values(rows) {
		out = append(out, *row)
	}
	return out
}

// writeForeseen writes down in batches what would have been refused.
func (a *Access) writeForeseen(ctx context.Context) {
	for batch := range slices.Chunk(a.foreseen.take(), useBatch) {
		if err := a.store.Tend(ctx, func(u store.Upkeep) error { return u.AddForeseen(batch) }); err != nil {
			a.log.WarnContext(ctx, "writing down what would have been refused", "rows", len(batch), "err", err)
		}
	}
}
