package server

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"net"
	"net/http"

	"prokura/internal/gateway"
)

// listen opens every address, and works out the issuer where none is set: the URL of the first address, which is then
// loopback.
func (s *Server) listen() error {
	for _, address := range s.cfg.Listen {
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("listening: %w", err)
		}
		s.listeners = append(s.listeners, l)
	}
	s.issuer = s.cfg.Issuer
	if s.issuer == "" && len(s.listeners) > 0 {
		scheme := "http"
		if s.cfg.TLS.Certificate != "" {
			scheme = "https"
		}
		s.issuer = scheme + "://" + s.listeners[0].Addr().String()
	}
	return nil
}

func (s *Server) httpServer() *http.Server {
	web := &http.Server{
		Handler:  s.front,
		ErrorLog: slog.NewLogLogger(s.log.Handler(), slog.LevelDebug), // what single connections do wrong
	}
	gateway.Guard(web)
	// What the operator set is what holds.
	limits := s.cfg.Limits
	web.ReadHeaderTimeout, web.IdleTimeout = limits.HeaderTimeout, limits.IdleTimeout
	web.MaxHeaderBytes = int(limits.RequestHeader) - 4<<10 // net/http reads 4 KiB more than it is told
	return web
}

func (s *Server) serve(web *http.Server, l net.Listener) error {
	if s.cfg.TLS.Certificate == "" {
		return web.Serve(l)
	}
	pair, err := tls.LoadX509KeyPair(s.cfg.TLS.Certificate, s.cfg.TLS.Key)
	if err != nil {
		return fmt.Errorf("loading the certificate: %w", err)
	}
	web.TLSConfig = &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	return web.ServeTLS(l, "", "")
}
