package registry

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"strconv"

	"github.com/go-jose/go-jose/v4"

	"prokura/internal/assertion"
	"prokura/internal/refusal"
	"prokura/internal/strictjson"
	"prokura/internal/text"
)

// The bounds of a client's keys.
const (
	maxKeys     = 8
	maxKeysSize = 32 << 10
	minRSA      = 2048 // bits
	maxRSA      = 8192 // beyond it one verification takes milliseconds
)

// keys reads a JWKS and writes it anew, so that nothing is stored but public keys that are verified with (RFC 7517, RFC 7523).
func (c *checker) keys(raw json.RawMessage) json.RawMessage {
	if len(raw) == 0 {
		return nil
	}
	blame := func(w refusal.Why) { c.blame("keys", refusal.Finding{Code: refusal.ClientKeysInvalid, Why: w}) }
	var sent struct {
		Keys []strictjson.Value `json:"keys"`
	}
	if err := strictjson.Decode(raw, maxKeysSize, &sent); err != nil {
		blame(strictjson.Reason(err, refusal.Body))
		return nil
	}
	switch {
	case len(sent.Keys) == 0:
		blame(refusal.Why{Flaw: refusal.ElementMissing, Want: "keys"})
	case len(sent.Keys) > maxKeys:
		blame(refusal.Why{Flaw: refusal.KeyTooMany, Got: strconv.Itoa(len(sent.Keys)), Want: strconv.Itoa(maxKeys)})
		return nil
	}
	var set jose.JSONWebKeySet
	for _, v := range sent.Keys {
		k, w := publicKey(v)
		switch {
		case w.Flaw != "":
			blame(w)
		case len(set.Key(k.KeyID)) > 0:
			blame(refusal.Why{Flaw: refusal.HasTwice, Got: k.KeyID})
		default:
			set.Keys = append(set.Keys, k)
		}
	}
	out, err := json.Marshal(set)
	if err == nil && len(set.Keys) > 0 {
		_, err = assertion.ParseKeys(out) // who verifies with them has the last word
	}
	if err != nil {
		blame(refusal.Why{Flaw: refusal.KeyKind})
		return nil
	}
	return out
}

// publicKey reads one key of a JWKS.
func publicKey(v strictjson.Value) (jose.JSONWebKey, refusal.Why) {
	var named struct {
		ID string `json:"kid"`
	}
	_ = json.Unmarshal(v, &named) // what it cannot read has no name
	var k jose.JSONWebKey
	if err := k.UnmarshalJSON(v); err != nil {
		return k, refusal.Why{Flaw: refusal.KeyKind, Got: named.ID}
	}
	if flaw, _ := text.CheckName(k.KeyID); flaw != text.Sound {
		return k, refusal.Why{Flaw: refusal.KeyNoID}
	}
	var algorithms []jose.SignatureAlgorithm
	switch key := k.Key.(type) {
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P256() {
			algorithms = []jose.SignatureAlgorithm{jose.ES256}
		}
	case ed25519.PublicKey:
		algorithms = []jose.SignatureAlgorithm{jose.EdDSA}
	case *rsa.PublicKey:
		if n := key.N.BitLen(); n >= minRSA && n <= maxRSA && key.E == 65537 {
			algorithms = []jose.SignatureAlgorithm{jose.RS256, jose.PS256}
		}
	case []byte:
		return k, refusal.Why{Flaw: refusal.KeySymmetric, Got: k.KeyID}
	default:
		if !k.IsPublic() && k.Valid() {
			return k, refusal.Why{Flaw: refusal.KeyPrivate, Got: k.KeyID}
		}
	}
	for _, a := range algorithms {
		if (k.Algorithm == "" || k.Algorithm == string(a)) && (k.Use == "" || k.Use == "sig") {
			return jose.JSONWebKey{Key: k.Key, KeyID: k.KeyID, Algorithm: k.Algorithm, Use: "sig"}, refusal.Why{}
		}
	}
	return k, refusal.Why{Flaw: refusal.KeyKind, Got: k.KeyID}
}
