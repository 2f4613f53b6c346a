package admin

import (
	"net/http"

	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/v1"
)

func renderUser(u store.User) v1.User {
	return v1.User{ID: u.ID.String(), Name: u.Name, FullName: u.FullName, Email: u.Email, Roles: orEmpty(u.Roles),
		PlatformRoles: orEmpty(u.PlatformRoles), Disabled: u.Disabled, CreatedAt: u.Created}
}

func userName(u store.User) string { return u.Name }

// orEmpty keeps null out of answers.
func orEmpty(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

func (a *API) userRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/users", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		return many(w, p, renderUser, userName)(a.c.Directory.ListUsers(r.Context(), in, p))
	}, paged...)
	a.inTenant("POST /v1/tenants/{tenant}/users", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var n v1.NewUser
		if err := body(w, r, &n); err != nil {
			return err
		}
		u, err := a.c.Directory.CreateUser(r.Context(), by(r), in, directory.NewUser(n))
		if err != nil {
			return err
		}
		created(w, r, u.ID.String(), renderUser(u))
		return nil
	})
	a.ofUser("GET /v1/tenants/{tenant}/users/{user}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
		return one(w, renderUser)(a.c.Directory.User(r.Context(), in, user))
	})
	a.ofUser("PATCH /v1/tenants/{tenant}/users/{user}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
		var c v1.UserChange
		if err := body(w, r, &c); err != nil {
			return err
		}
		return one(w, renderUser)(a.c.Directory.UpdateUser(r.Context(), by(r), in, user, directory.UserChange(c)))
	})
	a.ofUser("DELETE /v1/tenants/{tenant}/users/{user}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
		return gone(w, a.c.Directory.DeleteUser(r.Context(), by(r), in, user))
	})
	a.ofUser("GET /v1/tenants/{tenant}/users/{user}/groups", func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		list, err := a.c.Directory.ListGroupsOfUser(r.Context(), in, user, p)
		if err != nil {
			return err
		}
		answerList(w, p, list, nil, renderGroup, groupName)
		return nil
	}, paged...)
}

// ofUser runs a handler below a user.
func (a *API) ofUser(pattern string, fn func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error, parameters ...string) {
	a.inTenant(pattern, func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		user, err := inPath[id.User](r, "user", "user")
		if err != nil {
			return err
		}
		return fn(w, r, in, user)
	}, parameters...)
}
