package sqlstore

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	insertErasure = `INSERT INTO audit_erasures (tenant, user_id, names, at, after) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT DO NOTHING`
	selectErasure = `SELECT tenant, user_id, names, at, after FROM audit_erasures WHERE at < $1 ORDER BY at, tenant, user_id LIMIT 1`
	selectStep    = `SELECT id FROM audit WHERE tenant = $1 AND id > $2 ORDER BY id LIMIT 1 OFFSET $3`
	selectNaming  = `SELECT ` + recordColumns + ` FROM audit WHERE tenant = $1 AND id > $2 AND id <= $3
		AND (actor_id = $4 OR about = $5) ORDER BY id`
	eraseEntry = `UPDATE audit SET actor_name = $3, source = $4, reason = $5, detail = $6, changed = $7, salt = $8
		WHERE tenant = $1 AND id = $2`
	moveErasure   = `UPDATE audit_erasures SET after = $3 WHERE tenant = $1 AND user_id = $2`
	deleteErasure = `DELETE FROM audit_erasures WHERE tenant = $1 AND user_id = $2`
)

// settled is how long after the deletion the book is gone through: what was under way then has its entry by now.
const settled = time.Minute

// erasure is a user whom a book still names.
type erasure struct {
	tenant id.Tenant
	user   id.User
	names  []string
	at     time.Time
	after  []byte
}

func scanErasure(rows *sql.Rows, e *erasure) error {
	var names []byte
	if err := rows.Scan(&e.tenant, &e.user, &names, seconds{&e.at}, &e.after); err != nil {
		return err
	}
	return json.Unmarshal(names, &e.names)
}

// forget notes down that the books must not name a deleted user any more (A260).
func (t *Tx) forget(u store.User) error {
	var names []string
	for _, name := range []string{u.Name, u.FullName, u.Email} {
		if name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	b, err := json.Marshal(names)
	if err != nil {
		return fmt.Errorf("deleting a user: %w", err)
	}
	_, err = t.exec("deleting a user", insertErasure, u.Tenant, u.ID, string(b), unix(t.now), make([]byte, 16))
	return err
}

// EraseAudit goes through the book of the tenant whose user was deleted first, from where it was left.
func (t *Tx) EraseAudit(now time.Time, max int) (more bool, err error) {
	var e erasure
	more, err = t.row(func(rows *sql.Rows) error { return scanErasure(rows, &e) }, "users to erase",
		selectErasure+t.dialect.ForUpdate, unix(now.Add(-settled)))
	if err != nil || !more {
		return false, err
	}
	end := bytes.Repeat([]byte{0xff}, 16)
	further, err := t.row(func(rows *sql.Rows) error { return rows.Scan(&end) }, "the audit book", selectStep, book(e.tenant),
		e.after, limit(max)-1)
	if err != nil {
		return false, err
	}
	records, err := many(t, scanFull, "the audit book", selectNaming, book(e.tenant), e.after, end, e.user.String(), e.user)
	if err != nil {
		return false, err
	}
	p := audit.Person{User: e.user.String(), Names: e.names}
	for i := range records {
		if err := t.erase(&p, &records[i]); err != nil {
			return false, err
		}
	}
	if further {
		_, err = t.exec("erasing a user", moveErasure, e.tenant, e.user, end)
	} else {
		_, err = t.exec("erasing a user", deleteErasure, e.tenant, e.user)
	}
	return true, err
}

func (t *Tx) erase(p *audit.Person, r *audit.Record) error {
	fields := p.Fields(r)
	if len(fields) == 0 {
		return nil
	}
	if r.Salt == nil { // it was made before there was a log, and is not sealed yet
		r.Salt = entropy.Bytes(audit.SaltSize)
	}
	if _, err := r.Erase(fields); err != nil {
		return t.fail("erasing a user", err)
	}
	detail, changed, err := encodeChanges(&r.Act)
	if err != nil {
		return t.fail("erasing a user", err)
	}
	_, err = t.exec("erasing a user", eraseEntry, book(r.Act.Tenant), r.ID, r.Act.Actor.Name, r.Act.Actor.From, r.Act.Reason,
		detail, changed, r.Salt)
	return err
}
