package policy

import (
	"time"

	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// IssueQuestion is everything that decides which of a grant's scopes are issued now.
type IssueQuestion struct {
	Now           time.Time
	GrantLives    bool
	ClientFound   bool
	Client        string // its ID, for people
	ClientEnabled bool
	Authorized    bool // the authorization is there and not revoked
	// Governed: the tenant's decision on the client stands, and admits the user. It may come back: what fails here ends nothing.
	Governed     bool
	Lapsed       bool // not Governed, because the authorization was for a time
	NotAdmitted  bool // not Governed, because of who the user is
	UserFound    bool // or the grant is the client's own
	UserDisabled bool

	Scopes   scope.Set // of the grant
	Required scope.Set // of a code: these must all hold
	Narrowed bool      // the request names scopes
	Asked    scope.Set
	// Redeeming: a code is redeemed, so that its scopes must still be Registered by the client. A refresh does not ask.
	Redeeming  bool
	Registered scope.Set
	Implied    scope.Set // held whatever the catalogs say (HubSpot: oauth)

	Facts    func(scope.Scope) (Facts, bool)
	Entitled func(entitlement string) bool
	Limited  bool // the authorization has a ceiling
	Ceiling  scope.Set
	// Enforced is how the tenant would stand to the client if it enforced its decisions; nil: it does.
	Enforced *Standing
}

// Issue answers which scopes of a grant a token may carry now. What ended the grant is found before what its scopes lost; a
// scope that does not hold now is dropped, and comes back with the next token when it holds again. It refuses where a scope is
// asked for that was never granted, where one of a code's required ones does not hold, and where none holds.
func Issue(q *IssueQuestion) Verdict {
	var v Verdict
	for _, c := range []struct {
		ok bool
		f  refusal.Finding
	}{
		{q.GrantLives, refusal.Finding{Code: refusal.GrantEnded}},
		{q.ClientFound, refusal.Finding{Code: refusal.ClientUnknown, Got: q.Client, Case: refusal.Installing}},
		{!q.ClientFound || q.ClientEnabled, refusal.Finding{Code: refusal.ClientDisabled, Case: refusal.Installing}},
		{q.Authorized, refusal.Finding{Code: refusal.AuthorizationRevoked, Case: refusal.Installing}},
		{q.UserFound, refusal.Finding{Code: refusal.UserNotInTenant}},
		{!q.UserDisabled, refusal.Finding{Code: refusal.UserDisabled, Case: refusal.Installing}},
	} {
		if !c.ok {
			v.find(c.f)
		}
	}
	ended := len(v.Findings) > 0
	if !ended && !q.Governed {
		v.find(ungoverned(q.Lapsed, q.NotAdmitted))
	}
	asked := q.Scopes
	if q.Narrowed {
		asked = q.Asked
		for _, s := range q.Asked.Minus(q.Scopes).All() {
			v.find(refusal.Finding{Code: refusal.ScopeNotInGrant, Scope: s.String()})
		}
		asked = asked.Intersect(q.Scopes)
	}
	var held []scope.Scope
	for _, s := range asked.All() {
		if f := q.lost(s); f.Code != "" {
			v.Dropped = append(v.Dropped, f)
			if q.Required.Has(s) {
				v.find(refusal.Finding{Code: refusal.RequiredScopeLost, Scope: s.String()})
			}
			continue
		}
		held = append(held, s)
	}
	v.Granted = scope.NewSet(held...)
	if len(held) == 0 && len(v.Findings) == 0 {
		v.find(refusal.Finding{Code: refusal.NoScopeLeft})
	}
	v.settle(!ended)
	if e := q.Enforced; e != nil && v.Allowed() {
		if v.Held = e.Leaves(v.Granted); e.Stands() {
			v.Held = v.Held.Union(v.Granted.Intersect(q.Implied))
		} else {
			f := ungoverned(e.State == Lapsed, e.Admitted == Failed)
			v.Foreseen = &f
		}
	}
	return v
}

// Govern fills in how the tenant stands to the client. Whether the grant hangs on the live authorization is filled in before.
func (q *IssueQuestion) Govern(s Standing) {
	switch {
	case s.Dead():
		q.Authorized = false
	case s.Lenient:
		q.Governed, q.NotAdmitted, q.Enforced = !s.Barred, s.Barred, &s
	default:
		q.Governed, q.Lapsed, q.NotAdmitted = s.Stands(), s.State == Lapsed, s.Admitted == Failed
		q.Limited, q.Ceiling = s.Limited, s.Ceiling
	}
}

// ungoverned says why the tenant's decision does not carry the grant now.
func ungoverned(lapsed, notAdmitted bool) refusal.Finding {
	switch {
	case lapsed:
		return refusal.Finding{Code: refusal.AuthorizationNeeded, Case: refusal.Lapsed}
	case notAdmitted:
		return refusal.Finding{Code: refusal.UserNotAdmitted}
	}
	return refusal.Finding{Code: refusal.AuthorizationNeeded, Case: refusal.Undecided}
}

// lost says why a granted scope does not hold now; no code: it holds.
func (q *IssueQuestion) lost(s scope.Scope) refusal.Finding {
	if q.Implied.Has(s) {
		return refusal.Finding{}
	}
	var facts Facts
	known := false
	if q.Facts != nil {
		facts, known = q.Facts(s)
	}
	switch {
	case !known:
		return refusal.Finding{Code: refusal.ScopeUnknown, Scope: s.String(), Case: refusal.Installing}
	case q.Redeeming && !q.Registered.Has(s):
		return refusal.Finding{Code: refusal.ScopeMismatch, Scope: s.String()}
	case q.Limited && !q.Ceiling.Has(s):
		return refusal.Finding{Code: refusal.ScopeNotAuthorized, Scope: s.String()}
	case facts.Entitlement != "" && (q.Entitled == nil || !q.Entitled(facts.Entitlement)):
		return refusal.Finding{Code: refusal.TenantLacksEntitlement, Scope: s.String(), Want: facts.Entitlement, Case: refusal.Lapsed}
	}
	return refusal.Finding{}
}
