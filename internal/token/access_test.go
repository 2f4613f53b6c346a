package token

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
)

func newAccess() *Access {
	return &Access{
		ID: entropy.ID[id.Session](), Tenant: entropy.ID[id.Tenant](), User: entropy.ID[id.User](), Name: "Ännä",
		Client: entropy.ID[id.Client](), Authorization: entropy.ID[id.Authorization](), Grant: entropy.ID[id.Grant](),
		Plan: "enterprise", Roles: []string{"user"}, PlatformRoles: []string{"operator"},
		Scopes: scope.NewSet(scope.MustParse("crm.read"), scope.MustParse("crm.write")),
		State:  mark.Number{Epoch: 1, N: 42}, Issued: noon, Expires: noon.Add(30 * time.Minute),
	}
}

// own is that of a client for itself.
func own() *Access {
	a := newAccess()
	a.User, a.Name, a.Roles, a.PlatformRoles, a.Grant, a.Authorization = id.User{}, "", nil, nil, id.Grant{}, id.Authorization{}
	return a
}

// asserted is that of an assertion.
func asserted() *Access {
	a := newAccess()
	a.Grant, a.Secret = id.Grant{}, entropy.ID[id.Secret]()
	return a
}

func TestAccess_round_trip(t *testing.T) {
	k := newKeys(t)
	bare := newAccess()
	bare.Scopes, bare.Roles, bare.PlatformRoles = scope.Set{}, nil, nil
	for name, want := range map[string]*Access{"of a grant": newAccess(), "of an assertion": asserted(), "of a client": own(), "without scopes": bare} {
		raw, err := k.signer.Access(want)
		must(t, raw, err)
		got, err := k.verifier.Access(raw, noon)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		want.Key = k.id
		if diff := cmp.Diff(*want, got, cmp.Comparer(scope.Set.Equal), cmp.AllowUnexported(id.Session{}, id.Tenant{}, id.User{}, id.Client{},
			id.Authorization{}, id.Grant{}, id.Secret{}, id.Key{})); diff != "" {
			t.Errorf("%s differs:\n%s", name, diff)
		}
		if s := got.Subject(); s.Key != k.id || s.Session != want.ID || s.Plan != "enterprise" || s.Grant != want.Grant || s.User != want.User ||
			s.Authorization != want.Authorization || s.Client != want.Client || s.Tenant != want.Tenant || s.Secret != want.Secret {
			t.Errorf("%s: Subject = %+v", name, s)
		}
	}
}

// TestAccess_is_what_RFC_9068_says.
func TestAccess_is_what_RFC_9068_says(t *testing.T) {
	k := newKeys(t)
	a := newAccess()
	raw, err := k.signer.Access(a)
	must(t, raw, err)
	var claims map[string]any
	if err := json.Unmarshal([]byte(payload(t, raw)), &claims); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]any{"iss": issuer, "aud": issuer, "sub": a.User.String(), "client_id": a.Client.String(),
		"jti": a.ID.String(), "scope": "crm.read crm.write", "iat": float64(noon.Unix()), "exp": float64(noon.Unix() + 1800), "tenant": a.Tenant.String()} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %v", name, claims[name], want)
		}
	}
	c := own()
	raw, err = k.signer.Access(c)
	must(t, raw, err)
	claims = nil
	if err := json.Unmarshal([]byte(payload(t, raw)), &claims); err != nil || claims["sub"] != "client:"+c.Client.String() {
		t.Errorf("a client for itself is %v, %v", claims["sub"], err)
	}
	for _, name := range []string{"grant", "auth", "sec", "name", "roles", "platform_roles"} {
		if v, ok := claims[name]; ok {
			t.Errorf("it has %s: %v", name, v)
		}
	}
}

// TestA101_the_kinds_never_stand_in_for_each_other, not even with each other's claims.
func TestA101_the_kinds_never_stand_in_for_each_other(t *testing.T) {
	k := newKeys(t)
	access, err := k.signer.Access(newAccess())
	must(t, access, err)
	session, err := k.signer.Session(newSession())
	must(t, session, err)
	identity, err := k.signer.Identity(newIdentity())
	must(t, identity, err)
	for _, raw := range []string{session, identity} {
		if a, err := k.verifier.Access(raw, noon); !errors.Is(err, ErrInvalid) || !a.ID.IsZero() {
			t.Errorf("taken for an access token: %v", err)
		}
		if a, err := k.verifier.Access(k.forge(t, k.header(AccessType), payload(t, raw)), noon); !errors.Is(err, ErrInvalid) || !a.ID.IsZero() {
			t.Errorf("its claims are taken for those of an access token: %v", err)
		}
	}
	for _, raw := range []string{access, k.forge(t, k.header(SessionType), payload(t, access)), k.forge(t, k.header(IdentityType), payload(t, access))} {
		if s, err := k.verifier.Session(raw, noon); !errors.Is(err, ErrInvalid) || !s.ID.IsZero() {
			t.Errorf("taken for a session: %v", err)
		}
		if i, err := k.verifier.Identity(raw, issuer, noon); !errors.Is(err, ErrInvalid) || !i.Session.IsZero() {
			t.Errorf("taken for an identity: %v", err)
		}
	}
	for _, typ := range []string{"AT+JWT", "application/at+jwt", "JWT", ""} {
		if _, err := k.verifier.Access(k.forge(t, k.header(typ), payload(t, access)), noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("typ %q: %v", typ, err)
		}
	}
}

// TestAccess_what_must_hold_of_it, when it is signed and when it is read.
func TestAccess_what_must_hold_of_it(t *testing.T) {
	k := newKeys(t)
	for name, a := range map[string]*Access{
		"no id":                        with(newAccess(), func(a *Access) { a.ID = id.Session{} }),
		"no tenant":                    with(newAccess(), func(a *Access) { a.Tenant = id.Tenant{} }),
		"no client":                    with(newAccess(), func(a *Access) { a.Client = id.Client{} }),
		"a user without a grant":       with(newAccess(), func(a *Access) { a.Grant = id.Grant{} }),
		"a user with grant and secret": with(newAccess(), func(a *Access) { a.Secret = entropy.ID[id.Secret]() }),
		"a user without authorization": with(newAccess(), func(a *Access) { a.Authorization = id.Authorization{} }),
		"a client with a grant":        with(own(), func(a *Access) { a.Grant = entropy.ID[id.Grant]() }),
		"a client with roles":          with(own(), func(a *Access) { a.Roles = []string{"super_admin"} }),
		"a client with platform roles": with(own(), func(a *Access) { a.PlatformRoles = []string{"operator"} }),
		"a client with a name":         with(own(), func(a *Access) { a.Name = "ada" }),
		"a life of 48 hours and a bit": with(newAccess(), func(a *Access) { a.Expires = a.Issued.Add(MaxLife + time.Second) }),
		"an end before the beginning":  with(newAccess(), func(a *Access) { a.Expires = a.Issued }),
		"no dates":                     with(newAccess(), func(a *Access) { a.Issued, a.Expires = time.Time{}, time.Time{} }),
		"a secret, but no user":        with(own(), func(a *Access) { a.Secret = entropy.ID[id.Secret]() }),
	} {
		if _, err := k.signer.Access(a); err == nil {
			t.Errorf("%s is signed", name)
		}
		claims, err := json.Marshal(a.claims(issuer))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := k.verifier.Access(k.forge(t, k.header(AccessType), string(claims)), noon); !errors.Is(err, ErrInvalid) || !got.ID.IsZero() {
			t.Errorf("%s is read: %v", name, err)
		}
	}
	good := newAccess()
	raw, err := k.signer.Access(good)
	must(t, raw, err)
	claims := payload(t, raw)
	for name, c := range map[string]string{
		"another client's subject": strings.Replace(claims, `"sub":"`+good.User.String(), `"sub":"client:`+entropy.ID[id.Client]().String(), 1),
		"a subject of no kind":     strings.Replace(claims, `"sub":"`, `"sub":"user:`, 1),
		"another audience":         strings.Replace(claims, `"aud":"`+issuer, `"aud":"https://elsewhere.example`, 1),
		"an audience in a list":    strings.Replace(claims, `"aud":"`+issuer+`"`, `"aud":["`+issuer+`"]`, 1),
		"another issuer":           strings.Replace(claims, `"iss":"`+issuer, `"iss":"https://elsewhere.example`, 1),
		"two spaces in scope":      strings.Replace(claims, `crm.read crm.write`, `crm.read  crm.write`, 1),
		"scope as a list":          strings.Replace(claims, `"crm.read crm.write"`, `["crm.read"]`, 1),
		"a claim more":             strings.TrimSuffix(claims, "}") + `,"cnf":{}}`,
		"a claim twice":            strings.TrimSuffix(claims, "}") + `,"scope":"x"}`,
	} {
		if c == claims {
			t.Fatalf("%s: nothing was replaced", name)
		}
		if _, err := k.verifier.Access(k.forge(t, k.header(AccessType), c), noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := k.verifier.Access(raw, good.Expires); !errors.Is(err, ErrExpired) {
		t.Errorf("at the second of exp: %v", err)
	}
	if _, err := k.verifier.Access(raw, good.Issued.Add(-Skew-time.Second)); !errors.Is(err, ErrInvalid) {
		t.Errorf("before it was issued: %v", err)
	}
}

func with(a *Access, alter func(*Access)) *Access {
	alter(a)
	return a
}

// TestAccess_TooLarge_is_said_in_time: whatever is not called too large fits.
func TestAccess_TooLarge_is_said_in_time(t *testing.T) {
	k := newKeys(t)
	a := newAccess()
	a.Secret = id.Secret{}
	for n := 1; ; n++ {
		a.Scopes = a.Scopes.Union(scope.NewSet(scope.MustParse(fmt.Sprintf("crm.resource_%d.read", n))))
		a.Name += "\x01"
		if a.TooLarge() {
			if n < 40 {
				t.Errorf("%d scopes are called too large", n)
			}
			return
		}
		if raw, err := k.signer.Access(a); err != nil || len(raw) > MaxSize {
			t.Fatalf("%d scopes: %d bytes, %v", n, len(raw), err)
		}
	}
}

// TestIdentity_of_a_client_for_itself names it in a namespace of its own.
func TestIdentity_of_a_client_for_itself(t *testing.T) {
	k := newKeys(t)
	i := newIdentity()
	i.User, i.Name, i.Roles, i.PlatformRoles = id.User{}, "", nil, nil
	raw, err := k.signer.Identity(i)
	must(t, raw, err)
	got, err := k.verifier.Identity(raw, i.Audience, noon)
	if err != nil || !got.User.IsZero() || got.Client != i.Client {
		t.Errorf("%+v, %v", got, err)
	}
	if !strings.Contains(payload(t, raw), `"sub":"client:`+i.Client.String()+`"`) {
		t.Errorf("%s", payload(t, raw))
	}
	i.Name = "ada"
	if _, err := k.signer.Identity(i); err == nil {
		t.Error("with a user's name")
	}
}

// FuzzAccess: no claims that we did not sign are believed, and none leave the verifier beside an error.
func FuzzAccess(f *testing.F) {
	k := newKeys(f)
	raw, err := k.signer.Access(newAccess())
	must(f, raw, err)
	f.Add(k.header(AccessType), payload(f, raw), true)
	f.Add(k.header(SessionType), payload(f, raw), true)
	f.Fuzz(func(t *testing.T, header, claims string, signed bool) {
		forged := raw[:strings.LastIndexByte(raw, '.')] + "." + claims
		if signed {
			forged = k.forge(t, header, claims)
		}
		a, err := k.verifier.Access(forged, noon)
		if err == nil && (!signed || a.Tenant.IsZero() || !noon.Before(a.Expires) || a.sound() != nil) {
			t.Errorf("%s %s is taken", header, claims)
		}
		if err != nil && !a.ID.IsZero() {
			t.Error("claims beside an error")
		}
	})
}

func BenchmarkSignAccess(b *testing.B) {
	k, a := newKeys(b), newAccess()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.signer.Access(a); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifyAccess(b *testing.B) {
	k := newKeys(b)
	raw, err := k.signer.Access(newAccess())
	must(b, raw, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.verifier.Access(raw, noon); err != nil {
			b.Fatal(err)
		}
	}
}
