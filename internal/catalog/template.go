package catalog

import (
	"fmt"
	"strings"

	"prokura/internal/canon"
)

// segment is a part of a path template: a literal, or a parameter under the name that stands in the template.
type segment struct {
	literal   string
	param     string
	parameter *parameter
}

func (s *segment) shape() string {
	if s.parameter == nil {
		return s.literal
	}
	return s.parameter.shape()
}

// isStatic says whether text can stand in a path as it is, as one segment, and is not the beginning of a slip in a
// template.
func isStatic(text string) bool {
	p, err := canon.Parse("/" + text)
	return err == nil && p.Len() == 1 && !p.TrailingSlash() && p.Segment(0) == text && !strings.ContainsAny(text, "*%")
}

// readTemplate cuts a path template into segments.
func (r *reader) readTemplate(n *node, parameters map[string]*parameter) []segment {
	path := r.scalar(n, "the path")
	if path == "" {
		return nil
	}
	if path[0] != '/' || len(path) == 1 || strings.HasSuffix(path, "/") {
		r.fail(n, "the path %q must begin with a slash, name at least one segment, and end without slash", path)
		return nil
	}
	parts := strings.Split(path[1:], "/")
	if len(parts) > canon.MaxSegments {
		r.fail(n, "the path has %d segments, at most %d are matched", len(parts), canon.MaxSegments)
		return nil
	}
	seen := map[string]bool{}
	var out []segment
	for _, part := range parts {
		name, isParam := strings.CutPrefix(part, "{")
		name, closed := strings.CutSuffix(name, "}")
		switch {
		case isParam && closed && parameters[name] == nil:
			r.fail(n, "the path names a parameter {%s} that the catalog does not have%s", name, suggest(name, keys(parameters)))
		case isParam && closed && seen[name]:
			r.fail(n, "the path names the parameter {%s} twice", name)
		case isParam && closed:
			seen[name] = true
			out = append(out, segment{param: name, parameter: parameters[name]})
		case !isStatic(part):
			r.fail(n, "the path has a segment %q that no canonical path can have", part)
		default:
			out = append(out, segment{literal: part})
		}
	}
	if len(out) < len(parts) {
		return nil
	}
	return out
}

// shapeOf is equal for templates that accept the same paths.
func shapeOf(segments []segment) string {
	var b strings.Builder
	for i := range segments {
		fmt.Fprintf(&b, "/%s", segments[i].shape())
	}
	return b.String()
}
