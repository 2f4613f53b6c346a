package contactcenter

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"prokura/catalogs"
	"prokura/examples/identity"
	"prokura/internal/catalog"
)

const (
	acme  = "11111111-1111-4111-8111-111111111111"
	other = "22222222-2222-4222-8222-222222222222"
	uma   = "33333333-3333-4333-8333-333333333333"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// world is the contact center with an issuer of identities before it.
type world struct {
	t      *testing.T
	dir    string
	center *Server
	key    *ecdsa.PrivateKey
	issuer *httptest.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, dir: t.TempDir()}
	var err error
	if w.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	w.issuer = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		json.NewEncoder(rw).Encode(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: &w.key.PublicKey, KeyID: "k", Use: "sig", Algorithm: "ES256"}}})
	}))
	t.Cleanup(w.issuer.Close)
	w.open()
	for _, o := range []string{acme, other} {
		if err := w.center.Seed(o, []User{{ID: uma, Name: "Uma", Email: "uma@example.com"}}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) open() {
	w.t.Helper()
	s, err := New(Config{Issuer: w.issuer.URL, Audience: "contactcenter", Data: w.dir, Now: func() time.Time { return noon }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { s.Close() })
	w.center = s
}

// header is an identity header.
func (w *world) header(tenant, audience string) string {
	w.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: w.key},
		(&jose.SignerOptions{}).WithType(identity.Type).WithHeader("kid", "k"))
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := jwt.Signed(signer).Claims(map[string]any{"iss": w.issuer.URL, "aud": audience, "sub": uma, "tenant": tenant,
		"iat": noon.Unix(), "exp": noon.Unix() + 60}).Serialize()
	if err != nil {
		w.t.Fatal(err)
	}
	return s
}

// want sends a request of Uma in an organization, wants a status, and answers the body.
func (w *world) want(status int, tenant, verb, path, body string) map[string]any {
	w.t.Helper()
	r := httptest.NewRequest(verb, path, strings.NewReader(body))
	r.Header.Set(identity.Header, w.header(tenant, "contactcenter"))
	r.Header.Set("Content-Type", "application/json")
	rec := httptest.NewRecorder()
	w.center.ServeHTTP(rec, r)
	var out map[string]any
	if rec.Body.Len() > 0 {
		if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
			w.t.Fatalf("%s %s answered %q", verb, path, rec.Body)
		}
	}
	if rec.Code != status {
		w.t.Errorf("%s %s %s answered %d %v, want %d", verb, path, body, rec.Code, out, status)
	}
	return out
}

func TestA135_nobody_is_believed_without_the_signed_header(t *testing.T) {
	w := newWorld(t)
	for what, header := range map[string]string{"nothing": "", "a header for another server": w.header(acme, "crm"), "rubbish": "x.y.z"} {
		r := httptest.NewRequest("GET", "/api/v2/users", nil)
		if header != "" {
			r.Header.Set(identity.Header, header)
		}
		r.Header.Set("Authorization", "Bearer x")
		rec := httptest.NewRecorder()
		w.center.ServeHTTP(rec, r)
		if rec.Code != http.StatusUnauthorized || !strings.Contains(rec.Body.String(), "bad.credentials") {
			t.Errorf("%s: answered %d %s", what, rec.Code, rec.Body)
		}
	}
}

func TestOrganizations_do_not_see_each_other_and_are_kept(t *testing.T) {
	w := newWorld(t)
	queue := w.want(200, acme, "POST", "/api/v2/routing/queues", `{"name":"Night"}`)["id"].(string)
	w.want(404, other, "GET", "/api/v2/routing/queues/"+queue, "")
	w.want(404, other, "DELETE", "/api/v2/routing/queues/"+queue, "")
	w.center.Close()
	w.open()
	if q := w.want(200, acme, "GET", "/api/v2/routing/queues/"+queue, ""); q["name"] != "Night" {
		t.Errorf("%v", q)
	}
	if err := w.center.Seed(acme, nil); err != nil {
		t.Fatal(err)
	}
	if list := w.want(200, acme, "GET", "/api/v2/routing/queues", ""); list["total"] != 4.0 {
		t.Errorf("%v", list)
	}
}

func TestMethods_refuse_what_they_cannot_read(t *testing.T) {
	w := newWorld(t)
	for _, body := range []string{``, `[]`, `null`, `{"name":7}`, `{"id":"x"}`, `{"name":"x"}{}`} {
		w.want(400, acme, "POST", "/api/v2/routing/queues", body)
	}
	for _, path := range []string{"/api/v2/users?pageSize=0", "/api/v2/users?pageNumber=x"} {
		w.want(400, acme, "GET", path, "")
	}
	w.want(404, acme, "GET", "/api/v2/users/"+acme, "")
	w.want(404, acme, "GET", "/nothing", "")
	w.want(404, acme, "PATCH", "/api/v2/users/none/presence", `{"presence":"Away"}`)
}

// Every method that the catalog leaves to the API is there.
func TestMethods_of_the_catalog_are_answered(t *testing.T) {
	src, _ := catalogs.Builtin("contactcenter")
	c, problems := catalog.Load("contactcenter.yaml", src)
	if c == nil {
		t.Fatal(problems)
	}
	w := newWorld(t)
	for _, m := range c.Methods() {
		if m.AnsweredBy != catalog.ByUpstream {
			continue
		}
		if _, pattern := w.center.mux.Handler(httptest.NewRequest(m.Verb, strings.NewReplacer("{", "", "}", "").Replace(m.Path), nil)); pattern == "/" {
			t.Errorf("nothing answers %s", m.ID)
		}
	}
}
