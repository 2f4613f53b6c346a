package admin

import (
	"strings"
	"testing"

	"prokura/internal/v1"
)

// A script does through this API alone what administrators do in the console.
func TestGovernance_as_a_script(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	user := as[v1.User](w.do("GET", w.make(in+"/users", `{"name":"bob","roles":["app_installer"]}`), "").is(200))
	app := as[v1.ChangedClient](w.do("POST", "/v1/clients", `{"name":"Acme Sync","publisher":"Acme","redirect_uris":["https://acme.example/cb"],
		"required":["crm.objects.contacts.read"],"optional":["crm.objects.deals.read"]}`).is(201))
	at := in + "/authorizations/" + app.ClientID

	// Nobody said anything: an administrator decides, and it is enforced.
	g := as[v1.Governance](w.do("GET", in+"/governance", "").is(200))
	if g.Policy != "authorization_required" || g.Enforcement != "enforce" || g.Version != 0 || g.RequestDays != 30 {
		t.Errorf("%+v", g)
	}
	if z := as[v1.Authorization](w.do("GET", at, "").is(200)); z.State != "undecided" || z.ID != "" {
		t.Errorf("%+v", z)
	}

	// A user asks, and the queue shows it.
	q := as[v1.AuthorizationRequest](w.do("POST", in+"/requests", `{"client_id":"`+app.ClientID+`","user_id":"`+user.ID+`","reason":"for the quarter"}`).is(201))
	queue := as[v1.List[v1.QueuedApp]](w.do("GET", in+"/requests", "").is(200)).Items
	if q.State != "waiting" || len(queue) != 1 || queue[0].Count != 1 || queue[0].Requests[0].Reason != "for the quarter" || queue[0].Risk != "read" {
		t.Fatalf("%+v %+v", q, queue)
	}

	// What a subset costs is told before it is saved; approving it answers the request.
	terms := `{"scopes":["crm.objects.contacts.read"],"reason":"asked for"}`
	if c := as[v1.AuthorizationCost](w.do("POST", at+"/preview", `{"scopes":["crm.objects.deals.read"]}`).is(200)); len(c.NotInstallable) != 1 || len(c.Methods) == 0 {
		t.Errorf("%+v", c)
	}
	z := as[v1.Authorization](w.do("PUT", at, terms).is(200))
	if z.State != "authorized" || !z.Admission.All || z.AllScopes || len(z.Wants) != 1 || z.Version != 1 || !strings.HasPrefix(z.DecidedBy, "operator") {
		t.Errorf("%+v", z)
	}
	if q = as[v1.AuthorizationRequest](w.do("GET", in+"/requests/"+q.ID, "").is(200)); q.State != "approved" {
		t.Errorf("%+v", q)
	}

	// Of two who change at once, the second is told (A164).
	w.do("PUT", at, `{"all_scopes":true,"version":1}`).is(200)
	w.do("PUT", at, `{"scopes":[],"version":1}`).refused(409, "authorization_changed")
	w.do("PUT", at, `{"all_scopes":true,"admission":{"all":false}}`).refused(400, "admission_empty")
	w.do("PUT", at, `{"scopes":["crm.objects.companies.read"]}`).refused(400, "scope_not_registered")
	w.do("PUT", at, `{"all_scopes":true,"expires_at":"2001-01-01T00:00:00Z"}`).refused(400, "expiry_past")
	w.do("PUT", at, `{"all_scopes":true,"colour":"red"}`).refused(400, "field_unknown")

	// Shrink with one call, and back.
	z = as[v1.Authorization](w.do("POST", at+"/shrink", `{"scopes":["crm.objects.contacts.read"],"version":2}`).is(200))
	if z.AllScopes || len(z.Scopes) != 1 || !z.CanUnshrink {
		t.Errorf("%+v", z)
	}
	if z = as[v1.Authorization](w.do("POST", at+"/unshrink", `{"version":3}`).is(200)); z.CanUnshrink {
		t.Errorf("%+v", z)
	}
	if u := as[v1.Usage](w.do("GET", at+"/usage?days=7", "").is(200)); len(u.Calls) != 7 || len(u.Unused) != 2 {
		t.Errorf("%+v", u)
	}
	w.do("GET", at+"/usage?days=91", "").refused(400, "limit_out_of_range")

	// Revoke, twice; the record stays, and what was decided before.
	for range 2 {
		if r := as[v1.RevokedAuthorization](w.do("POST", at+"/revoke", `{"reason":"a leak"}`).is(200)); r.State != "revoked" || r.Reason != "a leak" {
			t.Errorf("%+v", r)
		}
	}
	if h := as[v1.List[v1.PastAuthorization]](w.do("GET", at+"/history", "").is(200)).Items; len(h) != 4 || h[0].Version != 4 || h[0].State != "authorized" || h[0].App.ClientID != app.ClientID {
		t.Errorf("%d past decisions: %+v", len(h), h)
	}
	w.do("POST", in+"/requests", `{"client_id":"`+app.ClientID+`","user_id":"`+user.ID+`"}`).refused(403, "request_not_possible")
	if list := as[v1.List[v1.Authorization]](w.do("GET", in+"/authorizations?state=revoked&name=acme", "").is(200)).Items; len(list) != 1 {
		t.Errorf("%+v", list)
	}
	w.do("GET", in+"/authorizations?state=gone", "").refused(400, "field_unknown")
	again := as[v1.Authorization](w.do("POST", at+"/authorize", "").is(200))
	if again.State != "authorized" || again.ID == z.ID {
		t.Errorf("%+v", again)
	}

	// The operator knows the publisher, until it is another.
	if c := as[v1.Client](w.do("POST", "/v1/clients/"+app.ClientID+"/verify", "").is(200)); !c.Verified {
		t.Errorf("%+v", c)
	}
	w.do("PATCH", "/v1/clients/"+app.ClientID, `{"publisher":"Someone else","version":1}`).is(200)
	if c := as[v1.Client](w.do("GET", "/v1/clients/"+app.ClientID, "").is(200)); c.Verified {
		t.Error("another publisher counts as verified")
	}
	w.do("POST", "/v1/clients/"+app.ClientID+"/verify", "").is(200)
	if c := as[v1.Client](w.do("POST", "/v1/clients/"+app.ClientID+"/unverify", "").is(200)); c.Verified {
		t.Errorf("%+v", c)
	}

	// What other settings change is told first.
	if e := as[v1.GovernanceEffect](w.do("POST", in+"/governance/preview", `{"policy":"open"}`).is(200)); len(e.Stops) != 0 {
		t.Errorf("%+v", e)
	}
	g = as[v1.Governance](w.do("PUT", in+"/governance", `{"version":0,"policy":"authorization_required","enforcement":"report",
		"rules":[{"verified":true,"risks":["read"],"policy":"open"},{"risks":["delete"],"policy":"authorization_required"}]}`).is(200))
	if g.Version != 1 || g.Enforcement != "report" || len(g.Rules) != 2 || g.Rules[0].Risks[0] != "read" {
		t.Errorf("%+v", g)
	}
	w.do("PUT", in+"/governance", `{"version":0,"policy":"open"}`).refused(409, "authorization_changed")
	w.do("PUT", in+"/governance", `{"version":1,"policy":"ajar"}`).refused(400, "field_unknown")
	if list := as[v1.List[v1.ImpactOfApp]](w.do("GET", in+"/impact", "").is(200)).Items; len(list) != 0 {
		t.Errorf("%+v", list)
	}
	w.do("PUT", "/v1/enforcement", `{"enforcement":"report"}`).is(200)
	if s := as[v1.Stage](w.do("GET", "/v1/enforcement", "").is(200)); s.Enforcement != "report" {
		t.Errorf("%+v", s)
	}

	// The operator revokes it everywhere.
	w.do("POST", "/v1/clients/"+app.ClientID+"/recall", `{"reason":"stolen"}`).is(200)
	if z := as[v1.Authorization](w.do("GET", at, "").is(200)); z.State != "revoked" {
		t.Errorf("%+v", z)
	}
}

// TestA169_what_is_left_out_widens_nothing: neither who is admitted, nor until when, nor what.
func TestA169_what_is_left_out_widens_nothing(t *testing.T) {
	w := newWorld(t, crm())
	in := w.tenant("acme")
	made := as[v1.ChangedClient](w.do("POST", "/v1/clients", `{"name":"Acme Sync","publisher":"Acme","redirect_uris":["https://acme.example/cb"],
		"required":["crm.objects.contacts.read"],"optional":["crm.objects.deals.read"]}`).is(201))
	at := in + "/authorizations/" + made.ClientID
	first := as[v1.Authorization](w.do("PUT", at, `{"scopes":["crm.objects.contacts.read"],"admission":{"all":false,"roles":["app_installer"],"users":[],"barred":[]},"expires_at":"2099-01-01T00:00:00Z"}`).is(200))
	for _, one := range [][3]string{{"POST", at + "/authorize", ""}, {"POST", at + "/authorize", `{}`}, {"PUT", at, `{"reason":"again"}`}, {"PUT", at, `{"registration":1}`}} {
		z := as[v1.Authorization](w.do(one[0], one[1], one[2]).is(200))
		if z.AllScopes || z.Admission.All || len(z.Admission.Roles) != 1 || len(z.Scopes) != 1 || !z.ExpiresAt.Equal(first.ExpiresAt) {
			t.Errorf("%v: %+v", one, z)
		}
	}
	w.do("PUT", at, `{"admission":{"all":true,"roles":["app_installer"],"users":[],"barred":[]}}`).refused(400, "terms_not_offered")
	w.do("PUT", at, `{"registration":7}`).refused(409, "authorization_changed")
	if z := as[v1.Authorization](w.do("PUT", at, `{"expires_at":"","admission":{"all":true,"roles":[],"users":[],"barred":[]}}`).is(200)); !z.Admission.All || !z.ExpiresAt.IsZero() {
		t.Errorf("%+v", z)
	}
	app := as[v1.ConnectedApp](w.do("POST", in+"/connected-apps", `{"name":"Script","scopes":["crm.objects.contacts.read"]}`).is(201))
	if z := as[v1.Authorization](w.do("POST", in+"/authorizations/"+app.ClientID+"/authorize", "").is(200)); z.AllScopes || len(z.Scopes) != 1 {
		t.Errorf("what is assigned to a connected app: %+v", z)
	}
}
