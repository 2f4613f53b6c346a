package govern

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"prokura/internal/decided"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// Shift is what other settings would change for the apps that are in use.
type Shift struct {
	Stops  []Affected // what works now and would be refused, those with the most grants first
	Starts []Affected // what is refused now and would work
	More   bool       // not everything could be looked at: of an app's users, or of the calls that would have been refused
}

// Affected is an app whose standing changes.
type Affected struct {
	App   App
	Reach store.Reach     // of a connected app, only the users whose calls would have been refused
	Why   refusal.Finding // what refuses it: then, where it stops; now, where it starts
}

// shiftedAtOnce is how many apps are looked at in one step, so that none holds the database for long.
const shiftedAtOnce = 200

// ForeseeGovernance says which of a tenant's apps would stop with other settings, and which would start, and changes nothing. It goes
// through all of them in steps, so that what is decided meanwhile may count or not.
func (d *Decisions) ForeseeGovernance(ctx context.Context, in id.Tenant, g policy.Governance) (Shift, error) {
	var out Shift
	var now store.Governance
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		out = Shift{}
		if _, err := r.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		if now, err = decided.Settings(r, in); err != nil {
			return err
		}
		if err := d.checkSettings(r, in, &g); err != nil {
			return err
		}
		switch was, is := now.Settings.Stage.Lenient(), g.Stage.Lenient(); {
		case was && !is:
			out.Stops, out.More, err = d.connectedShift(r, in)
		case is && !was:
			out.Starts, out.More, err = d.connectedShift(r, in)
		}
		return err
	})
	for p := (store.Page{Limit: shiftedAtOnce}); err == nil; {
		var step Shift
		var list []store.Authorization
		err = d.store.View(ctx, func(r store.Reader) (err error) {
			step = Shift{}
			list, err = r.ListAuthorizations(in, store.AuthorizationFilter{}, p)
			for i := 0; i < len(list) && err == nil; i++ {
				err = d.shift(r, &now.Settings, &g, &list[i], &step)
			}
			return err
		})
		out.Stops, out.Starts, out.More = append(out.Stops, step.Stops...), append(out.Starts, step.Starts...), out.More || step.More
		if len(list) < p.Limit {
			break
		}
		p.After = list[len(list)-1].Client.String()
	}
	if err != nil {
		return Shift{}, refused(err)
	}
	for _, list := range [][]Affected{out.Stops, out.Starts} {
		slices.SortStableFunc(list, func(x, y Affected) int {
			return cmp.Or(cmp.Compare(y.Reach.Grants, x.Reach.Grants), cmp.Compare(y.Reach.Users, x.Reach.Users))
		})
	}
	return out, nil
}

// connectedShift are the connected apps with calls that pass only where the tenant does not enforce, as far as it looked once. They
// are authorized by being made, whatever the settings, so that nothing else of these concerns them.
func (d *Decisions) connectedShift(r store.Reader, in id.Tenant) (out []Affected, more bool, err error) {
	rows, err := r.ListForeseen(in, id.Client{}, maxImpactRows)
	if err != nil {
		return nil, false, err
	}
	more = len(rows) == maxImpactRows
	byClient := map[id.Client][]store.Foreseen{}
	for _, f := range rows {
		byClient[f.Client] = append(byClient[f.Client], f)
	}
	for _, client := range slices.SortedFunc(maps.Keys(byClient), func(x, y id.Client) int { return cmp.Compare(x.String(), y.String()) }) {
		app, ok, err := store.Found(r.ConnectedApp(in, client))
		if err != nil {
			return nil, false, err
		}
		if !ok || app.Revoked || !app.Enabled {
			continue
		}
		users := map[id.User]bool{}
		for _, f := range byClient[client] {
			users[f.User] = true
		}
		most := byClient[client][0]
		out = append(out, Affected{seenConnected(&app).App, store.Reach{Users: len(users)},
			refusal.Finding{Code: refusal.Code(most.Code), Want: most.Need}})
	}
	return out, more, nil
}

// shift compares what settings make of one app.
func (d *Decisions) shift(r store.Reader, now, then *policy.Governance, auth *store.Authorization, out *Shift) error {
	c, ok, err := store.Found(r.Client(auth.Client))
	if !ok || err != nil {
		return err
	}
	before, err := d.refuses(r, now, &c, auth, &out.More)
	if err != nil {
		return err
	}
	after, err := d.refuses(r, then, &c, auth, &out.More)
	if err != nil || (before.Code == "") == (after.Code == "") {
		return err
	}
	reach, err := r.Reach(auth.Tenant, c.ID, id.User{})
	if err != nil || reach.Grants == 0 {
		return err
	}
	if before.Code == "" {
		out.Stops = append(out.Stops, Affected{appOf(&c), reach, after})
	} else {
		out.Starts = append(out.Starts, Affected{appOf(&c), reach, before})
	}
	return nil
}

// refuses is what settings refuse an app with that was given scopes; no code: nothing, or more has to be looked at.
func (d *Decisions) refuses(r store.Reader, g *policy.Governance, c *store.Client, auth *store.Authorization, more *bool) (refusal.Finding, error) {
	s := d.standingOfGiven(g, c, auth)
	switch {
	case s.State == policy.Blocked:
		return refusal.Finding{Code: refusal.AuthorizationBlocked}, nil
	case s.Dead():
		return refusal.Finding{Code: refusal.AuthorizationRevoked, Case: refusal.Installing}, nil
	case s.Lenient:
		return refusal.Finding{}, nil
	case s.State == policy.Lapsed:
		return refusal.Finding{Code: refusal.AuthorizationNeeded, Case: refusal.Lapsed}, nil
	case !s.Stands():
		return refusal.Finding{Code: refusal.AuthorizationNeeded, Case: refusal.Undecided}, nil
	}
	if over := auth.Approved.Minus(s.Leaves(auth.Approved)).Minus(d.catalogs.Implied(&c.Registration)).All(); len(over) > 0 {
		return refusal.Finding{Code: refusal.ScopeNotAuthorized, Scope: over[0].String()}, nil
	}
	if auth.Admission.All && len(auth.Admission.Barred) == 0 {
		return refusal.Finding{}, nil
	}
	n, cut, err := losing(r, auth.Tenant, c.ID, &auth.Admission)
	if n > 0 {
		return refusal.Finding{Code: refusal.UserNotAdmitted}, err
	}
	*more = *more || cut
	return refusal.Finding{}, err
}

// standingOfGiven is how a tenant stands to an app by all that its users gave it: at least as strictly as to any one of its grants.
func (d *Decisions) standingOfGiven(g *policy.Governance, c *store.Client, auth *store.Authorization) policy.Standing {
	return d.judge.Under(*g, *auth, decided.Party{In: auth.Tenant, Client: c, Asked: auth.Approved}).Standing
}

// maxShifted is how many records are looked at in one transaction that writes.
const maxShifted = 2000

// eachAuthorization walks through a tenant's records in some states, page by page.
func eachAuthorization(r store.Reader, in id.Tenant, states []policy.State, most int, more *bool, do func(*store.Authorization) error) error {
	seen := 0
	for p := (store.Page{Limit: 500}); ; {
		list, err := r.ListAuthorizations(in, store.AuthorizationFilter{States: states}, p)
		if err != nil {
			return err
		}
		for i := range list {
			if seen++; seen > most {
				*more = true
				return nil
			}
			if err := do(&list[i]); err != nil {
				return err
			}
			p.After = list[i].Client.String()
		}
		if len(list) < p.Limit {
			return nil
		}
	}
}

// marksEach is up to how many apps that close together each get a mark of their own. More share one of the tenant.
const marksEach = 20

// narrowSettings writes the marks of what other settings take from what is out. Where a tenant begins to enforce, everybody fetches
// new tokens; where door or rules close, the apps lose theirs that stood under them alone.
func (d *Decisions) narrowSettings(tx store.Tx, in id.Tenant, was, is *policy.Governance) error {
	until := d.when().Add(token.MaxLife)
	if was.Stage.Lenient() && !is.Stage.Lenient() {
		tx.Mark(mark.Subject{Tenant: in}, nil, until)
		return nil
	}
	var closed []id.Client
	all := false
	err := eachAuthorization(tx, in, []policy.State{policy.Open}, maxShifted, &all, func(auth *store.Authorization) error {
		c, ok, err := store.Found(tx.Client(auth.Client))
		if !ok || err != nil {
			return err
		}
		before, after := d.standingOfGiven(was, &c, auth), d.standingOfGiven(is, &c, auth)
		stops := before.Stands() && !after.Stands()
		if is.Stage.Lenient() {
			stops = !before.Dead() && after.Dead()
		}
		if stops {
			closed = append(closed, auth.Client)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if all || len(closed) > marksEach {
		tx.Mark(mark.Subject{Tenant: in}, nil, until)
		return nil
	}
	for _, client := range closed {
		tx.Mark(mark.Subject{Tenant: in, Client: client}, nil, until)
	}
	return nil
}
