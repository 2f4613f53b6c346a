package page

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"

	"prokura/internal/entropy"
)

// The cookies of ours. The prefix keeps hosts beside us and plain HTTP from setting them (A174).
const (
	// BrowserCookie tells browsers apart, whoever is logged in: forms and pending requests are bound to it.
	BrowserCookie = "__Host-prokura_browser"
	// LoginCookie is a person's login.
	LoginCookie = "__Host-prokura_login"
)

// TokenField is the name of the hidden field that carries the form token.
const TokenField = "form_token"

// MaxForm bounds a posted form, in bytes. It has room for a sealed request of 64 KiB and a logo.
const MaxForm = 2 << 20

// ErrFormToken says that a form was not sent by a page that we gave to this browser and this login: another site sent it,
// or somebody logged in, out, or changed the account meanwhile (A171, A173).
var ErrFormToken = errors.New("the form is not of a page that is open in this browser")

// Browser is the value of the browser's cookie, which is set where the browser has none.
func (p *Renderer) Browser(w http.ResponseWriter, r *http.Request) string {
	value := cookie(r, BrowserCookie)
	if b, err := base64.RawURLEncoding.DecodeString(value); err == nil && len(b) == 32 {
		return value
	}
	value = base64.RawURLEncoding.EncodeToString(entropy.Bytes(32))
	setCookie(w, BrowserCookie, value, 365*24*60*60)
	// Whoever asks again while this request is answered gets the same.
	replaceCookie(r, BrowserCookie, value)
	return value
}

// Token is the form token of this browser and login.
func (p *Renderer) Token(w http.ResponseWriter, r *http.Request) string {
	return p.token(p.Browser(w, r), cookie(r, LoginCookie))
}

func (p *Renderer) token(browser, login string) string {
	m := hmac.New(sha256.New, p.key)
	m.Write([]byte("form\x00" + browser + "\x00" + login))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}

// Check says whether a posted form may be acted on: the browser does not call it foreign, and its token is that of this
// browser and login. The form has been parsed before; see [Parse].
func (p *Renderer) Check(r *http.Request) error {
	if err := p.cross.Check(r); err != nil {
		return err
	}
	browser, sent := cookie(r, BrowserCookie), r.PostForm[TokenField]
	if browser == "" || len(sent) != 1 || !hmac.Equal([]byte(sent[0]), []byte(p.token(browser, cookie(r, LoginCookie)))) {
		return ErrFormToken
	}
	return nil
}

// ParseForm reads a posted form, at most [MaxForm] bytes of it. Files stay in memory.
func ParseForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, MaxForm)
	err := r.ParseMultipartForm(MaxForm)
	if errors.Is(err, http.ErrNotMultipart) {
		err = nil // it was parsed as a plain form
	}
	if r.PostForm == nil {
		r.PostForm = url.Values{}
	}
	return err
}

// Guard lets a handler see only what is a GET or HEAD, or a form that [Renderer.Check] accepts, already parsed. Whatever
// else comes is answered with a page that says so.
func (p *Renderer) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.Method {
		case http.MethodGet, http.MethodHead:
		case http.MethodPost:
			if err := ParseForm(w, r); err != nil {
				p.Problem(w, r, http.StatusBadRequest, "form_unreadable")
				return
			}
			if err := p.Check(r); err != nil {
				p.log.Info("form refused", "path", r.URL.Path, "err", err)
				p.Problem(w, r, http.StatusForbidden, "form_outdated")
				return
			}
		default:
			w.Header().Set("Allow", "GET, HEAD, POST")
			p.Problem(w, r, http.StatusMethodNotAllowed, "method")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Problem shows a page that says in one sentence what is wrong and what to do: kind names the texts problem.<kind>.title and
// problem.<kind>.text. It repeats nothing of the request (A188).
func (p *Renderer) Problem(w http.ResponseWriter, r *http.Request, status int, kind string) {
	lang := LangOf(r)
	p.Render(w, r, status, "problem", View{Title: T(lang, "problem."+kind+".title"), Data: T(lang, "problem."+kind+".text")})
}

// cookie is the value of a cookie; one that was sent twice is none (A174).
func cookie(r *http.Request, name string) string {
	found := r.CookiesNamed(name)
	if len(found) != 1 {
		return ""
	}
	return found[0].Value
}

// replaceCookie makes later readers of the request see a cookie that was set just now.
func replaceCookie(r *http.Request, name, value string) {
	all := r.Cookies()
	r.Header.Del("Cookie")
	for _, c := range all {
		if c.Name != name {
			r.AddCookie(c)
		}
	}
	if value != "" {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
}

// SetLogin sets the cookie of a login for its browser session, and makes later readers of the request see it: what is
// rendered then has the form token of the new login. The empty value removes it.
func SetLogin(w http.ResponseWriter, r *http.Request, value string) {
	age := 0
	if value == "" {
		age = -1
	}
	setCookie(w, LoginCookie, value, age)
	replaceCookie(r, LoginCookie, value)
}

// Login is the value of the login cookie; one that was sent twice is none.
func Login(r *http.Request) string { return cookie(r, LoginCookie) }

func setCookie(w http.ResponseWriter, name, value string, age int) {
	http.SetCookie(w, &http.Cookie{Name: name, Value: value, Path: "/", MaxAge: age, Secure: true, HttpOnly: true, SameSite: http.SameSiteLaxMode})
}
