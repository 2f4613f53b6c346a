package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"prokura/examples/analytics"
	"prokura/examples/world"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// plan is who lives in the demo world.
var plan = []struct {
	name, contentURL, plan string
	users                  []person
	groups                 map[string][]string // name: members
	apps                   []string
}{
	{"My Company", "mycodotcom", "enterprise", []person{
		{"ada@mycodotcom.example", "Ada (super administrator)", []string{"super_admin"}, []string{"operator"}},
		{"sam@mycodotcom.example", "Sam (site administrator)", []string{"site_admin"}, nil},
		{"uma@mycodotcom.example", "Uma (user)", []string{"user"}, nil},
	}, map[string][]string{
		"Sales":   {"sam@mycodotcom.example", "uma@mycodotcom.example"},
		"Finance": {"ada@mycodotcom.example"},
	}, []string{"Nightly reports"}},
	{"Starter Inc.", "starter", "starter", []person{
		{"sol@starter.example", "Sol (site administrator)", []string{"site_admin"}, nil},
		{"una@starter.example", "Una (user)", []string{"user"}, nil},
	}, map[string][]string{"Everybody": {"sol@starter.example", "una@starter.example"}}, []string{"Import script"}},
	{"Guarded Ltd.", guarded, "enterprise", []person{
		{"gwen@guarded.example", "Gwen (site administrator)", []string{"site_admin"}, nil},
		{"hugo@guarded.example", "Hugo (installs apps)", []string{"user", "app_installer", "crm_editor"}, nil},
	}, map[string][]string{"Everybody": {"gwen@guarded.example", "hugo@guarded.example"}}, []string{"Monthly export"}},
	{"Careful Ltd.", careful, "enterprise", []person{
		{"cora@careful.example", "Cora (site administrator)", []string{"site_admin"}, nil},
		{"tom@careful.example", "Tom (installs apps)", []string{"user", "app_installer", "crm_editor"}, nil},
		{"lea@careful.example", "Lea (installs apps)", []string{"user", "app_installer", "crm_editor"}, nil},
	}, map[string][]string{"Everybody": {"cora@careful.example", "tom@careful.example", "lea@careful.example"}}, nil},
}

type person struct {
	name, fullName string
	roles          []string
	platformRoles  []string
}

// furnish makes the world over /v1, as an operator would on a first day. What it made is remembered in a file beside the
// database, because a secret's value is answered only once; a second start finds the world as it is.
func furnish(ctx context.Context, api *v1client.Client, baseURL, adminToken, remembered string) (*world.Credentials, error) {
	c, err := world.Read(remembered)
	if err == nil {
		c.BaseURL, c.AdminToken = baseURL, adminToken
		return c, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	c = &world.Credentials{BaseURL: baseURL, AdminToken: adminToken}
	for _, p := range plan {
		t, _, err := v1client.Send[v1.Tenant](ctx, api, "POST", "/v1/tenants",
			map[string]any{"name": p.name, "content_url": p.contentURL, "plan": p.plan})
		if taken, ok := errors.AsType[*v1client.Problem](err); ok && taken.Code == "name_taken" {
			return nil, fmt.Errorf("%s has half a world, left by a start that broke off; delete it and start again: %w", filepath.Dir(remembered), err)
		}
		if err != nil {
			return nil, fmt.Errorf("making tenant %s: %w", p.contentURL, err)
		}
		c.Tenants = append(c.Tenants, world.Tenant{ID: t.ID, Name: t.Name, ContentURL: t.ContentURL, Plan: t.Plan})
		below := "/v1/tenants/" + t.ID
		if settings := governed(p.contentURL); settings != nil {
			if _, err := api.Do(ctx, "PUT", below+"/governance", settings); err != nil {
				return nil, fmt.Errorf("saying who decides on apps in tenant %s: %w", p.contentURL, err)
			}
		}
		ids := map[string]string{}
		for _, u := range p.users {
			if err := u.move(ctx, api, c, t.ID); err != nil {
				return nil, err
			}
			ids[u.name] = c.Users[len(c.Users)-1].ID
		}
		for name, members := range p.groups {
			g, _, err := v1client.Send[v1.Group](ctx, api, "POST", below+"/groups", map[string]any{"name": name})
			if err != nil {
				return nil, fmt.Errorf("making group %s: %w", name, err)
			}
			for _, m := range members {
				if _, err := api.Do(ctx, "PUT", below+"/groups/"+g.ID+"/users/"+ids[m], nil); err != nil {
					return nil, fmt.Errorf("putting %s into group %s: %w", m, name, err)
				}
			}
		}
		for _, name := range p.apps {
			app, err := furnishApp(ctx, api, below, t.ID, name)
			if err != nil {
				return nil, fmt.Errorf("making connected app %s: %w", name, err)
			}
			c.ConnectedApps = append(c.ConnectedApps, app)
		}
	}
	return c, c.Write(remembered)
}

// governed says who decides on apps in a tenant; nil: as in a new one, an administrator.
func governed(contentURL string) map[string]any {
	switch contentURL {
	case guarded:
		return nil
	case careful:
		return map[string]any{"policy": "authorization_required", "enforcement": "report", "version": 0}
	}
	return map[string]any{"policy": "open", "version": 0}
}

// move makes a person a user of a tenant.
func (p person) move(ctx context.Context, api *v1client.Client, c *world.Credentials, tenant string) error {
	password := rand.Text()
	body := map[string]any{"name": p.name, "full_name": p.fullName, "email": p.name, "password": password, "roles": p.roles}
	if p.platformRoles != nil { // a list is never null on the wire
		body["platform_roles"] = p.platformRoles
	}
	made, _, err := v1client.Send[v1.User](ctx, api, "POST", "/v1/tenants/"+tenant+"/users", body)
	if err != nil {
		return fmt.Errorf("making user %s: %w", p.name, err)
	}
	c.Users = append(c.Users, world.User{Tenant: tenant, ID: made.ID, Username: p.name, Password: password, Roles: made.Roles})
	return nil
}

func furnishApp(ctx context.Context, api *v1client.Client, below, tenant, name string) (world.ConnectedApp, error) {
	app, _, err := v1client.Send[v1.ConnectedApp](ctx, api, "POST", below+"/connected-apps", map[string]any{"name": name})
	if err != nil {
		return world.ConnectedApp{}, err
	}
	s, _, err := v1client.Send[v1.Secret](ctx, api, "POST", below+"/connected-apps/"+app.ClientID+"/secrets", nil)
	if err != nil {
		return world.ConnectedApp{}, err
	}
	return world.ConnectedApp{Tenant: tenant, Name: name, ClientID: app.ClientID, Secrets: []world.Secret{{ID: s.ID, Value: s.Value}}}, nil
}

// fill puts content into each site.
func fill(ctx context.Context, content *analytics.Server, c *world.Credentials) error {
	for _, t := range c.Tenants {
		admin, ok := c.UserWith(t.ID, "site_admin")
		if !ok {
			return fmt.Errorf("tenant %s has no site administrator", t.ContentURL)
		}
		publisher, ok := c.UserWith(t.ID, "user")
		if !ok {
			return fmt.Errorf("tenant %s has no user", t.ContentURL)
		}
		if err := content.Seed(ctx, analytics.DemoSite(t.ID, admin.ID, publisher.ID)); err != nil {
			return err
		}
	}
	return nil
}
