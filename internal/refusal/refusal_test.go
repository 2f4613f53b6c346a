package refusal

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// TestDefinitions are complete: every code that the package names has exactly one.
func TestDefinitions(t *testing.T) {
	named := map[Code]bool{}
	names, err := filepath.Glob("codes*.go")
	if err != nil || len(names) == 0 {
		t.Fatal("no files of codes", err)
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				code, _ := strconv.Unquote(lit.Value)
				if named[Code(code)] {
					t.Errorf("%s is named twice", code)
				}
				named[Code(code)] = true
			}
			return true
		})
	}
	snake := regexp.MustCompile(`^[a-z]+(_[a-z]+)*$`)
	placeholder := regexp.MustCompile(`\{[^}]*\}`)
	for _, d := range All() {
		if !named[d.Code] {
			t.Errorf("%s is defined twice, or not named in codes*.go", d.Code)
		}
		delete(named, d.Code)
		if !snake.MatchString(string(d.Code)) {
			t.Errorf("%s is not in snake case", d.Code)
		}
		if (d.Kind == Internal) != (d.Code == InternalFailure) {
			t.Errorf("%s is of kind %d", d.Code, d.Kind)
		}
		switch d.Fixer {
		case Developer, Administrator, User, Operator:
		default:
			t.Errorf("%s is fixed by %q", d.Code, d.Fixer)
		}
		for _, s := range []Text{d.Message, d.Remedy} {
			if !strings.HasSuffix(s.EN, ".") || !strings.HasSuffix(s.DE, ".") || s.EN == s.DE {
				t.Errorf("%s: %+v are not two sentences", d.Code, s)
			}
			en, de := placeholder.FindAllString(s.EN, -1), placeholder.FindAllString(s.DE, -1)
			if fmt.Sprint(en) != fmt.Sprint(de) && len(en) == len(de) && len(en) < 2 {
				t.Errorf("%s: %v in English, %v in German", d.Code, en, de)
			}
			if len(en) != len(de) {
				t.Errorf("%s: %v in English, %v in German", d.Code, en, de)
			}
			for _, p := range en {
				if !strings.Contains("{scope} {want} {got} {kind} {why}", p) {
					t.Errorf("%s: %s is not filled", d.Code, p)
				}
			}
		}
	}
	for code := range named {
		t.Errorf("%s has no definition", code)
	}
}

func TestFinding_says_what_it_is_about(t *testing.T) {
	f := Finding{Code: ObjectNotFound, Want: "connected app", Got: "x"}
	if m := f.Message(); m.EN != "There is no connected app “x” here." || m.DE != "Hier gibt es „x“ nicht (Art: verbundene App)." {
		t.Errorf("%+v", m)
	}
	f = Finding{Code: AudienceWrong, Got: "{want}\x1b[31m", Want: "tableau"} // what was sent is no template
	if m := f.Message().EN; m != `The audience (aud) is “{want}\u001b[31m”, expected is “tableau”.` {
		t.Errorf("%q", m)
	}
	if got := (Finding{Code: "made_up"}).Definition().Code; got != InternalFailure {
		t.Errorf("a code that is not defined is %s", got)
	}
}

// TestFlaws are complete: every flaw that the package names is defined once, in both languages.
func TestFlaws(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "flaws.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, decl := range file.Decls {
		for _, spec := range decl.(*ast.GenDecl).Specs {
			if v, ok := spec.(*ast.ValueSpec); ok && v.Type != nil {
				name, _ := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
				if named[name] {
					t.Errorf("%s is named twice", name)
				}
				named[name] = true
			}
		}
	}
	placeholder := regexp.MustCompile(`\{[^}]*\}`)
	for _, d := range Flaws() {
		if !named[string(d.Flaw)] {
			t.Errorf("%s is defined twice, or not named in flaws.go", d.Flaw)
		}
		delete(named, string(d.Flaw))
		if d.Text.EN == "" || d.Text.DE == "" || d.Text.EN == d.Text.DE || strings.HasSuffix(d.Text.EN+d.Text.DE, ".") {
			t.Errorf("%s: %+v are not two clauses", d.Flaw, d.Text)
		}
		en, de := placeholder.FindAllString(d.Text.EN, -1), placeholder.FindAllString(d.Text.DE, -1)
		slices.Sort(en)
		slices.Sort(de)
		if !slices.Equal(en, de) {
			t.Errorf("%s: %v in English, %v in German", d.Flaw, en, de)
		}
		for _, p := range en {
			if !strings.Contains("{in} {at} {want} {got}", p) {
				t.Errorf("%s: %s is not filled", d.Flaw, p)
			}
		}
		if strings.Contains(strings.TrimPrefix(d.Text.EN, "{in}"), "{in}") || strings.Contains(strings.TrimPrefix(d.Text.DE, "{in}"), "{in}") && d.Flaw != AttrMissing {
			t.Errorf("%s: a part is written as a subject, which begins the clause", d.Flaw)
		}
	}
	for name := range named {
		t.Errorf("%s has no definition", name)
	}
}

// TestWhy is a whole sentence in both languages, in which only what others sent is the same.
func TestWhy(t *testing.T) {
	for _, c := range []struct {
		f    Finding
		want Text
	}{
		{Finding{Code: AssertionUnreadable, Why: Why{Flaw: IsPadded, In: Claims}},
			Text{EN: "The JWT cannot be read: the part with the claims is padded with =, which a compact token is not.",
				DE: "Das JWT ist nicht lesbar: Der Teil mit den Claims ist mit = aufgefüllt, was es in einem kompakten Token nicht gibt."}},
		{Finding{Code: PathNotCanonical, Why: Why{Flaw: EscapeSeparator, At: 8, Got: "%2f"}},
			Text{EN: "The path is not in canonical form: position 8: %2f hides a separator.",
				DE: "Der Pfad hat keine kanonische Form: Position 8: %2f verbirgt ein Trennzeichen."}},
		{Finding{Code: SignInBodyUnreadable, Got: "x", Why: Why{Flaw: RootOther, Got: "{got}{why}\x1b", Want: "tsRequest"}}, // what was sent is no template
			Text{EN: `The sign-in request cannot be read: the root element is “{got}{why}\u001b”, not tsRequest.`,
				DE: `Die Anmeldeanforderung ist nicht lesbar: Das Wurzelelement ist „{got}{why}\u001b“, nicht tsRequest.`}},
		{Finding{Code: SignInKindUnsupported, Why: Why{Flaw: KindPassword}},
			Text{EN: "Signing in with name and password is not offered here.", DE: "Die Anmeldung mit Name und Kennwort wird hier nicht angeboten."}},
		{Finding{Code: BodyUnreadable}, Text{EN: "The body cannot be read: —.", DE: "Der Textteil ist nicht lesbar: —."}},
	} {
		if got := c.f.Message(); got != c.want {
			t.Errorf("%+v, want %+v", got, c.want)
		}
	}
	long := Finding{Code: NoScopes, Why: Why{In: strings.Repeat("i", 300), Got: "\x1b", Want: strings.Repeat("w", 300)}, Scope: "\x00"}.Safe()
	if len(long.Why.In) > 210 || len(long.Why.Want) > 210 || long.Why.Got != `\u001b` || long.Scope != `\u0000` || long.Safe().Why.Got != long.Why.Got {
		t.Errorf("%+v", long)
	}
}

func TestSize(t *testing.T) {
	for n, want := range map[int64]string{0: "0 B", 1023: "1023 B", 1 << 10: "1 KiB", 64 << 10: "64 KiB", 1<<20 + 1: "1048577 B", 10 << 20: "10 MiB"} {
		if got := Size(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

func TestCheckName(t *testing.T) {
	for name, want := range map[string]Code{"": FieldMissing, strings.Repeat("x", 256): FieldTooLong, "a\u202e": FieldCharacter, " a": FieldCharacter} {
		err := CheckName("title", name)
		if err == nil || Of(err).First().Code != want || Of(err).First().Got != "title" {
			t.Errorf("%q: %v, want %s", name, err, want)
		}
	}
	if err := CheckName("title", "Ada"); err != nil {
		t.Error(err)
	}
}

// TestA256_foreign_text_is_shown_escaped_and_cut.
func TestA256_foreign_text_is_shown_escaped_and_cut(t *testing.T) {
	for in, want := range map[string]string{
		"plain":        "plain",
		"Grüße 李 😀":    "Grüße 李 😀",
		"\x1b[31m":     `\u001b[31m`,
		"a\u202eb":     `a\u202eb`,
		"a\nb\x00":     `a\u000ab\u0000`,
		"\xff\xfe":     `\xff\xfe`,
		"\ufffd":       "\ufffd",
		"\u00a0":       `\u00a0`,
		"\u200b":       `\u200b`,
		"\U000e0041":   `\u` + "e0041",
		"<script>'\"&": "<script>'\"&", // for pages, the template escapes
	} {
		if got := Safe(in); got != want {
			t.Errorf("Safe(%q) = %q, want %q", in, got, want)
		}
	}
	long := Safe(strings.Repeat("ä", 1000))
	if !strings.HasSuffix(long, "ä…") || utf8.RuneCountInString(long) > 101 {
		t.Errorf("cut to %d: %q", len(long), long)
	}
}

func FuzzSafe(f *testing.F) {
	f.Add("a\x1b")
	f.Add(strings.Repeat("ä", 150))
	f.Add(strings.Repeat("\xe2\x82", 120))
	f.Fuzz(func(t *testing.T, s string) {
		out := Safe(s)
		if !utf8.ValidString(out) || len(out) > 10*maxShown {
			t.Errorf("%q", out)
		}
		for _, r := range out {
			if !unicode.IsPrint(r) {
				t.Errorf("%q holds %U", out, r)
			}
		}
	})
}

func TestError(t *testing.T) {
	cause := errors.New("disk is gone")
	e := Because(RevocationsStale, cause)
	wrapped := fmt.Errorf("signing in: %w", e)
	if Of(wrapped) != e || !errors.Is(wrapped, cause) || !strings.Contains(e.Error(), "disk is gone") {
		t.Errorf("%v", wrapped)
	}
	if got := Of(cause).First().Code; got != InternalFailure {
		t.Errorf("what carries no refusal is %s", got)
	}
	if got := (&Error{}).First().Code; got != InternalFailure {
		t.Errorf("no finding is %s", got)
	}
	if got := New(Finding{Code: NoScopes}).Error(); !strings.HasPrefix(got, "no_scopes: ") {
		t.Errorf("%q", got)
	}
}
