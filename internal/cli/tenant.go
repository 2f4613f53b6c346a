package cli

import (
	"fmt"
	"net/http"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

var tenantColumns = []column[v1.Tenant]{
	{text.Text{EN: "id", DE: "ID"}, func(t v1.Tenant) string { return t.ID }},
	{text.Text{EN: "content url", DE: "Inhalts-URL"}, func(t v1.Tenant) string { return t.ContentURL }},
	{text.Text{EN: "name", DE: "Name"}, func(t v1.Tenant) string { return t.Name }},
	{text.Text{EN: "plan", DE: "Abonnement"}, func(t v1.Tenant) string { return t.Plan }},
	{text.Text{EN: "created", DE: "angelegt"}, func(t v1.Tenant) string { return moment(t.CreatedAt) }},
}

type tenantCommand struct {
	List   tenantList   `cmd:"" help:"list"`
	Show   tenantShow   `cmd:"" help:"show"`
	Create tenantCreate `cmd:"" help:"create"`
	Update tenantUpdate `cmd:"" help:"update"`
	Delete tenantDelete `cmd:"" help:"delete"`

	Entitlement entitlementCommand `cmd:"" help:"entitlement"`
}

type tenantList struct{}

func (tenantList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	return listAt(r, c, tenantColumns, address("tenants"))
}

type tenantShow struct {
	Tenant string `arg:"" help:"arg_tenant"`
}

func (t *tenantShow) Run(r *run) error {
	c, path, err := tenantPath(r, t.Tenant)
	if err != nil {
		return err
	}
	return send(r, c, tenantColumns, http.MethodGet, path, nil)
}

type tenantCreate struct {
	Name       string `arg:"" help:"arg_name"`
	ContentURL string `required:"" help:"flag_content_url"`
	Plan       string `required:"" help:"flag_plan"`
}

func (t *tenantCreate) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	return send(r, c, tenantColumns, http.MethodPost, address("tenants"),
		map[string]any{"name": t.Name, "content_url": t.ContentURL, "plan": t.Plan})
}

type tenantUpdate struct {
	Tenant     string  `arg:"" help:"arg_tenant"`
	Name       *string `help:"flag_name"`
	ContentURL *string `help:"flag_content_url"`
	Plan       *string `help:"flag_plan"`
}

func (t *tenantUpdate) Run(r *run) error {
	in := patch{}
	in.text("name", t.Name)
	in.text("content_url", t.ContentURL)
	in.text("plan", t.Plan)
	if err := in.check(r); err != nil {
		return err
	}
	c, path, err := tenantPath(r, t.Tenant)
	if err != nil {
		return err
	}
	return send(r, c, tenantColumns, http.MethodPatch, path, in)
}

type tenantDelete struct {
	Tenant string `arg:"" help:"arg_tenant"`
	Yes    bool   `short:"y" help:"flag_yes"`
}

func (t *tenantDelete) Run(r *run) error {
	c, path, err := tenantPath(r, t.Tenant)
	if err != nil {
		return err
	}
	return remove(r, c, t.Yes, fmt.Sprintf(r.say("tenant %q with everything in it", "Konto %q mit allem, was dazugehört"), t.Tenant), path)
}

func tenantPath(r *run, named string) (*v1client.Client, string, error) {
	c, err := r.api()
	if err != nil {
		return nil, "", err
	}
	t, err := findTenant(r, c, named)
	return c, address("tenants", t), err
}

// patch holds the members that a change names; what was not given stays as it is.
type patch map[string]any

func (p patch) text(member string, v *string) {
	if v != nil {
		p[member] = *v
	}
}

func (p patch) list(member string, v []string) {
	if v != nil {
		p[member] = v
	}
}

func (p patch) check(r *run) error {
	if len(p) == 0 {
		return r.misuse(r.say("nothing to change was given", "es wurde nichts zu ändern angegeben"), "--help")
	}
	return nil
}
