package console

import (
	"cmp"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
)

// registrationForm is the data of the pages "registration_form" and "registration_review": what was typed, as it was typed.
type registrationForm struct {
	Client  id.Client // zero: a new app
	Version int
	Action  string
	Values  url.Values
	Groups  []catalogChoices
	URL     string // the install URL that the form would make; empty: there is none yet
	Issuer  string
}

// Get is one value as it was typed.
func (f registrationForm) Get(field string) string { return f.Values.Get(field) }

// Is says whether a field has a value.
func (f registrationForm) Is(field, value string) bool { return f.Values.Get(field) == value }

// scopeChoices are the scopes of one resource, each with its class.
type scopeChoices struct {
	Title text.Text
	Rows  []scopeChoice
	Open  bool // one is chosen
}

type scopeChoice struct {
	page.ScopeRow
	Chosen string // class; empty: not registered
}

const scopeField = "scope."

// catalogChoices are the scopes of one catalog, by what they are about.
type catalogChoices struct {
	Title  text.Text
	Groups []scopeChoices
}

// choices are the scopes of the catalogs that are offered, with what was chosen. What was chosen of another stands there too, so
// that saving a form loses nothing.
func (c *Console) choices(lang string, values url.Values) []catalogChoices {
	var out []catalogChoices
	shown := registry.Implied()
	for _, cat := range c.Catalogs.List() {
		of := cat.Concrete().Minus(shown)
		shown = shown.Union(of)
		if !c.offers(cat) {
			of = scope.NewSet(slices.DeleteFunc(of.All(), func(s scope.Scope) bool { return values.Get(scopeField+s.String()) == "" })...)
		}
		if of.Len() == 0 {
			continue
		}
		here := catalogChoices{Title: cat.Title}
		for _, g := range page.GroupScopes(page.RowsOf(c.Catalogs, lang, of, "")) {
			s := scopeChoices{Title: g.Title}
			for _, row := range g.Rows {
				chosen := values.Get(scopeField + row.Name)
				s.Open = s.Open || chosen != ""
				s.Rows = append(s.Rows, scopeChoice{row, chosen})
			}
			here.Groups = append(here.Groups, s)
		}
		slices.SortStableFunc(here.Groups, func(a, b scopeChoices) int { return cmp.Compare(unnamed(a), unnamed(b)) })
		out = append(out, here)
	}
	return out
}

// offers says whether forms offer what stands in a catalog.
func (c *Console) offers(cat *catalog.Catalog) bool {
	return len(c.Routed) == 0 || slices.Contains(c.Routed, cat.Name)
}

// unnamed puts what is about nothing in particular behind the rest.
func unnamed(s scopeChoices) int {
	if s.Title.EN == "" {
		return 1
	}
	return 0
}

// draftOf reads the form. Nothing in it is proven.
func draftOf(p url.Values) registry.Draft {
	d := registry.Draft{Name: p.Get("name"), Publisher: p.Get("publisher"),
		Description: text.Text{EN: unix(p.Get("description_en")), DE: unix(p.Get("description_de"))},
		Contact: store.Contact{Mail: p.Get("contact_mail"), Page: p.Get("contact_page"), Documentation: p.Get("contact_documentation"),
			Privacy: p.Get("contact_privacy")},
		Public: p.Get("public") == "yes", InstallURL: p.Get("install_url") == "yes", Wire: p.Get("wire"),
		ClientCredentials: p.Get("client_credentials") == "yes", Listed: p.Get("listed") == "yes",
		AccessLife: number(p.Get("access_minutes"), time.Minute), RefreshLife: number(p.Get("refresh_days"), 24*time.Hour)}
	if keys := strings.TrimSpace(p.Get("keys")); keys != "" {
		d.Keys = json.RawMessage(keys)
	}
	for line := range strings.SplitSeq(unix(p.Get("redirect_uris")), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			d.RedirectURIs = append(d.RedirectURIs, line)
		}
	}
	for field := range p {
		name, ok := strings.CutPrefix(field, scopeField)
		if !ok {
			continue
		}
		switch p.Get(field) {
		case "required":
			d.Required = append(d.Required, name)
		case "conditional":
			d.Conditional = append(d.Conditional, name)
		case "optional":
			d.Optional = append(d.Optional, name)
		}
	}
	slices.Sort(d.Required)
	slices.Sort(d.Conditional)
	slices.Sort(d.Optional)
	return d
}

// unix takes the carriage returns out that forms send.
func unix(s string) string { return strings.ReplaceAll(s, "\r\n", "\n") }

// number reads a count of units; what is none becomes a duration that is refused at its field.
func number(s string, unit time.Duration) time.Duration {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0
	}
	n, err := strconv.Atoi(s)
	if err != nil || n <= 0 || n > 100_000 {
		return -time.Second
	}
	return time.Duration(n) * unit
}

// valuesOf are a registration as the form shows it.
func valuesOf(reg *store.Registration) url.Values {
	p := url.Values{"name": {reg.Name}, "publisher": {reg.Publisher}, "description_en": {reg.Description.EN}, "description_de": {reg.Description.DE},
		"contact_mail": {reg.Contact.Mail}, "contact_page": {reg.Contact.Page}, "contact_documentation": {reg.Contact.Documentation},
		"contact_privacy": {reg.Contact.Privacy}, "redirect_uris": {strings.Join(reg.RedirectURIs, "\n")}, "wire": {reg.Wire}, "keys": {string(reg.Keys)}}
	for field, on := range map[string]bool{"public": reg.Public, "install_url": reg.InstallURL, "client_credentials": reg.ClientCredentials, "listed": reg.Listed} {
		if on {
			p.Set(field, "yes")
		}
	}
	if reg.AccessLife > 0 {
		p.Set("access_minutes", strconv.Itoa(int(reg.AccessLife/time.Minute)))
	}
	if reg.RefreshLife > 0 {
		p.Set("refresh_days", strconv.Itoa(int(reg.RefreshLife/(24*time.Hour))))
	}
	for class, names := range map[string][]string{"required": reg.Required.Names(), "conditional": reg.Conditional.Names(), "optional": reg.Optional.Names()} {
		for _, name := range names {
			p.Set(scopeField+name, class)
		}
	}
	return p
}

// registrationFields are the fields of the form that the registry calls otherwise.
func registrationFields() map[string]string {
	return map[string]string{"required": "scopes", "conditional": "scopes", "optional": "scopes", "access_seconds": "access_minutes",
		"refresh_seconds": "refresh_days"}
}

func (c *Console) newRegistration(w http.ResponseWriter, r *http.Request, v *visit) {
	f := registrationForm{Values: url.Values{"publisher": {v.Tenant.Name}, "install_url": {"yes"}}}
	c.registrationPage(w, r, v, http.StatusOK, f, nil, nil)
}

func (c *Console) editRegistration(w http.ResponseWriter, r *http.Request, v *visit) {
	if a, ok := c.own(w, r, v); ok {
		c.registrationPage(w, r, v, http.StatusOK, registrationForm{Client: a.ID, Version: a.Version, Values: valuesOf(&a.Registration)}, &a, nil)
	}
}

func (c *Console) registrationPage(w http.ResponseWriter, r *http.Request, v *visit, status int, f registrationForm, a *store.Client, errs []page.FieldError) {
	f.Groups, f.Issuer, f.Action = c.choices(v.lang, f.Values), c.Issuer, r.URL.Path
	if reg, _, err := c.Registry.Check(draftOf(f.Values)); err == nil && len(reg.RedirectURIs) > 0 {
		f.URL, _ = registry.BuildURL(c.Issuer, &store.Client{ID: f.Client, Registration: reg}, registry.URLPicks{})
		if f.Client.IsZero() {
			f.URL = strings.Replace(f.URL, "client_id=&", "client_id="+v.t("reg.client_id_later")+"&", 1)
		}
	}
	p := page.View{Title: v.t("reg.new"), Data: f, Errors: errs, Form: "registration", Crumbs: v.registrationCrumbs(a)}
	if a != nil {
		p.Title = v.t("reg.edit")
	}
	c.show(w, r, v, status, "registration_form", p)
}

// createRegistration registers a new app.
func (c *Console) createRegistration(w http.ResponseWriter, r *http.Request, v *visit) {
	f := registrationForm{Values: r.PostForm}
	if page.Switched(r) || r.PostForm.Get("act") != "save" {
		c.registrationPage(w, r, v, http.StatusOK, f, nil, c.preview(r, v))
		return
	}
	made, err := c.Registry.CreateClient(r.Context(), v.actor(), registry.NewClient{Owner: v.Tenant.ID, Reach: v.reach(), Draft: draftOf(r.PostForm)})
	if err != nil {
		if errs, ok := flaws(v.lang, err, registrationFields()); ok {
			c.registrationPage(w, r, v, http.StatusUnprocessableEntity, f, nil, errs)
			return
		}
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, pathOf(made.Client.ID)+"?done=registered", http.StatusSeeOther)
}

// preview says what stands in the way of an install URL, where the person asked for one.
func (c *Console) preview(r *http.Request, v *visit) []page.FieldError {
	if page.Switched(r) {
		return nil
	}
	_, _, err := c.Registry.Check(draftOf(r.PostForm))
	if err == nil {
		return nil
	}
	errs, _ := flaws(v.lang, err, registrationFields())
	return errs
}

// review is the data of the page "registration_review".
type review struct {
	registrationForm
	registry.Impact
	Rows     []changeRow
	Hidden   []page.Hidden
	Notes    []string
	Security bool
}

// updateRegistration shows what a change is and what it would break, and saves it when that was seen.
func (c *Console) updateRegistration(w http.ResponseWriter, r *http.Request, v *visit) {
	a, ok := c.own(w, r, v)
	if !ok {
		return
	}
	p := r.PostForm
	version, _ := strconv.Atoi(p.Get("version"))
	f := registrationForm{Client: a.ID, Version: version, Values: p}
	reviewing := p.Get("stage") == "review"
	switch act := p.Get("act"); {
	case page.Switched(r) && !reviewing, act == "back":
		c.registrationPage(w, r, v, http.StatusOK, f, &a, nil)
		return
	case act == "url":
		c.registrationPage(w, r, v, http.StatusOK, f, &a, c.preview(r, v))
		return
	case act == "save" && reviewing:
		_, err := c.Registry.UpdateClient(r.Context(), v.actor(), v.reach(), a.ID, version, draftOf(p))
		if err == nil {
			http.Redirect(w, r, pathOf(a.ID)+"?done=saved", http.StatusSeeOther)
			return
		}
		c.registrationFlaws(w, r, v, f, &a, err)
		return
	}
	seen, err := c.Registry.Preview(r.Context(), v.reach(), a.ID, version, draftOf(p))
	if err != nil {
		c.registrationFlaws(w, r, v, f, &a, err)
		return
	}
	impact, err := c.Registry.Impact(r.Context(), v.reach(), a.ID, draftOf(p))
	if err != nil {
		c.registrationFlaws(w, r, v, f, &a, err)
		return
	}
	f.Action = r.URL.Path
	data := review{registrationForm: f, Impact: impact, Rows: rowsOf(impact.Changes)}
	for _, n := range seen.Notes {
		data.Notes = append(data.Notes, n.Message().In(v.lang))
	}
	data.Security = slices.ContainsFunc(impact.Changes, func(ch registry.Change) bool { return ch.Security })
	for field, values := range p {
		if field == page.TokenField || field == "act" || field == "stage" || field == "lang" {
			continue
		}
		for _, value := range values {
			data.Hidden = append(data.Hidden, page.Hidden{Name: field, Value: value})
		}
	}
	slices.SortFunc(data.Hidden, func(a, b page.Hidden) int { return strings.Compare(a.Name, b.Name) })
	c.show(w, r, v, http.StatusOK, "registration_review", page.View{Title: v.t("review.title"), Data: data, Form: "review", Crumbs: v.registrationCrumbs(&a)})
}

// registrationFlaws shows the form again with what is wrong. Where somebody else changed the registration meanwhile, saving
// again would go on from what stands now.
func (c *Console) registrationFlaws(w http.ResponseWriter, r *http.Request, v *visit, f registrationForm, a *store.Client, err error) {
	errs, ok := flaws(v.lang, err, registrationFields())
	if !ok {
		c.fail(w, r, err)
		return
	}
	if refusal.Of(err).First().Code == refusal.ClientChanged {
		f.Version = a.Version
		errs = []page.FieldError{{Message: v.t("reg.changed_meanwhile")}}
	}
	c.registrationPage(w, r, v, http.StatusUnprocessableEntity, f, a, errs)
}
