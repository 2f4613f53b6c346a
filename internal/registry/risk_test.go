package registry

import (
	"testing"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/policy"
	"prokura/internal/scope"
)

func TestRisk(t *testing.T) {
	var list []*catalog.Catalog
	for _, name := range []string{"analytics", "contactcenter", "crm"} {
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
	for name, tt := range map[string]struct {
		scope string
		want  policy.Risk
	}{
		"what has only GET and searches, and is called so, reads": {"crm.objects.contacts.read", policy.Reads},
		"content is read":                               {"tableau:content:read", policy.Reads},
		"a POST writes":                                 {"tableau:workbooks:create", policy.Writes},
		"a PUT writes":                                  {"tableau:projects:update", policy.Writes},
		"what a catalog calls dangerous":                {"tableau:users:create", policy.Deletes},
		"a DELETE deletes":                              {"tableau:users:delete", policy.Deletes},
		"one DELETE among many methods deletes":         {"crm.objects.contacts.write", policy.Deletes},
		"what is described elsewhere, but is read":      {"crm.lists.read", policy.Reads},
		"what is described elsewhere, and may be worse": {"crm.lists.write", policy.Deletes},
		"what is called read-only":                      {"conversations:readonly", policy.Reads},
		"what is read-only and described elsewhere":     {"stations:readonly", policy.Reads},
		"a PATCH writes":                                {"presence", policy.Writes},
		"what says of itself that it only reads":        {"workitems:readonly", policy.Reads},
		"a wildcard":                                    {"tableau:users:*", policy.Deletes},
		"what no catalog knows":                         {"never.heard.of.read", policy.Deletes},
	} {
		if got := c.Risk(scope.MustParse(tt.scope)); got != tt.want {
			t.Errorf("%s: %s has %d, want %d", name, tt.scope, got, tt.want)
		}
	}
	for _, s := range c.scopes {
		if s.Dangerous && c.Risk(s.Name) != policy.Deletes {
			t.Errorf("%s is dangerous", s.Name)
		}
	}
	if c.Risk(scope.Scope{}) != policy.Deletes {
		t.Error("no scope at all is no risk")
	}
}
