package page

import (
	"testing"

	"prokura/internal/clock"
)

// TestPages_are_all_sound: what is wrong with a template is found here, since a server parses it only when it is first shown.
func TestPages_are_all_sound(t *testing.T) {
	p, err := New(Config{Clock: clock.System{}})
	if err != nil {
		t.Fatal(err)
	}
	for _, lang := range Languages {
		if len(p.pages[lang]) < 40 {
			t.Errorf("%s: %d pages", lang, len(p.pages[lang]))
		}
		for name, parse := range p.pages[lang] {
			if page, err := parse(); err != nil || page == nil {
				t.Errorf("%s in %s: %v", name, lang, err)
			}
		}
	}
}
