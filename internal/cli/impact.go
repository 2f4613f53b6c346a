package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// impactCommand is what a tenant that only reports would have refused.
type impactCommand struct {
	List      impactList      `cmd:"" default:"withargs" help:"impact_list"`
	Authorize impactAuthorize `cmd:"" help:"impact_authorize"`
}

// affected prints what would have been refused to one app.
func (r *run) affected(i *v1.ImpactOfApp) {
	fmt.Fprintf(r.Stdout, "%s  %s\n", safe(i.App.Name), safe(i.App.ClientID))
	names := make([]string, len(i.Methods))
	for n, m := range i.Methods {
		names[n] = m.Method
	}
	r.facts([][2]string{
		{r.say("calls", "Aufrufe"), fmt.Sprintf(r.say("%d, by %s, from %s to %s", "%d, von %s, vom %s bis zum %s"), i.Calls,
			r.some(i.Users, text.Text{EN: "user", DE: "Benutzer"}, text.Text{EN: "users", DE: "Benutzern"}), moment(i.FirstAt), moment(i.LastAt))},
		{r.say("would be refused", "würde verweigert"), strings.Join(names, " ")},
		{r.say("what keeps it working", "was sie am Laufen hält"), r.proposed(i)},
		{r.say("its developer must ask for", "ihr Entwickler muss anfordern"), strings.Join(i.Beyond, " ")},
		{r.say("in use", "in Benutzung"), r.reach(i.Reach)},
	})
}

// proposed are the terms that would keep an app alive, for a table.
func (r *run) proposed(i *v1.ImpactOfApp) string {
	switch {
	case i.Revoked:
		return r.say("nothing: it is revoked", "nichts: sie ist widerrufen")
	case i.Moved:
		return r.say("a decision of its own: its publisher or its redirect URIs changed", "eine eigene Entscheidung: ihr Herausgeber oder ihre Redirect-URIs haben sich geändert")
	case i.Lapsed:
		return r.say("a decision of its own: the last one has expired", "eine eigene Entscheidung: die letzte ist abgelaufen")
	case !i.Mends:
		return r.say("no decision changes it", "keine Entscheidung ändert etwas daran")
	case i.Proposal.AllScopes:
		return r.say("all that it registers", "alle, die sie registriert")
	case len(i.Proposal.Scopes) == 0:
		return r.say("no scope", "kein Bereich")
	}
	s := strings.Join(i.Proposal.Scopes, " ")
	if !i.Proposal.Admission.All {
		s += "; " + r.admitted(&i.Proposal.Admission, nil)
	}
	return s
}

type impactList struct{ inTenant }

func (i *impactList) Run(r *run) error {
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := i.path(r, c, "impact")
	if err != nil {
		return err
	}
	items, raws, err := v1client.Whole[v1.ImpactOfApp](r.ctx, c, path)
	if err != nil {
		return err
	}
	switch {
	case r.g.JSON:
		if raws == nil {
			raws = []json.RawMessage{}
		}
		return r.json(raws)
	case len(items) == 0:
		g, _, err := v1client.Send[v1.Governance](r.ctx, c, http.MethodGet, strings.TrimSuffix(path, "impact")+"governance", nil)
		if err != nil {
			return err
		}
		if g.Enforcement == "report" {
			r.note("nothing would have been refused so far; a call appears a few seconds after it was made",
				"bisher wäre nichts verweigert worden; ein Aufruf erscheint einige Sekunden, nachdem er gemacht wurde")
			return nil
		}
		r.note("nothing would have been refused; calls are recorded in the stage report: prokura governance set --enforcement report",
			"nichts wäre verweigert worden; festgehalten werden Aufrufe in der Stufe report: prokura governance set --enforcement report")
		return nil
	}
	for n := range items {
		if n > 0 {
			fmt.Fprintln(r.Stdout)
		}
		r.affected(&items[n])
	}
	r.note("prokura impact authorize -t %s APP… or --all authorizes apps with what keeps them working",
		"prokura impact authorize -t %s ANWENDUNG… oder --all autorisiert Anwendungen mit dem, was sie am Laufen hält", safe(i.Tenant))
	return nil
}

type impactAuthorize struct {
	inTenant
	App []string `arg:"" optional:"" help:"arg_apps"`
	All bool     `help:"flag_all_apps"`
}

// Run authorizes apps with the terms that keep them working, one after the other, each with its own entry in the audit book. What
// fails does not hold up the rest.
func (i *impactAuthorize) Run(r *run) error {
	if i.All == (len(i.App) > 0) {
		return r.misuse(r.say("expected either apps or --all", "erwartet werden entweder Anwendungen oder --all"), "")
	}
	c, err := r.api()
	if err != nil {
		return err
	}
	path, err := i.path(r, c, "impact")
	if err != nil {
		return err
	}
	list, _, err := v1client.Whole[v1.ImpactOfApp](r.ctx, c, path)
	if err != nil {
		return err
	}
	if i.All {
		list = slices.DeleteFunc(list, func(one v1.ImpactOfApp) bool { return one.Revoked || !one.Mends }) // what nothing mends stays as it is
	} else if list, err = i.those(r, c, list); err != nil {
		return err
	}
	done := v1.Authorized{Failed: []v1.NotAuthorizedApp{}}
	bar := progress{out: r.Stderr, all: len(list), shown: terminal(r.Stderr)}
	for n, app := range list {
		bar.at(n, app.App.Name)
		one, _, err := v1client.Send[v1.Authorized](r.ctx, c, http.MethodPost, path+"/authorize", v1.SeenProposals{Apps: []v1.SeenProposal{
			{ClientID: app.App.ClientID, Version: app.Proposal.Version, Registration: app.Proposal.Registration}}})
		if err != nil {
			bar.clear()
			return err
		}
		done.Authorized += one.Authorized
		done.Failed = append(done.Failed, one.Failed...)
		for _, not := range one.Failed {
			bar.clear()
			for _, f := range not.Findings {
				fmt.Fprintf(r.Stderr, "%s: %s (%s)\n", safe(app.App.Name), safe(strings.TrimSuffix(f.Message.In(r.lang), ".")), f.Code)
			}
		}
	}
	bar.at(len(list), "")
	bar.clear()
	if r.g.JSON {
		if err := r.json(done); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(r.Stdout, fmt.Sprintf(r.say("authorized: %s", "genehmigt: %s"), r.some(done.Authorized, text.Text{EN: "app", DE: "Anwendung"}, text.Text{EN: "apps", DE: "Anwendungen"})))
	}
	if failed := len(done.Failed); failed > 0 {
		return r.fault(fmt.Sprintf(r.say("not authorized: %d of %d", "nicht genehmigt: %d von %d"), failed, len(list)), "")
	}
	return nil
}

// those picks the apps that were named from the report.
func (i *impactAuthorize) those(r *run, c *v1client.Client, list []v1.ImpactOfApp) ([]v1.ImpactOfApp, error) {
	all := make([]candidate, len(list))
	byID := map[string]v1.ImpactOfApp{}
	for n, one := range list {
		all[n] = candidate{one.App.ClientID, []string{one.App.Name, one.App.ClientID}}
		byID[one.App.ClientID] = one
	}
	var out []v1.ImpactOfApp
	for _, named := range i.App {
		id, err := pick(r, named, r.say("app in the report", "Anwendung im Bericht"), all)
		if err != nil {
			return nil, err
		}
		out = append(out, byID[id])
	}
	return out, nil
}

// progress is a bar on a terminal; elsewhere it is nothing.
type progress struct {
	out   io.Writer
	all   int
	shown bool
}

const barWidth = 30

func (p *progress) at(done int, name string) {
	if p.shown {
		full := barWidth * done / max(p.all, 1)
		fmt.Fprintf(p.out, "\r\x1b[K[%s%s] %d/%d %s", strings.Repeat("█", full), strings.Repeat("·", barWidth-full), done, p.all, safe(name))
	}
}

func (p *progress) clear() {
	if p.shown {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}
