package access

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	// touchPrecision is how exactly the last use of a grant is known.
	touchPrecision = time.Hour
	// maxTouched is how many grants wait at most to be written down; beyond that a use is not noted, since a call never
	// waits for it.
	maxTouched = 50_000
	touchBatch = 500
)

// touches are grants that were used and are not written down yet.
type touches struct {
	mu   sync.Mutex
	uses map[grantKey]time.Time // held: mu
}

type grantKey struct {
	in    id.Tenant
	grant id.Grant
}

// touch notes that the grant behind a token was used, once an hour for each token.
func (a *Access) touch(c *Caller, now time.Time) {
	if c.token.Grant.IsZero() {
		return
	}
	hour := now.Unix() / int64(touchPrecision/time.Second)
	if was := c.touched.Load(); was == hour || !c.touched.CompareAndSwap(was, hour) {
		return
	}
	a.touches.note(grantKey{c.token.Tenant, c.token.Grant}, now.UTC().Truncate(touchPrecision))
}

func (t *touches) note(k grantKey, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, ok := t.uses[k]; !ok && len(t.uses) >= maxTouched {
		return
	}
	if t.uses == nil {
		t.uses = map[grantKey]time.Time{}
	}
	if t.uses[k].Before(at) {
		t.uses[k] = at
	}
}

// take empties the list.
func (t *touches) take() map[grantKey]time.Time {
	t.mu.Lock()
	defer t.mu.Unlock()
	uses := t.uses
	t.uses = nil
	return uses
}

// writeTouches writes in batches. What fails is noted again: a use is no secret and no right, so that losing one when the
// process ends does no harm.
func (a *Access) writeTouches(ctx context.Context) {
	uses := a.touches.take()
	keys := slices.Collect(maps.Keys(uses))
	for batch := range slices.Chunk(keys, touchBatch) {
		err := a.store.Tend(ctx, func(u store.Upkeep) error {
			for _, k := range batch {
				if err := u.TouchGrant(k.in, k.grant, uses[k]); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			a.log.WarnContext(ctx, "writing down which grants were used", "grants", len(batch), "err", err)
			for _, k := range batch {
				a.touches.note(k, uses[k])
			}
		}
	}
}

const (
	behindEvery = 5 * time.Second // how often it is written what waits
	behindLast  = 5 * time.Second // how long the last time may take
)

// Run writes down, behind the requests, what was used and what would have been refused, and asks about new versions of apps, until
// ctx ends; then what is left.
func (a *Access) Run(ctx context.Context) {
	tick := time.NewTicker(behindEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), behindLast)
			defer cancel()
			a.writeBehind(last)
			return
		case <-tick.C:
			a.writeBehind(ctx)
		}
	}
}

func (a *Access) writeBehind(ctx context.Context) {
	a.writeTouches(ctx)
	a.writeUses(ctx)
	a.writeForeseen(ctx)
}
