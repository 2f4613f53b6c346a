package server

import (
	"context"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"prokura/internal/audit"
	"prokura/internal/canon"
	"prokura/internal/clock"
	"prokura/internal/dialect/tableau"
	"prokura/internal/entropy"
	"prokura/internal/gateway"
	"prokura/internal/host"
	"prokura/internal/id"
	"prokura/internal/page"
)

// front decides who answers a path. Ours come first, by an explicit list; then what a dialect owns; then the gateway's
// routes. An owned path falls through to nobody. What names another host or has no canonical form is nobody's: the gateway
// refuses it.
type front struct {
	server  *Server
	hosts   host.Names
	owners  []owner
	gateway *gateway.Gateway
}

// owner answers the paths that are its own.
type owner struct {
	owns func(*canon.Path) bool
	http.Handler
}

func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, err := canon.Parse(r.URL.EscapedPath())
	if err == nil && p.Len() == 1 && f.health(w, r, p.Segment(0)) {
		return
	}
	if err != nil {
		f.gateway.ServeHTTP(w, r)
		return
	}
	query, ok := f.targets(r, &p)
	if !ok {
		f.gateway.ServeHTTP(w, r)
		return
	}
	if !p.TrailingSlash() || mayTrail(&p) {
		for i := range f.owners {
			if f.owners[i].owns(&p) {
				f.owners[i].ServeHTTP(w, received(r))
				return
			}
		}
	}
	f.gateway.ServePath(w, r, &p, query)
}

// received says to whatever is done for the request which address it came from, so that no surface can forget to. It is the
// connection's, or what the proxy in front saw: see behindProxy (A258). The gateway changes nobody's access, and goes without.
func received(r *http.Request) *http.Request {
	from := r.RemoteAddr
	if at, err := netip.ParseAddrPort(from); err == nil {
		from = at.Addr().Unmap().WithZone("").String()
	}
	return r.WithContext(audit.Received(r.Context(), from))
}

// mayTrail says whether whoever answers the path judges a slash at its end itself.
func mayTrail(p *canon.Path) bool {
	return p.Len() == 0 || p.Segment(0) == "api" || p.Segment(0) == "v1"
}

// ownsAdmin and ownsKeys are what belongs to the admin API, and where our public keys are.
func ownsAdmin(p *canon.Path) bool { return p.Len() > 0 && p.Segment(0) == "v1" }
func ownsKeys(p *canon.Path) bool  { return p.String() == "/.well-known/jwks.json" }

// ownsAssets is what pages are made of beside their text.
func ownsAssets(p *canon.Path) bool { return page.Owns(p.String()) }

// referring gives every answer of a handler that knows nothing of references one of its own.
func referring(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refer(w)
		h.ServeHTTP(w, r)
	})
}

// refer gives an answer of ours a reference, as every answer has one.
func refer(w http.ResponseWriter) {
	w.Header().Set(tableau.ReferenceHeader, entropy.ID[id.Reference]().String())
}

// targets says whether the request names us, and the path as it was sent, and answers the query. What net/http finds a path in is more than
// what has one meaning: it takes "x:/v1/tenants" for /v1/tenants, which a proxy in front of us may not (A140).
func (f *front) targets(r *http.Request, p *canon.Path) (query string, ok bool) {
	path, query, err := f.hosts.Target(r)
	return query, err == nil && path == p.String()
}

// health answers in one word whether this process lives, or whether it should get requests; to whoever asks, under
// whatever host name, since those who ask are machines that know it by its address.
func (f *front) health(w http.ResponseWriter, r *http.Request, path string) bool {
	if path != "healthz" && path != "readyz" {
		return false
	}
	refer(w)
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
	return s.contact.ask(r.Context(), s.clock, s.store)
}

// contact is whether the database answered when it was asked last. Everybody may ask for readiness, and as often as they
// like, so that not each of them asks the database (A200).
type contact struct {
	mu    sync.Mutex
	asked time.Time // held: mu
	err   error     // held: mu
}

// contactKept is how long an answer holds, contactWait how long it is waited for.
const (
	contactKept = time.Second
	contactWait = 2 * time.Second
)

// ask asks for all who wait, and therefore goes on when one of them leaves.
func (c *contact) ask(ctx context.Context, now clock.Clock, db interface{ Ping(context.Context) error }) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if age := now.Now().Sub(c.asked); age >= 0 && age < contactKept {
		return c.err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), contactWait)
	defer cancel()
	c.err = db.Ping(ctx)
	c.asked = now.Now()
	return c.err
}
