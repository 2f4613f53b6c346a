package genesys

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/golden"
	"prokura/internal/id"
	"prokura/internal/registry"
	"prokura/internal/store"
)

const newClient = `{"name":"Dialer","description":"Dials.","accessTokenValiditySeconds":3600,"registeredRedirectUri":["https://dialer.example/cb"],
	"authorizedGrantType":"CODE","scope":["users:readonly","routing"],"roleIds":[],"roleDivisions":[],"state":"active"}`

func TestClients_from_the_first_to_the_last_request(t *testing.T) {
	w := newWorld(t)
	ada := w.token(w.ada, "oauth")
	made := w.send(ada, "POST", clientsPath, newClient).status(http.StatusOK)
	client, secret := made.text("id"), made.text("secret")
	w.names[client] = "dialer"
	golden.Check(t, "client_created.json", made.shown())
	if secret == "" {
		t.Fatal("there is no secret")
	}
	path := clientsPath + "/" + client
	got := w.send(ada, "GET", path, "").status(http.StatusOK)
	golden.Check(t, "client.json", got.shown())
	if strings.Contains(got.Body.String(), secret) || got.text("secret") != "" {
		t.Error("the secret is answered again")
	}

	// A new registration: what is left out is gone; the classes of scopes stay.
	w.clock.Advance(time.Minute)
	put := w.send(ada, "PUT", path, `{"name":"Dialer 2","authorizedGrantType":"CODE","registeredRedirectUri":["https://dialer.example/cb2"],"scope":["routing","presence"]}`).status(http.StatusOK)
	golden.Check(t, "client_changed.json", put.shown())
	c, err := w.reg.FindClient(ctx, registry.Everybody(), w.id(client))
	w.ok(err)
	if c.Version != 2 || c.Registration.Conditional.String() != "presence routing" || c.Owner != w.acme.ID || c.BuiltIn || c.Registration.InstallURL {
		t.Errorf("the client is %+v", c)
	}
	if _, ok := registry.VerifyClientSecret(&c, secret); !ok {
		t.Error("the secret does not work")
	}

	again := w.send(ada, "POST", path+"/secret", "").status(http.StatusOK)
	if again.text("secret") == "" || again.text("secret") == secret {
		t.Errorf("the new secret is %q", again.text("secret"))
	}
	c, err = w.reg.FindClient(ctx, registry.Everybody(), w.id(client))
	w.ok(err)
	if _, ok := registry.VerifyClientSecret(&c, secret); ok || len(c.Secrets) != 1 {
		t.Error("the old secret works yet")
	}
	if _, ok := registry.VerifyClientSecret(&c, again.text("secret")); !ok {
		t.Error("the new secret does not work")
	}

	w.send(ada, "DELETE", path, "").status(http.StatusNoContent)
	w.send(ada, "GET", path, "").refused(http.StatusNotFound, "not.found")

	var acts []string
	w.ok(w.db.View(ctx, func(r store.Reader) error {
		list, err := r.ListAudit(w.acme.ID, id.Entry{}, 20)
		for _, e := range list {
			if e.Act.Actor.Kind == "user" {
				acts = append(acts, e.Act.Action+" by "+e.Act.Actor.Name)
				if strings.Contains(fmt.Sprint(e.Act), secret) || strings.Contains(fmt.Sprint(e.Act), again.text("secret")) {
					t.Errorf("a secret stands in the audit book: %+v", e.Act)
				}
			}
		}
		return err
	}))
	if want := []string{"client.delete by ada", "client.replace_secrets by ada", "client.update by ada", "client.create_secret by ada", "client.create by ada"}; !slices.Equal(acts, want) {
		t.Errorf("the audit book has %v", acts)
	}
}

func TestClients_for_themselves_take_the_rights_of_who_keeps_them(t *testing.T) {
	w := newWorld(t)
	adder := w.holder("adder", "oauth:client:add", "routing:queue:view", "oauth:client:edit", "oauth:client:view")
	token := w.token(adder, "oauth")
	a := w.send(token, "POST", clientsPath, `{"name":"Robot","authorizedGrantType":"CLIENT-CREDENTIALS","scope":["routing"]}`).refused(http.StatusForbidden, "missing.permissions")
	if !strings.Contains(a.Body.String(), "routing:queue:add") {
		t.Errorf("what is missing is not named: %s", a.Body)
	}
	made := w.send(token, "POST", clientsPath, `{"name":"Robot","authorizedGrantType":"CLIENT-CREDENTIALS","scope":["routing:readonly"]}`).status(http.StatusOK)
	if made.text("authorizedGrantType") != "CLIENT-CREDENTIALS" {
		t.Errorf("%s", made.Body)
	}
	w.send(token, "PUT", clientsPath+"/"+made.text("id"), `{"name":"Robot","authorizedGrantType":"CLIENT-CREDENTIALS","scope":["routing"]}`).refused(http.StatusForbidden, "missing.permissions")
}

func TestClients_bodies_are_read_strictly(t *testing.T) {
	w := newWorld(t)
	ada := w.token(w.ada, "oauth")
	with := func(old, new string) string {
		if !strings.Contains(newClient, old) {
			t.Fatalf("the body has no %s", old)
		}
		return strings.Replace(newClient, old, new, 1)
	}
	for name, x := range map[string]struct {
		body, field, code string
	}{
		"A127 a member twice":                {with(`"name"`, `"name":"x","name"`), "name", "field_twice"},
		"A127 a member in another case":      {with(`"name"`, `"Name"`), "Name", "field_unknown"},
		"A127 null":                          {with(`"Dialer"`, `null`), "name", "field_kind"},
		"A127 two documents":                 {newClient + newClient, "", "body_not_object"},
		"A127 a list":                        {`[]`, "", "body_not_object"},
		"A127 a number too large":            {with(`3600`, `1e999`), "accessTokenValiditySeconds", "field_kind"},
		"A127 a fraction":                    {with(`3600`, `3600.5`), "accessTokenValiditySeconds", "field_kind"},
		"A127 deep":                          {with(`"Dialer"`, strings.Repeat("[", 40)+strings.Repeat("]", 40)), "", "body_not_object"},
		"A169 the owner":                     {with(`"name"`, `"owner":"x","name"`), "owner", "field_unknown"},
		"A169 the secret":                    {with(`"name"`, `"secret":"x","name"`), "secret", "field_unknown"},
		"A169 the id":                        {with(`"name"`, `"id":"x","name"`), "id", "field_unknown"},
		"no name":                            {with(`"name":"Dialer",`, ``), "name", "field_missing"},
		"an empty name":                      {with(`"Dialer"`, `""`), "name", ""},
		"no grant type":                      {with(`"authorizedGrantType":"CODE",`, ``), "authorizedGrantType", "field_missing"},
		"A011 the implicit grant":            {with(`"CODE"`, `"TOKEN"`), "authorizedGrantType", "grant_type_unsupported"},
		"the password grant":                 {with(`"CODE"`, `"PASSWORD"`), "authorizedGrantType", "grant_type_unsupported"},
		"a life too short":                   {with(`3600`, `299`), "accessTokenValiditySeconds", "life_out_of_range"},
		"a life too long":                    {with(`3600`, `172801`), "accessTokenValiditySeconds", "life_out_of_range"},
		"a scope that nobody knows":          {with(`"routing"`, `"rooting"`), "scope", "scope_unknown"},
		"a wildcard":                         {with(`"routing"`, `"tableau:users:*"`), "scope", "scope_is_wildcard"},
		"what is no scope":                   {with(`"routing"`, `"a b"`), "scope", "scope_name_invalid"},
		"A008 a redirect URI with a star":    {with(`/cb`, `/*`), "registeredRedirectUri[0]", "redirect_uri_invalid"},
		"A004 a redirect URI of a script":    {with(`https://dialer.example/cb`, `javascript:alert(1)`), "registeredRedirectUri[0]", "redirect_uri_invalid"},
		"A008 a redirect URI in the open":    {with(`https://dialer`, `http://dialer`), "registeredRedirectUri[0]", "redirect_uri_invalid"},
		"no redirect URI":                    {with(`"https://dialer.example/cb"`, ``), "registeredRedirectUri", "field_missing"},
		"roles, which apps have none of":     {with(`"roleIds":[]`, `"roleIds":["x"]`), "roleIds", "field_unknown"},
		"divisions, which apps have none of": {with(`"roleDivisions":[]`, `"roleDivisions":[{"roleId":"x","divisionId":"*"}]`), "roleDivisions", "field_unknown"},
		"born switched off":                  {with(`"active"`, `"disabled"`), "state", "field_unknown"},
	} {
		a := w.send(ada, "POST", clientsPath, x.body)
		if a.Code != http.StatusBadRequest || a.text("code") != "bad.request" || !strings.Contains(a.Body.String(), `"errorCode":"`+x.code) ||
			x.field != "" && !strings.Contains(a.Body.String(), `"fieldName":"`+x.field+`"`) {
			t.Errorf("%s: answered %d %s, want %s at %s", name, a.Code, a.Body, x.code, x.field)
		}
	}
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", ""} { // A128
		w.send(ada, "POST", clientsPath, newClient, "Content-Type", media).refused(http.StatusUnsupportedMediaType, "unsupported.media.type")
	}
	w.send(ada, "POST", clientsPath, `{"name":"`+strings.Repeat("x", maxBody)+`"}`).refused(http.StatusRequestEntityTooLarge, "request.entity.too.large")
	if list, err := w.reg.ListClients(ctx, registry.OwnedBy(w.acme.ID), store.Page{}); err != nil || len(list) != 1 {
		t.Errorf("%d apps were made of all that, %v", len(list)-1, err)
	}
}

// TestA151_apps_of_another_tenant are answered like those that there are none of, byte for byte.
func TestA151_apps_of_another_tenant(t *testing.T) {
	w := newWorld(t)
	foreign := w.app("foreign", w.beta, store.Registration{})
	ada := w.token(w.ada, "oauth authorization")
	const nobody = "11111111-1111-4111-8111-111111111111"
	for _, x := range []struct{ verb, path, body string }{
		{"GET", clientsPath + "/{}", ""},
		{"PUT", clientsPath + "/{}", newClient},
		{"DELETE", clientsPath + "/{}", ""},
		{"POST", clientsPath + "/{}/secret", ""},
		{"DELETE", "/api/v2/tokens/{}", ""},
	} {
		whose := map[string]string{"nobody's": nobody, "another's": foreign.ID.String(), "no id": "me-too"}
		if strings.Contains(x.path, "tokens") {
			whose["another's"] = w.eve.ID.String()
		}
		answers := map[string]string{}
		for name, it := range whose {
			a := w.send(ada, x.verb, strings.Replace(x.path, "{}", it, 1), x.body).refused(http.StatusNotFound, "not.found")
			answers[name] = strings.ReplaceAll(a.without(), it, "{}")
		}
		if answers["another's"] != answers["nobody's"] || answers["no id"] != answers["nobody's"] {
			t.Errorf("%s %s tells them apart: %v", x.verb, x.path, answers)
		}
	}
	if c, err := w.reg.FindClient(ctx, registry.Everybody(), foreign.ID); err != nil || c.Version != 1 || len(c.Secrets) != 1 {
		t.Errorf("the foreign app is %+v, %v", c, err)
	}
	w.send(w.token(w.eve, "users"), "GET", "/api/v2/tokens/me", "").status(http.StatusOK)
}

func TestClients_pages(t *testing.T) {
	w := newWorld(t)
	for i := range 6 {
		w.app(fmt.Sprintf("app %d", i), w.acme, store.Registration{})
	}
	w.app("foreign", w.beta, store.Registration{})
	ada := w.token(w.ada, "oauth:readonly")
	all := w.send(ada, "GET", clientsPath, "").status(http.StatusOK)
	ids := all.entities()
	if len(ids) != 7 || !slices.IsSorted(ids) || all.body["total"] != 7.0 || all.body["pageSize"] != 25.0 || all.body["pageCount"] != 1.0 || all.text("nextUri") != "" {
		t.Errorf("%s", all.Body)
	}
	var walked []string
	next := clientsPath + "?pageSize=3&pageNumber=1"
	for next != "" {
		a := w.send(ada, "GET", next, "").status(http.StatusOK)
		if a.text("selfUri") != inOrderOf(next) || a.text("firstUri") == "" || a.text("lastUri") != clientsPath+"?pageNumber=3&pageSize=3" || a.body["total"] != 7.0 {
			t.Errorf("%s: %s", next, a.Body)
		}
		if (a.text("previousUri") == "") != (len(walked) == 0) {
			t.Errorf("%s comes after %q", next, a.text("previousUri"))
		}
		walked = append(walked, a.entities()...)
		next = a.text("nextUri")
	}
	if !slices.Equal(walked, ids) {
		t.Errorf("walking the pages found %v, want %v", walked, ids)
	}
	if a := w.send(ada, "GET", clientsPath+"?pageNumber=9", "").status(http.StatusOK); len(a.entities()) != 0 || a.text("previousUri") == "" {
		t.Errorf("a page beyond the last is %s", a.Body)
	}
	for _, q := range []string{"pageSize=0", "pageSize=101", "pageSize=-1", "pageSize=1e1", "pageSize=+1", "pageSize=01", "pageSize=", "pageNumber=0", "pageNumber=1000001", "pageNumber=99999999999999999999"} {
		w.send(ada, "GET", clientsPath+"?"+q, "").refused(http.StatusBadRequest, "bad.request")
	}
}

func TestClients_what_was_switched_off_by_the_operator_stays_off(t *testing.T) {
	w := newWorld(t)
	app := w.app("app", w.acme, store.Registration{})
	_, err := w.reg.SwitchClient(ctx, audit.Operator, app.ID, false)
	w.ok(err)
	ada := w.token(w.ada, "oauth")
	path := clientsPath + "/" + app.ID.String()
	if a := w.send(ada, "GET", path, "").status(http.StatusOK); a.text("state") != "disabled" {
		t.Errorf("%s", a.Body)
	}
	body := `{"name":"app","authorizedGrantType":"CODE","registeredRedirectUri":["https://app.example/cb"],"scope":[],"state":"active"}`
	w.send(ada, "PUT", path, body).refused(http.StatusBadRequest, "bad.request")
	w.send(ada, "PUT", path, strings.Replace(body, "active", "disabled", 1)).status(http.StatusOK)
}

// What a registration has beyond this wire survives a change that repeats what was shown.
func TestClients_a_change_keeps_what_the_wire_does_not_show(t *testing.T) {
	w := newWorld(t)
	app := w.app("app", w.acme, store.Registration{Required: set(t, "users"), Conditional: set(t, "routing"), Optional: set(t, "presence"), ClientCredentials: true, Listed: true})
	w.do(func(tx store.Tx) error {
		c, err := tx.Client(app.ID)
		c.Registration.Description.EN, c.Registration.Description.DE = "One", "Eins"
		c.Version++
		if err != nil {
			return err
		}
		return tx.UpdateClient(c, &store.ClientVersion{Client: c.ID, Number: c.Version, Registration: c.Registration, By: "operator", At: noon})
	})
	ada := w.token(w.ada, "oauth")
	shown := w.send(ada, "GET", clientsPath+"/"+app.ID.String(), "").status(http.StatusOK)
	if shown.body["accessTokenValiditySeconds"] != access.DefaultAccessLife.Seconds() {
		t.Errorf("%s", shown.Body)
	}
	w.send(ada, "PUT", clientsPath+"/"+app.ID.String(), `{"name":"another","description":"One","authorizedGrantType":"CODE","accessTokenValiditySeconds":1800,
		"registeredRedirectUri":["https://app.example/cb"],"scope":["users","routing","presence"]}`).status(http.StatusOK)
	c, err := w.reg.FindClient(ctx, registry.Everybody(), app.ID)
	w.ok(err)
	if r := c.Registration; r.Name != "another" || r.Description.DE != "Eins" || r.Required.String() != "users" || r.Optional.String() != "presence" ||
		!r.ClientCredentials || !r.Listed || r.AccessLife != 0 || r.Publisher != "ACME" {
		t.Errorf("the registration is %+v", r)
	}
}

// inOrderOf is a link with its parameters in order.
func inOrderOf(link string) string {
	u, err := url.Parse(link)
	if err != nil {
		return link
	}
	u.RawQuery = u.Query().Encode()
	return u.String()
}

// id reads a client ID.
func (w *world) id(s string) id.Client {
	w.t.Helper()
	v, err := id.Parse[id.Client](s)
	w.ok(err)
	return v
}
