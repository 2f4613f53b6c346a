package govern

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"prokura/internal/decided"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Impact is what a tenant that only reports would have refused to one app, and what would keep it alive.
type Impact struct {
	App         App
	Users       int // whose calls would have been refused
	Calls       int
	First, Last time.Time
	Methods     []CostMethod
	// Proposal is the authorization that mends it as far as one can.
	Proposal Terms
	// Beyond are scopes that calls needed and the app does not register, or was never given: no authorization adds those.
	Beyond scope.Set
	// Mends: the proposal changes something. Else there is nothing to authorize: what would be refused is meant so, or waits for the
	// app's developer.
	Mends   bool
	Revoked bool // which no proposal takes back
	// Moved and Lapsed: since an administrator decided, the app got another publisher or is answered elsewhere too, or the decision
	// expired. Neither is proposed along with others: it takes a look at the app.
	Moved, Lapsed bool
	Reach         store.Reach
}

// maxImpactRows is how many rows of what was foreseen are read: one for each app, user and method.
const maxImpactRows = 20_000

// Impact lists the apps of a tenant whose calls would have been refused if it enforced its decisions, most calls first.
func (d *Decisions) Impact(ctx context.Context, in id.Tenant) (list []Impact, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		list = nil
		if _, err := r.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		list, err = d.impacts(r, in, id.Client{})
		return err
	})
	if err != nil {
		return nil, refused(err)
	}
	return list, nil
}

// impacts are those of all apps, or of one.
func (d *Decisions) impacts(r store.Reader, in id.Tenant, client id.Client) ([]Impact, error) {
	rows, err := r.ListForeseen(in, client, maxImpactRows)
	if err != nil {
		return nil, err
	}
	byClient := map[id.Client][]store.Foreseen{}
	for _, f := range rows {
		byClient[f.Client] = append(byClient[f.Client], f)
	}
	var out []Impact
	for client, rows := range byClient {
		i, ok, err := d.impact(r, in, client, rows)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, i)
		}
	}
	slices.SortFunc(out, func(x, y Impact) int {
		return cmp.Or(cmp.Compare(y.Calls, x.Calls), cmp.Compare(x.App.ID.String(), y.App.ID.String()))
	})
	return out, nil
}

// impact gathers what was foreseen of one app; false: the tenant knows no such app any more.
func (d *Decisions) impact(r store.Reader, in id.Tenant, client id.Client, rows []store.Foreseen) (Impact, bool, error) {
	c, auth, err := clientFor(r, in, client)
	if errors.Is(err, store.ErrNotFound) {
		return d.impactOfConnected(r, in, client, rows)
	}
	if err != nil {
		return Impact{}, false, err
	}
	if rows, err = d.unanswered(r, in, &c, auth, rows); err != nil || len(rows) == 0 {
		return Impact{}, false, err
	}
	i := Impact{App: appOf(&c)}
	i.gather(d.catalogs, rows)
	if i.Reach, err = r.Reach(in, client, id.User{}); err != nil {
		return Impact{}, false, err
	}
	return i, true, d.propose(r, in, &c, auth, rows, &i)
}

// impactOfConnected is what was foreseen of a connected app: it lacks scopes that are not assigned to it, which an administrator can
// do, or that its JWTs do not ask for, which only its developer can.
func (d *Decisions) impactOfConnected(r store.Reader, in id.Tenant, client id.Client, rows []store.Foreseen) (Impact, bool, error) {
	app, ok, err := store.Found(r.ConnectedApp(in, client))
	if !ok || err != nil {
		return Impact{}, false, err
	}
	i := Impact{App: seenConnected(&app).App}
	i.gather(d.catalogs, rows)
	if i.Revoked = app.Revoked; !i.Revoked {
		has := d.assigned(&app)
		need := needed(rows, has)
		i.Beyond = need.Intersect(has)
		if i.Proposal = (Terms{Uncapped: app.AllScopes, Version: app.Version}); !app.AllScopes {
			i.Proposal.Scopes = app.Scopes.Union(need.Intersect(d.catalogs.All()))
			i.Mends = !i.Proposal.Scopes.Equal(app.Scopes)
		}
	}
	return i, true, nil
}

// gather counts.
func (i *Impact) gather(catalogs *registry.Catalogs, rows []store.Foreseen) {
	users, methods := map[id.User]bool{}, map[[2]string]*CostMethod{}
	for _, f := range rows {
		users[f.User] = true
		i.Calls += f.Calls
		if i.First.IsZero() || f.First.Before(i.First) {
			i.First = f.First
		}
		if f.Last.After(i.Last) {
			i.Last = f.Last
		}
		key := [2]string{f.Catalog, f.Method}
		m := methods[key]
		if m == nil {
			m = &CostMethod{Catalog: f.Catalog, ID: f.Method}
			if cat, ok := catalogs.Named(f.Catalog); ok {
				if known, ok := cat.Method(f.Method); ok {
					m.Title = known.Title
				}
			}
			methods[key] = m
		}
		if f.Last.After(m.LastUsed) {
			m.LastUsed = f.Last
		}
	}
	delete(users, id.User{})
	i.Users = len(users)
	for _, m := range methods {
		i.Methods = append(i.Methods, *m)
	}
	slices.SortFunc(i.Methods, func(x, y CostMethod) int {
		return cmp.Or(cmp.Compare(x.Catalog, y.Catalog), cmp.Compare(x.ID, y.ID))
	})
}

// propose says which authorization keeps an app alive: what stands, with the scopes that its users gave it and its calls needed, and
// with the users whose calls would have been refused. What was revoked is proposed to nobody.
func (d *Decisions) propose(r store.Reader, in id.Tenant, c *store.Client, auth *store.Authorization, rows []store.Foreseen, i *Impact) error {
	t := Terms{Admission: policy.Admission{All: true}, Registration: c.Version}
	registered := c.Registration.Scopes()
	var had, given scope.Set
	if auth != nil {
		t.Version, given = auth.Version, auth.Approved
		if auth.Revoked || auth.Recalls < c.Recalls {
			i.Proposal, i.Revoked = Terms{Version: auth.Version}, true
			return nil
		}
		if auth.Origin != policy.ByUser {
			t.Admission, t.ForItself, t.Uncapped, t.Expires, had = auth.Admission, auth.ForItself, auth.Uncapped, auth.Expires, auth.Ceiling
			then, known, err := decided.Then(r, c, auth)
			if err != nil {
				return err
			}
			i.Moved = decided.Moved(auth, &then, known, c)
			i.Lapsed = !t.Expires.IsZero() && !t.Expires.After(d.clock.Now())
		}
	}
	need := needed(rows, given)
	i.Beyond = need.Minus(registered).Union(need.Minus(given)).Minus(d.catalogs.Implied(&c.Registration))
	if !t.Uncapped {
		t.Scopes = had.Union(given.Intersect(registered)).Union(need.Intersect(registered).Intersect(given))
	}
	for _, f := range rows {
		if f.User.IsZero() || t.Admission.All {
			continue
		}
		u, ok, err := store.Found(r.User(in, f.User))
		if err != nil {
			return err
		}
		if ok && !slices.Contains(t.Admission.Barred, u.ID) && !t.Admission.Admits(u.ID, u.Roles) && len(t.Admission.Users) < MaxAdmittedUsers {
			t.Admission.Users = append(slices.Clone(t.Admission.Users), u.ID)
		}
	}
	i.Proposal, i.Mends = t, !i.Moved && !i.Lapsed && (auth == nil || !t.standIn(&auth.Decision))
	return nil
}

// standIn says whether an administrator's decision says already what terms that were made from it say.
func (t *Terms) standIn(d *policy.Decision) bool {
	return d.Origin != policy.ByUser && t.Uncapped == d.Uncapped && (t.Uncapped || t.Scopes.Equal(d.Ceiling)) && t.Expires.Equal(d.Expires) &&
		t.Admission.All == d.Admission.All && slices.Equal(t.Admission.Users, d.Admission.Users)
}

// needed are the scopes that calls needed: of each call the alternative that asks for the fewest beside those there are.
func needed(rows []store.Foreseen, have scope.Set) scope.Set {
	var out scope.Set
	for _, f := range rows {
		var least scope.Set
		first := true
		for _, set := range alternatives(f.Need) {
			if first || set.Minus(have).Len() < least.Minus(have).Len() {
				least, first = set, false
			}
		}
		out = out.Union(least)
	}
	return out
}

// alternatives are the sets of scopes of which a call needed one.
func alternatives(need string) []scope.Set {
	var out []scope.Set
	for alternative := range strings.SplitSeq(need, " | ") {
		if set, err := scope.ParseSet(strings.Split(alternative, " + ")); err == nil {
			out = append(out, set)
		}
	}
	return out
}

// Step is what became of one of several apps that are authorized one after the other.
type Step struct {
	Client    id.Client
	Done, All int   // apps, with this one
	Err       error // why it was not authorized; nil: it is, or there is nothing to authorize any more
}

// Proposed is an app whose proposal somebody saw, and the state that it was made of: the versions of its authorization and of its
// registration.
type Proposed struct {
	Client                id.Client
	Version, Registration int
}

// Seen is the proposal as somebody sees it.
func (i *Impact) Seen() Proposed {
	return Proposed{i.App.ID, i.Proposal.Version, i.Proposal.Registration}
}

// AuthorizeProposals authorizes apps as their impact proposes, one after the other, each with its own entry in the audit book. step
// is told after each; it may be nil. What fails stands in the error and does not hold up the rest. Where somebody else decides
// meanwhile, theirs holds: an app whose calls were answered is left alone, and of two decisions at once the second fails. So does
// one on an app whose registration changed since it was seen.
func (d *Decisions) AuthorizeProposals(ctx context.Context, by By, in id.Tenant, apps []Proposed, step func(Step)) error {
	var failed []error
	for n, app := range apps {
		if err := ctx.Err(); err != nil {
			return refused(errors.Join(append(failed, err)...))
		}
		err := d.authorizeProposal(ctx, by, in, app)
		if err != nil {
			failed = append(failed, fmt.Errorf("app %s: %w", app.Client, err))
		}
		if step != nil {
			step(Step{Client: app.Client, Done: n + 1, All: len(apps), Err: err})
		}
	}
	if len(failed) > 0 {
		return refused(errors.Join(failed...))
	}
	return nil
}

func (d *Decisions) authorizeProposal(ctx context.Context, by By, in id.Tenant, seen Proposed) error {
	if _, err := d.aim(ctx, by, in, seen.Client); err != nil {
		return err // of what is not there, nothing was decided meanwhile
	}
	var list []Impact
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		list, err = d.impacts(r, in, seen.Client)
		return err
	})
	if err != nil {
		return refused(err)
	}
	switch {
	case len(list) == 0:
		return nil // somebody decided meanwhile
	case list[0].Revoked: // authorizing it again is a decision of its own
		return refused(refusal.New(refusal.Finding{Code: refusal.AuthorizationRevoked, Case: refusal.Installing}))
	case list[0].Proposal.Version != seen.Version:
		return refused(refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged}))
	case list[0].Proposal.Registration != seen.Registration, list[0].Moved:
		return refused(refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged, Case: refusal.Reregistered}))
	case list[0].Lapsed:
		return refused(refusal.New(refusal.Finding{Code: refusal.ExpiryPast, Got: list[0].Proposal.Expires.UTC().Format(time.RFC3339), Field: "expires_at"}))
	case !list[0].Mends:
		return nil // no decision changes anything
	}
	_, err = d.Authorize(ctx, by, in, seen.Client, list[0].Proposal)
	return err
}
