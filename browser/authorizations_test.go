package browser_test

import (
	"path"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// registered registers an app as its developer would, and answers its client ID.
func registered(t *testing.T, name string) string {
	t.Helper()
	b := newTab(t, 1280)
	b.open(demo.BaseURL + "/login?lang=en")
	b.logIn("dora")
	b.open(demo.BaseURL + "/console/registrations/new")
	b.fill(`input[name=name]`, name)
	b.fill(`input[name=publisher]`, "Test GmbH")
	b.fill(`textarea[name=redirect_uris]`, "http://127.0.0.1:9/callback")
	b.eval(`document.querySelectorAll("details").forEach(d => d.open = true);
		document.querySelector('input[name="scope.crm.objects.contacts.read"][value=required]').checked = true;
		document.querySelector('input[name="scope.crm.objects.contacts.write"][value=optional]').checked = true;
		document.querySelector('input[name="scope.crm.objects.deals.read"][value=optional]').checked = true`)
	b.press(`button[value=save]`)
	at, _, _ := strings.Cut(b.url(), "?")
	return path.Base(at)
}

// An administrator authorizes a client by its ID with a part of what it asks for, sees what that costs, and revokes it.
func TestAuthorize_by_client_id_a_subset_and_revoke(t *testing.T) {
	for lang, width := range map[string]int64{"en": 1280, "de": 320} {
		t.Run(lang, func(t *testing.T) {
			client := registered(t, "Gate "+lang)
			say := func(en, de string) string {
				if lang == "de" {
					return de
				}
				return en
			}
			b := newTab(t, width)
			b.open(demo.BaseURL + "/login?lang=" + lang)
			b.logIn("ada")
			b.open(demo.BaseURL + "/console/authorizations")
			b.shows("Admin", say("Integrations", "Integrationen"), say("Authorized applications", "Autorisierte Anwendungen"))
			b.accessible()
			b.press(`.title .button`)
			b.fill(`input[name=client_id]`, "8e1b7172-39c3-4a32-887e-fc2b4119f56d")
			b.press(`#authorize button.primary`)
			b.accessible()
			if got := b.eval(`document.activeElement.id`); got != "errors" {
				t.Errorf("the focus is at %v, not at the summary of what is wrong", got)
			}
			// Return sends the form, and does not switch the language.
			b.fill(`input[name=client_id]`, client)
			b.eval(`document.querySelector("input[name=client_id]").focus()`)
			if _, err := chromedp.RunResponse(b.ctx, chromedp.KeyEvent("\r")); err != nil {
				t.Fatal(err)
			}
			b.shows("Gate "+lang, say("Scopes", "Umfang"), say("Users who may use this application", "Benutzer, die diese Anwendung verwenden können"),
				say("All users of the account", "Alle Benutzer des Kontos"))
			b.accessible()
			// What leaving a scope out costs stands there once it is left out.
			const write = `input[value="crm.objects.contacts.write"]`
			cost := `getComputedStyle(document.getElementById("cost-crm.objects.contacts.write")).display`
			if got := b.eval(cost); got != "none" {
				t.Errorf("what a ticked scope would cost is shown: %v", got)
			}
			b.eval(`document.querySelector('` + write + `').click()`)
			if got := b.eval(cost); got == "none" {
				t.Error("what leaving a scope out costs is not shown")
			}
			// Roles are picked from a list, OK closes it, and they stand above it.
			b.eval(`document.querySelector(".picker summary").click(); document.querySelector('input[name=role][value=app_installer]').click(); document.querySelector(".pick").click()`)
			if b.eval(`document.querySelector(".picker").open`) != false || !strings.Contains(b.text(".admitted"), say("App installer", "Anwendungsinstallation")) {
				t.Errorf("the role that was picked is not shown: %q", b.text(".admitted"))
			}
			b.accessible()
			b.fill(`textarea[name=reason]`, "Pilot")
			b.press(`#decide button.primary`)
			b.shows(say("Before you approve", "Bevor Sie genehmigen"))
			b.accessible()
			b.press(`#review button[value=back]`)
			if b.eval(`document.querySelector('`+write+`').checked`) != false || b.eval(`document.querySelector("textarea[name=reason]").value`) != "Pilot" {
				t.Error("what was chosen is lost on the way back")
			}
			b.press(`#decide button.primary`)
			b.press(`#review button.primary`)
			b.shows(say("Approved.", "Genehmigt."), say("approved", "genehmigt"), say("App installer", "Anwendungsinstallation"), "Pilot")
			b.openDetails()
			b.accessible()
			b.do(dark(true))
			b.accessible()
			b.press(`form[action$="/` + client + `/revoke"] button`)
			b.accessible()
			b.press(`#confirm button.danger`)
			b.shows(say("is revoked", "ist widerrufen"))
			b.accessible()
			b.open(demo.BaseURL + "/console/authorizations?state=revoked")
			b.shows("Gate "+lang, say("revoked", "widerrufen"))
			b.accessible()
			b.open(demo.BaseURL + "/console/oauth-clients")
			b.accessible()
		})
	}
}

// Who may not decide is told who can.
func TestAuthorizations_for_others_name_who_can_decide(t *testing.T) {
	b := newTab(t, 390)
	b.open(demo.BaseURL + "/login?lang=de")
	b.logIn("iris")
	b.open(demo.BaseURL + "/console/authorizations")
	b.shows("Berechtigungsfehler", "Das können", "Ada")
	b.accessible()
}
