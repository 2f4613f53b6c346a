package admin

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/v1"
)

func TestAuthentication(t *testing.T) {
	w := newWorld(t)
	other := entropy.Token(id.OperatorToken).Reveal()
	tests := []struct {
		name   string
		header http.Header
		status int
		code   string
	}{
		{"nothing", http.Header{"Authorization": nil}, 401, "operator_token_missing"},
		{"another token", http.Header{"Authorization": {"Bearer " + other}}, 401, "operator_token_invalid"},
		{"no scheme", http.Header{"Authorization": {w.token}}, 401, "operator_token_invalid"},
		{"another scheme", http.Header{"Authorization": {"Basic " + w.token}}, 401, "operator_token_invalid"},
		{"a space too many", http.Header{"Authorization": {"Bearer  " + w.token}}, 401, "operator_token_invalid"},
		{"half of it", http.Header{"Authorization": {"Bearer " + w.token[:20]}}, 401, "operator_token_invalid"},
		{"twice", http.Header{"Authorization": {"Bearer " + w.token, "Bearer " + w.token}}, 400, "credential_ambiguous"},
		{"with a session beside it", http.Header{"X-Tableau-Auth": {"x"}}, 400, "credential_ambiguous"},
		{"with an empty session beside it", http.Header{"X-Tableau-Auth": {""}}, 400, "credential_ambiguous"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, path := range []string{"/v1/tenants", "/v1/nothing"} { // nobody learns which paths there are
				a := w.send("GET", path, "", tt.header)
				a.refused(tt.status, tt.code)
				if got := a.header.Get("WWW-Authenticate"); (got != "") != (tt.status == 401) {
					t.Errorf("WWW-Authenticate: %q", got)
				}
				if strings.Contains(a.body, other) || strings.Contains(a.body, w.token[:20]) {
					t.Error("the answer repeats the token")
				}
			}
		})
	}
	w.send("GET", "/v1/tenants", "", http.Header{"Authorization": {"bearer " + w.token}}).is(200) // RFC 9110 §11.1
}

// TestA258_the_actor_is_who_authenticated, whatever headers and fields say.
func TestA258_the_actor_is_who_authenticated(t *testing.T) {
	w := newWorld(t)
	spoof := http.Header{"X-Actor": {"eve"}, "X-Forwarded-User": {"eve"}, "Prokura-Actor": {"eve"}, "From": {"eve"}}
	made := w.send("POST", "/v1/tenants", `{"name":"T","content_url":"acme","plan":"starter"}`, spoof).is(201)
	w.do("POST", "/v1/tenants", `{"name":"T","content_url":"b","plan":"starter","actor":"eve"}`).refused(400, "field_unknown")
	list := as[v1.List[v1.Entry]](w.do("GET", "/v1/tenants/"+as[v1.Tenant](made).ID+"/audit", "").is(200))
	if len(list.Items) != 1 || list.Items[0].Actor != (v1.Actor{Kind: "operator"}) || list.Items[0].Action != "tenant.create" {
		t.Errorf("audit: %+v", list.Items)
	}
}

func TestAddresses_that_nothing_answers(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	for _, path := range []string{"/v1", "/v1/", "/v1/nothing", in + "/nothing", in + "/users/x/y", "/v2/tenants"} {
		w.do("GET", path, "").refused(404, "route_unknown")
	}
	for _, tt := range []struct{ verb, path, allow string }{
		{"DELETE", "/v1/tenants", "GET, HEAD, POST"},
		{"OPTIONS", "/v1/tenants", "GET, HEAD, POST"},
		{"PUT", in, "GET, HEAD, PATCH, DELETE"},
		{"GET", in + "/connected-apps/x/enable", "POST"},
		{"PATCH", in + "/groups/x/users/y", "PUT, DELETE"},
		{"BREW", "/v1/keys", "GET, HEAD, POST"},
	} {
		a := w.do(tt.verb, tt.path, "")
		p := a.refused(405, "verb_not_allowed")
		if got := a.header.Get("Allow"); got != tt.allow {
			t.Errorf("%s: Allow: %q, want %q", a.asked, got, tt.allow)
		}
		if !strings.Contains(p.Message.EN, tt.verb) || !strings.Contains(p.Remedy.DE, tt.allow) {
			t.Errorf("%s: %+v", a.asked, p)
		}
	}
	if a := w.do("HEAD", in, "").is(200); a.body != "" || a.header.Get("Content-Type") != "application/json" {
		t.Errorf("HEAD: %q, %v", a.body, a.header)
	}
}

// TestA127_bodies_are_read_strictly.
func TestA127_bodies_are_read_strictly(t *testing.T) {
	w := newWorld(t)
	const good = `{"name":"T","content_url":"acme","plan":"starter"}`
	tests := []struct{ name, body, code, message string }{
		{"a field twice", `{"name":"T","name":"U","content_url":"acme","plan":"starter"}`, "field_twice", "“name” was sent twice."},
		{"a field that is not known", `{"name":"T","content_url":"acme","plan":"starter","id":"x"}`, "field_unknown", "“id” is not known here."},
		{"a field in other case", `{"Name":"T","content_url":"acme","plan":"starter"}`, "field_unknown", "“Name” is not known here."},
		{"a second document", good + good, "body_not_object", ""},
		{"text after the document", good + "x", "body_not_object", ""},
		{"null", "null", "body_not_object", ""},
		{"a list", "[" + good + "]", "body_not_object", ""},
		{"a string", `"x"`, "body_not_object", ""},
		{"nothing but a space", " ", "body_not_object", ""},
		{"half a document", good[:20], "body_not_object", ""},
		{"a byte order mark", "\ufeff" + good, "body_not_object", ""},
		{"a lone surrogate", `{"name":"\ud800","content_url":"acme","plan":"starter"}`, "body_not_object", ""},
		{"bad UTF-8", "{\"name\":\"\xff\"}", "body_not_object", ""},
		{"ten thousand levels", strings.Repeat("[", 10_000), "body_not_object", ""},
		{"deep inside", `{"name":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, "body_not_object", ""},
		{"a number for a name", `{"name":1e999,"content_url":"acme","plan":"starter"}`, "field_kind", "“name” does not take a JSON value of the kind number."},
		{"null for a name", `{"name":null,"content_url":"acme","plan":"starter"}`, "field_kind", "“name” does not take a JSON value of the kind null."},
		{"an object for a name", `{"name":{},"content_url":"acme","plan":"starter"}`, "field_kind", "“name” does not take a JSON value of the kind object."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := w.do("POST", "/v1/tenants", tt.body).refused(400, tt.code)
			if tt.message != "" && p.Message.EN != tt.message {
				t.Errorf("%q, want %q", p.Message.EN, tt.message)
			}
			if tt.code == "field_unknown" && !strings.Contains(p.Remedy.EN, "Known are: name, content_url, plan.") {
				t.Errorf("the remedy %q does not say what is known", p.Remedy.EN)
			}
		})
	}
	w.do("POST", "/v1/tenants", `{"name":"`+strings.Repeat("x", 1<<20)+`"}`).refused(413, "body_too_large")
	if n := len(as[v1.List[v1.Tenant]](w.do("GET", "/v1/tenants", "").is(200)).Items); n != 0 {
		t.Errorf("%d tenants were made", n)
	}
	w.do("POST", "/v1/tenants", good).is(201)
}

// TestA127_requests_without_body take none: what somebody meant by one would be lost.
func TestA127_requests_without_body_take_none(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	app := w.make(in+"/connected-apps", `{"name":"a"}`)
	w.do("POST", app+"/secrets", `{"value":"mine"}`).refused(400, "field_unknown")
	w.do("POST", app+"/disable", `{"enabled":true}`).refused(400, "field_unknown")
	w.do("POST", app+"/disable", `x`).refused(400, "body_not_object")
	w.do("POST", app+"/disable", `{}`).is(200)
	w.do("POST", app+"/secrets", "").is(201)
}

// TestA128_only_JSON_is_read: a form of a foreign page cannot send it without asking first.
func TestA128_only_JSON_is_read(t *testing.T) {
	w := newWorld(t)
	const good = `{"name":"T","content_url":"acme","plan":"starter"}`
	for _, mt := range []string{"text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "", "application/json; charset", "application/jsonp", "text/json"} {
		p := w.send("POST", "/v1/tenants", good, http.Header{"Content-Type": {mt}}).refused(415, "media_type_unsupported")
		if !strings.Contains(p.Remedy.EN, "application/json") {
			t.Errorf("remedy: %q", p.Remedy.EN)
		}
	}
	w.send("POST", "/v1/tenants", good, http.Header{"Content-Type": {"Application/JSON; charset=utf-8"}}).is(201)
}

// routes are all requests that name something below a tenant, with a body that would be right. {} stands for the
// tenant, what follows a kind for an id of it.
var routes = []struct{ verb, path, body string }{
	{"GET", "{}", ""}, {"PATCH", "{}", `{"name":"X"}`}, {"DELETE", "{}", ""},
	{"GET", "{}/users", ""}, {"POST", "{}/users", `{"name":"n"}`},
	{"GET", "{}/users/{user}", ""}, {"PATCH", "{}/users/{user}", `{"full_name":"X"}`}, {"DELETE", "{}/users/{user}", ""},
	{"GET", "{}/users/{user}/groups", ""},
	{"GET", "{}/groups", ""}, {"POST", "{}/groups", `{"name":"n"}`},
	{"GET", "{}/groups/{group}", ""}, {"PATCH", "{}/groups/{group}", `{"name":"X"}`}, {"DELETE", "{}/groups/{group}", ""},
	{"GET", "{}/groups/{group}/users", ""}, {"PUT", "{}/groups/{group}/users/{user}", ""}, {"DELETE", "{}/groups/{group}/users/{user}", ""},
	{"GET", "{}/connected-apps", ""}, {"POST", "{}/connected-apps", `{"name":"n"}`},
	{"GET", "{}/connected-apps/{app}", ""}, {"PATCH", "{}/connected-apps/{app}", `{"name":"X"}`}, {"DELETE", "{}/connected-apps/{app}", ""},
	{"POST", "{}/connected-apps/{app}/enable", ""}, {"POST", "{}/connected-apps/{app}/revoke", ""}, {"POST", "{}/connected-apps/{app}/authorize", ""}, {"POST", "{}/connected-apps/{app}/disable", ""},
	{"GET", "{}/connected-apps/{app}/secrets", ""}, {"POST", "{}/connected-apps/{app}/secrets", ""},
	{"DELETE", "{}/connected-apps/{app}/secrets/{secret}", ""},
	{"GET", "{}/entitlements", ""},
	{"GET", "{}/roles", ""}, {"POST", "{}/roles", `{"id":"r","name":"n"}`},
	{"GET", "{}/users/{user}/roles", ""}, {"PUT", "{}/users/{user}/roles/site_admin", ""}, {"DELETE", "{}/users/{user}/roles/user", ""},
	{"POST", "{}/users/{user}/invite", ""}, {"POST", "{}/users/{user}/password-link", ""},
	{"GET", "{}/users/{user}/grants", ""}, {"GET", "{}/grants", ""}, {"GET", "{}/authorizations", ""},
	{"GET", "{}/refusals", ""},
}

// TestA151_what_another_tenant_has_is_not_there: in every place of every route, an id of another tenant gets the
// answer of an id that nobody has.
func TestA151_what_another_tenant_has_is_not_there(t *testing.T) {
	w := newWorld(t)
	fill := func(contentURL string) map[string]string {
		in := w.tenant(contentURL)
		app := w.make(in+"/connected-apps", `{"name":"a"}`)
		secret := as[v1.Secret](w.do("POST", app+"/secrets", "").is(201))
		last := func(path string) string { return path[strings.LastIndex(path, "/")+1:] }
		return map[string]string{"{}": in, "{user}": last(w.make(in+"/users", `{"name":"u"}`)),
			"{group}": last(w.make(in+"/groups", `{"name":"g"}`)), "{app}": last(app), "{secret}": secret.ID}
	}
	mine, theirs := fill("mine"), fill("theirs")
	nobody := map[string]string{}
	for kind := range mine {
		nobody[kind] = entropy.ID[id.User]().String()
	}
	checked := 0
	for _, route := range routes {
		for kind := range mine {
			if !strings.Contains(route.path, kind) || kind == "{}" {
				continue
			}
			ask := func(ids map[string]string) (int, string) {
				path := strings.ReplaceAll(route.path, kind, ids[kind])
				for k, v := range mine {
					path = strings.ReplaceAll(path, k, v)
				}
				a := w.do(route.verb, path, route.body).is(404)
				return a.status, strings.NewReplacer(ids[kind], "ID", a.header.Get("Prokura-Reference"), "REFERENCE").Replace(a.body)
			}
			status, body := ask(theirs)
			wantStatus, want := ask(nobody)
			if status != wantStatus || body != want {
				t.Errorf("%s %s, %s of another tenant: %d %s\nof nobody: %d %s", route.verb, route.path, kind, status, body, wantStatus, want)
			}
			checked++
		}
		// Nor is there anything below a tenant that nobody has.
		path := route.path
		for k, v := range mine {
			if k == "{}" {
				v = "/v1/tenants/" + nobody[k]
			}
			path = strings.ReplaceAll(path, k, v)
		}
		w.do(route.verb, path, route.body).refused(404, "object_not_found")
	}
	if checked < 18 {
		t.Errorf("only %d places were checked", checked)
	}
	for kind, path := range map[string]string{"user": "/users/", "group": "/groups/", "app": "/connected-apps/"} {
		w.do("GET", theirs["{}"]+path+theirs["{"+kind+"}"], "").is(200) // and nothing of theirs was touched
	}
}

// TestA151_every_route_is_asked keeps the list above complete.
func TestA151_every_route_is_asked(t *testing.T) {
	w := newWorld(t)
	for _, verb := range []string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
		for _, path := range []string{"", "/users", "/users/x", "/users/x/groups", "/groups", "/groups/x", "/groups/x/users", "/groups/x/users/y",
			"/connected-apps", "/connected-apps/x", "/connected-apps/x/enable", "/connected-apps/x/disable", "/connected-apps/x/revoke", "/connected-apps/x/authorize", "/connected-apps/x/secrets",
			"/connected-apps/x/secrets/y", "/refusals"} {
			r, err := http.NewRequest(verb, "/v1/tenants/t"+path, nil)
			w.ok(err)
			_, pattern := w.api.mux.Handler(r)
			asked := slices.ContainsFunc(routes, func(route struct{ verb, path, body string }) bool {
				p := strings.NewReplacer("{}", "/v1/tenants/{tenant}", "{app}", "{client}").Replace(route.path)
				return route.verb+" "+p == pattern
			})
			if pattern != "" && !asked {
				t.Errorf("%s is not asked", pattern)
			}
		}
	}
}

// TestA152_a_cursor_only_names_a_place in the list of the tenant in the path.
func TestA152_a_cursor_only_names_a_place(t *testing.T) {
	w := newWorld(t)
	mine, theirs := w.tenant("mine"), w.tenant("theirs")
	for _, name := range []string{"a", "b", "c"} {
		w.make(mine+"/users", `{"name":"my-`+name+`"}`)
		w.make(theirs+"/users", `{"name":"their-`+name+`"}`)
	}
	first := as[v1.List[v1.User]](w.do("GET", theirs+"/users?limit=1", "").is(200))
	for _, after := range []string{first.Next, "", "my-a", "'%20OR%201=1--", "zzz"} {
		list := as[v1.List[v1.User]](w.do("GET", mine+"/users?after="+after, "").is(200))
		for _, u := range list.Items {
			if !strings.HasPrefix(u.Name, "my-") {
				t.Errorf("after %q: %s", after, u.Name)
			}
		}
		if *list.Total != 3 {
			t.Errorf("after %q: total %d", after, *list.Total)
		}
	}
	theirApp := w.make(theirs+"/connected-apps", `{"name":"x"}`)
	list := as[v1.List[v1.ConnectedApp]](w.do("GET", mine+"/connected-apps?after="+theirApp[strings.LastIndex(theirApp, "/")+1:], "").is(200))
	if len(list.Items) != 0 {
		t.Errorf("%+v", list.Items)
	}
	for _, after := range []string{"%00", "%ff", "a%20", strings.Repeat("x", 5000)} {
		w.do("GET", mine+"/users?after="+after, "").refused(400, "cursor_invalid")
	}
	w.do("GET", mine+"/connected-apps?after=x", "").refused(400, "cursor_invalid")
	w.do("GET", mine+"/audit?after=x", "").refused(400, "cursor_invalid")
	entries := as[v1.List[v1.Entry]](w.do("GET", theirs+"/audit?limit=1", "").is(200))
	for _, e := range as[v1.List[v1.Entry]](w.do("GET", mine+"/audit?after="+entries.Next, "").is(200)).Items {
		if !strings.HasSuffix(mine, e.Tenant) {
			t.Errorf("an entry of %s", e.Tenant)
		}
	}
}

// TestA153_only_the_path_names_the_tenant.
func TestA153_only_the_path_names_the_tenant(t *testing.T) {
	w := newWorld(t)
	mine, theirs := w.tenant("mine"), w.tenant("theirs")
	their := strings.TrimPrefix(theirs, "/v1/tenants/")
	w.do("GET", mine+"/users?tenant="+their, "").refused(400, "field_unknown")
	w.do("GET", mine+"?tenant="+their, "").refused(400, "field_unknown")
	w.do("GET", "/v1/audit?tenant="+their, "").refused(400, "field_unknown")
	w.do("POST", mine+"/users", `{"name":"u","tenant":"`+their+`"}`).refused(400, "field_unknown")
	w.send("POST", mine+"/users", `{"name":"u"}`, http.Header{"X-Tenant": {their}, "X-Tenant-Id": {their}}).is(201)
	if list := as[v1.List[v1.User]](w.do("GET", theirs+"/users", "").is(200)); len(list.Items) != 0 {
		t.Errorf("made in another tenant: %+v", list.Items)
	}
}

func TestQueries(t *testing.T) {
	w := newWorld(t)
	in := w.tenant("acme")
	for _, limit := range []string{"0", "-1", "1001", "x", "1.5", "99999999999999999999"} {
		p := w.do("GET", in+"/users?limit="+limit, "").refused(400, "limit_out_of_range")
		if p.Message.DE != "„"+limit+"“ ist keine Zahl von 1 bis 1000." {
			t.Error(p.Message.DE)
		}
	}
	w.do("GET", in+"/users?limit=1&limit=2", "").refused(400, "field_twice")
	w.do("GET", in+"/users?Limit=1", "").refused(400, "field_unknown")
	w.do("GET", in+"/users?a;b", "").refused(400, "field_unknown")
	w.do("GET", in+"?limit=1", "").refused(400, "field_unknown")
	w.do("GET", in+"/refusals?after=x", "").refused(400, "field_unknown")
	w.do("GET", in+"/users?limit=1000", "").is(200)
	w.do("GET", in+"/users?", "").is(200)
}
