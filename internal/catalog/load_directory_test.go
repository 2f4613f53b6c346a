package catalog_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/catalog"
)

// sharing is a catalog with everything that rests on plans and roles.
const sharing = `catalog: sharing
title: {en: Sharing, de: Freigabe}
categories:
  - id: notes
    title: {en: Notes, de: Notizen}
  - id: files
    title: {en: Files, de: Dateien}
entitlements:
  - {id: share, title: {en: Share, de: Freigeben}}
permissions:
  - {id: "notes:note:share", title: {en: Share notes, de: Notizen freigeben}}
  - {id: "notes:note:read", title: {en: Read notes, de: Notizen lesen}}
scopes:
  - {name: n:read, type: individual, permissions: ["notes:note:read"], title: {en: R, de: R}, description: {en: R, de: R}}
  - name: n:share
    type: individual
    entitlement: share
    permissions: ["notes:note:share"]
    resource: files
    dangerous: true
    title: {en: S, de: S}
    description: {en: S, de: S}
  - name: n:grant
    type: individual
    entitlement: share
    permissions: ["notes:note:read", "notes:note:share"]
    elsewhere: true
    title: {en: G, de: G}
    description: {en: G, de: G}
methods:
  - {id: m1, category: notes, verb: GET, path: /n, needs: n:read, tenant: token, title: {en: T, de: T}, description: {en: D, de: D}}
  - {id: m2, category: notes, verb: PUT, path: /n, needs: n:share, permission: "notes:note:share", tenant: token, title: {en: T, de: T}, description: {en: D, de: D}}
plans:
  - {id: team, title: {en: Team, de: Team}, entitlements: [share]}
roles:
  - {id: editor, title: {en: E, de: E}, description: {en: E, de: E}, permissions: ["notes:note:share", "notes:note:read"]}
`

func TestPlans_and_roles_load_with_what_they_hold(t *testing.T) {
	c, problems := catalog.Load("test.yaml", []byte(sharing))
	if c == nil {
		t.Fatal(messages(problems))
	}
	if notes := c.Lint(); len(notes) > 0 {
		t.Error(messages(notes))
	}
	s, ok := c.Scope("n:share")
	if !ok || s.Entitlement != "share" || !slices.Equal(s.Permissions, []string{"notes:note:share"}) || s.Resource.ID != "files" || !s.Dangerous {
		t.Errorf("n:share is %+v", s)
	}
	if s, _ := c.Scope("n:read"); s.Resource.ID != "notes" || s.Dangerous || s.Entitlement != "" {
		t.Errorf("n:read is %+v", s)
	}
	if s, _ := c.Scope("n:grant"); !s.Elsewhere || s.Resource.ID != "" {
		t.Errorf("n:grant is %+v", s)
	}
	if _, ok := c.Scope("n:none"); ok {
		t.Error("a scope that is not there is found")
	}
	if m, _ := c.Method("m2"); m.Permission != "notes:note:share" || m.UserPermission() != m.Permission {
		t.Errorf("m2 needs the permission %q", m.Permission)
	}
	if m, _ := c.Method("m1"); m.UserPermission() != "" {
		t.Errorf("m1 needs the permission %q", m.Permission)
	}
	if r := c.Roles()[0]; len(r.Permissions) != 2 || len(c.Permissions()) != 2 || len(c.Entitlements()) != 1 || len(c.Plans()[0].Entitlements) != 1 {
		t.Errorf("%+v", r)
	}
}

func TestPlans_and_roles_name_only_what_is_there(t *testing.T) {
	for _, x := range []struct{ old, new, want string }{
		{"entitlements: [share]", "entitlements: [shrae]", `test.yaml:34:60: error: the catalog has no entitlement "shrae", did you mean "share"?`},
		{"entitlements: [share]", "entitlements: [share, share]", `entitlements names "share" twice`},
		{"entitlement: share\n    permissions: [\"notes:note:share\"]", "entitlement: sharing", `test.yaml:17:18: error: the catalog has no entitlement "sharing"`},
		{"permissions: [\"notes:note:share\"]\n", "permissions: [\"notes:note:shaer\"]\n", `test.yaml:18:19: error: the catalog has no permission "notes:note:shaer", did you mean "notes:note:share"?`},
		{`permissions: ["notes:note:share", "notes:note:read"]}`, `permissions: ["notes:note:share", "notes:note:write"]}`, `the catalog has no permission "notes:note:write"`},
		{`{id: "notes:note:read",`, `{id: "notes:read",`, `the permission's id is "notes:read": it must be domain:entity:action`},
		{`permission: "notes:note:share", tenant`, `permission: "notes:note:shaer", tenant`, `test.yaml:32:80: error: the catalog has no permission "notes:note:shaer", did you mean "notes:note:share"?`},
		{`permission: "notes:note:share", tenant`, `permission: ["notes:note:share"], tenant`, `the permission must be a text`},
		{`{id: "notes:note:read",`, `{id: "notes:Note:read",`, `it must be domain:entity:action, each of letters`},
		{`{id: "notes:note:read",`, "{id: \"notes:note:loo\u212a\",", `it must be domain:entity:action`},
		{`{id: "notes:note:read",`, `{id: "notes:note:*",`, `it must be domain:entity:action`},
		{`{id: "notes:note:read",`, `{id: "notes:note:share",`, `test.yaml:12:5: error: the permission "notes:note:share" stands here twice`},
		{"permissions:\n", "  - {id: share, title: {en: S, de: S}}\npermissions:\n", `test.yaml:10:5: error: the entitlement "share" stands here twice`},
		{"{id: share, title: {en: Share, de: Freigeben}}", "{id: share, title: {en: Share}}", `the entitlement's title in German is missing`},
		{"title: {en: Share notes, de: Notizen freigeben}", "title: {en: Share notes}", `the permission's title in German is missing`},
		{"resource: files", "resource: flies", `test.yaml:19:15: error: the catalog has no category "flies", did you mean "files"?`},
		{"dangerous: true", "dangerous: yes", `test.yaml:20:16: error: dangerous is "yes", must be one of: true, false`},
		{"    resource: files\n", "    elsewhere: true\n", `scope "n:share" is needed by methods of this catalog: it is not elsewhere`},
		{"methods:", "  - {name: \"n:*\", type: wildcard, members: [n:read], entitlement: share, title: {en: W, de: W}}\nmethods:",
			`the wildcard "n:*" has the entitlement and permissions of its members, none of its own`},
		{"methods:", "  - {name: \"n:*\", type: wildcard, members: [n:read, n:share], title: {en: W, de: W}}\nmethods:",
			`the members of the wildcard "n:*" need different entitlements`},
	} {
		if !strings.Contains(sharing, x.old) {
			t.Fatalf("the catalog lacks %q", x.old)
		}
		c, problems := catalog.Load("test.yaml", []byte(strings.Replace(sharing, x.old, x.new, 1)))
		if c != nil || !slices.ContainsFunc(messages(problems), func(m string) bool { return strings.Contains(m, x.want) }) {
			t.Errorf("%q says\n  %s\nwant\n  %s", x.new, strings.Join(messages(problems), "\n  "), x.want)
		}
	}
}

func TestPlans_and_roles_that_nobody_has_are_noted(t *testing.T) {
	src := strings.NewReplacer(", entitlements: [share]", "", `, "notes:note:read"]}`, "]}", "    elsewhere: true\n", "").Replace(sharing)
	c, problems := catalog.Load("test.yaml", []byte(src))
	if c == nil {
		t.Fatal(messages(problems))
	}
	want := []string{
		`test.yaml:9:5: note: entitlement "share" is in no plan`,
		`test.yaml:12:5: note: permission "notes:note:read" is held by no role`,
		`test.yaml:23:5: note: scope "n:grant" is needed by no method`,
	}
	if d := cmp.Diff(want, messages(c.Lint())); d != "" {
		t.Error(d)
	}
}

func TestWildcards_ask_for_what_their_members_ask(t *testing.T) {
	src := strings.Replace(sharing, "methods:", "  - {name: \"n:*\", type: wildcard, members: [n:share, n:grant], title: {en: W, de: W}}\nmethods:", 1)
	c, problems := catalog.Load("test.yaml", []byte(src))
	if c == nil {
		t.Fatal(messages(problems))
	}
	w, ok := c.Scope("n:*")
	if !ok || w.Entitlement != "share" || !slices.Equal(w.Permissions, []string{"notes:note:read", "notes:note:share"}) || !w.Dangerous {
		t.Errorf("n:* is %+v", w)
	}
}

func TestPermissions_of_methods_are_shown(t *testing.T) {
	c, problems := catalog.Load("test.yaml", []byte(strings.ReplaceAll(sharing, "notes:note:share", "notes:note:shareAll")))
	if c == nil {
		t.Fatal(messages(problems))
	}
	var b bytes.Buffer
	if err := c.Table(&b, "de"); err != nil {
		t.Fatal(err)
	}
	want := "KATEGORIE  METHODE  VERB  PFAD  BEREICH  BERECHTIGUNG\n" +
		"Notizen    T        GET   /n    n:read\nNotizen    T        PUT   /n    n:share  notes:note:shareAll\n"
	if b.String() != want {
		t.Errorf("the table is\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := c.JSON(&b); err != nil || strings.Count(b.String(), `"permission": "notes:note:shareAll"`) != 1 {
		t.Errorf("%v\n%s", err, b.String())
	}
}
