package server

import (
	"context"
	"net/http"
	"time"

	"prokura/internal/admin"
	"prokura/internal/canon"
	"prokura/internal/dialect/tableau"
	"prokura/internal/gateway"
	"prokura/internal/host"
)

// front decides who answers a path. Ours come first, by an explicit list; then what a dialect owns; then the gateway's
// routes. An owned path falls through to nobody. What names another host or has no canonical form is nobody's: the gateway
// refuses it.
type front struct {
	server  *Server
	hosts   host.Names
	admin   *admin.API
	tableau *tableau.Handler
	gateway *gateway.Gateway
	jwks    http.Handler
}

// ours are the first segments of our own paths. A catalog that has a method below one of them is not loaded.
var ours = []string{"v1", "healthz", "readyz", ".well-known", "oauth", "login", "logout", "console"}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, err := canon.Parse(r.URL.EscapedPath())
	if err == nil && p.Len() == 1 && f.health(w, r, p.Segment(0)) {
		return
	}
	if err != nil || !f.targets(r, &p) || p.Len() == 0 || p.TrailingSlash() && p.Segment(0) != "api" {
		f.gateway.ServeHTTP(w, r)
		return
	}
	switch p.Segment(0) {
	case "v1":
		f.admin.ServeHTTP(w, r)
	case ".well-known":
		if p.String() == "/.well-known/jwks.json" {
			f.jwks.ServeHTTP(w, r)
			return
		}
		f.gateway.ServeHTTP(w, r)
	default:
		if tableau.Owns(&p) {
			f.tableau.ServeHTTP(w, r)
			return
		}
		f.gateway.ServeHTTP(w, r)
	}
}

// targets says whether the request names us, and the path as it was sent. What net/http finds a path in is more than
// what has one meaning: it takes "x:/v1/tenants" for /v1/tenants, which a proxy in front of us may not (A140).
func (f *front) targets(r *http.Request, p *canon.Path) bool {
	path, _, err := f.hosts.Target(r)
	return err == nil && path == p.String()
}

// health answers in one word whether this process lives, or whether it should get requests; to whoever asks, under
// whatever host name, since those who ask are machines that know it by its address.
func (f *front) health(w http.ResponseWriter, r *http.Request, path string) bool {
	if path != "healthz" && path != "readyz" {
		return false
	}
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "only GET and HEAD", http.StatusMethodNotAllowed)
		return true
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	if path == "readyz" {
		if err := f.server.ready(r); err != nil {
			f.server.log.Warn("not ready", "err", err)
			w.WriteHeader(http.StatusServiceUnavailable)
			_, _ = w.Write([]byte("not ready\n"))
			return true
		}
	}
	_, _ = w.Write([]byte("ok\n"))
	return true
}

// ready says whether this process should get requests: the database answers, the
// revocations are fresh and the clock can be relied on (A262).
func (s *Server) ready(r *http.Request) error {
	if err := s.memory.Ready(); err != nil {
		return err
	}
	if err := s.mayIssue(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	return s.store.Ping(ctx)
}
