package admin

import (
	"strings"
	"testing"

	"prokura/internal/v1"
)

// asking makes an app, and users who ask for it; it answers the path of the decision on it and the ids of the requests.
func (w *world) asking(in string, users ...string) (at string, requests []string) {
	w.t.Helper()
	app := as[v1.ChangedClient](w.do("POST", "/v1/clients", `{"name":"Acme Sync","publisher":"Acme","redirect_uris":["https://acme.example/cb"],
		"required":["crm.objects.contacts.read"],"optional":["crm.objects.deals.read"]}`).is(201))
	for _, name := range users {
		requests = append(requests, w.asks(in, app.ClientID, name))
	}
	return in + "/authorizations/" + app.ClientID, requests
}

func (w *world) asks(in, client, name string) string {
	w.t.Helper()
	user := as[v1.User](w.do("GET", w.make(in+"/users", `{"name":"`+name+`","roles":["app_installer"]}`), "").is(200))
	return as[v1.AuthorizationRequest](w.do("POST", in+"/requests", `{"client_id":"`+client+`","user_id":"`+user.ID+`"}`).is(201)).ID
}

// Whoever says what was seen answers nobody else.
func TestDeny_answers_those_who_were_seen(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	for _, block := range []string{"false", "true"} {
		at, ids := w.asking(in, "bob"+block, "joe"+block)
		denial := func(ids ...string) string {
			return `{"justification":"no","block":` + block + `,"requests":["` + strings.Join(ids, `","`) + `"]}`
		}
		w.do("POST", at+"/deny", denial(ids[0])).refused(409, "authorization_changed")
		ids = append(ids, w.asks(in, at[len(in+"/authorizations/"):], "mia"+block))
		p := w.do("POST", at+"/deny", denial(ids[:2]...)).refused(409, "authorization_changed")
		if p.Findings[0].Field != "requests" || !strings.Contains(p.Detail, "asked for this app in the meantime") {
			t.Errorf("%+v", p.Findings)
		}
		w.do("POST", at+"/deny", denial("x")).refused(404, "object_not_found")
		if list := as[v1.List[v1.AuthorizationRequest]](w.do("POST", at+"/deny", denial(ids...)).is(200)).Items; len(list) != 3 {
			t.Errorf("%d were answered", len(list))
		}
		if block == "false" {
			w.do("POST", at+"/deny", denial(ids...)).refused(409, "request_closed")
		}
	}
}

// A decision that names users who are gone can be written back as it was read.
func TestTerms_go_on_without_users_who_are_gone(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	at, _ := w.asking(in)
	gone, stays := w.make(in+"/users", `{"name":"gone"}`), w.make(in+"/users", `{"name":"stays"}`)
	name := func(path string) string { return path[len(in+"/users/"):] }
	admission := `"admission":{"all":false,"roles":[],"users":["` + name(gone) + `","` + name(stays) + `"],"barred":[]}`
	w.do("PUT", at, `{"all_scopes":true,`+admission+`}`).is(200)
	w.do("DELETE", gone, "").is(204)
	for n, body := range []string{`{"reason":"goes on"}`, `{` + admission + `}`} {
		z := w.do("PUT", at, body)
		if n == 1 {
			z.refused(404, "object_not_found") // it is named by nobody any more
			break
		}
		if a := as[v1.Authorization](z.is(200)); len(a.Admission.Users) != 1 || a.Admission.Users[0] != name(stays) {
			t.Errorf("%+v", a.Admission)
		}
	}
	w.do("POST", at+"/users/"+name(stays)+"/revoke", "").is(200)
	w.do("DELETE", stays, "").is(204)
	w.do("PUT", at, `{"reason":"nobody is left"}`).refused(400, "admission_empty")
	w.do("PUT", at, `{"admission":{"all":true,"roles":[],"users":[],"barred":[]}}`).is(200)
}

// Taking an app from a user who has nothing of it left writes nothing.
func TestRevokeForUser_again_changes_nothing(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	at, _ := w.asking(in)
	user := w.make(in+"/users", `{"name":"bob"}`)
	w.do("PUT", at, `{"all_scopes":true}`).is(200)
	for range 2 {
		if z := as[v1.Authorization](w.do("POST", at+"/users"+user[len(in+"/users"):]+"/revoke", `{"reason":"left"}`).is(200)); z.Version != 2 || len(z.Admission.Barred) != 1 {
			t.Errorf("%+v", z)
		}
	}
	list := as[v1.List[v1.Entry]](w.do("GET", in+"/audit?action=authorization.revoke_user", "").is(200)).Items
	if len(list) != 1 {
		t.Errorf("%d entries", len(list))
	}
}

func TestAuthorization_says_what_all_is_and_what_install_URLs_ask_for(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	at, _ := w.asking(in)
	if z := as[v1.Authorization](w.do("PUT", at, `{"all_scopes":true}`).is(200)); !z.Whole || z.AllScopes || z.Registration != 1 || len(z.Scopes) != 2 {
		t.Errorf("%+v", z)
	}
	if c := as[v1.AuthorizationCost](w.do("POST", at+"/preview", `{"scopes":["crm.objects.contacts.read"]}`).is(200)); c.AskedByURLs == nil {
		t.Errorf("%+v", c)
	}
	if z := as[v1.Authorization](w.do("PUT", at, `{"scopes":["crm.objects.contacts.read"]}`).is(200)); z.Whole {
		t.Errorf("%+v", z)
	}
}

// Of two who change a connected app at once, the second is told (A164): here, and where its authorization is decided on.
func TestA164_connected_apps_have_versions(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	app := as[v1.ConnectedApp](w.do("POST", in+"/connected-apps", `{"name":"Script","scopes":["crm.objects.contacts.read"]}`).is(201))
	at, decision := in+"/connected-apps/"+app.ClientID, in+"/authorizations/"+app.ClientID
	changed := as[v1.ConnectedApp](w.do("PATCH", at, `{"name":"Script of mine","version":1}`).is(200))
	if app.Version != 1 || changed.Version != 2 {
		t.Errorf("%d, then %d", app.Version, changed.Version)
	}
	w.do("PATCH", at, `{"scopes":[],"version":1}`).refused(409, "client_changed")
	w.do("PUT", decision, `{"scopes":["crm.objects.deals.read"],"version":1}`).refused(409, "authorization_changed")
	if z := as[v1.Authorization](w.do("PUT", decision, `{"scopes":["crm.objects.deals.read"],"version":2}`).is(200)); z.Version != 3 {
		t.Errorf("%+v", z)
	}
	w.do("POST", decision+"/revoke", "").is(200)
	w.do("PUT", decision, `{"version":3}`).refused(409, "authorization_changed")
	w.do("PATCH", at, `{"name":"whichever holds"}`).is(200)
}
