package govern

import (
	"context"

	"prokura/internal/decided"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// standsFor is how a tenant stands to an app for one of its users, who asks for some scopes.
func (d *Decisions) standsFor(ctx context.Context, r store.Reader, c *store.Client, u *store.User, asked scope.Set) (decided.Standing, error) {
	from := decided.Reading{Reader: r}
	p := decided.Party{In: u.Tenant, Client: c, User: u, Asked: asked}
	auth, _, err := store.Found(from.Newest(ctx, p.In, c.ID))
	if err != nil {
		return decided.Standing{}, err
	}
	if auth.Origin == policy.ByAdministrator {
		old, known, err := decided.Then(r, c, &auth)
		if err != nil {
			return decided.Standing{}, err
		}
		p.Moved = decided.Moved(&auth, &old, known, c)
	}
	return d.judge.On(ctx, from, p)
}

// foresee is what installing the app would be answered if what is asked for stood where it belongs: the verdict says whether an
// administrator's decision is what is missing, and whether nothing else is.
func (d *Decisions) foresee(r store.Reader, s *wisher, g *decided.Standing) (policy.Installation, error) {
	implied := d.catalogs.Implied(&s.client.Registration)
	q := policy.InstallQuestion{Client: s.client.ID.String(), ClientFound: policy.Passed, Enabled: !s.client.Disabled, Redirect: policy.Passed,
		Scope: s.scope, Optional: s.optional, Required: s.scope.Minus(implied), Selectable: s.optional.Minus(implied), Implied: implied,
		Facts: d.catalogs.Facts, Plans: d.catalogs.AllPlans(), Tenant: policy.Passed, User: policy.Passed, Disabled: s.user.Disabled}
	t, err := r.Tenant(s.user.Tenant)
	if err != nil {
		return policy.Installation{}, err
	}
	if q.Entitled, err = d.rules.Entitled(r, t, s.now); err != nil {
		return policy.Installation{}, err
	}
	rights, err := d.rules.Rights(r, s.user)
	if err != nil {
		return policy.Installation{}, err
	}
	q.Plan, q.Permissions, q.SuperAdmin = t.Plan, rights.Hold, rights.SuperAdmin
	if asked := s.scope.Union(s.optional); asked.Minus(g.Leaves(asked)).Len() > 0 && (g.Barred || !g.Lenient) {
		q.SuperAdmin = true // the account has to decide in any case, and whoever does can give the user a role as well
	}
	if !g.Dead() {
		q.Approved = g.Authorization.Approved
	}
	q.Govern(g.Standing)
	return policy.Install(&q), nil
}
