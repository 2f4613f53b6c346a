package sqlstore

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	grantColumns = `tenant, id, client, version, authorization_id, user_id, required, scopes, dropped, created, installed,
		last_used, expires, ended, ended_by`
	selectGrant = `SELECT ` + grantColumns + ` FROM grants WHERE tenant = $1 AND id = $2`
	insertGrant = `INSERT INTO grants (` + grantColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 0, '') ON CONFLICT DO NOTHING`
	updateGrant = `UPDATE grants SET version = $3, required = $4, scopes = $5, dropped = $6, installed = $7,
		last_used = CASE WHEN last_used < $8 THEN $8 ELSE last_used END, expires = $9
		WHERE tenant = $1 AND id = $2 AND ended = 0` + underLive
	grantLives         = `SELECT 1 FROM grants WHERE tenant = $1 AND id = $2 AND ended = 0` + underLive
	holdAuthorizations = `SELECT 1 FROM authorizations WHERE tenant = $1 AND (client = $2 OR id = $3)`
	endGrant           = `UPDATE grants SET ended = $3, ended_by = $4 WHERE tenant = $1 AND id = $2 AND ended = 0` + underLive
	touchGrant         = `UPDATE grants SET last_used = $3 WHERE tenant = $1 AND id = $2 AND ended = 0 AND last_used < $3`

	// underLive leaves of grants those that hang on the tenant's authorization that lives. The others ended with it, though
	// their rows are written later, by sweeping.
	underLive = ` AND EXISTS (SELECT 1 FROM authorizations a WHERE a.tenant = grants.tenant AND a.client = grants.client
		AND a.id = grants.authorization_id` + lives + `)`
	// underAnyLive says the same by what the indexes of grants have.
	underAnyLive = ` AND EXISTS (SELECT 1 FROM authorizations a WHERE a.tenant = grants.tenant AND a.id = grants.authorization_id` + lives + `)`
	lives        = ` AND NOT a.revoked AND a.recalls >= ` + recallsOf

	// One look-up in the index for each tenant, however many grants it has.
	countTenantsOf = `SELECT count(*) FROM authorizations a WHERE a.client = $1 ` + lives + `
		AND EXISTS (SELECT 1 FROM grants g WHERE g.tenant = a.tenant AND g.authorization_id = a.id AND g.ended = 0)`
)

func scanGrant(rows *sql.Rows, g *store.Grant) error { return scanGrantAfter(rows, g) }

// scanGrantAfter scans the columns of a grant that stand behind others.
func scanGrantAfter(rows *sql.Rows, g *store.Grant, others ...any) error {
	var dropped []byte
	err := rows.Scan(append(others, &g.Tenant, &g.ID, &g.Client, &g.Version, &g.Authorization, &g.User, set{&g.Required}, set{&g.Scopes},
		&dropped, seconds{&g.Created}, seconds{&g.Installed}, seconds{&g.LastUsed}, seconds{&g.Expires}, seconds{&g.Ended},
		&g.EndedBy)...)
	if err != nil || len(dropped) == 0 {
		return err
	}
	if err := json.Unmarshal(dropped, &g.Dropped); err != nil {
		return fmt.Errorf("scopes that grant %v dropped: %w", g.ID, err)
	}
	return nil
}

// Grant reads a grant, also one that has ended.
func (t *Tx) Grant(in id.Tenant, grant id.Grant) (store.Grant, error) {
	return one(t, scanGrant, "a grant", selectGrant, in, grant)
}

// ListGrants lists a tenant's live grants by identifier.
func (t *Tx) ListGrants(in id.Tenant, f store.GrantFilter, p store.Page) ([]store.Grant, error) {
	where, args := narrow(f, in)
	if p.After != "" {
		after, err := id.Parse[id.Grant](p.After)
		if err != nil {
			return nil, fmt.Errorf("listing grants: %w", err)
		}
		args = append(args, after)
		where += ` AND id > $` + strconv.Itoa(len(args))
	}
	args = append(args, limit(p.Limit))
	return many(t, scanGrant, "grants", listGrantsIn(where, len(args)), args...)
}

// listGrantsIn lists the grants that a condition names, as many as a parameter says. Materialized, they are found by the
// index that says all of the condition; in the order that is wanted SQLite would read the whole tenant.
func listGrantsIn(where string, limit int) string {
	return `WITH found AS MATERIALIZED (SELECT id FROM grants` + where + `)
		SELECT ` + grantColumns + ` FROM grants WHERE tenant = $1 AND id IN (SELECT id FROM found ORDER BY id LIMIT $` +
		strconv.Itoa(limit) + `) ORDER BY id`
}

// narrow is the condition for the live grants that a filter names.
func narrow(f store.GrantFilter, in id.Tenant) (string, []any) {
	where, args := ` WHERE tenant = $1 AND ended = 0`, []any{in}
	arg := func(v any) string {
		args = append(args, v)
		return `$` + strconv.Itoa(len(args))
	}
	if !f.User.IsZero() {
		where += ` AND user_id = ` + arg(f.User)
	}
	if f.Client.IsZero() && f.Authorization.IsZero() {
		return where + underAnyLive, args
	}
	where += ` AND authorization_id = (SELECT a.id FROM authorizations a WHERE a.tenant = $1`
	if !f.Client.IsZero() {
		where += ` AND a.client = ` + arg(f.Client)
	}
	if !f.Authorization.IsZero() {
		where += ` AND a.id = ` + arg(f.Authorization)
	}
	return where + lives + `)`, args
}

// CountTenantsOf counts the tenants that have a live grant of a client.
func (t *Tx) CountTenantsOf(client id.Client) (int, error) {
	return t.count("the tenants of a client", countTenantsOf, client)
}

// AddGrant adds a grant. ErrNotFound: its client or user is not there, or its authorization is not the tenant's live one.
func (t *Tx) AddGrant(g store.Grant) error {
	if !g.Ended.IsZero() {
		return errors.New("adding a grant: it has ended")
	}
	if err := t.lockAuthorization(g.Tenant, g.Client, g.Authorization); err != nil {
		return err
	}
	if !g.User.IsZero() {
		if err := t.lockUser(g.Tenant, g.User); err != nil {
			return err
		}
	}
	dropped, err := encodeDropped(g.Dropped)
	if err != nil {
		return fmt.Errorf("adding a grant: %w", err)
	}
	n, err := t.exec("adding a grant", insertGrant, g.Tenant, g.ID, g.Client, g.Version, g.Authorization, g.User,
		g.Required.String(), g.Scopes.String(), dropped, unix(g.Created), unix(g.Installed), unix(hour(g.LastUsed)),
		unix(g.Expires))
	if err == nil && n == 0 {
		err = fmt.Errorf("adding a grant: %w", store.ErrTaken)
	}
	return err
}

// UpdateGrant writes all of a live grant but whose it is, on what authorization, and when it was created.
func (t *Tx) UpdateGrant(g store.Grant) error {
	dropped, err := encodeDropped(g.Dropped)
	if err != nil {
		return fmt.Errorf("changing a grant: %w", err)
	}
	n, err := t.exec("changing a grant", updateGrant, g.Tenant, g.ID, g.Version, g.Required.String(), g.Scopes.String(),
		dropped, unix(g.Installed), unix(hour(g.LastUsed)), unix(g.Expires))
	if err == nil && n == 0 {
		err = fmt.Errorf("changing a grant: %w", store.ErrNotFound)
	}
	return err
}

// EndGrants ends live grants. Their codes and refresh tokens can still be read, so that an answer can say why they are
// worth nothing, but no longer be used.
func (t *Tx) EndGrants(in id.Tenant, f store.GrantFilter, why string, at time.Time) ([]store.Grant, error) {
	if (f == store.GrantFilter{}) {
		return nil, errors.New("ending grants: the filter names nothing and would end all")
	}
	if err := checkEnd(why, at); err != nil {
		return nil, err
	}
	if err := t.holdGranting(in, f); err != nil {
		return nil, err
	}
	where, args := narrow(f, in)
	args = append(args, unix(at), why)
	return many(t, scanGrant, "grants that end", endGrantsIn(where, len(args)-1), args...)
}

// endGrantsIn ends the grants that a condition names; time and reason are the parameters from next on.
func endGrantsIn(where string, next int) string {
	return `UPDATE grants SET ended = $` + strconv.Itoa(next) + `, ended_by = $` + strconv.Itoa(next+1) +
		` WHERE tenant = $1 AND ended = 0 AND id IN (SELECT id FROM grants` + where + `) RETURNING ` + grantColumns
}

// holdGranting holds what a new grant would need, so that none is added unseen while the others end.
func (t *Tx) holdGranting(in id.Tenant, f store.GrantFilter) error {
	if !f.Client.IsZero() || !f.Authorization.IsZero() {
		if _, err := t.exists("authorizations", holdAuthorizations+t.dialect.ForUpdate, in, f.Client, f.Authorization); err != nil {
			return err
		}
	}
	if f.User.IsZero() {
		return nil
	}
	return passOver(t.lockUser(in, f.User))
}

// EndGrant ends one live grant.
func (t *Tx) EndGrant(in id.Tenant, grant id.Grant, why string, at time.Time) error {
	if err := checkEnd(why, at); err != nil {
		return err
	}
	n, err := t.exec("ending a grant", endGrant, in, grant, unix(at), why)
	if err == nil && n == 0 {
		err = fmt.Errorf("ending a grant: %w", store.ErrNotFound)
	}
	return err
}

// checkEnd refuses an end at no time, which would be none.
func checkEnd(why string, at time.Time) error {
	if at.IsZero() || !storable(why) {
		return errors.New("ending a grant: it takes a time and a reason")
	}
	return nil
}

// TouchGrant notes a use, to the hour. What ended meanwhile is passed over.
func (t *Tx) TouchGrant(in id.Tenant, grant id.Grant, at time.Time) error {
	_, err := t.exec("noting the use of a grant", touchGrant, in, grant, unix(hour(at)))
	return err
}

func hour(at time.Time) time.Time { return at.Truncate(time.Hour) }

func encodeDropped(list []store.Dropped) (string, error) {
	if len(list) == 0 {
		return "", nil
	}
	b, err := json.Marshal(list)
	return string(b), err
}
