package gateway

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"

	"prokura/internal/refusal"
)

// forward sends the call upstream and the answer back.
//
// It does what httputil.ReverseProxy does, less what a gateway with allow-lists has no use for: copying a request whole
// to strip it afterwards, upgrades, trailers, and 1xx answers, which ReverseProxy passes on unfiltered and without bound.
// The transport drops them, and bounds them together with the answer's header, as long as no trace asks for them (A148).
func (ex *exchange) forward(query string) {
	ex.live()
	defer ex.finish()

	out, err := ex.request(query)
	if err != nil {
		ex.failed(err)
		return
	}
	res, err := ex.route.transport.RoundTrip(out)
	if err != nil {
		ex.failed(err)
		return
	}
	defer res.Body.Close()
	ex.watch.answered()
	if res.StatusCode < 200 || res.StatusCode > 599 {
		// 101 included: no upgrade was asked for (A142).
		ex.failed(fmt.Errorf("the upstream answered with status %d", res.StatusCode))
		return
	}
	ex.filter(res)
	ex.download.WriteHeader(res.StatusCode)
	if err := ex.relay(res); err != nil {
		if ex.context.Err() == nil {
			ex.gateway.log.WarnContext(ex.context, "an answer broke off", "reference", ex.lines[referenceLine],
				"route", ex.route.Prefix, "err", err)
		}
		panic(http.ErrAbortHandler) // all that can be done now is not to let the answer look complete
	}
}

// request is what goes upstream. Nothing of the client's request passes by being copied with it.
func (ex *exchange) request(query string) (*http.Request, error) {
	ex.locate(query)
	ex.makeHeader()
	out := http.Request{
		Method:        ex.in.Method,
		URL:           &ex.url,
		Header:        ex.header,
		ContentLength: ex.in.ContentLength,
	}
	switch n := out.ContentLength; {
	case n == 0:
		ex.watch.sent()
	case 0 < n && n <= smallBody:
		ex.upload.body, ex.upload.exchange = ex.in.Body, ex
		body, err := ex.upload.whole(int(n))
		if err != nil {
			return nil, err
		}
		out.Body = io.NopCloser(bytes.NewReader(body)) // in a form from which net/http knows that it need not wait for it
	default:
		ex.upload.body, ex.upload.exchange = ex.in.Body, ex
		out.Body = &ex.upload
		// An upstream may begin its answer before it has read everything. Without this, net/http would then eat up to
		// 256 KiB of the body to keep the connection, and the upstream would store a file with a hole or without its end.
		_ = http.NewResponseController(ex.client).EnableFullDuplex()
	}
	return out.WithContext(ex.context), nil
}

// smallBody is the length up to which a body is read before it is sent, with the header in one piece; and no connection to
// the upstream waits for a client that sends it slowly.
const smallBody = 4 << 10

// longBody is the length from which an answer is flushed piece by piece; what is shorter goes out when it is complete.
const longBody = 64 << 10

// filter puts what may pass of an answer's header into the client's.
func (ex *exchange) filter(res *http.Response) {
	to := ex.client.Header()
	ex.route.toClient.pass(to, res.Header, 0)
	if places := res.Header[location]; len(places) > 0 {
		if place, ok := ex.route.relocate(&ex.url, places[0]); ok && len(places) == 1 {
			to[location] = []string{place}
		} else {
			ex.gateway.log.WarnContext(ex.context, "dropped a redirect that leads out of the route",
				"reference", ex.lines[referenceLine], "route", ex.route.Prefix)
		}
	}
	if _, ok := to[contentType]; !ok {
		to[contentType] = nil // or net/http would guess one
	}
	if _, ok := to[cacheControl]; !ok {
		// A cache in front of us does not know that the credential's header makes an answer private (RFC 9111 §3.5).
		to[cacheControl] = ex.gateway.private
	}
}

// relay streams the answer's body to the client.
func (ex *exchange) relay(res *http.Response) error {
	if res.Body == http.NoBody {
		return nil
	}
	flush := func() error { return nil }
	if l := res.ContentLength; l < 0 || l > longBody || strings.HasPrefix(res.Header.Get(contentType), "text/event-stream") {
		flush = http.NewResponseController(ex.client).Flush
		if err := flush(); err != nil { // the header: its body may be long in coming
			return fmt.Errorf("flushing to the client: %w", err)
		}
	}
	buffer := ex.gateway.buffers.Get()
	defer ex.gateway.buffers.Put(buffer)
	for {
		n, err := res.Body.Read(buffer)
		if n > 0 {
			if _, err := ex.download.Write(buffer[:n]); err != nil {
				return fmt.Errorf("writing to the client: %w", err)
			}
			if err := flush(); err != nil {
				return fmt.Errorf("flushing to the client: %w", err)
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading from the upstream: %w", err)
		}
	}
}

// failed answers a call that got no answer, or none that can be passed on, from the upstream.
func (ex *exchange) failed(err error) {
	cut := ex.wasCut()
	if ex.in.ProtoMajor == 1 && (cut != nil || ex.unread()) {
		ex.client.Header().Set("Connection", "close") // nothing that is left over is read as a request
	}
	if cut != nil {
		if cut.err == nil {
			panic(http.ErrAbortHandler) // it was the client who did not move
		}
		ex.fail(cut.err)
		return
	}
	if cause := ex.upload.failure(); cause != nil {
		ex.fail(clientFault(cause))
		return
	}
	switch {
	case ex.in.Context().Err() != nil:
		ex.fail(context.Canceled)
	case timedOut(err):
		ex.fail(refusal.Because(refusal.UpstreamTimeout, err))
	default:
		ex.fail(refusal.Because(refusal.UpstreamUnreachable, err))
	}
}

// clientFault is the refusal for a body that could not be read. A client that vanished is told nothing.
func clientFault(err error) error {
	var r *refusal.Error
	var network net.Error
	switch {
	case errors.As(err, &r):
		return err
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, net.ErrClosed),
		errors.As(err, &network), gone(err):
		panic(http.ErrAbortHandler)
	}
	e := refusal.New(refusal.Finding{Code: refusal.BodyUnreadable,
		Why: refusal.Why{Flaw: refusal.WrongFraming, In: refusal.Body, Got: err.Error()}})
	e.Err = err
	return e
}
