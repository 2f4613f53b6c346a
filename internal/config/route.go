package config

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"prokura/catalogs"
	"prokura/internal/reserved"
	"prokura/internal/strictyaml"
)

// Dialects are the forms of errors and credentials that a route can have.
var Dialects = []string{"genesys", "hubspot", "tableau"}

// sessionAudience is the audience of our own session tokens. An API that took it would take them for identities.
const sessionAudience = "prokura"

var (
	prefixForm = regexp.MustCompile(`^(/[A-Za-z0-9][A-Za-z0-9._~-]*)+$`)
	headerForm = regexp.MustCompile("^[A-Za-z0-9!#$%&'*+.^_`|~-]+$")
)

// credentialHeader carries the credential of a call, which stays with us.
const credentialHeader = "X-Tableau-Auth"

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
	k.headers(key+".request_headers", r.RequestHeaders, credentialHeader)
	k.headers(key+".response_headers", r.ResponseHeaders, "")
}

func (k checker) prefix(key string, i int) {
	p := k.Routes[i].Prefix
	first, _, _ := strings.Cut(strings.TrimPrefix(p, "/"), "/")
	switch {
	case p == "":
		k.doc.Blame(key, "is missing")
	case !prefixForm.MatchString(p):
		k.doc.Blame(key, "expected a path such as /api, without slash at the end, found %q", p)
	case reserved.Segment(first):
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

// headers refuses what the gateway would not start with, and one more header.
func (k checker) headers(key string, names []string, never string) {
	for j, h := range names {
		switch {
		case !headerForm.MatchString(h):
			k.doc.Blame(index(key, j), "%q is not the name of a header", h)
		case reserved.Header(h), http.CanonicalHeaderKey(h) == never:
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
