package hubspot

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"prokura/internal/golden"
	"prokura/internal/id"
	"prokura/internal/refusal"
)

// reference is the one of every golden file.
func reference(t *testing.T) id.Reference {
	t.Helper()
	ref, err := id.Parse[id.Reference]("8e1b7172-39c3-4a32-887e-fc2b4119f56d")
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// refuse answers a refusal.
func refuse(t *testing.T, err error) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	Wire{Errors: "https://prokura.test/oauth/errors"}.WriteRefusal(w, httptest.NewRequest("GET", "/crm/v3/objects/contacts", nil), reference(t), err)
	return w
}

// about fills a finding with what such a code is usually about.
func about(c refusal.Code) refusal.Finding {
	f := refusal.Finding{Code: c, Got: "<got>", Want: "want"}
	switch c {
	case refusal.ScopeNotGranted:
		f.Want = "crm.objects.custom.read | crm.schemas.custom.read"
	case refusal.VerbNotAllowed:
		f.Want = "GET, PUT"
	}
	return f
}

func TestWriteRefusal_every_code_has_a_category(t *testing.T) {
	var b strings.Builder
	kinds := map[refusal.Kind]bool{}
	for _, d := range refusal.All() {
		a, ok := answerTo(about(d.Code))
		if !ok {
			t.Errorf("%s has no wording on this wire", d.Code)
			continue
		}
		w := refuse(t, fmt.Errorf("calling: %w", refusal.New(about(d.Code))))
		for _, secret := range []string{"<got>", d.Message.EN, d.Remedy.EN} {
			if strings.Contains(w.Body.String(), secret) {
				t.Errorf("the answer to %s says %q, which only the reference may lead to", d.Code, secret)
			}
		}
		if w.Header().Get("Cache-Control") != "no-store" || w.Header().Get(ReferenceHeader) != reference(t).String() {
			t.Errorf("%s is answered with %v", d.Code, w.Header())
		}
		// Of the codes that their kind answers, the file shows one of each kind.
		name := string(d.Code)
		if common, ok := byKind(d.Kind); ok && a == common {
			if kinds[d.Kind] {
				continue
			}
			kinds[d.Kind] = true
			name = "other codes of the kind of " + name
		}
		fmt.Fprintf(&b, "== %s\n%d", name, w.Code)
		for _, h := range []string{"WWW-Authenticate", "Allow", "Retry-After"} {
			for _, v := range w.Header().Values(h) {
				fmt.Fprintf(&b, ", %s: %s", h, v)
			}
		}
		fmt.Fprintf(&b, "\n%s\n", w.Body)
	}
	golden.Check(t, "errors.golden", b.String())
}

// The captured answer of the vendor has these members.
func TestWriteRefusal_missing_scopes_are_any_of(t *testing.T) {
	for want, f := range map[string]refusal.Finding{
		"crm.objects.companies.write":                     {Code: refusal.ScopeNotGranted, Scope: "crm.objects.companies.write"},
		"crm.objects.custom.read crm.schemas.custom.read": about(refusal.ScopeNotGranted),
		"a b c": {Code: refusal.ScopeNotGranted, Want: "a + b | c"},
		"":      {Code: refusal.ScopeNotGranted},
	} {
		w := refuse(t, refusal.New(f))
		var body struct {
			Status, Message, CorrelationID, Category string
			Errors                                   []struct {
				Message string
				Context struct{ RequiredGranularScopes []string }
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &body, json.MatchCaseInsensitiveNames(true)); err != nil {
			t.Fatal(err)
		}
		if w.Code != http.StatusForbidden || body.Status != "error" || body.Category != "MISSING_SCOPES" || body.CorrelationID != reference(t).String() {
			t.Errorf("%d with %s", w.Code, w.Body)
		}
		got := ""
		if len(body.Errors) == 1 {
			got = strings.Join(body.Errors[0].Context.RequiredGranularScopes, " ")
		}
		if got != want {
			t.Errorf("%q is required, want %q", got, want)
		}
	}
}

func TestWriteRefusal_of_anything_else_says_nothing(t *testing.T) {
	w := refuse(t, errors.New("the password is x"))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), "password") {
		t.Errorf("%d with %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	w.Header().Set("Retry-After", "7")
	Wire{}.WriteRefusal(w, httptest.NewRequest("HEAD", "/crm", nil), reference(t), refusal.New(refusal.Finding{Code: refusal.TooManyRequests}))
	if w.Header().Get("Retry-After") != "7" || w.Body.Len() > 0 {
		t.Errorf("%v %q", w.Header(), w.Body)
	}
}

func TestCredential_is_one_bearer_token(t *testing.T) {
	for _, x := range []struct {
		sent []string
		want string
		code refusal.Code
	}{
		{[]string{"Bearer abc.def-_~+/="}, "abc.def-_~+/=", ""},
		{[]string{"bearer abc"}, "abc", ""},
		{nil, "", refusal.CredentialMissing},
		{[]string{"Bearer a", "Bearer b"}, "", refusal.CredentialAmbiguous},
		{[]string{"Bearer a", "Bearer a"}, "", refusal.CredentialAmbiguous},
		{[]string{"Basic YTpi"}, "", refusal.CredentialInvalid},
		{[]string{"Bearer "}, "", refusal.CredentialInvalid},
		{[]string{"Bearer a, Bearer b"}, "", refusal.CredentialInvalid},
		{[]string{"abc"}, "", refusal.CredentialInvalid},
	} {
		h := http.Header{}
		for _, v := range x.sent {
			h.Add("Authorization", v)
		}
		got, err := Wire{}.Credential(h)
		if got.Token != x.want || got.Bearer != (err == nil) {
			t.Errorf("%q: %+v", x.sent, got)
		}
		if code := refusal.Code(""); err != nil {
			if code = refusal.Of(err).First().Code; code != x.code {
				t.Errorf("%q: %s, want %s", x.sent, code, x.code)
			}
		} else if x.code != "" {
			t.Errorf("%q is taken", x.sent)
		}
	}
}
