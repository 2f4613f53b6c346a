package catalog_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/scope"
)

func contactCenter(t *testing.T) *catalog.Catalog {
	t.Helper()
	src, _ := catalogs.Builtin("contactcenter")
	c, problems := catalog.Load("catalogs/contactcenter.yaml", src)
	if c == nil {
		t.Fatal(strings.Join(messages(problems), "\n"))
	}
	return c
}

func TestContactCenter_has_the_scopes_of_the_published_table(t *testing.T) {
	data, err := os.ReadFile("testdata/contactcenter_scopes.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range contactCenter(t).Scopes() {
		got = append(got, s.Name.String())
		if s.Type == catalog.Wildcard || s.Resource.ID == "" || len(s.Permissions) > 0 {
			t.Errorf("%s is a %s about %q that asks for %v: concrete scopes, each under a heading, that users give freely, since every call asks for the permission",
				s.Name, s.Type, s.Resource.ID, s.Permissions)
		}
	}
	if want := strings.Fields(string(data)); len(want) != 78 || !slices.Equal(got, want) {
		t.Errorf("%d scopes, want these %d in their order: %v", len(got), len(want), want)
	}
}

// The rule of this wire: what reads takes the read-only scope or the plain one; what writes takes the plain one alone.
func TestContactCenter_the_plain_scope_includes_the_readonly_one(t *testing.T) {
	c := contactCenter(t)
	upstream := 0
	for _, m := range c.Methods() {
		if m.AnsweredBy == catalog.ByUpstream {
			upstream++
		}
		if m.NeedNames() == "" {
			continue
		}
		var plain string
		for _, a := range m.Alternatives() {
			if a.Len() != 1 {
				t.Errorf("%s needs several scopes at once: %s", m.ID, m.NeedNames())
			}
			if name := a.String(); !strings.HasSuffix(name, ":readonly") {
				plain = name
			}
		}
		reads := m.Verb == "GET" || m.ID == "query_oauth_client_usage"
		for _, x := range []struct {
			name string
			want bool
		}{{plain, true}, {plain + ":readonly", reads}, {"stations", false}} {
			bits := c.Bits(scope.NewSet(scope.MustParse(x.name)))
			if m.Covered(&bits) != x.want {
				t.Errorf("%s is opened by %s: %t", m.ID, x.name, !x.want)
			}
		}
		if m.Permission == "" && !strings.HasPrefix(m.Path, "/api/v2/oauth/scopes") {
			t.Errorf("%s needs no permission", m.ID)
		}
	}
	if upstream < 10 {
		t.Errorf("%d methods of its own", upstream)
	}
}

func TestContactCenter_lints_with_a_note_for_each_method_about_the_own_token(t *testing.T) {
	var got []string
	for _, p := range contactCenter(t).Lint() {
		got = append(got, p.Message)
	}
	var want []string
	for _, id := range []string{"get_token", "check_token", "delete_token"} {
		want = append(want, `method "`+id+`" needs no scope: Prokura answers it, for everybody who may ask`)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s", strings.Join(got, "\n"))
	}
}

func TestContactCenter_texts_tell_scopes_apart(t *testing.T) {
	seen := map[string]string{}
	for _, s := range contactCenter(t).Scopes() {
		for _, text := range []string{"en " + s.Title.EN, "de " + s.Title.DE, "en " + s.Description.EN, "de " + s.Description.DE} {
			if other := seen[text]; other != "" {
				t.Errorf("%s and %s are both called %q", s.Name, other, text)
			}
			seen[text] = s.Name.String()
		}
	}
}

func TestContactCenter_what_deletes_or_opens_the_account_is_set_apart(t *testing.T) {
	c := contactCenter(t)
	for name, want := range map[string]bool{"oauth": true, "oauth:readonly": false, "authorization": true, "identity-providers": true,
		"recordings": true, "recordings:readonly": false, "users": true, "presence": false, "user-basic-info": false} {
		if s, ok := c.Scope(name); !ok || s.Dangerous != want {
			t.Errorf("%s is dangerous: %t", name, s.Dangerous)
		}
	}
}

func TestContactCenter_calls_find_their_methods(t *testing.T) {
	c := contactCenter(t)
	for call, want := range map[string]string{
		"GET /api/v2/oauth/clients":                                "list_oauth_clients",
		"GET /api/v2/oauth/clients/7":                              "get_oauth_client",
		"GET /api/v2/oauth/clients/7/usage/query/results/8":        "get_oauth_client_usage",
		"DELETE /api/v2/oauth/authorizations/7":                    "delete_oauth_authorization",
		"HEAD /api/v2/tokens/me":                                   "check_token",
		"DELETE /api/v2/tokens/me":                                 "delete_token",
		"DELETE /api/v2/tokens/4711":                               "delete_tokens_of_user",
		"GET /api/v2/users/me":                                     "get_user",
		"PATCH /api/v2/users/7/presence":                           "set_presence",
		"PUT /api/v2/routing/queues/7":                             "update_queue",
		"DELETE /api/v2/conversations/7/recordings/8":              "delete_recording",
		"GET /api/v2/externalcontacts/contacts":                    "list_external_contacts",
		"GET /api/v2/tokens/timeout":                               "only DELETE",
		"POST /api/v2/oauth/authorizations":                        "only GET",
		"GET /api/v2/oauth/clients/":                               "none",
		"GET /api/v2/oauth/clients/7/usage/query/results/8/extras": "none",
	} {
		verb, path, _ := strings.Cut(call, " ")
		if got := found(t, c, verb, path); got != want {
			t.Errorf("%s finds %q, want %q", call, got, want)
		}
	}
}
