package policy

import (
	"slices"
	"time"

	"prokura/internal/assertion"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

const (
	// MaxAssertionLife is how far ahead an assertion may end.
	MaxAssertionLife = 10 * time.Minute
	// Skew is how far the signer's clock and ours may differ, either way (A092).
	Skew = 30 * time.Second
	// AudienceTableau is the audience of assertions for direct trust.
	AudienceTableau = "tableau"
)

// SignInQuestion is everything that decides whether an assertion signs in. Facts that depend on others stay unknown
// where those are missing: no client without a tenant, no signature without a key, no user before the signature.
type SignInQuestion struct {
	Now time.Time
	// Assertion is what was presented. Until the signature is known to match, none of it is proven: the decision says
	// no before it rests on any of it (A100).
	Assertion *assertion.Assertion

	ContentURL  string // as asked
	TenantKnown bool

	ClientKnown  bool
	KeyKnown     bool
	Enabled      bool
	Authorized   bool   // its authorization was not revoked
	KeyAlgorithm string // of the key's record (A087)

	Signature Outcome // does it match the key; skipped when there is no key
	Replayed  Outcome // failed: the assertion was used before; skipped: not known yet

	User         Outcome // passed: there is such a user; failed: none; skipped: not looked up
	UserDisabled bool
	Beside       Outcome // passed or skipped: no other user was named beside the assertion

	NeedScopes bool // an absent scp is refused, as newer servers do

	// Expand replaces wildcards by their members in the catalogs in force.
	Expand func(asked scope.Set) (concrete, unknown scope.Set)
	// AllAssigned: no scopes were assigned to the app, which means the whole catalog.
	AllAssigned bool
	Assigned    scope.Set // concrete
	// Lenient: the tenant does not enforce what it assigned. What is not assigned is given then, and not held.
	Lenient bool
}

// SignIn answers whether the assertion signs in, and with which scopes.
//
// The order of checks is that of the wire's three codes: what cannot be read (10084), then site, client and key
// (10085), then signature and claims (10084), then the user (16), so that a caller who cannot sign learns nothing about
// users (A106).
func SignIn(q *SignInQuestion) Verdict {
	v := Presented(q)
	v.Complete(q)
	return v
}

// Presented judges everything that comes before the user, whom nobody looks up for a caller that has proven nothing. It
// allows nothing by itself: [Verdict.Complete] judges the rest.
func Presented(q *SignInQuestion) Verdict {
	v := Verdict{Checks: make([]Check, 0, signInChecks)}
	a := q.claims()
	read := a.Readable()
	q.form(&v, a)

	v.check(outcome(q.TenantKnown), refusal.Finding{Code: refusal.TenantUnknown, Got: q.ContentURL})
	// A token that cannot be read may lack iss for that reason alone.
	v.check(after(q.TenantKnown && (read || a.Issuer.Value != ""), q.ClientKnown), refusal.Finding{Code: refusal.ClientUnknown, Got: a.Issuer.Sent})
	v.check(after(q.ClientKnown, q.KeyKnown), refusal.Finding{Code: refusal.KeyUnknown, Got: shownKey(a.KeyID)})
	v.check(after(q.ClientKnown, q.Enabled), refusal.Finding{Code: refusal.ClientDisabled})
	v.check(after(q.ClientKnown, q.Authorized), refusal.Finding{Code: refusal.AuthorizationRevoked})

	v.check(after(q.KeyKnown, a.Algorithm == q.KeyAlgorithm && q.KeyAlgorithm != ""),
		refusal.Finding{Code: refusal.AlgorithmNotAllowed, Got: a.Algorithm, Want: q.KeyAlgorithm})
	v.check(q.signature(read), refusal.Finding{Code: refusal.SignatureInvalid})
	v.check(after(read, a.Audience.Is(AudienceTableau)),
		refusal.Finding{Code: refusal.AudienceWrong, Got: a.Audience.Sent, Want: AudienceTableau})
	q.times(&v, a, read)
	v.check(after(read, a.ID.Valid), refusal.Finding{Code: refusal.AssertionIDMissing})
	v.check(q.Replayed, refusal.Finding{Code: refusal.AssertionReplayed})
	v.check(after(read, a.Scopes.Form != assertion.ScopesMalformed), refusal.Finding{Code: refusal.ScopesMalformed, Got: a.Scopes.Sent})
	if q.NeedScopes {
		v.check(after(read, a.Scopes.Form != assertion.ScopesAbsent), refusal.Finding{Code: refusal.NoScopes})
	}
	v.check(after(read, a.Subject.Valid), refusal.Finding{Code: refusal.SubjectMissing})
	return v
}

// Complete judges the user and the scopes, after what Presented has found about the same question.
func (v *Verdict) Complete(q *SignInQuestion) {
	a := q.claims()
	v.check(q.User, refusal.Finding{Code: refusal.UserUnknown, Got: a.Subject.Value})
	v.check(after(q.User == Passed, !q.UserDisabled), refusal.Finding{Code: refusal.UserDisabled, Got: a.Subject.Value})
	v.check(q.Beside, refusal.Finding{Code: refusal.SubjectMismatch})

	q.scopes(v, a)
	// A user who was not looked up is no user, and a signature that was not checked is none. The replay is the one
	// check that may be open here: using the assertion up decides it, in the transaction that issues.
	v.settle(q.TenantKnown && q.KeyKnown && q.Signature == Passed && q.User == Passed && q.Beside != Failed)
	if !v.allowed {
		v.Held = scope.Set{}
	}
}

// signInChecks is how many checks a sign-in has.
const signInChecks = 20

// claims is the assertion; one that says nothing where there is none.
func (q *SignInQuestion) claims() *assertion.Assertion {
	if q.Assertion == nil {
		return &assertion.Assertion{}
	}
	return q.Assertion
}

// SignatureHolds says whether everything before the user was found in order, so that the user may be looked up: the
// caller has proven to hold the app's secret (A106).
func (v *Verdict) SignatureHolds(q *SignInQuestion) bool {
	return len(v.Findings) == 0 && q.Signature == Passed
}

// Replayed is the verdict once using the assertion up has shown that it was used before.
func Replayed(v Verdict) Verdict {
	v.Checks, v.Findings = slices.Clone(v.Checks), slices.Clone(v.Findings)
	for i := range v.Checks {
		if c := &v.Checks[i]; c.Code == refusal.AssertionReplayed {
			c.Outcome, c.Finding = Failed, refusal.Finding{Code: refusal.AssertionReplayed}
			v.Findings = append(v.Findings, c.Finding)
		}
	}
	v.settle(false)
	return v
}

// shownKey keeps out of every book what may be a secret that was sent in place of its id.
func shownKey(kid string) string {
	if _, err := id.Parse[id.Secret](kid); err != nil && len(kid) > 8 {
		return kid[:4] + "…"
	}
	return kid
}

// after is the outcome of a check that rests on another: skipped unless that one held.
func after(held, ok bool) Outcome {
	if !held {
		return Skipped
	}
	return outcome(ok)
}

// signature never lets an unchecked signature pass: where there is a key, it must match.
func (q *SignInQuestion) signature(read bool) Outcome {
	if q.Signature == Passed {
		return Passed
	}
	return after(q.KeyKnown && read, false)
}

// form is one check with every reason why the token cannot be read, the first of them as that of the check.
func (q *SignInQuestion) form(v *Verdict, a *assertion.Assertion) {
	first := refusal.Finding{Code: refusal.AssertionUnreadable, Why: refusal.Why{Flaw: refusal.IsMissing}}
	if len(a.Problems) > 0 {
		first = a.Problems[0]
	}
	v.check(outcome(a.Readable()), first)
	for i := 1; i < len(a.Problems); i++ {
		v.find(a.Problems[i])
	}
}

// times judges exp, nbf and iat by one clock, in half-open intervals (A092, A236): accepted only if
// -Skew < exp - now ≤ MaxAssertionLife + Skew. The lifetime is judged from now, because iat is optional.
func (q *SignInQuestion) times(v *Verdict, a *assertion.Assertion, read bool) {
	exp, now := a.Expires, q.Now.Unix()
	v.check(after(read, exp.Present && exp.Valid), refusal.Finding{Code: refusal.ExpiryMissing, Got: orAbsent(exp)})
	known := read && exp.Present && exp.Valid
	v.check(after(known, exp.Seconds > now-int64(Skew/time.Second)),
		refusal.Finding{Code: refusal.AssertionExpired, Got: moment(exp.Seconds), Want: moment(now)})
	latest := now + int64((MaxAssertionLife+Skew)/time.Second)
	v.check(after(known, exp.Seconds <= latest),
		refusal.Finding{Code: refusal.ExpiryTooFar, Got: moment(exp.Seconds), Want: moment(now + int64(MaxAssertionLife/time.Second))})

	begin := a.NotBefore
	if !begin.Present || begin.Valid && a.IssuedAt.Valid && a.IssuedAt.Seconds > begin.Seconds {
		begin = a.IssuedAt
	}
	sound := claimSound(a.NotBefore) && claimSound(a.IssuedAt)
	f := refusal.Finding{Code: refusal.AssertionNotYetValid, Got: begin.Sent, Want: moment(now)}
	if sound && begin.Present {
		f.Got = moment(begin.Seconds)
	}
	v.check(after(read, sound && (!begin.Present || begin.Seconds < now+int64(Skew/time.Second))), f)
}

// claimSound says whether an optional time claim is absent or well-formed.
func claimSound(c assertion.Time) bool { return !c.Present || c.Valid }

func orAbsent(c assertion.Time) string {
	if !c.Present {
		return "—"
	}
	return c.Sent
}

// moment writes a Unix time for people; what no calendar can hold is written as the number.
func moment(seconds int64) string {
	t := time.Unix(seconds, 0).UTC()
	if y := t.Year(); y < 1970 || y > 9999 {
		return "—"
	}
	return t.Format(time.RFC3339)
}

// scopes grants what is asked for, known and assigned to the app, and says of the rest why it is not given.
func (q *SignInQuestion) scopes(v *Verdict, a *assertion.Assertion) {
	if q.Expand == nil {
		return
	}
	concrete, unknown := q.Expand(a.Scopes.Set)
	for _, sc := range unknown.All() {
		v.Dropped = append(v.Dropped, refusal.Finding{Code: refusal.ScopeUnknown, Scope: sc.String()})
	}
	for _, s := range a.Scopes.Unknown {
		v.Dropped = append(v.Dropped, refusal.Finding{Code: refusal.ScopeUnknown, Scope: s})
	}
	v.Granted, v.Held = concrete, concrete
	if q.ClientKnown && !q.AllAssigned {
		v.Held = concrete.Intersect(q.Assigned)
	}
	if q.ClientKnown && !q.AllAssigned && !q.Lenient {
		v.Granted = v.Held
		for _, sc := range concrete.Minus(q.Assigned).All() {
			v.Dropped = append(v.Dropped, refusal.Finding{Code: refusal.ScopeNotAssigned, Scope: sc.String()})
		}
	}
	if a.Readable() && a.Scopes.Form != assertion.ScopesMalformed && v.Granted.Len() == 0 {
		v.Dropped = append(v.Dropped, refusal.Finding{Code: refusal.NoScopes})
	}
}
