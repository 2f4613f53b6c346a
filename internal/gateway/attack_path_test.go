package gateway_test

import (
	"fmt"
	"strings"
	"testing"

	"prokura/internal/gateway"
	"prokura/internal/host"
)

// expect sends raw requests that differ in the target, and wants the same refusal for each.
func (w *world) expect(t *testing.T, status int, code string, targets ...string) {
	t.Helper()
	for _, target := range targets {
		r := w.one(w.head("GET", target))
		if r.StatusCode != status || r.code() != code {
			t.Errorf("GET %s: %d %s, want %d %s", target, r.StatusCode, r.code(), status, code)
		}
		if r.Header.Get("Prokura-Reference") == "" {
			t.Errorf("GET %s: no reference", target)
		}
	}
	if n := w.calls(); n != 0 {
		t.Errorf("%d requests reached the upstream", n)
	}
}

func TestA129_encoded_separators_and_dots(t *testing.T) {
	w := begin(t)
	w.expect(t, 400, "400000",
		"/api/3.21/sites/"+site+"%2f..%2f"+other+"/views",
		"/api/3.21/sites/"+site+"%2Fviews",
		"/api/%2e%2e/x", "/api/%2E%2E/x", "/api/3.21/sites/"+site+"/views/%2e",
		"/api/3.21/sites/"+site+";/views", "/api/3.21/sites/"+site+"/views;jsessionid=1",
		"/api/3.21/sites/"+site+"%5c../views", `/api/3.21/sites/`+site+`\..\views`,
		"/api/3.21/sites/"+site+"%252f..%252fx/views",
		"/api/3.21/sites/"+site+"/views%00", "/api/3.21/sites/"+site+"/views%0d%0aX:1",
	)
}

func TestA130_empty_and_dot_segments_are_refused_not_redirected(t *testing.T) {
	w := begin(t)
	w.expect(t, 400, "400000", "/"+views, "/api//3.21/sites", "/api/./3.21/sites", "/api/../api/3.21/sites",
		"/api/3.21/sites/.", "/api/3.21/sites/..", views+"//")
}

func TestA131_other_spellings_of_a_path(t *testing.T) {
	w := begin(t)
	w.expect(t, 404, "404950", strings.Replace(views, "/api", "/API", 1), "/ap", "/", "/apis/3.21/sites")
	w.expect(t, 401, "401002", strings.Replace(views, "sites", "Sites", 1), views+".", views+"%20", "/api/03.21/sites",
		"/api/3.21/sites/"+site+"/viewsx")
	w.expect(t, 400, "400000", strings.Replace(views, "views", "view%73", 1), strings.Replace(views, "sites", "site%73", 1))
	// The catalog allows one slash at the end, and the upstream does not see it.
	if r := w.one(w.head("GET", views+"/")); r.StatusCode != 200 {
		t.Errorf("trailing slash: %d", r.StatusCode)
	}
	if got := w.last().RequestURI; got != views {
		t.Errorf("upstream saw %s", got)
	}
}

func TestA132_what_the_catalog_does_not_name_is_denied(t *testing.T) {
	w := begin(t)
	for _, path := range []string{"/api", "/api/3.21", "/api/3.21/jobs", "/api/-/x", "/api/4.0/sites", "/api/1.9/sites", views + "/x/y/z"} {
		w.expect(t, 401, "401002", path)
	}
	for _, verb := range []string{"POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"} {
		if r := w.do(verb, views, nil); r.StatusCode != 401 {
			t.Errorf("%s %s: %d, want 401", verb, views, r.StatusCode)
		}
	}
	if w.calls() != 0 {
		t.Error("something reached the upstream")
	}
}

func TestA134_verbs_that_no_method_has(t *testing.T) {
	w := begin(t)
	for _, verb := range []string{"get", "Get", "TRACE", "GETT", "PROPFIND", "MKCOL", "PRI", "M-SEARCH"} {
		r := w.one(w.head(verb, views))
		if r.StatusCode != 405 || !strings.Contains(r.Header.Get("Allow"), "GET") {
			t.Errorf("%s: %d, Allow %q", verb, r.StatusCode, r.Header.Get("Allow"))
		}
	}
	for target, want := range map[string]int{w.address: 405, "example.com:443": 421} {
		if r := w.one(w.head("CONNECT", target)); r.StatusCode != want {
			t.Errorf("CONNECT %s: %d, want %d", target, r.StatusCode, want)
		}
	}
	if r := w.one(w.head("OPTIONS", "*")); r.StatusCode != 400 {
		t.Errorf("OPTIONS *: %d", r.StatusCode)
	}
	// The preface of HTTP/2 without TLS.
	for _, r := range w.exact("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") {
		if r.StatusCode < 400 {
			t.Errorf("PRI: %d", r.StatusCode)
		}
	}
	if w.calls() != 0 {
		t.Error("something reached the upstream")
	}
}

func TestA140_hosts(t *testing.T) {
	w := begin(t)
	_, port, _ := strings.Cut(w.address, ":")
	request := func(target, host string) string {
		return fmt.Sprintf("GET %s HTTP/1.1\nHost: %s\nConnection: close\nX-Tableau-Auth: %s\n\n", target, host, token)
	}
	for _, test := range []struct {
		target, host string
		want         int
	}{
		{views, w.address, 200},
		{views, "localhost:" + port, 200},
		{views, "LOCALHOST:" + port, 200},
		{"http://" + w.address + views, w.address, 200},
		{"http://" + w.address + views, "other", 200}, // the target's host is the one that counts
		{views, "other", 421},
		{views, "other:" + port, 421},
		{views, "127.0.0.1", 200}, // another port of loopback may be forwarded to ours
		{views, "localhost:1", 200},
		{views, "[::1]:" + port, 200},
		{views, "127.0.0.1.example:" + port, 421},
		{views, "localhost.:" + port, 421},
		{views, "localhost.example", 421},
		{views, w.address + "0", 421}, // which is no port
		{"http://other" + views, w.address, 421},
		{"http://user@" + w.address + views, w.address, 421},
		{"http://127.0.0.%31:" + port + views, w.address, 400},
	} {
		if r := w.one(request(test.target, test.host)); r.StatusCode != test.want {
			t.Errorf("GET %s, Host: %s: %d, want %d", test.target, test.host, r.StatusCode, test.want)
		}
	}
	if r := w.one(fmt.Sprintf("GET %s HTTP/1.1\nHost: %s\nHost: other\nConnection: close\n\n", views, w.address)); r.StatusCode != 400 {
		t.Errorf("two hosts: %d", r.StatusCode)
	}
	if r := w.one(fmt.Sprintf("GET %s HTTP/1.1\nConnection: close\n\n", views)); r.StatusCode != 400 {
		t.Errorf("no host: %d", r.StatusCode)
	}
	if r := w.one(fmt.Sprintf("GET %s HTTP/1.0\n\n", views)); r.StatusCode != 421 {
		t.Errorf("no host in HTTP/1.0: %d", r.StatusCode)
	}
}

func TestA140_configured_hosts(t *testing.T) {
	w := begin(t, withGate(func(c *gateway.Config) { c.Hosts, _ = host.Exactly("api.example.com", "b.example.com:8443") }))
	for host, want := range map[string]int{
		"api.example.com": 200, "API.example.com": 200, "api.example.com:80": 200,
		"api.example.com:443": 421, "api.example.com.": 421, "b.example.com:8443": 200, "b.example.com": 421,
		w.address: 421, "x.api.example.com": 421,
	} {
		r := w.one(fmt.Sprintf("GET %s HTTP/1.1\nHost: %s\nConnection: close\nX-Tableau-Auth: %s\n\n", views, host, token))
		if r.StatusCode != want {
			t.Errorf("Host: %s: %d, want %d", host, r.StatusCode, want)
		}
	}
}

func TestA143_queries(t *testing.T) {
	w := begin(t)
	for _, test := range []struct{ sent, upstream string }{
		{"filter=a&filter=b", "filter=a&filter=b"},
		{"b=2&a=1&b=1", "b=2&a=1&b=1"},
		{"filter=name:eq:a,id:in:b", "filter=name:eq:a,id:in:b"},
		{"a=x+y", "a=x%20y"}, {"a=x%20y", "a=x%20y"}, {"a=x%2By", "a=x%2By"}, {"a=x%2by", "a=x%2By"},
		{"a=%41", "a=A"}, {"flag", "flag="}, {"a=1&&b=2&", "a=1&b=2"}, {"a=b=c", "a=b%3Dc"}, {"=x", "=x"},
		{"a=%3B%26", "a=%3B%26"}, {"a=ü", "a=%C3%BC"}, {"a=%C3%BC", "a=%C3%BC"}, {"a=%00", "a=%00"}, {"a=%ff", "a=%FF"},
		{"a=#x", "a=%23x"}, {"a=?", "a=%3F"}, {"", ""}, {"&&", ""},
	} {
		if r := w.one(w.head("GET", views+"?"+test.sent)); r.StatusCode != 200 {
			t.Errorf("?%s: %d %s", test.sent, r.StatusCode, r.body)
			continue
		}
		_, got, _ := strings.Cut(w.last().RequestURI, "?")
		if got != test.upstream {
			t.Errorf("?%s: upstream saw %q, want %q", test.sent, got, test.upstream)
		}
	}
	before := w.calls()
	for _, query := range []string{"a=1;b=2", ";", "a=%", "a=%4", "a=%zz", "%=1", "a=%u0041",
		strings.Repeat("a=1&", 1000) + "filter=x", strings.Repeat("&", 5000), "a=" + strings.Repeat("x", 17<<10)} {
		if r := w.one(w.head("GET", views+"?"+query)); r.StatusCode != 400 || r.code() != "400000" {
			t.Errorf("?%.40s: %d %s", query, r.StatusCode, r.code())
		}
	}
	if w.calls() != before {
		t.Error("a query that was refused reached the upstream")
	}
}

func TestA145_the_site_of_the_path_is_put_to_access(t *testing.T) {
	w := begin(t)
	r := w.do("GET", "/api/3.21/sites/"+other+"/views", nil)
	if r.StatusCode != 403 || w.calls() != 0 {
		t.Errorf("another site: %d, upstream called %d times", r.StatusCode, w.calls())
	}
	if q := w.access.asked[0]; q.Tenant != other {
		t.Errorf("access was asked about the site %q", q.Tenant)
	}
	if got := w.docket.codes(); len(got) != 1 || got[0] != "tenant_mismatch" {
		t.Errorf("docket: %v", got)
	}
}

func TestA202_headers_and_addresses_that_are_too_long(t *testing.T) {
	w := begin(t)
	for what, text := range map[string]string{
		"a header of 32 KiB":   w.head("GET", views, "X-Long: "+strings.Repeat("x", 32<<10)),
		"ten thousand headers": w.head("GET", views, strings.TrimSuffix(strings.Repeat("a: b\n", 10_000), "\n")),
		"an address of 64 KiB": w.head("GET", views+"?a="+strings.Repeat("x", 64<<10)),
	} {
		for _, r := range w.raw(text) {
			if r.StatusCode != 431 {
				t.Errorf("%s: %d, want 431", what, r.StatusCode)
			}
		}
	}
	if w.calls() != 0 {
		t.Error("something reached the upstream")
	}
}
