package refusal

import (
	"regexp"
	"strings"
	"testing"
)

// TestVariants are sentences in both languages, of codes that are defined, and no two for one case.
func TestVariants(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[^}]*\}`)
	seen := map[variantKey]bool{}
	for _, v := range Variants() {
		key := variantKey{v.Code, v.Case}
		if seen[key] || v.Case == "" || Define(v.Code).Code != v.Code {
			t.Errorf("%s in the case %q is defined twice, or of nothing", v.Code, v.Case)
		}
		seen[key] = true
		switch v.Fixer {
		case Developer, Administrator, User, Operator:
		default:
			t.Errorf("%s, %s is fixed by %q", v.Code, v.Case, v.Fixer)
		}
		for _, s := range []Text{v.Message, v.Remedy} {
			if !strings.HasSuffix(s.EN, ".") || !strings.HasSuffix(s.DE, ".") || s.EN == s.DE {
				t.Errorf("%s, %s: %+v are not two sentences", v.Code, v.Case, s)
			}
			if en, de := placeholder.FindAllString(s.EN, -1), placeholder.FindAllString(s.DE, -1); len(en) != len(de) {
				t.Errorf("%s, %s: %v in English, %v in German", v.Code, v.Case, en, de)
			}
		}
	}
}

func TestCase_changes_the_words_and_the_fixer_only(t *testing.T) {
	in, out := Finding{Code: ClientDisabled, Case: Installing}.Definition(), Finding{Code: ClientDisabled}.Definition()
	if in.Code != out.Code || in.Kind != out.Kind || in.Message == out.Message || in.Fixer != Operator || out.Fixer != Administrator {
		t.Errorf("%+v and %+v", in, out)
	}
	if got := (Finding{Code: ScopeMismatch, Case: NoPlan}).Definition(); got != Define(ScopeMismatch) {
		t.Errorf("a case without words of its own says %+v", got)
	}
}
