package browser_test

import (
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// foreseen opens the impact report as soon as it shows what was called: that is written down some seconds later.
func (b *tab) foreseen() {
	b.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		b.open(demo.BaseURL + "/console/governance/impact")
		if b.has(`#impact`) || b.has(`table.impact`) {
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("nothing is foreseen: %s", b.body())
		}
		b.do(chromedp.Sleep(500 * time.Millisecond))
	}
}

// An administrator whose account only reports sees what enforcing would refuse, and approves all but one app at once, later that one on
// a phone in German. Narrowing it again goes through a review.
func TestImpact_several_apps_are_approved_at_once(t *testing.T) {
	for _, one := range []struct {
		lang  string
		width int64
		leave string // what is not ticked; empty: nothing
		done  []string
	}{
		{"en", 1280, "Contact Sync", []string{"2 of 2", "approved Phone Book", "2 apps are approved."}},
		{"de", 390, "", []string{"1 von 1", "genehmigt Contact Sync", "1 Anwendung ist genehmigt."}},
	} {
		t.Run(one.lang, func(t *testing.T) {
			say := func(en, de string) string {
				if one.lang == "de" {
					return de
				}
				return en
			}
			b := newTab(t, one.width)
			b.open(demo.BaseURL + "/login?lang=" + one.lang)
			b.logIn("cora")
			b.foreseen()
			b.shows(say("Impact report", "Wirkungsbericht"), "Contact Sync", "crm.objects.contacts.read", say("For: All users of the account", "Für: Alle Benutzer des Kontos"),
				say("What approving does not change", "Was eine Genehmigung nicht ändert"), "Weekly figures", "tableau:users:read", "automation")
			b.accessible()
			b.shot("impact-" + one.lang)
			b.do(dark(true))
			b.accessible()
			b.shot("impact-dark-" + one.lang)
			b.do(dark(false))
			if one.leave != "" {
				b.bulkNothing(say("Tick at least one app.", "Kreuzen Sie mindestens eine Anwendung an."))
				b.eval(`[...document.querySelectorAll("#impact label")].filter(l => !l.textContent.includes("` + one.leave + `")).forEach(l => l.click())`)
			}
			b.press(`#impact button.primary`)
			b.shows(append(one.done, say("Each app is a decision of its own.", "Jede Anwendung ist eine Entscheidung für sich."))...)
			b.accessible()
			b.shot("impact-run-" + one.lang)
			if got := b.eval(`[...document.querySelectorAll(".run-now")].filter(e => e.offsetParent).length + " " + document.querySelector(".run-now:last-of-type progress").position`); got != "1 1" {
				t.Errorf("bars that are shown, and how far the last one is: %v", got)
			}
			b.do(dark(true))
			b.accessible()
			b.do(dark(false))
			b.press(`main a.button.primary`)
			if left := b.has(`#impact`); left != (one.leave != "") {
				t.Errorf("something is left to approve: %t\n%s", left, b.body())
			}
			b.shows("Weekly figures")
			b.accessible()
			b.shot("impact-left-" + one.lang)
		})
	}

	// What was approved for everybody is narrowed again: the review says what that costs before it holds.
	b := newTab(t, 1280)
	b.open(demo.BaseURL + "/login?lang=en")
	b.logIn("cora")
	sync, _ := app(t, "contact-sync")
	b.open(demo.BaseURL + "/console/authorizations/" + sync.ClientID + "/decide")
	b.eval(`document.querySelector('input[value="crm.objects.deals.read"]').click()`)
	b.fill(`textarea[name=reason]`, "Deals are none of its business.")
	b.press(`#decide button.primary`)
	b.shows("Before you approve", "methods are refused then", "What changes", "Read deals", "Deals are none of its business.")
	b.accessible()
	b.shot("authorize-review-en")
	b.do(dark(true))
	b.accessible()
	b.do(dark(false))
	b.press(`#review button.primary`)
	b.shows("Approved.")
}

// bulkNothing sends the report with nothing ticked, which is said and keeps it.
func (b *tab) bulkNothing(want string) {
	b.t.Helper()
	b.eval(`document.querySelectorAll("#impact input[type=checkbox]").forEach(i => i.checked = false)`)
	b.press(`#impact button.primary`)
	b.shows(want)
	b.accessible()
	if got := b.eval(`document.activeElement.id`); got != "errors" {
		b.t.Errorf("the focus is at %v, not at what is wrong", got)
	}
	if b.has(`#impact input:checked`) {
		b.t.Error("what was not ticked is ticked")
	}
}
