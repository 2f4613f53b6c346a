package strictyaml

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
)

// Problem is one thing that is wrong with a document. Line and Column count from one; they are zero where the problem
// stands nowhere in the text, such as a missing file or a wrong environment variable.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line,omitempty"`
	Column  int    `json:"column,omitempty"`
	Key     string `json:"key,omitempty"` // such as routes[0].audience
	Message string `json:"message"`
}

// String is the problem on one line, in the form that editors turn into a link.
func (p Problem) String() string {
	switch {
	case p.Line > 0:
		return fmt.Sprintf("%s:%d:%d: %s", p.File, p.Line, p.Column, p.Message)
	case p.File != "":
		return p.File + ": " + p.Message
	}
	return p.Message
}

// Sort brings problems into the order of the text; those without a place come last.
func Sort(problems []Problem) {
	slices.SortStableFunc(problems, func(a, b Problem) int {
		if (a.Line == 0) != (b.Line == 0) {
			return cmp.Compare(b.Line, a.Line)
		}
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// maxLine bounds, in characters, how much of a line is shown beside a problem.
const maxLine = 160

// Render writes the problems for a person: each on a line of its own and, below it, the line of the text with a caret
// under the place.
func Render(w io.Writer, src []byte, problems []Problem) {
	lines := bytes.Split(src, []byte("\n"))
	for _, p := range problems {
		fmt.Fprintln(w, p)
		if p.Line < 1 || p.Line > len(lines) || p.Column < 1 || p.Column > maxLine {
			continue
		}
		fmt.Fprintf(w, "%5d | %s\n", p.Line, printable(lines[p.Line-1]))
		fmt.Fprintf(w, "      | %s^\n", strings.Repeat(" ", p.Column-1))
	}
}

// printable keeps a line as wide as it is, so that the caret meets its place, and lets no control character reach the
// terminal (A256).
func printable(line []byte) string {
	var b strings.Builder
	n := 0
	for _, r := range string(bytes.TrimRight(line, "\r")) {
		switch {
		case n == maxLine:
			b.WriteString("…")
			return b.String()
		case r == '\t':
			b.WriteByte(' ')
		case !unicode.IsPrint(r):
			b.WriteRune('�')
		default:
			b.WriteRune(r)
		}
		n++
	}
	return b.String()
}
