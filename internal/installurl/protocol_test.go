package installurl

import (
	"strings"
	"testing"

	"prokura/internal/refusal"
)

func TestProtocol(t *testing.T) {
	const challenge = "&code_challenge_method=S256&code_challenge="
	good := "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM" // RFC 7636, appendix B
	for _, c := range []struct {
		query              string
		installURL, public bool
		want               string
	}{
		{"response_type=code", false, false, ""},
		{"", true, false, ""},
		{"", false, false, "response_type_missing"},
		{"response_type=", true, false, ""},
		{"response_type=token", true, false, "response_type_not_offered"},
		{"response_type=code+token", true, false, "response_type_not_offered"},
		{"response_type=code&response_type=code", true, false, ""}, // twice is a flaw of the form
		{"response_mode=query", true, false, ""},
		{"response_mode=fragment", true, false, "response_mode_not_offered"},
		{"", true, true, "challenge_missing"},
		{challenge + good, true, true, ""},
		{challenge + good[1:], true, true, "challenge_malformed"},
		{challenge + good[:42] + "N", true, false, "challenge_malformed"},
		{challenge + good[:42] + "%3D", true, false, "challenge_malformed"},
		{"code_challenge=" + good, true, true, "challenge_malformed"},
		{"code_challenge_method=plain&code_challenge=" + good, true, true, "challenge_malformed"},
		{"code_challenge=", true, true, "challenge_malformed"},
		{"prompt=login+consent", true, false, ""},
		{"prompt=none", true, false, ""},
		{"prompt=none+login", true, false, "prompt_malformed"},
		{"prompt=create", true, false, "prompt_malformed"},
		{"request=e.f.g&request_uri=http://169.254.169.254/", true, false, "request_object_not_offered request_object_not_offered"},
		{"state=" + strings.Repeat("s", MaxState), true, false, ""},
		{"state=" + strings.Repeat("s", MaxState+1), true, false, "parameter_too_long"},
		{"response_type=token&prompt=x", false, true, "response_type_not_offered challenge_missing prompt_malformed"},
	} {
		p, _ := ParseQuery(c.query)
		var got []string
		for _, f := range p.Protocol(c.installURL, c.public) {
			if f.Definition().Code == refusal.InternalFailure {
				t.Errorf("%s is not defined", f.Code)
			}
			got = append(got, string(f.Code))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%.80q: %v, want %s", c.query, got, c.want)
		}
	}
}

func TestSpan(t *testing.T) {
	raw := "/authorize?client_id=a%20b&x"
	u, _ := Parse(raw)
	if start, end := u.Span("client_id"); raw[start:end] != "a%20b" {
		t.Error(raw[start:end])
	}
	if start, end := u.Span("scope"); start != end {
		t.Error(start, end)
	}
}
