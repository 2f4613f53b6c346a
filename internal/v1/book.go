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

// Checkpoint is a signed statement of what the sealed audit log is. Whoever keeps it can show later that the log was changed.
type Checkpoint struct {
	Size int64     `json:"size"` // entries that it covers
	Root string    `json:"root"` // of the tree (RFC 6962)
	At   time.Time `json:"at"`
	Note string    `json:"note"` // what was signed, with the signature: this is what to keep
	Key  string    `json:"key"`  // the log's public key
}

// Verification hands in checkpoints that somebody kept, as they were answered in note.
type Verification struct {
	Checkpoints []string `json:"checkpoints"`
}

// AuditReport says whether the audit books are what was sealed.
type AuditReport struct {
	Sound         bool           `json:"sound"`
	Size          int64          `json:"size"`                    // entries that the newest checkpoint covers
	Checked       int            `json:"checked"`                 // of these, recomputed
	Pruned        int            `json:"pruned"`                  // of these, deleted by a signed statement, because they were too old
	Erased        int            `json:"erased"`                  // of these, with values erased because a user was deleted
	Unsealed      int            `json:"unsealed"`                // newest entries that no checkpoint covers yet
	UnsealedSince time.Time      `json:"unsealed_since,omitzero"` // the oldest of them
	Checkpoints   int            `json:"checkpoints"`             // compared with, those handed in included
	At            time.Time      `json:"at,omitzero"`             // of the newest checkpoint
	Root          string         `json:"root"`
	Key           string         `json:"key"`
	Problems      []AuditProblem `json:"problems"` // in the order of the log, at most 100
}

// AuditProblem is one thing that is not as it was sealed. Kind is edited, deleted, reordered, replaced, truncated, forked,
// inserted, forged, unsigned or erased_none.
type AuditProblem struct {
	Kind       string    `json:"kind"`
	Place      *int64    `json:"place,omitempty"`  // in the log, from 0
	Tenant     string    `json:"tenant,omitempty"` // whose book it is; absent: the vendor's own, or no entry is known
	Entry      string    `json:"entry,omitempty"`
	At         time.Time `json:"at,omitzero"`          // when the entry was made, by its id
	Now        *Entry    `json:"now,omitempty"`        // what stands there now
	Size       int64     `json:"size,omitempty"`       // of the checkpoint that shows it
	Checkpoint string    `json:"checkpoint,omitempty"` // where that comes from: database, file, or the number of those handed in
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
