package directory

import (
	"context"
	"path/filepath"
	"sync"
	"testing"

	"prokura/catalogs"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mail"
	"prokura/internal/registry"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
)

var loaded = sync.OnceValues(func() (*registry.Catalogs, error) {
	var list []*catalog.Catalog
	for _, name := range catalogs.Names() {
		src, _ := catalogs.Builtin(name)
		c, _ := catalog.Load(name+".yaml", src)
		list = append(list, c)
	}
	return registry.NewCatalogs(list...)
})

// theCatalogs are those that ship, loaded once: nothing changes them.
func theCatalogs(t *testing.T) *registry.Catalogs {
	t.Helper()
	c, err := loaded()
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// letters is a mailer that keeps what it was told to send.
type letters struct {
	mu   sync.Mutex
	sent []mail.Letter
	fail error
}

func (l *letters) Send(_ context.Context, letter mail.Letter) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fail == nil {
		l.sent = append(l.sent, letter)
	}
	return l.fail
}

// house is a directory with people in it: ada administers acme and beta, bob is a user of acme.
type house struct {
	*world
	clock     *clock.Fake
	mails     *letters
	dir       string
	beta      id.Tenant
	ada, bob  store.User
	adaInBeta store.User
	seen      int // marks that a test looked at
}

const (
	adas = "correct horse battery"
	bobs = "another good password"
)

func newHouse(t *testing.T) *house { return buildHouse(t, false) }

// newMailHouse is one in which mail is sent.
func newMailHouse(t *testing.T) *house { return buildHouse(t, true) }

func buildHouse(t *testing.T, mailing bool) *house {
	t.Helper()
	h := &house{world: &world{t: t}, clock: clock.NewFake(noon), mails: &letters{}, dir: t.TempDir()}
	db, err := sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(t, h.dir), Clock: h.clock})
	h.ok(err)
	t.Cleanup(func() { db.Close() })
	sealer, err := seal.OpenFile(filepath.Join(h.dir, "seal.key"))
	h.ok(err)
	c := Config{Store: db, Clock: h.clock, Catalogs: theCatalogs(t), Sealer: sealer, Issuer: "https://prokura.example"}
	h.Directory = New(c)
	acme, err := h.CreateTenant(ctx, audit.Operator, NewTenant{Name: "Acme", ContentURL: "acme", Plan: "starter"})
	h.ok(err)
	beta, err := h.CreateTenant(ctx, audit.Operator, NewTenant{Name: "Beta", ContentURL: "beta", Plan: "starter"})
	h.ok(err)
	h.in, h.beta = acme.ID, beta.ID
	h.ada = h.person(h.in, "Ada@acme.example", adas, SuperAdmin)
	h.bob = h.person(h.in, "bob@acme.example", bobs, Member)
	h.adaInBeta = h.userIn(h.beta, "ada", SiteAdmin)
	inv, err := h.Invite(ctx, audit.Operator, h.beta, h.adaInBeta.ID, "en")
	h.ok(err)
	accepted, err := h.AcceptInvite(ctx, h.token(inv.Link), h.ada.Person)
	h.ok(err)
	h.adaInBeta = accepted.User
	if mailing {
		h.mail = h.mails
	}
	return h
}

func (h *house) ok(err error) {
	h.t.Helper()
	if err != nil {
		h.t.Fatal(err)
	}
}

// hashes are those of the passwords of the tests, made once: with the race detector, each takes a second.
var hashes sync.Map

// person makes a user whom somebody logs in as, as CreateUser does with a password.
func (h *house) person(in id.Tenant, name, password string, roles ...string) store.User {
	h.t.Helper()
	hash, ok := hashes.Load(password)
	if !ok {
		made, err := h.hasher.Hash(ctx, password)
		h.ok(err)
		hash, _ = hashes.LoadOrStore(password, made)
	}
	u, err := h.CreateUser(ctx, audit.Operator, in, NewUser{Name: name, Email: name, Roles: roles})
	h.ok(err)
	p := store.Person{ID: entropy.ID[id.Person](), Login: NormalLogin(name), PasswordHash: hash.(string), Created: u.Created}
	u.Person = p.ID
	h.ok(h.store.Do(ctx, userAct(audit.System, "test", in, u.ID), func(tx store.Tx) error {
		if err := tx.AddPerson(p); err != nil {
			return err
		}
		return tx.UpdateUser(u)
	}))
	return u
}

func (h *house) userIn(in id.Tenant, name string, roles ...string) store.User {
	h.t.Helper()
	u, err := h.CreateUser(ctx, audit.Operator, in, NewUser{Name: name, Email: name + "@example.org", Roles: roles})
	h.ok(err)
	return u
}

// token is what a link carries.
func (h *house) token(link string) string {
	h.t.Helper()
	const mark = "?" + LinkParameter + "="
	for i := range link {
		if len(link) > i+len(mark) && link[i:i+len(mark)] == mark {
			return link[i+len(mark):]
		}
	}
	h.t.Fatalf("%q is no link", link)
	return ""
}

// logIn logs in from an address of its own.
func (h *house) logIn(login, password string) LoggedIn {
	h.t.Helper()
	in, err := h.LogIn(ctx, Attempt{Login: login, Password: password, Remote: "192.0.2.1:1000"})
	h.ok(err)
	return in
}

// behindRequests does what waits.
func (h *house) behindRequests() {
	for len(h.later) > 0 {
		(<-h.later)(ctx)
	}
	for h.sendNotice(ctx) {
	}
}

// view reads the state.
func view[T any](h *house, fn func(store.Reader) (T, error)) T {
	h.t.Helper()
	out, err := read(ctx, h.Directory, fn)
	h.ok(err)
	return out
}
