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

// overview is the data of the page "overview": blocks, of which everybody sees those that are theirs. It is one place for whoever
// decides on the apps of an account: how it decides, what waits, what is in use, what was refused, what ends, what was revoked.
type overview struct {
	Apps        []connected // the reader's own, the newest
	More        bool        // they have more
	Refusals    *page.Bars  // of the tenant, by cause; for administrators
	Counted     int         // how many refusals of different kinds were counted, where there may be more; 0: all
	Ending      []ending    // apps and functions, the soonest first; for administrators and whoever decides
	Developed   []registered
	Administers bool
	Decides     bool
	Develops    bool
	Stance      *stance // for whoever decides
	Waiting     *waitingList
	InUse       *inUse
	Revoked     []gone
}

// ending is an app or a function that ends.
type ending struct {
	Title string
	Href  string // empty: nothing leads further
	Until time.Time
	Date  bool // a day that an administrator chose: Until is its end
}

// The bounds of the page.
const (
	shortList   = 5 // entries of a block
	overviewDay = 30
	maxCounted  = 1000 // refusals of different kinds
)

const lookahead = overviewDay * 24 * time.Hour

func (c *Console) overview(w http.ResponseWriter, r *http.Request, v *visit) {
	data := overview{Administers: v.administers(), Decides: v.decides(), Develops: v.manages()}
	var err error
	if data.Apps, err = c.mine(r, v); err != nil {
		c.fail(w, r, err)
		return
	}
	data.Apps = slices.DeleteFunc(data.Apps, func(a connected) bool { return a.State() != "" })
	data.More = len(data.Apps) > shortList
	data.Apps = data.Apps[:min(len(data.Apps), shortList)]
	for _, part := range []func(*http.Request, *visit, *overview) error{c.governed, c.looming, c.developed} {
		if err := part(r, v, &data); err != nil {
			c.fail(w, r, err)
			return
		}
	}
	slices.SortStableFunc(data.Ending, func(a, b ending) int { return a.Until.Compare(b.Until) })
	data.Ending = data.Ending[:min(len(data.Ending), 2*shortList)]
	c.show(w, r, v, http.StatusOK, "overview", page.View{Title: v.t("nav.overview"), Data: data})
}

// developed are the apps that a developer registered last.
func (c *Console) developed(r *http.Request, v *visit, data *overview) error {
	if !data.Develops {
		return nil
	}
	list, err := c.Registry.ListClients(r.Context(), v.reach(), store.Page{Limit: shortList})
	for _, a := range list {
		data.Developed = append(data.Developed, registered{Client: a, LogoPath: page.LogoPath(a.Registration.Logo)})
	}
	return err
}

// looming is what an administrator should know: what was refused as far back as the book goes, and which functions end soon.
func (c *Console) looming(r *http.Request, v *visit, data *overview) error {
	if !data.Administers {
		return nil
	}
	cases, err := c.Docket.List(r.Context(), v.Tenant.ID, maxCounted)
	if err != nil {
		return err
	}
	if len(cases) == maxCounted {
		data.Counted = maxCounted
	}
	now := c.Clock.Now()
	refused := byCause(v.lang, slices.DeleteFunc(cases, func(k docket.Case) bool { return now.Sub(k.Last) > 7*24*time.Hour }))
	data.Refusals = &refused
	var list []store.Entitlement
	err = c.Store.View(r.Context(), func(rd store.Reader) error {
		list, err = rd.ListEntitlements(v.Tenant.ID)
		return err
	})
	for _, e := range list {
		if e.Withdrawn || e.Until.IsZero() || !e.InForce(now) || e.Until.Sub(now) > lookahead {
			continue
		}
		title := e.Entitlement
		if known, ok := c.Catalogs.Entitlement(e.Entitlement); ok {
			title = or(known.Title.In(v.lang), title)
		}
		data.Ending = append(data.Ending, ending{Title: title, Until: e.Until})
	}
	return err
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
