package canon

import (
	"strings"

	"prokura/internal/percent"
)

// What may stand in a path unescaped (RFC 3986 §3.3), less the semicolon.
const (
	unreserved = 1 // has no other form (RFC 3986 §2.3)
	reserved   = 2 // may also be escaped: both forms are the same value to us
)

var classes = func() (t [256]byte) {
	for c := range 128 {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.IndexByte("-._~", byte(c)) >= 0:
			t[c] = unreserved
		case strings.IndexByte("/:@!$&'()*+,=", byte(c)) >= 0:
			t[c] = reserved
		}
	}
	return t
}()

// AppendEscaped appends a segment's value in the one form that Prokura sends: unreserved characters and the colon, which
// upload sessions carry, as they are, everything else escaped.
func AppendEscaped(dst []byte, value string) []byte {
	const digits = "0123456789ABCDEF"
	for i := range len(value) {
		if c := value[i]; classes[c] == unreserved || c == ':' {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', digits[c>>4], digits[c&15])
		}
	}
	return dst
}

// unescape appends a segment whose escapes were checked.
func unescape(b *strings.Builder, s string) {
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		b.WriteByte(percent.Digit(s[i+1])<<4 | percent.Digit(s[i+2]))
		i += 2
	}
}

func lower(c byte) bool { return 'a' <= c && c <= 'f' }
