package admin

import (
	"net/http"
	"time"

	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/store"
)

// Tenant is a tenant as it is answered.
type Tenant struct {
	ID         id.Tenant `json:"id"`
	Name       string    `json:"name"`
	ContentURL string    `json:"content_url"`
	Plan       string    `json:"plan"`
	Created    time.Time `json:"created_at"`
}

func renderTenant(t store.Tenant) Tenant {
	return Tenant{ID: t.ID, Name: t.Name, ContentURL: t.ContentURL, Plan: t.Plan, Created: t.Created}
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
	})
	a.handle("POST /v1/tenants", func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			Name       string `json:"name"`
			ContentURL string `json:"content_url"`
			Plan       string `json:"plan"`
		}
		if err := body(w, r, &in); err != nil {
			return err
		}
		t, err := a.c.Directory.CreateTenant(r.Context(), by(r), directory.NewTenant{Name: in.Name, ContentURL: in.ContentURL, Plan: in.Plan})
		if err != nil {
			return err
		}
		answer(w, http.StatusCreated, renderTenant(t))
		return nil
	})
	a.inTenant("GET /v1/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		t, err := a.c.Directory.Tenant(r.Context(), in)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, renderTenant(t))
		return nil
	})
	a.inTenant("PATCH /v1/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var c struct {
			Name       *string `json:"name"`
			ContentURL *string `json:"content_url"`
			Plan       *string `json:"plan"`
		}
		if err := body(w, r, &c); err != nil {
			return err
		}
		t, err := a.c.Directory.UpdateTenant(r.Context(), by(r), in, directory.TenantChange(c))
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, renderTenant(t))
		return nil
	})
	a.inTenant("DELETE /v1/tenants/{tenant}", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		if err := a.c.Directory.DeleteTenant(r.Context(), by(r), in); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}
