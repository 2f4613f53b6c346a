package gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strings"
	"syscall"

	"prokura/internal/refusal"
)

// rewrite is called by ReverseProxy with a copy of the facade, which has no header, after hop-by-hop headers were dealt
// with. So nothing that the client lists in Connection reaches a header of ours (A137).
func rewrite(p *httputil.ProxyRequest) {
	ex := exchangeOf(p.Out.Context())
	p.Out.Header = ex.header
	ex.out = p.Out
}

// sender sends the request that rewrite made. ReverseProxy wraps its context in a trace that would forward every 1xx
// answer to the client, unfiltered and without bound; without that trace the transport drops them, and bounds them
// together with the answer's header (A148). The request is the same in all else.
type sender struct{ transport *http.Transport }

// RoundTrip sends the request of the exchange.
func (s sender) RoundTrip(req *http.Request) (*http.Response, error) {
	ex := exchangeOf(req.Context())
	res, err := s.transport.RoundTrip(ex.out)
	if err != nil {
		return nil, err
	}
	if res.ContentLength >= 0 {
		return res, nil
	}
	// Trailers appear in a response while its body is read, and would pass unfiltered: a copy never sees them.
	answer := *res
	answer.Trailer = nil
	return &answer, nil
}

// longBody is the length from which an answer is flushed piece by piece; what is shorter goes out when it is complete.
const longBody = 64 << 10

// filter puts what may pass of an answer's header into the client's.
func filter(res *http.Response) error {
	ex := exchangeOf(res.Request.Context())
	ex.watch.answered()
	if res.StatusCode < 200 || res.StatusCode > 599 {
		// 101 included: no upgrade was asked for (A142).
		return fmt.Errorf("the upstream answered with status %d", res.StatusCode)
	}
	to := ex.client.Header()
	ex.route.toClient.pass(to, res.Header)
	if places := res.Header[location]; len(places) == 1 {
		if place, ok := ex.route.relocate(ex.out.URL, places[0]); ok {
			to[location] = []string{place}
		} else {
			ex.gateway.log.WarnContext(res.Request.Context(), "dropped a redirect that leads out of the route",
				"reference", ex.lines[referenceLine], "route", ex.route.Prefix)
		}
	}
	if _, ok := to[contentType]; !ok {
		to[contentType] = nil // or net/http would guess one
	}
	if _, ok := to[cacheControl]; !ok {
		// A cache in front of us does not know that the credential's header makes an answer private (RFC 9111 §3.5).
		to[cacheControl] = private[:]
	}
	if res.ContentLength > longBody || strings.HasPrefix(res.Header.Get(contentType), "text/event-stream") {
		res.ContentLength = -1 // to ReverseProxy this means: flush each piece
	}
	res.Header = nil // all of it that passes has passed
	return nil
}

// private is shared by all answers; nobody changes the values of a header.
var private = [...]string{"private"}

// failed answers a call that got no answer from the upstream.
func failed(_ http.ResponseWriter, req *http.Request, err error) {
	ex := exchangeOf(req.Context())
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
	e := refusal.New(refusal.Finding{Code: refusal.BodyUnreadable, Got: refusal.Safe(err.Error())})
	e.Err = err
	return e
}
