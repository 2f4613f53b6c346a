package contactcenter

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"prokura/examples/identity"
)

// Config says what a Server needs. Issuer, Audience and Data have no defaults: a server that did not check them would
// trust anybody.
type Config struct {
	// Issuer is the iss of identity headers, compared byte by byte.
	Issuer string
	// JWKSURL is where the issuer's keys are; empty is Issuer + "/.well-known/jwks.json".
	JWKSURL string
	// Audience is this server's name, as the gateway's route has it.
	Audience string
	// Data is the directory that holds the organizations. It is created where it is missing.
	Data string
	// HTTP fetches the keys; nil is a client with a timeout of ten seconds.
	HTTP *http.Client
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log takes what went wrong; nil discards it.
	Log *slog.Logger
}

// Server answers the methods of the contact center. It is an http.Handler and safe for concurrent use.
type Server struct {
	identities    *identity.Verifier
	organizations *organizations
	log           *slog.Logger
	mux           *http.ServeMux
}

// New checks the configuration and opens the data directory. Nothing is fetched before the first request.
func New(cfg Config) (*Server, error) {
	if cfg.Issuer == "" || cfg.Audience == "" || cfg.Data == "" {
		return nil, errors.New("configuring the contact center: issuer, audience and data directory are all needed")
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	kept, err := openOrganizations(cfg.Data)
	if err != nil {
		return nil, fmt.Errorf("opening the data directory %s: %w", cfg.Data, err)
	}
	s := &Server{
		identities:    identity.New(cfg.Issuer, cfg.Audience, cfg.JWKSURL, cfg.HTTP, cfg.Now),
		organizations: kept,
		log:           cfg.Log,
		mux:           http.NewServeMux(),
	}
	s.routes()
	return s, nil
}

// Close releases the data directory. Requests must have ended before.
func (s *Server) Close() error { return s.organizations.root.Close() }

// Seed gives an organization its users and its first content. One that has some keeps it.
func (s *Server) Seed(tenant string, users []User) error {
	o, err := s.organizations.of(tenant)
	if err != nil {
		return err
	}
	return o.seed(users)
}

func (s *Server) routes() {
	for pattern, answer := range map[string]func(*call) (int, any, error){
		"GET /api/v2/users":                                 listing("users"),
		"GET /api/v2/users/{id}":                            getUser,
		"PATCH /api/v2/users/{id}":                          patchUser("title", "department"),
		"GET /api/v2/users/{id}/presence":                   getPresence,
		"PATCH /api/v2/users/{id}/presence":                 patchUser("presence"),
		"GET /api/v2/routing/queues":                        listing("queues"),
		"POST /api/v2/routing/queues":                       creating("queues", queueFields),
		"GET /api/v2/routing/queues/{id}":                   getting("queues"),
		"PUT /api/v2/routing/queues/{id}":                   replacing("queues", queueFields),
		"DELETE /api/v2/routing/queues/{id}":                deleting("queues"),
		"GET /api/v2/conversations":                         listing("conversations"),
		"GET /api/v2/conversations/{id}":                    getting("conversations"),
		"GET /api/v2/conversations/{of}/recordings":         listing("recordings"),
		"DELETE /api/v2/conversations/{of}/recordings/{id}": deleting("recordings"),
		"GET /api/v2/externalcontacts/contacts":             listing("contacts"),
		"POST /api/v2/externalcontacts/contacts":            creating("contacts", contactFields),
		"GET /api/v2/externalcontacts/contacts/{id}":        getting("contacts"),
		"PUT /api/v2/externalcontacts/contacts/{id}":        replacing("contacts", contactFields),
		"DELETE /api/v2/externalcontacts/contacts/{id}":     deleting("contacts"),
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, answer) })
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, func(*call) (int, any, error) { return 0, nil, notFound() })
	})
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// call is one request of somebody who is known.
type call struct {
	*organization
	in  *http.Request
	who identity.Caller
}

// maxBody bounds a request's body in bytes.
const maxBody = 1 << 20

// answer identifies the caller, opens the organization, and writes what the method says.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, method func(*call) (int, any, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	status, body, err := func() (int, any, error) {
		who, err := s.identities.Identify(r)
		if errors.Is(err, identity.ErrUnavailable) {
			return 0, nil, &fault{http.StatusServiceUnavailable, "service.unavailable", "The service is unavailable just now.", err}
		}
		if err != nil {
			return 0, nil, &fault{http.StatusUnauthorized, "bad.credentials", "The call came without a good identity.", err}
		}
		o, err := s.organizations.of(who.Tenant)
		if err != nil {
			return 0, nil, err
		}
		return method(&call{organization: o, in: r, who: who})
	}()
	if err != nil {
		f := &fault{http.StatusInternalServerError, "internal.server.error", "The request could not be handled.", err}
		errors.As(err, &f)
		if f.cause != nil {
			s.log.WarnContext(r.Context(), "refused", "status", f.status, "err", f.cause)
		}
		status, body = f.status, f.body()
	}
	w.Header().Set("Cache-Control", "no-store")
	if body == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // a client that went away is nobody's problem
}
