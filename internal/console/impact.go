package console

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

const impactPath = governancePath + "/impact"

// impactRow is an app that would have been refused something.
type impactRow struct {
	govern.Impact
	Methods  []string
	Proposed []page.ScopeRow // far-reaching ones first
	Beyond   []page.ScopeRow
	Who      []string // the proposal is for; none: it is not about users
	Until    string   // in words; empty: no end
	Ticked   bool
}

// Value names the app and the state of it that is shown, as the form carries it: what is ticked is what was seen.
func (i impactRow) Value() string {
	p := i.Impact.Seen()
	return fmt.Sprintf("%s %d %d", p.Client, p.Version, p.Registration)
}

// readProposed reads what Value wrote.
func readProposed(s string) (p govern.Proposed, ok bool) {
	parts := strings.Split(s, " ")
	if len(parts) != 3 {
		return p, false
	}
	var errs [3]error
	p.Client, errs[0] = id.Parse[id.Client](parts[0])
	p.Version, errs[1] = strconv.Atoi(parts[1])
	p.Registration, errs[2] = strconv.Atoi(parts[2])
	return p, errors.Join(errs[:]...) == nil
}

// ticked says whether a form names an app, in whatever state it was seen.
func ticked(r *http.Request, app id.Client) bool {
	return slices.ContainsFunc(r.PostForm["client"], func(s string) bool {
		p, ok := readProposed(s)
		return ok && p.Client == app
	})
}

// impactReport is the data of the page "impact".
type impactReport struct {
	Rows  []impactRow // that a decision keeps working, and can be ticked
	Apart []impactRow // the others
	Stage string
}

// showImpact lists what would have been refused if the account enforced its decisions.
func (c *Console) showImpact(w http.ResponseWriter, r *http.Request, v *visit) {
	c.impactPage(w, r, v, http.StatusOK, nil)
}

func (c *Console) impactPage(w http.ResponseWriter, r *http.Request, v *visit, status int, errs []page.FieldError) {
	g, err := c.Govern.Governance(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	list, err := c.Govern.Impact(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	n, err := c.namingProposals(r, v, list)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	data := impactReport{Stage: nameIn(stages, g.Settings.Stage)}
	for _, i := range list {
		row := c.impactRow(&n, i)
		row.Ticked = r.Method != http.MethodPost || ticked(r, i.App.ID) // whoever unticked an app does not find it ticked again
		if i.Mends {
			data.Rows = append(data.Rows, row)
		} else {
			data.Apart = append(data.Apart, row)
		}
	}
	c.show(w, r, v, status, "impact", page.View{Title: v.t("nav.impact"), Data: data, Errors: errs, Form: "impact", Notice: said(r, v, "impact.meanwhile"),
		Crumbs: []page.Link{{Text: v.t("nav.governance"), Href: governancePath}}})
}

// namingProposals names who is in proposals.
func (c *Console) namingProposals(r *http.Request, v *visit, list []govern.Impact) (naming, error) {
	roles, err := c.roles(r, v)
	if err != nil {
		return naming{}, err
	}
	var then []*store.Authorization
	for i := range list {
		then = append(then, &store.Authorization{Decision: policy.Decision{Admission: list[i].Proposal.Admission}})
	}
	return c.naming(r, v, roles, then...)
}

func (c *Console) impactRow(n *naming, i govern.Impact) impactRow {
	row := impactRow{Impact: i, Beyond: page.RowsOf(c.Catalogs, n.lang, i.Beyond, "")}
	for _, g := range page.GroupScopes(page.RowsOf(c.Catalogs, n.lang, i.Proposal.Scopes, "")) {
		row.Proposed = append(row.Proposed, g.Rows...)
	}
	for _, m := range i.Methods {
		row.Methods = append(row.Methods, m.Title.In(n.lang))
	}
	if i.Mends {
		if row.Who = n.admitted(&i.Proposal.Admission); !i.Proposal.Expires.IsZero() {
			row.Until = n.day(i.Proposal.Expires)
		}
	}
	return row
}

// impactRun is the data of the page "impact_run". Its figures are those up to the step that was taken last.
type impactRun struct {
	All       int
	Steps     iter.Seq[impactStep] // does the work
	Approved  int
	Meanwhile int          // somebody else decided on them in the same moment
	Failed    []impactStep // the others
	BrokenOff bool         // what was left was not tried
}

// Left is how many apps were not tried.
func (i *impactRun) Left() int { return i.All - i.Approved - i.Meanwhile - len(i.Failed) }

// impactStep is what became of one app.
type impactStep struct {
	App    govern.App
	Done   int
	Left   time.Duration // that the rest will take about; zero: not worth saying
	Failed string        // why it was not approved; empty: it is, or somebody else decided on it
	Passed bool          // it is approved
}

// authorizeImpact authorizes the apps that were ticked, each with the terms that keep it alive, on a page that shows how far it has
// come. Every app is a decision of its own: who closes the page stops before the next, and the report shows what is left.
func (c *Console) authorizeImpact(w http.ResponseWriter, r *http.Request, v *visit) {
	sent := r.PostForm["client"]
	if page.Switched(r) || len(sent) == 0 {
		var errs []page.FieldError
		status := http.StatusOK
		if !page.Switched(r) {
			status, errs = http.StatusUnprocessableEntity, []page.FieldError{{Message: v.t("impact.none_ticked")}}
		}
		c.impactPage(w, r, v, status, errs)
		return
	}
	list, err := c.Govern.Impact(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	wanted := map[id.Client]govern.Proposed{}
	for _, s := range sent {
		if p, ok := readProposed(s); ok {
			wanted[p.Client] = p
		}
	}
	apps, clients := map[id.Client]govern.App{}, []govern.Proposed(nil)
	for _, i := range list {
		if p, ok := wanted[i.App.ID]; ok && (i.Mends || i.Moved) {
			apps[i.App.ID], clients = i.App, append(clients, p)
		}
	}
	if len(clients) == 0 { // somebody else was faster
		http.Redirect(w, r, impactPath+"?done=meanwhile", http.StatusSeeOther)
		return
	}
	c.Page.Stream(w, r, "impact_run", func(flush func()) page.View {
		run := &impactRun{All: len(clients)}
		run.Steps = func(yield func(impactStep) bool) {
			flush()
			c.approve(r, v, run, clients, func(s impactStep, client id.Client) bool {
				s.App = apps[client]
				if s.Failed != "" {
					run.Failed = append(run.Failed, s)
				}
				defer flush()
				return yield(s)
			})
		}
		return v.framed(r, page.View{Title: v.t("impact.run"), Data: run,
			Crumbs: []page.Link{{Text: v.t("nav.governance"), Href: governancePath}, {Text: v.t("nav.impact"), Href: impactPath}}})
	})
}

// approve authorizes apps one after the other, and tells of each. It breaks off where nobody wants to know any more, and after a fault
// of our own, which the next app would meet, too.
func (c *Console) approve(r *http.Request, v *visit, run *impactRun, clients []govern.Proposed, tell func(impactStep, id.Client) bool) {
	ctx, stop := context.WithCancel(r.Context())
	defer stop()
	began := c.Clock.Now()
	err := c.Govern.AuthorizeProposals(ctx, v.by(), v.Tenant.ID, clients, func(s govern.Step) {
		step := impactStep{Done: s.Done, Left: timeLeft(c.Clock.Now().Sub(began), s.Done, s.All)}
		switch f := refusal.Of(s.Err).First(); {
		case s.Err == nil:
			run.Approved++
			step.Passed = true
		case f.Code == refusal.AuthorizationChanged && f.Case != refusal.Reregistered:
			run.Meanwhile++
		default:
			step.Failed = c.Catalogs.InWords(v.lang, f).Message().In(v.lang)
			if f.Definition().Kind.Ours() {
				run.BrokenOff = true
				stop()
			}
		}
		if !tell(step, s.Client) {
			stop()
		}
	})
	if run.BrokenOff {
		c.Log.ErrorContext(r.Context(), "could not authorize several apps", "left", run.Left(), "err", err)
	}
}

// timeLeft is how long the rest takes if it goes on as it went so far: whole seconds, or minutes where there are several.
func timeLeft(taken time.Duration, done, all int) time.Duration {
	left := taken / time.Duration(done) * time.Duration(all-done)
	switch {
	case left < 2*time.Second:
		return 0
	case left < 2*time.Minute:
		return left.Round(time.Second)
	}
	return left.Round(time.Minute)
}
