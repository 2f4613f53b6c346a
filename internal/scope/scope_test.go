package scope

import (
	"fmt"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func set(t *testing.T, list string) Set {
	t.Helper()
	s, err := ParseList(list)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestA033_only_the_space_separates.
func TestA033_only_the_space_separates(t *testing.T) {
	for _, list := range []string{"a\tb", "a\u00a0b", "a\nb", "a\r\nb", "a\vb", "a\u3000b", "a\x00b", "a\"b", "a\\b", "ä"} {
		if s, err := ParseList(list); err == nil {
			t.Errorf("%q is read as %q", list, s.Names())
		}
	}
	for list, want := range map[string]string{"": "", " ": "", "a": "a", " a  b ": "a b", "a,b": "a,b", "a+b": "a+b", "a%20b": "a%20b"} {
		if got := set(t, list).String(); got != want {
			t.Errorf("%q is read as %q, want %q", list, got, want)
		}
	}
}

// TestA034_names_are_compared_byte_by_byte.
func TestA034_names_are_compared_byte_by_byte(t *testing.T) {
	s := set(t, "crm.read k")
	for _, other := range []string{"CRM.read", "crm.Read", "K", "crm.read."} {
		if s.Has(MustParse(other)) {
			t.Errorf("%q is in %s", other, s)
		}
	}
	for _, not := range []string{"\u212a", "ｃrm.read", "crm.re\u200dad", "cr\u006d\u0301"} {
		if _, err := Parse(not); err == nil {
			t.Errorf("%q is a scope", not)
		}
	}
}

// TestA039_lists_are_bounded_before_anything_is_built; duplicates collapse.
func TestA039_lists_are_bounded(t *testing.T) {
	for name, list := range map[string]string{
		"ten thousand": strings.Repeat("a ", 10_000), "a megabyte": strings.Repeat("a", 1<<20), "257": strings.TrimSpace(strings.Repeat("a ", 257)),
		"one of 257 bytes": strings.Repeat("a", 257),
	} {
		if _, err := ParseList(list); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
	if got := set(t, strings.TrimSpace(strings.Repeat("a ", 256))).Len(); got != 1 {
		t.Errorf("one name 256 times is %d scopes", got)
	}
	long := strings.Repeat("x ", 10_000)
	if n := testing.AllocsPerRun(10, func() { _, _ = ParseList(long) }); n > 5 {
		t.Errorf("refusing costs %v allocations", n)
	}
}

// TestA040_order_does_not_matter.
func TestA040_order_does_not_matter(t *testing.T) {
	if a, b := set(t, "b a c"), set(t, "c b a b"); !a.Equal(b) || a.String() != "a b c" {
		t.Errorf("%s and %s", a, b)
	}
}

func TestSet_zero(t *testing.T) {
	var s Set
	if s.Len() != 0 || s.Names() == nil || s.String() != "" || s.Has(MustParse("a")) || s.Has(Scope{}) || !s.Equal(NewSet()) {
		t.Error("the zero set is not empty")
	}
	if !(Scope{}).IsZero() || MustParse("a").IsZero() {
		t.Error("zero scope")
	}
	defer func() {
		if recover() == nil {
			t.Error("MustParse accepts a space")
		}
	}()
	MustParse("a b")
}

// TestSet_is_a_set and Bits agrees with it, against a map.
func TestSet_is_a_set(t *testing.T) {
	names := make([]Scope, 40)
	number := map[Scope]int{}
	for i := range names {
		names[i] = MustParse(fmt.Sprintf("s%02d", i))
		number[names[i]] = i * 13 % MaxBits
	}
	bits := func(s Set) (b Bits) {
		for _, sc := range s.All() {
			b = b.With(number[sc])
		}
		return b
	}
	rapid.Check(t, func(t *rapid.T) {
		draw := func(label string) (Set, map[Scope]bool) {
			list := rapid.SliceOf(rapid.SampledFrom(names)).Draw(t, label)
			m := map[Scope]bool{}
			for _, sc := range list {
				m[sc] = true
			}
			return NewSet(list...), m
		}
		a, in := draw("a")
		b, of := draw("b")
		ba, bb := bits(a), bits(b)
		union, both := ba.Union(bb), ba.Intersect(bb)
		covers := true
		for _, sc := range names {
			n := number[sc]
			check := func(what string, got, gotBit, want bool) {
				if got != want || gotBit != want {
					t.Fatalf("%s in %s of %s and %s: %v and %v, want %v", sc, what, a, b, got, gotBit, want)
				}
			}
			check("the first", a.Has(sc), ba.Has(n), in[sc])
			check("the union", a.Union(b).Has(sc), union.Has(n), in[sc] || of[sc])
			check("the intersection", a.Intersect(b).Has(sc), both.Has(n), in[sc] && of[sc])
			if minus := a.Minus(b).Has(sc); minus != (in[sc] && !of[sc]) {
				t.Fatalf("%s in the difference of %s and %s: %v", sc, a, b, minus)
			}
			covers = covers && (in[sc] || !of[sc])
		}
		if got := ba.Covers(&bb); got != covers || (b.Minus(a).Len() == 0) != covers {
			t.Fatalf("%s covers %s: %v, want %v", a, b, got, covers)
		}
		if ba.IsZero() != (len(in) == 0) || a.Len() != len(in) {
			t.Fatalf("%s: %d", a, a.Len())
		}
		if back, err := ParseSet(a.Names()); err != nil || !back.Equal(a) {
			t.Fatalf("%s becomes %s, %v", a, back, err)
		}
	})
}

func FuzzParseList(f *testing.F) {
	for _, s := range []string{"", "a b", " a  a ", "tableau:users:*", "a\tb", strings.Repeat("a ", 300)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		set, err := ParseList(s)
		if err != nil {
			return
		}
		if set.Len() > MaxCount {
			t.Errorf("%d scopes", set.Len())
		}
		if again, err := ParseList(set.String()); err != nil || !again.Equal(set) {
			t.Errorf("%q becomes %q, %v", set, again, err)
		}
	})
}
