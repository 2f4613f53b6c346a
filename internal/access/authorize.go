package access

import (
	"time"

	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Terms are what an administrator decides on an app.
type Terms struct {
	Uncapped  bool             // every scope that the app registers
	Scopes    scope.Set        // else these at most
	Admission policy.Admission // without anybody it is refused
	ForItself bool             // the app may act without a user
	Expires   time.Time        // zero: never
	Reason    string
	// Version is that of the authorization that was seen, whatever its state; zero: there was none.
	Version int
	// Registration is the version that was seen; zero: whichever is in force.
	Registration int
}

// Cost is what terms take away, and what they leave impossible.
type Cost struct {
	Lost           scope.Set    // what live grants lose
	Methods        []CostMethod // of those that the lost scopes reach, what nothing that is left reaches
	NotInstallable scope.Set    // required by the app and left out, so that it cannot be installed
	Reach          store.Reach  // what lives of the app now
	LosingUsers    int          // of them, users who are admitted no more
}

// Revocation is what revoking did.
type Revocation struct {
	Authorization store.Authorization
	Reach         store.Reach // what lived before
}
