package catalog

import (
	"slices"
	"strings"
)

// What a catalog says of tenants and users: entitlements, permissions, the plans and roles that hold them. Whatever names
// one that the catalog does not have is an error: a slip would ask for what nobody can hold.

func (l *loader) readEntitlement(n *node) {
	e := Entitlement{at: n}
	l.mapping(n, "an entitlement",
		field{"id", true, func(v *node) { e.ID = l.identifier(v, "the entitlement's id") }},
		field{"title", true, func(v *node) { e.Title = l.text(v, "the title") }},
		field{"description", false, func(v *node) { e.Description = l.text(v, "the description") }},
	)
	if e.ID != "" && slices.Contains(l.entitlementIDs(), e.ID) {
		l.fail(n, "the entitlement %q stands here twice", e.ID)
	}
	l.c.entitlements = append(l.c.entitlements, e)
}

func (l *loader) readPermission(n *node) {
	p := Permission{at: n}
	l.mapping(n, "a permission",
		field{"id", true, func(v *node) { p.ID = l.permissionID(v) }},
		field{"title", true, func(v *node) { p.Title = l.text(v, "the title") }},
	)
	if p.ID != "" && slices.Contains(l.permissionIDs(), p.ID) {
		l.fail(n, "the permission %q stands here twice", p.ID)
	}
	l.c.permissions = append(l.c.permissions, p)
}

// permissionID reads three identifiers with colons between them.
func (l *loader) permissionID(n *node) string {
	s := l.scalar(n, "the permission's id")
	if s == "" {
		return ""
	}
	parts := strings.Split(s, ":")
	if len(parts) != 3 || slices.ContainsFunc(parts, func(p string) bool { return !isPermissionPart(p) }) {
		l.fail(n, "the permission's id is %q: it must be domain:entity:action, each of letters, digits and underscores, a lower-case letter first", s)
		return ""
	}
	return s
}

// isPermissionPart accepts an identifier that may have capitals after the first letter, as in guideVersion: vendors write
// permissions of several words so.
func isPermissionPart(s string) bool {
	lower := []byte(s)
	for i, c := range lower {
		if i > 0 && c >= 'A' && c <= 'Z' {
			lower[i] = c + 'a' - 'A'
		}
	}
	return isIdentifier(string(lower))
}

// permissionOf reads the name of a permission that the catalog has.
func (l *loader) permissionOf(n *node) string {
	known := l.permissionIDs()
	s := l.scalar(n, "the permission")
	if s != "" && !slices.Contains(known, s) {
		l.fail(n, "the catalog has no permission %q%s", s, suggest(s, known))
		return ""
	}
	return s
}

// entitlement reads the name of an entitlement that the catalog has.
func (l *loader) entitlement(n *node) string {
	known := l.entitlementIDs()
	s := l.scalar(n, "the entitlement")
	if s != "" && !slices.Contains(known, s) {
		l.fail(n, "the catalog has no entitlement %q%s", s, suggest(s, known))
		return ""
	}
	return s
}

// permissionsOf reads a list of permissions that the catalog has.
func (l *loader) permissionsOf(n *node) []string {
	known := l.permissionIDs()
	var out []string
	for _, item := range l.names(n, "permissions") {
		if !slices.Contains(known, item.Text) {
			l.fail(item, "the catalog has no permission %q%s", item.Text, suggest(item.Text, known))
			continue
		}
		out = append(out, item.Text)
	}
	return out
}

func (l *loader) readPlan(n *node) {
	p := Plan{at: n}
	l.mapping(n, "a plan",
		field{"id", true, func(v *node) { p.ID = l.identifier(v, "the plan's id") }},
		field{"title", true, func(v *node) { p.Title = l.text(v, "the title") }},
		field{"entitlements", false, func(v *node) {
			for _, item := range l.names(v, "entitlements") {
				if e := l.entitlement(item); e != "" {
					p.Entitlements = append(p.Entitlements, e)
				}
			}
		}},
	)
	if slices.ContainsFunc(l.c.plans, func(q Plan) bool { return q.ID == p.ID }) {
		l.fail(n, "the plan %q stands here twice", p.ID)
	}
	l.c.plans = append(l.c.plans, p)
}

func (l *loader) readRole(n *node) {
	role := Role{at: n}
	l.mapping(n, "a role",
		field{"id", true, func(v *node) { role.ID = l.identifier(v, "the role's id") }},
		field{"title", true, func(v *node) { role.Title = l.text(v, "the title") }},
		field{"description", false, func(v *node) { role.Description = l.text(v, "the description") }},
		field{"permissions", false, func(v *node) { role.Permissions = l.permissionsOf(v) }},
	)
	if slices.ContainsFunc(l.c.roles, func(q Role) bool { return q.ID == role.ID }) {
		l.fail(n, "the role %q stands here twice", role.ID)
	}
	l.c.roles = append(l.c.roles, role)
}

func (l *loader) entitlementIDs() []string {
	var out []string
	for i := range l.c.entitlements {
		out = append(out, l.c.entitlements[i].ID)
	}
	return out
}

func (l *loader) permissionIDs() []string {
	var out []string
	for i := range l.c.permissions {
		out = append(out, l.c.permissions[i].ID)
	}
	return out
}
