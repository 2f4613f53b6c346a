package browser_test

import (
	"strings"
	"testing"
)

// What somebody who decides on apps sees first leads to everything that there is to do, and reads the same in the dark.
func TestOverview_of_an_administrator(t *testing.T) {
	for lang, width := range map[string]int64{"en": 1280, "de": 390} {
		t.Run(lang, func(t *testing.T) {
			say := func(en, de string) string {
				if lang == "de" {
					return de
				}
				return en
			}
			b := newTab(t, width)
			b.open(demo.BaseURL + "/login?lang=" + lang)
			b.logIn("gwen")
			b.open(demo.BaseURL + "/console")
			b.shows(say("Who decides on a new app", "Wer über eine neue Anwendung entscheidet"), say("Waiting for a decision", "Wartet auf eine Entscheidung"),
				say("Ends in the next 30 days", "Endet in den nächsten 30 Tagen"), say("Revoked lately", "Kürzlich widerrufen"))
			b.shot("overview-" + lang)
			b.openDetails()
			b.accessible()
			b.do(dark(true))
			b.accessible()
			b.shot("overview-" + lang + "-dark")
			for _, link := range []string{"/console/requests", "/console/governance", "/console/authorizations"} {
				if !b.has(`main a[href="` + link + `"]`) {
					t.Errorf("no link leads to %s", link)
				}
			}
			h := newTab(t, width)
			h.open(demo.BaseURL + "/login?lang=" + lang)
			h.logIn("hugo")
			h.open(demo.BaseURL + "/console")
			h.accessible()
			if body := h.body(); strings.Contains(body, say("Revoked lately", "Kürzlich widerrufen")) || strings.Contains(body, say("Waiting for a decision", "Wartet auf eine Entscheidung")) {
				t.Errorf("a user sees what is an administrator's:\n%s", body)
			}
			h.shot("overview-user-" + lang)
		})
	}
}

// A number of days that is none is said at its field, and the focus is where it is said.
func TestGovernance_says_what_is_wrong_with_the_days(t *testing.T) {
	b := newTab(t, 390)
	b.open(demo.BaseURL + "/login?lang=de")
	b.logIn("gwen")
	b.open(demo.BaseURL + "/console/governance")
	b.fill(`input[name=days]`, "bald")
	b.press(`#governance button.primary`)
	b.shows("Bitte geben Sie eine ganze Zahl von Tagen ein, von 1 bis 365.")
	if got := b.eval(`document.activeElement.id + " " + document.querySelector("input[name=days]").value`); got != "errors bald" {
		t.Errorf("the focus, and what was typed: %v", got)
	}
	b.accessible()
	b.shot("governance-days-de")
	b.fill(`input[name=days]`, "14")
	b.press(`#governance button.primary`)
	b.shows("Was sich dann ändert")
	b.accessible()
	b.shot("governance-review-de")
}
