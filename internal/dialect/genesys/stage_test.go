package genesys

import (
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/jws"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// governs sets how acme decides on apps.
func (w *world) governs(stage policy.Stage) {
	w.t.Helper()
	was, err := w.govern.Governance(ctx, w.acme.ID)
	w.ok(err)
	_, err = w.govern.SetGovernance(ctx, govern.By{Actor: audit.Operator}, w.acme.ID, policy.Governance{Stage: stage}, was.Version)
	w.ok(err)
}

// TestA156_no_stage_opens_what_we_answer_ourselves: while an account does not enforce its decisions, a token with few scopes
// reaches the methods of an API, and none of those that decide on apps, secrets and tokens: not with scopes that it lacks, nor
// with scopes beyond what was decided, nor for an app that nobody decided on.
func TestA156_no_stage_opens_what_we_answer_ourselves(t *testing.T) {
	for _, stage := range []policy.Stage{policy.Report, policy.Off} {
		t.Run(string(stage), func(t *testing.T) {
			w := newWorld(t)
			w.governs(stage)
			few := w.token(w.ada, "users")
			capped := w.app("capped", w.acme, store.Registration{Conditional: set(t, "oauth authorization users oauth:readonly")})
			_, err := w.govern.Authorize(ctx, govern.By{Actor: audit.Operator}, w.acme.ID, capped.ID, govern.Terms{Scopes: set(t, "users"), Admission: policy.Admission{All: true}})
			w.ok(err)
			beyond := w.issued(w.ada, capped, "oauth oauth:readonly authorization users").AccessToken
			target := w.app("target", w.acme, store.Registration{})
			asked := 0
			for _, m := range w.handler.catalog.Methods() {
				if m.AnsweredBy != catalog.ByProkura || m.NeedNames() == "" {
					continue
				}
				asked++
				path := strings.NewReplacer("{client}", target.ID.String(), "{scope}", "users", "{user}", w.una.ID.String(), "{execution}", "x").Replace(m.Path)
				for name, token := range map[string]string{"with few scopes": few, "beyond its ceiling": beyond} {
					if a := w.send(token, m.Verb, path, newClient); a.Code != http.StatusForbidden || a.text("code") != "missing.scopes" {
						t.Errorf("%s %s: answered %d %s", name, m.ID, a.Code, a.Body)
					}
				}
			}
			if asked < 12 {
				t.Errorf("only %d methods were asked", asked)
			}
			w.send(few, "GET", "/api/v2/tokens/me", "").status(http.StatusOK)
			w.send(w.token(w.ada, "oauth"), "GET", clientsPath, "").status(http.StatusOK) // what was decided counts as ever
			w.send(w.token(w.una, "oauth"), "GET", clientsPath, "").refused(http.StatusForbidden, "missing.permissions")
		})
	}
}

// TestA158_no_stage_keeps_alive: what was revoked or recalled, and who was disabled, is refused on every stage, and so is another
// account and an app that acts for itself without a decision.
func TestA158_no_stage_keeps_alive(t *testing.T) {
	for _, stage := range []policy.Stage{policy.Enforce, policy.Report, policy.Off} {
		t.Run("stage "+string(stage), func(t *testing.T) {
			w := newWorld(t)
			w.governs(stage)
			_, err := w.dir.CreateUser(ctx, audit.Operator, w.acme.ID, directory.NewUser{Name: "second", Roles: []string{directory.SiteAdmin}})
			w.ok(err)
			operator := govern.By{Actor: audit.Operator}
			const me = "/api/v2/tokens/me"
			robot := w.app("robot", w.acme, store.Registration{ClientCredentials: true})
			elsewhere := w.app("elsewhere", w.beta, store.Registration{ClientCredentials: true})
			for name, end := range map[string]func(app store.Client) error{
				"revoked": func(app store.Client) error {
					_, err := w.govern.Revoke(ctx, operator, w.acme.ID, app.ID, "")
					return err
				},
				"recalled": func(app store.Client) error { _, err := w.govern.Recall(ctx, operator, app.ID, ""); return err },
				"revoked for the user": func(app store.Client) error {
					_, err := w.govern.RevokeForUser(ctx, operator, w.acme.ID, app.ID, w.ada.ID, "")
					return err
				},
			} {
				app := w.app(name, w.acme, store.Registration{})
				out := w.issued(w.ada, app, "users")
				w.send(out.AccessToken, "GET", me, "").status(http.StatusOK)
				w.ok(end(app))
				w.send(out.AccessToken, "GET", me, "").refused(http.StatusUnauthorized, "bad.credentials")
				if _, err := w.uses.Refresh(ctx, access.RefreshRequest{Proof: w.proof(app), Token: out.RefreshToken, Remote: "192.0.2.1:1"}); err == nil {
					t.Errorf("%s: it refreshes", name)
				}
			}
			// An account that did not decide on an app for itself gives it nothing, and another's app is nobody's there.
			_, err = w.uses.ClientCredentials(ctx, access.ClientCredentialsRequest{Proof: w.proof(elsewhere), Tenant: w.acme.ContentURL, Remote: "192.0.2.1:1"})
			if err == nil {
				t.Error("an app of another account acts for itself here")
			}
			out, err := w.uses.ClientCredentials(ctx, access.ClientCredentialsRequest{Proof: w.proof(robot), Scope: access.Narrowing{Set: true, Asked: set(t, "users")}, Remote: "192.0.2.1:1"})
			if err == nil {
				w.send(out.AccessToken, "GET", clientsPath, "").status(http.StatusForbidden)
			}
			out = w.issued(w.ada, w.tool, "users")
			off := true
			_, err = w.dir.UpdateUser(ctx, audit.Operator, w.acme.ID, w.ada.ID, directory.UserChange{Disabled: &off})
			w.ok(err)
			w.send(out.AccessToken, "GET", me, "").refused(http.StatusUnauthorized, "bad.credentials")
		})
	}
}

// TestImplied_no_other_wire_takes_the_scope_of_this_one: a scope named oauth that an administrator gave an app here is the one that
// comes with every installation elsewhere, which opens no method there, so that nothing is won by the name.
func TestImplied_no_other_wire_takes_the_scope_of_this_one(t *testing.T) {
	w := newWorld(t)
	name := scope.MustParse("oauth")
	if !registry.Implied().Has(name) {
		t.Fatal("the scopes have other names now")
	}
	for _, cat := range w.handler.Catalogs.List() {
		if cat.Name == CatalogName {
			continue
		}
		with, without := cat.Bits(scope.NewSet(name)), cat.Bits(scope.Set{})
		for _, m := range cat.Methods() {
			if m.Covered(&with) != m.Covered(&without) {
				t.Errorf("%s of %s is opened by %s", m.ID, cat.Name, name)
			}
		}
	}
}

// TestA156_the_whole_catalog_of_a_connected_app is that of the vendor's API. What decides on apps and tokens is assigned to it by
// name, or it gets none of it, whatever its JWT asks for.
func TestA156_the_whole_catalog_of_a_connected_app(t *testing.T) {
	asks := `,"scp":["oauth","oauth:readonly","authorization","users","tableau:content:read"]`
	for _, stage := range []policy.Stage{policy.Enforce, policy.Report, policy.Off} {
		for name, x := range map[string]struct {
			scopes *[]string
			opens  bool
		}{"the whole catalog": {nil, false}, "by name": {&[]string{"oauth", "users"}, true}} {
			w := newWorld(t)
			w.governs(stage)
			app, err := w.reg.CreateConnectedApp(ctx, audit.Operator, w.acme.ID, registry.NewConnectedApp{Name: "script", Scopes: x.scopes})
			w.ok(err)
			kept, value, err := w.reg.CreateSecret(ctx, audit.Operator, w.acme.ID, app.Client)
			w.ok(err)
			claims := fmt.Sprintf(`{"iss":%q,"aud":"tableau","sub":"ada","exp":%d,"jti":"one"%s}`, app.Client, noon.Unix()+300, asks)
			out, err := w.uses.Assert(ctx, access.AssertRequest{Assertion: signed(kept.ID.String(), value, claims), Remote: "192.0.2.1:1"})
			w.ok(err)
			a := w.send(out.AccessToken, "GET", clientsPath, "")
			if opened := a.Code == http.StatusOK; opened != x.opens || !opened && a.text("code") != "missing.scopes" {
				t.Errorf("stage %q, %s: answered %d %s", stage, name, a.Code, a.Body)
			}
			if !x.opens && (out.Scopes.Has(scope.MustParse("oauth")) && stage == policy.Enforce || !out.Scopes.Has(scope.MustParse("tableau:content:read"))) {
				t.Errorf("stage %q: it has %s", stage, out.Scopes)
			}
		}
	}
}

// signed is a JWT as a script signs it.
func signed(kid, secret, claims string) string {
	input := jws.Encode([]byte(`{"alg":"HS256","kid":"`+kid+`"}`)) + "." + jws.Encode([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(input))
	return input + "." + jws.Encode(mac.Sum(nil))
}
