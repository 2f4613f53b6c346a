package genesys

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

const (
	issuer   = testworld.Issuer
	callback = "https://app.example/cb"
)

var (
	ctx  = context.Background()
	noon = testworld.Noon
)

// world is the wire on a real database, with the accounts acme and beta. Acme has ada, its site administrator, and una, who has
// no role; each account has an app, which its users use with whatever scopes a test wants.
type world struct {
	*testworld.World
	t       *testing.T
	clock   *clock.Fake
	db      store.Store
	dir     *directory.Directory
	reg     *registry.Registry
	uses    *access.Access
	govern  *govern.Decisions
	book    *docket.Docket
	handler *Handler

	acme, beta    store.Tenant
	ada, una, eve store.User // eve administers beta
	tool          store.Client
	secrets       map[id.Client]string
	names         map[string]string // of ids, for goldens
}

func newWorld(t *testing.T) *world {
	t.Helper()
	in := testworld.New(t, testworld.Options{Catalogs: testworld.InForce()})
	w := &world{World: in, t: t, clock: in.Clock, db: in.Store, dir: in.Directory, reg: in.Registry, uses: in.Access, govern: in.Decisions, book: in.Docket,
		secrets: map[id.Client]string{}, names: map[string]string{}}
	var err error
	w.handler, err = New(Config{Access: w.uses, Govern: w.govern, Registry: w.reg, Catalogs: in.Catalogs, Store: w.db, Docket: w.book, Clock: w.clock, Log: in.Log})
	w.ok(err)
	w.acme, w.beta = w.tenant("acme"), w.tenant("beta")
	w.ada, w.una, w.eve = w.user(w.acme, "ada", directory.SiteAdmin), w.user(w.acme, "una"), w.user(w.beta, "eve", directory.SiteAdmin)
	w.tool = w.app("tool", w.acme, store.Registration{})
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	w.OK(err)
}

func (w *world) tenant(name string) store.Tenant {
	w.t.Helper()
	t, err := w.dir.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: strings.ToUpper(name), ContentURL: name, Plan: "enterprise"})
	w.ok(err)
	w.names[t.ID.String()] = name
	return t
}

func (w *world) user(in store.Tenant, name string, roles ...string) store.User {
	w.t.Helper()
	u, err := w.dir.CreateUser(ctx, audit.Operator, in.ID, directory.NewUser{Name: name, Email: name + "@acme.example", Roles: roles})
	w.ok(err)
	w.names[u.ID.String()] = name
	return u
}

// holder is a user of acme whose role holds just these permissions.
func (w *world) holder(name string, permissions ...string) store.User {
	w.t.Helper()
	_, err := w.dir.CreateRole(ctx, audit.Operator, store.Role{Tenant: w.acme.ID, ID: "r_" + name, Name: name, Permissions: permissions})
	w.ok(err)
	return w.user(w.acme, name, "r_"+name)
}

// app is a registered app with a secret, whose scopes are all that the contact center has unless the registration names some.
func (w *world) app(name string, owner store.Tenant, reg store.Registration) store.Client {
	w.t.Helper()
	reg.Name, reg.Publisher = name, strings.ToUpper(owner.ContentURL)
	if len(reg.RedirectURIs) == 0 {
		reg.RedirectURIs = []string{callback}
	}
	if reg.Required.Len()+reg.Conditional.Len()+reg.Optional.Len() == 0 {
		reg.Conditional = w.handler.catalog.Concrete()
	}
	c := store.Client{ID: entropy.ID[id.Client](), Owner: owner.ID, Version: 1, Registration: reg, Created: noon}
	w.do(func(tx store.Tx) error {
		return tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: reg, By: "user " + w.eve.ID.String() + " eve", At: noon})
	})
	w.secrets[c.ID], w.names[c.ID.String()] = w.ClientSecret(c.ID), name
	return c
}

func (w *world) do(fn func(store.Tx) error) {
	w.t.Helper()
	w.Do(fn)
}

// authorize decides on an app for a tenant as its administrator would.
func (w *world) authorize(in store.Tenant, c store.Client) store.Authorization {
	w.t.Helper()
	var auth store.Authorization
	w.do(func(tx store.Tx) (err error) {
		if auth, err = tx.AuthorizationOf(in.ID, c.ID); err == nil {
			return nil
		}
		auth = store.FirstAuthorization(in.ID, entropy.ID[id.Authorization](), c, noon)
		auth.Origin, auth.ForItself = policy.ByAdministrator, true
		return tx.AddAuthorization(auth)
	})
	return auth
}

// issued are the tokens that a user gives an app with these scopes.
func (w *world) issued(u store.User, c store.Client, scopes string) access.Issued {
	w.t.Helper()
	t := w.acme
	if u.Tenant == w.beta.ID {
		t = w.beta
	}
	w.authorize(t, c)
	code, _ := w.Gave(u, c, nil, strings.Fields(scopes)...)
	out, err := w.uses.Redeem(ctx, access.RedeemRequest{Proof: w.proof(c), Code: code, RedirectURI: callback, Remote: "192.0.2.1:1"})
	w.ok(err)
	return out
}

func (w *world) proof(c store.Client) access.Proof {
	return access.Proof{Kind: access.SecretProof, Client: c.ID.String(), Secret: w.secrets[c.ID]}
}

// token is an access token of the tool for a user.
func (w *world) token(u store.User, scopes string) string {
	w.t.Helper()
	return w.issued(u, w.tool, scopes).AccessToken
}

func set(t *testing.T, list string) scope.Set {
	t.Helper()
	s, err := scope.ParseList(list)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// answered is what came back.
type answered struct {
	*httptest.ResponseRecorder
	w    *world
	body map[string]any
}

// send sends a request with an access token, and a body where there is one.
func (w *world) send(token, verb, path, body string, headers ...string) answered {
	w.t.Helper()
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	r := httptest.NewRequest(verb, path, reader)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a := answered{httptest.NewRecorder(), w, nil}
	w.handler.ServeHTTP(a, r)
	if a.Body.Len() > 0 {
		if err := json.Unmarshal(a.Body.Bytes(), &a.body); err != nil {
			w.t.Fatalf("%s %s answered %q", verb, path, a.Body)
		}
	}
	return a
}

func (a answered) status(want int) answered {
	a.w.t.Helper()
	if a.Code != want {
		a.w.t.Fatalf("answered %d %s, want %d", a.Code, a.Body, want)
	}
	return a
}

func (a answered) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

// refused wants a refusal.
func (a answered) refused(status int, code string) answered {
	a.w.t.Helper()
	if a.status(status).text("code") != code || a.body["status"] != float64(status) || a.text("contextId") != a.Header().Get(ReferenceHeader) || a.text("contextId") == "" {
		a.w.t.Errorf("answered %s, want %s", a.Body, code)
	}
	return a
}

var (
	anID     = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
	aSecret  = regexp.MustCompile(`"secret":"[^"]+"`)
	inOrder  = jsontext.WithIndent("  ")
	unlisted = "{some id}"
)

// shown is an answer for a golden file: names in place of ids, and no secret.
func (a answered) shown() string {
	a.w.t.Helper()
	out := anID.ReplaceAllStringFunc(aSecret.ReplaceAllString(a.Body.String(), `"secret":"{the secret}"`), func(s string) string {
		if name, ok := a.w.names[s]; ok {
			return "{" + name + "}"
		}
		return unlisted
	})
	v := jsontext.Value(out)
	if err := v.Indent(inOrder); err != nil {
		a.w.t.Fatalf("%q: %v", out, err)
	}
	return string(v) + "\n"
}

// entities are the ids of a list.
func (a answered) entities() []string {
	var out []string
	list, _ := a.body["entities"].([]any)
	for _, e := range list {
		m, _ := e.(map[string]any)
		s, _ := m["id"].(string)
		out = append(out, s)
	}
	return out
}

// without is a body with the reference taken out.
func (a answered) without() string {
	return strings.ReplaceAll(a.Body.String(), a.text("contextId"), "{reference}")
}

var _ http.Handler = (*Handler)(nil)
