package admin

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prokura/catalogs"
	"prokura/internal/access"
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
	"prokura/internal/seal"
	"prokura/internal/store/sqlite"
	"prokura/internal/testsqlite"
	v1 "prokura/internal/v1"
)

var update = flag.Bool("update", false, "write the golden files anew")

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is the API of a process on a real database, behind a real HTTP server.
type world struct {
	t     *testing.T
	api   *API
	url   string
	token string
	clock *clock.Fake
	db    *sqlite.Store

	ledger *ledger.Ledger
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

// crm is the other one.
var crm = sync.OnceValue(func() *catalog.Catalog {
	src, _ := catalogs.Builtin("crm")
	cat, problems := catalog.Load("crm.yaml", src)
	if cat == nil {
		panic(problems)
	}
	return cat
})

func newWorld(t *testing.T, more ...*catalog.Catalog) *world {
	t.Helper()
	ctx := context.Background()
	w := &world{t: t, clock: clock.NewFake(noon)}
	cats, err := registry.NewCatalogs(append([]*catalog.Catalog{analytics()}, more...)...)
	w.ok(err)
	dir := t.TempDir()
	db, err := sqlite.Open(ctx, sqlite.Options{Path: testsqlite.File(t, dir), Clock: w.clock})
	w.ok(err)
	t.Cleanup(func() { db.Close() })
	w.db = db
	log := slog.New(slog.DiscardHandler)
	memory := feed.New(feed.Config{Store: db, Clock: w.clock, Log: log, Local: true})
	w.ok(memory.Sync(ctx))
	sealer, err := seal.OpenFile(filepath.Join(dir, "seal.key"))
	w.ok(err)
	keys, err := keyring.Open(ctx, keyring.Options{Store: db, Sealer: sealer, Clock: w.clock, Issuer: "https://prokura.example"})
	w.ok(err)
	reg := registry.New(registry.Config{Store: db, Clock: w.clock, Sealer: sealer, Catalogs: cats})
	uses, err := access.New(access.Config{Store: db, Memory: memory, Keys: keys, Registry: reg, Catalogs: cats, Clock: w.clock, Log: log})
	w.ok(err)
	w.ledger, err = ledger.Open(ctx, ledger.Config{Store: db, Clock: w.clock, Log: log, Sealer: sealer, Name: "prokura.example/audit"})
	w.ok(err)
	operator := entropy.Token(id.OperatorToken)
	w.token = operator.Reveal()
	w.api = New(Config{Directory: directory.New(directory.Config{Store: db, Clock: w.clock, Catalogs: cats, Issuer: "https://prokura.example"}),
		Registry: reg, Access: uses, Govern: govern.New(govern.Config{Store: db, Registry: reg, Catalogs: cats, Clock: w.clock, Log: log}), Catalogs: cats, Keys: keys, Store: db, Ledger: w.ledger,
		Docket: docket.New(docket.Config{Store: db, Clock: w.clock, Log: log}), Clock: w.clock, Log: log, Operator: operator.Hash()})
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// answered is what came back.
type answered struct {
	t      *testing.T
	asked  string
	status int
	header http.Header
	body   string
}

// send sends a request as it is given, with the operator's token unless the header says otherwise.
func (w *world) send(verb, path, body string, header http.Header) answered {
	w.t.Helper()
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r, err := http.NewRequest(verb, w.url+path, in)
	w.ok(err)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	r.Header.Set("Authorization", "Bearer "+w.token)
	for name, values := range header {
		r.Header[name] = values
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	w.ok(err)
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	w.ok(err)
	a := answered{w.t, verb + " " + path, resp.StatusCode, resp.Header, string(b)}
	w.fits(verb, path, body, a)
	return a
}

func (w *world) do(verb, path, body string) answered {
	w.t.Helper()
	return w.send(verb, path, body, nil)
}

// is fails the test unless the status is the one given.
func (a answered) is(status int) answered {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("%s: %d, want %d\n%s", a.asked, a.status, status, a.body)
	}
	if _, err := id.Parse[id.Reference](a.header.Get("Prokura-Reference")); err != nil {
		a.t.Errorf("%s: no reference", a.asked)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		a.t.Errorf("%s: may be cached", a.asked)
	}
	return a
}

// refused fails the test unless the answer is a problem with this status and code.
func (a answered) refused(status int, code string) v1.Problem {
	a.t.Helper()
	a.is(status)
	p := as[v1.Problem](a)
	if a.header.Get("Content-Type") != v1.ProblemType || p.Status != status || p.Code != code || p.Type != "about:blank" ||
		p.Reference != a.header.Get("Prokura-Reference") || p.Remedy.EN == "" || p.Remedy.DE == "" || len(p.Findings) == 0 {
		a.t.Errorf("%s: %d %s, want the code %s", a.asked, a.status, a.body, code)
	}
	return p
}

// as reads an answer.
func as[T any](a answered) T {
	a.t.Helper()
	var out T
	d := json.NewDecoder(strings.NewReader(a.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&out); err != nil {
		a.t.Fatalf("%s: %v in %s", a.asked, err, a.body)
	}
	return out
}

// tenant makes a tenant and answers its path.
func (w *world) tenant(contentURL string) string {
	w.t.Helper()
	made := w.do("POST", "/v1/tenants", `{"name":"T","content_url":"`+contentURL+`","plan":"starter"}`).is(201)
	return "/v1/tenants/" + as[v1.Tenant](made).ID
}

// make makes something below a path and answers its own path.
func (w *world) make(path, body string) string {
	w.t.Helper()
	return w.do("POST", path, body).is(201).header.Get("Location")
}

// golden compares with a file of testdata.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
