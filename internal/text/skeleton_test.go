package text

import "testing"

func TestSkeleton(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"Data Loader", "data-loader", true},
		{"Data Loader", "DataL0ader", true},
		{"Data Loader", "Dаtа Lоаdеr", true}, // with Cyrillic letters
		{"Data Loader", "Data Ioader", true}, // with a capital I
		{"Data Loader", "Däta Löader ®", true},
		{"Modern", "Modem", true},
		{"Data Loader", "Data Reader", false},
		{"Data Loader", "Data Loader 2", false},
		{"Sync", "Synk", false},
	} {
		if got := Skeleton(tt.a) == Skeleton(tt.b); got != tt.same {
			t.Errorf("%q and %q look alike: %v (%q, %q)", tt.a, tt.b, got, Skeleton(tt.a), Skeleton(tt.b))
		}
	}
	if Skeleton("–…!") != "" {
		t.Error("of punctuation something is left")
	}
}
