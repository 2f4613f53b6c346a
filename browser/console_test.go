package browser_test

import (
	"strings"
	"testing"
)

// Every page that somebody who runs an account or develops an app comes by, in both languages, narrow and wide.
func TestConsole_every_page_is_accessible(t *testing.T) {
	pages := map[string][]string{
		"ada":  {"/console", "/console/apps", "/console/users", "/console/users/new", "/console/refusals", "/console/clinic", "/account"},
		"dora": {"/console", "/console/registrations", "/console/registrations/new", "/console/clinic"},
		"iris": {"/console", "/console/apps", "/account"},
	}
	for name, paths := range pages {
		for lang, width := range map[string]int64{"en": 1280, "de": 320} {
			t.Run(name+" "+lang, func(t *testing.T) {
				b := newTab(t, width)
				b.open(demo.BaseURL + "/login?lang=" + lang)
				b.logIn(name)
				for _, path := range paths {
					b.open(demo.BaseURL + path)
					if !strings.HasSuffix(b.url(), path) {
						t.Fatalf("%s led to %s", path, b.url())
					}
					b.accessible()
				}
				b.do(dark(true))
				b.open(demo.BaseURL + paths[0])
				b.accessible()
			})
		}
	}
}

// A developer registers an app; the install URL that the console builds beside the form leads to consent.
func TestConsole_an_app_from_registration_to_consent(t *testing.T) {
	b := newTab(t, 1280)
	b.open(demo.BaseURL + "/login?lang=en")
	b.logIn("dora")
	b.open(demo.BaseURL + "/console/registrations/new")
	// What is missing is said at its field and in a summary, and nothing typed is lost.
	b.fill(`input[name=name]`, "Browser Test App")
	b.press(`button[value=save]`)
	b.accessible()
	if got := b.eval(`document.querySelector("input[name=name]").value`); got != "Browser Test App" {
		t.Errorf("the name was lost: %v", got)
	}
	b.fill(`input[name=publisher]`, "Test GmbH")
	b.fill(`textarea[name=redirect_uris]`, "http://127.0.0.1:9/callback")
	b.eval(`document.querySelectorAll("details").forEach(d => d.open = true);
		document.querySelector('input[name="scope.crm.objects.contacts.read"][value=required]').checked = true`)
	b.press(`button[value=save]`)
	b.shows("Browser Test App")
	b.accessible()
	link := b.text(`.install-url code, code[aria-label="Install URL"]`)
	if !strings.Contains(link, "scope=crm.objects.contacts.read") {
		t.Fatalf("the install URL is %q\n%s", link, b.body())
	}
	iris := newTab(t, 390)
	iris.open(link)
	iris.logIn("iris")
	iris.shows("Browser Test App", "crm.objects.contacts.read")
}
