package text

import (
	"strings"
	"testing"
)

// TestA103_names_that_hide_something are refused, with the character that does it.
func TestA103_names_that_hide_something(t *testing.T) {
	tests := []struct {
		name string
		flaw Flaw
		at   rune
	}{
		{"Ada Lovelace", Sound, 0},
		{"Ada\u00a0Lovelace", Sound, 0},
		{"Łukasz Müller-Çelik 李", Sound, 0},
		{"👩", Sound, 0},
		{strings.Repeat("x", MaxName), Sound, 0},
		{"", Empty, 0},
		{strings.Repeat("x", MaxName+1), TooLong, 0},
		{"\xff", Character, 0xfffd},
		{"a\x00b", Character, 0},
		{"a\nb", Character, '\n'},
		{"a\u202eb", Character, 0x202e},
		{"a\u200db", Character, 0x200d},
		{"\ufeffa", Character, 0xfeff},
		{"a\ue000", Character, 0xe000},
		{"Field Console\u115f", Character, 0x115f},
		{"Field\u3164Console", Character, 0x3164},
		{"a\ufe0f", Character, 0xfe0f},
		{"a\u034fb", Character, 0x34f},
		{"a\u2028b", Character, 0x2028},
		{"a\u2029b", Character, 0x2029},
		{" a", Character, ' '},
		{"a ", Character, ' '},
		{"a\u00a0", Character, 0xa0},
		{" ", Character, ' '},
		{"\u3000", Character, 0x3000},
	}
	for _, tt := range tests {
		if flaw, at := CheckName(tt.name); flaw != tt.flaw || at != tt.at {
			t.Errorf("%q: %v, %U; want %v, %U", tt.name, flaw, at, tt.flaw, tt.at)
		}
	}
}

func TestText_in_a_language(t *testing.T) {
	s := Text{EN: "yes", DE: "ja"}
	for lang, want := range map[string]string{"de": "ja", "en": "yes", "": "yes", "fr": "yes", "DE": "yes"} {
		if got := s.In(lang); got != want {
			t.Errorf("In(%q) = %q", lang, got)
		}
	}
}
