package sqlstore

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	selectGovernance = `SELECT tenant, settings, version, updated FROM governance WHERE tenant = $1`
	insertGovernance = `INSERT INTO governance (tenant, settings, version, updated) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	updateGovernance = `UPDATE governance SET settings = $2, version = $3, updated = $4 WHERE tenant = $1 AND version = $3 - 1`

	grantsOfLive = ` FROM grants WHERE tenant = $1 AND ended = 0 AND authorization_id = (SELECT a.id FROM authorizations a
		WHERE a.tenant = $1 AND a.client = $2` + lives + `)`
	// One row more is counted than is told, which says that there are more.
	selectReach       = `SELECT count(*), count(DISTINCT user_id) FROM (SELECT user_id` + grantsOfLive + ` LIMIT $3) AS living`
	selectReachOfUser = `SELECT count(*), count(DISTINCT user_id) FROM (SELECT user_id` + grantsOfLive + ` AND user_id = $4 LIMIT $3) AS living`
	selectUsersOf     = `SELECT DISTINCT user_id` + grantsOfLive + ` AND user_id > $3 ORDER BY user_id LIMIT $4`
)

// Governance reads how a tenant decides on apps; the zero settings where it never said.
func (t *Tx) Governance(in id.Tenant) (store.Governance, error) {
	g, err := one(t, func(rows *sql.Rows, g *store.Governance) error {
		var settings []byte
		if err := rows.Scan(&g.Tenant, &settings, &g.Version, seconds{&g.Updated}); err != nil {
			return err
		}
		if err := json.Unmarshal(settings, &g.Settings); err != nil {
			return fmt.Errorf("governance of tenant %v: %w", in, err)
		}
		return nil
	}, "the governance of a tenant", selectGovernance, in)
	if errors.Is(err, store.ErrNotFound) {
		return store.Governance{Tenant: in}, nil
	}
	return g, err
}

// PutGovernance writes how a tenant decides on apps.
func (t *Tx) PutGovernance(g store.Governance) error {
	if err := t.needTenant(g.Tenant); err != nil {
		return err
	}
	settings, err := json.Marshal(g.Settings)
	if err != nil {
		return fmt.Errorf("writing the governance of a tenant: %w", err)
	}
	query := updateGovernance
	if g.Version <= 1 {
		query, g.Version = insertGovernance, 1
	}
	n, err := t.exec("writing the governance of a tenant", query, g.Tenant, string(settings), g.Version, unix(g.Updated))
	if err != nil {
		return err
	}
	if n == 0 {
		return fmt.Errorf("writing the governance of a tenant: %w", store.ErrTaken)
	}
	t.changed(store.GovernanceRecord(g.Tenant))
	return nil
}

// Reach counts what lives of a client in a tenant.
func (t *Tx) Reach(in id.Tenant, client id.Client, user id.User) (store.Reach, error) {
	if user.IsZero() {
		return t.ReachUpTo(in, client, store.MaxReach)
	}
	return t.reach(store.MaxReach, selectReachOfUser, in, client, store.MaxReach+1, user)
}

// ReachUpTo counts up to so many grants.
func (t *Tx) ReachUpTo(in id.Tenant, client id.Client, max int) (store.Reach, error) {
	return t.reach(max, selectReach, in, client, max+1)
}

func (t *Tx) reach(max int, query string, args ...any) (store.Reach, error) {
	r, err := one(t, func(rows *sql.Rows, r *store.Reach) error { return rows.Scan(&r.Grants, &r.Users) },
		"what lives of a client", query, args...)
	if r.Grants > max {
		r.Grants, r.More = max, true
	}
	return r, err
}

// UsersOf lists the users who have a live grant of a client.
func (t *Tx) UsersOf(in id.Tenant, client id.Client, p store.Page) ([]id.User, error) {
	after := make([]byte, 16)
	if p.After != "" {
		u, err := id.Parse[id.User](p.After)
		if err != nil {
			return nil, fmt.Errorf("listing the users of a client: %w", err)
		}
		b := u.Bytes()
		after = b[:]
	}
	return many(t, func(rows *sql.Rows, u *id.User) error { return rows.Scan(u) }, "the users of a client", selectUsersOf,
		in, client, after, limit(p.Limit))
}
