package cli

import (
	"context"
	"log/slog"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prokura/catalogs"
	"prokura/internal/access"
	"prokura/internal/admin"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/feed"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/ledger"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
)

const contacts, deals = "crm.objects.contacts.read", "crm.objects.deals.read"

// governedWorld is an account in which an administrator decides on every app, behind the admin API.
type governedWorld struct {
	t      *testing.T
	db     *sqlite.Store
	env    map[string]string
	acme   store.Tenant
	bob    store.User
	sync   store.Client // an app, of a developer's account
	script store.ConnectedApp
	noon   time.Time
}

func newGovernedWorld(t *testing.T) *governedWorld {
	t.Helper()
	ctx := context.Background()
	w := &governedWorld{t: t, noon: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	src, ok := catalogs.Builtin("crm")
	if !ok {
		t.Fatal("the catalog crm does not ship")
	}
	cat, problems := catalog.Load("crm.yaml", src)
	if cat == nil {
		t.Fatal(problems)
	}
	cats, err := registry.NewCatalogs(cat)
	w.ok(err)
	dir, now, log := t.TempDir(), clock.NewFake(w.noon), slog.New(slog.DiscardHandler)
	w.db, err = sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(dir, "p.db"), Clock: now})
	w.ok(err)
	t.Cleanup(func() { w.db.Close() })
	memory := feed.New(feed.Config{Store: w.db, Clock: now, Log: log, Local: true})
	w.ok(memory.Sync(ctx))
	sealer, err := seal.OpenFile(filepath.Join(dir, "seal.key"))
	w.ok(err)
	keys, err := keyring.Open(ctx, keyring.Options{Store: w.db, Sealer: sealer, Clock: now, Issuer: "https://prokura.example"})
	w.ok(err)
	reg := registry.New(registry.Config{Store: w.db, Clock: now, Sealer: sealer, Catalogs: cats})
	uses, err := access.New(access.Config{Store: w.db, Memory: memory, Keys: keys, Registry: reg, Catalogs: cats, Clock: now, Log: log})
	w.ok(err)
	book, err := ledger.Open(ctx, ledger.Config{Store: w.db, Clock: now, Log: log, Sealer: sealer, Name: "prokura.example/audit"})
	w.ok(err)
	people := directory.New(directory.Config{Store: w.db, Clock: now, Catalogs: cats})
	operator := entropy.Token(id.OperatorToken)
	decisions := govern.New(govern.Config{Store: w.db, Registry: reg, Catalogs: cats, Clock: now, Log: log})
	api := httptest.NewServer(admin.New(admin.Config{Directory: people, Registry: reg, Access: uses, Govern: decisions, Catalogs: cats, Keys: keys, Store: w.db, Ledger: book,
		Docket: docket.New(docket.Config{Store: w.db, Clock: now, Log: log}), Clock: now, Log: log, Operator: operator.Hash()}))
	t.Cleanup(api.Close)
	w.env = map[string]string{"PROKURA_SERVER": api.URL, "PROKURA_TOKEN": operator.Reveal()}
	w.acme, err = people.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: "Acme", ContentURL: "acme", Plan: "enterprise"})
	w.ok(err)
	_, err = people.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: "Other", ContentURL: "other", Plan: "starter"})
	w.ok(err)
	w.bob, err = people.CreateUser(ctx, audit.Operator, w.acme.ID, directory.NewUser{Name: "bob", Roles: []string{"crm_editor"}})
	w.ok(err)
	made, err := reg.CreateClient(ctx, audit.Operator, registry.NewClient{Owner: w.acme.ID, Draft: registry.Draft{Name: "Sync", Publisher: "Sync GmbH", InstallURL: true,
		RedirectURIs: []string{"https://sync.example/cb"}, Required: []string{contacts}, Optional: []string{deals}}})
	w.ok(err)
	w.sync = made.Client
	w.script, err = reg.CreateConnectedApp(ctx, audit.Operator, w.acme.ID, registry.NewConnectedApp{Name: "Export"})
	w.ok(err)
	return w
}

func (w *governedWorld) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// do runs a command that must succeed, and answers its output.
func (w *governedWorld) do(args ...string) string {
	w.t.Helper()
	got := prokura(w.t, w.env, "", args...)
	if got.status != ExitOK {
		w.t.Fatalf("%v: %d\n%s%s", args, got.status, got.out, got.err)
	}
	return got.out
}

// shows fails the test where the output of a command lacks something.
func (w *governedWorld) shows(args []string, want ...string) {
	w.t.Helper()
	got := w.do(args...)
	for _, part := range want {
		if !strings.Contains(strings.Join(strings.Fields(got), " "), part) {
			w.t.Errorf("%v lacks %q:\n%s", args, part, got)
		}
	}
}

// refuses fails the test unless a command ends so, having said why.
func (w *governedWorld) refuses(status int, args []string, want ...string) {
	w.t.Helper()
	got := prokura(w.t, w.env, "", args...)
	if got.status != status {
		w.t.Errorf("%v: %d, want %d\n%s%s", args, got.status, status, got.out, got.err)
	}
	for _, part := range want {
		if !strings.Contains(got.err, part) {
			w.t.Errorf("%v does not say %q:\n%s", args, part, got.err)
		}
	}
}

// installed writes what bob's installation of the app leaves behind.
func (w *governedWorld) installed(scopes ...string) {
	w.t.Helper()
	set, err := scope.ParseSet(scopes)
	w.ok(err)
	act := audit.Act{Tenant: w.acme.ID, Actor: audit.System, Action: "grant.create", Target: "client " + w.sync.ID.String()}
	w.ok(w.db.Do(context.Background(), act, func(tx store.Tx) error {
		a, err := tx.AuthorizationOf(w.acme.ID, w.sync.ID)
		if err != nil {
			return err
		}
		if err := tx.PutConsent(store.Consent{Tenant: w.acme.ID, User: w.bob.ID, Client: w.sync.ID, Authorization: a.ID, Scopes: set, Updated: w.noon}); err != nil {
			return err
		}
		return tx.AddGrant(store.Grant{Tenant: w.acme.ID, ID: entropy.ID[id.Grant](), Client: w.sync.ID, Version: 1, Authorization: a.ID, User: w.bob.ID,
			Required: set, Scopes: set, Created: w.noon, Installed: w.noon, LastUsed: w.noon})
	}))
}

// called counts calls of the app.
func (w *governedWorld) called(method string, calls, daysAgo int) {
	w.t.Helper()
	w.ok(w.db.Tend(context.Background(), func(u store.Upkeep) error {
		return u.AddUses([]store.Use{{Tenant: w.acme.ID, Client: w.sync.ID, Day: w.noon.Truncate(24*time.Hour).AddDate(0, 0, -daysAgo), Catalog: "crm", Method: method, Calls: calls}})
	}))
}

func newAuthorizationID() id.Authorization { return entropy.ID[id.Authorization]() }

func actIn(w *governedWorld) audit.Act {
	return audit.Act{Tenant: w.acme.ID, Actor: audit.System, Action: "test", Target: "test"}
}

func scopeSet(t *testing.T, names ...string) scope.Set {
	t.Helper()
	set, err := scope.ParseSet(names)
	if err != nil {
		t.Fatal(err)
	}
	return set
}
