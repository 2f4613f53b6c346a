package catalog

import (
	"slices"
	"strings"

	"prokura/internal/canon"
	"prokura/internal/scope"
	"prokura/internal/text"
)

// Lint answers what is worth knowing of a catalog that loaded: its notes. What it calls an error keeps a catalog from
// loading, and is answered by [Load].
func (c *Catalog) Lint() []Problem {
	var out []Problem
	taken := c.literals()
	first := map[string]*Method{} // by verb and shape
	for _, m := range c.methods {
		out = append(out, c.lintMethod(m)...)
		if m.AliasOf != "" {
			continue
		}
		key := m.Verb + " " + shapeOf(m.segments)
		if other := first[key]; other != nil {
			out = append(out, problemAt(m.at, c.file, Error, "method %q has the verb and path of %q: declare it as alias_of: %s, or take one out", m.ID, other.ID, other.ID))
			continue
		}
		first[key] = m
		if !c.reachable(m, taken) {
			out = append(out, problemAt(m.at, c.file, Error, "method %q is never reached: narrower paths take all of its requests", m.ID))
		}
	}
	out = append(out, c.lintScopes()...)
	out = append(out, c.lintHeld()...)
	out = append(out, c.lintTexts()...)
	sortProblems(out)
	return out
}

func (c *Catalog) lintMethod(m *Method) []Problem {
	var out []Problem
	say := func(s Severity, format string, args ...any) {
		out = append(out, problemAt(m.at, c.file, s, format, args...))
	}
	open := m.NeedNames() == ""
	switch {
	case open && m.AnsweredBy == ByProkura:
		say(Note, "method %q needs no scope: Prokura answers it, for everybody who may ask", m.ID)
	case open:
		say(Error, "method %q needs no scope, so nobody can call it: give it needs, or take it out", m.ID)
	}
	if m.AliasOf == "" {
		return out
	}
	target := c.byMethod[m.AliasOf]
	switch {
	case target == nil:
		say(Error, "method %q is an alias of %q, which the catalog does not have%s", m.ID, m.AliasOf, suggest(m.AliasOf, keys(c.byMethod)))
	case target.AliasOf != "":
		say(Error, "method %q is an alias of %q, which is an alias itself", m.ID, m.AliasOf)
	case target.Verb != m.Verb || shapeOf(target.segments) != shapeOf(m.segments):
		say(Error, "method %q is an alias of %q, but has another verb or path", m.ID, m.AliasOf)
	case !sameSets(target.alternatives, m.alternatives):
		say(Error, "method %q is an alias of %q, but needs another scope", m.ID, m.AliasOf)
	case target.Permission != m.Permission:
		say(Error, "method %q is an alias of %q, but needs another permission", m.ID, m.AliasOf)
	case target.AnsweredBy != m.AnsweredBy || target.TenantFrom != m.TenantFrom || target.TenantParam != m.TenantParam:
		say(Error, "method %q is an alias of %q, but is answered, or finds the tenant, in another way", m.ID, m.AliasOf)
	}
	return out
}

// sameSets compares alternatives, whatever their order; each stands once.
func sameSets(a, b []scope.Set) bool {
	for _, x := range a {
		if !slices.ContainsFunc(b, x.Equal) {
			return false
		}
	}
	return len(a) == len(b)
}

// literals are all texts that a literal or an enum of the catalog has.
func (c *Catalog) literals() map[string]bool {
	taken := map[string]bool{}
	for _, m := range c.methods {
		for i := range m.segments {
			taken[m.segments[i].literal] = true
			if p := m.segments[i].parameter; p != nil {
				for _, v := range p.values {
					taken[v] = true
				}
			}
		}
	}
	return taken
}

// maxWitnesses bounds the paths that are tried to reach a method.
const maxWitnesses = 10_000

// reachable tries whether some path comes to the method. One value stands for all of a text, number or version, as long
// as no literal and no enum of the catalog has it; of an enum every value is tried.
func (c *Catalog) reachable(m *Method, taken map[string]bool) bool {
	choices := make([][]string, len(m.segments))
	for i := range m.segments {
		choices[i] = m.segments[i].witnesses(taken)
	}
	for n := range maxWitnesses {
		var path strings.Builder
		for _, values := range choices {
			path.WriteString("/" + values[n%len(values)])
			n /= len(values)
		}
		if n > 0 {
			return false // every combination was tried
		}
		p, err := canon.Parse(path.String())
		if err != nil {
			continue
		}
		if found, outcome := c.Match(m.Verb, &p); outcome == Matched && found.Method == m {
			return true
		}
	}
	return false
}

// witnesses are values of the segment that stand for all of them.
func (s *segment) witnesses(taken map[string]bool) []string {
	switch {
	case s.parameter == nil:
		return []string{s.literal}
	case s.parameter.kind == enumType:
		return s.parameter.values
	case s.parameter.kind == versionType:
		v := s.parameter.from
		for taken[v.String()] && v < s.parameter.to && v&0xffff < 9999 {
			v++
		}
		return []string{v.String()}
	case s.parameter.kind == numberType:
		free := "7"
		for taken[free] {
			free += "7"
		}
		return []string{free}
	}
	free := "x~"
	for taken[free] {
		free += "~"
	}
	return []string{free}
}

func (c *Catalog) lintScopes() []Problem {
	var out []Problem
	var needed, deleting scope.Bits
	for _, m := range c.methods {
		for _, need := range m.Need {
			needed = needed.Union(need)
			if m.Verb == "DELETE" {
				deleting = deleting.Union(need)
			}
		}
	}
	for i := range c.scopes {
		s := &c.scopes[i]
		k := c.byScope[s.Name.String()]
		if s.Type == Wildcard {
			if del := k.bits.Intersect(deleting); !del.IsZero() {
				out = append(out, problemAt(s.at, c.file, Note, "wildcard %q covers deletion", s.Name))
			}
			continue
		}
		switch {
		case s.Elsewhere && needed.Has(k.number):
			out = append(out, problemAt(s.at, c.file, Error, "scope %q is needed by methods of this catalog: it is not elsewhere", s.Name))
		case !s.Elsewhere && !needed.Has(k.number):
			out = append(out, problemAt(s.at, c.file, Note, "scope %q is needed by no method", s.Name))
		}
	}
	return out
}

// lintHeld finds what nobody can have: a scope that asks for it can never be given, but by a single entitlement or a super
// administrator.
func (c *Catalog) lintHeld() []Problem {
	var out []Problem
	for i := range c.entitlements {
		e := &c.entitlements[i]
		if !slices.ContainsFunc(c.plans, func(p Plan) bool { return slices.Contains(p.Entitlements, e.ID) }) {
			out = append(out, problemAt(e.at, c.file, Note, "entitlement %q is in no plan", e.ID))
		}
	}
	for i := range c.permissions {
		p := &c.permissions[i]
		if !slices.ContainsFunc(c.roles, func(r Role) bool { return slices.Contains(r.Permissions, p.ID) }) {
			out = append(out, problemAt(p.at, c.file, Note, "permission %q is held by no role", p.ID))
		}
	}
	return out
}

// lintTexts finds what a reader of one of the languages would miss. A title is shown alone, so it must be there.
func (c *Catalog) lintTexts() []Problem {
	var out []Problem
	say := func(severity Severity, at *node, what string, t text.Text) {
		if t.EN == "" || t.DE == "" {
			out = append(out, problemAt(at, c.file, severity, "%s in %s is missing", what, missing(t)))
		}
	}
	say(Error, c.at, "the catalog's title", c.Title)
	for i := range c.categories {
		say(Error, c.categories[i].at, "the category's title", c.categories[i].Text)
	}
	for i := range c.entitlements {
		say(Error, c.entitlements[i].at, "the entitlement's title", c.entitlements[i].Title)
	}
	for i := range c.permissions {
		say(Error, c.permissions[i].at, "the permission's title", c.permissions[i].Title)
	}
	for i := range c.plans {
		say(Error, c.plans[i].at, "the plan's title", c.plans[i].Title)
	}
	for i := range c.roles {
		say(Error, c.roles[i].at, "the role's title", c.roles[i].Title)
		say(Note, c.roles[i].at, "the role's description", c.roles[i].Description)
	}
	for i := range c.scopes {
		say(Error, c.scopes[i].at, "the scope's title", c.scopes[i].Title)
		say(Note, c.scopes[i].at, "the scope's description", c.scopes[i].Description)
	}
	for _, m := range c.methods {
		say(Error, m.at, "the method's title", m.Title)
		say(Note, m.at, "the method's description", m.Description)
	}
	return out
}

func missing(t text.Text) string {
	switch {
	case t.EN == "" && t.DE == "":
		return "English and German"
	case t.EN == "":
		return "English"
	}
	return "German"
}
