package gateway

import (
	"net/url"
	"testing"
)

// TestA148_a_redirect_stays_where_the_route_is: an upstream that sends clients elsewhere does not reach them.
func TestA148_a_redirect_stays_where_the_route_is(t *testing.T) {
	parse := func(s string) *url.URL {
		u, err := url.Parse(s)
		if err != nil {
			t.Fatal(err)
		}
		return u
	}
	for _, tt := range []struct{ prefix, upstream, location, want string }{
		{"/api", "http://up:80/base", "/base/api/x?a=1", "/api/x?a=1"},
		{"/api", "http://up:80/base", "http://up:80/base/api/x", "/api/x"},
		{"/api", "http://up:80/base", "y", "/api/y"}, // beside the request's path, /base/api/x
		{"/", "http://up:80", "/x", "/x"},
		{"/api", "http://up:80/base", "/api/x", ""},
		{"/api", "http://up:80/base", "/base/apis", ""},
		{"/api", "http://up:80/base", "/base/api/../admin", ""},
		{"/api", "http://up:80/base", "https://up:80/base/api/x", ""},
		{"/api", "http://up:80/base", "http://evil/base/api/x", ""},
		{"/api", "http://up:80/base", "//evil/base/api/x", ""},
		{"/api", "http://up:80/base", "http://u@up:80/base/api/x", ""},
		{"/", "http://up:80", "http://up:80//evil.example/x", ""},
		{"/", "http://up:80/base", "/base//evil.example/x", ""},
		{"/", "http://up:80", "javascript:x", ""},
	} {
		r := &route{Route: Route{Prefix: tt.prefix, Upstream: parse(tt.upstream)}, base: parse(tt.upstream).EscapedPath()}
		got, ok := r.relocate(parse(tt.upstream+"/api/x"), tt.location)
		if got != tt.want || ok != (tt.want != "") {
			t.Errorf("%s at %s below %s: %q, %t, want %q", tt.location, tt.upstream, tt.prefix, got, ok, tt.want)
		}
	}
}
