package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"
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
	authorizationsHere  = ` FROM authorizations a WHERE a.tenant = $1`
	selectAuthorization = `SELECT ` + authorizationColumns + authorizationsHere + ` AND a.client = $2`
	// The one given, if it lives: neither revoked, nor decided before the operator recalled the client.
	selectLive           = selectAuthorization + ` AND a.id = $3` + lives
	selectAuthorizations = `SELECT ` + authorizationColumns + authorizationsHere + ` AND a.client > $2`
	selectEverywhere     = `SELECT ` + authorizationColumns + ` FROM authorizations a WHERE a.client = $1 AND a.tenant > $2
		ORDER BY a.tenant LIMIT $3`
	selectPast = `SELECT record, until FROM past_authorizations WHERE tenant = $1 AND client = $2
		ORDER BY n DESC LIMIT $3`
	recallsOf   = `(SELECT k.recalls FROM clients k WHERE k.id = a.client)`
	countStates = `SELECT ` + stateAsStored + `, count(*) FROM authorizations a JOIN clients c ON c.id = a.client
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
