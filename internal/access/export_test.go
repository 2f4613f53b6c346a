package access

import (
	"context"

	"prokura/internal/catalog"
	"prokura/internal/installurl"
)

// What stands here is for the tests of this package, which stand outside of it, since their world is made of it.

// MaxGrants, SealSuccessor, OpenSuccessor and Passed are what they are called like.
const MaxGrants = maxGrants

var (
	SealSuccessor, OpenSuccessor = sealSuccessor, openSuccessor

	Passed = passed
)

// Denied says whether a refusal decides about what was presented.
func Denied(r *Refused) bool { return r.denied() }

// Known is whom a session token speaks for.
func (a *Access) Known(ctx context.Context, token string) (*Caller, error) {
	return a.caller(ctx, sessionDoor, token, "")
}

// Remember puts a caller back who was forgotten.
func (a *Access) Remember(token string, c *Caller) { a.callers.Set(keyOf(sessionDoor, token), c) }

// Forget forgets every caller.
func (a *Access) Forget() { a.callers.InvalidateAll() }

// TakeTurn takes one of the turns in which unknown tokens are verified, until it is given back.
func (a *Access) TakeTurn() (giveBack func()) {
	a.verifying <- struct{}{}
	return func() { <-a.verifying }
}

// SetMayIssue says from now on why nothing may be issued.
func (a *Access) SetMayIssue(why func() error) { a.mayIssue = why }

// Touched counts the grants whose use is not written down yet.
func (a *Access) Touched() int { return len(a.touches.uses) }

// Tallies counts those of calls that are kept.
func (a *Access) Tallies() int { return len(a.uses.tallies) }

// Count counts a call.
func (a *Access) Count(c *Caller, cat *catalog.Catalog, m *catalog.Method) { a.count(c, cat, m) }

// SayForm adds to an explanation what the form of the URL says.
func (x *InstallExplanation) SayForm(u *installurl.URL, flaws []installurl.Flaw) {
	x.refuseForm(u, flaws)
	x.mark(u, flaws)
	x.correct(u)
}
