package catalog

import (
	"fmt"
	"slices"
	"strings"

	"prokura/internal/strictyaml"
)

// parameterType is what the values of a path parameter look like. The order is the order of precedence: where several
// could take a segment, the narrower does.
type parameterType uint8

const (
	enumType parameterType = iota
	versionType
	numberType
	textType
)

// parameter is a path parameter of the file.
type parameter struct {
	name     string
	kind     parameterType
	values   []string // of an enum
	from, to version  // of a version
}

// accepts says whether a decoded segment is a value of the parameter.
func (p *parameter) accepts(s string) bool {
	switch p.kind {
	case enumType:
		return slices.Contains(p.values, s)
	case versionType:
		v := parseVersion(s)
		return v != 0 && p.from <= v && v <= p.to
	case numberType:
		return isNumber(s)
	}
	return s != ""
}

// shape is equal for parameters that accept the same values, whatever their names.
func (p *parameter) shape() string {
	switch p.kind {
	case enumType:
		values := slices.Clone(p.values)
		slices.Sort(values)
		return "{" + strings.Join(values, "|") + "}"
	case versionType:
		return fmt.Sprintf("{%s-%s}", p.from, p.to)
	case numberType:
		return "{number}"
	}
	return "{text}"
}

// isNumber accepts decimal digits without leading zero.
func isNumber(s string) bool {
	if s == "" || len(s) > 18 || s[0] == '0' && len(s) > 1 {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

// version is a number, a point and a number, as major<<16 | minor: 3.9 comes before 3.17. Zero is none.
type version uint32

// parseVersion reads digits, a point and digits, each without leading zero and at most four; zero if it is none. It runs
// for every call.
func parseVersion(s string) version {
	var parts [2]version
	part, digits := 0, 0
	for i := range len(s) {
		c := s[i]
		switch {
		case '0' <= c && c <= '9' && digits < 4 && (digits == 0 || parts[part] != 0):
			parts[part] = parts[part]*10 + version(c-'0')
			digits++
		case c == '.' && part == 0 && digits > 0:
			part, digits = 1, 0
		default:
			return 0
		}
	}
	if part == 0 || digits == 0 {
		return 0
	}
	return parts[0]<<16 | parts[1]
}

// String is the version as a path has it.
func (v version) String() string { return fmt.Sprintf("%d.%d", v>>16, v&0xffff) }

// readParameter reads the type of a parameter: a word, or a mapping where the type has details.
func (r *reader) readParameter(name string, n *node) *parameter {
	p := &parameter{name: name, kind: textType}
	what := fmt.Sprintf("parameter %q", name)
	word := func(v *node) {
		switch r.choice(v, "the type of "+what, "text", "number", "version", "enum") {
		case "number":
			p.kind = numberType
		case "version":
			p.kind = versionType
		case "enum":
			p.kind = enumType
		}
	}
	if n.Kind == strictyaml.Scalar {
		word(n)
	} else {
		var ends bool
		end := func(to *version) func(*node) {
			return func(v *node) {
				ends = true
				if *to = parseVersion(r.scalar(v, "the bound of "+what)); *to == 0 {
					r.fail(v, "the bound of %s must be a number, a point and a number", what)
				}
			}
		}
		ok := r.mapping(n, what,
			field{"type", true, word},
			field{"values", false, func(v *node) {
				for _, item := range r.names(v, "the values of "+what) {
					if !isStatic(item.Text) {
						r.fail(item, "%q cannot stand in a path as it is", item.Text)
					}
					p.values = append(p.values, item.Text)
				}
			}},
			field{"from", false, end(&p.from)},
			field{"to", false, end(&p.to)},
		)
		if ok && ends && p.kind != versionType {
			r.fail(n, "%s is no version: it has no bounds", what)
		}
	}
	switch {
	case p.kind == enumType && len(p.values) == 0:
		r.fail(n, "%s is an enum: it needs values", what)
	case p.kind != enumType && len(p.values) > 0:
		r.fail(n, "%s is no enum: it has no values", what)
	case p.kind == versionType && (p.from == 0 || p.from > p.to):
		r.fail(n, "%s is a version: it needs the bounds from and to, in this order", what)
	}
	return p
}
