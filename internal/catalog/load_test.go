package catalog_test

import (
	"slices"
	"strings"
	"testing"

	"prokura/internal/catalog"
	"prokura/internal/scope"
)

// change is small("/a/{x}") with one text in place of another.
func change(t *testing.T, old, new string) string {
	t.Helper()
	src := small("/a/{x}")
	if !strings.Contains(src, old) {
		t.Fatalf("the small catalog lacks %q", old)
	}
	return strings.Replace(src, old, new, 1)
}

// messages are the problems as place and text.
func messages(list []catalog.Problem) []string {
	var out []string
	for _, p := range list {
		out = append(out, p.String())
	}
	return out
}

func TestLoad_names_what_is_wrong_and_where(t *testing.T) {
	c, problems := catalog.Load("test.yaml", []byte(small("/a/{x}")))
	if c == nil || len(problems) > 0 {
		t.Fatalf("the small catalog does not load: %v", messages(problems))
	}
	for _, x := range []struct{ old, new, want string }{
		{"trailing_slash: allow", "trailing_slahs: allow", `test.yaml:3:1: error: the catalog has no key "trailing_slahs", did you mean "trailing_slash"?`},
		{"trailing_slash: allow", "trailing_slash: alow", `test.yaml:3:17: error: trailing_slash is "alow", must be one of: allow, refuse, did you mean "allow"?`},
		{"catalog: small\n", "", `test.yaml:1:1: error: the catalog lacks the key "catalog"`},
		{"catalog: small", "catalog: Small One", `test.yaml:1:10: error: the catalog's name is "Small One": only lower-case`},
		{"catalog: small", "catalog: small\ncatalog: other", `test.yaml:2:1: error: the catalog has the key "catalog" twice`},
		{"catalog: small", "catalog:", `the catalog's name must be a text`},
		{"catalog: small", "catalog: [small]", `the catalog's name must be a text`},
		{"{en: Small, de: Klein}", "{en: Small, de: Klein, fr: Petit}", `test.yaml:2:31: error: the title has no key "fr"`},
		{"{en: Small, de: Klein}", "{en:Small}", `the title must be a mapping of keys and values`},
		{"{en: Small, de: Klein}", "{en: Small}", `test.yaml:1:1: error: the catalog's title in German is missing`},
		{"{en: Small, de: Klein}", "Small", `test.yaml:2:8: error: the title must be a mapping of keys and values`},
		{"x: text", "x: txet", `test.yaml:5:6: error: the type of parameter "x" is "txet", must be one of: text, number, version, enum, did you mean "text"?`},
		{"x: text", "X: text", `the parameter's name is "X"`},
		{"x: text", "x: enum", `parameter "x" is an enum: it needs values`},
		{"x: text", "x: {type: text, values: [a]}", `parameter "x" is no enum: it has no values`},
		{"x: text", "x: {type: text, from: 1.0}", `parameter "x" is no version: it has no bounds`},
		{"x: text", "x: version", `parameter "x" is a version: it needs the bounds from and to`},
		{"from: 1.0, to: 3.9", "from: 3.9, to: 1.0", `parameter "v" is a version: it needs the bounds from and to, in this order`},
		{"from: 1.0", "from: one", `the bound of parameter "v" must be a number, a point and a number`},
		{"[one, two]", "[one, one]", `test.yaml:8:33: error: the values of parameter "e" names "one" twice`},
		{"[one, two]", "[one, a/b]", `test.yaml:8:33: error: "a/b" cannot stand in a path as it is`},
		{"name: t:read", "name: t read", `the character at position 2 may not stand in a scope`},
		{"name: t:read", "name: t:*", `"t:*" has a *, but is no wildcard`},
		{"type: individual", "type: indvidual", `did you mean "individual"?`},
		{"type: individual", "type: wildcard", `the wildcard "t:read" must end in its only *`},
		{"type: individual", "type: individual\n    members: [t:read]", `test.yaml:15:14: error: "t:read" is no wildcard: it has no members`},
		{"needs: t:read", "needs: t:raed", `test.yaml:22:12: error: the catalog has no scope "t:raed", did you mean "t:read"?`},
		{"needs: t:read", "needs: {}", `needs must be a scope, or one key any_of or all_of`},
		{"needs: t:read", "needs: {any_of: []}", `the list is empty`},
		{"needs: t:read", "needs: {all_of: []}", `the list is empty`},
		{"needs: t:read", "needs: {none_of: [t:read]}", `needs has no key "none_of", did you mean "any_of"?`},
		{"    needs: t:read\n", "", `method "m1" needs no scope, so nobody can call it`},
		{"category: things", "category: thigns", `test.yaml:19:15: error: the catalog has no category "thigns", did you mean "things"?`},
		{"verb: GET", "verb: get", `test.yaml:20:11: error: the verb is "get", must be one of: GET`},
		{"path: /a/{x}", "path: /a/{y}", `test.yaml:21:11: error: the path names a parameter {y} that the catalog does not have`},
		{"path: /a/{x}", "path: /a/{x}/{x}", `the path names the parameter {x} twice`},
		{"path: /a/{x}", "path: a/{x}", `must begin with a slash`},
		{"path: /a/{x}", "path: /a/{x}/", `end without slash`},
		{"path: /a/{x}", "path: /a//{x}", `a segment "" that no canonical path can have`},
		{"path: /a/{x}", "path: /a/../{x}", `a segment ".." that no canonical path can have`},
		{"path: /a/{x}", "path: /a/b{x}", `a segment "b{x}" that no canonical path can have`},
		{"path: /a/{x}", "path: /a/*", `a segment "*" that no canonical path can have`},
		{"path: /a/{x}", "path: /a/b%20c", `a segment "b%20c" that no canonical path can have`},
		{"path: /a/{x}", "path: /a" + strings.Repeat("/b", 32), `the path has 33 segments`},
		{"tenant: token", "tenant: body", `only a method that is answered_by: prokura can take the tenant from its body`},
		{"    tenant: token\n", "", `the catalog has no tenant_parameter: say tenant: token`},
		{"categories:", "tenant_parameter: y\ncategories:", `the catalog has no parameter "y"`},
		{"categories:", "tenant_parameter: x\ncategories:", `the path names the tenant {x}: the key tenant contradicts it`},
		{"categories:", "tenant_parameter: n\ncategories:", ``},
		{"categories:", "plans:\n  - id: p\n    title: {en: P, de: P}\n  - id: p\n    title: {en: P, de: P}\ncategories:", `the plan "p" stands here twice`},
		{"categories:", "roles:\n  - id: p\n    titel: {en: P, de: P}\ncategories:", `a role has no key "titel", did you mean "title"?`},
		{"methods:", "methods: {}\nother:", `methods must be a list`},
		{"catalog: small", "catalog: &x small", `anchors and aliases are not read`},
		{"catalog: small", "catalog: !!str small", `tags are not read`},
		{"title: {en: Things, de: Dinge}", "title: {<<: {en: T}, de: Dinge}", `merge keys are not read`},
		{"catalog: small", "catalog: small\n---\ncatalog: small", `a second document`},
		{"catalog: small", "catalog: [small", `not YAML: `},
		{"catalog: small", "catalog: \"small", `not YAML: `},
		{"catalog: small", "catalog:\tsmall", `test.yaml:1:9: error: a control character; indent with spaces`},
		{"catalog: small", "catalog: sm\xffall", `test.yaml:1:1: error: the line is not UTF-8`},
		{"catalog: small", "catalog: " + strings.Repeat("[", 300), `nested more than 32 levels deep`},
		{"catalog: small", "catalog: " + strings.Repeat("x", 5000), `test.yaml:1:1: error: the line has 5009 bytes`},
	} {
		c, problems := catalog.Load("test.yaml", []byte(change(t, x.old, x.new)))
		if x.want == "" {
			if c == nil {
				t.Errorf("%q: %v", x.new, messages(problems))
			}
			continue
		}
		if c != nil || !slices.ContainsFunc(messages(problems), func(m string) bool { return strings.Contains(m, x.want) }) {
			t.Errorf("%.40q in place of %q says\n  %s\nwant\n  %s", x.new, x.old, strings.Join(messages(problems), "\n  "), x.want)
		}
	}
}

func TestLoad_answers_all_problems_in_the_order_of_the_file(t *testing.T) {
	src := strings.NewReplacer("trailing_slash: allow", "trailing_slash: maybe", "x: text", "x: txt", "needs: t:read", "needs: t:reed",
		"verb: GET", "verb: FETCH").Replace(small("/a/{x}", "/b"))
	c, problems := catalog.Load("test.yaml", []byte(src))
	var lines []int
	for _, p := range problems {
		lines = append(lines, p.Line)
	}
	if c != nil || len(lines) != 6 || !slices.IsSorted(lines) {
		t.Errorf("%d problems, want 6 in order:\n%s", len(lines), strings.Join(messages(problems), "\n"))
	}
}

func TestLoad_refuses_what_is_too_large_or_multiplies(t *testing.T) {
	if c, p := catalog.Load("test.yaml", []byte(strings.Repeat("# comment\n", 500_000))); c != nil || len(p) != 1 {
		t.Errorf("5 MB: %v", messages(p))
	}
	bomb := "a: &a [x, x, x, x, x, x, x, x]\n"
	for _, pair := range []string{"ba", "cb", "dc", "ed", "fe", "gf", "hg"} {
		bomb += pair[:1] + ": &" + pair[:1] + " [" + strings.TrimSuffix(strings.Repeat("*"+pair[1:]+", ", 8), ", ") + "]\n"
	}
	if c, p := catalog.Load("test.yaml", []byte(bomb)); c != nil || len(p) == 0 {
		t.Error("the anchors of a bomb were followed")
	}
	if c, p := catalog.Load("test.yaml", nil); c != nil || len(p) != 1 || !strings.Contains(p[0].Message, "empty") {
		t.Errorf("an empty file: %v", messages(p))
	}
	if c, p := catalog.Load("test.yaml", []byte("- a\n- b\n")); c != nil || len(p) == 0 {
		t.Error("a list was read as a catalog")
	}
}

// threeScopes has scopes t:a, t:b, t:c, a wildcard t:* of a and b, and one method with the need given.
func threeScopes(need string) string {
	return strings.Replace(smallHead, "methods:\n", "", 1) + `  - {name: t:a, type: individual, title: {en: A, de: A}}
  - {name: t:b, type: individual, title: {en: B, de: B}}
  - name: "t:*"
    type: wildcard
    title: {en: W, de: W}
    members: [t:a, t:b]
methods:
  - id: m
    category: things
    verb: GET
    path: /m
    tenant: token
    title: {en: T, de: T}
    needs: ` + need + "\n"
}

func TestNeeds_any_of_and_all_of(t *testing.T) {
	for _, x := range []struct {
		need, names string
		yes, no     []string // scope lists
	}{
		{"t:a", "t:a", []string{"t:a", "t:a t:b", "t:*"}, []string{"", "t:b", "t:read"}},
		{"{any_of: [t:a, t:b]}", "t:a | t:b", []string{"t:a", "t:b", "t:*"}, []string{"", "t:read"}},
		{"{all_of: [t:a, t:b]}", "t:a + t:b", []string{"t:a t:b", "t:*"}, []string{"t:a", "t:b", ""}},
		{"{any_of: [t:read, {all_of: [t:a, t:b]}]}", "t:read | t:a + t:b", []string{"t:read", "t:*"}, []string{"t:a", "t:b"}},
		{"{all_of: [t:read, {any_of: [t:a, t:b]}]}", "t:a + t:read | t:b + t:read", []string{"t:read t:a", "t:read t:b"}, []string{"t:read", "t:*"}},
		{"{any_of: [t:a, {all_of: [t:a, t:b]}]}", "t:a", []string{"t:a"}, []string{"t:b"}},
		{"{any_of: [t:a, {any_of: [t:a]}]}", "t:a", []string{"t:a"}, []string{"t:b"}},
	} {
		c, problems := catalog.Load("test.yaml", []byte(threeScopes(x.need)))
		if c == nil {
			t.Errorf("%s: %v", x.need, messages(problems))
			continue
		}
		m, _ := c.Method("m")
		if m.NeedNames() != x.names {
			t.Errorf("%s is written %q, want %q", x.need, m.NeedNames(), x.names)
		}
		for i, list := range append(slices.Clone(x.yes), x.no...) {
			sent, err := scope.ParseList(list)
			if err != nil {
				t.Fatal(err)
			}
			bits, concrete, _ := c.Expand(sent)
			if got, want := m.Covered(&bits), i < len(x.yes); got != want {
				t.Errorf("%s with %q: %v, want %v", x.need, list, got, want)
			}
			if m.Covered(&bits) != (m.Missing(concrete).Len() == 0) {
				t.Errorf("%s with %q: %q is said to be missing", x.need, list, m.Missing(concrete))
			}
		}
	}
	if _, p := catalog.Load("test.yaml", []byte(threeScopes(`"t:*"`))); !strings.Contains(strings.Join(messages(p), "\n"), "is a wildcard: a method needs concrete scopes") {
		t.Errorf("a method needs a wildcard: %v", messages(p))
	}
}

func TestWildcards_list_concrete_scopes_of_their_own_resource(t *testing.T) {
	for members, want := range map[string]string{
		"[t:a, t:c]":  `the catalog has no scope "t:c"`,
		"[t:a, t:a]":  `members names "t:a" twice`,
		"[]":          `the wildcard "t:*" has no members`,
		`["t:*"]`:     `"t:*" is a wildcard itself`,
		"[u:a]":       `the catalog has no scope "u:a", did you mean "t:a"?`,
		"[read, t:a]": `the catalog has no scope "read"`,
	} {
		_, problems := catalog.Load("test.yaml", []byte(strings.Replace(threeScopes("t:a"), "[t:a, t:b]", members, 1)))
		if !strings.Contains(strings.Join(messages(problems), "\n"), want) {
			t.Errorf("%s: %v, want %s", members, messages(problems), want)
		}
	}
	other := strings.Replace(threeScopes("t:a"), "{name: t:b,", "{name: ts:b,", 1)
	_, problems := catalog.Load("test.yaml", []byte(strings.Replace(other, "[t:a, t:b]", "[t:a, ts:b]", 1)))
	if !strings.Contains(strings.Join(messages(problems), "\n"), `"ts:b" is not of the resource "t:"`) {
		t.Errorf("a member of another resource: %v", messages(problems))
	}
}

func TestBits_know_concrete_names_only(t *testing.T) {
	c, _ := catalog.Load("test.yaml", []byte(threeScopes("t:a")))
	bits, concrete, unknown := c.Expand(scope.NewSet(scope.MustParse("t:*"), scope.MustParse("t:b"), scope.MustParse("t:x")))
	if concrete.String() != "t:a t:b" || unknown.String() != "t:x" || bits != c.Bits(concrete) {
		t.Errorf("Expand = %q, unknown %q", concrete, unknown)
	}
	if _, ok := c.Number(scope.MustParse("t:*")); ok {
		t.Error("a wildcard has a number")
	}
	if _, ok := c.Number(scope.MustParse("t:x")); ok {
		t.Error("an unknown name has a number")
	}
	if near, ok := c.Nearest(scope.MustParse("t:reed")); !ok || near.String() != "t:read" {
		t.Errorf("Nearest(t:reed) = %s", near)
	}
	if near, ok := c.Nearest(scope.MustParse("something:else")); ok {
		t.Errorf("Nearest(something:else) = %s", near)
	}
	other, _ := catalog.Load("test.yaml", []byte(threeScopes("t:b")))
	if len(c.Version) != 64 || c.Version == other.Version {
		t.Error("the version does not follow the source")
	}
}
