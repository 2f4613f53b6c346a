package seal

import (
	"crypto/subtle"
	"fmt"
	"log/slog"
)

// redacted is what every way of writing a Secret writes.
const redacted = "[redacted]"

// Secret is a value that must not be written anywhere by accident (A243). It hides from fmt with every verb, from JSON
// and from slog, also where it is an unexported field of something that is printed, whose methods fmt cannot call: it
// holds a function, and nothing looks into those. Nor can two be compared with == (A246). Reveal is for the one place
// that needs the value.
type Secret struct{ value func() []byte }

// NewSecret keeps the value, which the caller does not change any more.
func NewSecret(value []byte) Secret { return Secret{func() []byte { return value }} }

// Reveal is the value; nil for the zero Secret.
func (s Secret) Reveal() []byte {
	if s.value == nil {
		return nil
	}
	return s.value()
}

// Equal compares in constant time (A246). A secret that is empty equals nothing.
func (s Secret) Equal(other []byte) bool {
	return len(s.Reveal()) > 0 && subtle.ConstantTimeCompare(s.Reveal(), other) == 1
}

// String hides the value.
func (s Secret) String() string { return redacted }

// GoString hides the value.
func (s Secret) GoString() string { return redacted }

// Format hides the value from the verbs that do not ask for a string, such as %d.
func (s Secret) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// MarshalText hides the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// MarshalJSON hides the value.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + redacted + `"`), nil }

// LogValue hides the value.
func (s Secret) LogValue() slog.Value { return slog.StringValue(redacted) }
