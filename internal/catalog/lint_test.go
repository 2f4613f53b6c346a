package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/catalog"
	"prokura/internal/scope"
)

var noScopes scope.Bits

func TestLint_of_the_shipped_catalog_has_only_these_notes(t *testing.T) {
	var got []string
	for _, p := range analytics(t).Lint() {
		if p.Severity != catalog.Note || p.File != "catalogs/analytics.yaml" || p.Line < 2 {
			t.Errorf("%s", p)
		}
		got = append(got, p.Message)
	}
	want := []string{
		`wildcard "tableau:metrics:*" covers deletion`,
		`wildcard "tableau:users:*" covers deletion`,
		`wildcard "tableau:groups:*" covers deletion`,
		`wildcard "tableau:projects:*" covers deletion`,
		`wildcard "tableau:permissions:*" covers deletion`,
		`wildcard "tableau:sites:*" covers deletion`,
		`method "sign_in" needs no scope: Prokura answers it, for everybody who may ask`,
		`method "sign_out" needs no scope: Prokura answers it, for everybody who may ask`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

func TestLint_finds_paths_that_collide_or_are_hidden(t *testing.T) {
	for _, x := range []struct {
		paths []string
		want  string // in the one problem; empty: there is none
	}{
		{[]string{"/a/{x}", "/a/{n}", "/a/{v}", "/a/{e}", "/a/b"}, ""},
		{[]string{"/a/b", "/a/b"}, `test.yaml:26:5: error: method "m2" has the verb and path of "m1": declare it as alias_of: m1, or take one out`},
		{[]string{"/a/{x}", "/a/{x}"}, `method "m2" has the verb and path of "m1"`},
		{[]string{"/a/{e}", "/a/one", "/a/two"}, `method "m1" is never reached`},
		{[]string{"/a/{e}", "/a/one"}, ""},
		{[]string{"/a/{e}/c", "/a/one/c", "/a/two/d"}, ""},
		{[]string{"/a/{e}/c", "/a/one/c", "/a/two/{x}"}, `method "m1" is never reached`},
		{[]string{"/{e}/{x}", "/one/{x}", "/two/{x}"}, `method "m1" is never reached`},
		{[]string{"/{x}/one", "/{n}/one", "/{x}/{e}"}, ""},
	} {
		c, problems := catalog.Load("test.yaml", []byte(small(x.paths...)))
		switch {
		case x.want == "" && c == nil:
			t.Errorf("%v: %v", x.paths, messages(problems))
		case x.want != "" && (len(problems) != 1 || !strings.Contains(problems[0].String(), x.want)):
			t.Errorf("%v: %v, want one problem: %s", x.paths, messages(problems), x.want)
		}
	}
}

func TestLint_two_parameters_of_one_kind_are_one_path(t *testing.T) {
	src := strings.Replace(small("/a/{x}", "/a/{y}"), "  x: text\n", "  x: text\n  y: text\n", 1)
	_, problems := catalog.Load("test.yaml", []byte(src))
	if len(problems) != 1 || !strings.Contains(problems[0].Message, `has the verb and path of "m1"`) {
		t.Errorf("%v", messages(problems))
	}
}

func TestLint_aliases_must_agree(t *testing.T) {
	alias := func(old, new string) string {
		src := small("/a/{x}", "/a/{x}")
		head, tail, _ := strings.Cut(src, "  - id: m2")
		return head + "  - id: m2" + strings.Replace(tail, old, new, 1)
	}
	for _, x := range []struct{ old, new, want string }{
		{"tenant: token", "tenant: token\n    alias_of: m1", ""},
		{"tenant: token", "tenant: token\n    alias_of: m3", `method "m2" is an alias of "m3", which the catalog does not have`},
		{"tenant: token", "tenant: token\n    alias_of: m2", `is an alias of "m2", which is an alias itself`},
		{"path: /a/{x}\n    needs: t:read\n", "path: /a/{n}\n    needs: t:read\n    alias_of: m1\n", `has another verb or path`},
		{"verb: GET", "verb: PUT\n    alias_of: m1", `has another verb or path`},
		{"needs: t:read", "needs: t:other\n    alias_of: m1", `needs another scope`},
		{"tenant: token", "tenant: token\n    permission: \"t:t:use\"\n    alias_of: m1", `is an alias of "m1", but needs another permission`},
		{"needs: t:read\n    tenant: token", "needs: t:read\n    tenant: body\n    answered_by: prokura\n    alias_of: m1", `is answered, or finds the tenant, in another way`},
	} {
		src := strings.Replace(alias(x.old, x.new), "methods:\n", "  - {name: t:other, type: individual, title: {en: O, de: O}, description: {en: O, de: O}}\nmethods:\n", 1)
		src += "permissions:\n  - {id: \"t:t:use\", title: {en: U, de: U}}\n"
		c, problems := catalog.Load("test.yaml", []byte(src))
		switch {
		case x.want == "" && c == nil:
			t.Errorf("%s: %v", x.new, messages(problems))
		case x.want != "" && !slices.ContainsFunc(messages(problems), func(m string) bool { return strings.Contains(m, x.want) }):
			t.Errorf("%s: %v, want %s", x.new, messages(problems), x.want)
		}
	}
}

func TestLint_notes_what_is_idle_or_untold(t *testing.T) {
	c, problems := catalog.Load("test.yaml", []byte(threeScopes("t:a")))
	if c == nil {
		t.Fatal(messages(problems))
	}
	want := []string{
		`test.yaml:13:5: note: scope "t:read" is needed by no method`,
		`test.yaml:17:5: note: the scope's description in English and German is missing`,
		`test.yaml:18:5: note: scope "t:b" is needed by no method`,
		`test.yaml:18:5: note: the scope's description in English and German is missing`,
		`test.yaml:19:5: note: the scope's description in English and German is missing`,
		`test.yaml:24:5: note: the method's description in English and German is missing`,
	}
	if d := cmp.Diff(want, messages(c.Lint())); d != "" {
		t.Error(d)
	}
	c, _ = catalog.Load("test.yaml", []byte(strings.Replace(threeScopes("t:a"), "verb: GET", "verb: DELETE", 1)))
	if !slices.Contains(messages(c.Lint()), `test.yaml:19:5: note: wildcard "t:*" covers deletion`) {
		t.Error("a wildcard that covers deletion is not noted")
	}
}
