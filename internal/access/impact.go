package access

import (
	"time"

	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
)

// CostMethod is a method that would be refused.
type CostMethod struct {
	Catalog, ID string
	Title       text.Text
	LastUsed    time.Time // the day; zero: not in the last 90 days
}

// Impact is what a tenant that only reports would have refused to one app, and what would keep it alive.
type Impact struct {
	App         App
	Users       int // whose calls would have been refused
	Calls       int
	First, Last time.Time
	Methods     []CostMethod
	// Proposal is the authorization that mends it as far as one can; Beyond are scopes that calls need and the app does not
	// register, or was never given: no authorization adds those.
	Proposal Terms
	Beyond   scope.Set
	Reach    store.Reach
}
