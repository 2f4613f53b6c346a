package sqlstore

import (
	"database/sql"
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	// Only of what is still there: a client's or tenant's rows go with it.
	stillThere = ` WHERE EXISTS (SELECT 1 FROM tenants WHERE id = $1)
		AND (EXISTS (SELECT 1 FROM clients WHERE id = $2) OR EXISTS (SELECT 1 FROM connected_apps WHERE tenant = $1 AND client = $2))`
	upsertUse = `INSERT INTO uses (tenant, client, day, catalog, method, calls) SELECT $1, $2, $3, $4, $5, $6` + stillThere + `
		ON CONFLICT (tenant, client, day, catalog, method) DO UPDATE SET calls = uses.calls + excluded.calls`
	selectUses = `SELECT tenant, client, day, catalog, method, calls FROM uses WHERE tenant = $1 AND client = $2 AND day >= $3
		ORDER BY day, catalog, method`
	selectAllUses = `SELECT tenant, client, day, catalog, method, calls FROM uses WHERE tenant = $1 AND day >= $2
		ORDER BY day, catalog, method, client`

	foreseenColumns = `tenant, client, user_id, catalog, method, code, need, first, last, calls`
	upsertForeseen  = `INSERT INTO foreseen (` + foreseenColumns + `) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10` + stillThere + `
		ON CONFLICT (tenant, client, user_id, catalog, method, code) DO UPDATE SET need = excluded.need,
		last = CASE WHEN foreseen.last < excluded.last THEN excluded.last ELSE foreseen.last END, calls = foreseen.calls + excluded.calls`
	selectForeseen = `SELECT ` + foreseenColumns + ` FROM foreseen WHERE tenant = $1`
	deleteForeseen = `DELETE FROM foreseen WHERE tenant = $1`
)

// AddUses adds to the counts of methods that were called.
func (t *Tx) AddUses(list []store.Use) error {
	for _, u := range list {
		if _, err := t.exec("counting uses", upsertUse, u.Tenant, u.Client, unix(u.Day), u.Catalog, u.Method, u.Calls); err != nil {
			return err
		}
	}
	return nil
}

// Uses lists the calls of a client, or of all clients, from a day on.
func (t *Tx) Uses(in id.Tenant, client id.Client, from time.Time) ([]store.Use, error) {
	query, args := selectUses, []any{in, client, unix(from)}
	if client.IsZero() {
		query, args = selectAllUses, []any{in, unix(from)}
	}
	return many(t, func(rows *sql.Rows, u *store.Use) error {
		return rows.Scan(&u.Tenant, &u.Client, seconds{&u.Day}, &u.Catalog, &u.Method, &u.Calls)
	}, "uses", query, args...)
}

// lastUsesAtOnce is how many clients one statement looks up.
const lastUsesAtOnce = 100

// LastUses looks up the days on which clients called something last: one step into an index for each, a hundred in one statement.
func (t *Tx) LastUses(in id.Tenant, clients []id.Client) (map[id.Client]time.Time, error) {
	out := map[id.Client]time.Time{}
	for part := range slices.Chunk(clients, lastUsesAtOnce) {
		query, args := lastUses(in, part)
		list, err := many(t, func(rows *sql.Rows, u *store.Use) error { return rows.Scan(&u.Client, seconds{&u.Day}) }, "last uses", query, args...)
		if err != nil {
			return nil, err
		}
		for _, u := range list {
			out[u.Client] = u.Day
		}
	}
	return out, nil
}

func lastUses(in id.Tenant, clients []id.Client) (string, []any) {
	parts, args := make([]string, len(clients)), []any{in}
	for i, c := range clients {
		args = append(args, c)
		n := strconv.Itoa(i + 2)
		parts[i] = `SELECT client, day FROM (SELECT client, day FROM uses WHERE tenant = $1 AND client = $` + n + ` ORDER BY day DESC LIMIT 1) AS u` + n
	}
	return strings.Join(parts, ` UNION ALL `), args
}

// AddForeseen adds to the counts of calls that would have been refused.
func (t *Tx) AddForeseen(list []store.Foreseen) error {
	for _, f := range list {
		user := f.User.Bytes()
		if _, err := t.exec("counting what was foreseen", upsertForeseen, f.Tenant, f.Client, user[:], f.Catalog, f.Method, f.Code,
			f.Need, unix(f.First), unix(f.Last), f.Calls); err != nil {
			return err
		}
	}
	return nil
}

// ListForeseen lists the calls that would have been refused, most calls first.
func (t *Tx) ListForeseen(in id.Tenant, client id.Client, max int) ([]store.Foreseen, error) {
	query, args := selectForeseen, []any{in, limit(max)}
	if !client.IsZero() {
		query += ` AND client = $3`
		args = append(args, client)
	}
	return many(t, func(rows *sql.Rows, f *store.Foreseen) error {
		return rows.Scan(&f.Tenant, &f.Client, &f.User, &f.Catalog, &f.Method, &f.Code, &f.Need, seconds{&f.First}, seconds{&f.Last}, &f.Calls)
	}, "what was foreseen", query+` ORDER BY calls DESC, client, user_id, catalog, method, code LIMIT $2`, args...)
}

// ForgetForeseen deletes what was foreseen.
func (t *Tx) ForgetForeseen(in id.Tenant, client id.Client) error {
	query, args := deleteForeseen, []any{in}
	if !client.IsZero() {
		query += ` AND client = $2`
		args = append(args, client)
	}
	_, err := t.exec("forgetting what was foreseen", query, args...)
	return err
}
