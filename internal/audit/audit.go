// Package audit says what an audit entry is: who did what to what, and when.
//
// The audit book holds what changes access, each entry inserted in the transaction of the act it tells of. Refusals,
// which change nothing, are kept in the refusal book.
package audit

import (
	"time"

	"prokura/internal/id"
)

// Actor is who pressed the button, from authentication only, never from a header or a field (A258).
type Actor struct {
	Kind string // "operator", "user", "client" or "system"
	ID   string // their identifier, empty for operator and system
	Name string // as known when the act was done
}

// The actors that have no record of their own.
var (
	Operator = Actor{Kind: "operator"}
	System   = Actor{Kind: "system"}
)

// Act is one thing done. It is a parameter of every transaction that changes access, so that it cannot be forgotten.
type Act struct {
	Tenant id.Tenant // whose book it goes into; zero: the vendor's own
	Actor  Actor
	Action string            // such as "connected_app.disable"; stable
	Target string            // what it was done to: kind and identifier, such as "connected_app 8e1b7172-…"
	Detail map[string]string // what else a reader needs; never a secret
}

// Entry is an act as it stands in the book.
type Entry struct {
	ID  id.Entry
	At  time.Time // UTC, to the second
	Act Act
}
