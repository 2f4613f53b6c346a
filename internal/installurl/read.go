package installurl

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// parameter is one name=value of a query. Empty parts between & are none.
type parameter struct {
	name, value string
	raw         string // as it stood there
	start       int    // of its value, in the text that was parsed
}

// The parameters whose values are lists of scopes.
const (
	scopeName    = string(policy.InScope)
	optionalName = string(policy.InOptional)
)

// read takes a query apart, whose first byte stands at the place given. Parameters that mean nothing are read too, so that
// what cannot be read is refused wherever it stands, and then ignored.
func read(query string, at int) (Params, []Item, []Flaw) {
	var p Params
	if n := strings.Count(query, "&") + 1; n > MaxParameters {
		return p, nil, fatal(0, 0, "", refusal.Why{Flaw: refusal.TooManyParams, Got: strconv.Itoa(n), Want: strconv.Itoa(MaxParameters)})
	}
	for part := range strings.SplitSeq(query, "&") {
		if part != "" {
			rawName, rawValue, _ := strings.Cut(part, "=")
			name, why, bad := decode(rawName, at)
			if bad {
				return Params{}, nil, fatal(why.At-1, why.At, "", why)
			}
			start := at + min(len(rawName)+1, len(part))
			value, why, bad := decode(rawValue, start)
			if bad {
				if why.Flaw == refusal.NotUTF8 {
					why.In = name
				}
				return Params{}, nil, fatal(why.At-1, why.At, name, why)
			}
			p.sent = append(p.sent, parameter{name, value, part, start})
		}
		at += len(part) + 1
	}
	flaws := p.fill()
	items, tooMuch := p.scopes()
	if tooMuch != nil {
		return Params{}, nil, tooMuch
	}
	return p, items, flaws
}

// meaningful are the parameters that mean something, none of which may stand twice, and where their values go.
var meaningful = []struct {
	name string
	in   func(*Params) *string
}{
	{"client_id", func(p *Params) *string { return &p.ClientID }},
	{"redirect_uri", func(p *Params) *string { return &p.RedirectURI }},
	{scopeName, func(p *Params) *string { return &p.ScopeSent }},
	{optionalName, func(p *Params) *string { return &p.OptionalSent }},
	{"response_type", func(p *Params) *string { return &p.ResponseType }},
	{"response_mode", func(p *Params) *string { return &p.ResponseMode }},
	{"state", func(p *Params) *string { return &p.State }},
	{"code_challenge", func(p *Params) *string { return &p.CodeChallenge }},
	{"code_challenge_method", func(p *Params) *string { return &p.CodeChallengeMethod }},
	{"prompt", func(p *Params) *string { return &p.Prompt }},
	{"nonce", func(p *Params) *string { return &p.Nonce }},
}

// means says whether a parameter means something.
func means(name string) bool {
	for i := range meaningful {
		if meaningful[i].name == name {
			return true
		}
	}
	return false
}

// fill gives each parameter that means something its value, unless it was sent twice.
func (p *Params) fill() []Flaw {
	var flaws []Flaw
	for _, f := range meaningful {
		to := f.in(p)
		n := 0
		for _, s := range p.sent {
			if s.name != f.name {
				continue
			}
			if n++; n == 1 {
				*to = s.value
				continue
			}
			*to = ""
			if n == 2 {
				flaws = append(flaws, Flaw{Finding: refusal.Finding{Code: refusal.ParameterTwice, Got: f.name}, Parameter: f.name,
					Start: s.start, End: s.start + valueLength(s)})
			}
		}
	}
	return flaws
}

// valueLength is how many bytes the value has as it stood there.
func valueLength(s parameter) int {
	_, value, _ := strings.Cut(s.raw, "=")
	return len(value)
}

// scopes reads the two lists. What was sent is bounded before it is taken apart (A039). Of a parameter that was sent twice
// every value is read: the sets are for a diagnosis then, since the flaw refuses.
func (p *Params) scopes() ([]Item, []Flaw) {
	var items []Item
	for _, place := range []policy.Place{policy.InScope, policy.InOptional} {
		var names []scope.Scope
		seen := map[string]bool{}
		for _, s := range p.sent {
			if s.name != string(place) {
				continue
			}
			if len(s.value) > scope.MaxListLength {
				return nil, fatal(s.start, s.start+valueLength(s), s.name,
					refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(s.value)), Want: strconv.Itoa(scope.MaxListLength)})
			}
			for _, item := range split(s, place) {
				if seen[item.Text] {
					continue
				}
				if len(seen) == scope.MaxCount {
					return nil, fatal(s.start, s.start+valueLength(s), s.name,
						refusal.Why{Flaw: refusal.TooManyScopes, In: s.name, Want: strconv.Itoa(scope.MaxCount)})
				}
				seen[item.Text] = true
				if item.Scope.IsZero() {
					p.Malformed = append(p.Malformed, policy.Misnamed{Text: item.Text, Place: place})
				} else {
					names = append(names, item.Scope)
				}
				items = append(items, item)
			}
		}
		if place == policy.InScope {
			p.Scope = scope.NewSet(names...)
		} else {
			p.Optional = scope.NewSet(names...)
		}
	}
	return items, nil
}

// split finds the names in a value: only U+0020 separates them (A033).
func split(s parameter, place policy.Place) []Item {
	_, raw, _ := strings.Cut(s.raw, "=")
	var out []Item
	at := s.start
	begin, end := 0, 0
	var text []byte
	flush := func() {
		if len(text) > 0 {
			sc, _ := scope.Parse(string(text)) // what is none stays zero
			out = append(out, Item{Text: string(text), Scope: sc, Place: place, Start: begin, End: end})
			text = text[:0]
		}
	}
	for i := 0; i < len(raw); {
		c, n := raw[i], 1
		switch c {
		case '+':
			c = ' '
		case '%':
			c, n = hex(raw[i+1])<<4|hex(raw[i+2]), 3
		}
		if c == ' ' {
			flush()
		} else {
			if len(text) == 0 {
				begin = at + i
			}
			text = append(text, c)
			end = at + i + n
		}
		i += n
	}
	flush()
	return out
}

// decode undoes the encoding of a name or value, or says what is wrong and where. Spaces and characters beyond ASCII that
// were not escaped are read as browsers send them.
func decode(s string, at int) (string, refusal.Why, bool) {
	for i := range len(s) {
		switch c := s[i]; {
		case c == ';': // separates parameters for some readers
			return "", refusal.Why{Flaw: refusal.Semicolon, At: at + i + 1}, true
		case c < 0x20 || c == 0x7f:
			return "", refusal.Why{Flaw: refusal.ControlChar, At: at + i + 1}, true
		case c == '%' && (i+2 >= len(s) || hex(s[i+1]) > 15 || hex(s[i+2]) > 15):
			return "", refusal.Why{Flaw: refusal.EscapeBroken, At: at + i + 1}, true
		}
	}
	notText := refusal.Why{Flaw: refusal.NotUTF8, At: at + 1}
	if !strings.ContainsAny(s, "%+") {
		return s, notText, !utf8.ValidString(s)
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '+':
			b = append(b, ' ')
		case '%':
			b = append(b, hex(s[i+1])<<4|hex(s[i+2]))
			i += 2
		default:
			b = append(b, c)
		}
	}
	return string(b), notText, !utf8.Valid(b)
}

func hex(c byte) byte {
	switch {
	case '0' <= c && c <= '9':
		return c - '0'
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10
	}
	return 255
}
