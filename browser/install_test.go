package browser_test

import (
	"net/url"
	"strings"
	"testing"

	"prokura/examples/world"

	"github.com/chromedp/chromedp"
)

// app finds a third-party app of the demo, and where its own server offers to install it.
func app(t *testing.T, slug string) (world.Client, string) {
	t.Helper()
	for _, c := range demo.Clients {
		if c.Slug == slug {
			u, err := url.Parse(c.RedirectURIs[0])
			if err != nil {
				t.Fatal(err)
			}
			return c, u.Scheme + "://" + u.Host + "/install/" + slug
		}
	}
	t.Fatalf("the demo has no app %q", slug)
	return world.Client{}, ""
}

func user(t *testing.T, name string) world.User {
	t.Helper()
	for _, u := range demo.Users {
		if strings.HasPrefix(u.Username, name+"@") {
			return u
		}
	}
	t.Fatalf("the demo has no user %q", name)
	return world.User{}
}

// logIn fills the login page that the browser is at.
func (b *tab) logIn(name string) {
	b.t.Helper()
	u := user(b.t, name)
	b.fill(`input[name=login]`, u.Username)
	b.fill(`input[name=password]`, u.Password)
	b.press(`#login button`)
	b.do(chromedp.WaitNotPresent(chromedp.CSS(`#login button`))) // the answer is a redirect, and the page after it is what counts
}

const (
	allow  = `#consent button[value=allow]`
	cancel = `#consent button[value=cancel]`
)

// A well-behaved app runs the whole flow: its install link, login, consent, its own page, a call through the gateway.
func TestInstall_from_the_link_to_a_call(t *testing.T) {
	for _, lang := range []string{"en", "de"} {
		for _, width := range []int64{320, 1280} {
			t.Run(lang, func(t *testing.T) {
				_, link := app(t, "contact-sync")
				b := newTab(t, width)
				b.open(demo.BaseURL + "/login?lang=" + lang)
				b.accessible()
				b.open(link)
				b.accessible()
				b.logIn("iris")
				if lang == "de" {
					b.shows("Contact Sync", "Kontakte", "optional")
				} else {
					b.shows("Contact Sync", "contacts", "optional")
				}
				b.accessible()
				b.press(allow)
				if !strings.HasSuffix(b.url(), "/app") {
					t.Fatalf("the flow ended at %s:\n%s", b.url(), b.body())
				}
				b.shows("crm.objects.contacts.read")
				b.press(`form[action="/call"] button`)
				b.shows("200")
			})
		}
	}
}

// Whoever cancels sends the app away with an error and gives nothing.
func TestInstall_cancelled(t *testing.T) {
	_, link := app(t, "contact-sync")
	b := newTab(t, 1280)
	b.open(link)
	b.logIn("iris")
	b.press(cancel)
	b.shows("access_denied")
}

// The four refusals of the published article, each read by the person who meets it.
func TestInstall_refused(t *testing.T) {
	tests := []struct {
		name, slug, user string
		published        map[string]string // the words that people search for
		shows            map[string][]string
	}{
		{"a required scope is missing", "forgetful", "iris",
			map[string]string{
				"en": "Couldn't complete the connection: Authorization failed because the provided scopes are insufficient. Please contact the app developer.",
				"de": "Die Verbindung konnte nicht hergestellt werden: Autorisierung fehlgeschlagen, da die angegebenen Bereiche nicht ausreichend sind. Bitte wenden Sie sich an den Entwickler der App.",
			},
			map[string][]string{"en": {"the developer"}, "de": {"Entwickler"}}},
		{"an optional scope stands in scope", "misplaced", "iris",
			map[string]string{
				"en": "there is a mismatch between the scopes in the install URL",
				"de": "Diskrepanz zwischen den Bereichen in der Installations-URL",
			},
			map[string][]string{"en": {"the developer"}, "de": {"Entwickler"}}},
		{"the user may not install", "permission", "nora",
			map[string]string{
				"en": "You don't have permission to connect this integration.",
				"de": "Sie haben keine Berechtigung, diese Integration zu verknüpfen.",
			},
			map[string][]string{"en": {"administrator"}, "de": {"Administrator"}}},
		{"the plan lacks workflows", "plan", "sol",
			map[string]string{
				"en": "This account doesn't have access to some HubSpot features that are required by this integration.",
				"de": "Dieses Konto hat keinen Zugriff auf einige HubSpot-Funktionen, die für diese Integration erforderlich sind.",
			},
			map[string][]string{"en": {"Marketing Hub Professional"}, "de": {"Marketing Hub Professional"}}},
	}
	for _, tt := range tests {
		for _, lang := range []string{"en", "de"} {
			t.Run(tt.name+" "+lang, func(t *testing.T) {
				_, link := app(t, tt.slug)
				b := newTab(t, 390)
				b.open(demo.BaseURL + "/login?lang=" + lang)
				b.open(link)
				if strings.Contains(b.url(), "/login") || b.has(`#login`) {
					b.logIn(tt.user)
				}
				b.shows(tt.published[lang])
				b.shows(tt.shows[lang]...)
				b.accessible()
			})
		}
	}
}

// A developer repairs an install URL with nothing but what the page says.
func TestInstall_repaired_from_the_page(t *testing.T) {
	for _, slug := range []string{"forgetful", "misplaced"} {
		t.Run(slug, func(t *testing.T) {
			c, _ := app(t, slug)
			b := newTab(t, 1280)
			b.open(c.InstallURL)
			if !b.has(`input[name=secret]`) {
				t.Fatalf("the developer is not asked for the secret:\n%s", b.body())
			}
			b.openDetails()
			b.fill(`input[name=secret]`, c.ClientSecret)
			b.press(`form:has(input[name=secret]) button`)
			b.accessible()
			corrected := b.text(`code[aria-label="Corrected URL"]`)
			u, err := url.Parse(corrected)
			if err != nil || !strings.HasPrefix(corrected, demo.BaseURL) {
				t.Fatalf("the corrected URL is %q (%v)\n%s", corrected, err, b.body())
			}
			b.open(u.String())
			b.logIn("iris")
			b.do(chromedp.WaitReady(chromedp.CSS(allow))) // the corrected URL leads to consent
		})
	}
}
