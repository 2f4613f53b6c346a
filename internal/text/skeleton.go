package text

import (
	"strings"
	"unicode"
)

// Skeleton is what is left of a name of what tells it apart for a hasty eye: letters of other scripts that look like Latin ones
// are those, digits that look like letters too, and case, spaces, punctuation and marks are gone.
func Skeleton(name string) string {
	var b strings.Builder
	for _, r := range name {
		if to, ok := lookalikes[unicode.ToLower(r)]; ok {
			b.WriteString(to)
			continue
		}
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	// Two of these beside each other look like one of those.
	return strings.NewReplacer("rn", "m", "vv", "w", "cl", "d").Replace(b.String())
}

// lookalikes are letters and digits that are taken for others, in lower case. It holds those that imitation is made of, not all
// that Unicode knows.
var lookalikes = map[rune]string{
	'0': "o", '1': "l", '3': "e", '4': "a", '5': "s", '7': "t", '8': "b", 'i': "l", '|': "l", '$': "s", '@': "a",
	'ä': "a", 'á': "a", 'à': "a", 'â': "a", 'ã': "a", 'å': "a", 'ā': "a", 'é': "e", 'è': "e", 'ê': "e", 'ë': "e", 'ē': "e", 'ę': "e",
	'í': "l", 'ì': "l", 'î': "l", 'ï': "l", 'ı': "l", 'ł': "l", 'ó': "o", 'ò': "o", 'ô': "o", 'õ': "o", 'ö': "o", 'ø': "o", 'ō': "o",
	'ú': "u", 'ù': "u", 'û': "u", 'ü': "u", 'ç': "c", 'č': "c", 'ć': "c", 'ñ': "n", 'ń': "n", 'š': "s", 'ś': "s", 'ž': "z", 'ý': "y", 'ß': "ss",
	'а': "a", 'в': "b", 'с': "c", 'е': "e", 'ё': "e", 'н': "h", 'і': "l", 'ј': "j", 'к': "k", 'м': "m", 'о': "o", 'р': "p", 'ѕ': "s", 'т': "t", 'у': "y", 'х': "x",
	'α': "a", 'β': "b", 'ε': "e", 'η': "n", 'ι': "l", 'κ': "k", 'ν': "v", 'ο': "o", 'ρ': "p", 'τ': "t", 'υ': "u", 'χ': "x",
}
