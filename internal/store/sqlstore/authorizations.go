package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

const (
	authorizationColumns = `a.tenant, a.client, a.id, a.revoked, a.approved, a.installed, a.created, a.version, a.origin, a.blocked,
		a.expires, a.recalls, a.updated, a.terms`
	authorizationsHere   = ` FROM authorizations a WHERE a.tenant = $1`
	selectAuthorization  = `SELECT ` + authorizationColumns + authorizationsHere + ` AND a.client = $2`
	selectAuthorizations = `SELECT ` + authorizationColumns + authorizationsHere + ` AND a.client > $2`
	selectEverywhere     = `SELECT ` + authorizationColumns + ` FROM authorizations a WHERE a.client = $1 AND a.tenant > $2
		ORDER BY a.tenant LIMIT $3`
	insertAuthorization = `INSERT INTO authorizations (tenant, client, id, revoked, approved, installed, created, version, origin,
		blocked, expires, recalls, updated, terms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT DO NOTHING`
	replaceAuthorization = `UPDATE authorizations SET id = $3, revoked = $4, approved = $5, installed = $6, created = $7,
		version = $8, origin = $9, blocked = $10, expires = $11, recalls = $12, updated = $13, terms = $14
		WHERE tenant = $1 AND client = $2`
	noteApproval = `UPDATE authorizations SET approved = $4, installed = $5
		WHERE tenant = $1 AND client = $2 AND id = $3 AND NOT revoked`
	insertPast = `INSERT INTO past_authorizations (tenant, client, until, authorization_id, version, record)
		VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`
	selectPast = `SELECT record, until FROM past_authorizations WHERE tenant = $1 AND client = $2
		ORDER BY until DESC, version DESC LIMIT $3`
	deleteAuthorizationRoles = `DELETE FROM authorization_roles WHERE tenant = $1 AND client = $2`
	insertAuthorizationRole  = `INSERT INTO authorization_roles (tenant, role, client) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
	countStates              = `SELECT ` + stateAsStored + `, count(*) FROM authorizations a JOIN clients c ON c.id = a.client
		WHERE a.tenant = $1 GROUP BY 1`
)

// stateAsStored is how an authorization stands at the time $2, before a tenant's rules are asked.
const stateAsStored = `CASE WHEN a.blocked THEN 'blocked' WHEN a.revoked OR a.recalls < c.recalls THEN 'revoked'
	WHEN a.expires > 0 AND a.expires <= $2 THEN 'expired' WHEN a.origin = 'user' THEN 'open' ELSE 'authorized' END`

// terms is what is stored of a decision beside the columns that it is found by.
type terms struct {
	Uncapped     bool             `json:"uncapped,omitempty"`
	Ceiling      scope.Set        `json:"ceiling,omitzero"`
	Admission    policy.Admission `json:"admission"`
	ForItself    bool             `json:"for_itself,omitempty"`
	Registration int              `json:"registration,omitempty"`
	Reason       string           `json:"reason,omitempty"`
	By           string           `json:"by,omitempty"`
	Previous     *scope.Set       `json:"previous,omitempty"`
}

func scanAuthorization(rows *sql.Rows, a *store.Authorization) error {
	var kept []byte
	var t terms
	err := rows.Scan(&a.Tenant, &a.Client, &a.ID, &a.Revoked, set{&a.Approved}, seconds{&a.Installed}, seconds{&a.Created},
		&a.Version, &a.Origin, &a.Blocked, seconds{&a.Expires}, &a.Recalls, seconds{&a.Updated}, &kept)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(kept, &t); err != nil {
		return fmt.Errorf("terms of authorization %v: %w", a.ID, err)
	}
	a.Uncapped, a.Ceiling, a.Admission, a.ForItself = t.Uncapped, t.Ceiling, t.Admission, t.ForItself
	a.Registration, a.Reason, a.By, a.Previous = t.Registration, t.Reason, t.By, t.Previous
	return nil
}

// AuthorizationOf reads a tenant's newest authorization of a client, revoked or not.
func (t *Tx) AuthorizationOf(in id.Tenant, client id.Client) (store.Authorization, error) {
	return one(t, scanAuthorization, "an authorization", selectAuthorization, in, client)
}

// ListAuthorizations lists a tenant's newest authorization of each client, by client identifier.
func (t *Tx) ListAuthorizations(in id.Tenant, f store.AuthorizationFilter, p store.Page) ([]store.Authorization, error) {
	after, err := afterClient(p)
	if err != nil {
		return nil, fmt.Errorf("listing authorizations: %w", err)
	}
	if !storable(f.Role, f.Name) {
		return nil, nil // nothing that is stored has such a name
	}
	args := []any{in, after}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	where := ""
	if len(f.States) > 0 {
		list := make([]string, len(f.States))
		state := strings.ReplaceAll(stateAsStored, "$2", arg(unix(f.Now)))
		for i, s := range f.States {
			list[i] = arg(string(s))
		}
		where += ` AND EXISTS (SELECT 1 FROM clients c WHERE c.id = a.client AND ` + state + ` IN (` + strings.Join(list, ", ") + `))`
	}
	if f.Role != "" {
		where += ` AND EXISTS (SELECT 1 FROM authorization_roles r WHERE r.tenant = a.tenant AND r.client = a.client AND r.role = ` + arg(f.Role) + `)`
	}
	if f.Name != "" {
		where += ` AND EXISTS (SELECT 1 FROM clients c WHERE c.id = a.client AND c.search LIKE ` + arg("%"+likeText.Replace(strings.ToLower(f.Name))+"%") + ` ESCAPE '!')`
	}
	if !f.Expires.IsZero() {
		where += ` AND a.expires > 0 AND a.expires < ` + arg(unix(f.Expires))
	}
	return many(t, scanAuthorization, "authorizations",
		selectAuthorizations+where+` ORDER BY a.client LIMIT `+arg(limit(p.Limit)), args...)
}

// likeText makes of text a pattern that means itself.
var likeText = strings.NewReplacer("!", "!!", "%", "!%", "_", "!_")

// CountAuthorizations counts a tenant's authorizations by how they stand.
func (t *Tx) CountAuthorizations(in id.Tenant, now time.Time) (map[policy.State]int, error) {
	type row struct {
		state policy.State
		n     int
	}
	rows, err := many(t, func(rows *sql.Rows, r *row) error { return rows.Scan(&r.state, &r.n) }, "the states of authorizations",
		countStates, in, unix(now))
	out := make(map[policy.State]int, len(rows))
	for _, r := range rows {
		out[r.state] = r.n
	}
	return out, err
}

// AuthorizationsOf lists what tenants decided on a client, by tenant.
func (t *Tx) AuthorizationsOf(client id.Client, after id.Tenant, max int) ([]store.Authorization, error) {
	b := after.Bytes()
	return many(t, scanAuthorization, "authorizations", selectEverywhere, client, b[:], limit(max))
}

// PastAuthorizations lists what a tenant decided on a client before, newest first.
func (t *Tx) PastAuthorizations(in id.Tenant, client id.Client, max int) ([]store.PastAuthorization, error) {
	return many(t, func(rows *sql.Rows, p *store.PastAuthorization) error {
		var record []byte
		if err := rows.Scan(&record, seconds{&p.Until}); err != nil {
			return err
		}
		if err := json.Unmarshal(record, &p.Authorization); err != nil {
			return fmt.Errorf("a past authorization of client %v: %w", client, err)
		}
		return nil
	}, "past authorizations", selectPast, in, client, limit(max))
}

// AddAuthorization adds an authorization, in the place of one that was revoked, which is kept as a past one.
func (t *Tx) AddAuthorization(a store.Authorization) error {
	if err := t.needTenant(a.Tenant); err != nil {
		return err
	}
	if err := t.needClient(a.Client); err != nil {
		return err
	}
	if a.Version == 0 {
		a.Version = 1
	}
	args, err := authorizationArgs(a)
	if err != nil {
		return fmt.Errorf("adding an authorization: %w", err)
	}
	n, err := t.exec("adding an authorization", insertAuthorization, args...)
	if err != nil {
		return err
	}
	if n == 0 {
		old, err := one(t, scanAuthorization, "an authorization", selectAuthorization+t.dialect.ForUpdate, a.Tenant, a.Client)
		if err != nil {
			return err
		}
		recalled, err := t.recalled(&old)
		if err != nil {
			return err
		}
		if !old.Revoked && !recalled || old.ID == a.ID {
			return fmt.Errorf("adding an authorization: %w", store.ErrTaken)
		}
		if err := t.keepPast(old); err != nil {
			return err
		}
		if _, err := t.exec("adding an authorization", replaceAuthorization, args...); err != nil {
			return err
		}
	}
	return t.wroteAuthorization(a)
}

// recalled says whether the operator revoked the client everywhere since the decision.
func (t *Tx) recalled(a *store.Authorization) (bool, error) {
	n, err := t.count("a client's recalls", `SELECT recalls FROM clients WHERE id = $1`, a.Client)
	return a.Recalls < n, err
}

// UpdateAuthorization writes a new decision on an authorization that lives, and keeps the one before it. One that was
// revoked is not found: it is never reopened.
func (t *Tx) UpdateAuthorization(a store.Authorization) error {
	old, err := one(t, scanAuthorization, "an authorization", selectAuthorization+t.dialect.ForUpdate, a.Tenant, a.Client)
	if err != nil {
		return err
	}
	if old.Revoked || old.ID != a.ID {
		return fmt.Errorf("changing an authorization: %w", store.ErrNotFound)
	}
	if a.Version != old.Version+1 {
		return fmt.Errorf("version %d of an authorization whose version is %d: %w", a.Version, old.Version, store.ErrTaken)
	}
	if err := t.keepPast(old); err != nil {
		return err
	}
	a.Created = old.Created
	args, err := authorizationArgs(a)
	if err != nil {
		return fmt.Errorf("changing an authorization: %w", err)
	}
	if _, err := t.exec("changing an authorization", replaceAuthorization, args...); err != nil {
		return err
	}
	return t.wroteAuthorization(a)
}

// NoteApproval writes what users approved, and when it was installed. One that was revoked is not found.
func (t *Tx) NoteApproval(a store.Authorization) error {
	n, err := t.exec("noting what was approved", noteApproval, a.Tenant, a.Client, a.ID, a.Approved.String(), unix(a.Installed))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("noting what was approved: %w", store.ErrNotFound)
	}
	t.changed(store.AuthorizationRecord(a.Tenant, a.Client))
	return nil
}

// wroteAuthorization writes the roles that find it.
func (t *Tx) wroteAuthorization(a store.Authorization) error {
	if _, err := t.exec("writing the roles of an authorization", deleteAuthorizationRoles, a.Tenant, a.Client); err != nil {
		return err
	}
	for _, role := range a.Admission.Roles {
		if _, err := t.exec("writing the roles of an authorization", insertAuthorizationRole, a.Tenant, role, a.Client); err != nil {
			return err
		}
	}
	t.changed(store.AuthorizationRecord(a.Tenant, a.Client))
	return nil
}

// keepPast keeps a state of an authorization that ends now.
func (t *Tx) keepPast(a store.Authorization) error {
	record, err := json.Marshal(a)
	if err != nil {
		return fmt.Errorf("keeping a past authorization: %w", err)
	}
	_, err = t.exec("keeping a past authorization", insertPast, a.Tenant, a.Client, unix(t.now), a.ID, a.Version, string(record))
	return err
}

// authorizationArgs are the parameters of insertAuthorization and replaceAuthorization.
func authorizationArgs(a store.Authorization) ([]any, error) {
	if !storable(slices.Concat([]string{string(a.Origin), a.Reason, a.By}, a.Admission.Roles)...) {
		return nil, errText
	}
	kept, err := json.Marshal(terms{Uncapped: a.Uncapped, Ceiling: a.Ceiling, Admission: a.Admission, ForItself: a.ForItself,
		Registration: a.Registration, Reason: a.Reason, By: a.By, Previous: a.Previous})
	return []any{a.Tenant, a.Client, a.ID, a.Revoked, a.Approved.String(), unix(a.Installed), unix(a.Created), a.Version,
		string(a.Origin), a.Blocked, unix(a.Expires), a.Recalls, unix(a.Updated), string(kept)}, err
}

// needClient refuses what would hang on a client that is not there.
func (t *Tx) needClient(client id.Client) error {
	_, err := one(t, func(rows *sql.Rows, n *int) error { return rows.Scan(n) }, "a client", selectNumber, client)
	return err
}

// lockUser holds a user's row to the end of the transaction, so that they are not deleted or disabled meanwhile.
func (t *Tx) lockUser(in id.Tenant, user id.User) error {
	_, err := one(t, scanUser, "a user", selectUser+t.dialect.ForUpdate, in, user)
	return err
}
