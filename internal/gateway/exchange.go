package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

// exchange is one request and its answer. What a request needs of memory is in it, so that it is one allocation; it is
// not used again, because the transport may still read from it after an answer that came early.
type exchange struct {
	gateway   *Gateway
	route     *route // nil until found
	client    http.ResponseWriter
	in        *http.Request
	reference id.Reference
	path      *canon.Path // nil until read
	match     catalog.Match
	method    *catalog.Method // nil: none that an upstream answers
	call      access.CallRequest
	pass      access.Pass

	context  context.Context // of the request upstream
	cancel   context.CancelCauseFunc
	ending   bool        // context and pulse end with the exchange
	header   http.Header // of the request upstream
	url      url.URL     // where it goes
	lines    [lineCount]string
	upload   upload
	download download
	watch    watch
	recorded bool
}

// The lines that the gateway puts into headers itself. They are kept here so that each is no allocation of its own.
const (
	referenceLine = iota
	identityLine
	forLine
	hostLine
	protoLine
	lineCount
)

func (ex *exchange) line(i int) []string { return ex.lines[i : i+1 : i+1] }

// makeHeader fills the header that goes upstream: what is allowed of the client's, then ours.
func (ex *exchange) makeHeader() {
	r := ex.in
	ex.header = ex.route.toUpstream.pass(nil, r.Header, lineCount)

	ex.lines[identityLine] = ex.pass.Identity
	ex.lines[forLine] = r.RemoteAddr
	if i := strings.LastIndexByte(r.RemoteAddr, ':'); i >= 0 {
		ex.lines[forLine] = strings.Trim(r.RemoteAddr[:i], "[]")
	}
	ex.lines[hostLine] = r.Host
	ex.lines[protoLine] = "http"
	if r.TLS != nil {
		ex.lines[protoLine] = "https"
	}
	ex.header[identityHeader] = ex.line(identityLine)
	ex.header[referenceHeader] = ex.line(referenceLine)
	ex.header["X-Forwarded-For"] = ex.line(forLine)
	ex.header["X-Forwarded-Host"] = ex.line(hostLine)
	ex.header["X-Forwarded-Proto"] = ex.line(protoLine)
	if _, ok := ex.header[userAgent]; !ok {
		ex.header[userAgent] = ex.gateway.none // or net/http would name itself
	}
}

// finish ends an exchange, also when a panic cuts the connection.
func (ex *exchange) finish() {
	ex.upload.over.Store(true)
	ex.watch.stop(ex)
	cut := ex.wasCut()
	if cut != nil && cut.err != nil {
		ex.record(cut.err)
	}
	if ex.ending {
		ex.cancel(nil)
	}
	if cut != nil && ex.download.started.Load() {
		panic(http.ErrAbortHandler) // also if the last of the answer was faster: the connection must carry no other exchange
	}
}

// unread says whether some of the client's body was not read.
func (ex *exchange) unread() bool { return ex.upload.body != nil && !ex.upload.ended.Load() }

// upload is the client's body on its way upstream.
type upload struct {
	body     io.ReadCloser
	exchange *exchange
	read     int64

	waiting atomic.Bool // for the client to send
	ended   atomic.Bool // all of it was read
	over    atomic.Bool // the handler returned; net/http owns the body again
	mu      sync.Mutex
	err     error // held: mu; what the client's side failed with
}

// Read passes bytes on.
func (u *upload) Read(p []byte) (int, error) {
	if u.over.Load() {
		return 0, errOver // the transport may read on after an early answer
	}
	u.waiting.Store(true)
	n, err := u.body.Read(p)
	u.waiting.Store(false)
	u.exchange.watch.moved.Add(1)
	u.read += int64(n)
	if limit := u.exchange.route.MaxBody; limit > 0 && u.read > limit {
		n, err = 0, tooLarge(limit)
	}
	switch {
	case err == nil:
	case err == io.EOF:
		u.ended.Store(true)
		u.exchange.watch.sent()
	default:
		u.mu.Lock()
		u.err = err
		u.mu.Unlock()
	}
	return n, err
}

// whole reads a body of a length that was announced. It reads on to the end, so that net/http knows that nothing is left.
func (u *upload) whole(length int) ([]byte, error) {
	body := make([]byte, length+1)
	n, err := io.ReadFull(u, body)
	switch cause := u.failure(); {
	case cause != nil:
		return nil, cause
	case n != length || !u.ended.Load():
		return nil, fmt.Errorf("a body of %d bytes came with %d: %w", length, n, err) // net/http does not let it happen
	}
	return body[:n], nil
}

var errOver = errors.New("the exchange is over")

// Close does nothing: net/http closes the body when the handler is done.
func (u *upload) Close() error { return nil }

// failure is what reading the client's body failed with, if that was the client's fault.
func (u *upload) failure() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.err
}

// download is the client's side of an answer.
type download struct {
	client  http.ResponseWriter
	watch   *watch
	started atomic.Bool
	waiting atomic.Bool // for the client to receive
}

// WriteHeader begins the answer.
func (d *download) WriteHeader(status int) {
	d.started.Store(true)
	d.client.WriteHeader(status)
}

// Write passes bytes on.
func (d *download) Write(p []byte) (int, error) {
	d.waiting.Store(true)
	n, err := d.client.Write(p)
	d.waiting.Store(false)
	d.watch.moved.Add(1)
	return n, err
}

// fail is the one place that refuses: it records, logs what is our own fault, and answers in the words of the route.
func (ex *exchange) fail(err error) {
	if gone(err) && ex.in.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the caller has left; an answer, or a row in the docket, would be for nobody
	}
	ex.record(err)
	ex.client.Header().Set(referenceHeader, ex.reference.String())
	wire := ex.gateway.dialect
	if ex.route != nil {
		wire = ex.route.Dialect
	}
	wire.WriteRefusal(ex.client, ex.in, ex.reference, err)
}

// record keeps the first refusal of an exchange.
func (ex *exchange) record(err error) {
	if ex.recorded {
		return
	}
	ex.recorded = true
	r := ex.in
	c := docket.Case{Reference: ex.reference, At: ex.gateway.clock.Now(), Door: "gateway", Method: refusal.Safe(r.Method),
		Path: refusal.Safe(r.URL.EscapedPath())}
	if ex.method != nil {
		c.Method = ex.method.ID
	}
	ex.reference = ex.gateway.docket.Record(access.Describe(c, err))
	if first := refusal.Of(err).First(); first.Definition().Kind.Ours() {
		ex.gateway.log.ErrorContext(r.Context(), "could not answer a call", "code", string(first.Code),
			"reference", ex.reference.String(), "err", err)
	}
}

// gone says whether an error only tells that somebody stopped waiting.
func gone(err error) bool { return errors.Is(err, context.Canceled) }

// timedOut says whether an error tells of time that ran out.
func timedOut(err error) bool {
	var t net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}
