package sqlstore

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
)

const (
	entryColumns = `tenant, id, at, actor_kind, actor_id, actor_name, action, target, detail, reason, source, changed, salt`
	// insertColumns are those in which an entry is written.
	insertColumns = entryColumns + `, epoch, n, by_user, about`
	// An entry is written together with its name among those that are not sealed yet. Where entries are gathered, two
	// statements do so for many of them; see WriteEntries.
	insertEntry = `WITH entry AS (INSERT INTO audit (` + insertColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
		$11, $12, $13, $14, $15, $16, $17) RETURNING tenant, id)
		INSERT INTO audit_pending (tenant, id) SELECT tenant, id FROM entry`
	selectEntries       = `SELECT ` + entryColumns + ` FROM audit WHERE tenant = $1 ORDER BY id DESC LIMIT $2`
	selectEntriesBefore = `SELECT ` + entryColumns + ` FROM audit WHERE tenant = $1 AND id < $3 ORDER BY id DESC LIMIT $2`
	selectEntry         = `SELECT ` + entryColumns + ` FROM audit WHERE tenant = $1 AND id = $2`
	// Each half reads its index backwards, at most as far as the page.
	selectEntriesOf = `SELECT ` + entryColumns + ` FROM audit WHERE tenant = $1 AND id IN (
		SELECT id FROM (SELECT id FROM audit WHERE tenant = $1 AND by_user = $2 AND id < $3 ORDER BY id DESC LIMIT $4) theirs
		UNION ALL
		SELECT id FROM (SELECT id FROM audit WHERE tenant = $1 AND about = $2 AND id < $3 ORDER BY id DESC LIMIT $4) others)
		ORDER BY id DESC LIMIT $4`
	probeEntry = `INSERT INTO audit (tenant, id, at, actor_kind, actor_id, actor_name, action, target, detail, epoch,
		n) VALUES ($1, $2, 0, '', '', '', '', '', '', 0, 0) ON CONFLICT DO NOTHING`
)

// Entries draws the identifiers of audit entries. They begin with the time in milliseconds and a counter, so that the
// order of the book is that of their drawing, also while the clock stands still or steps back (RFC 9562 §5.7, §6.2).
type Entries struct {
	mu   sync.Mutex
	last uint64 // held: mu; milliseconds in the upper 52 bits, the counter in the lower 12
}

// Next draws an identifier.
func (e *Entries) Next(now time.Time) id.Entry {
	e.mu.Lock()
	e.last = max(e.last+1, uint64(now.UnixMilli())<<12)
	seq := e.last
	e.mu.Unlock()
	var b [16]byte
	ms := seq >> 12
	b[0], b[1], b[2], b[3], b[4], b[5] = byte(ms>>40), byte(ms>>32), byte(ms>>24), byte(ms>>16), byte(ms>>8), byte(ms)
	b[6], b[7] = 0x70|byte(seq>>8&0x0f), byte(seq)
	copy(b[8:], entropy.Bytes(8))
	b[8] = b[8]&0x3f | 0x80
	return id.Entry{}.From(b)
}

func scanEntry(rows *sql.Rows, e *audit.Entry) error {
	var r audit.Record
	err := scanRecord(rows, &r)
	*e = r.Entry
	return err
}

// scanRecord reads entryColumns, and what more is asked for.
func scanRecord(rows *sql.Rows, r *audit.Record, more ...any) error {
	var detail, changed []byte
	a := &r.Act
	err := rows.Scan(append([]any{&a.Tenant, &r.ID, seconds{&r.At}, &a.Actor.Kind, &a.Actor.ID, &a.Actor.Name, &a.Action,
		&a.Target, &detail, &a.Reason, &a.Actor.From, &changed, &r.Salt}, more...)...)
	if err != nil {
		return err
	}
	if err := decodeChanges(a, detail, changed); err != nil {
		return fmt.Errorf("audit entry %v: %w", r.ID, err)
	}
	if len(r.Salt) > audit.SaltSize {
		r.Erased, err = r.Erasures()
	}
	return err
}

// changes is the column changed.
type changes struct {
	Before map[string]string `json:"before,omitempty"`
	After  map[string]string `json:"after,omitempty"`
}

func decodeChanges(a *audit.Act, detail, changed []byte) error {
	if err := json.Unmarshal(detail, &a.Detail); err != nil {
		return fmt.Errorf("its detail: %w", err)
	}
	if len(a.Detail) == 0 {
		a.Detail = nil
	}
	if len(changed) == 0 {
		return nil
	}
	var c changes
	if err := json.Unmarshal(changed, &c); err != nil {
		return fmt.Errorf("what it changed: %w", err)
	}
	a.Before, a.After = c.Before, c.After
	return nil
}

func encodeChanges(a *audit.Act) (detail, changed string, err error) {
	detail = "{}"
	if len(a.Detail) > 0 {
		b, err := json.Marshal(a.Detail)
		if err != nil {
			return "", "", err
		}
		detail = string(b)
	}
	if len(a.Before)+len(a.After) == 0 {
		return detail, "", nil
	}
	b, err := json.Marshal(changes{a.Before, a.After})
	return detail, string(b), err
}

// ListAudit lists a book, newest first. The zero tenant's is the vendor's own.
func (t *Tx) ListAudit(in id.Tenant, before id.Entry, max int) ([]audit.Entry, error) {
	if before.IsZero() {
		return many(t, scanEntry, "the audit book", selectEntries, book(in), limit(max))
	}
	return many(t, scanEntry, "the audit book", selectEntriesBefore, book(in), limit(max), before)
}

// AuditEntry reads one entry of a book.
func (t *Tx) AuditEntry(in id.Tenant, entry id.Entry) (audit.Entry, error) {
	return one(t, scanEntry, "an audit entry", selectEntry, book(in), entry)
}

// ListAuditOf lists what a user did or what was done to them, newest first, but for sign-ins and sign-outs with assertions.
func (t *Tx) ListAuditOf(in id.Tenant, user id.User, before id.Entry, max int) ([]audit.Entry, error) {
	end := before.Bytes()
	if before.IsZero() {
		end = [16]byte(bytes.Repeat([]byte{0xff}, 16))
	}
	return many(t, scanEntry, "the audit book of a user", selectEntriesOf, in, user, end[:], limit(max))
}

// byUser is the user in whose history an act stands because they did it.
func byUser(a *audit.Act) id.User {
	if a.Actor.Kind != "user" || a.Action == "session.sign_in" || a.Action == "session.sign_out" {
		return id.User{}
	}
	return parseUser(a.Actor.ID)
}

// about is the user that an act is about: its target, or the user that its detail names.
func about(a *audit.Act) id.User {
	name, ok := strings.CutPrefix(a.Target, "user ")
	if !ok {
		name = a.Detail["user"]
	}
	return parseUser(name)
}

// parseUser takes what is no identifier for nobody.
func parseUser(s string) id.User {
	user, err := id.Parse[id.User](s)
	if err != nil {
		return id.User{}
	}
	return user
}

// Landed answers whether the transaction that was to insert an audit entry committed. It asks by inserting an entry of
// that identifier, which waits for a transaction that is still under way; so its own transaction must be rolled back.
func Landed(conn Conn, in id.Tenant, entry id.Entry) (bool, error) {
	n, err := conn.Exec(probeEntry, book(in), entry)
	return err == nil && n == 0, err
}
