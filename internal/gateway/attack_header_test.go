package gateway_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"prokura/internal/gateway"
)

func TestA133_A135_A136_A137_A139_A142_what_the_client_says_about_itself_vanishes(t *testing.T) {
	w := begin(t)
	r := w.one(w.head("DELETE", views,
		"Prokura-Identity: forged", "prokura_identity: forged", "Prokura.Identity: forged", "PROKURA-IDENTITY: forged",
		"Prokura-Reference: forged",
		"X-Identity-Subject: admin", "X_Identity_Subject: admin", "x.identity.subject: admin",
		"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Host: evil", "X-Forwarded-Proto: https", "X-Forwarded-Uri: /x",
		"X-Forwarded-User: admin", "X_Forwarded_For: 10.0.0.1", "X-Real-IP: 10.0.0.1", "Forwarded: for=10.0.0.1",
		"X-Original-URL: /admin", "X-Rewrite-URL: /admin",
		"X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE",
		"Cookie: session=1", "Proxy-Authorization: Basic eA==", "Via: 1.1 x", "Origin: https://evil", "Referer: https://evil",
		"TE: trailers", "Trailer: X-T", "Keep-Alive: timeout=5", "Proxy-Connection: keep-alive", "Expect-CT: 1",
		"Upgrade: websocket", "HTTP2-Settings: AAMAAABkAAQAAP__", "Sec-WebSocket-Key: x",
		"Idempotency-Key: k", "Accept: application/xml", "Range: bytes=0-1",
	))
	if r.StatusCode != 401 {
		t.Fatalf("a verb that only an override names: %d", r.StatusCode)
	}
	lines := []string{
		"Prokura-Identity: forged", "prokura_identity: forged", "Prokura.Identity: forged",
		"Prokura-Reference: forged", "X-Identity-Subject: admin", "X_Identity_Subject: admin",
		"X-Forwarded-For: 10.0.0.1", "X-Forwarded-Host: evil", "X-Forwarded-Proto: https", "X-Forwarded-Uri: /x",
		"X_Forwarded_For: 10.0.0.1", "X-Real-IP: 10.0.0.1", "Forwarded: for=10.0.0.1", "X-Original-URL: /admin",
		"X-HTTP-Method-Override: DELETE", "X-Method-Override: DELETE", "Cookie: session=1", "TE: trailers",
		"Trailer: X-T", "Keep-Alive: timeout=5", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__", "Idempotency-Key: k",
		"Accept: application/xml", "Range: bytes=0-1",
	}
	// An empty first Connection line, then one that lists our headers and those that the upstream needs (A137).
	text := strings.Replace(w.head("GET", views, lines...), "Connection: close\n",
		"Connection: \nConnection: close, Upgrade, HTTP2-Settings, Prokura-Identity, X-Forwarded-For, Accept, Host\n", 1)
	if r := w.one(text); r.StatusCode != 200 {
		t.Fatalf("got %d %s", r.StatusCode, r.body)
	}
	up := w.last()
	want := map[string]string{
		"Prokura-Identity": ident, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": w.address, "X-Forwarded-Proto": "http",
		"Accept": "application/xml", "Range": "bytes=0-1",
	}
	for name, value := range want {
		if got := up.Header[name]; !slices.Equal(got, []string{value}) {
			t.Errorf("upstream saw %s: %q, want %q", name, got, value)
		}
	}
	for name, values := range up.Header {
		if _, ok := want[name]; !ok && name != "Prokura-Reference" {
			t.Errorf("upstream saw %s: %q", name, values)
		}
	}
	if got := up.Header.Get("Prokura-Reference"); got == "forged" || up.Method != "GET" {
		t.Errorf("upstream saw %s and the reference %q", up.Method, got)
	}
}

func TestA138_exactly_one_credential(t *testing.T) {
	w := begin(t)
	for _, test := range []struct {
		what   string
		target string
		lines  []string
		want   string
	}{
		{"two tokens", views, []string{"X-Tableau-Auth: " + token}, "400000"},
		{"a bearer token beside", views, []string{"Authorization: Bearer x"}, "400000"},
		{"the token in the query too", views + "?a=1&token=" + token, nil, "400000"},
		{"the token in the query, escaped", views + "?token=" + strings.Replace(token, "e", "%65", 1), nil, "400000"},
	} {
		r := w.one(w.head("GET", test.target, test.lines...))
		if r.code() != test.want {
			t.Errorf("%s: %d %s, want %s", test.what, r.StatusCode, r.code(), test.want)
		}
	}
	if w.calls() != 0 {
		t.Error("something reached the upstream")
	}
}

func TestA141_smuggling(t *testing.T) {
	w := begin(t)
	host := "Host: " + w.address + "\r\nX-Tableau-Auth: " + token + "\r\n"
	post := "POST /api/3.21/sites/" + site + "/projects HTTP/1.1\r\n" + host
	inner := "GET " + views + "?smuggled=1 HTTP/1.1\r\n" + host + "\r\n"
	for _, test := range []struct {
		what, text string
		want       []int // of the answers; nil: refused or nothing
	}{
		{"CL and TE", post + "Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX", []int{200}},
		{"two CL", post + "Content-Length: 0\r\nContent-Length: 44\r\n\r\n" + inner, nil},
		{"CL as a list", post + "Content-Length: 0, 44\r\n\r\n" + inner, nil},
		{"CL with a sign", post + "Content-Length: +0\r\n\r\n" + inner, nil},
		{"CL below zero", post + "Content-Length: -1\r\n\r\n" + inner, nil},
		{"TE identity", post + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n" + inner, nil},
		{"TE twice", post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + inner, nil},
		{"TE with a vertical tab", post + "Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n" + inner, nil},
		{"TE that is unknown", post + "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + inner, nil},
		{"TE in HTTP/1.0", strings.Replace(post, "1.1", "1.0", 1) + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + inner, []int{200}},
		{"space before the colon", post + "Content-Length : 5\r\n\r\n" + inner, nil},
		{"TE with a space before the colon", post + "Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n" + inner, nil},
		{"NUL in a value", post + "X: a\x00b\r\n\r\n", nil},
		{"a bare CR in a value", post + "X: a\rContent-Length: 5\r\n\r\n", nil},
		{"a chunk size with a sign", post + "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", nil},
		{"a chunk size with 0x", post + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", nil},
		{"a chunk size beyond 64 bits", post + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\nhello\r\n0\r\n\r\n", nil},
		{"a chunk longer than it says", post + "Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n", nil},
		{"a chunk extension without end", post + "Transfer-Encoding: chunked\r\n\r\n5;" + strings.Repeat("x", 1<<20) + "\r\nhello\r\n0\r\n\r\n", nil},
		{"an early end and a request behind", post + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + "GET /api/x HTTP/1.1\r\n" + host + "\r\n", []int{200, 401}},
	} {
		before := w.calls()
		var got []int
		for _, r := range w.exact(test.text) {
			got = append(got, r.StatusCode)
			if r.StatusCode >= 500 && r.StatusCode != 501 { // 501 is the answer to a coding that nobody knows (RFC 9112 §6.1)
				t.Errorf("%s: %d", test.what, r.StatusCode)
			}
		}
		if test.want != nil && !slices.Equal(got, test.want) {
			t.Errorf("%s: answers %v, want %v", test.what, got, test.want)
		}
		if test.want == nil && slices.Contains(got, 200) {
			t.Errorf("%s: answers %v", test.what, got)
		}
		w.mu.Lock()
		for _, r := range w.seen[before:] {
			if strings.Contains(r.RequestURI, "smuggled") || r.URL.Path == "/api/x" {
				t.Errorf("%s: the upstream saw %s", test.what, r.RequestURI)
			}
		}
		w.mu.Unlock()
	}
}

func TestA141_lenient_forms_are_sent_on_in_the_strict_one(t *testing.T) {
	w := begin(t)
	text := "GET " + views + " HTTP/1.1\nHost: " + w.address + "\nX-Tableau-Auth: " + token +
		"\nAccept: a,\n b\nConnection: close\n\n" // bare line feeds, and a folded line
	for _, r := range w.exact(text) {
		if r.StatusCode == 200 {
			if got := w.last().Header["Accept"]; !slices.Equal(got, []string{"a, b"}) {
				t.Errorf("upstream saw Accept: %q", got)
			}
		}
	}
}

func TestA142_no_upgrade_from_either_side(t *testing.T) {
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		c, b, err := rw.(http.Hijacker).Hijack()
		if err == nil {
			defer c.Close()
			b.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nraw")
			b.Flush()
		}
	}))
	r := w.one(strings.Replace(w.head("GET", views, "Upgrade: websocket"), "Connection: close", "Connection: Upgrade, close", 1))
	if r.StatusCode != 502 || strings.Contains(r.body, "raw") {
		t.Errorf("an upgrade: %d %q", r.StatusCode, r.body)
	}
}

func TestA148_what_an_upstream_may_say(t *testing.T) {
	var place string
	w := begin(t, withRoute(func(r *gateway.Route) { r.Upstream = &url.URL{Scheme: "http", Path: "/base"} }),
		answerWith(func(rw http.ResponseWriter, r *http.Request) {
			for _, line := range []string{
				"Set-Cookie: a=b", "WWW-Authenticate: Basic", "Proxy-Authenticate: Basic", "X-Accel-Redirect: /internal",
				"X-Accel-Buffering: no", "X-Sendfile: /etc/passwd", "Server: secret/1.0", "X-Powered-By: secret",
				"Prokura-Reference: forged", "Prokura-Identity: forged", "Access-Control-Allow-Origin: *", "Alt-Svc: h2=x",
				"Strict-Transport-Security: max-age=1", "Refresh: 0;url=http://evil", "Clear-Site-Data: *", "Link: <http://10.0.0.1>",
				"Connection: Content-Language", "Etag: \"1\"", "Content-Type: text/csv", "Retry-After: 3", "Trailer: X-T",
			} {
				name, value, _ := strings.Cut(line, ": ")
				rw.Header().Add(name, value)
			}
			if place != "" {
				rw.Header().Set("Location", place)
				rw.WriteHeader(302)
			}
			fmt.Fprint(rw, "a,b")
			rw.Header().Set("X-T", "trailing")
			rw.Header().Set(http.TrailerPrefix+"X-U", "trailing")
		}))
	r := w.do("GET", views, nil)
	want := []string{"Cache-Control", "Content-Type", "Date", "Etag", "Prokura-Reference", "Retry-After"}
	for name, values := range r.Header {
		if !slices.Contains(want, name) && name != "Content-Length" {
			t.Errorf("the client saw %s: %q", name, values)
		}
	}
	if r.Header.Get("Prokura-Reference") == "forged" || len(r.Trailer) > 0 || r.body != "a,b" || r.Header.Get("Cache-Control") != "private" {
		t.Errorf("the client saw %v, trailer %v, body %q", r.Header, r.Trailer, r.body)
	}
	up := "http://" + w.upstream
	for _, test := range []struct{ sent, want string }{
		{up + "/base" + views + "/1?a=b#c", views + "/1?a=b#c"},
		{"/base" + views + "/1", views + "/1"},
		{"1", "/api/3.21/sites/" + site + "/1"},
		{up + "/base/api", "/api"},
		{up + "/other", ""}, {up + "/base/v1/x", ""}, {up + "/basement/api", ""}, {"/base/../x", ""}, {"//10.0.0.1/x", ""},
		{"http://10.0.0.1/base/api/x", ""}, {"https://" + w.upstream + "/base/api", ""}, {"javascript:alert(1)", ""},
		{"http://u:p@" + w.upstream + "/base/api", ""}, {"http://[", ""},
	} {
		place = test.sent
		if got := w.do("GET", views, nil).Header.Get("Location"); got != test.want {
			t.Errorf("Location %s: the client saw %q, want %q", test.sent, got, test.want)
		}
	}
}

func TestA148_provisional_answers_neither_pass_nor_flood(t *testing.T) {
	for _, test := range []struct {
		count, status int
	}{{3, 200}, {100_000, 502}} {
		w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
			c, b, err := rw.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			for range test.count {
				if _, err := b.WriteString("HTTP/1.1 103 Early Hints\r\nLink: </internal>\r\nSet-Cookie: a=b\r\n\r\n"); err != nil {
					return
				}
			}
			b.WriteString("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok")
			b.Flush()
		}))
		r := w.one(w.head("GET", views))
		if r.StatusCode != test.status || r.Header.Get("Set-Cookie") != "" || r.Header.Get("Link") != "" {
			t.Errorf("%d times 103: %d %v", test.count, r.StatusCode, r.Header)
		}
	}
}

func TestA148_statuses_that_are_none(t *testing.T) {
	for _, status := range []string{"099", "600", "999", "000"} {
		w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
			c, b, err := rw.(http.Hijacker).Hijack()
			if err != nil {
				return
			}
			defer c.Close()
			b.WriteString("HTTP/1.1 " + status + " X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			b.Flush()
		}))
		if r := w.one(w.head("GET", views)); r.StatusCode != 502 {
			t.Errorf("status %s: %d, want 502", status, r.StatusCode)
		}
	}
}

func TestA150_no_token_and_a_bad_one(t *testing.T) {
	w := begin(t)
	none := w.one(strings.Replace(w.head("GET", views), "X-Tableau-Auth: "+token+"\n", "", 1))
	bad := w.one(strings.Replace(w.head("GET", views), token, "bad", 1))
	if none.code() != "401000" || bad.code() != "401002" {
		t.Errorf("none: %s, bad: %s", none.code(), bad.code())
	}
	w.access.revoke()
	if revoked := w.do("GET", views, nil); revoked.code() != "401002" {
		t.Errorf("revoked: %s", revoked.code())
	}
	want := []string{"credential_missing", "credential_invalid", "credential_revoked"}
	if got := w.docket.codes(); !slices.Equal(got, want) {
		t.Errorf("docket: %v, want %v", got, want)
	}
	// Without a credential nobody is told, nor noted, which method it would have been.
	methods := []string{"GET", "query_views_for_site", "query_views_for_site"}
	for i, c := range w.docket.cases {
		if c.Door != "gateway" || c.Method != methods[i] || c.Path != views || c.At.IsZero() || c.Reference.IsZero() {
			t.Errorf("case %d: %+v", i, c)
		}
	}
	if none.Header.Get("Prokura-Reference") != w.docket.cases[0].Reference.String() {
		t.Error("the answer's reference is not that of the case")
	}
}

func TestA201_streams_are_bounded_and_h2c_is_off(t *testing.T) {
	s := &http.Server{TLSConfig: &tls.Config{}}
	gateway.Guard(s)
	if s.HTTP2.MaxConcurrentStreams > 128 || s.Protocols.UnencryptedHTTP2() {
		t.Errorf("streams %d, h2c %t", s.HTTP2.MaxConcurrentStreams, s.Protocols.UnencryptedHTTP2())
	}
}
