package access

import (
	"context"
	"fmt"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// party is whom it is asked about how a tenant stands to an app.
type party struct {
	in     id.Tenant
	client *store.Client
	user   *store.User // nil: none is known
	itself bool        // no user is behind it: the client acts for itself
	asked  scope.Set   // what the tenant's rules look at
	moved  bool        // a new consent, and the client is answered elsewhere than an administrator saw
	// registered is, for a new consent, what the client registered when it was decided on.
	registered scope.Set
}

// governed is how a tenant stands to an app, with what it rests on.
type governed struct {
	policy.Standing
	authorization store.Authorization // the newest; zero: there is none
	settings      policy.Governance
}

// stage is what tokens carry that are issued on the standing.
func (g *governed) stage() policy.Stage {
	if !g.Lenient {
		return policy.Enforce
	}
	return g.settings.Stage
}

// standing answers how a tenant stands to an app. Whatever decides on apps asks here.
func (a *Access) standing(ctx context.Context, from records, p party) (governed, error) {
	g, err := from.governance(ctx, p.in)
	if err != nil {
		return governed{}, fmt.Errorf("looking up how the tenant decides on apps: %w", err)
	}
	auth, _, err := found(from.authorization(ctx, p.in, p.client.ID))
	if err != nil {
		return governed{}, fmt.Errorf("looking up the authorization: %w", err)
	}
	return a.standingUnder(g.Settings, auth, p), nil
}

// standingUnder is how a tenant with these settings stands to an app on which it decided this; the zero Authorization: nothing.
func (a *Access) standingUnder(settings policy.Governance, auth store.Authorization, p party) governed {
	c := p.client
	q := policy.StandingQuestion{Now: a.clock.Now(), Governance: settings, Found: !auth.ID.IsZero(), Decision: auth.Decision,
		Client: c.ID.String(), Publisher: c.Registration.Publisher, Verified: c.Verified, BuiltIn: c.BuiltIn,
		Own: p.in == c.Owner, Recalls: c.Recalls, Asked: p.asked.Minus(a.catalogs.Implied(&c.Registration)),
		Risk: a.catalogs.Risk, ForItself: p.itself, Moved: p.moved, Registered: p.registered}
	if p.user != nil {
		q.UserKnown, q.User, q.Roles = true, p.user.ID, p.user.Roles
	}
	return governed{Standing: policy.Stand(&q), authorization: auth, settings: settings}
}
