package gateway

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/host"
	"prokura/internal/id"
	"prokura/internal/reserved"
)

// Dialect is the wire of a route: where its credential stands, and how a refusal looks.
type Dialect interface {
	// Credential is the one credential of a call: in the dialect's own header, or an access token as a bearer. None, a
	// second one or one of the wrong form is a refusal.
	Credential(h http.Header) (access.Credential, error)
	// WriteRefusal answers a refusal. The reference stands in the answer's header already.
	WriteRefusal(w http.ResponseWriter, r *http.Request, ref id.Reference, err error)
}

// Access decides. Its errors carry a *refusal.Error.
type Access interface {
	// Call decides whether a call may pass, and who calls. A refusal names the caller too, if there is one.
	Call(ctx context.Context, q *access.CallRequest) (access.Pass, error)
	// Still says whether a caller who was let through would be let through now.
	Still(c *access.Caller) error
}

// Docket keeps refusals. It does not block, and answers the reference to give the caller: that of the first refusal of
// its kind, where this one repeats it.
type Docket interface {
	Record(c docket.Case) id.Reference
}

// Config is what a gateway is made of.
type Config struct {
	Routes  []Route
	Dialect Dialect // answers what belongs to no route
	Access  Access
	Docket  Docket
	Log     *slog.Logger
	Clock   clock.Clock

	// Hosts are the names that the gateway answers to.
	Hosts host.Names
	// Recheck is how often the caller of an open stream is asked after again; 10 s if zero.
	Recheck time.Duration
}

// Route is one API behind the gateway.
type Route struct {
	Prefix   string // of canonical paths, in whole segments: "/api" is "/api" and everything below
	Catalog  *catalog.Catalog
	Dialect  Dialect
	Upstream *url.URL // scheme, host, and a base path that is put before the rebuilt path
	Audience string   // of the identity header
	Timeouts Timeouts
	MaxBody  int64 // of a request, in bytes; zero: no limit, bodies only stream

	// RequestHeaders and ResponseHeaders pass in addition to the tables in headers.go.
	RequestHeaders  []string
	ResponseHeaders []string
}

// Timeouts bound how long an upstream may take. Zero values mean the defaults.
type Timeouts struct {
	Dial           time.Duration // connecting; 5 s
	Handshake      time.Duration // TLS; 5 s
	ResponseHeader time.Duration // from the end of the request to the answer's header; 60 s
	Stall          time.Duration // without a byte moving, in either direction; 60 s
	Idle           time.Duration // of a pooled connection; 30 s
}

func (t Timeouts) withDefaults() Timeouts {
	for _, d := range []struct {
		value    *time.Duration
		fallback time.Duration
	}{
		{&t.Dial, 5 * time.Second}, {&t.Handshake, 5 * time.Second}, {&t.ResponseHeader, time.Minute},
		{&t.Stall, time.Minute}, {&t.Idle, 30 * time.Second},
	} {
		if *d.value == 0 {
			*d.value = d.fallback
		}
	}
	return t
}

// check reports everything that a gateway must not start with.
func (c *Config) check() error {
	var problems []error
	complain := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if c.Dialect == nil || c.Access == nil || c.Docket == nil || c.Log == nil || c.Clock == nil {
		complain("gateway: dialect, access, docket, log and clock are all needed")
	}
	if c.Recheck < 0 {
		complain("gateway: the time between checks of open streams is negative")
	}
	seen := map[string]bool{}
	for i := range c.Routes {
		r := &c.Routes[i]
		if err := r.check(); err != nil {
			complain("route %q: %w", r.Prefix, err)
		}
		if seen[r.Prefix] {
			complain("route %q: two routes have this prefix", r.Prefix)
		}
		seen[r.Prefix] = true
	}
	return errors.Join(problems...)
}

func (r *Route) check() error {
	var problems []error
	complain := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if p, err := canon.Parse(r.Prefix); err != nil {
		complain("the prefix is not a canonical path: %w", err)
	} else if p.TrailingSlash() {
		complain("the prefix ends in a slash; it covers whole segments without one")
	}
	if r.Catalog == nil || r.Dialect == nil {
		complain("catalog and dialect are both needed")
	}
	// An identity header for nobody in particular would be good for everybody.
	if r.Audience == "" {
		complain("no audience")
	}
	if u := r.Upstream; u == nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		complain("the upstream is not an http or https address")
	} else {
		if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
			complain("the upstream has more than scheme, host and path")
		}
		if _, err := canon.Parse(u.EscapedPath()); u.Path != "" && err != nil {
			complain("the upstream's path is not canonical: %w", err)
		}
	}
	t := r.Timeouts
	if min(t.Dial, t.Handshake, t.ResponseHeader, t.Stall, t.Idle) < 0 || r.MaxBody < 0 {
		complain("a limit is negative")
	}
	for _, name := range slices.Concat(r.RequestHeaders, r.ResponseHeaders) {
		if name != textproto.TrimString(name) || name == "" || !token(name) {
			complain("%q is no header name", name)
		} else if reserved.Header(name) {
			complain("the header %s never passes", name)
		}
	}
	for _, name := range r.RequestHeaders {
		if r.Dialect != nil && holdsCredential(r.Dialect, name) {
			complain("the header %s carries the credential, which never goes upstream", name)
		}
	}
	return errors.Join(problems...)
}

// holdsCredential asks the dialect whether it would read a credential from the header, so that no config can forward it.
func holdsCredential(d Dialect, name string) bool {
	value, err := d.Credential(http.Header{http.CanonicalHeaderKey(name): {"probe"}})
	return err == nil && value.Token != ""
}

// token says whether s is a token of RFC 9110 §5.6.2.
func token(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}
