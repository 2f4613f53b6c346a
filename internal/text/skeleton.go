package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Skeleton is what is left of a name of what tells it apart for a hasty eye: letters of other scripts and styles that look like Latin
// ones are those, digits that look like letters too, and case, spaces, punctuation, marks and what is not seen at all are gone.
func Skeleton(name string) string {
	var b strings.Builder
	for _, r := range name {
		if to, ok := lookalikes[r]; ok {
			b.WriteString(to)
			continue
		}
		if r < utf8.RuneSelf {
			reduce(&b, r)
			continue
		}
		for _, r := range norm.NFKD.String(string(r)) { // full width, circled, of mathematics; letters apart from their marks
			reduce(&b, r)
		}
	}
	// Two of these beside each other look like one of those.
	return strings.NewReplacer("rn", "m", "vv", "w", "cl", "d").Replace(b.String())
}

// reduce writes what a character looks like, or nothing.
func reduce(b *strings.Builder, r rune) {
	lower := unicode.ToLower(r)
	if to, ok := lookalikes[r]; ok {
		b.WriteString(to)
	} else if to, ok := lookalikes[lower]; ok {
		b.WriteString(to)
	} else if (unicode.IsLetter(r) || unicode.IsDigit(r)) && !invisible(r) {
		b.WriteRune(lower)
	}
}

// invisible says whether a character is not seen where it stands (Default_Ignorable_Code_Point of Unicode, but for those that are
// formatting characters or not assigned).
func invisible(r rune) bool {
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
