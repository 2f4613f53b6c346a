package govern

import (
	"cmp"
	"context"
	"slices"
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// OwnApp is how a user stands to an app that they have, had, or asked for.
type OwnApp struct {
	App           App
	Client        store.Client
	Authorization store.Authorization // the newest; zero: the account decided nothing
	Standing      policy.Standing     // of the account to the app, for the user
	// Request is the newest one; zero: there was none, or it was taken back.
	Request store.AuthorizationRequest
	// Former is the newest grant that an administrator's decision ended, where none lives; zero: there is none.
	Former store.Grant
	// Had is when the newest grant was given that lives no more, whatever ended it; zero: there is none.
	Had  time.Time
	Wish Wish // what was asked for, or given, last
	// CanAsk: an administrator's decision is what is missing for the wish. CanInstall: nothing is.
	CanAsk, CanInstall bool
}

// Works says whether the account lets the user use the app.
func (o *OwnApp) Works() bool {
	s := &o.Standing
	return s.Stands() || s.Lenient && !s.Dead() && !s.Barred
}

// The bounds of what is shown to a user.
const (
	maxOwnRequests = 200
	maxFormer      = 200
)

// OfUser is how a user stands to the apps that they have, as far as those are named, that they had until an administrator's decision
// ended it, and that they asked for. Apps that are gone are left out.
func (d *Decisions) OfUser(ctx context.Context, in id.Tenant, user id.User, has []id.Client) (list []OwnApp, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		list = nil
		u, err := r.User(in, user)
		if err != nil {
			return store.Refuse(err, "user", user.String())
		}
		found, err := d.gather(r, &u, has)
		if err != nil {
			return err
		}
		m, err := d.meansOf(r, &u)
		if err != nil {
			return err
		}
		for _, o := range found {
			ok, err := d.own(ctx, r, &m, o)
			if err != nil {
				return err
			}
			if ok {
				list = append(list, *o)
			}
		}
		return nil
	})
	if err != nil {
		return nil, refused(err)
	}
	return list, nil
}

// gather finds the apps, with what the user asked for and had, the newest first.
func (d *Decisions) gather(r store.Reader, u *store.User, has []id.Client) ([]*OwnApp, error) {
	var out []*OwnApp
	of := func(client id.Client) *OwnApp {
		i := slices.IndexFunc(out, func(o *OwnApp) bool { return o.Client.ID == client })
		if i < 0 {
			i = len(out)
			out = append(out, &OwnApp{Client: store.Client{ID: client}})
		}
		return out[i]
	}
	requests, err := r.ListAuthorizationRequests(u.Tenant, store.RequestFilter{User: u.ID}, store.Page{Limit: maxOwnRequests})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(requests, newerRequest)
	now := d.clock.Now()
	asked := map[id.Client]bool{}
	for _, q := range requests {
		if !asked[q.Client] && q.State != store.RequestWithdrawn {
			of(q.Client).Request = asOf(q, now)
		}
		asked[q.Client] = true
	}
	former, err := r.FormerGrants(u.Tenant, u.ID, maxFormer)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(former, func(a, b store.Grant) int { return b.Created.Compare(a.Created) })
	seen := map[id.Client]bool{}
	for _, g := range former {
		if ended := endedByDecision(&g) && !slices.Contains(has, g.Client); !seen[g.Client] && (ended || asked[g.Client]) {
			o := of(g.Client)
			if o.Had = g.Created; ended {
				o.Former = g
			}
		}
		seen[g.Client] = true
	}
	for _, client := range has {
		of(client)
	}
	return out, nil
}

// endedByDecision says whether an administrator's decision ended a grant. One that is over, and does not say so yet, hangs on an
// authorization that was revoked.
func endedByDecision(g *store.Grant) bool {
	return g.Ended.IsZero() || g.EndedBy == AuthorizationRevoked || g.EndedBy == UserRevoked
}

// own fills in what holds now; false: the app is gone, or is none that is decided on.
func (d *Decisions) own(ctx context.Context, r store.Reader, m *means, o *OwnApp) (bool, error) {
	c, ok, err := store.Found(r.Client(o.Client.ID))
	if !ok {
		return false, err
	}
	o.Client, o.App = c, appOf(&c)
	o.Wish = wishOf(o, &c.Registration)
	g, err := d.standsFor(ctx, r, &c, m.user, o.Wish.Scope.Union(o.Wish.Optional))
	if err != nil {
		return false, err
	}
	o.Authorization, o.Standing = g.Authorization, g.Standing
	v := d.foresee(m, &c, &o.Wish, &g)
	o.CanAsk = v.Askable() && g.State != policy.Blocked && !c.Disabled
	o.CanInstall = !v.Refused() && len(v.Findings) == 0 && o.Works() && !c.Disabled
	return true, nil
}

// wishOf is what the user asked for, else had, last, put where an install URL has to have it now.
func wishOf(o *OwnApp, reg *store.Registration) Wish {
	var asked scope.Set
	switch {
	case !o.Request.ID.IsZero():
		asked = o.Request.Scope.Union(o.Request.Optional)
	case !o.Former.ID.IsZero():
		asked = o.Former.Scopes
	default:
		asked = reg.Scopes()
	}
	inScope := reg.Required.Union(asked.Intersect(reg.Conditional))
	return Wish{Scope: inScope, Optional: asked.Intersect(reg.Optional).Minus(inScope)}
}

// Since is since when the user cannot use an app that they had; zero: it is not known, or they can.
func (o *OwnApp) Since() time.Time {
	a := &o.Authorization
	switch {
	case o.Works():
		return o.Former.Ended
	case o.Standing.Barred && !o.Standing.Dead():
		return o.Former.Ended
	case o.Standing.State == policy.Lapsed:
		return a.Expires
	case o.Standing.State == policy.Revoked && !a.Revoked:
		return time.Time{} // the operator revoked it everywhere
	case a.ID.IsZero(), o.Standing.State == policy.Undecided, o.Standing.State == policy.Blocked && !a.Blocked:
		return time.Time{} // a rule of the account's, not a decision on the app
	}
	return a.Updated
}

// InstallPlace is the redirect URI at which an installation of the wish is known to end: that of the install URL seen last that asks
// for the same, else the only one there is. Empty: it is not known, or the app begins installations itself.
func (d *Decisions) InstallPlace(ctx context.Context, o *OwnApp) (string, error) {
	reg := &o.Client.Registration
	if !reg.InstallURL || reg.Public || len(reg.RedirectURIs) == 0 {
		return "", nil
	}
	if len(reg.RedirectURIs) == 1 {
		return reg.RedirectURIs[0], nil
	}
	var seen []store.InstallURL
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		seen, err = r.InstallURLs(o.Client.ID)
		return err
	})
	if err != nil {
		return "", refused(err)
	}
	same := func(text string, want scope.Set) bool {
		got, err := scope.ParseList(text)
		return err == nil && got.Equal(want)
	}
	seen = slices.DeleteFunc(seen, func(u store.InstallURL) bool {
		return !slices.Contains(reg.RedirectURIs, u.RedirectURI) || !same(u.Scope, o.Wish.Scope) || !same(u.Optional, o.Wish.Optional)
	})
	if len(seen) == 0 {
		return "", nil
	}
	return slices.MaxFunc(seen, func(a, b store.InstallURL) int { return cmp.Or(a.Last.Compare(b.Last), cmp.Compare(a.Count, b.Count)) }).RedirectURI, nil
}
