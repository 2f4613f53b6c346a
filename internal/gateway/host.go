package gateway

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"prokura/internal/refusal"
)

// hosts are the names that the gateway answers to, lower case; none means those of the listener.
type hosts map[string]struct{}

func newHosts(names []string) (hosts, error) {
	h := make(hosts, len(names))
	var problems []error
	for _, name := range names {
		if name == "" || name != strings.ToLower(name) || strings.ContainsAny(name, "/@?# ") || strings.HasSuffix(name, ".") {
			problems = append(problems, fmt.Errorf("host %q: want a lower-case name with an optional port, nothing else", name))
		}
		h[name] = struct{}{}
	}
	return h, errors.Join(problems...)
}

// target is the path and the query of a request as they were sent, once the request turned out to be meant for us.
// The absolute form is legal (RFC 9112 §3.2.2) and its host is the one that counts, so it passes if that host is ours (A140).
func (h hosts) target(r *http.Request) (path, query string, err error) {
	t := r.RequestURI
	if r.URL.User != nil || !h.ours(r) {
		return "", "", refusal.New(refusal.Finding{Code: refusal.HostMismatch, Got: r.Host})
	}
	if r.URL.Host != "" {
		_, t, _ = strings.Cut(t, "://")
		t = t[min(len(t), len(r.URL.Host)):] // the target was parsed, so that it begins with the host
	}
	path, query, _ = strings.Cut(t, "?")
	return path, query, nil
}

func (h hosts) ours(r *http.Request) bool {
	if len(h) == 0 {
		return listener(r)
	}
	if _, ok := h[r.Host]; ok {
		return true
	}
	// Names are compared without case (RFC 9110 §4.2.3), and the scheme's own port may be written or not.
	name := strings.ToLower(r.Host)
	if _, ok := h[name]; ok {
		return true
	}
	name, ok := strings.CutSuffix(name, ":"+defaultPort(r))
	if ok {
		_, ok = h[name]
	}
	return ok
}

// listener says whether the request names the address that it came in at.
func listener(r *http.Request) bool {
	local, _ := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if local == nil {
		return false
	}
	here := netip.AddrPortFrom(local.AddrPort().Addr().Unmap(), local.AddrPort().Port())
	host := r.Host
	if there, err := netip.ParseAddrPort(host); err == nil {
		return there == here
	}
	name, port, err := net.SplitHostPort(host)
	if err != nil {
		name, port = strings.Trim(host, "[]"), defaultPort(r)
	}
	if port != fmt.Sprint(here.Port()) {
		return false
	}
	if there, err := netip.ParseAddr(name); err == nil {
		return there == here.Addr()
	}
	return here.Addr().IsLoopback() && strings.EqualFold(name, "localhost")
}

func defaultPort(r *http.Request) string {
	if r.TLS != nil {
		return "443"
	}
	return "80"
}
