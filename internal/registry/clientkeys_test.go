package registry

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/go-jose/go-jose/v4"

	"prokura/internal/assertion"
	"prokura/internal/refusal"
)

func jwk(t *testing.T, k jose.JSONWebKey) string {
	t.Helper()
	b, err := k.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestCheck_takes_public_keys_and_keeps_nothing_else(t *testing.T) {
	a := newApps(t)
	p256, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	a.ok(err)
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	a.ok(err)
	strong, err := rsa.GenerateKey(rand.Reader, 2048)
	a.ok(err)
	const ed = `{"kty":"OKP","crv":"Ed25519","kid":"ed","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	ec := jwk(t, jose.JSONWebKey{Key: &p256.PublicKey, KeyID: "ec", Algorithm: "ES256", Use: "sig"})
	set := func(keys ...string) string { return `{"keys":[` + strings.Join(keys, ",") + `]}` }
	weak := fmt.Sprintf(`{"kty":"RSA","kid":"w","e":"AQAB","n":%q}`, strings.Repeat("q", 171)) // 1026 bits, and no more is asked
	for name, tt := range map[string]struct {
		keys string
		flaw refusal.Flaw // empty: taken
	}{
		"EC":                          {set(ec), ""},
		"Ed25519":                     {set(ed), ""},
		"RSA, and others beside it":   {set(jwk(t, jose.JSONWebKey{Key: &strong.PublicKey, KeyID: "rsa"}), ec, ed), ""},
		"RSA for PS256":               {set(jwk(t, jose.JSONWebKey{Key: &strong.PublicKey, KeyID: "rsa", Algorithm: "PS256"})), ""},
		"more members than are known": {`{"keys":[` + strings.Replace(ed, "{", `{"note":"x","key_ops":["verify"],`, 1) + `]}`, ""},
		"a private key":               {set(jwk(t, jose.JSONWebKey{Key: p256, KeyID: "ec"})), refusal.KeyPrivate},
		"a private RSA key":           {set(jwk(t, jose.JSONWebKey{Key: strong, KeyID: "rsa"})), refusal.KeyPrivate},
		"a symmetric key":             {set(`{"kty":"oct","kid":"s","k":"c2VjcmV0"}`), refusal.KeySymmetric},
		"a key without a name":        {set(strings.Replace(ed, `"kid":"ed",`, "", 1)), refusal.KeyNoID},
		"two of a name":               {set(ed, ed), refusal.HasTwice},
		"a curve that is not used":    {set(jwk(t, jose.JSONWebKey{Key: &p384.PublicKey, KeyID: "ec"})), refusal.KeyKind},
		"a weak key":                  {set(weak), refusal.KeyKind},
		"a key for encrypting":        {set(strings.Replace(ed, `"kid"`, `"use":"enc","kid"`, 1)), refusal.KeyKind},
		"an algorithm of others":      {set(strings.Replace(ec, "ES256", "HS256", 1)), refusal.KeyKind},
		"alg none":                    {set(strings.Replace(ec, "ES256", "none", 1)), refusal.KeyKind},
		"an unknown kind":             {set(`{"kty":"XYZ","kid":"x"}`), refusal.KeyKind},
		"no point of the curve":       {set(`{"kty":"EC","crv":"P-256","kid":"x","x":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA","y":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE"}`), refusal.KeyKind},
		"nine":                        {set(ed, ed, ed, ed, ed, ed, ed, ed, ed), refusal.KeyTooMany},
		"none":                        {`{"keys":[]}`, refusal.ElementMissing},
		"a key in place of a set":     {ed, refusal.JSONMalformed},
		"no JSON":                     {`{"keys":`, refusal.JSONMalformed},
		"a list":                      {`[]`, refusal.JSONMalformed},
		"keys twice":                  {`{"keys":[` + ed + `],"keys":[]}`, refusal.HasTwice},
		"too much":                    {`{"keys":["` + strings.Repeat("x", maxKeysSize) + `"]}`, refusal.TooLong},
	} {
		d := draft()
		d.Keys = json.RawMessage(tt.keys)
		reg, _, err := a.Check(d)
		if tt.flaw != "" {
			want(t, err, refusal.ClientKeysInvalid)
			if err != nil && refusal.Of(err).First().Why.Flaw != tt.flaw && tt.flaw != refusal.JSONMalformed {
				t.Errorf("%s: %+v, want %s", name, refusal.Of(err).First().Why, tt.flaw)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := assertion.ParseKeys(reg.Keys); err != nil || strings.Contains(string(reg.Keys), "note") || strings.Contains(string(reg.Keys), `"d"`) {
			t.Errorf("%s: kept %s, %v", name, reg.Keys, err)
		}
	}
}
