package gateway_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"hash"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"prokura/internal/gateway"
)

// pattern is endless data that does not repeat within a buffer.
type pattern struct{ n uint64 }

func (p *pattern) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte((p.n + uint64(i)) * 2654435761 >> 13)
	}
	p.n += uint64(len(b))
	return len(b), nil
}

func transferSize() int64 {
	if os.Getenv("PROKURA_LONG") != "" {
		return 1 << 30
	}
	return 64 << 20
}

// memory watches the heap until stop, which answers how far it grew.
func memory() (stop func() int64) {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	start, most := int64(m.HeapAlloc), new(atomic.Int64)
	end, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-end:
				return
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most.Store(max(most.Load(), int64(m.HeapAlloc)-start))
			}
		}
	}()
	return func() int64 {
		close(end)
		<-done
		return most.Load()
	}
}

const constantMemory = 12 << 20

func TestStream_a_download_takes_constant_memory(t *testing.T) {
	size := transferSize()
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Content-Length", strconv.FormatInt(size, 10))
		io.Copy(rw, io.LimitReader(&pattern{}, size))
	}))
	grew := memory()
	got, n := w.download(t)
	if grown := grew(); grown > constantMemory {
		t.Errorf("the heap grew by %d MiB", grown>>20)
	}
	if want := sum(size); n != size || !bytes.Equal(got, want) {
		t.Errorf("%d bytes with hash %x, want %d with %x", n, got, size, want)
	}
}

func TestStream_an_upload_takes_constant_memory(t *testing.T) {
	size := transferSize()
	var got hash.Hash
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		got = sha256.New()
		n, err := io.Copy(got, r.Body)
		fmt.Fprint(rw, n, err, r.ContentLength)
	}))
	for _, test := range []struct {
		what string
		body io.Reader
		want string
	}{
		{"with a length", sized{io.LimitReader(&pattern{}, size)}, fmt.Sprint(size, "<nil>", size)},
		{"in chunks", io.LimitReader(&pattern{}, size), fmt.Sprint(size, "<nil>", -1)},
	} {
		req, err := http.NewRequest("POST", "http://"+w.address+"/api/3.21/sites/"+site+"/workbooks", test.body)
		if err != nil {
			t.Fatal(err)
		}
		if _, ok := test.body.(sized); ok {
			req.ContentLength = size
		}
		req.Header.Set("X-Tableau-Auth", token)
		grew := memory()
		r := w.send(req)
		if grown := grew(); grown > constantMemory {
			t.Errorf("%s: the heap grew by %d MiB", test.what, grown>>20)
		}
		if strings.ReplaceAll(r.body, " ", "") != strings.ReplaceAll(test.want, " ", "") || !bytes.Equal(got.Sum(nil), sum(size)) {
			t.Errorf("%s: %s, want %s", test.what, r.body, test.want)
		}
	}
}

type sized struct{ io.Reader }

func sum(size int64) []byte {
	h := sha256.New()
	io.Copy(h, io.LimitReader(&pattern{}, size))
	return h.Sum(nil)
}

func (w *world) download(t *testing.T) ([]byte, int64) {
	t.Helper()
	req, _ := http.NewRequest("GET", "http://"+w.address+views, nil)
	req.Header.Set("X-Tableau-Auth", token)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	h := sha256.New()
	n, err := io.Copy(h, res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return h.Sum(nil), n
}

// An upstream that answers before it has read the body, and then reads on, gets every byte of it.
func TestStream_an_answer_that_begins_early_takes_nothing_from_the_upload(t *testing.T) {
	const size = 8 << 20
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(rw)
		c.EnableFullDuplex()
		rw.WriteHeader(200)
		c.Flush()
		h := sha256.New()
		n, err := io.Copy(h, r.Body)
		fmt.Fprintf(rw, "%d %v %x", n, err, h.Sum(nil))
	}))
	want := fmt.Sprintf("%d <nil> %x", size, sum(size))
	r := w.do("POST", "/api/3.21/sites/"+site+"/workbooks", io.LimitReader(&pattern{}, size))
	if r.body != want {
		t.Errorf("got %s, want %s", r.body, want)
	}
}

func TestStream_pieces_arrive_as_they_are_sent(t *testing.T) {
	next := make(chan string)
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("long") != "" {
			rw.Header().Set("Content-Length", "1000000")
		}
		for s := range next {
			io.WriteString(rw, s)
			rw.(http.Flusher).Flush()
		}
	}))
	for _, path := range []string{views, views + "?long=1"} {
		req, _ := http.NewRequest("GET", "http://"+w.address+path, nil)
		req.Header.Set("X-Tableau-Auth", token)
		tr := &http.Transport{}
		go func() { next <- "first" }()
		res, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		b := make([]byte, 16)
		for _, want := range []string{"first", "second"} {
			if n, _ := io.ReadAtLeast(res.Body, b, len(want)); string(b[:n]) != want {
				t.Errorf("got %q, want %q", b[:n], want)
			}
			if want == "first" {
				next <- "second"
			}
		}
		res.Body.Close()
		tr.CloseIdleConnections()
		close(next)
		next = make(chan string)
	}
	close(next)
}

// An upstream that refuses a large upload at once is heard, and the client is not made to wait for its own upload.
func TestStream_a_refusal_in_the_middle_of_an_upload_arrives(t *testing.T) {
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header().Set("Connection", "close")
		rw.WriteHeader(http.StatusRequestEntityTooLarge)
		io.WriteString(rw, "too large")
	}))
	c, err := net.Dial("tcp", w.address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	// The client sends part of what it announced, and then waits for an answer.
	fmt.Fprintf(c, "POST /api/3.21/sites/%s/workbooks HTTP/1.1\r\nHost: %s\r\nX-Tableau-Auth: %s\r\nContent-Length: 1000000\r\n\r\n%s",
		site, w.address, token, strings.Repeat("x", 1000))
	c.SetReadDeadline(time.Now().Add(5 * time.Second))
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil || res.StatusCode != 413 {
		t.Fatalf("got %v, %v", res, err)
	}
	res.Body.Close()
}

func TestStream_expect_continue_is_answered_after_the_decision(t *testing.T) {
	w := begin(t)
	for _, test := range []struct{ token, want string }{{token, "HTTP/1.1 100 Continue"}, {"bad", "HTTP/1.1 401 Unauthorized"}} {
		c, err := net.Dial("tcp", w.address)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "POST /api/3.21/sites/%s/projects HTTP/1.1\r\nHost: %s\r\nX-Tableau-Auth: %s\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
			site, w.address, test.token)
		c.SetReadDeadline(time.Now().Add(5 * time.Second))
		line, _ := bufio.NewReader(c).ReadString('\n')
		if strings.TrimSpace(line) != test.want {
			t.Errorf("token %s: %q, want %q", test.token, line, test.want)
		}
		c.Close()
	}
}

func TestStream_bytes_pass_unchanged(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	io.WriteString(z, strings.Repeat("a", 1000))
	z.Close()
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		rw.Header()["Content-Type"] = nil
		if r.Header.Get("Accept-Encoding") == "gzip" {
			rw.Header().Set("Content-Encoding", "gzip")
			rw.Write(zipped.Bytes())
			return
		}
		io.WriteString(rw, "<html>"+r.Header.Get("Accept-Encoding"))
	}))
	if r := w.do("GET", views, nil, "Accept-Encoding", "gzip"); r.body != zipped.String() || r.Header.Get("Content-Encoding") != "gzip" {
		t.Errorf("zipped: %v %x", r.Header, r.body)
	}
	r := w.do("GET", views, nil)
	if _, ok := r.Header["Content-Type"]; ok || r.body != "<html>" {
		t.Errorf("a type was guessed, or a coding asked for: %v %q", r.Header, r.body)
	}
}

func TestA146_a_stream_is_cut_when_its_session_is_revoked(t *testing.T) {
	ended := make(chan struct{})
	w := begin(t, recheckEvery(20*time.Millisecond), answerWith(func(rw http.ResponseWriter, r *http.Request) {
		defer close(ended)
		for r.Context().Err() == nil {
			io.WriteString(rw, "data ")
			rw.(http.Flusher).Flush()
			<-time.After(time.Millisecond)
		}
	}))
	req, _ := http.NewRequest("GET", "http://"+w.address+views, nil)
	req.Header.Set("X-Tableau-Auth", token)
	tr := &http.Transport{}
	defer tr.CloseIdleConnections()
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	// It outlives several checks while the session stands.
	if _, err := io.CopyN(io.Discard, res.Body, 500); err != nil {
		t.Fatal(err)
	}
	w.access.revoke()
	if _, err := io.Copy(io.Discard, res.Body); err == nil {
		t.Error("the stream looked complete")
	}
	<-ended
	eventually(t, "the docket has the case", func() bool { return slices.Equal(w.docket.codes(), []string{"credential_revoked"}) })
}

func TestA146_an_upload_is_refused_when_its_session_is_revoked(t *testing.T) {
	w := begin(t, recheckEvery(20*time.Millisecond))
	body, feed := io.Pipe()
	go func() {
		for i := 0; ; i++ {
			if _, err := feed.Write([]byte("data")); err != nil {
				return
			}
			if i == 20 {
				w.access.revoke()
			}
			<-time.After(time.Millisecond)
		}
	}()
	r := w.do("POST", "/api/3.21/sites/"+site+"/workbooks", body)
	body.Close()
	if r.StatusCode != 401 || r.code() != "401002" {
		t.Errorf("got %d %s", r.StatusCode, r.code())
	}
	if got := w.docket.codes(); !slices.Equal(got, []string{"credential_revoked"}) {
		t.Errorf("docket: %v", got)
	}
}

func TestStream_the_servers_deadlines_give_way_while_bytes_move(t *testing.T) {
	w := begin(t, recheckEvery(50*time.Millisecond), withServer(func(s *http.Server) {
		s.ReadTimeout, s.WriteTimeout = 200*time.Millisecond, 200*time.Millisecond
	}), answerWith(func(rw http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		for range 25 {
			io.WriteString(rw, "x")
			rw.(http.Flusher).Flush()
			<-time.After(20 * time.Millisecond)
		}
	}))
	body, feed := io.Pipe()
	go func() {
		for range 25 {
			feed.Write([]byte("x"))
			<-time.After(20 * time.Millisecond)
		}
		feed.Close()
	}()
	r := w.do("POST", "/api/3.21/sites/"+site+"/workbooks", body)
	if r.err != nil || len(r.body) != 25 {
		t.Errorf("got %q, %v", r.body, r.err)
	}
}

func TestStream_over_http2(t *testing.T) {
	const size = 4 << 20
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		http.NewResponseController(rw).EnableFullDuplex()
		io.Copy(rw, r.Body)
	}))
	gw := w.tlsAddress(t)
	tr := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer tr.CloseIdleConnections()
	req, _ := http.NewRequest("POST", "https://"+gw+"/api/3.21/sites/"+site+"/workbooks", io.LimitReader(&pattern{}, size))
	req.Header.Set("X-Tableau-Auth", token)
	res, err := tr.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	h := sha256.New()
	if n, err := io.Copy(h, res.Body); n != size || err != nil || !bytes.Equal(h.Sum(nil), sum(size)) {
		t.Errorf("%d bytes, %v", n, err)
	}
	if res.ProtoMajor != 2 || res.Header.Get("Prokura-Reference") == "" {
		t.Errorf("%s %v", res.Proto, res.Header)
	}
	if got := w.last().Header.Get("X-Forwarded-Proto"); got != "https" {
		t.Errorf("X-Forwarded-Proto: %q", got)
	}
}

func TestStream_a_body_beyond_the_routes_limit(t *testing.T) {
	w := begin(t, withRoute(func(r *gateway.Route) { r.MaxBody = 1000 }))
	path := "/api/3.21/sites/" + site + "/workbooks"
	for what, body := range map[string]io.Reader{
		"announced": strings.NewReader(strings.Repeat("x", 1001)),
		"in chunks": io.LimitReader(&pattern{}, 100_000),
	} {
		if r := w.do("POST", path, body); r.StatusCode != 413 {
			t.Errorf("%s: %d", what, r.StatusCode)
		}
	}
	if r := w.do("POST", path, io.LimitReader(&pattern{}, 1000)); r.StatusCode != 200 {
		t.Errorf("the limit itself: %d", r.StatusCode)
	}
}
