package v1client

import (
	"time"

	"prokura/internal/text"
)

// Tenant is a customer.
type Tenant struct {
	ID         string    `json:"id"`
	Name       string    `json:"name"`
	ContentURL string    `json:"content_url"`
	Plan       string    `json:"plan"`
	CreatedAt  time.Time `json:"created_at"`
}

// User is a person in a tenant.
type User struct {
	ID            string    `json:"id"`
	Name          string    `json:"name"`
	FullName      string    `json:"full_name"`
	Email         string    `json:"email"`
	Roles         []string  `json:"roles"`
	PlatformRoles []string  `json:"platform_roles"`
	Disabled      bool      `json:"disabled"`
	CreatedAt     time.Time `json:"created_at"`
}

// Group is a named list of users.
type Group struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	CreatedAt time.Time `json:"created_at"`
}

// ConnectedApp is a client that a tenant trusts to sign JWTs. Scopes nil is the whole catalog.
type ConnectedApp struct {
	ClientID  string    `json:"client_id"`
	Name      string    `json:"name"`
	Enabled   bool      `json:"enabled"`
	Revoked   bool      `json:"revoked"`
	Scopes    *[]string `json:"scopes"`
	Secrets   []Secret  `json:"secrets"`
	CreatedAt time.Time `json:"created_at"`
}

// Secret is a shared secret of a connected app. The value comes once, with the answer that creates it.
type Secret struct {
	ID        string    `json:"id"`
	Value     string    `json:"value"`
	CreatedAt time.Time `json:"created_at"`
}

// Explanation is a verdict with everything that was found.
type Explanation struct {
	Verdict  string    `json:"verdict"` // allowed or refused
	Granted  []string  `json:"granted"`
	Findings []Finding `json:"findings"`
	Dropped  []Finding `json:"dropped"`            // what was asked for and not given; it refuses nothing
	Checks   []Check   `json:"checks,omitempty"`   // of an assertion: every check, in order
	Header   string    `json:"header,omitempty"`   // of an assertion
	Claims   string    `json:"claims,omitempty"`   // of an assertion
	Method   *Method   `json:"method,omitempty"`   // of a call: the method that matched
	Covering []string  `json:"covering,omitempty"` // of a call: the scopes sent that cover the method
}

// Finding is one reason.
type Finding struct {
	Code    string    `json:"code"`
	Scope   string    `json:"scope,omitempty"`
	Fixer   string    `json:"fixer"`
	Message text.Text `json:"message"`
	Remedy  text.Text `json:"remedy"`
}

// Check is one thing that was looked at: passed, failed, or skipped for want of what it rests on.
type Check struct {
	Code    string   `json:"code"`
	Outcome string   `json:"outcome"`
	Finding *Finding `json:"finding,omitempty"` // when it failed
}

// Method is a method of a catalog.
type Method struct {
	Catalog string `json:"catalog"`
	ID      string `json:"id"`
	Verb    string `json:"verb"`
	Path    string `json:"path"`
	Needs   string `json:"needs"`
}

// Refusal is a recorded refusal.
type Refusal struct {
	Reference string    `json:"reference"`
	Door      string    `json:"door"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Tenant    string    `json:"tenant"`
	ClientID  string    `json:"client_id"`
	User      string    `json:"user"`
	First     time.Time `json:"first_at"`
	Last      time.Time `json:"last_at"`
	Count     int       `json:"count"`
	Findings  []Finding `json:"findings"`
	Dropped   []Finding `json:"dropped"`
	Checks    []Check   `json:"checks"`
}

// Entry is an audit entry.
type Entry struct {
	ID     string            `json:"id"`
	At     time.Time         `json:"at"`
	Actor  Actor             `json:"actor"`
	Action string            `json:"action"`
	Target string            `json:"target"`
	Detail map[string]string `json:"detail"`
}

// Actor is who did something.
type Actor struct {
	Kind string `json:"kind"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

// Key is one of the server's signing keys.
type Key struct {
	ID        string    `json:"id"`
	State     string    `json:"state"` // staged, active, retired, expired or revoked
	CreatedAt time.Time `json:"created_at"`
	ActiveAt  time.Time `json:"active_at"`
	ExpiresAt time.Time `json:"expires_at"`
}
