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

// credentialKey is the SHA-256 of the exact credential: two spellings of one token are two tokens.
type credentialKey [sha256.Size]byte

// keyOf hashes on the stack, in pieces, so that a look-up allocates nothing.
func keyOf(credential string) (key credentialKey) {
	var piece [512]byte
	h := sha256.New()
	for len(credential) > 0 {
		n := copy(piece[:], credential)
		h.Write(piece[:n])
		credential = credential[n:]
	}
	h.Sum(key[:0])
	return key
}

// Caller is a verified session token, kept so that its signature is checked once. What may change while it lives is
// judged at every call: expiry by the clock, revocation by the marks. Only a yes of the signature is kept, never a
// decision, and never a no.
type Caller struct {
	session  token.Session
	subject  mark.Subject
	expires  int64 // Unix seconds
	standing atomic.Pointer[standing]
	identity atomic.Pointer[identity]
}

// Session is what the token says.
func (c *Caller) Session() *token.Session { return &c.session }

// standing is what the marks leave of a token, as of one generation of theirs.
type standing struct {
	generation uint64
	void       bool
	scopes     scope.Set
	catalog    *catalog.Catalog // whose numbers bits are; a token is used at one catalog as a rule
	bits       scope.Bits
}

// identity is a signed identity header, made for one upstream and used for up to a minute.
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
	n := callerOverhead + len(c.session.Name) + len(c.session.Plan)
	for _, sc := range c.session.Scopes.All() {
		n += 16 + len(sc.String())
	}
	return uint32(n)
}

// caller answers who a session token belongs to: from the cache, or by verifying it. It does not say that the session
// still stands.
func (a *Access) caller(ctx context.Context, credential string, remote string) (*Caller, error) {
	key := keyOf(credential)
	if c, ok := a.callers.GetIfPresent(key); ok {
		return c, nil
	}
	var c *Caller
	r := a.throttle.try(ctx, remote, func() (r *Refused) {
		c, r = a.verify(ctx, credential)
		return r
	})
	if r != nil {
		return nil, r
	}
	// A token from a state that this memory has not reached makes it catch up first.
	if err := a.memory.Reach(ctx, c.session.State); err != nil {
		return nil, refused(err)
	}
	a.callers.Set(key, c)
	return c, nil
}

// takeTurn bounds how many signatures are checked at once, so that a flood of forged tokens leaves the known callers
// their processors.
func (a *Access) takeTurn(ctx context.Context) *Refused {
	select {
	case a.verifying <- struct{}{}:
		return nil
	default:
	}
	wait := time.NewTimer(verifyWait)
	defer wait.Stop()
	select {
	case a.verifying <- struct{}{}:
		return nil
	case <-wait.C:
		return refuseWith(refusal.Finding{Code: refusal.TemporarilyOverloaded}, nil)
	case <-ctx.Done():
		return refuseWith(refusal.Finding{Code: refusal.TemporarilyOverloaded}, ctx.Err())
	}
}

// verify checks the signature, in its turn.
func (a *Access) verify(ctx context.Context, credential string) (*Caller, *Refused) {
	if r := a.takeTurn(ctx); r != nil {
		return nil, r
	}
	defer func() { <-a.verifying }()
	s, err := a.keys.Verifier().Session(credential, a.clock.Now())
	if errors.Is(err, token.ErrExpired) {
		return nil, refuseWith(refusal.Finding{Code: refusal.CredentialExpired}, nil)
	}
	if err != nil {
		return nil, refuseWith(refusal.Finding{Code: refusal.CredentialInvalid}, err)
	}
	return &Caller{session: s, subject: s.Subject(), expires: s.Expires.Unix()}, nil
}

// stand answers what the marks leave of the caller's token, with the bits of one catalog (nil: none asked).
func (a *Access) stand(c *Caller, cat *catalog.Catalog) *standing {
	generation := a.memory.Generation()
	if st := c.standing.Load(); st != nil && st.generation == generation && (cat == nil || st.catalog == cat) {
		return st
	}
	j := a.memory.Judge(&c.subject, c.session.State)
	st := &standing{generation: generation, void: j.Void, scopes: c.session.Scopes.Minus(j.Lost), catalog: cat}
	if cat != nil {
		st.bits = cat.Bits(st.scopes)
	}
	c.standing.Store(st)
	return st
}

// SignOut ends the session whose token is presented, at once and for good.
func (a *Access) SignOut(ctx context.Context, credential string, remote string) error {
	c, err := a.caller(ctx, credential, remote)
	if err != nil {
		return err
	}
	if err := a.alive(c); err != nil {
		return err
	}
	err = a.store.Do(ctx, c.act("session.sign_out"), func(tx store.Tx) error {
		tx.Mark(mark.Subject{Session: c.session.ID}, nil, c.session.Expires)
		return nil
	})
	if err != nil {
		return refused(err)
	}
	return nil
}
