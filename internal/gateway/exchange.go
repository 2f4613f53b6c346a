package gateway

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/catalog"
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
	path      canon.Path
	match     catalog.Match
	method    *catalog.Method // nil: none that an upstream answers
	pass      access.Pass

	flow     flow
	cancel   context.CancelCauseFunc
	out      *http.Request // what goes upstream
	header   http.Header   // its header
	url      url.URL       // where it goes
	lines    [lineCount]string
	upload   upload
	download download
	watch    watch
	recorded atomic.Bool
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

// flow is the context of an exchange. It leads the functions that ReverseProxy calls back to their exchange.
type flow struct {
	context.Context
	exchange *exchange
}

type flowKey struct{}

// Value finds the exchange.
func (f *flow) Value(key any) any {
	if _, ok := key.(flowKey); ok {
		return f.exchange
	}
	return f.Context.Value(key)
}

func exchangeOf(ctx context.Context) *exchange { return ctx.Value(flowKey{}).(*exchange) }

// forward sends the call upstream and the answer back.
func (ex *exchange) forward(query string) {
	r := ex.in
	ctx, cancel := context.WithCancelCause(r.Context())
	ex.flow = flow{ctx, ex}
	ex.cancel = cancel
	ex.download.exchange = ex

	facade := r.WithContext(&ex.flow)
	ex.locate(query)
	facade.URL = &ex.url
	facade.Host = "" // the URL's
	facade.RequestURI = ""
	facade.Header = nil // nothing passes by being copied; rewrite puts what passes
	facade.Trailer, facade.TransferEncoding, facade.Close = nil, nil, false
	facade.Form, facade.PostForm, facade.MultipartForm = nil, nil, nil
	if r.ContentLength == 0 {
		facade.Body = nil
		ex.watch.sent()
	} else {
		ex.upload = upload{body: r.Body, exchange: ex}
		facade.Body = &ex.upload
		// An upstream may begin its answer before it has read everything. Without this, net/http would then eat up to
		// 256 KiB of the body to keep the connection, and the upstream would store a file with a hole or without its end.
		_ = http.NewResponseController(ex.client).EnableFullDuplex()
	}
	ex.makeHeader()

	ex.watch.start(ex)
	defer ex.finish()
	ex.route.proxy.ServeHTTP(&ex.download, facade)
}

// usualHeaders is for how many headers there is room at first: what fits into one map table of 16 slots.
const usualHeaders = 14

// makeHeader fills the header that goes upstream: what is allowed of the client's, then ours.
func (ex *exchange) makeHeader() {
	r := ex.in
	ex.header = make(http.Header, usualHeaders)
	ex.route.toUpstream.pass(ex.header, r.Header)

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
}

// finish ends an exchange, also when ReverseProxy panics to cut the connection.
func (ex *exchange) finish() {
	ex.watch.stop(ex)
	if cut := ex.wasCut(); cut != nil && cut.err != nil {
		ex.record(cut.err)
	}
	ex.cancel(nil)
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
	mu      sync.Mutex
	err     error // held: mu; what the client's side failed with
}

// Read passes bytes on.
func (u *upload) Read(p []byte) (int, error) {
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
	exchange *exchange
	started  atomic.Bool
	waiting  atomic.Bool // for the client to receive
}

// Header is the header that the client will get.
func (d *download) Header() http.Header { return d.exchange.client.Header() }

// WriteHeader begins the answer.
func (d *download) WriteHeader(status int) {
	d.started.Store(true)
	d.exchange.client.WriteHeader(status)
}

// Write passes bytes on.
func (d *download) Write(p []byte) (int, error) {
	d.waiting.Store(true)
	n, err := d.exchange.client.Write(p)
	d.waiting.Store(false)
	d.exchange.watch.moved.Add(1)
	return n, err
}

// Unwrap leads http.ResponseController to the connection.
func (d *download) Unwrap() http.ResponseWriter { return d.exchange.client }

// fail is the one place that refuses: it records, logs what is our own fault, and answers in the words of the route.
func (ex *exchange) fail(err error) {
	if gone(err) && ex.in.Context().Err() != nil {
		panic(http.ErrAbortHandler) // the caller has left; an answer, or a row in the docket, would be for nobody
	}
	ex.record(err)
	wire := ex.gateway.dialect
	if ex.route != nil {
		wire = ex.route.Dialect
	}
	wire.WriteRefusal(ex.client, ex.in, ex.reference, err)
}

// record keeps a refusal once, whoever finds it first.
func (ex *exchange) record(err error) {
	if ex.recorded.Swap(true) {
		return
	}
	r := ex.in
	ex.gateway.docket.Record(Case{Reference: ex.reference, At: ex.gateway.clock.Now(), Verb: refusal.Safe(r.Method),
		Path: refusal.Safe(r.URL.EscapedPath()), Remote: r.RemoteAddr, Method: ex.method, Caller: ex.pass.Caller, Err: err})
	switch first := refusal.Of(err).First(); first.Definition().Kind {
	case refusal.Internal, refusal.Unavailable, refusal.Stale:
		ex.gateway.log.ErrorContext(r.Context(), "could not answer a call", "code", string(first.Code),
			"reference", ex.lines[referenceLine], "err", err)
	}
}

// gone says whether an error only tells that somebody stopped waiting.
func gone(err error) bool { return errors.Is(err, context.Canceled) }

// timedOut says whether an error tells of time that ran out.
func timedOut(err error) bool {
	var t net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// soon is how long an exchange may take to end once it is over: to flush what is buffered and to read what is left.
const soon = 10 * time.Second
