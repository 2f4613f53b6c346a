package console

import (
	"context"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
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
