package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"math/big"

	"github.com/go-json-experiment/json"
	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"

	"prokura/internal/id"
	"prokura/internal/jws"
)

// ES256 is the one algorithm that we sign with.
const ES256 = "ES256"

// Signer signs with one of our keys, in the name of one issuer.
type Signer struct {
	issuer  string
	key     id.Key
	private *ecdsa.PrivateKey
	// The headers are the same for every token of a kind.
	session, access, identity string
}

// NewSigner makes a signer of a key on P-256.
func NewSigner(issuer string, key id.Key, private *ecdsa.PrivateKey) (*Signer, error) {
	if issuer == "" || key.IsZero() || private == nil || private.Curve != elliptic.P256() {
		return nil, errors.New("making a signer: it needs an issuer, a key id and a key on P-256")
	}
	header := func(typ string) string {
		return jws.Encode(fmt.Appendf(nil, `{"alg":%q,"kid":%q,"typ":%q}`, ES256, key, typ))
	}
	return &Signer{issuer, key, private, header(SessionType), header(AccessType), header(IdentityType)}, nil
}

// Key is the id of the key.
func (s *Signer) Key() id.Key { return s.key }

// Session signs a session token. ErrTooLarge: its scopes and roles do not fit.
func (s *Signer) Session(t *Session) (string, error) {
	if err := t.sound(); err != nil {
		return "", fmt.Errorf("signing a session: %w", err)
	}
	return s.sign(s.session, t.claims(s.issuer))
}

// Identity signs an identity.
func (s *Signer) Identity(t *Identity) (string, error) {
	if err := t.sound(); err != nil {
		return "", fmt.Errorf("signing an identity: %w", err)
	}
	return s.sign(s.identity, t.claims(s.issuer))
}

func (s *Signer) sign(header string, claims any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", fmt.Errorf("writing claims: %w", err)
	}
	const signature = 1 + 86 // dot and 64 bytes
	size := len(header) + 1 + base64.RawURLEncoding.EncodedLen(len(payload)) + signature
	if size > MaxSize {
		return "", fmt.Errorf("%w: %d bytes, at most %d", ErrTooLarge, size, MaxSize)
	}
	out := append(append(make([]byte, 0, size), header...), '.')
	out = base64.RawURLEncoding.AppendEncode(out, payload)
	sig, err := sign(s.private, out)
	if err != nil {
		return "", err
	}
	return string(base64.RawURLEncoding.AppendEncode(append(out, '.'), sig)), nil
}

// order is that of P-256, half of it the largest s that we write and read: (r, n-s) would be a second signature of the
// same content, so that one token had two spellings (A099).
func order() (n, half *big.Int) {
	n = elliptic.P256().Params().N
	return n, new(big.Int).Rsh(n, 1)
}

// sign makes the 64 bytes r || s of RFC 7518 §3.4. Without a source of randomness the nonce is derived from key and
// content (RFC 6979), so that a bad source cannot give the key away.
func sign(private *ecdsa.PrivateKey, content []byte) ([]byte, error) {
	digest := sha256.Sum256(content)
	der, err := private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return nil, fmt.Errorf("signing: %w", err)
	}
	var inner cryptobyte.String
	r, s := new(big.Int), new(big.Int)
	input := cryptobyte.String(der)
	if !input.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(r) || !inner.ReadASN1Integer(s) {
		return nil, errors.New("signing: the library answered no signature")
	}
	if n, half := order(); s.Cmp(half) > 0 {
		s.Sub(n, s)
	}
	out := make([]byte, 64)
	r.FillBytes(out[:32])
	s.FillBytes(out[32:])
	return out, nil
}
