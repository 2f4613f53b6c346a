package config

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"prokura/catalogs"
	"prokura/internal/strictyaml"
)

// Dialects are the forms of errors and credentials that a route can have.
var Dialects = []string{"tableau"}

// ownPrefixes are paths that we answer ourselves; no route may lie in or over them.
var ownPrefixes = []string{"/v1", "/oauth", "/.well-known", "/healthz", "/readyz", "/login", "/console"}

// sessionAudience is the audience of our own session tokens. An API that took it would take them for identities.
const sessionAudience = "prokura"

var (
	prefixForm = regexp.MustCompile(`^(/[A-Za-z0-9][A-Za-z0-9._~-]*)+$`)
	headerForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
)

// hopByHop headers concern one connection and never pass (RFC 9110 §7.6.1).
var hopByHop = []string{"Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authenticate", "Proxy-Authorization", "Te",
	"Trailer", "Transfer-Encoding", "Upgrade", "Host", "Content-Length"}

// ours are headers that carry credentials or our own word; a client's value must never reach an API.
var ours = []string{"Authorization", "Cookie", "X-Tableau-Auth", "Prokura-Identity", "Prokura-Reference", "Forwarded",
	"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"}

// withheld are headers of an API's answer that would speak in our name.
var withheld = []string{"Prokura-Reference", "Prokura-Identity", "Strict-Transport-Security"}

func (k checker) routes() {
	for i := range k.Routes {
		k.route(index("routes", i), i)
	}
}

func (k checker) route(key string, i int) {
	r := k.Routes[i]
	k.prefix(key+".prefix", i)
	known := catalogs.Names()
	for _, c := range k.Catalogs {
		known = append(known, c.Name)
	}
	k.oneOf(key+".catalog", r.Catalog, known)
	k.oneOf(key+".dialect", r.Dialect, Dialects)
	if r.Upstream == "" {
		k.doc.Blame(key+".upstream", "is missing")
	} else if u, problem := origin(r.Upstream); problem != "" {
		k.doc.Blame(key+".upstream", "%s", problem)
	} else if example(u.Hostname()) {
		k.doc.Blame(key+".upstream", "%s was copied from an example", u.Hostname())
	}
	k.audience(key+".audience", i)
	k.lasts(key+".timeouts.connect", r.Timeouts.Connect, time.Millisecond, time.Hour)
	k.lasts(key+".timeouts.response_header", r.Timeouts.ResponseHeader, time.Millisecond, time.Hour)
	k.lasts(key+".timeouts.idle", r.Timeouts.Idle, time.Millisecond, time.Hour)
	k.headers(key+".request_headers", r.RequestHeaders, slices.Concat(hopByHop, ours))
	k.headers(key+".response_headers", r.ResponseHeaders, slices.Concat(hopByHop, withheld))
}

func (k checker) prefix(key string, i int) {
	p := k.Routes[i].Prefix
	switch {
	case p == "":
		k.doc.Blame(key, "is missing")
	case !prefixForm.MatchString(p):
		k.doc.Blame(key, "expected a path such as /api, without slash at the end, found %q", p)
	case slices.ContainsFunc(ownPrefixes, func(own string) bool { return p == own || strings.HasPrefix(p, own+"/") }):
		k.doc.Blame(key, "%s is a path that this server answers itself", p)
	case slices.IndexFunc(k.Routes, func(o Route) bool { return o.Prefix == p }) < i:
		k.doc.Blame(key, "%s has two routes", p)
	}
}

// audience refuses what would leave an identity header valid where it was not meant: an empty audience that a careless
// API takes for no check (A252), our own, and one that another API shares.
func (k checker) audience(key string, i int) {
	r := k.Routes[i]
	other := slices.IndexFunc(k.Routes, func(o Route) bool { return o.Audience == r.Audience && o.Upstream != r.Upstream })
	switch {
	case strings.TrimSpace(r.Audience) == "":
		k.doc.Blame(key, "is missing: without it the identity header would be valid at every API")
	case r.Audience == sessionAudience:
		k.doc.Blame(key, "%q is the audience of session tokens; choose another", r.Audience)
	case placeholder(r.Audience):
		k.doc.Blame(key, "%q was copied from an example", r.Audience)
	case other >= 0 && other < i:
		k.doc.Blame(key, "%q is also the audience of %s: each API needs its own", r.Audience, k.Routes[other].Upstream)
	}
}

func (k checker) headers(key string, names, never []string) {
	for j, h := range names {
		switch {
		case !headerForm.MatchString(h):
			k.doc.Blame(index(key, j), "%q is not the name of a header", h)
		case slices.Contains(never, http.CanonicalHeaderKey(h)):
			k.doc.Blame(index(key, j), "%s never passes the gateway", http.CanonicalHeaderKey(h))
		}
	}
}

func (k checker) oneOf(key, got string, known []string) {
	near := strictyaml.Nearest(got, known)
	switch {
	case slices.Contains(known, got):
	case got == "":
		k.doc.Blame(key, "is missing; known here: %s", strings.Join(known, ", "))
	case near != "":
		k.doc.Blame(key, "there is no %q; did you mean %q?", got, near)
	default:
		k.doc.Blame(key, "there is no %q; known here: %s", got, strings.Join(known, ", "))
	}
}
