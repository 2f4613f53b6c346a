package store

import (
	"encoding/json"
	"time"

	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/text"
)

// Client is registered third-party software, an "app" in pages. Clients are vendor-wide: few, and kept in memory.
type Client struct {
	ID           id.Client
	Owner        id.Tenant    // the developer's account; zero: the vendor's own
	Version      int          // of the registration in force, from 1
	Registration Registration // of that version
	Disabled     bool         // switched off by the operator
	BuiltIn      bool
	Verified     bool // the operator knows the publisher (A161)
	Recalls      int  // how often the operator revoked it everywhere; what was decided before the last time is void
	Created      time.Time
	Secrets      []ClientSecret // oldest first
}

// Registration is what a developer says of an app. It is kept as JSON; each change is a new version.
type Registration struct {
	Name        string    `json:"name"`
	Publisher   string    `json:"publisher"`
	Description text.Text `json:"description,omitzero"`
	Contact     Contact   `json:"contact,omitzero"`
	Logo        string    `json:"logo,omitempty"` // SHA-256 of the uploaded image, in hexadecimal; empty: none

	RedirectURIs []string `json:"redirect_uris"` // compared byte by byte
	Public       bool     `json:"public,omitempty"`
	// Keys is a JWKS with the keys that private_key_jwt is verified with; empty: the client has secrets, or is public.
	Keys json.RawMessage `json:"keys,omitempty"`
	// InstallURL says that the app is installed by an install URL, in which response_type may be missing.
	InstallURL bool `json:"install_url,omitempty"`
	// Wire is "hubspot" where that dialect's words and habits are on for the app.
	Wire string `json:"wire,omitempty"`
	// ClientCredentials says that the client may act for itself.
	ClientCredentials bool `json:"client_credentials,omitempty"`
	Listed            bool `json:"listed,omitempty"` // else private

	Required    scope.Set `json:"required"`
	Conditional scope.Set `json:"conditional"`
	Optional    scope.Set `json:"optional"`

	// Stopped says that the client is disabled by its owner, who may enable it again; what the operator disabled, the owner may not.
	Stopped bool `json:"stopped,omitempty"`

	AccessLife  time.Duration `json:"access_life,omitempty"`  // zero: the default, 30 minutes
	RefreshLife time.Duration `json:"refresh_life,omitempty"` // absolute; zero: until it is withdrawn
}

// Scopes are all scopes that the app registers.
func (r *Registration) Scopes() scope.Set { return r.Required.Union(r.Conditional).Union(r.Optional) }

// Contact is how to reach the developer; it is shown wherever somebody is told to ask the developer.
type Contact struct {
	Mail          string `json:"mail,omitempty"`
	Page          string `json:"page,omitempty"`
	Documentation string `json:"documentation,omitempty"`
	Privacy       string `json:"privacy,omitempty"`
}

// ClientVersion is one state of a client's registration.
type ClientVersion struct {
	Client       id.Client
	Number       int
	Registration Registration
	By           string // who changed it: kind, id and name of the actor, for people
	At           time.Time
}

// ClientSecret is one secret of a client. It has 256 random bits, so that its SHA-256 is enough to keep.
type ClientSecret struct {
	ID      id.Secret
	Hash    [32]byte
	Created time.Time
}

// Logo is an image that was uploaded for a client.
type Logo struct {
	Sum   string // SHA-256 in hexadecimal
	Media string // image/png, image/jpeg or image/webp
	Image []byte
}

// InstallURL is an install URL that was seen: one row for a client and distinct URL, whoever asked however often.
type InstallURL struct {
	Client      id.Client
	Sum         [32]byte // of the three below
	RedirectURI string
	Scope       string // as sent
	Optional    string
	First, Last time.Time
	Installed   time.Time // when an installation last came from it; zero: none did
	Count       int
}

// MaxInstallURLs is how many install URLs are remembered of one client. Beyond it those go first that nobody installed from, then
// those that were seen seldom, then those that were seen least recently.
const MaxInstallURLs = 200

// Tally counts events of one kind for a client on a day: "install", "uninstall", or the code of a refusal.
type Tally struct {
	Client id.Client
	Day    time.Time // 00:00 UTC
	Kind   string
	Count  int
}

// MaxNotableClients is how many built-in and verified clients are looked through.
const MaxNotableClients = 1000

// Consent is one user's yes to one client's scopes.
type Consent struct {
	Tenant id.Tenant
	User   id.User
	Client id.Client
	// Authorization is the one that it was given under: a consent to one that was revoked counts no more.
	Authorization id.Authorization
	Scopes        scope.Set
	Updated       time.Time
}

// Grant is the lasting result of one completed authorization request: tokens are issued from it, of its scopes less what
// no longer holds. It is never rewritten by what narrows.
type Grant struct {
	Tenant        id.Tenant
	ID            id.Grant
	Client        id.Client
	Version       int // of the registration it was given under
	Authorization id.Authorization
	User          id.User
	Required      scope.Set // of the scopes, those that stood in scope
	Scopes        scope.Set
	Dropped       []Dropped
	Created       time.Time
	Installed     time.Time // the first token; zero: the code was not redeemed yet
	LastUsed      time.Time // to the hour; zero: never
	Expires       time.Time // of the refresh token; zero: until it is withdrawn
	Ended         time.Time // zero: it lives
	EndedBy       string    // why it ended: withdrawn, revoked, replayed, uninstalled, user_disabled, …
}

// Dropped is a scope that was asked for and not given, and the code of the reason.
type Dropped struct {
	Scope string `json:"scope"`
	Code  string `json:"code"`
}

// Code is an authorization code that is out.
type Code struct {
	Tenant      id.Tenant
	Hash        [32]byte
	Grant       id.Grant
	Client      id.Client
	RedirectURI string // as sent; empty: left out
	Challenge   string // PKCE, S256; empty: none
	Created     time.Time
	Expires     time.Time
	Used        time.Time // zero: not yet
}

// RefreshToken is one refresh token of a grant. Those that were used stay as long as the grant can live, so that a replay is
// noticed.
type RefreshToken struct {
	Tenant    id.Tenant
	Hash      [32]byte
	Grant     id.Grant
	Client    id.Client
	Created   time.Time
	Expires   time.Time // zero: with the grant
	Used      time.Time // zero: not yet
	Successor [32]byte  // hash of the token that took its place; zero again when the grace is closed
	Sealed    []byte    // the successor, for the grace; sealed with a key derived from this token; none of an ended grant
}
