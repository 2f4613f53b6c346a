// Package strictjson reads JSON that somebody else wrote.
//
// What two parsers could read differently is refused, never repaired: duplicate names, names in another case, bad
// UTF-8, lone surrogates, anything after the document (A095). Depth and size are bounded before anything is built.
//
// A null leaves the Go value as it was, as with encoding/json. Where a null has no meaning, the caller must say so:
// with a pointer or a [Value], whose kind it checks.
package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"prokura/internal/refusal"
)

// MaxDepth is how deep a document may nest.
const MaxDepth = 32

// Value is one JSON value as it was sent.
type Value = jsontext.Value

// Member is one member of an object.
type Member struct {
	Name  string
	Value Value // aliases the document
}

// Decode reads one document of at most limit bytes into v. Members that v does not name are refused, as a [*NameError].
func Decode(data []byte, limit int, v any) error {
	if err := bound(data, limit); err != nil {
		return err
	}
	return explain(json.Unmarshal(data, v, json.RejectUnknownMembers(true)))
}

// NameError says that an object has a member that is not known, or has one twice.
type NameError struct {
	Pointer string // RFC 6901
	Twice   bool
}

// Error names the member.
func (e *NameError) Error() string {
	if e.Twice {
		return fmt.Sprintf("member %q stands in it twice", e.Pointer)
	}
	return fmt.Sprintf("member %q is not known", e.Pointer)
}

// KindError says that a member holds a kind of value that does not fit there.
type KindError struct {
	Pointer string // RFC 6901; empty: the document itself
	Kind    string // null, boolean, string, number, object or array
}

// Error names the member and the kind.
func (e *KindError) Error() string {
	return fmt.Sprintf("member %q: a JSON %s does not fit there", e.Pointer, e.Kind)
}

// SyntaxError says where a document stops being JSON.
type SyntaxError struct {
	Offset int64 // bytes before the place
	Err    error
}

// Error names the place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("JSON is malformed at byte %d: %v", e.Offset, e.Err)
}

// Unwrap is the library's reason.
func (e *SyntaxError) Unwrap() error { return e.Err }

// explain turns the library's errors into ours. They keep no text of the document beyond the pointer.
func explain(err error) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		if errors.Is(e.Err, jsontext.ErrDuplicateName) {
			return &NameError{Pointer: string(e.JSONPointer), Twice: true}
		}
		return &SyntaxError{Offset: e.ByteOffset, Err: e.Err}
	}
	if e, ok := errors.AsType[*json.SemanticError](err); ok {
		if errors.Is(e.Err, json.ErrUnknownName) {
			return &NameError{Pointer: string(e.JSONPointer)}
		}
		return &KindError{Pointer: string(e.JSONPointer), Kind: KindName(e.JSONKind)}
	}
	return fmt.Errorf("JSON is malformed: %w", err)
}

// Reason says in both languages what [Object] found wrong. The part is the one that holds the document.
func Reason(err error, part string) refusal.Why {
	w := refusal.Why{Flaw: refusal.JSONMalformed, Got: err.Error()}
	if e, ok := errors.AsType[refusal.Why](err); ok {
		w = e
	} else if e, ok := errors.AsType[*NameError](err); ok { // Object knows no names, so that none is unknown
		w = refusal.Why{Flaw: refusal.HasTwice, Got: strings.TrimPrefix(e.Pointer, "/")}
	} else if e, ok := errors.AsType[*SyntaxError](err); ok {
		w = refusal.Why{Flaw: refusal.JSONMalformed, At: int(e.Offset) + 1, Got: e.Err.Error()}
	}
	w.In = part
	return w
}

// Object reads a document that must be one object, and hands its members out in order. Everything inside them is
// checked too.
func Object(data []byte, limit int) ([]Member, error) {
	if err := bound(data, limit); err != nil {
		return nil, err
	}
	// The decoder reads out of the buffer in place, so that offsets into it are offsets into data.
	d := jsontext.NewDecoder(bytes.NewBuffer(data))
	if d.PeekKind() != '{' {
		return nil, refusal.Why{Flaw: refusal.NotObject}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, explain(err)
	}
	members := make([]Member, 0, 8)
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return nil, explain(err)
		}
		m := Member{Name: name.String()}
		value, err := d.ReadValue()
		if err != nil {
			return nil, explain(err)
		}
		end := d.InputOffset()
		m.Value = data[end-int64(len(value)) : end : end]
		members = append(members, m)
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, explain(err)
	}
	if len(bytes.Trim(data[d.InputOffset():], " \t\r\n")) > 0 {
		return nil, refusal.Why{Flaw: refusal.GoesOn, At: int(d.InputOffset()) + 1}
	}
	return members, nil
}

// String is the value of a JSON string; anything else, null too, is none. The value was handed out by [Object], so that
// its form is known to be good.
func String(v Value) (string, bool) {
	if v.Kind() != '"' {
		return "", false
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return string(v[1 : len(v)-1]), true
	}
	s, err := jsontext.AppendUnquote(nil, v)
	if err != nil {
		return "", false
	}
	return string(s), true
}

// Strings are the members of an array in which every member is a string; at most limit of them.
func Strings(v Value, limit int) ([]string, bool) {
	if v.Kind() != '[' {
		return nil, false
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(v))
	if _, err := d.ReadToken(); err != nil {
		return nil, false
	}
	list := []string{}
	for d.PeekKind() == '"' {
		if len(list) == limit {
			return nil, false
		}
		t, err := d.ReadToken()
		if err != nil {
			return nil, false
		}
		list = append(list, t.String())
	}
	return list, d.PeekKind() == ']'
}

// KindName is what people call a kind of JSON value.
func KindName(k jsontext.Kind) string {
	switch k {
	case 'n':
		return "null"
	case 't', 'f':
		return "boolean"
	case '"':
		return "string"
	case '0':
		return "number"
	case '{':
		return "object"
	case '[':
		return "array"
	}
	return "value"
}

// bound looks at size and depth alone, in one pass without allocation (A096). What it counts may be no JSON; the
// decoder finds that out.
func bound(data []byte, limit int) error {
	if len(data) > limit {
		return refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(data)), Want: strconv.Itoa(limit)}
	}
	depth, quoted := 0, false
	for i := 0; i < len(data); i++ {
		switch c := data[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			if depth++; depth > MaxDepth {
				return refusal.Why{Flaw: refusal.TooDeep, Want: strconv.Itoa(MaxDepth)}
			}
		case c == '}' || c == ']':
			depth--
		}
	}
	return nil
}
