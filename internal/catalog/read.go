package catalog

import (
	"strings"

	"prokura/internal/strictyaml"
	"prokura/internal/text"
)

// maxProblems bounds what is reported of one file: beyond it, the file is not a catalog.
const maxProblems = 200

// node is a piece of the file with its place. What YAML is, strictyaml knows.
type node = strictyaml.Node

// reader walks over the file and gathers every problem.
type reader struct {
	file     string
	problems []Problem
}

// fail notes a problem, except with what strictyaml refused and named already.
func (r *reader) fail(at *node, format string, args ...any) {
	if at.Kind != strictyaml.Refused && len(r.problems) < maxProblems {
		r.problems = append(r.problems, problemAt(at, r.file, Error, format, args...))
	}
}

// field is a key that a mapping may have.
type field struct {
	name     string
	required bool
	read     func(*node)
}

// mapping reads a mapping with exactly these keys. Unknown keys are answered with the nearest known one.
func (r *reader) mapping(n *node, what string, fields ...field) bool {
	if n.Kind != strictyaml.Mapping {
		r.fail(n, "%s must be a mapping of keys and values", what)
		return false
	}
	seen := map[string]bool{}
	known := make([]string, len(fields))
	for i, f := range fields {
		known[i] = f.name
	}
	for _, e := range n.Entries {
		if e.Key.Kind == strictyaml.Refused {
			continue
		}
		key := e.Key.Text
		if seen[key] {
			r.fail(e.Key, "%s has the key %q twice", what, key)
			continue
		}
		seen[key] = true
		found := false
		for _, f := range fields {
			if f.name == key {
				f.read(e.Value)
				found = true
			}
		}
		if !found {
			r.fail(e.Key, "%s has no key %q%s", what, key, suggest(key, known))
		}
	}
	for _, f := range fields {
		if f.required && !seen[f.name] {
			r.fail(n, "%s lacks the key %q", what, f.name)
		}
	}
	return true
}

// list reads a list, item by item.
func (r *reader) list(n *node, what string, each func(*node)) {
	if n.Kind != strictyaml.List {
		r.fail(n, "%s must be a list", what)
		return
	}
	for _, item := range n.Items {
		each(item)
	}
}

// names reads a list of scalars in which each stands once.
func (r *reader) names(n *node, what string) []*node {
	var out []*node
	seen := map[string]bool{}
	r.list(n, what, func(item *node) {
		if r.scalar(item, "an item of "+what) == "" {
			return
		}
		if seen[item.Text] {
			r.fail(item, "%s names %q twice", what, item.Text)
			return
		}
		seen[item.Text] = true
		out = append(out, item)
	})
	return out
}

// scalar reads a text that is not empty.
func (r *reader) scalar(n *node, what string) string {
	if n.Kind != strictyaml.Scalar || strings.TrimSpace(n.Text) == "" {
		r.fail(n, "%s must be a text", what)
		return ""
	}
	return n.Text
}

// choice reads one of a few words.
func (r *reader) choice(n *node, what string, words ...string) string {
	s := r.scalar(n, what)
	if s == "" {
		return ""
	}
	for _, w := range words {
		if s == w {
			return s
		}
	}
	r.fail(n, "%s is %q, must be one of: %s%s", what, s, strings.Join(words, ", "), suggest(s, words))
	return ""
}

// identifier reads a name of our own: lower-case letters, digits and underscores, a letter first.
func (r *reader) identifier(n *node, what string) string {
	s := r.scalar(n, what)
	if s != "" && !isIdentifier(s) {
		r.fail(n, "%s is %q: only lower-case letters, digits and underscores may stand in it, a letter first", what, s)
		return ""
	}
	return s
}

func isIdentifier(s string) bool {
	for i := range len(s) {
		c := s[i]
		if !(c >= 'a' && c <= 'z' || i > 0 && (c >= '0' && c <= '9' || c == '_')) {
			return false
		}
	}
	return s != "" && len(s) <= 100
}

// text reads a text in both languages. What is missing is for lint to say.
func (r *reader) text(n *node, what string) text.Text {
	var t text.Text
	r.mapping(n, what,
		field{"en", false, func(v *node) { t.EN = r.scalar(v, what+" in English") }},
		field{"de", false, func(v *node) { t.DE = r.scalar(v, what+" in German") }},
	)
	return t
}
