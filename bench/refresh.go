package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"time"
)

// refresh compares refreshes on SQLite with the sum of their parts, each measured in the same process in the same run.
func refresh(ctx context.Context, out io.Writer) error {
	rounds, err := numberFrom("BENCH_PAIRS", 60, 1)
	if err != nil {
		return err
	}
	child, d, err := startIssuers(ctx)
	if err != nil {
		return err
	}
	defer child.stop()
	list := []*side{{name: "Prokura, SQLite with synchronous=FULL"}, {name: "floor: parse, sign, answer (f1)"},
		{name: "floor: the rows, in groups of 32 (f2)", run: asking(child, "rows")}, {name: "floor: parse, answer"}}
	for i, address := range map[int]string{0: d.Product, 1: d.Sign, 3: d.Parse} {
		r, err := newRefreshers(address, &d.World)
		if err != nil {
			return err
		}
		// Every grant is refreshed once before anything counts, so that memory holds what it rests on.
		var first [connections]int
		if _, err := drive(child, time.Hour, func(conn int) (bool, error) {
			if first[conn]++; first[conn] > len(r.held[conn]) {
				return false, nil
			}
			return r.step(conn)
		}); err != nil {
			return err
		}
		list[i].run = func() (sample, error) { return drive(child, issuerSlice, r.step) }
	}
	if err := alternate(rounds, list...); err != nil {
		return err
	}
	fmt.Fprintf(out, "\n## Refresh\n\n%d rounds of slices of %v, %d callers, %d grants. Medians; ratios with their 95 %% interval.\n\n",
		rounds, issuerSlice, connections, len(d.World.Refresh))
	table(out, "refreshes", list...)
	var costs []float64
	for i := range rounds {
		costs = append(costs, list[1].costs[i]+list[2].costs[i])
	}
	parts := &side{rates: sumOfParts(list[1].rates, list[2].rates), costs: costs}
	fmt.Fprintf(out, "\nOf 1/(1/f1 + 1/f2) that is %s.\n", share(list[0], parts))
	return nil
}

// refreshers are callers each of whom holds the refresh tokens of some grants, and uses one after the other.
type refreshers struct {
	*formCallers
	held [connections][]held
	at   [connections]int
}

type held struct {
	by    *credentials
	token string
}

func newRefreshers(address string, w *world) (*refreshers, error) {
	callers, err := dialForms(address)
	if err != nil {
		return nil, err
	}
	r := &refreshers{formCallers: callers}
	for i, token := range w.Refresh {
		caller := i % connections
		r.held[caller] = append(r.held[caller], held{&w.Clients[i%len(w.Clients)], token})
	}
	return r, nil
}

// step refreshes once, and keeps the successor.
func (r *refreshers) step(conn int) (bool, error) {
	mine := &r.held[conn][r.at[conn]]
	r.at[conn] = (r.at[conn] + 1) % len(r.held[conn])
	form := mine.by.form("grant_type=refresh_token&refresh_token=" + url.QueryEscape(mine.token))
	body, err := r.send(conn, formRequest(r.address, "/oauth/token", form))
	if err != nil {
		return false, err
	}
	next := member(body, "refresh_token")
	if next == "" || next == mine.token || member(body, "access_token") == "" {
		return false, fmt.Errorf("nothing was rotated: %s", body)
	}
	mine.token = next
	return true, nil
}
