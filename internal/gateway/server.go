package gateway

import (
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
}
