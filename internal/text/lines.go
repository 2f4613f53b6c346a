package text

import "strings"

// lineEnds are the ways of ending a line that Unicode knows (UAX #14: BK, CR, LF, NL), each made into "\n". "\r\n" is one.
var lineEnds = strings.NewReplacer("\r\n", "\n", "\r", "\n", "\v", "\n", "\f", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n")

// Lines ends every line of a text with "\n", however it was ended: what one program shows as one line is two to the next.
func Lines(s string) string { return lineEnds.Replace(s) }
