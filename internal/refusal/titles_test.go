package refusal

import (
	"slices"
	"strings"
	"testing"
)

func TestTitle_of_a_code_that_is_said_in_several_ways(t *testing.T) {
	for _, d := range All() {
		cases := slices.ContainsFunc(Variants(), func(v Variant) bool { return v.Code == d.Code })
		_, ok := titleOf[d.Code]
		if !ok && (cases || strings.Contains(d.Message.EN+d.Message.DE, "{")) {
			t.Errorf("%s has cases or is about something, so that its sentence is no title; titles.go lacks one", d.Code)
		}
		for lang, s := range map[string]string{"en": Title(d.Code).EN, "de": Title(d.Code).DE} {
			if s == "" || ok && (len(s) > 60 || strings.HasSuffix(s, ".")) || strings.ContainsAny(s, "{}…") {
				t.Errorf("%s, %s: %q is no title", d.Code, lang, s)
			}
		}
	}
	seen := map[string]Code{}
	for _, x := range titles {
		if Define(x.code).Code != x.code {
			t.Errorf("%s has a title and no definition", x.code)
		}
		if other, twice := seen[x.text.DE]; twice {
			t.Errorf("%s and %s have one title", other, x.code)
		}
		seen[x.text.DE] = x.code
	}
}
