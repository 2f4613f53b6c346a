package canon_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/canon"
	"prokura/internal/refusal"
)

func segments(p *canon.Path) []string {
	var out []string
	for i := range p.Len() {
		out = append(out, p.Segment(i))
	}
	return out
}

func TestParse_reads_canonical_paths(t *testing.T) {
	for _, c := range []struct {
		path     string
		want     string // segments, joined by |
		trailing bool
	}{
		{"/", "", false},
		{"/api", "api", false},
		{"/api/3.21/sites", "api|3.21|sites", false},
		{"/api/3.21/sites/", "api|3.21|sites", true},
		{"/fileUploads/1:3a-2:4b", "fileUploads|1:3a-2:4b", false}, // an upload session
		{"/fileUploads/1%3A3a-2%3A4b", "fileUploads|1:3a-2:4b", false},
		{"/a/x%20y/b", "a|x y|b", false},
		{"/a/J%C3%BCrgen", "a|Jürgen", false},
		{"/a/%E2%82%AC/", "a|€", true},
		{"/a/user@example.com", "a|user@example.com", false},
		{"/a/user%40example.com", "a|user@example.com", false},
		{"/a/(x)*!'$&+,=", "a|(x)*!'$&+,=", false},
		{"/a/...", "a|...", false},
		{"/a/.well-known", "a|.well-known", false},
		{"/a/%3F%23%5B%5D", "a|?#[]", false},
		{"/" + strings.Repeat("a/", canon.MaxSegments-1) + "a", strings.Repeat("a|", canon.MaxSegments-1) + "a", false},
		{"/" + strings.Repeat("a", canon.MaxLength-1), strings.Repeat("a", canon.MaxLength-1), false},
	} {
		p, err := canon.Parse(c.path)
		if err != nil {
			t.Errorf("Parse(%.60q): %v", c.path, err)
			continue
		}
		if got := strings.Join(segments(&p), "|"); got != c.want {
			t.Errorf("Parse(%.60q) = %.60q, want %.60q", c.path, got, c.want)
		}
		if p.TrailingSlash() != c.trailing {
			t.Errorf("Parse(%q).TrailingSlash() = %v", c.path, p.TrailingSlash())
		}
		if p.String() != c.path {
			t.Errorf("Parse(%q).String() = %q", c.path, p.String())
		}
	}
}

// refused says that a path is refused, and with which words.
func refused(t *testing.T, path, because string) {
	t.Helper()
	p, err := canon.Parse(path)
	if err == nil {
		t.Errorf("Parse(%.60q) was read as %q, want a refusal", path, segments(&p))
		return
	}
	e, ok := errors.AsType[*refusal.Error](err)
	if !ok || e.First().Code != refusal.PathNotCanonical {
		t.Errorf("Parse(%.60q): %v, want the code path_not_canonical", path, err)
		return
	}
	if !strings.Contains(e.First().Why.Error(), because) {
		t.Errorf("Parse(%.60q) says %q, want %q in it", path, e.First().Why.Error(), because)
	}
	if p.Len() != 0 {
		t.Errorf("Parse(%.60q) was refused and still answers segments", path)
	}
}

func TestA129_what_hides_in_escapes_is_refused(t *testing.T) {
	refused(t, "/api/s1%2f..%2fs2/datasources", "position 8: %2f hides a separator")
	refused(t, "/api/s1%2F..%2Fs2/datasources", "position 8: %2F hides a separator")
	refused(t, "/api/%2e%2e/x", `position 6: %2e stands for “.”`)
	refused(t, "/api/%2E%2E/x", `position 6: %2E stands for “.”`)
	refused(t, "/api/.%2E/x", "position 7")
	refused(t, "/api/s1;/x", "position 8: a semicolon")
	refused(t, "/api/s1;v=1/x", "position 8: a semicolon")
	refused(t, "/api/s1%3Bv=1/x", "position 8: %3B is a semicolon")
	refused(t, "/api/s1%5c..", "position 8: %5c hides a separator")
	refused(t, "/api/s1%5C..", "position 8: %5C hides a separator")
	refused(t, `/api/s1\..`, "position 8: a backslash")
	refused(t, "/api/s1%252f", "position 8: %25 is a percent sign")
	refused(t, "/api/s1%25252f", "position 8: %25 is a percent sign")
	refused(t, "/api/100%25", "position 9: %25 is a percent sign")
	refused(t, "/api/s1%00", "position 8: %00 is a control character")
	refused(t, "/api/s1%0d%0aHost:%20x", "position 8: %0d is a control character")
	refused(t, "/api/s1%7F", "position 8: %7F is a control character")
	refused(t, "/api/s1%C2%85", "position 6: the segment holds a control character")
	refused(t, "/api/s1\x00", "position 8: a space or a control character")
	refused(t, "/api/s1\r\nHost:x", "position 8: a space or a control character")
	refused(t, "/api/x%3a1", "position 7: %3a is written with capital letters: %3A")
	refused(t, "/api/%c3%bc", "position 6: %c3 is written with capital letters: %C3")
	refused(t, "/api/%", "position 6: % is not followed by two hexadecimal digits")
	refused(t, "/api/%4", "position 6: % is not followed by two hexadecimal digits")
	refused(t, "/api/%zz", "position 6: % is not followed by two hexadecimal digits")
	refused(t, "/api/%u002f", "position 6: % is not followed by two hexadecimal digits")
	refused(t, "/api/%C0%AF", "position 6: the escapes of this segment are not UTF-8")    // an overlong slash
	refused(t, "/api/%ED%A0%80", "position 6: the escapes of this segment are not UTF-8") // half a surrogate
	refused(t, "/api/%FF", "position 6: the escapes of this segment are not UTF-8")
	refused(t, "/a/%C3/%BC", "position 4: the escapes of this segment are not UTF-8") // a character across segments
}

func TestA130_empty_and_dot_segments_are_refused(t *testing.T) {
	refused(t, "//api/3.21", "position 1: two slashes in a row")
	refused(t, "/api//s1", "position 5: two slashes in a row")
	refused(t, "/api/s1//", "position 8: two slashes in a row")
	refused(t, "//", "position 1: two slashes in a row")
	refused(t, "/./", "position 2: a dot segment")
	refused(t, "/../", "position 2: a dot segment")
	refused(t, "/api/.", "position 6: a dot segment")
	refused(t, "/api/..", "position 6: a dot segment")
	refused(t, "/api/x/../y", "position 8: a dot segment")
}

func TestA131_other_spellings_are_refused(t *testing.T) {
	refused(t, "/api/datasource%73", "position 16: %73 stands for “s”, which is written without an escape")
	refused(t, "/api/%7Ex", "stands for “~”")
	refused(t, "/api/x y", "position 7: “ ” must be escaped")
	refused(t, "/api/ü", "position 6: a character beyond ASCII that is not escaped")
	refused(t, `/api/"x"`, "must be escaped")
	refused(t, "/api/{site}", "must be escaped")
	refused(t, "/api/x?y", "position 7: “?” ends a path")
	refused(t, "/api/x#y", "position 7: “#” ends a path")
	refused(t, "", "empty")
	refused(t, "api/3.21", "does not begin with a slash")
	refused(t, "*", "does not begin with a slash")
	refused(t, "http://example.com/api", "does not begin with a slash")
	refused(t, "/"+strings.Repeat("a/", canon.MaxSegments)+"a", "more than 32 segments")
	refused(t, "/"+strings.Repeat("a", canon.MaxLength), "at most 8192 are read")
}

func TestParse_allocates_nothing_without_escapes(t *testing.T) {
	n := testing.AllocsPerRun(100, func() {
		p, err := canon.Parse("/api/3.21/sites/9a8b7c6d/workbooks/1:2/")
		if err != nil || p.Segment(5) != "1:2" {
			t.Fatal(err)
		}
	})
	if n != 0 {
		t.Errorf("Parse allocates %v times", n)
	}
}

func TestAppendEscaped_is_read_back(t *testing.T) {
	for _, value := range []string{"a", "1:2", "a b", "Jürgen", "x?y#z", "~-._", "a+b", "@"} {
		esc := string(canon.AppendEscaped(nil, value))
		p, err := canon.Parse("/" + esc)
		if err != nil || p.Len() != 1 || p.Segment(0) != value {
			t.Errorf("AppendEscaped(%q) = %q, which reads as %q, %v", value, esc, segments(&p), err)
		}
	}
	if got := string(canon.AppendEscaped([]byte("/x/"), "1:2 ü")); got != "/x/1:2%20%C3%BC" {
		t.Errorf("AppendEscaped = %q", got)
	}
}

// build writes segments as a path.
func build(values []string, trailing bool) string {
	var out []byte
	for _, v := range values {
		out = canon.AppendEscaped(append(out, '/'), v)
	}
	if trailing || len(values) == 0 {
		out = append(out, '/')
	}
	return string(out)
}

// unify gives both forms of a reserved character the same one.
func unify(path string) string {
	return strings.NewReplacer("%3A", ":", "%40", "@", "%21", "!", "%24", "$", "%26", "&", "%27", "'",
		"%28", "(", "%29", ")", "%2A", "*", "%2B", "+", "%2C", ",", "%3D", "=").Replace(path)
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"/", "/api/3.21/sites/x/views/", "/a/1%3A2", "/a/J%C3%BCrgen", "//", "/a/%2F", "/a/%252f", "/a/..", "/a;b",
		"/a/%2e%2e/", "/%C0%AF", "/a\x00", "/%", "/a/%20/b",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		p, err := canon.Parse(path)
		if err != nil {
			if p.Len() != 0 || refusal.Of(err).First().Code != refusal.PathNotCanonical {
				t.Fatalf("Parse(%q) answers %q, %v", path, segments(&p), err)
			}
			return
		}
		for _, s := range segments(&p) {
			if s == "" || s == "." || s == ".." || strings.ContainsAny(s, "/\\;%\x00") {
				t.Fatalf("Parse(%q) answers the segment %q", path, s)
			}
		}
		again := build(segments(&p), p.TrailingSlash())
		if unify(again) != unify(path) {
			t.Fatalf("Parse(%q) is written as %q", path, again)
		}
		if len(again) > canon.MaxLength {
			return // escapes made it longer than a path may be
		}
		q, err := canon.Parse(again)
		if err != nil {
			t.Fatalf("Parse(%q), written from %q: %v", again, path, err)
		}
		if d := cmp.Diff(segments(&p), segments(&q)); d != "" || p.TrailingSlash() != q.TrailingSlash() {
			t.Fatalf("%q and %q differ: %s", path, again, d)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		p, err := canon.Parse("/api/3.21/sites/9a8b7c6d-e4f3-a2b1-c0d9-e8f7a6b5c4d0/workbooks/9a8b7c6d-e4f3-a2b1-c0d9-e8f7a6b5c4d0/views")
		if err != nil || p.Len() != 7 {
			b.Fatal(err)
		}
	}
}
