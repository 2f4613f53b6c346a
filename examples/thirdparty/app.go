package thirdparty

import (
	"crypto/rand"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"
)

// App is one app that the server plays.
type App struct {
	Slug         string // in the paths of this server
	Name         string
	About        string // what there is to see
	ClientID     string
	ClientSecret string // empty: a public client
	RedirectURI  string // of this server's /callback
	Scopes       []string
	Optional     []string
	TokenPath    string   // of the token endpoint; empty is /oauth/token
	Calls        []string // paths of the API that it offers to read
}

// Server plays apps. It is an http.Handler and safe for concurrent use.
type Server struct {
	issuer string
	apps   []App
	http   *http.Client
	mux    *http.ServeMux

	mu       sync.Mutex
	begun    map[string]begun   // held: mu; by state
	sessions map[string]session // held: mu; by cookie
}

// begun is an installation that was begun.
type begun struct {
	app      App
	browser  string
	verifier string
	at       time.Time
}

// session is what a browser may use here.
type session struct {
	app   App
	token *oauth2.Token
}

// begunLife is how long an installation may take, and most how many are remembered.
const (
	begunLife = time.Hour
	most      = 1000
)

// New plays apps before an issuer, the base URL of Prokura. A nil client is one with a timeout of ten seconds.
func New(issuer string, apps []App, client *http.Client) (*Server, error) {
	if u, err := url.Parse(issuer); err != nil || u.Host == "" {
		return nil, errors.New("the issuer is not a URL with a host")
	}
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	s := &Server{issuer: issuer, apps: apps, http: client, mux: http.NewServeMux(), begun: map[string]begun{}, sessions: map[string]session{}}
	s.mux.HandleFunc("GET /{$}", s.home)
	s.mux.HandleFunc("GET /install/{app}", s.install)
	s.mux.HandleFunc("GET /callback", s.callback)
	s.mux.HandleFunc("GET /app", s.app)
	s.mux.HandleFunc("POST /call", s.call)
	s.mux.HandleFunc("POST /refresh", s.refresh)
	return s, nil
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer") // the callback's URL has the code in it
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	if r.Method == http.MethodPost {
		if err := http.NewCrossOriginProtection().Check(r); err != nil {
			s.problem(w, http.StatusForbidden, "This form was sent from another page.")
			return
		}
	}
	s.mux.ServeHTTP(w, r)
}

// config is how x/oauth2 knows an app.
func (s *Server) config(a App) *oauth2.Config {
	path := a.TokenPath
	if path == "" {
		path = "/oauth/token"
	}
	return &oauth2.Config{ClientID: a.ClientID, ClientSecret: a.ClientSecret, RedirectURL: a.RedirectURI, Scopes: a.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: s.issuer + "/oauth/authorize", TokenURL: s.issuer + path, AuthStyle: oauth2.AuthStyleInParams}}
}

// InstallURL is the URL that an app publishes: what it asks for, without the state of anybody's browser.
func InstallURL(issuer string, a App) string {
	q := url.Values{"client_id": {a.ClientID}, "redirect_uri": {a.RedirectURI}, "scope": {strings.Join(a.Scopes, " ")}}
	if len(a.Optional) > 0 {
		q.Set("optional_scope", strings.Join(a.Optional, " "))
	}
	return issuer + "/oauth/authorize?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}

const browserCookie = "thirdparty_browser"

// browser is the cookie that knows this browser again, made where it is missing.
func browser(w http.ResponseWriter, r *http.Request) string {
	if c, err := r.Cookie(browserCookie); err == nil && c.Value != "" {
		return c.Value
	}
	v := rand.Text()
	http.SetCookie(w, &http.Cookie{Name: browserCookie, Value: v, Path: "/", HttpOnly: true, SameSite: http.SameSiteLaxMode})
	return v
}

// keep remembers an installation that was begun, and forgets old ones.
func (s *Server) keep(state string, b begun) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, old := range s.begun {
		if time.Since(old.at) > begunLife || len(s.begun) >= most {
			delete(s.begun, k)
		}
	}
	s.begun[state] = b
}

// take takes what was begun under a state, once, and only for the browser that began it.
func (s *Server) take(state, browser string) (begun, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b, ok := s.begun[state]
	if !ok || b.browser != browser || time.Since(b.at) > begunLife {
		return begun{}, false
	}
	delete(s.begun, state)
	return b, true
}

func (s *Server) put(browser string, v session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.sessions {
		if len(s.sessions) >= most {
			delete(s.sessions, k)
		}
	}
	s.sessions[browser] = v
}

func (s *Server) current(r *http.Request) (browser string, v session, ok bool) {
	c, err := r.Cookie(browserCookie)
	if err != nil {
		return "", session{}, false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok = s.sessions[c.Value]
	return c.Value, v, ok
}
