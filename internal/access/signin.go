package access

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"prokura/internal/assertion"
	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

// SignInRequest is what a program sends to sign in with an assertion.
type SignInRequest struct {
	ContentURL string
	Assertion  string
	UserID     string // of a user element beside the assertion; empty: none
	Remote     string // address and port, as net/http gives it; its failures are counted together
}

// presentation is an assertion at one of the doors.
type presentation struct {
	SignInRequest
	action string // in the audit book
	life   time.Duration
	narrow *Narrowing // of the scopes that the assertion gives; nil: none
}

// SignedIn is a session.
type SignedIn struct {
	Token   string // the value of X-Tableau-Auth
	Session id.Session
	Tenant  store.Tenant
	User    store.User
	Expires time.Time
	Granted scope.Set
}

// replayKept is how long beyond its end a used assertion is remembered, so that the skew opens no replay (A092).
const replayKept = 60 * time.Second

// SignIn signs in with an assertion, or answers *Refused. Nothing limits how often somebody signs in whose assertions
// are good (A105).
func (a *Access) SignIn(ctx context.Context, req SignInRequest) (SignedIn, error) {
	if err := errors.Join(a.mayIssue(), a.memory.Fresh()); err != nil {
		return SignedIn{}, refuseWith(refusal.Finding{Code: refusal.IssuingSuspended}, err)
	}
	s, p, _, err := a.present(ctx, &presentation{SignInRequest: req, action: "session.sign_in", life: a.sessionLife})
	if err != nil {
		return SignedIn{}, err
	}
	signed, err := a.keys.Current().Session(p.claims(s))
	if err != nil {
		return SignedIn{}, refuseWith(refusal.Finding{Code: refusal.InternalFailure}, fmt.Errorf("signing the session: %w", err))
	}
	return SignedIn{Token: signed, Session: s.ID, Tenant: p.tenant, User: p.user, Expires: s.Expires, Granted: s.Scopes}, nil
}

// present decides on an assertion, uses it up and writes the session, whatever kind of token is made of it then.
func (a *Access) present(ctx context.Context, req *presentation) (s store.Session, p presented, dropped []refusal.Finding, err error) {
	r := a.throttle.try(ctx, req.Remote, func() *Refused {
		if s, p, dropped, err = a.signIn(ctx, req); err != nil {
			return refused(err)
		}
		return nil
	})
	if r != nil {
		return store.Session{}, presented{}, nil, r
	}
	return s, p, dropped, nil
}

// signIn decides and writes the session.
func (a *Access) signIn(ctx context.Context, req *presentation) (store.Session, presented, []refusal.Finding, error) {
	parsed := assertion.Parse(req.Assertion)
	p := presented{assertion: &parsed}
	at := a.memory.Head()
	v, err := a.judge(ctx, a.records, &req.SignInRequest, &p, false)
	if err != nil {
		return store.Session{}, p, nil, err
	}
	if doubtful(&v) {
		// A no of memory is answered only by a memory that caught up after the request came.
		if err := a.memory.Sync(ctx); err != nil {
			return store.Session{}, p, nil, err
		}
		if head := a.memory.Head(); head != at {
			at, p = head, presented{assertion: &parsed}
			if v, err = a.judge(ctx, a.records, &req.SignInRequest, &p, false); err != nil {
				return store.Session{}, p, nil, err
			}
		}
	}
	if !v.Allowed() {
		return store.Session{}, p, nil, p.refused(v)
	}
	if err := a.narrow(&v, req.narrow, &p); err != nil {
		return store.Session{}, p, nil, err
	}
	if p.claims(store.Session{Scopes: v.Granted}).TooLarge() {
		return store.Session{}, p, nil, refuseWith(refusal.Finding{Code: refusal.SessionTooLarge, Want: refusal.Size(token.MaxSize),
			Got: strconv.Itoa(v.Granted.Len())}, nil)
	}
	return a.begin(ctx, req, p, v, at)
}

// narrow leaves of what an assertion gives what is asked for beside it. What it does not give cannot be asked for.
func (a *Access) narrow(v *policy.Verdict, n *Narrowing, p *presented) error {
	if n == nil || !n.Set {
		return nil
	}
	asked, unknown := a.catalogs.Expand(n.Asked)
	dropped := make(map[string]bool, len(v.Dropped))
	for _, f := range v.Dropped {
		dropped[f.Scope] = true
	}
	no := *v
	for _, sc := range asked.Minus(v.Granted).Union(unknown).All() {
		if !dropped[sc.String()] {
			no.Findings = append(no.Findings, refusal.Finding{Code: refusal.ScopeNotInGrant, Scope: sc.String()})
		}
	}
	if len(no.Findings) > 0 {
		return p.refused(policy.Verdict{Checks: v.Checks, Findings: no.Findings})
	}
	v.Granted, v.Held = v.Granted.Intersect(asked), v.Held.Intersect(asked)
	return nil
}

// begin uses the assertion up and writes the session, in one transaction. What was decided on memory at a number stands
// if the database is still there; else it is decided anew.
func (a *Access) begin(ctx context.Context, req *presentation, decided presented, v policy.Verdict, at mark.Number) (store.Session, presented, []refusal.Finding, error) {
	now := a.clock.Now().UTC().Truncate(time.Second)
	blank := store.Session{Tenant: decided.tenant.ID, ID: entropy.ID[id.Session](), Created: now, Expires: now.Add(req.life)}
	act := audit.Act{Tenant: blank.Tenant, Action: req.action, Target: "session " + blank.ID.String(),
		Actor:  audit.Actor{Kind: "user", ID: decided.user.ID.String(), Name: decided.user.Name},
		Detail: map[string]string{"connected_app": decided.app.Client.String(), "secret": decided.secret.String()}}
	onMemory := a.memory.CaughtUp()
	var s store.Session
	var p presented
	var dropped []refusal.Finding
	err := a.store.Do(ctx, act, func(tx store.Tx) error {
		v, at := v, at
		s, p = blank, decided // anew at each run: what an earlier one saw was rolled back
		if !onMemory || tx.Head() != at {
			p, at = presented{assertion: decided.assertion}, tx.Head()
			var err error
			if v, err = a.judge(ctx, readerFacts{tx, a.registry}, &req.SignInRequest, &p, false); err != nil {
				return err
			}
			if !v.Allowed() {
				return p.refused(v)
			}
			if err := a.narrow(&v, req.narrow, &p); err != nil {
				return err
			}
			if p.user.ID != decided.user.ID {
				// The audit entry names another user: the name was given away in between. Rare, and the next try
				// finds it decided on memory.
				return refuseWith(refusal.Finding{Code: refusal.TemporarilyOverloaded}, nil)
			}
		}
		err := tx.Burn(assertion.ReplayKey(p.value.Reveal(), p.assertion.ID.Value), replayUntil(p.assertion))
		if errors.Is(err, store.ErrUsed) {
			return p.refused(policy.Replayed(v))
		}
		if err != nil {
			return err
		}
		s.User, s.Client, s.Authorization, s.Secret = p.user.ID, p.app.Client, p.app.Authorization, p.secret
		s.Scopes, s.State, p.held = v.Granted, at, heldUnder(p.stage, &v)
		dropped = v.Dropped
		return tx.AddSession(s)
	})
	return s, p, dropped, err
}

// doubtful says whether memory's answer denies something that another node may have given meanwhile.
func doubtful(v *policy.Verdict) bool {
	if !v.Allowed() {
		return true
	}
	for _, f := range v.Dropped {
		if f.Code == refusal.ScopeNotAssigned {
			return true
		}
	}
	return false
}

func replayUntil(a *assertion.Assertion) time.Time {
	return time.Unix(a.Expires.Seconds, 0).UTC().Add(replayKept)
}

// refused says who was refused, as far as the records go. Proven is who holds the app's secret.
func (p *presented) refused(v policy.Verdict) *Refused {
	r := refuse(v)
	r.Tenant, r.User = p.tenant.ID, p.user.ID
	if p.app != nil {
		r.Client = p.app.Client
	}
	for _, c := range v.Checks {
		if c.Code == refusal.SignatureInvalid {
			r.Proven = c.Outcome == policy.Passed
		}
	}
	return r
}

// claims are what the session's token says.
func (p *presented) claims(s store.Session) *token.Session {
	return &token.Session{
		Tenant: s.Tenant, User: s.User, Name: p.user.Name, Client: s.Client, Authorization: s.Authorization,
		Secret: s.Secret, ID: s.ID, Plan: p.tenant.Plan, Roles: p.user.Roles, PlatformRoles: p.user.PlatformRoles,
		Scopes: s.Scopes, Stage: string(p.stage), Held: p.held, State: s.State, Issued: s.Created, Expires: s.Expires,
	}
}
