package policy

import (
	"slices"
	"time"

	"prokura/internal/id"
	"prokura/internal/scope"
)

// Stage is how far a tenant's decisions on apps are enforced. The zero Stage enforces.
type Stage string

// The stages, from the strictest. Whatever the stage, what was revoked or blocked stays refused.
const (
	Enforce Stage = ""
	Report  Stage = "report" // nothing is refused for want of a decision or a scope; what would have been is recorded
	Off     Stage = "off"    // nor is it recorded
)

// Lenient says whether what an administrator did not decide is let through.
func (s Stage) Lenient() bool { return s == Report || s == Off }

// Door is what a tenant does with an app that no administrator decided on. The zero Door is closed.
type Door string

// The doors, from the strictest.
const (
	DoorBlocked       Door = "blocked" // not even a request
	DoorAdministrator Door = ""        // an administrator decides
	DoorOpen          Door = "open"    // users with the permission to install decide
)

// strictness orders doors.
func (d Door) strictness() int {
	switch d {
	case DoorOpen:
		return 0
	case DoorBlocked:
		return 2
	}
	return 1
}

// Risk is the worst that a scope allows, by the methods that it covers.
type Risk uint8

// The risks. What no catalog knows is taken for the worst.
const (
	Deletes Risk = iota // deletes, or is marked dangerous in the catalog
	Writes
	Reads
)

// Rule is one line of a tenant's rules. It matches a scope of an app if everything holds that it names.
type Rule struct {
	Verified   bool     `json:"verified,omitempty"`   // the publisher is verified
	Risks      []Risk   `json:"risks,omitempty"`      // one of these; empty: any
	Scopes     []string `json:"scopes,omitempty"`     // one of these
	Clients    []string `json:"clients,omitempty"`    // one of these client IDs
	Publishers []string `json:"publishers,omitempty"` // one of these, byte for byte; it counts only where the publisher is verified
	Door       Door     `json:"door"`
}

// Governance is how a tenant decides on apps. The zero Governance leaves every decision to an administrator, and enforces.
type Governance struct {
	Door  Door   `json:"door"`            // for what no rule matches
	Rules []Rule `json:"rules,omitempty"` // the first that matches a scope decides on it; the strictest of all scopes on the app
	Stage Stage  `json:"stage,omitempty"`
	// OwnPermissions: an administrator may authorize only scopes whose permissions they hold themselves (A156).
	OwnPermissions bool `json:"own_permissions,omitempty"`
	// Reviewers are roles whose holders are told of requests and see them; deciding takes the permission as ever.
	Reviewers []string `json:"reviewers,omitempty"`
	// RequestDays is how long a request waits; zero: 30.
	RequestDays int `json:"request_days,omitempty"`
	// ShowMail: users who meet an app that is not authorized see the mail addresses of those who can decide.
	ShowMail bool `json:"show_mail,omitempty"`
	// NoMail: nobody is told of requests by mail.
	NoMail bool `json:"no_mail,omitempty"`
}

// DefaultRequestDays is how many days a request waits where the tenant does not say.
const DefaultRequestDays = 30

// RequestLife is how long a request waits for a decision.
func (g *Governance) RequestLife() time.Duration {
	days := g.RequestDays
	if days <= 0 {
		days = DefaultRequestDays
	}
	return time.Duration(days) * 24 * time.Hour
}

// Admission says which users of a tenant may use an app. Its zero value admits nobody.
type Admission struct {
	All    bool      `json:"all,omitempty"`    // every user; then roles and users are empty
	Roles  []string  `json:"roles,omitempty"`  // the ids of roles; a holder of one is admitted (A155)
	Users  []id.User `json:"users,omitempty"`  // beside the roles
	Barred []id.User `json:"barred,omitempty"` // whose use was revoked, whatever else admits them
}

// Admits says whether a user with these roles may use the app.
func (a *Admission) Admits(user id.User, roles []string) bool {
	if slices.Contains(a.Barred, user) {
		return false
	}
	return a.All || slices.Contains(a.Users, user) || slices.ContainsFunc(roles, func(r string) bool { return slices.Contains(a.Roles, r) })
}

// Origin says how an authorization came about. The zero Origin is that of nobody, and authorizes nothing.
type Origin string

// The origins.
const (
	ByAdministrator Origin = "administrator"
	ByUser          Origin = "user"     // the first installation under an open door
	ByBeingBuiltIn  Origin = "built_in" // the vendor's own, authorized everywhere from the start
	ByBeingMade     Origin = "made"     // a connected app, made in the tenant
)

// Decision is what an authorization says, as far as it decides.
type Decision struct {
	Origin    Origin
	Revoked   bool
	Blocked   bool      // revoked, and users may not ask for it
	Expires   time.Time // zero: never
	Uncapped  bool      // every scope that the client registers, also later; of an administrator only where it is built in
	Ceiling   scope.Set // else these
	Whole     bool      // Ceiling is all that the client registered when it was decided on; it decides nothing
	Admission Admission
	ForItself bool // the client may act without a user
	Recalls   int  // how often the operator had revoked the client everywhere when it was decided
}

// StandingQuestion is everything that decides how a tenant stands to an app, for one user or for the app itself.
type StandingQuestion struct {
	Now        time.Time
	Governance Governance
	Found      bool // the tenant has a decision on the app
	Decision   Decision

	Client    string // its ID
	Publisher string
	Verified  bool
	BuiltIn   bool
	Own       bool // the tenant owns the client, which asks for itself
	Recalls   int  // how often the operator revoked the client everywhere
	// Moved: since an administrator decided, the client got another publisher, or is answered elsewhere too. Who asks this of a
	// new consent waits for another decision; what was given goes on, and is not asked this (A162).
	Moved bool

	// Registered is as far as an administrator's decision without a ceiling goes: what a client that is built in registers, and of
	// any other, whose developer decides nothing, what it registered when it was decided on.
	Registered scope.Set
	Asked      scope.Set // what the rules look at
	Risk       func(scope.Scope) Risk

	ForItself bool // no user is behind it
	UserKnown bool
	User      id.User
	Roles     []string
}

// State is how a tenant stands to an app. The zero State asks for a decision.
type State string

// The states.
const (
	Undecided  State = ""           // an administrator must decide
	Open       State = "open"       // nobody needs to
	Authorized State = "authorized" // an administrator did, or the app is built in, or was made here
	Lapsed     State = "expired"    // the decision was for a time
	Revoked    State = "revoked"
	Blocked    State = "blocked"
)

// Standing is how a tenant stands to an app.
type Standing struct {
	State    State
	Admitted Outcome // of the user; skipped where none is known
	Limited  bool    // with Ceiling; else every registered scope
	Ceiling  scope.Set
	// Approves: an administrator's decision is in force and admits the user, who so needs no permission to install what is Approved.
	Approves bool
	Approved scope.Set
	// Barred: the user's use was revoked, whatever else admits them.
	Barred bool
	// Lenient: the tenant does not enforce its decisions, so that only what was revoked, blocked or barred refuses.
	Lenient bool
}

// Stands says whether the app may be used by whom the question was about, in a tenant that enforces.
func (s *Standing) Stands() bool {
	return (s.State == Open || s.State == Authorized) && s.Admitted != Failed
}

// Dead says whether the app stays refused whatever the stage.
func (s *Standing) Dead() bool { return s.State == Revoked || s.State == Blocked }

// Leaves is what of some scopes a tenant lets through that enforces.
func (s *Standing) Leaves(of scope.Set) scope.Set {
	switch {
	case !s.Stands():
		return scope.Set{}
	case s.Limited:
		return of.Intersect(s.Ceiling)
	}
	return of
}

// Stand answers how a tenant stands to an app. What was revoked beats everything; what an administrator decided, every rule;
// a rule, the default.
//
// An app that acts without a user is nobody's consent, so that no stage is lenient with it. In the account that owns it, it
// needs no decision, and one that was made there for users limits it.
func Stand(q *StandingQuestion) Standing {
	s := Standing{Lenient: q.Governance.Stage.Lenient() && !q.ForItself}
	d, own := &q.Decision, q.Own && q.ForItself
	lapsed := q.Found && d.Origin != "" && !d.Expires.IsZero() && !q.Now.Before(d.Expires)
	recalled := q.Recalls > 0 && (!q.Found || q.Recalls > d.Recalls)
	switch {
	case q.Found && d.Blocked:
		s.State = Blocked
		return s
	case q.Found && (d.Revoked || recalled):
		s.State = Revoked
		return s
	case q.Found && d.Origin == ByUser && !own:
		if s.State = q.door(); s.State == Open && lapsed {
			s.State = Lapsed
		}
	case lapsed:
		s.State = Lapsed
	case q.Found && d.Origin == ByAdministrator && q.Moved:
		s.State = Undecided
	case q.Found && d.Origin != "":
		s.State = Authorized
	case recalled:
		// No default and no stage brings back what the operator revoked.
		s.State, s.Lenient = Undecided, false
	case q.BuiltIn || own:
		s.State = Authorized
	default:
		s.State = q.door()
	}
	if !q.Found || d.Origin == "" {
		d = &Decision{Uncapped: true, Admission: Admission{All: true}} // nobody limited anything
	}
	if s.Limited, s.Ceiling = !d.Uncapped, d.Ceiling; d.Uncapped && d.Origin == ByAdministrator && !q.BuiltIn {
		s.Limited, s.Ceiling = true, q.Registered
	}
	switch {
	case q.ForItself:
		if !d.ForItself && !own && !s.Dead() {
			s.State = Undecided // acting without a user is decided for itself
		}
	case q.UserKnown:
		s.Admitted = outcome(d.Admission.Admits(q.User, q.Roles))
		s.Barred = slices.Contains(d.Admission.Barred, q.User)
	}
	if s.Approves = d.Origin == ByAdministrator && s.State == Authorized && s.Admitted == Passed; s.Approves {
		if s.Approved = s.Ceiling; !s.Limited {
			s.Approved = q.Registered
		}
	}
	return s
}

// door is what the tenant's rules say of an app that no administrator decided on. One that asks for nothing that rules could
// look at is judged by those that name no scope, as if it could do the worst.
func (q *StandingQuestion) door() State {
	asked := q.Asked.All()
	if len(asked) == 0 {
		asked = []scope.Scope{{}}
	}
	var worst Door
	for i, sc := range asked {
		if d := q.doorOf(sc); i == 0 || d.strictness() > worst.strictness() {
			worst = d
		}
	}
	switch worst {
	case DoorOpen:
		return Open
	case DoorBlocked:
		return Blocked
	}
	return Undecided
}

// doorOf is what the first rule that matches says of a scope.
func (q *StandingQuestion) doorOf(sc scope.Scope) Door {
	for i := range q.Governance.Rules {
		if r := &q.Governance.Rules[i]; r.matches(q, sc) {
			return r.Door
		}
	}
	return q.Governance.Door
}

func (r *Rule) matches(q *StandingQuestion, sc scope.Scope) bool {
	risk := Deletes
	if q.Risk != nil && !sc.IsZero() {
		risk = q.Risk(sc)
	}
	return (!r.Verified || q.Verified) &&
		(len(r.Risks) == 0 || slices.Contains(r.Risks, risk)) &&
		(len(r.Scopes) == 0 || slices.Contains(r.Scopes, sc.String())) &&
		(len(r.Clients) == 0 || slices.Contains(r.Clients, q.Client)) &&
		(len(r.Publishers) == 0 || q.Verified && slices.Contains(r.Publishers, q.Publisher))
}
