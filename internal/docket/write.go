package docket

import (
	"context"
	"errors"
	"fmt"
	"time"

	"prokura/internal/store"
)

const (
	batch       = 256
	writeWithin = 5 * time.Second // also what is left when the process ends
	logEvery    = time.Minute
)

// Run writes the book until the context ends, and then what is left. What cannot be written is tried again.
func (d *Docket) Run(ctx context.Context) {
	tick := time.NewTicker(d.every)
	defer tick.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
			continue
		case <-tick.C:
		case <-d.full:
		}
		// Under a context of its own: a batch that has begun is waited for.
		d.write(context.WithoutCancel(ctx))
	}
	d.write(context.WithoutCancel(ctx))
}

func (d *Docket) write(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	err := d.Flush(ctx)
	if d.lock(ctx) == nil {
		d.report(err)
		<-d.writing
	}
}

// report logs what went wrong, once a minute at most (A206). held: writing
func (d *Docket) report(err error) {
	d.mu.Lock()
	lost, waiting := d.lost, len(d.dirty)
	d.mu.Unlock()
	now := d.clock.Now()
	if err == nil && lost == 0 || !d.logged.IsZero() && now.Sub(d.logged) < logEvery {
		return
	}
	d.logged = now
	d.mu.Lock()
	d.lost -= lost
	d.mu.Unlock()
	d.log.Warn("refusals could not be written to the book", "dropped", lost, "waiting", waiting, "err", err)
}

// Flush writes what was recorded before the call.
func (d *Docket) Flush(ctx context.Context) error {
	if err := d.lock(ctx); err != nil {
		return err
	}
	defer func() { <-d.writing }()
	for left := d.waiting(); left > 0; {
		work := d.take(min(left, batch))
		left -= len(work)
		if len(work) == 0 {
			return nil
		}
		if err := d.add(ctx, work); err != nil {
			return err
		}
	}
	return nil
}

func (d *Docket) lock(ctx context.Context) error {
	select {
	case d.writing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("waiting to write the refusal book: %w", ctx.Err())
	}
}

func (d *Docket) waiting() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.dirty)
}

// job is one row to write.
type job struct {
	entry *entry
	row   store.Refusal
}

// take takes the oldest of what must be written. Repeats that come meanwhile queue their case again.
func (d *Docket) take(most int) []job {
	d.mu.Lock()
	defer d.mu.Unlock()
	most = min(most, len(d.dirty))
	work := make([]job, 0, most)
	for _, e := range d.dirty[:most] {
		e.queued = false
		row, err := encode(e, e.unwritten, e.last)
		if err != nil { // it is made of strings and cannot fail; if it does, it will again
			e.unwritten = 0
			d.lost++
			continue
		}
		work = append(work, job{e, row})
	}
	clear(d.dirty[:most]) // for the collector
	if d.dirty = d.dirty[most:]; len(d.dirty) == 0 {
		d.dirty = nil
	}
	return work
}

// add writes rows together. Where that fails they are written alone, so that one that can never be written, as when
// its tenant was deleted, does not keep the others from the book.
func (d *Docket) add(ctx context.Context, work []job) error {
	err := d.insert(ctx, work...)
	if err == nil {
		d.done(work)
		return nil
	}
	if passing(ctx, err) {
		d.again(work)
		return err
	}
	var bad []job
	for _, j := range work {
		if err := d.insert(ctx, j); err != nil {
			bad = append(bad, j)
		} else {
			d.done([]job{j})
		}
	}
	if len(bad) < len(work) { // the database works: it is they
		d.drop(bad)
		return nil
	}
	d.again(bad)
	return err
}

func (d *Docket) insert(ctx context.Context, work ...job) error {
	err := d.store.Tend(ctx, func(tx store.Upkeep) error {
		for i := range work {
			if err := tx.AddRefusal(work[i].row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("writing %d refusals: %w", len(work), err)
	}
	return nil
}

// passing says whether an error has nothing to do with what was to be written.
func passing(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, store.ErrOverloaded) || errors.Is(err, store.ErrClosed) ||
		errors.Is(err, store.ErrUncertain)
}

func (d *Docket) done(work []job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range work {
		work[i].entry.unwritten -= work[i].row.Count
	}
}

// again queues what could not be written, unless the window has long closed.
func (d *Docket) again(work []job) {
	now := d.clock.Now()
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range work {
		if e := work[i].entry; now.Sub(e.c.At) > 2*d.window {
			d.lost++
			e.unwritten = 0
		} else {
			d.queue(e)
		}
	}
}

func (d *Docket) drop(work []job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for i := range work {
		work[i].entry.unwritten -= work[i].row.Count
	}
	d.lost += len(work)
}
