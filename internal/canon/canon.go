// Package canon reads request paths, and only those that have one meaning.
//
// The path decides which method is called and whose data it touches. A path that two programs can read in two ways is
// therefore refused, never repaired: redirecting to the clean form would make clients send their credential again, and
// forwarding the doubtful form would let the upstream see another path than the one that was checked (A129, A130).
//
// What passes is a slash, then segments separated by single slashes, each of them a decoded value that holds no slash.
// One trailing slash is recorded; whether it is allowed is for the catalog to say. The package does no I/O and
// allocates nothing for a path without escapes.
package canon

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"prokura/internal/refusal"
)

const (
	// MaxLength bounds a path, in bytes as sent.
	MaxLength = 8 << 10
	// MaxSegments bounds how many segments a path may have.
	MaxSegments = 32
)

// Path is a canonical request path. The zero Path has no segments.
type Path struct {
	raw      string
	text     string // what the spans cut: raw, or raw decoded if there are escapes
	spans    [MaxSegments]span
	count    int
	trailing bool
}

// span is a segment's place in text. MaxLength fits into 16 bits.
type span struct{ from, to uint16 }

// Len is the number of segments. The path "/" has none.
func (p *Path) Len() int { return p.count }

// Segment is the decoded value of segment i. It is never empty and never holds a slash.
func (p *Path) Segment(i int) string {
	s := p.spans[:p.count][i]
	return p.text[s.from:s.to]
}

// TrailingSlash says whether the path ended in a slash after its last segment.
func (p *Path) TrailingSlash() bool { return p.trailing }

// String is the path as it was sent.
func (p *Path) String() string { return p.raw }

// Parse reads the escaped path of a request, without query. What it refuses is a *[refusal.Error] of the code
// path_not_canonical that names the position and the reason.
func Parse(escaped string) (Path, error) {
	p := Path{raw: escaped, text: escaped}
	switch {
	case escaped == "":
		return Path{}, refuse("it is empty")
	case len(escaped) > MaxLength:
		return Path{}, refuse("it has %d bytes, at most %d are read", len(escaped), MaxLength)
	case escaped[0] != '/':
		return Path{}, refuse("it does not begin with a slash")
	}
	escapes, err := scan(escaped)
	if err != nil {
		return Path{}, err
	}
	// Cutting comes before decoding: a decoded value may not become a separator, whatever scan lets through.
	var decoded strings.Builder
	if escapes {
		decoded.Grow(len(escaped))
	}
	for at := 1; at < len(escaped); {
		end := at + strings.IndexByte(escaped[at:], '/')
		if end < at {
			end = len(escaped)
		}
		segment := escaped[at:end]
		switch {
		case segment == "":
			return Path{}, refuse("position %d: two slashes in a row", at)
		case segment == "." || segment == "..":
			return Path{}, refuse("position %d: a dot segment", at+1)
		case p.count == MaxSegments:
			return Path{}, refuse("position %d: more than %d segments", at+1, MaxSegments)
		}
		s := span{uint16(at), uint16(end)}
		if escapes {
			s.from = uint16(decoded.Len())
			unescape(&decoded, segment)
			s.to = uint16(decoded.Len())
			if err := checkText(decoded.String()[s.from:], at+1); err != nil {
				return Path{}, err
			}
		}
		p.spans[p.count] = s
		p.count++
		p.trailing = end == len(escaped)-1
		at = end + 1
	}
	if escapes {
		p.text = decoded.String()
	}
	return p, nil
}

// scan checks every byte and every escape, and says whether there are escapes.
func scan(s string) (escapes bool, err error) {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '%' {
			if classes[c] == 0 {
				return false, refuseByte(c, i+1)
			}
			continue
		}
		escapes = true
		if i+2 >= len(s) || hexValue(s[i+1]) > 15 || hexValue(s[i+2]) > 15 {
			return false, refuse("position %d: %% is not followed by two hexadecimal digits", i+1)
		}
		if err := checkEscape(s[i:i+3], i+1); err != nil {
			return false, err
		}
		i += 2
	}
	return escapes, nil
}

// checkEscape refuses escapes that another program could read as something else, or that have a shorter form.
func checkEscape(esc string, position int) error {
	c := hexValue(esc[1])<<4 | hexValue(esc[2])
	switch {
	case c == '/' || c == '\\':
		return refuse("position %d: %s hides a separator", position, esc)
	case c == '%':
		return refuse("position %d: %s is a percent sign, which means an escape to whoever decodes twice", position, esc)
	case c == ';':
		return refuse("position %d: %s is a semicolon, which begins a parameter for some servers", position, esc)
	case c < 0x20 || c == 0x7f:
		return refuse("position %d: %s is a control character", position, esc)
	case classes[c] == unreserved:
		return refuse("position %d: %s stands for %q, which is written without an escape", position, esc, c)
	case lower(esc[1]) || lower(esc[2]):
		return refuse("position %d: %s is written with capital letters: %s", position, esc, strings.ToUpper(esc))
	}
	return nil
}

// checkText refuses a decoded segment that is not readable text.
func checkText(s string, position int) error {
	if !utf8.ValidString(s) {
		return refuse("position %d: the escapes of this segment are not UTF-8", position)
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return refuse("position %d: the segment holds a control character", position)
	}
	return nil
}

func refuseByte(c byte, position int) error {
	switch {
	case c == '\\':
		return refuse("position %d: a backslash", position)
	case c == ';':
		return refuse("position %d: a semicolon", position)
	case c < 0x20 || c == 0x7f:
		return refuse("position %d: a control character", position)
	case c == '?' || c == '#':
		return refuse("position %d: %q ends a path", position, c)
	case c >= 0x80:
		return refuse("position %d: a character beyond ASCII that is not escaped", position)
	}
	return refuse("position %d: %q must be escaped", position, c)
}

func refuse(format string, args ...any) error {
	return refusal.New(refusal.Finding{Code: refusal.PathNotCanonical, Got: fmt.Sprintf(format, args...)})
}
