package console

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// maxGrants bounds how many grants of one user are read for a page.
const maxGrants = 2000

// grants reads the live grants that a filter names.
func (c *Console) grants(r *http.Request, in id.Tenant, f store.GrantFilter) (list []store.Grant, err error) {
	err = c.Store.View(r.Context(), func(rd store.Reader) error {
		list = nil
		after := ""
		for len(list) < maxGrants {
			part, err := rd.ListGrants(in, f, store.Page{After: after, Limit: 200})
			if err != nil {
				return err
			}
			list = append(list, part...)
			if len(part) < 200 {
				return nil
			}
			after = part[len(part)-1].ID.String()
		}
		return nil
	})
	return list, err
}

// connected is what a user has given to one app, in one or several installations.
type connected struct {
	Client    id.Client
	Name      string
	Publisher string
	Logo      string // path; empty: none
	Contact   store.Contact
	Times     int // live grants
	Scopes    scope.Set
	Created   time.Time // of the newest
	LastUsed  time.Time
	Ends      time.Time // zero: when somebody withdraws it
	Begun     bool      // the app has fetched its first token
	Groups    []page.ScopeGroup
	Dangerous []string // titles
	// Own is how the account stands to the app, for the user; zero: the app is gone.
	Own govern.OwnApp
}

// State is why the app does not work, though what it was given is there; empty: it works.
func (a connected) State() string {
	if a.Own.Client.ID.IsZero() || a.Own.Works() {
		return ""
	}
	return whyNot(&a.Own)
}

// Since is since when it does not.
func (a connected) Since() time.Time { return a.Own.Since() }

// Initial stands where there is no logo.
func (a connected) Initial() string { return initial(a.Name) }

func initial(name string) string {
	for _, r := range name {
		return strings.ToUpper(string(r))
	}
	return "?"
}

// byClient gathers grants by app, the newest first.
func byClient(grants []store.Grant) []connected {
	var out []connected
	for _, g := range grants {
		i := slices.IndexFunc(out, func(a connected) bool { return a.Client == g.Client })
		if i < 0 {
			i = len(out)
			out = append(out, connected{Client: g.Client})
		}
		a := &out[i]
		a.Times++
		a.Scopes = a.Scopes.Union(g.Scopes)
		a.Created = later(a.Created, g.Created)
		if a.Times == 1 || g.Expires.IsZero() || !a.Ends.IsZero() && g.Expires.After(a.Ends) { // the installation that lasts longest
			a.Ends = g.Expires
		}
		if !g.LastUsed.IsZero() { // it is known to the hour only, and nothing was used before it was connected
			a.LastUsed = later(a.LastUsed, later(g.LastUsed, g.Created))
		}
		a.Begun = a.Begun || !g.Installed.IsZero()
	}
	slices.SortStableFunc(out, func(a, b connected) int { return b.Created.Compare(a.Created) })
	return out
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// mine are the apps that the visitor has connected here, as pages show them.
func (c *Console) mine(r *http.Request, v *visit) ([]connected, error) {
	apps, _, err := c.related(r, v)
	return apps, err
}

// related is mine with all that the visitor had or asked for beside it.
func (c *Console) related(r *http.Request, v *visit) ([]connected, []govern.OwnApp, error) {
	grants, err := c.grants(r, v.Tenant.ID, store.GrantFilter{User: v.User.ID})
	if err != nil {
		return nil, nil, err
	}
	apps := byClient(grants)
	has := make([]id.Client, len(apps))
	for i := range apps {
		has[i] = apps[i].Client
	}
	own, err := c.Govern.OfUser(r.Context(), v.Tenant.ID, v.User.ID, has)
	if err != nil {
		return nil, nil, err
	}
	for i := range apps {
		a := &apps[i]
		if at := slices.IndexFunc(own, func(o govern.OwnApp) bool { return o.Client.ID == a.Client }); at >= 0 {
			a.Own = own[at]
		}
		c.describe(v.lang, a)
		if end := a.Own.Authorization.Expires; !end.IsZero() && (a.Ends.IsZero() || end.Before(a.Ends)) {
			a.Ends = end // no installation outlives it
		}
	}
	return apps, own, nil
}

// describe adds what the registration and the catalogs say. Of an app that is gone there is only the ID.
func (c *Console) describe(lang string, a *connected) {
	reg := a.Own.Client.Registration
	a.Name, a.Publisher, a.Logo, a.Contact = or(reg.Name, a.Client.String()), reg.Publisher, page.LogoPath(reg.Logo), reg.Contact
	rows := page.RowsOf(c.Catalogs.For(&reg), lang, a.Scopes, "")
	a.Groups, a.Dangerous = page.GroupScopes(rows), nil
	for _, row := range rows {
		if row.Dangerous {
			a.Dangerous = append(a.Dangerous, row.Title.In(lang))
		}
	}
}

// app finds one of the visitor's apps, by the client ID in the path.
func (c *Console) app(w http.ResponseWriter, r *http.Request, v *visit) (connected, bool) {
	apps, err := c.mine(r, v)
	if err != nil {
		c.fail(w, r, err)
		return connected{}, false
	}
	i := slices.IndexFunc(apps, func(a connected) bool { return a.Client.String() == r.PathValue("client") })
	if i < 0 {
		c.problem(w, r, v, http.StatusNotFound, "not_connected")
		return connected{}, false
	}
	return apps[i], true
}

func (c *Console) showApp(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.app(w, r, v)
	if !ok {
		return
	}
	c.show(w, r, v, http.StatusOK, "app", page.View{Title: a.Name, Data: a,
		Crumbs: []page.Link{{Text: v.t("nav.apps"), Href: "/console/apps"}}})
}

// withdraw takes back what the visitor gave to an app, after asking back.
func (c *Console) withdraw(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.app(w, r, v)
	if !ok {
		return
	}
	if !confirmed(r) {
		used := v.t("apps.withdraw_never")
		if !a.LastUsed.IsZero() {
			used = v.t("apps.withdraw_used", page.AgoHour(v.lang, c.Clock.Now(), a.LastUsed))
		}
		c.ask(w, r, v, v.t("apps.withdraw_title", a.Name), confirm{Back: "/console/apps/" + a.Client.String(), Button: v.t("apps.withdraw"),
			Sentences: []string{page.Count(v.lang, "apps.withdraw_text", a.Scopes.Len(), a.Name), used, v.t("apps.withdraw_data")}}, nil)
		return
	}
	if _, err := c.Access.Withdraw(r.Context(), v.actor(), v.Tenant.ID, v.User.ID, a.Client); err != nil {
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/console/apps?done=withdrawn", http.StatusSeeOther)
}
