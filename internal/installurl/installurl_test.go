package installurl

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// seedURL is the example of the page that this is built after, word for word.
const seedURL = "/authorize?client_id=123&redirect_uri=xyz&scope=crm.objects.custom.read"

// show writes every item with the bytes that it stands in.
func show(raw string, u URL) string {
	var out []string
	for _, i := range u.Items {
		kind := ""
		if i.Scope.IsZero() {
			kind = " (no token)"
		}
		out = append(out, fmt.Sprintf("%s %s[%s]%s", i.Place, i.Text, raw[i.Start:i.End], kind))
	}
	return strings.Join(out, ", ")
}

func TestParse_reads_any_install_url(t *testing.T) {
	for _, c := range []struct{ raw, client, redirect, tenant, items string }{
		{seedURL, "123", "xyz", "", "scope crm.objects.custom.read[crm.objects.custom.read]"},
		{"https://app.example/oauth/authorize?client_id=a&redirect_uri=https%3A%2F%2Fx%2Fcb&scope=a%20b&optional_scope=c+d#top", "a", "https://x/cb", "",
			"scope a[a], scope b[b], optional_scope c[c], optional_scope d[d]"},
		{"https://app.example/oauth/4711/authorize?client_id=a", "a", "", "4711", ""},
		{"/oauth/acme/authorize", "", "", "acme", ""},
		{"?scope=a%2Eb", "", "", "", "scope a.b[a%2Eb]"},
		{"?%73cope=a", "", "", "", "scope a[a]"},
		{"?scope=b a b", "", "", "", "scope b[b], scope a[a]"},
		{"?&scope=a&&x&=y&client_id=&", "", "", "", "scope a[a]"},
		{"", "", "", "", ""},
		{"mailto:nobody", "", "", "", ""},
	} {
		u, flaws := Parse(c.raw)
		if len(flaws) > 0 || u.ClientID != c.client || u.RedirectURI != c.redirect || u.Tenant != c.tenant || show(c.raw, u) != c.items {
			t.Errorf("Parse(%q): %v, client %q, redirect %q, tenant %q, %s", c.raw, flaws, u.ClientID, u.RedirectURI, u.Tenant, show(c.raw, u))
		}
	}
	p, flaws := ParseQuery("response_type=code&response_mode=query&state=%C3%BC%0D%0A&nonce=n&prompt=none&code_challenge=x&code_challenge_method=S256&scope=")
	if len(flaws) > 0 || p.ResponseType != "code" || p.ResponseMode != "query" || p.State != "ü\r\n" || p.Nonce != "n" || p.Prompt != "none" ||
		p.CodeChallenge != "x" || p.CodeChallengeMethod != "S256" || !p.Has("scope") || p.Has("client_id") || p.Scope.Len() != 0 {
		t.Errorf("%+v, %v", p, flaws)
	}
}

// flawed fails unless the URL has exactly the flaw described.
func flawed(t *testing.T, raw string, fatal bool, code refusal.Code, says string) {
	t.Helper()
	u, flaws := Parse(raw)
	if len(flaws) != 1 || flaws[0].Code != code || flaws[0].Fatal != fatal || !strings.Contains(flaws[0].Message().EN, says) {
		t.Errorf("Parse(%.60q): %+v, want %s with %q", raw, flaws, code, says)
		return
	}
	if fatal && (u.before != "" || len(u.sent) > 0 || len(u.Items) > 0) {
		t.Errorf("Parse(%.60q) was refused and still answers %+v", raw, u)
	}
}

func TestA009_of_a_parameter_sent_twice_no_value_counts(t *testing.T) {
	for _, name := range []string{"client_id", "redirect_uri", "scope", "optional_scope", "response_type", "state", "code_challenge", "prompt", "nonce"} {
		for _, values := range [][2]string{{"a", "b"}, {"a", "a"}, {"a", ""}, {"", "a"}} {
			raw := fmt.Sprintf("/authorize?%s=%s&x=1&%s=%s", name, values[0], name, values[1])
			flawed(t, raw, false, refusal.ParameterTwice, name)
			u, _ := Parse(raw)
			if u.ClientID+u.RedirectURI+u.ScopeSent+u.OptionalSent+u.ResponseType+u.State+u.CodeChallenge+u.Prompt+u.Nonce != "" {
				t.Errorf("%s: a value counts: %+v", raw, u.Params)
			}
		}
	}
	flawed(t, "?state=a&%73tate=b", false, refusal.ParameterTwice, "state")
	flawed(t, "?state=a&state=b&state=c", false, refusal.ParameterTwice, "state")
	if _, flaws := Parse("?utm=1&utm=2&STATE=a&state=b"); len(flaws) > 0 {
		t.Errorf("parameters that mean nothing are refused: %v", flaws)
	}
}

func TestA022_what_cannot_be_read_is_refused_as_a_whole(t *testing.T) {
	for raw, says := range map[string]string{
		"?client_id=a&a=%zz":               "position 16",
		"?client_id=a&a=%2":                "position 16",
		"?client_id=a&%=b":                 "position 14",
		"?x=1;y=2":                         "position 5: a semicolon",
		"?client_id=a&b=\x00":              "position 16: a space or a control character",
		"?client_id=a\tb":                  "position 13: a space or a control character",
		"/auth orize?client_id=a":          "position 6: a space or a control character",
		"?client_id=a&state=%ff":           "state is not UTF-8",
		"?client_id=a&x=\xff":              "x is not UTF-8",
		"?%ff=a":                           "not UTF-8",
		"?" + strings.Repeat("a=b&", 1000): "1001 parameters were sent, at most 1000",
		"?x=" + strings.Repeat("a", 1<<16): "bytes were sent, at most 65536",
	} {
		flawed(t, raw, true, refusal.RequestMalformed, says)
	}
	if _, flaws := Parse("?client_id=a&whatever=1&scope=a"); len(flaws) > 0 {
		t.Errorf("an unknown parameter is refused: %v", flaws)
	}
}

func TestA023_a_form_is_read_by_itself(t *testing.T) {
	p, flaws := ParseQuery("client_id=a&client_id=b")
	if len(flaws) != 1 || p.ClientID != "" || p.First("client_id") != "a" {
		t.Errorf("%+v %v", p, flaws)
	}
	if p, flaws = ParseQuery(strings.Repeat("x", MaxLength+1)); len(flaws) != 1 || !flaws[0].Fatal || p.Has(strings.Repeat("x", MaxLength+1)) {
		t.Errorf("%d flaws", len(flaws))
	}
}

func TestA033_only_the_space_separates_scopes(t *testing.T) {
	for raw, want := range map[string]string{
		"?scope=a%20b":                       "scope a[a], scope b[b]",
		"?scope=a%20%20b":                    "scope a[a], scope b[b]",
		"?scope=a+b":                         "scope a[a], scope b[b]",
		"?scope=+a+":                         "scope a[a]",
		"?scope=a%09b":                       "scope a\tb[a%09b] (no token)",
		"?scope=a%C2%A0b":                    "scope a\u00a0b[a%C2%A0b] (no token)",
		"?scope=a\u00a0b":                    "scope a\u00a0b[a\u00a0b] (no token)",
		"?scope=a,b":                         "scope a,b[a,b]", // a scope token of that name, which no catalog knows
		"?scope=a%0Ab":                       "scope a\nb[a%0Ab] (no token)",
		"?scope=a%2Bb":                       "scope a+b[a%2Bb]",
		"?scope=%22a%22&scope_=b":            `scope "a"[%22a%22] (no token)`,
		"?scope=" + strings.Repeat("a", 257): "scope " + strings.Repeat("a", 257) + "[" + strings.Repeat("a", 257) + "] (no token)",
	} {
		u, flaws := Parse(raw)
		if len(flaws) > 0 || show(raw, u) != want {
			t.Errorf("Parse(%q): %v, %s, want %s", raw, flaws, show(raw, u), want)
		}
	}
	u, _ := Parse("?scope=a%09b+c&optional_scope=a%09b")
	if d := cmp.Diff([]policy.Misnamed{{Text: "a\tb", Place: policy.InScope}, {Text: "a\tb", Place: policy.InOptional}}, u.Malformed); d != "" || u.Scope.String() != "c" {
		t.Errorf("%s, %s", d, u.Scope)
	}
}

func TestA034_no_name_is_taken_for_another(t *testing.T) {
	for _, name := range []string{"CRM.read", "\uff43rm.read", "crm.\u200dread", "crm.re\u0301ad", "crm.\u212a", "crm.read\u00ad"} {
		u, flaws := Parse("?scope=" + escape(name))
		if len(flaws) > 0 || len(u.Items) != 1 || u.Items[0].Text != name || u.Scope.Has(scope.MustParse("crm.read")) {
			t.Errorf("%q is read as %+v, %v", name, u.Items, flaws)
		}
	}
}

func TestA035_wildcards_are_names_like_others(t *testing.T) {
	const sent = "* tableau:* tableau:*:* tableau:users:*:x tableau:us*:read"
	u, flaws := Parse("?scope=" + escape(sent))
	if len(flaws) > 0 || u.Scope.Len() != 5 || len(u.Malformed) > 0 {
		t.Errorf("%s, %v", u.Scope, flaws)
	}
}

func TestA039_lists_of_scopes_are_bounded(t *testing.T) {
	var many []string
	for i := range 257 {
		many = append(many, fmt.Sprint("s", i))
	}
	flawed(t, "?scope="+strings.Join(many, "+"), true, refusal.RequestMalformed, "scope names more than 256 scopes")
	flawed(t, "?optional_scope="+strings.Repeat("a+", 9000), true, refusal.RequestMalformed, "18000 bytes were sent, at most 16384")
	u, flaws := Parse("?scope=" + strings.Repeat("a+", 8000))
	if len(flaws) > 0 || len(u.Items) != 1 || u.Scope.String() != "a" {
		t.Errorf("one scope many times: %v, %d items", flaws, len(u.Items))
	}
	if u, flaws = Parse("?scope=" + strings.Join(many[:256], "+")); len(flaws) > 0 || u.Scope.Len() != 256 {
		t.Errorf("256 scopes: %v, %d", flaws, u.Scope.Len())
	}
}

func TestWith_writes_the_corrected_url(t *testing.T) {
	set := func(s string) scope.Set {
		v, err := scope.ParseList(s)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	for _, c := range []struct{ raw, required, optional, want string }{
		{seedURL, "", "crm.objects.custom.read", "/authorize?client_id=123&redirect_uri=xyz&optional_scope=crm.objects.custom.read"},
		{"https://h/oauth/authorize?scope=a+b&client_id=%61&state=%zz", "", "", ""},
		{"https://h/oauth/authorize?scope=a+b&client_id=%61&x=%7E#f", "b a:c", "", "https://h/oauth/authorize?scope=a:c%20b&client_id=%61&x=%7E#f"},
		{"/authorize?optional_scope=a&client_id=1&scope=b", "a b", "", "/authorize?client_id=1&scope=a%20b"},
		{"/authorize", "a", "b", "/authorize?scope=a&optional_scope=b"},
		{"/authorize?scope=a&scope=b&state=1&state=2", "a b", "", "/authorize?scope=a%20b&state=1"},
		{"/authorize?scope=a", "", "", "/authorize"},
	} {
		u, flaws := Parse(c.raw)
		if c.want == "" {
			if len(flaws) == 0 {
				t.Errorf("%q was read", c.raw)
			}
			continue
		}
		if got := u.With(set(c.required), set(c.optional)); got != c.want {
			t.Errorf("%q became %q, want %q", c.raw, got, c.want)
		}
	}
	u, _ := Parse(seedURL)
	if got := u.With(u.Scope, u.Optional, Parameter{"redirect_uri", "https://a/b?c=d"}, Parameter{"response_type", "code"}); got !=
		"/authorize?client_id=123&redirect_uri=https://a/b%3Fc%3Dd&scope=crm.objects.custom.read&response_type=code" {
		t.Error(got)
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		seedURL, "https://a.example/oauth/t/authorize?client_id=a&redirect_uri=https%3A%2F%2Fx%2Fcb&scope=a%20b+c&optional_scope=d&state=%C3%BC#x",
		"?scope=a%09b&scope=c&optional_scope=\u00a0", "?a=%zz", "?x=1;y=2", "?scope=" + strings.Repeat("a+", 300), "?%73cope=a&=b&&c", "#?scope=a", "?state=%00%ff",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		u, flaws := Parse(raw)
		for _, fl := range flaws {
			if fl.Start < 0 || fl.End < fl.Start || fl.End > len(raw) {
				t.Fatalf("%q: the flaw %+v stands nowhere", raw, fl)
			}
			if fl.Fatal && (len(u.sent) > 0 || u.Has("scope") || u.before != "") {
				t.Fatalf("%q: read in spite of %+v", raw, fl)
			}
		}
		var inScope, inOptional, malformed int
		for _, i := range u.Items {
			text, _, bad := decode(raw[i.Start:i.End], 0)
			if bad || text != i.Text || strings.Contains(text, " ") || text == "" {
				t.Fatalf("%q: %+v stands in %q", raw, i, raw[i.Start:i.End])
			}
			switch {
			case i.Scope.IsZero():
				malformed++
			case i.Place == policy.InScope:
				inScope++
			default:
				inOptional++
			}
		}
		if inScope != u.Scope.Len() || inOptional != u.Optional.Len() || malformed != len(u.Malformed) {
			t.Fatalf("%q: %+v", raw, u)
		}
		if len(flaws) > 0 && flaws[0].Fatal {
			return
		}
		fixed := u.With(u.Scope, u.Optional)
		if len(fixed) > MaxLength {
			return // escapes made it longer than a URL may be
		}
		v, flaws := Parse(fixed)
		if len(flaws) > 0 || !v.Scope.Equal(u.Scope) || !v.Optional.Equal(u.Optional) || len(v.Malformed) > 0 || v.Tenant != u.Tenant {
			t.Fatalf("%q was corrected to %q: %v", raw, fixed, flaws)
		}
		for _, name := range []string{"client_id", "redirect_uri", "state", "x"} {
			if v.First(name) != u.First(name) {
				t.Fatalf("%q was corrected to %q, which says another %s", raw, fixed, name)
			}
		}
		if again := v.With(v.Scope, v.Optional); again != fixed {
			t.Fatalf("%q is corrected once more to %q", fixed, again)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	raw := "/oauth/authorize?client_id=8e1b7172-39c3-4a32-887e-fc2b4119f56d&redirect_uri=https%3A%2F%2Fapp.example%2Fcb&state=x&scope="
	for i := range 50 {
		raw += fmt.Sprintf("crm.objects.thing%d.read%%20", i)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, flaws := Parse(raw); len(flaws) > 0 {
			b.Fatal(flaws)
		}
	}
}
