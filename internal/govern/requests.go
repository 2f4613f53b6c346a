package govern

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Wish is what a user asks an administrator for.
type Wish struct {
	Reason          string
	Scope, Optional scope.Set // of the install URL; both empty: what the app registers
}

// MaxWaitingRequests is how many requests of one user wait at once.
const MaxWaitingRequests = 20

// toldAgain is after how long those who decide are told again of a request that a user took back.
const toldAgain = 24 * time.Hour

// Ask asks the administrators of a tenant to decide on an app. It is possible only where their decision would help: not for an app
// that the user may install, nor for one that was revoked or blocked, nor where the plan or other permissions are missing. Asking again for the same answers the request that waits; for
// something else it takes its place, and nobody is told again.
func (d *Decisions) Ask(ctx context.Context, by By, in id.Tenant, client id.Client, w Wish) (store.AuthorizationRequest, error) {
	if err := checkText("reason", &w.Reason); err != nil {
		return store.AuthorizationRequest{}, refused(err)
	}
	fresh := entropy.ID[id.Request]()
	var out store.AuthorizationRequest
	var first bool
	act := clientAct("authorization.ask", in, client, w.Reason)
	act.Actor = by.Actor
	err := d.store.Do(ctx, act, func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		s, err := d.asking(ctx, tx, by, in, client, w)
		if err != nil {
			return err
		}
		out, first, err = s.request(fresh, w.Reason)
		if err == nil {
			tx.Detail("request", out.ID.String())
			tx.Detail("name", s.client.Registration.Name)
			tx.Detail("scopes", clipped(out.Scope.Union(out.Optional).String()))
		}
		return err
	})
	if err != nil {
		return store.AuthorizationRequest{}, refused(err)
	}
	if first {
		d.tellRequest(ctx, out)
	}
	return out, nil
}

// wisher is a user who asks, and what for.
type wisher struct {
	tx              store.Tx
	user            store.User
	client          store.Client
	scope, optional scope.Set
	life            time.Duration
	now             time.Time
}

// asking reads who asks for what, and refuses where no decision of an administrator helps.
func (d *Decisions) asking(ctx context.Context, tx store.Tx, by By, in id.Tenant, client id.Client, w Wish) (*wisher, error) {
	s := &wisher{tx: tx, now: d.when()}
	var err error
	if s.user, err = tx.User(in, by.User); errors.Is(err, store.ErrNotFound) || err == nil && s.user.Disabled {
		return nil, refusal.New(refusal.Finding{Code: refusal.UserNotInTenant})
	} else if err != nil {
		return nil, err
	}
	if s.client, _, err = clientFor(tx, in, client); errors.Is(err, store.ErrNotFound) {
		return nil, unknownClient(client.String())
	} else if err != nil {
		return nil, err
	}
	if s.client.Disabled {
		return nil, refusal.New(refusal.Finding{Code: refusal.ClientDisabled, Case: refusal.Installing})
	}
	reg := &s.client.Registration
	s.scope, s.optional = w.Scope.Intersect(reg.Scopes()), w.Optional.Intersect(reg.Scopes()).Minus(w.Scope)
	if w.Scope.Len()+w.Optional.Len() == 0 {
		s.scope, s.optional = reg.Required, reg.Conditional.Union(reg.Optional)
	}
	g, err := d.standsFor(ctx, tx, &s.client, &s.user, s.scope.Union(s.optional))
	if err != nil {
		return nil, err
	}
	s.life = g.Settings.RequestLife()
	if g.State == policy.Blocked {
		return nil, refusal.New(refusal.Finding{Code: refusal.AuthorizationBlocked})
	}
	m, err := d.meansOf(tx, &s.user)
	if err != nil {
		return nil, err
	}
	if v := d.foresee(&m, &s.client, &Wish{Scope: s.scope, Optional: s.optional}, &g); !v.Askable() {
		return nil, refusal.New(refusal.Finding{Code: refusal.RequestNotPossible})
	}
	return s, nil
}

// request answers what waits for the user, or adds it; first says that nothing waited before.
func (s *wisher) request(fresh id.Request, reason string) (out store.AuthorizationRequest, first bool, err error) {
	in, first := s.user.Tenant, true
	old, ok, err := store.Found(s.tx.WaitingRequest(in, s.client.ID, s.user.ID))
	if err != nil {
		return store.AuthorizationRequest{}, false, err
	}
	if ok {
		became := store.RequestWithdrawn
		switch {
		case !s.now.Before(old.Expires):
			became = store.RequestExpired
		case old.Scope.Equal(s.scope) && old.Optional.Equal(s.optional) && old.Reason == reason && old.Version == s.client.Version:
			return old, false, nil
		default:
			first = false
		}
		if _, err := s.tx.CloseAuthorizationRequests(in, s.client.ID, s.user.ID, became, "", "", s.now); err != nil {
			return store.AuthorizationRequest{}, false, err
		}
	}
	if !ok {
		if first, err = s.unheard(); err != nil {
			return store.AuthorizationRequest{}, false, err
		}
	}
	waiting, err := s.tx.ListAuthorizationRequests(in, store.RequestFilter{User: s.user.ID, States: []store.RequestState{store.RequestWaiting}},
		store.Page{Limit: MaxWaitingRequests})
	if err != nil {
		return store.AuthorizationRequest{}, false, err
	}
	if len(waiting) >= MaxWaitingRequests {
		return store.AuthorizationRequest{}, false, refusal.New(refusal.Finding{Code: refusal.RequestsTooMany, Want: strconv.Itoa(MaxWaitingRequests)})
	}
	out = store.AuthorizationRequest{Tenant: in, ID: fresh, Client: s.client.ID, User: s.user.ID, Reason: reason, Version: s.client.Version,
		Scope: s.scope, Optional: s.optional, Created: s.now, Expires: s.now.Add(s.life), State: store.RequestWaiting}
	return out, first, s.tx.AddAuthorizationRequest(out)
}

// unheard says whether nobody was told lately that the user asks for the app: who takes a request back and asks again, however often,
// sends no letters with it.
func (s *wisher) unheard() (bool, error) {
	list, err := s.tx.ListAuthorizationRequests(s.user.Tenant, store.RequestFilter{User: s.user.ID, Client: s.client.ID,
		States: []store.RequestState{store.RequestWithdrawn}}, store.Page{Limit: 1})
	return len(list) == 0 || s.now.Sub(list[0].Decided) >= toldAgain, err
}

// RequestOfUser is the newest request of a user for an app, whatever became of it. The zero request: there was none.
func (d *Decisions) RequestOfUser(ctx context.Context, in id.Tenant, client id.Client, user id.User) (out store.AuthorizationRequest, err error) {
	if user.IsZero() {
		return store.AuthorizationRequest{}, nil
	}
	err = d.store.View(ctx, func(r store.Reader) error {
		list, err := r.ListAuthorizationRequests(in, store.RequestFilter{Client: client, User: user}, store.Page{Limit: maxPastRequests})
		if len(list) > 0 {
			out = asOf(slices.MinFunc(list, newerRequest), d.clock.Now())
		}
		return err
	})
	if err != nil {
		return store.AuthorizationRequest{}, refused(err)
	}
	return out, nil
}

// maxPastRequests is among how many requests of one user for one app the newest is looked for.
const maxPastRequests = 500

// newerRequest puts the newer request first, and of the same second the one that waits, or was decided last.
func newerRequest(x, y store.AuthorizationRequest) int {
	return cmp.Or(y.Created.Compare(x.Created), waitsFirst(x, y),
		y.Decided.Compare(x.Decided), cmp.Compare(x.State, y.State))
}

// waitsFirst puts a request that waits before one that was answered.
func waitsFirst(x, y store.AuthorizationRequest) int {
	waits, other := x.State == store.RequestWaiting, y.State == store.RequestWaiting
	switch {
	case waits == other:
		return 0
	case waits:
		return -1
	}
	return 1
}

// asOf is a request as it stands at a time: one that waited too long has expired, whether or not that was written yet.
func asOf(q store.AuthorizationRequest, now time.Time) store.AuthorizationRequest {
	if q.State == store.RequestWaiting && !now.Before(q.Expires) {
		q.State = store.RequestExpired
	}
	return q
}

// TakeBack withdraws a request of one's own. Another's is not found.
func (d *Decisions) TakeBack(ctx context.Context, by By, in id.Tenant, request id.Request) error {
	q, err := d.ownRequest(ctx, by, in, request)
	if err != nil {
		return refused(err)
	}
	act := clientAct("authorization.take_back", in, q.Client, "")
	act.Actor = by.Actor
	err = d.store.Do(ctx, act, func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return err
		}
		now, err := tx.AuthorizationRequest(in, request)
		if err != nil {
			return err
		}
		if asOf(now, d.clock.Now()).State != store.RequestWaiting {
			return refusal.New(refusal.Finding{Code: refusal.RequestClosed})
		}
		tx.Detail("request", request.String())
		_, err = tx.CloseAuthorizationRequests(in, q.Client, by.User, store.RequestWithdrawn, by.name(), "", d.when())
		return err
	})
	if err != nil {
		return refused(store.Refuse(err, "request", request.String()))
	}
	return nil
}

func (d *Decisions) ownRequest(ctx context.Context, by By, in id.Tenant, request id.Request) (q store.AuthorizationRequest, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		q, err = r.AuthorizationRequest(in, request)
		if err == nil && (by.User.IsZero() || q.User != by.User) {
			err = store.ErrNotFound
		}
		return err
	})
	return q, store.Refuse(err, "request", request.String())
}

// clipped keeps a detail of the audit book within bounds.
func clipped(s string) string {
	const most = 1000
	if len(s) <= most {
		return s
	}
	return s[:most] + "…" // of scope names, which are ASCII
}
