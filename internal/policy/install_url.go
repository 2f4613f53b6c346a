package policy

import (
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// fault is a scope that the URL has wrong, before it becomes a finding: a small thing to sort.
type fault struct {
	scope scope.Scope
	code  refusal.Code
	class Class
	found Place
}

// ranked are the codes about the URL's scopes in the order of their findings.
var ranked = [...]refusal.Code{refusal.ScopeUnknown, refusal.RequiredScopeMissing, refusal.ScopeMismatch}

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
	found := q.ClientFound == Passed
	malformed := malformed(q.Malformed)
	listed := q.listed()
	most := q.Scope.Len() + q.Optional.Len() + q.Required.Len()
	var faults []fault
	for s, place := range j.named {
		if found && listed.implied.has(s) {
			continue
		}
		class := listed.of(s)
		facts, known := j.facts(s)
		var code refusal.Code
		switch {
		case !known:
			code = refusal.ScopeUnknown
		case !found:
			continue // whether it is registered is not known
		case place == class.place():
			if j.left == nil {
				j.left = make([]candidate, 0, q.Scope.Len()+q.Optional.Len())
			}
			j.left = append(j.left, candidate{scope: s, class: class, optional: class == Optional, facts: facts})
			continue
		case class == Required:
			code = refusal.RequiredScopeMissing
		default:
			code = refusal.ScopeMismatch
		}
		if faults == nil {
			faults = make([]fault, 0, most)
		}
		faults = append(faults, fault{s, code, class, place})
	}
	asked := q.Scope.Len() + q.Optional.Len() + len(q.Malformed) + q.Implied.Len()
	sound := len(malformed)+len(faults) == 0
	if !sound {
		j.report(malformed, faults)
	} else if found && asked == 0 {
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.NothingRequested}})
		sound = false
	}
	switch {
	case found && sound:
		j.out.NearestScope, j.out.NearestOptional, j.out.Correctable = q.Scope, q.Optional, true
	case found:
		j.nearest(faults)
	}
}

// report makes findings of what the URL has wrong, by rank and in order. They are large, so that each is made where it stays.
func (j *installing) report(malformed []InstallFinding, faults []fault) {
	list := slices.Grow(j.out.Findings, len(malformed)+len(faults))
	list = append(list, malformed...)
	for _, code := range ranked {
		for i := range faults {
			if faults[i].code == code {
				list = list[:len(list)+1]
				j.fill(&list[len(list)-1], &faults[i])
			}
		}
	}
	j.out.Findings = list
}

// fill says in a finding, which is zero, what is wrong.
func (j *installing) fill(f *InstallFinding, x *fault) {
	f.Code, f.Scope, f.Class, f.FoundIn = x.code, x.scope.String(), x.class, x.found
	if x.code == refusal.ScopeUnknown {
		j.unknown(f, x.scope)
		return
	}
	f.BelongsIn = x.class.place()
	if x.code == refusal.RequiredScopeMissing {
		f.Case = missingCase(x.found)
	} else {
		f.Case, f.Want = mismatchCase(x.class, x.found), string(f.BelongsIn)
	}
}

// nearest puts every scope that was asked for, and every required one, where it belongs, and leaves out what belongs nowhere:
// what stands right already, and what is at fault. Both are in order, and so is what is made of them.
func (j *installing) nearest(faults []fault) {
	q, out := j.q, &j.out
	right := j.left
	out.Correctable = true
	n := len(right) + len(faults)
	both := make([]scope.Scope, 2*n)
	inScope, inOptional := both[:0:n], both[n:n]
	for len(right)+len(faults) > 0 {
		var s scope.Scope
		var belongs Place
		if len(faults) == 0 || len(right) > 0 && right[0].scope.Compare(faults[0].scope) < 0 {
			s, belongs = right[0].scope, right[0].class.place()
			right = right[1:]
		} else {
			s, belongs = faults[0].scope, faults[0].class.place()
			if faults[0].code == refusal.ScopeUnknown {
				// A required one that no API knows: the registration must be corrected first.
				out.Correctable = out.Correctable && faults[0].class != Required
				belongs = Absent
			}
			faults = faults[1:]
		}
		switch belongs {
		case InScope:
			inScope = append(inScope, s)
		case InOptional:
			inOptional = append(inOptional, s)
		}
	}
	out.NearestScope = scope.NewSet(inScope...).Union(q.Implied.Intersect(q.Scope))
	out.NearestOptional = scope.NewSet(inOptional...)
	out.Correctable = out.Correctable && out.NearestScope.Len()+out.NearestOptional.Len()+q.Implied.Len() > 0
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

func (j *installing) unknown(f *InstallFinding, s scope.Scope) {
	f.Case = refusal.Installing
	if j.q.Nearest != nil {
		if near, ok := j.q.Nearest(s); ok {
			f.Want, f.Case = near.String(), refusal.Misspelt
		}
	}
}

// malformed are the findings about what is no scope token, each text once.
func malformed(list []Misnamed) []InstallFinding {
	if len(list) == 0 {
		return nil
	}
	out := make([]InstallFinding, 0, len(list))
	at := make(map[string]int, len(list))
	for _, m := range list {
		if i, ok := at[m.Text]; ok {
			if out[i].FoundIn != m.Place {
				out[i].FoundIn = InBoth
			}
			continue
		}
		at[m.Text] = len(out)
		out = append(out, InstallFinding{FoundIn: m.Place,
			Finding: refusal.Finding{Code: refusal.ScopeUnknown, Scope: m.Text, Case: refusal.NoToken, Why: whyNoToken(m.Text)}})
	}
	return out
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
