package govern

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"prokura/internal/refusal"
	"prokura/internal/text"
)

// flaws gathers everything that is wrong with what somebody wrote, each at its field, so that one answer names all of it.
type flaws struct {
	findings []refusal.Finding
}

// maxFlaws is how many findings one answer names.
const maxFlaws = 100

func (f *flaws) blame(field string, one refusal.Finding) {
	one.Field = field
	f.note(one)
}

func (f *flaws) note(found ...refusal.Finding) {
	f.findings = append(f.findings, found[:min(len(found), maxFlaws-len(f.findings))]...)
}

// take notes what an error refuses. One that refuses nothing that was written, because something failed, is given back.
func (f *flaws) take(err error) error {
	e, ok := errors.AsType[*refusal.Error](err)
	if !ok || e.Err != nil {
		return err
	}
	f.note(e.Findings...)
	return nil
}

// in says whether something is wrong in a field, or in one below it.
func (f *flaws) in(field string) bool {
	for _, one := range f.findings {
		if one.Field == field || strings.HasPrefix(one.Field, field+".") {
			return true
		}
	}
	return false
}

// err refuses what was found; nil: nothing was.
func (f *flaws) err() error {
	if len(f.findings) == 0 {
		return nil
	}
	return &refusal.Error{Findings: f.findings}
}

// short blames a list of more than most entries.
func (f *flaws) short(field string, n, most int) {
	if n > most {
		f.blame(field, refusal.Finding{Code: refusal.ListTooLong, Got: field, Want: strconv.Itoa(most)})
	}
}

// checkText accepts what people write to each other, in several lines, and nothing at all. It ends the lines as we do: each must be
// one to everybody who quotes them.
func checkText(field string, words *string) error {
	wrong := &flaws{}
	wrong.text(field, words)
	return wrong.err()
}

// text is checkText for one field of several.
func (f *flaws) text(field string, words *string) {
	*words = text.Lines(*words)
	s := *words
	found := refusal.Finding{Code: refusal.FieldCharacter, Got: field}
	switch i := slices.IndexFunc([]rune(s), func(r rune) bool { return r != '\n' && unicode.Is(unicode.C, r) || r == utf8.RuneError }); {
	case len(s) > MaxReason:
		found.Code, found.Want = refusal.FieldTooLong, strconv.Itoa(MaxReason)
	case i >= 0:
		found.Want = "U+FFFD"
		if r := []rune(s)[i]; r != utf8.RuneError {
			found.Want = "U+" + hex4(r)
		}
	default:
		return
	}
	f.blame(field, found)
}

func hex4(r rune) string {
	s := strconv.FormatInt(int64(r), 16)
	for len(s) < 4 {
		s = "0" + s
	}
	return s
}
