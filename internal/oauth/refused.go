package oauth

import (
	"cmp"
	"html/template"
	"slices"

	"prokura/internal/access"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/registry"
)

// refusedView is what the page of a refusal shows: one sentence, who can fix it, and the part of the reader opened.
type refusedView struct {
	App       *appView // nil: which app it is was not proven
	Sentences []string
	Published string
	Fixer     string
	Reference string
	Answer    string // what the administrator who blocked the app answered to the request of the user
	Remedy    string // where no part below says it
	User      *userPart
	Admin     *adminPart
	Developer *developerPart
	Ask       *askView     // nil: an administrator's decision on the app would not help
	Next      *nextPart    // after the administrator mended it for somebody else
	Again     string       // the request, to go on with
	Back      template.URL // to the app, with the error; made of the registered address
}

// nextPart is what an administrator does after giving somebody a role: that person does not know of it yet.
type nextPart struct{ Intro, Message, User, Page string }

type userPart struct {
	Open           bool
	Intro, Message string
}

type adminPart struct {
	Open  bool
	LogIn bool // nobody is logged in
	Steps []string
	Give  *giveRole
	// Decide leads whoever may decide to what was decided on the app.
	Decide string
	// Contact leads to the vendor, where only the vendor can change what is missing; nil: the step says so in words.
	Contact *contact
}

// contact is how the vendor is reached.
type contact struct {
	Href template.URL // made of the configuration
	Text string
}

// giveRole is the button that gives somebody the role to install apps.
type giveRole struct{ User, Role, Reference, Pending string }

type developerPart struct {
	Open      bool
	Findings  []findingView
	URL       []piece
	Corrected string
	Settings  string // where the registration is changed; empty: that is no way out, or it is not known who reads
	Prove     string // where the client secret is sent; empty: it is not asked for
}

type findingView struct {
	Code, Message string
	Remedies      []string
}

// piece is a part of a URL.
type piece struct {
	Text string
	Mark bool
}

// fail is the one place that shows a refusal: it puts it into the book and shows it as the reader needs it.
func (s *step) fail(err error) { s.refuse(err, nil) }

// refuse is fail with what is wrong with what was typed on the page.
func (s *step) refuse(err error, errs []page.FieldError) {
	ref := s.record(err)
	s.w.Header().Set(ReferenceHeader, ref.String())
	t := &telling{step: s, lang: s.p.Page.Lang(s.w, s.r), ref: ref, findings: refusal.Of(err).Findings, judged: &s.j}
	t.asUser, t.asAdmin, t.asDeveloper = s.loggedIn(), s.administrator(s.j.Tenant.ID), s.developer()
	if s.a != nil {
		t.url = s.a.installURL(s.req.Account)
	}
	v := t.view()
	if s.a != nil && s.j.RedirectURI != "" {
		v.Back = template.URL(s.p.appURL(s.j.RedirectURI, s.refusedAnswer(t.first(), ref)))
	}
	v.Answer = s.blockedWith(err)
	if s.asksBeside(err) {
		if v.Ask, err = s.asking(); err != nil {
			s.p.Log.ErrorContext(s.r.Context(), "a refusal is shown without whom to ask", "reference", ref.String(), "err", err)
			v.Ask = nil
		}
	}
	s.showErrors(t, v, page.Status(t.first().Definition().Kind), "refused.title", "", errs)
}

// show renders the page of a refusal.
func (s *step) show(t *telling, v refusedView, status int, title, notice string) {
	s.showErrors(t, v, status, title, notice, nil)
}

func (s *step) showErrors(t *telling, v refusedView, status int, title, notice string, errs []page.FieldError) {
	view := page.View{Title: page.T(t.lang, title), Data: v, Notice: notice, Errors: errs}
	if s.loggedIn() {
		view.Who = &page.Who{Person: s.name(), Tenant: cmp.Or(s.tenant.Name, s.v.Tenant.Name)}
	}
	for name, values := range s.r.PostForm {
		if (name == "pending" || name == "offer" || name == "choose" || name == "reference") && len(values) == 1 {
			view.Keep = append(view.Keep, page.Hidden{Name: name, Value: values[0]})
		}
	}
	s.p.Page.Render(s.w, s.r, status, "refused", view)
}

// telling is a refusal and who reads it.
type telling struct {
	*step
	lang     string
	ref      id.Reference
	findings []refusal.Finding
	judged   *access.Judged
	url      string // the install URL; empty: none

	asUser, asAdmin, asDeveloper bool
}

func (t *telling) t(key string, args ...any) string { return page.T(t.lang, key, args...) }

func (t *telling) first() refusal.Finding {
	if len(t.findings) == 0 {
		return refusal.Finding{Code: refusal.InternalFailure}
	}
	return t.findings[0]
}

// named is the sentence with the name in it, and without where the name is not known.
func (t *telling) named(key, name, unnamed string) string {
	if name == "" {
		return t.t(unnamed)
	}
	return t.t(key, name)
}

func (t *telling) view() refusedView {
	f := t.first()
	v := refusedView{Sentences: []string{t.words(f).Message().In(t.lang)}, Reference: t.ref.String()}
	if c := &t.judged.Client; !c.ID.IsZero() {
		v.App = newAppView(c)
		if sentence, ok := page.Published(f.Code); ok && c.Registration.Wire == registry.HubSpotWire {
			v.Published = t.t("refused.quoted", sentence.In(t.lang))
		}
	}
	switch f.Definition().Fixer {
	case refusal.Developer:
		v.Fixer, v.User = t.named("refused.by.developer", t.judged.Client.Registration.Name, "refused.by.a_developer"), t.user("refused.user_dev")
	case refusal.Administrator:
		v.Fixer, v.User = t.named("refused.by.admin", t.judged.Tenant.Name, "refused.by.your_admin"), t.user("refused.user_admin")
	case refusal.Operator:
		v.Fixer, v.Remedy = t.t("refused.by.operator"), f.Remedy().In(t.lang)
	default:
		v.Fixer, v.Remedy = t.t("refused.by.user"), f.Remedy().In(t.lang)
		return v
	}
	v.Developer = t.developerPart()
	if slices.ContainsFunc(t.findings, func(f refusal.Finding) bool { return f.Definition().Fixer == refusal.Administrator }) {
		v.Admin = t.admin()
	}
	t.openOne(&v)
	return v
}

// openOne opens the part of the reader; the others are folded. Who is both administrator and developer begins with what
// mends it.
func (t *telling) openOne(v *refusedView) {
	switch {
	case t.asAdmin && v.Admin != nil && t.first().Definition().Fixer == refusal.Administrator:
		v.Admin.Open = true
	case t.asDeveloper && v.Developer != nil && v.Developer.Findings != nil:
		v.Developer.Open = true
	case t.asAdmin && v.Admin != nil:
		v.Admin.Open = true
	case v.User != nil:
		v.User.Open = true
	}
}

// lead says that nothing came of it.
func (t *telling) lead() string {
	if name := t.judged.Client.Registration.Name; name != "" {
		return t.t("refused.lead", name)
	}
	return t.t("refused.lead_unknown")
}
