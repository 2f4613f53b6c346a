package admin

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/strictjson"
	"prokura/internal/v1"
)

func (a *API) clientRoutes() {
	a.handle("GET /v1/clients", a.listClients, append([]string{"owner"}, paged...)...)
	a.handle("POST /v1/clients", a.createClient, "dry_run")
	a.ofClient("GET /v1/clients/{client}", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		return one(w, renderClient)(a.c.Registry.FindClient(r.Context(), registry.Everybody(), client))
	})
	a.ofClient("PATCH /v1/clients/{client}", a.changeClient, "dry_run")
	a.ofClient("DELETE /v1/clients/{client}", func(w http.ResponseWriter, r *http.Request, client id.Client) error {
		return gone(w, a.c.Registry.DeleteClient(r.Context(), by(r), registry.Everybody(), client))
	})
	for action, enabled := range map[string]bool{"enable": true, "disable": false} {
		a.ofClient("POST /v1/clients/{client}/"+action, func(w http.ResponseWriter, r *http.Request, client id.Client) error {
			if err := noBody(w, r); err != nil {
				return err
			}
			return one(w, renderClient)(a.c.Registry.SwitchClient(r.Context(), by(r), client, enabled))
		})
	}
	for action, stop := range map[string]bool{"enable": false, "disable": true} {
		a.inTenant("POST /v1/tenants/{tenant}/clients/{client}/"+action, func(w http.ResponseWriter, r *http.Request, in id.Tenant) error {
			client, err := inPath[id.Client](r, "client", "app")
			if err != nil {
				return err
			}
			if err := noBody(w, r); err != nil {
				return err
			}
			return one(w, renderClient)(a.c.Registry.StopClient(r.Context(), by(r), registry.OwnedBy(in), client, stop))
		})
	}
	for action, verified := range map[string]bool{"verify": true, "unverify": false} {
		a.ofClient("POST /v1/clients/{client}/"+action, func(w http.ResponseWriter, r *http.Request, client id.Client) error {
			if err := noBody(w, r); err != nil {
				return err
			}
			return one(w, renderClient)(a.c.Registry.VerifyPublisher(r.Context(), by(r), client, verified))
		})
	}
	a.ofClient("POST /v1/clients/{client}/impact", a.impact)
	a.ofClient("POST /v1/clients/{client}/build-url", a.buildURL)
	a.clientSecretRoutes()
	a.clientLogoRoutes()
	a.clientBookRoutes()
}

// ofClient runs a handler below an app.
func (a *API) ofClient(pattern string, fn func(w http.ResponseWriter, r *http.Request, client id.Client) error, parameters ...string) {
	a.handle(pattern, func(w http.ResponseWriter, r *http.Request) error {
		client, err := inPath[id.Client](r, "client", "app")
		if err != nil {
			return err
		}
		return fn(w, r, client)
	}, parameters...)
}

func (a *API) listClients(w http.ResponseWriter, r *http.Request) error {
	p, err := page(r)
	if err != nil {
		return err
	}
	if _, err := cursor[id.Client](p); err != nil {
		return err
	}
	reach := registry.Everybody()
	if owner := r.URL.Query().Get("owner"); owner != "" {
		in, err := owns(owner)
		if err != nil {
			return err
		}
		reach = registry.OwnedBy(in)
	}
	list, err := a.c.Registry.ListClients(r.Context(), reach, p)
	if err != nil {
		return err
	}
	answerList(w, p, list, nil, renderClient, func(c store.Client) string { return c.ID.String() })
	return nil
}

// owns reads the account that an app belongs to.
func owns(owner string) (id.Tenant, error) {
	in, err := id.Parse[id.Tenant](owner)
	if err != nil {
		return in, refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "tenant", Got: owner, Field: "owner"})
	}
	return in, nil
}

func (a *API) createClient(w http.ResponseWriter, r *http.Request) error {
	dry, err := dryRun(r)
	if err != nil {
		return err
	}
	n := v1.NewClient{Registration: v1.Registration{InstallURL: true}} // what nearly every app is installed by
	if err := body(w, r, &n, "keys"); err != nil {
		return err
	}
	in := registry.NewClient{Draft: draftOf(n.Registration), BuiltIn: n.BuiltIn}
	if n.Owner != "" {
		if in.Owner, err = owns(n.Owner); err != nil {
			return err
		}
	}
	if dry {
		reg, notes, err := a.c.Registry.Check(in.Draft)
		if err != nil {
			return err
		}
		c := store.Client{Owner: in.Owner, Registration: reg, BuiltIn: in.BuiltIn, Created: a.c.Clock.Now().UTC().Truncate(time.Second)}
		out := renderChanged(registry.Registered{Client: c, Changes: registry.Diff(store.Registration{}, reg), Notes: notes})
		out.DryRun = true
		answer(w, http.StatusOK, out)
		return nil
	}
	made, err := a.c.Registry.CreateClient(r.Context(), by(r), in)
	if err != nil {
		return err
	}
	created(w, r, made.Client.ID.String(), renderChanged(made))
	return nil
}

func (a *API) changeClient(w http.ResponseWriter, r *http.Request, client id.Client) error {
	dry, err := dryRun(r)
	if err != nil {
		return err
	}
	c, change, err := a.readChange(w, r, client)
	if err != nil {
		return err
	}
	d := draftOf(change.Registration)
	if !dry {
		// What was left out was read from this version, so that nobody's change in between is undone.
		return one(w, renderChanged)(a.c.Registry.UpdateClient(r.Context(), by(r), registry.Everybody(), client, c.Version, d))
	}
	would, err := a.c.Registry.Preview(r.Context(), registry.Everybody(), client, c.Version, d)
	if err != nil {
		return err
	}
	found, err := a.c.Registry.Impact(r.Context(), registry.Everybody(), client, d)
	if err != nil {
		return err
	}
	out := renderChanged(would)
	impact := a.renderImpact(&would.Client, found)
	out.DryRun, out.Impact = true, &impact
	answer(w, http.StatusOK, out)
	return nil
}

// readChange reads a change over the registration in force.
func (a *API) readChange(w http.ResponseWriter, r *http.Request, client id.Client) (store.Client, v1.ClientChange, error) {
	c, err := a.c.Registry.FindClient(r.Context(), registry.Everybody(), client)
	if err != nil {
		return c, v1.ClientChange{}, err
	}
	change := v1.ClientChange{Version: c.Version, Registration: renderRegistration(c.Registration)}
	if err := body(w, r, &change, "keys"); err != nil {
		return c, change, err
	}
	if change.Version != c.Version {
		return c, change, refusal.New(refusal.Finding{Code: refusal.ClientChanged, Got: strconv.Itoa(change.Version), Want: strconv.Itoa(c.Version), Field: "version"})
	}
	return c, change, nil
}

func (a *API) impact(w http.ResponseWriter, r *http.Request, client id.Client) error {
	c, change, err := a.readChange(w, r, client)
	if err != nil {
		return err
	}
	found, err := a.c.Registry.Impact(r.Context(), registry.Everybody(), client, draftOf(change.Registration))
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, a.renderImpact(&c, found))
	return nil
}

func (a *API) buildURL(w http.ResponseWriter, r *http.Request, client id.Client) error {
	var in v1.URLPicks
	if err := body(w, r, &in); err != nil {
		return err
	}
	c, err := a.c.Registry.FindClient(r.Context(), registry.Everybody(), client)
	if err != nil {
		return err
	}
	picks := registry.URLPicks{RedirectURI: in.RedirectURI, State: in.State}
	for _, p := range []struct {
		names *[]string
		into  **scope.Set
	}{{in.Conditional, &picks.Conditional}, {in.Optional, &picks.Optional}} {
		if p.names != nil {
			set, err := registry.ParseScopes(*p.names)
			if err != nil {
				return err
			}
			*p.into = &set
		}
	}
	built, err := registry.BuildURL(a.c.Issuer, &c, picks)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, v1.BuiltURL{URL: built})
	return nil
}

// dryRun reads ?dry_run=.
func dryRun(r *http.Request) (bool, error) {
	switch s := r.URL.Query().Get("dry_run"); s {
	case "", "false":
		return false, nil
	case "true":
		return true, nil
	default:
		return false, refusal.New(refusal.Finding{Code: refusal.FieldUnknown, Got: "dry_run=" + s, Want: "dry_run=true, dry_run=false"})
	}
}

func draftOf(r v1.Registration) registry.Draft {
	if strictjson.Value(r.Keys).Kind() == 'n' { // null takes the keys away
		r.Keys = nil
	}
	return registry.Draft{Name: r.Name, Publisher: r.Publisher, Description: r.Description, Contact: store.Contact(r.Contact),
		RedirectURIs: r.RedirectURIs, Public: r.Public, Keys: r.Keys, InstallURL: r.InstallURL, Wire: r.Wire,
		ClientCredentials: r.ClientCredentials, Listed: r.Listed,
		Required: r.Required, Conditional: r.Conditional, Optional: r.Optional,
		AccessLife: inSeconds(r.AccessSeconds), RefreshLife: inSeconds(r.RefreshSeconds)}
}

// inSeconds never overflows: what is far out of range stays so.
func inSeconds(n int) time.Duration {
	const most = 1 << 32
	return time.Duration(max(min(n, most), -1)) * time.Second
}

func renderRegistration(r store.Registration) v1.Registration {
	return v1.Registration{Name: r.Name, Publisher: r.Publisher, Description: r.Description, Contact: v1.Contact(r.Contact),
		RedirectURIs: append([]string{}, r.RedirectURIs...), Public: r.Public, Keys: slices.Clone(r.Keys), InstallURL: r.InstallURL, Wire: r.Wire,
		ClientCredentials: r.ClientCredentials, Listed: r.Listed,
		Required: r.Required.Names(), Conditional: r.Conditional.Names(), Optional: r.Optional.Names(),
		AccessSeconds: int(r.AccessLife.Seconds()), RefreshSeconds: int(r.RefreshLife.Seconds())}
}

func renderClient(c store.Client) v1.Client {
	return v1.Client{ClientID: c.ID.String(), Owner: c.Owner.String(), Version: c.Version, Enabled: !c.Disabled, Stopped: c.Disabled && c.Registration.Stopped, BuiltIn: c.BuiltIn, Verified: c.Verified,
		Registration: renderRegistration(c.Registration), Logo: c.Registration.Logo, Secrets: renderClientSecrets(c), CreatedAt: c.Created}
}

func renderChanged(c registry.Registered) v1.ChangedClient {
	return v1.ChangedClient{Client: renderClient(c.Client), Changes: renderChanges(c.Changes), Notes: v1.FindingsOf(c.Notes)}
}

func renderChanges(list []registry.Change) []v1.Change {
	out := make([]v1.Change, 0, len(list))
	for _, c := range list {
		out = append(out, v1.Change(c))
	}
	return out
}
