package policy

import (
	"slices"

	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// Install answers whether an app may be installed as its install URL asks. Every rule is consulted even after one said no,
// so that all findings come at once; what depends on a fact that is not known is left out.
//
//	URL alone    client → redirect URI → each scope: known? required ones in scope? each where its class belongs?
//	tenant       authorized, and how far? → entitled to each scope that passed?
//	user         may install, and may give each scope that passed?
//
// What stands in scope must hold, or the installation fails; what stands in optional_scope is dropped instead.
func Install(q *InstallQuestion) Installation {
	j := installing{q: q}
	j.client()
	j.url()
	if q.Tenant != Skipped {
		j.governance()
		j.user()
		j.entitlements()
	}
	j.settle()
	return j.out
}

// installing is a verdict on an installation while it is made.
type installing struct {
	q    *InstallQuestion
	out  Installation
	left []candidate // the scopes that nothing is wrong with in the URL
}

// candidate is a scope of the URL that passed the checks of the URL.
type candidate struct {
	scope    scope.Scope
	class    Class
	optional bool // it stands in optional_scope: what it lacks drops it
	facts    Facts
	drop     *InstallFinding // of an optional one: the first reason; nil: none
}

func (j *installing) find(f InstallFinding) { j.out.Findings = append(j.out.Findings, f) }

// lack notes that a candidate lacks something: it drops an optional one, for the first reason alone, and refuses for others.
func (j *installing) lack(c *candidate, f InstallFinding) {
	f.Scope, f.Class, f.FoundIn, f.BelongsIn = c.scope.String(), c.class, InScope, InScope
	if !c.optional {
		j.find(f)
		return
	}
	f.FoundIn, f.BelongsIn = InOptional, InOptional
	if c.drop == nil {
		c.drop = &f
		return
	}
	if c.drop.Permission == "" {
		c.drop.Permission = f.Permission
	}
	if f.Entitlement != "" {
		c.drop.Entitlement, c.drop.Plans, c.drop.PlansTogether = f.Entitlement, f.Plans, f.PlansTogether
	}
}

// client judges who asks and where the answer would go.
func (j *installing) client() {
	q := j.q
	if q.ClientFound != Passed {
		f := refusal.Finding{Code: refusal.ClientUnknown, Got: q.Client, Case: refusal.Installing}
		if q.Client == "" {
			f.Case = refusal.LeftOut
		}
		j.find(InstallFinding{Finding: f})
		return
	}
	if !q.Enabled {
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.ClientDisabled, Case: refusal.Installing}})
	}
	if q.Redirect != Passed {
		f := refusal.Finding{Code: refusal.RedirectURIMismatch, Got: q.RedirectURI}
		if q.RedirectURI == "" {
			f.Case = refusal.LeftOut
		}
		j.find(InstallFinding{Finding: f})
	}
}

// governance judges the tenant's decision on the client.
func (j *installing) governance() {
	q := j.q
	switch {
	case q.Tenant != Passed:
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.TenantUnknown, Case: refusal.Installing}})
		return
	case q.Blocked:
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.AuthorizationBlocked}})
	case q.Revoked:
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.AuthorizationRevoked, Case: refusal.Installing}})
	case q.Governed != Passed && q.Lapsed:
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.AuthorizationNeeded, Case: refusal.Lapsed}})
	case q.Governed != Passed:
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.AuthorizationNeeded}})
	case q.Admitted == Failed:
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.UserNotAdmitted}})
	}
	for i := range j.left {
		c := &j.left[i]
		if q.Limited && !q.Ceiling.Has(c.scope) {
			j.lack(c, InstallFinding{Finding: refusal.Finding{Code: refusal.ScopeNotAuthorized, Scope: c.scope.String()}})
		}
	}
}

// settle says what would be given, and is the one place that can say yes.
func (j *installing) settle() {
	q, out := j.q, &j.out
	given := make([]scope.Scope, 0, len(j.left)+q.Implied.Len())
	for i := range j.left {
		c := &j.left[i]
		if c.drop != nil {
			out.Dropped = append(out.Dropped, *c.drop)
			continue
		}
		given = append(given, c.scope)
	}
	if q.ClientFound == Passed {
		given = append(given, q.Implied.All()...)
	}
	if len(given) == 0 && len(out.Findings) == 0 {
		// Nothing can be given, so nothing is installed (A032); each dropped scope says why.
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.NothingToGrant}})
	}
	if slices.ContainsFunc(out.Findings, func(f InstallFinding) bool { return !Decidable(f.Code) }) {
		out.Outcome = InstallRefused
		return
	}
	out.Granted = scope.NewSet(given...)
	out.New, out.Added = q.beyond(out.Granted, q.Approved), q.beyond(out.Granted, q.Consented)
	out.Complete = q.ClientFound == Passed && q.Redirect == Passed && q.Tenant == Passed && q.User == Passed
	switch {
	case len(out.Findings) > 0:
		out.Outcome = AuthorizationNeeded
	case q.Tenant == Passed && q.User == Passed && out.Added.Len() > 0:
		out.Outcome = ConsentNeeded
	default:
		out.Outcome = InstallGranted
	}
}

// beyond are the scopes that are not among those before. What is implied is new only where there is nothing before.
func (q *InstallQuestion) beyond(granted, before scope.Set) scope.Set {
	if before.Len() == 0 {
		return granted
	}
	had, implied := cursor{before.All()}, cursor{q.Implied.All()}
	var out []scope.Scope
	for _, s := range granted.All() {
		if had.has(s) || implied.has(s) {
			continue
		}
		if out == nil {
			out = make([]scope.Scope, 0, granted.Len())
		}
		out = append(out, s)
	}
	return scope.NewSet(out...)
}

// cursor answers whether scopes are in a set, asked in the order of the set: one pass for all of them.
type cursor struct{ rest []scope.Scope }

func (c *cursor) has(s scope.Scope) bool {
	for len(c.rest) > 0 {
		if order := s.Compare(c.rest[0]); order <= 0 {
			return order == 0
		}
		c.rest = c.rest[1:]
	}
	return false
}
