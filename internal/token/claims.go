package token

import (
	"fmt"
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
)

// sessionClaims is a Session on the wire. Every name is written, and no other is read: a claim that we do not know might
// narrow the token.
type sessionClaims struct {
	Issuer        string           `json:"iss"`
	Audience      string           `json:"aud"`
	User          id.User          `json:"sub"`
	Issued        int64            `json:"iat"`
	Expires       int64            `json:"exp"`
	Session       id.Session       `json:"sid"`
	Tenant        id.Tenant        `json:"tenant"`
	Client        id.Client        `json:"client_id"`
	Authorization id.Authorization `json:"auth"`
	Secret        id.Secret        `json:"sec"`
	Plan          string           `json:"plan"`
	Roles         []string         `json:"roles"`
	PlatformRoles []string         `json:"platform_roles,omitempty"`
	Name          string           `json:"name"`
	Scopes        []string         `json:"scp"`
	Stage         string           `json:"stage,omitempty"`
	Held          string           `json:"held,omitempty"`
	State         state            `json:"st"`
}

type state struct {
	Epoch uint64 `json:"e"`
	N     uint64 `json:"n"`
}

func (s *Session) claims(issuer string) sessionClaims {
	return sessionClaims{
		Issuer: issuer, Audience: SessionAudience, User: s.User,
		Issued: s.Issued.Unix(), Expires: s.Expires.Unix(),
		Session: s.ID, Tenant: s.Tenant, Client: s.Client, Authorization: s.Authorization, Secret: s.Secret, Plan: s.Plan,
		Roles: s.Roles, PlatformRoles: s.PlatformRoles, Name: s.Name, Scopes: s.Scopes.Names(),
		Stage: s.Stage, Held: heldClaim(s.Stage, s.Scopes, s.Held), State: state{s.State.Epoch, s.State.N},
	}
}

func (c *sessionClaims) session(key id.Key) (Session, error) {
	scopes, err := scope.ParseSet(c.Scopes)
	if err != nil {
		return Session{}, err
	}
	held, err := parseHeld(c.Stage, c.Held, scopes)
	if err != nil {
		return Session{}, err
	}
	return Session{
		ID: c.Session, Tenant: c.Tenant, User: c.User, Name: c.Name, Client: c.Client, Authorization: c.Authorization,
		Secret: c.Secret, Key: key, Plan: c.Plan, Roles: c.Roles, PlatformRoles: c.PlatformRoles, Scopes: scopes,
		Stage: c.Stage, Held: held, State: mark.Number{Epoch: c.State.Epoch, N: c.State.N}, Issued: utc(c.Issued), Expires: utc(c.Expires),
	}, nil
}

// sound is what must hold of a session when it is signed and when it is read: a token that lacks an id could not be
// revoked by it.
func (s *Session) sound() error {
	switch {
	case s.ID.IsZero(), s.Tenant.IsZero(), s.User.IsZero(), s.Client.IsZero(), s.Authorization.IsZero(), s.Secret.IsZero():
		return fmt.Errorf("an id is missing")
	}
	if err := soundStage(s.Stage, s.Scopes, s.Held); err != nil {
		return err
	}
	return lives(s.Issued, s.Expires, MaxLife)
}

// identityClaims is an Identity on the wire.
type identityClaims struct {
	Issuer        string     `json:"iss"`
	Audience      string     `json:"aud"`
	Subject       string     `json:"sub"`
	Issued        int64      `json:"iat"`
	Expires       int64      `json:"exp"`
	Session       id.Session `json:"sid"`
	Tenant        id.Tenant  `json:"tenant"`
	Client        id.Client  `json:"client_id"`
	Name          string     `json:"name"`
	Roles         []string   `json:"roles"`
	PlatformRoles []string   `json:"platform_roles"`
}

func (i *Identity) claims(issuer string) identityClaims {
	return identityClaims{
		Issuer: issuer, Audience: i.Audience, Subject: subject(i.User, i.Client), Issued: i.Issued.Unix(), Expires: i.Expires.Unix(),
		Session: i.Session, Tenant: i.Tenant, Client: i.Client, Name: i.Name, Roles: i.Roles, PlatformRoles: i.PlatformRoles,
	}
}

func (c *identityClaims) identity() (Identity, error) {
	user, err := parseSubject(c.Subject, c.Client)
	if err != nil {
		return Identity{}, err
	}
	return Identity{
		Audience: c.Audience, Session: c.Session, Tenant: c.Tenant, User: user, Name: c.Name, Client: c.Client,
		Roles: c.Roles, PlatformRoles: c.PlatformRoles, Issued: utc(c.Issued), Expires: utc(c.Expires),
	}, nil
}

func (i *Identity) sound() error {
	switch {
	case i.Audience == "":
		return fmt.Errorf("the audience is missing")
	case i.Session.IsZero(), i.Tenant.IsZero(), i.Client.IsZero():
		return fmt.Errorf("an id is missing")
	case i.User.IsZero() && (i.Name != "" || len(i.Roles) > 0 || len(i.PlatformRoles) > 0):
		return fmt.Errorf("a client for itself has a user's name or roles")
	}
	return lives(i.Issued, i.Expires, MaxIdentityLife)
}

// lives refuses a life that is empty, backwards or too long; a zero time is before everything that counts as one.
func lives(issued, expires time.Time, longest time.Duration) error {
	if issued.Unix() <= 0 || expires.Unix() <= issued.Unix() || expires.Unix()-issued.Unix() > int64(longest/time.Second) {
		return fmt.Errorf("it would live from %d to %d, at most %s are allowed", issued.Unix(), expires.Unix(), longest)
	}
	return nil
}

func utc(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }
