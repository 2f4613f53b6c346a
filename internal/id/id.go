// Package id holds the typed identifiers of everything Prokura keeps.
//
// An identifier is sixteen bytes that are written as a lower-case UUID. Each kind is a type of its own, so that a
// user can never be passed where a tenant is meant, and the zero value of each names nothing. Identifiers are public:
// knowing one gives no right. What gives a right is an opaque token (see [Opaque]).
package id

import (
	"database/sql/driver"
	"encoding/hex"
	"fmt"
)

// Of is an identifier of one kind of thing. K is a phantom: it only keeps the kinds apart.
type Of[K any] struct{ b [16]byte }

type (
	tenantKind        struct{}
	personKind        struct{}
	userKind          struct{}
	groupKind         struct{}
	clientKind        struct{}
	secretKind        struct{}
	authorizationKind struct{}
	grantKind         struct{}
	sessionKind       struct{}
	keyKind           struct{}
	referenceKind     struct{}
	entryKind         struct{}
	requestKind       struct{}
)

// The kinds. On Tableau's wire a Tenant is the site's LUID, a Client the connected app's client ID (iss) and a Secret
// its secret ID (kid).
type (
	Tenant        = Of[tenantKind]
	Person        = Of[personKind]
	User          = Of[userKind]
	Group         = Of[groupKind]
	Client        = Of[clientKind]
	Secret        = Of[secretKind]
	Authorization = Of[authorizationKind]
	Grant         = Of[grantKind]
	Session       = Of[sessionKind]
	Key           = Of[keyKind]       // one of our own signing keys
	Reference     = Of[referenceKind] // an answer, in the Prokura-Reference header
	Entry         = Of[entryKind]     // an audit entry
	Request       = Of[requestKind]   // a user's wish that an administrator decide on an app
)

// Parse accepts exactly the form that String writes: 8-4-4-4-12 lower-case hexadecimal digits, not all zero.
func Parse[T interface{ From([16]byte) T }](s string) (T, error) {
	var zero T
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return zero, fmt.Errorf("not an identifier: want 36 characters such as 8e1b7172-39c3-4a32-887e-fc2b4119f56d")
	}
	var b [16]byte
	var all, some uint
	for i := range b {
		hi, lo := digit(s[places[i]]), digit(s[places[i]+1])
		all |= hi | lo
		some |= hi + lo
		b[i] = byte(hi<<4 | lo)
	}
	if all > 15 {
		return zero, fmt.Errorf("not an identifier: only the digits 0-9 and a-f may stand in it")
	}
	if some == 0 {
		return zero, fmt.Errorf("not an identifier: all zero names nothing")
	}
	return zero.From(b), nil
}

// places are where the bytes stand in the text.
const places = "\x00\x02\x04\x06\x09\x0b\x0e\x10\x13\x15\x18\x1a\x1c\x1e\x20\x22"

// digit is what a digit says, or 255. Every call reads an identifier, whose digits nobody can guess: so this compiles to
// moves instead of branches, which made reading one three times as slow.
func digit(c byte) uint {
	v := uint(255)
	if d := uint(c) - '0'; d <= 9 {
		v = d
	}
	if d := uint(c) - 'a'; d <= 5 {
		v = d + 10
	}
	return v
}

// From makes an identifier of this kind from bytes that were drawn at random or read from storage.
func (Of[K]) From(b [16]byte) Of[K] { return Of[K]{b} }

// IsZero says whether the identifier names nothing.
func (d Of[K]) IsZero() bool { return d == Of[K]{} }

// Bytes are the sixteen bytes, for indexes over identifiers of several kinds.
func (d Of[K]) Bytes() [16]byte { return d.b }

// String is the UUID form; the zero identifier is the empty string.
func (d Of[K]) String() string {
	if d.IsZero() {
		return ""
	}
	var out [36]byte
	hex.Encode(out[0:8], d.b[0:4])
	out[8] = '-'
	hex.Encode(out[9:13], d.b[4:6])
	out[13] = '-'
	hex.Encode(out[14:18], d.b[6:8])
	out[18] = '-'
	hex.Encode(out[19:23], d.b[8:10])
	out[23] = '-'
	hex.Encode(out[24:36], d.b[10:16])
	return string(out[:])
}

// MarshalText writes the UUID form.
func (d Of[K]) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText accepts what [Parse] accepts, and the empty text for the zero identifier.
func (d *Of[K]) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Of[K]{}
		return nil
	}
	v, err := Parse[Of[K]](string(text))
	if err != nil {
		return err
	}
	*d = v
	return nil
}

// Value stores the identifier as sixteen bytes, the zero identifier as NULL.
func (d Of[K]) Value() (driver.Value, error) {
	if d.IsZero() {
		return nil, nil
	}
	return d.b[:], nil
}

// Scan reads what Value wrote.
func (d *Of[K]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*d = Of[K]{}
		return nil
	case []byte:
		if len(v) != 16 {
			return fmt.Errorf("scanning an identifier: %d bytes, want 16", len(v))
		}
		copy(d.b[:], v)
		return nil
	}
	return fmt.Errorf("scanning an identifier: unexpected %T", src)
}
