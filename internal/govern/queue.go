package govern

import (
	"cmp"
	"context"
	"slices"

	"prokura/internal/decided"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Queued is an app that waits for a decision.
type Queued struct {
	Seen
	Waiting []store.AuthorizationRequest // the newest first, at most MaxShownRequests
	Count   int                          // of all that wait
	Risk    policy.Risk                  // the worst of New, or of what is asked for where nothing is new
	New     scope.Set                    // asked for, and not authorized
}

// Unforced says whether the app waits for no decision of the account's: users may install it, and those who ask lack the permission
// to, which what an administrator approved does not take.
func (q *Queued) Unforced() bool {
	return q.Origin != policy.ByAdministrator && q.Standing.Stands()
}

// The bounds of a queue.
const (
	MaxQueue         = 200 // apps
	MaxShownRequests = 20  // requests for one app
)

// Queue is what waits for a decision in a tenant, the apps with the most requests first.
func (d *Decisions) Queue(ctx context.Context, in id.Tenant) (list []Queued, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		list = nil
		if _, err := r.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		g, err := decided.Settings(r, in)
		if err != nil {
			return err
		}
		waiting, err := r.ListWaitingClients(in, MaxQueue)
		if err != nil {
			return err
		}
		for _, w := range waiting {
			q, ok, err := d.queued(r, &g.Settings, in, w)
			if err != nil {
				return err
			}
			if ok {
				list = append(list, q)
			}
		}
		return nil
	})
	if err != nil {
		return nil, refused(err)
	}
	return list, nil
}

// queued is one app of the queue; false: nothing waits any more.
func (d *Decisions) queued(r store.Reader, g *policy.Governance, in id.Tenant, w store.WaitingClient) (Queued, bool, error) {
	c, auth, err := clientFor(r, in, w.Client)
	if _, ok, err := store.Found(c, err); !ok {
		return Queued{}, false, err
	}
	q := Queued{Count: w.Waiting}
	if q.Seen, err = d.see(r, g, in, &c, auth); err != nil {
		return Queued{}, false, err
	}
	q.Waiting, err = r.ListAuthorizationRequests(in, store.RequestFilter{Client: w.Client, States: []store.RequestState{store.RequestWaiting}},
		store.Page{Limit: MaxShownRequests})
	if err != nil {
		return Queued{}, false, err
	}
	all, now := len(q.Waiting), d.clock.Now()
	q.Waiting = slices.DeleteFunc(q.Waiting, func(v store.AuthorizationRequest) bool { return asOf(v, now).State != store.RequestWaiting })
	slices.SortFunc(q.Waiting, newerRequest)
	q.Count -= all - len(q.Waiting)
	if len(q.Waiting) == 0 {
		return Queued{}, false, nil
	}
	var asked scope.Set
	for _, v := range q.Waiting {
		asked = asked.Union(v.Scope).Union(v.Optional)
		if v.User.IsZero() && v.Version < c.Version { // it asked, and went on growing
			old, _, err := decided.Version(r, c.ID, v.Version)
			if err != nil {
				return Queued{}, false, err
			}
			asked = asked.Union(c.Registration.Scopes().Minus(old.Scopes()))
		}
	}
	asked = asked.Intersect(c.Registration.Scopes())
	q.New = asked
	if was := &q.Decision; !q.ID.IsZero() && was.Origin != policy.ByUser && !q.Standing.Dead() {
		if q.New = asked.Minus(was.Ceiling); was.Uncapped {
			q.New = scope.Set{}
		}
	}
	q.Risk = d.worst(q.New)
	if q.New.Len() == 0 {
		q.Risk = d.worst(asked)
	}
	return q, true, nil
}

// worst is the worst risk of some scopes; of none: reading.
func (d *Decisions) worst(of scope.Set) policy.Risk {
	worst := policy.Reads
	for _, s := range of.All() {
		worst = min(worst, d.catalogs.Risk(s))
	}
	return worst
}

// Deny says no to all who wait for an app, with a justification that they read. Blocking it says so for good: the app is revoked,
// and cannot be asked for until an administrator authorizes it. Denying takes that something waits.
//
// seen are the requests that were seen, as the queue shows them. Where another one came since, or none of them waits any more,
// nobody is answered. None named: whatever waits.
func (d *Decisions) Deny(ctx context.Context, by By, in id.Tenant, client id.Client, justification string, block bool, seen ...id.Request) ([]store.AuthorizationRequest, error) {
	if err := checkText("justification", &justification); err != nil {
		return nil, refused(err)
	}
	kind, err := d.aim(ctx, by, in, client)
	if err != nil {
		return nil, err
	}
	if kind == ConnectedAppKind {
		return nil, refused(refusal.New(refusal.Finding{Code: refusal.RequestClosed})) // nobody asks for one
	}
	var closed []store.AuthorizationRequest
	if block {
		_, closed, err = d.revoke(ctx, clientAct("authorization.block", in, client, justification), by, client,
			ending{reason: justification, block: true, justification: justification, seen: seen})
	} else {
		err = d.govern(ctx, clientAct("authorization.deny", in, client, justification), by, func(tx store.Tx, _ authority) error {
			if err := d.answersSeen(tx, in, client, seen); err != nil {
				return err
			}
			closed, err = tx.CloseAuthorizationRequests(in, client, id.User{}, store.RequestDenied, by.name(), justification, d.when())
			if err == nil && len(closed) == 0 {
				return refusal.New(refusal.Finding{Code: refusal.RequestClosed})
			}
			return err
		})
	}
	if err != nil {
		return nil, err
	}
	d.tellDecision(ctx, in, client, closed)
	return closed, nil
}

// answersSeen refuses to answer requests for an app that came after those which were seen. Where the queue could not show all, those
// behind the last that it showed were there before.
func (d *Decisions) answersSeen(r store.Reader, in id.Tenant, client id.Client, seen []id.Request) error {
	if len(seen) == 0 {
		return nil
	}
	list, err := r.ListAuthorizationRequests(in, store.RequestFilter{Client: client, States: []store.RequestState{store.RequestWaiting}},
		store.Page{Limit: len(seen) + MaxShownRequests})
	if err != nil {
		return err
	}
	now := d.clock.Now()
	list = slices.DeleteFunc(list, func(q store.AuthorizationRequest) bool { return asOf(q, now).State != store.RequestWaiting })
	last, unseen := -1, -1 // the list has the newest first
	for i, q := range list {
		if slices.Contains(seen, q.ID) {
			last = i
		} else if unseen < 0 {
			unseen = i
		}
	}
	switch {
	case last < 0:
		return refusal.New(refusal.Finding{Code: refusal.RequestClosed})
	case unseen >= 0 && (unseen < last || len(seen) < MaxShownRequests):
		return refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged, Case: refusal.Unseen, Field: "requests"})
	}
	return nil
}

// Deciders are the users who may decide on apps for a tenant, by name: whoever holds the permission, by a role of the catalogs or one
// of the tenant's own, and its super administrators.
func (d *Decisions) Deciders(ctx context.Context, in id.Tenant) (list []store.User, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		list, err = d.deciders(r, in)
		return err
	})
	if err != nil {
		return nil, refused(err)
	}
	return list, nil
}

func (d *Decisions) deciders(r store.Reader, in id.Tenant) ([]store.User, error) {
	roles, err := d.rules.RolesWith(r, in, directory.MayAuthorize)
	if err != nil {
		return nil, err
	}
	return holdersOf(r, in, roles)
}

// holdersOf are the enabled users who hold one of some roles, by name.
func holdersOf(r store.Reader, in id.Tenant, roles []string) ([]store.User, error) {
	byID := map[id.User]store.User{}
	for _, role := range roles {
		list, err := r.UsersWithRole(in, role)
		if err != nil {
			return nil, err
		}
		for _, u := range list {
			if !u.Disabled {
				byID[u.ID] = u
			}
		}
	}
	out := make([]store.User, 0, len(byID))
	for _, u := range byID {
		out = append(out, u)
	}
	slices.SortFunc(out, func(x, y store.User) int { return cmp.Compare(x.Name, y.Name) })
	return out, nil
}
