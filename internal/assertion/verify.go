package assertion

import (
	"crypto/hmac"
	"crypto/sha256"
)

// HS256 is the algorithm of direct trust, and the only one: a shared secret never verifies anything else, and no public
// key is ever taken for a secret (A087).
const HS256 = "HS256"

// VerifyHS256 says whether the signature is the one that the secret makes. The secret is used as the bytes that it was
// shown as, not decoded.
//
// The algorithm is ours to say: the caller comes here because the record of its key says HS256, and a header that says
// anything else does not verify. HMAC is called directly: the parts are at hand from a stricter parser than a JOSE
// library has, and such a library would split, decode and parse all of them a second time.
func (a *Assertion) VerifyHS256(secret []byte) bool {
	if !a.Readable() || a.Algorithm != HS256 || len(secret) == 0 {
		return false
	}
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte(a.parts.Input))
	return hmac.Equal(mac.Sum(nil), a.parts.Signature)
}

// ReplayKey names a used assertion: one space over all tenants and doors, since whoever holds the key can sign for any
// of them (A093, A102). The hash of the key has a fixed length, so that key and jti cannot flow into each other.
func ReplayKey(verifyingKey []byte, jti string) [32]byte {
	key := sha256.Sum256(verifyingKey)
	return sha256.Sum256(append(key[:], jti...))
}
