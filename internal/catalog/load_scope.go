package catalog

import (
	"slices"
	"strings"

	"prokura/internal/scope"
)

// readScopes reads concrete scopes first, so that wildcards may stand before their members.
func (l *loader) readScopes(n *node) {
	wildcards := map[scope.Scope]*node{} // and the lists of their members
	l.list(n, "scopes", func(item *node) {
		s := Scope{at: item}
		var members, fromMembers *node
		l.mapping(item, "a scope",
			field{"name", true, func(v *node) { s.Name = l.scopeName(v) }},
			field{"type", true, func(v *node) {
				s.Type = ScopeType(l.choice(v, "the scope's type",
					string(ContentRead), string(Individual), string(CrossCategory), string(Wildcard)))
			}},
			field{"title", true, func(v *node) { s.Title = l.text(v, "the title") }},
			field{"description", false, func(v *node) { s.Description = l.text(v, "the description") }},
			field{"members", false, func(v *node) { members = v }},
			field{"entitlement", false, func(v *node) { s.Entitlement, fromMembers = l.entitlement(v), v }},
			field{"permissions", false, func(v *node) { s.Permissions, fromMembers = l.permissionsOf(v), v }},
			field{"resource", false, func(v *node) { s.Resource = l.resource(v) }},
			field{"dangerous", false, func(v *node) { s.Dangerous = l.yes(v, "dangerous") }},
			field{"elsewhere", false, func(v *node) { s.Elsewhere = l.yes(v, "elsewhere") }},
		)
		name := s.Name.String()
		if s.Name.IsZero() || s.Type == "" {
			return
		}
		if _, twice := l.c.byScope[name]; twice {
			l.fail(item, "the scope %q stands here twice", name)
			return
		}
		l.c.scopes = append(l.c.scopes, s)
		star := strings.Contains(name, "*")
		switch {
		case s.Type == Wildcard && (strings.Count(name, "*") != 1 || !strings.HasSuffix(name, "*") || name == "*"):
			l.fail(item, "the wildcard %q must end in its only *, after what its members have in common", name)
		case s.Type == Wildcard && members == nil:
			l.fail(item, "the wildcard %q must list its members", name)
		case s.Type != Wildcard && star:
			l.fail(item, "%q has a *, but is no wildcard", name)
		case s.Type != Wildcard && members != nil:
			l.fail(members, "%q is no wildcard: it has no members", name)
		case s.Type == Wildcard && fromMembers != nil:
			l.fail(fromMembers, "the wildcard %q has the entitlement and permissions of its members, none of its own", name)
		}
		if s.Type == Wildcard {
			l.c.byScope[name] = known{place: len(l.c.scopes) - 1, number: -1}
			wildcards[s.Name] = members
			return
		}
		l.number(s.Name, item)
	})
	l.spelled = l.c.scopeNames()
	for i := range l.c.scopes {
		if members := wildcards[l.c.scopes[i].Name]; members != nil {
			l.readMembers(&l.c.scopes[i], members)
		}
	}
}

// number gives a concrete scope its bit.
func (l *loader) number(s scope.Scope, at *node) {
	if l.numbered == scope.MaxBits {
		l.fail(at, "more than %d concrete scopes", scope.MaxBits)
		return
	}
	l.c.byScope[s.String()] = known{place: len(l.c.scopes) - 1, number: l.numbered, bits: scope.Bits{}.With(l.numbered), members: scope.NewSet(s)}
	l.numbered++
}

func (l *loader) scopeName(n *node) scope.Scope {
	s := l.scalar(n, "the scope's name")
	if s == "" {
		return scope.Scope{}
	}
	name, err := scope.Parse(s)
	if err != nil {
		l.fail(n, "%v", err)
	}
	return name
}

// readMembers reads what a wildcard stands for: concrete scopes of its own resource (A036).
func (l *loader) readMembers(w *Scope, n *node) {
	k := known{place: l.c.byScope[w.Name.String()].place, number: -1}
	prefix := strings.TrimSuffix(w.Name.String(), "*")
	var list []scope.Scope
	for _, item := range l.names(n, "members") {
		m, ok := l.c.byScope[item.Text]
		switch {
		case !ok:
			l.fail(item, "the catalog has no scope %q%s", item.Text, suggest(item.Text, l.spelled))
		case m.number < 0:
			l.fail(item, "%q is a wildcard itself: members are concrete", item.Text)
		case !strings.HasPrefix(item.Text, prefix):
			l.fail(item, "%q is not of the resource %q that the wildcard is of", item.Text, prefix)
		default:
			k.bits = k.bits.Union(m.bits)
			list = append(list, m.members.All()...)
		}
	}
	if len(list) == 0 {
		l.fail(n, "the wildcard %q has no members", w.Name)
	}
	k.members = scope.NewSet(list...)
	for i, s := range k.members.All() {
		l.inherit(w, l.c.scopes[l.c.byScope[s.String()].place], i == 0, n)
	}
	w.Members = k.members
	l.c.byScope[w.Name.String()] = k
}

// inherit gives a wildcard what a member asks for. Who asks for a wildcard gets all members or none, so they must ask for
// one entitlement.
func (l *loader) inherit(w *Scope, m Scope, first bool, at *node) {
	if first {
		w.Entitlement = m.Entitlement
	}
	if w.Entitlement != m.Entitlement {
		l.fail(at, "the members of the wildcard %q need different entitlements", w.Name)
	}
	for _, p := range m.Permissions {
		if !slices.Contains(w.Permissions, p) {
			w.Permissions = append(w.Permissions, p)
		}
	}
	w.Dangerous = w.Dangerous || m.Dangerous
}

// resource reads the category that a scope is about.
func (l *loader) resource(n *node) Category {
	id := l.scalar(n, "the resource")
	c, ok := l.categories[id]
	if !ok && id != "" {
		l.fail(n, "the catalog has no category %q%s", id, suggest(id, keys(l.categories)))
	}
	return c
}

// yes reads true or false.
func (l *loader) yes(n *node, what string) bool { return l.choice(n, what, "true", "false") == "true" }

// settleScopes gives each scope that does not say it the resource that its methods, or its members, have in common.
func (l *loader) settleScopes() {
	about := map[string]Category{}
	several := map[string]bool{}
	add := func(s scope.Scope, c Category) {
		name := s.String()
		if have, ok := about[name]; ok && have.ID != c.ID {
			several[name] = true
		}
		about[name] = c
	}
	for _, m := range l.c.methods {
		for _, a := range m.alternatives {
			for _, s := range a.All() {
				add(s, m.Category)
			}
		}
	}
	settle := func(s *Scope) {
		if name := s.Name.String(); s.Resource.ID == "" && !several[name] {
			s.Resource = about[name]
		}
	}
	for i := range l.c.scopes {
		settle(&l.c.scopes[i])
	}
	for i := range l.c.scopes {
		w := &l.c.scopes[i]
		for _, m := range w.Members.All() {
			add(w.Name, l.c.scopes[l.c.byScope[m.String()].place].Resource)
		}
		settle(w)
	}
}
