package cli

import (
	"net/http"
	"slices"
	"strings"

	"prokura/internal/v1"
	"prokura/internal/v1client"
)

type authorizationShrink struct {
	oneAuthorization
	Scopes string `arg:"" optional:"" help:"arg_keep"`
	Unused bool   `help:"flag_unused"`
}

// Run leaves an app only some of its scopes: those named, or those that it used and cannot do without.
func (a *authorizationShrink) Run(r *run) error {
	if a.Unused == (a.Scopes != "") {
		return r.misuse(r.say("expected either the scopes that stay or --unused", "erwartet werden entweder die Bereiche, die bleiben, oder --unused"), "")
	}
	c, path, now, err := a.now(r)
	if err != nil {
		return err
	}
	use, _, err := v1client.Send[v1.Usage](r.ctx, c, http.MethodGet, path+"/usage", nil)
	if err != nil {
		return err
	}
	var keep, gone []string
	if a.Unused {
		keep, gone, err = a.used(r, c, path, &now, &use)
	} else {
		keep, gone, err = a.named(r, &use)
	}
	if err != nil {
		return err
	}
	if len(gone) == 0 {
		r.note("nothing was taken away: every scope that the app may have stays", "es wurde nichts entzogen: Alle Bereiche der Anwendung bleiben")
		return a.print(r, c, now, now)
	}
	if err := a.post(r, c, path+"/shrink", v1.ScopeList{Scopes: keep, Version: now.Version}); err != nil {
		return err
	}
	r.note("taken away: %s; prokura authorization unshrink gives it back", "entzogen: %s; prokura authorization unshrink gibt es zurück", strings.Join(gone, ", "))
	return nil
}

// used are the scopes that stay where what was never used goes, and those that go. Required ones stay, and those that install URLs
// in use ask for as required: without them the app cannot be installed.
func (a *authorizationShrink) used(r *run, c *v1client.Client, path string, now *v1.Authorization, use *v1.Usage) (keep, gone []string, err error) {
	var required []string
	keep = []string{} // never null
	if now.App.Kind == "app" {
		app, _, err := v1client.Send[v1.Client](r.ctx, c, http.MethodGet, address("clients", now.ClientID), nil)
		if err != nil {
			return nil, nil, err
		}
		required = app.Required
	}
	for _, s := range use.Scopes {
		if slices.Contains(use.Unused, s.Scope) && !slices.Contains(required, s.Scope) {
			gone = append(gone, s.Scope)
		} else {
			keep = append(keep, s.Scope)
		}
	}
	if len(gone) == 0 || now.App.Kind != "app" {
		return keep, gone, nil
	}
	cost, _, err := v1client.Send[v1.AuthorizationCost](r.ctx, c, http.MethodPost, path+"/preview", v1.AuthorizationTerms{Scopes: keep, Admission: &now.Admission, Version: &now.Version})
	if err != nil {
		return nil, nil, err
	}
	for _, name := range gone {
		if slices.Contains(cost.AskedByURLs, name) {
			keep = append(keep, name)
		}
	}
	return keep, slices.DeleteFunc(gone, func(name string) bool { return slices.Contains(cost.AskedByURLs, name) }), nil
}

func (a *authorizationShrink) named(r *run, use *v1.Usage) (keep, gone []string, err error) {
	set, err := r.scopes(a.Scopes)
	if err != nil {
		return nil, nil, err
	}
	keep = set.Names()
	for _, s := range use.Scopes {
		if !slices.Contains(keep, s.Scope) {
			gone = append(gone, s.Scope)
		}
	}
	return keep, gone, nil
}

type authorizationUnshrink struct{ oneAuthorization }

func (a *authorizationUnshrink) Run(r *run) error {
	c, path, now, err := a.now(r)
	if err != nil {
		return err
	}
	if !now.CanUnshrink {
		return r.fault(r.say("nothing was taken away that could be given back", "es wurde nichts entzogen, was sich zurückgeben ließe"),
			r.say("prokura authorization authorize decides anew", "prokura authorization authorize entscheidet neu"))
	}
	return a.post(r, c, path+"/unshrink", v1.SeenVersion{Version: now.Version})
}
