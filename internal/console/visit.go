package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"prokura/internal/audit"
	"prokura/internal/canon"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// visit is one request of somebody who is logged in.
type visit struct {
	directory.Visitor
	lang     string
	catalogs *registry.Catalogs
	waiting  int // requests, where the user sees them; -1: not counted
}

func (v *visit) t(key string, args ...any) string { return page.T(v.lang, key, args...) }

// actor is the user of the tenant acted in.
func (v *visit) actor() audit.Actor {
	return audit.Actor{Kind: "user", ID: v.User.ID.String(), Name: v.User.Name}
}

// administers says whether the user may keep the users of the tenant.
func (v *visit) administers() bool { return directory.Administers(v.User.Roles) }

// manages says whether the user may keep the apps of the tenant.
func (v *visit) manages() bool { return v.Rights.Hold(directory.MayManage) }

// name is what the person is called here.
func (v *visit) name() string {
	switch {
	case v.User.FullName != "":
		return v.User.FullName
	case v.User.Name != "":
		return v.User.Name
	}
	return v.Person.Login
}

type handler func(http.ResponseWriter, *http.Request, *visit)

// person lets only who is logged in through. Others log in first, and come back.
func (c *Console) person(h handler) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v, err := c.Directory.Visitor(r.Context(), page.Login(r))
		switch {
		case refusal.Of(err).First().Code == refusal.NotLoggedIn && err != nil:
			c.askLogin(w, r)
		case err != nil:
			c.fail(w, r, err)
		default:
			h(w, r, &visit{Visitor: v, lang: page.LangOf(r), catalogs: c.Catalogs, waiting: -1})
		}
	}
}

// user lets only who acts in a tenant through. Who has not chosen one yet does that first.
func (c *Console) user(h handler) http.HandlerFunc {
	return c.person(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if !v.HasTenant() {
			c.showTenants(w, r, v)
			return
		}
		h(w, r, v)
	})
}

// may lets only who holds a permission through.
func (c *Console) may(permission string, h handler) http.HandlerFunc {
	return c.user(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if !v.Rights.Hold(permission) {
			c.denied(w, r, v)
			return
		}
		h(w, r, v)
	})
}

// administrator lets only an administrator of the tenant through.
func (c *Console) administrator(h handler) http.HandlerFunc {
	return c.user(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if !v.administers() {
			c.denied(w, r, v)
			return
		}
		h(w, r, v)
	})
}

func (c *Console) denied(w http.ResponseWriter, r *http.Request, v *visit) {
	c.problem(w, r, v, http.StatusForbidden, "denied")
}

// problem is a problem's page with the console around it.
func (c *Console) problem(w http.ResponseWriter, r *http.Request, v *visit, status int, kind string) {
	c.show(w, r, v, status, "said", page.View{Title: v.t("problem." + kind + ".title"), Data: v.t("problem." + kind + ".text")})
}

func (c *Console) notFound(w http.ResponseWriter, r *http.Request) {
	c.Page.Problem(w, r, http.StatusNotFound, "not_found")
}

// askLogin leads to the login, and from there back to the page that was asked for.
func (c *Console) askLogin(w http.ResponseWriter, r *http.Request) {
	to := "/login"
	if r.Method == http.MethodGet || r.Method == http.MethodHead {
		if back := here(r.URL.RequestURI()); back != "" && back != "/console" {
			to += "?" + url.Values{"back": {back}}.Encode()
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
}

// here is a page of the console to return to, rebuilt from what it was read as; or nothing. No other host, scheme or surface
// comes out of it (A177).
func here(back string) string {
	path, query, _ := strings.Cut(back, "?")
	p, err := canon.Parse(path)
	if err != nil || p.Len() == 0 || p.TrailingSlash() || !slices.Contains([]string{"console", "account", "invite"}, p.Segment(0)) {
		return ""
	}
	var to strings.Builder
	for i := range p.Len() {
		to.WriteString("/" + url.PathEscape(p.Segment(i)))
	}
	if q, err := url.ParseQuery(query); err == nil && len(q) > 0 {
		to.WriteString("?" + q.Encode())
	}
	return to.String()
}

// show renders a page of the console.
func (c *Console) show(w http.ResponseWriter, r *http.Request, v *visit, status int, name string, p page.View) {
	if v.HasTenant() && v.waiting < 0 {
		if err := c.countWaiting(r, v); err != nil {
			c.Log.WarnContext(r.Context(), "counting what waits for a decision", "err", err)
		}
	}
	c.Page.Render(w, r, status, name, v.framed(r, p))
}

// countWaiting counts the requests that wait in the tenant, for as many apps as the queue shows, if the user sees it.
func (c *Console) countWaiting(r *http.Request, v *visit) error {
	if may, err := c.reviews(r, v); err != nil || !may {
		return err
	}
	return c.Store.View(r.Context(), func(rd store.Reader) error {
		list, err := rd.ListWaitingClients(v.Tenant.ID, govern.MaxQueue)
		if err != nil {
			return err
		}
		v.waiting = 0
		for _, app := range list {
			v.waiting += app.Waiting
		}
		return nil
	})
}

// framed is a page with the console around it.
func (v *visit) framed(r *http.Request, p page.View) page.View {
	p.Who = &page.Who{Person: v.name(), Tenant: v.Tenant.Name, Many: len(v.Tenants) > 1}
	p.Nav = v.navigation(r.URL.Path)
	if place := v.authorizationCrumbs()[:2]; v.HasTenant() && integrates(r.URL.Path) && (len(p.Crumbs) == 0 || p.Crumbs[0] != place[0]) {
		p.Crumbs = append(place[:2:2], p.Crumbs...)
	}
	if done := r.URL.Query().Get("done"); p.Notice == "" && done != "" && r.Method != http.MethodPost {
		// Only a sentence of ours is shown, never what stands in the URL (A188).
		if s := v.t("done." + done); s != "done."+done {
			p.Notice = s
		}
	}
	return p
}

// integrates says whether a page stands under Admin › Integrations in the menu.
func integrates(path string) bool {
	return slices.ContainsFunc([]string{requestsPath, governancePath}, func(p string) bool { return path == p || strings.HasPrefix(path, p+"/") })
}

func (v *visit) navigation(path string) []page.Link {
	var nav []page.Link
	add := func(key, href string, shown bool) {
		if shown {
			nav = append(nav, page.Link{Text: v.t("nav." + key), Href: href,
				Current: path == href || href != "/console" && strings.HasPrefix(path, href+"/")})
		}
	}
	if !v.HasTenant() {
		return nil
	}
	add("overview", "/console", true)
	add("apps", "/console/apps", true)
	add("registrations", "/console/registrations", v.manages())
	add("clinic", "/console/clinic", true)
	add("refusals", "/console/refusals", v.administers())
	add("users", "/console/users", v.administers())
	reviews := v.decides() || v.waiting >= 0 // nobody else's are counted
	if reviews || v.audits() {
		nav = append(nav, page.Link{Text: v.t("nav.admin") + " › " + v.t("nav.integrations")})
		add("authorizations", authorizationsPath, v.decides())
		if add("requests", requestsPath, reviews); reviews {
			last := &nav[len(nav)-1]
			last.Text, last.Count = v.t("nav.requests_menu"), max(v.waiting, 0)
		}
		add("oauth_clients", "/console/oauth-clients", v.decides())
		add("governance", governancePath, v.decides())
		add("audit", auditPath, v.audits())
	}
	return nav
}

// fail shows what a service refused, with its remedy. What is our own fault is logged, under the reference that is shown.
func (c *Console) fail(w http.ResponseWriter, r *http.Request, err error) {
	lang := page.LangOf(r)
	f := refusal.Of(err).First()
	d := f.Definition()
	data := failure{Remedy: f.Remedy().In(lang)}
	if d.Kind.Ours() {
		data.Reference = w.Header().Get(ReferenceHeader)
		c.Log.ErrorContext(r.Context(), "could not answer", "path", r.URL.Path, "reference", data.Reference, "err", err)
	}
	c.Page.Render(w, r, page.Status(d.Kind), "failure", page.View{Title: f.Message().In(lang), Data: data})
}

type failure struct{ Remedy, Reference string }

// flaws says what a service found wrong with a form, at its fields, or false where it is none of the form's. aliases are
// fields of the form that the service calls otherwise.
func flaws(lang string, err error, aliases map[string]string) ([]page.FieldError, bool) {
	var out []page.FieldError
	for _, f := range refusal.Of(err).Findings {
		field := f.Field
		message := f.Message().In(lang)
		switch f.Code {
		case refusal.FieldMissing:
			field, message = or(field, f.Got), page.T(lang, "form.missing")
		case refusal.FieldTooLong:
			field, message = or(field, f.Got), page.T(lang, "form.too_long", f.Want)
		case refusal.FieldCharacter:
			field = or(field, f.Got)
		default:
			switch kind := f.Definition().Kind; {
			case kind == refusal.NotFound && field != "": // what a field names is gone
			case slices.Contains([]refusal.Kind{refusal.Invalid, refusal.Conflict, refusal.Denied, refusal.Unauthenticated, refusal.Exhausted}, kind):
			default:
				return nil, false
			}
			if f.Code != refusal.LoginRefused {
				message += " " + f.Remedy().In(lang)
			}
		}
		base, _, _ := strings.Cut(field, "[")
		base = strings.ReplaceAll(base, ".", "_")
		if alias, ok := aliases[or(base, string(f.Code))]; ok {
			base = alias
		}
		out = append(out, page.FieldError{Field: base, Label: label(lang, or(f.Field, base)), Message: message})
	}
	return out, len(out) > 0
}

// label is what a field is called, where its texts say so.
func label(lang, field string) string {
	base, _, _ := strings.Cut(field, "[")
	for _, key := range []string{"field." + base, "field." + strings.ReplaceAll(base, "_", ".")} {
		if s := page.T(lang, key); s != key {
			return s
		}
	}
	return ""
}

func or(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
