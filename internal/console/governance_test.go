package console

import (
	"context"
	"testing"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// wish asks for an app in the name of a user.
func (w *world) wish(u store.User, c store.Client, reason string) {
	w.t.Helper()
	by := access.By{Actor: audit.Actor{Kind: "user", ID: u.ID.String(), Name: u.Name}, User: u.ID}
	_, err := w.Access.Ask(context.Background(), by, u.Tenant, c.ID, access.Wish{Reason: reason})
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
	w.as(w.ada).open(requestsPath).shows(200, "Acme Sync", "1 request", "Ivy", "for the <quarter>", "Would be new", "Look and approve")
	w.as(rex).open(requestsPath).shows(200, "Acme Sync", "as a reviewer").lacks("Look and approve")
	w.as(rex).open(requestsPath).send(path, "act", "deny").shows(403)
	w.as(ivy).open(requestsPath).shows(403, "Permission error", "oauth:client:authorize")
	b := w.as(w.ada)
	b.open(requestsPath).send(path, "act", "deny", "justification", "not now").leads(requestsPath + "?done=denied")
	b.follow().shows(200, "Denied", "Nothing waits")
	w.wish(ivy, app, "again")
	b.open(requestsPath).send(path, "act", "block", "justification", "no").shows(200, "Block Acme Sync", "nobody can ask for it again")
	b.send(path, "act", "block", "justification", "no", "confirmed", "yes").leads(requestsPath + "?done=blocked")
	s, err := w.Access.Authorization(context.Background(), w.acme.ID, app.ID)
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
	g, err := w.Access.Governance(context.Background(), w.acme.ID)
	w.ok(err)
	b.send(governancePath, "door", "administrator", "stage", "enforce", "days", "7", "mail", "yes", "verified", "yes", "version", "1").
		shows(200, "1 app stops working", "Acme Sync", "Save")
	if now, err := w.Access.Governance(context.Background(), w.acme.ID); err != nil || now.Version != g.Version {
		t.Errorf("a preview saved %+v, %v", now, err)
	}
	b.send(governancePath, "door", "administrator", "stage", "enforce", "days", "7", "mail", "yes", "verified", "yes", "version", "1", "confirmed", "yes").
		leads(governancePath + "?done=saved")
	if g, err = w.Access.Governance(context.Background(), w.acme.ID); err != nil || g.Settings.Door != policy.DoorAdministrator ||
		g.Settings.RequestDays != 7 || len(g.Settings.Rules) != 1 || !g.Settings.Rules[0].Verified {
		t.Errorf("%+v, %v", g.Settings, err)
	}
	b.open(governancePath).send(governancePath, "door", "open", "version", "1", "confirmed", "yes").shows(422, "Somebody else changed")
	w.as(ivy).open(governancePath).shows(403, "Permission error")
}

func TestImpact_authorizes_what_is_ticked(t *testing.T) {
	w := settled(t)
	w.govern(policy.Governance{Stage: policy.Report})
	app := w.app("Acme Sync", []string{"crm.objects.contacts.read"}, nil, nil)
	ivy := w.user(w.acme, "ivy", "Ivy", directory.AppInstaller)
	w.installed(ivy, app, "crm.objects.contacts.read")
	b := w.as(w.ada)
	b.open(governancePath+"/impact").shows(200, "Nothing would have been refused")
	now := w.clock.Now()
	w.ok(w.db.Tend(context.Background(), func(u store.Upkeep) error {
		return u.AddForeseen([]store.Foreseen{{Tenant: w.acme.ID, Client: app.ID, User: ivy.ID, Catalog: "crm", Method: "list_contacts",
			Code: "scope_not_granted", Need: "crm.objects.contacts.read", First: now, Last: now, Calls: 42}})
	}))
	b.open(governancePath+"/impact").shows(200, "Acme Sync", "42", "Approve what is ticked")
	b.send(governancePath+"/impact", "client", app.ID.String()).leads(governancePath + "/impact?done=authorized")
	s, err := w.Access.Authorization(context.Background(), w.acme.ID, app.ID)
	w.ok(err)
	if s.Standing.State != policy.Authorized || !s.Ceiling.Has(scope.MustParse("crm.objects.contacts.read")) && !s.Uncapped {
		t.Errorf("%+v", s.Authorization)
	}
}
