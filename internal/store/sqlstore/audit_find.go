package sqlstore

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	// Where a page ends that looks at so many entries; the identifiers alone are read.
	selectScanned = `SELECT id FROM audit WHERE tenant = $1 AND id < $2 AND id >= $3 ORDER BY id DESC LIMIT 1 OFFSET $4`
	findEntries   = `SELECT ` + entryColumns + ` FROM audit WHERE tenant = $1 AND id < $2 AND id >= $3`
)

// ahead is how far the time in an identifier may be ahead of the entry's own, because the clock had stood still or stepped
// back.
const ahead = 24 * time.Hour

// search builds the conditions of a filter.
type search struct {
	where strings.Builder
	args  []any
}

// and adds a condition in which %[1]d stands for the placeholder's number.
func (s *search) and(condition string, arg any) {
	s.args = append(s.args, arg)
	fmt.Fprintf(&s.where, " AND "+condition, len(s.args))
}

// FindAudit lists what a filter lets through, newest first.
func (t *Tx) FindAudit(in id.Tenant, f store.AuditFilter, before id.Entry, max int) (store.AuditPage, error) {
	var page store.AuditPage
	if !storable(f.Actor, f.Action, f.Target, f.Text) {
		return page, nil // no entry has such a text
	}
	low, high := make([]byte, 16), bytes.Repeat([]byte{0xff}, 16)
	if !f.Since.IsZero() { // an identifier is never behind its entry's time
		low = entryAt(f.Since)
	}
	if !f.Until.IsZero() {
		high = entryAt(f.Until.Add(ahead))
	}
	if b := before.Bytes(); !before.IsZero() && bytes.Compare(b[:], high) < 0 {
		high = b[:]
	}
	s := search{args: []any{book(in), high, low}}
	floor, err := t.narrow(&s, f)
	if err != nil {
		return page, err
	}
	s.args = append(s.args, limit(max)+1) // one more than fits, to know whether that was all
	page.Entries, err = many(t, scanEntry, "the audit book", findEntries+s.where.String()+
		fmt.Sprintf(" ORDER BY id DESC LIMIT $%d", len(s.args)), s.args...)
	if len(page.Entries) > limit(max) {
		page.Entries = page.Entries[:limit(max)]
		floor = page.Entries[len(page.Entries)-1].ID
	}
	page.Next = floor
	return page, err
}

// narrow adds what the filter demands. Where it demands something that no index knows, it also ends the page after so many
// entries, and answers where.
func (t *Tx) narrow(s *search, f store.AuditFilter) (floor id.Entry, err error) {
	if !f.Since.IsZero() {
		s.and("at >= $%[1]d", unix(f.Since))
	}
	if !f.Until.IsZero() {
		s.and("at < $%[1]d", unix(f.Until))
	}
	if f.Actor+f.Action+f.Target+f.Text == "" {
		return floor, nil
	}
	found, err := t.row(func(rows *sql.Rows) error { return rows.Scan(&floor) }, "the audit book", selectScanned,
		s.args[0], s.args[1], s.args[2], store.MaxAuditScan-1)
	if err != nil {
		return floor, err
	}
	if found {
		b := floor.Bytes()
		s.args[2] = b[:]
	}
	if f.Actor != "" {
		s.and("(actor_kind = $%[1]d OR actor_id = $%[1]d OR actor_name = $%[1]d)", f.Actor)
	}
	switch {
	case strings.HasSuffix(f.Action, "."):
		s.and("substr(action, 1, length(CAST($%[1]d AS TEXT))) = CAST($%[1]d AS TEXT)", f.Action)
	case f.Action != "":
		s.and("action = $%[1]d", f.Action)
	}
	if f.Target != "" {
		s.and(`(target LIKE $%[1]d ESCAPE '\' OR detail LIKE $%[1]d ESCAPE '\' OR changed LIKE $%[1]d ESCAPE '\')`, within(f.Target))
	}
	if f.Text != "" {
		s.args = append(s.args, within(inJSON(f.Text)))
		json := len(s.args)
		s.and(fmt.Sprintf(`(lower(target) LIKE lower($%%[1]d) ESCAPE '\' OR lower(reason) LIKE lower($%%[1]d) ESCAPE '\'
			OR lower(detail) LIKE lower($%[1]d) ESCAPE '\' OR lower(changed) LIKE lower($%[1]d) ESCAPE '\')`, json), within(f.Text))
	}
	return floor, nil
}

// within is the pattern of texts that contain one.
func within(s string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(s) + "%"
}

// inJSON is how a text stands inside a JSON string.
func inJSON(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return s
	}
	return string(b[1 : len(b)-1])
}

// entryAt is the least identifier that an entry of that time can have.
func entryAt(at time.Time) []byte {
	ms := uint64(max(at.UnixMilli(), 0))
	return append([]byte{byte(ms >> 40), byte(ms >> 32), byte(ms >> 24), byte(ms >> 16), byte(ms >> 8), byte(ms)}, make([]byte, 10)...)
}
