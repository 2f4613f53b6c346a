package assertion

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json/jsontext"

	"prokura/internal/jws"
	"prokura/internal/strictjson"
)

// Description is what people are shown of a token. The signature is no part of it, so that a description cannot be made
// into a token again.
type Description struct {
	Header string // indented JSON, or what could be decoded; empty: nothing
	Claims string
}

// Describe writes header and claims so that they are safe on a terminal and a page: everything that is not printable is
// escaped as JSON escapes it (A103, A256).
func (a *Assertion) Describe() Description {
	return Description{Header: show(a.parts.Header), Claims: show(a.parts.Payload)}
}

func show(part []byte) string {
	text := strings.ToValidUTF8(string(part), "\uFFFD")
	// Only what is read is indented: deep nesting would grow with the square of its length.
	if _, err := strictjson.Object(part, jws.MaxSize); err == nil {
		v := jsontext.Value(part).Clone()
		if err := v.Indent(jsontext.WithIndent("  ")); err == nil {
			text = string(v)
		}
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\n' || unicode.IsPrint(r):
			b.WriteRune(r)
		case r > 0xffff:
			high, low := (r-0x10000)>>10+0xd800, (r-0x10000)&0x3ff+0xdc00
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
