package analytics

import (
	"crypto/rand"
	"encoding/hex"

	"prokura/examples/identity"
)

// newID draws a random identifier (RFC 9562 §5.4, version 4).
func newID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand crashes the program instead
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// isID says whether s has the one form of identifiers. Everything that becomes a file name or a part of a URL passes here
// first.
func isID(s string) bool { return identity.IsID(s) }
