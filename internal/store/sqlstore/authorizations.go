package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

const (
	authorizationColumns = `a.tenant, a.client, a.id, a.revoked, a.approved, a.installed, a.created, a.version, a.origin, a.state,
		a.expires, a.recalls, a.updated, a.terms`
	selectAuthorization = `SELECT ` + authorizationColumns + ` FROM authorizations a WHERE a.tenant = $1 AND a.client = $2`
	// The one given, if it lives: neither revoked, nor decided before the operator recalled the client.
	selectLive       = selectAuthorization + ` AND a.id = $3` + lives
	selectEverywhere = `SELECT ` + authorizationColumns + ` FROM authorizations a WHERE a.client = $1 AND a.tenant > $2
		ORDER BY a.tenant LIMIT $3`
	selectPast = `SELECT record, until FROM past_authorizations WHERE tenant = $1 AND client = $2
		ORDER BY n DESC LIMIT $3`
	recallsOf = `(SELECT k.recalls FROM clients k WHERE k.id = a.client)`
)

// terms is what is stored of a decision beside the columns that it is found by.
type terms struct {
	Uncapped     bool             `json:"uncapped,omitempty"` // the first: migration 0006 finds it there
	Whole        bool             `json:"whole,omitempty"`
	Ceiling      scope.Set        `json:"ceiling,omitzero"`
	Admission    policy.Admission `json:"admission"`
	ForItself    bool             `json:"for_itself,omitempty"`
	Registration int              `json:"registration,omitempty"`
	Reason       string           `json:"reason,omitempty"`
	By           string           `json:"by,omitempty"`
	Previous     *scope.Set       `json:"previous,omitempty"`
	WasUncapped  bool             `json:"was_uncapped,omitempty"`
}

func scanAuthorization(rows *sql.Rows, a *store.Authorization) error {
	var kept []byte
	var t terms
	var state policy.State
	err := rows.Scan(&a.Tenant, &a.Client, &a.ID, &a.Revoked, set{&a.Approved}, seconds{&a.Installed}, seconds{&a.Created},
		&a.Version, &a.Origin, &state, seconds{&a.Expires}, &a.Recalls, seconds{&a.Updated}, &kept)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(kept, &t); err != nil {
		return fmt.Errorf("terms of authorization %v: %w", a.ID, err)
	}
	a.Blocked = state == policy.Blocked
	a.Uncapped, a.Whole, a.Ceiling, a.Admission, a.ForItself = t.Uncapped, t.Whole, t.Ceiling, t.Admission, t.ForItself
	a.Registration, a.Reason, a.By, a.Previous, a.WasUncapped = t.Registration, t.Reason, t.By, t.Previous, t.WasUncapped
	return nil
}

// AuthorizationOf reads a tenant's newest authorization of a client, revoked or not.
func (t *Tx) AuthorizationOf(in id.Tenant, client id.Client) (store.Authorization, error) {
	return one(t, scanAuthorization, "an authorization", selectAuthorization, in, client)
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
