package browser_test

import (
	"bufio"
	"encoding/json"
	"io"
	"os/exec"
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
