package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"prokura/catalogs"
	"prokura/internal/access"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/dialect/tableau"
	"prokura/internal/docket"
	"prokura/internal/gateway"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

func TestMain(m *testing.M) {
	if os.Getenv(partner) != "" {
		if err := bePartner(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	// net/http keeps a connection that it closes early for half a second, so that the client can read the answer.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("net/http.(*conn).closeWriteAndWait"))
}

const (
	site  = "9a8b7c6d-0000-4000-8000-000000000001"
	other = "9a8b7c6d-0000-4000-8000-000000000002"
	token = "eyJ0eXAi.the-session-token.of-the-test"
	ident = "eyJ.identity.header"
	views = "/api/3.21/sites/" + site + "/views"
)

// wire is the dialect of the tests: the real one.
type wire struct{}

func (wire) Credential(h http.Header) (access.Credential, error) { return tableau.Wire{}.Credential(h) }

func (wire) WriteRefusal(w http.ResponseWriter, r *http.Request, ref id.Reference, err error) {
	tableau.WriteError(w, r, ref, err)
}

// decision stands in for internal/access, which has tests of its own: one token of one site, which can be revoked.
type decision struct {
	mu      sync.Mutex
	asked   []access.CallRequest
	revoked bool
}

func (d *decision) Call(_ context.Context, q *access.CallRequest) (access.Pass, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.asked = append(d.asked, *q)
	switch {
	case q.Credential != token:
		return access.Pass{}, refuse(refusal.CredentialInvalid)
	case d.revoked:
		return access.Pass{}, refuse(refusal.CredentialRevoked)
	case q.Method == nil:
		return access.Pass{}, refuse(refusal.MethodUnknown)
	case q.Tenant != "" && q.Tenant != site:
		return access.Pass{}, refuse(refusal.TenantMismatch)
	}
	return access.Pass{Caller: &access.Caller{}, Identity: ident}, nil
}

func (d *decision) Still(*access.Caller) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.revoked {
		return refuse(refusal.CredentialRevoked)
	}
	return nil
}

func (d *decision) revoke() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.revoked = true
}

func refuse(c refusal.Code) error { return refusal.New(refusal.Finding{Code: c}) }

// book remembers what it is given.
type book struct {
	mu      sync.Mutex
	cases   []docket.Case
	repeats bool // all cases are repetitions of the first
}

func (b *book) Record(c docket.Case) id.Reference {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.cases = append(b.cases, c)
	if b.repeats {
		return b.cases[0].Reference
	}
	return c.Reference
}

func (b *book) codes() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	out := []string{}
	for _, c := range b.cases {
		out = append(out, string(c.Findings[0].Code))
	}
	return out
}

// world is a gateway in front of an upstream, all of it on loopback.
type world struct {
	t        testing.TB
	access   *decision
	docket   *book
	gateway  *gateway.Gateway
	address  string // of the gateway
	upstream string // address of the upstream
	mu       sync.Mutex
	seen     []*http.Request // by the upstream
}

type option func(*setup)

type setup struct {
	config   gateway.Config
	route    *gateway.Route
	server   *http.Server
	upstream http.Handler
	address  string // of an upstream that is there already
}

func answerWith(h http.HandlerFunc) option    { return func(s *setup) { s.upstream = h } }
func inFrontOf(address string) option         { return func(s *setup) { s.address = address } }
func withRoute(f func(*gateway.Route)) option { return func(s *setup) { f(s.route) } }
func withGate(f func(*gateway.Config)) option { return func(s *setup) { f(&s.config) } }
func withServer(f func(*http.Server)) option  { return func(s *setup) { f(s.server) } }
func withTimeouts(t gateway.Timeouts) option {
	return withRoute(func(r *gateway.Route) { r.Timeouts = t })
}
func recheckEvery(d time.Duration) option { return withGate(func(c *gateway.Config) { c.Recheck = d }) }

func analytics(t testing.TB) *catalog.Catalog {
	t.Helper()
	src, _ := catalogs.Builtin("analytics")
	c, problems := catalog.Load("analytics.yaml", src)
	if c == nil {
		t.Fatalf("loading the catalog: %v", problems)
	}
	return c
}

// begin builds a world. Everything in it ends with the test.
func begin(t testing.TB, options ...option) *world {
	t.Helper()
	w := &world{t: t, access: &decision{}, docket: &book{}}
	s := &setup{
		config: gateway.Config{Dialect: wire{}, Access: w.access, Docket: w.docket, Clock: clock.System{},
			Log: slog.New(slog.DiscardHandler)},
		route:  &gateway.Route{Prefix: "/api", Catalog: analytics(t), Dialect: wire{}, Audience: "https://upstream.test"},
		server: &http.Server{ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)},
		upstream: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			fmt.Fprint(rw, "hello")
		}),
	}
	gateway.Guard(s.server)
	for _, o := range options {
		o(s)
	}
	w.upstream = s.address
	if w.upstream == "" {
		w.upstream = serve(t, &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			w.mu.Lock()
			w.seen = append(w.seen, r)
			w.mu.Unlock()
			s.upstream.ServeHTTP(rw, r)
		})})
	}
	if s.route.Upstream == nil {
		s.route.Upstream = &url.URL{Scheme: "http", Host: w.upstream}
	} else {
		s.route.Upstream.Host = w.upstream
	}
	s.config.Routes = append(s.config.Routes, *s.route)
	gw, err := gateway.New(s.config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(gw.Close)
	w.gateway, s.server.Handler = gw, gw
	w.address = serve(t, s.server)
	return w
}

// serve runs a server until the test ends.
func serve(t testing.TB, s *http.Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Serve(l)
	}()
	t.Cleanup(func() {
		s.Close()
		<-done
	})
	return l.Addr().String()
}

// calls are how many requests reached the upstream.
func (w *world) calls() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.seen)
}

// last is the last request that reached the upstream.
func (w *world) last() *http.Request {
	w.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.seen) == 0 {
		w.t.Fatal("nothing reached the upstream")
	}
	return w.seen[len(w.seen)-1]
}

// reply is an answer, read to its end.
type reply struct {
	*http.Response
	body string
	err  error // reading the body
}

// do sends a request with the token through net/http.
func (w *world) do(verb, path string, body io.Reader, headers ...string) reply {
	w.t.Helper()
	req, err := http.NewRequest(verb, "http://"+w.address+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set(tableau.CredentialHeader, token)
	for i := 0; i < len(headers); i += 2 {
		req.Header.Add(headers[i], headers[i+1])
	}
	return w.send(req)
}

func (w *world) send(req *http.Request) reply {
	w.t.Helper()
	tr := &http.Transport{DisableCompression: true}
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return reply{res, string(b), err}
}

// raw sends bytes as they are and reads all answers until the connection ends or is quiet. Lines end in \n in the text
// and in CRLF on the wire.
func (w *world) raw(text string) []reply {
	w.t.Helper()
	return w.exact(strings.ReplaceAll(text, "\n", "\r\n"))
}

func (w *world) exact(text string) []reply {
	w.t.Helper()
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		w.t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, text); err != nil {
		w.t.Fatal(err)
	}
	var out []reply
	b := bufio.NewReader(c)
	for {
		c.SetReadDeadline(time.Now().Add(quiet))
		res, err := http.ReadResponse(b, nil)
		if err != nil {
			return out
		}
		body, err := io.ReadAll(res.Body)
		out = append(out, reply{res, string(body), err})
		if res.Close {
			return out
		}
	}
}

// quiet is how long a connection must say nothing to be taken for finished.
const quiet = 300 * time.Millisecond

// head is a request's first lines, with the token.
func (w *world) head(verb, target string, lines ...string) string {
	all := append([]string{verb + " " + target + " HTTP/1.1", "Host: " + w.address, "Connection: close",
		tableau.CredentialHeader + ": " + token}, lines...)
	return strings.Join(all, "\n") + "\n\n"
}

// one is the only answer to raw bytes.
func (w *world) one(text string) reply {
	w.t.Helper()
	all := w.raw(text)
	if len(all) != 1 {
		w.t.Fatalf("%d answers to %.200q, want one", len(all), text)
	}
	return all[0]
}

// code is the vendor's number in a refusal.
func (r reply) code() string {
	_, rest, _ := strings.Cut(r.body, `code="`)
	code, _, _ := strings.Cut(rest, `"`)
	return code
}

// tlsAddress is where the same gateway answers with TLS.
func (w *world) tlsAddress(t *testing.T) string {
	t.Helper()
	s := httptest.NewUnstartedServer(w.gateway)
	gateway.Guard(s.Config)
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

// eventually polls until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	end := time.Now().Add(5 * time.Second)
	for !holds() {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 5 s", what)
		}
		time.Sleep(time.Millisecond)
	}
}
