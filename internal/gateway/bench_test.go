package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"prokura/internal/access"
	"prokura/internal/gateway"
)

// partner is set in the process that plays upstream and client, so that what this one computes is the proxy's work alone.
const partner = "GATEWAY_BENCHMARK_PARTNER"

// BenchmarkGateway compares the gateway with a bare ReverseProxy that has the same transport, buffers and server limits,
// in front of the same upstream, in alternating slices. Everything is let through by a stand-in that costs nothing. It
// reports the medians of the ratios, by rate and by processor time; only the second is to be trusted on a busy machine.
func BenchmarkGateway(b *testing.B) {
	p := startPartner(b)
	w := begin(b, inFrontOf(p.upstream), withGate(func(c *gateway.Config) {
		c.Access = yes{access.Pass{Caller: &access.Caller{}, Identity: identity}}
	}))
	target := &url.URL{Scheme: "http", Host: p.upstream}
	tr := gateway.NewTransport(gateway.Timeouts{})
	b.Cleanup(tr.CloseIdleConnections)
	server := &http.Server{Handler: &httputil.ReverseProxy{
		Rewrite:    func(p *httputil.ProxyRequest) { p.SetURL(target) },
		Transport:  tr,
		BufferPool: gateway.NewBuffers(),
	}}
	gateway.Guard(server)
	bare := serve(b, server)
	p.run(b, w.address)
	p.run(b, bare)
	var rates, costs, own, peer []float64
	for b.Loop() {
		g, r := p.run(b, w.address), p.run(b, bare)
		rates = append(rates, g.rate/r.rate)
		costs = append(costs, r.cpu/g.cpu)
		own, peer = append(own, g.cpu), append(peer, r.cpu)
	}
	b.ReportMetric(median(rates), "rate-ratio")
	b.ReportMetric(median(costs), "cpu-ratio")
	b.ReportMetric(median(own), "cpu-µs/request")
	b.ReportMetric(median(peer), "bare-cpu-µs/request")
}

func median(f []float64) float64 {
	sort.Float64s(f)
	return f[len(f)/2]
}

// yes lets everything through.
type yes struct{ pass access.Pass }

func (y yes) Call(context.Context, *access.CallRequest) (access.Pass, error) { return y.pass, nil }
func (yes) Still(*access.Caller) error                                       { return nil }

// identity is as long as a real one.
var identity = strings.Repeat("eyJhbGciOiJFUzI1NiIs", 35)

// other is the process that plays upstream and client.
type others struct {
	upstream string
	in       io.Writer
	out      *bufio.Reader
}

func startPartner(b *testing.B) *others {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), partner+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	p := &others{in: in, out: bufio.NewReader(out)}
	b.Cleanup(func() {
		in.Close()
		cmd.Wait()
	})
	if _, err := fmt.Fscanln(p.out, &p.upstream); err != nil {
		b.Fatal(err)
	}
	return p
}

// slice is what one slice of time came to.
type slice struct{ rate, cpu float64 }

const (
	connections = 32
	sliceTime   = 250 * time.Millisecond
)

// run has the partner send requests to an address for one slice.
func (p *others) run(b *testing.B, address string) slice {
	used, start := processor(b), time.Now()
	fmt.Fprintln(p.in, address)
	var n float64
	if _, err := fmt.Fscanln(p.out, &n); err != nil || n == 0 {
		b.Fatal("the partner failed: ", err)
	}
	return slice{rate: n / time.Since(start).Seconds(), cpu: (processor(b) - used) / n}
}

// processor is the time that this process has computed for, in microseconds. Unlike the clock it does not see what else
// the machine does.
func processor(b *testing.B) float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e3
}

// bePartner serves as upstream and sends requests to the addresses that it is told.
func bePartner() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	body := strings.Repeat("x", 1024)
	go http.Serve(l, http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		h := rw.Header()
		h["Content-Type"] = []string{"application/xml"}
		h["Cache-Control"] = []string{"private, no-store"}
		h["Vary"] = []string{"Accept-Encoding"}
		io.WriteString(rw, body)
	}))
	fmt.Println(l.Addr())
	targets := map[string][]*client{}
	for {
		var address string
		if _, err := fmt.Scanln(&address); err != nil {
			return nil // the benchmark is over
		}
		if targets[address] == nil {
			if targets[address], err = dialAll(address); err != nil {
				return err
			}
		}
		n, err := load(targets[address])
		if err != nil {
			return err
		}
		fmt.Println(n)
	}
}

// client is one connection.
type client struct {
	conn    net.Conn
	reader  *bufio.Reader
	request []byte
}

func dialAll(address string) ([]*client, error) {
	out := make([]*client, connections)
	for i := range out {
		c, err := net.Dial("tcp", address)
		if err != nil {
			return nil, err
		}
		out[i] = &client{c, bufio.NewReader(c), []byte(request25(address))}
	}
	return out, nil
}

// request25 is a GET with 25 headers, as a browser behind a proxy would send it.
func request25(address string) string {
	lines := []string{"GET " + views + "?pageSize=100&pageNumber=1 HTTP/1.1", "Host: " + address, "X-Tableau-Auth: " + token,
		"Accept: application/json", "Accept-Encoding: gzip, deflate, br", "Accept-Language: de-DE,de;q=0.9,en;q=0.8",
		"Cache-Control: no-cache", "Pragma: no-cache", "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
		"Content-Type: application/json", "Referer: https://example.com/page", "Origin: https://example.com",
		"Sec-Fetch-Dest: empty", "Sec-Fetch-Mode: cors", "Sec-Fetch-Site: same-origin", "X-Request-Id: 0123456789abcdef",
		"Traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", "Cookie: a=b; c=d", "Dnt: 1",
		"X-Custom-A: 1", "X-Custom-B: 2", "X-Custom-C: 3", "X-Custom-D: 4", "If-None-Match: \"abc\"", "X-Forwarded-For: 10.0.0.1"}
	return strings.Join(lines, "\r\n") + "\r\n\r\n"
}

// load sends requests on all connections for one slice, and answers how many.
func load(clients []*client) (int64, error) {
	var wg sync.WaitGroup
	var total atomic.Int64
	var failed atomic.Pointer[error]
	end := time.Now().Add(sliceTime)
	for _, c := range clients {
		wg.Go(func() {
			for ; time.Now().Before(end); total.Add(1) {
				if err := c.once(); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	wg.Wait()
	if err := failed.Load(); err != nil {
		return 0, *err
	}
	return total.Load(), nil
}

func (c *client) once() error {
	if _, err := c.conn.Write(c.request); err != nil {
		return err
	}
	length := 0
	for first := true; ; first = false {
		line, err := c.reader.ReadSlice('\n')
		if err != nil {
			return err
		}
		text := strings.TrimSuffix(string(line), "\r\n")
		if first && !strings.HasPrefix(text, "HTTP/1.1 200") {
			return fmt.Errorf("answered %s", text)
		}
		if v, ok := strings.CutPrefix(text, "Content-Length: "); ok {
			fmt.Sscan(v, &length)
		}
		if text == "" {
			break
		}
	}
	_, err := c.reader.Discard(length)
	return err
}
