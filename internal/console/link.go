package console

import (
	"net/http"
	"net/url"

	"prokura/internal/directory"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/text"
)

// Links are opened with the token in the query. What they do they do only once a form is sent: programs that look at links in
// mails before people do use nothing up.

// setUpForm is the data of the page "setup".
type setUpForm struct {
	Token, Name, ContentURL, Plan, Login, FullName string
	Plans                                          []catalogPlans
}

// catalogPlans are the plans of one catalog.
type catalogPlans struct {
	Title text.Text
	Plans []planRow
}

type planRow struct{ ID, Title string }

// plans are those of the catalogs that are offered. One that several have stands in the first.
func (c *Console) plans(lang string) []catalogPlans {
	var out []catalogPlans
	seen := map[string]bool{}
	for _, cat := range c.Catalogs.List() {
		if !c.offers(cat) {
			continue
		}
		here := catalogPlans{Title: cat.Title}
		for _, p := range cat.Plans() {
			if !seen[p.ID] {
				here.Plans = append(here.Plans, planRow{p.ID, or(p.Title.In(lang), p.ID)})
			}
			seen[p.ID] = true
		}
		if len(here.Plans) > 0 {
			out = append(out, here)
		}
	}
	return out
}

func (c *Console) showSetUp(w http.ResponseWriter, r *http.Request) {
	token := r.URL.Query().Get(directory.LinkParameter)
	if err := c.Directory.CheckLink(r.Context(), store.SetUpLink, token); err != nil {
		c.fail(w, r, err)
		return
	}
	c.setUpPage(w, r, http.StatusOK, setUpForm{Token: token}, nil)
}

func (c *Console) setUpPage(w http.ResponseWriter, r *http.Request, status int, f setUpForm, errs []page.FieldError) {
	lang := page.LangOf(r)
	f.Plans = c.plans(lang)
	c.Page.Render(w, r, status, "setup", page.View{Title: page.T(lang, "setup.title"), Data: f, Errors: errs, Form: "setup"})
}

func (c *Console) setUp(w http.ResponseWriter, r *http.Request) {
	p := r.PostForm
	f := setUpForm{Token: p.Get("token"), Name: p.Get("name"), ContentURL: p.Get("content_url"), Plan: p.Get("plan"), Login: p.Get("login"), FullName: p.Get("full_name")}
	if page.Switched(r) {
		c.setUpPage(w, r, http.StatusOK, f, nil)
		return
	}
	lang := page.LangOf(r)
	if p.Get("password") != p.Get("again") {
		c.setUpPage(w, r, http.StatusUnprocessableEntity, f, []page.FieldError{{Field: "again", Message: page.T(lang, "form.passwords_differ")}})
		return
	}
	_, _, err := c.Directory.SetUp(r.Context(), f.Token, directory.FirstTenant{Name: f.Name, ContentURL: f.ContentURL, Plan: f.Plan,
		Login: f.Login, FullName: f.FullName, Password: p.Get("password")})
	if err != nil {
		aliases := passwordFields()
		aliases[string(refusal.ContentURLInvalid)] = "content_url"
		aliases[string(refusal.PlanUnknown)] = "plan"
		aliases[string(refusal.NameTaken)] = "content_url"
		if errs, ok := flaws(lang, err, aliases); ok && !ofLink(err) {
			c.setUpPage(w, r, http.StatusUnprocessableEntity, f, errs)
			return
		}
		c.fail(w, r, err)
		return
	}
	c.firstLogin(w, r, f.Login, p.Get("password"))
}

// firstLogin signs somebody in who has just chosen a password.
func (c *Console) firstLogin(w http.ResponseWriter, r *http.Request, login, password string) {
	in, err := c.Directory.LogIn(r.Context(), directory.Attempt{Login: login, Password: password, Remote: r.RemoteAddr, Cookie: page.Login(r)})
	if err != nil {
		http.Redirect(w, r, "/login?done=password", http.StatusSeeOther)
		return
	}
	c.enter(w, r, in, page.LoginForm{})
}

// ofLink says whether it is the link that cannot be used, so that no entry of its form mends it.
func ofLink(err error) bool {
	switch refusal.Of(err).First().Code {
	case refusal.LinkUnknown, refusal.LinkExpired, refusal.LinkUsed, refusal.SetUpDone:
		return true
	}
	return false
}

// inviteForm is the data of the page "invite".
type inviteForm struct {
	Token, Tenant, User, Login string
	As                         string // who is signed in; empty: nobody
	Back                       string // to this page, after signing in
}

func (c *Console) showInvite(w http.ResponseWriter, r *http.Request) {
	c.invitePage(w, r, http.StatusOK, inviteForm{Token: r.URL.Query().Get(directory.LinkParameter)}, nil)
}

func (c *Console) invitePage(w http.ResponseWriter, r *http.Request, status int, f inviteForm, errs []page.FieldError) {
	inv, err := c.Directory.Invitation(r.Context(), f.Token)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	f.Tenant, f.User = inv.Tenant.Name, or(inv.User.FullName, inv.User.Name)
	if f.Login == "" && r.Method != http.MethodPost {
		f.Login = or(inv.User.Email, inv.User.Name)
	}
	f.Back = directory.InvitePath + "?" + url.Values{directory.LinkParameter: {f.Token}}.Encode()
	if v, err := c.Directory.Visitor(r.Context(), page.Login(r)); err == nil {
		f.As = v.Person.Login
	}
	c.Page.Render(w, r, status, "invite", page.View{Title: page.Text(r, "invite.title", f.Tenant), Data: f, Errors: errs, Form: "invite"})
}

// acceptInvite makes the invited user of who is signed in, or of a new login.
func (c *Console) acceptInvite(w http.ResponseWriter, r *http.Request) {
	p := r.PostForm
	f := inviteForm{Token: p.Get("token"), Login: p.Get("login")}
	lang := page.LangOf(r)
	if page.Switched(r) {
		c.invitePage(w, r, http.StatusOK, f, nil)
		return
	}
	if p.Has("mine") {
		v, err := c.Directory.Visitor(r.Context(), page.Login(r))
		if err != nil {
			c.invitePage(w, r, http.StatusOK, f, nil)
			return
		}
		inv, err := c.Directory.AcceptInvite(r.Context(), f.Token, v.Person.ID)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		cookie, _, err := c.Directory.ChooseTenant(r.Context(), page.Login(r), inv.Tenant.ID)
		if err == nil {
			page.SetLogin(w, r, cookie.Reveal())
		}
		http.Redirect(w, r, "/console?done=accepted", http.StatusSeeOther)
		return
	}
	if p.Get("password") != p.Get("again") {
		c.invitePage(w, r, http.StatusUnprocessableEntity, f, []page.FieldError{{Field: "again", Message: page.T(lang, "form.passwords_differ")}})
		return
	}
	if _, err := c.Directory.AcceptInviteAsNew(r.Context(), f.Token, f.Login, p.Get("password")); err != nil {
		aliases := passwordFields()
		aliases[string(refusal.NameTaken)] = "login"
		if errs, ok := flaws(lang, err, aliases); ok && !ofLink(err) {
			if refusal.Of(err).First().Code == refusal.NameTaken {
				errs = []page.FieldError{{Field: "login", Message: page.T(lang, "invite.taken")}}
			}
			c.invitePage(w, r, http.StatusUnprocessableEntity, f, errs)
			return
		}
		c.fail(w, r, err)
		return
	}
	c.firstLogin(w, r, f.Login, p.Get("password"))
}

// passwordForm is the data of the page "password": with a token it sets a new one, without it asks for a link.
type passwordForm struct {
	Token, Login string
	Sent, Mail   bool
}

func (c *Console) showPassword(w http.ResponseWriter, r *http.Request) {
	f := passwordForm{Token: r.URL.Query().Get(directory.LinkParameter)}
	if f.Token != "" {
		if err := c.Directory.CheckLink(r.Context(), store.PasswordLink, f.Token); err != nil {
			c.fail(w, r, err)
			return
		}
	}
	c.passwordPage(w, r, http.StatusOK, f, nil)
}

func (c *Console) passwordPage(w http.ResponseWriter, r *http.Request, status int, f passwordForm, errs []page.FieldError) {
	f.Mail = c.Directory.SendsMail()
	key := "password.forgot"
	if f.Token != "" {
		key = "password.new"
	}
	c.Page.Render(w, r, status, "password", page.View{Title: page.Text(r, key), Data: f, Errors: errs, Form: "password"})
}

// setPassword sets a new password by a link, or asks for one. What the answer to the second says does not depend on whether
// there is such a login (A182).
func (c *Console) setPassword(w http.ResponseWriter, r *http.Request) {
	p := r.PostForm
	f := passwordForm{Token: p.Get("token"), Login: p.Get("login")}
	lang := page.LangOf(r)
	switch {
	case page.Switched(r):
		c.passwordPage(w, r, http.StatusOK, f, nil)
	case f.Token == "" && f.Login == "":
		c.passwordPage(w, r, http.StatusUnprocessableEntity, f, []page.FieldError{{Field: "login", Message: page.T(lang, "login.login_missing")}})
	case f.Token == "":
		if err := c.Directory.ForgotPassword(r.Context(), f.Login, r.RemoteAddr, lang); err != nil {
			c.fail(w, r, err)
			return
		}
		f.Sent = true
		c.passwordPage(w, r, http.StatusOK, f, nil)
	case p.Get("password") != p.Get("again"):
		c.passwordPage(w, r, http.StatusUnprocessableEntity, f, []page.FieldError{{Field: "again", Message: page.T(lang, "form.passwords_differ")}})
	default:
		if _, err := c.Directory.ResetPassword(r.Context(), f.Token, p.Get("password")); err != nil {
			if errs, ok := flaws(lang, err, passwordFields()); ok && !ofLink(err) {
				c.passwordPage(w, r, http.StatusUnprocessableEntity, f, errs)
				return
			}
			c.fail(w, r, err)
			return
		}
		page.SetLogin(w, r, "")
		http.Redirect(w, r, "/login?done=password", http.StatusSeeOther)
	}
}
