// Package refusal is the one catalog of everything Prokura says no to.
//
// A [Code] is a stable name and part of our API. Its [Definition] knows what kind of failure it is, who can fix it,
// and what to tell that party, in English and German. A [Finding] is a code with what it is about; a decision answers
// all of its findings, never only the first. How a finding looks on one wire or page is the business of that surface.
//
// The package never carries secrets: what stands in a finding is shown to people and kept in the refusal book.
package refusal

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"prokura/internal/text"
)

// Kind classes what went wrong, for code that must act on it.
type Kind uint8

// The kinds. The zero Kind is what nobody classified: it is logged and never shown.
const (
	Internal        Kind = iota
	Invalid              // the request is malformed
	Unauthenticated      // who asks is not proven
	Denied               // understood and refused
	NotFound             // also "not yours"
	Conflict             // it contradicts what is there
	Stale                // revocation data is older than the promised bound
	Exhausted            // a limit
	Unavailable          // something we need does not answer
)

// Ours says whether it went wrong with us or with what we need, so that it belongs into the log as well.
func (k Kind) Ours() bool { return k == Internal || k == Stale || k == Unavailable }

// Fixer is who can make the refusal go away.
type Fixer string

// The fixers.
const (
	Developer     Fixer = "developer"     // whoever wrote the program that asks
	Administrator Fixer = "administrator" // of the tenant
	User          Fixer = "user"
	Operator      Fixer = "operator" // who runs Prokura and the API behind it
)

// Text is a message or a remedy. {scope}, {want} and {got} stand for what the finding is about, {kind} for the word for
// the kind of object or value that Want names, {why} for the flaw. What stands in scope, want and got is shown in both languages
// as it is, so it is never a word of ours.
type Text = text.Text

// Code names a reason for a refusal. Codes are never renamed and never reused.
type Code string

// Definition is what is known of a code.
type Definition struct {
	Code    Code
	Kind    Kind
	Fixer   Fixer
	Message Text // what happened
	Remedy  Text // what to do about it
}

// Finding is one reason, and what it is about. Only the Code is always set.
type Finding struct {
	Code  Code
	Scope string // the scope in question
	Want  string // what would have been right
	Got   string // what came instead, shown cut and with control characters escaped
	Why   Why    // what exactly is wrong, of a code whose message says {why}
	Case  Case   // where one sentence would not be true of all that the code can be about
	Field string // the member of a request or a form that it stands at, such as redirect_uris[1]
}

// Definition looks the finding's code up. A code that the catalog lacks is an internal failure.
func (f Finding) Definition() Definition { return Define(f.Code).inCase(f.Case) }

// Message is what happened, about this finding.
func (f Finding) Message() Text { return f.fill(f.Definition().Message) }

// Remedy is what to do about it.
func (f Finding) Remedy() Text { return f.fill(f.Definition().Remedy) }

// String is the code and the English message, for logs and tests.
func (f Finding) String() string { return string(f.Code) + ": " + f.Message().EN }

func (f Finding) fill(t Text) Text {
	kind, ok := kinds[f.Want]
	if !ok {
		kind = Text{EN: Safe(f.Want), DE: Safe(f.Want)}
	}
	why := f.Why.Text()
	in := func(sentence, kind, why string) string {
		return strings.NewReplacer("{scope}", Safe(f.Scope), "{want}", Safe(f.Want), "{got}", Safe(f.Got), "{kind}", kind, "{why}", why).Replace(sentence)
	}
	return Text{EN: in(t.EN, kind.EN, why.EN), DE: in(t.DE, kind.DE, why.DE)}
}

// Define looks a code up. A code without definition is answered as an internal failure.
func Define(c Code) Definition {
	if d, ok := byCode[c]; ok {
		return d
	}
	return byCode[InternalFailure]
}

// All are the definitions in the order of docs/errors.md.
func All() []Definition { return definitions }

// maxShown bounds, in bytes, what a finding repeats of somebody else's input.
const maxShown = 200

// Safe makes foreign text fit to be shown: cut, and with everything that is not printable escaped (A256).
func Safe(s string) string {
	end := len(s)
	if end > maxShown {
		// Back to where a character begins; what is no UTF-8 is cut anywhere.
		for end = maxShown; end > maxShown-utf8.UTFMax && !utf8.RuneStart(s[end]); end-- {
		}
	}
	cut := end < len(s)
	s = Escape(s[:end])
	if cut {
		s += "…"
	}
	return s
}

// Escape writes everything that is not printable as an escape, however long the text is. It is for terminals (A256).
func Escape(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD"):
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// Error carries findings across package borders to a caller that must act on them. The first finding is the one that
// a wire with room for one answers.
type Error struct {
	Findings []Finding
	Err      error // cause: logged, never shown
}

// CheckName refuses a name that people could not tell apart or a page could not show (A103). The field is the one that
// holds it.
func CheckName(field, name string) error {
	flaw, r := text.CheckName(name)
	switch flaw {
	case text.Sound:
		return nil
	case text.Empty:
		return New(Finding{Code: FieldMissing, Got: field})
	case text.TooLong:
		return New(Finding{Code: FieldTooLong, Got: field, Want: strconv.Itoa(text.MaxName)})
	}
	return New(Finding{Code: FieldCharacter, Got: field, Want: fmt.Sprintf("U+%04X", r)})
}

// New makes an error of one finding.
func New(f Finding) *Error { return &Error{Findings: []Finding{f}} }

// Because makes an error of one code and the cause behind it.
func Because(c Code, err error) *Error { return &Error{Findings: []Finding{{Code: c}}, Err: err} }

// First is the finding to answer where there is room for one.
func (e *Error) First() Finding {
	if len(e.Findings) == 0 {
		return Finding{Code: InternalFailure}
	}
	return e.Findings[0]
}

// Error is the first finding and the cause.
func (e *Error) Error() string {
	s := e.First().String()
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Of finds the refusal in an error; what carries none is an internal failure with that cause.
func Of(err error) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	return Because(InternalFailure, err)
}
