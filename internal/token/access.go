package token

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
)

// AccessType is the header typ of access tokens (RFC 9068 §2.1).
const AccessType = "at+jwt"

// Access is what an access token says. It is of one of three sorts: issued from a grant, from an assertion of a connected
// app (then Secret is set), or to a client for itself (then User is zero). It is valid from Issued to just before Expires.
type Access struct {
	ID            id.Session // jti
	Tenant        id.Tenant
	User          id.User // zero: the client acts for itself
	Name          string  // the user's
	Client        id.Client
	Authorization id.Authorization // zero: a client for itself, in its owner's tenant
	Grant         id.Grant         // zero: there is none behind it
	Secret        id.Secret        // that signed the assertion
	Key           id.Key           // of ours, that signed the token; set by verifying
	Plan          string
	Roles         []string
	PlatformRoles []string
	Scopes        scope.Set // concrete
	Stage         string    // of the tenant: StageReport or StageOff; empty: it enforces what it decided
	Held          scope.Set // on a stage: what would be left of the scopes if the tenant enforced what it assigned
	State         mark.Number
	Issued        time.Time
	Expires       time.Time
}

// Subject is the ids that the token rests on, for marks.
func (a *Access) Subject() mark.Subject {
	return mark.Subject{
		Tenant: a.Tenant, Client: a.Client, Authorization: a.Authorization, Grant: a.Grant, User: a.User, Session: a.ID,
		Secret: a.Secret, Key: a.Key, Plan: a.Plan,
	}
}

// TooLarge says whether the token could pass MaxSize, by a bound that costs nothing to work out.
func (a *Access) TooLarge() bool {
	n := 6*len(a.Name) + len(a.Plan) + stageSize(a.Stage, a.Scopes)
	for _, list := range [][]string{a.Roles, a.PlatformRoles, a.Scopes.Names()} {
		for _, name := range list {
			n += len(name) + len(`"",`)
		}
	}
	return fixedAccess+n*4/3 > MaxSize
}

// fixedAccess is how much of an access token is the same for all, rounded up. The audience is our issuer, like the issuer.
const fixedAccess = 1400

// clientPrefix keeps clients that act for themselves apart from users: no client can be registered so that its subject is a
// user's (RFC 9068 §5, A072).
const clientPrefix = "client:"

// subject is who acts, in one claim.
func subject(user id.User, client id.Client) string {
	if user.IsZero() {
		return clientPrefix + client.String()
	}
	return user.String()
}

// SubjectClaim is the claim sub of the token.
func (a *Access) SubjectClaim() string { return subject(a.User, a.Client) }

// parseSubject is the user of a subject claim; zero: it is the client itself, and no other.
func parseSubject(sub string, client id.Client) (id.User, error) {
	if own, ok := strings.CutPrefix(sub, clientPrefix); ok {
		if client.IsZero() || own != client.String() {
			return id.User{}, errors.New("the subject is another client")
		}
		return id.User{}, nil
	}
	return id.Parse[id.User](sub)
}

// accessClaims is an Access on the wire. Every name is written, and no other is read.
type accessClaims struct {
	Issuer        string           `json:"iss"`
	Audience      string           `json:"aud"`
	Subject       string           `json:"sub"`
	Issued        int64            `json:"iat"`
	Expires       int64            `json:"exp"`
	ID            id.Session       `json:"jti"`
	Client        id.Client        `json:"client_id"`
	Scope         string           `json:"scope"`
	Tenant        id.Tenant        `json:"tenant"`
	Authorization id.Authorization `json:"auth,omitzero"`
	Grant         id.Grant         `json:"grant,omitzero"`
	Secret        id.Secret        `json:"sec,omitzero"`
	Plan          string           `json:"plan"`
	Roles         []string         `json:"roles,omitempty"`
	PlatformRoles []string         `json:"platform_roles,omitempty"`
	Name          string           `json:"name,omitempty"`
	Stage         string           `json:"stage,omitempty"`
	Held          string           `json:"held,omitempty"`
	State         state            `json:"st"`
}

func (a *Access) claims(issuer string) accessClaims {
	return accessClaims{
		Issuer: issuer, Audience: issuer, Subject: subject(a.User, a.Client), Issued: a.Issued.Unix(), Expires: a.Expires.Unix(),
		ID: a.ID, Client: a.Client, Scope: strings.Join(a.Scopes.Names(), " "), Tenant: a.Tenant, Authorization: a.Authorization,
		Grant: a.Grant, Secret: a.Secret, Plan: a.Plan, Roles: a.Roles, PlatformRoles: a.PlatformRoles, Name: a.Name,
		Stage: a.Stage, Held: heldClaim(a.Stage, a.Scopes, a.Held), State: state{a.State.Epoch, a.State.N},
	}
}

func (c *accessClaims) access(key id.Key) (Access, error) {
	var names []string
	if c.Scope != "" {
		names = strings.Split(c.Scope, " ")
	}
	scopes, err := scope.ParseSet(names)
	if err != nil {
		return Access{}, err
	}
	user, err := parseSubject(c.Subject, c.Client)
	if err != nil {
		return Access{}, err
	}
	held, err := parseHeld(c.Stage, c.Held, scopes)
	if err != nil {
		return Access{}, err
	}
	return Access{
		ID: c.ID, Tenant: c.Tenant, User: user, Name: c.Name, Client: c.Client, Authorization: c.Authorization,
		Grant: c.Grant, Secret: c.Secret, Key: key, Plan: c.Plan, Roles: c.Roles, PlatformRoles: c.PlatformRoles,
		Scopes: scopes, Stage: c.Stage, Held: held, State: mark.Number{Epoch: c.State.Epoch, N: c.State.N}, Issued: utc(c.Issued), Expires: utc(c.Expires),
	}, nil
}

// sound is what must hold of an access token when it is signed and when it is read: one that lacks an id could not be
// revoked by it, and a client for itself has nothing that a user has.
func (a *Access) sound() error {
	grant, secret, user := !a.Grant.IsZero(), !a.Secret.IsZero(), !a.User.IsZero()
	switch {
	case a.ID.IsZero(), a.Tenant.IsZero(), a.Client.IsZero():
		return fmt.Errorf("an id is missing")
	case user && (grant == secret || a.Authorization.IsZero()):
		return fmt.Errorf("a user's token rests on a grant or an assertion, and on an authorization")
	case !user && (grant || secret || a.Name != "" || len(a.Roles) > 0 || len(a.PlatformRoles) > 0):
		return fmt.Errorf("a client's own token says something of a user")
	}
	if err := soundStage(a.Stage, a.Scopes, a.Held); err != nil {
		return err
	}
	return lives(a.Issued, a.Expires, MaxLife)
}

// Access signs an access token (RFC 9068). ErrTooLarge: its scopes and roles do not fit.
func (s *Signer) Access(t *Access) (string, error) {
	if err := t.sound(); err != nil {
		return "", fmt.Errorf("signing an access token: %w", err)
	}
	return s.sign(s.access, t.claims(s.issuer))
}

// Access verifies an access token. The error is ErrInvalid or ErrExpired, and then there are no claims.
func (v *Verifier) Access(raw string, now time.Time) (Access, error) {
	var c accessClaims
	key, err := v.open(raw, AccessType, &c)
	if err != nil {
		return Access{}, err
	}
	a, err := c.access(key)
	if err != nil {
		return Access{}, invalid(err)
	}
	if err := a.sound(); err != nil {
		return Access{}, invalid(err)
	}
	if err := v.check(c.Issuer, c.Audience, v.issuer, a.Issued, a.Expires, now); err != nil {
		return Access{}, err
	}
	return a, nil
}
