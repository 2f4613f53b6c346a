package sqlstore

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

const (
	insertAuthorization = `INSERT INTO authorizations (tenant, client, id, revoked, approved, installed, created, version, origin,
		state, expires, recalls, updated, terms) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
		ON CONFLICT DO NOTHING`
	replaceAuthorization = `UPDATE authorizations SET id = $3, revoked = $4, approved = $5, installed = $6, created = $7,
		version = $8, origin = $9, state = $10, expires = $11, recalls = $12, updated = $13, terms = $14
		WHERE tenant = $1 AND client = $2`
	noteApproval = `UPDATE authorizations SET approved = $4, installed = $5
		WHERE tenant = $1 AND client = $2 AND id = $3 AND NOT revoked`
	insertPast = `INSERT INTO past_authorizations (tenant, client, n, until, record) VALUES ($1, $2,
		(SELECT coalesce(max(n), 0) + 1 FROM past_authorizations WHERE tenant = $1 AND client = $2), $3, $4)`
	selectSameID  = `SELECT 1 FROM authorizations WHERE tenant = $1 AND id = $2`
	selectRecalls = `SELECT recalls FROM clients WHERE id = $1`
	insertDead    = `INSERT INTO dead_authorizations (tenant, id, client, since) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`
	// Of all tenants, those that decided before the last recall.
	insertRecalled = `INSERT INTO dead_authorizations (tenant, id, client, since)
		SELECT tenant, id, client, $3 FROM authorizations WHERE client = $1 AND recalls < $2 ON CONFLICT DO NOTHING`
	deleteAuthorizationRoles = `DELETE FROM authorization_roles WHERE tenant = $1 AND client = $2`
	insertAuthorizationRole  = `INSERT INTO authorization_roles (tenant, role, client) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`
)

// AddAuthorization adds an authorization, in the place of one that is dead, which is kept as a past one.
func (t *Tx) AddAuthorization(a store.Authorization) error {
	if err := t.needTenant(a.Tenant); err != nil {
		return err
	}
	if err := t.notRecalled(a, ""); err != nil {
		return err
	}
	a.Version = max(a.Version, 1)
	args, err := authorizationArgs(a)
	if err != nil {
		return fmt.Errorf("adding an authorization: %w", err)
	}
	n, err := t.exec("adding an authorization", insertAuthorization, args...)
	if err != nil {
		return err
	}
	lock := ""
	if n == 0 {
		if err := t.replaceDead(a, args); err != nil {
			return err
		}
		lock = t.dialect.ForUpdate // unlike the insert, the update does not hold the client by its foreign key
	}
	// A recall that is not seen now will see this row. One that came in between is found by the next run.
	if err := t.notRecalled(a, lock); err != nil {
		return t.fail("adding an authorization", fmt.Errorf("%w: %w", ErrConflict, err))
	}
	return t.wroteAuthorization(a)
}

// notRecalled refuses an authorization of a client that is not there, or that the operator recalled after it was decided.
func (t *Tx) notRecalled(a store.Authorization, lock string) error {
	recalls, err := one(t, func(rows *sql.Rows, n *int) error { return rows.Scan(n) }, "a client", selectRecalls+lock, a.Client)
	if err == nil && a.Recalls < recalls {
		err = fmt.Errorf("adding an authorization: the client was recalled: %w", store.ErrNotFound)
	}
	return err
}

// replaceDead puts an authorization in the place of a dead one.
func (t *Tx) replaceDead(a store.Authorization, args []any) error {
	taken, err := t.exists("an authorization", selectSameID, a.Tenant, a.ID)
	if err == nil && taken {
		err = fmt.Errorf("adding an authorization: %w", store.ErrTaken)
	}
	if err != nil {
		return err
	}
	old, err := one(t, scanAuthorization, "an authorization", selectAuthorization+t.dialect.ForUpdate, a.Tenant, a.Client)
	if err != nil {
		return err
	}
	recalls, err := t.count("a client's recalls", selectRecalls, a.Client)
	if err != nil {
		return err
	}
	if !old.Revoked && old.Recalls >= recalls {
		return fmt.Errorf("adding an authorization: %w", store.ErrTaken)
	}
	if err := t.keepPast(old); err != nil {
		return err
	}
	_, err = t.exec("adding an authorization", replaceAuthorization, args...)
	return err
}

// UpdateAuthorization writes a new decision on an authorization that lives, and keeps the one before it. One that is dead
// is not found: it is never reopened. What users approved, when it was made, and under how many recalls stays.
func (t *Tx) UpdateAuthorization(a store.Authorization) error {
	old, err := one(t, scanAuthorization, "an authorization", selectLive+t.dialect.ForUpdate, a.Tenant, a.Client, a.ID)
	if err != nil {
		return err
	}
	if a.Version != old.Version+1 {
		return fmt.Errorf("version %d of an authorization whose version is %d: %w", a.Version, old.Version, store.ErrTaken)
	}
	if err := t.keepPast(old); err != nil {
		return err
	}
	a.Created, a.Approved, a.Installed, a.Recalls = old.Created, old.Approved, old.Installed, old.Recalls
	args, err := authorizationArgs(a)
	if err != nil {
		return fmt.Errorf("changing an authorization: %w", err)
	}
	if _, err := t.exec("changing an authorization", replaceAuthorization, args...); err != nil {
		return err
	}
	if a.Revoked {
		if _, err := t.exec("revoking an authorization", insertDead, a.Tenant, a.ID, a.Client, unix(t.now)); err != nil {
			return err
		}
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
	_, err = t.exec("keeping a past authorization", insertPast, a.Tenant, a.Client, unix(t.now), string(record))
	return err
}

// recalled has sweeping end what hangs on what tenants decided before the operator recalled a client.
func (t *Tx) recalled(client id.Client, recalls int) error {
	_, err := t.exec("recalling a client", insertRecalled, client, recalls, unix(t.now))
	return err
}

// authorizationArgs are the parameters of insertAuthorization and replaceAuthorization.
func authorizationArgs(a store.Authorization) ([]any, error) {
	if !storable(slices.Concat([]string{string(a.Origin), a.Reason, a.By}, a.Admission.Roles)...) {
		return nil, errText
	}
	kept, err := json.Marshal(terms{Uncapped: a.Uncapped, Whole: a.Whole, Ceiling: a.Ceiling, Admission: a.Admission, ForItself: a.ForItself,
		Registration: a.Registration, Reason: a.Reason, By: a.By, Previous: a.Previous, WasUncapped: a.WasUncapped})
	return []any{a.Tenant, a.Client, a.ID, a.Revoked, a.Approved.String(), unix(a.Installed), unix(a.Created), a.Version,
		string(a.Origin), string(stateAsStored(&a.Decision)), unix(a.Expires), a.Recalls, unix(a.Updated), string(kept)}, err
}

// stateAsStored is how an authorization stands by itself: without the time, what the operator recalled, and a tenant's rules.
func stateAsStored(d *policy.Decision) policy.State {
	switch {
	case d.Blocked:
		return policy.Blocked
	case d.Revoked:
		return policy.Revoked
	case d.Origin == policy.ByUser:
		return policy.Open
	}
	return policy.Authorized
}

// lockAuthorization holds a live authorization to the end of the transaction: whoever revokes it meanwhile ends what was
// given on it, and what is given after it was revoked is not found.
func (t *Tx) lockAuthorization(in id.Tenant, client id.Client, authorization id.Authorization) error {
	found, err := t.exists("an authorization", selectLive+t.dialect.ForUpdate, in, client, authorization)
	if err == nil && !found {
		err = fmt.Errorf("reading an authorization: %w", store.ErrNotFound)
	}
	return err
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
