package oauth

import (
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

// Docket keeps refusals under their reference. It does not block, and answers the reference to give the caller: that of
// the first refusal of its kind, where this one repeats it.
type Docket interface {
	Record(c docket.Case) id.Reference
}

// Config is what a Handler needs. All of it must be set, but Authorize and MaxBody.
type Config struct {
	Access *access.Access
	Docket Docket
	Clock  clock.Clock
	Log    *slog.Logger
	Issuer string // exactly as tokens name it: scheme and host, without a slash at the end
	// Authorize answers the authorization endpoint and the pages that belong to it: every path below /oauth that is none
	// of the endpoints for programs. Nil: nothing is there.
	Authorize http.Handler
	MaxBody   int // of a request, in bytes; 64 KiB where it is zero, and never more
}

// Handler answers what this package owns. It may be used by many requests at once.
type Handler struct {
	Config
	programs []endpoint
}

// New makes a Handler.
func New(c Config) (*Handler, error) {
	if c.Access == nil || c.Docket == nil || c.Clock == nil || c.Log == nil {
		return nil, errors.New("building the authorization server: access, docket, clock and log are all needed")
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Scheme == "" || u.Host == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Path != "" {
		return nil, errors.New("building the authorization server: the issuer is not a URL of scheme and host alone")
	}
	h := &Handler{Config: c}
	h.programs = h.endpoints()
	return h, nil
}

// metadataPath is where a client finds the endpoints (RFC 8414 §3). The issuer has no path, so that there is no other.
const metadataPath = "oauth-authorization-server"

// Owns says whether a path belongs to this package: /oauth and below, without what the HubSpot-shaped surface has there,
// and the metadata. What is owned falls through to nobody, also where nothing is there.
func Owns(p *canon.Path) bool {
	switch {
	case p.Len() == 0:
		return false
	case p.Segment(0) == "oauth":
		return p.Len() == 1 || !versioned(p.Segment(1))
	}
	return p.Segment(0) == ".well-known" && p.Len() >= 2 && p.Segment(1) == metadataPath
}

// versioned says whether a segment is v1 or a month such as 2026-03, below which another wire answers.
func versioned(s string) bool {
	if s == "v1" {
		return true
	}
	if len(s) != 7 || s[4] != '-' {
		return false
	}
	for i := range len(s) {
		if c := s[i]; i != 4 && (c < '0' || c > '9') {
			return false
		}
	}
	return true
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p, err := canon.Parse(r.URL.EscapedPath())
	if err == nil && h.Authorize != nil && p.Len() > 0 && p.Segment(0) == "oauth" && h.endpoint(&p) == nil {
		h.Authorize.ServeHTTP(w, r)
		return
	}
	ref := entropy.ID[id.Reference]()
	w.Header().Set(ReferenceHeader, ref.String())
	door := doorUnknown
	if err == nil {
		if e := h.endpoint(&p); e != nil {
			door, err = e.door, e.serve(w, r)
		} else {
			err = refusal.New(refusal.Finding{Code: refusal.RouteUnknown})
		}
	}
	if err != nil {
		h.fail(w, r, ref, door, err)
	}
}

type serveFunc func(http.ResponseWriter, *http.Request) error

// endpoint is one for programs.
type endpoint struct {
	path  string // a segment in braces is any
	door  string
	serve serveFunc
	in    func(tenant string) serveFunc // in place of serve, where the path names the tenant
}

// endpoints are all of them.
func (h *Handler) endpoints() []endpoint {
	return []endpoint{
		{path: "/.well-known/" + metadataPath, door: doorMetadata, serve: h.serveMetadata},
		{path: "/oauth/token", door: doorToken, serve: h.token("")},
		{path: "/oauth/{tenant}/token", door: doorToken, in: h.token},
		{path: "/oauth/introspect", door: doorIntrospect, serve: h.introspect},
		{path: "/oauth/revoke", door: doorRevoke, serve: h.revoke},
	}
}

// Routes are the paths that something answers. A segment in braces stands for any.
func (h *Handler) Routes() []string {
	var out []string
	for _, e := range h.programs {
		out = append(out, e.path)
	}
	if pages, ok := h.Authorize.(*Pages); ok {
		out = append(out, pages.routes...)
	}
	return out
}

// endpoint finds what answers a path; nil: none of the endpoints for programs.
func (h *Handler) endpoint(p *canon.Path) *endpoint {
	if p.TrailingSlash() {
		return nil
	}
next:
	for _, e := range h.programs {
		i := 0
		for want := range strings.SplitSeq(e.path[1:], "/") {
			switch {
			case i == p.Len():
				continue next
			case want[0] == '{':
				e.serve = e.in(p.Segment(i))
			case p.Segment(i) != want:
				continue next
			}
			i++
		}
		if i == p.Len() {
			return &e
		}
	}
	return nil
}
