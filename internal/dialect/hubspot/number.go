package hubspot

import (
	"crypto/sha256"
	"encoding/binary"

	"prokura/internal/id"
)

// This wire names accounts, apps and users by positive 32-bit numbers, where ours have 128 bits. The numbers are made from
// ours, so that they stay the same without being kept. Two accounts may share one; what tells them apart for certain is
// hub_domain. Nothing here takes such a number.

func hubID(t id.Tenant) int32 { return number("hub", t.String()) }
func appID(c id.Client) int32 { return number("app", c.String()) }
func userID(u id.User) int32 {
	if u.IsZero() { // a client acts for itself
		return 0
	}
	return number("user", u.String())
}

// number is positive, so that programs may take zero for none.
func number(kind, of string) int32 {
	sum := sha256.Sum256([]byte(kind + " " + of))
	return int32(binary.BigEndian.Uint32(sum[:4])&0x7fffffff%0x7fffffff) + 1
}
