package tableau

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/access"
	"prokura/internal/canon"
	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/golden"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is a Handler with an Access that answers as it is told, and everything that was recorded.
type world struct {
	*Handler
	asked     access.SignInRequest
	signedOut string
	answer    access.SignedIn
	err       error
	cases     []docket.Case
}

func (s *world) SignIn(_ context.Context, q access.SignInRequest) (access.SignedIn, error) {
	s.asked = q
	return s.answer, s.err
}

func (s *world) SignOut(_ context.Context, token, _ string) error {
	s.signedOut = token
	return s.err
}

func (s *world) Record(c docket.Case) id.Reference {
	s.cases = append(s.cases, c)
	return c.Reference
}

func newWorld(t *testing.T) *world {
	t.Helper()
	tenant, err := id.Parse[id.Tenant]("11111111-2222-4333-8444-555555555555")
	if err != nil {
		t.Fatal(err)
	}
	user, err := id.Parse[id.User]("66666666-7777-4888-9999-aaaaaaaaaaaa")
	if err != nil {
		t.Fatal(err)
	}
	s := &world{answer: access.SignedIn{Token: "x.y.z", Tenant: store.Tenant{ID: tenant, ContentURL: "mycodotcom"}, User: store.User{ID: user},
		Expires: noon.Add(4 * time.Hour)}}
	s.Handler = New(Config{Access: s, Docket: s, Clock: clock.NewFake(noon), Log: slog.New(slog.DiscardHandler),
		ProductVersion: "2026.4", Build: "20264.26.1122"})
	return s
}

// call sends a request and answers the recorder. Headers are pairs.
func (s *world) call(verb, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(verb, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

const goodBody = `<tsRequest><credentials jwt="a.b.c" isUat="false"><site contentUrl="mycodotcom"/></credentials></tsRequest>`

func TestHandler_answers(t *testing.T) {
	var b strings.Builder
	for _, c := range []struct{ name, verb, path, body, accept string }{
		{"sign-in, XML", "POST", "/api/3.17/auth/signin", goodBody, ""},
		{"sign-in, JSON", "POST", "/api/3.17/auth/signin", goodBody, "application/json"},
		{"sign-in under the first version", "POST", "/api/2.0/auth/signin/", goodBody, "*/*"},
		{"serverInfo, XML", "GET", "/api/3.99/serverInfo", "", ""},
		{"serverinfo, JSON", "GET", "/api/2.4/serverinfo", "", "text/html, application/json;q=0.5"},
		{"sign-out", "POST", "/api/3.17/auth/signout", "", ""},
	} {
		w := newWorld(t).call(c.verb, c.path, c.body, "Accept", c.accept, "X-Tableau-Auth", "x.y.z")
		w.Header().Set("Prokura-Reference", strings.Repeat("x", len(w.Header().Get("Prokura-Reference"))))
		fmt.Fprintf(&b, "== %s\n%s\n", c.name, dump(w))
	}
	golden.Check(t, "answers.golden", b.String())
}

func TestHandler_asksAccess(t *testing.T) {
	s := newWorld(t)
	s.call("POST", "/api/3.17/auth/signin", goodBody)
	if diff := cmp.Diff(access.SignInRequest{ContentURL: "mycodotcom", Assertion: "a.b.c", Remote: "192.0.2.1:1234"}, s.asked); diff != "" {
		t.Errorf("Access was asked (-want +got):\n%s", diff)
	}
	s.call("POST", "/api/3.17/auth/signout", "", "x-tableau-auth", "x.y.z")
	if s.signedOut != "x.y.z" || len(s.cases) != 0 {
		t.Errorf("signed out %q with %d refusals, want x.y.z and none", s.signedOut, len(s.cases))
	}
}

func TestHandler_refusals(t *testing.T) {
	const signIn, signOut, info = "/api/3.17/auth/signin", "/api/3.17/auth/signout", "/api/3.17/serverInfo"
	for _, c := range []struct {
		name, verb, path string
		headers          []string
		err              error
		status           int
		code             string
		door             string
	}{
		{"an assertion that does not verify", "POST", signIn, nil, refusal.New(refusal.Finding{Code: refusal.SignatureInvalid}), 401, "401001", doorSignIn},
		{"a store that does not answer", "POST", signIn, nil, errors.New("disk full"), 500, "500000", doorSignIn},
		{"the wrong verb for signing in", "GET", signIn, nil, nil, 405, "405000", doorSignIn},
		{"OPTIONS", "OPTIONS", signIn, nil, nil, 405, "405000", doorSignIn},
		{"HEAD", "HEAD", info, nil, nil, 405, "405000", doorServerInfo},
		{"a verb in small letters", "post", signIn, nil, nil, 405, "405000", doorSignIn},
		{"signing out without a token", "POST", signOut, nil, nil, 401, "401000", doorSignOut},
		{"signing out with an empty token", "POST", signOut, []string{"X-Tableau-Auth", ""}, nil, 401, "401000", doorSignOut},
		{"signing out with two tokens", "POST", signOut, []string{"X-Tableau-Auth", "a", "X-TABLEAU-AUTH", "a"}, nil, 400, "400000", doorSignOut},
		{"signing out with a bearer token too", "POST", signOut, []string{"X-Tableau-Auth", "a", "Authorization", "Bearer a"}, nil, 400, "400000", doorSignOut},
		{"signing out with a bearer token only", "POST", signOut, []string{"Authorization", "Bearer a"}, nil, 401, "401002", doorSignOut},
		{"signing out twice", "POST", signOut, []string{"X-Tableau-Auth", "a"}, refusal.New(refusal.Finding{Code: refusal.CredentialRevoked}), 401, "401002", doorSignOut},
		{"another path below auth", "POST", "/api/3.17/auth/switchSite", nil, nil, 404, "404950", doorUnknown},
		{"auth itself", "POST", "/api/3.17/auth", nil, nil, 404, "404950", doorUnknown},
		{"a path below sign-in", "POST", signIn + "/x", nil, nil, 404, "404950", doorUnknown},
		{"sign-in in another case", "POST", "/api/3.17/auth/signIn", nil, nil, 404, "404950", doorUnknown},
		{"a version before the first", "POST", "/api/1.9/auth/signin", nil, nil, 404, "404950", doorUnknown},
		{"a version after the last", "POST", "/api/3.100/auth/signin", nil, nil, 404, "404950", doorUnknown},
		{"a version with a leading zero", "POST", "/api/3.07/auth/signin", nil, nil, 404, "404950", doorUnknown},
		{"another major version", "GET", "/api/4.0/serverInfo", nil, nil, 404, "404950", doorUnknown},
		{"two slashes", "POST", "/api/3.17//auth/signin", nil, nil, 400, "400000", doorUnknown},
		{"two slashes at the end", "POST", signIn + "//", nil, nil, 400, "400000", doorUnknown},
		{"an escaped letter", "POST", "/api/3.17/auth/sign%69n", nil, nil, 400, "400000", doorUnknown},
	} {
		s := newWorld(t)
		s.err = c.err
		w := s.call(c.verb, c.path, goodBody, c.headers...)
		if w.Code != c.status || !strings.Contains(w.Body.String(), `<error code="`+c.code+`">`) {
			t.Errorf("%s: %d %s, want %d with %s", c.name, w.Code, w.Body, c.status, c.code)
		}
		if c.status == 405 && w.Header().Get("Allow") == "" {
			t.Errorf("%s: no Allow", c.name)
		}
		if len(s.cases) != 1 || s.cases[0].Door != c.door || s.cases[0].Reference.String() != w.Header().Get("Prokura-Reference") {
			t.Errorf("%s: recorded %+v under %s, want one at %s", c.name, s.cases, w.Header().Get("Prokura-Reference"), c.door)
		}
	}
}

func TestHandler_extendedCodes(t *testing.T) {
	s := newWorld(t)
	s.ErrorCodes = ExtendedCodes
	s.err = refusal.New(refusal.Finding{Code: refusal.AssertionReplayed})
	if w := s.call("POST", "/api/3.17/auth/signin", goodBody); !strings.Contains(w.Body.String(), "(10091)") {
		t.Errorf("a replay answers %s, want 10091", w.Body)
	}
}

func TestHandler_twoAnswersTwoReferences(t *testing.T) {
	s := newWorld(t)
	a := s.call("GET", "/api/3.17/serverInfo", "").Header().Get("Prokura-Reference")
	b := s.call("GET", "/api/3.17/serverInfo", "").Header().Get("Prokura-Reference")
	if a == "" || a == b {
		t.Errorf("references %q and %q, want two", a, b)
	}
}

func TestOwns(t *testing.T) {
	for path, want := range map[string]bool{
		"/api/3.17/auth/signin": true, "/api/3.17/auth": true, "/api/3.17/auth/": true, "/api/3.17/auth/a/b": true,
		"/api/3.17/serverInfo": true, "/api/3.17/serverinfo": true, "/api/9.99/auth/x": true, "/api/12.345/serverinfo": true,
		"/api/v2/auth/signin": false, "/api/3/auth/signin": false, "/api/3./auth": false, "/api/.3/auth": false,
		"/api/3.17": false, "/api/3.17/sites": false, "/api/3.17/serverInfo/x": false, "/API/3.17/auth/signin": false,
		"/": false, "/v1/api/3.17/auth/signin": false, "/api/3.17/Auth/signin": false,
	} {
		p, err := canon.Parse(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := Owns(&p); got != want {
			t.Errorf("Owns(%s) = %v, want %v", path, got, want)
		}
	}
}

func TestHours(t *testing.T) {
	for d, want := range map[time.Duration]string{
		4 * time.Hour: "04:00:00", 14*time.Hour + 59*time.Second: "14:00:59", -time.Second: "00:00:00",
		173*time.Hour + 21*time.Minute + 12*time.Second + 999*time.Millisecond: "173:21:12",
	} {
		if got := hours(d); got != want {
			t.Errorf("hours(%s) = %s, want %s", d, got, want)
		}
	}
}

func TestA123_bodyThatIsTooLarge(t *testing.T) {
	s := newWorld(t)
	huge := `<tsRequest><credentials jwt="` + strings.Repeat("a", maxBody) + `"><site contentUrl="m"/></credentials></tsRequest>`
	if w := s.call("POST", "/api/3.17/auth/signin", huge); w.Code != 413 || !strings.Contains(w.Body.String(), "413000") {
		t.Errorf("a body of %d bytes gave %d %s, want 413", len(huge), w.Code, w.Body)
	}
	fits := goodBody + strings.Repeat(" ", maxBody-len(goodBody))
	if w := s.call("POST", "/api/3.17/auth/signin", fits); w.Code != 200 {
		t.Errorf("a body of exactly %d bytes gave %d, want 200", len(fits), w.Code)
	}
	if w := s.call("POST", "/api/3.17/auth/signin", goodBody, "Content-Encoding", "gzip"); w.Code != 415 {
		t.Errorf("Content-Encoding: gzip gave %d, want 415", w.Code)
	}
}

// A body that never ends is given up after a bounded time, and its connection is closed. net.Pipe has deadlines that run
// on the fake time of the bubble.
func TestA123_bodyThatDoesNotArrive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newWorld(t)
		client, served := net.Pipe()
		l := &oneConn{conn: served, done: make(chan struct{})}
		srv := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
		go func() { _ = srv.Serve(l) }()
		begun := time.Now()
		if _, err := io.WriteString(client, "POST /api/3.17/auth/signin HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\n<tsReq"); err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(client)
		if err != nil {
			t.Fatal(err)
		}
		const within = 10 * time.Second
		if took := time.Since(begun); took < within || took > 2*within {
			t.Errorf("given up after %s, want about %s", took, 10*time.Second)
		}
		if !strings.HasPrefix(string(got), "HTTP/1.1 400 ") || !strings.Contains(string(got), "Connection: close") {
			t.Errorf("answered %s", got)
		}
		_ = srv.Close()
	})
}

// oneConn is a listener that has one connection.
type oneConn struct {
	conn net.Conn
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	if c := l.conn; c != nil {
		l.conn = nil
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error {
	close(l.done)
	return nil
}

func (l *oneConn) Addr() net.Addr { return &net.TCPAddr{} }

func TestHandler_callerThatHasGone(t *testing.T) {
	s := newWorld(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s.err = ctx.Err()
	r := httptest.NewRequestWithContext(ctx, "POST", "/api/3.17/auth/signin", strings.NewReader(goodBody))
	s.ServeHTTP(httptest.NewRecorder(), r)
	if len(s.cases) != 0 {
		t.Errorf("recorded %+v, want nothing", s.cases)
	}
}

func TestAcceptFormat(t *testing.T) {
	for accept, want := range map[string]format{
		"": formatXML, "*/*": formatXML, "application/xml": formatXML, "application/*": formatXML, "text/json": formatXML,
		"application/json": formatJSON, "application/json, text/plain, */*": formatJSON, "application/xml, Application/JSON;q=0.1": formatJSON,
		"application/json;q=0": formatXML, "application/json;q=0.0, */*": formatXML, "application/jsonx": formatXML,
		"application/json; charset=utf-8": formatJSON, ",,": formatXML,
	} {
		if got := acceptFormat(http.Header{"Accept": {accept}}); got != want {
			t.Errorf("Accept: %s gives form %d, want %d", accept, got, want)
		}
	}
}

func TestA103_foreignTextIsSafeInTheRecord(t *testing.T) {
	s := newWorld(t)
	s.call("POST", "/api/3.17/auth/"+strings.Repeat("%E2%80%AE", 500), "")
	if len(s.cases) != 1 || len(s.cases[0].Path) > 300 {
		t.Errorf("recorded %+v, want one case with a short path", s.cases)
	}
}
