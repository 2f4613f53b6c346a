package httpauth

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"prokura/internal/refusal"
)

func raw(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// TestA061_the_Basic_header is form-encoded inside, and read in one way.
func TestA061_the_Basic_header(t *testing.T) {
	for _, tt := range []struct {
		sent, name, password string
		ok                   bool
	}{
		{raw("id:secret"), "id", "secret", true},
		{raw("a%3Ab:c%3Ad+e"), "a:b", "c:d e", true},
		{raw("id:"), "id", "", true},
		{raw(":secret"), "", "secret", true},
		{raw("%C3%A4:x"), "ä", "x", true},
		{raw("id:a:b"), "", "", false},
		{raw("id"), "", "", false},
		{raw("id:%zz"), "", "", false},
		{raw("id:%00"), "", "", false},
		{raw("id:%ff"), "", "", false},
		{raw("id:a\nb"), "", "", false},
		{"", "", "", false},
		{"!", "", "", false},
		{strings.TrimRight(raw("id:secre"), "="), "", "", false},
		{raw("id:secret") + "\n", "", "", false},
		{raw("id:s")[:4] + "\r\n" + raw("id:s")[4:], "", "", false},
		{" " + raw("id:secret"), "", "", false},
		{"aWQ6c2VjcmV0MQ", "", "", false},
		{"aWQ6cx==", "", "", false}, // a loose last bit
	} {
		name, password, ok := Basic(tt.sent)
		if name != tt.name || password != tt.password || ok != tt.ok {
			t.Errorf("Basic(%q) = %q, %q, %v", tt.sent, name, password, ok)
		}
	}
}

func TestBearer(t *testing.T) {
	for _, tt := range []struct {
		sent []string
		want string
		code refusal.Code
	}{
		{nil, "", ""},
		{[]string{"Bearer a.b-c_d~e+f/g="}, "a.b-c_d~e+f/g=", ""},
		{[]string{"bearer x"}, "x", ""},
		{[]string{"Bearer"}, "", refusal.CredentialInvalid},
		{[]string{"Bearer "}, "", refusal.CredentialInvalid},
		{[]string{"Bearer  x"}, "", refusal.CredentialInvalid},
		{[]string{"Bearer x y"}, "", refusal.CredentialInvalid},
		{[]string{"Bearer x,y"}, "", refusal.CredentialInvalid},
		{[]string{"Basic x"}, "", refusal.CredentialInvalid},
		{[]string{""}, "", refusal.CredentialInvalid},
		{[]string{"Bearer x", "Bearer x"}, "", refusal.CredentialAmbiguous},
		{[]string{"Bearer x", ""}, "", refusal.CredentialAmbiguous},
	} {
		got, err := Bearer(http.Header{"Authorization": tt.sent})
		var code refusal.Code
		if err != nil {
			code = refusal.Of(err).First().Code
		}
		if got != tt.want || code != tt.code {
			t.Errorf("Bearer(%q) = %q, %v", tt.sent, got, err)
		}
	}
}

// FuzzBasic: what is read is what was meant, and has one spelling but for what encoding leaves open.
func FuzzBasic(f *testing.F) {
	for _, seed := range []string{raw("id:secret"), raw("a%3Ab:c"), raw("id:a:b"), "!", "", raw("id:%zz")} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, rest string) {
		name, password, ok := Basic(rest)
		if !ok {
			if name != "" || password != "" {
				t.Fatal("half a header")
			}
			return
		}
		again := raw(url.QueryEscape(name) + ":" + url.QueryEscape(password))
		if n, p, ok := Basic(again); !ok || n != name || p != password {
			t.Fatalf("%q and %q do not survive: %q, %q, %v", name, password, n, p, ok)
		}
	})
}

// FuzzBearer: a token that is read stands in the header as it is.
func FuzzBearer(f *testing.F) {
	for _, seed := range []string{"Bearer a.b.c", "bearer x", "Basic x", "Bearer  ", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		token, err := Bearer(http.Header{"Authorization": {header}})
		if err == nil && (token == "" || !strings.HasSuffix(header, " "+token)) {
			t.Fatalf("%q is read as %q", header, token)
		}
	})
}
