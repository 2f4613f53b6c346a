package sqlstore

import (
	"bytes"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// What a state as stored becomes by the time and by recalls.
const (
	unrecalled = ` AND a.recalls >= ` + recallsOf
	undecided  = ` AND a.state IN ('authorized', 'open')`
	// CROSS JOIN has SQLite read the clients first, which are few.
	recalledHere = ` FROM clients k CROSS JOIN authorizations a WHERE k.recalls > 0 AND a.tenant = $1 AND a.client = k.id
		AND a.recalls < k.recalls`

	countStates   = `SELECT state, count(*) FROM authorizations WHERE tenant = $1 GROUP BY state`
	countRecalled = `SELECT a.state, count(*)` + recalledHere + undecided + ` GROUP BY a.state`
	countExpired  = `SELECT a.state, count(*) FROM authorizations a WHERE a.tenant = $1 AND a.expires > 0 AND a.expires <= $2` +
		undecided + unrecalled + ` GROUP BY a.state`
)

// listing builds the queries of one filtered list. Each reads an index in the order of the list, so that it stops when the
// page is full, or an index of few rows.
type listing struct {
	args  []any
	where string // what all of them have in common
	until string // the parameter with the number of rows
}

func (l *listing) arg(v any) string {
	l.args = append(l.args, v)
	return "$" + strconv.Itoa(len(l.args))
}

// query reads from a source in the order of its column.
func (l *listing) query(from, column, where string) string {
	return `SELECT ` + authorizationColumns + ` FROM ` + from + ` WHERE a.tenant = $1 AND ` + column + ` > $2` + where + l.where +
		` ORDER BY ` + column + ` LIMIT ` + l.until
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
	gram, err := t.rarestGram(f.Name)
	if err != nil {
		return nil, err
	}
	l := &listing{args: []any{in, after}}
	l.until = l.arg(limit(p.Limit))
	var all []store.Authorization
	for _, query := range l.queries(f, gram) {
		list, err := many(t, scanAuthorization, "authorizations", query, l.args...)
		if err != nil {
			return nil, err
		}
		all = append(all, list...)
	}
	slices.SortFunc(all, func(a, b store.Authorization) int {
		x, y := a.Client.Bytes(), b.Client.Bytes()
		return bytes.Compare(x[:], y[:])
	})
	return all[:min(len(all), limit(p.Limit))], nil
}

// queries are those whose answers together are the list. Every one takes all parameters.
func (l *listing) queries(f store.AuthorizationFilter, gram string) []string {
	now := ""
	if len(f.States) > 0 {
		now = l.arg(unix(f.Now))
		// PostgreSQL wants to know the type of each parameter, also where no state of those asked for needs the time.
		l.where += ` AND CAST(` + now + ` AS BIGINT) IS NOT NULL`
	}
	if f.Name != "" {
		l.where += ` AND (SELECT c.search FROM clients c WHERE c.id = a.client) LIKE ` + l.arg(pattern(f.Name)) + ` ESCAPE '!'`
	}
	role, expires := "", ""
	if f.Role != "" {
		role = l.arg(f.Role)
	}
	if !f.Expires.IsZero() {
		expires = ` AND a.expires > 0 AND a.expires < ` + l.arg(unix(f.Expires))
	}
	switch {
	case gram != "":
		if role != "" {
			l.where += ` AND EXISTS (SELECT 1 FROM authorization_roles r WHERE r.tenant = $1 AND r.role = ` + role + ` AND r.client = a.client)`
		}
		l.where += expires + anyOf(f.States, now)
		return []string{l.query(`client_grams g CROSS JOIN authorizations a`, `g.client`, ` AND g.gram = `+l.arg(gram)+` AND a.client = g.client`)}
	case role != "":
		l.where += expires + anyOf(f.States, now)
		return []string{l.query(`authorization_roles r CROSS JOIN authorizations a`, `r.client`,
			` AND r.tenant = $1 AND r.role = `+role+` AND a.client = r.client`)}
	case expires != "":
		l.where += anyOf(f.States, now)
		return []string{l.queryExpiring(expires)}
	case len(f.States) == 0:
		return []string{l.query(`authorizations a`, `a.client`, ``)}
	}
	var list []string
	for _, s := range f.States {
		switch s {
		case policy.Blocked:
			list = append(list, l.queryState(s, ``))
		case policy.Revoked:
			list = append(list, l.queryState(s, ``),
				l.query(`clients k CROSS JOIN authorizations a`, `k.id`, ` AND k.recalls > 0 AND a.client = k.id AND a.recalls < k.recalls`+undecided))
		case policy.Lapsed:
			list = append(list, l.queryExpiring(` AND a.expires > 0 AND a.expires <= `+now+inState(s, now)))
		case policy.Open, policy.Authorized:
			list = append(list, l.queryState(s, inState(s, now)))
		}
	}
	return list
}

// queryState reads by the index of states. For columns that it does not have SQLite would rather read the whole tenant in
// the order that is wanted, so that they are joined.
func (l *listing) queryState(s policy.State, where string) string {
	return l.query(`authorizations s CROSS JOIN authorizations a`, `s.client`, ` AND s.tenant = $1 AND s.state = '`+string(s)+`' AND a.client = s.client`+where)
}

// queryExpiring reads by the index of those that expire.
func (l *listing) queryExpiring(where string) string {
	return `WITH found AS MATERIALIZED (SELECT a.client FROM authorizations a WHERE a.tenant = $1` + where + `) ` +
		l.query(`found CROSS JOIN authorizations a`, `found.client`, ` AND a.client = found.client`)
}

// inState is the condition for a state at a time.
func inState(s policy.State, now string) string {
	switch s {
	case policy.Blocked:
		return ` AND a.state = 'blocked'`
	case policy.Revoked:
		return ` AND (a.state = 'revoked' OR a.state <> 'blocked' AND a.recalls < ` + recallsOf + `)`
	case policy.Lapsed:
		return undecided + ` AND a.expires > 0 AND a.expires <= ` + now + unrecalled
	case policy.Open, policy.Authorized:
		return ` AND a.state = '` + string(s) + `' AND (a.expires = 0 OR a.expires > ` + now + `)` + unrecalled
	}
	return ` AND a.state = ''` // nothing is stored so
}

// anyOf is the condition for any of several states.
func anyOf(states []policy.State, now string) string {
	if len(states) == 0 {
		return ""
	}
	list := make([]string, len(states))
	for i, s := range states {
		list[i] = strings.TrimPrefix(inState(s, now), ` AND `)
	}
	return ` AND (` + strings.Join(list, ` OR `) + `)`
}

// CountAuthorizations counts a tenant's authorizations by how they stand.
func (t *Tx) CountAuthorizations(in id.Tenant, now time.Time) (map[policy.State]int, error) {
	out := map[policy.State]int{}
	for _, c := range [...]struct {
		query string
		args  []any
		as    policy.State // what they are then
	}{
		{countStates, []any{in}, ""},
		{countRecalled, []any{in}, policy.Revoked},
		{countExpired, []any{in, unix(now)}, policy.Lapsed},
	} {
		_, err := many(t, func(rows *sql.Rows, _ *struct{}) error {
			var state policy.State
			var n int
			if err := rows.Scan(&state, &n); err != nil {
				return err
			}
			if c.as == "" {
				out[state] = n
				return nil
			}
			out[c.as] += n
			if out[state] -= n; out[state] == 0 {
				delete(out, state)
			}
			return nil
		}, "the states of authorizations", c.query, c.args...)
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}
