package assertion

import (
	"strconv"
	"unicode/utf8"

	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/strictjson"
)

func readText(v strictjson.Value, limit int) Text {
	s, ok := strictjson.String(v)
	if !ok || s == "" || utf8.RuneCountInString(s) > limit {
		return Text{}
	}
	return Text{Valid: true, Value: s}
}

// readTime takes integers only: 1e400, 1.5, "123" and what no 64 bits hold are not times (A092).
func readTime(v strictjson.Value) Time {
	t := Time{Present: true, Sent: refusal.Safe(string(v))}
	if v.Kind() != '0' {
		return t
	}
	n, err := strconv.ParseInt(string(v), 10, 64)
	if err != nil {
		return t
	}
	t.Valid, t.Seconds = true, n
	return t
}

// readAudience takes a list too, because some JWT libraries write one, but only one that names nobody else (A091).
func readAudience(v strictjson.Value) Audience {
	if s, ok := strictjson.String(v); ok {
		return Audience{Valid: true, Value: s, Sent: refusal.Safe(s)}
	}
	if list, ok := strictjson.Strings(v, 1); ok && len(list) == 1 {
		return Audience{Valid: true, Value: list[0], Sent: refusal.Safe(list[0])}
	}
	return Audience{Sent: refusal.Safe(string(v))}
}

// readScopes tells a list of strings from everything else. What stands in a string is judged one by one: a string that
// can be no scope gives nothing and harms nothing.
func readScopes(v strictjson.Value) Scopes {
	list, ok := strictjson.Strings(v, scope.MaxCount)
	if !ok {
		return Scopes{Sent: refusal.Safe(string(v))}
	}
	size := 0
	for _, s := range list {
		size += len(s)
	}
	if size > scope.MaxListLength {
		return Scopes{Sent: refusal.Safe(string(v))}
	}
	out := Scopes{Form: ScopesList}
	known := make([]scope.Scope, 0, len(list))
	for _, s := range list {
		sc, err := scope.Parse(s)
		if err != nil {
			out.Unknown = append(out.Unknown, s)
			continue
		}
		known = append(known, sc)
	}
	out.Set = scope.NewSet(known...)
	return out
}
