package ledger

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/mod/sumdb/tlog"

	"prokura/internal/audit"
	"prokura/internal/store"
)

// anchor is the newest checkpoint as a file beside the database has it.
type anchor struct {
	note []byte
	size int64
	// stale says that the database does not agree with the file: it was restored, or cut short. The file is then left as it
	// is, until somebody has looked into it and put it away.
	stale bool
}

const maxKept = 8 << 10

func (l *Ledger) readAnchor() error {
	if l.c.Kept == "" {
		return nil
	}
	info, err := os.Stat(l.c.Kept)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && info.Size() > maxKept {
		err = errors.New("it is too large for a checkpoint")
	}
	if err == nil {
		l.anchor.note, err = os.ReadFile(l.c.Kept)
	}
	if err != nil {
		return fmt.Errorf("reading the checkpoint of the audit log kept in %s: %w", l.c.Kept, err)
	}
	return nil
}

// checkAnchor compares the file with the database.
func (l *Ledger) checkAnchor(ctx context.Context) {
	l.sealing.Lock()
	defer l.sealing.Unlock()
	if l.anchor.note == nil {
		return
	}
	err := l.c.Store.View(ctx, func(r store.Reader) error {
		state, err := r.AuditSealed()
		if err != nil {
			return err
		}
		s, err := l.signer.Open(audit.Checkpoint, l.anchor.note)
		if err != nil {
			return err
		}
		l.anchor.size = s.Size
		if s.Size > state.Size {
			return fmt.Errorf("it is of %d entries, the database has %d", s.Size, state.Size)
		}
		tree, _, err := l.signedTree(r, state.Size)
		if err != nil || s.Size == 0 {
			return err
		}
		root, err := tlog.TreeHash(s.Size, tlog.TileHashReader(tree, newTiles(r)))
		if err == nil && root != s.Root {
			err = errors.New("the database has other entries")
		}
		return err
	})
	if err != nil && ctx.Err() == nil {
		l.anchor.stale = true
		l.c.Log.Error("the audit log does not go on from the checkpoint that was kept: the database was restored, or cut short; put the file away once you know why",
			"file", l.c.Kept, "err", err)
	}
}

// keep writes a new checkpoint to the file. That it cannot be written endangers nothing but the notice.
func (l *Ledger) keep(n store.AuditNote) {
	if l.c.Kept == "" || l.anchor.stale || n.Size <= l.anchor.size {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(l.c.Kept), ".audit-*") // mode 0600
	if err == nil {
		_, err = f.Write(n.Note)
		err = errors.Join(err, f.Close())
		if err == nil {
			err = os.Rename(f.Name(), l.c.Kept)
		}
		if err != nil {
			_ = os.Remove(f.Name()) // it is of no use, and may be gone
		}
	}
	if err != nil {
		l.c.Log.Warn("the newest checkpoint of the audit log could not be kept", "file", l.c.Kept, "err", err)
		return
	}
	l.anchor.note, l.anchor.size = n.Note, n.Size
}

// kept is the checkpoint of the file; nil: there is none.
func (l *Ledger) kept() []byte {
	l.sealing.Lock()
	defer l.sealing.Unlock()
	return l.anchor.note
}
