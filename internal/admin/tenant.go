package admin

import (
	"net/http"

	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/v1"
)

func renderTenant(t store.Tenant) v1.Tenant {
	return v1.Tenant{ID: t.ID.String(), Name: t.Name, ContentURL: t.ContentURL, Plan: t.Plan, CreatedAt: t.Created}
}

func (a *API) tenantRoutes() {
	a.handle("GET /v1/tenants", func(w http.ResponseWriter, r *http.Request) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		list, err := a.c.Directory.ListTenants(r.Context(), p)
		if err != nil {
			return err
		}
		answerList(w, p, list, nil, renderTenant, func(t store.Tenant) string { return t.ContentURL })
		return nil
	}, paged...)
	a.handle("POST /v1/tenants", func(w http.ResponseWriter, r *http.Request) error {
		var in v1.NewTenant
		if err := body(w, r, &in); err != nil {
			return err
		}
		t, err := a.c.Directory.CreateTenant(r.Context(), by(r), directory.NewTenant{Name: in.Name, ContentURL: in.ContentURL, Plan: in.Plan})
		if err != nil {
			return err
		}
		created(w, r, t.ID.String(), renderTenant(t))
		return nil
	})
	a.inTenant("GET /v1/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		return one(w, renderTenant)(a.c.Directory.Tenant(r.Context(), in))
	})
	a.inTenant("PATCH /v1/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var c v1.TenantChange
		if err := body(w, r, &c); err != nil {
			return err
		}
		return one(w, renderTenant)(a.c.Directory.UpdateTenant(r.Context(), by(r), in, directory.TenantChange(c)))
	})
	a.inTenant("DELETE /v1/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		return gone(w, a.c.Directory.DeleteTenant(r.Context(), by(r), in))
	})
}
