// Package form reads bodies of application/x-www-form-urlencoded, and only those that can be read in one way.
//
// net/http's own reader takes parameters from the URL as well, keeps the good half of a body that is broken, and lets the
// first of two values win (A066, A009). Here the body is the one place, every name stands in it once, and what cannot be
// read is refused as a whole, with the reason.
package form

import (
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"prokura/internal/body"
	"prokura/internal/percent"
	"prokura/internal/refusal"
)

const (
	// Media is the one type that is read.
	Media = "application/x-www-form-urlencoded"
	// MaxBody is the largest bound of a body that Read takes, in bytes.
	MaxBody = 64 << 10

	maxParameters = 64
)

// Values are the parameters of a form, each once.
type Values struct{ pairs []pair }

type pair struct{ name, value string }

// Get is the value of a parameter; empty where it is missing. A parameter without a value counts as omitted (RFC 6749
// §3.2).
func (v Values) Get(name string) string {
	for _, p := range v.pairs {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// Has says whether the parameter was sent, be it empty.
func (v Values) Has(name string) bool {
	for _, p := range v.pairs {
		if p.name == name {
			return true
		}
	}
	return false
}

// Read reads the form in the body of a request, within bounds of size and time. What it refuses is a *[refusal.Error].
func Read(w http.ResponseWriter, r *http.Request, limit int) (Values, error) {
	if r.Method != http.MethodPost {
		return Values{}, refusal.New(refusal.Finding{Code: refusal.VerbNotAllowed, Got: r.Method, Want: http.MethodPost})
	}
	if limit <= 0 || limit > MaxBody {
		limit = MaxBody
	}
	if err := mediaType(r.Header); err != nil {
		return Values{}, err
	}
	// What stands in a URL stands in logs, too; a parameter there is refused, not ignored, so that nobody goes on sending
	// secrets that way (A061, A199).
	if r.URL.RawQuery != "" || r.URL.ForceQuery {
		return Values{}, unreadable(refusal.Why{Flaw: refusal.ParametersInURL})
	}
	sent, err := body.Read(w, r, limit, refusal.FormUnreadable)
	if err != nil {
		return Values{}, err
	}
	v, why := Parse(string(sent))
	if why != nil {
		return Values{}, unreadable(*why)
	}
	return v, nil
}

// mediaType takes the one type, in UTF-8.
func mediaType(h http.Header) error {
	sent := h.Values("Content-Type")
	refuse := func(got string) error {
		return refusal.New(refusal.Finding{Code: refusal.MediaTypeUnsupported, Got: got, Want: Media})
	}
	if e := h.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return refuse("Content-Encoding: " + e)
	}
	if len(sent) != 1 {
		return refuse(strings.Join(sent, ", "))
	}
	t, params, err := mime.ParseMediaType(sent[0])
	charset, named := params["charset"]
	if err != nil || t != Media || named && !strings.EqualFold(charset, "utf-8") {
		return refuse(sent[0])
	}
	return nil
}

func unreadable(why refusal.Why) *refusal.Error {
	return refusal.New(refusal.Finding{Code: refusal.FormUnreadable, Why: why})
}

// Names are the names of the parameters, in their order.
func (v Values) Names() []string {
	var out []string
	for _, p := range v.pairs {
		out = append(out, p.name)
	}
	return out
}

// Encode writes the parameters in their order, in the one form that can be read back.
func (v Values) Encode() string {
	var b strings.Builder
	for i, p := range v.pairs {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(url.QueryEscape(p.name) + "=" + url.QueryEscape(p.value))
	}
	return b.String()
}

// Parse reads an encoded form, or says why it cannot be read. No name stands in it twice, whatever its values are.
func Parse(sent string) (Values, *refusal.Why) {
	if n := strings.Count(sent, "&") + 1; n > maxParameters {
		return Values{}, &refusal.Why{Flaw: refusal.TooManyParams, Got: strconv.Itoa(n), Want: strconv.Itoa(maxParameters)}
	}
	var v Values
	if sent == "" {
		return v, nil
	}
	v.pairs = make([]pair, 0, strings.Count(sent, "&")+1)
	at := 1
	for part := range strings.SplitSeq(sent, "&") {
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, flaw := Decode(rawName)
		if flaw == "" && name == "" {
			flaw = refusal.IsEmpty
		}
		if flaw != "" {
			return Values{}, &refusal.Why{Flaw: flaw, In: refusal.Body, At: at}
		}
		if v.Has(name) {
			return Values{}, &refusal.Why{Flaw: refusal.HasTwice, In: refusal.Body, Got: name}
		}
		value, flaw := Decode(rawValue)
		if flaw != "" {
			return Values{}, &refusal.Why{Flaw: flaw, In: name, At: at}
		}
		v.pairs = append(v.pairs, pair{name, value})
		at += len(part) + 1
	}
	return v, nil
}

// Decode undoes the encoding of one name or value: + is a space, % and two digits a byte of UTF-8. What is no text, or holds
// a control character, is refused with its flaw.
func Decode(s string) (string, refusal.Flaw) {
	plain := true
	for i := range len(s) {
		switch c := s[i]; {
		case c == '%' || c == '+':
			plain = false
		case c < 0x20 || c == 0x7f:
			return "", refusal.ControlChar
		case c == ';': // some readers separate parameters with it
			return "", refusal.Semicolon
		}
	}
	if !plain {
		var b strings.Builder
		b.Grow(len(s))
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case '+':
				b.WriteByte(' ')
			case '%':
				if i+2 >= len(s) || percent.Digit(s[i+1]) > 15 || percent.Digit(s[i+2]) > 15 {
					return "", refusal.EscapeBroken
				}
				b.WriteByte(percent.Digit(s[i+1])<<4 | percent.Digit(s[i+2]))
				i += 2
			default:
				b.WriteByte(s[i])
			}
		}
		s = b.String()
	}
	if !utf8.ValidString(s) {
		return "", refusal.NotUTF8
	}
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == 0x7f {
			return "", refusal.ControlChar
		}
	}
	return s, ""
}
