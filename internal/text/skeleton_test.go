package text

import "testing"

// TestA163_spellings_of_a_name that nobody tells apart by looking.
func TestA163_spellings_of_a_name(t *testing.T) {
	want := Skeleton("Field Console")
	for _, s := range []string{"Field Console\u115f", "Field\u3164Console", "Field\u2800Console", "Ｆｉｅｌｄ Ｃｏｎｓｏｌｅ", "Fieℓd Consoℓe", "Fieⅼd Consoⅼe",
		"ꓝield Console", "Field Cᴏnsᴏle", "Field Conѕole", "Field Coпsole", "Field Ꮯonsole", "Field ꮯonsole", "Field Ϲonsole", "𝐅𝐢𝐞𝐥𝐝 𝓒𝓸𝓷𝓼𝓸𝓵𝓮", "Ⓕⓘⓔⓛⓓ Console",
		"🅵🅸🅴🅻🅳 Console", "🇫🇮🇪🇱🇩 Console", "Fie\u0301ld Cônsòle", "FIELD CONSOLE", "Fıeld Conso1e", "FΙELD CΟΝSΟLΕ", "F\ufe0fie\u034fld Console"} {
		if got := Skeleton(s); got != want {
			t.Errorf("%q is %q, not %q", s, got, want)
		}
	}
	if a, b := Skeleton("Data"), Skeleton("Dɑtɑ"); a != b {
		t.Errorf("%q, %q", a, b)
	}
}

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
