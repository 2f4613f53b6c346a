package reserved

import (
	"slices"
	"strings"
	"testing"
)

func TestHeader(t *testing.T) {
	for _, name := range []string{"Cookie", "te", "SET-COOKIE", "prokura_identity", "X.Forwarded.For", "x-accel-redirect",
		"X-Identity-Roles", "X_Real_IP", "strict-transport-security"} {
		if !Header(name) {
			t.Errorf("%s passes", name)
		}
	}
	for _, name := range []string{"Accept", "X-Request-Id", "Prokura", "Content-Type", ""} {
		if Header(name) {
			t.Errorf("%s does not pass", name)
		}
	}
}

func TestSegment(t *testing.T) {
	for first, want := range map[string]bool{"v1": true, ".well-known": true, "logout": true, "api": false, "V1": false, "": false} {
		if got := Segment(first); got != want {
			t.Errorf("Segment(%q) = %t", first, got)
		}
	}
}

func TestWords(t *testing.T) {
	got := Words()
	for _, s := range segments {
		if !slices.Contains(got, strings.TrimPrefix(s, ".")) {
			t.Errorf("%s may be a content URL", s)
		}
	}
	if !slices.IsSorted(got) || len(slices.Compact(got)) != len(segments)+len(words) {
		t.Errorf("%v is out of order, or has one twice", got)
	}
}
