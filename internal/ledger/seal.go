package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/store"
)

const (
	// sealBatch is how many entries are sealed in one transaction, so that others wait only briefly for the writer.
	sealBatch = 1024
	// lead is for how long the node that seals remains the one.
	lead = 10 * time.Second
	// checkpointsEvery is how far checkpoints lie apart that are kept for good. The newest is always kept.
	checkpointsEvery = time.Hour
)

// How often what is too old is deleted, and who was deleted is erased; and in what steps.
const (
	tidyEvery  = time.Minute
	pruneBatch = 256
	eraseBatch = 2000
)

// Run seals what comes, erases and prunes, until ctx ends. It begins with what was left.
func (l *Ledger) Run(ctx context.Context) {
	tick, tidy := time.NewTicker(l.c.Every), time.NewTicker(tidyEvery)
	defer tick.Stop()
	defer tidy.Stop()
	l.checkAnchor(ctx)
	for {
		if _, err := l.Seal(ctx); err != nil && ctx.Err() == nil {
			l.c.Log.Error("the audit book could not be sealed", "err", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		case <-tidy.C:
			if err := l.Tidy(ctx); err != nil && ctx.Err() == nil {
				l.c.Log.Warn("tidying up the audit book", "err", err)
			}
		}
	}
}

// Seal seals all entries that wait for it, unless another node is at it. It answers how many it sealed.
func (l *Ledger) Seal(ctx context.Context) (int, error) {
	l.sealing.Lock()
	defer l.sealing.Unlock()
	all := 0
	for {
		n, err := l.sealSome(ctx)
		all += n
		if err != nil || n < sealBatch {
			return all, err
		}
	}
}

// sealSome seals one batch.
func (l *Ledger) sealSome(ctx context.Context) (int, error) {
	waiting := false
	err := l.c.Store.View(ctx, func(r store.Reader) error {
		list, err := r.PendingAudit(1)
		waiting = len(list) > 0
		return err
	})
	if err != nil || !waiting {
		return 0, err
	}
	leads := false
	err = l.c.Store.Tend(ctx, func(u store.Upkeep) (err error) {
		now := l.c.Clock.Now()
		leads, err = u.LeadAudit(l.node, now, now.Add(lead))
		return err
	})
	if err != nil || !leads {
		return 0, err
	}
	var b store.AuditBatch
	if err = l.c.Store.View(ctx, func(r store.Reader) (err error) { b, err = l.batch(r); return err }); err != nil {
		return 0, err
	}
	err = l.c.Store.Tend(ctx, func(u store.Upkeep) error { return u.SealAudit(b) })
	if errors.Is(err, store.ErrTaken) { // another node was faster
		return 0, nil
	}
	if err == nil {
		l.keep(b.Note)
	}
	return len(b.Sealed), err
}

// batch makes the next leaves and what follows from them. It extends nothing but what our last checkpoint signed.
func (l *Ledger) batch(r store.Reader) (store.AuditBatch, error) {
	var b store.AuditBatch
	state, err := r.AuditSealed()
	if err != nil {
		return b, err
	}
	tree, last, err := l.signedTree(r, state.Size)
	if err != nil {
		return b, err
	}
	records, err := r.PendingAudit(sealBatch)
	if err != nil {
		return b, err
	}
	b.From, b.Salts = state.Size, map[store.AuditRef][]byte{}
	leaves := make([]tlog.Hash, len(records))
	for i := range records {
		ref := store.AuditRef{Book: records[i].Act.Tenant, Entry: records[i].ID}
		if len(records[i].Salt) == 0 {
			records[i].Salt = entropy.Bytes(audit.SaltSize)
			b.Salts[ref] = records[i].Salt
		}
		if leaves[i], err = records[i].Leaf(); err != nil {
			return b, fmt.Errorf("audit entry %v: %w", ref.Entry, err)
		}
		b.Sealed = append(b.Sealed, ref)
	}
	g := growth{old: tlog.TileHashReader(tree, newTiles(r)), fresh: map[int64]tlog.Hash{}}
	grown, err := g.add(tree.N, leaves)
	if err != nil {
		return b, fmt.Errorf("extending the audit log: %w", err)
	}
	if b.Tiles, err = g.tiles(r, tree.N, grown.N, b.Sealed); err != nil {
		return b, fmt.Errorf("extending the audit log: %w", err)
	}
	st := audit.Statement{Kind: audit.Checkpoint, Size: grown.N, Root: grown.Hash, At: l.now()}
	signed, err := l.signer.Sign(st)
	if err != nil {
		return b, err
	}
	b.Note = store.AuditNote{Kind: st.Kind, Size: st.Size, At: st.At, Note: signed}
	b.Drop, err = superseded(r, last)
	return b, err
}

func (l *Ledger) now() time.Time { return time.Unix(l.c.Clock.Now().Unix(), 0).UTC() }

// signedTree is the tree of a size as our checkpoint has it.
func (l *Ledger) signedTree(r store.Reader, size int64) (tlog.Tree, store.AuditNote, error) {
	if size == 0 {
		return tlog.Tree{}, store.AuditNote{}, nil
	}
	n, err := r.AuditNote(audit.Checkpoint, size, time.Time{})
	if err != nil {
		return tlog.Tree{}, n, fmt.Errorf("the checkpoint of the audit log at %d: %w", size, err)
	}
	s, err := l.signer.Open(audit.Checkpoint, n.Note)
	if err == nil && s.Size != size {
		err = fmt.Errorf("it is of %d", s.Size)
	}
	if err != nil {
		return tlog.Tree{}, n, fmt.Errorf("the checkpoint of the audit log at %d: %w", size, err)
	}
	return s.Tree(), n, nil
}

// superseded is the size of the last checkpoint, where it need not be kept beside a newer one.
func superseded(r store.Reader, last store.AuditNote) (int64, error) {
	if last.Size == 0 {
		return 0, nil
	}
	earlier, err := r.AuditNote(audit.Checkpoint, last.Size-1, time.Time{})
	if errors.Is(err, store.ErrNotFound) {
		return 0, nil
	}
	if err != nil || last.At.Sub(earlier.At) >= checkpointsEvery {
		return 0, err
	}
	return last.Size, nil
}

// Tidy erases users who were deleted, and deletes entries that are older than what is kept.
func (l *Ledger) Tidy(ctx context.Context) error {
	for more := true; more && ctx.Err() == nil; {
		err := l.c.Store.Tend(ctx, func(u store.Upkeep) (err error) {
			more, err = u.EraseAudit(l.c.Clock.Now(), eraseBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("erasing deleted users: %w", err)
		}
	}
	if l.c.Retention <= 0 {
		return nil
	}
	size, err := l.mayPrune(ctx)
	if err != nil {
		return fmt.Errorf("stating what is too old: %w", err)
	}
	for n := 1; n > 0 && ctx.Err() == nil; {
		err := l.c.Store.Tend(ctx, func(u store.Upkeep) (err error) {
			n, err = u.PruneAudit(size, pruneBatch)
			return err
		})
		if err != nil {
			return fmt.Errorf("deleting what is too old: %w", err)
		}
	}
	return nil
}

// mayPrune answers up to which leaf entries may be deleted, and signs a statement of it before that happens: what is missing
// without one was deleted by somebody else. Everything that a checkpoint covers is older than the checkpoint.
func (l *Ledger) mayPrune(ctx context.Context) (int64, error) {
	var old, stated store.AuditNote
	err := l.c.Store.View(ctx, func(r store.Reader) (err error) {
		old, err = r.AuditNote(audit.Checkpoint, -1, l.c.Clock.Now().Add(-l.c.Retention))
		if err == nil || errors.Is(err, store.ErrNotFound) {
			stated, err = r.AuditNote(audit.Pruned, -1, time.Time{})
		}
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	if err != nil || old.Size <= stated.Size {
		return stated.Size, err
	}
	s, err := l.signer.Open(audit.Checkpoint, old.Note)
	if err != nil {
		return 0, err
	}
	s.Kind, s.At = audit.Pruned, l.now()
	signed, err := l.signer.Sign(s)
	if err != nil {
		return 0, err
	}
	err = l.c.Store.Tend(ctx, func(u store.Upkeep) error {
		return u.AddAuditNote(store.AuditNote{Kind: s.Kind, Size: s.Size, At: s.At, Note: signed})
	})
	if errors.Is(err, store.ErrTaken) { // another node stated the same
		err = nil
	}
	return s.Size, err
}

// equal compares two hashes as stored.
func equal(stored []byte, h tlog.Hash) bool { return bytes.Equal(stored, h[:]) }
