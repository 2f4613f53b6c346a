package store

import (
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
)

// Times in records are UTC and whole seconds.

// MaxSecrets is how many secrets a connected app may have at once (seed: Tableau; code 128).
const MaxSecrets = 2

// Tenant is a customer of the vendor.
type Tenant struct {
	ID         id.Tenant
	Name       string
	ContentURL string // unique, never empty, compared byte by byte
	Plan       string
	Created    time.Time
}

// Person is somebody who can log in, vendor-wide.
type Person struct {
	ID           id.Person
	Login        string // unique, in its normal form
	PasswordHash string // argon2id in PHC form; empty: none set
	Created      time.Time
}

// User is a person in one tenant.
type User struct {
	Tenant        id.Tenant
	ID            id.User
	Person        id.Person // zero: nobody can log in as this user yet
	Name          string    // unique in the tenant, compared byte by byte
	FullName      string
	Email         string
	Roles         []string // role ids, sorted
	PlatformRoles []string // such as "operator"; given by the operator only
	Disabled      bool
	Created       time.Time
}

// Group is a named list of users of one tenant.
type Group struct {
	Tenant  id.Tenant
	ID      id.Group
	Name    string // unique in the tenant
	Created time.Time
}

// ConnectedApp is a client that a tenant trusts to sign JWTs, with the record of its authorization.
type ConnectedApp struct {
	Tenant  id.Tenant
	Client  id.Client
	Name    string
	Enabled bool
	// Scopes are those assigned to the app: nothing else that an assertion asks for is given. With AllScopes they are
	// the whole catalog, and Scopes is empty.
	AllScopes     bool
	Scopes        scope.Set
	Authorization id.Authorization
	Revoked       bool // the authorization was revoked; it is never reopened, a new one takes its place
	Version       int  // raised by every change of the above
	Created       time.Time
	Secrets       []Secret
}

// After is the app with the version that a change of an older state gives it: the same where nothing changed.
func (a ConnectedApp) After(old ConnectedApp) ConnectedApp {
	a.Version = old.Version
	if a.Name != old.Name || a.Enabled != old.Enabled || a.AllScopes != old.AllScopes || !a.Scopes.Equal(old.Scopes) ||
		a.Authorization != old.Authorization || a.Revoked != old.Revoked {
		a.Version++
	}
	return a
}

// Secret is one shared secret of a connected app. The value must be known to verify with it, so it is sealed, not
// hashed.
type Secret struct {
	ID      id.Secret
	Sealed  []byte
	Created time.Time
}

// Session is a sign-in with an assertion. Its token says the same and is what is checked; the row is for lists, for
// revoking, and for the audit.
type Session struct {
	Tenant        id.Tenant
	ID            id.Session
	User          id.User
	Client        id.Client
	Authorization id.Authorization
	Secret        id.Secret
	Scopes        scope.Set
	State         mark.Number
	Created       time.Time
	Expires       time.Time
}

// Key is one of our own signing keys.
type Key struct {
	ID      id.Key
	Public  []byte    // JWK
	Sealed  []byte    // private key, sealed
	Created time.Time // published from here on
	Active  time.Time // signs from here on, until a newer key is active
	Retired time.Time // zero: not retired; else it only verifies
	Expires time.Time // zero: not yet known; else published and trusted until here
	Revoked bool      // withdrawn in an emergency: trusted no more
}

// Refusal is a full verdict under its reference.
type Refusal struct {
	Reference   id.Reference
	Fingerprint [32]byte  // of tenant, client, user, method and codes
	Tenant      id.Tenant // zero: none was proven
	Proven      bool      // the caller proved who they are
	First, Last time.Time
	Count       int
	Verdict     []byte // JSON
}
