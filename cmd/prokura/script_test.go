package main

import (
	"flag"
	"net"
	"net/http"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what commands printed into the scripts")

// TestMain makes the test binary answer as prokura, so that scripts run the real program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"prokura": main})
}

// TestScript runs testdata/script/*.txt. Each has a directory, an environment and a loopback address of its own in $ADDR.
// A server is started in the background and stopped by a signal:
//
//	env PROKURA_LISTEN=$ADDR
//	exec prokura serve &server&
//	ready
//	…
//	kill -INT server
//	wait server
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("LC_ALL", "")
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return err
			}
			env.Setenv("ADDR", l.Addr().String())
			return l.Close()
		},
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"ready": ready,
			"mode":  mode,
		},
	})
}

// ready waits until the server at $ADDR answers its readiness check.
func ready(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: ready")
	}
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.After(30 * time.Second); ; {
		if resp, err := http.Get("http://" + ts.Getenv("ADDR") + "/readyz"); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case <-tick.C:
		case <-deadline:
			ts.Fatalf("the server at %s is not ready after 30 s", ts.Getenv("ADDR"))
		}
	}
}

// mode compares the permission bits of a file, as in: mode 0600 prokura-data/operator.token
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode BITS FILE")
	}
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := "0" + strconv.FormatUint(uint64(info.Mode().Perm()), 8); got != args[0] {
		ts.Fatalf("%s has mode %s, want %s", args[1], got, args[0])
	}
}
