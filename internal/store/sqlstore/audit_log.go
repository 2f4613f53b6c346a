package sqlstore

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"math"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	recordColumns = entryColumns + `, epoch, n`
	selectRecord  = `SELECT ` + recordColumns + ` FROM audit WHERE tenant = $1 AND id = $2`
	selectPending = `SELECT a.tenant, a.id, a.at, a.actor_kind, a.actor_id, a.actor_name, a.action, a.target, a.detail, a.reason,
		a.source, a.changed, a.salt, a.epoch, a.n FROM audit_pending p JOIN audit a ON a.tenant = p.tenant AND a.id = p.id
		ORDER BY p.id, p.tenant LIMIT $1`
	countPending  = `SELECT count(*) FROM audit_pending p JOIN audit a ON a.tenant = p.tenant AND a.id = p.id`
	oldestPending = `SELECT a.at FROM audit_pending p JOIN audit a ON a.tenant = p.tenant AND a.id = p.id
		ORDER BY p.id, p.tenant LIMIT 1`
	countEntries = `SELECT count(*) FROM audit`
	selectSeal   = `SELECT size, pruned FROM audit_seal WHERE one = 1`
	selectTile   = `SELECT hashes, refs FROM audit_tiles WHERE level = $1 AND n = $2`
	selectRefs   = `SELECT tenant, id FROM audit WHERE tenant > $1 OR tenant = $1 AND id > $2 ORDER BY tenant, id LIMIT $3`
	selectNotes  = `SELECT kind, size, at, note FROM audit_notes WHERE kind = $1 AND size >= $2 ORDER BY size LIMIT $3`
	selectNote   = `SELECT kind, size, at, note FROM audit_notes WHERE kind = $1 AND size <= $2 AND at < $3 ORDER BY size DESC LIMIT 1`
	leadAudit    = `UPDATE audit_seal SET node = $1, until = $3 WHERE one = 1 AND (node = $1 OR node IS NULL OR until < $2)`
	growSeal     = `UPDATE audit_seal SET size = $2 WHERE one = 1 AND size = $1`
	upsertTile   = `INSERT INTO audit_tiles (level, n, hashes, refs) VALUES ($1, $2, $3, $4)
		ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes, refs = excluded.refs`
	insertNote    = `INSERT INTO audit_notes (kind, size, at, note) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	deleteNote    = `DELETE FROM audit_notes WHERE kind = $1 AND size = $2`
	deletePending = `DELETE FROM audit_pending WHERE id = $1 AND tenant = $2`
	saltEntry     = `UPDATE audit SET salt = $3 WHERE tenant = $1 AND id = $2 AND salt IS NULL`
	deleteEntry   = `DELETE FROM audit WHERE tenant = $1 AND id = $2`
	raisePruned   = `UPDATE audit_seal SET pruned = $1 WHERE one = 1`
)

const refSize = 32 // bytes of a reference in a tile: book and entry

func scanFull(rows *sql.Rows, r *audit.Record) error {
	return scanRecord(rows, r, &r.State.Epoch, &r.State.N)
}

// AuditSealed says how far the books are sealed.
func (t *Tx) AuditSealed() (store.AuditSeal, error) {
	return one(t, func(rows *sql.Rows, s *store.AuditSeal) error { return rows.Scan(&s.Size, &s.Pruned) },
		"the audit log's size", selectSeal)
}

// PendingAudit lists entries that are not sealed yet, oldest first.
func (t *Tx) PendingAudit(max int) ([]audit.Record, error) {
	return many(t, scanFull, "unsealed audit entries", selectPending, limit(max))
}

// CountPendingAudit counts them, and says when the oldest was made.
func (t *Tx) CountPendingAudit() (n int, oldest time.Time, err error) {
	if n, err = t.count("unsealed audit entries", countPending); err != nil || n == 0 {
		return n, oldest, err
	}
	_, err = t.row(func(rows *sql.Rows) error { return rows.Scan(seconds{&oldest}) }, "unsealed audit entries", oldestPending)
	return n, oldest, err
}

// CountAudit counts the entries of all books.
func (t *Tx) CountAudit() (int, error) { return t.count("audit entries", countEntries) }

// AuditTile reads a part of the tree.
func (t *Tx) AuditTile(level int, n int64) (store.AuditTile, error) {
	return one(t, func(rows *sql.Rows, tile *store.AuditTile) error {
		var refs []byte
		tile.Level, tile.N = level, n
		if err := rows.Scan(&tile.Hashes, &refs); err != nil {
			return err
		}
		for ; len(refs) >= refSize; refs = refs[refSize:] {
			tile.Refs = append(tile.Refs, store.AuditRef{Book: id.Tenant{}.From([16]byte(refs[:16])),
				Entry: id.Entry{}.From([16]byte(refs[16:refSize]))})
		}
		return nil
	}, "a part of the audit log", selectTile, level, n)
}

// AuditRecords reads the entries named.
func (t *Tx) AuditRecords(refs []store.AuditRef) ([]audit.Record, error) {
	var list []audit.Record
	for _, ref := range refs {
		r, err := one(t, scanFull, "an audit entry", selectRecord, book(ref.Book), ref.Entry)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// AuditRefs lists all entries of all books.
func (t *Tx) AuditRefs(after store.AuditRef, max int) ([]store.AuditRef, error) {
	entry := after.Entry.Bytes()
	return many(t, func(rows *sql.Rows, ref *store.AuditRef) error { return rows.Scan(&ref.Book, &ref.Entry) },
		"audit entries", selectRefs, book(after.Book), entry[:], limit(max))
}

func scanNote(rows *sql.Rows, n *store.AuditNote) error {
	return rows.Scan(&n.Kind, &n.Size, seconds{&n.At}, &n.Note)
}

// AuditNotes lists the notes of a kind by size.
func (t *Tx) AuditNotes(kind string, from int64, max int) ([]store.AuditNote, error) {
	return many(t, scanNote, "notes of the audit log", selectNotes, kind, from, limit(max))
}

// AuditNote is the newest note of a kind that fits.
func (t *Tx) AuditNote(kind string, size int64, before time.Time) (store.AuditNote, error) {
	if size < 0 {
		size = math.MaxInt64
	}
	end := unix(before)
	if before.IsZero() {
		end = math.MaxInt64
	}
	return one(t, scanNote, "a note of the audit log", selectNote, kind, size, end)
}

// LeadAudit makes the node the one that seals, unless another is.
func (t *Tx) LeadAudit(node [16]byte, now, until time.Time) (bool, error) {
	n, err := t.exec("taking over the sealing", leadAudit, node[:], unix(now), unix(until))
	return n > 0, err
}

// SealAudit writes a batch.
func (t *Tx) SealAudit(b store.AuditBatch) error {
	n, err := t.exec("sealing the audit book", growSeal, b.From, b.Note.Size)
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("sealing the audit book: %w", store.ErrTaken)
	}
	for ref, salt := range b.Salts {
		if _, err := t.exec("salting an audit entry", saltEntry, book(ref.Book), ref.Entry, salt); err != nil {
			return err
		}
	}
	for _, tile := range b.Tiles {
		var refs bytes.Buffer
		for _, ref := range tile.Refs {
			entry := ref.Entry.Bytes()
			refs.Write(append(book(ref.Book), entry[:]...))
		}
		_, err := t.exec("sealing the audit book", upsertTile, tile.Level, tile.N, tile.Hashes, blob(refs.Bytes()))
		if err != nil {
			return err
		}
	}
	if err := t.takeOffPending(b.Sealed); err != nil {
		return err
	}
	if b.Drop > 0 {
		if _, err := t.exec("replacing a note of the audit log", deleteNote, b.Note.Kind, b.Drop); err != nil {
			return err
		}
	}
	return t.AddAuditNote(b.Note)
}

// AddAuditNote writes a statement.
func (t *Tx) AddAuditNote(n store.AuditNote) error {
	added, err := t.exec("writing a note of the audit log", insertNote, n.Kind, n.Size, unix(n.At), blob(n.Note))
	if err == nil && added == 0 {
		return fmt.Errorf("writing a note of the audit log: %w", store.ErrTaken)
	}
	return err
}

// PruneAudit deletes the entries of the next leaves, up to a size.
func (t *Tx) PruneAudit(size int64, max int) (int, error) {
	s, err := one(t, func(rows *sql.Rows, s *store.AuditSeal) error { return rows.Scan(&s.Size, &s.Pruned) },
		"the audit log's size", selectSeal+t.dialect.ForUpdate)
	if err != nil {
		return 0, err
	}
	end := min(size, s.Size, s.Pruned+int64(limit(max)))
	if end <= s.Pruned {
		return 0, nil
	}
	for n := s.Pruned; n < end; {
		tile, err := t.AuditTile(0, n/store.AuditTileWidth)
		if err != nil {
			return 0, err
		}
		for ; n < end && n/store.AuditTileWidth == tile.N; n++ {
			i := int(n % store.AuditTileWidth)
			if i >= len(tile.Refs) {
				return 0, fmt.Errorf("pruning the audit book: leaf %d belongs to no entry", n)
			}
			if _, err := t.exec("pruning the audit book", deleteEntry, book(tile.Refs[i].Book), tile.Refs[i].Entry); err != nil {
				return 0, err
			}
		}
	}
	_, err = t.exec("pruning the audit book", raisePruned, end)
	return int(end - s.Pruned), err
}
