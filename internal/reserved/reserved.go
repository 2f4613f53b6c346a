// Package reserved lists what is ours alone: the first segments of our own paths, the words that no content URL may be,
// and the headers that no route may let through. Whoever checks a configuration and whoever runs it read the same lists.
package reserved

import (
	"slices"
	"strings"
)

var (
	// segments are the first segments of our own paths.
	segments = [...]string{".well-known", "account", "appinstalls", "assets", "console", "healthz", "invite", "login", "logout", "oauth",
		"password", "readyz", "set-up", "v1"}
	// words stand elsewhere in paths of ours.
	words = [...]string{"admin", "api", "authorize", "introspect", "jwks", "revoke", "token", "v2"}
)

// Segment says whether paths that begin with this segment are ours. No route lies there, and no method of a catalog.
func Segment(first string) bool { return slices.Contains(segments[:], first) }

// Words are what no content URL may be, in order and in lower case: a tenant of that name would stand where we do.
func Words() []string {
	list := slices.Clone(words[:])
	for _, s := range segments {
		list = append(list, strings.TrimPrefix(s, "."))
	}
	slices.Sort(list)
	return list
}

var (
	// headers are framing, hop-by-hop (RFC 9110 §7.6.1), who asks, what steers proxies, and what speaks for our host.
	headers = [...]string{
		"Authorization", "Connection", "Content-Length", "Cookie", "Cookie2", "Expect", "Forwarded", "Host",
		"HTTP2-Settings", "Keep-Alive", "Location", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection",
		"Set-Cookie", "Set-Cookie2", "Strict-Transport-Security", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
		"WWW-Authenticate", "X-HTTP-Method", "X-HTTP-Method-Override", "X-Method-Override", "X-Original-URL", "X-Real-IP",
		"X-Rewrite-URL", "X-Sendfile",
	}
	headerPrefixes = [...]string{"prokura-", "x-accel-", "x-forwarded-", "x-identity-"}
)

// ReferenceHeader names an answer of ours, so that its diagnosis can be found.
const ReferenceHeader = "Prokura-Reference"

// Header says whether no route may let a header through, in either direction. An underscore or a point is read as a
// hyphen, as some upstreams do (A136).
func Header(name string) bool {
	plain := strings.NewReplacer("_", "-", ".", "-").Replace(strings.ToLower(name))
	for _, h := range headers {
		if plain == strings.ToLower(h) {
			return true
		}
	}
	for _, p := range headerPrefixes {
		if strings.HasPrefix(plain, p) {
			return true
		}
	}
	return false
}
