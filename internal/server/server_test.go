package server

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"prokura/internal/config"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/testpg"
)

var database *testpg.Server // set by TestMain

func TestMain(m *testing.M) { testpg.Main(m, &database) }

// node is a running server and a client of it.
type node struct {
	t     *testing.T
	base  string
	data  string
	token string // the operator's
	stop  func()
	inner *Server // nil: it runs in a process of its own
}

// echo is an API that answers what it received.
func echo(t *testing.T) string {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		fmt.Fprintf(w, "%s %s %s", r.Method, r.URL.Path, r.Header.Get("Prokura-Identity"))
	}))
	t.Cleanup(s.Close)
	return s.URL
}

// freePort answers a loopback address that nobody listens on, for servers that must come back under it.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func settings(data, listen, upstream string) config.Config {
	c := config.Default()
	c.Listen, c.Data = []string{listen}, data
	c.Routes = []config.Route{{Prefix: "/api", Catalog: "analytics", Dialect: "tableau", Upstream: upstream, Audience: "echo"}}
	return c
}

func serve(t *testing.T, cfg config.Config) *node {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	s, err := New(ctx, cfg, Deps{})
	if err != nil {
		cancel()
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	n := &node{t: t, base: "http://" + s.Addresses()[0], data: cfg.Data, inner: s}
	stopped := false
	n.stop = func() {
		if !stopped {
			stopped = true
			cancel()
			if err := <-done; err != nil {
				t.Errorf("the server ended with: %v", err)
			}
		}
	}
	t.Cleanup(n.stop)
	if b, err := os.ReadFile(s.OperatorTokenFile); err == nil {
		n.token = strings.TrimSpace(string(b))
	}
	return n
}

func (n *node) do(verb, path string, body any, headers ...string) (int, []byte) {
	n.t.Helper()
	var b []byte
	if body != nil {
		b, _ = json.Marshal(body)
	}
	req, err := http.NewRequest(verb, n.base+path, bytes.NewReader(b))
	if err != nil {
		n.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
		}
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	if err != nil {
		n.t.Fatal(err)
	}
	return res.StatusCode, out
}

// v1 makes something over the admin API, and answers its id.
func (n *node) v1(verb, path string, body any) string {
	n.t.Helper()
	status, b := n.do(verb, path, body, "Authorization", "Bearer "+n.token)
	if status >= 300 {
		n.t.Fatalf("%s %s: %d %s", verb, path, status, b)
	}
	var made map[string]any
	_ = json.Unmarshal(b, &made)
	for _, name := range []string{"value", "client_id", "id"} {
		if s, ok := made[name].(string); ok && name != "value" {
			return s
		} else if ok {
			return made["id"].(string) + " " + s
		}
	}
	return ""
}

// tenantWorld is a tenant with a user and a connected app.
type tenantWorld struct{ tenant, user, client, kid, secret string }

func (n *node) furnish() tenantWorld {
	n.t.Helper()
	var w tenantWorld
	w.tenant = n.v1("POST", "/v1/tenants", map[string]any{"name": "Acme", "content_url": "acme", "plan": "enterprise"})
	below := "/v1/tenants/" + w.tenant
	w.user = n.v1("POST", below+"/users", map[string]any{"name": "ada", "roles": []string{"site_admin"}})
	w.client = n.v1("POST", below+"/connected-apps", map[string]any{"name": "script"})
	w.kid, w.secret, _ = strings.Cut(n.v1("POST", below+"/connected-apps/"+w.client+"/secrets", map[string]any{}), " ")
	return w
}

func (w tenantWorld) jwt(scopes ...string) string {
	claims, _ := json.Marshal(map[string]any{"iss": w.client, "aud": "tableau", "sub": "ada", "scp": scopes,
		"exp": time.Now().Unix() + 300, "jti": entropy.ID[id.Reference]().String()})
	return hs256(`{"alg":"HS256","kid":"`+w.kid+`"}`, string(claims), w.secret)
}

func (n *node) signIn(w tenantWorld, scopes ...string) string {
	n.t.Helper()
	status, b := n.do("POST", "/api/3.21/auth/signin", map[string]any{"credentials": map[string]any{
		"jwt": w.jwt(scopes...), "site": map[string]any{"contentUrl": "acme"}}}, "Accept", "application/json")
	var in struct {
		Credentials struct{ Token string }
	}
	if _ = json.Unmarshal(b, &in); in.Credentials.Token == "" {
		n.t.Fatalf("signing in: %d %s", status, b)
	}
	return in.Credentials.Token
}

func (n *node) call(w tenantWorld, token string) int {
	n.t.Helper()
	status, _ := n.do("GET", "/api/3.21/sites/"+w.tenant+"/workbooks", nil, "X-Tableau-Auth", token)
	return status
}

// becomes polls until the call answers the status; how soon it must is said by the caller.
func (n *node) becomes(w tenantWorld, token string, want int, within time.Duration) {
	n.t.Helper()
	for deadline := time.Now().Add(within); ; {
		got := n.call(w, token)
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			n.t.Fatalf("the call still answers %d after %s, want %d", got, within, want)
		}
		<-time.After(5 * time.Millisecond)
	}
}

// engines runs a test on both, with a function that makes the configuration of one more node.
func engines(t *testing.T, fn func(t *testing.T, node func(listen string) config.Config)) {
	t.Run("sqlite", func(t *testing.T) {
		data, upstream := t.TempDir(), echo(t)
		fn(t, func(listen string) config.Config { return settings(data, listen, upstream) })
	})
	t.Run("postgres", func(t *testing.T) {
		url, upstream, first := database.Schema(t), echo(t), ""
		fn(t, func(listen string) config.Config {
			c := settings(t.TempDir(), listen, upstream)
			c.Storage.Engine, c.Storage.URLFile = config.Postgres, filepath.Join(c.Data, "url")
			if err := os.WriteFile(c.Storage.URLFile, []byte(url), 0o600); err != nil {
				t.Fatal(err)
			}
			// Nodes share the key that seals their secrets, as their operator gave it to them.
			if first != "" {
				for _, name := range []string{sealFile, "operator.token"} {
					b, err := os.ReadFile(filepath.Join(first, name))
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(c.Data, name), b, 0o600); err != nil {
						t.Fatal(err)
					}
				}
			} else {
				first = c.Data
			}
			return c
		})
	})
}

func TestServer_what_ended_stays_ended_after_a_restart(t *testing.T) {
	engines(t, func(t *testing.T, conf func(string) config.Config) {
		address := freePort(t)
		n := serve(t, conf(address))
		w := n.furnish()
		out, goes := n.signIn(w, "tableau:content:read"), n.signIn(w, "tableau:content:read")
		if status, b := n.do("POST", "/api/3.21/auth/signout", nil, "X-Tableau-Auth", out); status != 204 {
			t.Fatalf("signing out: %d %s", status, b)
		}
		if got := n.call(w, out); got != 401 {
			t.Errorf("after signing out: %d, want 401", got)
		}
		n.stop()
		again := serve(t, conf(address))
		if got := again.call(w, out); got != 401 {
			t.Errorf("after a restart: %d, want 401", got)
		}
		if got := again.call(w, goes); got != 200 {
			t.Errorf("another session after a restart: %d, want 200", got)
		}
	})
}

func TestServer_says_where_the_operators_token_is_only_if_it_is_there(t *testing.T) {
	cfg := config.Default()
	cfg.Listen, cfg.Data = []string{"127.0.0.1:0"}, t.TempDir()
	start := func() (string, error) {
		s, err := New(t.Context(), cfg, Deps{})
		if err != nil {
			return "", err
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Run(ctx); err != nil {
			t.Error(err)
		}
		return s.OperatorTokenFile, nil
	}
	file := cfg.OperatorTokenFile()
	for _, then := range []struct {
		name string
		do   func() error
		want string
	}{
		{"the first start", func() error { return nil }, file},
		{"another start", func() error { return nil }, file},
		{"a token of another database", func() error {
			return os.WriteFile(file, []byte(entropy.Token(id.OperatorToken).Reveal()), 0o600)
		}, ""},
		{"the file put away", func() error { return os.Remove(file) }, ""},
	} {
		if err := then.do(); err != nil {
			t.Fatal(err)
		}
		if got, err := start(); got != then.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", then.name, got, err, then.want)
		}
	}
	if err := os.WriteFile(file, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := start(); err == nil || !strings.Contains(err.Error(), "can be read by others") {
		t.Errorf("a token that others can read: %v", err)
	}
}

func TestServer_two_nodes_hear_of_each_others_revocations(t *testing.T) {
	url, upstream := database.Schema(t), echo(t)
	issuer := "https://prokura.example"
	conf := func(data string) config.Config {
		c := settings(data, "127.0.0.1:0", upstream)
		c.Issuer, c.Hosts = issuer, nil
		c.Storage.Engine, c.Storage.URLFile = config.Postgres, filepath.Join(data, "url")
		if err := os.WriteFile(c.Storage.URLFile, []byte(url), 0o600); err != nil {
			t.Fatal(err)
		}
		return c
	}
	one, two := t.TempDir(), t.TempDir()
	a := serve(t, conf(one))
	key, err := os.ReadFile(filepath.Join(one, sealFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(two, sealFile), key, 0o600); err != nil {
		t.Fatal(err)
	}
	b := serve(t, conf(two))
	w := a.furnish()
	below := "/v1/tenants/" + w.tenant

	token := a.signIn(w, "tableau:content:read")
	if got := b.call(w, token); got != 200 {
		t.Fatalf("a session of the first node at the second: %d, want 200", got)
	}
	a.do("POST", "/api/3.21/auth/signout", nil, "X-Tableau-Auth", token)
	b.becomes(w, token, 401, 5*time.Second)

	token = b.signIn(w, "tableau:content:read")
	a.v1("POST", below+"/connected-apps/"+w.client+"/disable", nil)
	b.becomes(w, token, 401, 5*time.Second)
	if status, _ := b.do("POST", "/api/3.21/auth/signin", map[string]any{"credentials": map[string]any{
		"jwt": w.jwt(), "site": map[string]any{"contentUrl": "acme"}}}); status != 401 {
		t.Errorf("signing in with the disabled app at the other node: %d, want 401", status)
	}
	a.v1("POST", below+"/connected-apps/"+w.client+"/enable", nil)
	// A no of memory is answered only after it caught up: the very next sign-in elsewhere succeeds.
	b.signIn(w, "tableau:content:read")

	// A093: one assertion at both doors at once is honoured once.
	jwt := w.jwt("tableau:content:read")
	answers := make(chan int, 2)
	for _, n := range []*node{a, b} {
		go func() {
			status, _ := n.do("POST", "/api/3.21/auth/signin", map[string]any{"credentials": map[string]any{
				"jwt": jwt, "site": map[string]any{"contentUrl": "acme"}}})
			answers <- status
		}()
	}
	if x, y := <-answers, <-answers; x+y != 200+401 {
		t.Errorf("one assertion at two nodes: %d and %d, want one 200 and one 401", x, y)
	}

	// A new signing key of one node is trusted by the other.
	a.v1("POST", "/v1/keys", map[string]any{})
	if got := b.call(w, a.signIn(w, "tableau:content:read")); got != 200 {
		t.Errorf("after a rotation: %d, want 200", got)
	}
}

func TestServer_our_own_paths(t *testing.T) {
	n := serve(t, settings(t.TempDir(), "127.0.0.1:0", echo(t)))
	for _, tt := range []struct {
		verb, path string
		want       int
	}{
		{"GET", "/healthz", 200},
		{"GET", "/readyz", 200},
		{"POST", "/healthz", 405},
		{"GET", "/healthz/x", 404},
		{"GET", "/.well-known/jwks.json", 200},
		{"GET", "/.well-known/nothing", 404},
		{"GET", "/v1/tenants", 401},
		{"GET", "/v1", 401},
		{"GET", "/api/3.21/serverInfo", 200},
		{"GET", "/api/3.21/serverinfo", 200},
		{"GET", "/api/v1/tenants", 401}, // the gateway's, without a credential
		{"GET", "//v1/tenants", 400},
		{"GET", "/v1/../v1/tenants", 400},
		{"GET", "/v1%2ftenants", 400},
		{"GET", "/nothing", 404},
		{"GET", "/", 303}, // to the console
		{"GET", "/login", 200},
		{"GET", "/login/", 404},
		{"GET", "/console", 303}, // to the login page
		{"GET", "/oauth/nothing", 404},
		{"GET", "/.well-known/oauth-authorization-server", 200},
		{"POST", "/oauth/token", 415},
		{"POST", "/oauth/v1/token", 415},
	} {
		req, err := http.NewRequest(tt.verb, n.base, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Opaque = strings.TrimPrefix(n.base, "http:") + tt.path // sent as it is written here
		res, err := http.DefaultTransport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != tt.want {
			t.Errorf("%s %s answered %d, want %d", tt.verb, tt.path, res.StatusCode, tt.want)
		}
		if ref := res.Header.Values("Prokura-Reference"); len(ref) != 1 {
			t.Errorf("%s %s has the references %q, want one", tt.verb, tt.path, ref)
		}
	}
}

func TestA140_a_host_that_is_not_ours_gets_nothing(t *testing.T) {
	n := serve(t, settings(t.TempDir(), "127.0.0.1:0", echo(t)))
	for _, path := range []string{"/v1/tenants", "/api/3.21/serverInfo", "/api/3.21/sites", "/.well-known/jwks.json"} {
		if status, _ := n.do("GET", path, nil, "Host", "evil.example"); status != 421 {
			t.Errorf("GET %s for another host: %d, want 421", path, status)
		}
	}
}

func TestServer_a_catalog_that_collides_with_our_paths_is_not_loaded(t *testing.T) {
	data := t.TempDir()
	file := filepath.Join(data, "c.yaml")
	src := "catalog: mine\ntitle: {en: M, de: M}\nparameters:\n  version: {type: version, from: 2.0, to: 3.99}\ncategories:\n  - {id: c, title: {en: C, de: C}}\n" +
		"scopes:\n  - {name: s, type: individual, title: {en: S, de: S}, description: {en: S, de: S}}\n" +
		"methods:\n  - {id: m, category: c, verb: GET, path: \"/api/{version}/auth/x\", tenant: token, needs: s, title: {en: M, de: M}, description: {en: M, de: M}}\n"
	if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg := settings(data, "127.0.0.1:0", echo(t))
	cfg.Catalogs = []config.Catalog{{Name: "mine", File: file}}
	_, err := New(t.Context(), cfg, Deps{})
	if err == nil || !strings.Contains(err.Error(), "answers itself") {
		t.Errorf("New = %v, want a refusal that names the collision", err)
	}
}

// hs256 signs a JWT as a script would.
func hs256(header, claims, secret string) string {
	b64 := base64.RawURLEncoding.EncodeToString
	input := b64([]byte(header)) + "." + b64([]byte(claims))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(input))
	return input + "." + b64(mac.Sum(nil))
}
