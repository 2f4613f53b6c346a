package floor

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// Tokens is a token endpoint and an introspection endpoint without a store. What it does not sign or verify, it answers
// like what it does.
type Tokens struct {
	Sign   bool // the token endpoint signs; else it only parses and answers
	Verify bool // the introspection endpoint verifies; else likewise
	key    *ecdsa.PrivateKey
}

// NewTokens makes it, with a key of its own on P-256.
func NewTokens(sign, verify bool) (*Tokens, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return &Tokens{sign, verify, key}, err
}

// access has the fields that an access token of the product has.
type access struct {
	Issuer   string         `json:"iss"`
	Audience string         `json:"aud"`
	Subject  string         `json:"sub"`
	Issued   int64          `json:"iat"`
	Expires  int64          `json:"exp"`
	ID       string         `json:"jti"`
	Client   string         `json:"client_id"`
	Scope    string         `json:"scope"`
	Tenant   string         `json:"tenant"`
	Grant    string         `json:"grant,omitempty"`
	Auth     string         `json:"auth,omitempty"`
	Plan     string         `json:"plan"`
	Roles    []string       `json:"roles,omitempty"`
	Name     string         `json:"name,omitempty"`
	State    map[string]int `json:"st"`
}

type issued struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`
	RefreshToken string `json:"refresh_token,omitempty"`
	Scope        string `json:"scope"`
	Tenant       string `json:"tenant"`
}

type inspected struct {
	Active    bool   `json:"active"`
	Scope     string `json:"scope"`
	Client    string `json:"client_id"`
	TokenType string `json:"token_type"`
	Expires   int64  `json:"exp"`
	Issued    int64  `json:"iat"`
	Subject   string `json:"sub"`
	Audience  string `json:"aud"`
	Issuer    string `json:"iss"`
	ID        string `json:"jti"`
	Tenant    string `json:"tenant"`
}

const anIssuer = "http://127.0.0.1:8080"

// ServeHTTP answers one request: for a token, unless it is about one.
func (t *Tokens) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<10))
	var form url.Values
	if err == nil {
		form, err = url.ParseQuery(string(raw))
	}
	var body any
	if err == nil {
		if token := form.Get("token"); token != "" {
			body, err = t.inspect(token, form.Get("client_id"))
		} else {
			body, err = t.issue(form)
		}
	}
	var answer []byte
	if err == nil {
		answer, err = json.Marshal(body)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Length", strconv.Itoa(len(answer)))
	w.Write(answer)
}

// issue makes a token, and where a refresh token was sent its successor.
func (t *Tokens) issue(form url.Values) (*issued, error) {
	out := &issued{AccessToken: anID, TokenType: "Bearer", ExpiresIn: 1800, Scope: form.Get("scope"), Tenant: anID}
	if form.Get("refresh_token") != "" {
		out.RefreshToken = "pkr_" + base64.RawURLEncoding.EncodeToString(random(48))
	}
	if !t.Sign {
		return out, nil
	}
	claims := t.claims(form.Get("client_id"), out.Scope)
	if out.RefreshToken != "" {
		claims.Grant, claims.Auth, claims.Name, claims.Roles, claims.Subject = anID, anID, "ada@bench.example", []string{"user"}, anID
	}
	var err error
	out.AccessToken, err = signES256(t.key, "at+jwt", claims)
	return out, err
}

func (t *Tokens) claims(client, scope string) *access {
	now := time.Now().Unix()
	return &access{Issuer: anIssuer, Audience: anIssuer, Subject: "client:" + client, Issued: now, Expires: now + 1800,
		ID: hex.EncodeToString(random(16)), Client: client, Scope: scope, Tenant: anID, Plan: "enterprise",
		State: map[string]int{"e": 1, "n": 9}}
}

// inspect says what a token is.
func (t *Tokens) inspect(token, client string) (*inspected, error) {
	a := access{Issuer: anIssuer, Audience: anIssuer, Subject: anID, Client: client, ID: anID, Tenant: anID, Issued: 1, Expires: 2,
		Scope: strings.Repeat("crm.objects.contacts.read ", 6)}
	if t.Verify {
		a = access{}
		if err := verifyES256(&t.key.PublicKey, token, &a); err != nil {
			return nil, err
		}
		if a.Issuer != anIssuer || a.Audience != anIssuer || a.Client != client || a.Expires <= time.Now().Unix() {
			return nil, errors.New("the claims are not right")
		}
	}
	return &inspected{Active: true, Scope: a.Scope, Client: a.Client, TokenType: "Bearer", Expires: a.Expires, Issued: a.Issued,
		Subject: a.Subject, Audience: a.Audience, Issuer: a.Issuer, ID: a.ID, Tenant: a.Tenant}, nil
}

// Verifications verifies one token again and again, with nothing around it, and answers how often a second.
func (t *Tokens) Verifications(d time.Duration, scope string) (float64, error) {
	token, err := signES256(t.key, "at+jwt", t.claims(anID, scope))
	if err != nil {
		return 0, err
	}
	n := 0
	start := time.Now()
	for ; time.Since(start) < d; n++ {
		var a access
		if err := verifyES256(&t.key.PublicKey, token, &a); err != nil {
			return 0, err
		}
	}
	return float64(n) / time.Since(start).Seconds(), nil
}
