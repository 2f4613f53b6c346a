package server

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// behindProxy makes the caller's address the one that the proxy in front of us names last in X-Forwarded-For, which is
// the one that it saw itself: what stands before it, a caller may have written. Without it, all callers would share what
// one address may get wrong.
func behindProxy(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if a, ok := forwardedFor(r.Header); ok {
			r.RemoteAddr = net.JoinHostPort(a.String(), "0")
		}
		next.ServeHTTP(w, r)
	})
}

func forwardedFor(h http.Header) (netip.Addr, bool) {
	lines := h.Values("X-Forwarded-For")
	if len(lines) == 0 {
		return netip.Addr{}, false
	}
	last := lines[len(lines)-1]
	last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
	if ap, err := netip.ParseAddrPort(last); err == nil { // some proxies write the port too
		return ap.Addr(), true
	}
	a, err := netip.ParseAddr(strings.Trim(last, "[]"))
	return a, err == nil
}
