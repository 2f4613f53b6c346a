package catalog

import (
	"cmp"
	"fmt"
	"slices"
)

// Severity says whether a problem keeps a catalog from being used.
type Severity string

// The severities. A catalog with errors does not load.
const (
	Error Severity = "error"
	Note  Severity = "note"
)

// Problem is something wrong, or worth knowing, at a place of the file.
type Problem struct {
	Severity Severity `json:"severity"`
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Message  string   `json:"message"`
}

// String is the problem in the form that editors understand: file:line:column: severity: message.
func (p Problem) String() string {
	return fmt.Sprintf("%s:%d:%d: %s: %s", p.File, p.Line, p.Column, p.Severity, p.Message)
}

// sortProblems puts problems in the order of the file.
func sortProblems(list []Problem) {
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// problemAt is a problem where the node stands.
func problemAt(n *node, file string, severity Severity, format string, args ...any) Problem {
	return Problem{severity, file, n.Line, n.Column, fmt.Sprintf(format, args...)}
}
