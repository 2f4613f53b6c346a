package store

import (
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
)

// Governance is how a tenant decides on apps.
type Governance struct {
	Tenant   id.Tenant
	Settings policy.Governance
	Version  int // zero: the tenant has never said, so that the zero settings hold
	Updated  time.Time
}

// Authorization is a tenant's standing decision on a client: the newest one, of which there is one for each client.
// Where the door is open, the first grant makes it. What it decided before is kept as [PastAuthorization].
type Authorization struct {
	Tenant id.Tenant
	ID     id.Authorization // grants hang on it; authorizing again after a revocation makes another
	Client id.Client
	policy.Decision
	Version      int    // raised by every change, so that of two at once the second is told (A164)
	Registration int    // version of the registration that was decided on
	Reason       string // of the last decision, as given
	By           string // who decided last: kind, id and name of the actor, for people
	// Approved are the scopes that users of this tenant gave the client so far. Giving others takes an administrator's decision
	// that covers them, or the install permission.
	Approved  scope.Set
	Installed time.Time // the first token; zero: none yet
	Created   time.Time
	Updated   time.Time // the last decision
	// Previous are the scopes before a shrink that can be taken back; nil: there are none. Where it WasUncapped, they are those
	// that were registered then, and there was no ceiling.
	Previous    *scope.Set
	WasUncapped bool
}

// FirstAuthorization is the one that the first grant makes under an open door.
func FirstAuthorization(in id.Tenant, authorization id.Authorization, c Client, created time.Time) Authorization {
	return Authorization{Tenant: in, ID: authorization, Client: c.ID, Version: 1, Registration: c.Version, Created: created, Updated: created,
		Decision: policy.Decision{Origin: policy.ByUser, Uncapped: true, Admission: policy.Admission{All: true}, Recalls: c.Recalls}}
}

// PastAuthorization is a state of an authorization that is no more: changed, revoked, or replaced by a new one.
type PastAuthorization struct {
	Authorization
	Until time.Time // when the next took its place
}

// AuthorizationFilter narrows a list of authorizations; zero values do not.
type AuthorizationFilter struct {
	States  []policy.State // as stored, without a tenant's rules: authorized, expired, revoked, blocked, open
	Role    string         // admits holders of this role by naming it
	Name    string         // of the app or its publisher contains it, whatever the case
	Expires time.Time      // before this
	Now     time.Time      // what expired is told by
}

// RequestState is what became of a request.
type RequestState string

// The states of a request.
const (
	RequestWaiting   RequestState = "waiting"
	RequestApproved  RequestState = "approved"
	RequestDenied    RequestState = "denied"    // may be asked again
	RequestBlocked   RequestState = "blocked"   // may not
	RequestWithdrawn RequestState = "withdrawn" // by the user
	RequestExpired   RequestState = "expired"
)

// AuthorizationRequest is a wish that an administrator decide on an app. A user has at most one waiting for a client.
// Where a registration asks for more than the tenant authorized, the app itself asks: then User is zero.
type AuthorizationRequest struct {
	Tenant id.Tenant
	ID     id.Request
	Client id.Client
	User   id.User // zero: a new version of the registration asks for more
	Reason string  // the user's

	Version         int // of the registration
	Scope, Optional scope.Set
	Created         time.Time
	Expires         time.Time

	State         RequestState
	Decided       time.Time // zero: waiting
	By            string    // who decided: kind, id and name, for people
	Justification string    // sent back to who asked
}

// RequestFilter narrows a list of requests; zero values do not.
type RequestFilter struct {
	Client id.Client
	User   id.User
	States []RequestState
}

// WaitingClient is a client with requests that wait, for the queue.
type WaitingClient struct {
	Client  id.Client
	Waiting int // requests
	Oldest  time.Time
	Newest  time.Time
}

// Use counts the calls of one method by one client in a tenant on a day.
type Use struct {
	Tenant  id.Tenant
	Client  id.Client
	Day     time.Time // 00:00 UTC
	Catalog string    // its name
	Method  string    // its id there
	Calls   int
}

// Foreseen counts the calls that a tenant which only reports would have refused. One row for client, user and method.
type Foreseen struct {
	Tenant      id.Tenant
	Client      id.Client
	User        id.User // zero: the client acts for itself
	Catalog     string
	Method      string
	Code        string // of the refusal
	Need        string // the scopes that would be enough, as a set
	First, Last time.Time
	Calls       int
}

// Unasked is a client of whose registration there are versions that tenants were not asked about yet, whether they want what those
// added.
type Unasked struct {
	Client  id.Client
	Asked   int // the version up to which they were asked
	Version int // in force
}

// Reach is what hangs on a decision.
type Reach struct {
	Users  int  // with a live grant
	Grants int  // live ones
	More   bool // counting stopped: there are more
}

// MaxReach is up to how many grants are counted one by one.
const MaxReach = 10_000

// Governing reads how tenants decide on apps.
type Governing interface {
	// Governance is what the tenant said; where it has said nothing, the zero settings with version zero.
	Governance(in id.Tenant) (Governance, error)
	// AuthorizationOf is the newest authorization of the client in the tenant, revoked or not.
	AuthorizationOf(in id.Tenant, client id.Client) (Authorization, error)
	ListAuthorizations(in id.Tenant, f AuthorizationFilter, p Page) ([]Authorization, error) // by client ID
	// CountAuthorizations counts by state as stored.
	CountAuthorizations(in id.Tenant, now time.Time) (map[policy.State]int, error)
	// PastAuthorizations are earlier states of the tenant's decisions on a client, newest first.
	PastAuthorizations(in id.Tenant, client id.Client, limit int) ([]PastAuthorization, error)
	// AuthorizationsOf are those of a client in all tenants, by tenant, after the one given.
	AuthorizationsOf(client id.Client, after id.Tenant, limit int) ([]Authorization, error)
	// Unasked are the clients with versions that tenants were not asked about, by ID, after the one given. A new client has none.
	Unasked(after id.Client, limit int) ([]Unasked, error)

	AuthorizationRequest(in id.Tenant, request id.Request) (AuthorizationRequest, error)
	// WaitingRequest is the one that the user (zero: the app itself) has waiting for the client.
	WaitingRequest(in id.Tenant, client id.Client, user id.User) (AuthorizationRequest, error)
	ListAuthorizationRequests(in id.Tenant, f RequestFilter, p Page) ([]AuthorizationRequest, error) // newest first; places are of [CursorAfter]
	ListWaitingClients(in id.Tenant, limit int) ([]WaitingClient, error)                             // most requests first

	// Reach counts what lives of a client in a tenant: of all its users, or of one.
	Reach(in id.Tenant, client id.Client, user id.User) (Reach, error)
	// ReachUpTo counts what lives of a client in a tenant only up to so many grants.
	ReachUpTo(in id.Tenant, client id.Client, max int) (Reach, error)
	// UsersOf are the users who have a live grant of the client, by ID.
	UsersOf(in id.Tenant, client id.Client, p Page) ([]id.User, error)
	// Uses are the calls of a client in a tenant from a day on, by day, catalog and method; the zero client: of all clients.
	Uses(in id.Tenant, client id.Client, from time.Time) ([]Use, error)
	// LastUses are the days on which clients called something last; those that never did are not among them.
	LastUses(in id.Tenant, clients []id.Client) (map[id.Client]time.Time, error)
	// ListForeseen are the calls that would have been refused, most calls first.
	ListForeseen(in id.Tenant, client id.Client, limit int) ([]Foreseen, error)
}

// GovernanceWriter writes how tenants decide on apps.
type GovernanceWriter interface {
	// PutGovernance writes the settings. ErrTaken: somebody wrote the version before it meanwhile; g.Version is the new one.
	PutGovernance(g Governance) error
	// AddAuthorization adds the first one, or another in the place of one that was revoked. ErrTaken: a live one is there.
	AddAuthorization(a Authorization) error
	// UpdateAuthorization writes what was decided anew, but not what users approved; the state before is kept. ErrNotFound
	// also where it is revoked or recalled,
	// ErrTaken where a.Version is not the next one.
	UpdateAuthorization(a Authorization) error
	// NoteApproval writes Approved and Installed, which no decision changes.
	NoteApproval(a Authorization) error
	// AddAuthorizationRequest: ErrTaken where the same user waits for the same client already.
	AddAuthorizationRequest(r AuthorizationRequest) error
	// CloseAuthorizationRequests closes what waits for the client, of one user or (zero) of all and the app itself, and
	// answers what was closed.
	CloseAuthorizationRequests(in id.Tenant, client id.Client, user id.User, state RequestState, by, justification string, at time.Time) ([]AuthorizationRequest, error)
	// ForgetForeseen deletes what was foreseen for the tenant; the zero client: for all clients.
	ForgetForeseen(in id.Tenant, client id.Client) error
}

// UseCounter writes behind requests what was used, what would have been refused, and who was asked.
type UseCounter interface {
	// NoteAsked notes that all tenants were asked about the versions of a client up to this one. It never goes back.
	NoteAsked(client id.Client, version int) error
	AddUses(list []Use) error // what counts for a client or tenant that is gone is passed over
	AddForeseen(list []Foreseen) error
}
