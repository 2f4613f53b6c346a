package cli

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"prokura/internal/text"
	"prokura/internal/v1"
	"prokura/internal/v1client"
)

// governanceCommand is how a tenant decides on apps.
type governanceCommand struct {
	Show    governanceShow    `cmd:"" help:"show"`
	Set     governanceSet     `cmd:"" help:"governance_set"`
	Preview governancePreview `cmd:"" help:"governance_preview"`
}

var policyTexts = map[string]text.Text{
	"open":                   {EN: "open: users who may install apps decide", DE: "open: Benutzer, die Anwendungen installieren dürfen, entscheiden"},
	"authorization_required": {EN: "authorization_required: an administrator decides", DE: "authorization_required: ein Administrator entscheidet"},
	"blocked":                {EN: "blocked: nobody, new apps are refused", DE: "blocked: niemand, neue Anwendungen werden verweigert"},
}

var enforcementTexts = map[string]text.Text{
	"enforce": {EN: "enforce: what no decision covers is refused", DE: "enforce: was keine Entscheidung deckt, wird verweigert"},
	"report":  {EN: "report: it passes, and is recorded", DE: "report: es kommt durch und wird festgehalten"},
	"off":     {EN: "off: it passes", DE: "off: es kommt durch"},
}

func (r *run) governanceColumns() []column[v1.Governance] {
	return []column[v1.Governance]{
		{text.Text{EN: "new apps", DE: "neue Anwendungen"}, func(g v1.Governance) string { return r.word(policyTexts, g.Policy) }},
		{text.Text{EN: "rules", DE: "Regeln"}, func(g v1.Governance) string {
			if len(g.Rules) == 0 {
				return ""
			}
			return count(len(g.Rules))
		}},
		{text.Text{EN: "enforcement", DE: "Durchsetzung"}, func(g v1.Governance) string { return r.word(enforcementTexts, g.Enforcement) }},
		{text.Text{EN: "own permissions only", DE: "nur eigene Berechtigungen"}, func(g v1.Governance) string { return r.yes(g.OwnPermissions) }},
		{text.Text{EN: "reviewers", DE: "prüfende Rollen"}, func(g v1.Governance) string { return strings.Join(g.Reviewers, ", ") }},
		{text.Text{EN: "requests wait", DE: "Anfragen warten"}, func(g v1.Governance) string {
			return r.some(g.RequestDays, text.Text{EN: "day", DE: "Tag"}, text.Text{EN: "days", DE: "Tage"})
		}},
		{text.Text{EN: "mail on requests", DE: "E-Mail bei Anfragen"}, func(g v1.Governance) string { return r.yes(!g.NoMail) }},
		{text.Text{EN: "users see addresses", DE: "Benutzer sehen Adressen"}, func(g v1.Governance) string { return r.yes(g.ShowMail) }},
		{text.Text{EN: "version", DE: "Version"}, func(g v1.Governance) string {
			if g.Version == 0 {
				return r.say("0: nobody has chosen anything", "0: niemand hat etwas gewählt")
			}
			return strconv.Itoa(g.Version)
		}},
		{text.Text{EN: "changed", DE: "geändert"}, func(g v1.Governance) string { return moment(g.UpdatedAt) }},
	}
}

// print shows settings, the rules below them in their order.
func (r *run) printGovernance(g v1.Governance, raw any) error {
	if err := printOne(r, r.governanceColumns(), g, raw); err != nil || r.g.JSON {
		return err
	}
	for i, rule := range g.Rules {
		fmt.Fprintf(r.Stdout, "  %d. %s\n", i+1, safe(r.rule(&rule)))
	}
	return nil
}

// rule is one rule, in words: what it takes, then what it says.
func (r *run) rule(v *v1.GovernanceRule) string {
	var parts []string
	for _, p := range []struct {
		title text.Text
		list  []string
	}{
		{text.Text{EN: "risk ", DE: "Risiko "}, v.Risks}, {text.Text{EN: "scope ", DE: "Bereich "}, v.Scopes},
		{text.Text{EN: "app ", DE: "Anwendung "}, v.Clients}, {text.Text{EN: "verified publisher ", DE: "geprüfter Herausgeber "}, v.Publishers},
	} {
		if len(p.list) > 0 {
			parts = append(parts, p.title.In(r.lang)+strings.Join(p.list, r.say(" or ", " oder ")))
		}
	}
	if v.Verified && len(v.Publishers) == 0 {
		parts = append(parts, r.say("verified publisher", "geprüfter Herausgeber"))
	}
	if len(parts) == 0 {
		parts = []string{r.say("everything", "alles")}
	}
	return strings.Join(parts, ", ") + " → " + v.Policy
}

type governanceShow struct{ inTenant }

func (g *governanceShow) Run(r *run) error {
	_, _, now, raw, err := g.governance(r)
	if err != nil {
		return err
	}
	return r.printGovernance(now, raw)
}

// governance reads the settings of a tenant, and where they are.
func (in *inTenant) governance(r *run) (*v1client.Client, string, v1.Governance, any, error) {
	c, err := r.api()
	if err != nil {
		return nil, "", v1.Governance{}, nil, err
	}
	path, err := in.path(r, c, "governance")
	if err != nil {
		return nil, "", v1.Governance{}, nil, err
	}
	g, raw, err := v1client.Send[v1.Governance](r.ctx, c, http.MethodGet, path, nil)
	return c, path, g, raw, err
}

// governanceFlags are the settings. What is not given stays.
type governanceFlags struct {
	Policy         *string  `placeholder:"POLICY" help:"flag_policy"`
	Rules          *string  `placeholder:"FILE" help:"flag_rules"`
	Enforcement    *string  `placeholder:"STAGE" help:"flag_enforcement"`
	OwnPermissions *bool    `negatable:"" help:"flag_own_permissions"`
	Reviewer       []string `placeholder:"ROLE" help:"flag_reviewer"`
	RequestDays    *int     `placeholder:"N" help:"flag_request_days"`
	Mail           *bool    `negatable:"" help:"flag_mail"`
	ShowMail       *bool    `negatable:"" help:"flag_show_mail"`
}

// over writes what was given over the settings in force; false: nothing was given.
func (f *governanceFlags) over(r *run, s *v1.GovernanceSettings) (given bool, err error) {
	set := func(was bool) { given = given || was }
	set(f.Policy != nil || f.Enforcement != nil || f.RequestDays != nil || f.OwnPermissions != nil || f.Mail != nil || f.ShowMail != nil || f.Reviewer != nil || f.Rules != nil)
	if f.Policy != nil {
		s.Policy = *f.Policy
	}
	if f.Enforcement != nil {
		s.Enforcement = *f.Enforcement
	}
	if f.RequestDays != nil {
		s.RequestDays = *f.RequestDays
	}
	if f.OwnPermissions != nil {
		s.OwnPermissions = *f.OwnPermissions
	}
	if f.Mail != nil {
		s.NoMail = !*f.Mail
	}
	if f.ShowMail != nil {
		s.ShowMail = *f.ShowMail
	}
	if f.Reviewer != nil {
		s.Reviewers = []string{}
		for _, role := range f.Reviewer {
			if role != "" { // --reviewer= is none at all
				s.Reviewers = append(s.Reviewers, role)
			}
		}
	}
	if f.Rules != nil {
		s.Rules, err = r.rules(*f.Rules)
	}
	return given, err
}

type governancePreview struct {
	inTenant
	governanceFlags
}

// Run says which apps other settings would stop, and which would start, and changes nothing.
func (g *governancePreview) Run(r *run) error {
	c, path, now, _, err := g.governance(r)
	if err != nil {
		return err
	}
	then := now.GovernanceSettings
	if _, err := g.over(r, &then); err != nil {
		return err
	}
	effect, raw, err := v1client.Send[v1.GovernanceEffect](r.ctx, c, http.MethodPost, path+"/preview", then)
	if err != nil {
		return err
	}
	if r.g.JSON {
		return r.json(raw)
	}
	r.effect(&effect, r.voids(&now.GovernanceSettings, &then), func(s string) { fmt.Fprintln(r.Stdout, safe(s)) })
	return nil
}

// voids says what a change of the stage does to the tokens that are out; empty: nothing.
func (r *run) voids(now, then *v1.GovernanceSettings) string {
	if now.Enforcement == "enforce" || then.Enforcement != "enforce" {
		return ""
	}
	return r.say("All tokens of the account end at once: apps fetch new ones by themselves, scripts of connected apps sign in again.",
		"Alle Token des Kontos enden sofort: Anwendungen holen sich selbst neue, Skripte verbundener Apps melden sich neu an.")
}

// maxEffects is how many apps are told line by line; --json has all.
const maxEffects = 20

// effect tells what settings change, line by line.
func (r *run) effect(e *v1.GovernanceEffect, voids string, line func(string)) {
	for _, part := range []struct {
		list      []v1.AffectedApp
		one, many text.Text
	}{
		{e.Stops, text.Text{EN: "app stops working:", DE: "Anwendung funktioniert nicht mehr:"}, text.Text{EN: "apps stop working:", DE: "Anwendungen funktionieren nicht mehr:"}},
		{e.Starts, text.Text{EN: "app works then that is refused now:", DE: "Anwendung funktioniert dann, die jetzt verweigert wird:"},
			text.Text{EN: "apps work then that are refused now:", DE: "Anwendungen funktionieren dann, die jetzt verweigert werden:"}},
	} {
		if len(part.list) == 0 {
			continue
		}
		line(r.some(len(part.list), part.one, part.many))
		for i, x := range part.list {
			if i == maxEffects {
				line("  …")
				break
			}
			line(fmt.Sprintf("  %s (%s): %s", x.App.Name, r.reach(x.Reach), x.Message.In(r.lang)))
		}
	}
	if len(e.Stops) == 0 {
		line(r.say("No app in use stops working.", "Keine Anwendung, die benutzt wird, hört auf zu funktionieren."))
	}
	if e.More {
		line(r.say("Of some apps, not all users or not all calls were looked at: more may be affected than is listed.",
			"Von manchen Anwendungen wurden nicht alle Benutzer oder nicht alle Aufrufe angesehen: Es können mehr betroffen sein, als aufgeführt sind."))
	}
	if voids != "" {
		line(voids)
	}
}

type governanceSet struct {
	inTenant
	governanceFlags
	Yes bool `short:"y" help:"flag_yes"`
}

// Run changes the settings that are given, and asks first where that stops an app or ends tokens.
func (g *governanceSet) Run(r *run) error {
	c, path, now, _, err := g.governance(r)
	if err != nil {
		return err
	}
	change := v1.GovernanceChange{GovernanceSettings: now.GovernanceSettings, Version: now.Version}
	given, err := g.over(r, &change.GovernanceSettings)
	if err != nil {
		return err
	}
	if !given {
		return r.misuse(r.say("nothing to change was given", "es wurde nichts angegeben, was zu ändern wäre"), "--help")
	}
	if !g.Yes {
		effect, _, err := v1client.Send[v1.GovernanceEffect](r.ctx, c, http.MethodPost, path+"/preview", change.GovernanceSettings)
		if err != nil {
			return err
		}
		voids := r.voids(&now.GovernanceSettings, &change.GovernanceSettings)
		if len(effect.Stops) > 0 || effect.More || voids != "" {
			var said []string
			r.effect(&effect, voids, func(s string) { said = append(said, s) })
			if err := r.sure(false, said...); err != nil {
				return err
			}
		}
	}
	after, raw, err := v1client.Send[v1.Governance](r.ctx, c, http.MethodPut, path, change)
	if err != nil {
		return err
	}
	return r.printGovernance(after, raw)
}
