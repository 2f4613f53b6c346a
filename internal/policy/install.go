package policy

import (
	"slices"

	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// Place says where a scope stands in an install URL.
type Place string

// The places.
const (
	Absent     Place = ""
	InScope    Place = "scope"
	InOptional Place = "optional_scope"
	InBoth     Place = "scope and optional_scope"
)

// Class is how a client's registration lists a scope.
type Class string

// The classes (seed: HubSpot).
const (
	NotRegistered Class = ""
	Required      Class = "required"
	Conditional   Class = "conditional"
	Optional      Class = "optional"
)

// Facts are what the catalogs know of a scope.
type Facts struct {
	Entitlement string   // the function of the plan that it needs; empty: none
	Permissions []string // what a user must hold to give it, all of them
}

// Plan is a named set of entitlements.
type Plan struct {
	ID           string
	Entitlements []string
}

// InstallQuestion is everything that decides whether an app may be installed. Facts that depend on others stay Skipped
// where those are missing; without a tenant the verdict is about the URL alone.
type InstallQuestion struct {
	Client      string // the client ID as asked
	ClientFound Outcome
	Enabled     bool
	Redirect    Outcome
	RedirectURI string // as asked

	// Scope and Optional are the two parameters; what is no scope token at all stands in Malformed.
	Scope, Optional scope.Set
	Malformed       []Misnamed

	Required, Conditional, Selectable scope.Set // registered: required, conditionally required, optional
	// Implied are given with every installation of the client, whatever the URL says of them (HubSpot: oauth). They are
	// never missing and never misplaced; in optional_scope they mean nothing.
	Implied scope.Set

	// Facts answers what the catalogs know; false: no catalog knows the name.
	Facts func(scope.Scope) (Facts, bool)
	// Nearest answers which known name a slip would turn into an unknown one. It may be nil, and decides nothing.
	Nearest func(scope.Scope) (scope.Scope, bool)

	Tenant   Outcome // Skipped: the verdict is about the URL alone
	Plan     string
	Entitled func(entitlement string) bool
	Plans    []Plan // all that there are, in the order of the catalogs

	Governed Outcome   // Passed: the client may be used here; else an administrator must authorize it first
	Revoked  bool      // the tenant's authorization was revoked
	Blocked  bool      // the tenant blocked the client
	Lapsed   bool      // not Governed, because the authorization was for a time
	Admitted Outcome   // of the user by the authorization; Failed: an administrator must admit them first
	Ceiling  scope.Set // with Limited: what the authorization leaves
	Limited  bool
	Approved scope.Set // by an administrator, or given in this tenant before: who gives it needs no permission to install

	User        Outcome // Failed: who is signed in is no user of the tenant
	Disabled    bool
	SuperAdmin  bool
	Permissions func(permission string) bool
	Consented   scope.Set // by this user, before
}

// Misnamed is what stands in a parameter and is no scope token.
type Misnamed struct {
	Text  string
	Place Place
}

// InstallPermission is what a user must hold to install an app with scopes that are new to the tenant, and that no administrator
// approved.
const InstallPermission = "apps:app:install"

// InstallOutcome is a verdict on an installation in one word.
type InstallOutcome string

// The outcomes, from no to yes. The zero InstallOutcome is no answer and stands for no.
const (
	InstallRefused      InstallOutcome = "refused"
	AuthorizationNeeded InstallOutcome = "authorization_needed"
	ConsentNeeded       InstallOutcome = "consent_needed"
	InstallGranted      InstallOutcome = "granted"
)

// InstallFinding is a finding about one scope of an install URL, or about the whole of it.
type InstallFinding struct {
	refusal.Finding
	Class       Class
	FoundIn     Place
	BelongsIn   Place  // Absent: nowhere
	Permission  string // that the user lacks
	Entitlement string // that the tenant lacks
	// Plans are those of which each holds everything that is missing, in the order of the catalogs; where no single one
	// does, they are the fewest that do together. Of a dropped scope only what that one lacks counts.
	Plans         []string
	PlansTogether bool
}

// Installation is the verdict on an installation. Its zero value refuses.
type Installation struct {
	Outcome InstallOutcome
	Granted scope.Set // what would be given; empty where refused
	// Findings refuse, in the order of the wire's precedence: client, redirect, unknown name, insufficient, mismatch,
	// governance, user permission, entitlement. Each scope has at most one about the URL. Those that an administrator's
	// decision on the client mends do not refuse by themselves: see [Decidable].
	Findings []InstallFinding
	Dropped  []InstallFinding // optional scopes that are not given, each once, with the first reason
	New      scope.Set        // of the granted: not yet approved in the tenant
	Added    scope.Set        // of the granted: the user did not consent to them yet
	// Nearest is the URL's scopes that would pass; Correctable says that there are such.
	NearestScope, NearestOptional scope.Set
	Correctable                   bool
	// Complete says that client, redirect, tenant and user were all judged. Without it a yes is one about the URL, and
	// nothing may be given on it.
	Complete bool
}

// Decidable says whether an administrator's decision on the client mends what a code says.
func Decidable(c refusal.Code) bool {
	return c == refusal.AuthorizationNeeded || c == refusal.UserNotAdmitted || c == refusal.ScopeNotAuthorized
}

// Askable says whether a decision of an administrator on the client would help the user: whoever is admitted to what an administrator
// approved needs no permission to install it. What the plan lacks, or other permissions of the user's, or a name that nobody knows,
// no decision on a client mends; nor is what was revoked or blocked asked for.
func (i *Installation) Askable() bool {
	helps := slices.ContainsFunc(i.Dropped, func(f InstallFinding) bool { return f.mended() && f.Entitlement == "" })
	for _, f := range i.Findings {
		switch {
		case f.mended():
			helps = true
		case f.Code != refusal.NothingToGrant: // which says that all was dropped, for reasons of which one may be mended
			return false
		}
	}
	return helps
}

// mended says whether an administrator's decision on the client mends the finding.
func (f *InstallFinding) mended() bool {
	if f.Code == refusal.UserLacksPermission {
		return f.Permission == InstallPermission
	}
	return Decidable(f.Code) && (f.Permission == "" || f.Permission == InstallPermission)
}

// Govern fills in how the tenant stands to the client.
// What an administrator approved joins what was given before, with all that comes with an installation.
func (q *InstallQuestion) Govern(s Standing) {
	if s.Approves {
		q.Approved = q.Approved.Union(s.Approved).Union(q.Implied)
	}
	q.Revoked, q.Blocked = s.State == Revoked, s.State == Blocked
	if s.Lenient && !s.Dead() {
		q.Governed, q.Admitted = Passed, outcome(!s.Barred)
		return
	}
	q.Governed, q.Lapsed = outcome(s.State == Open || s.State == Authorized), s.State == Lapsed
	q.Admitted, q.Limited, q.Ceiling = s.Admitted, s.Limited, s.Ceiling
}

// Refused says whether the installation cannot go on.
func (i *Installation) Refused() bool { return i.Outcome == InstallRefused || i.Outcome == "" }
