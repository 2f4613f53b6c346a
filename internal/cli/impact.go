package cli

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
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

func (r *run) impactColumns() []column[v1.ImpactOfApp] {
	return []column[v1.ImpactOfApp]{
		{text.Text{EN: "client id", DE: "Client-ID"}, func(i v1.ImpactOfApp) string { return i.App.ClientID }},
		{text.Text{EN: "name", DE: "Name"}, func(i v1.ImpactOfApp) string { return i.App.Name }},
		{text.Text{EN: "users", DE: "Benutzer"}, func(i v1.ImpactOfApp) string { return strconv.Itoa(i.Users) }},
		{text.Text{EN: "calls", DE: "Aufrufe"}, func(i v1.ImpactOfApp) string { return strconv.Itoa(i.Calls) }},
		{text.Text{EN: "last", DE: "zuletzt"}, func(i v1.ImpactOfApp) string { return moment(i.LastAt) }},
		{text.Text{EN: "would be refused", DE: "würde verweigert"}, func(i v1.ImpactOfApp) string {
			names := make([]string, len(i.Methods))
			for n, m := range i.Methods {
				names[n] = m.Method
			}
			return fewOf(names)
		}},
		{text.Text{EN: "what keeps it working", DE: "was sie am Laufen hält"}, func(i v1.ImpactOfApp) string { return r.proposed(&i) }},
		{text.Text{EN: "the developer must add", DE: "der Entwickler muss ergänzen"}, func(i v1.ImpactOfApp) string { return fewOf(i.Beyond) }},
	}
}

// proposed are the terms that would keep an app alive, for a table.
func (r *run) proposed(i *v1.ImpactOfApp) string {
	switch {
	case i.Proposal.AllScopes:
		return r.say("all that it registers", "alle, die sie registriert")
	case len(i.Proposal.Scopes) == 0:
		return r.say("nothing can be proposed", "nichts lässt sich vorschlagen")
	}
	s := fewOf(i.Proposal.Scopes)
	if !i.Proposal.Admission.All {
		s += "; " + r.admitted(&v1.Admission{Roles: i.Proposal.Admission.Roles}, nil)
		if n := len(i.Proposal.Admission.Users); n > 0 {
			s += fmt.Sprintf(r.say("; %d single users", "; %d einzelne Benutzer"), n)
		}
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
	if len(items) == 0 && !r.g.JSON {
		r.note("nothing would have been refused; calls are recorded in the stage report: prokura governance set --enforcement report",
			"nichts wäre verweigert worden; festgehalten werden Aufrufe in der Stufe report: prokura governance set --enforcement report")
		return nil
	}
	return printList(r, r.impactColumns(), items, raws)
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
	if !i.All {
		if list, err = i.those(r, c, list); err != nil {
			return err
		}
	}
	done, failed := []string{}, 0
	bar := progress{out: r.Stderr, all: len(list), shown: terminal(r.Stderr)}
	for n, app := range list {
		bar.at(n, app.App.Name)
		_, err := c.Do(r.ctx, http.MethodPost, path+"/authorize", v1.ClientIDs{ClientIDs: []string{app.App.ClientID}})
		if err != nil {
			if r.ctx.Err() != nil {
				bar.clear()
				return err
			}
			bar.clear()
			failed++
			fmt.Fprintf(r.Stderr, "%s: %s\n", safe(app.App.Name), safe(err.Error()))
			continue
		}
		done = append(done, app.App.ClientID)
	}
	bar.at(len(list), "")
	bar.clear()
	if r.g.JSON {
		if err := r.json(v1.Authorized{Authorized: len(done)}); err != nil {
			return err
		}
	} else {
		fmt.Fprintln(r.Stdout, fmt.Sprintf(r.say("authorized: %s", "genehmigt: %s"), r.some(len(done), text.Text{EN: "app", DE: "Anwendung"}, text.Text{EN: "apps", DE: "Anwendungen"})))
	}
	if failed > 0 {
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
