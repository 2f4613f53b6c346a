package token

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"math/big"
	"time"

	"prokura/internal/id"
	"prokura/internal/jws"
	"prokura/internal/strictjson"
)

// Verifier believes what the keys of a set signed in the name of one issuer. The zero Verifier believes nothing.
type Verifier struct {
	issuer string
	keys   map[id.Key]*ecdsa.PublicKey
}

// NewVerifier makes a verifier of our public keys.
func NewVerifier(issuer string, keys map[id.Key]*ecdsa.PublicKey) *Verifier {
	return &Verifier{issuer, maps.Clone(keys)}
}

// Session verifies a session token. The error is ErrInvalid or ErrExpired, and then there are no claims.
func (v *Verifier) Session(raw string, now time.Time) (Session, error) {
	var c sessionClaims
	key, err := v.open(raw, SessionType, &c)
	if err != nil {
		return Session{}, err
	}
	s, err := c.session(key)
	if err != nil {
		return Session{}, invalid(err)
	}
	if err := s.sound(); err != nil {
		return Session{}, invalid(err)
	}
	if err := v.check(c.Issuer, c.Audience, SessionAudience, s.Issued, s.Expires, now); err != nil {
		return Session{}, err
	}
	return s, nil
}

// Identity verifies an identity, as an upstream would that is the audience.
func (v *Verifier) Identity(raw, audience string, now time.Time) (Identity, error) {
	var c identityClaims
	if _, err := v.open(raw, IdentityType, &c); err != nil {
		return Identity{}, err
	}
	i, err := c.identity()
	if err != nil {
		return Identity{}, invalid(err)
	}
	if err := i.sound(); err != nil {
		return Identity{}, invalid(err)
	}
	if err := v.check(c.Issuer, c.Audience, audience, i.Issued, i.Expires, now); err != nil {
		return Identity{}, err
	}
	return i, nil
}

// open reads what a key of ours signed. Algorithm and type are what we say they are; the header must say the same.
func (v *Verifier) open(raw, typ string, claims any) (id.Key, error) {
	none := id.Key{}
	parts, problems := jws.Split(raw)
	if len(problems) > 0 {
		return none, invalid(problems[0])
	}
	var h header
	if err := h.read(parts.Header); err != nil {
		return none, invalid(err)
	}
	if h.alg != ES256 || h.typ != typ {
		return none, invalid(errors.New("the header names another algorithm or type"))
	}
	key, err := id.Parse[id.Key](h.kid)
	if err != nil {
		return none, invalid(errors.New("the header names no key of ours"))
	}
	public, ok := v.keys[key]
	if !ok {
		return none, invalid(errors.New("the header names no key of ours"))
	}
	if !verify(public, []byte(parts.Input), parts.Signature) {
		return none, invalid(errors.New("the signature does not match"))
	}
	if err := strictjson.Decode(parts.Payload, MaxSize, claims); err != nil {
		return none, invalid(err)
	}
	return key, nil
}

// check judges what was signed. The interval is half open: at the second of exp the token has ended (A236). One that
// begins beyond the skew was made by a clock that ran ahead, or ours was stepped back: taking it would let it live
// longer than it may (A234).
func (v *Verifier) check(issuer, audience, want string, issued, expires, now time.Time) error {
	switch {
	case issuer != v.issuer || audience != want || want == "":
		return invalid(errors.New("it is not for us"))
	case !now.Before(expires):
		return ErrExpired
	case issued.After(now.Add(Skew)):
		return invalid(errors.New("it was issued in the future"))
	}
	return nil
}

func invalid(err error) error { return fmt.Errorf("%w: %w", ErrInvalid, err) }

type header struct{ alg, kid, typ string }

// read takes the header that we write: three names, three strings.
func (h *header) read(data []byte) error {
	members, err := strictjson.Object(data, jws.MaxSize)
	if err != nil {
		return err
	}
	for _, m := range members {
		s, ok := strictjson.String(m.Value)
		if !ok {
			return errors.New("the header has a member that is not a string")
		}
		switch m.Name {
		case "alg":
			h.alg = s
		case "kid":
			h.kid = s
		case "typ":
			h.typ = s
		default:
			return errors.New("the header has a member that ours do not have")
		}
	}
	return nil
}

// verify takes r || s and nothing else: no DER, no other length, no zero, nothing at or above the order, and of the two
// values of s that verify only the lower (A099).
func verify(public *ecdsa.PublicKey, content, signature []byte) bool {
	if len(signature) != 64 || public == nil || public.Curve != elliptic.P256() {
		return false
	}
	r, s := new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])
	n, half := order()
	if r.Sign() <= 0 || s.Sign() <= 0 || r.Cmp(n) >= 0 || s.Cmp(half) > 0 {
		return false
	}
	digest := sha256.Sum256(content)
	return ecdsa.Verify(public, digest[:], r, s)
}
