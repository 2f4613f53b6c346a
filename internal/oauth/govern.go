package oauth

import (
	"cmp"
	"html/template"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"prokura/internal/audit"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// ungoverned says whether nothing but a decision of an administrator stands in the way of the installation.
func (s *step) ungoverned() bool {
	return s.j.Verdict.Outcome == policy.AuthorizationNeeded && !s.j.User.ID.IsZero()
}

// govern shows what there is to do about an app that an administrator has yet to decide on: to administrators the decision
// itself, to everybody else whom to ask, and what became of it (seed: Genesys, "Unbekannte Client-ID").
func (s *step) govern() {
	if s.j.MayDecide() {
		s.approval(http.StatusOK, nil, nil)
		return
	}
	s.unapproved(nil)
}

// begun binds the request to who met the app, and to the account in which: whoever decides for them gets nothing of it.
func (s *step) begun() {
	if s.req.Person.IsZero() {
		s.req.Person = s.v.Person.ID
	}
	if s.req.For.IsZero() {
		s.req.For = s.req.Person
	}
	s.req.In = s.tenant.ID
}

// forAnother says whether who is logged in decides on a request that somebody else began.
func (s *step) forAnother() bool { return !s.req.For.IsZero() && s.req.For != s.v.Person.ID }

// unapprovedView is what a user sees who may not decide.
type unapprovedView struct {
	App       *appView
	Sentence  string
	Approved  *limitsView // nil: no administrator approved the app
	Ask       *askView
	Reference string
	Back      template.URL
}

// limitsView is what an administrator approved that does not go as far as the installation asks.
type limitsView struct {
	Since   time.Time
	Missing []page.ScopeRow
	Reason  string
}

// limits says since when the app is approved, and what of the installation is not.
func (s *step) limits(lang string, err error) *limitsView {
	auth := &s.j.Authorization
	if auth.Origin != policy.ByAdministrator || auth.Revoked {
		return nil
	}
	var missing []scope.Scope
	for _, f := range refusal.Of(err).Findings {
		if sc, err := scope.Parse(f.Scope); err == nil {
			missing = append(missing, sc)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return &limitsView{Since: auth.Updated, Missing: page.RowsOf(s.p.Catalogs, lang, scope.NewSet(missing...), ""), Reason: auth.Reason}
}

// unapproved is the page "Permission error". It is a refusal like any other in the book, and for the app.
func (s *step) unapproved(errs []page.FieldError) {
	err := s.j.Refusal()
	ref := s.record(err)
	s.w.Header().Set(ReferenceHeader, ref.String())
	ask, fault := s.asking()
	if fault != nil {
		s.fail(fault)
		return
	}
	lang := s.p.Page.Lang(s.w, s.r)
	first := refusal.Of(err).First()
	v := unapprovedView{App: newAppView(&s.j.Client), Ask: ask, Reference: ref.String(), Sentence: page.T(lang, "unapproved.sentence", s.tenant.Name),
		Approved: s.limits(lang, err), Back: template.URL(s.p.appURL(s.j.RedirectURI, s.refusedAnswer(first, ref)))}
	if first.Code != refusal.AuthorizationNeeded || first.Case != "" {
		v.Sentence = (&telling{step: s, lang: lang}).words(first).Message().In(lang) + " " + v.Sentence
	}
	s.p.Page.Render(s.w, s.r, http.StatusForbidden, "unapproved", page.View{Title: page.T(lang, "unapproved.title"), Data: v, Errors: errs, Form: "ask",
		Who: &page.Who{Person: s.name(), Tenant: s.tenant.Name}, Leads: []string{s.j.RedirectURI}})
}

// blockedWith is what the user was answered where the app is blocked. The page is shown without it too.
func (s *step) blockedWith(err error) string {
	if refusal.Of(err).First().Code != refusal.AuthorizationBlocked || !s.loggedIn() || !s.mine() {
		return ""
	}
	q, err := s.p.Govern.RequestOfUser(s.r.Context(), s.tenant.ID, s.j.Client.ID, s.j.User.ID)
	if err != nil {
		s.p.Log.ErrorContext(s.r.Context(), "a refusal is shown without what was answered", "err", err)
		return ""
	}
	if q.State != store.RequestBlocked {
		return ""
	}
	return q.Justification
}

// reopened opens a request that a form of these pages carries, and looks at it again. Where it is not an administrator's decision
// that is missing any more, it goes on by itself.
func (s *step) reopened() bool {
	if err := s.open(); err != nil {
		s.fail(err)
		return false
	}
	if err := s.look(); err != nil {
		s.fail(err)
		return false
	}
	switch {
	case s.loggedIn() && s.forAnother() && s.ungoverned() && s.j.MayDecide():
		return true
	case !s.loggedIn() || !s.mine() || !s.ungoverned() && !s.askable():
		s.next()
		return false
	}
	return true
}

// approvalView is the decision of an administrator who met the app.
type approvalView struct {
	App          *appView
	Tenant, User string
	Another      bool // somebody else began the request
	Waiting      int  // requests for the app
	Asking       []askingView
	Resembles    []govern.App
	Terms        page.Terms
	Pending      string
}

// askingView is one request that waits.
type askingView struct {
	Who, Reason string
	At          time.Time
}

// waiting adds the requests that wait for the decision.
func (s *step) waiting(v *approvalView) error {
	queue, err := s.p.Govern.Queue(s.r.Context(), s.tenant.ID)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(queue, func(q govern.Queued) bool { return q.App.ID == s.j.Client.ID })
	if i < 0 {
		return nil
	}
	v.Waiting = queue[i].Count
	for _, q := range queue[i].Waiting {
		if q.User.IsZero() {
			continue // the app itself asks
		}
		users, err := s.p.Directory.UsersNamed(s.r.Context(), s.tenant.ID, []id.User{q.User})
		if err != nil {
			return err
		}
		if len(users) > 0 {
			v.Asking = append(v.Asking, askingView{page.Called(&users[0]), q.Reason, q.Created})
		}
	}
	return nil
}

// approval is the page on which an administrator decides right there. It says that the decision is for the whole account, and, where
// it is their own request, that Allow is their consent as well.
func (s *step) approval(status int, typed url.Values, errs []page.FieldError) {
	s.begun()
	sealed, err := s.seal()
	if err != nil {
		s.fail(err)
		return
	}
	ctx, lang := s.r.Context(), s.p.Page.Lang(s.w, s.r)
	seen, err := s.p.Govern.Authorization(ctx, s.tenant.ID, s.j.Client.ID)
	if err != nil {
		s.fail(err)
		return
	}
	roles, err := s.people().Roles(ctx)
	if err != nil {
		s.fail(err)
		return
	}
	users, err := s.people().Chosen(ctx, &seen, typed)
	if err != nil {
		s.fail(err)
		return
	}
	v := approvalView{App: newAppView(&s.j.Client), Tenant: s.tenant.Name, User: s.name(), Another: s.forAnother(), Resembles: seen.App.Resembles,
		Pending: sealed, Terms: page.NewTerms(s.p.Catalogs.For(&s.j.Client.Registration), lang, &seen, typed, nil, roles, users)}
	if err := s.waiting(&v); err != nil {
		s.fail(err)
		return
	}
	s.p.Page.Render(s.w, s.r, status, "approval", page.View{Title: page.T(lang, "approval.title", v.App.Name, v.Tenant), Data: v, Errors: errs,
		Form: "approve", Who: &page.Who{Person: s.name(), Tenant: s.tenant.Name}, Leads: []string{s.j.RedirectURI}})
}

// people are the roles and users of the account, in the reader's words.
func (s *step) people() page.People {
	return page.People{Directory: s.p.Directory, Catalogs: s.p.Catalogs, Tenant: s.tenant.ID, Lang: s.p.Page.Lang(s.w, s.r)}
}

// approve takes an administrator's decision, and goes on with the installation where it is their own.
func (p *Pages) approve(w http.ResponseWriter, r *http.Request) {
	s := &step{p: p, w: w, r: r}
	if !s.reopened() {
		return
	}
	if !s.ungoverned() {
		s.next()
		return
	}
	if !s.j.MayDecide() {
		s.unapproved(nil)
		return
	}
	switch act := r.PostForm.Get("act"); {
	case page.Switched(r), act == "pick":
		s.approval(http.StatusOK, r.PostForm, nil)
	case act == "user":
		s.addUser()
	case act == "allow":
		s.authorize()
	default:
		s.decline(s.decision(&offer{Tenant: s.tenant.ID, User: s.j.User.ID, Epoch: s.j.State.Epoch}))
	}
}

// addUser adds the user whose name was typed to those that were chosen.
func (s *step) addUser() {
	errs, err := s.people().Add(s.r.Context(), s.r.PostForm)
	switch {
	case err != nil:
		s.fail(err)
	case len(errs) > 0:
		s.approval(http.StatusUnprocessableEntity, s.r.PostForm, errs)
	default:
		s.approval(http.StatusOK, s.r.PostForm, nil)
	}
}

// authorize writes the decision. What is given to the administrator then is what the page said: of what the app asks for now, that
// which was ticked.
func (s *step) authorize() {
	lang, typed := s.p.Page.Lang(s.w, s.r), s.r.PostForm
	seen, err := s.p.Govern.Authorization(s.r.Context(), s.tenant.ID, s.j.Client.ID)
	if err != nil {
		s.fail(err)
		return
	}
	terms, errs := page.ReadTerms(lang, typed, &seen)
	if len(errs) > 0 {
		s.approval(http.StatusUnprocessableEntity, typed, errs)
		return
	}
	by := govern.By{Actor: audit.Actor{Kind: "user", ID: s.j.User.ID.String(), Name: s.j.User.Name}, User: s.j.User.ID}
	if _, err = s.p.Govern.Authorize(s.r.Context(), by, s.tenant.ID, s.j.Client.ID, terms); err != nil {
		flaws := termsFlaws(lang, page.TypedDay(lang, err, typed))
		if flaws == nil {
			s.fail(err)
			return
		}
		typed.Del("version")
		s.approval(http.StatusUnprocessableEntity, typed, flaws)
		return
	}
	if s.forAnother() {
		s.decidedForAnother()
		return
	}
	if err := s.look(); err != nil {
		s.fail(err)
		return
	}
	if s.j.Refusal() != nil || !s.j.Verdict.Complete {
		s.next() // the terms leave out something, or the administrator
		return
	}
	all := s.offer()
	d := s.decision(&all)
	d.Kept = d.Shown
	decided, err := s.p.Access.Decide(s.r.Context(), d)
	if err != nil {
		s.fail(err)
		return
	}
	s.answer(decided)
}

// termsFlaws are what is wrong with terms, each at its field of the form; nil: it is something else than the form.
func termsFlaws(lang string, err error) []page.FieldError {
	labels := map[string]string{"role": "terms.who", "expires": "terms.expires", "reason": "terms.reason"}
	var out []page.FieldError
	for _, f := range refusal.Of(err).Findings {
		field, known := page.TermsFields()[strings.ReplaceAll(f.Field, ".", "_")]
		switch {
		case f.Code == refusal.AuthorizationChanged:
			field = "scope"
		case f.Field == "reason":
			field = f.Field
		case !known:
			return nil
		}
		out = append(out, page.FieldError{Field: field, Label: page.T(lang, cmp.Or(labels[field], "terms.extent")), Message: f.Message().In(lang)})
	}
	return out
}

// approvedView is what an administrator sees who decided for somebody else.
type approvedView struct {
	App                  *appView
	Who, Tenant, Pending string
}

// decidedForAnother says that the app is approved, and who goes on with it: nobody gets what another began.
func (s *step) decidedForAnother() {
	lang := s.p.Page.Lang(s.w, s.r)
	sealed, err := s.seal()
	if err != nil {
		s.fail(err)
		return
	}
	who := page.T(lang, "approved.somebody")
	if person, err := s.p.Directory.UserOfPerson(s.r.Context(), s.tenant.ID, s.req.For); err == nil {
		who = cmp.Or(person.FullName, person.Name)
	}
	s.p.Page.Render(s.w, s.r, http.StatusOK, "approved", page.View{Title: page.T(lang, "approved.title", s.j.Client.Registration.Name),
		Data: approvedView{newAppView(&s.j.Client), who, s.tenant.Name, sealed}, Form: "approved", Who: &page.Who{Person: s.name(), Tenant: s.tenant.Name}})
}

// switchPerson shows the login to somebody else, which brings the request back to whoever it is.
func (p *Pages) switchPerson(w http.ResponseWriter, r *http.Request) {
	s := &step{p: p, w: w, r: r}
	if err := s.open(); err != nil {
		s.fail(err)
		return
	}
	if err := s.look(); err != nil {
		s.fail(err)
		return
	}
	s.logIn()
}
