package analytics

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"prokura/examples/identity"
)

// Config says what a Server needs. Issuer, Audience, Data, AdminURL and AdminToken have no defaults: a server that
// did not check them would trust anybody.
type Config struct {
	// Issuer is the iss of identity headers, compared byte by byte.
	Issuer string
	// JWKSURL is where the issuer's keys are; empty is Issuer + "/.well-known/jwks.json".
	JWKSURL string
	// Audience is this server's name, as the gateway's route has it.
	Audience string
	// Data is the directory that holds the content. It is created where it is missing.
	Data string
	// AdminURL is Prokura's base URL, without /v1.
	AdminURL string
	// AdminToken is the operator's token for /v1.
	AdminToken string
	// Plan is the plan of sites made by Create Site; empty is "starter".
	Plan string
	// WebURL, where it is set, is where people look at content; it makes the webpageUrl of answers.
	WebURL string
	// MaxFile bounds a published file in bytes; 0 is 4 GiB.
	MaxFile int64
	// HTTP makes the calls to the issuer and to /v1; nil is a client with a timeout of ten seconds.
	HTTP *http.Client
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log takes what went wrong; nil discards it.
	Log *slog.Logger
}

// Server answers the content methods. It is an http.Handler and safe for concurrent use.
type Server struct {
	cfg        Config
	identities *identity.Verifier
	directory  *directory
	spaces     *spaces
	routes     []route
}

// New checks the configuration and opens the data directory. Nothing is fetched before the first request.
func New(cfg Config) (*Server, error) {
	if err := cfg.complete(); err != nil {
		return nil, fmt.Errorf("configuring the content server: %w", err)
	}
	sp, err := openSpaces(cfg.Data, cfg.Now)
	if err != nil {
		return nil, fmt.Errorf("opening the data directory %s: %w", cfg.Data, err)
	}
	s := &Server{
		cfg:        cfg,
		identities: identity.New(cfg.Issuer, cfg.Audience, cfg.JWKSURL, cfg.HTTP, cfg.Now),
		directory:  &directory{base: strings.TrimSuffix(cfg.AdminURL, "/") + "/v1", token: cfg.AdminToken, http: cfg.HTTP},
		spaces:     sp,
	}
	s.routes = s.table()
	return s, nil
}

// Close releases the data directory. Requests must have ended before.
func (s *Server) Close() error { return s.spaces.close() }

// complete fills in what has a default and names everything that is missing.
func (c *Config) complete() error {
	var missing []error
	need := func(value, name string) {
		if value == "" {
			missing = append(missing, fmt.Errorf("%s is missing", name))
		}
	}
	need(c.Issuer, "the issuer")
	need(c.Audience, "the audience")
	need(c.Data, "the data directory")
	need(c.AdminURL, "the URL of the administration API")
	need(c.AdminToken, "the token for the administration API")
	if c.JWKSURL == "" {
		c.JWKSURL = strings.TrimSuffix(c.Issuer, "/") + "/.well-known/jwks.json"
	}
	for _, u := range []string{c.JWKSURL, c.AdminURL} {
		if p, err := url.Parse(u); u != "" && c.Issuer != "" && (err != nil || p.Host == "") {
			missing = append(missing, fmt.Errorf("%q is not a URL with a host", u))
		}
	}
	if c.Plan == "" {
		c.Plan = "starter"
	}
	if c.MaxFile == 0 {
		c.MaxFile = 4 << 30
	}
	if c.HTTP == nil {
		c.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return errors.Join(missing...)
}
