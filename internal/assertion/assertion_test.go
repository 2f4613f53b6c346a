package assertion

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"fmt"
	"hash"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"prokura/internal/jws"
	"prokura/internal/refusal"
)

const (
	goodHeader = `{"alg":"HS256","kid":"9b3c1c5e-0d1f-4d83-9a52-2f6f0a0d1a11","typ":"JWT"}`
	goodClaims = `{"iss":"8e1b7172-39c3-4a32-887e-fc2b4119f56d","sub":"anna","aud":"tableau","exp":1900000000,"jti":"j-1","scp":["tableau:content:read"]}`
)

var secret = []byte("vXmnTBKGXnsPsXzDbPxlmP3lPzZV3nmbXLvZDPj1OPM=")

// sign makes a token of any header and claims.
func sign(header, claims string, key []byte) string {
	input := jws.Encode([]byte(header)) + "." + jws.Encode([]byte(claims))
	return input + "." + jws.Encode(mac(sha256.New, key, input))
}

func mac(h func() hash.Hash, key []byte, input string) []byte {
	m := hmac.New(h, key)
	m.Write([]byte(input))
	return m.Sum(nil)
}

// claims are the good ones with one replaced; an empty value leaves it out.
func claims(name, value string) string {
	all := []struct{ name, value string }{
		{"iss", `"8e1b7172-39c3-4a32-887e-fc2b4119f56d"`}, {"sub", `"anna"`}, {"aud", `"tableau"`}, {"exp", `1900000000`},
		{"jti", `"j-1"`}, {"scp", `["tableau:content:read"]`},
	}
	var parts []string
	found := false
	for _, c := range all {
		if c.name == name {
			c.value, found = value, true
		}
		if c.value != "" {
			parts = append(parts, fmt.Sprintf("%q:%s", c.name, c.value))
		}
	}
	if !found {
		parts = append(parts, fmt.Sprintf("%q:%s", name, value))
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func TestParse_reads_what_a_connected_app_signs(t *testing.T) {
	a := Parse(sign(goodHeader, goodClaims, secret))
	if !a.Readable() {
		t.Fatalf("not readable: %v", a.Problems)
	}
	if !a.VerifyHS256(secret) {
		t.Error("the signature does not verify")
	}
	if a.KeyID != "9b3c1c5e-0d1f-4d83-9a52-2f6f0a0d1a11" || a.Issuer.Value != "8e1b7172-39c3-4a32-887e-fc2b4119f56d" {
		t.Errorf("kid = %s, iss = %s", a.KeyID, a.Issuer.Value)
	}
	if !a.Audience.Is("tableau") || a.Subject != (Text{true, "anna"}) || a.ID != (Text{true, "j-1"}) {
		t.Errorf("aud = %v, sub = %v, jti = %v", a.Audience, a.Subject, a.ID)
	}
	if a.Expires != (Time{true, true, 1900000000, "1900000000"}) || a.NotBefore.Present || a.IssuedAt.Present {
		t.Errorf("exp = %v, nbf = %v, iat = %v", a.Expires, a.NotBefore, a.IssuedAt)
	}
	if a.Scopes.Form != ScopesList || a.Scopes.Set.String() != "tableau:content:read" || a.Scopes.Unknown != nil {
		t.Errorf("scp = %v", a.Scopes)
	}
}

// TestParse_reads_what_a_library_signs: a JOSE library of somebody else signs, we verify.
func TestParse_reads_what_a_library_signs(t *testing.T) {
	opts := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", "k").WithHeader("iss", "app")
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.HS256, Key: secret}, opts)
	if err != nil {
		t.Fatal(err)
	}
	object, err := signer.Sign([]byte(`{"iss":"app","sub":"Ännä ☂"}`))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	a := Parse(raw)
	if !a.Readable() || !a.VerifyHS256(secret) || a.Issuer.Value != "app" || a.Subject.Value != "Ännä ☂" {
		t.Errorf("Parse = %+v", a)
	}
}

// TestA086_alg: only the very name HS256 verifies, and only with the signature of this very token.
func TestA086_alg(t *testing.T) {
	for _, alg := range []string{`"none"`, `"None"`, `"nOnE"`, `""`, `"hs256"`, `"HS256 "`, `"HS384"`, `"RS256"`, `null`, `7`, `["HS256"]`} {
		a := Parse(sign(`{"alg":`+alg+`,"kid":"k"}`, goodClaims, secret))
		if a.VerifyHS256(secret) {
			t.Errorf("alg %s verifies", alg)
		}
	}
	if a := Parse(sign(`{"kid":"k"}`, goodClaims, secret)); a.VerifyHS256(secret) {
		t.Error("no alg verifies")
	}
	good := sign(goodHeader, goodClaims, secret)
	input := good[:strings.LastIndexByte(good, '.')+1]
	other := sign(goodHeader, claims("sub", `"bert"`), secret)
	for what, signature := range map[string]string{
		"an empty signature":           "",
		"the signature of another":     other[strings.LastIndexByte(other, '.')+1:],
		"a signature cut by a byte":    jws.Encode(mac(sha256.New, secret, strings.TrimSuffix(input, "."))[:31]),
		"a signature with one byte on": jws.Encode(append(mac(sha256.New, secret, strings.TrimSuffix(input, ".")), 0)),
		"a signature of HS512":         jws.Encode(mac(sha512.New, secret, strings.TrimSuffix(input, "."))),
	} {
		if a := Parse(input + signature); a.VerifyHS256(secret) {
			t.Errorf("%s verifies", what)
		}
	}
	for i := range good {
		c := byte('A')
		if good[i] == 'A' {
			c = 'B'
		}
		if a := Parse(good[:i] + string(c) + good[i+1:]); a.VerifyHS256(secret) {
			t.Fatalf("verifies with another character at position %d", i)
		}
	}
	var zero Assertion
	if zero.VerifyHS256(secret) || zero.VerifyHS256(nil) || zero.Readable() {
		t.Error("the zero assertion verifies")
	}
}

// TestA087_key: nothing but the secret verifies, used as the bytes that it was shown as.
func TestA087_key(t *testing.T) {
	decoded, err := base64.StdEncoding.DecodeString(string(secret))
	if err != nil {
		t.Fatal(err)
	}
	good := Parse(sign(goodHeader, goodClaims, secret))
	for what, key := range map[string][]byte{"no secret": nil, "the empty secret": {}, "the decoded secret": decoded,
		"the secret with a line end": append([]byte(string(secret)), '\n')} {
		if good.VerifyHS256(key) {
			t.Errorf("%s verifies", what)
		}
	}
	if a := Parse(sign(goodHeader, goodClaims, nil)); a.VerifyHS256(nil) {
		t.Error("a token signed with nothing verifies with nothing")
	}
	pem := []byte("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n")
	if a := Parse(sign(`{"alg":"RS256","kid":"k"}`, goodClaims, pem)); a.VerifyHS256(pem) {
		t.Error("a public key verifies as a secret")
	}
}

// TestA088_header: a header that points to a key, changes what is signed or nests a token is refused.
func TestA088_header(t *testing.T) {
	for _, member := range []string{
		`"jwk":{"kty":"oct","k":"AA"}`, `"jku":"https://evil.example/jwks"`, `"x5u":"https://evil.example/c"`, `"x5c":["AA"]`,
		`"x5t":"AA"`, `"crit":["exp"]`, `"crit":[]`, `"b64":false`, `"zip":"DEF"`, `"cty":"JWT"`, `"enc":"A256GCM"`, `"x":null`,
		`"typ":"at+jwt"`, `"typ":"prokura-session+jwt"`, `"typ":null`, `"typ":["JWT"]`, `"iss":7`, `"iss":null`,
	} {
		a := Parse(sign(`{"alg":"HS256","kid":"k",`+member+`}`, goodClaims, secret))
		if len(a.Problems) == 0 || a.VerifyHS256(secret) {
			t.Errorf("%s in the header is taken", member)
		}
	}
	for _, typ := range []string{"JWT", "jwt", "Jwt"} {
		if a := Parse(sign(`{"alg":"HS256","kid":"k","typ":"`+typ+`"}`, goodClaims, secret)); !a.VerifyHS256(secret) {
			t.Errorf("typ %s is refused: %v", typ, a.Problems)
		}
	}
}

// TestA089_kid: whatever is no string is no key id; whatever is, is handed on as it came, for an exact look-up.
func TestA089_kid(t *testing.T) {
	for sent, want := range map[string]string{
		`"../../etc/passwd"`: "../../etc/passwd", `"' OR 1=1--"`: "' OR 1=1--", `"\u0000"`: "\x00",
		`["k"]`: "", `7`: "", `null`: "", `{}`: "", `""`: "",
	} {
		a := Parse(sign(`{"alg":"HS256","kid":`+sent+`}`, goodClaims, secret))
		if a.KeyID != want || !a.Readable() {
			t.Errorf("kid %s reads as %q (%v), want %q", sent, a.KeyID, a.Problems, want)
		}
	}
	if a := Parse(sign(`{"alg":"HS256","kid":"`+strings.Repeat("k", 1<<20)+`"}`, goodClaims, secret)); a.Readable() {
		t.Error("a kid of a megabyte is readable")
	}
}

func TestA090_issuer(t *testing.T) {
	with := func(iss string) string { return `{"alg":"HS256","kid":"k",` + iss + `}` }
	for _, c := range []struct {
		header, claims, want string
		readable             bool
	}{
		{`{"alg":"HS256"}`, claims("iss", `"app"`), "app", true},
		{with(`"iss":"app"`), claims("iss", `"app"`), "app", true},
		{with(`"iss":"app"`), claims("iss", ``), "app", true},
		{with(`"iss":"app"`), claims("iss", `"other"`), "", true},
		{with(`"iss":"app"`), claims("iss", `7`), "", true},
		{with(`"iss":"app"`), claims("iss", `""`), "", true},
		{`{"alg":"HS256"}`, claims("iss", `["app"]`), "", true},
		{`{"alg":"HS256"}`, claims("iss", ``), "", true},
	} {
		a := Parse(sign(c.header, c.claims, secret))
		if a.Issuer.Value != c.want || a.Readable() != c.readable {
			t.Errorf("%s %s: iss = %q, readable %v; want %q, %v", c.header, c.claims, a.Issuer.Value, a.Readable(), c.want, c.readable)
		}
	}
}

// TestA091_audience: a string, or a list of exactly one.
func TestA091_audience(t *testing.T) {
	for sent, want := range map[string]bool{
		`"tableau"`: true, `["tableau"]`: true,
		`"TABLEAU"`: false, `"tableau "`: false, `""`: false, ``: false, `null`: false, `7`: false, `true`: false, `[]`: false, `{}`: false,
		`["tableau","x"]`: false, `["x","tableau"]`: false, `["tableau","tableau"]`: false, `[["tableau"]]`: false,
		`[null]`: false, `[7]`: false, `["x"]`: false, `{"tableau":true}`: false,
	} {
		a := Parse(sign(goodHeader, claims("aud", sent), secret))
		if got := a.Audience.Is("tableau"); got != want || !a.Readable() {
			t.Errorf("aud %s: %v (%v), want %v", sent, got, a.Problems, want)
		}
	}
	if (Audience{Valid: true}).Is("") || (Audience{}).Is("") {
		t.Error("nothing is an audience")
	}
}

// TestA092_times: only integers are times; whether they are good ones is not decided here.
func TestA092_times(t *testing.T) {
	for sent, want := range map[string]Time{
		`1`:                       {true, true, 1, "1"},
		`-5`:                      {true, true, -5, "-5"},
		`0`:                       {true, true, 0, "0"},
		`9223372036854775807`:     {true, true, 1<<63 - 1, "9223372036854775807"},
		`9223372036854775808`:     {true, false, 0, "9223372036854775808"},
		`1e400`:                   {true, false, 0, "1e400"},
		`1e3`:                     {true, false, 0, "1e3"},
		`1900000000.0`:            {true, false, 0, "1900000000.0"},
		`1900000000.5`:            {true, false, 0, "1900000000.5"},
		`"1900000000"`:            {true, false, 0, `"1900000000"`},
		`null`:                    {true, false, 0, "null"},
		`true`:                    {true, false, 0, "true"},
		`[1]`:                     {true, false, 0, "[1]"},
		``:                        {},
		strings.Repeat("9", 5000): {true, false, 0, strings.Repeat("9", 200) + "…"},
	} {
		for _, name := range []string{"exp", "nbf", "iat"} {
			if sent == "" && name != "exp" {
				continue
			}
			a := Parse(sign(goodHeader, claims(name, sent), secret))
			got := map[string]Time{"exp": a.Expires, "nbf": a.NotBefore, "iat": a.IssuedAt}[name]
			if got != want || !a.Readable() {
				t.Errorf("%s %.30s reads as %+v (%v), want %+v", name, sent, got, a.Problems, want)
			}
		}
	}
}

// TestA094_scp: a list of strings, absent, or malformed; scope says nothing.
func TestA094_scp(t *testing.T) {
	many := func(n int) string { return "[" + strings.TrimSuffix(strings.Repeat(`"a:b:c",`, n), ",") + "]" }
	for sent, want := range map[string]Scopes{
		``:                        {Form: ScopesAbsent},
		`null`:                    {Sent: "null"},
		`"a:b:c"`:                 {Sent: `"a:b:c"`},
		`7`:                       {Sent: "7"},
		`true`:                    {Sent: "true"},
		`{"a":"b"}`:               {Sent: `{"a":"b"}`},
		`[["a:b:c"]]`:             {Sent: `[["a:b:c"]]`},
		`["a:b:c",null]`:          {Sent: `["a:b:c",null]`},
		`["a:b:c",7]`:             {Sent: `["a:b:c",7]`},
		`["a:b:c","d e","","ä"]`:  {Form: ScopesList, Unknown: []string{"d e", "", "ä"}},
		`["a:b:c","a:b:c"]`:       {Form: ScopesList},
		many(256):                 {Form: ScopesList},
		many(257):                 {Sent: many(257)[:200] + "…"},
		`["` + longName() + `"]`:  {Form: ScopesList, Unknown: []string{longName()}},
		`[ "a:b:c" , "\u0061:b"]`: {Form: ScopesList},
	} {
		a := Parse(sign(goodHeader, claims("scp", sent), secret))
		got := a.Scopes
		if got.Form != want.Form || got.Sent != want.Sent || strings.Join(got.Unknown, "|") != strings.Join(want.Unknown, "|") {
			t.Errorf("scp %.40s reads as %+v, want %+v", sent, got, want)
		}
	}
	if a := Parse(sign(goodHeader, claims("scp", `[]`), secret)); a.Scopes.Form != ScopesList || a.Scopes.Set.Len() != 0 {
		t.Errorf("the empty list reads as %+v", a.Scopes)
	}
	if a := Parse(sign(goodHeader, claims("scope", `"a:b:c"`), secret)); a.Scopes.Set.String() != "tableau:content:read" {
		t.Errorf("scope beside scp gives %s", a.Scopes.Set)
	}
	if a := Parse(sign(goodHeader, claims("scp", many(10_000)), secret)); a.Readable() {
		t.Error("ten thousand entries are readable")
	}
	if a := Parse("e30.e3.e30"); a.Scopes.Form != ScopesMalformed {
		t.Error("unreadable claims have an acceptable scp")
	}
}

func longName() string { return strings.Repeat("s", 300) }

// TestA095_names: a name that stands twice, or in another case, does not slip through.
func TestA095_names(t *testing.T) {
	for _, c := range []string{`{"aud":"tableau","aud":"evil"}`, `{"aud":"tableau","\u0061ud":"evil"}`, `{"x":{"a":1,"a":2}}`, `[]`, `"x"`,
		`null`, ``, `{}{}`, "{\"sub\":\"\xff\"}", `{"sub":"\ud800"}`} {
		if a := Parse(sign(goodHeader, c, secret)); a.Readable() {
			t.Errorf("claims %s are readable", c)
		}
	}
	for _, h := range []string{`{"alg":"HS256","alg":"none"}`, `{"alg":"HS256","\u0061lg":"none"}`, `{"ALG":"HS256"}`,
		"{\"alg\":\"HS256\",\"\u212Aid\":\"k\"}", `[]`, `null`, ``} {
		if a := Parse(sign(h, goodClaims, secret)); a.Readable() {
			t.Errorf("header %s is readable", h)
		}
	}
	a := Parse(sign(goodHeader, "{\"AUD\":\"tableau\",\"\u017Fcp\":[\"a:b:c\"],\"Sub\":\"anna\"}", secret))
	if a.Audience.Is("tableau") || a.Scopes.Form != ScopesAbsent || a.Subject.Valid {
		t.Errorf("names in another case are read: %+v", a)
	}
}

// TestA096_size: what is too deep or too long is not read.
func TestA096_size(t *testing.T) {
	for what, raw := range map[string]string{
		"claims that nest":           sign(goodHeader, claims("x", strings.Repeat("[", 5000)+strings.Repeat("]", 5000)), secret),
		"a header that nests":        sign(strings.Repeat(`{"alg":`, 500)+"1"+strings.Repeat("}", 500), goodClaims, secret),
		"a megabyte of claims":       sign(goodHeader, claims("x", `"`+strings.Repeat("x", 1<<20)+`"`), secret),
		"a million dots":             strings.Repeat(".", 1e6),
		"a JWE":                      strings.Repeat("e30.", 4) + "e30",
		"a token with a line end":    sign(goodHeader, goodClaims, secret) + "\n",
		"a token with a space ahead": " " + sign(goodHeader, goodClaims, secret),
	} {
		if a := Parse(raw); a.Readable() || a.VerifyHS256(secret) {
			t.Errorf("%s is read", what)
		}
	}
}

// TestA100_facts_of_an_unproven_token: facts of a badly signed token are there for the diagnosis, and the signature is
// told apart from them, so that a decision that asks for it first gives nothing away.
func TestA100_facts_of_an_unproven_token(t *testing.T) {
	a := Parse(sign(goodHeader, claims("exp", "1"), []byte("another secret")))
	if a.VerifyHS256(secret) {
		t.Error("verifies")
	}
	if !a.Expires.Valid || a.Expires.Seconds != 1 {
		t.Errorf("exp = %+v, the diagnosis needs it", a.Expires)
	}
}

// TestA103_sub: a string of 1 to 255 characters, as it came, and safe to show.
func TestA103_sub(t *testing.T) {
	for sent, want := range map[string]Text{
		`"anna"`: {true, "anna"}, `"Anna"`: {true, "Anna"}, `"a\u0000b"`: {true, "a\x00b"}, `"\u202eanna"`: {true, "\u202eanna"},
		`""`: {}, ``: {}, `null`: {}, `7`: {}, `["anna"]`: {}, `{}`: {},
		`"` + strings.Repeat("ä", 255) + `"`: {true, strings.Repeat("ä", 255)}, `"` + strings.Repeat("ä", 256) + `"`: {},
	} {
		if a := Parse(sign(goodHeader, claims("sub", sent), secret)); a.Subject != want || !a.Readable() {
			t.Errorf("sub %.30s reads as %q (%v), want %q", sent, a.Subject.Value, a.Problems, want.Value)
		}
	}
	shown := Parse(sign(goodHeader, claims("sub", "\"\u202eanna\u0085\\u001b[31m\U000e0041\""), secret))
	text := shown.Describe().Claims
	if strings.ContainsAny(text, "\u202e\u0085\x1b\U000e0041") || !strings.Contains(text, `\u202eanna\u0085\u001b[31m\udb40\udc41`) {
		t.Errorf("shown as %q", text)
	}
}

func TestDescribe_shows_all_but_the_signature(t *testing.T) {
	raw := sign(goodHeader, `{"sub":"anna","n":[1]}`, secret)
	a := Parse(raw)
	d := a.Describe()
	if want := "{\n  \"sub\": \"anna\",\n  \"n\": [\n    1\n  ]\n}"; d.Claims != want {
		t.Errorf("claims = %s, want %s", d.Claims, want)
	}
	if strings.Contains(d.Header+d.Claims, raw[strings.LastIndexByte(raw, '.')+1:]) {
		t.Error("the signature is shown")
	}
	broken := Parse(jws.Encode([]byte("\xffhello\x1b")) + "." + jws.Encode([]byte(`{"a":1,"a":2}`)) + ".x")
	if got, want := broken.Describe(), (Description{"\ufffdhello" + `\u001b`, `{"a":1,"a":2}`}); got != want {
		t.Errorf("a broken token is shown as %q, want %q", got, want)
	}
	if got := len(broken.Problems); got != 3 {
		t.Errorf("problems = %v, want one of each part", broken.Problems)
	}
	for _, p := range broken.Problems {
		if p.Code != refusal.AssertionUnreadable || p.Why.Flaw == "" {
			t.Errorf("problem %+v", p)
		}
	}
}

// TestA102_replay_key: one jti of one key has one name, and key and jti do not flow into each other.
func TestA102_replay_key(t *testing.T) {
	if first, again := ReplayKey([]byte("k"), "j"), ReplayKey([]byte("k"), "j"); first != again {
		t.Error("not stable")
	}
	if ReplayKey([]byte("ka"), "b") == ReplayKey([]byte("k"), "ab") || ReplayKey([]byte("k"), "a") == ReplayKey([]byte("l"), "a") {
		t.Error("two assertions share a key")
	}
}

func FuzzParse(f *testing.F) {
	f.Add(goodHeader, goodClaims)
	f.Add(`{"alg":"none"}`, claims("aud", `["tableau","x"]`))
	f.Add(`{"alg":"HS256","jwk":{}}`, claims("exp", `1e400`))
	f.Add(`{"alg":"HS256","crit":["b64"],"b64":false}`, claims("scp", `"a b"`))
	f.Add(`{"alg":"HS256","alg":"none"}`, "{\"\u017Fcp\":[]}")
	f.Fuzz(func(t *testing.T, header, payload string) {
		a := Parse(sign(header, payload, secret))
		if a.VerifyHS256(secret) != (a.Readable() && a.Algorithm == HS256) {
			t.Errorf("%q: verifies %v, readable %v", header, a.VerifyHS256(secret), a.Readable())
		}
		if a.VerifyHS256(secret[1:]) {
			t.Error("verifies with another secret")
		}
		if a.Expires.Valid && !a.Expires.Present || a.Subject.Valid != (a.Subject.Value != "") {
			t.Errorf("facts contradict themselves: %+v", a)
		}
		d := a.Describe()
		if strings.ContainsAny(d.Header+d.Claims, "\x00\x1b\r\u202e\u2028") {
			t.Errorf("unsafe to show: %q", d)
		}
	})
}

// FuzzParseRaw reads anything at all.
func FuzzParseRaw(f *testing.F) {
	for _, s := range []string{sign(goodHeader, goodClaims, secret), "", "..", "e30.e30.", "e30=.e30.e30"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		if a := Parse(raw); a.VerifyHS256([]byte("nobody signed with this")) {
			t.Errorf("%q verifies", raw)
		}
	})
}

func BenchmarkParseVerifyHS256(b *testing.B) {
	raw := sign(goodHeader, goodClaims, secret)
	b.ReportAllocs()
	for b.Loop() {
		if a := Parse(raw); !a.VerifyHS256(secret) {
			b.Fatal("does not verify")
		}
	}
}
