// Package host says which host names a request may carry. A request for another name is answered nothing: whoever sent it
// was led here by a record or a proxy that is not ours, and what we would answer could be kept under that name (A140,
// A187).
package host

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"

	"prokura/internal/refusal"
)

// Names are what a server answers to. The zero Names are those of loopback alone.
type Names struct {
	names map[string]struct{} // lower case
	only  bool                // not those of loopback
}

// Exactly are these names and no others, such as "api.example.com" or "api.example.com:8443".
func Exactly(names ...string) (Names, error) {
	n, err := Also(names...)
	n.only = true
	return n, err
}

// Also are these names and, for what comes in there, those of loopback: its address and localhost.
func Also(names ...string) (Names, error) {
	h := Names{names: make(map[string]struct{}, len(names))}
	var problems []error
	for _, name := range names {
		if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, "/@?# ") || strings.HasSuffix(name, ".") {
			problems = append(problems, fmt.Errorf("host %q: want a lower-case name with an optional port, nothing else", name))
		}
		h.names[name] = struct{}{}
	}
	return h, errors.Join(problems...)
}

// Target is the path and the query of a request as they were sent, once the request turned out to be meant for us.
// The absolute form is legal (RFC 9112 §3.2.2) and its host is the one that counts, so it passes if that host is ours (A140).
func (h Names) Target(r *http.Request) (path, query string, err error) {
	t := r.RequestURI
	if r.URL.User != nil || !ofWeb(r.URL.Scheme) || !h.Ours(r) {
		return "", "", refusal.New(refusal.Finding{Code: refusal.HostMismatch, Got: r.Host})
	}
	if r.URL.Host != "" {
		_, t, _ = strings.Cut(t, "://")
		t = t[min(len(t), len(r.URL.Host)):] // the target was parsed, so that it begins with the host
	}
	path, query, _ = strings.Cut(t, "?")
	return path, query, nil
}

// ofWeb says whether a target has no scheme, or one that we speak.
func ofWeb(scheme string) bool { return scheme == "" || scheme == "http" || scheme == "https" }

// Ours says whether a request names us.
func (h Names) Ours(r *http.Request) bool {
	return h.named(r) || !h.only && loopback(r)
}

func (h Names) named(r *http.Request) bool {
	if len(h.names) == 0 {
		return false
	}
	if _, ok := h.names[r.Host]; ok {
		return true
	}
	// Names are compared without case (RFC 9110 §4.2.3), and the scheme's own port may be written or not.
	name := strings.ToLower(r.Host)
	if _, ok := h.names[name]; ok {
		return true
	}
	name, ok := strings.CutSuffix(name, ":"+defaultPort(r))
	if ok {
		_, ok = h.names[name]
	}
	return ok
}

// loopback says whether the request came in at a loopback address and names loopback. The port may be another one: it is
// where a port is forwarded, and a page of another site cannot make a browser send such a name.
func loopback(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if local == nil || !local.IP.IsLoopback() {
		return false
	}
	name, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		name, port = strings.TrimSuffix(strings.TrimPrefix(r.Host, "["), "]"), "80"
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		return false
	}
	if there, err := netip.ParseAddr(name); err == nil {
		return there.IsLoopback()
	}
	return strings.EqualFold(name, "localhost")
}

func defaultPort(r *http.Request) string {
	if r.TLS != nil {
		return "443"
	}
	return "80"
}
