package console

import (
	"context"
	"regexp"
	"strings"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// wish asks for an app in the name of a user.
func (w *world) wish(u store.User, c store.Client, reason string) {
	w.t.Helper()
	by := govern.By{Actor: audit.Actor{Kind: "user", ID: u.ID.String(), Name: u.Name}, User: u.ID}
	_, err := w.Govern.Ask(context.Background(), by, u.Tenant, c.ID, govern.Wish{Reason: reason})
	w.ok(err)
}

func TestRequests_are_seen_answered_and_blocked(t *testing.T) {
	w := settled(t)
	w.govern(policy.Governance{Reviewers: []string{"crm_editor"}})
	app := w.app("Acme Sync", []string{"crm.objects.contacts.read"}, nil, []string{"crm.objects.contacts.write"})
	ivy := w.user(w.acme, "ivy", "Ivy", directory.AppInstaller)
	rex := w.user(w.acme, "rex", "Rex", "crm_editor")
	w.as(w.ada).open(requestsPath).shows(200, "Nothing waits for a decision")
	w.wish(ivy, app, "for the <quarter>")
	path := requestsPath + "/" + app.ID.String() + "/deny"
	w.as(w.ada).open(requestsPath).shows(200, "Acme Sync", "1 request", "Ivy", "for the <quarter>", "Would be new", "crm.objects.contacts.read required", "Look and approve")
	w.as(w.ada).open("/account").shows(200, "Requests 1 OAuth clients")
	w.as(rex).open(requestsPath).shows(200, "Acme Sync", "as a reviewer").lacks("Look and approve")
	w.as(rex).open("/account").shows(200, "Integrations Requests 1").lacks("OAuth clients")
	w.as(ivy).open("/account").lacks("Integrations", "Requests")
	w.as(rex).open(requestsPath).send(path, "act", "deny").shows(403)
	w.as(ivy).open(requestsPath).shows(403, "Permission error", "oauth:client:authorize")
	b := w.as(w.ada)
	b.open(requestsPath).send(path, "act", "deny", "justification", "not now").leads(requestsPath + "?done=denied")
	b.follow().shows(200, "Denied", "Nothing waits", "Requests OAuth clients")
	w.wish(ivy, app, "again")
	b.open(requestsPath).send(path, "act", "block", "justification", "no").shows(200, "Block Acme Sync", "nobody can ask for it again")
	b.send(path, "act", "block", "justification", "no", "confirmed", "yes").leads(requestsPath + "?done=blocked")
	s, err := w.Govern.Authorization(context.Background(), w.acme.ID, app.ID)
	w.ok(err)
	if s.Standing.State != policy.Blocked {
		t.Errorf("%+v", s.Standing)
	}
}

func TestGovernance_shows_what_stops_before_it_is_saved(t *testing.T) {
	w := settled(t)
	w.opens()
	app := w.app("Acme Sync", []string{"crm.objects.contacts.read"}, nil, nil)
	ivy := w.user(w.acme, "ivy", "Ivy", directory.AppInstaller)
	w.installed(ivy, app, "crm.objects.contacts.read")
	b := w.as(w.ada)
	b.open(governancePath).shows(200, "Who decides on a new app", "How far decisions are enforced", "Reviewers by role")
	g, err := w.Govern.Governance(context.Background(), w.acme.ID)
	w.ok(err)
	b.send(governancePath, "door", "administrator", "stage", "enforce", "days", "7", "mail", "yes", "verified", "yes", "version", "1").
		shows(200, "1 app stops working", "Acme Sync", "Save")
	if now, err := w.Govern.Governance(context.Background(), w.acme.ID); err != nil || now.Version != g.Version {
		t.Errorf("a preview saved %+v, %v", now, err)
	}
	b.send(governancePath, "door", "administrator", "stage", "enforce", "days", "7", "mail", "yes", "verified", "yes", "version", "1", "confirmed", "yes").
		leads(governancePath + "?done=saved")
	if g, err = w.Govern.Governance(context.Background(), w.acme.ID); err != nil || g.Settings.Door != policy.DoorAdministrator ||
		g.Settings.RequestDays != 7 || len(g.Settings.Rules) != 1 || !g.Settings.Rules[0].Verified {
		t.Errorf("%+v, %v", g.Settings, err)
	}
	b.open(governancePath).send(governancePath, "door", "open", "days", "7", "version", "1", "confirmed", "yes").shows(422, "Somebody else changed")
	w.as(ivy).open(governancePath).shows(403, "Permission error")
}

// A number of days that is none is said at its field, and everything that was typed is kept.
func TestGovernance_days_that_are_no_number(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada)
	for _, typed := range []string{"", "0", "-3", "366", "soon", "1e1", "99999999999999999999"} {
		b.open(governancePath).send(governancePath, "door", "blocked", "stage", "report", "days", typed, "own_permissions", "yes", "version", "0", "confirmed", "yes").
			shows(422, "Please enter a whole number of days, from 1 to 365.")
		for _, kept := range []string{`value="blocked" checked`, `value="report" checked`, `name="own_permissions" value="yes" checked`, `name="days" type="text" value="` + typed + `"`} {
			if !strings.Contains(b.body, kept) {
				t.Errorf("%q: the form lost %s", typed, kept)
			}
		}
	}
	if g, err := w.Govern.Governance(context.Background(), w.acme.ID); err != nil || g.Version != 0 {
		t.Errorf("saved %+v, %v", g, err)
	}
	// In the other language the review is still the review, and carries the stage on.
	b.open(governancePath).send(governancePath, "door", "open", "stage", "report", "days", " 9 ", "version", "0").shows(200, "What changes then")
	b.send(governancePath, "door", "open", "stage", "report", "days", " 9 ", "version", "0", "confirmed", "yes", "lang", "de").shows(200, "Was sich dann ändert")
	if !strings.Contains(b.body, `name="stage" value="report"`) {
		t.Errorf("the stage is lost: %s", b.body)
	}
	b.send(governancePath, "door", "open", "stage", "report", "days", "9", "version", "0", "confirmed", "yes").leads(governancePath + "?done=saved")
	if g, err := w.Govern.Governance(context.Background(), w.acme.ID); err != nil || g.Settings.RequestDays != 9 || g.Settings.Stage != policy.Report {
		t.Errorf("saved %+v, %v", g, err)
	}
}

// Each choice is explained where it stands, for whoever hears the page too, and the page stands where the menu has it.
func TestGovernance_explains_each_choice_beside_it(t *testing.T) {
	w := settled(t)
	b := w.as(w.ada).open(governancePath).shows(200, "Admin Integrations How apps are decided on", "An administrator, for each app Users who meet an app can ask for it.",
		"Report only Nothing is refused;")
	choices := regexp.MustCompile(`<input type="radio"[^>]*>`).FindAllString(b.body, -1)
	if len(choices) != 6 {
		t.Fatalf("%d choices", len(choices))
	}
	for _, choice := range choices {
		_, hint, _ := strings.Cut(choice, `aria-describedby="`)
		hint, _, _ = strings.Cut(hint, `"`)
		if hint == "" || !strings.Contains(b.body, `</label><p class="hint" id="`+hint+`">`) {
			t.Errorf("%s is explained nowhere", choice)
		}
	}
	b.send(governancePath, "door", "open", "stage", "enforce", "days", "7", "version", "0").shows(200, "Admin Integrations How apps are decided on What changes then")
	b.open(requestsPath).shows(200, "Admin Integrations Requests")
}

// Before an account that only reported enforces, the page leads to where what would stop is approved.
func TestGovernance_that_enforces_leads_to_the_report_first(t *testing.T) {
	w := settled(t)
	w.govern(policy.Governance{Stage: policy.Report})
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	w.installed(w.user(w.acme, "ivy", "Ivy", directory.AppInstaller), app, readContacts)
	b := w.as(w.ada)
	b.open(governancePath).send(governancePath, "door", "administrator", "stage", "enforce", "days", "30", "version", "1").
		shows(200, "1 app stops working", "can be approved before you save: Impact report")
	b.open(governancePath).send(governancePath, "door", "blocked", "stage", "report", "days", "30", "version", "1").
		shows(200, "What changes then").lacks("can be approved before you save")
}
