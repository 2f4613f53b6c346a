package browser_test

import (
	"strings"
	"testing"
)

// A user meets an app that nobody authorized, asks for it, and an administrator sees who asks and why, and decides.
func TestFirstUse_a_user_asks_and_an_administrator_decides(t *testing.T) {
	for lang, width := range map[string]int64{"en": 1280, "de": 390} {
		t.Run(lang, func(t *testing.T) {
			say := func(en, de string) string {
				if lang == "de" {
					return de
				}
				return en
			}
			_, link := app(t, map[string]string{"en": "contact-sync", "de": "phone"}[lang])
			b := newTab(t, width)
			b.open(demo.BaseURL + "/login?lang=" + lang)
			b.logIn("hugo")
			b.open(link)
			b.shows(say("Permission error", "Berechtigungsfehler"), say("An administrator of Guarded Ltd. must approve this application.", "Ein Administrator von Guarded Ltd. muss diese Anwendung genehmigen."), "Gwen")
			b.accessible()
			b.shot("permission-error-" + lang)
			if b.has(`textarea[name=reason]`) { // else the world's own request waits already
				b.fill(`textarea[name=reason]`, "For <the> quarter")
				b.press(`#ask button.primary`)
			}
			b.shows(say("Your request is waiting", "Ihre Genehmigungsanfrage wartet"))
			b.accessible()
			b.shot("request-waiting-" + lang)

			a := newTab(t, width)
			a.open(demo.BaseURL + "/login?lang=" + lang)
			a.logIn("gwen")
			for _, page := range []string{"/console/requests", "/console/governance", "/console/governance/impact", "/console/authorizations", "/console/audit", "/console/oauth-clients"} {
				a.open(demo.BaseURL + page)
				a.accessible()
				a.shot(strings.ReplaceAll(strings.TrimPrefix(page, "/console/"), "/", "-") + "-" + lang)
			}
			of, _ := app(t, "misplaced")
			for name, path := range map[string]string{"application-": "", "authorize-": "/decide"} {
				a.open(demo.BaseURL + "/console/authorizations/" + of.ClientID + path)
				a.shows("Car Fleet")
				a.accessible()
				a.shot(name + lang)
			}
			a.open(demo.BaseURL + "/console/requests")
			a.shows("Hugo", say("Look and approve", "Ansehen und genehmigen"))

			// The administrator meets another app, and decides right there.
			_, other := app(t, "plan")
			a.open(other)
			a.shows(say("You decide for the whole account Guarded Ltd.", "Sie entscheiden für das ganze Konto Guarded Ltd."))
			a.accessible()
			a.shot("approve-" + lang)
		})
	}
}
