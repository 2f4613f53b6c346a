package access

import (
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// AppKind tells the two kinds of apps apart that a tenant decides on.
type AppKind string

// The kinds of apps.
const (
	RegisteredApp    AppKind = "app"           // registered for all tenants
	ConnectedAppKind AppKind = "connected_app" // made in one tenant
)

// App is what an administrator sees of an app.
type App struct {
	ID                          id.Client
	Kind                        AppKind
	Name, Publisher             string
	Verified, BuiltIn, Disabled bool
	Registration                store.Registration // zero of a connected app
	Version                     int                // of the registration
	// Resembles are apps that people here know under nearly the same name (A161). Only a look at one app fills it.
	Resembles []App
}

// Seen is a tenant's decision on an app as an administrator sees it. Where it decided nothing, the Authorization is zero but for
// tenant and client.
type Seen struct {
	store.Authorization
	App      App
	Standing policy.Standing
	Virtual  bool      // the app is built in, and no record of a decision is there yet: the one shown is what holds
	Wants    scope.Set // registered beyond the ceiling
}
