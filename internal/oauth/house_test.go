package oauth

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

const (
	issuer   = testworld.Issuer
	callback = testworld.Callback
)

var (
	ctx  = context.Background()
	noon = testworld.Noon
	set  = testworld.Scopes
)

// house is the authorization endpoint on a real database. Acme has ada, its super administrator, ivy, who may install apps,
// and bob, who may not; ada has a user in beta, too. The apps belong to the developers' account, whose developer is dev.
type house struct {
	world   *testworld.World
	t       *testing.T
	clock   *clock.Fake
	db      store.Store
	dir     *directory.Directory
	reg     *registry.Registry
	uses    *access.Access
	govern  *govern.Decisions
	book    *docket.Docket
	pages   *Pages
	handler http.Handler

	acme, beta, makers store.Tenant
	users              map[string]store.User
	app                store.Client // contacts read required, companies read conditional, custom objects optional
}

func newHouse(t *testing.T) *house {
	t.Helper()
	h := emptyHouse(t, nil)
	h.acme, h.beta, h.makers = h.tenant("acme", "enterprise"), h.tenant("beta", "enterprise"), h.tenant("makers", "enterprise")
	h.user(h.acme, "ada", directory.SuperAdmin)
	h.user(h.acme, "ivy", directory.AppInstaller, "crm_editor")
	h.user(h.acme, "bob", "crm_editor")
	h.user(h.makers, "dev", directory.Developer)
	h.app = h.client(store.Registration{Name: "Acme Sync", Publisher: "Sync GmbH", RedirectURIs: []string{callback}, InstallURL: true, Wire: "hubspot",
		Required: set("crm.objects.contacts.read"), Conditional: set("crm.objects.companies.read"), Optional: set("crm.objects.deals.read")})
	return h
}

// emptyHouse is one with nobody in it. No catalogs: those that a world has.
func emptyHouse(t *testing.T, cats *registry.Catalogs) *house {
	t.Helper()
	w := testworld.New(t, testworld.Options{Catalogs: cats})
	renderer, err := page.New(page.Config{Clock: w.Clock, Log: w.Log})
	w.OK(err)
	pages, err := NewPages(PagesConfig{Access: w.Access, Govern: w.Decisions, Directory: w.Directory, Registry: w.Registry, Catalogs: w.Catalogs,
		Page: renderer, Sealer: w.Sealer, Docket: w.Docket, Clock: w.Clock, Log: w.Log, Issuer: issuer})
	w.OK(err)
	handler, err := New(Config{Access: w.Access, Docket: w.Docket, Clock: w.Clock, Log: w.Log, Issuer: issuer, Authorize: pages})
	w.OK(err)
	return &house{world: w, t: t, clock: w.Clock, db: w.Store, dir: w.Directory, reg: w.Registry, uses: w.Access, govern: w.Decisions, book: w.Docket,
		pages: pages, handler: handler, users: map[string]store.User{}}
}

func (h *house) ok(err error) {
	h.t.Helper()
	h.world.OK(err)
}

func (h *house) tenant(name, plan string) store.Tenant {
	h.t.Helper()
	t, err := h.dir.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: strings.ToUpper(name[:1]) + name[1:], ContentURL: name, Plan: plan})
	h.ok(err)
	h.governs(t, policy.Governance{Door: policy.DoorOpen})
	return t
}

// governs says how an account decides on apps. In a house users may, unless the test says otherwise.
func (h *house) governs(in store.Tenant, settings policy.Governance) {
	h.t.Helper()
	g, err := h.govern.Governance(ctx, in.ID)
	h.ok(err)
	_, err = h.govern.SetGovernance(ctx, govern.By{Actor: audit.Operator}, in.ID, settings, g.Version)
	h.ok(err)
}

func (h *house) user(in store.Tenant, name string, roles ...string) store.User {
	h.t.Helper()
	h.users[name] = h.world.Login(h.world.NewUser(in.ID, name, roles...), in.ContentURL+"/"+name, "")
	return h.users[name]
}

// userOf gives a person a user in another account.
func (h *house) userOf(name string, in store.Tenant, roles ...string) store.User {
	h.t.Helper()
	u := h.world.NewUser(in.ID, name, roles...)
	u.Person = h.users[name].Person
	h.do(func(tx store.Tx) error { return tx.UpdateUser(u) })
	return u
}

// client registers an app as it is given.
func (h *house) client(reg store.Registration) store.Client {
	h.t.Helper()
	return h.world.Register(func(c *store.Client) { c.Owner, c.Registration = h.makers.ID, reg })
}

func (h *house) do(fn func(store.Tx) error) {
	h.t.Helper()
	h.world.Do(fn)
}

func (h *house) view(fn func(store.Reader) error) {
	h.t.Helper()
	h.world.View(fn)
}

// installURL is a good install URL of the app; others are changed parameters, nil leaves one out.
func (h *house) installURL(others map[string]string) string {
	v := url.Values{"client_id": {h.app.ID.String()}, "redirect_uri": {callback}, "state": {"xyz"},
		"scope": {"crm.objects.contacts.read crm.objects.companies.read"}, "optional_scope": {"crm.objects.deals.read"}}
	for name, value := range others {
		if value == "-" {
			v.Del(name)
		} else {
			v.Set(name, value)
		}
	}
	return "/oauth/authorize?" + v.Encode()
}

// browser is a person's browser: it keeps cookies, and sends forms as they stand on the page it shows.
type browser struct {
	h       *house
	cookies map[string]string
	lang    string
}

func (h *house) browser() *browser { return &browser{h: h, cookies: map[string]string{}, lang: "en"} }

// as is a browser in which somebody is logged in.
func (h *house) as(name string) *browser {
	h.t.Helper()
	b := h.browser()
	b.logIn(name)
	return b
}

// logIn puts a login into the database, as the login page would: what it asks before is tested there.
func (b *browser) logIn(name string) { b.logInTo(name, b.h.users[name].Tenant) }

// logInTo leaves the account open where it is zero.
func (b *browser) logInTo(name string, in id.Tenant) {
	b.h.t.Helper()
	cookie, now := entropy.Token(id.LoginCookie), b.h.clock.Now()
	sum := cookie.Hash()
	b.h.do(func(tx store.Tx) error {
		key := sha256.Sum256(binary.BigEndian.AppendUint64(sum[:], tx.Head().Epoch)) // as the directory keeps it
		return tx.AddLogin(store.Login{Hash: key, Person: b.h.users[name].Person, Tenant: in, Created: now, Seen: now, Expires: now.Add(12 * time.Hour)})
	})
	b.cookies[page.LoginCookie] = cookie.Reveal()
}

// shown is what came back.
type shown struct {
	*httptest.ResponseRecorder
	b    *browser
	body string
	path string // that was asked for
	r    *http.Request
}

func (s *shown) request() *http.Request { return s.r }

func (b *browser) send(method, target string, form url.Values, headers ...string) *shown {
	b.h.t.Helper()
	var body *strings.Reader
	if body = strings.NewReader(""); form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(method, target, body)
	r.Host = "prokura.example"
	r.Header.Set("Accept-Language", b.lang)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	w := httptest.NewRecorder()
	b.h.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if b.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	if w.Code >= 500 {
		b.h.t.Errorf("%s %s: status %d: %s", method, target, w.Code, w.Body)
	}
	return &shown{w, b, w.Body.String(), r.URL.Path, r}
}

func (b *browser) get(target string) *shown {
	b.h.t.Helper()
	return b.send(http.MethodGet, target, nil)
}

var (
	formPattern  = regexp.MustCompile(`(?s)<form([^>]*)>(.*?)</form>`)
	inputPattern = regexp.MustCompile(`<input([^>]*)>`)
	attribute    = regexp.MustCompile(`([a-z_-]+)="([^"]*)"|\bchecked\b`)
)

func attributes(tag string) map[string]string {
	out := map[string]string{}
	for _, m := range attribute.FindAllStringSubmatch(tag, -1) {
		if m[1] == "" {
			out["checked"] = "checked"
			continue
		}
		out[m[1]] = html.UnescapeString(m[2])
	}
	return out
}

// form is the fields of the page's form with this action, as a browser would send them.
func (s *shown) form(action string) url.Values {
	s.b.h.t.Helper()
	for _, m := range formPattern.FindAllStringSubmatch(s.body, -1) {
		if attributes(m[1])["action"] != action {
			continue
		}
		v := url.Values{}
		for _, in := range inputPattern.FindAllStringSubmatch(m[2], -1) {
			a := attributes(in[1])
			if a["type"] != "checkbox" && a["type"] != "radio" || a["checked"] != "" {
				v.Add(a["name"], a["value"])
			}
		}
		return v
	}
	s.b.h.t.Fatalf("the page has no form to %s:\n%s", action, s.body)
	return nil
}

// submit sends a form of the page, with fields changed.
func (s *shown) submit(action string, change url.Values) *shown {
	s.b.h.t.Helper()
	v := s.form(action)
	for name, values := range change {
		v[name] = values
	}
	return s.b.send(http.MethodPost, action, v)
}

func (s *shown) decide(decision string) *shown {
	s.b.h.t.Helper()
	return s.submit("/oauth/authorize/decide", url.Values{"decision": {decision}})
}

// has fails unless the page shows all texts.
func (s *shown) has(texts ...string) *shown {
	s.b.h.t.Helper()
	plain := html.UnescapeString(s.body)
	for _, text := range texts {
		if !strings.Contains(plain, text) {
			s.b.h.t.Errorf("the page does not say %q:\n%s", text, plain)
		}
	}
	return s
}

func (s *shown) lacks(texts ...string) *shown {
	s.b.h.t.Helper()
	plain := html.UnescapeString(s.body)
	for _, text := range texts {
		if strings.Contains(plain, text) {
			s.b.h.t.Errorf("the page says %q:\n%s", text, plain)
		}
	}
	return s
}

// stays fails where an answer leads anywhere.
func (s *shown) stays(status int) *shown {
	s.b.h.t.Helper()
	if s.Code != status || s.Header().Get("Location") != "" {
		s.b.h.t.Errorf("%s: status %d, leads to %q; want %d and nowhere\n%s", s.path, s.Code, s.Header().Get("Location"), status, s.body)
	}
	return s
}

// toApp is what the app is told; it fails unless the answer leads there.
func (s *shown) toApp() url.Values {
	s.b.h.t.Helper()
	u, err := url.Parse(s.Header().Get("Location"))
	if err != nil || s.Code != http.StatusSeeOther || !strings.HasPrefix(u.String(), callback+"?") {
		s.b.h.t.Fatalf("status %d, leads to %q, want the app\n%s", s.Code, s.Header().Get("Location"), s.body)
	}
	q := u.Query()
	if q.Get("iss") != issuer {
		s.b.h.t.Errorf("iss is %q (A015)", q.Get("iss"))
	}
	return q
}

// token is the form token of a browser, as every page of ours has it.
func (h *house) token(b *browser) string {
	h.t.Helper()
	r := httptest.NewRequest("GET", "/", nil)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	return h.pages.Page.Token(httptest.NewRecorder(), r)
}
