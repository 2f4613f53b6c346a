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

type authorizationUsage struct {
	oneAuthorization
	Days int `default:"90" help:"flag_days"`
}

// Run draws what an app did: a row for each scope, a bar for each day or, of many days, for each week.
func (a *authorizationUsage) Run(r *run) error {
	c, path, err := a.at(r, "usage")
	if err != nil {
		return err
	}
	use, raw, err := v1client.Send[v1.Usage](r.ctx, c, http.MethodGet, path+"?days="+strconv.Itoa(a.Days), nil)
	if err != nil {
		return err
	}
	if r.g.JSON {
		return r.json(raw)
	}
	cell := r.say("each bar is a day", "jeder Balken ist ein Tag")
	if len(use.Calls) > maxBars {
		cell = r.say("each bar is a week", "jeder Balken ist eine Woche")
	}
	fmt.Fprintf(r.Stdout, "%s\n\n", fmt.Sprintf(r.say("calls since %s: %d; %s", "Aufrufe seit %s: %d; %s"), safe(use.From), sum(use.Calls), cell))
	most := 0
	for _, s := range use.Scopes {
		for _, n := range bars(s.Calls) {
			most = max(most, n)
		}
	}
	if err := printList(r, []column[v1.ScopeUsage]{
		{text.Text{EN: "scope", DE: "Bereich"}, func(s v1.ScopeUsage) string { return s.Scope }},
		{text.Text{EN: "calls over time", DE: "Aufrufe über die Zeit"}, func(s v1.ScopeUsage) string { return "▕" + draw(bars(s.Calls), most) + "▏" }},
		{text.Text{EN: "calls", DE: "Aufrufe"}, func(s v1.ScopeUsage) string { return strconv.Itoa(sum(s.Calls)) }},
		{text.Text{EN: "last used", DE: "zuletzt benutzt"}, func(s v1.ScopeUsage) string { return s.LastUsed }},
	}, use.Scopes, use.Scopes); err != nil {
		return err
	}
	if len(use.Methods) > 0 {
		fmt.Fprintln(r.Stdout)
		if err := printList(r, []column[v1.MethodUsage]{
			{text.Text{EN: "catalog", DE: "Katalog"}, func(m v1.MethodUsage) string { return m.Catalog }},
			{text.Text{EN: "method", DE: "Methode"}, func(m v1.MethodUsage) string { return m.Method }},
			{text.Text{EN: "calls", DE: "Aufrufe"}, func(m v1.MethodUsage) string { return strconv.Itoa(m.Calls) }},
			{text.Text{EN: "last used", DE: "zuletzt benutzt"}, func(m v1.MethodUsage) string { return m.LastUsed }},
		}, use.Methods, use.Methods); err != nil {
			return err
		}
	}
	if len(use.Unused) > 0 {
		r.note("never used: %s; prokura authorization shrink --unused takes away what installing does not need", "nie benutzt: %s; prokura authorization shrink --unused entzieht, was das Installieren nicht braucht",
			safe(strings.Join(use.Unused, ", ")))
	}
	return nil
}

// maxBars is how many days are drawn one by one.
const maxBars = 31

// bars are calls by day, or by week where there are many days; the last week is whole.
func bars(days []int) []int {
	if len(days) <= maxBars {
		return days
	}
	out := make([]int, (len(days)+6)/7)
	for i, n := range days {
		out[len(out)-1-(len(days)-1-i)/7] += n
	}
	return out
}

var heights = []rune(" ▁▂▃▄▅▆▇█")

// draw makes a picture of numbers; only none is drawn as nothing.
func draw(list []int, most int) string {
	out := make([]rune, len(list))
	for i, n := range list {
		if out[i] = heights[0]; n > 0 {
			out[i] = heights[1+(n*(len(heights)-1)-1)/most]
		}
	}
	return string(out)
}

func sum(list []int) int {
	n := 0
	for _, v := range list {
		n += v
	}
	return n
}
