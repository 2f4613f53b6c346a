package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"time"

	"prokura/bench/measure"
	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/v1client"
)

// child is a process of ours that is measured, on a core of its own.
type child struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// The cores that the measured process and its load are pinned to.
const (
	coreMeasured = 0
	coreLoad     = 1
)

// pin makes a command run on one core, if there are two to choose from.
func pin(ctx context.Context, core int, name string, args ...string) *exec.Cmd {
	if _, err := exec.LookPath("taskset"); err == nil && runtime.NumCPU() > 1 {
		args = append([]string{"-c", strconv.Itoa(core), name}, args...)
		name = "taskset"
	}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1")
	cmd.Stderr = os.Stderr
	return cmd
}

// start starts this program again in another role.
func start(ctx context.Context, role, argument string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	c := &child{cmd: pin(ctx, coreMeasured, self, role, argument)}
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

func (c *child) read(v any) error {
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("reading what %s says: %w", c.cmd.Args, err)
	}
	return json.Unmarshal(line, v)
}

// ask sends a command and answers the number that comes back.
func (c *child) ask(command string) (float64, error) {
	if _, err := io.WriteString(c.in, command+"\n"); err != nil {
		return 0, err
	}
	var answer float64
	err := c.read(&answer)
	return answer, err
}

// processor is the processor time that the child has used.
func (c *child) processor() (time.Duration, error) {
	ns, err := c.ask("processor")
	return time.Duration(ns), err
}

// stop ends the child, which ends when there are no more commands.
func (c *child) stop() {
	c.in.Close()
	c.cmd.Wait()
}

// serveCommands answers commands with numbers until there are no more.
func serveCommands(in io.Reader, out io.Writer, other func(command string) (float64, error)) error {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var answer float64
		switch command := lines.Text(); command {
		case "processor":
			used, err := measure.Processor()
			if err != nil {
				return err
			}
			answer = float64(used.Nanoseconds())
		default:
			var err error
			if answer, err = other(command); err != nil {
				return err
			}
		}
		if _, err := fmt.Fprintf(out, "%.0f\n", answer); err != nil {
			return err
		}
	}
	return lines.Err()
}

// furnish makes a tenant with a user and a connected app, over the admin API.
func furnish(ctx context.Context, baseURL, operator string) (*app, string, error) {
	v1, err := v1client.New(baseURL, operator, "en")
	if err != nil {
		return nil, "", err
	}
	post := func(path string, body any) (answer map[string]any, err error) {
		answer, _, err = v1client.Send[map[string]any](ctx, v1, "POST", path, body)
		return answer, err
	}
	tenant, err := post("/v1/tenants", map[string]any{"name": "Bench", "content_url": "bench", "plan": "enterprise"})
	if err != nil {
		return nil, "", err
	}
	below := fmt.Sprint("/v1/tenants/", tenant["id"])
	if _, err := post(below+"/users", map[string]any{"name": "ada@bench.example", "full_name": "Ada", "roles": []string{"user"}}); err != nil {
		return nil, "", err
	}
	made, err := post(below+"/connected-apps", map[string]any{"name": "Bench"})
	if err != nil {
		return nil, "", err
	}
	secret, err := post(fmt.Sprint(below, "/connected-apps/", made["client_id"], "/secrets"), nil)
	if err != nil {
		return nil, "", err
	}
	return &app{ClientID: fmt.Sprint(made["client_id"]), SecretID: fmt.Sprint(secret["id"]), Value: fmt.Sprint(secret["value"]),
		User: "ada@bench.example", ContentURL: "bench"}, fmt.Sprint(tenant["id"]), nil
}

// analytics is the catalog that ships.
func analytics() (*catalog.Catalog, error) {
	src, _ := catalogs.Builtin("analytics")
	c, problems := catalog.Load("analytics.yaml", src)
	if c == nil {
		return nil, fmt.Errorf("loading the catalog: %v", problems)
	}
	return c, nil
}

// signInRequest is a whole sign-in, written out.
func signInRequest(address string, a *app, scopes []string) []byte {
	body := a.body(a.assertion(rand.Text(), scopes))
	return fmt.Appendf(nil, "POST /api/3.21/auth/signin HTTP/1.1\r\nHost: %s\r\nUser-Agent: script/1.0\r\nAccept: application/json\r\n"+
		"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", address, len(body), body)
}
