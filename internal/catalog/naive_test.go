package catalog_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"prokura/internal/canon"
	"prokura/internal/catalog"
)

// naive is the matcher as one would write it without thinking of speed: it tries every template, keeps those that accept
// the path, and sorts them by how narrow they are, segment by segment.
func naive(templates, verbs []string, verb, path string) string {
	segments := strings.Split(strings.TrimSuffix(path[1:], "/"), "/")
	var best []int
	var found []int
	for i, tmpl := range templates {
		ranks, ok := accepts(strings.Split(tmpl[1:], "/"), segments)
		if !ok {
			continue
		}
		switch {
		case best == nil || slices.Compare(ranks, best) < 0:
			best, found = ranks, []int{i}
		case slices.Equal(ranks, best):
			found = append(found, i)
		}
	}
	var allowed []string
	for _, i := range found {
		if verbs[i] == verb {
			return "m" + strconv.Itoa(i+1)
		}
		allowed = append(allowed, verbs[i])
	}
	if len(allowed) == 0 {
		return "none"
	}
	slices.Sort(allowed)
	return "only " + strings.Join(allowed, ",")
}

func accepts(template, path []string) (ranks []int, ok bool) {
	if len(template) != len(path) {
		return nil, false
	}
	for i, s := range template {
		v := path[i]
		digits := func(s string) bool {
			n, err := strconv.Atoi(s)
			return err == nil && strconv.Itoa(n) == s && n >= 0
		}
		switch s {
		case "{x}":
			ranks = append(ranks, 4)
		case "{n}":
			if !digits(v) {
				return nil, false
			}
			ranks = append(ranks, 3)
		case "{v}":
			major, minor, _ := strings.Cut(v, ".")
			a, _ := strconv.Atoi(major)
			b, _ := strconv.Atoi(minor)
			if !digits(major) || !digits(minor) || a < 1 || a > 3 || a == 3 && b > 9 || b > 9999 {
				return nil, false
			}
			ranks = append(ranks, 2)
		case "{e}":
			if v != "one" && v != "two" {
				return nil, false
			}
			ranks = append(ranks, 1)
		default:
			if v != s {
				return nil, false
			}
			ranks = append(ranks, 0)
		}
	}
	return ranks, true
}

func TestMatch_agrees_with_a_naive_matcher(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.SampledFrom([]string{"a", "b", "one", "lit", "7", "1.5", "{x}", "{n}", "{v}", "{e}"})
		value := rapid.SampledFrom([]string{"a", "b", "one", "two", "lit", "7", "07", "0", "1.5", "3.9", "3.10", "other", "A", "one.", "99999"})
		verb := rapid.SampledFrom([]string{"GET", "PUT", "DELETE"})
		path := func(of *rapid.Generator[string]) string {
			var b strings.Builder
			used := map[string]bool{}
			for range rapid.IntRange(1, 4).Draw(t, "length") {
				p := of.Draw(t, "segment")
				if strings.HasPrefix(p, "{") && used[p] {
					p = "a" // a template names a parameter once
				}
				used[p] = true
				b.WriteString("/" + p)
			}
			return b.String()
		}
		var templates, verbs []string
		for range rapid.IntRange(1, 12).Draw(t, "methods") {
			p, v := path(part), verb.Draw(t, "verb")
			twice := false
			for i := range templates {
				twice = twice || templates[i] == p && verbs[i] == v
			}
			if !twice {
				templates, verbs = append(templates, p), append(verbs, v)
			}
		}
		src := small(templates...)
		for i, v := range verbs {
			src = strings.Replace(src, "id: m"+strconv.Itoa(i+1)+"\n    category: things\n    verb: GET", "id: m"+strconv.Itoa(i+1)+"\n    category: things\n    verb: "+v, 1)
		}
		c, problems := catalog.Load("test.yaml", []byte(src))
		if c == nil { // a template that narrower ones hide: lint has its own tests
			if !strings.Contains(strings.Join(messages(problems), "\n"), "is never reached") {
				t.Fatalf("%v\n%s", messages(problems), src)
			}
			return
		}
		for range 20 {
			p, v := path(value), verb.Draw(t, "verb")
			if rapid.Bool().Draw(t, "slash") {
				p += "/"
			}
			parsed, err := canon.Parse(p)
			if err != nil {
				t.Fatal(err)
			}
			got := "none"
			m, outcome := c.Match(v, &parsed)
			switch outcome {
			case catalog.Matched:
				got = m.Method.ID
				if again := m.Rebuild(); again != strings.TrimSuffix(p, "/") {
					t.Fatalf("%s is rebuilt as %s", p, again)
				}
			case catalog.WrongVerb:
				got = "only " + strings.Join(m.Allowed(), ",")
			}
			if want := naive(templates, verbs, v, p); got != want {
				t.Fatalf("%s %s: %s, want %s\ntemplates %v\nverbs %v", v, p, got, want, templates, verbs)
			}
		}
	})
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(small("/a/{x}")))
	f.Add([]byte(threeScopes("{any_of: [t:a, {all_of: [t:b, t:read]}]}")))
	f.Add([]byte("catalog: [a, {b: c}]\n"))
	f.Add([]byte("a: &a [*a]\n"))
	f.Add([]byte("? a\n: b\n"))
	f.Add([]byte("--- |\n x\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 64<<10 {
			return
		}
		c, problems := catalog.Load("fuzz.yaml", src)
		if (c == nil) != (len(problems) > 0) {
			t.Fatalf("a catalog %v and %d problems", c != nil, len(problems))
		}
		for _, p := range problems {
			if p.Severity != catalog.Error || p.Line < 1 || p.Column < 1 || p.Message == "" {
				t.Fatalf("problem %+v", p)
			}
		}
		if c == nil {
			return
		}
		for _, p := range c.Lint() {
			if p.Severity != catalog.Note {
				t.Fatalf("a catalog that loaded has the error %s", p)
			}
		}
		for _, m := range c.Methods() {
			if m.Covered(&noScopes) && m.AnsweredBy != catalog.ByProkura {
				t.Fatalf("%s is open", m.ID)
			}
		}
	})
}
