package gateway_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"prokura/internal/gateway"
)

// talk is an upstream that does with each connection what f does.
func talk(t *testing.T, f func(net.Conn)) (address string, count *atomic.Int64) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	count = new(atomic.Int64)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			count.Add(1)
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return l.Addr().String(), count
}

// drain reads until the other side closes.
func drain(c net.Conn) { io.Copy(io.Discard, c) }

func TestA149_upstreams_that_fail(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed.Close()
	request := func(c net.Conn) { http.ReadRequest(bufio.NewReader(c)) }
	for _, test := range []struct {
		what string
		f    func(net.Conn)
		want int
		code string
	}{
		{"nobody listens", nil, 502, "upstream_unreachable"},
		{"it says nothing", drain, 504, "upstream_timeout"},
		{"it hangs up", func(net.Conn) {}, 502, "upstream_unreachable"},
		{"it hangs up after reading", request, 502, "upstream_unreachable"},
		{"it speaks something else", func(c net.Conn) { request(c); io.WriteString(c, "SSH-2.0-x\r\n") }, 502, "upstream_unreachable"},
		{"half of a header", func(c net.Conn) { request(c); io.WriteString(c, "HTTP/1.1 200 OK\r\nA: "); drain(c) }, 504, "upstream_timeout"},
		{"a header of 1 MiB", func(c net.Conn) {
			request(c)
			fmt.Fprintf(c, "HTTP/1.1 200 OK\r\nA: %s\r\n\r\n", strings.Repeat("x", 1<<20))
		}, 502, "upstream_unreachable"},
		{"two lengths", func(c net.Conn) {
			request(c)
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")
		}, 502, "upstream_unreachable"},
	} {
		address, count := closed.Addr().String(), new(atomic.Int64)
		if test.f != nil {
			address, count = talk(t, test.f)
		}
		// Where a timeout is not what must come, a busy machine must not make one.
		timeouts := gateway.Timeouts{ResponseHeader: time.Minute}
		if test.want == 504 {
			timeouts.ResponseHeader = 100 * time.Millisecond
		}
		w := begin(t, inFrontOf(address), withTimeouts(timeouts))
		r := w.do("POST", "/api/3.21/sites/"+site+"/projects", strings.NewReader("x"))
		if r.StatusCode != test.want || r.code() == "" {
			t.Errorf("%s: %d %q, want %d", test.what, r.StatusCode, r.body, test.want)
		}
		if got := w.docket.codes(); !slices.Equal(got, []string{test.code}) {
			t.Errorf("%s: docket %v, want %s", test.what, got, test.code)
		}
		if count.Load() > 1 {
			t.Errorf("%s: %d attempts at a POST", test.what, count.Load())
		}
	}
}

// complete says whether a download looks as if all of it had come.
func (w *world) complete(t *testing.T) bool {
	t.Helper()
	req, _ := http.NewRequest("GET", "http://"+w.address+views, nil)
	req.Header.Set("X-Tableau-Auth", token)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	_, err = io.ReadAll(res.Body)
	return err == nil
}

func TestA149_an_answer_that_breaks_off_does_not_look_complete(t *testing.T) {
	for what, answer := range map[string]string{
		"in a length": "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc",
		"in chunks":   "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
	} {
		address, _ := talk(t, func(c net.Conn) {
			http.ReadRequest(bufio.NewReader(c))
			io.WriteString(c, answer)
		})
		if begin(t, inFrontOf(address)).complete(t) {
			t.Errorf("%s: it looked complete", what)
		}
	}
}

func TestA149_a_stalled_answer_is_cut(t *testing.T) {
	address, _ := talk(t, func(c net.Conn) {
		http.ReadRequest(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nabc")
		drain(c) // until the gateway hangs up
	})
	w := begin(t, inFrontOf(address), withTimeouts(gateway.Timeouts{Stall: 60 * time.Millisecond}))
	if w.complete(t) {
		t.Error("it looked complete")
	}
	eventually(t, "the docket has the case", func() bool { return slices.Equal(w.docket.codes(), []string{"upstream_timeout"}) })
}

func TestA149_an_upstream_that_does_not_read_is_cut(t *testing.T) {
	stop := make(chan struct{})
	address, _ := talk(t, func(c net.Conn) { <-stop })
	defer close(stop)
	w := begin(t, inFrontOf(address), withTimeouts(gateway.Timeouts{Stall: 100 * time.Millisecond}))
	// A client that writes on does not always hear the refusal before its connection is reset.
	req, _ := http.NewRequest("POST", "http://"+w.address+"/api/3.21/sites/"+site+"/workbooks", io.LimitReader(&pattern{}, 64<<20))
	req.Header.Set("X-Tableau-Auth", token)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	if res, err := tr.RoundTrip(req); err == nil {
		res.Body.Close()
		if res.StatusCode != 504 {
			t.Errorf("got %d", res.StatusCode)
		}
	}
	eventually(t, "the docket has the case", func() bool { return slices.Equal(w.docket.codes(), []string{"upstream_timeout"}) })
}

func TestA149_a_slow_answer_is_waited_for(t *testing.T) {
	w := begin(t, withTimeouts(gateway.Timeouts{Stall: 40 * time.Millisecond, ResponseHeader: 5 * time.Second}),
		answerWith(func(rw http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			<-time.After(200 * time.Millisecond)
			io.WriteString(rw, "at last")
		}))
	for _, verb := range []string{"GET", "POST"} {
		path := views
		var body io.Reader
		if verb == "POST" {
			path, body = "/api/3.21/sites/"+site+"/projects", strings.NewReader("x")
		}
		if r := w.do(verb, path, body); r.body != "at last" {
			t.Errorf("%s: %d %q", verb, r.StatusCode, r.body)
		}
	}
}

func TestA200_a_client_that_stops_sending_is_cut(t *testing.T) {
	t.Run("what is long streams, and the upstream learns of it", func(t *testing.T) { stopSending(t, 10_000, true) })
	t.Run("what is short never reached the upstream", func(t *testing.T) { stopSending(t, 1000, false) })
}

func stopSending(t *testing.T, length int, called bool) {
	ended := make(chan struct{}, 1)
	w := begin(t, withTimeouts(gateway.Timeouts{Stall: 60 * time.Millisecond}), answerWith(func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		ended <- struct{}{}
	}))
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprintf(c, "POST /api/3.21/sites/%s/workbooks HTTP/1.1\r\nHost: %s\r\nX-Tableau-Auth: %s\r\nContent-Length: %d\r\n\r\nabc", site, w.address, token, length)
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	if b, err := io.ReadAll(c); err != nil || len(b) != 0 {
		t.Errorf("got %q, %v; want the connection to end", b, err)
	}
	if called {
		<-ended
	} else if n := w.calls(); n != 0 {
		t.Errorf("the upstream was called %d times", n)
	}
	if got := w.docket.codes(); len(got) != 0 {
		t.Errorf("docket: %v", got)
	}
}

func TestA200_a_client_that_does_not_read_is_cut(t *testing.T) {
	ended := make(chan error, 1)
	w := begin(t, withTimeouts(gateway.Timeouts{Stall: 100 * time.Millisecond}), answerWith(func(rw http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(rw, io.LimitReader(&pattern{}, 64<<20))
		ended <- err
	}))
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	io.WriteString(c, strings.ReplaceAll(w.head("GET", views), "\n", "\r\n"))
	select {
	case err := <-ended:
		if err == nil {
			t.Error("64 MiB went nowhere")
		}
	case <-time.After(10 * time.Second):
		t.Fatal("not cut within 10 s")
	}
}

func TestGateway_a_client_that_leaves_is_no_refusal(t *testing.T) {
	begun, ended := make(chan struct{}), make(chan struct{})
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
		close(ended)
	}))
	ctx, cancel := context.WithCancel(t.Context())
	req, _ := http.NewRequestWithContext(ctx, "GET", "http://"+w.address+views, nil)
	req.Header.Set("X-Tableau-Auth", token)
	go func() {
		<-begun
		cancel()
	}()
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	if res, err := tr.RoundTrip(req); err == nil {
		res.Body.Close()
		t.Error("there was an answer")
	}
	<-ended // the upstream learns of it
	if got := w.docket.codes(); len(got) != 0 {
		t.Errorf("docket: %v", got)
	}
}

func TestGateway_a_client_that_leaves_in_its_upload_is_no_refusal(t *testing.T) {
	ended := make(chan struct{})
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		close(ended)
	}))
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(c, "POST /api/3.21/sites/%s/workbooks HTTP/1.1\r\nHost: %s\r\nX-Tableau-Auth: %s\r\nContent-Length: 10000\r\n\r\nabc", site, w.address, token)
	eventually(t, "the upstream is called", func() bool { return w.calls() == 1 })
	c.Close()
	<-ended
	if got := w.docket.codes(); len(got) != 0 {
		t.Errorf("docket: %v", got)
	}
}

func TestGateway_a_body_that_cannot_be_read_is_the_clients_fault(t *testing.T) {
	w := begin(t)
	r := w.exact("POST /api/3.21/sites/" + site + "/projects HTTP/1.1\r\nHost: " + w.address + "\r\nX-Tableau-Auth: " + token +
		"\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
	if len(r) != 1 || r[0].StatusCode != 400 || r[0].code() != "400000" {
		t.Errorf("got %v", r)
	}
	if got := w.docket.codes(); !slices.Equal(got, []string{"body_unreadable"}) {
		t.Errorf("docket: %v", got)
	}
}
