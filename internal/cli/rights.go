package cli

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

var entitlementColumns = []column[v1.Entitlement]{
	{text.Text{EN: "function", DE: "Funktion"}, func(e v1.Entitlement) string { return e.Entitlement }},
	{text.Text{EN: "in force", DE: "in Kraft"}, func(e v1.Entitlement) string { return mark(e.InForce) }},
	{text.Text{EN: "by plan", DE: "im Abonnement"}, func(e v1.Entitlement) string { return mark(e.Plan) }},
	{text.Text{EN: "change", DE: "Änderung"}, func(e v1.Entitlement) string { return e.Change }},
	{text.Text{EN: "from", DE: "ab"}, func(e v1.Entitlement) string { return moment(e.From) }},
	{text.Text{EN: "until", DE: "bis"}, func(e v1.Entitlement) string { return moment(e.Until) }},
}

type entitlementCommand struct {
	List     entitlementList     `cmd:"" help:"list"`
	Add      entitlementAdd      `cmd:"" help:"entitlement_add"`
	Withdraw entitlementWithdraw `cmd:"" help:"entitlement_withdraw"`
	Delete   entitlementDelete   `cmd:"" help:"entitlement_delete"`
}

type entitlementList struct{ inTenant }

func (e *entitlementList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := e.path(r, c, "entitlements")
	if err != nil {
		return err
	}
	return wholeAt(r, c, entitlementColumns, path)
}

type oneEntitlement struct {
	inTenant
	Entitlement string `arg:"" help:"arg_entitlement"`
}

func (e *oneEntitlement) at(r *run) (*v1client.Client, string, error) {
	c, err := r.api()
	if err != nil {
		return nil, "", err
	}
	path, err := e.path(r, c, "entitlements", e.Entitlement)
	return c, path, err
}

// entitlementDates say when a change begins and ends.
type entitlementDates struct {
	From  *string `placeholder:"TIME" help:"flag_from"`
	Until *string `placeholder:"TIME" help:"flag_until"`
}

func (e *oneEntitlement) put(r *run, d entitlementDates, withdrawn bool) error {
	c, path, err := e.at(r)
	if err != nil {
		return err
	}
	in := patch{"withdrawn": withdrawn}
	in.text("from", d.From)
	in.text("until", d.Until)
	return send(r, c, entitlementColumns, http.MethodPut, path, in)
}

type entitlementAdd struct {
	oneEntitlement
	entitlementDates
}

func (e *entitlementAdd) Run(r *run) error { return e.put(r, e.entitlementDates, false) }

type entitlementWithdraw struct {
	oneEntitlement
	entitlementDates
}

func (e *entitlementWithdraw) Run(r *run) error { return e.put(r, e.entitlementDates, true) }

type entitlementDelete struct {
	oneEntitlement
	Yes bool `short:"y" help:"flag_yes"`
}

func (e *entitlementDelete) Run(r *run) error {
	c, path, err := e.at(r)
	if err != nil {
		return err
	}
	return remove(r, c, e.Yes, fmt.Sprintf(r.say("what was said of the function %q, so that the plan decides", "die Angabe zur Funktion %q, sodass das Abonnement entscheidet"), e.Entitlement), path)
}

// fewOf keeps a table readable where a role holds very many permissions. With --json all are there.
func fewOf(names []string) string {
	const most = 4
	if len(names) <= most {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s, … (%d)", strings.Join(names[:most], ", "), len(names))
}

// roleColumns show names in the language of the invocation.
func (r *run) roleColumns() []column[v1.Role] {
	return []column[v1.Role]{
		{text.Text{EN: "id", DE: "ID"}, func(o v1.Role) string { return o.ID }},
		{text.Text{EN: "name", DE: "Name"}, func(o v1.Role) string { return o.Name.In(r.lang) }},
		{text.Text{EN: "built in", DE: "mitgeliefert"}, func(o v1.Role) string { return mark(o.BuiltIn) }},
		{text.Text{EN: "permissions", DE: "Berechtigungen"}, func(o v1.Role) string { return fewOf(o.Permissions) }},
	}
}

type roleCommand struct {
	List   roleList   `cmd:"" help:"list"`
	Show   roleShow   `cmd:"" help:"show"`
	Create roleCreate `cmd:"" help:"create"`
	Update roleUpdate `cmd:"" help:"role_update"`
	Delete roleDelete `cmd:"" help:"role_delete"`
	Give   roleGive   `cmd:"" help:"role_give"`
	Take   roleTake   `cmd:"" help:"role_take"`
}

type roleList struct{ inTenant }

func (o *roleList) Run(r *run) error { return listIn(r, &o.inTenant, r.roleColumns(), "roles") }

type oneRole struct {
	inTenant
	Role string `arg:"" help:"arg_role"`
}

func (o *oneRole) at(r *run) (*v1client.Client, string, error) {
	c, err := r.api()
	if err != nil {
		return nil, "", err
	}
	path, err := o.path(r, c, "roles", o.Role)
	return c, path, err
}

func (o *oneRole) send(r *run, method string, in any) error {
	c, path, err := o.at(r)
	if err != nil {
		return err
	}
	return send(r, c, r.roleColumns(), method, path, in)
}

type roleShow struct{ oneRole }

func (o *roleShow) Run(r *run) error { return o.send(r, http.MethodGet, nil) }

type roleCreate struct {
	inTenant
	Role       string   `arg:"" help:"arg_role"`
	Name       string   `required:"" help:"flag_role_name"`
	Permission []string `help:"flag_permission"`
}

func (o *roleCreate) Run(r *run) error {
	in := patch{"id": o.Role, "name": o.Name}
	in.list("permissions", o.Permission)
	return createIn(r, &o.inTenant, r.roleColumns(), in, "roles")
}

type roleUpdate struct {
	oneRole
	Name       *string  `help:"flag_role_name"`
	Permission []string `help:"flag_permission"`
}

func (o *roleUpdate) Run(r *run) error {
	in := patch{}
	in.text("name", o.Name)
	in.list("permissions", slices.DeleteFunc(o.Permission, func(p string) bool { return p == "" })) // --permission= is none at all
	if err := in.check(r); err != nil {
		return err
	}
	return o.send(r, http.MethodPatch, in)
}

type roleDelete struct {
	oneRole
	Yes bool `short:"y" help:"flag_yes"`
}

func (o *roleDelete) Run(r *run) error {
	c, path, err := o.at(r)
	if err != nil {
		return err
	}
	return remove(r, c, o.Yes, fmt.Sprintf(r.say("role %q, from all who hold it", "die Rolle %q, allen, die sie haben"), o.Role), path)
}

// roleOfUser is a role and a user.
type roleOfUser struct {
	inTenant
	Role string `arg:"" help:"arg_role"`
	User string `arg:"" help:"arg_user"`
}

func (o *roleOfUser) send(r *run, method string) error {
	c, path, err := o.below(r, "users", o.findUser, o.User, "roles", o.Role)
	if err != nil {
		return err
	}
	_, err = c.Do(r.ctx, method, path, nil)
	return err
}

type roleGive struct{ roleOfUser }

func (o *roleGive) Run(r *run) error { return o.send(r, http.MethodPut) }

type roleTake struct{ roleOfUser }

func (o *roleTake) Run(r *run) error { return o.send(r, http.MethodDelete) }
