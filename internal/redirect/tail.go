package redirect

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"prokura/internal/refusal"
)

// ours are the parameters of an answer to an authorization request. In a registered query they would stand twice in the
// answer, and the app could read the one that was not sent (A009).
var ours = []string{"code", "state", "iss", "error", "error_description", "error_uri", "response", "id_token", "access_token"}

// tail judges path, query and fragment, which begin at a byte of the whole.
func (p *parser) tail(at int, tail string) {
	tail, fragment, found := strings.Cut(tail, "#")
	if found {
		p.blame(refusal.Why{Flaw: refusal.URIFragment, Got: "#" + fragment})
	}
	path, query, asked := strings.Cut(tail, "?")
	wildcard := false
	for i := 0; i < len(tail); i++ {
		c := tail[i]
		place := at + i + 1
		switch {
		case c == '%':
			if w, bad := escape(tail[i:], i < len(path), place); bad {
				p.blame(w)
				return
			}
		case c == '*':
			wildcard = true
		case c == '\\':
			p.blame(refusal.Why{Flaw: refusal.Backslash, At: place})
			return
		case c < 0x20 || c == 0x7f:
			p.blame(refusal.Why{Flaw: refusal.ControlChar, At: place})
			return
		case c >= 0x80:
			p.blame(refusal.Why{Flaw: refusal.BeyondASCII, At: place})
			return
		case strings.IndexByte(" \"<>^`{|}[]", c) >= 0:
			p.blame(refusal.Why{Flaw: refusal.MustEscape, At: place, Got: string(c)})
			return
		}
	}
	if wildcard {
		p.blame(refusal.Why{Flaw: refusal.URIWildcard})
	}
	for segment := range strings.SplitSeq(path, "/") {
		// Browsers resolve these before they ask, so the app would be asked for something else (A002).
		if s := strings.ReplaceAll(strings.ToLower(segment), "%2e", "."); s == "." || s == ".." {
			p.blame(refusal.Why{Flaw: refusal.DotSegment, At: at + 1 + strings.Index(path, segment)})
			break
		}
	}
	if asked {
		p.query(query)
	}
}

func (p *parser) query(query string) {
	for pair := range strings.SplitSeq(query, "&") {
		name, _, _ := strings.Cut(pair, "=")
		if plain, err := url.QueryUnescape(name); err == nil && slices.Contains(ours, plain) {
			p.blame(refusal.Why{Flaw: refusal.URIParameter, Got: plain})
		}
	}
}

// escape judges the escape that a text begins with: one that is broken, or hides what would not be let through in the
// open (A005).
func escape(s string, inPath bool, at int) (refusal.Why, bool) {
	if len(s) < 3 {
		return refusal.Why{Flaw: refusal.EscapeBroken, At: at}, true
	}
	n, err := strconv.ParseUint(s[1:3], 16, 8)
	switch {
	case err != nil:
		return refusal.Why{Flaw: refusal.EscapeBroken, At: at}, true
	case n < 0x20 || n == 0x7f:
		return refusal.Why{Flaw: refusal.EscapeControl, At: at, Got: s[:3]}, true
	case inPath && (n == '/' || n == '\\'):
		return refusal.Why{Flaw: refusal.EscapeSeparator, At: at, Got: s[:3]}, true
	}
	return refusal.Why{}, false
}
