package cli

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"prokura/internal/admin"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

const contacts, deals = "crm.objects.contacts.read", "crm.objects.deals.read"

// governedWorld is an account in which an administrator decides on every app, behind the admin API.
type governedWorld struct {
	*testworld.World
	t      *testing.T
	db     store.Store
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
	in := testworld.New(t, testworld.Options{Catalogs: testworld.InForce("crm")})
	w := &governedWorld{World: in, t: t, db: in.Store, noon: testworld.Noon}
	_, w.env = serveAPI(t, in)
	var err error
	w.acme, err = in.Directory.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: "Acme", ContentURL: "acme", Plan: "enterprise"})
	w.ok(err)
	_, err = in.Directory.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: "Other", ContentURL: "other", Plan: "starter"})
	w.ok(err)
	w.bob = in.NewUser(w.acme.ID, "bob", "crm_editor")
	made, err := in.Registry.CreateClient(ctx, audit.Operator, registry.NewClient{Owner: w.acme.ID, Draft: registry.Draft{Name: "Sync", Publisher: "Sync GmbH", InstallURL: true,
		RedirectURIs: []string{"https://sync.example/cb"}, Required: []string{contacts}, Optional: []string{deals}}})
	w.ok(err)
	w.sync = made.Client
	w.script, err = in.Registry.CreateConnectedApp(ctx, audit.Operator, w.acme.ID, registry.NewConnectedApp{Name: "Export"})
	w.ok(err)
	return w
}

// serveAPI serves the admin API of a world, and answers its URL and the environment of a command that uses it.
func serveAPI(t *testing.T, in *testworld.World) (url string, env map[string]string) {
	t.Helper()
	operator := entropy.Token(id.OperatorToken)
	api := httptest.NewServer(admin.New(admin.Config{Directory: in.Directory, Registry: in.Registry, Access: in.Access, Govern: in.Decisions, Catalogs: in.Catalogs,
		Keys: in.Keys, Store: in.Store, Ledger: in.Ledger(), Docket: in.Docket, Clock: in.Clock, Log: in.Log, Operator: operator.Hash()}))
	t.Cleanup(api.Close)
	return api.URL, map[string]string{"PROKURA_SERVER": api.URL, "PROKURA_TOKEN": operator.Reveal()}
}

func (w *governedWorld) ok(err error) {
	w.t.Helper()
	w.OK(err)
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
	w.InstalledAt(w.noon, w.noon, w.bob, w.sync, scopes...)
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
