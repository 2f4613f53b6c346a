package v1

import (
	"time"

	"prokura/internal/text"
)

// Governance is how a tenant decides on apps.
type Governance struct {
	GovernanceSettings
	Version   int       `json:"version"` // 0: the tenant never said, so that an administrator decides, and the vendor's stage holds
	UpdatedAt time.Time `json:"updated_at,omitzero"`
}

// GovernanceSettings are what a tenant says of how it decides on apps.
type GovernanceSettings struct {
	Policy         string           `json:"policy"`          // open, authorization_required or blocked: for what no rule matches
	Rules          []GovernanceRule `json:"rules"`           // the first that matches a scope decides on it, the strictest of all scopes on the app
	Enforcement    string           `json:"enforcement"`     // enforce, report or off
	OwnPermissions bool             `json:"own_permissions"` // an administrator may authorize only scopes whose permissions they hold
	Reviewers      []string         `json:"reviewers"`       // roles whose holders see requests, and are told of them where mail is sent
	RequestDays    int              `json:"request_days"`    // how long a request waits
	ShowMail       bool             `json:"show_mail"`       // users see the addresses of who can decide
	NoMail         bool             `json:"no_mail"`         // nobody is told of requests by mail
}

// GovernanceRule is one line of a tenant's rules. What it leaves out matches everything.
type GovernanceRule struct {
	Verified   bool     `json:"verified,omitempty"`   // only apps of verified publishers
	Risks      []string `json:"risks,omitempty"`      // read, write or delete
	Scopes     []string `json:"scopes,omitempty"`     // one of these
	Clients    []string `json:"clients,omitempty"`    // one of these client IDs
	Publishers []string `json:"publishers,omitempty"` // one of these, if verified
	Policy     string   `json:"policy"`               // open, authorization_required or blocked
}

// GovernanceChange replaces the settings. Version is the one that was seen.
type GovernanceChange struct {
	GovernanceSettings
	Version int `json:"version"`
}

// GovernanceEffect is which apps would stop, and which would start, with other settings.
type GovernanceEffect struct {
	Stops  []AffectedApp `json:"stops"`
	Starts []AffectedApp `json:"starts"`
	More   bool          `json:"more"` // of some apps, not all users or calls were looked at: more may stop or start
}

// AffectedApp is an app whose standing would change. The code is of what refuses it: then, or now.
type AffectedApp struct {
	App     AppSummary `json:"app"`
	Reach   Reach      `json:"reach"`
	Code    string     `json:"code"`
	Message text.Text  `json:"message"`
}

// AppSummary is what a list shows of an app.
type AppSummary struct {
	ClientID  string `json:"client_id"`
	Kind      string `json:"kind"` // app or connected_app
	Name      string `json:"name"`
	Publisher string `json:"publisher,omitempty"`
	Verified  bool   `json:"verified"`
	BuiltIn   bool   `json:"built_in"`
	Disabled  bool   `json:"disabled"` // switched off
	Version   int    `json:"version,omitempty"`
}

// Reach is what lives of an app: users with a live grant, and grants.
type Reach struct {
	Users  int  `json:"users"`
	Grants int  `json:"grants"`
	More   bool `json:"more"` // counting stopped: there are more
}

// Stage is how far the decisions of tenants that chose no stage are enforced: enforce, report or off.
type Stage struct {
	Enforcement string `json:"enforcement"`
}

// Admission says which users may use an app: all, or the holders of these roles and these users; never those barred.
type Admission struct {
	All    bool     `json:"all"`
	Roles  []string `json:"roles"`
	Users  []string `json:"users"`
	Barred []string `json:"barred"` // users whose use was revoked
}

// Authorization is a tenant's standing decision on an app.
type Authorization struct {
	ID           string     `json:"id,omitempty"` // absent: there is no record yet
	ClientID     string     `json:"client_id"`
	App          AppSummary `json:"app"`
	State        string     `json:"state"`            // authorized, open (nobody needs to decide), undecided, expired, revoked or blocked
	Recalled     bool       `json:"recalled"`         // the operator revoked the app everywhere since
	Origin       string     `json:"origin,omitempty"` // administrator, user, built_in or made; absent: nothing was decided
	Version      int        `json:"version"`          // raised by every decision; a change names the one that it saw
	AllScopes    bool       `json:"all_scopes"`       // every scope that the app registers, also later: of built-in apps, and where users decide
	Scopes       []string   `json:"scopes"`           // else these at most
	Whole        bool       `json:"whole"`            // scopes are all that the app registered in the version registration
	Wants        []string   `json:"wants"`            // registered beyond what is authorized
	Admission    Admission  `json:"admission"`
	ForItself    bool       `json:"for_itself"` // the app may act without a user
	ExpiresAt    time.Time  `json:"expires_at,omitzero"`
	Registration int        `json:"registration,omitempty"` // version of the registration that was decided on
	Reason       string     `json:"reason,omitempty"`
	DecidedBy    string     `json:"decided_by,omitempty"`
	Approved     []string   `json:"approved"` // scopes that users gave so far; others take the permission to install
	CanUnshrink  bool       `json:"can_unshrink"`
	CreatedAt    time.Time  `json:"created_at,omitzero"`
	UpdatedAt    time.Time  `json:"updated_at,omitzero"`
	InstalledAt  time.Time  `json:"installed_at,omitzero"` // the first token
}

// AuthorizationTerms are what is decided on an app. What is absent stays as it was decided. Where nothing stands, absent means: no
// scope, or all where the app is authorized rather than its authorization put; all users; not for itself; never. ExpiresAt is RFC
// 3339, empty: never. Version is that of the authorization that was seen, and registration that of the app's registration; absent:
// whichever hold now.
type AuthorizationTerms struct {
	AllScopes    bool       `json:"all_scopes"`
	Scopes       []string   `json:"scopes"`
	Admission    *Admission `json:"admission"`
	ForItself    *bool      `json:"for_itself,omitempty"`
	ExpiresAt    *string    `json:"expires_at,omitempty"`
	Reason       string     `json:"reason"`
	Version      *int       `json:"version"`
	Registration *int       `json:"registration,omitempty"`
}

// AuthorizationCost is what terms would cost.
type AuthorizationCost struct {
	Lost           []string     `json:"lost"` // scopes
	Methods        []LostMethod `json:"methods"`
	NotInstallable []string     `json:"not_installable"` // required scopes that are left out
	AskedByURLs    []string     `json:"asked_by_urls"`   // left out, and asked for as required by install URLs of the last 90 days, which are refused then
	Reach          Reach        `json:"reach"`
	LosingUsers    int          `json:"losing_users"`
	More           bool         `json:"more"` // there are more users than were looked at
}

// LostMethod is a method that would be refused.
type LostMethod struct {
	Catalog  string    `json:"catalog"`
	Method   string    `json:"method"`
	Title    text.Text `json:"title"`
	LastUsed time.Time `json:"last_used,omitzero"` // the day; absent: not in the last 90 days
}

// Reason says why something is done.
type Reason struct {
	Reason string `json:"reason"`
}

// RevokedAuthorization is an authorization that was revoked, and what lost access.
type RevokedAuthorization struct {
	Authorization
	Reach Reach `json:"reach"` // what lived before
}

// ScopeList names scopes, and the version of the authorization that was seen.
type ScopeList struct {
	Scopes  []string `json:"scopes"`
	Version int      `json:"version"`
}

// SeenVersion is the version of the authorization that was seen.
type SeenVersion struct {
	Version int `json:"version"`
}

// PastAuthorization is a decision that holds no more.
type PastAuthorization struct {
	Authorization
	Until time.Time `json:"until"`
}

// AppUser is a user who gave something to an app.
type AppUser struct {
	UserID   string    `json:"user_id"`
	Name     string    `json:"name"`
	Scopes   []string  `json:"scopes"` // consented to
	Grants   int       `json:"grants"` // live ones
	LastUsed time.Time `json:"last_used,omitzero"`
}

// Usage is what an app really did within the last days, by day, UTC, the last of them today.
type Usage struct {
	From    string        `json:"from"`  // day
	Calls   []int         `json:"calls"` // by day
	Scopes  []ScopeUsage  `json:"scopes"`
	Methods []MethodUsage `json:"methods"`
	Unused  []string      `json:"unused"` // scopes that no call needed
}

// ScopeUsage is the use of one scope.
type ScopeUsage struct {
	Scope    string `json:"scope"`
	Calls    []int  `json:"calls"` // by day: of methods that needed it
	LastUsed string `json:"last_used,omitempty"`
}

// MethodUsage is the use of one method.
type MethodUsage struct {
	Catalog  string `json:"catalog"`
	Method   string `json:"method"`
	Calls    int    `json:"calls"`
	LastUsed string `json:"last_used"`
}

// NewAuthorizationRequest asks the administrators of a tenant for a decision, in the name of a user.
type NewAuthorizationRequest struct {
	ClientID string   `json:"client_id"`
	UserID   string   `json:"user_id"`
	Reason   string   `json:"reason"`
	Scope    []string `json:"scope"` // as in an install URL; both absent: what the app registers
	Optional []string `json:"optional_scope"`
}

// AuthorizationRequest is a wish that an administrator decide on an app.
type AuthorizationRequest struct {
	ID            string    `json:"id"`
	ClientID      string    `json:"client_id"`
	UserID        string    `json:"user_id,omitempty"` // absent: the app itself asks for more than was authorized
	Reason        string    `json:"reason"`
	Version       int       `json:"version"` // of the registration
	Scope         []string  `json:"scope"`
	Optional      []string  `json:"optional_scope"`
	State         string    `json:"state"` // waiting, approved, denied, blocked, withdrawn or expired
	CreatedAt     time.Time `json:"created_at"`
	ExpiresAt     time.Time `json:"expires_at"`
	DecidedAt     time.Time `json:"decided_at,omitzero"`
	DecidedBy     string    `json:"decided_by,omitempty"`
	Justification string    `json:"justification,omitempty"`
}

// QueuedApp is an app that waits for a decision.
type QueuedApp struct {
	App      AppSummary             `json:"app"`
	State    string                 `json:"state"`
	Count    int                    `json:"count"` // of requests that wait
	Risk     string                 `json:"risk"`  // read, write or delete: the worst of what is new
	New      []string               `json:"new"`   // scopes that are asked for and not authorized
	Requests []AuthorizationRequest `json:"requests"`
}

// Denial turns down what waits for an app. Blocked: users may not ask again. Requests are those that were seen, as the queue lists
// them: where another one came since, or none of them waits any more, nobody is answered. Absent: whatever waits.
type Denial struct {
	Justification string   `json:"justification"`
	Block         bool     `json:"block"`
	Requests      []string `json:"requests,omitempty"`
}

// ImpactOfApp is what a tenant that only reports would have refused to an app, and what would keep it alive.
type ImpactOfApp struct {
	App      AppSummary   `json:"app"`
	Users    int          `json:"users"`
	Calls    int          `json:"calls"`
	FirstAt  time.Time    `json:"first_at"`
	LastAt   time.Time    `json:"last_at"`
	Methods  []LostMethod `json:"methods"`
	Proposal Proposal     `json:"proposal"`
	Mends    bool         `json:"mends"`   // the proposal changes something
	Revoked  bool         `json:"revoked"` // the app is revoked, which no proposal takes back
	Moved    bool         `json:"moved"`   // since it was decided on, it got another publisher or further redirect URIs: decide on it by itself
	Lapsed   bool         `json:"lapsed"`  // the decision on it expired: decide on it by itself
	Beyond   []string     `json:"beyond"`  // needed, and not registered by the app or never given to it: no authorization adds these
	Reach    Reach        `json:"reach"`
}

// Proposal are the terms that would keep an app alive, and the state that they were made of.
type Proposal struct {
	AllScopes    bool      `json:"all_scopes"`
	Scopes       []string  `json:"scopes"`
	Admission    Admission `json:"admission"`
	ForItself    bool      `json:"for_itself"`
	ExpiresAt    time.Time `json:"expires_at,omitzero"`
	Version      int       `json:"version"`      // of the authorization
	Registration int       `json:"registration"` // version of the registration
}

// SeenProposals names apps whose proposals somebody saw.
type SeenProposals struct {
	Apps []SeenProposal `json:"apps"`
}

// SeenProposal is an app, with the versions that its proposal names. One that changed since is not authorized.
type SeenProposal struct {
	ClientID     string `json:"client_id"`
	Version      int    `json:"version"`
	Registration int    `json:"registration"`
}

// Authorized is how many apps were authorized, or needed no decision any more, and which were not.
type Authorized struct {
	Authorized int                `json:"authorized"`
	Failed     []NotAuthorizedApp `json:"failed"`
}

// NotAuthorizedApp is an app that could not be authorized, and why.
type NotAuthorizedApp struct {
	ClientID string    `json:"client_id"`
	Findings []Finding `json:"findings"`
}

// Recalled is in how many tenants an app was revoked.
type Recalled struct {
	Tenants int `json:"tenants"`
}
