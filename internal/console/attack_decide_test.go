package console

import (
	"context"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// TestA155_who_was_admitted_is_gone: a form that names nobody any more admits nobody, not everybody.
func TestA155_who_was_admitted_is_gone(t *testing.T) {
	w := settled(t)
	ctx := context.Background()
	gone := w.user(w.acme, "gone", "Gone", directory.Member)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	_, err := w.Govern.Authorize(ctx, govern.By{Actor: audit.Operator}, w.acme.ID, app.ID, govern.Terms{
		Scopes: scope.NewSet(scope.MustParse(readContacts)), Admission: policy.Admission{Users: []id.User{gone.ID}}})
	w.ok(err)
	w.ok(w.Directory.DeleteUser(ctx, audit.Operator, w.acme.ID, gone.ID))
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String() + "/decide"
	b.open(path).shows(200, "nobody yet")
	b.send(path, b.form("scope", readContacts, "expires", "2027-01-31")...).shows(422, "Nobody is chosen.")
	b.send(path, "act", "approve", "stage", "review", "version", "1", "registration", "1", "scope", readContacts).shows(422, "Nobody is chosen.")
	b.send(path, b.form("scope", readContacts, "who", "all", "role", "developer")...).shows(422, "All users are chosen, and roles or users as well.")
	if a := w.decided(app); a.Admission.All || a.Version > 2 {
		t.Errorf("%+v", a.Admission)
	}
}

// TestA155_who_is_chosen_is_gone_meanwhile: the form says so beside all else that is wrong, with what was typed, and nothing is decided.
func TestA155_who_is_chosen_is_gone_meanwhile(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, nil)
	gone := entropy.ID[id.User]().String()
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String() + "/decide"
	b.open(path).send(path, b.form("scope", readContacts, "role", "r_gone", "user", gone, "reason", "for the pilot")...)
	b.shows(422, "There is no role “r_gone”.", "There is no user “"+gone+"” here.", "for the pilot")
	if a := w.decided(app); a.Version != 0 {
		t.Errorf("%+v", a.Admission)
	}
}

// TestA156_what_widens_is_shown_before_it_holds: for more users, with more scopes, without an end.
func TestA156_what_widens_is_shown_before_it_holds(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{writeContacts})
	_, err := w.Govern.Authorize(context.Background(), govern.By{Actor: audit.Operator}, w.acme.ID, app.ID, govern.Terms{Scopes: scope.NewSet(scope.MustParse(readContacts)),
		Admission: policy.Admission{Roles: []string{"developer"}}, Expires: noon.AddDate(1, 0, 0)})
	w.ok(err)
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String() + "/decide"
	b.open(path).send(path, b.form("scope", readContacts, "scope", writeContacts, "who", "all", "reason", "for all")...).
		shows(200, "Before you approve", "What will hold", "What changes", "All users of the account", "until it is revoked", "“for all”", writeContacts).lacks("What this decision costs")
	if a := w.decided(app); a.Version != 1 {
		t.Errorf("decided before it was shown: %+v", a)
	}
	b.again("approve").leads("/console/authorizations/" + app.ID.String() + "?done=authorized")
	b.open(path).send(path, b.form("scope", readContacts, "scope", writeContacts, "expires", "2026-01-02")...)
	b.again("approve").shows(422, "The date 2 Jan 2026 is in the past.").lacks("T00:00:00Z")
	b.lang = "de"
	b.open(path).send(path, b.form("scope", readContacts, "scope", writeContacts, "expires", "2026-01-02")...)
	b.again("approve").shows(422, "Das Datum 02.01.2026 liegt in der Vergangenheit.")
}

// An install URL that is out in the world is refused where it asks for what was left out, and the review says so.
func TestReview_names_what_install_URLs_ask_for(t *testing.T) {
	w := settled(t)
	app := w.app("Acme Sync", []string{readContacts}, nil, []string{writeContacts})
	w.ok(w.db.Tend(context.Background(), func(up store.Upkeep) error {
		return up.CountInstallURL(store.InstallURL{Client: app.ID, RedirectURI: app.Registration.RedirectURIs[0], Scope: readContacts + " " + writeContacts, First: noon, Last: noon, Count: 1})
	}))
	b := w.as(w.ada)
	path := "/console/authorizations/" + app.ID.String() + "/decide"
	b.open(path).send(path, b.form("scope", readContacts)...).shows(200, "An install URL of the last 90 days", writeContacts)
}
