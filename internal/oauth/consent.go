package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"

	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
)

// appView is an app as the cards show it.
type appView struct {
	ID, Name, Publisher, Initial, Logo string
	Contact                            store.Contact
	Since                              time.Time
}

// consentView is what the consent page shows.
type consentView struct {
	App                      *appView
	Tenant, ContentURL, User string
	Groups                   []page.ScopeGroup
	Methods                  []page.ScopeRow
	Optional                 bool // something can be left out
	LeftOut                  []leftOut
	New                      string // titles of what is new since last time
	NothingNew               bool
	Changed                  bool
	Ends                     time.Time     // that of the account's authorization, where it comes first; zero: it does not
	Lasts                    time.Duration // of an installation; zero: until it is withdrawn
	LeadsTo                  string
	Pending, Offer           string
}

// leftOut is a scope that was asked for and is not given.
type leftOut struct {
	Name       string
	Title      text.Text
	Why, Plans string
}

func newAppView(c *store.Client) *appView {
	reg := &c.Registration
	v := &appView{ID: c.ID.String(), Name: reg.Name, Publisher: reg.Publisher, Logo: page.LogoPath(reg.Logo), Contact: reg.Contact, Since: c.Created}
	for _, r := range reg.Name {
		v.Initial = string(unicode.ToUpper(r))
		break
	}
	return v
}

// consent shows what the app would get, and asks. Ticked are the optional scopes that stay ticked where the page is shown
// again; nil: all.
func (s *step) consent(ticked []string) {
	p, j := s.p, &s.j
	if s.req.Person.IsZero() {
		s.req.Person = s.v.Person.ID // from now on it is theirs
	}
	sealed, err := s.seal()
	if err != nil {
		s.fail(err)
		return
	}
	shown := s.offer()
	offered, err := p.sealed.seal(sealedOffer, &shown, s.browser(), page.Login(s.r))
	if err != nil {
		s.fail(err)
		return
	}
	lang := p.Page.Lang(s.w, s.r)
	data := consentView{App: newAppView(&j.Client), Tenant: j.Tenant.Name, ContentURL: j.Tenant.ContentURL, User: s.name(),
		Changed: s.changed, Lasts: j.Client.Registration.RefreshLife, LeadsTo: originOf(j.RedirectURI), Pending: sealed, Offer: offered}
	if end := j.Authorization.Expires; !end.IsZero() && (data.Lasts == 0 || end.Before(p.Clock.Now().Add(data.Lasts))) {
		data.Ends = end
	}
	rows := s.rows(lang, ticked)
	data.Groups, data.Methods = page.GroupScopes(rows), rows
	data.Optional = slices.ContainsFunc(rows, func(r page.ScopeRow) bool { return r.Box })
	data.NothingNew = j.Verdict.Outcome == policy.InstallGranted
	if !j.Consent.User.IsZero() {
		data.New = titles(rows, lang, j.Verdict.Added)
	}
	t := &telling{step: s, lang: lang}
	for _, f := range j.Verdict.Dropped {
		row := page.RowsOf(p.Catalogs.For(&j.Client.Registration), lang, scope.NewSet(scope.MustParse(f.Scope)), "")[0]
		data.LeftOut = append(data.LeftOut, leftOut{Name: f.Scope, Title: row.Title, Why: t.words(f.Finding).Message().In(lang), Plans: strings.Join(p.Catalogs.PlanNames(lang, f.Plans...), ", ")})
	}
	s.p.Page.Render(s.w, s.r, http.StatusOK, "consent", page.View{Title: page.T(lang, "consent.title", data.App.Name, data.Tenant),
		Data: data, Form: "consent", Leads: []string{j.RedirectURI}})
}

// offer is what the page shows to whom.
func (s *step) offer() offer {
	j := &s.j
	return offer{Pending: s.req.ID, Tenant: j.Tenant.ID, User: j.User.ID, Shown: j.Verdict.Granted, Version: j.Client.Version,
		Authorization: j.Authorization.ID, Epoch: j.State.Epoch}
}

// rows are the scopes that would be given. What stood in scope is fixed; what is optional can be left out.
func (s *step) rows(lang string, ticked []string) []page.ScopeRow {
	reg, v := &s.j.Client.Registration, &s.j.Verdict
	var rows []page.ScopeRow
	for _, c := range []struct {
		class string
		set   scope.Set
	}{{"required", v.Granted.Minus(reg.Conditional).Minus(reg.Optional)}, {"conditional", v.Granted.Intersect(reg.Conditional)},
		{"optional", v.Granted.Intersect(reg.Optional)}} {
		for _, row := range page.RowsOf(s.p.Catalogs.For(reg), lang, c.set, c.class) {
			row.Box = c.class == "optional"
			row.Ticked = row.Box && (ticked == nil || slices.Contains(ticked, row.Name))
			row.New = !s.j.Consent.User.IsZero() && v.Added.Has(scope.MustParse(row.Name))
			rows = append(rows, row)
		}
	}
	return rows
}

// titles names the scopes of a set, in words.
func titles(rows []page.ScopeRow, lang string, of scope.Set) string {
	var out []string
	for i := range rows {
		if of.Has(scope.MustParse(rows[i].Name)) {
			out = append(out, rows[i].Title.In(lang))
		}
	}
	return strings.Join(out, ", ")
}

// originOf is where a redirect URI leads, for people.
func originOf(uri string) string {
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return ""
	case u.Host == "":
		return u.Scheme + ":"
	}
	return u.Host
}
