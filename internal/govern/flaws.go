package govern

import (
	"errors"
	"strings"

	"prokura/internal/refusal"
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
