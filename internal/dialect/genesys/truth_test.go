package genesys

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/golden"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// The truth of "scope and permission": each method of ours, with a token that lacks the scope, has the read-only one or the plain
// one, of a user who holds no permission, another one, or just that of the method.
func TestTruth_scope_and_permission_are_both_needed_and_the_refusal_says_which_is_missing(t *testing.T) {
	w := newWorld(t)
	un := w.holder("un", "routing:queue:view")
	holders := map[string]store.User{}
	tokens := map[string]string{}
	token := func(u store.User, scope string) string {
		key := u.Name + " " + scope
		if tokens[key] == "" {
			tokens[key] = w.token(u, scope)
		}
		return tokens[key]
	}
	var table strings.Builder
	fmt.Fprintf(&table, "%-30s %-24s %-12s %s\n", "method", "scope of the token", "permission", "answer")
	for _, m := range w.handler.catalog.Methods() {
		if m.AnsweredBy != catalog.ByProkura || m.ID == "delete_token" {
			continue
		}
		if _, ok := holders[m.Permission]; !ok {
			if holders[m.Permission] = un; m.Permission != "" {
				holders[m.Permission] = w.holder(strings.ReplaceAll(m.Permission, ":", "_"), m.Permission)
			}
		}
		target := w.app("target of "+m.ID, w.acme, store.Registration{})
		path := strings.NewReplacer("{client}", target.ID.String(), "{scope}", "users", "{user}", "11111111-1111-4111-8111-111111111111", "{execution}", "x").Replace(m.Path)
		plain := strings.TrimSuffix(strings.Fields(m.NeedNames() + " stations")[0], ":readonly")
		reads := m.Verb == http.MethodGet || m.ID == "query_oauth_client_usage"
		scopes := []string{"stations", plain}
		if plain == "oauth" {
			scopes = []string{"stations", plain + ":readonly", plain}
		}
		if plain == "stations" {
			scopes = []string{"stations"}
		}
		for _, scope := range scopes {
			hasScope := m.NeedNames() == "" || scope == plain || reads && strings.HasSuffix(scope, ":readonly")
			for what, u := range map[string]store.User{"none": w.una, "another": un, "its own": holders[m.Permission]} {
				hasPermission := m.Permission == "" || what == "its own"
				a := w.send(token(u, scope), m.Verb, path, "")
				var want string
				switch {
				case !hasScope:
					want = "missing.scopes"
				case !hasPermission:
					want = "missing.permissions"
				}
				got := a.text("code")
				if want == "" && (a.Code == 401 || a.Code == 403) || want != "" && (got != want || a.Code != 403) {
					t.Errorf("%s with %s and permission %s answered %d %s, want %s", m.ID, scope, what, a.Code, a.Body, want)
				}
				if !hasScope && !hasPermission && !strings.Contains(a.Body.String(), `"errors":[{"message":"Unable to perform the requested action. You are missing the following permission(s): `+m.Permission+`"`) {
					t.Errorf("%s lacks both, and does not say so: %s", m.ID, a.Body)
				}
				if (hasScope || hasPermission) && strings.Contains(a.Body.String(), `"errors":[{`) {
					t.Errorf("%s lacks one at most, and says more: %s", m.ID, a.Body)
				}
				if want == "missing.permissions" && a.body["messageParams"].(map[string]any)["permissions"] != m.Permission {
					t.Errorf("%s does not name the permission: %s", m.ID, a.Body)
				}
				if what == "none" || what == "its own" && m.Permission != "" {
					fmt.Fprintf(&table, "%-30s %-24s %-12s %d %s\n", m.ID, scope, what, a.Code, strings.TrimSpace(got+" "+secondOf(a)))
				}
			}
		}
	}
	lines := strings.SplitAfter(table.String(), "\n")
	golden.Check(t, "truth.txt", lines[0]+strings.Join(slices.Sorted(slices.Values(lines[1:])), ""))
}

// secondOf is the code of what else is missing.
func secondOf(a answered) string {
	list, _ := a.body["errors"].([]any)
	if len(list) == 0 {
		return ""
	}
	m, _ := list[0].(map[string]any)
	return "+ " + fmt.Sprint(m["code"])
}

// TestA156_who_acts_for_itself_holds_no_permission: nobody stands behind a client that acts for itself, so that it may not decide
// on apps, whatever its scopes.
func TestA156_who_acts_for_itself_holds_no_permission(t *testing.T) {
	w := newWorld(t)
	robot := w.app("robot", w.acme, store.Registration{ClientCredentials: true})
	w.authorize(w.acme, robot)
	out, err := w.uses.ClientCredentials(ctx, access.ClientCredentialsRequest{Proof: w.proof(robot), Remote: "192.0.2.1:1"})
	w.ok(err)
	target := w.app("target", w.acme, store.Registration{})
	for _, m := range w.handler.catalog.Methods() {
		if m.AnsweredBy != catalog.ByProkura || m.ID == "delete_token" {
			continue
		}
		path := strings.NewReplacer("{client}", target.ID.String(), "{scope}", "users", "{user}", w.una.ID.String(), "{execution}", "x").Replace(m.Path)
		a := w.send(out.AccessToken, m.Verb, path, "{}")
		if m.Permission == "" {
			a.status(http.StatusOK)
			continue
		}
		a.refused(http.StatusForbidden, "missing.permissions")
	}
}

// An app that is installed by a URL has a scope named oauth that nobody decided on. It opens nothing here.
func TestImplied_the_scope_that_comes_with_every_app_opens_nothing(t *testing.T) {
	w := newWorld(t)
	for name, reg := range map[string]store.Registration{"installed": {InstallURL: true, Optional: set(t, "users oauth:readonly")},
		"hubspot": {InstallURL: true, Wire: registry.HubSpotWire, Optional: set(t, "users oauth:readonly")}} {
		app := w.app(name, w.acme, reg)
		granted := w.issued(w.ada, app, "oauth users")
		if !strings.Contains(granted.Scopes.String(), "oauth") {
			t.Fatalf("%s has %s", name, granted.Scopes)
		}
		a := w.send(granted.AccessToken, "GET", clientsPath, "").refused(http.StatusForbidden, "missing.scopes")
		if got := a.Header().Get("WWW-Authenticate"); got != `Bearer error="insufficient_scope", scope="oauth:readonly oauth"` {
			t.Errorf("the challenge is %s", got)
		}
		w.send(granted.AccessToken, "POST", clientsPath, `{}`).refused(http.StatusForbidden, "missing.scopes")
		w.send(granted.AccessToken, "GET", "/api/v2/tokens/me", "").status(http.StatusOK)
		w.send(w.issued(w.ada, app, "oauth oauth:readonly").AccessToken, "GET", clientsPath, "").status(http.StatusOK)
	}
}

func TestCredentials_and_paths(t *testing.T) {
	w := newWorld(t)
	good := w.token(w.ada, "oauth")
	for name, x := range map[string]struct {
		verb, path, authorization string
		status                    int
		code                      string
	}{
		"no credential":             {"GET", clientsPath, "", 401, "authentication.required"},
		"a bad one":                 {"GET", clientsPath, "Bearer x.y.z", 401, "bad.credentials"},
		"another scheme":            {"GET", clientsPath, "Basic eDp5", 401, "bad.credentials"},
		"nothing there":             {"GET", "/api/v2/oauth/nothing", "Bearer " + good, 404, "not.found"},
		"the owned root":            {"GET", "/api/v2/oauth", "", 404, "not.found"},
		"a slash at the end":        {"GET", clientsPath + "/", "Bearer " + good, 404, "not.found"},
		"the idle timeout":          {"PUT", "/api/v2/tokens/timeout", "Bearer " + good, 405, "method.not.allowed"},
		"another verb":              {"PATCH", clientsPath, "Bearer " + good, 405, "method.not.allowed"},
		"HEAD where it is no verb":  {"HEAD", clientsPath, "Bearer " + good, 405, ""},
		"a path in two readings":    {"GET", clientsPath + "/%2e%2e/scopes", "Bearer " + good, 400, "bad.request"},
		"a parameter nobody knows":  {"GET", clientsPath + "?pagesize=1", "Bearer " + good, 400, "bad.request"},
		"a parameter twice":         {"GET", clientsPath + "?pageSize=1&pageSize=2", "Bearer " + good, 400, "bad.request"},
		"a query of bad escapes":    {"GET", clientsPath + "?pageSize=%zz", "Bearer " + good, 400, "bad.request"},
		"an upstream's method here": {"GET", "/api/v2/users", "Bearer " + good, 404, "not.found"},
	} {
		r := httptest.NewRequest(x.verb, x.path, nil)
		if x.authorization != "" {
			r.Header.Set("Authorization", x.authorization)
		}
		a := httptest.NewRecorder()
		w.handler.ServeHTTP(a, r)
		if a.Code != x.status || !strings.Contains(a.Body.String(), x.code) {
			t.Errorf("%s: answered %d %s, want %d %s", name, a.Code, a.Body, x.status, x.code)
		}
		if x.status == 401 && a.Header().Get("WWW-Authenticate") == "" || x.status == 405 && a.Header().Get("Allow") == "" {
			t.Errorf("%s: a header is missing: %v", name, a.Header())
		}
	}
	r := httptest.NewRequest("GET", clientsPath, nil)
	r.Header["Authorization"] = []string{"Bearer " + good, "Bearer " + good}
	a := httptest.NewRecorder()
	if w.handler.ServeHTTP(a, r); a.Code != http.StatusBadRequest {
		t.Errorf("two credentials are answered %d %s", a.Code, a.Body)
	}
}

func TestOwns(t *testing.T) {
	for path, want := range map[string]bool{"/api/v2/oauth/clients": true, "/api/v2/oauth": true, "/api/v2/tokens/me": true, "/api/v2/tokens": true,
		"/api/v2/users": false, "/api/v2": false, "/api/3.1/auth/signin": false, "/oauth/token": false, "/api/v2/oauthx": false, "/api/v1/oauth/x": false} {
		p, err := canon.Parse(path)
		if err != nil || Owns(&p) != want {
			t.Errorf("%s is owned: %t, %v", path, !want, err)
		}
	}
}

// about fills a finding with what such a code is usually about.
func about(c refusal.Code) refusal.Finding {
	f := refusal.Finding{Code: c, Got: "<got>", Want: "want"}
	switch c {
	case refusal.ScopeNotGranted:
		f.Want = "routing:readonly | routing"
	case refusal.VerbNotAllowed:
		f.Want = "GET, PUT"
	case refusal.UserLacksCallPermission:
		f.Want = "routing:queue:view"
	}
	return f
}

func TestWriteRefusal_every_code_has_an_answer(t *testing.T) {
	ref, err := id.Parse[id.Reference]("8e1b7172-39c3-4a32-887e-fc2b4119f56d")
	if err != nil {
		t.Fatal(err)
	}
	refuse := func(err error) *httptest.ResponseRecorder {
		a := httptest.NewRecorder()
		Wire{}.WriteRefusal(a, httptest.NewRequest("GET", "/api/v2/routing/queues", nil), ref, err)
		return a
	}
	var b strings.Builder
	for _, d := range refusal.All() {
		if _, ok := answerTo(about(d.Code)); !ok {
			t.Errorf("%s has no answer on this wire", d.Code)
		}
		a := refuse(fmt.Errorf("calling: %w", refusal.New(about(d.Code))))
		for _, secret := range []string{"<got>", d.Message.EN, d.Remedy.EN} {
			if strings.Contains(a.Body.String(), secret) {
				t.Errorf("%s tells a caller that nobody proved: %s", d.Code, a.Body)
			}
		}
		code := "?"
		if _, rest, ok := strings.Cut(a.Body.String(), `"code":"`); ok {
			code, _, _ = strings.Cut(rest, `"`)
		}
		fmt.Fprintf(&b, "%-28s %d %-26s%s\n", d.Code, a.Code, code, strings.TrimRight(" "+a.Header().Get("Retry-After")+a.Header().Get("WWW-Authenticate")+a.Header().Get("Allow"), " "))
	}
	golden.Check(t, "codes.txt", b.String())
	golden.Check(t, "missing_scopes.json", refuse(refusal.New(about(refusal.ScopeNotGranted))).Body.String()+"\n")
	golden.Check(t, "missing_permissions.json", refuse(refusal.New(about(refusal.UserLacksCallPermission))).Body.String()+"\n")
	golden.Check(t, "missing_both.json", refuse(&refusal.Error{Findings: []refusal.Finding{about(refusal.ScopeNotGranted), about(refusal.UserLacksCallPermission)}}).Body.String()+"\n")
	if a := refuse(errors.New("the disk is full")); a.Code != 500 || strings.Contains(a.Body.String(), "disk") {
		t.Errorf("a failure of ours is answered %d %s", a.Code, a.Body)
	}
}
