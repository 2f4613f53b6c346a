package catalog

import (
	"slices"

	"prokura/internal/scope"
)

// readMethod reads one method and puts it into the tree.
func (l *loader) readMethod(n *node) {
	m := &Method{Number: len(l.c.methods), AnsweredBy: ByUpstream, at: n}
	tenant := ""
	var path *node
	l.mapping(n, "a method",
		field{"id", true, func(v *node) { m.ID = l.identifier(v, "the method's id") }},
		field{"category", true, func(v *node) {
			id := l.scalar(v, "the category")
			c, ok := l.categories[id]
			if !ok && id != "" {
				l.fail(v, "the catalog has no category %q%s", id, suggest(id, keys(l.categories)))
			}
			m.Category = c
		}},
		field{"verb", true, func(v *node) {
			m.Verb = l.choice(v, "the verb", "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
		}},
		field{"path", true, func(v *node) {
			path = v
			m.Path = v.Text
			m.segments = l.readTemplate(v, l.parameters)
		}},
		field{"permission", false, func(v *node) { m.Permission = l.permissionOf(v) }},
		field{"needs", false, func(v *node) { m.alternatives = l.readNeeds(v, l.c.byScope, l.spelled) }},
		field{"tenant", false, func(v *node) { tenant = l.choice(v, "the tenant", "token", "body") }},
		field{"answered_by", false, func(v *node) {
			m.AnsweredBy = AnsweredBy(l.choice(v, "answered_by", string(ByUpstream), string(ByProkura)))
		}},
		field{"alias_of", false, func(v *node) { m.AliasOf = l.scalar(v, "alias_of") }},
		field{"title", true, func(v *node) { m.Title = l.text(v, "the title") }},
		field{"description", false, func(v *node) { m.Description = l.text(v, "the description") }},
	)
	if m.ID == "" || m.Verb == "" || m.segments == nil {
		return
	}
	if l.c.byMethod[m.ID] != nil {
		l.fail(n, "the method %q stands here twice", m.ID)
		return
	}
	l.readTenant(m, path, tenant)
	if len(m.alternatives) == 0 && m.AnsweredBy == ByProkura {
		m.alternatives = []scope.Set{{}} // open: what the request needs beyond scopes is Prokura's own matter
	}
	for _, a := range m.alternatives {
		m.Need = append(m.Need, l.c.Bits(a))
	}
	l.c.methods = append(l.c.methods, m)
	l.c.byMethod[m.ID] = m
	if m.AliasOf == "" {
		l.c.root.add(m)
	}
}

// readTenant settles where the tenant stands. A path that names one can never be read as if it did not.
func (l *loader) readTenant(m *Method, path *node, said string) {
	inPath := l.tenantParam != "" && slices.Contains(m.Parameters(), l.tenantParam)
	switch {
	case inPath && said != "":
		l.fail(path, "the path names the tenant {%s}: the key tenant contradicts it", l.tenantParam)
	case inPath:
		m.TenantFrom, m.TenantParam = FromPath, l.tenantParam
	case said == "token":
		m.TenantFrom = FromToken
	case said == "body" && m.AnsweredBy == ByProkura:
		m.TenantFrom = FromBody
	case said == "body":
		l.fail(path, "only a method that is answered_by: prokura can take the tenant from its body")
	case l.tenantParam != "":
		l.fail(path, "the path does not name the tenant {%s}: say tenant: token", l.tenantParam)
	default:
		l.fail(path, "the catalog has no tenant_parameter: say tenant: token")
	}
}
