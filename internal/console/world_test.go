package console

import (
	"context"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

const (
	issuer   = testworld.Issuer
	password = "correct horse battery"
)

var noon = testworld.Noon

// world is one console on a real database. Acme has ada, its super administrator, who has a user in beta too, and eve, who
// only uses apps.
type world struct {
	*Console
	process *testworld.World
	t       *testing.T
	clock   *clock.Fake
	db      store.Store

	acme, beta store.Tenant
	ada, eve   store.User
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOf(t, testworld.Options{})
}

func newWorldOf(t *testing.T, o testworld.Options) *world {
	t.Helper()
	in := testworld.New(t, o)
	pages, err := page.New(page.Config{Clock: in.Clock, Log: in.Log})
	in.OK(err)
	c, err := New(Config{Store: in.Store, Directory: in.Directory, Registry: in.Registry, Catalogs: in.Catalogs, Access: in.Access, Govern: in.Decisions,
		Docket: in.Docket, Ledger: in.Ledger(), Page: pages, Clock: in.Clock, Log: in.Log, Issuer: issuer})
	in.OK(err)
	return &world{Console: c, process: in, t: t, clock: in.Clock, db: in.Store}
}

// settled is a world with its people.
func settled(t *testing.T) *world { return settledIn(newWorld(t)) }

// settledIn puts its people into a world.
func settledIn(w *world) *world {
	w.acme, w.beta = w.tenant("Acme", "acme"), w.tenant("Beta", "beta")
	w.ada = w.user(w.acme, "ada@example.com", "Ada Lovelace", directory.SuperAdmin)
	w.eve = w.user(w.acme, "eve@example.com", "Eve Example", directory.Member)
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	w.process.OK(err)
}

func (w *world) tenant(name, contentURL string) store.Tenant {
	w.t.Helper()
	t, err := w.Directory.CreateTenant(context.Background(), audit.Operator, directory.NewTenant{Name: name, ContentURL: contentURL, Plan: w.Catalogs.Plans()[0]})
	w.ok(err)
	return t
}

// hashed is the hash of the password that everybody has: making one takes its time.
var hashed = sync.OnceValues(func() (string, error) { return directory.NewHasher(1).Hash(context.Background(), password) })

func (w *world) user(in store.Tenant, name, full string, roles ...string) store.User {
	w.t.Helper()
	ctx := context.Background()
	u, err := w.Directory.CreateUser(ctx, audit.Operator, in.ID, directory.NewUser{Name: name, FullName: full, Roles: roles})
	w.ok(err)
	hash, err := hashed()
	w.ok(err)
	return w.process.Login(u, directory.NormalLogin(name), hash)
}

// join makes the person of a user a user of another tenant, too.
func (w *world) join(u store.User, in store.Tenant, roles ...string) store.User {
	w.t.Helper()
	ctx := context.Background()
	made, err := w.Directory.CreateUser(ctx, audit.Operator, in.ID, directory.NewUser{Name: u.Name, FullName: u.FullName, Roles: roles})
	w.ok(err)
	d, err := w.Directory.Invite(ctx, audit.Operator, in.ID, made.ID, "en")
	w.ok(err)
	_, err = w.Directory.AcceptInvite(ctx, tokenOf(d.Link), u.Person)
	w.ok(err)
	return made
}

// tokenOf is the token of a link.
func tokenOf(link string) string {
	u, _ := url.Parse(link)
	return u.Query().Get(directory.LinkParameter)
}

// app registers an app of acme.
func (w *world) app(name string, required, conditional, optional []string) store.Client {
	w.t.Helper()
	made, err := w.Registry.CreateClient(context.Background(), audit.Operator, registry.NewClient{Owner: w.acme.ID, Draft: registry.Draft{
		Name: name, Publisher: "Acme GmbH", RedirectURIs: []string{"https://app.example.com/cb"}, InstallURL: true,
		Contact:  store.Contact{Mail: "dev@example.com", Page: "https://app.example.com"},
		Required: required, Conditional: conditional, Optional: optional}})
	w.ok(err)
	return made.Client
}

// opens lets the users of acme decide on apps.
func (w *world) opens() {
	w.t.Helper()
	w.govern(policy.Governance{Door: policy.DoorOpen})
}

func (w *world) govern(g policy.Governance) {
	w.t.Helper()
	was, err := w.Govern.Governance(context.Background(), w.acme.ID)
	w.ok(err)
	_, err = w.Govern.SetGovernance(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, g, was.Version)
	w.ok(err)
}

// installed writes what an installation two days ago left behind, with which the app called three hours ago.
func (w *world) installed(u store.User, c store.Client, scopes ...string) store.Grant {
	w.t.Helper()
	return w.process.InstalledAt(noon.Add(-48*time.Hour), noon.Add(-3*time.Hour), u, c, scopes...)
}

// browser is one browser: it keeps cookies, and sends the forms of the page that it shows.
type browser struct {
	*world
	cookies map[string]string
	lang    string
	path    string // of the page shown
	status  int
	header  http.Header
	body    string
}

func (w *world) browser() *browser {
	return &browser{world: w, cookies: map[string]string{}, lang: "en"}
}

// as is a browser in which somebody has logged in.
func (w *world) as(u store.User) *browser {
	w.t.Helper()
	b := w.browser()
	b.open("/login").send("/login", "login", u.Name, "password", password)
	if b.status != http.StatusSeeOther {
		w.t.Fatalf("signing in answered %d: %s", b.status, b.text())
	}
	return b
}

func (b *browser) do(r *http.Request) *browser {
	b.t.Helper()
	r.Header.Set("Accept-Language", b.lang)
	for name, value := range b.cookies {
		r.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	rec := httptest.NewRecorder()
	b.Console.ServeHTTP(rec, r)
	res := rec.Result()
	for _, c := range res.Cookies() {
		if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			b.t.Errorf("the cookie %s is weak: %+v", c.Name, c)
		}
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		} else {
			b.cookies[c.Name] = c.Value
		}
	}
	body, _ := io.ReadAll(res.Body)
	b.path, b.status, b.header, b.body = r.URL.RequestURI(), res.StatusCode, res.Header, string(body)
	return b
}

// open asks for a page.
func (b *browser) open(path string) *browser {
	b.t.Helper()
	return b.do(httptest.NewRequest("GET", path, nil))
}

var (
	tokenInput = regexp.MustCompile(`name="form_token" value="([^"]+)"`)
	tags       = regexp.MustCompile(`(?s)<(script|style).*?</(script|style)>|<[^>]*>`)
	spaces     = regexp.MustCompile(`\s+`)
)

// send posts a form with the token of the page that is shown.
func (b *browser) send(path string, pairs ...string) *browser {
	b.t.Helper()
	f := url.Values{}
	if m := tokenInput.FindStringSubmatch(b.body); m != nil {
		f.Set(page.TokenField, html.UnescapeString(m[1]))
	}
	for i := 0; i < len(pairs); i += 2 {
		f.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest("POST", path, strings.NewReader(f.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

// follow goes where the answer leads.
func (b *browser) follow() *browser {
	b.t.Helper()
	if b.status != http.StatusSeeOther {
		b.t.Fatalf("%s answered %d, not a redirect: %s", b.path, b.status, b.text())
	}
	return b.open(b.header.Get("Location"))
}

// text is the page as it reads.
func (b *browser) text() string {
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString(b.body, " ")), " "))
}

// shows fails unless the page has the status and all of the texts.
func (b *browser) shows(status int, texts ...string) *browser {
	b.t.Helper()
	if b.status != status {
		b.t.Errorf("%s answered %d, want %d: %s", b.path, b.status, status, b.text())
	}
	for _, want := range texts {
		if !strings.Contains(b.text(), want) {
			b.t.Errorf("%s does not show %q: %s", b.path, want, b.text())
		}
	}
	return b
}

// lacks fails if the page shows one of the texts.
func (b *browser) lacks(texts ...string) *browser {
	b.t.Helper()
	for _, no := range texts {
		if strings.Contains(b.text(), no) {
			b.t.Errorf("%s shows %q", b.path, no)
		}
	}
	return b
}

// leads fails unless the answer is a redirect to the place.
func (b *browser) leads(to string) *browser {
	b.t.Helper()
	if got := b.header.Get("Location"); b.status != http.StatusSeeOther || got != to {
		b.t.Errorf("%s answered %d and leads to %q, want %q: %s", b.path, b.status, got, to, b.text())
	}
	return b
}

// directoryReach reaches the apps of acme.
func directoryReach(w *world) registry.Reach { return registry.OwnedBy(w.acme.ID) }
