package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"slices"
	"time"

	"prokura/examples/world"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// guarded is the tenant in which an administrator decides on every app.
const guarded = "guarded"

// fieldConsole is the vendor's own app: authorized in every tenant from the start.
const fieldConsole = "field-console"

// unauthorized is the app that nobody there has decided on, and that its users would have all permissions for.
const unauthorized = "phone"

// furnishGoverned makes, once, what an administrator finds in a tenant that has been deciding for a while: a built-in app, a request
// that waits, an app that was revoked, and one whose authorization ends soon.
func furnishGoverned(ctx context.Context, api *v1client.Client, c *world.Credentials, redirect, remembered string) error {
	if i := slices.IndexFunc(c.Clients, func(one world.Client) bool { return one.Slug == fieldConsole }); i >= 0 {
		c.Clients[i].InstallURL = installField(c, c.Clients[i].ClientID, redirect)
		return c.Write(remembered)
	}
	t, ok := c.Tenant(guarded)
	if !ok {
		return nil // a world of before there was this tenant
	}
	asker, ok := c.User("hugo@guarded.example")
	if !ok {
		return fmt.Errorf("tenant %s has nobody who asks", guarded)
	}
	slug := map[string]string{}
	for _, one := range c.Clients {
		slug[one.Slug] = one.ClientID
	}
	below := "/v1/tenants/" + t.ID
	for _, step := range []struct {
		verb, path string
		body       map[string]any
	}{
		{"POST", below + "/requests", map[string]any{"client_id": slug["contact-sync"], "user_id": asker.ID, "reason": "The sales team keeps its contacts in two places."}},
		{"PUT", below + "/authorizations/" + slug["permission"], map[string]any{"all_scopes": true, "reason": "Tried for a month."}},
		{"POST", below + "/authorizations/" + slug["permission"] + "/revoke", map[string]any{"reason": "Its developer does not answer."}},
		{"PUT", below + "/authorizations/" + slug["misplaced"], map[string]any{"scopes": []string{"crm.objects.custom.read"}, "reason": "Until the project ends.",
			"admission":  map[string]any{"roles": []string{"crm_editor"}},
			"expires_at": time.Now().UTC().AddDate(0, 0, 6).Format(time.RFC3339)}},
	} {
		if _, err := api.Do(ctx, step.verb, step.path, step.body); err != nil {
			return fmt.Errorf("furnishing tenant %s: %w", guarded, err)
		}
	}
	own, _, err := v1client.Send[v1.Client](ctx, api, "POST", "/v1/clients", map[string]any{
		"name": "Field Console", "publisher": "The vendor", "built_in": true, "public": true, "redirect_uris": []string{redirect},
		"description": map[string]string{"en": "Part of the product.", "de": "Teil des Produkts."}, "required": []string{"crm.objects.contacts.read"},
		"conditional": []string{}, "optional": []string{"crm.objects.deals.read"}})
	if err != nil {
		return fmt.Errorf("registering the built-in app: %w", err)
	}
	c.Clients = append(c.Clients, world.Client{Name: "Field Console", ClientID: own.ClientID, RedirectURIs: []string{redirect},
		Required: []string{"crm.objects.contacts.read"}, Conditional: []string{}, Optional: []string{"crm.objects.deals.read"}, Slug: fieldConsole,
		InstallURL: installField(c, own.ClientID, redirect)})
	return c.Write(remembered)
}

// installField is the install URL of the built-in app.
func installField(c *world.Credentials, client, redirect string) string {
	return c.BaseURL + "/oauth/authorize?" + url.Values{"client_id": {client}, "redirect_uri": {redirect}, "response_type": {"code"},
		"scope": {"crm.objects.contacts.read"}}.Encode()
}

// governedHints prints where administrators decide.
func governedHints(w io.Writer, c *world.Credentials, thirdParty string) error {
	admin, ok := c.User("gwen@guarded.example")
	asker, has := c.User("hugo@guarded.example")
	if !ok || !has {
		return nil // a world of before there was this tenant
	}
	_, err := fmt.Fprintf(w, `
In Guarded Ltd. an administrator decides on every app. A request waits, an app was revoked, one ends in six days, one is built in:

  %s/console/authorizations
     decide: log in as %s, password %s
  %s/install/%s
     meet an app that nobody authorized, and ask for it: log in as %s, password %s
`, c.BaseURL, admin.Username, admin.Password, thirdParty, unauthorized, asker.Username, asker.Password)
	return err
}
