package gateway

import (
	"context"
	"net"
	"net/http"
	"time"
)

// Guard sets what a server in front of the gateway needs: bounds for whatever happens before a handler is called and
// after it returned (A200-A202). While a handler runs, the gateway lets its exchanges take longer as long as they move.
func Guard(s *http.Server) {
	s.ReadHeaderTimeout = 5 * time.Second
	s.ReadTimeout = 30 * time.Second
	s.WriteTimeout = time.Minute
	s.IdleTimeout = 2 * time.Minute
	// net/http reads 4 KiB more than it is told, so that a header of 32 KiB is answered 431.
	s.MaxHeaderBytes = 28 << 10
	s.DisableGeneralOptionsHandler = true // "OPTIONS *" is refused like any other verb that nobody has
	s.Protocols = new(http.Protocols)
	s.Protocols.SetHTTP1(true)
	s.Protocols.SetHTTP2(true) // over TLS only: no h2c (A142)
	s.HTTP2 = &http.HTTP2Config{MaxConcurrentStreams: 128}
	s.ConnContext = endable
}

// endKey finds in the context of a request what ends the context of its connection.
type endKey struct{}

// endable makes the context of a connection one that the gateway can end.
func endable(ctx context.Context, _ net.Conn) context.Context {
	ctx, end := context.WithCancelCause(ctx)
	return context.WithValue(ctx, endKey{}, end)
}

// lifetime is the context of an exchange, and what ends it early. A connection of HTTP/1 carries one exchange at a time and
// is closed when that is cut, so that its context will do, for which nothing has to be made; mine says that it is the
// exchange's own.
func lifetime(r *http.Request) (ctx context.Context, end context.CancelCauseFunc, mine bool) {
	ctx = r.Context()
	if r.ProtoMajor == 1 {
		if end, ok := ctx.Value(endKey{}).(context.CancelCauseFunc); ok {
			return ctx, end, false
		}
	}
	ctx, end = context.WithCancelCause(ctx)
	return ctx, end, true
}
