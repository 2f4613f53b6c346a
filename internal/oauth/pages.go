package oauth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/registry"
	"prokura/internal/seal"
)

// Book is the refusal book, which the pages also look into.
type Book interface {
	Docket
	Lookup(ctx context.Context, ref id.Reference) (docket.Case, error)
}

// PagesConfig is what the authorization endpoint and its pages need. All of it must be set.
type PagesConfig struct {
	Access    *access.Access
	Govern    *govern.Decisions
	Directory *directory.Directory
	Registry  *registry.Registry
	Catalogs  *registry.Catalogs
	Page      *page.Renderer
	Sealer    *seal.Sealer
	Docket    Book
	Clock     clock.Clock
	Log       *slog.Logger
	Issuer    string // exactly as tokens name it
	Contact   string // where the vendor is reached: a mail address or a page; empty: it is not known
}

// Pages is the authorization endpoint with the pages that belong to it: consent, refusals, and what a reference tells.
//
//	GET, POST  /oauth/authorize, /oauth/{tenant}/authorize   begins a request
//	POST       /oauth/authorize/continue                     goes on after a login or the choice of an account
//	POST       /oauth/authorize/decide                       the answer to the consent page
//	POST       /oauth/authorize/remedy                       an administrator gives the role that was missing
//	POST       /oauth/authorize/ask                          a user asks the administrators for a decision, or takes it back
//	POST       /oauth/authorize/approve                      an administrator decides right there
//	POST       /oauth/authorize/switch                       somebody else signs in, and the request goes on
//	GET, POST  /oauth/errors/{code}                          what a reference tells the reader
//
// A request that nobody decided is no row: see [pending].
type Pages struct {
	PagesConfig
	sealed envelope
	forms  http.Handler
	routes []string
}

// NewPages makes the authorization endpoint.
func NewPages(c PagesConfig) (*Pages, error) {
	if c.Access == nil || c.Directory == nil || c.Registry == nil || c.Catalogs == nil || c.Page == nil || c.Sealer == nil ||
		c.Docket == nil || c.Clock == nil || c.Log == nil {
		return nil, errors.New("building the authorization endpoint: something that it needs is missing")
	}
	u, err := url.Parse(c.Issuer)
	if err != nil || u.Scheme == "" || u.Host == "" || u.Path != "" {
		return nil, errors.New("building the authorization endpoint: the issuer is not a URL of scheme and host alone")
	}
	p := &Pages{PagesConfig: c, sealed: envelope{c.Sealer}}
	mux := http.NewServeMux()
	p.routes = []string{"/oauth/authorize", "/oauth/{tenant}/authorize"} // which [Pages.ServeHTTP] answers itself
	on := func(pattern string, answer http.HandlerFunc) {
		mux.HandleFunc(pattern, answer)
		p.routes = append(p.routes, pattern)
	}
	on("POST /oauth/authorize/continue", p.resume)
	on("POST /oauth/authorize/decide", p.decide)
	on("POST /oauth/authorize/remedy", p.remedy)
	on("POST /oauth/authorize/ask", p.ask)
	on("POST /oauth/authorize/approve", p.approve)
	on("POST /oauth/authorize/switch", p.switchPerson)
	on("/oauth/errors/{code}", p.explain)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { p.Page.Problem(w, r, http.StatusNotFound, "not_found") })
	p.forms = p.Page.Guard(mux)
	return p, nil
}

// ServeHTTP answers what no endpoint for programs below /oauth answers.
func (p *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set(ReferenceHeader, entropy.ID[id.Reference]().String()) // a refusal that is kept sets its own
	path, err := canon.Parse(r.URL.EscapedPath())
	if err != nil || path.TrailingSlash() {
		p.Page.Problem(w, r, http.StatusNotFound, "not_found")
		return
	}
	switch {
	case path.Len() == 2 && path.Segment(1) == "authorize":
		p.authorize(w, r, "")
	case path.Len() == 3 && path.Segment(2) == "authorize":
		p.authorize(w, r, path.Segment(1))
	default:
		p.forms.ServeHTTP(w, r)
	}
}
