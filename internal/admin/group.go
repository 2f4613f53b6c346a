package admin

import (
	"context"
	"net/http"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/v1"
)

func renderGroup(g store.Group) v1.Group {
	return v1.Group{ID: g.ID.String(), Name: g.Name, CreatedAt: g.Created}
}

func groupName(g store.Group) string { return g.Name }

func (a *API) groupRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/groups", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		return many(w, p, renderGroup, groupName)(a.c.Directory.ListGroups(r.Context(), in, p))
	}, paged...)
	a.inTenant("POST /v1/tenants/{tenant}/groups", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var n v1.GroupName
		if err := body(w, r, &n); err != nil {
			return err
		}
		g, err := a.c.Directory.CreateGroup(r.Context(), by(r), in, n.Name)
		if err != nil {
			return err
		}
		created(w, r, g.ID.String(), renderGroup(g))
		return nil
	})
	a.ofGroup("GET /v1/tenants/{tenant}/groups/{group}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		return one(w, renderGroup)(a.c.Directory.Group(r.Context(), in, group))
	})
	a.ofGroup("PATCH /v1/tenants/{tenant}/groups/{group}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		var c v1.GroupName
		if err := body(w, r, &c); err != nil {
			return err
		}
		return one(w, renderGroup)(a.c.Directory.RenameGroup(r.Context(), by(r), in, group, c.Name))
	})
	a.ofGroup("DELETE /v1/tenants/{tenant}/groups/{group}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		return gone(w, a.c.Directory.DeleteGroup(r.Context(), by(r), in, group))
	})
	a.ofGroup("GET /v1/tenants/{tenant}/groups/{group}/users", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		return many(w, p, renderUser, userName)(a.c.Directory.ListMembers(r.Context(), in, group, p))
	}, paged...)
	a.ofMember("PUT", a.c.Directory.AddMember)
	a.ofMember("DELETE", a.c.Directory.RemoveMember)
}

// ofGroup runs a handler below a group.
func (a *API) ofGroup(pattern string, fn func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error, parameters ...string) {
	a.inTenant(pattern, func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		group, err := inPath[id.Group](r, "group", "group")
		if err != nil {
			return err
		}
		return fn(w, r, in, group)
	}, parameters...)
}

// ofMember answers one verb on a group's member.
func (a *API) ofMember(verb string, change func(ctx context.Context, by audit.Actor, in id.Tenant, group id.Group, user id.User) error) {
	a.ofGroup(verb+" /v1/tenants/{tenant}/groups/{group}/users/{user}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		user, err := inPath[id.User](r, "user", "user")
		if err != nil {
			return err
		}
		if err := noBody(w, r); err != nil {
			return err
		}
		return gone(w, change(r.Context(), by(r), in, group, user))
	})
}
