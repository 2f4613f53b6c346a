package govern

import (
	"context"
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
)

// Cost is what terms take away, and what they leave impossible.
type Cost struct {
	Lost           scope.Set    // what the app may have now, or else registers, and would not have
	Methods        []CostMethod // that it reaches with those, and with nothing that is left
	NotInstallable scope.Set    // required by the app and left out, so that it cannot be installed
	AskedByURLs    scope.Set    // left out, and asked for as required by install URLs of the last 90 days, which are refused then
	Reach          store.Reach  // what lives of the app now
	LosingUsers    int          // of its users, those who would be admitted no more
	More           bool         // there are more users than were looked at
}

// CostMethod is a method that would be refused.
type CostMethod struct {
	Catalog, ID string
	Title       text.Text
	LastUsed    time.Time // the day; zero: not in the last 90 days
}

const (
	recentUse = 90 * 24 * time.Hour
	maxLosing = 1000 // users who are looked at one by one
)

// ForeseeTerms says what terms would cost, and changes nothing. Of whether they could be saved it asks only that the app registers
// their scopes, or has them: a scope that is mistyped would else cost nothing.
func (d *Decisions) ForeseeTerms(ctx context.Context, in id.Tenant, client id.Client, t Terms) (Cost, error) {
	var out Cost
	err := d.store.View(ctx, func(r store.Reader) error {
		out = Cost{}
		kind, err := kindOf(r, in, client)
		if err != nil {
			return err
		}
		if kind == ConnectedAppKind {
			out, err = d.costOfConnected(r, in, client, t)
			return err
		}
		c, auth, err := clientFor(r, in, client)
		if err != nil {
			return err
		}
		reg := c.Registration.Scopes()
		has, admits := reg, policy.Admission{}
		if auth != nil && !auth.Revoked && auth.Recalls >= c.Recalls {
			admits = auth.Admission
			if has = reg.Union(auth.Approved); !auth.Uncapped {
				has = auth.Ceiling
			}
		}
		kept := t.Scopes
		switch {
		case t.Uncapped && c.BuiltIn:
			kept = has.Union(reg)
		case t.Uncapped:
			kept = reg
		}
		implied := d.catalogs.Implied(&c.Registration)
		wrong := &flaws{}
		wrong.note(t.Unread...)
		unregistered(wrong, t.Scopes.Minus(implied).Minus(reg).Minus(has))
		if err := wrong.err(); err != nil {
			return err
		}
		out.Lost, out.NotInstallable = has.Minus(kept).Minus(implied), c.Registration.Required.Minus(kept).Minus(implied)
		if out.AskedByURLs, err = d.askedByURLs(r, client, reg.Minus(kept).Minus(implied)); err != nil {
			return err
		}
		if out.Methods, err = d.methodsLost(r, in, client, has.Union(implied), kept.Union(implied)); err != nil {
			return err
		}
		if out.Reach, err = r.Reach(in, client, id.User{}); err != nil {
			return err
		}
		if t.Admission.All || !losesUsers(&admits, &t.Admission) {
			return nil
		}
		out.LosingUsers, out.More, err = losing(r, in, client, &t.Admission)
		return err
	})
	if err != nil {
		return Cost{}, refused(err)
	}
	return out, nil
}

// costOfConnected is what terms take from a connected app. They say nothing of users, and where they name no scopes, those that are
// assigned stay.
func (d *Decisions) costOfConnected(r store.Reader, in id.Tenant, client id.Client, t Terms) (Cost, error) {
	if len(t.Unread) > 0 {
		return Cost{}, &refusal.Error{Findings: t.Unread}
	}
	app, err := r.ConnectedApp(in, client)
	if err != nil || app.Revoked || !t.Uncapped && t.Scopes.Len() == 0 {
		return Cost{}, err // nothing lives that could lose something, or nothing is taken
	}
	has := d.assigned(&app)
	app.AllScopes, app.Scopes = t.Uncapped, t.Scopes
	kept := d.assigned(&app)
	out := Cost{Lost: has.Minus(kept)}
	out.Methods, err = d.methodsLost(r, in, client, has, kept)
	return out, err
}

// methodsLost are the methods that some scopes cover and fewer do not.
func (d *Decisions) methodsLost(r store.Reader, in id.Tenant, client id.Client, had, kept scope.Set) ([]CostMethod, error) {
	if had.Minus(kept).Len() == 0 {
		return nil, nil
	}
	last, err := d.lastUses(r, in, client)
	if err != nil {
		return nil, err
	}
	var out []CostMethod
	for _, cat := range d.catalogs.List() {
		before, after := cat.Coverage(had), cat.Coverage(kept)
		for i, row := range before.Rows {
			if m := row.Method; row.Covered && !after.Rows[i].Covered && m.AliasOf == "" {
				out = append(out, CostMethod{Catalog: cat.Name, ID: m.ID, Title: m.Title, LastUsed: last[[2]string{cat.Name, m.ID}]})
			}
		}
	}
	return out, nil
}

// lastUses are the days on which methods, named by catalog and id, were last used.
func (d *Decisions) lastUses(r store.Reader, in id.Tenant, client id.Client) (map[[2]string]time.Time, error) {
	list, err := r.Uses(in, client, d.when().Add(-recentUse))
	out := map[[2]string]time.Time{}
	for _, u := range list {
		if key := [2]string{u.Catalog, u.Method}; u.Day.After(out[key]) {
			out[key] = u.Day
		}
	}
	return out, err
}

// losing counts the users of an app whom an admission leaves out.
func losing(r store.Reader, in id.Tenant, client id.Client, admission *policy.Admission) (n int, more bool, err error) {
	seen := 0
	for p := (store.Page{Limit: 100}); ; {
		users, err := r.UsersOf(in, client, p)
		if err != nil {
			return 0, false, err
		}
		for _, one := range users {
			u, err := r.User(in, one)
			if err != nil {
				return 0, false, err
			}
			if !admission.Admits(u.ID, u.Roles) {
				n++
			}
			p.After = one.String()
		}
		if seen += len(users); len(users) < p.Limit {
			return n, false, nil
		}
		if seen >= maxLosing {
			return n, true, nil
		}
	}
}
