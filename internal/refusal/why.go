package refusal

import (
	"fmt"
	"strconv"
	"strings"
)

// Why says what exactly is wrong with something that cannot be read. It is an error too, for readers that do not know
// yet which code their refusal will have.
//
// What is said about the flaw stands in the catalog of flaws, so that the sentence is whole in both languages. Only
// names and values of others are carried along.
type Why struct {
	Flaw Flaw   `json:"is"`
	In   string `json:"in,omitempty"` // the part that has the flaw: one of Path, Body and so on, or a name that was sent
	At   int    `json:"at,omitempty"` // the byte, from 1; in XML the line
	Want string `json:"want,omitempty"`
	Got  string `json:"got,omitempty"`
}

// Flaw names one thing that can be wrong with something that was sent. Flaws are kept in the refusal book, so that they
// are never renamed.
type Flaw string

// FlawDefinition is what is said about a flaw: {in}, {at}, {want} and {got} stand for the members of [Why].
type FlawDefinition struct {
	Flaw Flaw
	Text Text
}

// Flaws are the definitions in the order of docs/errors.md.
func Flaws() []FlawDefinition { return flaws }

var byFlaw = func() map[Flaw]Text {
	m := make(map[Flaw]Text, len(flaws))
	for _, d := range flaws {
		m[d.Flaw] = d.Text
	}
	return m
}()

// Text is the reason without full stop, to stand behind a colon.
func (w Why) Text() Text {
	t, ok := byFlaw[w.Flaw]
	if !ok {
		return Text{EN: "—", DE: "—"}
	}
	part, ok := parts[w.In]
	if !ok {
		part = Text{EN: Safe(w.In), DE: Safe(w.In)}
	}
	in := func(sentence, part string) string {
		return strings.NewReplacer("{in}", part, "{at}", strconv.Itoa(w.At), "{want}", Safe(w.Want), "{got}", Safe(w.Got)).Replace(sentence)
	}
	return Text{EN: in(t.EN, part.EN), DE: in(t.DE, part.DE)}
}

// Error is the reason in English, for logs.
func (w Why) Error() string { return w.Text().EN }

// Safe is the finding fit to be kept: what stands in it of others is cut and escaped.
func (f Finding) Safe() Finding {
	f.Scope, f.Want, f.Got, f.Field = Safe(f.Scope), Safe(f.Want), Safe(f.Got), Safe(f.Field)
	f.Why.In, f.Why.Want, f.Why.Got = Safe(f.Why.In), Safe(f.Why.Want), Safe(f.Why.Got)
	return f
}

// Size writes a number of bytes with its unit, in a form that both languages share.
func Size(bytes int64) string {
	switch {
	case bytes >= 1<<20 && bytes%(1<<20) == 0:
		return fmt.Sprintf("%d MiB", bytes>>20)
	case bytes >= 1<<10 && bytes%(1<<10) == 0:
		return fmt.Sprintf("%d KiB", bytes>>10)
	}
	return fmt.Sprintf("%d B", bytes)
}
