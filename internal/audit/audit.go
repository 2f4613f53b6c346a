// Package audit says what an audit entry is: who did what to what, when, from where and why; what of it the sealed log
// commits to; and the form of the signed statements about that log.
//
// The audit book holds what changes access, each entry inserted in the transaction of the act it tells of. Refusals,
// which change nothing, are kept in the refusal book.
package audit

import (
	"context"
	"time"

	"prokura/internal/id"
)

// Actor is who pressed the button, from authentication only, never from a header or a field (A258).
type Actor struct {
	Kind string // "operator", "user", "person", "client" or "system"
	ID   string // their identifier, empty for operator and system
	Name string // as known when the act was done
	From string // the address that the request came from; filled in by the store from the context, see Received
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
	Reason string            // what the actor gave as the reason, in their words
	Detail map[string]string // what else a reader needs; never a secret
	Before map[string]string // what was changed, as it was
	After  map[string]string // and as it is; a field that was not there before, or is not any more, stands in one only
}

// Entry is an act as it stands in the book.
type Entry struct {
	ID  id.Entry
	At  time.Time // UTC, to the second
	Act Act
	// Erased names the fields whose values were erased because a person was deleted: "actor_name", "from", "reason", or
	// "detail.", "before." or "after." with a key.
	Erased []string
}

type receivedKey struct{}

// Received says which address the request came from that the context belongs to. It is said once, where requests come in,
// and every act that is done on their behalf carries it. The address is the connection's, or the one that a trusted proxy
// saw: nothing that the caller may write.
func Received(ctx context.Context, from string) context.Context {
	return context.WithValue(ctx, receivedKey{}, from)
}

// In completes the actor with the address that the context was received from. The system acts from nowhere.
func (a Actor) In(ctx context.Context) Actor {
	if a.From == "" && a.Kind != System.Kind {
		a.From, _ = ctx.Value(receivedKey{}).(string)
	}
	return a
}

// Change compares what was with what is, and answers only the fields that differ.
func Change(before, after map[string]string) (was, is map[string]string) {
	was, is = map[string]string{}, map[string]string{}
	for k, v := range before {
		if now, there := after[k]; !there || now != v {
			was[k] = v
		}
	}
	for k, v := range after {
		if old, there := before[k]; !there || old != v {
			is[k] = v
		}
	}
	return was, is
}
