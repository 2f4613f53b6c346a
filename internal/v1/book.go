package v1

import "time"

// Refusal is a case of the refusal book. Tenant, client and user are absent where they were not known; Proven says that
// the caller proved to be them.
type Refusal struct {
	Reference string    `json:"reference"`
	Door      string    `json:"door"`   // the surface that refused
	Method    string    `json:"method"` // the catalog's id of the method, else the verb
	Path      string    `json:"path"`
	Tenant    string    `json:"tenant,omitempty"`
	ClientID  string    `json:"client_id,omitempty"`
	User      string    `json:"user,omitempty"`
	Proven    bool      `json:"proven"`
	FirstAt   time.Time `json:"first_at"`
	LastAt    time.Time `json:"last_at"`
	Count     int       `json:"count"`
	Findings  []Finding `json:"findings"`
	Dropped   []Finding `json:"dropped"`
	Checks    []Check   `json:"checks,omitempty"`
}

// Entry is an entry of the audit book: who did what to what, when, from where and why, and what changed.
type Entry struct {
	ID     string            `json:"id"`
	At     time.Time         `json:"at"`
	Tenant string            `json:"tenant,omitempty"`
	Actor  Actor             `json:"actor"`
	From   string            `json:"from,omitempty"` // the address that the request came from
	Action string            `json:"action"`         // such as connected_app.update; stable
	Target string            `json:"target"`         // kind and id
	Reason string            `json:"reason,omitempty"`
	Detail map[string]string `json:"detail"`
	Before map[string]string `json:"before,omitempty"` // what was changed, as it was
	After  map[string]string `json:"after,omitempty"`
	Erased []string          `json:"erased,omitempty"` // fields whose values were erased with a deleted user
}

// Actor is who did something: operator, user, person, client or system.
type Actor struct {
	Kind string `json:"kind"`
	ID   string `json:"id,omitempty"`
	Name string `json:"name,omitempty"`
}

// Key is one of the server's signing keys.
type Key struct {
	ID        string    `json:"id"`
	State     string    `json:"state"` // staged, active, retired, expired or revoked
	CreatedAt time.Time `json:"created_at"`
	ActiveAt  time.Time `json:"active_at"`
	RetiredAt time.Time `json:"retired_at,omitzero"`
	ExpiresAt time.Time `json:"expires_at,omitzero"`
}

// Revocation withdraws a signing key in an emergency. The reason goes into the audit book.
type Revocation struct {
	Reason string `json:"reason"`
}
