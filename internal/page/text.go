package page

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"prokura/internal/text"
)

// texts are the tables of all sentences, one for each part of the pages. A key stands in one of them only.
var texts = []map[string]text.Text{commonTexts, loginTexts, consoleTexts, registrationTexts, oauthTexts, termsTexts, governanceTexts, approvalTexts, ownTexts, settingsTexts, impactTexts, auditTexts, actTexts}

// lookup finds a sentence.
func lookup(key string) (text.Text, bool) {
	for _, table := range texts {
		if t, ok := table[key]; ok {
			return t, true
		}
	}
	return text.Text{}, false
}

// T is the sentence of a key in a language, with its arguments in the places %[1]v, %[2]v, … of it. A key that no table has
// is shown as it is, which the tests of the templates keep from happening.
func T(lang, key string, args ...any) string {
	t, ok := lookup(key)
	if !ok {
		return key
	}
	if len(args) == 0 {
		return t.In(lang)
	}
	// A text need not use every argument: "once" has no place for the number.
	pairs := make([]string, 0, 2*len(args))
	for i, arg := range args {
		pairs = append(pairs, "%["+strconv.Itoa(i+1)+"]v", fmt.Sprint(arg))
	}
	return strings.NewReplacer(pairs...).Replace(t.In(lang))
}

// Text is T in the language of a request.
func Text(r *http.Request, key string, args ...any) string { return T(LangOf(r), key, args...) }

// Count is a number of things, as "1 user" or "37 users": the texts are key.one and key.other, with the number in the place
// %[1]v. Arguments after the number stand in the places from %[2]v on.
func Count(lang, key string, n int, args ...any) string {
	form := ".other"
	if n == 1 {
		form = ".one"
	}
	return T(lang, key+form, append([]any{Number(lang, n)}, args...)...)
}
