package catalog

import (
	"cmp"
	"slices"
	"strings"

	"prokura/internal/canon"
)

// Outcome is what a catalog says of a verb and a path. The zero Outcome is that it knows no such path.
type Outcome uint8

// The outcomes.
const (
	NoPath    Outcome = iota // no template accepts the path
	WrongVerb                // the path is known, but not with this verb
	Matched
)

// Match is a method found, and the path that found it. It borrows the path.
type Match struct {
	Method *Method
	path   *canon.Path
	verbs  []string
}

// Param is the value of a path parameter, decoded; empty if the method has none of this name.
func (m *Match) Param(name string) string {
	if m.Method == nil {
		return ""
	}
	for i := range m.Method.segments {
		if s := &m.Method.segments[i]; s.param == name && name != "" {
			return m.path.Segment(i)
		}
	}
	return ""
}

// Tenant is the tenant that the path names; empty if the method takes it from elsewhere.
func (m *Match) Tenant() string {
	if m.Method == nil || m.Method.TenantFrom != FromPath {
		return ""
	}
	return m.Param(m.Method.TenantParam)
}

// Allowed are the verbs that the path is known with. The caller does not change the slice.
func (m *Match) Allowed() []string { return m.verbs }

// Rebuild makes the path for the upstream from the template and the matched values. The text that the client sent is
// never forwarded (A129).
func (m *Match) Rebuild() string {
	if m.Method == nil {
		return ""
	}
	out := make([]byte, 0, len(m.path.String())+16)
	for i := range m.Method.segments {
		out = append(out, '/')
		if s := &m.Method.segments[i]; s.parameter == nil {
			out = append(out, s.literal...)
		} else {
			out = canon.AppendEscaped(out, m.path.Segment(i))
		}
	}
	return string(out)
}

// Match finds the method for a verb and a canonical path. Verbs are exact. The path decides before the verb does: of all
// templates that accept it, the one that is narrower at the first segment in which they differ answers; a literal is
// narrower than an enum, that than a version, that than a number, that than a text. Match does not allocate.
func (c *Catalog) Match(verb string, p *canon.Path) (Match, Outcome) {
	if p.TrailingSlash() && !c.trailingSlash {
		return Match{}, NoPath
	}
	b := c.root.find(p, 0)
	if b == nil {
		return Match{}, NoPath
	}
	for i, v := range b.verbs {
		if v == verb {
			return Match{Method: b.methods[i], path: p, verbs: b.verbs}, Matched
		}
	}
	return Match{verbs: b.verbs}, WrongVerb
}

// branch is a node of the tree of templates: everything that begins with the same segments.
type branch struct {
	literals []literalEdge // in the order of slots, then of texts
	slots    [slots]uint16 // where the literals of a slot begin, counted from one; zero: there are none
	typed    []typedEdge   // enums, versions, numbers: in the order of precedence
	text     *branch       // what takes any segment
	verbs    []string      // of the templates that end here, in order
	methods  []*Method     // by verb
}

// slots is how many groups the literals of a branch are divided into.
const slots = 64

type literalEdge struct {
	slot uint8
	text string
	to   *branch
}

type typedEdge struct {
	parameter *parameter
	to        *branch
}

// find walks down from segment i. It comes back from a narrower edge only if nothing under it accepts the rest, and sees
// no branch twice.
func (b *branch) find(p *canon.Path, i int) *branch {
	for n := p.Len(); i < n; i++ {
		value := p.Segment(i)
		next := b.literal(value)
		for j := range b.typed {
			if !b.typed[j].parameter.accepts(value) {
				continue
			}
			if next != nil {
				if found := next.find(p, i+1); found != nil {
					return found
				}
			}
			next = b.typed[j].to
		}
		if b.text != nil {
			if next != nil {
				if found := next.find(p, i+1); found != nil {
					return found
				}
			}
			next = b.text
		}
		if next == nil {
			return nil
		}
		b = next
	}
	if len(b.methods) == 0 {
		return nil
	}
	return b
}

// literal finds the branch of a literal. The slot of a text is taken from its ends and its length alone, which tells the
// names that stand in one place of an API apart well enough; the comparison after it is exact.
func (b *branch) literal(value string) *branch {
	if len(b.literals) == 1 && b.literals[0].text == value {
		return b.literals[0].to
	}
	if len(b.literals) <= 1 {
		return nil
	}
	here := slot(value)
	for i := int(b.slots[here]) - 1; i >= 0 && i < len(b.literals) && b.literals[i].slot == here; i++ {
		if b.literals[i].text == value {
			return b.literals[i].to
		}
	}
	return nil
}

func slot(text string) uint8 {
	return (text[0] ^ text[len(text)-1]<<2 ^ uint8(len(text))<<1) % slots
}

// add puts a method into the tree. The first of a path and verb stays; lint names the other.
func (b *branch) add(m *Method) {
	for i := range m.segments {
		b = b.grow(&m.segments[i])
	}
	at, taken := slices.BinarySearch(b.verbs, m.Verb)
	if taken {
		return
	}
	b.verbs = slices.Insert(b.verbs, at, m.Verb)
	b.methods = slices.Insert(b.methods, at, m)
}

func (b *branch) grow(s *segment) *branch {
	if s.parameter == nil {
		if b.literal(s.literal) == nil {
			e := literalEdge{slot(s.literal), s.literal, &branch{}}
			at, _ := slices.BinarySearchFunc(b.literals, e, compareLiterals)
			b.literals = slices.Insert(b.literals, at, e)
			for i := len(b.literals) - 1; i >= 0; i-- {
				b.slots[b.literals[i].slot] = uint16(i + 1)
			}
		}
		return b.literal(s.literal)
	}
	if s.parameter.kind == textType {
		if b.text == nil {
			b.text = &branch{}
		}
		return b.text
	}
	shape := s.shape()
	for i := range b.typed {
		if b.typed[i].parameter.shape() == shape {
			return b.typed[i].to
		}
	}
	next := &branch{}
	b.typed = append(b.typed, typedEdge{s.parameter, next})
	slices.SortStableFunc(b.typed, func(x, y typedEdge) int { return int(x.parameter.kind) - int(y.parameter.kind) })
	return next
}

func compareLiterals(x, y literalEdge) int {
	return cmp.Or(cmp.Compare(x.slot, y.slot), strings.Compare(x.text, y.text))
}
