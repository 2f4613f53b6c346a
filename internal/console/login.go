package console

import (
	"net/http"
	"net/url"

	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
)

func (c *Console) showLogin(w http.ResponseWriter, r *http.Request) {
	back := here(r.URL.Query().Get("back"))
	if _, err := c.Directory.Visitor(r.Context(), page.Login(r)); err == nil {
		http.Redirect(w, r, or(back, "/console"), http.StatusSeeOther)
		return
	}
	c.loginPage(w, r, http.StatusOK, page.LoginForm{Back: back}, nil)
}

func (c *Console) loginPage(w http.ResponseWriter, r *http.Request, status int, f page.LoginForm, errs []page.FieldError) {
	v := page.View{Title: page.Text(r, "login.title"), Data: f, Errors: errs, Form: "login"}
	if done := r.URL.Query().Get("done"); done == "out" || done == "password" {
		v.Notice = page.Text(r, "login.done_"+done)
	}
	c.Page.Render(w, r, status, "login", v)
}

// logIn begins a login. A pending authorization request, which came with the form, goes on after it.
func (c *Console) logIn(w http.ResponseWriter, r *http.Request) {
	f := page.LoginForm{Login: r.PostForm.Get("login"), Pending: r.PostForm.Get("pending"), Back: here(r.PostForm.Get("back"))}
	if page.Switched(r) {
		if _, err := c.Directory.Visitor(r.Context(), page.Login(r)); err == nil {
			c.goOn(w, r, f.Pending, f.Back, true)
			return
		}
		c.loginPage(w, r, http.StatusOK, f, nil)
		return
	}
	password := r.PostForm.Get("password")
	lang := page.LangOf(r)
	var errs []page.FieldError
	if f.Login == "" {
		errs = append(errs, page.FieldError{Field: "login", Message: page.T(lang, "login.login_missing")})
	}
	if password == "" {
		errs = append(errs, page.FieldError{Field: "password", Message: page.T(lang, "login.password_missing")})
	}
	if len(errs) > 0 {
		c.loginPage(w, r, http.StatusUnprocessableEntity, f, errs)
		return
	}
	in, err := c.Directory.LogIn(r.Context(), directory.Attempt{Login: f.Login, Password: password, Remote: r.RemoteAddr,
		Device: page.Device(r), Cookie: page.Login(r)})
	if err != nil {
		switch refusal.Of(err).First().Code {
		case refusal.LoginRefused, refusal.LoginThrottled:
			errs, _ := flaws(lang, err, map[string]string{string(refusal.LoginRefused): "password"})
			c.loginPage(w, r, page.Status(refusal.Of(err).First().Definition().Kind), f, errs)
		default:
			c.fail(w, r, err)
		}
		return
	}
	c.enter(w, r, in, f)
}

// enter gives the browser its new login, and goes on to where the person wanted to be.
func (c *Console) enter(w http.ResponseWriter, r *http.Request, in directory.LoggedIn, f page.LoginForm) {
	page.SetLogin(w, r, in.Cookie.Reveal())
	page.SetDevice(w, in.Device)
	c.goOn(w, r, f.Pending, f.Back, !in.Login.Tenant.IsZero())
}

// goOn leads on after a login or the choice of an account: with a pending request, to the authorization endpoint, which
// takes it in the body of a form. The script sends that form by itself.
func (c *Console) goOn(w http.ResponseWriter, r *http.Request, pending, back string, chosen bool) {
	switch {
	case pending != "":
		c.Page.Render(w, r, http.StatusOK, "go", page.View{Title: page.Text(r, "go.title"), Data: pending, LeadsAnywhere: true,
			Keep: []page.Hidden{{Name: "pending", Value: pending}}})
	case !chosen:
		to := "/account/tenant"
		if back != "" {
			to += "?" + url.Values{"back": {back}}.Encode()
		}
		http.Redirect(w, r, to, http.StatusSeeOther)
	default:
		http.Redirect(w, r, or(back, "/console"), http.StatusSeeOther)
	}
}

func (c *Console) showLogOut(w http.ResponseWriter, r *http.Request) {
	if _, err := c.Directory.Visitor(r.Context(), page.Login(r)); err != nil {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	c.Page.Render(w, r, http.StatusOK, "logout", page.View{Title: page.Text(r, "logout.title")})
}

// logOut ends the login of this browser. Doing it twice is no error (A176).
func (c *Console) logOut(w http.ResponseWriter, r *http.Request) {
	if err := c.Directory.LogOut(r.Context(), page.Login(r)); err != nil {
		c.fail(w, r, err)
		return
	}
	page.SetLogin(w, r, "")
	http.Redirect(w, r, "/login?done=out", http.StatusSeeOther)
}

// showTenants lets the person choose the account to act in.
func (c *Console) showTenants(w http.ResponseWriter, r *http.Request, v *visit) {
	f := page.TenantChoice{Back: here(r.URL.Query().Get("back"))}
	if r.URL.Path != "/account/tenant" {
		f.Back = here(r.URL.RequestURI())
	}
	c.tenantPage(w, r, v, http.StatusOK, f)
}

func (c *Console) tenantPage(w http.ResponseWriter, r *http.Request, v *visit, status int, f page.TenantChoice) {
	for _, t := range v.Tenants {
		f.Tenants = append(f.Tenants, page.TenantRow{ID: t.ID.String(), Name: t.Name, ContentURL: t.ContentURL, Current: t.ID == v.Tenant.ID})
	}
	p := page.View{Title: v.t("tenants.title"), Data: f, Form: "tenants", Who: &page.Who{Person: v.name(), Tenant: v.Tenant.Name}}
	c.Page.Render(w, r, status, "tenants", p)
}

func (c *Console) chooseTenant(w http.ResponseWriter, r *http.Request, v *visit) {
	f := page.TenantChoice{Pending: r.PostForm.Get("pending"), Back: here(r.PostForm.Get("back"))}
	in, err := id.Parse[id.Tenant](r.PostForm.Get("tenant"))
	if err != nil || page.Switched(r) {
		c.tenantPage(w, r, v, http.StatusOK, f)
		return
	}
	cookie, _, err := c.Directory.ChooseTenant(r.Context(), page.Login(r), in)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	page.SetLogin(w, r, cookie.Reveal())
	c.goOn(w, r, f.Pending, f.Back, true)
}
