package registry

import (
	"context"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prokura/catalogs"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
	"prokura/internal/token"
)

var (
	noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	ctx  = context.Background()
)

type world struct {
	*Registry
	t  *testing.T
	in id.Tenant
}

func analytics(t *testing.T) *catalog.Catalog {
	t.Helper()
	src, _ := catalogs.Builtin("analytics")
	cat, problems := catalog.Load("analytics.yaml", src)
	if cat == nil {
		t.Fatal(problems)
	}
	return cat
}

func newWorld(t *testing.T) *world {
	t.Helper()
	dir := t.TempDir()
	c := clock.NewFake(noon)
	db, err := sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(t, dir), Clock: c})
	w := &world{t: t, in: entropy.ID[id.Tenant]()}
	w.ok(err)
	t.Cleanup(func() { db.Close() })
	sealer, err := seal.OpenFile(filepath.Join(dir, "seal.key"))
	w.ok(err)
	cats, err := NewCatalogs(analytics(t))
	w.ok(err)
	w.Registry = New(Config{Store: db, Clock: c, Sealer: sealer, Catalogs: cats})
	w.ok(db.Do(ctx, audit.Act{Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
		return tx.AddTenant(store.Tenant{ID: w.in, Name: "Acme", ContentURL: "acme", Plan: "starter", Created: noon})
	}))
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) app(scopes ...string) store.ConnectedApp {
	w.t.Helper()
	n := NewConnectedApp{Name: "script"}
	if len(scopes) > 0 {
		n.Scopes = &scopes
	}
	app, err := w.CreateConnectedApp(ctx, audit.Operator, w.in, n)
	w.ok(err)
	return app
}

func want(t *testing.T, err error, code refusal.Code) {
	t.Helper()
	if err == nil || refusal.Of(err).First().Code != code {
		t.Errorf("%v, want %s", err, code)
	}
}

func TestUpdateConnectedApp_marks_what_takes_something_away_and_nothing_else(t *testing.T) {
	on, off, name := true, false, "other"
	less, more, none := []string{"tableau:users:read"}, []string{"tableau:users:*", "tableau:content:read"}, []string{}
	tests := []struct {
		name   string
		has    []string
		change ConnectedAppChange
		mark   func(store.ConnectedApp) mark.Subject // nil: none
		lost   string
	}{
		{"another name", nil, ConnectedAppChange{Name: &name}, nil, ""},
		{"enabled, as it is", nil, ConnectedAppChange{Enabled: &on}, nil, ""},
		{"disabled", nil, ConnectedAppChange{Enabled: &off}, func(a store.ConnectedApp) mark.Subject { return mark.Subject{Tenant: a.Tenant, Client: a.Client} }, ""},
		{"more scopes", less, ConnectedAppChange{SetScopes: true, Scopes: &more}, nil, ""},
		{"the whole catalog", less, ConnectedAppChange{SetScopes: true}, nil, ""},
		{"scopes that were not to be changed", more, ConnectedAppChange{Scopes: &none}, nil, ""},
		{"fewer scopes", more, ConnectedAppChange{SetScopes: true, Scopes: &less}, authorization,
			"tableau:content:read tableau:users:create tableau:users:delete tableau:users:update"},
		{"no scopes", less, ConnectedAppChange{SetScopes: true, Scopes: &none}, authorization, "tableau:users:read"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			app := w.app(tt.has...)
			_, err := w.UpdateConnectedApp(ctx, audit.Operator, w.in, app.Client, tt.change)
			w.ok(err)
			marks, _, err := w.store.Marks(ctx)
			w.ok(err)
			if tt.mark == nil {
				if len(marks) != 0 {
					t.Errorf("%+v", marks)
				}
				return
			}
			if len(marks) != 1 || marks[0].Subject != tt.mark(app) || marks[0].Lost.String() != tt.lost || marks[0].Until != noon.Add(token.MaxLife) {
				t.Errorf("%+v", marks)
			}
		})
	}
}

func authorization(a store.ConnectedApp) mark.Subject {
	return mark.Subject{Tenant: a.Tenant, Authorization: a.Authorization}
}

// TestUpdateConnectedApp_from_the_whole_catalog takes away all the rest of it.
func TestUpdateConnectedApp_from_the_whole_catalog(t *testing.T) {
	w := newWorld(t)
	app := w.app()
	less := []string{"tableau:users:read"}
	_, err := w.UpdateConnectedApp(ctx, audit.Operator, w.in, app.Client, ConnectedAppChange{SetScopes: true, Scopes: &less})
	w.ok(err)
	marks, _, err := w.store.Marks(ctx)
	w.ok(err)
	if len(marks) != 1 || marks[0].Lost.Len() != w.catalogs.All().Len()-1 || marks[0].Lost.Has(scope.MustParse("tableau:users:read")) {
		t.Errorf("%+v", marks)
	}
}

// TestA036_a_wildcard_is_assigned_as_its_members_of_today.
func TestA036_a_wildcard_is_assigned_as_its_members_of_today(t *testing.T) {
	w := newWorld(t)
	app := w.app("tableau:users:*")
	if got := app.Scopes.String(); got != "tableau:users:create tableau:users:delete tableau:users:read tableau:users:update" {
		t.Errorf("assigned %s", got)
	}
	for _, bad := range [][]string{{"tableau:*"}, {"*"}, {"tableau:us*:read"}, {"tableau:users:*:x"}, {"Tableau:users:read"}} {
		_, err := w.CreateConnectedApp(ctx, audit.Operator, w.in, NewConnectedApp{Name: "x", Scopes: &bad})
		want(t, err, refusal.ScopeUnknown)
	}
	// Each name that is not known is told.
	_, err := w.CreateConnectedApp(ctx, audit.Operator, w.in, NewConnectedApp{Name: "x", Scopes: &[]string{"b", "tableau:users:read", "a"}})
	var told []string
	for _, f := range refusal.Of(err).Findings {
		told = append(told, f.Scope)
	}
	if strings.Join(told, " ") != "a b" {
		t.Errorf("told of %v", told)
	}
}

func TestCreateSecret_of_many_at_once_two_win(t *testing.T) {
	w := newWorld(t)
	app := w.app()
	var won, refused atomic.Int32
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			_, _, err := w.CreateSecret(ctx, audit.Operator, w.in, app.Client)
			switch {
			case err == nil:
				won.Add(1)
			case refusal.Of(err).First().Code == refusal.SecretLimit:
				refused.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	all.Wait()
	app, err := w.ConnectedApp(ctx, w.in, app.Client)
	w.ok(err)
	if won.Load() != 2 || refused.Load() != 14 || len(app.Secrets) != 2 {
		t.Errorf("%d won, %d were refused, %d are there", won.Load(), refused.Load(), len(app.Secrets))
	}
}

func TestSecrets_are_sealed_each_in_its_place(t *testing.T) {
	w := newWorld(t)
	app := w.app()
	one, value, err := w.CreateSecret(ctx, audit.Operator, w.in, app.Client)
	w.ok(err)
	two, _, err := w.CreateSecret(ctx, audit.Operator, w.in, app.Client)
	w.ok(err)
	if strings.Contains(string(one.Sealed), value) {
		t.Error("the value is stored in the clear")
	}
	opened, err := w.SecretValue(one)
	w.ok(err)
	if string(opened.Reveal()) != value {
		t.Error("opened as something else")
	}
	// A240: what is moved to another row does not open.
	one.Sealed, two.Sealed = two.Sealed, one.Sealed
	for _, s := range []store.Secret{one, two} {
		if _, err := w.SecretValue(s); err == nil {
			t.Error("a secret opens in another's place")
		}
	}
}

func TestDeleteSecret_marks_that_secret(t *testing.T) {
	w := newWorld(t)
	app, other := w.app(), w.app()
	s, _, err := w.CreateSecret(ctx, audit.Operator, w.in, app.Client)
	w.ok(err)
	want(t, w.DeleteSecret(ctx, audit.Operator, w.in, other.Client, s.ID), refusal.ObjectNotFound)
	want(t, w.DeleteSecret(ctx, audit.Operator, entropy.ID[id.Tenant](), app.Client, s.ID), refusal.ObjectNotFound)
	if marks, _, _ := w.store.Marks(ctx); len(marks) != 0 {
		t.Errorf("a refused deletion leaves %+v", marks)
	}
	w.ok(w.DeleteSecret(ctx, audit.Operator, w.in, app.Client, s.ID))
	marks, _, err := w.store.Marks(ctx)
	w.ok(err)
	if len(marks) != 1 || marks[0].Subject != (mark.Subject{Tenant: w.in, Secret: s.ID}) {
		t.Errorf("%+v", marks)
	}
}

func TestCatalogs(t *testing.T) {
	cat := analytics(t)
	if _, err := NewCatalogs(cat, cat); err == nil {
		t.Error("two catalogs of one name are in force")
	}
	c, err := NewCatalogs(cat)
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := c.Named("analytics"); !ok {
		t.Error("analytics is not found")
	}
	if _, ok := c.Named("other"); ok {
		t.Error("other is found")
	}
	if got := strings.Join(c.Plans(), " "); got != "starter enterprise" && got != "enterprise starter" {
		t.Errorf("plans %q", got)
	}
	concrete, unknown := c.Expand(scope.NewSet(scope.MustParse("tableau:groups:*"), scope.MustParse("x")))
	if concrete.Len() != 4 || unknown.String() != "x" {
		t.Errorf("%s, unknown %s", concrete, unknown)
	}
	none, err := NewCatalogs()
	if err != nil {
		t.Fatal(err)
	}
	if concrete, unknown := none.Expand(scope.NewSet(scope.MustParse("x"))); concrete.Len() != 0 || unknown.Len() != 1 {
		t.Error("no catalog knows a scope")
	}
}
