package tableau

import (
	"encoding/xml"
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

// dump is an answer as text: status, headers that say something, body.
func dump(w *httptest.ResponseRecorder) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n", w.Code)
	for _, h := range []string{"Content-Type", "Cache-Control", "Prokura-Reference", "WWW-Authenticate", "Allow", "Retry-After"} {
		for _, v := range w.Header().Values(h) {
			fmt.Fprintf(&b, "%s: %s\n", h, v)
		}
	}
	return b.String() + w.Body.String() + "\n"
}

// asking is a request that wants the form given.
func asking(form format) *http.Request {
	r := httptest.NewRequest("GET", "/api/3.17/sites/s/workbooks", nil)
	r.Header.Set("Accept", "*/*")
	if form == formatJSON {
		r.Header.Set("Accept", "application/json, text/plain, */*")
	}
	return r
}

// about fills a finding with what such a code is usually about.
func about(c refusal.Code) refusal.Finding {
	f := refusal.Finding{Code: c, Got: "<got>", Want: "want"}
	switch c {
	case refusal.ScopeNotGranted:
		f.Want = "tableau:file_uploads:create and tableau:workbooks:create"
	case refusal.ScopeUnknown, refusal.ScopeNotAssigned:
		f.Scope = "tableau:views:*"
	case refusal.VerbNotAllowed:
		f.Want = "GET, PUT"
	case refusal.MethodUnknown:
		f.Want = ""
	}
	return f
}

func TestWriteError_everyCode(t *testing.T) {
	for name, form := range map[string]format{"errors.xml.golden": formatXML, "errors.json.golden": formatJSON} {
		var b strings.Builder
		for _, d := range refusal.All() {
			if _, ok := answerTo(about(d.Code), SeedCodes); !ok {
				t.Errorf("%s has no wording on this wire", d.Code)
				continue
			}
			w := httptest.NewRecorder()
			WriteError(w, asking(form), reference(t), fmt.Errorf("calling: %w", refusal.New(about(d.Code))))
			fmt.Fprintf(&b, "== %s\n%s\n", d.Code, dump(w))
			for _, secret := range []string{"<got>", "&lt;got", d.Message.EN, d.Remedy.EN} {
				if strings.Contains(w.Body.String(), secret) {
					t.Errorf("the answer to %s says %q, which only the reference may lead to", d.Code, secret)
				}
			}
		}
		golden.Check(t, name, b.String())
	}
}

func TestWriteError_extendedCodes(t *testing.T) {
	var b strings.Builder
	for _, d := range refusal.All() {
		seed, _ := answerTo(about(d.Code), SeedCodes)
		if extended, _ := answerTo(about(d.Code), ExtendedCodes); extended != seed {
			w := httptest.NewRecorder()
			writeError(w, asking(formatXML), reference(t), refusal.New(about(d.Code)), ExtendedCodes)
			fmt.Fprintf(&b, "== %s\n%s\n", d.Code, dump(w))
		}
	}
	golden.Check(t, "errors.extended.golden", b.String())
}

func TestWriteError_wellFormedForEveryCode(t *testing.T) {
	for _, d := range refusal.All() {
		w := httptest.NewRecorder()
		WriteError(w, asking(formatXML), reference(t), refusal.New(about(d.Code)))
		var x struct {
			XMLName xml.Name `xml:"http://tableau.com/api tsResponse"`
			Error   struct {
				Code    string `xml:"code,attr"`
				Summary string `xml:"http://tableau.com/api summary"`
				Detail  string `xml:"http://tableau.com/api detail"`
			} `xml:"http://tableau.com/api error"`
		}
		if err := xml.Unmarshal(w.Body.Bytes(), &x); err != nil {
			t.Fatalf("%s: %v", d.Code, err)
		}
		// The vendor's Python client gives up on an empty summary or detail.
		if x.Error.Summary == "" || x.Error.Detail == "" || len(x.Error.Code) != 6 || x.Error.Code[:3] != fmt.Sprint(w.Code) {
			t.Errorf("%s: status %d with %+v", d.Code, w.Code, x.Error)
		}
		w2 := httptest.NewRecorder()
		WriteError(w2, asking(formatJSON), reference(t), refusal.New(about(d.Code)))
		var j struct {
			Error struct {
				Summary string `json:"summary"`
				Detail  string `json:"detail"`
				Code    string `json:"code"`
			} `json:"error"`
		}
		if err := json.Unmarshal(w2.Body.Bytes(), &j, json.RejectUnknownMembers(true)); err != nil {
			t.Fatalf("%s: %v", d.Code, err)
		}
		if j.Error.Code != x.Error.Code || j.Error.Summary != x.Error.Summary || j.Error.Detail != x.Error.Detail {
			t.Errorf("%s: JSON says %+v, XML %+v", d.Code, j.Error, x.Error)
		}
	}
}

func TestWriteError_unclassified(t *testing.T) {
	w := httptest.NewRecorder()
	WriteError(w, asking(formatXML), reference(t), errors.New("dialing the database at 10.0.0.1"))
	if w.Code != 500 || strings.Contains(w.Body.String(), "10.0.0.1") {
		t.Errorf("an unclassified error gave %d %s", w.Code, w.Body)
	}
	w = httptest.NewRecorder()
	WriteError(w, asking(formatXML), reference(t), refusal.New(refusal.Finding{Code: "made_up_tomorrow"}))
	if w.Code != 500 {
		t.Errorf("a code without wording gave %d, want 500", w.Code)
	}
}

func TestWriteError_retryAfterOfTheCaller(t *testing.T) {
	w := httptest.NewRecorder()
	w.Header().Set("Retry-After", "7")
	WriteError(w, asking(formatXML), reference(t), refusal.New(refusal.Finding{Code: refusal.TooManyRequests}))
	if got := w.Header().Values("Retry-After"); len(got) != 1 || got[0] != "7" {
		t.Errorf("Retry-After = %q, want the caller's 7", got)
	}
}

func TestWriteError_extendedCodesForAMissingScp(t *testing.T) {
	for _, f := range []refusal.Finding{{Code: refusal.NoScopes}, {Code: refusal.ScopesMalformed}} {
		if a, _ := answerTo(f, ExtendedCodes); a != signInError("10099") {
			t.Errorf("%s answers %+v, want 10099", f.Code, a)
		}
	}
	if a, _ := answerTo(refusal.Finding{Code: refusal.ScopesMalformed, Got: `"x"`}, ExtendedCodes); a != signInError("10084") {
		t.Errorf("an scp that is no list answers %+v, want 10084", a)
	}
}

func TestA106_onlySixteenSpeaksOfUsers(t *testing.T) {
	speaks := map[refusal.Code]bool{refusal.UserUnknown: true, refusal.UserDisabled: true, refusal.SubjectMismatch: true}
	for _, d := range refusal.All() {
		a, _ := answerTo(about(d.Code), SeedCodes)
		if got := strings.HasSuffix(a.detail, "(16)"); got != speaks[d.Code] {
			t.Errorf("%s answers %q", d.Code, a.detail)
		}
	}
}

func TestA150_toldApartByTheChallengeOnly(t *testing.T) {
	body := map[string]refusal.Code{}
	for _, c := range []struct {
		code      refusal.Code
		wire      string
		challenge string
	}{
		{refusal.CredentialMissing, "401000", `Bearer`},
		{refusal.CredentialInvalid, "401002", `Bearer error="invalid_token"`},
		{refusal.CredentialExpired, "401002", `Bearer error="invalid_token"`},
		{refusal.CredentialRevoked, "401002", `Bearer error="invalid_token"`},
		{refusal.ScopeNotGranted, "401002", `Bearer error="insufficient_scope", scope="tableau:file_uploads:create tableau:workbooks:create"`},
		{refusal.MethodUnknown, "401002", `Bearer error="insufficient_scope"`},
	} {
		w := httptest.NewRecorder()
		WriteError(w, asking(formatXML), reference(t), refusal.New(aboutWithoutWant(c.code)))
		if got := w.Header().Get("WWW-Authenticate"); got != c.challenge {
			t.Errorf("%s: WWW-Authenticate = %s, want %s", c.code, got, c.challenge)
		}
		if w.Code != 401 || !strings.Contains(w.Body.String(), `code="`+c.wire+`"`) {
			t.Errorf("%s: %d %s, want 401 with %s", c.code, w.Code, w.Body, c.wire)
		}
		if c.wire == "401002" {
			body[w.Body.String()] = c.code
		}
	}
	if len(body) != 1 {
		t.Errorf("401002 has %d bodies: %v", len(body), body)
	}
}

func aboutWithoutWant(c refusal.Code) refusal.Finding {
	f := about(c)
	if c != refusal.ScopeNotGranted {
		f.Want = ""
	}
	return f
}

func TestA150_challengeCannotBeEscaped(t *testing.T) {
	w := httptest.NewRecorder()
	WriteError(w, asking(formatXML), reference(t), refusal.New(refusal.Finding{
		Code: refusal.ScopeNotGranted, Want: "a\", realm=\"evil b\r\nX: y \\c d"}))
	if got, want := w.Header().Get("WWW-Authenticate"), `Bearer error="insufficient_scope", scope="y d"`; got != want {
		t.Errorf("WWW-Authenticate = %q, want %q", got, want)
	}
}

func TestA126_foreignTextIsEscaped(t *testing.T) {
	e := element{name: "user", attrs: []attribute{{"name", "a\"b<c>&]]>\x00\x1b\r\n\u202e\xff\uFFFEd"}}, text: "]]><x/>&\x07"}
	var x struct {
		User struct {
			Name string `xml:"name,attr"`
			Text string `xml:",chardata"`
		} `xml:"user"`
	}
	if err := xml.Unmarshal(e.toXML("3_21"), &x); err != nil {
		t.Fatalf("%v in %s", err, e.toXML("3_21"))
	}
	if want := "a\"b<c>&]]>\uFFFD\uFFFD\r\n\u202e\uFFFD\uFFFDd"; x.User.Name != want {
		t.Errorf("XML attribute = %q, want %q", x.User.Name, want)
	}
	if want := "]]><x/>&\uFFFD"; x.User.Text != want {
		t.Errorf("XML text = %q, want %q", x.User.Text, want)
	}
	var j struct{ User struct{ Name, Value string } }
	if err := json.Unmarshal(e.toJSON(), &j, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%v in %s", err, e.toJSON())
	}
	if want := "a\"b<c>&]]>\x00\x1b\r\n\u202e\uFFFD\uFFFEd"; j.User.Name != want {
		t.Errorf("JSON member = %q, want %q", j.User.Name, want)
	}
}
