package policy

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// urlFindings are the findings about the URL's scopes, by rank.
type urlFindings struct{ unknown, missing, mismatch []InstallFinding }

// url judges every scope that the URL names, and every one that it must name, by its class and its place. Each gets at most
// one finding.
//
//	              in scope   in optional_scope   in both    absent
//	required      ok         missing             missing    missing
//	conditional   ok         mismatch            mismatch   ok
//	optional      mismatch   ok                  mismatch   ok
//	unregistered  mismatch   mismatch            mismatch   ok
//	unknown name  unknown    unknown             unknown    ok
func (j *installing) url() {
	q := j.q
	var by urlFindings
	found := q.ClientFound == Passed
	by.malformed(q.Malformed)
	listed := q.listed()
	j.left = make([]candidate, 0, q.Scope.Len()+q.Optional.Len())
	for s, place := range j.named {
		if found && listed.implied.has(s) {
			continue
		}
		class := listed.of(s)
		facts, known := j.facts(s)
		f := InstallFinding{Finding: refusal.Finding{Scope: s.String()}, Class: class, FoundIn: place, BelongsIn: class.place()}
		if !known {
			f.BelongsIn = Absent
			by.unknown = append(by.unknown, j.unknown(s, f))
			continue
		}
		if !found {
			continue // whether it is registered is not known
		}
		switch {
		case place == f.BelongsIn:
			j.left = append(j.left, candidate{scope: s, class: class, optional: class == Optional, facts: facts})
		case class == Required:
			f.Code, f.Case = refusal.RequiredScopeMissing, missingCase(place)
			by.missing = append(by.missing, f)
		default:
			f.Code, f.Case, f.Want = refusal.ScopeMismatch, mismatchCase(class, place), string(f.BelongsIn)
			by.mismatch = append(by.mismatch, f)
		}
	}
	asked := q.Scope.Len() + q.Optional.Len() + len(q.Malformed) + q.Implied.Len()
	if found && asked == 0 && len(by.missing)+len(by.unknown) == 0 {
		by.missing = append(by.missing, InstallFinding{Finding: refusal.Finding{Code: refusal.NothingRequested}})
	}
	sound := len(by.unknown)+len(by.missing)+len(by.mismatch) == 0
	j.out.Findings = slices.Concat(j.out.Findings, by.unknown, by.missing, by.mismatch)
	switch {
	case found && sound:
		j.out.NearestScope, j.out.NearestOptional, j.out.Correctable = q.Scope, q.Optional, true
	case found:
		j.nearest()
	}
}

// nearest puts every scope that was asked for, and every required one, where it belongs, and leaves out what belongs nowhere.
func (j *installing) nearest() {
	q, out := j.q, &j.out
	listed := q.listed()
	out.Correctable = true
	var inScope, inOptional []scope.Scope
	for s, place := range j.named {
		class := listed.of(s)
		if listed.implied.has(s) {
			if place == InScope || place == InBoth {
				inScope = append(inScope, s)
			}
			continue
		}
		if _, known := j.facts(s); !known {
			if class == Required {
				out.Correctable = false // the registration must be corrected first
			}
			continue
		}
		switch class.place() {
		case InScope:
			inScope = append(inScope, s)
		case InOptional:
			inOptional = append(inOptional, s)
		}
	}
	out.NearestScope, out.NearestOptional = scope.NewSet(inScope...), scope.NewSet(inOptional...)
	out.Correctable = out.Correctable && len(inScope)+len(inOptional)+q.Implied.Len() > 0
}

// named yields what stands in the URL, with its place, and what is required and does not stand there; each once, in order.
func (j *installing) named(yield func(scope.Scope, Place) bool) {
	a, b, c := j.q.Scope.All(), j.q.Optional.All(), j.q.Required.All()
	for len(a)+len(b)+len(c) > 0 {
		s := first(first(first(scope.Scope{}, a), b), c)
		place := Absent
		if len(a) > 0 && a[0] == s {
			a, place = a[1:], InScope
		}
		if len(b) > 0 && b[0] == s {
			b = b[1:]
			if place == InScope {
				place = InBoth
			} else {
				place = InOptional
			}
		}
		if len(c) > 0 && c[0] == s {
			c = c[1:]
		}
		if !yield(s, place) {
			return
		}
	}
}

// first is the scope or the list's first, whichever comes first; the zero scope is none.
func first(s scope.Scope, list []scope.Scope) scope.Scope {
	if len(list) == 0 || list[0] == s || !s.IsZero() && s.Compare(list[0]) < 0 {
		return s
	}
	return list[0]
}

// classes answers how the registration lists scopes, asked in order.
type classes struct{ required, conditional, optional, implied cursor }

func (q *InstallQuestion) listed() classes {
	return classes{cursor{q.Required.All()}, cursor{q.Conditional.All()}, cursor{q.Selectable.All()}, cursor{q.Implied.All()}}
}

// of is the strictest class of a scope.
func (c *classes) of(s scope.Scope) Class {
	switch {
	case c.required.has(s):
		return Required
	case c.conditional.has(s):
		return Conditional
	case c.optional.has(s):
		return Optional
	}
	return NotRegistered
}

// place is where a scope of the class belongs.
func (c Class) place() Place {
	switch c {
	case Required, Conditional:
		return InScope
	case Optional:
		return InOptional
	}
	return Absent
}

func (j *installing) facts(s scope.Scope) (Facts, bool) {
	if j.q.Facts == nil {
		return Facts{}, false
	}
	return j.q.Facts(s)
}

func (j *installing) unknown(s scope.Scope, f InstallFinding) InstallFinding {
	f.Code, f.Case = refusal.ScopeUnknown, refusal.Installing
	if j.q.Nearest != nil {
		if near, ok := j.q.Nearest(s); ok {
			f.Want, f.Case = near.String(), refusal.Misspelt
		}
	}
	return f
}

// malformed notes what is no scope token, each text once.
func (u *urlFindings) malformed(list []Misnamed) {
	at := make(map[string]int, len(list))
	for _, m := range list {
		if i, ok := at[m.Text]; ok {
			if u.unknown[i].FoundIn != m.Place {
				u.unknown[i].FoundIn = InBoth
			}
			continue
		}
		at[m.Text] = len(u.unknown)
		u.unknown = append(u.unknown, InstallFinding{FoundIn: m.Place,
			Finding: refusal.Finding{Code: refusal.ScopeUnknown, Scope: m.Text, Case: refusal.NoToken, Why: whyNoToken(m.Text)}})
	}
}

// whyNoToken names the first thing in a text that no scope has.
func whyNoToken(s string) refusal.Why {
	if len(s) > scope.MaxLength {
		return refusal.Why{Flaw: refusal.TooLong, Got: strconv.Itoa(len(s)), Want: strconv.Itoa(scope.MaxLength)}
	}
	for i, r := range s {
		if r > 0x20 && r < 0x7f && r != '"' && r != '\\' {
			continue
		}
		got := fmt.Sprintf("U+%04X", r)
		if r == utf8.RuneError {
			got = fmt.Sprintf("0x%02X", s[i])
		}
		return refusal.Why{Flaw: refusal.ScopeCharacter, At: i + 1, Got: got}
	}
	return refusal.Why{Flaw: refusal.IsEmpty}
}

func missingCase(found Place) refusal.Case {
	switch found {
	case InOptional:
		return refusal.OnlyOptional
	case InBoth:
		return refusal.BothPlaces
	}
	return ""
}

func mismatchCase(c Class, found Place) refusal.Case {
	switch {
	case c == NotRegistered:
		return ""
	case found == InBoth:
		return refusal.BothPlaces
	case c == Conditional:
		return refusal.ConditionalInOptional
	}
	return refusal.OptionalInScope
}
