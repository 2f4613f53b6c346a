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
	insertEntry = `INSERT INTO audit (tenant, id, at, actor_kind, actor_id, actor_name, action, target, detail, epoch, n,
		by_user, about) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	entryColumns        = `tenant, id, at, actor_kind, actor_id, actor_name, action, target, detail`
	selectEntries       = `SELECT ` + entryColumns + ` FROM audit WHERE tenant = $1 ORDER BY id DESC LIMIT $2`
	selectEntriesBefore = `SELECT ` + entryColumns + ` FROM audit WHERE tenant = $1 AND id < $3 ORDER BY id DESC LIMIT $2`
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
	var detail []byte
	err := rows.Scan(&e.Act.Tenant, &e.ID, seconds{&e.At}, &e.Act.Actor.Kind, &e.Act.Actor.ID, &e.Act.Actor.Name,
		&e.Act.Action, &e.Act.Target, &detail)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(detail, &e.Act.Detail); err != nil {
		return fmt.Errorf("detail of audit entry %v: %w", e.ID, err)
	}
	if len(e.Act.Detail) == 0 {
		e.Act.Detail = nil
	}
	return nil
}

// ListAudit lists a book, newest first. The zero tenant's is the vendor's own.
func (t *Tx) ListAudit(in id.Tenant, before id.Entry, max int) ([]audit.Entry, error) {
	if before.IsZero() {
		return many(t, scanEntry, "the audit book", selectEntries, book(in), limit(max))
	}
	return many(t, scanEntry, "the audit book", selectEntriesBefore, book(in), limit(max), before)
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
