package crm

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
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

// world is the CRM with an issuer of identities before it.
type world struct {
	t      *testing.T
	dir    string
	crm    *Server
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
	for _, a := range []string{acme, other} {
		if err := w.crm.Seed(a, Content{Owners: []Owner{{ID: "1", Email: "uma@example.com", Name: "Uma"}}, CustomObjects: a == acme, Workflows: a == acme}); err != nil {
			t.Fatal(err)
		}
	}
	return w
}

func (w *world) open() {
	w.t.Helper()
	s, err := New(Config{Issuer: w.issuer.URL, Audience: "crm", Data: w.dir, Now: func() time.Time { return noon }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { s.Close() })
	w.crm = s
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

// in sends a request of somebody in an account, and answers the status and the body.
func (w *world) in(tenant, verb, path, body string) (int, map[string]any) {
	w.t.Helper()
	r := httptest.NewRequest(verb, path, strings.NewReader(body))
	r.Header.Set(identity.Header, w.header(tenant, "crm"))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	rec := httptest.NewRecorder()
	w.crm.ServeHTTP(rec, r)
	var out map[string]any
	if data, _ := io.ReadAll(rec.Body); len(bytes.TrimSpace(data)) > 0 {
		if err := json.Unmarshal(data, &out); err != nil {
			w.t.Fatalf("%s %s answered %q", verb, path, data)
		}
	}
	return rec.Code, out
}

func (w *world) want(status int, tenant, verb, path, body string) map[string]any {
	w.t.Helper()
	got, out := w.in(tenant, verb, path, body)
	if got != status {
		w.t.Errorf("%s %s %s answered %d %v, want %d", verb, path, body, got, out, status)
	}
	return out
}

func TestA135_nobody_is_believed_without_the_signed_header(t *testing.T) {
	w := newWorld(t)
	for what, header := range map[string]string{"nothing": "", "a header for another server": w.header(acme, "analytics"), "rubbish": "x.y.z"} {
		r := httptest.NewRequest("GET", "/crm/v3/objects/contacts", nil)
		if header != "" {
			r.Header.Set(identity.Header, header)
		}
		r.Header.Set("X-Identity-Tenant", acme)
		rec := httptest.NewRecorder()
		w.crm.ServeHTTP(rec, r)
		if rec.Code != 401 || !strings.Contains(rec.Body.String(), "INVALID_AUTHENTICATION") {
			t.Errorf("with %s: %d %s", what, rec.Code, rec.Body)
		}
	}
}

func TestObjects_are_kept_by_account(t *testing.T) {
	w := newWorld(t)
	made := w.want(201, acme, "POST", "/crm/v3/objects/contacts", `{"properties":{"firstname":"Ida","email":"ida@example.com"}}`)
	id := made["id"].(string)
	w.want(404, other, "GET", "/crm/v3/objects/contacts/"+id, "")
	w.want(200, acme, "PATCH", "/crm/v3/objects/contacts/"+id, `{"properties":{"firstname":"Ada"}}`)

	w.crm.Close()
	w.open() // as after a restart
	got := w.want(200, acme, "GET", "/crm/v3/objects/contacts/"+id, "")["properties"].(map[string]any)
	if got["firstname"] != "Ada" || got["email"] != "ida@example.com" {
		t.Errorf("kept are %v", got)
	}
	w.want(204, acme, "DELETE", "/crm/v3/objects/contacts/"+id, "")
	w.want(404, acme, "GET", "/crm/v3/objects/contacts/"+id, "")
	w.want(404, acme, "DELETE", "/crm/v3/objects/contacts/"+id, "")
}

// A second name of a type would pass the gateway with the scope of custom objects.
func TestTypes_have_one_name(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{"0-1", "contact", "Contacts", "2-1001", "contacts%20", "company"} {
		w.want(404, acme, "GET", "/crm/v3/objects/"+name, "")
		w.want(404, acme, "POST", "/crm/v3/objects/"+name, `{"properties":{"a":"b"}}`)
	}
	w.want(200, acme, "GET", "/crm/v3/objects/cars", "")
	w.want(404, other, "GET", "/crm/v3/objects/cars", "")
	w.want(404, other, "GET", "/crm/v3/schemas/cars", "")
}

func TestLists_come_in_pages(t *testing.T) {
	w := newWorld(t)
	first := w.want(200, acme, "GET", "/crm/v3/objects/contacts?limit=2&properties=email", "")
	if n := len(first["results"].([]any)); n != 2 {
		t.Fatalf("%d on the first page", n)
	}
	if p := first["results"].([]any)[0].(map[string]any)["properties"].(map[string]any); len(p) != 1 {
		t.Errorf("asked for email, got %v", p)
	}
	next := first["paging"].(map[string]any)["next"].(map[string]any)["after"].(string)
	second := w.want(200, acme, "GET", "/crm/v3/objects/contacts?limit=2&after="+next, "")
	if n := len(second["results"].([]any)); n != 1 || second["paging"] != nil {
		t.Errorf("%v on the second page", second)
	}
	for _, bad := range []string{"limit=0", "limit=101", "limit=x", "after=x"} {
		w.want(400, acme, "GET", "/crm/v3/objects/contacts?"+bad, "")
	}
}

func TestSearch(t *testing.T) {
	w := newWorld(t)
	for body, want := range map[string]float64{
		`{}`:                 3,
		`{"query":"tanaka"}`: 1,
		`{"filterGroups":[{"filters":[{"propertyName":"lifecyclestage","operator":"EQ","value":"lead"}]}]}`:                                                                           1,
		`{"filterGroups":[{"filters":[{"propertyName":"lifecyclestage","operator":"EQ","value":"lead"}]},{"filters":[{"propertyName":"lastname","operator":"EQ","value":"Weiss"}]}]}`: 2,
		`{"filterGroups":[{"filters":[{"propertyName":"phone","operator":"HAS_PROPERTY"}]}]}`:                                                                                         0,
	} {
		if got := w.want(200, acme, "POST", "/crm/v3/objects/contacts/search", body)["total"]; got != want {
			t.Errorf("%s finds %v, want %v", body, got, want)
		}
	}
	w.want(400, acme, "POST", "/crm/v3/objects/contacts/search", `{"filterGroups":[{"filters":[{"propertyName":"a","operator":"LIKE"}]}]}`)
	w.want(400, acme, "POST", "/crm/v3/objects/contacts/search", `{`)
}

func TestFlows(t *testing.T) {
	w := newWorld(t)
	f := w.want(201, acme, "POST", "/automation/v4/flows", `{"name":"Remind","id":"7","actions":["create task"]}`)
	id := f["id"].(string)
	if id == "7" {
		t.Error("the client chose the number")
	}
	w.want(200, acme, "PUT", "/automation/v4/flows/"+id, `{"name":"Remind twice","isEnabled":true}`)
	w.want(404, other, "GET", "/automation/v4/flows/"+id, "")
	w.want(400, acme, "POST", "/automation/v4/flows", `{"actions":[]}`)
	w.want(204, acme, "DELETE", "/automation/v4/flows/"+id, "")
	w.want(404, acme, "PUT", "/automation/v4/flows/"+id, `{"name":"x"}`)
}

func TestCatalog_every_method_is_answered_here(t *testing.T) {
	w := newWorld(t)
	src, _ := catalogs.Builtin("crm")
	c, problems := catalog.Load("crm.yaml", src)
	if c == nil {
		t.Fatal(problems)
	}
	parameter := regexp.MustCompile(`\{[^}]*\}`)
	for _, m := range c.Methods() {
		path := parameter.ReplaceAllStringFunc(m.Path, func(p string) string {
			if p == "{object_type}" {
				return "cars"
			}
			return "4711"
		})
		if status, body := w.in(acme, m.Verb, path, `{"properties":{"a":"b"},"name":"n"}`); status == 405 || body["message"] == "Nothing is at this address." {
			t.Errorf("%s: %s %s answered %d %v", m.ID, m.Verb, path, status, body)
		}
	}
}
