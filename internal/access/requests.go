package access

import (
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Wish is what a user asks an administrator for.
type Wish struct {
	Reason          string
	Scope, Optional scope.Set // of the install URL; both empty: what the app registers
}

// Queued is an app that waits for a decision.
type Queued struct {
	Seen
	Waiting []store.AuthorizationRequest // the newest first, at most [MaxShownRequests]
	Count   int                          // of all that wait
	Risk    policy.Risk                  // the worst of what is asked for
	New     scope.Set                    // asked for, and not authorized
}

// MaxShownRequests is how many requests for one app are shown.
const MaxShownRequests = 20
