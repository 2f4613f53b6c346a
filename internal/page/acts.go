package page

import (
	"cmp"
	"slices"
	"strings"
)

// Act is a code of the audit books with its words.
type Act struct{ Code, Words string }

// ActWords are what a code of the audit books says, or nothing: books are older than the program that reads them. Changed says that
// the act found something there, and changed it.
func ActWords(lang, code string, changed bool) string {
	t, ok := actTexts["act."+code+changedSuffix]
	if !changed || !ok {
		t = actTexts["act."+code]
	}
	return t.In(lang)
}

const changedSuffix = ".changed"

// vendors are the beginnings of codes that stand in the vendor's own book only.
var vendors = []string{"key.", "link.", "login.", "password.", "governance.enforce", "governance.set_vendor"}

// Acts are the codes that the book of an account may hold, in the order of their words.
func Acts(lang string) []Act {
	var out []Act
	for key, t := range actTexts {
		code, ok := strings.CutPrefix(key, "act.")
		if ok && !strings.HasSuffix(code, changedSuffix) && !slices.ContainsFunc(vendors, func(v string) bool { return strings.HasPrefix(code, v) }) {
			out = append(out, Act{code, t.In(lang)})
		}
	}
	slices.SortFunc(out, func(a, b Act) int { return cmp.Or(strings.Compare(a.Words, b.Words), strings.Compare(a.Code, b.Code)) })
	return out
}

// FieldWords are what a field of a book or of a registration is called, or nothing. Of numbered ones each is called the same.
func FieldWords(lang, field string) string {
	t, ok := lookup("field." + field)
	if base, _, cut := strings.Cut(field, "."); !ok && cut {
		t, _ = lookup("field." + base)
	}
	return t.In(lang)
}

// Said are the words for what stands in a field of a book, or nothing.
func Said(lang, field, value string) string {
	t, _ := actTexts["said."+field+"."+strings.ReplaceAll(value, " ", "_")]
	return t.In(lang)
}
