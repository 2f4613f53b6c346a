package floor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// SignIn is a sign-in without a store: it parses the request, verifies the assertion with the one secret that it knows,
// signs a session token and answers. With Verify off it only parses and answers.
type SignIn struct {
	Verify                         bool
	Client, SecretID, Secret, User string
	private                        *ecdsa.PrivateKey
}

// NewSignIn makes it, with a key of its own on P-256.
func NewSignIn(verify bool, client, secretID, secret, user string) (*SignIn, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return &SignIn{verify, client, secretID, secret, user, private}, err
}

type signInBody struct {
	Credentials struct {
		JWT  string `json:"jwt"`
		Site struct {
			ContentURL string `json:"contentUrl"`
		} `json:"site"`
	} `json:"credentials"`
}

type assertion struct {
	Issuer   string   `json:"iss"`
	Audience string   `json:"aud"`
	Subject  string   `json:"sub"`
	ID       string   `json:"jti"`
	Expires  int64    `json:"exp"`
	Scopes   []string `json:"scp"`
}

// session has the fields that a session token of the product has.
type session struct {
	Issuer        string         `json:"iss"`
	Audience      string         `json:"aud"`
	User          string         `json:"sub"`
	Issued        int64          `json:"iat"`
	Expires       int64          `json:"exp"`
	Session       string         `json:"sid"`
	Tenant        string         `json:"tenant"`
	Client        string         `json:"client_id"`
	Authorization string         `json:"auth"`
	Secret        string         `json:"sec"`
	Plan          string         `json:"plan"`
	Roles         []string       `json:"roles"`
	Name          string         `json:"name"`
	Scopes        []string       `json:"scp"`
	State         map[string]int `json:"st"`
}

const anID = "8e1b7172-39c3-4a32-887e-fc2b4119f56d"

// ServeHTTP answers one sign-in.
func (s *SignIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	var body signInBody
	if err == nil {
		err = json.Unmarshal(raw, &body)
	}
	token := anID
	if err == nil && s.Verify {
		token, err = s.exchange(body.Credentials.JWT)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	answer := fmt.Appendf(nil, `{"credentials":{"site":{"id":%q,"contentUrl":%q},"user":{"id":%q},"token":%q,`+
		`"estimatedTimeToExpiration":"04:00:00"}}`, anID, body.Credentials.Site.ContentURL, anID, token)
	w.Header().Set("Content-Type", "application/json;charset=UTF-8")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.Write(answer)
}

// exchange turns an assertion into a session token.
func (s *SignIn) exchange(jwt string) (string, error) {
	input, signature, _ := cutLast(jwt)
	header, payload, _ := strings.Cut(input, ".")
	var h struct{ Alg, Kid string }
	if err := part(header, &h); err != nil || h.Alg != "HS256" || h.Kid != s.SecretID {
		return "", fmt.Errorf("header: %v", err)
	}
	given, err := base64.RawURLEncoding.DecodeString(signature)
	mac := hmac.New(sha256.New, []byte(s.Secret))
	mac.Write([]byte(input))
	if err != nil || !hmac.Equal(given, mac.Sum(nil)) {
		return "", fmt.Errorf("signature: %v", err)
	}
	var a assertion
	if err := part(payload, &a); err != nil {
		return "", err
	}
	now := time.Now().Unix()
	if a.Issuer != s.Client || a.Audience != "tableau" || a.Subject != s.User || a.Expires <= now || a.Expires > now+600 || a.ID == "" {
		return "", fmt.Errorf("claims: %v", a)
	}
	return signES256(s.private, "session+jwt", session{Issuer: "http://127.0.0.1:8080", Audience: "prokura", User: anID, Issued: now,
		Expires: now + 14400, Session: anID, Tenant: anID, Client: a.Issuer, Authorization: anID, Secret: s.SecretID,
		Plan: "enterprise", Roles: []string{"user"}, Name: a.Subject, Scopes: a.Scopes, State: map[string]int{"e": 1, "n": 9}})
}

func part(s string, v any) error {
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil {
		return err
	}
	return json.Unmarshal(b, v, json.MatchCaseInsensitiveNames(true))
}

func cutLast(s string) (before, after string, found bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}
