package assertion

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"prokura/internal/entropy"
	"prokura/internal/jws"
)

// keySet is a JWKS of the keys given.
func keySet(t *testing.T, keys ...jose.JSONWebKey) []byte {
	t.Helper()
	out, err := json.Marshal(jose.JSONWebKeySet{Keys: keys})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

type pair struct {
	alg     jose.SignatureAlgorithm
	private crypto.Signer
}

func pairs(t *testing.T) []pair {
	t.Helper()
	ec, err := entropy.SigningKey()
	if err != nil {
		t.Fatal(err)
	}
	r, err := rsa.GenerateKey(nil, 2048) // the library has its own randomness
	if err != nil {
		t.Fatal(err)
	}
	ed := ed25519.NewKeyFromSeed(entropy.Bytes(32))
	return []pair{{jose.ES256, ec}, {jose.RS256, r}, {jose.PS256, r}, {jose.EdDSA, ed}}
}

// signed is a token that a JOSE library makes.
func (p pair) signed(t *testing.T) string {
	t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: p.alg, Key: jose.JSONWebKey{Key: p.private, KeyID: "k"}}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign([]byte(goodClaims))
	if err != nil {
		t.Fatal(err)
	}
	out, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestA087_public_keys: each algorithm verifies with its key alone.
func TestA087_public_keys(t *testing.T) {
	all := pairs(t)
	var keys []PublicKey
	for _, p := range all {
		list, err := ParseKeys(keySet(t, jose.JSONWebKey{Key: p.private.Public(), KeyID: "k", Algorithm: string(p.alg)}))
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, list[0])
	}
	for i, p := range all {
		raw := p.signed(t)
		for j, k := range keys {
			a := Parse(raw)
			if got := a.Verify(k); got != (i == j) {
				t.Errorf("a token of %s verifies with a key of %s: %v", p.alg, k.Algorithm, got)
			}
			cut := Parse(raw[:strings.LastIndexByte(raw, '.')+1] + jws.Encode(make([]byte, 64)))
			if cut.Verify(k) {
				t.Errorf("%s: another signature verifies", k.Algorithm)
			}
		}
		a := Parse(raw)
		if a.Verify(PublicKey{}) || a.VerifyHS256([]byte("x")) {
			t.Errorf("%s: no key verifies it", p.alg)
		}
	}
	// A key's bytes as the secret of HS256, and a token without algorithm.
	ecKey := keys[0]
	for _, header := range []string{`{"alg":"HS256","kid":"k"}`, `{"alg":"none","kid":"k"}`, `{"kid":"k"}`} {
		a := Parse(sign(header, goodClaims, secret))
		if a.Verify(ecKey) {
			t.Errorf("%s verifies", header)
		}
	}
}

// TestA099_weak_keys are not taken, nor what is no public key.
func TestA099_weak_keys(t *testing.T) {
	all := pairs(t)
	ec, r := all[0].private.(*ecdsa.PrivateKey), all[1].private.(*rsa.PrivateKey)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), nil)
	if err != nil {
		t.Fatal(err)
	}
	small := &rsa.PublicKey{N: r.N, E: 3}
	short := &rsa.PublicKey{N: p384.PublicKey.Params().N, E: 65537}
	good := jose.JSONWebKey{Key: ec.Public(), KeyID: "k"}
	for name, set := range map[string][]byte{
		"P-384":                 keySet(t, jose.JSONWebKey{Key: p384.Public(), KeyID: "k"}),
		"an exponent of 3":      keySet(t, jose.JSONWebKey{Key: small, KeyID: "k"}),
		"384 bits of RSA":       keySet(t, jose.JSONWebKey{Key: short, KeyID: "k"}),
		"a private key":         keySet(t, jose.JSONWebKey{Key: ec, KeyID: "k"}),
		"a symmetric key":       keySet(t, jose.JSONWebKey{Key: secret, KeyID: "k"}),
		"for encryption":        keySet(t, jose.JSONWebKey{Key: ec.Public(), KeyID: "k", Use: "enc"}),
		"another algorithm":     keySet(t, jose.JSONWebKey{Key: ec.Public(), KeyID: "k", Algorithm: "ES384"}),
		"HS256 of a public key": keySet(t, jose.JSONWebKey{Key: ec.Public(), KeyID: "k", Algorithm: "HS256"}),
		"one kid twice":         keySet(t, good, good),
		"two, one without kid":  keySet(t, good, jose.JSONWebKey{Key: r.Public()}),
		"none":                  keySet(t), "no JSON": []byte("{"), "nothing": nil, "too many": keySet(t, manyKeys(good)...),
	} {
		if keys, err := ParseKeys(set); err == nil || keys != nil {
			t.Errorf("%s: %v", name, keys)
		}
	}
	if keys, err := ParseKeys(keySet(t, good, jose.JSONWebKey{Key: r.Public(), KeyID: "r"})); err != nil || len(keys) != 2 || keys[0].Algorithm != ES256 || keys[1].Algorithm != RS256 {
		t.Errorf("%v, %v", keys, err)
	}
}

func manyKeys(k jose.JSONWebKey) []jose.JSONWebKey {
	var out []jose.JSONWebKey
	for i := range maxKeys + 1 {
		k.KeyID = strings.Repeat("k", i+1)
		out = append(out, k)
	}
	return out
}
