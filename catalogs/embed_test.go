package catalogs_test

import (
	"testing"

	"prokura/catalogs"
	"prokura/internal/catalog"
)

func TestBuiltin_catalogs_load_under_their_names(t *testing.T) {
	names := catalogs.Names()
	if len(names) == 0 {
		t.Fatal("no catalog ships")
	}
	for _, name := range names {
		src, ok := catalogs.Builtin(name)
		if !ok {
			t.Errorf("%s is named and not there", name)
			continue
		}
		c, problems := catalog.Load("catalogs/"+name+".yaml", src)
		for _, p := range problems {
			t.Error(p)
		}
		if c != nil && c.Name != name {
			t.Errorf("catalogs/%s.yaml is the catalog %s", name, c.Name)
		}
	}
	for _, name := range []string{"", "Analytics", "analytics.yaml", "../catalogs/analytics", "embed"} {
		if _, ok := catalogs.Builtin(name); ok {
			t.Errorf("%q is a catalog that ships", name)
		}
	}
}
