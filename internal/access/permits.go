package access

import (
	"context"
	"fmt"

	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/store"
)

// heldRights are what the roles of a token's user hold, as of one standing of the token.
type heldRights struct {
	directory.Rights
	hold func(permission string) bool // made once, so that a call allocates nothing
}

// permits answers what the user behind a token may do beside its scopes; nil: the method asks for nothing of them, or there is
// no user. The roles are the token's, since whatever takes a role away marks what was issued to the user; what the roles hold
// is kept with the standing, since whatever takes a permission from a role marks those who have it. So a yes is good until a mark
// comes. A no is looked up again: what was given meanwhile leaves no mark.
func (a *Access) permits(ctx context.Context, c *Caller, st *standing, permission string) (func(string) bool, error) {
	if permission == "" || c.token.User.IsZero() {
		return nil, nil
	}
	if had := st.rights.Load(); had != nil && had.Hold(permission) {
		return had.hold, nil
	}
	rights, err := a.rules.Rights(a.records.roles(ctx), store.User{Tenant: c.token.Tenant, ID: c.token.User, Roles: c.token.Roles})
	if err != nil {
		return nil, fmt.Errorf("looking up what the user's roles hold: %w", err)
	}
	now := &heldRights{Rights: rights, hold: rights.Hold}
	st.rights.Store(now)
	return now.hold, nil
}

// rememberedRoles answers from memory the one question that the rules ask of a state about a user.
type rememberedRoles struct {
	store.Reader // nil: nothing else is asked
	role         func(in id.Tenant, name string) (store.Role, error)
}

// Role is a role of the tenant's own.
func (r rememberedRoles) Role(in id.Tenant, name string) (store.Role, error) { return r.role(in, name) }

// roles reads roles of tenants' own from memory.
func (m memoryRecords) roles(ctx context.Context) rememberedRoles {
	return rememberedRoles{role: func(in id.Tenant, name string) (store.Role, error) {
		own, err := recall(ctx, m.memoryFacts, m.ownRoles, in, rolesOf)
		if err != nil {
			return store.Role{}, err
		}
		role, ok := own[name]
		if !ok {
			return store.Role{}, store.ErrNotFound
		}
		return role, nil
	}}
}

// rolesOf are all roles of a tenant's own.
func rolesOf(r store.Reader, in id.Tenant) (map[string]store.Role, error) {
	out := map[string]store.Role{}
	for p := (store.Page{Limit: 500}); ; {
		list, err := r.ListRoles(in, p)
		if err != nil {
			return nil, err
		}
		for _, role := range list {
			out[role.ID] = role
			p.After = role.ID
		}
		if len(list) < p.Limit {
			return out, nil
		}
	}
}
