package server

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/token"
)

const (
	racing      = 200   // callers
	raceTokens  = 2_000 // of one app
	callsBefore = raceTokens / 2
)

// TestA158_no_call_passes_after_the_answer_to_revoke: 200 callers use tokens of one app while it is revoked, 2000 in all. A call
// that starts once the answer to the revocation was read is refused, whether its token was verified before, as half of them
// were, or is seen for the first time; one that passes although its own answer comes later had started before.
func TestA158_no_call_passes_after_the_answer_to_revoke(t *testing.T) {
	cfg := settings(t.TempDir(), "127.0.0.1:0", echo(t))
	cfg.Limits.FailuresPerMinute = 1_000_000
	n := serve(t, cfg)
	w := n.furnish()
	client := n.v1("POST", "/v1/clients", map[string]any{"name": "Sync", "publisher": "Acme", "redirect_uris": []string{"https://sync.example/cb"},
		"required": []string{"tableau:content:read"}})
	at := "/v1/tenants/" + w.tenant + "/authorizations/" + client
	var decided struct{ ID string }
	n.asked("POST", at+"/authorize", nil, &decided, "Authorization", "Bearer "+n.token)
	c := callers{t: t, url: n.base + "/api/3.21/sites/" + w.tenant + "/workbooks", tokens: n.signed(w, client, decided.ID),
		enough: make(chan struct{}), http: &http.Client{Transport: &http.Transport{MaxIdleConns: racing, MaxIdleConnsPerHost: racing}}}
	defer c.http.CloseIdleConnections()
	var all sync.WaitGroup
	for range racing {
		all.Go(c.run)
	}
	<-c.enough
	n.v1("POST", at+"/revoke", nil)
	c.answered.Store(true)
	all.Wait()
	if got := c.passedAfter.Load(); got != 0 {
		t.Errorf("%d calls passed that had started after the answer to the revocation", got)
	}
	if got := c.refusedAfter.Load(); got != raceTokens {
		t.Errorf("%d calls were refused that had started after the answer, want each of the %d tokens tried", got, raceTokens)
	}
	t.Logf("%d calls passed, all started before the answer to the revocation, %d of them answered after it; refused were %d that "+
		"started before it, and %d after", c.passed.Load(), c.straddling.Load(), c.refusedMeanwhile.Load(), c.refusedAfter.Load())
}

// callers use tokens and count what becomes of them.
type callers struct {
	t      *testing.T
	url    string
	tokens []string
	http   *http.Client

	enough   chan struct{} // closed when enough calls passed for the revocation to begin
	once     sync.Once
	answered atomic.Bool // the answer to the revocation was read

	begun, begunAfter                                               atomic.Int64
	passed, straddling, passedAfter, refusedMeanwhile, refusedAfter atomic.Int64
}

// run calls with the first half of the tokens until the answer to the revocation is there, and then once with each of all.
func (c *callers) run() {
	for {
		after := c.answered.Load() // before the call starts
		i := (c.begun.Add(1) - 1) % callsBefore
		if after {
			if i = c.begunAfter.Add(1) - 1; i >= raceTokens {
				return
			}
		}
		status, err := c.call(c.tokens[i])
		switch {
		case err == nil && status == http.StatusOK && after:
			c.passedAfter.Add(1)
		case err == nil && status == http.StatusOK:
			if c.answered.Load() {
				c.straddling.Add(1)
			}
			if c.passed.Add(1) == callsBefore {
				c.once.Do(func() { close(c.enough) })
			}
		case err == nil && status == http.StatusUnauthorized && after:
			c.refusedAfter.Add(1)
		case err == nil && status == http.StatusUnauthorized && c.passed.Load() >= callsBefore:
			c.refusedMeanwhile.Add(1)
		default:
			c.t.Errorf("a call answered %d (%v)", status, err)
			c.once.Do(func() { close(c.enough) })
			return
		}
	}
}

func (c *callers) call(token string) (int, error) {
	req, err := http.NewRequest("GET", c.url, nil)
	if err != nil {
		return 0, err
	}
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := c.http.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode == http.StatusOK && !strings.HasPrefix(string(body), "GET ") {
		err = fmt.Errorf("200 is not the upstream's: %.80q", body)
	}
	return res.StatusCode, err
}

// signed are access tokens of an app, each of another grant, signed as the server does.
func (n *node) signed(w tenantWorld, client, authorization string) []string {
	n.t.Helper()
	said := token.Access{Tenant: parsed[id.Tenant](n.t, w.tenant), User: parsed[id.User](n.t, w.user), Client: parsed[id.Client](n.t, client),
		Authorization: parsed[id.Authorization](n.t, authorization), Scopes: scope.NewSet(scope.MustParse("tableau:content:read")), Name: "ada",
		Plan: "enterprise", Roles: []string{"site_admin"}, State: n.inner.memory.Head(), Issued: time.Now().UTC().Truncate(time.Second)}
	said.Expires = said.Issued.Add(30 * time.Minute)
	signer := n.inner.keys.Current()
	out := make([]string, raceTokens)
	for i := range out {
		said.ID, said.Grant = entropy.ID[id.Session](), entropy.ID[id.Grant]()
		var err error
		if out[i], err = signer.Access(&said); err != nil {
			n.t.Fatal(err)
		}
	}
	return out
}

func parsed[T interface{ From([16]byte) T }](t *testing.T, s string) T {
	t.Helper()
	v, err := id.Parse[T](s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
