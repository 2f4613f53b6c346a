package jws

import (
	"strings"
	"testing"
)

// TestA096_form: size and dots are judged before anything is split.
func TestA096_form(t *testing.T) {
	for what, raw := range map[string]string{
		"empty":                 "",
		"one dot":               "e30.e30",
		"three dots":            "e30.e30.e30.e30",
		"a JWE":                 "e30.e30.e30.e30.e30",
		"a JWE without key":     "e30..e30.e30.e30",
		"a million dots":        strings.Repeat(".", 1e6),
		"sixteen thousand dots": strings.Repeat(".", MaxSize),
		"too long":              "e30.e30." + strings.Repeat("A", MaxSize),
		"a detached payload":    "e30..e30",
		"JSON serialization":    `{"payload":"e30","signature":"e30"}`,
		"a leading space":       " e30.e30.e30",
		"a trailing space":      "e30.e30.e30 ",
		"a trailing line end":   "e30.e30.e30\n",
		"a trailing NUL":        "e30.e30.e30\x00",
		"a leading scheme":      "Bearer e30.e30.e30",
	} {
		if _, problems := Split(raw); len(problems) == 0 {
			t.Errorf("%s is read", what)
		}
	}
}

// TestA098_base64: only the canonical spelling of a part is read, wherever it stands.
func TestA098_base64(t *testing.T) {
	for what, part := range map[string]string{
		"padding":              "e30=",
		"standard alphabet +":  "e3+0",
		"standard alphabet /":  "e3/0",
		"a line feed":          "e3\n0",
		"a carriage return":    "e3\r0",
		"a last bit too many":  "e31",
		"a length of one":      "e30ab",
		"an empty part":        "",
		"a character above 7f": "e3ä",
	} {
		for _, raw := range []string{part + ".e30.e30", "e30." + part + ".e30", "e30.e30." + part} {
			if _, problems := Split(raw); len(problems) != 1 {
				t.Errorf("%s in %q: %d problems, want 1", what, raw, len(problems))
			}
		}
	}
}

func TestSplit_names_every_problem(t *testing.T) {
	p, problems := Split("e30=.e30.")
	if len(problems) != 2 {
		t.Fatalf("problems = %v, want two", problems)
	}
	if string(p.Payload) != "{}" || p.Header != nil || p.Signature != nil {
		t.Errorf("parts = %+v", p)
	}
	if got, want := problems[0].Error(), "the header is padded with =, which a compact token is not"; got != want {
		t.Errorf("first problem = %q, want %q", got, want)
	}
}

func FuzzSplit(f *testing.F) {
	for _, s := range []string{"e30.e30.e30", "e30=.e30.e30", "e3\n0.e30.e30", "e31.e30.AA"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		p, problems := Split(raw)
		if len(problems) > 0 {
			return
		}
		if again := Encode(p.Header) + "." + Encode(p.Payload) + "." + Encode(p.Signature); again != raw {
			t.Errorf("%q is read, but its spelling is %q", raw, again)
		}
		if !strings.HasPrefix(raw, p.Input+".") {
			t.Errorf("input %q of %q", p.Input, raw)
		}
	})
}

// TestA097_encrypted: whatever an encrypted token asks to be computed or unpacked, it is told by its number of parts and
// never looked into.
func TestA097_encrypted(t *testing.T) {
	for _, header := range []string{
		`{"alg":"PBES2-HS512+A256KW","enc":"A256GCM","p2c":2147483648,"p2s":"AA"}`,
		`{"alg":"dir","enc":"A256GCM","zip":"DEF"}`,
		`{"alg":"A128GCMKW","enc":"A256GCM"}`,
	} {
		p, problems := Split(Encode([]byte(header)) + "..AA.AA.AA")
		if len(problems) != 1 || !strings.Contains(problems[0].Error(), "JWE") || p.Header != nil {
			t.Errorf("%s: %v", header, problems)
		}
	}
}
