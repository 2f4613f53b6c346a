// Package token is the form of what Prokura signs: the session of a sign-in with an assertion, access tokens (RFC 9068),
// and the identity that upstreams are told. All are compact JWS with ES256 and one of our own keys.
//
// None ever stands in for another, nor for an assertion: each has a typ of its own, which is checked before anything is
// believed (RFC 8725 §3.11, A101). Verifying answers claims or an error, never both (A100).
//
// The package is pure: it reads no clock, no randomness and no storage.
package token

import (
	"errors"
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
)

const (
	// SessionType and IdentityType are the header typ of the two kinds.
	SessionType  = "prokura-session+jwt"
	IdentityType = "prokura-identity+jwt"

	// SessionAudience is who a session token is for: only we read it.
	SessionAudience = "prokura"

	// MaxLife is the longest that a session or an access token lives, MaxIdentityLife the longest that an identity does.
	MaxLife         = 48 * time.Hour
	MaxIdentityLife = 5 * time.Minute

	// MaxSize bounds what we sign: a token travels in a header, and common servers take 8 KiB of headers.
	MaxSize = 6 << 10

	// Skew is how far the clocks of two nodes may differ, either way (A235).
	Skew = 30 * time.Second
)

// What callers tell apart, with errors.Is.
var (
	// ErrInvalid: this is no token of this kind signed by a key of ours.
	ErrInvalid = errors.New("token is invalid")
	// ErrExpired: the token was good and has ended. It is only said of a token whose signature verified.
	ErrExpired = errors.New("token has expired")
	// ErrTooLarge: the token to be signed would be longer than MaxSize.
	ErrTooLarge = errors.New("token would be too large")
)

// Session is what a session token says. Times are whole seconds; it is valid from Issued to just before Expires.
type Session struct {
	ID            id.Session
	Tenant        id.Tenant
	User          id.User
	Name          string // the user's
	Client        id.Client
	Authorization id.Authorization
	Secret        id.Secret // that signed the assertion
	Key           id.Key    // of ours, that signed the token; set by verifying
	Plan          string
	Roles         []string
	PlatformRoles []string
	Scopes        scope.Set // concrete
	Stage         string    // of the tenant: StageReport or StageOff; empty: it enforces what it assigned
	Held          scope.Set // on a stage: what would be left of the scopes if the tenant enforced what it assigned
	State         mark.Number
	Issued        time.Time
	Expires       time.Time
}

// Subject is the ids that the token rests on, for marks.
func (s *Session) Subject() mark.Subject {
	return mark.Subject{
		Tenant: s.Tenant, Client: s.Client, Authorization: s.Authorization, User: s.User, Session: s.ID,
		Secret: s.Secret, Key: s.Key, Plan: s.Plan,
	}
}

// fixed is how much of a session's token is the same for all, rounded up: header, signature, and claims without text.
const fixed = 800

// TooLarge says whether the session's token could pass MaxSize, by a bound that costs nothing to work out.
func (s *Session) TooLarge() bool {
	n := 6*len(s.Name) + len(s.Plan) + stageSize(s.Stage, s.Scopes) // a character of a name may be escaped to six
	for _, list := range [][]string{s.Roles, s.PlatformRoles, s.Scopes.Names()} {
		for _, name := range list {
			n += len(name) + len(`"",`)
		}
	}
	return fixed+n*4/3 > MaxSize
}

// Identity is what an upstream is told of a caller.
type Identity struct {
	Audience      string // the one upstream that it is for
	Session       id.Session
	Tenant        id.Tenant
	User          id.User // zero: the client acts for itself, and the claim sub names it
	Name          string
	Client        id.Client
	Roles         []string
	PlatformRoles []string
	Issued        time.Time
	Expires       time.Time
}
