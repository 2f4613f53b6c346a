package genesys

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/golden"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// reader is a token that sees the decisions, of an app that the tenant did not decide on by these tests.
func (w *world) decider() string {
	w.t.Helper()
	return w.token(w.ada, "oauth")
}

// requested is an app that una waits for.
func (w *world) requested(name string) store.Client {
	w.t.Helper()
	c := w.app(name, w.beta, store.Registration{Conditional: set(w.t, "users routing")})
	w.do(func(tx store.Tx) error {
		return tx.AddAuthorizationRequest(store.AuthorizationRequest{Tenant: w.acme.ID, ID: entropy.ID[id.Request](), Client: c.ID, User: w.una.ID,
			Reason: "for the dial list", Version: 1, Created: noon, Expires: noon.Add(time.Hour), State: store.RequestWaiting})
	})
	return c
}

func authorizationPath(c store.Client) string { return authorizationsPath + "/" + c.ID.String() }

func TestAuthorizations_every_state_as_the_wire_has_it(t *testing.T) {
	w := newWorld(t)
	token := w.decider()
	asked := w.requested("asked for")
	subset := w.app("a subset", w.beta, store.Registration{Conditional: set(t, "users routing presence")})
	dead := w.app("revoked", w.beta, store.Registration{})
	made, err := w.reg.CreateClient(ctx, audit.Operator, registry.NewClient{BuiltIn: true, Draft: registry.Draft{Name: "Web client", Publisher: "Vendor",
		RedirectURIs: []string{callback}, Required: []string{"user-basic-info"}}})
	w.ok(err)
	w.names[made.Client.ID.String()] = "built in"
	connected, err := w.reg.CreateConnectedApp(ctx, audit.Operator, w.acme.ID, registry.NewConnectedApp{Name: "script"})
	w.ok(err)
	w.names[connected.Client.String()] = "script"

	w.send(token, "PUT", authorizationPath(subset), `{"scope":["users","routing"],"roles":["site_admin"],"users":["`+w.una.ID.String()+`"],"expires":"2027-01-01T00:00:00Z","reason":"pilot"}`).status(http.StatusOK)
	w.send(token, "PUT", authorizationPath(dead), `{"scope":["users"]}`).status(http.StatusOK)
	w.send(token, "DELETE", authorizationPath(dead)+"?reason=leaked%20keys", "").status(http.StatusNoContent)

	all := w.send(token, "GET", authorizationsPath, "").status(http.StatusOK)
	states := map[string]string{}
	for _, e := range all.body["entities"].([]any) {
		m := e.(map[string]any)
		client := m["client"].(map[string]any)["id"].(string)
		states[w.names[client]] = m["state"].(string)
		if m["pending"].(bool) {
			states[w.names[client]] += ", pending"
		}
	}
	for name, want := range map[string]string{"asked for": "Requested, pending", "a subset": "Authorized", "revoked": "Revoked", "built in": "Authorized", "script": "Authorized", "tool": "Authorized"} {
		if states[name] != want {
			t.Errorf("%s is %q, want %q", name, states[name], want)
		}
	}
	if all.body["total"] != 6.0 || all.text("selfUri") != authorizationsPath || len(states) != 6 {
		t.Errorf("%s", all.Body)
	}
	for name, c := range map[string]id.Client{"requested": asked.ID, "subset": subset.ID, "revoked": dead.ID, "built_in": made.Client.ID} {
		golden.Check(t, "authorization_"+name+".json", w.send(token, "GET", authorizationsPath+"/"+c.String(), "").status(http.StatusOK).shown())
	}
	if a := w.send(token, "GET", authorizationsPath+"?pageSize=4&pageNumber=2", "").status(http.StatusOK); len(a.body["entities"].([]any)) != 2 || a.body["total"] != 6.0 || a.text("previousUri") == "" {
		t.Errorf("the second page is %s", a.Body)
	}
}

// What was decided counts at once, in both directions, and revoking needs nothing but the decision.
func TestAuthorizations_decide_over_live_tokens(t *testing.T) {
	w := newWorld(t)
	token := w.decider()
	app := w.app("app", w.beta, store.Registration{})
	w.send(token, "PUT", authorizationPath(app), `{"scope":["oauth:readonly","presence","users"]}`).status(http.StatusOK)
	got := w.issued(w.ada, app, "oauth:readonly presence users")
	w.send(got.AccessToken, "GET", clientsPath, "").status(http.StatusOK)

	// Narrowed: the live token loses what was taken, and nothing else.
	w.send(token, "PUT", authorizationPath(app), `{"scope":["presence","users"]}`).status(http.StatusOK)
	a := w.send(got.AccessToken, "GET", clientsPath, "").refused(http.StatusForbidden, "missing.scopes")
	if !strings.Contains(a.Body.String(), "taken back") {
		t.Errorf("that it was taken back is not said: %s", a.Body)
	}
	if me := w.send(got.AccessToken, "GET", "/api/v2/tokens/me", "").status(http.StatusOK); !strings.Contains(me.Body.String(), `"authorizedScope":["presence","users"]`) {
		t.Errorf("%s", me.Body)
	}

	// Revoked, for everybody, administrators too.
	w.send(token, "DELETE", authorizationPath(app), "").status(http.StatusNoContent)
	w.send(got.AccessToken, "GET", "/api/v2/tokens/me", "").refused(http.StatusUnauthorized, "bad.credentials")
	if _, err := w.uses.Refresh(ctx, access.RefreshRequest{Proof: w.proof(app), Token: got.RefreshToken, Remote: "192.0.2.1:1"}); err == nil {
		t.Error("the app refreshes yet")
	}
	// And again: another decision, on which the old tokens do not rest.
	w.send(token, "PUT", authorizationPath(app), `{}`).status(http.StatusOK)
	w.send(got.AccessToken, "GET", "/api/v2/tokens/me", "").refused(http.StatusUnauthorized, "bad.credentials")
	w.send(w.issued(w.ada, app, "oauth:readonly").AccessToken, "GET", clientsPath, "").status(http.StatusOK)
}

// TestA156_an_app_for_itself_takes_what_its_methods_ask_of_users: no user will be there who could be asked.
func TestA156_an_app_for_itself_takes_what_its_methods_ask_of_users(t *testing.T) {
	w := newWorld(t)
	token := w.decider()
	app := w.app("app", w.beta, store.Registration{ClientCredentials: true})
	w.send(token, "PUT", authorizationPath(app), `{"scope":["routing"]}`).status(http.StatusOK)
	a := w.send(token, "PUT", authorizationPath(app), `{"scope":["routing"],"forItself":true}`).refused(http.StatusForbidden, "missing.permissions")
	if !strings.Contains(a.Body.String(), "routing:queue:delete") {
		t.Errorf("not every permission is named: %s", a.Body)
	}
	w.send(token, "PUT", authorizationPath(app), `{"scope":["users"],"forItself":true}`).status(http.StatusOK) // what a site administrator holds
}

func TestA164_two_administrators_at_once(t *testing.T) {
	w := newWorld(t)
	token := w.decider()
	app := w.app("app", w.beta, store.Registration{})
	first := w.send(token, "PUT", authorizationPath(app), `{"version":0,"scope":["users"]}`).status(http.StatusOK)
	version := int(first.body["version"].(float64))
	w.send(token, "PUT", authorizationPath(app), `{"version":`+strconv.Itoa(version)+`,"scope":["presence"]}`).status(http.StatusOK)
	w.send(token, "PUT", authorizationPath(app), `{"version":`+strconv.Itoa(version)+`,"scope":["routing"]}`).refused(http.StatusConflict, "conflict")
	w.send(token, "PUT", authorizationPath(app), `{"version":0,"scope":["routing"]}`).refused(http.StatusConflict, "conflict")
	if a := w.send(token, "GET", authorizationPath(app), "").status(http.StatusOK); !strings.Contains(a.Body.String(), `"scope":["presence"]`) {
		t.Errorf("%s", a.Body)
	}
}

func TestAuthorizations_a_decision_approves_what_waited(t *testing.T) {
	w := newWorld(t)
	token := w.decider()
	app := w.requested("asked for")
	a := w.send(token, "PUT", authorizationPath(app), `{"state":"Authorized"}`).status(http.StatusOK)
	if a.body["pending"] != false || a.text("state") != "Authorized" || !strings.Contains(a.Body.String(), `"scope":["routing","users"]`) || a.body["allUsers"] != true {
		t.Errorf("%s", a.Body)
	}
	w.ok(w.db.View(ctx, func(r store.Reader) error {
		auth, err := r.AuthorizationOf(w.acme.ID, app.ID)
		if auth.Origin != policy.ByAdministrator || auth.Uncapped || auth.By != "user "+w.ada.ID.String()+" ada" {
			t.Errorf("the decision is %+v", auth)
		}
		return err
	}))
}

func TestAuthorizations_bodies_are_read_strictly(t *testing.T) {
	w := newWorld(t)
	token := w.decider()
	app := w.app("app", w.beta, store.Registration{Conditional: set(t, "users")})
	for name, body := range map[string]string{
		"A127 a member twice":                   `{"scope":["users"],"scope":[]}`,
		"A127 null":                             `{"scope":null}`,
		"A169 the owner":                        `{"resourceOwner":{"id":"x"}}`,
		"A169 who decided":                      `{"modifiedBy":{"id":"x"}}`,
		"a scope that is none":                  `{"scope":["a b"]}`,
		"a scope that the app does not ask for": `{"scope":["routing"]}`,
		"a role that nobody has":                `{"roles":["no_such_role"]}`,
		"a user that is none":                   `{"users":["una"]}`,
		"a day without a time":                  `{"expires":"2027-01-01"}`,
		"a time that is over":                   `{"expires":"2020-01-01T00:00:00Z"}`,
		"a state that one cannot write":         `{"state":"Revoked"}`,
		"a version that is no number":           `{"version":"1"}`,
	} {
		a := w.send(token, "PUT", authorizationPath(app), body)
		if a.Code != http.StatusBadRequest || a.text("code") != "bad.request" || !strings.Contains(a.Body.String(), `"errorCode"`) {
			t.Errorf("%s: answered %d %s", name, a.Code, a.Body)
		}
	}
	w.send(token, "PUT", authorizationPath(app), `{"users":["`+w.eve.ID.String()+`"]}`).status(http.StatusBadRequest) // of another tenant
	w.send(token, "GET", authorizationPath(app), "").refused(http.StatusNotFound, "not.found")                        // nothing was decided
}

// TestA044: what nobody in the tenant may see is answered like what there is not.
func TestA044_clients_that_a_tenant_does_not_see(t *testing.T) {
	w := newWorld(t)
	token := w.decider()
	off := w.app("off", w.beta, store.Registration{})
	_, err := w.reg.SwitchClient(ctx, audit.Operator, off.ID, false)
	w.ok(err)
	theirs, err := w.reg.CreateConnectedApp(ctx, audit.Operator, w.beta.ID, registry.NewConnectedApp{Name: "theirs"})
	w.ok(err)
	for _, verb := range []string{"GET", "PUT", "DELETE"} {
		body := ""
		if verb == "PUT" {
			body = "{}"
		}
		answers := map[string]bool{}
		for _, client := range []string{off.ID.String(), theirs.Client.String(), "11111111-1111-4111-8111-111111111111", "x"} {
			a := w.send(token, verb, authorizationsPath+"/"+client, body).refused(http.StatusNotFound, "not.found")
			answers[a.without()] = true
		}
		if len(answers) != 1 {
			t.Errorf("%s tells them apart: %v", verb, answers)
		}
	}
	for _, path := range []string{"/usage/summary", "/usage/query/results/x"} {
		w.send(token, "GET", clientsPath+"/"+off.ID.String()+path, "").refused(http.StatusNotFound, "not.found")
	}
}

// TestA169_what_a_decision_leaves_out_widens_nothing: an authorization goes on for whom, and until when, it was limited to.
func TestA169_what_a_decision_leaves_out_widens_nothing(t *testing.T) {
	w := newWorld(t)
	token := w.decider()
	app := w.app("app", w.beta, store.Registration{Conditional: set(t, "users routing")})
	w.send(token, "PUT", authorizationPath(app), `{"scope":["users"],"roles":["site_admin"],"expires":"2027-01-01T00:00:00Z"}`).status(http.StatusOK)
	stands := func(answer string) {
		t.Helper()
		for _, part := range []string{`"scope":["users"]`, `"roles":["site_admin"]`, `"allUsers":false`, `"expires":"2027-01-01T`} {
			if !strings.Contains(answer, part) {
				t.Errorf("lacks %s: %s", part, answer)
			}
		}
	}
	stands(w.send(token, "PUT", authorizationPath(app), `{}`).status(http.StatusOK).Body.String())
	stands(w.send(token, "PUT", authorizationPath(app), `{"reason":"again"}`).status(http.StatusOK).Body.String())
	for _, body := range []string{`{"roles":[]}`, `{"roles":[],"users":[]}`, `{"allUsers":true,"roles":["site_admin"]}`, `{"allUsers":false,"roles":[]}`} {
		if a := w.send(token, "PUT", authorizationPath(app), body); a.Code != http.StatusBadRequest {
			t.Errorf("%s: answered %d %s", body, a.Code, a.Body)
		}
	}
	stands(w.send(token, "GET", authorizationPath(app), "").Body.String())
	if a := w.send(token, "PUT", authorizationPath(app), `{"allUsers":true,"expires":""}`).status(http.StatusOK); a.body["allUsers"] != true || a.body["expires"] != nil {
		t.Errorf("%s", a.Body)
	}
}
