package access

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"prokura/internal/assertion"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// ProofKind is how a program proves which client it is.
type ProofKind uint8

// The kinds. The zero kind proves nothing.
const (
	NoProof        ProofKind = iota
	PublicProof              // the client ID alone: a public client
	SecretProof              // client_secret_basic or client_secret_post
	AssertionProof           // private_key_jwt (RFC 7523 §2.2)
)

// Proof is what a program sent to prove which client it is, in one way.
type Proof struct {
	Kind      ProofKind
	Client    string // client_id; beside an assertion it may be empty
	Secret    string
	Assertion string
}

// proven is a client that has proven itself, or a public one that has named itself.
type proven struct {
	*client
	secret id.Secret // with which; zero: in another way
}

// authenticated says whether more than a name was shown: only such a client may harm what it found (A078).
func (p *proven) authenticated() bool { return !p.Registration.Public }

// still says whether the proof holds of the client as a later state has it.
func (p *proven) still(c *client) bool {
	return !c.Disabled && c.Registration.Public == p.Registration.Public &&
		(p.secret.IsZero() || slices.ContainsFunc(c.Secrets, func(s store.ClientSecret) bool { return s.ID == p.secret }))
}

// authenticate finds out which client asks. An unknown client, a wrong secret, another way than the registered one and a
// disabled client are answered alike (A062-A064); the refusal book knows more.
func (a *Access) authenticate(ctx context.Context, p *Proof, remote string) (proven, error) {
	var who proven
	var burn *clientAssertion
	r := a.throttle.try(ctx, remote, func() *Refused {
		at := a.memory.Head()
		var err error
		if who, burn, err = a.prove(ctx, p); err == nil {
			return nil
		}
		if r, ok := errors.AsType[*Refused](err); ok && r.denied() {
			// A no of memory is answered only by a memory that caught up after the request came.
			if err := a.memory.Sync(ctx); err != nil {
				return refused(err)
			}
			if a.memory.Head() != at {
				who, burn, err = a.prove(ctx, p)
			}
		}
		if err == nil {
			return nil
		}
		return refused(err)
	})
	if r != nil {
		return proven{}, r
	}
	if burn == nil {
		return who, nil
	}
	if err := a.burn(ctx, burn); err != nil {
		return proven{}, err
	}
	return who, nil
}

// burn uses a client's assertion up, once for all nodes (A069).
func (a *Access) burn(ctx context.Context, used *clientAssertion) error {
	err := a.store.Tend(ctx, func(u store.Upkeep) error { return u.Burn(used.replay, used.until) })
	if errors.Is(err, store.ErrUsed) {
		return notAuthenticated(used.by, policy.Check{Code: refusal.AssertionReplayed, Outcome: policy.Failed})
	}
	if err != nil {
		return refused(fmt.Errorf("using a client's assertion up: %w", err))
	}
	return nil
}

// notAuthenticated is the one answer to whoever is not the client. The checks are for the book.
func notAuthenticated(c *client, checks ...policy.Check) *Refused {
	r := refuseWith(refusal.Finding{Code: refusal.ClientNotAuthenticated}, nil)
	r.Verdict.Checks = checks
	if c != nil {
		r.Client, r.Tenant = c.ID, c.Owner
	}
	return r
}

// prove checks the proof against what memory holds. Work is the same whether or not the client exists.
func (a *Access) prove(ctx context.Context, p *Proof) (proven, *clientAssertion, error) {
	named := p.Client
	var parsed assertion.Assertion
	if p.Kind == AssertionProof {
		parsed = assertion.Parse(p.Assertion)
		if named == "" {
			named = parsed.Issuer.Value
		}
	}
	var c *client
	if wanted, err := id.Parse[id.Client](named); err == nil {
		if c, err = a.records.client(ctx, wanted); err != nil && !errors.Is(err, store.ErrNotFound) {
			return proven{}, nil, fmt.Errorf("looking up the client: %w", err)
		}
	}
	of := c
	if of == nil {
		of = &client{}
	}
	v := consulted{list: make([]policy.Check, 0, 4)}
	v.check(refusal.ClientUnknown, c != nil)
	who := proven{client: c}
	var used *clientAssertion
	reg := &of.Registration
	switch p.Kind {
	case SecretProof:
		var matches bool
		who.secret, matches = registry.VerifyClientSecret(&of.Client, p.Secret)
		v.check(refusal.KeyUnknown, matches && !reg.Public && len(of.keys) == 0)
	case AssertionProof:
		used = a.checkAssertion(of, &parsed, &v)
	case PublicProof:
		v.check(refusal.KeyUnknown, reg.Public)
	default:
		v.check(refusal.KeyUnknown, false)
	}
	v.check(refusal.ClientDisabled, !of.Disabled)
	if v.failed || c == nil {
		return proven{}, nil, notAuthenticated(c, v.list...)
	}
	return who, used, nil
}

// consulted collects what was consulted, for the book.
type consulted struct {
	list   []policy.Check
	failed bool
}

func (v *consulted) check(code refusal.Code, ok bool) {
	v.list = append(v.list, policy.Check{Code: code, Outcome: passed(ok)})
	v.failed = v.failed || !ok
}

// clientAssertion is a client's assertion that proves it, to be used up.
type clientAssertion struct {
	by     *client
	replay [32]byte
	until  time.Time
}

// checkAssertion judges an assertion by which a client proves itself (RFC 7523 §3). The audience is our issuer and nothing
// else: a token endpoint is what a hostile server could name as its own (A068).
func (a *Access) checkAssertion(c *client, said *assertion.Assertion, v *consulted) *clientAssertion {
	v.check(refusal.AssertionUnreadable, said.Readable())
	key, found := pickKey(c.keys, said.KeyID)
	v.check(refusal.KeyUnknown, found)
	v.check(refusal.SignatureInvalid, found && said.Verify(key))
	v.check(refusal.SubjectMismatch, said.Issuer.Value == c.ID.String() && said.Subject.Valid && said.Subject.Value == said.Issuer.Value)
	v.check(refusal.AudienceWrong, said.Audience.Is(a.keys.Issuer()))
	now, skew := a.clock.Now().Unix(), int64(policy.Skew/time.Second)
	exp := said.Expires
	v.check(refusal.ExpiryMissing, exp.Present && exp.Valid)
	v.check(refusal.AssertionExpired, exp.Seconds > now-skew)
	v.check(refusal.ExpiryTooFar, exp.Seconds <= now+int64(policy.MaxAssertionLife/time.Second)+skew)
	for _, t := range []assertion.Time{said.NotBefore, said.IssuedAt} {
		v.check(refusal.AssertionNotYetValid, !t.Present || t.Valid && t.Seconds < now+skew)
	}
	v.check(refusal.AssertionIDMissing, said.ID.Valid)
	if v.failed {
		return nil
	}
	return &clientAssertion{by: c, replay: assertion.ReplayKey([]byte("client "+c.ID.String()), said.ID.Value),
		until: time.Unix(exp.Seconds, 0).UTC().Add(replayKept)}
}

// pickKey finds the key that kid names. Without one there must be a single key.
func pickKey(keys []assertion.PublicKey, kid string) (assertion.PublicKey, bool) {
	if kid == "" && len(keys) == 1 {
		return keys[0], true
	}
	for _, k := range keys {
		if k.ID == kid && kid != "" {
			return k, true
		}
	}
	return assertion.PublicKey{}, false
}
