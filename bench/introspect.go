package main

import (
	"context"
	"fmt"
	"io"
	"sync/atomic"
	"time"
)

const unseenEachRound = 500

// introspect compares asking about a token that was seen before with parsing and answering alone, then asking about tokens
// that were not with one verification.
func introspect(ctx context.Context, out io.Writer) error {
	rounds, err := numberFrom("BENCH_PAIRS", 100, 1)
	if err != nil {
		return err
	}
	howMany, err := howManyTokens()
	if err != nil {
		return err
	}
	child, d, err := startIssuers(ctx)
	if err != nil {
		return err
	}
	defer child.stop()
	ours, err := newAsker(d.Product, "/oauth/token", "/oauth/introspect", d.World.Clients)
	if err != nil {
		return err
	}
	parsing, err := newAsker(d.Parse, "/token", "/introspect", d.World.Clients)
	if err != nil {
		return err
	}
	verifying, err := newAsker(d.Verify, "/token", "/introspect", d.World.Clients)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n## Introspection\n\n%d rounds of slices of %v, %d connections, tokens of %d clients. Medians; ratios with their 95 %% interval.\n\n",
		rounds, issuerSlice, connections, len(d.World.Clients))
	seen, err := ours.questions(howMany)
	if err != nil {
		return err
	}
	// All are seen once before anything counts. The floor is asked the same questions: it looks at none of the tokens.
	if _, err := ours.run(child, time.Hour, seen); err != nil {
		return err
	}
	again := []*side{{name: "Prokura"}, {name: "floor: parse, answer"}}
	for i, a := range []*asker{ours, parsing} {
		again[i].run = func() (sample, error) { return a.repeat(child, issuerSlice, seen) }
	}
	if err := alternate(rounds, again...); err != nil {
		return err
	}
	table(out, fmt.Sprintf("questions about %d tokens seen before", howMany), again...)
	fmt.Fprintf(out, "\nOf parsing and answering that is %s.\n\n", share(again[0], again[1]))

	known, err := verifying.questions(unseenEachRound)
	if err != nil {
		return err
	}
	first := []*side{{name: "Prokura"}, {name: "floor: parse, verify, answer"}, {name: "floor: verify, in a bare loop", run: asking(child, "verify")}}
	first[0].run = func() (sample, error) {
		fresh, err := ours.questions(unseenEachRound) // not measured
		if err != nil {
			return sample{}, err
		}
		return ours.run(child, time.Hour, fresh)
	}
	first[1].run = func() (sample, error) { return verifying.run(child, time.Hour, known) }
	if err := alternate(rounds, first...); err != nil {
		return err
	}
	table(out, "questions about tokens not seen before", first...)
	fmt.Fprintf(out, "\nOf parsing, verifying and answering that is %s; of one verification in a bare loop %s.\n",
		share(first[0], first[1]), share(first[0], first[2]))
	return nil
}

// asker obtains tokens from a server and asks it about them.
type asker struct {
	*formCallers
	path    string
	clients []credentials
	wanted  [][]byte // requests for tokens, of each client
	issued  int
}

func newAsker(address, issue, ask string, clients []credentials) (*asker, error) {
	callers, err := dialForms(address)
	if err != nil {
		return nil, err
	}
	return &asker{callers, ask, clients, ownTokenRequests(address, issue, clients), 0}, nil
}

// questions are about so many new tokens. Each asks as the client that it was issued to.
func (a *asker) questions(n int) ([][]byte, error) {
	out := make([][]byte, n)
	conns := make(chan int, connections)
	for i := range connections {
		conns <- i
	}
	first := a.issued
	a.issued += n
	err := inParallel(connections, n, func(i int) error {
		of := (first + i) % len(a.clients)
		conn := <-conns
		defer func() { conns <- conn }()
		body, err := a.send(conn, a.wanted[of])
		if err != nil {
			return fmt.Errorf("asking for a token: %w", err)
		}
		out[i] = formRequest(a.address, a.path, a.clients[of].form("token="+member(body, "access_token")))
		return nil
	})
	return out, err
}

// run asks each question once.
func (a *asker) run(child *child, d time.Duration, questions [][]byte) (sample, error) {
	var next atomic.Int64
	return drive(child, d, func(conn int) (bool, error) {
		i := int(next.Add(1)) - 1
		if i >= len(questions) {
			return false, nil
		}
		return true, a.ask(conn, questions[i])
	})
}

// repeat asks again and again, going on where it stopped.
func (a *asker) repeat(child *child, d time.Duration, questions [][]byte) (sample, error) {
	var next atomic.Int64
	next.Store(int64(a.issued))
	defer func() { a.issued = int(next.Load()) }()
	return drive(child, d, func(conn int) (bool, error) {
		return true, a.ask(conn, questions[int(next.Add(1))%len(questions)])
	})
}

func (a *asker) ask(conn int, question []byte) error {
	body, err := a.send(conn, question)
	if err == nil && len(member(body, "jti")) == 0 {
		err = fmt.Errorf("no active token: %s", body)
	}
	return err
}
