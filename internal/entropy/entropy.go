// Package entropy is the one place that reads randomness, always the operating system's.
package entropy

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"

	"prokura/internal/id"
)

// ID draws a new identifier: 122 random bits in the form of a version 4 UUID (RFC 9562 §5.4).
func ID[T interface{ From([16]byte) T }]() T {
	b := [16]byte(Bytes(16))
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	var zero T
	return zero.From(b)
}

// Token draws a new opaque token.
func Token(p id.Prefix) id.Opaque { return id.NewOpaque(p, [32]byte(Bytes(32))) }

// Bytes draws n random bytes. It never fails: crypto/rand ends the process when the system has no randomness.
func Bytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// SigningKey draws a new key on P-256, for ES256.
func SigningKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}
