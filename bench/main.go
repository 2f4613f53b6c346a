// Command bench measures Prokura against what else one would take, in ratios of one run, and prints the tables of
// docs/performance.md.
//
//	decision   one decision, in this process
//	gateway    a proxied call, against a bare ReverseProxy
//	signin     a sign-in, against the sum of its parts
//	tokens     client_credentials, against a server that only signs
//	introspect a token that was seen before, and one that was not, against parsing and verifying
//	refresh    a refresh, against the sum of its parts
//	installs   the verdict on an installation, and what a flood of unfinished ones leaves
//	governance revoking an app, with one live refresh family and with a million
//	memory     what a process, a session, a mark and a cached token cost
//
// Without arguments all of them run, each in a process of its own. Those over HTTP want two cores: what is measured has
// one, its load the other. BENCH_PAIRS, BENCH_TOKENS, BENCH_REQUESTS and BENCH_FAMILIES say other numbers of rounds, tokens,
// authorize requests and refresh families than the usual ones; BENCH_PROFILE names a file for the profile of what is measured.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/pprof"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench: error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 2 {
		return play(ctx, args[0], args[1])
	}
	if len(args) == 0 {
		args = []string{"decision", "gateway", "signin", "tokens", "introspect", "refresh", "installs", "governance", "memory"}
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	for _, part := range args {
		cmd := pin(ctx, coreLoad, self, "measure", part)
		cmd.Stdout = os.Stdout
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", part, err)
		}
	}
	return nil
}

// play is what this program does in a process that it started itself.
func play(ctx context.Context, role, argument string) error {
	switch role {
	case "proxies":
		return profiled(func() error { return proxies(ctx, argument) })
	case "signers":
		return profiled(func() error { return serveSigners(ctx) })
	case "issuers":
		return profiled(func() error { return serveIssuers(ctx) })
	}
	parts := map[string]func(context.Context, io.Writer) error{"decision": decision, "gateway": callsThrough, "signin": signin,
		"tokens": tokens, "introspect": introspect, "refresh": refresh, "installs": installs,
		"governance": governance, "memory": memory}
	part, ok := parts[argument]
	if role != "measure" || !ok {
		return fmt.Errorf("there is no %s %s", role, argument)
	}
	return part(ctx, os.Stdout)
}

// profiled writes where the processor time of a measured process went to the file that BENCH_PROFILE names.
func profiled(fn func() error) error {
	file := os.Getenv("BENCH_PROFILE")
	if file == "" {
		return fn()
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return err
	}
	err = fn()
	pprof.StopCPUProfile()
	return errors.Join(err, f.Close())
}
