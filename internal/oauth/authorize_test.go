package oauth

import (
	"testing"

	"prokura/internal/store"
)

// TestInstall: from the install URL over the login to the code.
func TestInstall(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	login := b.get(h.installURL(nil)).stays(200).has("Acme Sync")
	pending := login.form("/login").Get("pending")
	b.logIn("ivy")
	consent := b.send("POST", "/oauth/authorize/continue", map[string][]string{"pending": {pending}, "form_token": {h.token(b)}}).stays(200)
	consent.has("Acme Sync wants access to Acme", "crm.objects.contacts.read", "crm.objects.companies.read", "crm.objects.deals.read")
	answer := consent.decide("allow").toApp()
	if answer.Get("code") == "" || answer.Get("state") != "xyz" || answer.Get("error") != "" {
		t.Errorf("the app is told %v", answer)
	}
	h.view(func(r store.Reader) error {
		grants, err := r.ListGrants(h.acme.ID, store.GrantFilter{User: h.users["ivy"].ID}, store.Page{})
		if len(grants) != 1 || grants[0].Scopes.String() != "crm.objects.companies.read crm.objects.contacts.read crm.objects.deals.read oauth" {
			t.Errorf("%+v", grants)
		}
		return err
	})
}
