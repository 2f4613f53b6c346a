package browser_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// independent is the client in client.mjs, a process of its own.
type independent struct {
	t   *testing.T
	in  io.Writer
	out *bufio.Reader
}

func newIndependent(t *testing.T) *independent {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "node", "client.mjs")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		in.Close()
		_ = cmd.Wait() // it ends with its input, or with the test
	})
	return &independent{t, in, bufio.NewReader(out)}
}

// answer is what the client says to a command.
type answer struct {
	OK          map[string]any `json:"ok"`
	Error       string         `json:"error"`
	Description string         `json:"description"`
}

func (c *independent) ask(command string, with map[string]string) answer {
	c.t.Helper()
	request := map[string]string{"command": command}
	for k, v := range with {
		request[k] = v
	}
	line, err := json.Marshal(request)
	if err != nil {
		c.t.Fatal(err)
	}
	if _, err := c.in.Write(append(line, '\n')); err != nil {
		c.t.Fatalf("%s: %v", command, err)
	}
	got, err := c.out.ReadBytes('\n')
	if err != nil {
		c.t.Fatalf("%s: %v", command, err)
	}
	var a answer
	if err := json.Unmarshal(got, &a); err != nil {
		c.t.Fatalf("%s answered %s: %v", command, got, err)
	}
	return a
}

// must asks for what has to succeed.
func (c *independent) must(command string, with map[string]string) map[string]any {
	c.t.Helper()
	a := c.ask(command, with)
	if a.Error != "" {
		c.t.Fatalf("%s: %s: %s", command, a.Error, a.Description)
	}
	return a.OK
}

// A client that Prokura shares no code with learns everything from the metadata, runs the code flow while a person
// consents, refreshes, asks after its token and gives it back.
func TestOpenIDClient_code_flow(t *testing.T) {
	for _, tt := range []struct{ name, slug, how string }{
		{"a confidential client, HTTP Basic", "contact-sync", "basic"},
		{"a confidential client, secret in the form", "contact-sync", "post"},
		{"a public client", "phone", "none"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, _ := app(t, tt.slug)
			rp := newIndependent(t)
			metadata := rp.must("discover", map[string]string{"issuer": demo.BaseURL, "clientID": c.ClientID, "secret": c.ClientSecret, "how": tt.how})
			if metadata["issuer"] != demo.BaseURL {
				t.Errorf("metadata of %v", metadata["issuer"])
			}
			redirect := c.RedirectURIs[0]
			begun := rp.must("begin", map[string]string{"redirectURI": redirect, "scope": strings.Join(c.Required, " "), "optionalScope": strings.Join(c.Optional, " ")})
			b := newTab(t, 1280)
			b.open(begun["url"].(string))
			b.logIn("iris")
			if b.has(allow) {
				b.press(allow)
			}
			// The third-party app's own server does not know this state, so that it leaves the code alone.
			if !strings.HasPrefix(b.url(), redirect+"?") {
				t.Fatalf("ended at %s\n%s", b.url(), b.body())
			}
			tokens := rp.must("finish", map[string]string{"url": b.url()})
			if tokens["token_type"] != "bearer" || tokens["scope"] == "" {
				t.Errorf("tokens: %v", tokens)
			}
			if a := rp.ask("finish", map[string]string{"url": b.url()}); a.Error != "invalid_grant" {
				t.Errorf("the code a second time: %+v", a)
			}
		})
	}
}

// Refreshing, introspection and revocation as the same client sees them.
func TestOpenIDClient_the_life_of_tokens(t *testing.T) {
	c, _ := app(t, "contact-sync")
	rp := newIndependent(t)
	rp.must("discover", map[string]string{"issuer": demo.BaseURL, "clientID": c.ClientID, "secret": c.ClientSecret, "how": "basic"})
	begun := rp.must("begin", map[string]string{"redirectURI": c.RedirectURIs[0], "scope": strings.Join(c.Required, " ")})
	b := newTab(t, 1280)
	b.open(begun["url"].(string))
	b.logIn("iris")
	if b.has(allow) {
		b.press(allow)
	}
	tokens := rp.must("finish", map[string]string{"url": b.url()})
	access, refresh := tokens["access_token"].(string), tokens["refresh_token"].(string)
	if got := rp.must("introspect", map[string]string{"token": access}); got["active"] != true || got["client_id"] != c.ClientID {
		t.Errorf("introspection: %v", got)
	}
	second := rp.must("refresh", map[string]string{"token": refresh})
	if second["access_token"] == access {
		t.Error("the refresh answered the same access token")
	}
	rp.must("revoke", map[string]string{"token": second["refresh_token"].(string)})
	for _, token := range []string{access, second["access_token"].(string)} {
		if got := rp.must("introspect", map[string]string{"token": token}); got["active"] != false {
			t.Errorf("a token of a family that was revoked: %v", got)
		}
	}
	if a := rp.ask("refresh", map[string]string{"token": second["refresh_token"].(string)}); a.Error != "invalid_grant" {
		t.Errorf("a refresh token of a family that was revoked: %+v", a)
	}
}
