package console

import (
	"net/http"

	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// account is the page of the person's own login.
type account struct {
	Login  string
	Logins []store.Login
	Mine   [32]byte // of Logins, the one of this browser
}

// Current says whether a login is that of this browser.
func (a account) Current(l store.Login) bool { return l.Hash == a.Mine }

func (c *Console) showAccount(w http.ResponseWriter, r *http.Request, v *visit) {
	c.accountPage(w, r, v, http.StatusOK, nil)
}

func (c *Console) accountPage(w http.ResponseWriter, r *http.Request, v *visit, status int, errs []page.FieldError) {
	data := account{Login: v.Person.Login, Mine: v.Login.Hash}
	err := c.Store.View(r.Context(), func(rd store.Reader) (err error) {
		data.Logins, err = rd.ListLogins(v.Person.ID)
		return err
	})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, v, status, "account", page.View{Title: v.t("account.title"), Data: data, Errors: errs})
}

func (c *Console) changePassword(w http.ResponseWriter, r *http.Request, v *visit) {
	if page.Switched(r) {
		c.accountPage(w, r, v, http.StatusOK, nil)
		return
	}
	old, password, again := r.PostForm.Get("old"), r.PostForm.Get("password"), r.PostForm.Get("again")
	var errs []page.FieldError
	if old == "" {
		errs = append(errs, page.FieldError{Field: "old", Message: v.t("form.missing")})
	}
	if password != again {
		errs = append(errs, page.FieldError{Field: "again", Message: v.t("form.passwords_differ")})
	}
	if len(errs) > 0 {
		c.accountPage(w, r, v, http.StatusUnprocessableEntity, errs)
		return
	}
	in, err := c.Directory.ChangePassword(r.Context(), v.Visitor, r.RemoteAddr, old, password)
	if err != nil {
		aliases := passwordFields()
		aliases[string(refusal.LoginRefused)] = "old"
		if refusal.Of(err).First().Code == refusal.LoginRefused {
			c.accountPage(w, r, v, http.StatusUnprocessableEntity, []page.FieldError{{Field: "old", Message: v.t("account.old_wrong")}})
		} else if errs, ok := flaws(v.lang, err, aliases); ok {
			c.accountPage(w, r, v, http.StatusUnprocessableEntity, errs)
		} else {
			c.fail(w, r, err)
		}
		return
	}
	page.SetLogin(w, r, in.Cookie.Reveal())
	page.SetDevice(w, in.Device)
	http.Redirect(w, r, "/account?done=password", http.StatusSeeOther)
}

// passwordFields say that what is wrong with a password stands at its field.
func passwordFields() map[string]string {
	return map[string]string{string(refusal.PasswordTooShort): "password", string(refusal.PasswordIsLogin): "password"}
}

func (c *Console) logOutEverywhere(w http.ResponseWriter, r *http.Request, v *visit) {
	if _, err := c.Directory.LogOutEverywhere(r.Context(), v.Person); err != nil {
		c.fail(w, r, err)
		return
	}
	page.SetLogin(w, r, "")
	http.Redirect(w, r, "/login?done=out", http.StatusSeeOther)
}
