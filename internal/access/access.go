// Package access holds the uses: sign in, sign out, call, explain. A use loads its facts from one numbered state, asks
// policy, and, where it changes something, writes with its audit entry in one transaction. A dry run of the same is what
// prokura explain shows.
//
//	SignIn   assertion → facts from memory → policy.SignIn → burn the jti, write the session → session token
//	Call     session token → verified once, judged by the marks at every call → policy.Call → identity for the upstream
//	SignOut  session token → a mark
package access

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/maypok86/otter/v2"

	"prokura/internal/clock"
	"prokura/internal/decided"
	"prokura/internal/directory"
	"prokura/internal/feed"
	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/token"
)

// DefaultSessionLife is how long a session lives. It is absolute: a signed token cannot count idle time.
const DefaultSessionLife = 240 * time.Minute

// Config is what the uses need.
type Config struct {
	Store    store.Store
	Memory   *feed.Memory
	Keys     *keyring.Keyring
	Registry *registry.Registry
	Catalogs *registry.Catalogs
	Clock    clock.Clock
	Log      *slog.Logger

	// MayIssue says why nothing may be issued now, such as a clock that was stepped; nil: it always may.
	MayIssue func() error

	SessionLife time.Duration // zero: DefaultSessionLife
	NeedScopes  bool          // refuse an assertion without scp
	Verifying   int           // how many unseen tokens are verified at once; zero: one for each processor
	CacheBytes  int           // bound of the cache of verified tokens; zero: 32 MiB
	Failures    int           // failed verifications a minute that one address may have; zero: no limit
}

// Access is the uses.
type Access struct {
	store    store.Store
	memory   *feed.Memory
	keys     *keyring.Keyring
	registry *registry.Registry
	catalogs *registry.Catalogs
	clock    clock.Clock
	log      *slog.Logger

	mayIssue    func() error
	sessionLife time.Duration
	needScopes  bool
	facts       memoryFacts
	records     memoryRecords
	rules       *directory.Rules
	stands      decided.Judge
	callers     *otter.Cache[credentialKey, *Caller]
	verifying   chan struct{}
	throttle    *throttle
	touches     touches
	uses        uses
	foreseen    foreseen
}

// New makes the uses.
func New(c Config) (*Access, error) {
	if c.SessionLife == 0 {
		c.SessionLife = DefaultSessionLife
	}
	if c.SessionLife < 0 || c.SessionLife > token.MaxLife {
		return nil, fmt.Errorf("session life of %s: want at most %s", c.SessionLife, token.MaxLife)
	}
	if c.MayIssue == nil {
		c.MayIssue = func() error { return nil }
	}
	a := &Access{store: c.Store, memory: c.Memory, keys: c.Keys, registry: c.Registry, catalogs: c.Catalogs,
		clock: c.Clock, log: c.Log, mayIssue: c.MayIssue, sessionLife: c.SessionLife, needScopes: c.NeedScopes}
	a.facts = newMemoryFacts(c.Store, c.Memory, c.Registry)
	a.stands = decided.Judge{Catalogs: c.Catalogs, Clock: c.Clock}
	a.rules = directory.NewRules(c.Catalogs)
	a.records = newMemoryRecords(a.facts, c.Memory, a.rules)
	if err := a.newCallers(c.Verifying, c.CacheBytes); err != nil {
		return nil, err
	}
	var err error
	if a.throttle, err = newThrottle(c.Clock, c.Failures); err != nil {
		return nil, fmt.Errorf("making the memory of failing addresses: %w", err)
	}
	return a, nil
}

// Refused is a refusal with what is known of who was refused, for the refusal book.
type Refused struct {
	Tenant  id.Tenant
	Client  id.Client
	User    id.User
	Proven  bool // the caller proved to be the client
	Verdict policy.Verdict

	cause *refusal.Error
}

// refuse makes the refusal that a verdict says.
func refuse(v policy.Verdict) *Refused {
	return &Refused{Verdict: v, cause: &refusal.Error{Findings: v.Findings}}
}

// refuseWith makes a refusal of one finding that no decision was asked about.
func refuseWith(f refusal.Finding, cause error) *Refused {
	return &Refused{Verdict: policy.Verdict{Findings: []refusal.Finding{f}},
		cause: &refusal.Error{Findings: []refusal.Finding{f}, Err: cause}}
}

// refused makes of every error of a use a refusal. One stays as it is.
func refused(err error) *Refused {
	if r, ok := errors.AsType[*Refused](err); ok {
		return r
	}
	e := store.Refused(err)
	return &Refused{Verdict: policy.Verdict{Findings: e.Findings}, cause: e}
}

// denied says whether the refusal is a decision about what was presented, not a failure of ours.
func (r *Refused) denied() bool {
	switch r.cause.First().Definition().Kind {
	case refusal.Denied, refusal.Unauthenticated:
		return true
	}
	return false
}

// Error is the first finding.
func (r *Refused) Error() string { return r.cause.Error() }

// Unwrap is the refusal itself, for surfaces that only answer.
func (r *Refused) Unwrap() error { return r.cause }
