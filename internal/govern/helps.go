package govern

import (
	"context"

	"prokura/internal/decided"
	"prokura/internal/directory"
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

// means are what decides on installing any app, whatever the account decided on it: the functions of its plan, and the user's own
// permissions.
type means struct {
	user     *store.User
	plan     string
	entitled func(entitlement string) bool
	rights   directory.Rights
}

// meansOf reads those of a user.
func (d *Decisions) meansOf(r store.Reader, u *store.User) (m means, err error) {
	t, err := r.Tenant(u.Tenant)
	if err != nil {
		return means{}, err
	}
	m = means{user: u, plan: t.Plan}
	if m.entitled, err = d.rules.Entitled(r, t, d.when()); err != nil {
		return means{}, err
	}
	m.rights, err = d.rules.Rights(r, *u)
	return m, err
}

// foresee is what installing the app would be answered if what is asked for stood where it belongs: the verdict says whether an
// administrator's decision is what is missing, and whether nothing else is.
func (d *Decisions) foresee(m *means, c *store.Client, w *Wish, g *decided.Standing) policy.Installation {
	implied := d.catalogs.Implied(&c.Registration)
	q := policy.InstallQuestion{Client: c.ID.String(), ClientFound: policy.Passed, Enabled: !c.Disabled, Redirect: policy.Passed,
		Scope: w.Scope, Optional: w.Optional, Required: w.Scope.Minus(implied), Selectable: w.Optional.Minus(implied), Implied: implied,
		Facts: d.catalogs.Facts, Plans: d.catalogs.AllPlans(), Tenant: policy.Passed, Plan: m.plan, Entitled: m.entitled,
		User: policy.Passed, Disabled: m.user.Disabled, Permissions: m.rights.Hold, SuperAdmin: m.rights.SuperAdmin}
	if asked := w.Scope.Union(w.Optional); asked.Minus(g.Leaves(asked)).Len() > 0 && (g.Barred || !g.Lenient) {
		q.SuperAdmin = true // the account has to decide in any case, and whoever does can give the user a role as well
	}
	if !g.Dead() {
		q.Approved = g.Authorization.Approved
	}
	q.Govern(g.Standing)
	return policy.Install(&q)
}
