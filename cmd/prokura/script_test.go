package main

import (
	"flag"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write what commands printed into the scripts")

// TestMain makes the test binary answer as prokura, so that scripts run the real program.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"prokura": main})
}

// TestScript runs testdata/script/*.txt. Each has a directory and an environment of its own; a server that a script
// starts in the background listens on a port of the kernel's choice and is killed with the script.
func TestScript(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Setenv("LANG", "C.UTF-8")
			env.Setenv("LC_ALL", "")
			return os.MkdirAll(env.WorkDir+"/tmp", 0o700)
		},
	})
}
