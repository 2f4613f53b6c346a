package crm

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
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
	// Data is the directory that holds the accounts. It is created where it is missing.
	Data string
	// HTTP fetches the keys; nil is a client with a timeout of ten seconds.
	HTTP *http.Client
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log takes what went wrong; nil discards it.
	Log *slog.Logger
}

// Server answers the methods of the CRM. It is an http.Handler and safe for concurrent use.
type Server struct {
	identities *identity.Verifier
	accounts   *accounts
	log        *slog.Logger
	mux        *http.ServeMux
}

// New checks the configuration and opens the data directory. Nothing is fetched before the first request.
func New(cfg Config) (*Server, error) {
	if cfg.Issuer == "" || cfg.Audience == "" || cfg.Data == "" {
		return nil, errors.New("configuring the CRM: issuer, audience and data directory are all needed")
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
	kept, err := openAccounts(cfg.Data, cfg.Now)
	if err != nil {
		return nil, fmt.Errorf("opening the data directory %s: %w", cfg.Data, err)
	}
	s := &Server{
		identities: identity.New(cfg.Issuer, cfg.Audience, cfg.JWKSURL, cfg.HTTP, cfg.Now),
		accounts:   kept,
		log:        cfg.Log,
		mux:        http.NewServeMux(),
	}
	s.routes()
	return s, nil
}

// Close releases the data directory. Requests must have ended before.
func (s *Server) Close() error { return s.accounts.close() }

// Seed gives an account its first content. An account that has some keeps it.
func (s *Server) Seed(tenant string, c Content) error {
	a, err := s.accounts.of(tenant)
	if err != nil {
		return err
	}
	return a.seed(c)
}

func (s *Server) routes() {
	for pattern, answer := range map[string]func(*call) (int, any, error){
		"GET /crm/v3/objects/{type}":         listObjects,
		"POST /crm/v3/objects/{type}":        createObject,
		"POST /crm/v3/objects/{type}/search": searchObjects,
		"GET /crm/v3/objects/{type}/{id}":    getObject,
		"PATCH /crm/v3/objects/{type}/{id}":  updateObject,
		"DELETE /crm/v3/objects/{type}/{id}": deleteObject,
		"GET /crm/v3/properties/{type}":      listProperties,
		"GET /crm/v3/pipelines/deals":        listPipelines,
		"GET /crm/v3/schemas":                listSchemas,
		"GET /crm/v3/schemas/{type}":         getSchema,
		"GET /crm/v3/owners":                 listOwners,
		"GET /automation/v4/flows":           listFlows,
		"POST /automation/v4/flows":          createFlow,
		"GET /automation/v4/flows/{flow}":    getFlow,
		"PUT /automation/v4/flows/{flow}":    updateFlow,
		"DELETE /automation/v4/flows/{flow}": deleteFlow,
	} {
		s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { s.answer(w, r, answer) })
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		s.answer(w, r, func(*call) (int, any, error) { return 0, nil, notFound("Nothing is at this address.") })
	})
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

// call is one request of somebody who is known.
type call struct {
	*account
	in  *http.Request
	who identity.Caller
}

// maxBody bounds a request's body in bytes.
const maxBody = 1 << 20

// answer identifies the caller, opens the account, and writes what the method says.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, method func(*call) (int, any, error)) {
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	status, body, err := func() (int, any, error) {
		who, err := s.identities.Identify(r)
		if errors.Is(err, identity.ErrUnavailable) {
			return 0, nil, &fault{http.StatusServiceUnavailable, "SERVER_ERROR", "The server cannot answer just now.", err}
		}
		if err != nil {
			return 0, nil, &fault{http.StatusUnauthorized, "INVALID_AUTHENTICATION", "The call came without a good identity.", err}
		}
		a, err := s.accounts.of(who.Tenant)
		if err != nil {
			return 0, nil, err
		}
		return method(&call{account: a, in: r, who: who})
	}()
	if err != nil {
		f := &fault{status: http.StatusInternalServerError, category: "SERVER_ERROR", message: "An error occurred on the server.", cause: err}
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

// read reads a body that is one JSON object.
func (c *call) read(into any) error {
	if media, _, _ := strings.Cut(c.in.Header.Get("Content-Type"), ";"); strings.TrimSpace(media) != "application/json" {
		return invalid("The content type must be application/json.")
	}
	d := json.NewDecoder(c.in.Body)
	if err := d.Decode(into); err != nil {
		return invalid("The body is not the JSON that this method takes.")
	}
	if d.More() {
		return invalid("The body has more than one JSON value.")
	}
	return nil
}
