package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"prokura/bench/floor"
	"prokura/bench/measure"
	"prokura/internal/config"
	"prokura/internal/server"
)

const (
	connections = 32
	pairs       = 200
	slice       = 250 * time.Millisecond
)

// howManyTokens is 10 000, unless BENCH_TOKENS says another number. Each costs the gateway an identity header every four
// minutes, and memory that the processor's caches do not hold.
func howManyTokens() (int, error) { return numberFrom("BENCH_TOKENS", 10_000, connections) }

// numberFrom is the number in a variable of the environment; where there is none, the usual one.
func numberFrom(name string, usual, least int) (int, error) {
	text := os.Getenv(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least {
		return 0, fmt.Errorf("%s is %q, want a number of at least %d", name, text, least)
	}
	return n, nil
}

// callsThrough compares a call through the product's own server, tokens seen before, with a bare ReverseProxy. Both stand in
// one process on one core (proxies); load and upstream in this one, on another.
func callsThrough(ctx context.Context, out io.Writer) error {
	up, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	defer up.Close()
	go floor.ServeUpstream(up)
	child, err := start(ctx, "proxies", up.Addr().String())
	if err != nil {
		return err
	}
	defer child.stop()
	var doors struct{ Gateway, Bare, Token string }
	if err := child.read(&doors); err != nil {
		return err
	}
	a, tenant, err := furnish(ctx, "http://"+doors.Gateway, doors.Token)
	if err != nil {
		return err
	}
	tokens, err := howManyTokens()
	if err != nil {
		return err
	}
	requests, size, err := writeRequests(doors.Gateway, a, tenant, tokens)
	if err != nil {
		return err
	}
	ours, err := newLoad(doors.Gateway, requests)
	if err != nil {
		return err
	}
	bare, err := newLoad(doors.Bare, requests)
	if err != nil {
		return err
	}
	// Every token is seen once before anything counts.
	for _, l := range []*load{ours, bare} {
		if err := l.once(); err != nil {
			return err
		}
	}
	var mine, floors [2][]float64 // requests a second, processor µs a request
	for i := range pairs {
		for turn := range 2 {
			l, to := ours, &mine
			if (i+turn)%2 == 1 {
				l, to = bare, &floors
			}
			s, err := l.run(child, slice)
			if err != nil {
				return err
			}
			to[0], to[1] = append(to[0], s.rate), append(to[1], s.cpu)
		}
	}
	ratio, cost := measure.Of(measure.Ratios(mine[0], floors[0])), measure.Of(measure.Ratios(floors[1], mine[1]))
	g, b := measure.Of(mine[0]), measure.Of(floors[0])
	gc, bc := measure.Of(mine[1]), measure.Of(floors[1])
	fmt.Fprintf(out, "\n## Gateway\n\n%d pairs of slices of %v, %d connections, %d tokens of %d bytes on average, all methods of the catalog, 25 headers,\nanswers of 1 KiB. Medians with their 95 %% interval.\n\n", pairs, slice, connections, tokens, size)
	fmt.Fprintf(out, "| | gateway | bare ReverseProxy | gateway in %% of bare |\n|---|---|---|---|\n")
	fmt.Fprintf(out, "| requests a second | %.0f | %.0f | **%.1f** (%.1f-%.1f) |\n", g.Median, b.Median, 100*ratio.Median, 100*ratio.Low, 100*ratio.High)
	fmt.Fprintf(out, "| processor µs a request | %.1f | %.1f | %.1f (%.1f-%.1f), as calls for the same time |\n", gc.Median, bc.Median, 100*cost.Median, 100*cost.Low, 100*cost.High)
	return nil
}

// proxies is the process with both proxies. It tells its parent where they are, and answers each line with the
// processor time that it has used.
func proxies(ctx context.Context, upstream string) error {
	dir, err := os.MkdirTemp("", "prokura-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	cfg := config.Default()
	cfg.Listen, cfg.Data = []string{"127.0.0.1:0"}, filepath.Join(dir, "data")
	cfg.Routes = []config.Route{{Prefix: "/api", Catalog: "analytics", Dialect: "tableau", Upstream: "http://" + upstream, Audience: "bench"}}
	s, err := server.New(ctx, cfg, server.Deps{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return err
	}
	token, err := os.ReadFile(s.OperatorTokenFile)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	background, cancel := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- s.Run(background) }()
	bare := &http.Server{Handler: floor.NewProxy(&url.URL{Scheme: "http", Host: upstream})}
	go bare.Serve(l)
	err = json.NewEncoder(os.Stdout).Encode(map[string]string{"Gateway": s.Addresses()[0], "Bare": l.Addr().String(),
		"Token": strings.TrimSpace(string(token))})
	if err == nil {
		err = serveCommands(os.Stdin, os.Stdout, nil)
	}
	bare.Close()
	cancel()
	<-served
	return err
}

// load is a list of requests on its way through keep-alive connections.
type load struct {
	conns    []*floor.Conn
	requests [][]byte
	at       []int // where each connection is in the list
}

func newLoad(address string, requests [][]byte) (*load, error) {
	l := &load{requests: requests}
	for i := range connections {
		c, err := floor.Dial(address)
		if err != nil {
			return nil, err
		}
		l.conns, l.at = append(l.conns, c), append(l.at, i*len(requests)/connections)
	}
	return l, nil
}

// once sends every request of the list once.
func (l *load) once() error {
	return inParallel(connections, connections, func(i int) error {
		for range len(l.requests)/connections + 1 {
			if err := l.next(i); err != nil {
				return err
			}
		}
		return nil
	})
}

// next sends the next request of one connection.
func (l *load) next(i int) error {
	request := l.requests[l.at[i]]
	status, err := l.conns[i].Do(request, nil)
	if err != nil {
		return err
	}
	if status != "200" {
		line, _, _ := strings.Cut(string(request), "\r\n")
		return fmt.Errorf("%s was answered %s", line, status)
	}
	l.at[i] = (l.at[i] + 1) % len(l.requests)
	return nil
}

// sample is what one slice of time came to.
type sample struct{ rate, cpu float64 }

// run sends requests on all connections for a while, and asks the server's process what they cost it.
func (l *load) run(child *child, d time.Duration) (sample, error) {
	return drive(child, d, func(i int) (bool, error) { return true, l.next(i) })
}

// drive lets every connection take its steps for a while, or until it has no more, and asks the server's process what they
// cost it.
func drive(child *child, d time.Duration, step func(conn int) (bool, error)) (sample, error) {
	used, err := child.processor()
	if err != nil {
		return sample{}, err
	}
	var count [connections]int
	start := time.Now()
	end := start.Add(d)
	err = inParallel(connections, connections, func(i int) error {
		for time.Now().Before(end) {
			if more, err := step(i); err != nil || !more {
				return err
			}
			count[i]++
		}
		return nil
	})
	took := time.Since(start)
	if err != nil {
		return sample{}, err
	}
	after, err := child.processor()
	if err != nil {
		return sample{}, err
	}
	n := 0
	for _, c := range count {
		n += c
	}
	return sample{float64(n) / took.Seconds(), float64((after - used).Nanoseconds()) / 1e3 / float64(n)}, nil
}

// writeRequests signs in once for each token and writes the requests out: request i is of token i, and of the methods
// each in turn.
func writeRequests(address string, a *app, tenant string, tokens int) (requests [][]byte, size int, err error) {
	c, err := analytics()
	if err != nil {
		return nil, 0, err
	}
	list, err := calls(c, tenant)
	if err != nil {
		return nil, 0, err
	}
	all := c.Concrete().Names()
	requests = make([][]byte, tokens)
	sizes := make([]int, tokens)
	conns := make(chan *floor.Conn, connections)
	for range connections {
		c, err := floor.Dial(address)
		if err != nil {
			return nil, 0, err
		}
		defer c.Close()
		conns <- c
	}
	err = inParallel(connections, tokens, func(i int) error {
		m := list[i%len(list)]
		conn := <-conns
		token, err := signIn(conn, address, a, scopesFor(m.method, all, i))
		conns <- conn
		if err != nil {
			return err
		}
		requests[i], sizes[i] = writeRequest(address, m, token), len(token)
		return nil
	})
	for _, n := range sizes {
		size += n
	}
	return requests, size / tokens, err
}

// writeRequest is a call with 25 headers, those of a script behind a browser and a tracing proxy.
func writeRequest(address string, c call, token string) []byte {
	body := ""
	lines := []string{c.verb + " " + c.path + " HTTP/1.1", "Host: " + address, "X-Tableau-Auth: " + token,
		"Accept: application/xml", "Accept-Encoding: gzip, deflate, br", "Accept-Language: de-DE,de;q=0.9,en;q=0.8",
		"Cache-Control: no-cache", "Pragma: no-cache", "Connection: keep-alive",
		"User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		"Referer: https://app.example.com/reports/quarterly?view=7", "Origin: https://app.example.com", "Sec-Fetch-Dest: empty",
		"Sec-Fetch-Mode: cors", "Sec-Fetch-Site: same-site", "Sec-Ch-Ua-Mobile: ?0", `Sec-Ch-Ua-Platform: "Linux"`,
		"X-Request-Id: 4bf92f3577b34da6a3ce929d0e0e4736", "Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
		"Tracestate: vendor=00f067aa0ba902b7", "Cookie: theme=dark; locale=de; sidebar=open", "Dnt: 1", "X-Client-Version: 7.4.1",
		`If-None-Match: "33a64df551425fcc55e4d42a148795d9f25f89d4"`, "Priority: u=1, i"}
	if c.verb == http.MethodPost || c.verb == http.MethodPut {
		body = `<tsRequest><item name="Quarterly figures" description="` + strings.Repeat("x", 150) + `"/></tsRequest>`
		lines = append(lines[:len(lines)-1], "Content-Type: application/xml", fmt.Sprintf("Content-Length: %d", len(body)))
	} else {
		lines = append(lines, "X-Custom: 1")
	}
	return []byte(strings.Join(lines, "\r\n") + "\r\n\r\n" + body)
}

// signIn signs in over the wire.
func signIn(c *floor.Conn, address string, a *app, scopes []string) (string, error) {
	var answer strings.Builder
	status, err := c.Do(signInRequest(address, a, scopes), &answer)
	if err != nil {
		return "", err
	}
	if status != "200" {
		return "", fmt.Errorf("signing in was answered %s: %s", status, answer.String())
	}
	var in struct{ Credentials struct{ Token string } }
	if err := json.NewDecoder(strings.NewReader(answer.String())).Decode(&in); err != nil {
		return "", fmt.Errorf("reading the answer to a sign-in: %w", err)
	}
	return in.Credentials.Token, nil
}
