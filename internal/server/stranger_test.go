package server

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"prokura/internal/catalog"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/reserved"
	"prokura/internal/store"
)

// line is what a route of ours is asked. Names in braces stand for what a tenant has, see [estate.fill].
type line struct {
	route string // as the surface registers it
	path  string // with the query; empty: that of the route
	body  string // JSON or a form, as the surface takes it
	says  int    // the status for what nobody has; 0: 403 or 404
	or    int    // another one, in another place
	own   int    // the status for what one has oneself; 0: any success
	wide  string // why there is nothing of a tenant in it; it is not asked then
	ends  string // why a stranger's may end by asking for it
	known string // why one may learn that it is there, and no more of it
	names bool   // but for its name
	each  bool   // not in all places at once: who has all of it is no stranger
}

// surface is whoever answers some of our paths, and how it is called as the administrator of a tenant.
type surface struct {
	name  string
	lines []line
	ask   func(e *estate, w things) func(verb, path, body string) *httptest.ResponseRecorder
}

var placeholder = regexp.MustCompile(`\{[a-z_]+\}`)

// TestA151_what_another_tenant_has_is_like_what_nobody_has: every route of every surface is asked, in every place where it takes
// the identifier of something, for what another tenant has, and answers just what it answers for what nobody has, byte for byte.
// Nothing changes by asking, nothing of the other tenant stands in any answer, and the same request for something of one's own is
// answered. A route that has no line fails the test.
func TestA151_what_another_tenant_has_is_like_what_nobody_has(t *testing.T) {
	e := newEstate(t)
	theirs := e.fill("zyxwv")
	before := e.snapshot(theirs)
	registered := e.registered()
	for i, s := range surfaces() {
		t.Run(s.name, func(t *testing.T) {
			e.t = t
			complete(t, registered[s.name], s.lines)
			mine := e.fill(fmt.Sprintf("mine%d", i))
			x := stranger{estate: e, t: t, mine: mine, theirs: theirs, ask: s.ask(e, mine)}
			for _, l := range s.lines {
				if l.wide == "" {
					x.try(l)
				}
			}
			if x.asked == 0 {
				t.Error("nothing was asked")
			}
		})
	}
	e.t = t
	// Who names the client of another in vain stands in the book of refusals of the other, who keeps the client; but not by name.
	e.ok(e.inner.docket.Flush(e.ctx))
	if _, b := e.do("GET", "/v1/tenants/"+theirs.one("tenant")+"/refusals", nil, "Authorization", "Bearer "+e.token); strings.Contains(string(b), "mine") {
		t.Errorf("the refusals of the other tenant tell who asked: %s", b)
	}
	if after := e.snapshot(theirs); !maps.Equal(before, after) {
		for what := range before {
			if before[what] != after[what] {
				t.Errorf("%s of the other tenant was\n%s\nand is\n%s", what, before[what], after[what])
			}
		}
	}
}

// complete demands a line for each route, and a route for each line.
func complete(t *testing.T, routes []string, lines []line) {
	t.Helper()
	for _, route := range routes {
		if !slices.ContainsFunc(lines, func(l line) bool { return l.route == route }) {
			t.Errorf("the route %s has no line", route)
		}
	}
	for _, l := range lines {
		if !slices.Contains(routes, l.route) {
			t.Errorf("there is no route %s", l.route)
		}
	}
}

// registered are the routes of all surfaces, as they are registered.
func (e *estate) registered() map[string][]string {
	e.t.Helper()
	out := map[string][]string{}
	for _, o := range e.inner.front.(*front).owners {
		s, ok := o.Handler.(interface{ Routes() []string })
		if !ok {
			if _, plain := o.Handler.(http.HandlerFunc); !plain { // our public keys, and the parts of pages: the same for everybody
				e.t.Errorf("%T does not say which routes it has", o.Handler)
			}
			continue
		}
		name := strings.TrimPrefix(fmt.Sprintf("%T", o.Handler), "*")
		name, _, _ = strings.Cut(name, ".")
		out[name] = s.Routes()
	}
	return out
}

// stranger asks for what another tenant has.
type stranger struct {
	*estate
	t            *testing.T
	mine, theirs things
	ask          func(verb, path, body string) *httptest.ResponseRecorder
	asked        int
}

// try asks a line: for another's and for nobody's in each of its places, in all of them at once, and for one's own.
func (x *stranger) try(l line) {
	x.t.Helper()
	verb, path := target(l)
	places := slices.Compact(slices.Sorted(slices.Values(placeholder.FindAllString(path+" "+l.body, -1))))
	places = slices.DeleteFunc(places, func(p string) bool {
		return p == "{tenant}" && strings.HasPrefix(path, "/v1/") || x.foreign(p) == nil
	})
	for _, p := range places {
		if l.ends != "" { // each time another's
			x.estate.strangers++
			x.theirs = x.fill(fmt.Sprintf("zyxwv%d", x.estate.strangers))
		}
		for _, v := range x.foreign(p) {
			x.compare(l, verb, path, map[string]string{p: v})
		}
	}
	if len(places) > 1 && !l.each {
		all := map[string]string{}
		for _, p := range places {
			all[p] = x.foreign(p)[0]
		}
		x.compare(l, verb, path, all)
	}
	a, _ := x.send(verb, path, l.body, nil)
	if ok := a.Code == l.own || l.own == 0 && a.Code < 400; !ok {
		x.t.Errorf("%s for what one has oneself answered %d, want %s: %.2000s", l.route, a.Code, cmp.Or(fmt.Sprint(l.own), "success"), a.Body)
	}
	x.silent(l, a.Body.String(), nil)
}

// target is verb and path of a line.
func target(l line) (verb, path string) {
	verb, path, ok := strings.Cut(l.route, " ")
	if !ok {
		verb, path = http.MethodGet, l.route
	}
	if v, p, ok := strings.Cut(l.path, " "); ok {
		return v, p
	}
	return verb, cmp.Or(l.path, path)
}

// foreign is what another tenant has that is called so. Of the apps that one may decide on, those that are none of one's business.
func (x *stranger) foreign(place string) []string {
	switch kind := place[1 : len(place)-1]; kind {
	case "client", "wanted":
		return x.theirs["private"]
	default:
		return x.theirs[kind]
	}
}

// compare asks for another's and for nobody's.
func (x *stranger) compare(l line, verb, path string, theirs map[string]string) {
	x.t.Helper()
	x.asked++
	nobodys := map[string]string{}
	for p, v := range theirs {
		nobodys[p] = nobody(v)
	}
	acts := x.acts()
	got, gotBody := x.send(verb, path, l.body, theirs)
	if now := x.acts(); now != acts && l.ends == "" {
		x.t.Errorf("%s with %v of another wrote %d entries into the books", l.route, slices.Collect(maps.Keys(theirs)), now-acts)
	}
	want, wantBody := x.send(verb, path, l.body, nobodys)
	if (got.Code != want.Code || gotBody != wantBody) && l.known == "" {
		x.t.Errorf("%s with %v of another answered\n%d %s\nand of nobody\n%d %s", l.route, slices.Collect(maps.Keys(theirs)), got.Code, gotBody, want.Code, wantBody)
	}
	if ok := want.Code == l.says || want.Code == l.or || l.says == 0 && (want.Code == http.StatusNotFound || want.Code == http.StatusForbidden); !ok {
		x.t.Errorf("%s with %v of nobody answered %d, want %d: %.600s", l.route, slices.Collect(maps.Keys(theirs)), want.Code, cmp.Or(l.says, 404), wantBody)
	}
	x.silent(l, got.Body.String(), theirs)
}

// send asks for one's own, but for what is given, and answers with what may differ taken out: the reference, and what was sent.
func (x *stranger) send(verb, path, body string, given map[string]string) (*httptest.ResponseRecorder, string) {
	x.t.Helper()
	fill := func(s string, escape func(string) string) string {
		return placeholder.ReplaceAllStringFunc(s, func(p string) string {
			if v, ok := given[p]; ok {
				return escape(v)
			}
			if own := x.mine[p[1:len(p)-1]]; own != nil {
				return escape(own[0])
			}
			return p
		})
	}
	as := func(s string) string { return s }
	if !strings.HasPrefix(body, "{") {
		as = url.QueryEscape
	}
	a := x.ask(verb, fill(path, url.PathEscape), fill(body, as))
	shown := a.Body.String()
	for _, h := range slices.Sorted(maps.Keys(a.Header())) {
		shown = h + ": " + strings.Join(a.Header()[h], " | ") + "\n" + shown
	}
	for place, v := range given {
		for _, form := range []string{v, url.QueryEscape(v), url.PathEscape(v)} {
			shown = strings.ReplaceAll(shown, form, place)
		}
	}
	if ref := a.Header().Get(reserved.ReferenceHeader); ref != "" {
		shown = strings.ReplaceAll(shown, ref, "REFERENCE")
	}
	return a, varies.ReplaceAllString(shown, "$1")
}

// varies is what differs from one answer to the next: sealed requests in forms, and how long they are.
var varies = regexp.MustCompile(`(name="pending" value=")[^"]+|(Content-Length: )\d+`)

// silent fails where an answer tells of the other tenant more than it was given.
func (x *stranger) silent(l line, body string, given map[string]string) {
	x.t.Helper()
	for _, v := range given {
		body = strings.ReplaceAll(body, v, "")
		body = strings.ReplaceAll(body, url.QueryEscape(v), "")
	}
	for kind, list := range x.theirs {
		for _, v := range list {
			if strings.Contains(body, v) && !(l.names && kind == "content_url") {
				x.t.Errorf("%s tells the %s of another tenant: %.3000s", l.route, kind, body)
			}
		}
	}
	if strings.Contains(strings.ToLower(body), "zyxwv") && !l.names {
		x.t.Errorf("%s names something of another tenant: %.3000s", l.route, body)
	}
}

// nobody is what nobody has, of the same shape, and beside the one given in every list.
func nobody(v string) string {
	if len(v) > 60 { // of a token the end may be padding
		at := len(v) - 9
		return v[:at] + other(v[at]) + v[at+1:]
	}
	return v[:len(v)-1] + other(v[len(v)-1])
}

func other(c byte) string {
	if c == 'e' || c == 'E' {
		return "d"
	}
	return "e"
}

// acts is how many entries stand in all books.
func (e *estate) acts() (n int) {
	e.t.Helper()
	e.ok(e.inner.store.View(e.ctx, func(r store.Reader) (err error) {
		n, err = r.CountAudit()
		return err
	}))
	return n
}

// snapshot is everything that a tenant has, as the operator sees it.
func (e *estate) snapshot(w things) map[string]string {
	e.t.Helper()
	out := map[string]string{}
	below := "/v1/tenants/" + w.one("tenant")
	paths := []string{below, "/v1/clients/" + w.one("own"), "/v1/clients/" + w.one("own") + "/secrets", "/v1/refusals/" + w.one("reference")}
	for _, list := range []string{"users", "roles", "groups", "groups/" + w.one("group") + "/users", "connected-apps", "entitlements", "grants", "authorizations",
		"requests", "governance", "impact", "audit"} {
		paths = append(paths, below+"/"+list)
	}
	for _, path := range paths {
		status, b := e.do("GET", path, nil, "Authorization", "Bearer "+e.token)
		if status != 200 {
			e.t.Errorf("%s: %d %s", path, status, b)
		}
		out[path] = string(b)
	}
	return out
}

// TestA151_calls_for_another_tenant: a call that names another tenant in its path is answered as one that names none, before
// anything of it is sent on.
func TestA151_calls_for_another_tenant(t *testing.T) {
	n := serve(t, settings(t.TempDir(), "127.0.0.1:0", echo(t)))
	w := n.furnish()
	theirs := n.v1("POST", "/v1/tenants", map[string]any{"name": "Zeta", "content_url": "zeta", "plan": "enterprise"})
	cat := builtin(t)
	token := n.signIn(w, cat.Concrete().Names()...)
	asked := 0
	for _, m := range cat.Methods() {
		if m.AnsweredBy == catalog.ByProkura || m.TenantParam == "" {
			continue
		}
		asked++
		call := func(tenant string) (int, string) {
			path := parameter.ReplaceAllStringFunc(m.Path, func(p string) string {
				switch p {
				case "{version}":
					return "3.21"
				case "{" + m.TenantParam + "}":
					return tenant
				}
				return entropy.ID[id.User]().String()
			})
			status, b := n.do(m.Verb, path, nil, "X-Tableau-Auth", token)
			return status, reference.ReplaceAllString(string(b), "REFERENCE")
		}
		status, body := call(theirs)
		if wantStatus, want := call(nobody(theirs)); status != wantStatus || body != want || status < 400 {
			t.Errorf("%s for another tenant: %d %s\nfor none: %d %s", m.ID, status, body, wantStatus, want)
		}
	}
	if asked < 50 {
		t.Errorf("only %d methods were called", asked)
	}
}

var reference = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)
