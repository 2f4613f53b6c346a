package oauth

import (
	"cmp"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"prokura/internal/access"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/installurl"
	"prokura/internal/page"
	"prokura/internal/policy"
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
	Remedy    string // where no part below says it
	User      *userPart
	Admin     *adminPart
	Developer *developerPart
	Again     string       // the request, to go on with
	Back      template.URL // to the app, with the error; made of the registered address
}

type userPart struct {
	Open           bool
	Intro, Message string
}

type adminPart struct {
	Open  bool
	LogIn bool // nobody is logged in
	Steps []string
	Give  *giveRole
}

// giveRole is the button that gives somebody the role to install apps.
type giveRole struct{ User, Role, Reference, Pending string }

type developerPart struct {
	Open      bool
	Findings  []findingView
	URL       []piece
	Corrected string
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
func (s *step) fail(err error) {
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
	s.show(t, v, statusOf(t.first()), "refused.title", "")
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

// statusOf is the status of a refusal's page.
func statusOf(f refusal.Finding) int {
	switch f.Definition().Kind {
	case refusal.Denied, refusal.Unauthenticated:
		return http.StatusForbidden
	case refusal.NotFound:
		return http.StatusNotFound
	case refusal.Conflict:
		return http.StatusConflict
	case refusal.Exhausted:
		return http.StatusTooManyRequests
	case refusal.Stale, refusal.Unavailable:
		return http.StatusServiceUnavailable
	case refusal.Invalid:
		return http.StatusBadRequest
	}
	return http.StatusInternalServerError
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

// app is what the app is called, account the account; both also where they are not known.
func (t *telling) app() string {
	if name := t.judged.Client.Registration.Name; name != "" {
		return name
	}
	return t.t("refused.this_app")
}

func (t *telling) account() string {
	if name := t.judged.Tenant.Name; name != "" {
		return name
	}
	return t.t("refused.this_account")
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
		v.Fixer, v.User = t.t("refused.by.developer", t.app()), t.user("refused.user_dev")
	case refusal.Administrator:
		v.Fixer, v.User = t.t("refused.by.admin", t.account()), t.user("refused.user_admin")
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

// openOne opens the part of the reader; the others are folded.
func (t *telling) openOne(v *refusedView) {
	switch {
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

// user is a text that says it all, ready to send.
func (t *telling) user(intro string) *userPart {
	lines := []string{t.lead()}
	for _, f := range t.findings {
		f = t.words(f)
		lines = append(lines, "– "+f.Message().In(t.lang)+" "+f.Remedy().In(t.lang))
	}
	if c := &t.judged.Client; !c.ID.IsZero() {
		lines = append(lines, t.t("refused.message_app", c.Registration.Name, c.ID.String()))
	}
	if t.asUser && t.judged.Tenant.Name != "" && t.judged.User.Name != "" {
		lines = append(lines, t.t("refused.message_at", t.judged.Tenant.Name, t.judged.User.Name))
	}
	lines = append(lines, t.t("refused.message_ref", t.ref.String()), t.t("refused.message_link", t.p.Issuer+errorPage(t.first().Code, t.ref)))
	return &userPart{Intro: t.t(intro), Message: strings.Join(lines, "\n")}
}

// admin is what an administrator does, in the order of the remedies: the permission to install, the permissions of the scopes,
// super administrator, which never overcomes a function that is missing (seed: HubSpot).
func (t *telling) admin() *adminPart {
	a := &adminPart{}
	if !t.asAdmin {
		a.Steps, a.LogIn = []string{t.t("refused.admin_login")}, !t.loggedIn()
		return a
	}
	install, named, missing, plans, together := lacking(t.judged.Verdict.Findings)
	if install {
		a.Steps = append(a.Steps, t.t("refused.step_install", t.installer()))
		if !t.judged.User.ID.IsZero() {
			a.Give = &giveRole{User: t.judged.User.Name, Role: t.installer(), Reference: t.ref.String()}
			if t.judged.User.ID == t.v.User.ID {
				a.Give.Pending, _ = t.seal()
			}
		}
	}
	if len(named) > 0 {
		a.Steps = append(a.Steps, t.t("refused.step_named", t.permissionNames(named)))
		if roles := t.rolesWith(named); roles != "" {
			a.Steps = append(a.Steps, t.t("refused.step_roles", roles))
		}
	}
	if install || len(named) > 0 {
		a.Steps = append(a.Steps, t.t("refused.step_super"))
	}
	if len(missing) > 0 {
		a.Steps = append(a.Steps, t.t("refused.step_plan", t.functionNames(missing)))
		switch names := t.p.planNames(t.lang, plans); {
		case names == "":
			a.Steps = append(a.Steps, t.t("refused.plans_none"))
		case together:
			a.Steps = append(a.Steps, t.t("refused.plans_all", names))
		default:
			a.Steps = append(a.Steps, t.t("refused.plans_any", names))
		}
		a.Steps = append(a.Steps, t.t("refused.super_not"), t.t("refused.plan_ask"))
	}
	if len(a.Steps) == 0 {
		for _, f := range t.findings {
			if f.Definition().Fixer == refusal.Administrator {
				a.Steps = append(a.Steps, t.words(f).Remedy().In(t.lang))
			}
		}
	}
	return a
}

// installer is what the role is called that installs apps.
func (t *telling) installer() string {
	if role, ok := t.p.Catalogs.Role(directory.AppInstaller); ok && role.Title.In(t.lang) != "" {
		return role.Title.In(t.lang)
	}
	return t.t("refused.installer")
}

// words puts names for people in place of the ids of functions, permissions and plans.
func (t *telling) words(f refusal.Finding) refusal.Finding {
	switch f.Code {
	case refusal.UserLacksPermission:
		f.Want = t.permissionNames([]string{f.Want})
	case refusal.TenantLacksEntitlement:
		f.Want = t.functionNames([]string{f.Want})
		for _, sep := range []string{", ", " + "} {
			if list := strings.Split(f.Got, sep); len(list) > 1 || sep == " + " {
				f.Got = strings.Join(t.p.plansInWords(t.lang, list), sep)
				break
			}
		}
	}
	return f
}

// lacking is what the findings say is missing.
func lacking(findings []policy.InstallFinding) (install bool, named, functions, plans []string, together bool) {
	add := func(list []string, s string) []string {
		if s == "" || slices.Contains(list, s) {
			return list
		}
		return append(list, s)
	}
	for i := range findings {
		f := &findings[i]
		if f.Permission == policy.InstallPermission {
			install = true
		} else {
			named = add(named, f.Permission)
		}
		if f.Entitlement != "" {
			functions = add(functions, f.Entitlement)
			plans, together = f.Plans, f.PlansTogether
		}
	}
	return install, named, functions, plans, together
}

func (t *telling) permissionNames(list []string) string {
	var out []string
	for _, name := range list {
		if p, ok := t.p.Catalogs.Permission(name); ok && p.Title.In(t.lang) != "" {
			name = p.Title.In(t.lang) + " (" + name + ")"
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

func (t *telling) functionNames(list []string) string {
	var out []string
	for _, name := range list {
		if e, ok := t.p.Catalogs.Entitlement(name); ok && e.Title.In(t.lang) != "" {
			name = e.Title.In(t.lang)
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}

// rolesWith are the roles, apart from super administrator, that hold all these permissions.
func (t *telling) rolesWith(permissions []string) string {
	var out []string
	for _, role := range t.p.Catalogs.Roles() {
		lacks := func(p string) bool { return !slices.Contains(role.Permissions, p) }
		if role.ID != directory.SuperAdmin && !slices.ContainsFunc(permissions, lacks) {
			out = append(out, role.Title.In(t.lang))
		}
	}
	return strings.Join(out, ", ")
}

// developerPart is every finding, the place in the URL, and the corrected URL; or the way to them.
func (t *telling) developerPart() *developerPart {
	if t.judged.Client.ID.IsZero() {
		return nil
	}
	d := &developerPart{}
	if !t.asDeveloper {
		d.Prove = errorPage(t.first().Code, t.ref)
		return d
	}
	d.Findings = []findingView{}
	for _, f := range t.findings {
		d.Findings = append(d.Findings, findingView{Code: string(f.Code), Message: f.Message().In(t.lang), Remedies: []string{f.Remedy().In(t.lang)}})
	}
	u, flaws := installurl.Parse(t.url)
	if t.url == "" || len(flaws) > 0 {
		return d
	}
	d.URL = marked(t.p.Issuer, t.url, u.Items, t.findings)
	if v := &t.judged.Verdict; v.Correctable && aboutURL(v.Findings) {
		d.Corrected = t.p.Issuer + u.With(v.NearestScope, v.NearestOptional)
	}
	return d
}

// aboutURL says whether a finding is one that another URL does not have.
func aboutURL(findings []policy.InstallFinding) bool {
	return slices.ContainsFunc(findings, func(f policy.InstallFinding) bool {
		switch f.Code {
		case refusal.ScopeUnknown, refusal.RequiredScopeMissing, refusal.ScopeMismatch, refusal.NothingRequested:
			return true
		}
		return false
	})
}

// marked cuts a URL into pieces, those that a finding about a scope's place is about marked.
func marked(issuer, raw string, items []installurl.Item, findings []refusal.Finding) []piece {
	wrong := map[string]bool{}
	for _, f := range findings {
		switch f.Code {
		case refusal.ScopeUnknown, refusal.RequiredScopeMissing, refusal.ScopeMismatch:
			wrong[f.Scope] = true
		}
	}
	out := []piece{}
	at := 0
	sorted := slices.SortedFunc(slices.Values(items), func(a, b installurl.Item) int { return a.Start - b.Start })
	for _, item := range sorted {
		if !wrong[item.Text] || item.Start < at {
			continue
		}
		out = append(out, piece{Text: raw[at:item.Start]}, piece{Text: raw[item.Start:item.End], Mark: true})
		at = item.End
	}
	out = append(out, piece{Text: raw[at:]})
	out[0].Text = issuer + out[0].Text
	return out
}
