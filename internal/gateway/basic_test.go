package gateway_test

import (
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"prokura/internal/gateway"
)

func TestGateway_an_allowed_call_is_rebuilt_and_answered(t *testing.T) {
	w := begin(t, answerWith(func(rw http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		rw.Header().Set("Content-Type", "application/xml")
		rw.WriteHeader(http.StatusCreated)
		rw.Write(b)
	}), withRoute(func(r *gateway.Route) { r.Upstream = &url.URL{Scheme: "http", Path: "/base/"} }))
	r := w.do("POST", "/api/3.21/sites/"+site+"/datasources/?overwrite=true&x=a+b", strings.NewReader("a workbook"),
		"Content-Type", "multipart/mixed; boundary=b", "Accept", "application/json", "X-Unknown", "1")
	if r.StatusCode != 201 || r.body != "a workbook" || r.Header.Get("Content-Type") != "application/xml" {
		t.Fatalf("got %d %q %v", r.StatusCode, r.body, r.Header)
	}
	ref := r.Header.Get("Prokura-Reference")
	if len(ref) != 36 {
		t.Errorf("reference %q", ref)
	}
	up := w.last()
	if got, want := up.RequestURI, "/base/api/3.21/sites/"+site+"/datasources?overwrite=true&x=a%20b"; got != want {
		t.Errorf("upstream saw %s, want %s", got, want)
	}
	want := map[string]string{
		"Prokura-Identity": ident, "Prokura-Reference": ref, "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Host": w.address,
		"X-Forwarded-Proto": "http", "Content-Type": "multipart/mixed; boundary=b", "Accept": "application/json",
		"Content-Length": "10", "User-Agent": "Go-http-client/1.1",
	}
	for name, value := range want {
		if got := strings.Join(up.Header[name], "|"); got != value {
			t.Errorf("upstream saw %s: %q, want %q", name, got, value)
		}
	}
	for name := range up.Header {
		if _, ok := want[name]; !ok {
			t.Errorf("upstream saw the header %s", name)
		}
	}
	if up.Host != w.upstream {
		t.Errorf("upstream saw the host %s, want its own", up.Host)
	}
	if got := w.docket.codes(); len(got) != 0 {
		t.Errorf("an allowed call was recorded: %v", got)
	}
}

func TestGateway_what_was_asked_of_access(t *testing.T) {
	w := begin(t)
	w.do("GET", "/api/3.21/sites/"+site+"/views", nil)
	w.do("GET", "/api/3.21/sites", nil)
	w.do("GET", "/api/3.21/nothing", nil)
	for i, want := range []struct{ method, tenant, asked string }{
		{"", site, ""},
		{"", "", ""},
		{"none", "", "GET /api/3.21/nothing"},
	} {
		q := w.access.asked[i]
		if q.Tenant != want.tenant || q.Asked != want.asked || (q.Method == nil) != (want.method == "none") ||
			q.Audience != "https://upstream.test" || q.Credential != token {
			t.Errorf("question %d: %+v", i, q)
		}
	}
}

func TestGateway_methods_of_prokura_are_never_forwarded(t *testing.T) {
	w := begin(t)
	if r := w.do("POST", "/api/3.21/auth/signin", strings.NewReader("x")); r.StatusCode != 401 {
		t.Errorf("sign-in through the gateway: %d", r.StatusCode)
	}
	if w.calls() != 0 {
		t.Error("the upstream was asked to sign in")
	}
}

func TestGateway_colons_of_upload_sessions_pass(t *testing.T) {
	w := begin(t)
	path := "/api/3.21/sites/" + site + "/fileUploads/7720:170fe6b1c1c7422dadff20f944d58a52-1:0"
	if r := w.do("PUT", path, strings.NewReader("x")); r.StatusCode != 200 {
		t.Fatalf("got %d %s", r.StatusCode, r.body)
	}
	if got := w.last().RequestURI; got != path {
		t.Errorf("upstream saw %s", got)
	}
}

func TestGateway_escaped_values_arrive_as_the_same_value(t *testing.T) {
	w := begin(t)
	path := "/api/3.21/sites/" + site + "/views/a%20b%3F%C3%A4"
	if r := w.do("GET", path, nil); r.StatusCode != 200 {
		t.Fatalf("got %d %s", r.StatusCode, r.body)
	}
	if got := w.last().RequestURI; got != path {
		t.Errorf("upstream saw %s", got)
	}
}

func TestGateway_the_longest_prefix_answers(t *testing.T) {
	special := serve(t, &http.Server{Handler: http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		io.WriteString(rw, "special")
	})})
	w := begin(t, withGate(func(c *gateway.Config) {
		c.Routes = []gateway.Route{{Prefix: "/api/3.20", Catalog: analytics(t), Dialect: wire{}, Audience: "special",
			Upstream: &url.URL{Scheme: "http", Host: special}}}
	}))
	for path, want := range map[string]string{
		"/api/3.20/sites/" + site + "/views": "special",
		"/api/3.2/sites/" + site + "/views":  "hello",
		"/api/3.21/sites/" + site + "/views": "hello",
	} {
		if r := w.do("GET", path, nil); r.body != want {
			t.Errorf("%s: %q, want %q", path, r.body, want)
		}
	}
	r := w.do("GET", "/apix/3.20", nil)
	if r.StatusCode != 404 || r.code() != "404950" {
		t.Errorf("outside every route: %d %s", r.StatusCode, r.code())
	}
}

func TestGateway_a_repeated_refusal_answers_the_first_ones_reference(t *testing.T) {
	w := begin(t)
	w.docket.repeats = true
	first, second := w.do("GET", "/api/3.21/x", nil), w.do("GET", "/api/3.21/x", nil)
	name := "Prokura-Reference"
	if a, b := first.Header[name], second.Header[name]; len(b) != 1 || a[0] != b[0] {
		t.Errorf("references %q and %q", a, b)
	}
}

func TestNew_refuses_what_would_be_unsafe(t *testing.T) {
	good := func() gateway.Route {
		return gateway.Route{Prefix: "/api", Catalog: analytics(t), Dialect: wire{}, Audience: "a",
			Upstream: &url.URL{Scheme: "http", Host: "127.0.0.1:1"}}
	}
	for _, test := range []struct {
		what   string
		change func(*gateway.Route)
		want   string
	}{
		{"no audience", func(r *gateway.Route) { r.Audience = "" }, "no audience"},
		{"no catalog", func(r *gateway.Route) { r.Catalog = nil }, "catalog and dialect"},
		{"a prefix that is not canonical", func(r *gateway.Route) { r.Prefix = "/a//b" }, "not a canonical path"},
		{"a prefix with a slash at its end", func(r *gateway.Route) { r.Prefix = "/api/" }, "ends in a slash"},
		{"another scheme", func(r *gateway.Route) { r.Upstream.Scheme = "ftp" }, "not an http or https address"},
		{"a password", func(r *gateway.Route) { r.Upstream.User = url.UserPassword("a", "b") }, "more than scheme"},
		{"forwarding the credential", func(r *gateway.Route) { r.RequestHeaders = []string{"x-tableau-auth"} }, "carries the credential"},
		{"forwarding Authorization", func(r *gateway.Route) { r.RequestHeaders = []string{"authorization"} }, "never passes"},
		{"forwarding our identity", func(r *gateway.Route) { r.RequestHeaders = []string{"Prokura-Identity"} }, "never passes"},
		{"an alias of our identity", func(r *gateway.Route) { r.RequestHeaders = []string{"prokura_identity"} }, "never passes"},
		{"cookies", func(r *gateway.Route) { r.ResponseHeaders = []string{"Set-Cookie"} }, "never passes"},
		{"a name with a space", func(r *gateway.Route) { r.ResponseHeaders = []string{"X A"} }, "no header name"},
	} {
		r := good()
		test.change(&r)
		w := begin(t) // lends its parts
		_, err := gateway.New(gateway.Config{Routes: []gateway.Route{r}, Dialect: wire{}, Access: w.access, Docket: w.docket})
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.what, err, test.want)
		}
	}
}
