package admin

import (
	"net/http"
	"time"

	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/strictjson"
)

// ConnectedApp is a connected app as it is answered. Scopes null is the whole catalog.
type ConnectedApp struct {
	ClientID      id.Client        `json:"client_id"`
	Name          string           `json:"name"`
	Enabled       bool             `json:"enabled"`
	Scopes        *[]string        `json:"scopes"`
	Authorization id.Authorization `json:"authorization_id"`
	Secrets       []Secret         `json:"secrets"`
	Created       time.Time        `json:"created_at"`
}

// Secret is a secret as it is answered. Its value stands only in the answer that creates it.
type Secret struct {
	ID      id.Secret `json:"id"`
	Value   string    `json:"value,omitempty"`
	Created time.Time `json:"created_at"`
}

func renderApp(app store.ConnectedApp) ConnectedApp {
	out := ConnectedApp{ClientID: app.Client, Name: app.Name, Enabled: app.Enabled, Authorization: app.Authorization,
		Secrets: renderSecrets(app), Created: app.Created}
	if !app.AllScopes {
		names := app.Scopes.Names()
		out.Scopes = &names
	}
	return out
}

func renderSecrets(app store.ConnectedApp) []Secret {
	out := make([]Secret, 0, len(app.Secrets))
	for _, s := range app.Secrets {
		out = append(out, Secret{ID: s.ID, Created: s.Created})
	}
	return out
}

func (a *API) connectedAppRoutes() {
	a.inTenant("GET /v1/tenants/{tenant}/connected-apps", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		p, err := page(r)
		if err != nil {
			return err
		}
		list, total, err := a.c.Registry.ListConnectedApps(r.Context(), in, p)
		if err != nil {
			return err
		}
		answerList(w, p, list, &total, renderApp, func(app store.ConnectedApp) string { return app.Client.String() })
		return nil
	})
	a.inTenant("POST /v1/tenants/{tenant}/connected-apps", func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
		var n struct {
			Name   string    `json:"name"`
			Scopes *[]string `json:"scopes"`
		}
		if err := body(w, r, &n); err != nil {
			return err
		}
		app, err := a.c.Registry.CreateConnectedApp(r.Context(), by(r), in, registry.NewConnectedApp(n))
		if err != nil {
			return err
		}
		answer(w, http.StatusCreated, renderApp(app))
		return nil
	})
	a.ofApp("GET /v1/tenants/{tenant}/connected-apps/{client}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		app, err := a.c.Registry.ConnectedApp(r.Context(), in, client)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, renderApp(app))
		return nil
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
			return a.changeApp(w, r, in, client, registry.ConnectedAppChange{Enabled: &enabled})
		})
	}
	a.ofApp("DELETE /v1/tenants/{tenant}/connected-apps/{client}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		if err := a.c.Registry.DeleteConnectedApp(r.Context(), by(r), in, client); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
	a.ofApp("GET /v1/tenants/{tenant}/connected-apps/{client}/secrets", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		app, err := a.c.Registry.ConnectedApp(r.Context(), in, client)
		if err != nil {
			return err
		}
		answer(w, http.StatusOK, listed[Secret]{Items: renderSecrets(app)})
		return nil
	})
	a.ofApp("POST /v1/tenants/{tenant}/connected-apps/{client}/secrets", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		s, value, err := a.c.Registry.CreateSecret(r.Context(), by(r), in, client)
		if err != nil {
			return err
		}
		answer(w, http.StatusCreated, Secret{ID: s.ID, Value: value, Created: s.Created})
		return nil
	})
	a.ofApp("DELETE /v1/tenants/{tenant}/connected-apps/{client}/secrets/{secret}", func(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client) error {
		secret, err := inPath[id.Secret](r, "secret", "secret")
		if err != nil {
			return err
		}
		if err := a.c.Registry.DeleteSecret(r.Context(), by(r), in, client, secret); err != nil {
			return err
		}
		w.WriteHeader(http.StatusNoContent)
		return nil
	})
}

// appChange reads a change. Scopes left out stay as they are; null assigns the whole catalog.
func appChange(w http.ResponseWriter, r *http.Request) (registry.ConnectedAppChange, error) {
	var c struct {
		Name    *string          `json:"name"`
		Enabled *bool            `json:"enabled"`
		Scopes  strictjson.Value `json:"scopes"`
	}
	if err := body(w, r, &c); err != nil {
		return registry.ConnectedAppChange{}, err
	}
	out := registry.ConnectedAppChange{Name: c.Name, Enabled: c.Enabled}
	if c.Scopes == nil {
		return out, nil
	}
	out.SetScopes = true
	if c.Scopes.Kind() == 'n' {
		return out, nil
	}
	names, ok := strictjson.Strings(c.Scopes, 1000)
	if !ok {
		return out, refusal.New(refusal.Finding{Code: refusal.FieldInvalid, Want: "scopes", Got: "want a list of strings, or null for the whole catalog"})
	}
	out.Scopes = &names
	return out, nil
}

func (a *API) changeApp(w http.ResponseWriter, r *http.Request, in id.Tenant, client id.Client, c registry.ConnectedAppChange) error {
	app, err := a.c.Registry.UpdateConnectedApp(r.Context(), by(r), in, client, c)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, renderApp(app))
	return nil
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
