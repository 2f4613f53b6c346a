package admin

import (
	"context"
	"net/http"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/store"
)

// Group is a group as it is answered.
type Group struct {
	ID      id.Group  `json:"id"`
	Name    string    `json:"name"`
	Created time.Time `json:"created_at"`
}

func renderGroup(g store.Group) Group { return Group{ID: g.ID, Name: g.Name, Created: g.Created} }

func groupName(g store.Group) string { return g.Name }

// groupBody is what a group is made of, and what can be changed in one.
type groupBody struct {
	Name string `json:"name"`
}

func (a *API) groupRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/groups", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		list, total, err := a.c.Directory.ListGroups(r.Context(), in, p)
		if err != nil {
			return err
		}
		answerList(w, p, list, &total, renderGroup, groupName)
		return nil
	})
	a.inTenant("POST /v1/tenants/{tenant}/groups", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var n groupBody
		if err := body(w, r, &n); err != nil {
			return err
		}
		g, err := a.c.Directory.CreateGroup(r.Context(), by(r), in, n.Name)
		if err != nil {
			return err
		}
		answer(w, http.StatusCreated, renderGroup(g))
		return nil
	})
	a.ofGroup("GET /v1/tenants/{tenant}/groups/{group}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		g, err := a.c.Directory.Group(r.Context(), in, group)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, renderGroup(g))
		return nil
	})
	a.ofGroup("PATCH /v1/tenants/{tenant}/groups/{group}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		var c groupBody
		if err := body(w, r, &c); err != nil {
			return err
		}
		g, err := a.c.Directory.RenameGroup(r.Context(), by(r), in, group, c.Name)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, renderGroup(g))
		return nil
	})
	a.ofGroup("DELETE /v1/tenants/{tenant}/groups/{group}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		if err := a.c.Directory.DeleteGroup(r.Context(), by(r), in, group); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	a.ofGroup("GET /v1/tenants/{tenant}/groups/{group}/users", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		list, total, err := a.c.Directory.ListMembers(r.Context(), in, group, p)
		if err != nil {
			return err
		}
		answerList(w, p, list, &total, renderUser, userName)
		return nil
	})
	a.ofMember("PUT", a.c.Directory.AddMember)
	a.ofMember("DELETE", a.c.Directory.RemoveMember)
}

// ofGroup runs a handler below a group.
func (a *API) ofGroup(pattern string, fn func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error) {
	a.inTenant(pattern, func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		group, err := inPath[id.Group](r, "group", "group")
		if err != nil {
			return err
		}
		return fn(w, r, in, group)
	})
}

// ofMember answers one verb on a group's member.
func (a *API) ofMember(verb string, change func(ctx context.Context, by audit.Actor, in id.Tenant, group id.Group, user id.User) error) {
	a.ofGroup(verb+" /v1/tenants/{tenant}/groups/{group}/users/{user}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, group id.Group) error {
		user, err := inPath[id.User](r, "user", "user")
		if err != nil {
			return err
		}
		if err := change(r.Context(), by(r), in, group, user); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}
