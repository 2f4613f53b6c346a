// Package mark holds the unit of revocation: "what was issued from X before number n is void", or "has lost these
// scopes".
//
// Everything that narrows access writes one mark, however many tokens are out. Marks are numbered in the order in which
// their transactions committed; a token carries the number of the state it was made from, and a mark touches only
// tokens with a lower number. So no clocks are compared.
package mark

import (
	"fmt"
	"time"

	"prokura/internal/id"
	"prokura/internal/scope"
)

// Number says which state of the feed something was made from. Numbers compare by epoch first: a restored or failed
// over database begins a new epoch, in which everything older is void.
type Number struct {
	Epoch uint64
	N     uint64
}

// Before says whether this state is older than the other.
func (n Number) Before(m Number) bool {
	return n.Epoch < m.Epoch || n.Epoch == m.Epoch && n.N < m.N
}

// String is epoch and number, such as "1.42".
func (n Number) String() string { return fmt.Sprintf("%d.%d", n.Epoch, n.N) }

// Subject is the ids a token rests on, or, in a mark, the one to three of them that must all be equal. A zero id in a
// mark matches every token; a zero id in a token matches no mark that names one.
type Subject struct {
	Tenant        id.Tenant        `json:"tenant,omitzero"`
	Client        id.Client        `json:"client,omitzero"`
	Authorization id.Authorization `json:"authorization,omitzero"`
	Grant         id.Grant         `json:"grant,omitzero"`
	User          id.User          `json:"user,omitzero"`
	Session       id.Session       `json:"session,omitzero"`
	Secret        id.Secret        `json:"secret,omitzero"` // the secret that signed the assertion
	Key           id.Key           `json:"key,omitzero"`    // our key that signed the token
	Plan          string           `json:"plan,omitzero"`
}

// Covers says whether every id that the mark's subject names is the token's.
func (s *Subject) Covers(token *Subject) bool {
	return (s.Tenant.IsZero() || s.Tenant == token.Tenant) &&
		(s.Client.IsZero() || s.Client == token.Client) &&
		(s.Authorization.IsZero() || s.Authorization == token.Authorization) &&
		(s.Grant.IsZero() || s.Grant == token.Grant) &&
		(s.User.IsZero() || s.User == token.User) &&
		(s.Session.IsZero() || s.Session == token.Session) &&
		(s.Secret.IsZero() || s.Secret == token.Secret) &&
		(s.Key.IsZero() || s.Key == token.Key) &&
		(s.Plan == "" || s.Plan == token.Plan)
}

// IsZero says whether the subject names nothing. A mark with such a subject would touch every token; none is written.
func (s *Subject) IsZero() bool { return *s == Subject{} }

// Mark voids what was issued to its subject before its number; with Lost scopes, it takes only those away.
type Mark struct {
	Number  Number
	Subject Subject
	Lost    scope.Set // concrete scopes; empty: everything is void
	Until   time.Time // no token that it can match lives longer
}
