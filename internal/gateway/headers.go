package gateway

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"prokura/internal/reserved"
)

// Names of the headers that the gateway itself sends.
const (
	referenceHeader = reserved.ReferenceHeader // to both sides
	identityHeader  = "Prokura-Identity"       // to the upstream
	cacheControl    = "Cache-Control"
	contentType     = "Content-Type"
	location        = "Location"
	userAgent       = "User-Agent"
)

// The tables of what passes. Everything else vanishes, whatever it is and however it is spelled (A135-A139, A142, A148):
// credentials, cookies, identities, method overrides, Connection and what it lists, Expect, Upgrade, trailers.
//
// Content-Length and Transfer-Encoding are not here because the message is framed anew (A141). Accept-Encoding passes,
// and the transport does not touch the coding, so that the bytes of an answer are the upstream's. Idempotency-Key is not
// here because the transport takes it as leave to send a POST again.
var (
	requestHeaders = [...]string{
		"Accept", "Accept-Charset", "Accept-Encoding", "Accept-Language", "Cache-Control", "Content-Digest",
		"Content-Disposition", "Content-Encoding", "Content-Language", "Content-Range", "Content-Type", "If-Match",
		"If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Prefer", "Range", "Repr-Digest",
		"Traceparent", "Tracestate", "User-Agent", "X-Request-Id",
	}
	responseHeaders = [...]string{
		"Accept-Ranges", "Age", "Allow", "Cache-Control", "Content-Digest", "Content-Disposition", "Content-Encoding",
		"Content-Language", "Content-Length", "Content-Range", "Content-Security-Policy", "Content-Type", "Date",
		"Deprecation", "Etag", "Expires", "Last-Modified", "Preference-Applied", "Repr-Digest", "Retry-After", "Sunset",
		"Vary", "X-Content-Type-Options", "X-Request-Id",
	}
)

// allowed is a table and what a route adds to it, in canonical spelling. The canonical spelling of a name with an
// underscore differs from that with a hyphen, so that aliases of a name are not in it.
//
// Names lie in shelves by their length: a call has some twenty headers each way, and comparing with the two or three names of
// a shelf is cheaper than hashing each of them.
type allowed [32]shelf

type shelf struct {
	outer uint64 // a bit for the outer letters of each name: most headers that do not pass are not even compared
	names []string
}

func allow(table, more []string) *allowed {
	var a allowed
	for _, name := range slices.Concat(table, more) {
		name = http.CanonicalHeaderKey(name)
		s := &a[len(name)%len(a)]
		s.outer |= outer(name)
		s.names = append(s.names, name)
	}
	return &a
}

func outer(name string) uint64 { return 1 << ((name[0]*8 + name[len(name)-1]) % 64) }

// line is a line of a header.
type line struct {
	name   string
	values []string
}

// usual is how many lines pass as a rule. Those beyond it cost some memory.
const usual = 16

// pass puts what is allowed of one header into another. Where that is nil it makes one, with room for some more lines: to
// grow it costs more than to count first. The values are shared, not copied: nobody changes them.
func (a *allowed) pass(to, from http.Header, more int) http.Header {
	var room [usual]line
	passing := room[:0]
	for name, values := range from {
		if name == "" {
			continue
		}
		if s := &a[len(name)%len(a)]; s.outer&outer(name) != 0 && slices.Contains(s.names, name) {
			passing = append(passing, line{name, values})
		}
	}
	if to == nil {
		to = make(http.Header, len(passing)+more)
	}
	for i := range passing {
		to[passing[i].name] = passing[i].values
	}
	return to
}

// relocate turns an upstream's Location into the same place as the client sees it: a path below the route. A place
// that is not below the route is none of the client's business (A148).
func (r *route) relocate(from *url.URL, value string) (string, bool) {
	u, err := from.Parse(value)
	if err != nil || u.User != nil || u.Scheme != r.Upstream.Scheme || u.Host != r.Upstream.Host {
		return "", false
	}
	path, ok := strings.CutPrefix(u.EscapedPath(), r.base)
	// A path of two slashes is a host to whoever follows it.
	if !ok || !below(path, r.Prefix) || strings.HasPrefix(path, "//") {
		return "", false
	}
	out := path
	if u.RawQuery != "" {
		out += "?" + u.RawQuery
	}
	if u.Fragment != "" {
		out += "#" + u.EscapedFragment()
	}
	return out, true
}

// below says whether a path is the prefix or stands under it, in whole segments.
func below(path, prefix string) bool {
	return strings.HasPrefix(path, prefix) &&
		(len(path) == len(prefix) || path[len(prefix)] == '/' || prefix == "/")
}
