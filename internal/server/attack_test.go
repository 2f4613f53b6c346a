package server

import (
	"context"
	"net"
	"net/http"
	"strings"
	"testing"

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
