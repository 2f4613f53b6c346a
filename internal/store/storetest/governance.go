package storetest

import (
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// testGovernance: a tenant that never said has the zero settings, and of two who write at once the second is told (A164).
func testGovernance(t *testing.T, db Database) {
	all := nodes(t, db, Options{})
	s := all[0]
	in := addTenant(t, s, "t").ID
	read := func(r store.Reader) (store.Governance, error) { return r.Governance(in) }
	same(t, "what a tenant never said", view(t, s, read), store.Governance{Tenant: in})
	g := newGovernance(in)
	do(t, s, func(tx store.Tx) error { return tx.PutGovernance(g) })
	same(t, "governance", view(t, s, read), g)
	refused(t, s, store.ErrTaken, "the first settings twice", func(tx store.Tx) error { return tx.PutGovernance(g) })
	refused(t, s, store.ErrNotFound, "settings of no tenant", func(tx store.Tx) error {
		return tx.PutGovernance(newGovernance(entropy.ID[id.Tenant]()))
	})
	for version := 2; version < 6; version++ {
		errs := together(8, func(i int) error {
			return all[i%len(all)].Do(ctx, act("governance.set"), func(tx store.Tx) error {
				return tx.PutGovernance(store.Governance{Tenant: in, Version: version, Settings: policy.Governance{RequestDays: i + 1}, Updated: start})
			})
		})
		if n := won(t, errs, store.ErrTaken); n != 1 {
			t.Errorf("%d wrote version %d, want 1", n, version)
		}
	}
	for _, version := range []int{5, 7} {
		wrong := g
		wrong.Version = version
		refused(t, s, store.ErrTaken, "a version that is not the next", func(tx store.Tx) error { return tx.PutGovernance(wrong) })
	}
	other := addTenant(t, s, "u").ID
	same(t, "another tenant", view(t, s, func(r store.Reader) (store.Governance, error) { return r.Governance(other) }), store.Governance{Tenant: other})
}

// decided is an authorization in which no field is zero that an administrator can say.
func decided(in id.Tenant, client id.Client) store.Authorization {
	a := newAuthorization(in, client)
	previous := scopes("contacts.read", "deals.read")
	a.Decision = policy.Decision{Origin: policy.ByAdministrator, Expires: start.Add(90 * 24 * time.Hour), Ceiling: scopes("contacts.read"),
		Admission: policy.Admission{Roles: []string{"sales", "ops"}, Users: []id.User{entropy.ID[id.User]()}, Barred: []id.User{entropy.ID[id.User]()}},
		ForItself: true}
	a.Registration, a.Reason, a.By, a.Previous, a.WasUncapped, a.Installed = 3, "because “so”", "user u1 Ada", &previous, true, start.Add(time.Minute)
	return a
}

// testTerms: what was decided is read as it was written, and what it was before is kept, in order.
func testTerms(t *testing.T, db Database) {
	c := clock.NewFake(start)
	s := open(t, db, Options{Clock: c})
	in, client := addTenant(t, s, "t").ID, addClient(t, s).ID
	read := func(r store.Reader) (store.Authorization, error) { return r.AuthorizationOf(in, client) }
	past := func(limit int) []store.PastAuthorization {
		return view(t, s, func(r store.Reader) ([]store.PastAuthorization, error) {
			return r.PastAuthorizations(in, client, limit)
		})
	}
	first := decided(in, client)
	do(t, s, func(tx store.Tx) error { return tx.AddAuthorization(first) })
	same(t, "terms", view(t, s, read), first)
	same(t, "what was before the first", past(10), []store.PastAuthorization(nil))

	second := first
	second.Version, second.Updated, second.Uncapped, second.Ceiling, second.Previous, second.WasUncapped = 2, start.Add(time.Hour), true, scopes(), nil, false
	second.Admission, second.Expires, second.ForItself, second.Reason = policy.Admission{All: true}, time.Time{}, false, ""
	c.Advance(time.Hour)
	do(t, s, func(tx store.Tx) error { return tx.UpdateAuthorization(second) })
	same(t, "changed terms", view(t, s, read), second)
	for _, version := range []int{1, 2, 4} {
		wrong := first
		wrong.Version = version
		refused(t, s, store.ErrTaken, "a version that is not the next", func(tx store.Tx) error { return tx.UpdateAuthorization(wrong) })
	}
	// What users approved is no decision, and no decision writes it.
	second.Approved, second.Installed = scopes("contacts.read", "deals.read", "automation"), start.Add(2*time.Minute)
	do(t, s, func(tx store.Tx) error { return tx.NoteApproval(second) })
	same(t, "what was approved", view(t, s, read), second)
	third := second
	third.Version, third.Approved, third.Installed, third.Created, third.Recalls = 3, scopes(), time.Time{}, start.Add(time.Hour), 9
	third.Revoked, third.Blocked = true, true
	do(t, s, func(tx store.Tx) error { return tx.UpdateAuthorization(third) })
	third.Approved, third.Installed, third.Created, third.Recalls = second.Approved, second.Installed, second.Created, second.Recalls
	same(t, "what was blocked", view(t, s, read), third)
	refused(t, s, store.ErrNotFound, "noting an approval of what was blocked", func(tx store.Tx) error { return tx.NoteApproval(second) })

	again := decided(in, client)
	do(t, s, func(tx store.Tx) error { return tx.AddAuthorization(again) })
	same(t, "what took its place", view(t, s, read), again)
	refused(t, s, store.ErrNotFound, "noting an approval of what was replaced", func(tx store.Tx) error { return tx.NoteApproval(second) })
	at := start.Add(time.Hour) // all in the same second, but in order
	want := []store.PastAuthorization{{Authorization: third, Until: at}, {Authorization: second, Until: at}, {Authorization: first, Until: at}}
	same(t, "earlier states, newest first", past(10), want)
	same(t, "the newest of them", past(1), want[:1])
}

// testRecall: what the operator recalls is over in all tenants, by one row, and each may decide anew.
func testRecall(t *testing.T, db Database) {
	s := open(t, db, Options{Clock: clock.NewFake(start)})
	client, other := addClient(t, s), addClient(t, s)
	var all, others []installed
	for _, name := range []string{"a", "b"} {
		in := addTenant(t, s, name).ID
		ada := addUser(t, s, in, "ada")
		all, others = append(all, install(t, s, in, ada, client.ID)), append(others, install(t, s, in, ada, other.ID))
	}
	recalled := client
	recalled.Recalls = 1
	do(t, s, func(tx store.Tx) error { return tx.UpdateClient(recalled, nil) })
	for _, x := range all {
		demandOver(t, s, x)
	}
	for _, x := range others {
		demandThere(t, s, x)
	}
	do(t, s, func(tx store.Tx) error { return tx.UpdateClient(client, nil) })
	if c := view(t, s, func(r store.Reader) (store.Client, error) { return r.Client(client.ID) }); c.Recalls != 1 {
		t.Errorf("the client was recalled %d times, want 1: somebody who knew less took it back", c.Recalls)
	}
	x := all[0]
	in := x.grant.Tenant
	reopened := x.authorization
	reopened.Version, reopened.Recalls = 2, 1
	refused(t, s, store.ErrNotFound, "reopening what was recalled", func(tx store.Tx) error { return tx.UpdateAuthorization(reopened) })
	next := newAuthorization(in, client.ID)
	refused(t, s, store.ErrNotFound, "a decision from before the recall", func(tx store.Tx) error { return tx.AddAuthorization(next) })
	next.Recalls = 1
	do(t, s, func(tx store.Tx) error { return tx.AddAuthorization(next) })
	demandOver(t, s, x)
	y := install(t, s, in, x.user, client.ID)
	demandThere(t, s, y)
	sweepAll(t, s)
	demandThere(t, s, y)
	demandSwept(t, s, x)
	demandSwept(t, s, all[1])
	demandThere(t, s, others[0])
}

// testRevocation: what hangs on a revoked authorization is over at once, and swept later; what hangs on its successor lives.
func testRevocation(t *testing.T, db Database) {
	s := open(t, db, Options{Clock: clock.NewFake(start)})
	in, client := addTenant(t, s, "t").ID, addClient(t, s).ID
	ada, bob := addUser(t, s, in, "ada"), addUser(t, s, in, "bob")
	old, bobs := install(t, s, in, ada, client), install(t, s, in, bob, client)
	revoked := old.authorization
	revoked.Version, revoked.Revoked = 2, true
	do(t, s, func(tx store.Tx) error { return tx.UpdateAuthorization(revoked) })
	demandOver(t, s, old)
	anew := install(t, s, in, ada, client)
	for range 2 { // before the sweep, and after it
		demandOver(t, s, bobs)
		demandThere(t, s, anew)
		reach := view(t, s, func(r store.Reader) (store.Reach, error) { return r.Reach(in, client, id.User{}) })
		same(t, "what lives", reach, store.Reach{Users: 1, Grants: 1})
		sweepAll(t, s)
	}
	demandSwept(t, s, old)
	demandSwept(t, s, bobs)
	demandThere(t, s, anew)
	rows := 0
	if err := db.Raw(t).QueryRow("SELECT count(*) FROM dead_authorizations").Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d dead authorizations are left to sweep (%v)", rows, err)
	}
}

// demandOver demands that an installation is over for everybody who asks.
func demandOver(t *testing.T, s store.Store, x installed) {
	t.Helper()
	in, client := x.grant.Tenant, x.grant.Client
	if c, err := try(s, func(r store.Reader) (store.Consent, error) { return r.Consent(in, x.user.ID, client) }); err == nil && c.Authorization == x.authorization.ID {
		t.Error("a consent to what was revoked counts")
	}
	f := store.GrantFilter{User: x.user.ID, Authorization: x.authorization.ID}
	for _, f := range []store.GrantFilter{f, {User: x.user.ID}, {Client: client}, {}} {
		for _, g := range view(t, s, func(r store.Reader) ([]store.Grant, error) { return r.ListGrants(in, f, store.Page{}) }) {
			if g.ID == x.grant.ID {
				t.Errorf("a grant of what was revoked is listed by %+v", f)
			}
		}
	}
	do(t, s, func(tx store.Tx) error {
		ended, err := tx.EndGrants(in, f, "x", start)
		if len(ended) > 0 {
			t.Error("a grant of what was revoked ended once more")
		}
		return err
	})
	for what, fn := range map[string]func(tx store.Tx) error{
		"ending its grant":    func(tx store.Tx) error { return tx.EndGrant(in, x.grant.ID, "x", start) },
		"changing its grant":  func(tx store.Tx) error { return tx.UpdateGrant(x.grant) },
		"adding a grant":      func(tx store.Tx) error { return tx.AddGrant(newGrant(x.authorization, x.user.ID)) },
		"putting its consent": func(tx store.Tx) error { return tx.PutConsent(x.consent) },
		"using its code":      func(tx store.Tx) error { return tx.UseCode(in, x.code.Hash, start) },
		"adding a code":       func(tx store.Tx) error { return tx.AddCode(newCode(x.grant)) },
		"rotating its token": func(tx store.Tx) error {
			return tx.RotateRefreshToken(x.token, newToken(x.grant), start, mark.Number{})
		},
		"rotating its token as it was decided before": func(tx store.Tx) error {
			before := tx.Head()
			before.N--
			return tx.RotateRefreshToken(x.token, newToken(x.grant), start, before)
		},
		"adding a token": func(tx store.Tx) error { return tx.AddRefreshToken(newToken(x.grant)) },
	} {
		refused(t, s, store.ErrNotFound, what, fn)
	}
}

// demandSwept demands that a grant which is over says so itself.
func demandSwept(t *testing.T, s store.Store, x installed) {
	t.Helper()
	g := view(t, s, func(r store.Reader) (store.Grant, error) { return r.Grant(x.grant.Tenant, x.grant.ID) })
	if g.Ended.IsZero() || g.EndedBy != "authorization_revoked" {
		t.Errorf("a grant of what was revoked ended at %v by %q", g.Ended, g.EndedBy)
	}
}

// sweepAll sweeps in small batches until there is nothing left to do.
func sweepAll(t *testing.T, s store.Store) {
	t.Helper()
	for n := 1; n > 0; {
		tend(t, s, func(u store.Upkeep) (err error) { n, err = u.Sweep(start.Add(time.Minute), 1); return err })
	}
}
