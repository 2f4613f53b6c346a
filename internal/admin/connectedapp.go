package admin

import (
	"context"
	"math"
	"net/http"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/strictjson"
	"prokura/internal/v1"
)

func renderApp(app store.ConnectedApp) v1.ConnectedApp {
	out := v1.ConnectedApp{ClientID: app.Client.String(), Name: app.Name, Enabled: app.Enabled, Revoked: app.Revoked,
		AuthorizationID: app.Authorization.String(), Version: app.Version, Secrets: renderSecrets(app), CreatedAt: app.Created}
	if !app.AllScopes {
		names := app.Scopes.Names()
		out.Scopes = &names
	}
	return out
}

func renderSecrets(app store.ConnectedApp) []v1.Secret {
	out := make([]v1.Secret, 0, len(app.Secrets))
	for _, s := range app.Secrets {
		out = append(out, v1.Secret{ID: s.ID.String(), CreatedAt: s.Created})
	}
	return out
}

func (a *API) connectedAppRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/connected-apps", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		if _, err := cursor[id.Client](p); err != nil {
			return err
		}
		return many(w, p, renderApp, func(app store.ConnectedApp) string { return app.Client.String() })(a.c.Registry.ListConnectedApps(r.Context(), in, p))
	}, paged...)
	a.inTenant("POST /v1/tenants/{tenant}/connected-apps", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var n v1.NewConnectedApp
		if err := body(w, r, &n, "scopes"); err != nil {
			return err
		}
		app, err := a.c.Registry.CreateConnectedApp(r.Context(), by(r), in, registry.NewConnectedApp(n))
		if err != nil {
			return err
		}
		created(w, r, app.Client.String(), renderApp(app))
		return nil
	})
	a.ofApp("GET /v1/tenants/{tenant}/connected-apps/{client}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		return one(w, renderApp)(a.c.Registry.ConnectedApp(r.Context(), in, client))
	})
	a.ofApp("PATCH /v1/tenants/{tenant}/connected-apps/{client}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		c, err := appChange(w, r)
		if err != nil {
			return err
		}
		return a.changeApp(w, r, in, client, c)
	})
	for action, enabled := range map[string]bool{"enable": true, "disable": false} {
		a.ofApp("POST /v1/tenants/{tenant}/connected-apps/{client}/"+action, func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
			if err := noBody(w, r); err != nil {
				return err
			}
			return a.changeApp(w, r, in, client, registry.ConnectedAppChange{Enabled: &enabled})
		})
	}
	a.decision("revoke", a.c.Registry.RevokeAuthorization)
	a.decision("authorize", a.c.Registry.Authorize)
	a.ofApp("DELETE /v1/tenants/{tenant}/connected-apps/{client}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		return gone(w, a.c.Registry.DeleteConnectedApp(r.Context(), by(r), in, client))
	})
}

// decision answers one decision of the tenant on an app.
func (a *API) decision(action string, decide func(context.Context, audit.Actor, id.Tenant, id.Client) (store.ConnectedApp, error)) {
	a.ofApp("POST /v1/tenants/{tenant}/connected-apps/{client}/"+action, func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		if err := noBody(w, r); err != nil {
			return err
		}
		app, err := decide(r.Context(), by(r), in, client)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, renderApp(app))
		return nil
	})
}

func (a *API) secretRoutes() {
	a.ofApp("GET /v1/tenants/{tenant}/connected-apps/{client}/secrets", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		app, err := a.c.Registry.ConnectedApp(r.Context(), in, client)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, v1.List[v1.Secret]{Items: renderSecrets(app)})
		return nil
	})
	a.ofApp("POST /v1/tenants/{tenant}/connected-apps/{client}/secrets", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		if err := noBody(w, r); err != nil {
			return err
		}
		s, value, err := a.c.Registry.CreateSecret(r.Context(), by(r), in, client)
		if err != nil {
			return err
		}
		answer(w, http.StatusCreated, v1.Secret{ID: s.ID.String(), Value: value, CreatedAt: s.Created})
		return nil
	})
	a.ofApp("DELETE /v1/tenants/{tenant}/connected-apps/{client}/secrets/{secret}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		secret, err := inPath[id.Secret](r, "secret", "secret")
		if err != nil {
			return err
		}
		return gone(w, a.c.Registry.DeleteSecret(r.Context(), by(r), in, client, secret))
	})
}

// appChange reads a change. Scopes left out stay as they are; null assigns the whole catalog.
func appChange(w http.ResponseWriter, r *http.Request) (registry.ConnectedAppChange, error) {
	var c struct {
		Name    *string          `json:"name"`
		Enabled *bool            `json:"enabled"`
		Scopes  strictjson.Value `json:"scopes"`
		Version *int             `json:"version"`
	}
	if err := body(w, r, &c, "scopes"); err != nil {
		return registry.ConnectedAppChange{}, err
	}
	out := registry.ConnectedAppChange{Name: c.Name, Enabled: c.Enabled, Version: c.Version}
	if c.Scopes == nil {
		return out, nil
	}
	out.SetScopes = true
	if c.Scopes.Kind() == 'n' {
		return out, nil
	}
	names, ok := strictjson.Strings(c.Scopes, math.MaxInt)
	if !ok {
		return out, refusal.New(refusal.Finding{Code: refusal.FieldKind, Got: "scopes", Want: strictjson.KindName(c.Scopes.Kind())})
	}
	out.Scopes = &names
	return out, nil
}

func (a *API) changeApp(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client, c registry.ConnectedAppChange) error {
	return one(w, renderApp)(a.c.Registry.UpdateConnectedApp(r.Context(), by(r), in, client, c))
}

// ofApp runs a handler below a connected app.
func (a *API) ofApp(pattern string, fn func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error) {
	a.inTenant(pattern, func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		client, err := inPath[id.Client](r, "client", "connected app")
		if err != nil {
			return err
		}
		return fn(w, r, in, client)
	})
}
