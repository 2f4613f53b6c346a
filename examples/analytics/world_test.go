package analytics

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"prokura/examples/identity"
)

// The people and places of the tests.
const (
	siteID  = "5d1ac6a8-0000-4000-8000-000000000001"
	otherID = "5d1ac6a8-0000-4000-8000-000000000002"
	ada     = "a0000000-0000-4000-8000-000000000001" // super administrator and operator
	sam     = "a0000000-0000-4000-8000-000000000002" // site administrator
	uma     = "a0000000-0000-4000-8000-000000000003" // user
	ulf     = "a0000000-0000-4000-8000-000000000004" // another user
	ola     = "a0000000-0000-4000-8000-000000000005" // user of the other site
	nobody  = "dead0000-0000-4000-8000-00000000dead" // nobody and nothing
)

const testAudience = "content"

// world is a content server with everything around it, all of it real but /v1.
type world struct {
	t      *testing.T
	v1     *fakeV1
	issuer *testIssuer
	cfg    Config
	server *Server
	url    string
	clock  *atomic.Int64 // Unix seconds
}

// testIssuer signs identity headers and publishes its keys, as Prokura does.
type testIssuer struct {
	url     string
	mu      sync.Mutex
	keys    map[string]*ecdsa.PrivateKey // published
	fetches int
	broken  bool
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newIssuer(t *testing.T) *testIssuer {
	is := &testIssuer{keys: map[string]*ecdsa.PrivateKey{"key-1": newKey(t)}}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		is.mu.Lock()
		defer is.mu.Unlock()
		is.fetches++
		if is.broken || r.URL.Path != "/.well-known/jwks.json" {
			http.Error(w, "broken", http.StatusInternalServerError)
			return
		}
		var set jose.JSONWebKeySet
		for id, key := range is.keys {
			set.Keys = append(set.Keys, jose.JSONWebKey{Key: key.Public(), KeyID: id, Algorithm: "ES256", Use: "sig"})
		}
		json.NewEncoder(w).Encode(set)
	}))
	t.Cleanup(srv.Close)
	is.url = srv.URL
	return is
}

// sign makes a compact JWS of any claims, with any key.
func sign(t *testing.T, key any, alg jose.SignatureAlgorithm, kid, typ string, claims any) string {
	t.Helper()
	payload, err := json.Marshal(claims)
	if err != nil {
		t.Fatal(err)
	}
	opts := (&jose.SignerOptions{}).WithHeader("kid", kid)
	if typ != "" {
		opts = opts.WithType(jose.ContentType(typ))
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, opts)
	if err != nil {
		t.Fatal(err)
	}
	jws, err := signer.Sign(payload)
	if err != nil {
		t.Fatal(err)
	}
	s, err := jws.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, v1: newFakeV1(t), issuer: newIssuer(t), clock: new(atomic.Int64)}
	w.clock.Store(epoch().Unix())
	w.v1.addTenant(siteID, "My Company", "mycompany")
	w.v1.addTenant(otherID, "Other Company", "other")
	w.v1.addUser(siteID, member{ID: ada, Name: "ada@example.com", FullName: "Ada Lind", Email: "ada@example.com", Roles: []string{roleSuper}, PlatformRoles: []string{roleOperator}})
	w.v1.addUser(siteID, member{ID: sam, Name: "sam@example.com", FullName: "Sam Berg", Email: "sam@example.com", Roles: []string{roleAdmin}})
	w.v1.addUser(siteID, member{ID: uma, Name: "uma@example.com", FullName: "Uma Dahl", Email: "uma@example.com", Roles: []string{roleUser}})
	w.v1.addUser(siteID, member{ID: ulf, Name: "ulf@example.com", FullName: "Ulf Ek", Email: "ulf@example.com", Roles: []string{roleUser}})
	w.v1.addUser(otherID, member{ID: ola, Name: "ola@example.com", FullName: "Ola Ås", Email: "ola@example.com", Roles: []string{roleAdmin}})
	admin := httptest.NewServer(w.v1)
	t.Cleanup(admin.Close)
	w.cfg = Config{Issuer: w.issuer.url, Audience: testAudience, Data: t.TempDir(), AdminURL: admin.URL, AdminToken: w.v1.token,
		Now: func() time.Time { return time.Unix(w.clock.Load(), 0).UTC() }}
	w.start()
	return w
}

// start starts the server, or starts it again on the same directory.
func (w *world) start() {
	w.t.Helper()
	s, err := New(w.cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	srv := httptest.NewServer(s)
	w.t.Cleanup(func() { srv.Close(); s.Close() })
	w.server, w.url = s, srv.URL
}

func (w *world) tick(d time.Duration) { w.clock.Add(int64(d / time.Second)) }

// claimsOf are good claims of that user.
func (w *world) claimsOf(user string) map[string]any {
	site := siteID
	if user == ola {
		site = otherID
	}
	now := w.clock.Load()
	c := map[string]any{"iss": w.issuer.url, "aud": testAudience, "sub": user, "iat": now, "exp": now + 60, "sid": newID(),
		"tenant": site, "client_id": newID(), "roles": []string{}, "platform_roles": []string{}}
	w.v1.mu.Lock()
	defer w.v1.mu.Unlock()
	for _, m := range w.v1.tenants[site].users {
		if m.ID == user {
			c["name"], c["roles"], c["platform_roles"] = m.Name, m.Roles, m.PlatformRoles
		}
	}
	return c
}

func (w *world) header(claims map[string]any) string {
	w.t.Helper()
	return sign(w.t, w.issuer.keys["key-1"], jose.ES256, "key-1", identity.Type, claims)
}

// answered is what came back.
type answered struct {
	t      *testing.T
	status int
	header http.Header
	body   []byte
}

// call makes a request as a user; the path is below /api/3.21 and {site} in it is the user's site. A body that begins
// with < or { gets its Content-Type.
func (w *world) call(user, verb, path, body string, headers ...string) answered {
	w.t.Helper()
	claims := w.claimsOf(user)
	path = strings.ReplaceAll(path, "{site}", claims["tenant"].(string))
	h := http.Header{identity.Header: {w.header(claims)}}
	switch {
	case strings.HasPrefix(body, "<"):
		body = "<tsRequest>" + body + "</tsRequest>"
		h.Set("Content-Type", "text/xml")
	case strings.HasPrefix(body, "{"):
		h.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	return w.send(verb, "/api/3.21"+path, strings.NewReader(body), h)
}

func (w *world) send(verb, path string, body io.Reader, h http.Header) answered {
	w.t.Helper()
	req, err := http.NewRequest(verb, w.url+path, body)
	if err != nil {
		w.t.Fatal(err)
	}
	maps.Copy(req.Header, h)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return answered{w.t, resp.StatusCode, resp.Header, raw}
}

// tree reads an XML answer with an ordinary parser that insists on the namespace, as clients do.
type tree struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Kids    []tree     `xml:",any"`
	Text    string     `xml:",chardata"`
}

func (a answered) tree() tree {
	a.t.Helper()
	var root tree
	if err := xml.Unmarshal(a.body, &root); err != nil {
		a.t.Fatalf("answer is not XML: %v\n%s", err, a.body)
	}
	if root.XMLName != (xml.Name{Space: namespace, Local: "tsResponse"}) {
		a.t.Fatalf("root is %v", root.XMLName)
	}
	return root
}

// all gives every element of that name, at any depth.
func (t tree) all(name string) []tree {
	var found []tree
	for _, k := range t.Kids {
		if k.XMLName == (xml.Name{Space: namespace, Local: name}) {
			found = append(found, k)
		}
		found = append(found, k.all(name)...)
	}
	return found
}

func (t tree) attr(name string) string {
	for _, a := range t.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// one gives the first element of that name.
func (a answered) one(name string) tree {
	a.t.Helper()
	found := a.tree().all(name)
	if len(found) == 0 {
		a.t.Fatalf("no %s in %d %s", name, a.status, a.body)
	}
	return found[0]
}

// names gives the name attributes of all elements of a kind.
func (a answered) names(kind string) string {
	a.t.Helper()
	var names []string
	for _, e := range a.tree().all(kind) {
		names = append(names, e.attr("name"))
	}
	return strings.Join(names, ",")
}

// want checks the status.
func (a answered) want(status int) answered {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status is %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// refused checks that the answer is an error with that code and both texts.
func (a answered) refused(code int) answered {
	a.t.Helper()
	if a.status != code/1000 {
		a.t.Fatalf("status is %d, want %d: %s", a.status, code/1000, a.body)
	}
	e := a.one("error")
	if got := e.attr("code"); got != fmt.Sprint(code) {
		a.t.Fatalf("code is %s, want %d: %s", got, code, a.body)
	}
	if len(e.Kids) != 2 || e.Kids[0].Text == "" || e.Kids[1].Text == "" {
		a.t.Fatalf("summary or detail is missing: %s", a.body)
	}
	return a
}

// part is one part of a publishing; disposition stands there as it is.
type part struct{ disposition, contentType, body string }

func payload(xml string) part {
	return part{`name="request_payload"`, "text/xml", "<tsRequest>" + xml + "</tsRequest>"}
}

func file(kind, filename, body string) part {
	return part{fmt.Sprintf(`name="%s"; filename="%s"`, kind, filename), "application/octet-stream", body}
}

// publish sends a multipart/mixed request.
func (w *world) publish(user, path string, parts ...part) answered {
	w.t.Helper()
	var b bytes.Buffer
	m := multipart.NewWriter(&b)
	for _, p := range parts {
		h := textproto.MIMEHeader{"Content-Disposition": {p.disposition}}
		if p.contentType != "" {
			h.Set("Content-Type", p.contentType)
		}
		out, err := m.CreatePart(h)
		if err != nil {
			w.t.Fatal(err)
		}
		io.WriteString(out, p.body)
	}
	m.Close()
	return w.call(user, "POST", path, b.String(), "Content-Type", `multipart/mixed; boundary="`+m.Boundary()+`"`)
}

// workbook publishes a workbook with two sheets and a dashboard.
func (w *world) workbook(user, name string) tree {
	w.t.Helper()
	raw, err := workbookPackage(SeedWorkbook{Name: name, Sheets: []string{"Sheet One", "Sheet Two"}, Dashboards: []string{"Overview"},
		Table: Table{Columns: []string{"A"}, Rows: [][]string{{"1"}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.publish(user, "/sites/{site}/workbooks", payload(`<workbook name="`+name+`" showTabs="true"/>`),
		file("tableau_workbook", name+".twbx", string(raw))).want(201).one("workbook")
}

// datasource publishes a data source.
func (w *world) datasource(user, name string) tree {
	w.t.Helper()
	raw, err := dataSourcePackage(SeedDataSource{Name: name, Table: demoBudget()})
	if err != nil {
		w.t.Fatal(err)
	}
	return w.publish(user, "/sites/{site}/datasources", payload(`<datasource name="`+name+`"/>`),
		file("tableau_datasource", name+".tdsx", string(raw))).want(201).one("datasource")
}
