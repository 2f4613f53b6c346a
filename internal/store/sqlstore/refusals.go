package sqlstore

import (
	"database/sql"
	"fmt"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

// The bounds of the refusal book.
const (
	refusalsKept     = 7 * 24 * time.Hour
	refusalsMerged   = time.Hour
	refusalsMax      = 10_000
	refusalsUnproven = refusalsMax / 2 // so that callers who prove nothing cannot push out what customers look for
)

const (
	refusalColumns = `reference, fingerprint, tenant, proven, first, last, count, verdict`
	selectRefusal  = `SELECT ` + refusalColumns + ` FROM refusals WHERE reference = $1`
	selectRefusals = `SELECT ` + refusalColumns + ` FROM refusals WHERE tenant = $1 ORDER BY first DESC, reference DESC LIMIT $2`
	mergeRefusal   = `UPDATE refusals SET count = count + $4, last = CASE WHEN last < $5 THEN $5 ELSE last END
		WHERE reference IN (SELECT reference FROM refusals WHERE tenant = $1 AND fingerprint = $2 AND first > $3
		ORDER BY first, reference LIMIT 1)`
	insertRefusal = `INSERT INTO refusals (` + refusalColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT DO NOTHING`
	countRefusal = `INSERT INTO refusal_counts (tenant, kept, unproven) VALUES ($1, 1, $2) ON CONFLICT (tenant) DO UPDATE
		SET kept = refusal_counts.kept + 1, unproven = refusal_counts.unproven + excluded.unproven RETURNING kept, unproven`
	selectOldest         = `SELECT reference, proven FROM refusals WHERE tenant = $1 ORDER BY first, reference LIMIT $2`
	selectOldestUnproven = `SELECT reference, proven FROM refusals WHERE tenant = $1 AND NOT proven
		ORDER BY first, reference LIMIT $2`
	selectExpired  = `SELECT tenant, reference, proven FROM refusals WHERE first < $1 ORDER BY first LIMIT $2`
	deleteRefusal  = `DELETE FROM refusals WHERE reference = $1`
	uncountRefusal = `UPDATE refusal_counts SET kept = kept - 1, unproven = unproven - $2 WHERE tenant = $1`
)

// kept is a refusal that may be deleted.
type kept struct {
	tenant    []byte
	reference id.Reference
	proven    bool
}

func scanRefusal(rows *sql.Rows, r *store.Refusal) error {
	var fingerprint []byte
	err := rows.Scan(&r.Reference, &fingerprint, &r.Tenant, &r.Proven, seconds{&r.First}, seconds{&r.Last}, &r.Count,
		&r.Verdict)
	copy(r.Fingerprint[:], fingerprint)
	return err
}

// Refusal reads a refusal by its reference, whoever's it is.
func (t *Tx) Refusal(ref id.Reference) (store.Refusal, error) {
	return one(t, scanRefusal, "a refusal", selectRefusal, ref)
}

// ListRefusals lists a tenant's refusals, newest first.
func (t *Tx) ListRefusals(in id.Tenant, max int) ([]store.Refusal, error) {
	return many(t, scanRefusal, "refusals", selectRefusals, book(in), limit(max))
}

// AddRefusal keeps a refusal, or counts it where one of its kind was begun within the hour.
func (t *Tx) AddRefusal(r store.Refusal) error {
	count := max(r.Count, 1)
	n, err := t.exec("counting a refusal", mergeRefusal, book(r.Tenant), r.Fingerprint[:],
		unix(r.First.Add(-refusalsMerged)), count, unix(r.Last))
	if err != nil || n > 0 {
		return err
	}
	n, err = t.exec("adding a refusal", insertRefusal, r.Reference, r.Fingerprint[:], book(r.Tenant), r.Proven,
		unix(r.First), unix(r.Last), count, blob(r.Verdict))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("adding a refusal: %w", store.ErrTaken)
	}
	return t.boundRefusals(r)
}

// boundRefusals counts a refusal just inserted, and deletes the oldest where there are too many.
func (t *Tx) boundRefusals(r store.Refusal) error {
	var all, unproven int
	_, err := t.row(func(rows *sql.Rows) error { return rows.Scan(&all, &unproven) }, "the number of refusals",
		countRefusal, book(r.Tenant), unprovenCount(r.Proven))
	if err != nil {
		return err
	}
	if over := unproven - refusalsUnproven; over > 0 {
		n, err := t.deleteOldest(r.Tenant, selectOldestUnproven, over)
		if err != nil {
			return err
		}
		all -= n
	}
	if over := all - refusalsMax; over > 0 {
		_, err = t.deleteOldest(r.Tenant, selectOldest, over)
	}
	return err
}

func (t *Tx) deleteOldest(in id.Tenant, query string, n int) (int, error) {
	list, err := many(t, func(rows *sql.Rows, k *kept) error {
		k.tenant = book(in)
		return rows.Scan(&k.reference, &k.proven)
	}, "old refusals", query, book(in), n)
	if err != nil {
		return 0, err
	}
	return t.deleteRefusals(list)
}

// sweepRefusals deletes what was kept for long enough.
func (t *Tx) sweepRefusals(now time.Time, max int) (int, error) {
	list, err := many(t, func(rows *sql.Rows, k *kept) error {
		return rows.Scan(&k.tenant, &k.reference, &k.proven)
	}, "old refusals", selectExpired, unix(now.Add(-refusalsKept)), max)
	if err != nil {
		return 0, err
	}
	return t.deleteRefusals(list)
}

func (t *Tx) deleteRefusals(list []kept) (int, error) {
	deleted := 0
	for _, k := range list {
		n, err := t.exec("deleting a refusal", deleteRefusal, k.reference)
		if err != nil {
			return deleted, err
		}
		if n == 0 {
			continue // another node swept it
		}
		deleted++
		if _, err := t.exec("counting refusals", uncountRefusal, k.tenant, unprovenCount(k.proven)); err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

func unprovenCount(proven bool) int {
	if proven {
		return 0
	}
	return 1
}
