package access

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"

	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

// door is how a credential was presented. What is good at one door was never looked at for another (A101).
type door bool

const (
	sessionDoor door = false // in the header of a dialect
	bearerDoor  door = true  // Authorization: Bearer (RFC 6750 §2.1)
)

// credentialKey is the door and the SHA-256 of the exact credential: two spellings of one token are two tokens.
type credentialKey struct {
	door door
	sum  [sha256.Size]byte
}

// keyOf hashes on the stack, in pieces, so that a look-up allocates nothing.
func keyOf(at door, credential string) credentialKey {
	key := credentialKey{door: at}
	var piece [512]byte
	h := sha256.New()
	for len(credential) > 0 {
		n := copy(piece[:], credential)
		h.Write(piece[:n])
		credential = credential[n:]
	}
	h.Sum(key.sum[:0])
	return key
}

// Caller is a verified token, of a session or an access token, kept so that its signature is checked once. What may
// change while it lives is judged at every call: expiry by the clock, revocation by the marks. Only a yes of the signature
// is kept, never a decision, and never a no.
type Caller struct {
	token    token.Access // of a session, too: then there is no grant behind it
	subject  mark.Subject
	expires  int64 // Unix seconds
	standing atomic.Pointer[standing]
	identity atomic.Pointer[identity]
	tally    atomic.Pointer[tally]
	touched  atomic.Int64 // the hour in which the grant was last noted as used
}

// Token is what the token says. The caller does not change it.
func (c *Caller) Token() *token.Access { return &c.token }

// ofSession is what a session token says, in the form of both kinds.
func ofSession(s *token.Session) token.Access {
	return token.Access{ID: s.ID, Tenant: s.Tenant, User: s.User, Name: s.Name, Client: s.Client, Authorization: s.Authorization,
		Secret: s.Secret, Key: s.Key, Plan: s.Plan, Roles: s.Roles, PlatformRoles: s.PlatformRoles, Scopes: s.Scopes,
		Stage: s.Stage, Held: s.Held, State: s.State, Issued: s.Issued, Expires: s.Expires}
}

// standing is what the marks leave of a token, as of one generation of theirs.
type standing struct {
	generation uint64
	void       bool
	scopes     scope.Set
	catalog    *catalog.Catalog // whose numbers bits are; a token is used at one catalog as a rule
	bits       scope.Bits
	issued     scope.Bits // before any mark
	held       scope.Bits // what would be left if the tenant enforced its decisions
	rights     atomic.Pointer[heldRights]
}

// identity is a signed identity header, made for one upstream and used for some minutes.
type identity struct {
	audience string
	header   string
	until    int64  // Unix seconds
	key      id.Key // that signed it
}

const (
	defaultCacheBytes = 32 << 20
	// callerOverhead is what a cached caller takes beside its strings, roughly, in bytes.
	callerOverhead = 1200
	// verifyWait is how long an unseen token waits for its turn to be verified.
	verifyWait = 100 * time.Millisecond
)

func (a *Access) newCallers(verifying, bytes int) error {
	if verifying <= 0 {
		verifying = runtime.GOMAXPROCS(0)
	}
	if bytes <= 0 {
		bytes = defaultCacheBytes
	}
	cache, err := otter.New(&otter.Options[credentialKey, *Caller]{
		MaximumWeight: uint64(bytes),
		Weigher:       func(_ credentialKey, c *Caller) uint32 { return c.weight() },
	})
	if err != nil {
		return fmt.Errorf("making the cache of verified tokens: %w", err)
	}
	a.callers, a.verifying = cache, make(chan struct{}, verifying)
	return nil
}

func (c *Caller) weight() uint32 {
	n := callerOverhead + len(c.token.Name) + len(c.token.Plan)
	for _, sc := range c.token.Scopes.All() {
		n += 16 + len(sc.String())
	}
	return uint32(n)
}

// caller answers who a token belongs to: from the cache, or by verifying it. It does not say that the token still
// stands.
func (a *Access) caller(ctx context.Context, at door, credential, remote string) (*Caller, error) {
	key := keyOf(at, credential)
	if c, ok := a.callers.GetIfPresent(key); ok {
		return c, nil
	}
	var c *Caller
	r := a.throttle.try(ctx, remote, func() (r *Refused) {
		c, r = a.verify(ctx, at, credential)
		return r
	})
	if r != nil {
		return nil, r
	}
	// A token from a state that this memory has not reached makes it catch up first.
	if err := a.memory.Reach(ctx, c.token.State); err != nil {
		return nil, refused(err)
	}
	a.callers.Set(key, c)
	return c, nil
}

// takeTurn takes a place among those who may check signatures, and waits a little for one; without one, the code is the answer. Whether
// one is free is asked before the time is: where the process was kept waiting itself, both may have come.
func takeTurn(ctx context.Context, places chan<- struct{}, without refusal.Code) *Refused {
	select {
	case places <- struct{}{}:
		return nil
	default:
	}
	wait := time.NewTimer(verifyWait)
	defer wait.Stop()
	select {
	case places <- struct{}{}:
		return nil
	case <-wait.C:
		return refuseWith(refusal.Finding{Code: without}, nil)
	case <-ctx.Done():
		return refuseWith(refusal.Finding{Code: without}, ctx.Err())
	}
}

// verify checks the signature, in its turn, so that a flood of forged tokens leaves the known callers their processors.
func (a *Access) verify(ctx context.Context, at door, credential string) (*Caller, *Refused) {
	if r := takeTurn(ctx, a.verifying, refusal.TemporarilyOverloaded); r != nil {
		return nil, r
	}
	defer func() { <-a.verifying }()
	said, err := a.open(at, credential)
	if errors.Is(err, token.ErrExpired) {
		return nil, refuseWith(refusal.Finding{Code: refusal.CredentialExpired}, nil)
	}
	if err != nil {
		return nil, refuseWith(refusal.Finding{Code: refusal.CredentialInvalid}, err)
	}
	return &Caller{token: said, subject: said.Subject(), expires: said.Expires.Unix()}, nil
}

// open verifies a token of the one kind that is taken at a door.
func (a *Access) open(at door, credential string) (token.Access, error) {
	if at == bearerDoor {
		return a.keys.Verifier().Access(credential, a.clock.Now())
	}
	s, err := a.keys.Verifier().Session(credential, a.clock.Now())
	if err != nil {
		return token.Access{}, err
	}
	return ofSession(&s), nil
}

// stand answers what the marks leave of the caller's token, with the bits of one catalog (nil: none asked).
func (a *Access) stand(c *Caller, cat *catalog.Catalog) *standing {
	generation := a.memory.Generation()
	if st := c.standing.Load(); st != nil && st.generation == generation && (cat == nil || st.catalog == cat) {
		return st
	}
	j := a.memory.Judge(&c.subject, c.token.State)
	st := &standing{generation: generation, void: j.Void, scopes: c.token.Scopes.Minus(j.Lost), catalog: cat}
	if cat != nil {
		st.bits, st.issued = cat.Bits(st.scopes), cat.Bits(c.token.Scopes)
		st.held = cat.Bits(c.token.Held.Minus(j.Lost))
	}
	c.standing.Store(st)
	return st
}

// SignOut ends the session whose token is presented, at once and for good.
func (a *Access) SignOut(ctx context.Context, credential string, remote string) error {
	c, err := a.caller(ctx, sessionDoor, credential, remote)
	if err != nil {
		return err
	}
	if err := a.alive(c); err != nil {
		return err
	}
	err = a.store.Do(ctx, c.act("session.sign_out"), func(tx store.Tx) error {
		tx.Mark(mark.Subject{Session: c.token.ID}, nil, c.token.Expires)
		return nil
	})
	if err != nil {
		return refused(err)
	}
	return nil
}
