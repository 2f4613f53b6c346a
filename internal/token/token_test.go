package token

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/google/go-cmp/cmp"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/jws"
	"prokura/internal/mark"
	"prokura/internal/scope"
)

const issuer = "https://prokura.example"

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// keys is a key with its signer and a verifier that knows it.
type keys struct {
	id       id.Key
	private  *ecdsa.PrivateKey
	signer   *Signer
	verifier *Verifier
}

func newKeys(t testing.TB) keys {
	t.Helper()
	private, err := entropy.SigningKey()
	if err != nil {
		t.Fatal(err)
	}
	key := entropy.ID[id.Key]()
	signer, err := NewSigner(issuer, key, private)
	if err != nil {
		t.Fatal(err)
	}
	return keys{key, private, signer, NewVerifier(issuer, map[id.Key]*ecdsa.PublicKey{key: &private.PublicKey})}
}

func newSession() *Session {
	return &Session{
		ID: entropy.ID[id.Session](), Tenant: entropy.ID[id.Tenant](), User: entropy.ID[id.User](), Name: "Ännä",
		Client: entropy.ID[id.Client](), Authorization: entropy.ID[id.Authorization](), Secret: entropy.ID[id.Secret](),
		Plan: "enterprise", Roles: []string{"user"}, PlatformRoles: []string{"operator"},
		Scopes: scope.NewSet(scope.MustParse("tableau:content:read"), scope.MustParse("tableau:views:download")),
		State:  mark.Number{Epoch: 1, N: 42}, Issued: noon, Expires: noon.Add(4 * time.Hour),
	}
}

func newIdentity() *Identity {
	return &Identity{
		Audience: "analytics", Session: entropy.ID[id.Session](), Tenant: entropy.ID[id.Tenant](), User: entropy.ID[id.User](),
		Name: "anna", Client: entropy.ID[id.Client](), Roles: []string{"user"}, PlatformRoles: []string{},
		Issued: noon, Expires: noon.Add(MaxIdentityLife),
	}
}

// forge signs any header and claims with the key, as nobody but we could.
func (k *keys) forge(t *testing.T, header, claims string) string {
	t.Helper()
	input := jws.Encode([]byte(header)) + "." + jws.Encode([]byte(claims))
	sig, err := sign(k.private, []byte(input))
	if err != nil {
		t.Fatal(err)
	}
	return input + "." + jws.Encode(sig)
}

// header is the good one of a kind.
func (k *keys) header(typ string) string {
	return `{"alg":"ES256","kid":"` + k.id.String() + `","typ":"` + typ + `"}`
}

func must(t testing.TB, raw string, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestSession_round_trip(t *testing.T) {
	k := newKeys(t)
	want := newSession()
	raw, err := k.signer.Session(want)
	must(t, raw, err)
	got, err := k.verifier.Session(raw, noon)
	if err != nil {
		t.Fatal(err)
	}
	want.Key = k.id
	if diff := cmp.Diff(*want, got, cmp.Comparer(scope.Set.Equal), cmp.AllowUnexported(id.Session{}, id.Tenant{}, id.User{}, id.Client{},
		id.Authorization{}, id.Secret{}, id.Key{})); diff != "" {
		t.Errorf("session differs:\n%s", diff)
	}
	if s := got.Subject(); s.Key != k.id || s.Session != want.ID || s.Plan != "enterprise" || s.Secret != want.Secret {
		t.Errorf("Subject = %+v", s)
	}
}

func TestIdentity_round_trip(t *testing.T) {
	k := newKeys(t)
	want := newIdentity()
	raw, err := k.signer.Identity(want)
	must(t, raw, err)
	got, err := k.verifier.Identity(raw, "analytics", noon)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*want, got, cmp.AllowUnexported(id.Session{}, id.Tenant{}, id.User{}, id.Client{})); diff != "" {
		t.Errorf("identity differs:\n%s", diff)
	}
	if _, err := k.verifier.Identity(raw, "other", noon); !errors.Is(err, ErrInvalid) {
		t.Errorf("another upstream takes it: %v", err)
	}
	if _, err := k.verifier.Identity(raw, "", noon); !errors.Is(err, ErrInvalid) {
		t.Errorf("an upstream without audience takes it: %v", err)
	}
}

// TestIdentity_is_read_by_a_library: an upstream that uses any JOSE library can verify what we sign.
func TestIdentity_is_read_by_a_library(t *testing.T) {
	k := newKeys(t)
	for range 20 { // half of all signatures were turned to the lower s
		raw, err := k.signer.Identity(newIdentity())
		must(t, raw, err)
		object, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		payload, err := object.Verify(&k.private.PublicKey)
		if err != nil {
			t.Fatal(err)
		}
		var claims map[string]any
		if err := json.Unmarshal(payload, &claims); err != nil || claims["iss"] != issuer || claims["aud"] != "analytics" {
			t.Errorf("claims = %v, %v", claims, err)
		}
		if got := object.Signatures[0].Header.KeyID; got != k.id.String() {
			t.Errorf("kid = %s", got)
		}
	}
}

// TestA086_alg: the algorithm is ours to say.
func TestA086_alg(t *testing.T) {
	k := newKeys(t)
	raw, err := k.signer.Session(newSession())
	must(t, raw, err)
	claims := payload(t, raw)
	for _, h := range []string{
		`{"alg":"none","kid":"KID","typ":"TYP"}`, `{"alg":"es256","kid":"KID","typ":"TYP"}`, `{"alg":"","kid":"KID","typ":"TYP"}`,
		`{"kid":"KID","typ":"TYP"}`, `{"alg":"ES384","kid":"KID","typ":"TYP"}`, `{"alg":"HS256","kid":"KID","typ":"TYP"}`,
		`{"alg":null,"kid":"KID","typ":"TYP"}`, `{"alg":["ES256"],"kid":"KID","typ":"TYP"}`,
		`{"alg":"ES256","kid":"KID","typ":"TYP","crit":["exp"]}`, `{"alg":"ES256","kid":"KID","typ":"TYP","jwk":{}}`,
		`{"alg":"ES256","kid":"KID","typ":"TYP","b64":false}`, `{"alg":"ES256","alg":"ES256","kid":"KID","typ":"TYP"}`,
		`{"alg":"ES256","typ":"TYP"}`, `{"alg":"ES256","kid":"","typ":"TYP"}`, `{"alg":"ES256","kid":"../KID","typ":"TYP"}`,
		`{"alg":"ES256","kid":"` + entropy.ID[id.Key]().String() + `","typ":"TYP"}`,
		`{"alg":"ES256","kid":"KID"}`, `{"alg":"ES256","kid":"KID","typ":"JWT"}`, `{"alg":"ES256","kid":"KID","typ":"at+jwt"}`,
		`{"alg":"ES256","kid":"KID","typ":"` + IdentityType + `"}`, `{"alg":"ES256","kid":"KID","typ":"` + strings.ToUpper(SessionType) + `"}`,
	} {
		h = strings.NewReplacer("KID", k.id.String(), "TYP", SessionType).Replace(h)
		if s, err := k.verifier.Session(k.forge(t, h, claims), noon); !errors.Is(err, ErrInvalid) || !s.ID.IsZero() {
			t.Errorf("header %s: %v", h, err)
		}
	}
	if _, err := k.verifier.Session(k.forge(t, k.header(SessionType), claims), noon); err != nil {
		t.Errorf("the good header: %v", err)
	}
	var zero Verifier
	if _, err := zero.Session(raw, noon); !errors.Is(err, ErrInvalid) {
		t.Errorf("the zero verifier: %v", err)
	}
}

// payload is the claims of a token as they stand in it.
func payload(t testing.TB, raw string) string {
	t.Helper()
	parts, problems := jws.Split(raw)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	return string(parts.Payload)
}

// TestA087_keys: another key under our id, our key under another's id, another curve.
func TestA087_keys(t *testing.T) {
	k, other := newKeys(t), newKeys(t)
	raw, err := k.signer.Session(newSession())
	must(t, raw, err)
	swapped := NewVerifier(issuer, map[id.Key]*ecdsa.PublicKey{k.id: &other.private.PublicKey})
	p384, err := ecdsa.GenerateKey(elliptic.P384(), nil) // the library has its own randomness
	if err != nil {
		t.Fatal(err)
	}
	curve := NewVerifier(issuer, map[id.Key]*ecdsa.PublicKey{k.id: &p384.PublicKey})
	elsewhere := NewVerifier("https://elsewhere.example", map[id.Key]*ecdsa.PublicKey{k.id: &k.private.PublicKey})
	for what, v := range map[string]*Verifier{"another's key": swapped, "no such key": other.verifier, "another curve": curve,
		"another issuer": elsewhere} {
		if _, err := v.Session(raw, noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := NewSigner(issuer, k.id, p384); err == nil {
		t.Error("a signer takes a key on P-384")
	}
}

// TestA095_names: a claim twice, in another case, or one that we never write.
func TestA095_names(t *testing.T) {
	k := newKeys(t)
	raw, err := k.signer.Session(newSession())
	must(t, raw, err)
	claims := payload(t, raw)
	for _, more := range []string{`"aud":"prokura"`, `"\u0061ud":"prokura"`, `"AUD":"prokura"`, `"new":1`, `"x":{"y":1,"y":2}`} {
		if _, err := k.verifier.Session(k.forge(t, k.header(SessionType), strings.TrimSuffix(claims, "}")+","+more+"}"), noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("with %s: %v", more, err)
		}
	}
	for _, c := range []string{`{}`, `[]`, `null`, ``, claims + claims, strings.Replace(claims, `"iat":`, `"iat":"1"+`, 1),
		strings.Replace(claims, `"exp":`, `"exp":1e400,"x":`, 1), strings.Replace(claims, `"sid":"`, `"sid":"X`, 1),
		strings.Replace(claims, `"aud":"prokura"`, `"aud":["prokura"]`, 1), strings.Replace(claims, `"aud":"prokura"`, `"aud":"other"`, 1),
		strings.Replace(claims, `"aud":"prokura"`, `"aud":null`, 1), strings.Replace(claims, `"scp":[`, `"scp":["a b",`, 1)} {
		if _, err := k.verifier.Session(k.forge(t, k.header(SessionType), c), noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("claims %s: %v", c, err)
		}
	}
}

// TestA099_signatures: 64 bytes r || s, both in range, the lower s, nothing else.
func TestA099_signatures(t *testing.T) {
	k := newKeys(t)
	raw, err := k.signer.Session(newSession())
	must(t, raw, err)
	input := raw[:strings.LastIndexByte(raw, '.')]
	parts, _ := jws.Split(raw)
	good := parts.Signature
	n := elliptic.P256().Params().N
	r, s := new(big.Int).SetBytes(good[:32]), new(big.Int).SetBytes(good[32:])
	digest := sha256.Sum256([]byte(input))
	der, err := k.private.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	pair := func(r, s *big.Int) []byte {
		out := make([]byte, 64)
		return append(r.FillBytes(out[:32]), s.FillBytes(out[32:])...)
	}
	high := new(big.Int).Sub(n, s)
	if !ecdsa.Verify(&k.private.PublicKey, digest[:], r, high) {
		t.Fatal("the higher s is no signature, so that this test shows nothing")
	}
	zero, over := new(big.Int), new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 256), big.NewInt(1))
	for what, sig := range map[string][]byte{
		"the higher s": pair(r, high), "r = 0": pair(zero, s), "s = 0": pair(r, zero), "both 0": make([]byte, 64), "r = n": pair(n, s),
		"s = n": pair(r, n), "r over all": pair(over, s), "s over all": pair(r, over), "r and s swapped": pair(s, r), "DER": der,
		"cut": good[:63], "one byte more": append([]byte{0}, good...), "two zeros more": append(append([]byte{0}, good[:32]...), append([]byte{0}, good[32:]...)...),
		"one byte": {1},
	} {
		if _, err := k.verifier.Session(input+"."+jws.Encode(sig), noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := k.verifier.Session(input+".", noon); !errors.Is(err, ErrInvalid) {
		t.Errorf("no signature: %v", err)
	}
	for i := range raw {
		c := byte('A')
		if raw[i] == 'A' {
			c = 'B'
		}
		if _, err := k.verifier.Session(raw[:i]+string(c)+raw[i+1:], noon); !errors.Is(err, ErrInvalid) {
			t.Fatalf("verifies with another character at position %d", i)
		}
	}
}

// TestA100_expired_and_badly_signed: a token says that it has expired only if we signed it, and never says more.
func TestA100_expired_and_badly_signed(t *testing.T) {
	k, other := newKeys(t), newKeys(t)
	raw, err := k.signer.Session(newSession())
	must(t, raw, err)
	late := noon.Add(5 * time.Hour)
	s, err := k.verifier.Session(raw, late)
	if !errors.Is(err, ErrExpired) || errors.Is(err, ErrInvalid) || !s.User.IsZero() {
		t.Errorf("an expired token: %v, %v", s.User, err)
	}
	forged := other.forge(t, k.header(SessionType), payload(t, raw))
	s, err = k.verifier.Session(forged, late)
	if !errors.Is(err, ErrInvalid) || errors.Is(err, ErrExpired) || !s.User.IsZero() {
		t.Errorf("an expired token, badly signed: %v, %v", s.User, err)
	}
	wrong := strings.Replace(payload(t, raw), `"aud":"prokura"`, `"aud":"other"`, 1)
	if _, err := k.verifier.Session(k.forge(t, k.header(SessionType), wrong), late); !errors.Is(err, ErrInvalid) {
		t.Errorf("an expired token for another: %v", err)
	}
}

// TestA101_kinds: a session is no identity, an identity no session, an assertion neither.
func TestA101_kinds(t *testing.T) {
	k := newKeys(t)
	session, err := k.signer.Session(newSession())
	must(t, session, err)
	identity, err := k.signer.Identity(newIdentity())
	must(t, identity, err)
	assertion := k.forge(t, `{"alg":"ES256","kid":"`+k.id.String()+`","typ":"JWT"}`, payload(t, session))
	for _, raw := range []string{identity, assertion, ""} {
		if _, err := k.verifier.Session(raw, noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("as a session: %v", err)
		}
	}
	for _, raw := range []string{session, assertion, ""} {
		if _, err := k.verifier.Identity(raw, "analytics", noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("as an identity: %v", err)
		}
	}
	// The type alone does not save a token of the other kind: its claims do not fit either.
	if _, err := k.verifier.Session(k.forge(t, k.header(SessionType), payload(t, identity)), noon); !errors.Is(err, ErrInvalid) {
		t.Errorf("identity claims in a session: %v", err)
	}
}

// TestA234_clock: no step of the clock makes a token live longer than its life and the skew.
func TestA234_clock(t *testing.T) {
	k := newKeys(t)
	raw, err := k.signer.Session(newSession())
	must(t, raw, err)
	for _, c := range []struct {
		now  time.Time
		want error
	}{
		{noon.Add(-Skew), nil},
		{noon.Add(-Skew - time.Second), ErrInvalid},
		{noon.Add(-time.Hour), ErrInvalid},
		{noon.Add(10 * 365 * 24 * time.Hour), ErrExpired},
		{time.Time{}, ErrInvalid},
	} {
		if _, err := k.verifier.Session(raw, c.now); !errors.Is(err, c.want) {
			t.Errorf("at %s: %v, want %v", c.now, err, c.want)
		}
	}
	for what, change := range map[string]func(*Session){
		"longer than 48 hours": func(s *Session) { s.Expires = s.Issued.Add(MaxLife + time.Second) },
		"no time at all":       func(s *Session) { s.Expires = s.Issued },
		"backwards":            func(s *Session) { s.Expires = s.Issued.Add(-time.Hour) },
		"zero issue":           func(s *Session) { s.Issued = time.Time{} },
		"zero expiry":          func(s *Session) { s.Expires = time.Time{} },
		"no session id":        func(s *Session) { s.ID = id.Session{} },
		"no secret id":         func(s *Session) { s.Secret = id.Secret{} },
		"no tenant":            func(s *Session) { s.Tenant = id.Tenant{} },
	} {
		s := newSession()
		change(s)
		if _, err := k.signer.Session(s); err == nil {
			t.Errorf("%s is signed", what)
		}
		if _, err := k.verifier.Session(k.forge(t, k.header(SessionType), marshal(t, s.claims(issuer))), noon); !errors.Is(err, ErrInvalid) {
			t.Errorf("%s is taken: %v", what, err)
		}
	}
	i := newIdentity()
	i.Expires = i.Issued.Add(MaxIdentityLife + time.Second)
	if _, err := k.signer.Identity(i); err == nil {
		t.Error("an identity of 121 seconds is signed")
	}
}

func marshal(t *testing.T, v any) string {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestA236_expiry: half-open at the second, and good past 2038 and in the year 9999.
func TestA236_expiry(t *testing.T) {
	k := newKeys(t)
	for _, begin := range []time.Time{noon, time.Date(2038, 1, 19, 3, 0, 0, 0, time.UTC), time.Date(9999, 12, 31, 12, 0, 0, 0, time.UTC)} {
		s := newSession()
		s.Issued, s.Expires = begin, begin.Add(4*time.Hour)
		raw, err := k.signer.Session(s)
		must(t, raw, err)
		if got, err := k.verifier.Session(raw, s.Expires.Add(-time.Nanosecond)); err != nil || !got.Expires.Equal(s.Expires) {
			t.Errorf("just before %s: %v", s.Expires, err)
		}
		if _, err := k.verifier.Session(raw, s.Expires); !errors.Is(err, ErrExpired) {
			t.Errorf("at %s: %v", s.Expires, err)
		}
	}
}

func TestSign_refuses_what_does_not_fit_a_header(t *testing.T) {
	k := newKeys(t)
	s := newSession()
	var scopes []scope.Scope
	for i := range 200 {
		scopes = append(scopes, scope.MustParse("tableau:resource_"+strings.Repeat("x", i%10)+string(rune('a'+i%26))+string(rune('a'+i/26))+":read"))
	}
	s.Scopes = scope.NewSet(scopes...)
	if _, err := k.signer.Session(s); !errors.Is(err, ErrTooLarge) {
		t.Errorf("200 scopes: %v", err)
	}
	s.Scopes = scope.NewSet(scopes[:80]...)
	raw, err := k.signer.Session(s)
	if err != nil || len(raw) > MaxSize {
		t.Errorf("80 scopes: %d bytes, %v", len(raw), err)
	}
}

func FuzzSession(f *testing.F) {
	k := newKeys(f)
	raw, err := k.signer.Session(newSession())
	must(f, raw, err)
	f.Add(k.header(SessionType), payload(f, raw), true)
	f.Add(k.header(IdentityType), payload(f, raw), true)
	f.Add(`{"alg":"none"}`, `{"aud":"prokura","aud":"x"}`, false)
	f.Fuzz(func(t *testing.T, header, claims string, signed bool) {
		forged := jws.Encode([]byte(header)) + "." + jws.Encode([]byte(claims)) + "." + jws.Encode(make([]byte, 64))
		if signed {
			forged = k.forge(t, header, claims)
		}
		s, err := k.verifier.Session(forged, noon)
		if err == nil && (!signed || s.Tenant.IsZero() || !noon.Before(s.Expires)) {
			t.Errorf("%s %s is taken", header, claims)
		}
		if err != nil && !s.ID.IsZero() {
			t.Error("claims beside an error")
		}
	})
}

func BenchmarkSignSession(b *testing.B) {
	k, s := newKeys(b), newSession()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.signer.Session(s); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerifySession(b *testing.B) {
	k := newKeys(b)
	raw, err := k.signer.Session(newSession())
	must(b, raw, err)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := k.verifier.Session(raw, noon); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLibrary does the same with a JOSE library and its own checks only: no duplicate names, no canonical base64, no
// low s. It is what calling crypto/ecdsa directly is compared with.
func BenchmarkLibrary(b *testing.B) {
	k, s := newKeys(b), newSession()
	opts := (&jose.SignerOptions{}).WithType(SessionType).WithHeader("kid", k.id.String())
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: k.private}, opts)
	if err != nil {
		b.Fatal(err)
	}
	raw, err := k.signer.Session(s)
	must(b, raw, err)
	b.Run("sign", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			payload, err := json.Marshal(s.claims(issuer))
			if err != nil {
				b.Fatal(err)
			}
			object, err := signer.Sign(payload)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := object.CompactSerialize(); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("verify", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			object, err := jose.ParseSignedCompact(raw, []jose.SignatureAlgorithm{jose.ES256})
			if err != nil {
				b.Fatal(err)
			}
			payload, err := object.Verify(&k.private.PublicKey)
			if err != nil {
				b.Fatal(err)
			}
			var c sessionClaims
			if err := json.Unmarshal(payload, &c); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// TestSession_TooLarge_is_said_in_time: whatever is not called too large fits.
func TestSession_TooLarge_is_said_in_time(t *testing.T) {
	k := newKeys(t)
	s := newSession()
	for n := 1; ; n++ {
		s.Scopes = s.Scopes.Union(scope.NewSet(scope.MustParse(fmt.Sprintf("tableau:resource_%d:read", n))))
		s.Name += "\x01"
		if s.TooLarge() {
			if n < 40 {
				t.Errorf("%d scopes are called too large", n)
			}
			return
		}
		if raw, err := k.signer.Session(s); err != nil || len(raw) > MaxSize {
			t.Fatalf("%d scopes: %d bytes, %v", n, len(raw), err)
		}
	}
}
