package redirect

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// toASCII judges one label of a host name and answers it as it travels: a label beyond ASCII in punycode, behind "xn--"
// (RFC 5891). Of such labels only letters, digits, marks and hyphens are taken, in lower case and normal form, so that what
// a browser makes of them is what stands here.
func toASCII(label string) (string, bool) {
	ascii := label
	if !isASCII(label) {
		lower := norm.NFC.String(strings.ToLower(label))
		for _, r := range lower {
			if r >= 0x80 && (!unicode.In(r, unicode.L, unicode.M, unicode.N) || norm.NFKC.String(string(r)) != string(r)) {
				return "", false
			}
		}
		ascii = "xn--" + punycode(lower)
	}
	if ascii == "" || len(ascii) > 63 || ascii[0] == '-' || ascii[len(ascii)-1] == '-' {
		return "", false
	}
	for _, c := range []byte(ascii) {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '-':
		default:
			return "", false
		}
	}
	return ascii, true
}

func isASCII(s string) bool {
	for _, c := range []byte(s) {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// The parameters of Bootstring for host names (RFC 3492 §5).
const (
	base, tMin, tMax      = 36, 1, 26
	skew, damp            = 38, 700
	initialBias           = 72
	initialCodePoint      = 0x80
	alphabet              = "abcdefghijklmnopqrstuvwxyz0123456789"
	delimiter        byte = '-'
)

// punycode encodes a label (RFC 3492 §6.3). Labels are short, so that nothing overflows.
func punycode(label string) string {
	input := []rune(label)
	var out []byte
	for _, r := range input {
		if r < initialCodePoint {
			out = append(out, byte(r))
		}
	}
	basic := len(out)
	if basic > 0 {
		out = append(out, delimiter)
	}
	n, delta, bias := rune(initialCodePoint), 0, initialBias
	for handled := basic; handled < len(input); {
		next := rune(unicode.MaxRune)
		for _, r := range input {
			if r >= n && r < next {
				next = r
			}
		}
		delta += int(next-n) * (handled + 1)
		n = next
		for _, r := range input {
			if r < n {
				delta++
			}
			if r != n {
				continue
			}
			q := delta
			for k := base; ; k += base {
				t := min(max(k-bias, tMin), tMax)
				if q < t {
					out = append(out, alphabet[q])
					break
				}
				out = append(out, alphabet[t+(q-t)%(base-t)])
				q = (q - t) / (base - t)
			}
			bias = adapt(delta, handled+1, handled == basic)
			delta = 0
			handled++
		}
		delta++
		n++
	}
	return string(out)
}

// adapt moves the bias (RFC 3492 §6.1).
func adapt(delta, points int, first bool) int {
	if first {
		delta /= damp
	} else {
		delta /= 2
	}
	delta += delta / points
	k := 0
	for ; delta > (base-tMin)*tMax/2; k += base {
		delta /= base - tMin
	}
	return k + (base-tMin+1)*delta/(delta+skew)
}
