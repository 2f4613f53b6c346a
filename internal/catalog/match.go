package catalog

import (
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
	literals []literalEdge // in the order of their texts
	typed    []typedEdge   // in the order of precedence
	verbs    []string      // of the templates that end here, in order
	methods  []*Method     // by verb
}

type literalEdge struct {
	text string
	to   *branch
}

type typedEdge struct {
	parameter *parameter
	to        *branch
}

// find walks down. It comes back from a narrower edge only if nothing under it accepts the rest, and sees no branch
// twice.
func (b *branch) find(p *canon.Path, i int) *branch {
	if i == p.Len() {
		if len(b.methods) == 0 {
			return nil
		}
		return b
	}
	value := p.Segment(i)
	if next := b.literal(value); next != nil {
		if found := next.find(p, i+1); found != nil {
			return found
		}
	}
	for j := range b.typed {
		if b.typed[j].parameter.accepts(value) {
			if found := b.typed[j].to.find(p, i+1); found != nil {
				return found
			}
		}
	}
	return nil
}

// fewLiterals is how many literals are compared one by one; beyond it they are searched.
const fewLiterals = 16

func (b *branch) literal(value string) *branch {
	if len(b.literals) <= fewLiterals {
		for i := range b.literals {
			if b.literals[i].text == value {
				return b.literals[i].to
			}
		}
		return nil
	}
	i, ok := slices.BinarySearchFunc(b.literals, value, compareLiteral)
	if !ok {
		return nil
	}
	return b.literals[i].to
}

func compareLiteral(e literalEdge, text string) int { return strings.Compare(e.text, text) }

// add puts a method into the tree, and answers the one that is already there.
func (b *branch) add(m *Method) *Method {
	for i := range m.segments {
		b = b.grow(&m.segments[i])
	}
	at, taken := slices.BinarySearch(b.verbs, m.Verb)
	if taken {
		return b.methods[at]
	}
	b.verbs = slices.Insert(b.verbs, at, m.Verb)
	b.methods = slices.Insert(b.methods, at, m)
	return nil
}

func (b *branch) grow(s *segment) *branch {
	if s.parameter == nil {
		at, ok := slices.BinarySearchFunc(b.literals, s.literal, compareLiteral)
		if !ok {
			b.literals = slices.Insert(b.literals, at, literalEdge{s.literal, &branch{}})
		}
		return b.literals[at].to
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
