package analytics

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"prokura/examples/identity"
)

func TestIdentity_nothing_but_a_good_header_says_who_calls(t *testing.T) {
	w := newWorld(t)
	stranger := newKey(t)
	with := func(name string, value any) string {
		c := w.claimsOf(uma)
		if value == nil {
			delete(c, name)
		} else {
			c[name] = value
		}
		return w.header(c)
	}
	now := w.clock.Load()
	good := w.header(w.claimsOf(uma))
	parts := strings.Split(good, ".")
	tests := []struct {
		what   string
		header []string
		code   int // 0: let in
	}{
		{"a good header", []string{good}, 0},
		{"no header", nil, 401000},
		{"an empty header", []string{""}, 401002},
		{"two headers", []string{good, good}, 401002},
		{"not a JWS", []string{"uma@example.com"}, 401002},
		{"a header that is too long", []string{strings.Repeat("a", identity.Longest+1)}, 401002},
		{"signed by somebody else under our key ID", []string{sign(t, stranger, jose.ES256, "key-1", identity.Type, w.claimsOf(uma))}, 401002},
		{"signed with a key that the issuer does not have", []string{sign(t, stranger, jose.ES256, "key-9", identity.Type, w.claimsOf(uma))}, 401002},
		{"signed with HS256", []string{sign(t, []byte("0123456789abcdef0123456789abcdef"), jose.HS256, "key-1", identity.Type, w.claimsOf(uma))}, 401002},
		{"unsigned", []string{"eyJhbGciOiJub25lIiwidHlwIjoicHJva3VyYS1pZGVudGl0eStqd3QifQ." + parts[1] + "."}, 401002},
		{"without its signature", []string{parts[0] + "." + parts[1] + "."}, 401002},
		{"a session token", []string{sign(t, w.issuer.keys["key-1"], jose.ES256, "key-1", "prokura-session+jwt", w.claimsOf(uma))}, 401002},
		{"no type", []string{sign(t, w.issuer.keys["key-1"], jose.ES256, "key-1", "", w.claimsOf(uma))}, 401002},
		{"for another audience", []string{with("aud", "other")}, 401002},
		{"for several audiences", []string{with("aud", []string{testAudience})}, 401002},
		{"for nobody", []string{with("aud", nil)}, 401002},
		{"of another issuer", []string{with("iss", "https://elsewhere.example")}, 401002},
		{"expired", []string{with("exp", now-int64(identity.Skew/time.Second))}, 401002},
		{"expired within the skew", []string{with("exp", now-1)}, 0},
		{"without exp", []string{with("exp", nil)}, 401002},
		{"without iat", []string{with("iat", nil)}, 401002},
		{"issued in the future", []string{with("iat", now+30)}, 401002},
		{"living too long", []string{with("exp", now+301)}, 401002},
		{"a user that would be a path", []string{with("sub", "../../etc")}, 401002},
		{"a tenant that would be a path", []string{with("tenant", "../"+siteID)}, 401002},
		{"a client that acts for itself", []string{with("sub", "client:"+siteID)}, 401002},
		{"a tenant in another form", []string{with("tenant", strings.ToUpper(siteID))}, 401002},
	}
	for _, tt := range tests {
		t.Run(tt.what, func(t *testing.T) {
			h := http.Header{identity.Header: tt.header}
			a := w.send("GET", "/api/3.21/sites/"+siteID+"/projects", nil, h)
			a.t = t
			if tt.code == 0 {
				a.want(200)
			} else {
				a.refused(tt.code)
			}
		})
	}
}

func TestA135_identity_in_other_headers_is_ignored(t *testing.T) {
	w := newWorld(t)
	good := w.header(w.claimsOf(uma))
	for _, name := range []string{"X-Identity", "Prokura_Identity", "X-Tableau-Auth", "Authorization", "X-Forwarded-User"} {
		w.send("GET", "/api/3.21/sites/"+siteID+"/projects", nil, http.Header{name: {good}}).refused(401000)
	}
}

func TestIdentity_the_site_in_the_path_must_be_the_callers(t *testing.T) {
	w := newWorld(t)
	h := http.Header{identity.Header: {w.header(w.claimsOf(ada))}} // even the operator
	for _, site := range []string{otherID, nobody, "mycompany", "x"} {
		w.send("GET", "/api/3.21/sites/"+site+"/projects", nil, h).refused(403004)
		w.send("DELETE", "/api/3.21/sites/"+site, nil, h).refused(403004)
	}
}

func TestKeys_are_fetched_when_needed_and_not_more(t *testing.T) {
	w := newWorld(t)
	get := func(kid string) answered {
		h := http.Header{identity.Header: {sign(t, w.issuer.keys[kid], jose.ES256, kid, identity.Type, w.claimsOf(uma))}}
		return w.send("GET", "/api/3.21/sites/"+siteID+"/projects", nil, h)
	}
	fetches := func(want int) {
		t.Helper()
		if w.issuer.fetches != want {
			t.Fatalf("%d fetches, want %d", w.issuer.fetches, want)
		}
	}
	get("key-1").want(200)
	get("key-1").want(200)
	fetches(1)

	// A new key within the pause: refused, without a fetch for each try.
	w.issuer.mu.Lock()
	w.issuer.keys["key-2"] = newKey(t)
	w.issuer.mu.Unlock()
	get("key-2").refused(401002)
	get("key-2").refused(401002)
	fetches(1)
	w.tick(identity.KeysPause)
	get("key-2").want(200)
	fetches(2)

	// The issuer goes away: known keys stay good for a while, and then nobody gets in.
	w.issuer.mu.Lock()
	w.issuer.broken = true
	w.issuer.mu.Unlock()
	w.tick(identity.KeysFresh)
	get("key-1").want(200)
	fetches(3)
	w.tick(identity.KeysUsable)
	get("key-1").refused(503000)

	// It comes back, and a key is gone: so are its headers.
	w.issuer.mu.Lock()
	w.issuer.broken = false
	gone := w.issuer.keys["key-1"]
	delete(w.issuer.keys, "key-1")
	w.issuer.mu.Unlock()
	w.tick(identity.KeysRetry)
	get("key-2").want(200)
	h := http.Header{identity.Header: {sign(t, gone, jose.ES256, "key-1", identity.Type, w.claimsOf(uma))}}
	w.send("GET", "/api/3.21/sites/"+siteID+"/projects", nil, h).refused(401002)
}
