// Package scope holds scope names and sets of them.
//
// Names are what travels and what is stored: [Scope] is one, [Set] is a sorted list of them. [Bits] is what decisions
// are made of: a catalog gives each of its scopes a number, and a set of numbers is a few machine words. Bit numbers
// never leave memory, because another version of a catalog may number its scopes otherwise.
package scope

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

const (
	// MaxLength bounds one name, in bytes.
	MaxLength = 256
	// MaxCount and MaxListLength bound a list that somebody sends (A039).
	MaxCount      = 256
	MaxListLength = 16 << 10
)

// Scope is one scope name. Two names are equal only byte by byte (A034). The zero Scope is no scope.
type Scope struct{ s string }

// Parse accepts the scope-token alphabet of RFC 6749 §3.3: printable ASCII without space, quote and backslash.
func Parse(s string) (Scope, error) {
	if s == "" {
		return Scope{}, fmt.Errorf("empty scope")
	}
	if len(s) > MaxLength {
		return Scope{}, fmt.Errorf("scope of %d bytes: at most %d", len(s), MaxLength)
	}
	for i := range len(s) {
		if c := s[i]; c < 0x21 || c > 0x7e || c == '"' || c == '\\' {
			return Scope{}, fmt.Errorf("scope %q: the character at position %d may not stand in a scope", s, i+1)
		}
	}
	return Scope{s}, nil
}

// MustParse is Parse for names written in code.
func MustParse(s string) Scope {
	sc, err := Parse(s)
	if err != nil {
		panic(err)
	}
	return sc
}

// String is the name.
func (s Scope) String() string { return s.s }

// IsZero says whether this is no scope at all.
func (s Scope) IsZero() bool { return s.s == "" }

// Compare orders scopes bytewise.
func (s Scope) Compare(t Scope) int { return strings.Compare(s.s, t.s) }

// Set is a set of scopes, kept sorted and without duplicates. It is not changed after it is made. The zero Set is
// empty.
type Set struct{ list []Scope }

// NewSet makes a set of the scopes given; order and duplicates do not matter (A039, A040).
func NewSet(scopes ...Scope) Set {
	list := slices.Clone(scopes)
	if ordered(list) { // as a rule: most sets are made from others
		return Set{list}
	}
	slices.SortFunc(list, Scope.Compare)
	return Set{slices.Compact(list)}
}

// ordered says whether each stands before the next, so that none stands twice.
func ordered(list []Scope) bool {
	for i := 1; i < len(list); i++ {
		if list[i-1].s >= list[i].s {
			return false
		}
	}
	return true
}

// ParseSet makes a set of names, refusing the first that is none.
func ParseSet(names []string) (Set, error) {
	list := make([]Scope, 0, len(names))
	for _, n := range names {
		sc, err := Parse(n)
		if err != nil {
			return Set{}, err
		}
		list = append(list, sc)
	}
	return NewSet(list...), nil
}

// ParseList reads scopes that stand in one string. Only the space U+0020 separates them (A033), and what is sent is
// bounded before anything is allocated (A039). The empty string is the empty set.
func ParseList(s string) (Set, error) {
	if len(s) > MaxListLength {
		return Set{}, fmt.Errorf("scope list of %d bytes: at most %d", len(s), MaxListLength)
	}
	if strings.Count(s, " ") >= MaxCount {
		return Set{}, fmt.Errorf("scope list: at most %d scopes", MaxCount)
	}
	var names []string
	for n := range strings.SplitSeq(s, " ") {
		if n != "" {
			names = append(names, n)
		}
	}
	return ParseSet(names)
}

// Len is the number of scopes.
func (s Set) Len() int { return len(s.list) }

// All are the scopes in order. The caller does not change the slice.
func (s Set) All() []Scope { return s.list }

// Names are the scopes' names in order, never nil.
func (s Set) Names() []string {
	out := make([]string, len(s.list))
	for i, sc := range s.list {
		out[i] = sc.s
	}
	return out
}

// Has says whether the scope is in the set.
func (s Set) Has(sc Scope) bool {
	_, ok := slices.BinarySearchFunc(s.list, sc, Scope.Compare)
	return ok
}

// Intersect keeps what is in both.
func (s Set) Intersect(t Set) Set { return s.filter(t.Has) }

// Minus keeps what is not in t.
func (s Set) Minus(t Set) Set { return s.filter(func(sc Scope) bool { return !t.Has(sc) }) }

// Union is what is in either.
func (s Set) Union(t Set) Set {
	switch {
	case len(t.list) == 0:
		return s
	case len(s.list) == 0:
		return t
	}
	return NewSet(append(slices.Clone(s.list), t.list...)...)
}

// Equal says whether both hold the same scopes.
func (s Set) Equal(t Set) bool { return slices.Equal(s.list, t.list) }

// String is the canonical form: names in order, separated by one space.
func (s Set) String() string { return strings.Join(s.Names(), " ") }

func (s Set) filter(keep func(Scope) bool) Set {
	dropped := slices.IndexFunc(s.list, func(sc Scope) bool { return !keep(sc) })
	if dropped < 0 {
		return s
	}
	out := append([]Scope(nil), s.list[:dropped]...)
	for _, sc := range s.list[dropped+1:] {
		if keep(sc) {
			out = append(out, sc)
		}
	}
	return Set{out}
}

// MarshalJSON writes the names as a list.
func (s Set) MarshalJSON() ([]byte, error) { return json.Marshal(s.Names()) }

// UnmarshalJSON reads a list of names.
func (s *Set) UnmarshalJSON(b []byte) error {
	var names []string
	if err := json.Unmarshal(b, &names); err != nil {
		return err
	}
	v, err := ParseSet(names)
	if err != nil {
		return err
	}
	*s = v
	return nil
}
