package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"prokura/bench/floor"
	"prokura/bench/measure"
	"prokura/internal/config"
	"prokura/internal/server"
)

// issuers are the servers of the measured process, and what their callers know.
type issuers struct {
	Product  string
	Parse    string // parses and answers
	Sign     string // signs what it issues
	Verify   string // issues and verifies what it is asked about
	Database string
	World    world
}

const issuerSlice = 250 * time.Millisecond

// startIssuers starts the measured process.
func startIssuers(ctx context.Context) (*child, *issuers, error) {
	child, err := start(ctx, "issuers", "")
	if err != nil {
		return nil, nil, err
	}
	var d issuers
	if err := child.read(&d); err != nil {
		child.stop()
		return nil, nil, err
	}
	return child, &d, nil
}

// serveIssuers is the process with everything that is compared where tokens are issued and asked about.
func serveIssuers(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "prokura-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cfg := config.Default()
	cfg.Listen, cfg.Data = []string{"127.0.0.1:0"}, filepath.Join(dir, "data")
	if err := os.Mkdir(cfg.Data, 0o700); err != nil {
		return err
	}
	d := issuers{Database: filepath.Join(cfg.Data, "prokura.db")}
	w, err := furnishApps(ctx, d.Database)
	if err != nil {
		return err
	}
	d.World = *w
	s, err := server.New(ctx, cfg, server.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	d.Product = s.Addresses()[0]
	background, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- s.Run(background) }()
	rows, err := floor.OpenRefreshes(filepath.Join(dir, "floor.db"), strings.Join(asked, " "), howManyGrants)
	if err != nil {
		return err
	}
	defer rows.Close()
	var verifying *floor.Tokens
	for _, web := range []struct {
		sign, verify bool
		address      *string
	}{{false, false, &d.Parse}, {true, false, &d.Sign}, {true, true, &d.Verify}} {
		handler, err := floor.NewTokens(web.sign, web.verify)
		if err != nil {
			return err
		}
		verifying = handler
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		*web.address = l.Addr().String()
		plain := &http.Server{Handler: handler}
		go plain.Serve(l)
		defer plain.Close()
	}
	if err := json.NewEncoder(os.Stdout).Encode(d); err != nil {
		return err
	}
	err = serveCommands(os.Stdin, os.Stdout, func(command string) (float64, error) {
		switch command {
		case "rows":
			return rows.Run(issuerSlice, connections)
		case "verify":
			return verifying.Verifications(issuerSlice, strings.Join(asked, " "))
		}
		return 0, fmt.Errorf("there is no command %s", command)
	})
	cancel()
	return errors.Join(err, <-served)
}

// formRequest is a form, written out.
func formRequest(address, path, form string) []byte {
	return fmt.Appendf(nil, "POST %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: script/1.0\r\nAccept: application/json\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: %d\r\n\r\n%s", path, address, len(form), form)
}

// form begins a form with how a client proves itself.
func (c *credentials) form(more string) string {
	return "client_id=" + c.ID + "&client_secret=" + c.Secret + "&" + more
}

// side is one of those that are compared, with its samples.
type side struct {
	name         string
	run          func() (sample, error)
	rates, costs []float64
}

// alternate gives each side a slice in every round, each time another one first. The first two rounds warm.
func alternate(rounds int, sides ...*side) error {
	for round := range rounds + 2 {
		for turn := range sides {
			c := sides[(turn+round)%len(sides)]
			s, err := c.run()
			if err != nil {
				return fmt.Errorf("%s: %w", c.name, err)
			}
			if round >= 2 {
				c.rates, c.costs = append(c.rates, s.rate), append(c.costs, s.cpu)
			}
		}
	}
	return nil
}

// asking runs what the child does by itself when it is told to, and what that costs it.
func asking(child *child, command string) func() (sample, error) {
	return func() (sample, error) {
		used, err := child.processor()
		if err != nil {
			return sample{}, err
		}
		start := time.Now()
		rate, err := child.ask(command)
		if err != nil {
			return sample{}, err
		}
		n := rate * time.Since(start).Seconds()
		after, err := child.processor()
		return sample{rate, float64((after - used).Nanoseconds()) / 1e3 / n}, err
	}
}

// table prints what each side came to. What one core does by itself follows from what one of them costs it.
func table(out io.Writer, what string, sides ...*side) {
	fmt.Fprintf(out, "| | %s a second | processor µs each | a second on a whole core |\n|---|---|---|---|\n", what)
	for _, c := range sides {
		cost := measure.Of(c.costs).Median
		fmt.Fprintf(out, "| %s | %.0f | %.0f | %.0f |\n", c.name, measure.Of(c.rates).Median, cost, 1e6/cost)
	}
}

// percent writes a ratio with its interval.
func percent(above, below []float64) string {
	r := measure.Of(measure.Ratios(above, below))
	return fmt.Sprintf("**%.1f %%** (%.1f-%.1f)", 100*r.Median, 100*r.Low, 100*r.High)
}

// share is what one side reaches of another: of its rate, and of what it does with the same processor time, which says more
// where others want the processor, too.
func share(of, in *side) string {
	return percent(of.rates, in.rates) + ", by processor time " + percent(in.costs, of.costs)
}

// sumOfParts is the rate at which parts are done one after the other.
func sumOfParts(f1, f2 []float64) []float64 {
	var out []float64
	for i := range f1 {
		out = append(out, 1/(1/f1[i]+1/f2[i]))
	}
	return out
}
