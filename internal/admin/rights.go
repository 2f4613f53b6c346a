package admin

import (
	"net/http"
	"time"

	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/text"
	"prokura/internal/v1"
)

func renderEntitlement(h directory.Holding) v1.Entitlement {
	out := v1.Entitlement{Entitlement: h.Entitlement, InForce: h.InForce, Plan: h.Plan}
	if h.Single.Entitlement != "" {
		out.Change, out.From, out.Until, out.CreatedAt = "added", h.Single.From, h.Single.Until, h.Single.Created
		if h.Single.Withdrawn {
			out.Change = "withdrawn"
		}
	}
	return out
}

func (a *API) entitlementRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/entitlements", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		list, err := a.c.Directory.Holdings(r.Context(), in)
		if err != nil {
			return err
		}
		answerWhole(w, list, renderEntitlement)
		return nil
	})
	a.inTenant("PUT /v1/tenants/{tenant}/entitlements/{entitlement}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var c v1.EntitlementChange
		if err := body(w, r, &c); err != nil {
			return err
		}
		from, err := moment(c.From)
		if err != nil {
			return err
		}
		until, err := moment(c.Until)
		if err != nil {
			return err
		}
		return one(w, renderEntitlement)(a.c.Directory.PutEntitlement(r.Context(), by(r), store.Entitlement{Tenant: in,
			Entitlement: r.PathValue("entitlement"), Withdrawn: c.Withdrawn, From: from, Until: until}))
	})
	a.inTenant("DELETE /v1/tenants/{tenant}/entitlements/{entitlement}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		return gone(w, a.c.Directory.DeleteEntitlement(r.Context(), by(r), in, r.PathValue("entitlement")))
	})
}

// moment reads a time; empty is none.
func moment(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil || t.Year() < 1970 || t.Year() > 9999 {
		return time.Time{}, refusal.New(refusal.Finding{Code: refusal.DateUnreadable, Got: s, Want: "RFC 3339"})
	}
	return t, nil
}

// answerWhole writes a list that cannot grow long.
func answerWhole[R, T any](w http.ResponseWriter, records []R, render func(R) T) {
	out := v1.List[T]{Items: make([]T, 0, len(records))}
	for _, rec := range records {
		out.Items = append(out.Items, render(rec))
	}
	answer(w, http.StatusOK, out)
}

func (a *API) renderRole(role store.Role) v1.Role {
	out := v1.Role{ID: role.ID, Name: text.Text{EN: role.Name, DE: role.Name}, BuiltIn: role.Tenant.IsZero(),
		Permissions: orEmpty(role.Permissions), CreatedAt: role.Created}
	if out.BuiltIn {
		out.Name = text.Text{EN: role.ID, DE: role.ID}
		if r, ok := a.c.Catalogs.Role(role.ID); ok {
			out.Name = r.Title
		}
	}
	return out
}

func (a *API) roleRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/roles", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		list, err := a.c.Directory.ListRoles(r.Context(), in, p)
		if err != nil {
			return err
		}
		answerList(w, p, list, nil, a.renderRole, func(role store.Role) string { return role.ID })
		return nil
	}, paged...)
	a.inTenant("POST /v1/tenants/{tenant}/roles", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var n v1.NewRole
		if err := body(w, r, &n); err != nil {
			return err
		}
		role, err := a.c.Directory.CreateRole(r.Context(), by(r), store.Role{Tenant: in, ID: n.ID, Name: n.Name, Permissions: n.Permissions})
		if err != nil {
			return err
		}
		created(w, r, role.ID, a.renderRole(role))
		return nil
	})
	a.inTenant("GET /v1/tenants/{tenant}/roles/{role}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		return one(w, a.renderRole)(a.c.Directory.Role(r.Context(), in, r.PathValue("role")))
	})
	a.inTenant("PATCH /v1/tenants/{tenant}/roles/{role}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var c v1.RoleChange
		if err := body(w, r, &c); err != nil {
			return err
		}
		return one(w, a.renderRole)(a.c.Directory.UpdateRole(r.Context(), by(r), in, r.PathValue("role"), directory.RoleChange(c)))
	})
	a.inTenant("DELETE /v1/tenants/{tenant}/roles/{role}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		return gone(w, a.c.Directory.DeleteRole(r.Context(), by(r), in, r.PathValue("role")))
	})
	a.ofUser("GET /v1/tenants/{tenant}/users/{user}/roles", func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
		list, err := a.c.Directory.RolesOfUser(r.Context(), in, user)
		if err != nil {
			return err
		}
		answerWhole(w, list, a.renderRole)
		return nil
	})
	a.ofUser("PUT /v1/tenants/{tenant}/users/{user}/roles/{role}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
		if err := noBody(w, r); err != nil {
			return err
		}
		_, err := a.c.Directory.GiveRole(r.Context(), by(r), in, user, r.PathValue("role"))
		return gone(w, err)
	})
	a.ofUser("DELETE /v1/tenants/{tenant}/users/{user}/roles/{role}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, user id.User) error {
		_, err := a.c.Directory.TakeRole(r.Context(), by(r), in, user, r.PathValue("role"))
		return gone(w, err)
	})
}
