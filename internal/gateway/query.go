package gateway

import (
	"strconv"
	"strings"

	"prokura/internal/percent"
	"prokura/internal/refusal"
)

const (
	// maxParameters bounds a query, so that nothing hides behind what the upstream does not read any more (A143).
	maxParameters = 1000
	// maxQuery bounds its length in bytes.
	maxQuery = 16 << 10
)

// plain says which bytes stand for themselves in every reading of a query: unreserved ones (RFC 3986 §2.3), and of the
// others those that filters are full of and that separate nothing.
var plain = func() (t [256]bool) {
	for c := range 128 {
		t[c] = 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
			strings.IndexByte("-._~:,@/", byte(c)) >= 0
	}
	return t
}()

// requery parses a query once, or refuses it, and writes what was understood in the one form that can be read in only
// one way. Parameters keep their order and their duplicates. A query that has that form already is answered as it is.
func requery(raw string) (string, error) {
	if raw == "" {
		return "", nil
	}
	if len(raw) > maxQuery {
		return "", unreadable(refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(raw)), Want: strconv.Itoa(maxQuery)})
	}
	if n := strings.Count(raw, "&") + 1; n > maxParameters {
		return "", unreadable(refusal.Why{Flaw: refusal.TooManyParams, Got: strconv.Itoa(n), Want: strconv.Itoa(maxParameters)})
	}
	if settled(raw) {
		return raw, verbKept(raw)
	}
	out := make([]byte, 0, len(raw)+32)
	at := 0
	for part := range strings.SplitSeq(raw, "&") {
		if part != "" {
			if len(out) > 0 {
				out = append(out, '&')
			}
			name, value, _ := strings.Cut(part, "=")
			var err error
			if out, err = recode(out, name, at); err != nil {
				return "", err
			}
			out = append(out, '=')
			if out, err = recode(out, value, at+len(name)+1); err != nil {
				return "", err
			}
		}
		at += len(part) + 1
	}
	query := string(out)
	return query, verbKept(query)
}

// verbKept refuses parameters that would make an upstream that heeds them take another verb than the one that was
// decided about (A133).
func verbKept(query string) error {
	for query != "" {
		var part string
		part, query, _ = strings.Cut(query, "&")
		name, _, _ := strings.Cut(part, "=")
		switch {
		case strings.EqualFold(name, "_method"), strings.EqualFold(name, "X-HTTP-Method-Override"):
			return unreadable(refusal.Why{Flaw: refusal.ParamIsVerb, Got: name})
		}
	}
	return nil
}

// settled says whether requery would change nothing.
func settled(raw string) bool {
	equals := false
	for i := range len(raw) {
		switch c := raw[i]; {
		case plain[c]:
		case c == '=' && !equals:
			equals = true
		case c == '&' && equals:
			equals = false
		default:
			return false
		}
	}
	return equals
}

// recode appends a name or a value. A plus is a space, and a space is written so that nobody reads it as a plus.
func recode(out []byte, s string, at int) ([]byte, error) {
	const digits = "0123456789ABCDEF"
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case c == ';':
			// Some servers separate parameters there, others do not (CVE-2022-2880 was of this kind).
			return nil, unreadable(refusal.Why{Flaw: refusal.Semicolon, At: at + i + 1})
		case c == '+':
			c = ' '
		case c == '%':
			if i+2 >= len(s) || percent.Digit(s[i+1]) > 15 || percent.Digit(s[i+2]) > 15 {
				return nil, unreadable(refusal.Why{Flaw: refusal.EscapeBroken, At: at + i + 1})
			}
			c = percent.Digit(s[i+1])<<4 | percent.Digit(s[i+2])
			i += 2
		}
		if plain[c] {
			out = append(out, c)
		} else {
			out = append(out, '%', digits[c>>4], digits[c&15])
		}
	}
	return out, nil
}

func unreadable(why refusal.Why) error {
	return refusal.New(refusal.Finding{Code: refusal.QueryUnreadable, Why: why})
}
