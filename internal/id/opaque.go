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

// String hides the secret.
func (o Opaque) String() string { return string(o.prefix) + "_[redacted]" }

// GoString hides the secret.
func (o Opaque) GoString() string { return o.String() }

// MarshalText hides the secret.
func (o Opaque) MarshalText() ([]byte, error) { return []byte(o.String()), nil }
