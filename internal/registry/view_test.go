package registry

import (
	"slices"
	"testing"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/scope"
	"prokura/internal/store"
)

func shipped(t *testing.T, names ...string) *Catalogs {
	t.Helper()
	var list []*catalog.Catalog
	for _, name := range names {
		src, _ := catalogs.Builtin(name)
		cat, problems := catalog.Load(name+".yaml", src)
		if cat == nil {
			t.Fatal(problems)
		}
		list = append(list, cat)
	}
	c, err := NewCatalogs(list...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// One wire's scope oauth comes with every app, another's manages apps. Whatever the order of the catalogs, an app with the
// first is described as one that was merely connected, and every other one as what it is.
func TestView_an_implied_scope_is_described_as_what_it_is_to_the_app(t *testing.T) {
	for _, order := range [][]string{{"contactcenter", "crm"}, {"crm", "contactcenter"}} {
		c := shipped(t, order...)
		for name, x := range map[string]struct {
			reg       store.Registration
			title     string
			dangerous bool
		}{
			"an app that is installed by a URL": {store.Registration{InstallURL: true}, "Connect to the account", false},
			"an app of HubSpot's wire":          {store.Registration{Wire: HubSpotWire}, "Connect to the account", false},
			"any other app":                     {store.Registration{}, "Manage apps and authorizations", true},
		} {
			v := c.For(&x.reg)
			s, ok := v.Scope("oauth")
			if !ok || s.Title.EN != x.title || s.Dangerous != x.dangerous || s.Elsewhere == x.dangerous {
				t.Errorf("%v: to %s oauth is %q, dangerous %t, elsewhere %t", order, name, s.Title.EN, s.Dangerous, s.Elsewhere)
			}
			if s, _ := v.Scope("users"); s.Title.EN != "Manage users" {
				t.Errorf("%v: to %s users is %q", order, name, s.Title.EN)
			}
			if _, ok := v.Scope("nobody"); ok {
				t.Error("a scope that no catalog has is found")
			}
		}
		if s, _ := c.Scope("oauth"); s.Title.EN != "Manage apps and authorizations" {
			t.Errorf("%v: oauth is %q", order, s.Title.EN)
		}
	}
}

// TestA156_alone: where no user stands behind an app, its scopes open what they open to anybody.
func TestA156_alone_takes_the_permissions_of_the_methods(t *testing.T) {
	c := shipped(t, "analytics", "contactcenter", "crm")
	for name, want := range map[string][]string{
		"oauth:readonly":            {"oauth:client:view", "usage:client:view", "oauth:client:authorize"},
		"authorization":             {"oauth:token:delete"},
		"recordings":                {"recording:recording:view", "recording:recording:delete"},
		"stations":                  nil,
		"crm.objects.contacts.read": {"crm:contacts:view"},
		"tableau:content:read":      nil,
	} {
		if got := c.Alone(scope.MustParse(name)); !slices.Equal(got, want) {
			t.Errorf("%s alone takes %v, want %v", name, got, want)
		}
	}
	if got := c.Alone(scope.MustParse("oauth")); len(got) != 6 {
		t.Errorf("oauth alone takes %v", got)
	}
}
