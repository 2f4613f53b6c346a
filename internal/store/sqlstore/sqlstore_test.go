package sqlstore

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // the driver named "sqlite"

	"prokura/internal/id"
	"prokura/internal/store"
)

// TestA247_stopped_in_the_middle: a step that breaks off leaves nothing of itself, those before it stay, and the next
// migration goes on from there.
func TestA247_stopped_in_the_middle(t *testing.T) {
	ctx := context.Background()
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	e := Engine{Dialect: goose.DialectSQLite3, Render: func(s string) string { return s },
		HasTable: `SELECT count(*) > 0 FROM sqlite_master WHERE type = 'table' AND name = $1`}
	steps := func(second string) []Migration {
		t.Helper()
		list, err := load(fstest.MapFS{
			"m/0001_a.sql": {Data: []byte("CREATE TABLE schema_sums (version BIGINT, name TEXT, sum TEXT); CREATE TABLE a (x TEXT);")},
			"m/0002_b.sql": {Data: []byte(second)},
		}, "m")
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	applied := func(list []Migration) (out []string) {
		for _, m := range list {
			if m.Applied {
				out = append(out, m.Name)
			}
		}
		return out
	}
	broken := steps("CREATE TABLE b (x TEXT); INSERT INTO nowhere VALUES (1);")
	if _, err := migrate(ctx, db, e, broken); err == nil {
		t.Fatal("a broken step was applied")
	}
	list, err := status(ctx, db, e, broken)
	if err != nil || !slices.Equal(applied(list), []string{"0001_a.sql"}) {
		t.Errorf("applied are %v (%v), want the first", applied(list), err)
	}
	if err := Current(list); !errors.Is(err, store.ErrSchema) || !strings.Contains(err.Error(), "migration 0002_b.sql is missing") {
		t.Errorf("Current: %v", err)
	}
	list, err = migrate(ctx, db, e, steps("CREATE TABLE b (x TEXT);"))
	if err != nil || len(applied(list)) != 2 || Current(list) != nil {
		t.Errorf("applied are %v (%v), want both", applied(list), err)
	}
}

func TestMigrations_areNumbered(t *testing.T) {
	for _, files := range []fstest.MapFS{
		{"m/0002_a.sql": {}},
		{"m/0001_a.sql": {}, "m/0003_b.sql": {}},
		{"m/first.sql": {}},
	} {
		if list, err := load(files, "m"); err == nil {
			t.Errorf("migrations %v were accepted as %v", files, list)
		}
	}
	if list, err := Migrations(); err != nil || len(list) == 0 || list[0].Name != "0001_first.sql" {
		t.Errorf("Migrations() = %v, %v", list, err)
	}
}

// TestSQL_listsColumns: no statement reads "all columns", which change with the schema.
func TestSQL_listsColumns(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	statements := 0
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING || !strings.HasPrefix(lit.Value, "`") {
				return true
			}
			statements++
			if strings.Contains(strings.ReplaceAll(lit.Value, "count(*)", ""), "*") {
				t.Errorf("%s: %s", file, lit.Value)
			}
			return true
		})
	}
	if statements < 80 {
		t.Errorf("only %d statements were found", statements)
	}
}

func TestEntries_goUp(t *testing.T) {
	var e Entries
	var last id.Entry
	at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for i := range 10_000 {
		if i == 5000 {
			at = at.Add(-time.Hour)
		}
		next := e.Next(at)
		if next.String() <= last.String() {
			t.Fatalf("%v came after %v", next, last)
		}
		last = next
	}
	s := e.Next(at.Add(24 * time.Hour)).String()
	if s[14] != '7' || !strings.ContainsRune("89ab", rune(s[19])) {
		t.Errorf("%s is no UUID of version 7 (RFC 9562 §5.7)", s)
	}
}

// TestMigration_findsOldClients: apps that were registered before they could be searched are found by their names.
func TestMigration_findsOldClients(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := Migrations()
	if err != nil {
		t.Fatal(err)
	}
	for i, m := range list {
		if _, err := db.Exec(sqliteTypes.Replace(m.source)); err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
		if i != 1 {
			continue
		}
		if _, err := db.Exec(`INSERT INTO clients (id, version, disabled, built_in, created) VALUES (x'01', 2, 0, 0, 1);
			INSERT INTO client_versions (client, number, registration, logo, changed_by, at) VALUES
			(x'01', 1, '{"name":"old","publisher":"x"}', '', '', 1), (x'01', 2, '{"name":"Sync","publisher":"Ex"}', '', '', 1)`); err != nil {
			t.Fatal(err)
		}
	}
	var search, found string
	err = db.QueryRow(`SELECT search, (SELECT group_concat(gram, '|' ORDER BY gram) FROM client_grams) FROM clients`).Scan(&search, &found)
	if want := "\nex|c\ne|nc\n|syn|ync"; err != nil || search != "sync\nex" || found != want {
		t.Errorf("found by %q, %q (%v), want %q", search, found, err, want)
	}
}

// TestMigration_capsDecisionsOnAllScopes: a decision on all scopes of an app goes as far as the version that was decided on.
func TestMigration_capsDecisionsOnAllScopes(t *testing.T) {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "test.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	list, err := Migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range list {
		if m.Name == "0006_whole.sql" {
			if _, err := db.Exec(decidedOnAll); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := db.Exec(sqliteTypes.Replace(m.source)); err != nil {
			t.Fatalf("%s: %v", m.Name, err)
		}
	}
	for client, want := range map[string]struct {
		whole, uncapped bool
		ceiling         string
	}{
		"01": {whole: true, ceiling: "contacts.read deals.read"}, // without what the second version added
		"02": {uncapped: true},                                   // built in
		"03": {whole: true},                                      // without any scope
		"04": {uncapped: true},                                   // installed by users
		"05": {ceiling: "contacts.read"},
		"06": {uncapped: true}, // nobody knows that version any more: then nothing is given
	} {
		var kept []byte
		if err := db.QueryRow(`SELECT terms FROM authorizations WHERE client = unhex($1)`, client).Scan(&kept); err != nil {
			t.Fatal(err)
		}
		var got terms
		if err := json.Unmarshal(kept, &got); err != nil {
			t.Fatalf("%s: %s: %v", client, kept, err)
		}
		if got.Whole != want.whole || got.Uncapped != want.uncapped || got.Ceiling.String() != want.ceiling || !got.Admission.All || got.Registration == 0 {
			t.Errorf("%s: %s", client, kept)
		}
	}
}

// decidedOnAll is what stood in the database before decisions on all scopes said which those were.
const decidedOnAll = `INSERT INTO tenants (id, name, content_url, plan, created) VALUES (x'aa', 'a', 'a', '', 1);
	INSERT INTO clients (id, version, disabled, built_in, created) VALUES (x'01', 2, 0, 0, 1), (x'02', 1, 0, 1, 1), (x'03', 1, 0, 0, 1),
		(x'04', 1, 0, 0, 1), (x'05', 1, 0, 0, 1), (x'06', 3, 0, 0, 1);
	INSERT INTO client_versions (client, number, registration, logo, changed_by, at) VALUES
		(x'01', 1, '{"name":"n","required":["contacts.read"],"conditional":[],"optional":["deals.read"]}', '', '', 1),
		(x'01', 2, '{"name":"n","required":["contacts.read"],"conditional":[],"optional":["deals.read","more"]}', '', '', 1),
		(x'02', 1, '{"name":"n","required":["contacts.read"],"conditional":[],"optional":[]}', '', '', 1),
		(x'03', 1, '{"name":"n","required":[],"conditional":[],"optional":[]}', '', '', 1),
		(x'04', 1, '{"name":"n","required":["contacts.read"],"conditional":[],"optional":[]}', '', '', 1),
		(x'05', 1, '{"name":"n","required":["contacts.read"],"conditional":[],"optional":[]}', '', '', 1);
	INSERT INTO authorizations (tenant, client, id, revoked, approved, installed, created, origin, terms) VALUES
		(x'aa', x'01', x'01', 0, '', 0, 1, 'administrator', '{"uncapped":true,"admission":{"all":true},"registration":1,"by":"x"}'),
		(x'aa', x'02', x'02', 0, '', 0, 1, 'administrator', '{"uncapped":true,"admission":{"all":true},"registration":1}'),
		(x'aa', x'03', x'03', 0, '', 0, 1, 'administrator', '{"uncapped":true,"admission":{"all":true},"registration":1}'),
		(x'aa', x'04', x'04', 0, '', 0, 1, 'user', '{"uncapped":true,"admission":{"all":true},"registration":1}'),
		(x'aa', x'05', x'05', 0, '', 0, 1, 'administrator', '{"ceiling":["contacts.read"],"admission":{"all":true},"registration":1}'),
		(x'aa', x'06', x'06', 0, '', 0, 1, 'administrator', '{"uncapped":true,"admission":{"all":true},"registration":1}')`
