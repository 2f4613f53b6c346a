package access

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"prokura/catalogs"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/feed"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/jws"
	"prokura/internal/keyring"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
)

const (
	issuer   = "https://prokura.example"
	audience = "https://content.example"
	readUsr  = "tableau:users:read"
	content  = "tableau:content:read"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is one process on a real database, with two tenants. Whatever a test needs beside, it makes.
type world struct {
	*Access
	*govern.Decisions
	t        *testing.T
	dir      string
	change   func(*Config)
	clock    *clock.Fake
	db       store.Store
	engine   func() (store.Store, error) // nil: SQLite
	analytic *catalog.Catalog

	told func(govern.Notice) // nil: nobody is

	acme, beta tenant
	n          int // JWTs made
}

// tenant is a tenant with a user named ada, who is its administrator, and a connected app with one secret.
type tenant struct {
	store.Tenant
	ada store.User
	app app
}

// app is what the script of a connected app knows.
type app struct {
	client id.Client
	kid    id.Secret
	secret string
}

// analytics is the catalog that ships, loaded once for all tests: nothing changes it.
var analytics = sync.OnceValue(func() *catalog.Catalog {
	src, _ := catalogs.Builtin("analytics")
	cat, problems := catalog.Load("analytics.yaml", src)
	if cat == nil {
		panic(problems)
	}
	return cat
})

// newWorld makes a world. change may alter what the uses are made of; nil leaves it as it is.
func newWorld(t *testing.T, change func(*Config)) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), change: change, clock: clock.NewFake(noon)}
	w.analytic = analytics()
	w.open()
	t.Cleanup(func() { w.db.Close() })
	w.acme, w.beta = w.tenant("acme"), w.tenant("beta")
	return w
}

// open starts the process; open after close is a restart.
func (w *world) open() {
	w.t.Helper()
	ctx := context.Background()
	local := w.engine == nil
	if local {
		w.engine = func() (store.Store, error) {
			return sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(w.t, w.dir), Clock: w.clock})
		}
	}
	db, err := w.engine()
	w.ok(err)
	w.db = db
	if local {
		w.engine = nil
	}
	cats, err := registry.NewCatalogs(w.analytic)
	w.ok(err)
	sealer, err := seal.OpenFile(filepath.Join(w.dir, "seal.key"))
	w.ok(err)
	c := Config{Store: db, Catalogs: cats, Clock: w.clock, Log: slog.New(slog.DiscardHandler)}
	c.Memory = feed.New(feed.Config{Store: db, Clock: w.clock, Log: c.Log, Local: local})
	w.ok(c.Memory.Sync(ctx))
	c.Keys, err = keyring.Open(ctx, keyring.Options{Store: db, Sealer: sealer, Clock: w.clock, Issuer: issuer})
	w.ok(err)
	c.Registry = registry.New(registry.Config{Store: db, Clock: w.clock, Sealer: sealer, Catalogs: cats})
	if w.change != nil {
		w.change(&c)
	}
	w.Access, err = New(c)
	w.ok(err)
	w.Decisions = govern.New(govern.Config{Store: c.Store, Registry: c.Registry, Catalogs: c.Catalogs, Clock: w.clock, Log: c.Log,
		Notify: func(n govern.Notice) {
			if w.told != nil {
				w.told(n)
			}
		}})
}

func (w *world) restart() {
	w.t.Helper()
	w.ok(w.db.Close())
	w.open()
}

// people is the directory of the running process.
func (w *world) people() *directory.Directory {
	return directory.New(directory.Config{Store: w.db, Clock: w.clock, Catalogs: w.catalogs})
}

func (w *world) tenant(name string) tenant {
	w.t.Helper()
	ctx := context.Background()
	d := w.people()
	t, err := d.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: name, ContentURL: name, Plan: "enterprise"})
	w.ok(err)
	ada, err := d.CreateUser(ctx, audit.Operator, t.ID, directory.NewUser{Name: "ada", Roles: []string{directory.SuperAdmin}})
	w.ok(err)
	return tenant{t, ada, w.app(t.ID, nil)}
}

// user makes one more user of acme.
func (w *world) user(name string) store.User {
	w.t.Helper()
	u, err := w.people().CreateUser(context.Background(), audit.Operator, w.acme.ID, directory.NewUser{Name: name})
	w.ok(err)
	return u
}

// app makes one more connected app.
func (w *world) app(in id.Tenant, scopes *[]string) app {
	w.t.Helper()
	made, err := w.registry.CreateConnectedApp(context.Background(), audit.Operator, in, registry.NewConnectedApp{Name: "script", Scopes: scopes})
	w.ok(err)
	return w.secret(in, made.Client)
}

// secret gives an app a secret.
func (w *world) secret(in id.Tenant, client id.Client) app {
	w.t.Helper()
	s, value, err := w.registry.CreateSecret(context.Background(), audit.Operator, in, client)
	w.ok(err)
	return app{client, s.ID, value}
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// claims are members of a JWT that differ from the good ones; nil leaves one out.
type claims map[string]any

// jwt signs what the app's script would sign for ada.
func (w *world) jwt(by app, differ claims) string {
	w.n++
	c := claims{"iss": by.client.String(), "aud": "tableau", "sub": "ada", "jti": fmt.Sprintf("j-%d-%s", w.n, entropy.ID[id.Session]()),
		"exp": w.clock.Now().Unix() + 300, "scp": []string{readUsr, content}}
	maps.Copy(c, differ)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return sign(map[string]any{"alg": "HS256", "typ": "JWT", "kid": by.kid.String()}, c, by.secret)
}

func sign(header, claims any, secret string) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	input := jws.Encode(h) + "." + jws.Encode(c)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(input))
	return input + "." + jws.Encode(m.Sum(nil))
}

// signIn signs ada in to acme.
func (w *world) signIn(by app, differ claims) SignedIn {
	w.t.Helper()
	s, err := w.SignIn(context.Background(), SignInRequest{ContentURL: "acme", Assertion: w.jwt(by, differ)})
	w.ok(err)
	return s
}

// call asks for a method of the catalog; the site is the token's unless it is given.
func (w *world) call(token, method string, site ...id.Tenant) error {
	m, ok := w.analytic.Method(method)
	if !ok {
		w.t.Fatalf("the catalog has no method %s", method)
	}
	req := &CallRequest{Credential: token, Catalog: w.analytic, Method: m, Tenant: w.acme.ID.String(), Audience: audience}
	if len(site) > 0 {
		req.Tenant = site[0].String()
	}
	_, err := w.Call(context.Background(), req)
	return err
}

// code is the first code of a refusal; "" is none.
func code(t *testing.T, err error) refusal.Code {
	t.Helper()
	if err == nil {
		return ""
	}
	if e, ok := err.(*refusal.Error); ok {
		return e.First().Code
	}
	r, ok := err.(*Refused)
	if !ok {
		t.Fatalf("%v is a %T, want a refusal", err, err)
	}
	if r.Verdict.Allowed() || len(r.Verdict.Findings) == 0 || r.Verdict.Findings[0] != refusal.Of(err).First() {
		t.Fatalf("the verdict %+v does not say what the error %v says", r.Verdict, err)
	}
	return r.Verdict.Findings[0].Code
}

// want fails unless the first code is one of those given.
func want(t *testing.T, err error, codes ...refusal.Code) {
	t.Helper()
	if got := code(t, err); !slices.Contains(codes, got) {
		t.Errorf("refused with %q, want %q", got, codes)
	}
}
