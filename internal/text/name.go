package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxName bounds names that people give, in bytes.
const MaxName = 255

// CheckName accepts a name as people write it, and says otherwise what is wrong: no control or formatting characters,
// which would let one name look like another or reorder a page (A103).
func CheckName(s string) error {
	switch {
	case s == "":
		return fmt.Errorf("must not be empty")
	case len(s) > MaxName:
		return fmt.Errorf("at most %d bytes", MaxName)
	case !utf8.ValidString(s):
		return fmt.Errorf("must be UTF-8")
	case strings.TrimSpace(s) != s:
		return fmt.Errorf("must not begin or end with a space")
	}
	for _, r := range s {
		if unicode.Is(unicode.C, r) {
			return fmt.Errorf("the character U+%04X may not stand in it", r)
		}
	}
	return nil
}
