package oauth

import (
	"errors"
	"net/http"
	"slices"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/installurl"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// explain shows what a reference tells its reader: whoever has only the reference, what the code means; the user and the
// administrator of the account, and the developer of the app, signed in or with a client secret, their part. What is shown is
// what holds now, so that a mended cause is seen to be mended.
func (p *Pages) explain(w http.ResponseWriter, r *http.Request) {
	s := &step{p: p, w: w, r: r}
	c, err := s.lookUp(r.URL.Query().Get("reference"))
	if err != nil {
		s.explainCode(refusal.Code(r.PathValue("code")), err)
		return
	}
	proven, errs := s.proof(&c)
	s.explainCase(&c, proven, errs, "")
}

// lookUp finds the case of a reference, and who reads it.
func (s *step) lookUp(reference string) (docket.Case, error) {
	var err error
	s.v, err = s.p.Directory.Visitor(s.r.Context(), page.Login(s.r))
	if err != nil && refusal.Of(err).First().Code != refusal.NotLoggedIn {
		return docket.Case{}, err
	}
	ref, err := id.Parse[id.Reference](reference)
	if err != nil {
		return docket.Case{}, store.ErrNotFound
	}
	return s.p.Docket.Lookup(s.r.Context(), ref)
}

// explainCode says what a code means, to a reader with no reference that leads anywhere.
func (s *step) explainCode(code refusal.Code, err error) {
	lang := s.p.Page.Lang(s.w, s.r)
	if !errors.Is(err, store.ErrNotFound) {
		s.fail(err)
		return
	}
	known := slices.ContainsFunc(refusal.All(), func(d refusal.Definition) bool { return d.Code == code && d.Kind != refusal.Internal })
	v := refusedView{Sentences: []string{page.T(lang, "refused.gone")}}
	if known {
		// A code alone says nothing of scopes and names, so that its sentences with places to fill are left out.
		v.Remedy = refusal.Finding{Code: code, Scope: "…", Want: "…", Got: "…"}.Message().In(lang)
	}
	s.show(&telling{step: s, lang: lang}, v, http.StatusNotFound, "refused.about", "")
}

// proof takes a client secret of the app, which proves its developer.
func (s *step) proof(c *docket.Case) (bool, []page.FieldError) {
	if s.r.Method != http.MethodPost || page.Switched(s.r) || !s.r.PostForm.Has("secret") {
		return false, nil
	}
	wrong := []page.FieldError{{Field: "secret", Message: page.Text(s.r, "refused.secret_wrong")}}
	if c.Client.IsZero() {
		return false, wrong
	}
	client, err := s.p.Registry.Client(s.r.Context(), c.Client)
	if err != nil {
		return false, wrong
	}
	if _, ok := registry.VerifyClientSecret(&client, s.r.PostForm.Get("secret")); !ok {
		return false, wrong
	}
	return true, nil
}

// explainCase shows a case as its reader may see it.
func (s *step) explainCase(c *docket.Case, proven bool, errs []page.FieldError, notice string) {
	lang := s.p.Page.Lang(s.w, s.r)
	t := &telling{step: s, lang: lang, ref: c.Reference, findings: c.Findings, judged: &access.Judged{}}
	if j, ok := s.judgeAgain(c); ok {
		t.judged, t.url = &j, c.URL
		if now := refusal.Of(j.Refusal()).Findings; j.Refusal() != nil {
			t.findings = now
		}
	}
	s.j.Client = t.judged.Client
	t.asUser = !c.User.IsZero() && s.v.User.ID == c.User && s.v.Tenant.ID == c.Tenant
	t.asAdmin, t.asDeveloper = s.administrator(c.Tenant), proven || s.developer()
	if !t.asUser && !t.asAdmin {
		// What is known of account and user is theirs.
		t.judged.Tenant, t.judged.User = store.Tenant{}, store.User{}
	}
	if !t.asUser && !t.asAdmin && !t.asDeveloper {
		t.findings = anonymous(t.findings)
	}
	v := t.view()
	title, status := "refused.title", http.StatusOK
	if c.Door == doorAuthorize && t.judged.Verdict.Complete && t.judged.Refusal() == nil && (t.asUser || t.asAdmin || t.asDeveloper) {
		title = "refused.ready"
		v = refusedView{App: v.App, Sentences: []string{t.named("refused.ready_text", t.judged.Client.Registration.Name, "refused.ready_some")}, Reference: v.Reference}
	}
	if t.asAdmin && notice != "" {
		v.Next = t.next(c, title == "refused.ready")
	}
	if len(errs) > 0 {
		status = http.StatusUnprocessableEntity
		if v.Developer != nil {
			if v.Developer.Open = true; v.User != nil {
				v.User.Open = false
			}
		}
	}
	s.showErrors(t, v, status, title, notice, errs)
}

// next tells an administrator how it goes on for the user of the case, who has to open the app once more.
func (t *telling) next(c *docket.Case, ready bool) *nextPart {
	name := t.judged.User.Name
	n := &nextPart{User: t.t("refused.next_user", name), Page: "/console/users/" + c.User.String()}
	if ready {
		n.Intro, n.Message = t.t("refused.next_tell", name), t.t("refused.next_message", t.judged.Client.Registration.Name, t.p.Issuer+c.URL)
	}
	return n
}

// judgeAgain asks for the verdict on the same installation as it would be now.
func (s *step) judgeAgain(c *docket.Case) (access.Judged, bool) {
	if c.Door != doorAuthorize || c.URL == "" {
		return access.Judged{}, false
	}
	u, flaws := installurl.Parse(c.URL)
	if len(flaws) > 0 {
		return access.Judged{}, false
	}
	wish := access.RequestOf(&u.Params)
	wish.Tenant, wish.User = c.Tenant, c.User
	j, err := s.p.Access.Install(s.r.Context(), wish)
	return j, err == nil
}

// anonymous is what somebody may read who has the reference and nothing else: that something is wrong, not with what.
func anonymous(findings []refusal.Finding) []refusal.Finding {
	if len(findings) == 0 {
		return nil
	}
	f := findings[0]
	return []refusal.Finding{{Code: f.Code, Case: f.Case, Scope: "…", Want: "…", Got: "…"}}
}

// remedy gives the user of a case the role that lets them install apps. Only an administrator of their account does that.
func (p *Pages) remedy(w http.ResponseWriter, r *http.Request) {
	s := &step{p: p, w: w, r: r}
	c, err := s.lookUp(r.PostForm.Get("reference"))
	if err != nil {
		s.explainCode("", err)
		return
	}
	if page.Switched(r) || !s.administrator(c.Tenant) || c.User.IsZero() {
		s.explainCase(&c, false, nil, "")
		return
	}
	by := audit.Actor{Kind: "user", ID: s.v.User.ID.String(), Name: s.v.User.Name}
	u, err := p.Directory.GiveRole(r.Context(), by, c.Tenant, c.User, directory.AppInstaller)
	if err != nil {
		s.fail(err)
		return
	}
	if r.PostForm.Has("pending") && s.open() == nil && s.v.User.ID == c.User {
		s.proceed() // it was the administrator who was stopped: back to where it broke off
		return
	}
	s.explainCase(&c, false, nil, page.Text(r, "refused.gave_role", u.Name, (&telling{step: s, lang: p.Page.Lang(w, r)}).installer())+" "+page.Text(r, "refused.gave_next", u.Name))
}
