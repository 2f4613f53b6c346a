package server

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/config"
	"prokura/internal/entropy"
	"prokura/internal/id"
)

// from is a client whose requests come from another address of this machine.
func from(t *testing.T, address string) *http.Client {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	tr := &http.Transport{DialContext: func(ctx context.Context, network, to string) (net.Conn, error) {
		return d.DialContext(ctx, network, to)
	}}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// status answers one request of the client with the session token given.
func (n *node) status(c *http.Client, verb, path, token string, body string) int {
	n.t.Helper()
	req, err := http.NewRequest(verb, n.base+path, strings.NewReader(body))
	if err != nil {
		n.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("X-Tableau-Auth", token)
	}
	res, err := c.Do(req)
	if err != nil {
		n.t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// TestServer_failures_are_counted_for_their_own_address: an address that guesses tokens at any of the doors is slowed
// down, and nobody else is, not even a caller whose token was never seen before.
func TestServer_failures_are_counted_for_their_own_address(t *testing.T) {
	for _, door := range []struct{ what, verb, path string }{
		{"the gateway", "GET", "/api/3.21/sites/SITE/workbooks"},
		{"sign-out", "POST", "/api/3.21/auth/signout"},
	} {
		t.Run(door.what, func(t *testing.T) {
			cfg := settings(t.TempDir(), "127.0.0.1:0", echo(t))
			cfg.Limits.FailuresPerMinute = 5
			n := serve(t, cfg)
			w := n.furnish()
			path := strings.Replace(door.path, "SITE", w.tenant, 1)
			guesser := from(t, "127.0.0.2")
			slowed := 0
			for range 3 * cfg.Limits.FailuresPerMinute {
				switch got := n.status(guesser, door.verb, path, "guess."+entropy.ID[id.Reference]().String()+".guess", ""); got {
				case 401:
				case 429:
					slowed++
				default:
					t.Fatalf("a guessed token answered %d", got)
				}
			}
			if slowed < cfg.Limits.FailuresPerMinute {
				t.Errorf("the guesser was told to wait %d times", slowed)
			}
			if got := n.call(w, n.signIn(w, "tableau:content:read")); got != 200 {
				t.Errorf("a new session from another address answered %d, want 200", got)
			}
		})
	}
}

// TestServer_the_limits_of_the_configuration_hold: what the operator set is what a connection meets.
func TestServer_the_limits_of_the_configuration_hold(t *testing.T) {
	cfg := settings(t.TempDir(), "127.0.0.1:0", echo(t))
	cfg.Limits.RequestHeader, cfg.Limits.HeaderTimeout, cfg.Limits.SignInBody = 8<<10, time.Second, 4<<10
	n := serve(t, cfg)
	if got, _ := n.do("POST", "/api/3.21/auth/signin", map[string]any{"x": strings.Repeat("x", 5<<10)}); got != 413 {
		t.Errorf("a sign-in of 5 KiB answered %d, want 413", got)
	}
	for size, want := range map[int]int{7 << 10: 200, 13 << 10: 431} { // what net/http buffered before is not counted
		if got, _ := n.do("GET", "/healthz", nil, "X-Long", strings.Repeat("x", size)); got != want {
			t.Errorf("a header of %d bytes answered %d, want %d", size, got, want)
		}
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(n.base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(4 * time.Second))
	if _, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("a header that does not end was waited for longer than configured")
	}
}

// TestA140_a_target_that_is_no_path_reaches_nothing: of the forms of a target, our own paths are reached by the path,
// and by the absolute form that names us.
func TestA140_a_target_that_is_no_path_reaches_nothing(t *testing.T) {
	n := serve(t, settings(t.TempDir(), "127.0.0.1:0", echo(t)))
	host := strings.TrimPrefix(n.base, "http://")
	for target, want := range map[string]string{
		"/v1/tenants": "200", "http://" + host + "/v1/tenants": "200",
		"http:/v1/tenants": "400", "x:/v1/tenants": "421", "ftp://" + host + "/v1/tenants": "421", "http:v1/tenants": "400", "http:///v1/tenants": "400",
		"//v1/tenants": "400", "/v1/tenants#x": "400", "*": "400",
		"http://u:p@" + host + "/v1/tenants": "421", "http://evil.example/v1/tenants": "421", "//" + host + "/v1/tenants": "400",
		"http:/api/3.21/serverInfo": "400", "x:/.well-known/jwks.json": "421",
	} {
		c, err := net.Dial("tcp", host)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nAuthorization: Bearer %s\r\n\r\n", target, host, n.token)
		answer, _ := io.ReadAll(c)
		c.Close()
		if _, got, _ := strings.Cut(string(answer), " "); !strings.HasPrefix(got, want+" ") {
			t.Errorf("GET %s answered %.20q, want %s", target, answer, want)
		}
	}
}

// TestA032_without_scopes_nothing_but_signing_out: a session without scopes can call no method of the catalog, whatever
// of it was asked for in another claim.
func TestA032_without_scopes_nothing_but_signing_out(t *testing.T) {
	n := serve(t, settings(t.TempDir(), "127.0.0.1:0", echo(t)))
	w := n.furnish()
	cat := builtin(t)
	for what, claim := range map[string]string{
		"scp absent": "", "scp empty": `,"scp":[]`, "only names that nobody knows": `,"scp":["*","tableau:*","tableau:*:*","tableau:us*:read"]`,
		"scope in place of scp": `,"scope":"tableau:content:read"`, "scp in another case": `,"SCP":["tableau:content:read"]`,
	} {
		t.Run(what, func(t *testing.T) {
			token := n.exchange(w, w.claims(claim))
			if token == "" {
				t.Fatal("it does not sign in")
			}
			for _, m := range cat.Methods() {
				if m.AnsweredBy == catalog.ByProkura {
					continue
				}
				path := parameter.ReplaceAllStringFunc(m.Path, func(p string) string {
					switch p {
					case "{version}":
						return "3.21"
					case "{" + m.TenantParam + "}":
						return w.tenant
					}
					return entropy.ID[id.User]().String()
				})
				if got := n.status(http.DefaultClient, m.Verb, path, token, ""); got < 400 {
					t.Errorf("%s %s (%s) answered %d", m.Verb, path, m.ID, got)
				}
			}
			if got := n.status(http.DefaultClient, "POST", "/api/3.21/auth/signout", token, ""); got != 204 {
				t.Errorf("signing out answered %d", got)
			}
		})
	}
}

// TestA104_what_was_issued_while_it_was_taken_away_is_dead: once the answer says that an app, a secret or a user is
// gone, no session rests on it, also none whose sign-in was under way.
func TestA104_what_was_issued_while_it_was_taken_away_is_dead(t *testing.T) {
	engines(t, func(t *testing.T, config func(string) config.Config) {
		cfg := config("127.0.0.1:0")
		cfg.Limits.FailuresPerMinute = 1_000_000
		n := serve(t, cfg)
		w := n.furnish()
		below := "/v1/tenants/" + w.tenant
		n.v1("POST", below+"/users", map[string]any{"name": "bea", "roles": []string{"site_admin"}}) // one administrator stays
		app, user := below+"/connected-apps/"+w.client, below+"/users/"+w.user
		for _, taken := range []struct {
			what       string
			take, give func()
			stays      string // in the claims of sessions that began with less: they may live
		}{
			{"the app is disabled", func() { n.v1("POST", app+"/disable", nil) }, func() { n.v1("POST", app+"/enable", nil) }, ""},
			{"the secret is deleted", func() { n.v1("DELETE", app+"/secrets/"+w.kid, nil) }, func() {
				w.kid, w.secret, _ = strings.Cut(n.v1("POST", app+"/secrets", map[string]any{}), " ")
			}, ""},
			{"the user is disabled", func() { n.v1("PATCH", user, map[string]any{"disabled": true}) },
				func() { n.v1("PATCH", user, map[string]any{"disabled": false}) }, ""},
			{"the role is taken", func() { n.v1("PATCH", user, map[string]any{"roles": []string{"user"}}) },
				func() { n.v1("PATCH", user, map[string]any{"roles": []string{"site_admin"}}) }, `"roles":["user"]`},
		} {
			t.Run(taken.what, func(t *testing.T) {
				for range 5 {
					before := slices.DeleteFunc(n.flood(w, 4, taken.take), func(token string) bool {
						return taken.stays != "" && strings.Contains(payload(token), taken.stays)
					})
					if len(before) == 0 {
						t.Fatal("nobody signed in meanwhile")
					}
					for _, token := range before {
						if got := n.call(w, token); got != 401 {
							t.Fatalf("a session from before answered %d", got)
						}
					}
					taken.give()
					for _, token := range before {
						if got := n.call(w, token); got != 401 {
							t.Fatalf("a session from before lives again: %d", got)
						}
					}
					if got := n.call(w, n.signIn(w, "tableau:content:read")); got != 200 {
						t.Fatalf("a session from after answered %d", got)
					}
				}
			})
		}
	})
}

// flood signs in as fast as workers can while fn runs, and answers the sessions whose sign-in had begun by then.
func (n *node) flood(w tenantWorld, workers int, fn func()) []string {
	var begun atomic.Int32
	var done atomic.Bool
	tokens := make(chan string, 10_000)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for !done.Load() {
				begun.Add(1)
				if token := n.exchange(w, w.claims(`,"scp":["tableau:content:read"]`)); token != "" {
					tokens <- token
				}
			}
		})
	}
	for begun.Load() < int32(2*workers) {
		runtime.Gosched()
	}
	fn()
	done.Store(true)
	all.Wait()
	close(tokens)
	var out []string
	for token := range tokens {
		out = append(out, token)
	}
	return out
}

// claims are those of an assertion of the world's user, with more beside.
func (w tenantWorld) claims(more string) string {
	return fmt.Sprintf(`{"iss":%q,"aud":"tableau","sub":"ada","exp":%d,"jti":%q%s}`, w.client, time.Now().Unix()+300,
		entropy.ID[id.Reference]().String(), more)
}

// exchange signs claims and signs in with them; empty: it was refused.
func (n *node) exchange(w tenantWorld, claims string) string {
	body, _ := json.Marshal(map[string]any{"credentials": map[string]any{
		"jwt": hs256(`{"alg":"HS256","kid":"`+w.kid+`"}`, claims, w.secret), "site": map[string]any{"contentUrl": "acme"}}})
	req, err := http.NewRequest("POST", n.base+"/api/3.21/auth/signin", bytes.NewReader(body))
	if err != nil {
		return ""
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return ""
	}
	defer res.Body.Close()
	var in struct {
		Credentials struct{ Token string }
	}
	_ = json.NewDecoder(res.Body).Decode(&in)
	return in.Credentials.Token
}

// payload is what a token says.
func payload(token string) string {
	_, rest, _ := strings.Cut(token, ".")
	middle, _, _ := strings.Cut(rest, ".")
	b, _ := base64.RawURLEncoding.DecodeString(middle)
	return string(b)
}

func builtin(t *testing.T) *catalog.Catalog {
	t.Helper()
	src, _ := catalogs.Builtin("analytics")
	c, problems := catalog.Load("analytics.yaml", src)
	if c == nil {
		t.Fatal(problems)
	}
	return c
}

// pinged counts how often it is asked.
type pinged struct {
	n   int
	err error
}

func (p *pinged) Ping(context.Context) error { p.n++; return p.err }

// TestA200_asking_for_readiness_does_not_flood_the_database: the database is asked once a second for everybody, also
// where it does not answer, and a caller that leaves decides nothing for the others.
func TestA200_asking_for_readiness_does_not_flood_the_database(t *testing.T) {
	now := clock.NewFake(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	gone, leave := context.WithCancel(t.Context())
	leave()
	var c contact
	db := &pinged{}
	ask := func(ctx context.Context, times int, want error) {
		t.Helper()
		for range times {
			if err := c.ask(ctx, now, db); !errors.Is(err, want) {
				t.Fatalf("the database %v, want %v", err, want)
			}
		}
	}
	ask(gone, 1000, nil)
	now.Advance(time.Second)
	db.err = errors.New("it is away")
	ask(t.Context(), 1000, db.err)
	if db.n != 2 {
		t.Errorf("2000 requests in two seconds asked the database %d times", db.n)
	}
}

// TestA240_a_link_in_place_of_the_operators_token: nothing is written through it.
func TestA240_a_link_in_place_of_the_operators_token(t *testing.T) {
	data, elsewhere := t.TempDir(), filepath.Join(t.TempDir(), "elsewhere")
	if err := os.Symlink(elsewhere, filepath.Join(data, "operator.token")); err != nil {
		t.Fatal(err)
	}
	if _, err := New(t.Context(), settings(data, "127.0.0.1:0", echo(t)), Deps{}); err == nil {
		t.Error("it starts")
	}
	if _, err := os.Lstat(elsewhere); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("something was written there: %v", err)
	}
}
