package govern

import (
	"context"
	"errors"
	"strings"

	"prokura/internal/decided"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// AppKind tells the two kinds of apps apart that a tenant decides on.
type AppKind string

// The kinds of apps.
const (
	RegisteredApp    AppKind = "app"           // registered for all tenants
	ConnectedAppKind AppKind = "connected_app" // made in one tenant
)

// App is what an administrator sees of an app.
type App struct {
	ID                          id.Client
	Kind                        AppKind
	Name, Publisher             string
	Verified, BuiltIn, Disabled bool
	Registration                store.Registration // zero of a connected app
	Version                     int                // of the registration
	// Resembles are apps that people here know under nearly the same name (A161). Only a look at one app fills it.
	Resembles []App
}

// Seen is a tenant's decision on an app as an administrator sees it. Where it decided nothing, the Authorization is zero but for
// tenant and client.
type Seen struct {
	store.Authorization
	App      App
	Standing policy.Standing
	Virtual  bool      // the app is built in, and no record of a decision is there yet: the one shown is what holds
	Wants    scope.Set // registered beyond the ceiling
	// Added are those of Wants that the app has registered only since it was decided on: what was left out then was decided, too.
	Added scope.Set
	// Moved: since it was decided on, the app got another publisher, or is answered elsewhere too, so that nobody can newly install
	// it until it is decided on again. Changes are all that changed in the registration since. Lists leave both out.
	Moved   bool
	Changes []registry.Change
}

func appOf(c *store.Client) App {
	return App{ID: c.ID, Kind: RegisteredApp, Name: c.Registration.Name, Publisher: c.Registration.Publisher, Verified: c.Verified,
		BuiltIn: c.BuiltIn, Disabled: c.Disabled, Registration: c.Registration, Version: c.Version}
}

// seen is how an administrator sees the decision on an app that is registered; nil: there is none.
func (d *Decisions) seen(g *policy.Governance, in id.Tenant, c *store.Client, auth *store.Authorization) Seen {
	s := Seen{App: appOf(c), Standing: d.standingOf(g, in, c, auth)}
	switch {
	case auth != nil:
		s.Authorization = *auth
	case c.BuiltIn && c.Recalls == 0:
		s.Authorization, s.Virtual = builtIn(in, c), true
	default:
		s.Tenant, s.Client = in, c.ID
	}
	if s.Standing.Limited {
		s.Wants = c.Registration.Scopes().Minus(s.Standing.Ceiling).Minus(d.catalogs.Implied(&c.Registration))
	}
	return s
}

// standingOf is how a tenant stands to an app with these settings, whoever uses it and whatever it asks for.
func (d *Decisions) standingOf(g *policy.Governance, in id.Tenant, c *store.Client, auth *store.Authorization) policy.Standing {
	var newest store.Authorization
	if auth != nil {
		newest = *auth
	}
	return d.judge.Under(*g, newest, decided.Party{In: in, Client: c, Asked: c.Registration.Scopes()}).Standing
}

// see is seen with what changed in the registration since it was decided on.
func (d *Decisions) see(r store.Reader, g *policy.Governance, in id.Tenant, c *store.Client, auth *store.Authorization) (Seen, error) {
	s := d.seen(g, in, c, auth)
	if auth == nil || auth.Registration >= c.Version {
		return s, nil
	}
	old, known, err := decided.Then(r, c, auth)
	s.sinceDecided(&old)
	if err != nil || auth.Revoked {
		return s, err
	}
	if known {
		s.Changes = registry.Diff(old, c.Registration)
	}
	if s.Moved = decided.Moved(auth, &old, known, c); s.Moved {
		s.Standing = d.judge.Under(*g, *auth, decided.Party{In: in, Client: c, Asked: c.Registration.Scopes(), Moved: true}).Standing
	}
	return s, nil
}

// sinceDecided says what an app wants only since it was decided on: not what it registered then and was left out. Where nobody
// knows what it registered then, all that it wants is new.
func (s *Seen) sinceDecided(then *store.Registration) { s.Added = s.Wants.Minus(then.Scopes()) }

// builtIn is what holds for an app of the vendor's own that the tenant did not decide on.
func builtIn(in id.Tenant, c *store.Client) store.Authorization {
	return store.Authorization{Tenant: in, Client: c.ID, Registration: c.Version, Created: c.Created, Updated: c.Created,
		Decision: policy.Decision{Origin: policy.ByBeingBuiltIn, Uncapped: true, Admission: policy.Admission{All: true}, Recalls: c.Recalls}}
}

// seenConnected is how an administrator sees a connected app, which is authorized by being made.
func seenConnected(app *store.ConnectedApp) Seen {
	s := Seen{App: App{ID: app.Client, Kind: ConnectedAppKind, Name: app.Name, Disabled: !app.Enabled},
		Authorization: store.Authorization{Tenant: app.Tenant, ID: app.Authorization, Client: app.Client, Version: app.Version, Created: app.Created, Updated: app.Created,
			Decision: policy.Decision{Origin: policy.ByBeingMade, Revoked: app.Revoked, Uncapped: app.AllScopes, Ceiling: app.Scopes,
				Admission: policy.Admission{All: true}}}}
	s.Standing = policy.Standing{State: policy.Authorized, Limited: !app.AllScopes, Ceiling: app.Scopes}
	if app.Revoked {
		s.Standing.State = policy.Revoked
	}
	return s
}

// Authorization is what a tenant decided on an app, also where that is nothing yet. What nobody in the tenant may see is unknown.
func (d *Decisions) Authorization(ctx context.Context, in id.Tenant, client id.Client) (Seen, error) {
	var s Seen
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		g, err := decided.Settings(r, in)
		if err != nil {
			return err
		}
		if s, err = d.find(r, &g.Settings, in, client); err != nil {
			return err
		}
		s.App.Resembles, err = resembling(r, in, &s.App)
		return err
	})
	if err != nil {
		return Seen{}, refused(err)
	}
	return s, nil
}

// FindClient finds what an administrator typed as a client ID.
func (d *Decisions) FindClient(ctx context.Context, in id.Tenant, text string) (Seen, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	client, err := id.Parse[id.Client](text)
	if err != nil {
		return Seen{}, refused(unknownClient(text))
	}
	return d.Authorization(ctx, in, client)
}

// find looks an app up as the tenant may see it. An app that is registered is found by its ID, listed or not: nobody can guess
// one, and its developer hands it out for just this. One that is switched off is found only where it left something behind, or by
// its owner; a connected app only where it was made. All others are unknown alike (A044).
func (d *Decisions) find(r store.Reader, g *policy.Governance, in id.Tenant, client id.Client) (Seen, error) {
	if _, err := r.Tenant(in); err != nil {
		return Seen{}, store.Refuse(err, "tenant", in.String())
	}
	c, auth, err := clientFor(r, in, client)
	if errors.Is(err, store.ErrNotFound) {
		app, err := r.ConnectedApp(in, client)
		if errors.Is(err, store.ErrNotFound) {
			return Seen{}, unknownClient(client.String())
		}
		if err != nil {
			return Seen{}, err
		}
		return seenConnected(&app), nil
	}
	if err != nil {
		return Seen{}, err
	}
	return d.see(r, g, in, &c, auth)
}

// clientFor reads an app that is registered, as far as the tenant may see it, with its newest decision; nil: there is none.
// store.ErrNotFound: the tenant sees none.
func clientFor(r store.Reader, in id.Tenant, client id.Client) (store.Client, *store.Authorization, error) {
	c, err := r.Client(client)
	if err != nil {
		return store.Client{}, nil, err
	}
	auth, ok, err := store.Found(r.AuthorizationOf(in, client))
	switch {
	case err != nil:
		return store.Client{}, nil, err
	case ok:
		return c, &auth, nil
	case c.Disabled && c.Owner != in:
		return store.Client{}, nil, store.ErrNotFound
	}
	return c, nil, nil
}
