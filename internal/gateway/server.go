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
	s.ConnContext = connect
}

// connection is what exchanges over HTTP/1 have in common. There is one at a time, and the connection is closed when it is
// cut, so that it needs neither a context nor a timer of its own.
type connection struct {
	end   context.CancelCauseFunc // ends the context of the connection
	pulse pulse
}

// connectionKey finds the connection in the context of a request.
type connectionKey struct{}

func connect(ctx context.Context, _ net.Conn) context.Context {
	ctx, end := context.WithCancelCause(ctx)
	return context.WithValue(ctx, connectionKey{}, &connection{end: end})
}

// live gives an exchange the context in which it takes place, and puts it under the watch.
func (ex *exchange) live() {
	ex.context = ex.in.Context()
	c, _ := ex.context.Value(connectionKey{}).(*connection)
	if c != nil && ex.in.ProtoMajor == 1 {
		ex.cancel, ex.watch.pulse = c.end, &c.pulse
	} else {
		ex.context, ex.cancel = context.WithCancelCause(ex.context)
		ex.ending, ex.watch.pulse = true, &pulse{}
	}
	ex.watch.pulse.begin(ex)
}
