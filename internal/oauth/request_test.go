package oauth

import (
	"net/url"
	"strings"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

var operator = govern.By{Actor: audit.Operator}

// Where users decide on apps, one without the permission to install is told the remedies in their order, and can ask for an
// approval beside them: with it they install the app, with that permission as little as before.
func TestA045_a_user_without_the_install_permission_asks(t *testing.T) {
	h := newHouse(t)
	page := h.as("bob").get(h.installURL(nil)).stays(403).has("You don't have permission to connect this integration", "You are a user", "Request approval", "ada").
		lacks("Sign in as administrator", "Decide on this application")
	waiting := page.submit(askPath, url.Values{"act": {"ask"}, "reason": {"for the <quarter>"}}).stays(403).has("Your request is waiting", "for the <quarter>", "You are a user")
	if g := h.grantsOf("bob"); len(g) != 0 {
		t.Errorf("%+v", g)
	}
	q := h.queue()
	if len(q) != 1 || q[0].Count != 1 || q[0].Waiting[0].User != h.users["bob"].ID || !q[0].New.Equal(set("crm.objects.contacts.read", "crm.objects.companies.read", "crm.objects.deals.read")) || !q[0].Unforced() {
		t.Fatalf("%+v", q)
	}
	waiting.submit(askPath, url.Values{"act": {"take_back"}}).stays(403).has("Request approval").lacks("Your request is waiting").
		submit(askPath, url.Values{"act": {"ask"}}).has("Your request is waiting")
	h.ok(second(h.govern.Authorize(ctx, operator, h.acme.ID, h.app.ID, govern.Terms{Uncapped: true, Admission: policy.Admission{Users: []id.User{h.users["bob"].ID}}})))
	h.as("bob").get(h.installURL(nil)).stays(200).has("Read contacts").decide("allow").toApp()
	if g := h.grantsOf("bob"); len(g) != 1 {
		t.Errorf("%+v", g)
	}
}

// What no decision on the app mends is not asked for, on the page as little as by a form that was sent all the same.
func TestA156_no_request_where_an_approval_would_not_help(t *testing.T) {
	for name, tt := range map[string]struct {
		happens func(h *house)
		url     map[string]string
	}{
		"other permissions are missing, too": {happens: func(h *house) {
			_, err := h.dir.UpdateUser(ctx, audit.Operator, h.acme.ID, h.users["bob"].ID, directory.UserChange{Roles: &[]string{directory.Member}})
			h.ok(err)
		}},
		"a name that nobody knows": {url: map[string]string{"optional_scope": "crm.objects.nonsense.read"}},
		"the plan lacks what it needs": {happens: func(h *house) {
			starter := "starter"
			_, err := h.dir.UpdateTenant(ctx, audit.Operator, h.acme.ID, directory.TenantChange{Plan: &starter})
			h.ok(err)
			h.do(func(tx store.Tx) error {
				c := h.app
				c.Version, c.Registration.Required = 2, set("crm.objects.contacts.read", "automation")
				return tx.UpdateClient(c, &store.ClientVersion{Client: c.ID, Number: 2, Registration: c.Registration, By: "test", At: noon})
			})
		}, url: map[string]string{"scope": "crm.objects.contacts.read automation", "optional_scope": "-"}},
		"the app was blocked": {happens: func(h *house) {
			h.ok(second(h.govern.Deny(ctx, operator, h.acme.ID, h.app.ID, "", true)))
		}},
		"the app was revoked": {happens: func(h *house) {
			h.ok(second(h.govern.Revoke(ctx, operator, h.acme.ID, h.app.ID, "")))
		}},
		"the account lets nobody install what it did not decide on": {happens: func(h *house) {
			h.governs(h.acme, policy.Governance{Door: policy.DoorBlocked})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			b := h.as("bob")
			form := b.get(h.installURL(tt.url))
			if tt.happens != nil {
				form = b.get(h.installURL(nil)).has("Request approval")
				tt.happens(h)
				b.get(h.installURL(tt.url)).lacks("Request approval")
				form.submit(askPath, url.Values{"act": {"ask"}}).lacks("Your request is waiting")
			} else {
				form.lacks("Request approval")
			}
			if q := h.queue(); len(q) != 0 {
				t.Errorf("%+v", q)
			}
		})
	}
}

// Whoever decides on apps, and may not install them, is led to the decision; who may install is asked for nothing.
func TestAsk_whoever_decides_is_led_to_the_decision(t *testing.T) {
	h := newHouse(t)
	_, err := h.dir.CreateRole(ctx, audit.Operator, store.Role{Tenant: h.acme.ID, ID: "authorizer", Name: "Authorizer", Permissions: []string{directory.MayAuthorize}})
	h.ok(err)
	h.user(h.acme, "dee", "crm_editor", "authorizer")
	h.as("dee").get(h.installURL(nil)).stays(403).has("Decide on this application", "/console/authorizations/"+h.app.ID.String()+"/decide").lacks("What you need it for")
	h.as("ivy").get(h.installURL(nil)).stays(200).lacks("Request approval")
}

// A form to approve decides nothing where users decide: whoever lacks the permission to install gets the refusal again.
func TestA156_a_forged_approval_under_an_open_door(t *testing.T) {
	h := newHouse(t)
	page := h.as("bob").get(h.installURL(nil))
	v := page.form(askPath)
	v["act"], v["scope"] = []string{"allow"}, []string{"crm.objects.contacts.read"}
	page.b.send("POST", approvePath, v).stays(403).has("Request approval")
	seen, err := h.govern.Authorization(ctx, h.acme.ID, h.app.ID)
	h.ok(err)
	if !seen.ID.IsZero() {
		t.Errorf("%+v", seen.Authorization)
	}
}

func TestAsk_in_German(t *testing.T) {
	b := newHouse(t).as("bob")
	b.lang = "de"
	b.get(b.h.installURL(nil)).stays(403).has("Genehmigung anfragen", "Sobald ein Administrator diese Anwendung genehmigt", "Wer sie genehmigen kann")
}

// TestRefused_leads_who_decides_to_what_was_decided: of an app that was revoked or blocked, whoever may decide goes on from there.
func TestRefused_leads_who_decides_to_what_was_decided(t *testing.T) {
	for name, happens := range map[string]func(*house) error{
		"revoked": func(h *house) error { return second(h.govern.Revoke(ctx, operator, h.acme.ID, h.app.ID, "")) },
		"blocked": func(h *house) error { return second(h.govern.Deny(ctx, operator, h.acme.ID, h.app.ID, "", true)) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.ok(happens(h))
			link := `href="/console/authorizations/` + h.app.ID.String() + `"`
			if page := h.as("ada").get(h.installURL(nil)); !strings.Contains(page.body, link) {
				t.Errorf("who may decide is led nowhere: %s", page.body)
			}
			if page := h.as("ivy").get(h.installURL(nil)); strings.Contains(page.body, link) {
				t.Error("who may not decide is led to the decision")
			}
		})
	}
}
