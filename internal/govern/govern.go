// Package govern holds what administrators do with apps: decide on them by client ID, on first use or on request, for roles and
// users and with the scopes they choose; narrow, shrink and revoke; set how the tenant decides; see what that costs before it is
// saved, and what is used after. A decision is written with its audit entry, its history and its marks in one transaction, so that
// what it takes is gone at the next call.
//
//	Authorize, Revoke, Shrink …   a ruling on one app: authorize.go, terms.go, narrow.go, revoke.go, shrink.go, connected.go
//	SetGovernance, SetVendorStage how a tenant, and all that never said so, decide: settings.go, check.go, shift.go
//	Ask, Queue, Deny, Run         what waits for a decision: requests.go, queue.go, asksmore.go, notify.go
//	ListAuthorizations, Impact …  what administrators see: authorizations.go, listing.go, cost.go, impact.go, usage.go
package govern

import (
	"log/slog"

	"prokura/internal/clock"
	"prokura/internal/decided"
	"prokura/internal/directory"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// Config is what deciding on apps needs.
type Config struct {
	Store    store.Store
	Registry *registry.Registry
	Catalogs *registry.Catalogs
	Clock    clock.Clock
	Log      *slog.Logger

	// Notify has people told of requests and of what became of them. It must not wait; nil: nobody is told.
	Notify func(Notice)
}

// Decisions are what tenants decide on apps.
type Decisions struct {
	store    store.Store
	registry *registry.Registry
	catalogs *registry.Catalogs
	rules    *directory.Rules
	judge    decided.Judge
	clock    clock.Clock
	log      *slog.Logger
	notify   func(Notice)
}

// New makes them.
func New(c Config) *Decisions {
	return &Decisions{store: c.Store, registry: c.Registry, catalogs: c.Catalogs, rules: directory.NewRules(c.Catalogs),
		judge: decided.Judge{Catalogs: c.Catalogs, Clock: c.Clock}, clock: c.Clock, log: c.Log, notify: c.Notify}
}

// refused makes of every error a refusal.
func refused(err error) error { return store.Refused(err) }
