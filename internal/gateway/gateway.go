package gateway

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/host"
	"prokura/internal/refusal"
)

// Gateway is the handler of all routes. It is made by New and not changed.
type Gateway struct {
	routes  []*route // the longest prefix first
	dialect Dialect
	access  Access
	docket  Docket
	log     *slog.Logger
	clock   clock.Clock
	hosts   host.Names
	recheck time.Duration

	references references
	buffers    buffers

	// Values of headers that all exchanges share. Nobody changes the values of a header.
	none, private []string
}

// route is a Route, made ready.
type route struct {
	Route
	base       string // the upstream's path, without trailing slash, escaped
	toUpstream *allowed
	toClient   *allowed
	transport  *http.Transport
}

// New makes a gateway, or reports everything that is wrong with the config.
func New(c Config) (*Gateway, error) {
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("building the gateway: %w", err)
	}
	g := &Gateway{dialect: c.Dialect, access: c.Access, docket: c.Docket, log: c.Log, clock: c.Clock, hosts: c.Hosts,
		recheck: c.Recheck, none: []string{""}, private: []string{"private"}}
	if g.recheck == 0 {
		g.recheck = 10 * time.Second
	}
	for _, r := range c.Routes {
		r.Timeouts = r.Timeouts.withDefaults()
		g.routes = append(g.routes, &route{
			Route:      r,
			base:       strings.TrimSuffix(r.Upstream.EscapedPath(), "/"),
			toUpstream: allow(requestHeaders[:], r.RequestHeaders),
			toClient:   allow(responseHeaders[:], r.ResponseHeaders),
			transport:  NewTransport(r.Timeouts),
		})
	}
	slices.SortFunc(g.routes, func(a, b *route) int { return len(b.Prefix) - len(a.Prefix) })
	return g, nil
}

// Close closes the idle connections to the upstreams. What is under way goes on.
func (g *Gateway) Close() {
	for _, r := range g.routes {
		r.transport.CloseIdleConnections()
	}
}

// ServeHTTP answers one request.
func (g *Gateway) ServeHTTP(w http.ResponseWriter, r *http.Request) { g.serve(w, r, nil, "") }

// ServePath answers a request whose path and query the caller has read already, as [host.Names.Target] and [canon.Parse] do.
func (g *Gateway) ServePath(w http.ResponseWriter, r *http.Request, path *canon.Path, query string) {
	g.serve(w, r, path, query)
}

func (g *Gateway) serve(w http.ResponseWriter, r *http.Request, path *canon.Path, query string) {
	ex := &exchange{gateway: g, client: w, in: r, reference: g.references.next(), path: path}
	ex.download.client, ex.download.watch = w, &ex.watch
	ex.lines[referenceLine] = ex.reference.String()
	w.Header()[referenceHeader] = ex.line(referenceLine)
	query, err := g.admit(ex, query)
	if err != nil {
		ex.fail(err)
		return
	}
	ex.forward(query)
}

// admit finds out what is asked, and asks whether it may pass. The order of the checks is part of the API: it decides
// which code a call with several faults is answered.
func (g *Gateway) admit(ex *exchange, raw string) (query string, err error) {
	r, path := ex.in, ""
	if ex.path != nil {
		path = ex.path.String()
	} else if path, raw, err = g.hosts.Target(r); err != nil {
		return "", err
	}
	if err := known(r.Method); err != nil {
		return "", err
	}
	if ex.path == nil {
		p, err := canon.Parse(path)
		if err != nil {
			ex.route = g.routeOf(path) // only for its wire
			return "", err
		}
		ex.path = &p
	}
	if ex.route = g.routeOf(ex.path.String()); ex.route == nil {
		return "", refusal.New(refusal.Finding{Code: refusal.RouteUnknown})
	}
	credential, err := ex.route.Dialect.Credential(r.Header)
	if err != nil {
		return "", err
	}
	ex.match, _ = ex.route.Catalog.Match(r.Method, ex.path)
	if m := ex.match.Method; m != nil && m.AnsweredBy == catalog.ByUpstream {
		ex.method = m
	}
	q := &ex.call
	*q = access.CallRequest{
		Credential: credential.Token,
		Bearer:     credential.Bearer,
		Catalog:    ex.route.Catalog,
		Method:     ex.method,
		Tenant:     ex.match.Tenant(),
		Audience:   ex.route.Audience,
		Remote:     r.RemoteAddr,
	}
	if ex.method == nil {
		q.Asked = r.Method + " " + path
	}
	if ex.pass, err = g.access.Call(r.Context(), q); err != nil {
		return "", err
	}
	if ex.method == nil { // whatever Access says: there is nothing to rebuild
		return "", refusal.New(refusal.Finding{Code: refusal.MethodUnknown, Got: q.Asked})
	}
	if query, err = requery(raw); err != nil {
		return "", err
	}
	// The credential stands in its header, and nowhere else: in a query it would go upstream and into logs (A138, A139).
	if strings.Contains(query, credential.Token) {
		return "", refusal.New(refusal.Finding{Code: refusal.CredentialAmbiguous})
	}
	if limit := ex.route.MaxBody; limit > 0 && r.ContentLength > limit {
		return "", tooLarge(limit)
	}
	return query, nil
}

// routeOf is the route with the longest prefix, or nil.
func (g *Gateway) routeOf(path string) *route {
	for _, r := range g.routes {
		if below(path, r.Prefix) {
			return r
		}
	}
	return nil
}

// known refuses verbs that no method has. They are exact: "get" is no verb (A134).
func known(verb string) error {
	switch verb {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete,
		http.MethodOptions:
		return nil
	}
	return refusal.New(refusal.Finding{Code: refusal.VerbNotAllowed, Got: verb,
		Want: "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"})
}

func tooLarge(limit int64) error {
	return refusal.New(refusal.Finding{Code: refusal.BodyTooLarge, Want: refusal.Size(limit)})
}

// locate is where the exchange goes: a path rebuilt from what matched, and a query written anew.
func (ex *exchange) locate(query string) {
	path := ex.match.Rebuild()
	if ex.route.base != "" {
		path = ex.route.base + path
	}
	ex.url = url.URL{Scheme: ex.route.Upstream.Scheme, Host: ex.route.Upstream.Host, Path: path, RawQuery: query}
	if strings.IndexByte(path, '%') >= 0 {
		// Both fields must agree, or net/url falls back to its own escaping of Path.
		ex.url.Path, _ = url.PathUnescape(path)
		ex.url.RawPath = path
	}
}
