package console

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"

	"prokura/internal/docket"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// overview is the data of the page "overview": four blocks, of which everybody sees those that are theirs.
type overview struct {
	Apps        []connected  // the newest
	Refusals    *page.Bars   // of the tenant, by cause; for administrators
	Ending      []ending     // functions that end soon; for administrators
	Developed   []registered // with what became of them; for developers
	Administers bool
	Develops    bool
}

type ending struct {
	Title string
	Until time.Time
}

// shortList is how many entries a block has.
const shortList = 5

func (c *Console) overview(w http.ResponseWriter, r *http.Request, v *visit) {
	data := overview{Administers: v.administers(), Develops: v.manages()}
	var err error
	if data.Apps, err = c.mine(r, v); err != nil {
		c.fail(w, r, err)
		return
	}
	data.Apps = data.Apps[:min(len(data.Apps), shortList)]
	if data.Administers {
		if err := c.looming(r, v, &data); err != nil {
			c.fail(w, r, err)
			return
		}
	}
	if data.Develops {
		list, err := c.Registry.ListClients(r.Context(), v.reach(), store.Page{Limit: shortList})
		if err != nil {
			c.fail(w, r, err)
			return
		}
		for _, a := range list {
			data.Developed = append(data.Developed, registered{Client: a, LogoPath: page.LogoPath(a.Registration.Logo)})
		}
	}
	c.show(w, r, v, http.StatusOK, "overview", page.View{Title: v.t("nav.overview"), Data: data})
}

// looming is what an administrator should know: what was refused in the last 7 days, and what ends in the next 30.
func (c *Console) looming(r *http.Request, v *visit, data *overview) error {
	cases, err := c.Docket.List(r.Context(), v.Tenant.ID, 1000)
	if err != nil {
		return err
	}
	now := c.Clock.Now()
	refused := byCause(v.lang, slices.DeleteFunc(cases, func(k docket.Case) bool { return now.Sub(k.Last) > 7*24*time.Hour }))
	data.Refusals = &refused
	var list []store.Entitlement
	err = c.Store.View(r.Context(), func(rd store.Reader) error {
		list, err = rd.ListEntitlements(v.Tenant.ID)
		return err
	})
	if err != nil {
		return err
	}
	for _, e := range list {
		if e.Withdrawn || e.Until.IsZero() || !e.InForce(now) || e.Until.Sub(now) > 30*24*time.Hour {
			continue
		}
		title := e.Entitlement
		if known, ok := c.Catalogs.Entitlement(e.Entitlement); ok {
			title = or(known.Title.In(v.lang), title)
		}
		data.Ending = append(data.Ending, ending{title, e.Until})
	}
	return nil
}

// byCause counts refusals by the code that came first.
func byCause(lang string, cases []docket.Case) page.Bars {
	counts := map[refusal.Code]int{}
	for _, k := range cases {
		if len(k.Findings) > 0 {
			counts[k.Findings[0].Code] += max(k.Count, 1)
		}
	}
	var out page.Bars
	for code, n := range counts {
		out.Bars = append(out.Bars, page.Bar{Label: refusal.Title(code).In(lang), Note: string(code), Count: n, Meaning: "refused",
			Href: "/console/refusals?code=" + string(code)})
	}
	slices.SortFunc(out.Bars, func(a, b page.Bar) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Note, b.Note)) })
	out.Bars = out.Bars[:min(len(out.Bars), 8)]
	return out
}
