package console

import (
	"net/http"

	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// refusalRow is one refusal in the list of the tenant's.
type refusalRow struct {
	docket.Case
	First finding
	App   string
}

type refusalList struct {
	Rows    []refusalRow
	Filters []page.Link
	Code    string
}

// listRefusals lists what was refused in the tenant, newest first.
func (c *Console) listRefusals(w http.ResponseWriter, r *http.Request, v *visit) {
	cases, err := c.Docket.List(r.Context(), v.Tenant.ID, 500)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	data := refusalList{Code: r.URL.Query().Get("code")}
	data.Filters = []page.Link{{Text: v.t("refusals.all"), Href: "/console/refusals", Current: data.Code == ""}}
	for _, bar := range byCause(v.lang, cases).Bars {
		data.Filters = append(data.Filters, page.Link{Text: bar.Label, Href: bar.Href, Current: bar.Note == data.Code})
	}
	names := map[id.Client]string{}
	err = c.Store.View(r.Context(), func(rd store.Reader) error {
		data.Rows = nil
		for _, k := range cases {
			if len(k.Findings) == 0 || data.Code != "" && string(k.Findings[0].Code) != data.Code {
				continue
			}
			if len(data.Rows) == 2*pageSize {
				return nil
			}
			if _, known := names[k.Client]; !known && !k.Client.IsZero() {
				if a, err := rd.Client(k.Client); err == nil {
					names[k.Client] = a.Registration.Name
				}
			}
			data.Rows = append(data.Rows, refusalRow{k, v.finding(k.Findings[0]), names[k.Client]})
		}
		return nil
	})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, v, http.StatusOK, "refusals", page.View{Title: v.t("refusals.title"), Data: data})
}

// refusalPage is the data of the page "refusal".
type refusalPage struct {
	docket.Case
	Found  []finding
	Checks []checkRow
	App    string
	Now    *judged // of an install URL: what would come of it now
}

type checkRow struct{ Code, Message, Outcome string }

// showRefusal shows one refusal in full: to the administrators of the tenant, to the user who was refused, and to those who
// keep the app, who see nothing of the account.
func (c *Console) showRefusal(w http.ResponseWriter, r *http.Request, v *visit) {
	ref, err := id.Parse[id.Reference](r.PathValue("reference"))
	if err != nil {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return
	}
	k, err := c.Docket.Lookup(r.Context(), ref)
	if err != nil {
		c.problem(w, r, v, http.StatusNotFound, "no_refusal")
		return
	}
	var app store.Client
	if !k.Client.IsZero() {
		app, _ = c.Registry.Client(r.Context(), k.Client)
	}
	mine := k.Tenant == v.Tenant.ID && (v.administers() || k.User == v.User.ID && k.Proven)
	if !mine && !v.owns(&app) {
		c.problem(w, r, v, http.StatusNotFound, "no_refusal")
		return
	}
	data := refusalPage{Case: k, App: app.Registration.Name}
	for _, f := range k.Findings {
		data.Found = append(data.Found, v.finding(f))
	}
	if mine {
		for _, check := range k.Checks {
			data.Checks = append(data.Checks, checkRow{string(check.Code), refusal.Title(check.Code).In(v.lang), check.Outcome})
		}
	}
	if k.URL != "" {
		now, err := c.judge(r, v, k.URL, id.Tenant{}, id.User{})
		if err != nil {
			c.fail(w, r, err)
			return
		}
		data.Now = &now
	}
	p := page.View{Title: v.t("refusals.one"), Data: data}
	if v.administers() {
		p.Crumbs = []page.Link{{Text: v.t("refusals.title"), Href: "/console/refusals"}}
	}
	c.show(w, r, v, http.StatusOK, "refusal", p)
}
