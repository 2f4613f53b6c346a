package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver named "sqlite"

	"prokura/bench/floor"
	"prokura/bench/measure"
	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// installs measures the verdict on an installation, and floods the server with authorize requests that nobody finishes.
func installs(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\n## Installations\n\n")
	if err := verdicts(out); err != nil {
		return err
	}
	return flood(ctx, out)
}

// verdicts times policy.Install on fifty scopes of the catalog that ships.
func verdicts(out io.Writer) error {
	names, all, err := crmScopes()
	if err != nil {
		return err
	}
	names = names[:50]
	question := func(required, optional []string) *policy.InstallQuestion {
		parse := func(names []string) scope.Set {
			set, err := scope.ParseSet(names)
			if err != nil {
				panic(err) // they are the catalog's
			}
			return set
		}
		q := &policy.InstallQuestion{Client: "c", ClientFound: policy.Passed, Enabled: true, Redirect: policy.Passed, RedirectURI: callback,
			Required: parse(required[:20]), Conditional: parse(required[20:]), Selectable: parse(optional), Facts: all.Facts,
			Tenant: policy.Passed, Entitled: func(string) bool { return true }, Governed: policy.Passed, User: policy.Passed,
			Permissions: func(string) bool { return true }}
		q.Scope, q.Optional = parse(required), parse(optional)
		q.Consented, q.Approved = q.Scope, q.Scope
		return q
	}
	right := question(names[:40], names[40:])
	wrong := question(names[:40], names[40:])
	wrong.Scope, wrong.Optional = right.Optional, right.Scope
	if v := policy.Install(right); v.Refused() {
		return fmt.Errorf("an installation with nothing wrong is refused: %v", v.Findings)
	}
	if v := policy.Install(wrong); len(v.Findings) != len(names) {
		return fmt.Errorf("%d findings where every scope stands in the wrong place", len(v.Findings))
	}
	ask := func(q *policy.InstallQuestion) func(int) {
		return func(n int) {
			for range n {
				policy.Install(q)
			}
		}
	}
	samples := measure.Interleave(100, 100, ask(right), ask(wrong))
	fmt.Fprintf(out, "| | µs |\n|---|---|\n")
	for i, what := range []string{"the verdict on 50 scopes, all in place", "the verdict on 50 scopes, each in the wrong place"} {
		f := measure.Of(samples[i])
		fmt.Fprintf(out, "| %s | %.1f (%.1f-%.1f) |\n", what, f.Median/1e3, f.Low/1e3, f.High/1e3)
	}
	return nil
}

// crmScopes are the names of the scopes of the catalog that ships, in order.
func crmScopes() ([]string, *registry.Catalogs, error) {
	src, _ := catalogs.Builtin("crm")
	crm, problems := catalog.Load("crm.yaml", src)
	if crm == nil {
		return nil, nil, fmt.Errorf("loading the catalog: %v", problems)
	}
	all, err := registry.NewCatalogs(crm)
	if err != nil {
		return nil, nil, err
	}
	return all.All().Names(), all, nil
}

// flooded are the clients of the flood, by how many distinct install URLs of theirs are asked for.
var flooded = []int{1, 50, store.MaxInstallURLs, 5000}

// flood sends authorize requests of a few clients, and counts rows before and after.
func flood(ctx context.Context, out io.Writer) error {
	requests, err := numberFrom("BENCH_REQUESTS", 20_000, connections)
	if err != nil {
		return err
	}
	child, d, err := startIssuers(ctx)
	if err != nil {
		return err
	}
	defer child.stop()
	before, err := rowCounts(ctx, d.Database)
	if err != nil {
		return err
	}
	var conns []*floor.Conn
	for range connections {
		c, err := floor.Dial(d.Product)
		if err != nil {
			return err
		}
		conns = append(conns, c)
	}
	start := time.Now()
	err = inParallel(connections, connections, func(conn int) error {
		for i := conn; i < requests; i += connections {
			status, err := conns[conn].Do(authorizeRequest(d.Product, &d.World, i), nil)
			if err != nil || status != "200" {
				return errors.Join(err, fmt.Errorf("an authorize request was answered %s", status))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	took := time.Since(start)
	time.Sleep(3 * time.Second) // what is counted is written each second
	after, err := rowCounts(ctx, d.Database)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\n%d authorize requests that nobody finished, each with its own state, of %d clients with %v distinct install URLs:\n%.0f a second. Rows:\n\n| table | before | after |\n|---|---|---|\n",
		requests, len(flooded), flooded, float64(requests)/took.Seconds())
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if before[table] != after[table] {
			fmt.Fprintf(out, "| %s | %d | %d |\n", table, before[table], after[table])
		}
	}
	for i, n := range flooded {
		kept, err := countRows(ctx, d.Database, `SELECT count(*) FROM install_urls WHERE client = unhex(replace($1, '-', ''))`, d.World.Clients[i].ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\nOf the client with %d: %d rows.", n, kept)
	}
	fmt.Fprintln(out)
	return nil
}

// authorizeRequest is the nth request of the flood, written out.
func authorizeRequest(address string, w *world, n int) []byte {
	client := n % len(flooded)
	one := n / len(flooded) % flooded[client]
	// Distinct URLs ask for distinct optional scopes: those whose bit is set.
	var optional []string
	for i, name := range w.Spare {
		if one>>i&1 == 1 {
			optional = append(optional, name)
		}
	}
	v := url.Values{"client_id": {w.Clients[client].ID}, "redirect_uri": {callback}, "scope": {strings.Join(asked, " ")},
		"optional_scope": {strings.Join(optional, " ")}, "state": {fmt.Sprint("state", n)}}
	return fmt.Appendf(nil, "GET /oauth/authorize?%s HTTP/1.1\r\nHost: %s\r\nUser-Agent: browser/1.0\r\nAccept: text/html\r\n\r\n", v.Encode(), address)
}

// rowCounts are the rows of every table of a database that a server has open.
func rowCounts(ctx context.Context, path string) (map[string]int, error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return nil, err
	}
	defer db.Close()
	list, err := db.QueryContext(ctx, `SELECT name FROM sqlite_master WHERE type = 'table'`)
	if err != nil {
		return nil, err
	}
	defer list.Close()
	var names []string
	for list.Next() {
		var name string
		if err := list.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if err := list.Err(); err != nil {
		return nil, err
	}
	out := map[string]int{}
	for _, name := range names {
		var n int
		if err := db.QueryRowContext(ctx, `SELECT count(*) FROM "`+name+`"`).Scan(&n); err != nil {
			return nil, err
		}
		out[name] = n
	}
	return out, nil
}

// countRows answers a question that has one number as its answer.
func countRows(ctx context.Context, path, query string, args ...any) (n int, err error) {
	db, err := sql.Open("sqlite", "file:"+path+"?mode=ro&_pragma=busy_timeout(5000)")
	if err != nil {
		return 0, err
	}
	defer db.Close()
	err = db.QueryRowContext(ctx, query, args...).Scan(&n)
	return n, err
}

// grown says how many rows which table has more.
func grown(before, after map[string]int) string {
	var out []string
	for _, table := range slices.Sorted(maps.Keys(after)) {
		if n := after[table] - before[table]; n != 0 {
			out = append(out, fmt.Sprint(n, " in ", table))
		}
	}
	if len(out) == 0 {
		return "none"
	}
	return strings.Join(out, ", ")
}
