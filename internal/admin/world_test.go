package admin

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/ledger"
	"prokura/internal/store"
	"prokura/internal/testworld"
	v1 "prokura/internal/v1"
)

var noon = testworld.Noon

// world is the API of a process on a real database, behind a real HTTP server.
type world struct {
	t       *testing.T
	process *testworld.World
	api     *API
	url     string
	token   string
	clock   *clock.Fake
	db      store.Store

	ledger *ledger.Ledger
}

// crm is the catalog that some tests have in force beside analytics.
func crm() *catalog.Catalog { return testworld.CRM() }

func newWorld(t *testing.T, more ...*catalog.Catalog) *world {
	t.Helper()
	in := testworld.New(t, testworld.Options{Catalogs: testworld.Together(append([]*catalog.Catalog{testworld.Analytics()}, more...)...)})
	w := &world{t: t, process: in, clock: in.Clock, db: in.Store, ledger: in.Ledger()}
	operator := entropy.Token(id.OperatorToken)
	w.token = operator.Reveal()
	w.api = New(Config{Directory: in.Directory, Registry: in.Registry, Access: in.Access, Govern: in.Decisions, Catalogs: in.Catalogs, Keys: in.Keys,
		Store: in.Store, Ledger: w.ledger, Docket: in.Docket, Clock: in.Clock, Log: in.Log, Operator: operator.Hash()})
	server := httptest.NewServer(w.api)
	t.Cleanup(server.Close)
	w.url = server.URL
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	w.process.OK(err)
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
