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
	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/config"
	"prokura/internal/dialect/tableau"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/gateway"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/server"
	"prokura/internal/store"
)

const (
	signInRounds = 40
	signInSlice  = 300 * time.Millisecond
)

// granted is what the sign-ins ask for.
var granted = []string{"tableau:content:read", "tableau:views:download", "tableau:workbooks:create", "tableau:workbooks:update",
	"tableau:datasources:create", "tableau:datasources:update"}

// doors are the servers of the measured process, and what opens them.
type doors struct {
	Product, Storeless, Floor, Parse string
	Operator                         string
	App                              app // of the server without store
}

// signin compares sign-ins on SQLite with the sum of their parts, each measured in the same process in the same run.
func signin(ctx context.Context, out io.Writer) error {
	child, err := start(ctx, "signers", "")
	if err != nil {
		return err
	}
	defer child.stop()
	var d doors
	if err := child.read(&d); err != nil {
		return err
	}
	a, _, err := furnish(ctx, "http://"+d.Product, d.Operator)
	if err != nil {
		return err
	}
	settings, _ := json.Marshal(a)
	if _, err := child.ask("floor " + string(settings)); err != nil {
		return err
	}
	names := []string{"Prokura, SQLite with synchronous=FULL", "floor: parse, verify, sign, answer (f1)",
		"floor: the rows, in groups of 32 (f2)", "Prokura without the store", "floor: parse, answer"}
	var loads [5]*signers
	for i, address := range []string{d.Product, d.Floor, "", d.Storeless, d.Parse} {
		by := a
		if i == 3 {
			by = &d.App
		}
		if address == "" {
			continue
		}
		if loads[i], err = newSigners(address, by); err != nil {
			return err
		}
	}
	var rates, costs [5][]float64
	for round := range signInRounds + 2 {
		for turn := range loads {
			i := (turn + round) % len(loads)
			s, err := loads[i].run(child, signInSlice)
			if err != nil {
				return fmt.Errorf("%s: %w", names[i], err)
			}
			if round >= 2 { // the first two warm
				rates[i], costs[i] = append(rates[i], s.rate), append(costs[i], s.cpu)
			}
		}
	}
	fmt.Fprintf(out, "\n## Sign-in\n\n%d rounds of slices of %v, %d callers. Medians; ratios with their 95 %% interval.\n\n", signInRounds, signInSlice, connections)
	fmt.Fprintf(out, "| | sign-ins a second | processor µs each |\n|---|---|---|\n")
	for i, name := range names {
		fmt.Fprintf(out, "| %s | %.0f | %.0f |\n", name, measure.Of(rates[i]).Median, measure.Of(costs[i]).Median)
	}
	r := measure.Of(measure.Ratios(rates[0], sumOfParts(rates[1], rates[2])))
	own := measure.Of(measure.Ratios(rates[0], sumOfParts(rates[3], rates[2])))
	fmt.Fprintf(out, "\nOf 1/(1/f1 + 1/f2) that is **%.1f %%** (%.1f-%.1f); with Prokura without the store as f1, %.1f %% (%.1f-%.1f).\n",
		100*r.Median, 100*r.Low, 100*r.High, 100*own.Median, 100*own.Low, 100*own.High)
	return nil
}

// signers are callers that sign in again and again. nil is the bare loop, which has none.
type signers struct {
	address string
	by      *app
	conns   []*floor.Conn
}

func newSigners(address string, by *app) (*signers, error) {
	s := &signers{address: address, by: by}
	for range connections {
		c, err := floor.Dial(address)
		if err != nil {
			return nil, err
		}
		s.conns = append(s.conns, c)
	}
	return s, nil
}

func (s *signers) run(child *child, d time.Duration) (sample, error) {
	used, err := child.processor()
	if err != nil {
		return sample{}, err
	}
	var n, rate float64
	start := time.Now()
	if s == nil {
		rate, err = child.ask("rows")
		n = rate * time.Since(start).Seconds()
	} else {
		n, err = s.signIn(start.Add(d))
		rate = n / time.Since(start).Seconds()
	}
	if err != nil {
		return sample{}, err
	}
	after, err := child.processor()
	return sample{rate, float64((after - used).Nanoseconds()) / 1e3 / n}, err
}

func (s *signers) signIn(end time.Time) (float64, error) {
	var count [connections]int
	err := inParallel(connections, connections, func(i int) error {
		for time.Now().Before(end) {
			if status, err := s.conns[i].Do(signInRequest(s.address, s.by, granted), nil); err != nil || status != "200" {
				return errors.Join(err, fmt.Errorf("a sign-in was answered %s", status))
			}
			count[i]++
		}
		return nil
	})
	n := 0
	for _, c := range count {
		n += c
	}
	return float64(n), err
}

// serveSigners is the process with everything that is compared.
func serveSigners(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "prokura-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cfg := config.Default()
	cfg.Listen, cfg.Data = []string{"127.0.0.1:0"}, filepath.Join(dir, "data")
	s, err := server.New(ctx, cfg, server.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	token, err := os.ReadFile(s.OperatorTokenFile)
	if err != nil {
		return err
	}
	background, cancel := context.WithCancel(ctx)
	defer cancel()
	served := make(chan error, 1)
	go func() { served <- s.Run(background) }()

	p, err := newProduct(ctx)
	if err != nil {
		return err
	}
	defer p.close()
	storeless, err := p.uses(&forgetful{p.store, p.memory.Head})
	if err != nil {
		return err
	}
	wire := tableau.New(tableau.Config{Access: storeless, Docket: noBook{}, Clock: clock.System{}, Log: slog.New(slog.DiscardHandler)})
	rows, err := floor.OpenRows(filepath.Join(dir, "floor.db"))
	if err != nil {
		return err
	}
	defer rows.Close()
	full, err := floor.NewSignIn(true, "", "", "", "")
	if err != nil {
		return err
	}
	d := doors{Product: s.Addresses()[0], Operator: strings.TrimSpace(string(token)), App: p.app}
	guarded := &http.Server{Handler: wire}
	gateway.Guard(guarded)
	for _, web := range []struct {
		server  *http.Server
		address *string
	}{{guarded, &d.Storeless}, {&http.Server{Handler: full}, &d.Floor}, {&http.Server{Handler: &floor.SignIn{}}, &d.Parse}} {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return err
		}
		*web.address = l.Addr().String()
		go web.server.Serve(l)
		defer web.server.Close()
	}
	if err := json.NewEncoder(os.Stdout).Encode(d); err != nil {
		return err
	}
	err = serveCommands(os.Stdin, os.Stdout, func(command string) (float64, error) {
		if command == "rows" {
			return rows.Run(signInSlice, 32, strings.Join(granted, " "))
		}
		var a app
		settings, _ := strings.CutPrefix(command, "floor ")
		err := json.Unmarshal([]byte(settings), &a)
		full.Client, full.SecretID, full.Secret, full.User = a.ClientID, a.SecretID, a.Value, a.User
		return 0, err
	})
	cancel()
	return errors.Join(err, <-served)
}

type noBook struct{}

func (noBook) Record(docket.Case) id.Reference { return entropy.ID[id.Reference]() }

// forgetful is a store that reads, and keeps nothing of a sign-in.
type forgetful struct {
	store.Store
	head func() mark.Number
}

func (f *forgetful) Do(_ context.Context, _ audit.Act, fn func(store.Tx) error) error {
	return fn(nothing{head: f.head()})
}

type nothing struct {
	store.Tx
	head mark.Number
}

func (n nothing) Head() mark.Number              { return n.head }
func (nothing) Burn([32]byte, time.Time) error   { return nil }
func (nothing) AddSession(s store.Session) error { return nil }
