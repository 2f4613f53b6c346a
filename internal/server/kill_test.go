package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// program is the real prokura, run as a process on one data directory and one address, so that it can be killed.
type program struct {
	t      *testing.T
	binary string
	dir    string
	listen string
	client *http.Client
	cmd    *exec.Cmd
	stderr bytes.Buffer
}

// build builds prokura and writes its configuration.
func build(t *testing.T) *program {
	t.Helper()
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Skip("there is no go command to build the program with")
	}
	p := &program{t: t, dir: t.TempDir(), listen: freePort(t), client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	p.binary = filepath.Join(p.dir, "prokura")
	if out, err := exec.Command(goTool, "build", "-o", p.binary, "prokura/cmd/prokura").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	conf := fmt.Sprintf("listen: [%q]\ndata: data\nroutes:\n  - prefix: /api\n    catalog: analytics\n    dialect: tableau\n    upstream: %q\n    audience: echo\n",
		p.listen, echo(t))
	if err := os.WriteFile(filepath.Join(p.dir, "prokura.yaml"), []byte(conf), 0o600); err != nil {
		t.Fatal(err)
	}
	return p
}

// start runs the program and answers a client of it, once it is ready.
func (p *program) start() *node {
	p.t.Helper()
	p.stderr.Reset()
	p.cmd = exec.Command(p.binary, "serve")
	p.cmd.Dir, p.cmd.Stderr = p.dir, &p.stderr
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	// The process must not outlive the test; killing it twice does no harm.
	cmd := p.cmd
	p.t.Cleanup(func() { _ = cmd.Process.Kill() })
	for deadline := time.Now().Add(20 * time.Second); ; {
		status, _, err := p.send("GET", "/readyz", nil)
		if err == nil && status == http.StatusOK {
			break
		}
		if time.Now().After(deadline) {
			p.kill()
			p.t.Fatalf("not ready: %d, %v\n%s", status, err, p.stderr.String())
		}
		<-time.After(10 * time.Millisecond)
	}
	operator, err := os.ReadFile(filepath.Join(p.dir, "data", "operator.token"))
	if err != nil {
		p.t.Fatal(err)
	}
	return &node{t: p.t, base: "http://" + p.listen, data: filepath.Join(p.dir, "data"), token: strings.TrimSpace(string(operator))}
}

// kill ends the process without a warning.
func (p *program) kill() {
	p.t.Helper()
	_ = p.cmd.Process.Kill()
	if err := p.cmd.Wait(); err == nil {
		p.t.Errorf("the program ended by itself\n%s", p.stderr.String())
	}
	p.client.CloseIdleConnections()
	http.DefaultClient.CloseIdleConnections()
}

// send is for who may be talking to a program that dies.
func (p *program) send(verb, path string, body any, headers ...string) (int, []byte, error) {
	b, err := json.Marshal(body)
	if err != nil {
		return 0, nil, err
	}
	req, err := http.NewRequest(verb, "http://"+p.listen+path, bytes.NewReader(b))
	if err != nil {
		return 0, nil, err
	}
	if body == nil {
		req.Body, req.ContentLength = http.NoBody, 0
	} else {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := p.client.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	out, err := io.ReadAll(res.Body)
	return res.StatusCode, out, err
}

// tally is what the program acknowledged.
type tally struct {
	mu   sync.Mutex
	live map[string]string // held: mu; token to the assertion that it was given for
	dead map[string]bool   // held: mu; tokens
	open map[string]bool   // held: mu; tokens whose sign-out was asked for and not answered
	acts int               // held: mu
}

func (l *tally) write(fn func()) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	fn()
	l.acts++
	return l.acts
}

// storm signs in, and signs out every second session, until the program is gone; it kills it after that many acts.
func (p *program) storm(w tenantWorld, l *tally, acts int) {
	var all, killer sync.WaitGroup
	enough := make(chan struct{})
	var first sync.Once
	acted := func(n int) {
		if n >= acts {
			first.Do(func() { close(enough) })
		}
	}
	for range 6 {
		all.Go(func() {
			for i := 0; ; i++ {
				jwt := w.jwt("tableau:content:read")
				status, b, err := p.send("POST", "/api/3.21/auth/signin", map[string]any{"credentials": map[string]any{
					"jwt": jwt, "site": map[string]any{"contentUrl": "acme"}}}, "Accept", "application/json")
				if err != nil {
					return
				}
				var in struct {
					Credentials struct{ Token string }
				}
				if _ = json.Unmarshal(b, &in); status != http.StatusOK || in.Credentials.Token == "" {
					p.t.Errorf("signing in: %d %s", status, b)
					return
				}
				token := in.Credentials.Token
				acted(l.write(func() { l.live[token] = jwt }))
				if i%2 == 0 {
					continue
				}
				l.write(func() { delete(l.live, token); l.open[token] = true })
				status, b, err = p.send("POST", "/api/3.21/auth/signout", nil, "X-Tableau-Auth", token)
				if err != nil {
					return
				}
				if status != http.StatusNoContent {
					p.t.Errorf("signing out: %d %s", status, b)
					return
				}
				acted(l.write(func() { delete(l.open, token); l.dead[token] = true }))
			}
		})
	}
	gone := make(chan struct{})
	killer.Go(func() {
		select {
		case <-enough:
		case <-gone:
			p.t.Error("the storm ended by itself")
		}
		p.kill()
	})
	all.Wait()
	first.Do(func() { close(gone) })
	killer.Wait()
}

// TestA221_kill_9 in a storm of sign-ins and sign-outs: what was acknowledged holds when the program is back.
func TestA221_kill_9(t *testing.T) {
	p := build(t)
	n := p.start()
	w := n.furnish()
	l := &tally{live: map[string]string{}, dead: map[string]bool{}, open: map[string]bool{}}
	for round := range 3 {
		p.storm(w, l, l.acts+150+77*round)
		if t.Failed() {
			return
		}
		n = p.start()
		replayed := 0
		for token, jwt := range l.live {
			if got := n.call(w, token); got != http.StatusOK {
				t.Errorf("round %d: a session that was given out answers %d", round, got)
			}
			if replayed++; replayed > 10 {
				continue
			}
			status, b, err := p.send("POST", "/api/3.21/auth/signin", map[string]any{"credentials": map[string]any{
				"jwt": jwt, "site": map[string]any{"contentUrl": "acme"}}})
			if err != nil || status != http.StatusUnauthorized {
				t.Errorf("round %d: an assertion that was used up is answered %d %s (%v)", round, status, b, err)
			}
		}
		for token := range l.dead {
			if got := n.call(w, token); got != http.StatusUnauthorized {
				t.Errorf("round %d: a session that was signed out answers %d", round, got)
			}
		}
		// What was not answered was done or was not, and can be asked for again.
		for token := range l.open {
			status, _, err := p.send("POST", "/api/3.21/auth/signout", nil, "X-Tableau-Auth", token)
			if err != nil || status != http.StatusNoContent && status != http.StatusUnauthorized {
				t.Errorf("round %d: signing out again is answered %d, %v", round, status, err)
			}
			if got := n.call(w, token); got != http.StatusUnauthorized {
				t.Errorf("round %d: after signing out again: %d", round, got)
			}
			l.dead[token] = true
			delete(l.open, token)
		}
		if len(l.live) < 25*(round+1) || len(l.dead) < 25*(round+1) {
			t.Errorf("round %d: only %d sessions and %d sign-outs were acknowledged", round, len(l.live), len(l.dead))
		}
	}
	p.kill()
}
