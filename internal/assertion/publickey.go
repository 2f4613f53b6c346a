package assertion

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"errors"
	"fmt"
	"math/big"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-json-experiment/json"
)

// The algorithms of public keys, beside HS256 of shared secrets.
const (
	ES256 = "ES256"
	RS256 = "RS256"
	PS256 = "PS256"
	EdDSA = "EdDSA"
)

const (
	maxKeys       = 10
	maxKeySetSize = 32 << 10
	minRSA        = 2048
	publicRSA     = 65537
)

// PublicKey is a key of a client that verifies its assertions. The algorithm is that of our record, never of a token (A087).
type PublicKey struct {
	ID        string // kid; empty: it has none
	Algorithm string

	key crypto.PublicKey
}

// ParseKeys reads the public keys of a client from a JWKS (RFC 7517 §5), and refuses a set with a key that is weak, private,
// symmetric or of a kind that is not supported, or in which a kid says too little.
func ParseKeys(jwks []byte) ([]PublicKey, error) {
	if len(jwks) > maxKeySetSize {
		return nil, fmt.Errorf("a key set of %d bytes: at most %d", len(jwks), maxKeySetSize)
	}
	var set struct {
		Keys []jose.JSONWebKey `json:"keys"`
	}
	if err := json.Unmarshal(jwks, &set); err != nil {
		return nil, fmt.Errorf("reading a key set: %w", err)
	}
	if len(set.Keys) == 0 || len(set.Keys) > maxKeys {
		return nil, fmt.Errorf("a key set of %d keys: want 1 to %d", len(set.Keys), maxKeys)
	}
	keys := make([]PublicKey, 0, len(set.Keys))
	seen := map[string]bool{}
	for i := range set.Keys {
		k, err := publicKey(&set.Keys[i])
		if err != nil {
			return nil, fmt.Errorf("key %d: %w", i+1, err)
		}
		if seen[k.ID] || k.ID == "" && len(set.Keys) > 1 {
			return nil, fmt.Errorf("key %d: with several keys each needs a kid of its own", i+1)
		}
		seen[k.ID] = true
		keys = append(keys, k)
	}
	return keys, nil
}

func publicKey(j *jose.JSONWebKey) (PublicKey, error) {
	if j.Use != "" && j.Use != "sig" {
		return PublicKey{}, fmt.Errorf("its use is %q, not sig", j.Use)
	}
	k := PublicKey{ID: j.KeyID, key: j.Key}
	var can []string
	switch key := j.Key.(type) {
	case *ecdsa.PublicKey:
		if key.Curve != elliptic.P256() {
			return PublicKey{}, errors.New("of elliptic curves only P-256 is supported")
		}
		can = []string{ES256}
	case *rsa.PublicKey:
		if key.N.BitLen() < minRSA || key.E != publicRSA { // A099
			return PublicKey{}, fmt.Errorf("an RSA key needs %d bits and the exponent %d", minRSA, publicRSA)
		}
		can = []string{RS256, PS256}
	case ed25519.PublicKey:
		can = []string{EdDSA}
	default:
		return PublicKey{}, errors.New("it is no public key of EC, RSA or Ed25519")
	}
	k.Algorithm = j.Algorithm
	if k.Algorithm == "" {
		k.Algorithm = can[0]
	}
	for _, alg := range can {
		if k.Algorithm == alg {
			return k, nil
		}
	}
	return PublicKey{}, fmt.Errorf("its alg is %q, want %v", k.Algorithm, can)
}

// Verify says whether the signature is one of the key, in the algorithm of the key's record; a header that names another
// verifies nothing.
func (a *Assertion) Verify(k PublicKey) bool {
	if !a.Readable() || k.Algorithm == "" || a.Algorithm != k.Algorithm {
		return false
	}
	input, sig := []byte(a.parts.Input), a.parts.Signature
	digest := sha256.Sum256(input)
	switch key := k.key.(type) {
	case *ecdsa.PublicKey:
		// r || s and nothing else (RFC 7518 §3.4). Both values of s verify: foreign libraries write either, and what is
		// burned is the jti, not the text of the token.
		if k.Algorithm != ES256 || len(sig) != 64 {
			return false
		}
		return ecdsa.Verify(key, digest[:], new(big.Int).SetBytes(sig[:32]), new(big.Int).SetBytes(sig[32:]))
	case *rsa.PublicKey:
		switch k.Algorithm {
		case RS256:
			return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], sig) == nil
		case PS256:
			return rsa.VerifyPSS(key, crypto.SHA256, digest[:], sig, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash}) == nil
		}
	case ed25519.PublicKey:
		return k.Algorithm == EdDSA && ed25519.Verify(key, input, sig)
	}
	return false
}
