// Package decided answers how a tenant stands to an app, by what was decided on it: the tenant's settings, and its newest
// authorization. Whatever gives an app something asks here, and whatever shows what it has; [policy.Stand] judges.
package decided

import (
	"context"
	"fmt"

	"prokura/internal/clock"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Party is whom it is asked about how a tenant stands to an app.
type Party struct {
	In     id.Tenant
	Client *store.Client
	User   *store.User // nil: none is known
	Itself bool        // no user is behind it: the client acts for itself
	Asked  scope.Set   // what the tenant's rules look at
	Moved  bool        // a new consent, and the client is answered elsewhere than an administrator saw
}

// Standing is how a tenant stands to an app, with what it rests on.
type Standing struct {
	policy.Standing
	Authorization store.Authorization // the newest; zero: there is none
	Settings      policy.Governance
}

// Stage is what tokens carry that are issued on the standing.
func (s *Standing) Stage() policy.Stage {
	if !s.Lenient {
		return policy.Enforce
	}
	return s.Settings.Stage
}

// Facts are where a standing finds what it rests on: memory, or the state of a transaction.
type Facts interface {
	// Settings are how a tenant decides on apps. One that never said so has the vendor's stage.
	Settings(ctx context.Context, in id.Tenant) (store.Governance, error)
	// Newest is the newest authorization of an app; store.ErrNotFound: there is none.
	Newest(ctx context.Context, in id.Tenant, client id.Client) (store.Authorization, error)
}

// Judge answers how tenants stand to apps.
type Judge struct {
	Catalogs *registry.Catalogs
	Clock    clock.Clock
}

// On answers from facts.
func (j Judge) On(ctx context.Context, from Facts, p Party) (Standing, error) {
	g, err := from.Settings(ctx, p.In)
	if err != nil {
		return Standing{}, fmt.Errorf("looking up how the tenant decides on apps: %w", err)
	}
	auth, _, err := store.Found(from.Newest(ctx, p.In, p.Client.ID))
	if err != nil {
		return Standing{}, fmt.Errorf("looking up the authorization: %w", err)
	}
	return j.Under(g.Settings, auth, p), nil
}

// Under is how a tenant with these settings stands to an app on which it decided this; the zero Authorization: nothing.
func (j Judge) Under(settings policy.Governance, auth store.Authorization, p Party) Standing {
	c := p.Client
	q := policy.StandingQuestion{Now: j.Clock.Now(), Governance: settings, Found: !auth.ID.IsZero(), Decision: auth.Decision,
		Client: c.ID.String(), Publisher: c.Registration.Publisher, Verified: c.Verified, BuiltIn: c.BuiltIn,
		Own: p.In == c.Owner, Recalls: c.Recalls, Asked: p.Asked.Minus(j.Catalogs.Implied(&c.Registration)),
		Risk: j.Catalogs.Risk, ForItself: p.Itself, Moved: p.Moved}
	if c.BuiltIn || auth.Registration >= c.Version {
		q.Registered = c.Registration.Scopes()
	}
	if p.User != nil {
		q.UserKnown, q.User, q.Roles = true, p.User.ID, p.User.Roles
	}
	return Standing{Standing: policy.Stand(&q), Authorization: auth, Settings: settings}
}
