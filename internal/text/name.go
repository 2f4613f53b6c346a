package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName bounds names that people give, in bytes.
const MaxName = 255

// Flaw is what is wrong with a name.
type Flaw uint8

// The flaws. The zero Flaw is none.
const (
	Sound     Flaw = iota
	Empty          // there is no name
	TooLong        // it has more than MaxName bytes
	Character      // a character stands where it must not
)

// CheckName judges a name as people write it, and answers the character that is wrong where one is: control or formatting characters,
// ends of lines and what is not seen, which would let one name look like another or reorder a page (A103), and spaces at either end.
// What is no UTF-8 has the replacement character.
func CheckName(s string) (Flaw, rune) {
	switch {
	case s == "":
		return Empty, 0
	case len(s) > MaxName:
		return TooLong, 0
	case !utf8.ValidString(s):
		return Character, utf8.RuneError
	}
	for _, r := range s {
		if unicode.In(r, unicode.C, unicode.Zl, unicode.Zp) || invisible(r) {
			return Character, r
		}
	}
	if rest := strings.TrimLeftFunc(s, unicode.IsSpace); rest != s {
		r, _ := utf8.DecodeRuneInString(s)
		return Character, r
	}
	if rest := strings.TrimRightFunc(s, unicode.IsSpace); rest != s {
		r, _ := utf8.DecodeLastRuneInString(s)
		return Character, r
	}
	return Sound, 0
}
