package cli

import (
	"fmt"
	"net/http"
	"strings"

	"prokura/internal/scope"
	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// appColumns show scopes only in the words of a person; the exact list is in --json.
func appColumns(r *run) []column[v1.ConnectedApp] {
	return []column[v1.ConnectedApp]{
		{text.Text{EN: "client id", DE: "Client-ID"}, func(a v1.ConnectedApp) string { return a.ClientID }},
		{text.Text{EN: "name", DE: "Name"}, func(a v1.ConnectedApp) string { return a.Name }},
		{text.Text{EN: "state", DE: "Zustand"}, func(a v1.ConnectedApp) string {
			switch {
			case a.Revoked:
				return r.say("revoked", "widerrufen")
			case a.Enabled:
				return r.say("enabled", "aktiviert")
			}
			return r.say("disabled", "deaktiviert")
		}},
		{text.Text{EN: "scopes", DE: "Bereiche"}, func(a v1.ConnectedApp) string {
			switch {
			case a.Scopes == nil:
				return r.say("whole catalog", "ganzer Katalog")
			case len(*a.Scopes) == 0:
				return r.say("none", "keine")
			}
			return strings.Join(*a.Scopes, " ")
		}},
		{text.Text{EN: "created", DE: "angelegt"}, func(a v1.ConnectedApp) string { return moment(a.CreatedAt) }},
	}
}

type appCommand struct {
	List      appList      `cmd:"" help:"list"`
	Show      appShow      `cmd:"" help:"show"`
	Create    appCreate    `cmd:"" help:"create"`
	Rename    appRename    `cmd:"" help:"rename"`
	Enable    appEnable    `cmd:"" help:"enable"`
	Disable   appDisable   `cmd:"" help:"app_disable"`
	Revoke    appRevoke    `cmd:"" help:"app_revoke"`
	Authorize appAuthorize `cmd:"" help:"app_authorize"`
	Scopes    appScopes    `cmd:"" help:"app_scopes"`
	Secret    appSecret    `cmd:"" help:"app_secret"`
	Delete    appDelete    `cmd:"" help:"delete"`
}

type appList struct{ inTenant }

func (a *appList) Run(r *run) error { return listIn(r, &a.inTenant, appColumns(r), "connected-apps") }

type oneApp struct {
	inTenant
	App string `arg:"" help:"arg_app"`
}

// path is the address of the connected app, or of something below.
func (a *oneApp) path(r *run, more ...string) (*v1client.Client, string, error) {
	return a.below(r, "connected-apps", a.findApp, a.App, more...)
}

func (a *oneApp) send(r *run, method string, in any, more ...string) error {
	c, path, err := a.path(r, more...)
	if err != nil {
		return err
	}
	return send(r, c, appColumns(r), method, path, in)
}

type appShow struct{ oneApp }

func (a *appShow) Run(r *run) error { return a.send(r, http.MethodGet, nil) }

type appCreate struct {
	inTenant
	Name   string  `arg:"" help:"arg_name"`
	Scopes *string `placeholder:"SCOPES" help:"flag_scopes"`
}

func (a *appCreate) Run(r *run) error {
	in := patch{"name": a.Name}
	if a.Scopes != nil {
		list, err := r.scopes(*a.Scopes)
		if err != nil {
			return err
		}
		in["scopes"] = list.Names()
	}
	return createIn(r, &a.inTenant, appColumns(r), in, "connected-apps")
}

type appRename struct {
	oneApp
	Name string `arg:"" help:"arg_name"`
}

func (a *appRename) Run(r *run) error { return a.send(r, http.MethodPatch, patch{"name": a.Name}) }

type appEnable struct{ oneApp }

func (a *appEnable) Run(r *run) error {
	return a.send(r, http.MethodPatch, patch{"enabled": true})
}

type appDisable struct{ oneApp }

func (a *appDisable) Run(r *run) error {
	return a.send(r, http.MethodPatch, patch{"enabled": false})
}

type appRevoke struct {
	oneApp
	Yes bool `short:"y" help:"flag_yes"`
}

// Run asks first: an authorization that was revoked is never reopened.
func (a *appRevoke) Run(r *run) error {
	what := fmt.Sprintf(r.say("the authorization of connected app %q, and every session that rests on it", "die Autorisierung der verbundenen App %q und jede Sitzung, die auf ihr beruht"), a.App)
	if err := r.confirm(a.Yes, what); err != nil {
		return err
	}
	return a.send(r, http.MethodPost, nil, "revoke")
}

type appAuthorize struct{ oneApp }

func (a *appAuthorize) Run(r *run) error { return a.send(r, http.MethodPost, nil, "authorize") }

type appScopes struct {
	oneApp
	Scopes string `arg:"" optional:"" help:"arg_scopes"`
	All    bool   `help:"flag_all_scopes"`
}

// Run needs one of the two: an empty list by accident would take everything away.
func (a *appScopes) Run(r *run) error {
	if a.All == (a.Scopes != "") {
		return r.misuse(r.say("expected either a list of scopes or --all", "erwartet wird entweder eine Liste von Bereichen oder --all"), "")
	}
	if a.All {
		return a.send(r, http.MethodPatch, patch{"scopes": nil})
	}
	list, err := r.scopes(a.Scopes)
	if err != nil {
		return err
	}
	return a.send(r, http.MethodPatch, patch{"scopes": list.Names()})
}

// scopes reads a list as a person types it: separated by spaces, commas or both.
func (r *run) scopes(s string) (scope.Set, error) {
	list, err := scope.ParseList(strings.Join(strings.Fields(strings.ReplaceAll(s, ",", " ")), " "))
	if err != nil {
		return scope.Set{}, r.misuse(err.Error(), "")
	}
	return list, nil
}

type appDelete struct {
	oneApp
	Yes bool `short:"y" help:"flag_yes"`
}

func (a *appDelete) Run(r *run) error {
	c, path, err := a.path(r)
	if err != nil {
		return err
	}
	return remove(r, c, a.Yes, fmt.Sprintf(r.say("connected app %q", "verbundene App %q"), a.App), path)
}
