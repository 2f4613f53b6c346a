package server

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestA135_only_the_proxys_own_word_names_the_caller(t *testing.T) {
	for name, tt := range map[string]struct {
		sent []string
		want string
	}{
		"the proxy says nothing":          {nil, "192.0.2.1:1234"},
		"one address":                     {[]string{"203.0.113.7"}, "203.0.113.7:0"},
		"what a caller wrote comes first": {[]string{"10.0.0.1, 203.0.113.7"}, "203.0.113.7:0"},
		"in a line of its own":            {[]string{"10.0.0.1", "203.0.113.7"}, "203.0.113.7:0"},
		"with a port":                     {[]string{"203.0.113.7:55"}, "203.0.113.7:0"},
		"IPv6":                            {[]string{"x, 2001:db8::1"}, "[2001:db8::1]:0"},
		"IPv6 with a port":                {[]string{"[2001:db8::1]:55"}, "[2001:db8::1]:0"},
		"no address":                      {[]string{"unknown"}, "192.0.2.1:1234"},
		"nothing behind the comma":        {[]string{"203.0.113.7,"}, "192.0.2.1:1234"},
	} {
		t.Run(name, func(t *testing.T) {
			r := httptest.NewRequest("GET", "/", nil)
			r.Header["X-Forwarded-For"] = tt.sent
			var got string
			behindProxy(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { got = r.RemoteAddr })).ServeHTTP(nil, r)
			if got != tt.want {
				t.Errorf("the caller is %s, want %s", got, tt.want)
			}
		})
	}
}
