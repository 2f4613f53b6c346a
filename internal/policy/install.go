package policy

import (
	"time"

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

	// Facts answers what the catalogs know; false: no catalog knows the name.
	Facts func(scope.Scope) (Facts, bool)

	Tenant   Outcome
	Plan     string
	Entitled func(entitlement string) bool
	Plans    []Plan // all that there are, in the order of the catalogs

	Governed Outcome   // Failed: an administrator must authorize the client first
	Revoked  bool      // the tenant's authorization was revoked
	Ceiling  scope.Set // with Limited: what the authorization leaves
	Limited  bool
	Approved scope.Set // installed in this tenant before

	User        Outcome
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

// InstallPermission is what a user must hold to install an app with scopes that are new to the tenant.
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
	// Plans are the smallest choices that hold everything that is missing: single plans, else the fewest together.
	Plans []string
}

// Installation is the verdict on an installation. Its zero value refuses.
type Installation struct {
	Outcome InstallOutcome
	Granted scope.Set // what would be given; empty where refused
	// Findings refuse, in the order of the wire's precedence: client, redirect, unknown name, insufficient, mismatch,
	// governance, user permission, entitlement. Each scope has at most one about the URL.
	Findings []InstallFinding
	Dropped  []InstallFinding // optional scopes that are not given
	New      scope.Set        // of the granted: not yet approved in the tenant
	Added    scope.Set        // of the granted: the user did not consent to them yet
	// Nearest is the URL's scopes that would pass; Correctable says that there is such a URL.
	NearestScope, NearestOptional scope.Set
	Correctable                   bool
}

// Refused says whether the installation cannot go on.
func (i *Installation) Refused() bool { return i.Outcome == InstallRefused || i.Outcome == "" }

// IssueQuestion is everything that decides which of a grant's scopes are issued now.
type IssueQuestion struct {
	Now           time.Time
	GrantLives    bool
	ClientFound   bool
	ClientEnabled bool
	Authorized    bool // the authorization is there and not revoked
	UserFound     bool // or the grant is the client's own
	UserDisabled  bool
	Scopes        scope.Set // of the grant
	Required      scope.Set // of a code: these must all hold
	Narrowed      bool      // the request names scopes
	Asked         scope.Set
	Facts         func(scope.Scope) (Facts, bool)
	Entitled      func(entitlement string) bool
}
