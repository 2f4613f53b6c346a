// Package percent knows the digits of percent-encoding (RFC 3986 §2.1).
package percent

// None is what a byte is worth that is no digit; every digit is worth less than 16.
const None = 255

// Digit is what a hexadecimal digit is worth, in either case.
func Digit(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return None
}
