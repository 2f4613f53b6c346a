package console

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// authorizationPage is the data of the page "authorization".
type authorizationPage struct {
	decision
	Version  int
	Known    bool // what was not used can be taken away
	Contact  store.Contact
	Groups   []page.ScopeGroup
	LeftOut  []page.ScopeRow // registered, and never approved
	Wanted   []page.ScopeRow // registered since it was decided on
	Usage    usage
	Shrunk   []page.ScopeRow // what a shrink took, that can be taken back
	Matrix   page.Matrix
	Named    []string // users beside the roles
	Barred   []page.TermUser
	Reach    store.Reach
	Users    []giver
	First    string
	Next     string
	History  []moment
	Admitted []page.TermRole // that can be taken out
}

// giver is a user who uses the app.
type giver struct {
	ID      id.User
	Name    string
	Times   int
	Scopes  []string // titles
	LastUse time.Time
}

// tooEarly is how long an app that was never used is not said to use nothing.
const tooEarly = 30 * 24 * time.Hour

const (
	givers     = 10
	maxMoments = 50
)

func (c *Console) showAuthorization(w http.ResponseWriter, r *http.Request, v *visit) {
	s, ok := c.seen(w, r, v)
	if !ok {
		return
	}
	data, err := c.authorizationData(r, v, s)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	p := page.View{Title: s.App.Name, Data: data, Crumbs: v.authorizationCrumbs()}
	switch {
	case data.Connected():
	case data.Dead() || data.Undecided():
		p.Action = &page.Link{Text: v.t("auth.authorize_this"), Href: authorizationPath(s.App.ID) + "/decide"}
	default:
		p.Action = &page.Link{Text: v.t("auth.change"), Href: authorizationPath(s.App.ID) + "/decide"}
	}
	if r.URL.Query().Get("done") == "shrunk" && s.Previous != nil {
		p.Undo = &page.Undo{Text: v.t("auth.unshrink"), Action: authorizationPath(s.App.ID) + "/unshrink", Fields: versionField(&s)}
	}
	c.show(w, r, v, http.StatusOK, "authorization", p)
}

// authorizationData gathers everything that the page of one app shows.
func (c *Console) authorizationData(r *http.Request, v *visit, s govern.Seen) (authorizationPage, error) {
	roles, err := c.roles(r, v)
	if err != nil {
		return authorizationPage{}, err
	}
	used, err := c.uses(r, v.Tenant.ID, s.App.ID, granted(&s))
	if err != nil {
		return authorizationPage{}, err
	}
	n, err := c.naming(r, v, roles, &s.Authorization)
	if err != nil {
		return authorizationPage{}, err
	}
	d := authorizationPage{decision: c.described(&n, s, used.last), Version: s.Version, Contact: s.App.Registration.Contact}
	if err := c.await(r, v, &d.decision); err != nil {
		return d, err
	}
	have := granted(&s)
	d.Groups = page.GroupScopes(c.classed(v, &s, have))
	d.LeftOut = c.classed(v, &s, askedFor(&s).Minus(have).Minus(s.Added))
	if s.Version > 0 && !d.Dead() {
		d.Wanted = c.classed(v, &s, s.Added)
	}
	d.Known = (s.Version > 0 || s.Virtual) && !d.Connected() && (!used.last.IsZero() || c.Clock.Now().Sub(s.Created) > tooEarly)
	if s.Previous != nil {
		d.Shrunk = page.RowsOf(c.Catalogs, v.lang, s.Previous.Minus(have), "")
	}
	if !d.Dead() {
		if d.Usage, err = c.usageOf(r.Context(), v, &s, &used); err != nil {
			return d, err
		}
		if d.Matrix, err = c.matrix(r, v, &s, roles); err != nil {
			return d, err
		}
	}
	for _, one := range roles {
		if slices.Contains(s.Admission.Roles, one.ID) {
			d.Admitted = append(d.Admitted, one)
		}
	}
	d.Named = n.names(s.Admission.Users)
	for _, user := range s.Admission.Barred {
		d.Barred = append(d.Barred, page.TermUser{ID: user.String(), Name: n.called(user)})
	}
	if err := c.giversOf(r, v, &d); err != nil {
		return d, err
	}
	past, err := c.Govern.History(r.Context(), v.Tenant.ID, s.App.ID)
	if err != nil {
		return d, err
	}
	d.History, err = c.historyOf(r, v, roles, s.Authorization, past[:min(len(past), maxMoments)])
	return d, err
}

// classed are scopes with the class that the app registers them in.
func (c *Console) classed(v *visit, s *govern.Seen, set scope.Set) []page.ScopeRow {
	reg := &s.App.Registration
	rows := page.RowsOf(c.Catalogs, v.lang, set.Intersect(reg.Required), "required")
	rows = append(rows, page.RowsOf(c.Catalogs, v.lang, set.Intersect(reg.Conditional), "conditional")...)
	rows = append(rows, page.RowsOf(c.Catalogs, v.lang, set.Intersect(reg.Optional), "optional")...)
	return append(rows, page.RowsOf(c.Catalogs, v.lang, set.Minus(askedFor(s)), "")...)
}

// giversOf reads a page of the users who use the app, and how much there is of it.
func (c *Console) giversOf(r *http.Request, v *visit, d *authorizationPage) error {
	after := r.URL.Query().Get("user")
	if _, err := id.Parse[id.User](after); err != nil {
		after = ""
	}
	list, err := c.Govern.UsersOf(r.Context(), v.Tenant.ID, d.App.ID, store.Page{After: after, Limit: givers + 1})
	if err != nil {
		return err
	}
	path := authorizationPath(d.App.ID)
	if after != "" {
		d.First = path + "#users"
	}
	if len(list) > givers {
		list = list[:givers]
		d.Next = path + "?" + url.Values{"user": {list[givers-1].User.ID.String()}}.Encode() + "#users"
	}
	for _, one := range list {
		g := giver{ID: one.User.ID, Name: or(one.User.FullName, one.User.Name), Times: len(one.Grants), LastUse: one.LastUsed}
		for _, row := range page.RowsOf(c.Catalogs.For(&d.App.Registration), v.lang, one.Consent.Scopes, "") {
			g.Scopes = append(g.Scopes, row.Title.In(v.lang))
		}
		d.Users = append(d.Users, g)
	}
	d.Reach, err = c.living(r, v, d.App.ID, id.User{})
	return err
}

// living is what lives of an app, of one user or (zero) of all.
func (c *Console) living(r *http.Request, v *visit, client id.Client, user id.User) (reach store.Reach, err error) {
	err = c.Store.View(r.Context(), func(rd store.Reader) error {
		reach, err = rd.Reach(v.Tenant.ID, client, user)
		if errors.Is(err, store.ErrNotFound) {
			err = nil
		}
		return err
	})
	return reach, err
}
