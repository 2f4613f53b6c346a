package sqlstore

import (
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

const (
	requestColumns = `tenant, id, client, user_id, reason, version, scope, optional, created, expires, state, decided, decided_by,
		justification`
	selectRequest  = `SELECT ` + requestColumns + ` FROM authorization_requests WHERE tenant = $1 AND id = $2`
	selectWaiting  = `SELECT ` + requestColumns + ` FROM authorization_requests WHERE tenant = $1 AND client = $2 AND state = 'waiting'`
	selectRequests = `SELECT ` + requestColumns + ` FROM authorization_requests WHERE tenant = $1`
	insertRequest  = `INSERT INTO authorization_requests (` + requestColumns + `)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', 0, '', '') ON CONFLICT DO NOTHING`
	closeRequests = `UPDATE authorization_requests SET state = $3, decided = $4, decided_by = $5, justification = $6
		WHERE tenant = $1 AND state = 'waiting'
		AND id IN (SELECT id FROM authorization_requests WHERE tenant = $1 AND client = $2 AND state = 'waiting')`
	selectWaitingClients = `SELECT client, count(*), min(created), max(created) FROM authorization_requests
		WHERE tenant = $1 AND state = 'waiting' GROUP BY client ORDER BY 2 DESC, 3, client LIMIT $2`
)

func scanRequest(rows *sql.Rows, r *store.AuthorizationRequest) error {
	return rows.Scan(&r.Tenant, &r.ID, &r.Client, &r.User, &r.Reason, &r.Version, set{&r.Scope}, set{&r.Optional},
		seconds{&r.Created}, seconds{&r.Expires}, &r.State, seconds{&r.Decided}, &r.By, &r.Justification)
}

// AuthorizationRequest reads a request.
func (t *Tx) AuthorizationRequest(in id.Tenant, request id.Request) (store.AuthorizationRequest, error) {
	return one(t, scanRequest, "a request", selectRequest, in, request)
}

// WaitingRequest reads the request that a user, or the app itself, has waiting for a client.
func (t *Tx) WaitingRequest(in id.Tenant, client id.Client, user id.User) (store.AuthorizationRequest, error) {
	if user.IsZero() {
		return one(t, scanRequest, "a request", selectWaiting+` AND user_id IS NULL`, in, client)
	}
	return one(t, scanRequest, "a request", selectWaiting+` AND user_id = $3`, in, client, user)
}

// ListAuthorizationRequests lists requests, newest first; of one second, by ID.
func (t *Tx) ListAuthorizationRequests(in id.Tenant, f store.RequestFilter, p store.Page) ([]store.AuthorizationRequest, error) {
	var after store.RequestCursor
	if p.After != "" {
		var err error
		if after, err = store.ParseRequestCursor(p.After); err != nil {
			return nil, fmt.Errorf("listing requests: %w", err)
		}
	}
	query, args := listRequests(in, f, after, p.Limit)
	return many(t, scanRequest, "requests", query, args...)
}

// listRequests lists by the index of users, or else of clients: in the order that is wanted SQLite would read the whole
// tenant.
func listRequests(in id.Tenant, f store.RequestFilter, after store.RequestCursor, max int) (string, []any) {
	where, args := "", []any{in}
	arg := func(v any) string {
		args = append(args, v)
		return "$" + strconv.Itoa(len(args))
	}
	if !after.ID.IsZero() {
		where += ` AND (created, id) < (` + arg(unix(after.Created)) + `, ` + arg(after.ID) + `)`
	}
	switch client := ``; {
	case !f.User.IsZero():
		if !f.Client.IsZero() {
			client = ` AND client = ` + arg(f.Client)
		}
		where += ` AND id IN (SELECT id FROM authorization_requests WHERE tenant = $1 AND user_id = ` + arg(f.User) + `)` + client
	case !f.Client.IsZero():
		where += ` AND id IN (SELECT id FROM authorization_requests WHERE tenant = $1 AND client = ` + arg(f.Client) + `)`
	}
	if len(f.States) > 0 {
		list := make([]string, len(f.States))
		for i, s := range f.States {
			list[i] = arg(string(s))
		}
		where += ` AND state IN (` + strings.Join(list, ", ") + `)`
	}
	query := selectRequests + where + ` ORDER BY created DESC, id DESC LIMIT ` + arg(limit(max))
	return query, args
}

// ListWaitingClients lists the clients that are asked for, those with the most requests first.
func (t *Tx) ListWaitingClients(in id.Tenant, max int) ([]store.WaitingClient, error) {
	return many(t, func(rows *sql.Rows, w *store.WaitingClient) error {
		return rows.Scan(&w.Client, &w.Waiting, seconds{&w.Oldest}, seconds{&w.Newest})
	}, "clients that are asked for", selectWaitingClients, in, limit(max))
}

// AddAuthorizationRequest adds a request that waits.
func (t *Tx) AddAuthorizationRequest(r store.AuthorizationRequest) error {
	if !storable(r.Reason) {
		return fmt.Errorf("adding a request: %w", errText)
	}
	if err := t.needTenant(r.Tenant); err != nil {
		return err
	}
	if err := t.needClient(r.Client); err != nil {
		return err
	}
	if !r.User.IsZero() {
		if err := t.lockUser(r.Tenant, r.User); err != nil {
			return err
		}
	}
	n, err := t.exec("adding a request", insertRequest, r.Tenant, r.ID, r.Client, r.User, r.Reason, r.Version, r.Scope.String(),
		r.Optional.String(), unix(r.Created), unix(r.Expires))
	if err == nil && n == 0 {
		err = fmt.Errorf("adding a request: %w", store.ErrTaken)
	}
	return err
}

// CloseAuthorizationRequests closes what waits for a client, of one user or of all, and answers what was closed.
func (t *Tx) CloseAuthorizationRequests(in id.Tenant, client id.Client, user id.User, state store.RequestState, by, justification string, at time.Time) ([]store.AuthorizationRequest, error) {
	if !storable(by, justification) {
		return nil, fmt.Errorf("closing requests: %w", errText)
	}
	query, args := closeRequests, []any{in, client, string(state), unix(at), by, justification}
	if !user.IsZero() {
		query += ` AND user_id = $7`
		args = append(args, user)
	}
	return many(t, scanRequest, "requests that are closed", query+` RETURNING `+requestColumns, args...)
}
