package main

import (
	"context"
	"fmt"
	"net/url"

	"prokura/examples/crm"
	"prokura/examples/thirdparty"
	"prokura/examples/world"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// newcomers are who installs apps, or tries to, and who works in the contact center.
var newcomers = []struct {
	contentURL string
	person
}{
	{"mycodotcom", person{"iris@mycodotcom.example", "Iris (installs apps)", []string{"user", "app_installer", "crm_editor"}, nil}},
	{"mycodotcom", person{"nora@mycodotcom.example", "Nora (may not install apps)", []string{"user", "crm_editor"}, nil}},
	{"mycodotcom", person{"dora@mycodotcom.example", "Dora (develops apps)", []string{"user", "developer"}, nil}},
	{"mycodotcom", person{"cleo@mycodotcom.example", "Cleo (supervisor in the contact center)", []string{"user", "contact_center_supervisor"}, nil}},
	{"mycodotcom", person{"alan@mycodotcom.example", "Alan (agent in the contact center)", []string{"user", "contact_center_agent"}, nil}},
}

// app is a third-party app of the demo: how it is registered, and what its install URL asks for.
type app struct {
	slug, name, about               string
	public                          bool
	required, conditional, optional []string
	scope, asks                     []string // of the install URL: scope and optional_scope
	as                              string   // who meets what it is about
	calls                           []string
}

// apps are one that behaves, one for each way in which an installation is commonly refused, and one that keeps no secret.
var apps = []app{
	{slug: "contact-sync", name: "Contact Sync", about: "Asks for what it is registered with, and gets it.",
		required: []string{"crm.objects.contacts.read"}, conditional: []string{"crm.objects.companies.read"},
		optional: []string{"crm.objects.deals.read", "crm.objects.custom.read"},
		scope:    []string{"crm.objects.contacts.read", "crm.objects.companies.read"},
		asks:     []string{"crm.objects.deals.read", "crm.objects.custom.read"}, as: "iris@mycodotcom.example",
		calls: []string{"/crm/v3/objects/contacts", "/crm/v3/objects/companies", "/crm/v3/objects/deals", "/crm/v3/objects/cars", "/automation/v4/flows"}},
	{slug: "forgetful", name: "Forgetful Import", about: "A required scope is missing from its install URL.",
		required: []string{"crm.objects.contacts.read", "crm.objects.contacts.write"},
		scope:    []string{"crm.objects.contacts.read"}, as: "iris@mycodotcom.example"},
	{slug: "misplaced", name: "Car Fleet", about: "An optional scope stands in scope; it belongs in optional_scope.",
		optional: []string{"crm.objects.custom.read"},
		scope:    []string{"crm.objects.custom.read"}, as: "iris@mycodotcom.example"},
	{slug: "permission", name: "Deal Board", about: "Its install URL is right; Nora may not install apps.",
		required: []string{"crm.objects.deals.read"},
		scope:    []string{"crm.objects.deals.read"}, as: "nora@mycodotcom.example", calls: []string{"/crm/v3/objects/deals"}},
	{slug: "plan", name: "Workflow Builder", about: "Its install URL is right; the plan of Starter Inc. has no workflows.",
		required: []string{"automation"}, scope: []string{"automation"}, as: "sol@starter.example", calls: []string{"/automation/v4/flows"}},
	{slug: "phone", name: "Phone Book", about: "An app that can keep no secret: PKCE takes its place.", public: true,
		required: []string{"crm.objects.contacts.read"}, scope: []string{"crm.objects.contacts.read"}, as: "iris@mycodotcom.example",
		calls: []string{"/crm/v3/objects/contacts"}},
}

// furnishApps makes the newcomers and registers the apps, once; what they are called is remembered like the world before
// them. Redirect is where the third-party app listens now: of a loopback address the port does not count.
func furnishApps(ctx context.Context, api *v1client.Client, c *world.Credentials, redirect, remembered string) error {
	if len(c.Clients) == 0 {
		for _, n := range newcomers {
			if _, there := c.User(n.name); there { // of a start that broke off
				continue
			}
			t, ok := c.Tenant(n.contentURL)
			if !ok {
				return fmt.Errorf("there is no tenant %s for %s", n.contentURL, n.name)
			}
			if err := n.move(ctx, api, c, t.ID); err != nil {
				return err
			}
			if err := c.Write(remembered); err != nil {
				return err
			}
		}
		var made []world.Client
		for _, a := range apps {
			client, err := a.register(ctx, api, c, redirect)
			if err != nil {
				return fmt.Errorf("registering %s: %w", a.name, err)
			}
			made = append(made, client)
		}
		c.Clients = made
	}
	for i := range c.Clients {
		for _, a := range apps {
			if a.slug == c.Clients[i].Slug {
				c.Clients[i].InstallURL = thirdparty.InstallURL(c.BaseURL, a.plays(c.Clients[i], redirect))
			}
		}
	}
	return c.Write(remembered)
}

// register registers an app; its developer's account is the first tenant.
func (a app) register(ctx context.Context, api *v1client.Client, c *world.Credentials, redirect string) (world.Client, error) {
	list := func(names []string) []string { return append([]string{}, names...) } // a list is never null on the wire
	out := world.Client{Name: a.name, RedirectURIs: []string{redirect}, Required: list(a.required), Conditional: list(a.conditional),
		Optional: list(a.optional), Slug: a.slug}
	client, _, err := v1client.Send[v1.Client](ctx, api, "POST", "/v1/clients", map[string]any{
		"owner": c.Tenants[0].ID, "name": a.name, "publisher": "Third Party GmbH",
		"description": map[string]string{"en": a.about, "de": "Eine Anwendung zum Ausprobieren."},
		"contact":     map[string]string{"mail": "dev@thirdparty.example"}, "redirect_uris": out.RedirectURIs, "public": a.public,
		"install_url": true, "wire": "hubspot", "client_credentials": !a.public,
		"required": out.Required, "conditional": out.Conditional, "optional": out.Optional})
	if err != nil {
		return out, err
	}
	out.ClientID = client.ClientID
	if a.public {
		return out, nil
	}
	s, _, err := v1client.Send[v1.Secret](ctx, api, "POST", "/v1/clients/"+url.PathEscape(client.ClientID)+"/secrets", nil)
	out.ClientSecret = s.Value
	return out, err
}

// plays is the app as the third-party server plays it.
func (a app) plays(c world.Client, redirect string) thirdparty.App {
	out := thirdparty.App{Slug: a.slug, Name: a.name, About: a.about, ClientID: c.ClientID, ClientSecret: c.ClientSecret,
		RedirectURI: redirect, Scopes: a.scope, Optional: a.asks, Calls: a.calls, TokenPath: "/oauth/v1/token"}
	if a.public {
		out.TokenPath = "/oauth/token"
	}
	return out
}

// played are all apps as the third-party server plays them.
func played(c *world.Credentials, redirect string) []thirdparty.App {
	var out []thirdparty.App
	for _, a := range apps {
		if client, ok := c.Client(a.slug); ok {
			out = append(out, a.plays(client, redirect))
		}
	}
	return out
}

// fillCRM puts records into each account; custom objects and workflows only where the plan has them.
func fillCRM(s *crm.Server, c *world.Credentials) error {
	for _, t := range c.Tenants {
		content := crm.Content{CustomObjects: t.Plan == "enterprise", Workflows: t.Plan == "enterprise"}
		for _, u := range c.Users {
			if u.Tenant == t.ID {
				content.Owners = append(content.Owners, crm.Owner{ID: u.ID, Email: u.Username, Name: u.Username})
			}
		}
		if err := s.Seed(t.ID, content); err != nil {
			return err
		}
	}
	return nil
}
