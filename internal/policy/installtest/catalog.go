package installtest

import (
	"fmt"
	"slices"
	"strings"
)

// Role is the role that holds what a user of the table may do.
func Role(u User) string { return u.Name + "_of_" + u.Tenant }

// Catalog is the world as the source of a catalog.
func (w *World) Catalog() []byte {
	var b strings.Builder
	both := func(s string) string { return fmt.Sprintf("{en: %q, de: %q}", s, s+" (de)") }
	b.WriteString("catalog: table\ntitle: " + both("Table") + "\ncategories:\n  - {id: all, title: " + both("All") + "}\n")
	var entitlements, permissions []string
	add := func(to *[]string, names ...string) {
		for _, n := range names {
			if n != "" && !slices.Contains(*to, n) {
				*to = append(*to, n)
			}
		}
	}
	for _, p := range w.Plans {
		add(&entitlements, p.Entitlements...)
	}
	for _, s := range w.Scopes {
		add(&entitlements, s.Entitlement)
		add(&permissions, s.Permissions...)
	}
	for _, u := range w.Users {
		add(&permissions, u.Permissions...)
	}
	list := func(title string, names []string) {
		b.WriteString(title + ":\n")
		for _, n := range names {
			fmt.Fprintf(&b, "  - {id: %q, title: %s}\n", n, both(n))
		}
	}
	list("entitlements", entitlements)
	list("permissions", permissions)
	b.WriteString("plans:\n")
	for _, p := range w.Plans {
		fmt.Fprintf(&b, "  - {id: %s, title: %s, entitlements: [%s]}\n", p.ID, both(p.ID), strings.Join(p.Entitlements, ", "))
	}
	b.WriteString("roles:\n")
	for _, u := range w.Users {
		fmt.Fprintf(&b, "  - {id: %s, title: %s, permissions: [%s]}\n", Role(u), both(Role(u)), quoted(u.Permissions))
	}
	b.WriteString("scopes:\n")
	for _, s := range w.Scopes {
		fmt.Fprintf(&b, "  - {name: %s, type: individual, title: %s", s.Name, both(s.Name))
		if s.Entitlement != "" {
			fmt.Fprintf(&b, ", entitlement: %s", s.Entitlement)
		}
		if len(s.Permissions) > 0 {
			fmt.Fprintf(&b, ", permissions: [%s]", quoted(s.Permissions))
		}
		b.WriteString("}\n")
	}
	b.WriteString("methods:\n")
	for i, s := range w.Scopes {
		fmt.Fprintf(&b, "  - {id: m%d, category: all, verb: GET, path: /table/m%d, needs: %s, tenant: token, title: %s}\n", i, i, s.Name, both(s.Name))
	}
	return []byte(b.String())
}

func quoted(names []string) string {
	var out []string
	for _, n := range names {
		out = append(out, fmt.Sprintf("%q", n))
	}
	return strings.Join(out, ", ")
}
