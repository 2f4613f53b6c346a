package browser_test

import "testing"

// The book and the settings of an account are read in both languages, on a wide window and on a telephone, in the dark too.
func TestAudit_and_settings_are_accessible(t *testing.T) {
	for lang, width := range map[string]int64{"en": 1280, "de": 390} {
		t.Run(lang, func(t *testing.T) {
			b := newTab(t, width)
			b.open(demo.BaseURL + "/login?lang=" + lang)
			b.logIn("gwen")
			for _, theme := range []string{"", "-dark"} {
				b.do(dark(theme != ""))
				for name, path := range map[string]string{"audit": "/console/audit", "settings": "/console/governance"} {
					b.open(demo.BaseURL + path)
					b.accessible()
					b.shot(name + "-" + lang + theme)
				}
				b.open(demo.BaseURL + "/console/audit?action=authorization.")
				b.press(`tbody th a`)
				b.accessible()
				b.shot("entry-" + lang + theme)
			}
		})
	}
}
