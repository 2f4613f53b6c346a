package console

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// registered is one app in the list.
type registered struct {
	store.Client
	LogoPath string
	Tenants  int
}

// Initial stands where there is no logo.
func (a registered) Initial() string { return initial(a.Registration.Name) }

// Logo is the path of the logo.
func (a registered) Logo() string { return a.LogoPath }

type registrationList struct {
	Apps        []registered
	First, Next string
}

func (v *visit) reach() registry.Reach { return registry.OwnedBy(v.Tenant.ID).Holding(v.Rights.Hold) }

func (c *Console) listRegistrations(w http.ResponseWriter, r *http.Request, v *visit) {
	after := r.URL.Query().Get("after")
	if _, err := id.Parse[id.Client](after); err != nil {
		after = ""
	}
	list, err := c.Registry.ListClients(r.Context(), v.reach(), store.Page{After: after, Limit: pageSize + 1})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	var data registrationList
	if len(list) > pageSize {
		list = list[:pageSize]
		data.Next = "?" + url.Values{"after": {list[pageSize-1].ID.String()}}.Encode()
	}
	if after != "" {
		data.First = "/console/registrations"
	}
	err = c.Store.View(r.Context(), func(rd store.Reader) error {
		data.Apps = nil
		for _, a := range list {
			n, err := rd.CountTenantsOf(a.ID)
			if err != nil {
				return err
			}
			data.Apps = append(data.Apps, registered{a, page.LogoPath(a.Registration.Logo), n})
		}
		return nil
	})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, v, http.StatusOK, "registrations", page.View{Title: v.t("nav.registrations"), Data: data,
		Action: &page.Link{Text: v.t("reg.new"), Href: "/console/registrations/new"}})
}

// own finds the app of the path among those of the account.
func (c *Console) own(w http.ResponseWriter, r *http.Request, v *visit) (store.Client, bool) {
	client, err := id.Parse[id.Client](r.PathValue("client"))
	if err != nil {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return store.Client{}, false
	}
	a, err := c.Registry.FindClient(r.Context(), v.reach(), client)
	if err != nil {
		if refusal.Of(err).First().Definition().Kind == refusal.NotFound {
			c.problem(w, r, v, http.StatusNotFound, "not_found")
		} else {
			c.fail(w, r, err)
		}
		return store.Client{}, false
	}
	return a, true
}

func pathOf(client id.Client) string { return "/console/registrations/" + client.String() }

func (v *visit) registrationCrumbs(a *store.Client) []page.Link {
	crumbs := []page.Link{{Text: v.t("nav.registrations"), Href: "/console/registrations"}}
	if a != nil {
		crumbs = append(crumbs, page.Link{Text: a.Registration.Name, Href: pathOf(a.ID)})
	}
	return crumbs
}

// appPage is the data of the page "registration".
type appPage struct {
	registered
	Groups  []page.ScopeGroup
	Build   builder
	Secrets []store.ClientSecret
	More    bool // there is room for another secret
	Chart   page.Columns
	Codes   page.Multiples
	Refused int
	Install int
	Seen    int
	Life    time.Duration
	Refresh time.Duration
}

func (c *Console) showRegistration(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	reg := a.Registration
	data := appPage{registered: registered{Client: a, LogoPath: page.LogoPath(reg.Logo)}, Secrets: a.Secrets,
		More: !reg.Public && len(a.Secrets) < store.MaxSecrets, Life: reg.AccessLife, Refresh: reg.RefreshLife}
	if data.Life == 0 {
		data.Life = 30 * time.Minute
	}
	rows := page.RowsOf(c.Catalogs, v.lang, reg.Required, "required")
	rows = append(rows, page.RowsOf(c.Catalogs, v.lang, reg.Conditional, "conditional")...)
	data.Groups = page.GroupScopes(append(rows, page.RowsOf(c.Catalogs, v.lang, reg.Optional, "optional")...))
	data.Build = c.build(&a, r.URL.Query())
	if err := c.figures(r, v, &data); err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, v, http.StatusOK, "registration", page.View{Title: reg.Name, Data: data, Crumbs: v.registrationCrumbs(nil),
		Action: &page.Link{Text: v.t("reg.edit"), Href: pathOf(a.ID) + "/edit"}})
}

// builder is the install URL as it was picked together.
type builder struct {
	URL         string
	Redirects   []string
	Redirect    string
	Conditional []pick
	Optional    []pick
}

type pick struct {
	Name   string
	Ticked bool
}

// build makes the install URL from what was picked on the page; at first everything is.
func (c *Console) build(a *store.Client, q url.Values) builder {
	reg := &a.Registration
	b := builder{Redirects: reg.RedirectURIs, Redirect: q.Get("redirect")}
	if !slices.Contains(reg.RedirectURIs, b.Redirect) {
		b.Redirect = ""
		if len(reg.RedirectURIs) > 0 {
			b.Redirect = reg.RedirectURIs[0]
		}
	}
	picked := func(field string, of scope.Set) ([]pick, *scope.Set) {
		var rows []pick
		var in []scope.Scope
		for _, sc := range of.All() {
			ticked := !q.Has("build") || slices.Contains(q[field], sc.String())
			rows = append(rows, pick{sc.String(), ticked})
			if ticked {
				in = append(in, sc)
			}
		}
		set := scope.NewSet(in...)
		return rows, &set
	}
	var conditional, optional *scope.Set
	b.Conditional, conditional = picked("conditional", reg.Conditional)
	b.Optional, optional = picked("optional", reg.Optional)
	if b.Redirect != "" {
		// What is picked is registered, so that nothing can be refused.
		b.URL, _ = registry.BuildURL(c.Issuer, a, registry.URLPicks{RedirectURI: b.Redirect, Conditional: conditional, Optional: optional})
	}
	return b
}

// span is how many days the charts of an app show.
const span = 30

// figures counts installs and refusals of an app over time, and refusals by their code.
func (c *Console) figures(r *http.Request, v *visit, data *appPage) error {
	// What is about to be written counts too; if it cannot be, what was counted before is shown.
	_ = c.Registry.Flush(r.Context())
	today := c.Clock.Now().UTC().Truncate(24 * time.Hour)
	from := today.AddDate(0, 0, 1-span)
	tallies, err := c.Registry.Tallies(r.Context(), v.reach(), data.ID, from)
	if err != nil {
		return err
	}
	days, dates := make([]page.Column, span), make([]time.Time, span)
	for i := range days {
		dates[i] = from.AddDate(0, 0, i)
		days[i].From = dates[i]
	}
	codes := map[string][]int{}
	for _, t := range tallies {
		i := int(t.Day.Sub(from) / (24 * time.Hour))
		if i < 0 || i >= span {
			continue
		}
		switch t.Kind {
		case registry.TallyInstall:
			days[i].Good += t.Count
			data.Install += t.Count
		case registry.TallyUninstall:
		default:
			days[i].Bad += t.Count
			data.Refused += t.Count
			if codes[t.Kind] == nil {
				codes[t.Kind] = make([]int, span)
			}
			codes[t.Kind][i] += t.Count
		}
	}
	data.Chart = page.NewColumns(v.t("reg.chart"), v.t("reg.installs"), v.t("reg.refusals"), days)
	data.Codes = overTime(v, dates, codes)
	return c.Store.View(r.Context(), func(rd store.Reader) error {
		urls, err := rd.InstallURLs(data.ID)
		if err != nil {
			return err
		}
		data.Seen = len(urls)
		data.Tenants, err = rd.CountTenantsOf(data.ID)
		return err
	})
}

// shownCodes is how many codes have a row of their own; those that came least often share the last one.
const shownCodes = 8

// overTime are refusals by code, the most frequent first, each by day.
func overTime(v *visit, days []time.Time, codes map[string][]int) page.Multiples {
	out := page.Multiples{Title: v.t("reg.by_code"), What: v.t("refusals.cause"), Days: days}
	for code, counts := range codes {
		out.Rows = append(out.Rows, page.Series{Label: refusal.Title(refusal.Code(code)).In(v.lang), Note: code, Counts: counts})
	}
	slices.SortFunc(out.Rows, func(a, b page.Series) int {
		return cmp.Or(b.Total()-a.Total(), strings.Compare(a.Note, b.Note))
	})
	if len(out.Rows) > shownCodes {
		rest := page.Series{Label: v.t("reg.other_codes"), Counts: make([]int, len(days))}
		for _, r := range out.Rows[shownCodes-1:] {
			for i, n := range r.Counts {
				rest.Counts[i] += n
			}
		}
		out.Rows = append(out.Rows[:shownCodes-1], rest)
	}
	return out
}

// versionRow is one version of a registration, with what it changed.
type versionRow struct {
	store.ClientVersion
	Changes []changeRow
}

// changeRow is one change as it is shown: of a list, only what came and what went.
type changeRow struct {
	registry.Change
	List        bool
	Words       bool // what the list holds is said in words, not in names of a protocol
	Gone, Added []string
}

func rowsOf(changes []registry.Change) []changeRow {
	out := make([]changeRow, 0, len(changes))
	for _, ch := range changes {
		row := changeRow{Change: ch}
		switch ch.Field {
		case "required", "conditional", "optional", "redirect_uris":
			old, changed := strings.Fields(ch.Old), strings.Fields(ch.New)
			row.List = true
			row.Gone = slices.DeleteFunc(slices.Clone(old), func(s string) bool { return slices.Contains(changed, s) })
			row.Added = slices.DeleteFunc(slices.Clone(changed), func(s string) bool { return slices.Contains(old, s) })
			row.List = len(row.Gone)+len(row.Added) > 0 // else only their order changed
		}
		out = append(out, row)
	}
	return out
}

type versionList struct {
	Versions    []versionRow
	First, Next string
}

func (c *Console) listVersions(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	const most = 20
	before, _ := strconv.Atoi(r.URL.Query().Get("before"))
	list, err := c.Registry.ClientVersions(r.Context(), v.reach(), a.ID, max(before, 0), most+1)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	var data versionList
	for i, one := range list {
		if i == most {
			data.Next = "?before=" + strconv.Itoa(list[most-1].Number)
			break
		}
		row := versionRow{ClientVersion: one}
		if i+1 < len(list) {
			row.Changes = rowsOf(registry.Diff(list[i+1].Registration, one.Registration))
		}
		data.Versions = append(data.Versions, row)
	}
	if before > 0 {
		data.First = pathOf(a.ID) + "/versions"
	}
	c.show(w, r, v, http.StatusOK, "versions", page.View{Title: v.t("reg.versions"), Data: data, Crumbs: v.registrationCrumbs(&a)})
}
