package registry

import (
	"slices"
	"strings"
	"testing"

	"prokura/internal/catalog"
	"prokura/internal/scope"
)

// described is a catalog of one scope x with what more is said of it, and of plans and roles.
func described(t *testing.T, name, scopeExtra, more string) *catalog.Catalog {
	t.Helper()
	src := "catalog: " + name + `
title: {en: T, de: T}
categories:
  - {id: c, title: {en: C, de: C}}
entitlements:
  - {id: one, title: {en: ` + name + ` one, de: E}}
  - {id: two, title: {en: Two, de: Zwei}}
permissions:
  - {id: "a:b:view", title: {en: V, de: V}}
  - {id: "a:b:edit", title: {en: E, de: E}}
scopes:
  - {name: x, type: individual, title: {en: X, de: X}` + scopeExtra + `}
methods:
  - {id: m, category: c, verb: GET, path: /m, needs: x, tenant: token, title: {en: M, de: M}}
` + more
	c, problems := catalog.Load(name+".yaml", []byte(src))
	if c == nil {
		t.Fatal(problems)
	}
	return c
}

const heldOnce = `plans:
  - {id: p, title: {en: P, de: P}, entitlements: [one]}
roles:
  - {id: r, title: {en: R, de: R}, permissions: ["a:b:view"]}
`

func TestCatalogs_in_force_at_once_are_united(t *testing.T) {
	first := described(t, "first", `, permissions: ["a:b:view"]`, heldOnce)
	second := described(t, "second", `, entitlement: two, permissions: ["a:b:edit", "a:b:view"], dangerous: true`,
		strings.NewReplacer("[one]", "[two, one]", "a:b:view", "a:b:edit", "en: P", "en: Other").Replace(heldOnce)+
			"  - {id: s, title: {en: S, de: S}}\n")
	c, err := NewCatalogs(first, second)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := c.Facts(scope.MustParse("x"))
	if !ok || f.Entitlement != "two" || !slices.Equal(f.Permissions, []string{"a:b:view", "a:b:edit"}) {
		t.Errorf("x asks for %+v", f)
	}
	if s, ok := c.Scope("x"); !ok || !s.Dangerous {
		t.Errorf("x is %+v", s)
	}
	if plans := c.AllPlans(); len(plans) != 1 || !slices.Equal(plans[0].Entitlements, []string{"one", "two"}) {
		t.Errorf("plans %+v", plans)
	}
	if p, ok := c.Plan("p"); !ok || p.Title.EN != "P" {
		t.Errorf("p is %+v", p)
	}
	if r, ok := c.Role("r"); !ok || len(r.Permissions) != 2 || len(c.Roles()) != 2 {
		t.Errorf("r is %+v of %d", r, len(c.Roles()))
	}
	if e, ok := c.Entitlement("one"); !ok || e.Title.EN != "first one" || len(c.Entitlements()) != 2 {
		t.Errorf("one is %+v", e)
	}
	if p, ok := c.Permission("a:b:edit"); !ok || p.Title.DE != "E" || len(c.Permissions()) != 2 {
		t.Errorf("a:b:edit is %+v", p)
	}
	// What is put together here is not written into the catalogs.
	if len(first.Plans()[0].Entitlements) != 1 || len(first.Roles()[0].Permissions) != 1 {
		t.Error("a catalog was changed")
	}
}

func TestCatalogs_that_contradict_each_other_are_refused(t *testing.T) {
	_, err := NewCatalogs(described(t, "first", ", entitlement: one", ""), described(t, "second", ", entitlement: two", ""))
	if err == nil || !strings.Contains(err.Error(), "for x one catalog asks for the entitlement one, another for two") {
		t.Errorf("two entitlements for one scope: %v", err)
	}
}

func TestCatalogs_know_no_facts_of_unknown_names(t *testing.T) {
	c, err := NewCatalogs(described(t, "first", "", ""))
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Facts(scope.MustParse("y")); ok {
		t.Error("y is known")
	}
	if _, ok := c.Scope(""); ok {
		t.Error("the empty name is known")
	}
	if _, ok := c.Plan(""); ok {
		t.Error("the empty plan is known")
	}
	if _, ok := c.Nearest(scope.MustParse("something.else")); ok {
		t.Error("something is near to what nobody named")
	}
	c, err = NewCatalogs(described(t, "first", "", ""), analytics(t))
	if err != nil {
		t.Fatal(err)
	}
	if near, ok := c.Nearest(scope.MustParse("tableau:content:raed")); !ok || near.String() != "tableau:content:read" {
		t.Errorf("nearest is %q", near)
	}
}
