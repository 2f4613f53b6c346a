package server

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/config"
	"prokura/internal/console"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/token"
)

// things are one of everything that a tenant has, by what a line calls it: some have several, each of which a stranger may know.
type things map[string][]string

func (w things) one(kind string) string { return w[kind][0] }

// estate is a server with several tenants, and what each of them has.
type estate struct {
	*node
	use       *console.Console // for the services below it
	ctx       context.Context
	strangers int
	tools     store.Client // the app that Genesys' wire is called with, which every tenant authorized
}

const passphrase = "correct horse battery"

var hashedPassphrase = sync.OnceValues(func() (string, error) { return directory.NewHasher(1).Hash(context.Background(), passphrase) })

func newEstate(t *testing.T) *estate {
	cfg := settings(t.TempDir(), "127.0.0.1:0", echo(t))
	cfg.Limits.FailuresPerMinute = 1_000_000
	cfg.Routes = append(cfg.Routes, config.Route{Prefix: "/api/v2", Catalog: "contactcenter", Dialect: "genesys", Upstream: echo(t), Audience: "center"})
	e := &estate{node: serve(t, cfg), ctx: context.Background()}
	for _, o := range e.inner.front.(*front).owners {
		if c, ok := o.Handler.(*console.Console); ok {
			e.use = c
		}
	}
	made, err := e.use.Registry.CreateClient(e.ctx, audit.Operator, registry.NewClient{Draft: registry.Draft{Name: "Tools", Publisher: "Us",
		RedirectURIs: []string{"https://tools.example/cb"}, Required: []string{"oauth", "authorization", "users"}}})
	e.ok(err)
	e.tools = made.Client
	return e
}

func (e *estate) ok(err error) {
	e.t.Helper()
	if err != nil {
		e.t.Fatal(err)
	}
}

func (e *estate) write(in id.Tenant, fn func(store.Tx) error) {
	e.t.Helper()
	e.ok(e.inner.store.Do(e.ctx, audit.Act{Tenant: in, Actor: audit.System, Action: "test"}, fn))
}

// fill makes a tenant with everything. Word stands in the name of each thing, so that an answer that shows one is found.
func (e *estate) fill(word string) things {
	e.t.Helper()
	d, r, operator := e.use.Directory, e.use.Registry, audit.Operator
	t, err := d.CreateTenant(e.ctx, operator, directory.NewTenant{Name: word + " Inc.", ContentURL: word, Plan: "enterprise"})
	e.ok(err)
	in := t.ID
	w := things{"tenant": {in.String()}, "content_url": {word}}
	add := func(kind string, ids ...string) { w[kind] = append(w[kind], ids...) }

	role, err := d.CreateRole(e.ctx, operator, store.Role{Tenant: in, ID: "r_" + word, Name: word + " role"})
	e.ok(err)
	add("role", role.ID)
	head := e.person(in, word+"-head", directory.SuperAdmin, directory.SiteAdmin)
	add("admin", head.ID.String())
	add("login", head.Name)
	e.person(in, word+"-deputy", directory.SuperAdmin, directory.SiteAdmin) // so that the head may go
	user, err := d.CreateUser(e.ctx, operator, in, directory.NewUser{Name: word + "-user", FullName: word + " User", Roles: []string{role.ID, directory.AppInstaller}})
	e.ok(err)
	add("user", user.ID.String())
	add("user_name", user.Name)
	group, err := d.CreateGroup(e.ctx, operator, in, word+" group")
	e.ok(err)
	e.ok(d.AddMember(e.ctx, operator, in, group.ID, user.ID))
	add("group", group.ID.String())

	script, err := r.CreateConnectedApp(e.ctx, operator, in, registry.NewConnectedApp{Name: word + " script"})
	e.ok(err)
	kept, value, err := r.CreateSecret(e.ctx, operator, in, script.Client)
	e.ok(err)
	add("app", script.Client.String())
	add("secret", kept.ID.String())
	add("secret_value", value)

	// What the tenant registered. The first is in use there; the second is switched off, so that nobody else may know of it.
	own := e.register(in, word+" app")
	e.grantTo(in, head, own, w)
	e.grantTo(in, user, own, w)
	off := e.register(in, word+" hidden app")
	_, err = r.SwitchClient(e.ctx, operator, off.ID, false)
	e.ok(err)
	add("own", own.ID.String(), off.ID.String())
	made, shown, err := r.CreateClientSecret(e.ctx, operator, registry.Everybody(), own.ID)
	e.ok(err)
	add("own_secret", made.ID.String())
	add("own_secret_value", shown.Reveal())
	add("client", own.ID.String())                          // what its own administrators decide on
	add("private", off.ID.String(), script.Client.String()) // and of what others may not know that it is

	wanted := e.register(id.Tenant{}, "Wanted by "+word)
	asked, err := e.use.Govern.Ask(e.ctx, govern.By{Actor: operator, User: user.ID}, in, wanted.ID, govern.Wish{Reason: word})
	e.ok(err)
	add("request", asked.ID.String())
	add("wanted", wanted.ID.String())

	_, err = e.use.Govern.Authorize(e.ctx, govern.By{Actor: operator}, in, e.tools.ID, govern.Terms{Uncapped: true, Admission: policy.Admission{All: true}})
	e.ok(err)
	add("reference", e.use.Docket.Record(docket.Case{At: time.Now(), Door: "gateway", Method: "get_" + word, Path: "/" + word, Tenant: in, User: user.ID, Client: own.ID,
		Proven: true, Findings: []refusal.Finding{{Code: refusal.ScopeNotGranted, Got: word, Want: word}}}).String())
	e.ok(e.inner.docket.Flush(e.ctx))
	book, err := e.use.Ledger.Find(e.ctx, in, store.AuditFilter{}, id.Entry{}, 1)
	e.ok(err)
	add("entry", book.Entries[0].ID.String())
	if !strings.HasPrefix(word, "zyxwv") {
		add("tools", e.tools.ID.String()) // which is everybody's
	}
	return w
}

// person is a user who can log in.
func (e *estate) person(in id.Tenant, name string, roles ...string) store.User {
	e.t.Helper()
	u, err := e.use.Directory.CreateUser(e.ctx, audit.Operator, in, directory.NewUser{Name: name, FullName: name, Roles: roles})
	e.ok(err)
	hash, err := hashedPassphrase()
	e.ok(err)
	p := store.Person{ID: entropy.ID[id.Person](), Login: directory.NormalLogin(name), PasswordHash: hash, Created: u.Created}
	u.Person = p.ID
	e.write(in, func(tx store.Tx) error {
		if err := tx.AddPerson(p); err != nil {
			return err
		}
		return tx.UpdateUser(u)
	})
	return u
}

func (e *estate) register(owner id.Tenant, name string) store.Client {
	e.t.Helper()
	made, err := e.use.Registry.CreateClient(e.ctx, audit.Operator, registry.NewClient{Owner: owner, Draft: registry.Draft{Name: name, Publisher: name,
		RedirectURIs: []string{"https://app.example/cb"}, InstallURL: true, Required: []string{"tableau:content:read"}, Optional: []string{"tableau:users:read"}}})
	e.ok(err)
	return made.Client
}

// grantTo installs an app for a user, with all tokens that a developer of it could hold.
func (e *estate) grantTo(in id.Tenant, u store.User, c store.Client, w things) {
	e.t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	scopes := scope.NewSet(scope.MustParse("tableau:content:read"), scope.MustParse("tableau:users:read"))
	auth := store.FirstAuthorization(in, entropy.ID[id.Authorization](), c, now)
	auth.Approved, auth.Origin = scopes, policy.ByAdministrator
	decided := false
	e.ok(e.inner.store.View(e.ctx, func(r store.Reader) error {
		was, err := r.AuthorizationOf(in, c.ID)
		if decided = err == nil; decided {
			auth = was
		}
		return nil
	}))
	g := store.Grant{Tenant: in, ID: entropy.ID[id.Grant](), Client: c.ID, Version: c.Version, Authorization: auth.ID, User: u.ID, Required: scopes, Scopes: scopes,
		Created: now, Installed: now}
	code, refresh := id.NewLocated(id.Code, in, [32]byte(entropy.Bytes(32))), id.NewLocated(id.RefreshToken, in, [32]byte(entropy.Bytes(32)))
	e.write(in, func(tx store.Tx) error {
		for _, add := range []func() error{
			func() error {
				if decided {
					return nil
				}
				return tx.AddAuthorization(auth)
			},
			func() error {
				return tx.PutConsent(store.Consent{Tenant: in, User: u.ID, Client: c.ID, Authorization: auth.ID, Scopes: scopes, Updated: now})
			},
			func() error { return tx.AddGrant(g) },
			func() error {
				return tx.AddCode(store.Code{Tenant: in, Hash: code.Hash(), Grant: g.ID, Client: c.ID, RedirectURI: "https://app.example/cb", Created: now, Expires: now.Add(time.Hour)})
			},
			func() error {
				return tx.AddRefreshToken(store.RefreshToken{Tenant: in, Hash: refresh.Hash(), Grant: g.ID, Client: c.ID, Created: now, Expires: now.Add(time.Hour)})
			},
		} {
			if err := add(); err != nil {
				return err
			}
		}
		return nil
	})
	w["grant"], w["code"], w["refresh"] = []string{g.ID.String()}, []string{code.Reveal()}, []string{refresh.Reveal()}
	w["access"] = []string{e.access(in, u, c, auth.ID, g.ID, scopes)}
}

// access is an access token as the server signs them.
func (e *estate) access(in id.Tenant, u store.User, c store.Client, auth id.Authorization, grant id.Grant, scopes scope.Set) string {
	e.t.Helper()
	now := time.Now().UTC().Truncate(time.Second)
	out, err := e.inner.keys.Current().Access(&token.Access{ID: entropy.ID[id.Session](), Tenant: in, User: u.ID, Client: c.ID, Authorization: auth, Grant: grant,
		Scopes: scopes, Name: u.Name, Plan: "enterprise", Roles: u.Roles, State: e.inner.memory.Head(), Issued: now, Expires: now.Add(time.Hour)})
	e.ok(err)
	return out
}

// calling is an access token of the tools for the head of a tenant.
func (e *estate) calling(w things) string {
	e.t.Helper()
	in, user := parsed[id.Tenant](e.t, w.one("tenant")), parsed[id.User](e.t, w.one("admin"))
	u, err := e.use.Directory.User(e.ctx, in, user)
	e.ok(err)
	s, err := e.use.Govern.Authorization(e.ctx, in, e.tools.ID)
	e.ok(err)
	g := store.Grant{Tenant: in, ID: entropy.ID[id.Grant](), Client: e.tools.ID, Version: 1, Authorization: s.ID, User: user,
		Scopes: e.tools.Registration.Required, Created: time.Now().UTC().Truncate(time.Second)}
	e.write(in, func(tx store.Tx) error { return tx.AddGrant(g) })
	return e.access(in, u, e.tools, s.ID, g.ID, e.tools.Registration.Required)
}

// visitor is a browser in which somebody has logged in.
type visitor struct {
	*estate
	cookies map[string]string
	form    string // the token of its forms
}

var formToken = regexp.MustCompile(`name="form_token" value="([^"]+)"`)

func (e *estate) visit(login string) *visitor {
	e.t.Helper()
	v := &visitor{estate: e, cookies: map[string]string{}}
	v.open("/login")
	if a := v.ask("POST", "/login", url.Values{"login": {login}, "password": {passphrase}}.Encode()); a.Code != http.StatusSeeOther {
		e.t.Fatalf("logging in answered %d: %s", a.Code, a.Body)
	}
	v.open("/account")
	return v
}

func (v *visitor) open(path string) {
	v.t.Helper()
	m := formToken.FindStringSubmatch(v.ask("GET", path, "").Body.String())
	if m == nil {
		v.t.Fatalf("%s has no form", path)
	}
	v.form = m[1]
}

// ask sends a request with the cookies, and a form with its token.
func (v *visitor) ask(verb, path, form string) *httptest.ResponseRecorder {
	v.t.Helper()
	if verb == http.MethodPost {
		form = strings.TrimPrefix(form+"&"+url.Values{page.TokenField: {v.form}}.Encode(), "&")
	}
	return v.answer(verb, path, form, func(h http.Header) {
		h.Set("Content-Type", "application/x-www-form-urlencoded")
		h.Set("Sec-Fetch-Site", "same-origin")
		h.Set("Accept-Language", "en")
		for name, value := range v.cookies {
			h.Add("Cookie", name+"="+value)
		}
	}, func(c *http.Cookie) {
		if v.cookies[c.Name] = c.Value; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	})
}

// answer sends a request to the whole server.
func (e *estate) answer(verb, path, body string, dress func(http.Header), cookies ...func(*http.Cookie)) *httptest.ResponseRecorder {
	e.t.Helper()
	r := httptest.NewRequest(verb, path, strings.NewReader(body))
	r.Host = strings.TrimPrefix(e.base, "http://")
	dress(r.Header)
	if body == "" {
		r.Body = http.NoBody
		r.ContentLength = 0
	}
	a := httptest.NewRecorder()
	e.inner.front.ServeHTTP(a, r)
	for _, take := range cookies {
		for _, c := range a.Result().Cookies() {
			take(c)
		}
	}
	return a
}
