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
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"prokura/internal/percent"
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
		return Path{}, refuse(refusal.Why{Flaw: refusal.IsEmpty, In: refusal.Path})
	case len(escaped) > MaxLength:
		return Path{}, refuse(refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(escaped)), Want: strconv.Itoa(MaxLength)})
	case escaped[0] != '/':
		return Path{}, refuse(refusal.Why{Flaw: refusal.NoSlash, In: refusal.Path})
	}
	escapes := false
	from := 1 // where the segment begins
	for i := 1; i < len(escaped); i++ {
		c := escaped[i]
		if classes[c] == unreserved {
			continue
		}
		switch {
		case c == '/':
			if err := p.cut(from, i); err != nil {
				return Path{}, err
			}
			from = i + 1
		case c == '%':
			if err := checkEscape(escaped[i:], i+1); err != nil {
				return Path{}, err
			}
			escapes = true
			i += 2
		case classes[c] == 0:
			return Path{}, refuseByte(c, i+1)
		}
	}
	if from < len(escaped) {
		if err := p.cut(from, len(escaped)); err != nil {
			return Path{}, err
		}
	} else {
		p.trailing = p.count > 0
	}
	if escapes {
		// Decoding comes after cutting: whatever an escape stands for, it does not become a separator.
		if err := p.decode(); err != nil {
			return Path{}, err
		}
	}
	return p, nil
}

// cut adds a segment.
func (p *Path) cut(from, to int) error {
	segment := p.raw[from:to]
	switch {
	case segment == "":
		return refuse(refusal.Why{Flaw: refusal.SlashTwice, At: from})
	case segment == "." || segment == "..":
		return refuse(refusal.Why{Flaw: refusal.DotSegment, At: from + 1})
	case p.count == MaxSegments:
		return refuse(refusal.Why{Flaw: refusal.TooManySegments, At: from + 1, Want: strconv.Itoa(MaxSegments)})
	}
	p.spans[p.count] = span{uint16(from), uint16(to)}
	p.count++
	return nil
}

// decode replaces the segments by what they stand for.
func (p *Path) decode() error {
	var b strings.Builder
	b.Grow(len(p.raw))
	for i := range p.count {
		was, from := p.spans[i], b.Len()
		unescape(&b, p.raw[was.from:was.to])
		if err := checkText(b.String()[from:], int(was.from)+1); err != nil {
			return err
		}
		p.spans[i] = span{uint16(from), uint16(b.Len())}
	}
	p.text = b.String()
	return nil
}

// checkEscape refuses escapes that another program could read as something else, or that have a shorter form.
func checkEscape(rest string, position int) error {
	if len(rest) < 3 || percent.Digit(rest[1]) > 15 || percent.Digit(rest[2]) > 15 {
		return refuse(refusal.Why{Flaw: refusal.EscapeBroken, At: position})
	}
	esc := rest[:3]
	c := percent.Digit(esc[1])<<4 | percent.Digit(esc[2])
	switch {
	case c == '/' || c == '\\':
		return refuse(refusal.Why{Flaw: refusal.EscapeSeparator, At: position, Got: esc})
	case c == '%':
		return refuse(refusal.Why{Flaw: refusal.EscapePercent, At: position, Got: esc})
	case c == ';':
		return refuse(refusal.Why{Flaw: refusal.EscapeSemicolon, At: position, Got: esc})
	case c < 0x20 || c == 0x7f:
		return refuse(refusal.Why{Flaw: refusal.EscapeControl, At: position, Got: esc})
	case classes[c] == unreserved:
		return refuse(refusal.Why{Flaw: refusal.EscapeNeedless, At: position, Got: esc, Want: string(rune(c))})
	case lower(esc[1]) || lower(esc[2]):
		return refuse(refusal.Why{Flaw: refusal.EscapeLowerCase, At: position, Got: esc, Want: strings.ToUpper(esc)})
	}
	return nil
}

// checkText refuses a decoded segment that is not readable text.
func checkText(s string, position int) error {
	if !utf8.ValidString(s) {
		return refuse(refusal.Why{Flaw: refusal.EscapesNotUTF8, At: position})
	}
	if strings.ContainsFunc(s, unicode.IsControl) {
		return refuse(refusal.Why{Flaw: refusal.SegmentControl, At: position})
	}
	return nil
}

func refuseByte(c byte, position int) error {
	switch {
	case c == '\\':
		return refuse(refusal.Why{Flaw: refusal.Backslash, At: position})
	case c == ';':
		return refuse(refusal.Why{Flaw: refusal.Semicolon, At: position})
	case c < 0x20 || c == 0x7f:
		return refuse(refusal.Why{Flaw: refusal.ControlChar, At: position})
	case c == '?' || c == '#':
		return refuse(refusal.Why{Flaw: refusal.PathEnd, At: position, Got: string(rune(c))})
	case c >= 0x80:
		return refuse(refusal.Why{Flaw: refusal.BeyondASCII, At: position})
	}
	return refuse(refusal.Why{Flaw: refusal.MustEscape, At: position, Got: string(rune(c))})
}

func refuse(why refusal.Why) error {
	return refusal.New(refusal.Finding{Code: refusal.PathNotCanonical, Why: why})
}
