// Package installurl reads install URLs and authorization requests: every parameter once, in one meaning, or not at all. It
// keeps where in the text each scope stands, so that it can be shown, and writes the corrected URL.
//
//	raw ── Parse ──► URL: Params, Items (each scope with its place and bytes), flaws ── With ──► the corrected URL
//
// It knows nothing of clients and decides nothing about scopes. It never guesses: a query with half an escape, a semicolon or
// a control character is refused as a whole (A022), and of a parameter sent twice no value counts (A009).
package installurl

import (
	"strconv"
	"strings"

	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

const (
	// MaxLength bounds an install URL, and the query or form of an authorization request, in bytes.
	MaxLength = 64 << 10
	// MaxParameters bounds how many parameters are read (A022).
	MaxParameters = 1000
)

// Params are the parameters of an authorization request that mean something. One that was sent twice counts as not sent.
type Params struct {
	ClientID            string
	RedirectURI         string
	ResponseType        string
	ResponseMode        string
	State               string
	CodeChallenge       string
	CodeChallengeMethod string
	Prompt              string
	Nonce               string

	Scope, Optional         scope.Set
	Malformed               []policy.Misnamed // what stands where a scope should and is no scope token
	ScopeSent, OptionalSent string            // the two as sent, decoded

	sent []parameter
}

// Has says whether a parameter was sent, be it empty or twice. Names are compared byte by byte.
func (p *Params) Has(name string) bool { return p.find(name) >= 0 }

// First is the first value of a parameter, for a diagnosis: of one that was sent twice no value counts.
func (p *Params) First(name string) string {
	if i := p.find(name); i >= 0 {
		return p.sent[i].value
	}
	return ""
}

// Span is where the first value of a parameter stands in the text that was parsed; empty: nowhere.
func (p *Params) Span(name string) (start, end int) {
	if i := p.find(name); i >= 0 {
		return p.sent[i].start, p.sent[i].start + valueLength(p.sent[i])
	}
	return 0, 0
}

func (p *Params) find(name string) int {
	for i := range p.sent {
		if p.sent[i].name == name {
			return i
		}
	}
	return -1
}

// Item is one name in scope or optional_scope. A name that stands several times in a parameter is one item, the first.
type Item struct {
	Text       string
	Scope      scope.Scope // zero: the text is no scope token
	Place      policy.Place
	Start, End int // its bytes in the text that was parsed
}

// Flaw is something wrong with the text, apart from its scopes.
type Flaw struct {
	refusal.Finding
	Parameter  string // the one that has it; empty: none in particular
	Start, End int    // its bytes; equal: none in particular
	// Fatal: the text cannot be read, so that nothing of it counts.
	Fatal bool
}

// URL is an install URL, absolute or relative.
type URL struct {
	Params
	Tenant string // that /oauth/{tenant}/authorize names; empty: none
	Items  []Item

	before, after string // the text up to the query, and from the fragment on
}

// Parse reads any install URL, absolute or relative, and says everything that is wrong with its form. With a fatal flaw the
// URL is empty. Only its path and query are looked at: whose host it names is not known here.
func Parse(raw string) (URL, []Flaw) {
	if len(raw) > MaxLength {
		return URL{}, fatal(0, 0, "", refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(raw)), Want: strconv.Itoa(MaxLength)})
	}
	u := URL{before: raw}
	u.before, u.after = cutAt(u.before, "#")
	var query string
	u.before, query = cutAt(u.before, "?")
	query = strings.TrimPrefix(query, "?")
	for i := range len(u.before) {
		if c := raw[i]; c <= 0x20 || c == 0x7f {
			return URL{}, fatal(i, i+1, "", refusal.Why{Flaw: refusal.ControlChar, At: i + 1})
		}
	}
	params, items, flaws := read(query, len(u.before)+1)
	for _, f := range flaws {
		if f.Fatal {
			return URL{}, flaws
		}
	}
	u.Params, u.Items, u.Tenant = params, items, pinned(u.before)
	return u, flaws
}

// ParseQuery reads the query or form body of an authorization request. With a fatal flaw the parameters are empty.
func ParseQuery(query string) (Params, []Flaw) {
	if len(query) > MaxLength {
		return Params{}, fatal(0, 0, "", refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(query)), Want: strconv.Itoa(MaxLength)})
	}
	p, _, flaws := read(query, 0)
	return p, flaws
}

// pinned is the tenant in a path that ends with /oauth/{tenant}/authorize.
func pinned(before string) string {
	parts := strings.Split(before, "/")
	if n := len(parts); n >= 3 && parts[n-1] == "authorize" && parts[n-3] == "oauth" {
		return parts[n-2]
	}
	return ""
}

// cutAt cuts before the separator, which the second part keeps.
func cutAt(s, sep string) (string, string) {
	if i := strings.Index(s, sep); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

func fatal(start, end int, parameter string, why refusal.Why) []Flaw {
	return []Flaw{{Finding: refusal.Finding{Code: refusal.RequestMalformed, Why: why}, Parameter: parameter, Start: start, End: end, Fatal: true}}
}
