package store

import (
	"time"

	"prokura/internal/id"
)

// Login is a person who is logged in in one browser. The cookie is stored as its hash.
type Login struct {
	Hash    [32]byte
	Person  id.Person
	Tenant  id.Tenant // chosen to act in; zero: not yet
	Created time.Time // when the password was given; nothing renews it
	Seen    time.Time
	Expires time.Time
}

// LinkKind says what a one-time link is good for.
type LinkKind string

// The kinds of links.
const (
	SetUpLink    LinkKind = "set_up"   // makes the first tenant and its administrator
	InviteLink   LinkKind = "invite"   // makes somebody the user
	PasswordLink LinkKind = "password" // sets a new password
)

// Link is a link that does one thing once. It is stored as its hash.
type Link struct {
	Hash    [32]byte
	Kind    LinkKind
	Tenant  id.Tenant // of an invitation
	User    id.User   // of an invitation
	Person  id.Person // of a password link
	Created time.Time
	Expires time.Time
	Used    time.Time // zero: not yet
}

// Role is a role that a tenant made itself. Those that the catalogs name need no record.
type Role struct {
	Tenant      id.Tenant
	ID          string // unique in the tenant, lower-case letters, digits and underscores
	Name        string
	Permissions []string // sorted
	Created     time.Time
}

// Entitlement is a single function that a tenant was given, or that was taken from it, beside its plan.
type Entitlement struct {
	Tenant      id.Tenant
	Entitlement string
	Withdrawn   bool      // else added
	From        time.Time // zero: at once
	Until       time.Time // zero: for good
	Created     time.Time
}

// InForce says whether the entry counts at a time.
func (e *Entitlement) InForce(now time.Time) bool {
	return !now.Before(e.From) && (e.Until.IsZero() || now.Before(e.Until))
}
