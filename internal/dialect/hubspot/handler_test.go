package hubspot

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"prokura/internal/audit"
	"prokura/internal/canon"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/docket"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

const (
	issuer   = testworld.Issuer
	callback = testworld.Callback
)

var ctx = context.Background()

// world is the wire on a real database, with a tenant, its user uma, and an app of this wire.
type world struct {
	*testworld.World
	t       *testing.T
	clock   *clock.Fake
	db      store.Store
	book    *docket.Docket
	dir     *directory.Directory
	reg     *registry.Registry
	handler *Handler

	acme   store.Tenant
	uma    store.User
	app    store.Client
	secret string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	in := testworld.New(t, testworld.Options{Catalogs: testworld.InForce("crm")})
	w := &world{World: in, t: t, clock: in.Clock, db: in.Store, book: in.Docket, dir: in.Directory, reg: in.Registry}
	var err error
	w.handler, err = New(Config{Access: in.Access, Docket: in.Docket, Clock: in.Clock, Log: in.Log, Errors: issuer + "/oauth/errors"})
	w.ok(err)
	w.acme, err = w.dir.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: "Acme", ContentURL: "acme", Plan: "enterprise"})
	w.ok(err)
	w.Governs(w.acme.ID, policy.Governance{Door: policy.DoorOpen})
	w.uma, err = w.dir.CreateUser(ctx, audit.Operator, w.acme.ID, directory.NewUser{Name: "uma", Email: "uma@acme.example",
		Password: "correct horse battery staple", Roles: []string{"crm_editor"}})
	w.ok(err)
	w.app = w.client(store.Registration{Name: "Sync", RedirectURIs: []string{callback}, InstallURL: true, Wire: "hubspot",
		Required: set(t, "crm.objects.contacts.read"), Optional: set(t, "crm.objects.deals.read")})
	w.secret = w.ClientSecret(w.app.ID)
	return w
}

func (w *world) ok(err error) {
	w.t.Helper()
	w.OK(err)
}

func set(t *testing.T, list string) scope.Set {
	t.Helper()
	s, err := scope.ParseList(list)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (w *world) do(fn func(store.Tx) error) {
	w.t.Helper()
	w.Do(fn)
}

func (w *world) client(reg store.Registration) store.Client {
	w.t.Helper()
	return w.Register(func(c *store.Client) { c.Owner, c.Registration = w.acme.ID, reg })
}

// code is what a decided authorization request left: authorization, grant and code.
func (w *world) code(c store.Client, scopes string) string {
	w.t.Helper()
	code, g := w.Gave(w.uma, c, []string{"crm.objects.contacts.read"}, strings.Fields(scopes)...)
	g.Dropped = []store.Dropped{{Scope: "crm.objects.deals.read", Code: "user_lacks_permission"}}
	w.do(func(tx store.Tx) error { return tx.UpdateGrant(g) })
	return code
}

// answered is what came back.
type answered struct {
	*httptest.ResponseRecorder
	t    *testing.T
	body map[string]any
}

func (w *world) send(verb, path string, form url.Values, headers ...string) answered {
	w.t.Helper()
	var body io.Reader
	if form != nil {
		body = strings.NewReader(form.Encode())
	}
	r := httptest.NewRequest(verb, path, body)
	if form != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	a := answered{httptest.NewRecorder(), w.t, nil}
	w.handler.ServeHTTP(a, r)
	if a.Body.Len() > 0 {
		if err := json.Unmarshal(a.Body.Bytes(), &a.body); err != nil {
			w.t.Fatalf("%s %s answered %q", verb, path, a.Body)
		}
	}
	return a
}

func (a answered) status(want int) answered {
	a.t.Helper()
	if a.Code != want {
		a.t.Errorf("answered %d %s, want %d", a.Code, a.Body, want)
	}
	return a
}

func (a answered) text(name string) string {
	s, _ := a.body[name].(string)
	return s
}

func (a answered) number(name string) float64 {
	n, _ := a.body[name].(float64)
	return n
}

// refused checks a refused token request.
func (a answered) refused(status int, oauth, word string) answered {
	a.t.Helper()
	a.status(status)
	if a.text("error") != oauth || a.text("status") != word || a.text("message") == "" || a.text("message") != a.text("error_description") {
		a.t.Errorf("answered %s, want %s and %s", a.Body, oauth, word)
	}
	if a.text("correlationId") != a.Header().Get(ReferenceHeader) || a.Header().Get("Cache-Control") != "no-store" {
		a.t.Errorf("reference %s, header %v", a.text("correlationId"), a.Header())
	}
	return a
}

// auth is a form that proves the app, with more.
func (w *world) auth(more ...string) url.Values {
	v := url.Values{"client_id": {w.app.ID.String()}, "client_secret": {w.secret}}
	for i := 0; i < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// install redeems a fresh code.
func (w *world) install(path string) (access, refresh string) {
	w.t.Helper()
	a := w.send("POST", path, w.auth("grant_type", "authorization_code", "redirect_uri", callback,
		"code", w.code(w.app, "crm.objects.contacts.read oauth"))).status(200)
	return a.text("access_token"), a.text("refresh_token")
}

var tokenPaths = []string{"/oauth/v1/token", "/oauth/2026-03/token", "/oauth/2026-09/token"}

func TestToken_a_code_becomes_tokens_with_the_members_of_the_wire(t *testing.T) {
	w := newWorld(t)
	for _, path := range tokenPaths {
		a := w.send("POST", path, w.auth("grant_type", "authorization_code", "redirect_uri", callback,
			"code", w.code(w.app, "crm.objects.contacts.read oauth"))).status(200)
		if a.text("token_type") != "bearer" || a.text("token_use") != "access_token" || a.number("expires_in") != 1800 ||
			a.number("hub_id") < 1 || a.number("user_id") < 1 || a.text("access_token") == "" || a.text("refresh_token") == "" {
			t.Errorf("%s answered %s", path, a.Body)
		}
		scopes, _ := a.body["scopes"].([]any)
		dropped, _ := a.body["dropped"].([]any)
		if len(scopes) != 2 || a.text("scope") != "crm.objects.contacts.read oauth" || len(dropped) != 1 {
			t.Errorf("%s answered the scopes %v, %q, dropped %v", path, scopes, a.text("scope"), dropped)
		}
	}
}

func TestToken_a_confidential_clients_refresh_token_stays_and_a_public_ones_rotates(t *testing.T) {
	w := newWorld(t)
	_, refresh := w.install("/oauth/v1/token")
	for range 3 {
		w.clock.Advance(time.Hour)
		a := w.send("POST", "/oauth/v1/token", w.auth("grant_type", "refresh_token", "refresh_token", refresh)).status(200)
		if a.text("refresh_token") != refresh {
			t.Error("the refresh token changed")
		}
	}
	public := w.client(store.Registration{Name: "Phone", Public: true, RedirectURIs: []string{callback}, InstallURL: true, Wire: "hubspot",
		Required: set(t, "crm.objects.contacts.read")})
	located := id.NewLocated(id.RefreshToken, w.acme.ID, [32]byte(entropy.Bytes(32)))
	w.code(public, "crm.objects.contacts.read oauth")
	w.do(func(tx store.Tx) error {
		grants, err := tx.ListGrants(w.acme.ID, store.GrantFilter{Client: public.ID}, store.Page{Limit: 10})
		if err != nil {
			return err
		}
		return tx.AddRefreshToken(store.RefreshToken{Tenant: w.acme.ID, Hash: located.Hash(), Grant: grants[0].ID, Client: public.ID, Created: w.clock.Now()})
	})
	form := url.Values{"client_id": {public.ID.String()}, "grant_type": {"refresh_token"}, "refresh_token": {located.Reveal()}}
	next := w.send("POST", "/oauth/v1/token", form).status(200).text("refresh_token")
	if next == located.Reveal() || next == "" {
		t.Error("a public client's refresh token stayed")
	}
	w.clock.Advance(time.Minute)
	w.send("POST", "/oauth/v1/token", form).refused(400, "invalid_grant", "BAD_REFRESH_TOKEN")
	form.Set("refresh_token", next) // the replay ended the family
	w.send("POST", "/oauth/v1/token", form).status(400)
}

func TestToken_says_what_is_wrong_in_the_words_of_the_wire(t *testing.T) {
	w := newWorld(t)
	code := w.code(w.app, "crm.objects.contacts.read oauth")
	with := func(name, value string) url.Values {
		v := w.auth("grant_type", "authorization_code", "redirect_uri", callback, "code", code)
		if value == "" {
			v.Del(name)
		} else {
			v.Set(name, value)
		}
		return v
	}
	for _, x := range []struct {
		form        url.Values
		oauth, word string
	}{
		{with("client_id", ""), "invalid_request", "BAD_CLIENT_ID"},
		{url.Values{"grant_type": {"unheard_of"}}, "invalid_request", "BAD_CLIENT_ID"}, // before the grant type
		{with("client_id", "123"), "invalid_client", "BAD_CLIENT_SECRET"},
		{with("client_id", entropy.ID[id.Client]().String()), "invalid_client", "BAD_CLIENT_SECRET"},
		{with("client_secret", "wrong"), "invalid_client", "BAD_CLIENT_SECRET"},
		{with("client_secret", ""), "invalid_client", "BAD_CLIENT_SECRET"},
		{with("grant_type", ""), "unsupported_grant_type", "BAD_GRANT_TYPE"},
		{with("grant_type", "password"), "unsupported_grant_type", "BAD_GRANT_TYPE"},
		{with("grant_type", "client_credentials"), "unauthorized_client", "BAD_GRANT_TYPE"},
		{with("code", ""), "invalid_request", "BAD_AUTH_CODE"},
		{with("code", "abc"), "invalid_grant", "BAD_AUTH_CODE"},
		{w.auth("grant_type", "refresh_token", "refresh_token", "abc"), "invalid_grant", "BAD_REFRESH_TOKEN"},
		{w.auth("grant_type", "refresh_token"), "invalid_request", "BAD_REFRESH_TOKEN"},
		{with("scope", `a"b`), "invalid_request", "BAD_REQUEST"},
		{with("redirect_uri", "https://sync.example/other"), "invalid_grant", "MISMATCH_REDIRECT_URI_AUTH_CODE"},
	} {
		for _, path := range tokenPaths {
			w.send("POST", path, x.form).refused(400, x.oauth, x.word)
		}
	}
	if got := w.send("POST", tokenPaths[0], w.auth("grant_type", "refresh_token", "refresh_token", "abc")).text("message"); got != "refresh token is invalid, expired or revoked" {
		t.Errorf("the published sentence is %q", got)
	}
	w.send("POST", "/oauth/2026-03/token", w.auth("grant_type", "refresh_token"), "Content-Type", "application/json").refused(415, "invalid_request", "BAD_REQUEST")
	a := w.send("POST", "/oauth/v1/token", url.Values{"grant_type": {"refresh_token"}, "refresh_token": {"x"}}, "Authorization", "Basic eDp5").refused(401, "invalid_client", "BAD_CLIENT_SECRET")
	if !strings.HasPrefix(a.Header().Get("WWW-Authenticate"), "Basic ") {
		t.Error("no challenge")
	}
	w.send("POST", "/oauth/v1/token?client_id=x", w.auth()).refused(400, "invalid_request", "BAD_REQUEST")
}

func TestA061_a_client_proves_itself_in_one_way(t *testing.T) {
	w := newWorld(t)
	basic := func(name, password string) string {
		r := httptest.NewRequest("GET", "/", nil)
		r.SetBasicAuth(name, password)
		return r.Header.Get("Authorization")
	}
	good := basic(w.app.ID.String(), w.secret)
	form := func() url.Values {
		return url.Values{"grant_type": {"authorization_code"}, "redirect_uri": {callback}, "code": {w.code(w.app, "crm.objects.contacts.read oauth")}}
	}
	w.send("POST", "/oauth/v1/token", form(), "Authorization", good).status(200)
	both := form()
	both.Set("client_secret", w.secret)
	w.send("POST", "/oauth/v1/token", both, "Authorization", good).refused(400, "invalid_request", "BAD_REQUEST")
	other := form()
	other.Set("client_id", entropy.ID[id.Client]().String())
	w.send("POST", "/oauth/v1/token", other, "Authorization", good).refused(400, "invalid_request", "BAD_REQUEST")
}

func TestInfo_tells_the_holder_what_a_token_is(t *testing.T) {
	w := newWorld(t)
	at, rt := w.install("/oauth/v1/token")
	w.clock.Advance(10 * time.Minute)
	a := w.send("GET", "/oauth/v1/access-tokens/"+at, nil).status(200)
	if a.text("token") != at || a.text("token_type") != "access" || a.text("user") != "uma@acme.example" || a.text("hub_domain") != "acme" ||
		a.number("expires_in") != 1200 || a.number("app_id") < 1 || a.number("hub_id") < 1 || a.number("user_id") < 1 || len(a.body["scopes"].([]any)) != 2 {
		t.Errorf("of an access token: %s", a.Body)
	}
	r := w.send("GET", "/oauth/v1/refresh-tokens/"+rt, nil).status(200)
	if r.text("token") != rt || r.text("token_type") != "refresh" || r.text("client_id") != w.app.ID.String() ||
		r.number("hub_id") != a.number("hub_id") || r.text("hub_domain") != "acme" {
		t.Errorf("of a refresh token: %s", r.Body)
	}
	for _, path := range []string{"/oauth/v1/access-tokens/" + rt, "/oauth/v1/refresh-tokens/" + at, "/oauth/v1/access-tokens/x",
		"/oauth/v1/refresh-tokens/x", "/oauth/v1/access-tokens/" + at + "x"} {
		if a := w.send("GET", path, nil).status(404); a.text("category") != "OBJECT_NOT_FOUND" {
			t.Errorf("%s answered %s", path, a.Body)
		}
	}
	w.clock.Advance(20 * time.Minute)
	w.send("GET", "/oauth/v1/access-tokens/"+at, nil).status(404)
}

// Tokens in paths are the wire's; they must not stay anywhere for it.
func TestInfo_no_token_of_a_path_reaches_the_refusal_book(t *testing.T) {
	w := newWorld(t)
	at, _ := w.install("/oauth/v1/token")
	w.clock.Advance(time.Hour)
	ref := w.send("GET", "/oauth/v1/access-tokens/"+at, nil).status(404).Header().Get(ReferenceHeader)
	parsed, err := id.Parse[id.Reference](ref)
	w.ok(err)
	c, err := w.book.Lookup(ctx, parsed)
	w.ok(err)
	if c.Path != "/oauth/v1/access-tokens" {
		t.Errorf("the book keeps the path %q", c.Path)
	}
}

func TestGiveUp_ends_the_grant_with_everything_issued_from_it(t *testing.T) {
	w := newWorld(t)
	at, rt := w.install("/oauth/v1/token")
	w.send("DELETE", "/oauth/v1/refresh-tokens/"+rt, nil).status(204)
	w.send("GET", "/oauth/v1/refresh-tokens/"+rt, nil).status(404)
	w.send("GET", "/oauth/v1/access-tokens/"+at, nil).status(404)
	w.send("POST", "/oauth/v1/token", w.auth("grant_type", "refresh_token", "refresh_token", rt)).status(400)
	w.send("DELETE", "/oauth/v1/refresh-tokens/"+rt, nil).status(204) // it is given up already
	w.send("DELETE", "/oauth/v1/refresh-tokens/x", nil).status(404)
}

func TestIntrospect_and_revoke_of_the_dated_version(t *testing.T) {
	w := newWorld(t)
	at, rt := w.install("/oauth/2026-03/token")
	a := w.send("POST", "/oauth/2026-03/token/introspect", w.auth("token", at)).status(200)
	if a.body["active"] != true || a.text("token_use") != "access_token" || a.text("client_id") != w.app.ID.String() || a.number("hub_id") < 1 || a.number("expires_in") != 1800 {
		t.Errorf("of an access token: %s", a.Body)
	}
	if a = w.send("POST", "/oauth/2026-03/token/introspect", w.auth("token", rt, "token_type_hint", "access_token")).status(200); a.text("token_use") != "refresh_token" {
		t.Errorf("of a refresh token: %s", a.Body)
	}
	for _, none := range []string{"x", rt + "x"} {
		if a = w.send("POST", "/oauth/2026-03/token/introspect", w.auth("token", none)).status(200); len(a.body) != 1 || a.body["active"] != false {
			t.Errorf("of none: %s", a.Body)
		}
	}
	w.send("POST", "/oauth/2026-03/token/introspect", url.Values{"token": {at}}).refused(400, "invalid_request", "BAD_CLIENT_ID")

	w.send("POST", "/oauth/2026-03/token/revoke", w.auth("token", at)).status(200)
	w.send("GET", "/oauth/v1/access-tokens/"+at, nil).status(404)
	w.send("GET", "/oauth/v1/refresh-tokens/"+rt, nil).status(200)
	w.send("POST", "/oauth/2026-03/token/revoke", w.auth("token", rt)).status(200)
	w.send("GET", "/oauth/v1/refresh-tokens/"+rt, nil).status(404)
	w.send("POST", "/oauth/2026-03/token/revoke", w.auth("token", "x")).status(200)
}

func TestUninstall_by_the_app_itself(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/appinstalls/v3/external-install", "/appinstalls/2026-03/external-install"} {
		at, rt := w.install("/oauth/v1/token")
		w.send("DELETE", path, nil).status(401)
		w.send("DELETE", path, nil, "Authorization", "Bearer "+rt).status(401)
		w.send("DELETE", path, nil, "Authorization", "Bearer "+at).status(204)
		w.send("DELETE", path, nil, "Authorization", "Bearer "+at).status(401)
		w.send("GET", "/oauth/v1/refresh-tokens/"+rt, nil).status(404)
	}
	narrow := w.send("POST", "/oauth/v1/token", w.auth("grant_type", "authorization_code", "redirect_uri", callback,
		"code", w.code(w.app, "crm.objects.contacts.read"))).status(200).text("access_token")
	if a := w.send("DELETE", "/appinstalls/v3/external-install", nil, "Authorization", "Bearer "+narrow).status(403); a.text("category") != "MISSING_SCOPES" {
		t.Errorf("without oauth: %s", a.Body)
	}
}

func TestHandler_owns_its_paths_and_nothing_falls_through(t *testing.T) {
	w := newWorld(t)
	for path, want := range map[string]int{
		"/oauth/v1": 404, "/oauth/v1/x": 404, "/oauth/2026-04/token": 404, "/oauth/2026-03/token/": 404, "/oauth/v1/token/introspect": 404,
		"/appinstalls": 404, "/appinstalls/v3": 404, "/appinstalls/v1/external-install": 404, "/oauth/2026-03/access-tokens/x": 404,
		"/oauth/v1/token": 405, "/oauth/2026-03/token/revoke": 405, "/appinstalls/v3/external-install": 405,
	} {
		p, err := canon.Parse(path)
		w.ok(err)
		if !Owns(&p) {
			t.Errorf("%s is not owned", path)
		}
		w.send("PUT", path, nil).status(want)
	}
	if a := w.send("PUT", "/oauth/v1/refresh-tokens/x", nil).status(http.StatusMethodNotAllowed); a.Header().Get("Allow") != "GET, DELETE" {
		t.Errorf("allowed are %q", a.Header().Get("Allow"))
	}
	for _, path := range []string{"/", "/oauth", "/oauth/token", "/oauth/acme/token", "/oauth/v2/token", "/oauth/2026-3/token", "/v1/oauth"} {
		p, err := canon.Parse(path)
		w.ok(err)
		if Owns(&p) {
			t.Errorf("%s is owned", path)
		}
	}
}

func TestNumbers_are_positive_and_stay(t *testing.T) {
	one, err := id.Parse[id.Tenant]("8e1b7172-39c3-4a32-887e-fc2b4119f56d")
	if err != nil {
		t.Fatal(err)
	}
	if got := hubID(one); got != 41_774_313 {
		t.Errorf("the number of an account became %d: apps know it by that", got)
	}
	var seen []int32
	for range 1000 {
		n := hubID(entropy.ID[id.Tenant]())
		if n < 1 {
			t.Fatalf("%d", n)
		}
		seen = append(seen, n)
	}
	slices.Sort(seen)
	if len(slices.Compact(seen)) < 999 {
		t.Error("the numbers are not spread")
	}
	if userID(id.User{}) != 0 {
		t.Error("nobody has a number")
	}
}

func TestA062_an_unknown_client_and_a_wrong_secret_are_answered_alike(t *testing.T) {
	w := newWorld(t)
	var bodies []string
	for _, form := range []url.Values{
		{"client_id": {entropy.ID[id.Client]().String()}, "client_secret": {w.secret}},
		{"client_id": {w.app.ID.String()}, "client_secret": {"wrong"}},
		{"client_id": {w.app.ID.String()}, "client_secret": {w.secret[:len(w.secret)-1]}},
	} {
		form.Set("grant_type", "client_credentials")
		a := w.send("POST", "/oauth/v1/token", form).refused(400, "invalid_client", "BAD_CLIENT_SECRET")
		bodies = append(bodies, strings.ReplaceAll(a.Body.String(), a.text("correlationId"), "…"))
	}
	if slices.Sort(bodies); len(slices.Compact(bodies)) != 1 {
		t.Errorf("answered %s", bodies)
	}
}

func TestA193_revoking_anothers_token_does_nothing_and_tells_nothing(t *testing.T) {
	w := newWorld(t)
	at, rt := w.install("/oauth/v1/token")
	mine := w.app
	w.app = w.client(store.Registration{Name: "Other", RedirectURIs: []string{callback}, Wire: "hubspot", Required: set(t, "crm.objects.contacts.read")})
	_, value, err := w.reg.CreateClientSecret(ctx, audit.Operator, registry.Everybody(), w.app.ID)
	w.ok(err)
	w.secret = value.Reveal()
	for _, token := range []string{at, rt} {
		if a := w.send("POST", "/oauth/2026-03/token/revoke", w.auth("token", token)).status(200); a.Body.Len() > 0 {
			t.Errorf("answered %s", a.Body)
		}
		if a := w.send("POST", "/oauth/2026-03/token/introspect", w.auth("token", token)).status(200); len(a.body) != 1 {
			t.Errorf("another's token is told of: %s", a.Body)
		}
	}
	w.send("GET", "/oauth/v1/access-tokens/"+at, nil).status(200)
	if got := w.send("GET", "/oauth/v1/refresh-tokens/"+rt, nil).status(200).text("client_id"); got != mine.ID.String() {
		t.Errorf("the token is %s's", got)
	}
}
