package storetest

import (
	"testing"
	"time"

	"prokura/internal/store"
)

// testFormerGrants: what a user had and has no more is found, whether it ended by itself or with its authorization.
func testFormerGrants(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, elsewhere := addTenant(t, s, "t").ID, addTenant(t, s, "u").ID
	ada, bob := addUser(t, s, in, "ada"), addUser(t, s, in, "bob")
	withdrawn, revoked, lives := addClient(t, s), addClient(t, s), addClient(t, s)
	x, y := install(t, s, in, ada, withdrawn.ID), install(t, s, in, ada, revoked.ID)
	install(t, s, in, ada, lives.ID)
	install(t, s, in, bob, revoked.ID)
	install(t, s, elsewhere, addUser(t, s, elsewhere, "ada"), withdrawn.ID)
	former := func(limit int) []store.Grant {
		t.Helper()
		return view(t, s, func(r store.Reader) ([]store.Grant, error) { return r.FormerGrants(in, ada.ID, limit) })
	}
	if list := former(10); len(list) > 0 {
		t.Errorf("%+v live", list)
	}
	do(t, s, func(tx store.Tx) error {
		a := y.authorization
		a.Revoked, a.Version, a.Updated = true, a.Version+1, start.Add(time.Minute)
		if err := tx.UpdateAuthorization(a); err != nil {
			return err
		}
		return tx.EndGrant(in, x.grant.ID, "withdrawn", start.Add(time.Hour))
	})
	found := map[string]string{}
	for _, g := range former(10) {
		found[g.ID.String()] = g.EndedBy
	}
	same(t, "what ada had", found, map[string]string{x.grant.ID.String(): "withdrawn", y.grant.ID.String(): ""})
	if list := former(1); len(list) != 1 {
		t.Errorf("%+v", list)
	}
	sweepAll(t, s)
	for _, g := range former(10) {
		if g.ID == y.grant.ID && g.EndedBy != "authorization_revoked" {
			t.Errorf("swept, it ended by %q", g.EndedBy)
		}
	}
}
