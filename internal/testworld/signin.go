package testworld

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"maps"

	"prokura/internal/access"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/jws"
)

// Audience is the upstream of every call.
const Audience = "https://content.example"

// Claims are members of a JWT that differ from the good ones; nil leaves one out.
type Claims map[string]any

// JWT signs what the script of a connected app would sign for ada.
func (w *World) JWT(by App, differ Claims) string {
	c := Claims{"iss": by.Client.String(), "aud": "tableau", "sub": "ada", "jti": entropy.ID[id.Session]().String(),
		"exp": w.Clock.Now().Unix() + 300, "scp": []string{ReadUsers, Content}}
	maps.Copy(c, differ)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return Sign(map[string]any{"alg": "HS256", "typ": "JWT", "kid": by.Kid.String()}, c, by.Secret)
}

// Sign signs whatever it is given with a secret.
func Sign(header, claims any, secret string) string {
	h, _ := json.Marshal(header)
	c, _ := json.Marshal(claims)
	input := jws.Encode(h) + "." + jws.Encode(c)
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(input))
	return input + "." + jws.Encode(m.Sum(nil))
}

// SignsIn signs ada in to acme.
func (w *World) SignsIn(by App, differ Claims) access.SignedIn {
	w.T.Helper()
	s, err := w.SignIn(context.Background(), access.SignInRequest{ContentURL: "acme", Assertion: w.JWT(by, differ)})
	w.OK(err)
	return s
}

// Uses calls a method of analytics with a session; the site is acme unless it is given.
func (w *World) Uses(token, method string, site ...id.Tenant) error {
	w.T.Helper()
	m, ok := Analytics().Method(method)
	if !ok {
		w.T.Fatalf("the catalog has no method %s", method)
	}
	req := &access.CallRequest{Credential: token, Catalog: Analytics(), Method: m, Tenant: w.Acme.ID.String(), Audience: Audience}
	if len(site) > 0 {
		req.Tenant = site[0].String()
	}
	_, err := w.Call(context.Background(), req)
	return err
}
