package sqlstore

import (
	"database/sql"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	selectDays     = `SELECT day, sum(calls), count(DISTINCT client) FROM uses WHERE tenant = $1 AND day >= $2 GROUP BY day ORDER BY day`
	countUsing     = `SELECT count(DISTINCT client) FROM uses WHERE tenant = $1 AND day >= $2`
	selectExpiring = `SELECT ` + authorizationColumns + ` FROM authorizations a WHERE a.tenant = $1 AND a.expires > 0 AND a.expires > $2
		AND a.expires <= $3` + undecided + unrecalled + ` ORDER BY a.expires, a.client LIMIT $4`
	// CROSS JOIN has SQLite read the index of states first.
	selectRevoked = `SELECT ` + authorizationColumns + ` FROM authorizations s CROSS JOIN authorizations a WHERE s.tenant = $1
		AND s.state IN ('revoked', 'blocked') AND a.tenant = $1 AND a.client = s.client AND a.updated >= $2
		ORDER BY a.updated DESC, a.client LIMIT $3`
	selectRecalled = `SELECT ` + authorizationColumns + recalledHere + undecided + ` ORDER BY a.client LIMIT $2`
)

// UsesByDay adds up what all clients called.
func (t *Tx) UsesByDay(in id.Tenant, from time.Time) ([]store.DayUse, int, error) {
	days, err := many(t, func(rows *sql.Rows, d *store.DayUse) error { return rows.Scan(seconds{&d.Day}, &d.Calls, &d.Clients) },
		"the use of all apps", selectDays, in, unix(from))
	if err != nil || len(days) == 0 {
		return nil, 0, err
	}
	var clients int
	_, err = t.row(func(rows *sql.Rows) error { return rows.Scan(&clients) }, "the number of apps in use", countUsing, in, unix(from))
	return days, clients, err
}

// ListExpiring lists what ends between two times.
func (t *Tx) ListExpiring(in id.Tenant, after, until time.Time, max int) ([]store.Authorization, error) {
	return many(t, scanAuthorization, "authorizations that expire", selectExpiring, in, unix(after), unix(until), limit(max))
}

// ListRevoked lists what was revoked lately, and what the operator revoked everywhere.
func (t *Tx) ListRevoked(in id.Tenant, from time.Time, max int) ([]store.Authorization, error) {
	list, err := many(t, scanAuthorization, "authorizations that were revoked", selectRevoked, in, unix(from), limit(max))
	if err != nil {
		return nil, err
	}
	recalled, err := many(t, scanAuthorization, "authorizations of recalled clients", selectRecalled, in, limit(max))
	return append(list, recalled...), err
}
