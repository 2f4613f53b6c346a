package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"prokura/examples/world"
)

// demo is a running demo world, and a client of it.
type demo struct {
	*world.Credentials
	t    *testing.T
	stop func()
}

// start runs the demo as its main does, on a free port, until the test ends.
func start(t *testing.T, dir string) *demo {
	t.Helper()
	file := filepath.Join(dir, "handed-out.json")
	os.Remove(file)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- run(ctx, io.Discard, "127.0.0.1:0", dir, file) }()
	stopped := false
	d := &demo{t: t, stop: func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the demo ended with: %v", err)
		}
	}}
	t.Cleanup(func() { d.stop() })
	for deadline := time.Now().Add(30 * time.Second); ; {
		c, err := world.Read(file)
		if err == nil {
			d.Credentials = c
			return d
		}
		select {
		case err := <-done:
			stopped = true
			t.Fatalf("the demo did not start: %v", err)
		case <-time.After(10 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			t.Fatal("the demo was not ready within 30 s")
		}
	}
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// code is the six-digit code of an error body, in either form.
func (a answer) code() string {
	var x struct {
		Error struct {
			Code string `xml:"code,attr" json:"code"`
		} `xml:"error" json:"error"`
	}
	if bytes.HasPrefix(a.body, []byte("{")) {
		_ = json.Unmarshal(a.body, &x)
	} else {
		_ = xml.Unmarshal(a.body, &x)
	}
	return x.Error.Code
}

func (d *demo) do(verb, path, token string, body []byte, headers ...string) answer {
	d.t.Helper()
	req, err := http.NewRequest(verb, d.BaseURL+path, bytes.NewReader(body))
	if err != nil {
		d.t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("X-Tableau-Auth", token)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return answer{res.StatusCode, res.Header, b}
}

func (d *demo) v1(verb, path string, in, out any) int {
	d.t.Helper()
	var body []byte
	if in != nil {
		body, _ = json.Marshal(in)
	}
	a := d.do(verb, path, "", body, "Authorization", "Bearer "+d.AdminToken, "Content-Type", "application/json")
	if out != nil && a.status < 300 {
		if err := json.Unmarshal(a.body, out); err != nil {
			d.t.Fatalf("%s %s: %v in %s", verb, path, err, a.body)
		}
	}
	return a.status
}

// jwt signs a JWT of a tenant's first app for its first user with the role.
func (d *demo) jwt(site, role string, scopes []string) string {
	d.t.Helper()
	t, _ := d.Tenant(site)
	app, _ := d.App(t.ID)
	user, ok := d.UserWith(t.ID, role)
	if !ok {
		d.t.Fatalf("%s has no user with role %s", site, role)
	}
	token, err := world.JWT(app.Secrets[0], world.Claims{Issuer: app.ClientID, Audience: "tableau", Subject: user.Username,
		ID: rand.Text(), Scopes: scopes}, 5*time.Minute)
	if err != nil {
		d.t.Fatal(err)
	}
	return token
}

func (d *demo) signInWith(site, jwt string) answer {
	d.t.Helper()
	body := fmt.Sprintf(`{"credentials":{"jwt":%q,"site":{"contentUrl":%q}}}`, jwt, site)
	return d.do("POST", "/api/3.21/auth/signin", "", []byte(body), "Content-Type", "application/json", "Accept", "application/json")
}

func (d *demo) signIn(site, role string, scopes ...string) string {
	d.t.Helper()
	if scopes == nil {
		scopes = []string{}
	}
	a := d.signInWith(site, d.jwt(site, role, scopes))
	var in struct {
		Credentials struct {
			Token string `json:"token"`
		} `json:"credentials"`
	}
	if err := json.Unmarshal(a.body, &in); err != nil || in.Credentials.Token == "" {
		d.t.Fatalf("signing in: %d %s", a.status, a.body)
	}
	return in.Credentials.Token
}

// wants checks the status and, for refusals, the code.
func (d *demo) wants(a answer, status int, code string) {
	d.t.Helper()
	if a.status != status || a.code() != code {
		d.t.Errorf("answered %d %q (%s), want %d %q", a.status, a.code(), a.body, status, code)
	}
	if a.header.Get("Prokura-Reference") == "" {
		d.t.Error("the answer has no reference")
	}
}

func TestDemo_the_world_is_as_promised(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir)
	info, err := os.Stat(filepath.Join(dir, "handed-out.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("credentials file: %v %v, want mode 0600", info.Mode(), err)
	}
	if len(d.Tenants) != 4 || d.Tenants[0].ContentURL != "mycodotcom" || d.Tenants[0].Plan != "enterprise" ||
		d.Tenants[1].ContentURL != "starter" || d.Tenants[1].Plan != "starter" {
		t.Errorf("tenants: %+v", d.Tenants)
	}
	for _, role := range []string{"super_admin", "site_admin", "user"} {
		if _, ok := d.UserWith(d.Tenants[0].ID, role); !ok {
			t.Errorf("mycodotcom has no user with role %s", role)
		}
	}
	if strings.HasSuffix(d.BaseURL, "/") {
		t.Errorf("base_url %q ends with a slash", d.BaseURL)
	}
	site := d.Tenants[0].ID
	token := d.signIn("mycodotcom", "user", "tableau:content:read")
	for _, list := range []string{"workbooks", "datasources", "projects", "views"} {
		a := d.do("GET", "/api/3.21/sites/"+site+"/"+list, token, nil)
		if a.status != 200 || !bytes.Contains(a.body, []byte("totalAvailable=")) || bytes.Contains(a.body, []byte(`totalAvailable="0"`)) {
			t.Errorf("GET %s: %d %s, want a list with something in it", list, a.status, a.body)
		}
	}
}

func TestDemo_half_a_world_is_not_taken_for_one(t *testing.T) {
	dir := t.TempDir()
	start(t, dir).stop()
	if err := os.Remove(filepath.Join(dir, "world.json")); err != nil {
		t.Fatal(err)
	}
	err := run(t.Context(), io.Discard, "127.0.0.1:0", dir, filepath.Join(dir, "c.json"))
	if err == nil || !strings.Contains(err.Error(), dir+" has half a world") {
		t.Errorf("a start without what the first one remembered: %v", err)
	}
}

func TestDemo_a_session_ends_and_stays_ended(t *testing.T) {
	dir := t.TempDir()
	d := start(t, dir)
	path := "/api/3.4/sites/" + d.Tenants[0].ID + "/workbooks"
	ended := d.signIn("mycodotcom", "user", "tableau:content:read")
	goes := d.signIn("mycodotcom", "user", "tableau:content:read")
	jwt := d.jwt("mycodotcom", "user", []string{})
	d.wants(d.signInWith("mycodotcom", jwt), 200, "")
	d.wants(d.do("POST", "/api/3.4/auth/signout", ended, nil), 204, "")
	d.wants(d.do("GET", path, ended, nil), 401, "401002")
	d.wants(d.do("GET", path, goes, nil), 200, "")
	d.stop()

	// A restart keeps the port for nobody, so that the issuer changes with it; what a session rests on is checked on
	// one address by the server's own tests. Here the world itself must be the same, and a used JWT stays used.
	again := start(t, dir)
	if !slices.EqualFunc(again.ConnectedApps, d.ConnectedApps, func(a, b world.ConnectedApp) bool {
		return a.ClientID == b.ClientID && slices.Equal(a.Secrets, b.Secrets)
	}) || again.AdminToken != d.AdminToken {
		t.Error("a restart on the same directory made another world")
	}
	d.wants(again.signInWith("mycodotcom", jwt), 401, "401001")
	d.wants(again.do("GET", path, ended, nil), 401, "401002")
	d.wants(again.do("GET", path, again.signIn("mycodotcom", "user", "tableau:content:read"), nil), 200, "")
}

func TestA104_what_the_administrator_takes_is_gone_at_once(t *testing.T) {
	d := start(t, t.TempDir())
	site := d.Tenants[0].ID
	app, _ := d.App(site)
	below := "/v1/tenants/" + site
	read := func(token string) answer { return d.do("GET", "/api/3.21/sites/"+site+"/workbooks", token, nil) }

	token := d.signIn("mycodotcom", "user", "tableau:content:read", "tableau:views:download")
	if got := d.v1("PATCH", below+"/connected-apps/"+app.ClientID, map[string]any{"scopes": []string{"tableau:views:download"}}, nil); got != 200 {
		t.Fatalf("assigning scopes: %d", got)
	}
	d.wants(read(token), 401, "401002")
	if got := d.v1("PATCH", below+"/connected-apps/"+app.ClientID, map[string]any{"scopes": nil}, nil); got != 200 {
		t.Fatalf("assigning the whole catalog: %d", got)
	}
	d.wants(read(token), 401, "401002") // what was taken does not come back to the same token
	token = d.signIn("mycodotcom", "user", "tableau:content:read")
	d.wants(read(token), 200, "")

	user, _ := d.UserWith(site, "user")
	d.v1("PATCH", below+"/users/"+user.ID, map[string]any{"disabled": true}, nil)
	d.wants(read(token), 401, "401002")
	d.wants(d.signInWith("mycodotcom", d.jwt("mycodotcom", "user", []string{})), 401, "401001")
	d.v1("PATCH", below+"/users/"+user.ID, map[string]any{"disabled": false}, nil)

	token = d.signIn("mycodotcom", "user", "tableau:content:read")
	d.v1("POST", below+"/connected-apps/"+app.ClientID+"/disable", nil, nil)
	d.wants(read(token), 401, "401002")
	d.v1("POST", below+"/connected-apps/"+app.ClientID+"/enable", nil, nil)

	token = d.signIn("mycodotcom", "user", "tableau:content:read")
	d.v1("POST", below+"/connected-apps/"+app.ClientID+"/revoke", nil, nil)
	d.wants(read(token), 401, "401002")
	d.wants(d.signInWith("mycodotcom", d.jwt("mycodotcom", "user", []string{})), 401, "401001")
	d.v1("POST", below+"/connected-apps/"+app.ClientID+"/authorize", nil, nil)
	d.wants(read(token), 401, "401002") // nothing old revives
	token = d.signIn("mycodotcom", "user", "tableau:content:read")
	d.v1("DELETE", below+"/connected-apps/"+app.ClientID+"/secrets/"+app.Secrets[0].ID, nil, nil)
	d.wants(read(token), 401, "401002")
}

func TestDemo_the_diagnosis_says_what_the_wire_does_not(t *testing.T) {
	d := start(t, t.TempDir())
	token := d.signIn("mycodotcom", "user", "tableau:content:read")
	refused := d.do("GET", "/api/3.21/sites/"+d.Tenants[0].ID+"/users", token, nil)
	d.wants(refused, 401, "401002")
	again := d.do("GET", "/api/3.21/sites/"+d.Tenants[0].ID+"/users", token, nil)
	if a, b := refused.header.Get("Prokura-Reference"), again.header.Get("Prokura-Reference"); a != b {
		t.Errorf("a repeat answered reference %s, want the first one's %s", b, a)
	}
	var found struct {
		Findings []struct {
			Code, Fixer string
			Message     struct{ EN, DE string }
		}
	}
	if got := d.v1("GET", "/v1/refusals/"+refused.header.Get("Prokura-Reference"), nil, &found); got != 200 {
		t.Fatalf("looking up the refusal: %d", got)
	}
	if len(found.Findings) != 1 || found.Findings[0].Code != "scope_not_granted" || found.Findings[0].Fixer != "developer" ||
		!strings.Contains(found.Findings[0].Message.DE, "tableau:users:read") {
		t.Errorf("findings: %+v", found.Findings)
	}
}
