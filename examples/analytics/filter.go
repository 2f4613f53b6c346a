package analytics

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// column is something that a list can be filtered and sorted by. The type of what of gives decides the operators:
//
//	string, []string  eq in has cieq
//	bool              eq
//	int64, time.Time  eq gt gte lt lte
type column[T any] struct {
	name string
	of   func(T) any
}

// condition is one term of a filter.
type condition struct {
	field, op, value string
}

// arrange filters, sorts and cuts a list as the query asks. Items come in a stable order, which stays where the sort
// says nothing else.
func arrange[T any](q query, items []T, columns []column[T]) ([]T, *node, error) {
	p, err := q.page()
	if err != nil {
		return nil, nil, err
	}
	if items, err = filter(q["filter"], items, columns); err != nil {
		return nil, nil, err
	}
	if items, err = order(q["sort"], items, columns); err != nil {
		return nil, nil, err
	}
	return cut(items, p)
}

// find gives the column of that name, compared without case, because clients write viewUrlName and viewUrlname.
func find[T any](columns []column[T], name string) (column[T], bool) {
	if strings.EqualFold(name, "subscriptionsTotal") {
		name = "subscriptionTotal"
	}
	i := slices.IndexFunc(columns, func(c column[T]) bool { return strings.EqualFold(c.name, name) })
	if i < 0 {
		return column[T]{}, false
	}
	return columns[i], true
}

// uses says whether a filter or sort names one of the fields, for fields whose values are dear to fetch.
func (q query) uses(fields ...string) bool {
	for _, part := range append(splitOutside(q["filter"]), strings.Split(q["sort"], ",")...) {
		name, _, _ := strings.Cut(part, ":")
		if slices.ContainsFunc(fields, func(f string) bool { return strings.EqualFold(f, name) }) {
			return true
		}
	}
	return false
}

func filter[T any](expression string, items []T, columns []column[T]) ([]T, error) {
	if expression == "" {
		return items, nil
	}
	var tests []func(T) bool
	for _, term := range splitOutside(expression) {
		// Only the first two colons divide: dates have more.
		parts := strings.SplitN(term, ":", 3)
		if len(parts) != 3 {
			return nil, refuse(codeBadRequest, "The filter expression '%s' is not field:operator:value.", term)
		}
		c := condition{parts[0], strings.ToLower(parts[1]), parts[2]}
		col, known := find(columns, c.field)
		if !known {
			return nil, refuse(codeFilterKey, "The filter query contains a key which is not recognized for this api version.")
		}
		var probe T
		test, err := c.test(col.of(probe))
		if err != nil {
			return nil, err
		}
		tests = append(tests, func(item T) bool { return test(col.of(item)) })
	}
	return slices.DeleteFunc(slices.Clone(items), func(item T) bool {
		return slices.ContainsFunc(tests, func(test func(T) bool) bool { return !test(item) })
	}), nil
}

// splitOutside splits at commas that do not stand in brackets.
func splitOutside(s string) []string {
	var parts []string
	depth, from := 0, 0
	for i := range len(s) {
		switch s[i] {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth <= 0 {
				parts, from = append(parts, s[from:i]), i+1
			}
		}
	}
	return append(parts, s[from:])
}

// test compiles the condition for values of the type that the column gives.
func (c condition) test(probe any) (func(any) bool, error) {
	switch probe.(type) {
	case string, []string:
		return c.testText()
	case bool:
		want, err := parseBool(c.field, c.value)
		if err != nil {
			return nil, err
		}
		return func(v any) bool { return v.(bool) == want }, c.allow("eq")
	case int64:
		want, err := strconv.ParseInt(c.value, 10, 64)
		if err != nil {
			return nil, refuse(codeBadRequest, "'%s' is not a number, which the filter field '%s' needs.", c.value, c.field)
		}
		return c.testOrder(func(v any) int { return cmp.Compare(v.(int64), want) })
	}
	want, err := time.Parse(time.RFC3339, c.value)
	if err != nil {
		return nil, refuse(codeBadRequest, "'%s' is not a time such as 2026-01-31T08:00:00Z, which the filter field '%s' needs.", c.value, c.field)
	}
	return c.testOrder(func(v any) int { return v.(time.Time).Compare(want) })
}

func (c condition) allow(ops ...string) error {
	if slices.Contains(ops, c.op) {
		return nil
	}
	return refuse(codeBadRequest, "The filter field '%s' has no operator '%s', but %s.", c.field, c.op, strings.Join(ops, ", "))
}

func (c condition) testText() (func(any) bool, error) {
	if err := c.allow("eq", "in", "has", "cieq"); err != nil {
		return nil, err
	}
	wanted := []string{c.value}
	match := func(have, want string) bool { return have == want }
	switch c.op {
	case "cieq":
		match = strings.EqualFold
	case "has":
		match = func(have, want string) bool { return strings.Contains(strings.ToLower(have), strings.ToLower(want)) }
	case "in":
		inner, left := strings.CutPrefix(c.value, "[")
		inner, right := strings.CutSuffix(inner, "]")
		if !left || !right {
			return nil, refuse(codeBadRequest, "The operator in needs a list in brackets, not '%s'.", c.value)
		}
		wanted = strings.Split(inner, ",")
	}
	any1 := func(have string) bool {
		return slices.ContainsFunc(wanted, func(want string) bool { return match(have, want) })
	}
	return func(v any) bool {
		if several, ok := v.([]string); ok {
			return slices.ContainsFunc(several, any1)
		}
		return any1(v.(string))
	}, nil
}

func (c condition) testOrder(compare func(any) int) (func(any) bool, error) {
	holds := map[string]func(int) bool{
		"eq": func(n int) bool { return n == 0 },
		"gt": func(n int) bool { return n > 0 }, "gte": func(n int) bool { return n >= 0 },
		"lt": func(n int) bool { return n < 0 }, "lte": func(n int) bool { return n <= 0 },
	}[c.op]
	if holds == nil {
		return nil, c.allow("eq", "gt", "gte", "lt", "lte")
	}
	return func(v any) bool { return holds(compare(v)) }, nil
}

func order[T any](expression string, items []T, columns []column[T]) ([]T, error) {
	if expression == "" {
		return items, nil
	}
	var by []func(a, b T) int
	for term := range strings.SplitSeq(expression, ",") {
		name, direction, _ := strings.Cut(term, ":")
		col, known := find(columns, name)
		if !known {
			return nil, refuse(codeFilterKey, "The sort query contains a key which is not recognized for this api version.")
		}
		sign := 1
		switch strings.ToLower(direction) {
		case "", "asc":
		case "desc":
			sign = -1
		default:
			return nil, refuse(codeBadRequest, "The sort direction '%s' is neither asc nor desc.", direction)
		}
		by = append(by, func(a, b T) int { return sign * compare(col.of(a), col.of(b)) })
	}
	sorted := slices.Clone(items)
	slices.SortStableFunc(sorted, func(a, b T) int {
		for _, f := range by {
			if n := f(a, b); n != 0 {
				return n
			}
		}
		return 0
	})
	return sorted, nil
}

// compare orders two values of one column.
func compare(a, b any) int {
	switch a := a.(type) {
	case string:
		return cmp.Or(cmp.Compare(strings.ToLower(a), strings.ToLower(b.(string))), cmp.Compare(a, b.(string)))
	case []string:
		return slices.Compare(a, b.([]string))
	case bool:
		if a == b.(bool) {
			return 0
		} else if a {
			return 1
		}
		return -1
	case int64:
		return cmp.Compare(a, b.(int64))
	}
	return a.(time.Time).Compare(b.(time.Time))
}
