package id

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

// Prefix keeps the kinds of opaque tokens apart and lets secret scanners find leaks.
type Prefix string

// The kinds of opaque tokens.
const (
	OperatorToken Prefix = "pko" // the operator's token for /v1
	ClientSecret  Prefix = "pks" // a client's secret
	LoginCookie   Prefix = "pkl" // a person's login, in a cookie
	OneTimeLink   Prefix = "pki" // a set-up, invitation or password link
	Code          Prefix = "pkc" // an authorization code
	RefreshToken  Prefix = "pkr" // a refresh token
)

// Opaque is a bearer secret of ours: a prefix and 256 random bits. It is stored only as its hash. Its String is
// redacted, so that a log line cannot leak it; Reveal is for the one answer that shows it.
type Opaque struct {
	prefix Prefix
	secret [32]byte
}

// NewOpaque makes a token of the random bytes.
func NewOpaque(p Prefix, random [32]byte) Opaque { return Opaque{p, random} }

// ParseOpaque accepts exactly what Reveal writes, of the kind asked for.
func ParseOpaque(want Prefix, s string) (Opaque, error) {
	rest, ok := strings.CutPrefix(s, string(want)+"_")
	if !ok {
		return Opaque{}, fmt.Errorf("not a token of the form %s_…", want)
	}
	if len(rest) != 43 || strings.ContainsAny(rest, "\r\n") {
		return Opaque{}, fmt.Errorf("not a token of the form %s_…: want 43 characters after the prefix", want)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil || len(b) != 32 {
		return Opaque{}, fmt.Errorf("not a token of the form %s_…: not base64url", want)
	}
	return Opaque{want, [32]byte(b)}, nil
}

// Reveal is the token as its bearer sends it.
func (o Opaque) Reveal() string {
	return string(o.prefix) + "_" + base64.RawURLEncoding.EncodeToString(o.secret[:])
}

// Hash is what is stored. The secret has 256 random bits, so that a plain SHA-256 cannot be searched.
func (o Opaque) Hash() [32]byte { return sha256.Sum256([]byte(o.Reveal())) }

// Located is an opaque token that says which tenant it is of, so that it is found by tenant first. The whole text is what is
// hashed, so that no other tenant can be put into it.
type Located struct {
	prefix Prefix
	tenant Tenant
	secret [32]byte
}

// NewLocated makes a token of the tenant from random bytes.
func NewLocated(p Prefix, in Tenant, random [32]byte) Located { return Located{p, in, random} }

// locatedLength is that of tenant and secret in base64url: 48 bytes leave no loose bits (A081).
const locatedLength = 64

// ParseLocated accepts exactly what Reveal writes, of the kind asked for.
func ParseLocated(want Prefix, s string) (Located, error) {
	rest, ok := strings.CutPrefix(s, string(want)+"_")
	if !ok || len(rest) != locatedLength || strings.ContainsAny(rest, "\r\n") {
		return Located{}, fmt.Errorf("not a token of the form %s_… with %d characters after the prefix", want, locatedLength)
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(rest)
	if err != nil {
		return Located{}, fmt.Errorf("not a token of the form %s_…: not base64url", want)
	}
	return Located{want, Tenant{}.From([16]byte(b[:16])), [32]byte(b[16:])}, nil
}

// Tenant is whose token it claims to be; only the hash proves it.
func (l Located) Tenant() Tenant { return l.tenant }

// Reveal is the token as its bearer sends it.
func (l Located) Reveal() string {
	in := l.tenant.Bytes()
	return string(l.prefix) + "_" + base64.RawURLEncoding.EncodeToString(append(in[:], l.secret[:]...))
}

// Hash is what is stored.
func (l Located) Hash() [32]byte { return sha256.Sum256([]byte(l.Reveal())) }

// String hides the secret.
func (l Located) String() string { return string(l.prefix) + "_[redacted]" }

// GoString hides the secret.
func (l Located) GoString() string { return l.String() }

// MarshalText hides the secret.
func (l Located) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// String hides the secret.
func (o Opaque) String() string { return string(o.prefix) + "_[redacted]" }

// GoString hides the secret.
func (o Opaque) GoString() string { return o.String() }

// MarshalText hides the secret.
func (o Opaque) MarshalText() ([]byte, error) { return []byte(o.String()), nil }
