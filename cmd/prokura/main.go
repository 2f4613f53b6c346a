// Command prokura keeps who may act for whom, with which scopes, until when. `prokura --help` lists what it can do.
package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"prokura/internal/cli"
)

func main() { os.Exit(run()) }

// run is main with its exit status as a value, so that scripts in tests can call it.
func run() int {
	// A second signal ends the process at once: stop restores what signals do by default.
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	defer stop()
	return cli.Run(ctx, cli.Process{
		Args: os.Args[1:], Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Env: environ(), Server: wired(),
	})
}

func environ() map[string]string {
	env := map[string]string{}
	for _, pair := range os.Environ() {
		if name, value, ok := strings.Cut(pair, "="); ok {
			env[name] = value
		}
	}
	return env
}
