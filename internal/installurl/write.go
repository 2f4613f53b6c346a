package installurl

import (
	"strings"

	"prokura/internal/scope"
)

// Parameter is a name and its new value.
type Parameter struct{ Name, Value string }

// With is the URL with other scopes, and other values of the parameters given. What is not named stays as it was written; of a
// parameter that stood there twice the first stays. A list without scopes is left out.
func (u *URL) With(required, optional scope.Set, others ...Parameter) string {
	change := append([]Parameter{{scopeName, required.String()}, {optionalName, optional.String()}}, others...)
	var parts []string
	done := map[string]bool{}
	for _, s := range u.sent {
		if done[s.name] {
			continue
		}
		part := s.raw
		for _, c := range change {
			if c.Name == s.name {
				part = written(c)
			}
		}
		done[s.name] = means(s.name) || part != s.raw
		if part != "" {
			parts = append(parts, part)
		}
	}
	for _, c := range change {
		if part := written(c); part != "" && !u.Has(c.Name) {
			parts = append(parts, part)
		}
	}
	out := u.before
	if len(parts) > 0 {
		out += "?" + strings.Join(parts, "&")
	}
	return out + u.after
}

// written is a parameter as it stands in a query; one without a value is left out.
func written(p Parameter) string {
	if p.Value == "" {
		return ""
	}
	return escape(p.Name) + "=" + escape(p.Value)
}

// escape writes text so that it can be read in one way only: what is neither unreserved (RFC 3986 §2.3) nor a colon or slash
// becomes an escape, a space %20.
func escape(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-._~:/", c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteByte('%')
			b.WriteByte(digits[c>>4])
			b.WriteByte(digits[c&15])
		}
	}
	return b.String()
}
