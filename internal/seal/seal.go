// Package seal keeps secrets at rest: what must be known again, such as our signing keys and the secrets of connected
// apps, lies in the database encrypted under a master keyset that lies in a file beside it.
//
// A sealed value is bound to its place: table, row and column are authenticated with it, so that a value copied to
// another row does not open (A240). A copy of the database alone opens nothing.
package seal

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/tink-crypto/tink-go/v2/tink"
)

// ErrSealed: the value does not open. It was sealed with another keyset, for another place, or it is damaged.
var ErrSealed = errors.New("sealed value does not open")

// Place is where a sealed value lies.
type Place struct{ Table, Row, Column string }

// String is for messages.
func (p Place) String() string { return fmt.Sprintf("%s %s, column %s", p.Table, p.Row, p.Column) }

// data authenticates the place. Each part is preceded by its length, so that no two places are written alike.
func (p Place) data() []byte {
	var b []byte
	for _, part := range []string{p.Table, p.Row, p.Column} {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	return b
}

// whole says whether a place names all three.
func (p Place) whole() bool { return p.Table != "" && p.Row != "" && p.Column != "" }

// Sealer seals and opens with one master keyset. It is safe for concurrent use.
type Sealer struct{ aead tink.AEAD }

// Seal encrypts a value for a place.
func (s *Sealer) Seal(plain []byte, at Place) ([]byte, error) {
	if !at.whole() {
		return nil, fmt.Errorf("sealing for %s: the place has an empty part", at)
	}
	sealed, err := s.aead.Encrypt(plain, at.data())
	if err != nil {
		return nil, fmt.Errorf("sealing for %s: %w", at, err)
	}
	return sealed, nil
}

// Open decrypts what was sealed for that place. The error is ErrSealed, and says no more than that.
func (s *Sealer) Open(sealed []byte, at Place) (Secret, error) {
	plain, err := s.aead.Decrypt(sealed, at.data())
	if err != nil {
		return Secret{}, fmt.Errorf("opening %s: %w", at, ErrSealed)
	}
	return NewSecret(plain), nil
}
