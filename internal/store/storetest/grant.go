package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/store"
)

func testAuthorizations(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	c, other := addClient(t, s), addClient(t, s)
	a := newAuthorization(in, c.ID)
	read := func(r store.Reader) (store.Authorization, error) { return r.AuthorizationOf(in, c.ID) }
	absent(t, s, "an authorization that nobody gave", read)
	refused(t, s, store.ErrNotFound, "an authorization of no client", func(tx store.Tx) error {
		return tx.AddAuthorization(newAuthorization(in, entropy.ID[id.Client]()))
	})
	refused(t, s, store.ErrNotFound, "an authorization of no tenant", func(tx store.Tx) error {
		return tx.AddAuthorization(newAuthorization(entropy.ID[id.Tenant](), c.ID))
	})
	do(t, s, func(tx store.Tx) error { return tx.AddAuthorization(a) })
	same(t, "authorization", view(t, s, read), a)
	refused(t, s, store.ErrTaken, "a second one beside a live one", func(tx store.Tx) error {
		return tx.AddAuthorization(newAuthorization(in, c.ID))
	})
	a.Revoked, a.Version = true, 2
	do(t, s, func(tx store.Tx) error { return tx.UpdateAuthorization(a) })
	same(t, "authorization that was revoked", view(t, s, read), a)
	reopened := a
	reopened.Revoked, reopened.Version = false, 3
	refused(t, s, store.ErrNotFound, "reopening one that was revoked", func(tx store.Tx) error { return tx.UpdateAuthorization(reopened) })
	next := newAuthorization(in, c.ID)
	do(t, s, func(tx store.Tx) error { return tx.AddAuthorization(next) })
	same(t, "the newest", view(t, s, read), next)
	refused(t, s, store.ErrNotFound, "changing one that was replaced", func(tx store.Tx) error { return tx.UpdateAuthorization(reopened) })

	second := newAuthorization(in, other.ID)
	do(t, s, func(tx store.Tx) error { return tx.AddAuthorization(second) })
	want := []store.Authorization{next, second}
	slices.SortFunc(want, func(a, b store.Authorization) int { return slices.Compare(raw(a.Client), raw(b.Client)) })
	list := func(p store.Page) []store.Authorization {
		return view(t, s, func(r store.Reader) ([]store.Authorization, error) {
			return r.ListAuthorizations(in, store.AuthorizationFilter{}, p)
		})
	}
	same(t, "authorizations by client", list(store.Page{}), want)
	same(t, "authorizations after the first", list(store.Page{After: want[0].Client.String()}), want[1:])
}

func testConsents(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	c, ada := addClient(t, s), addUser(t, s, in, "ada")
	a := newAuthorization(in, c.ID)
	yes := newConsent(a, ada.ID)
	read := func(r store.Reader) (store.Consent, error) { return r.Consent(in, ada.ID, c.ID) }
	refused(t, s, store.ErrNotFound, "a consent before any authorization", func(tx store.Tx) error { return tx.PutConsent(yes) })
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddAuthorization(a), tx.PutConsent(yes))
	})
	same(t, "consent", view(t, s, read), yes)
	yes.Scopes, yes.Updated = scopes("c"), start.Add(time.Hour)
	do(t, s, func(tx store.Tx) error { return tx.PutConsent(yes) })
	same(t, "changed consent", view(t, s, read), yes)
	nobody := yes
	nobody.User = entropy.ID[id.User]()
	refused(t, s, store.ErrNotFound, "a consent of nobody", func(tx store.Tx) error { return tx.PutConsent(nobody) })
	do(t, s, func(tx store.Tx) error { return tx.DeleteConsent(in, ada.ID, c.ID) })
	absent(t, s, "a deleted consent", read)
	refused(t, s, store.ErrNotFound, "deleting it twice", func(tx store.Tx) error { return tx.DeleteConsent(in, ada.ID, c.ID) })

	other := addClient(t, s)
	otherwise := newAuthorization(in, other.ID)
	elsewhere := newConsent(otherwise, ada.ID)
	bobs := yes
	bobs.User = addUser(t, s, in, "bob").ID
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddAuthorization(otherwise), tx.PutConsent(elsewhere), tx.PutConsent(yes), tx.PutConsent(bobs))
	})
	do(t, s, func(tx store.Tx) error { return tx.DeleteConsents(in, c.ID) })
	absent(t, s, "a consent of those deleted", read)
	absent(t, s, "a consent of another user", func(r store.Reader) (store.Consent, error) { return r.Consent(in, bobs.User, c.ID) })
	same(t, "consent to another client", view(t, s, func(r store.Reader) (store.Consent, error) { return r.Consent(in, ada.ID, other.ID) }), elsewhere)
	do(t, s, func(tx store.Tx) error { return tx.DeleteConsents(in, c.ID) }) // none is no error
}

func testGrants(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	c, ada := addClient(t, s), addUser(t, s, in, "ada")
	a := newAuthorization(in, c.ID)
	g := newGrant(a, ada.ID)
	refused(t, s, store.ErrNotFound, "a grant before its authorization", func(tx store.Tx) error { return tx.AddGrant(g) })
	g.Installed = time.Time{}
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddAuthorization(a), tx.AddGrant(g)) })
	read := func(r store.Reader) (store.Grant, error) { return r.Grant(in, g.ID) }
	same(t, "grant", view(t, s, read), g)
	refused(t, s, store.ErrTaken, "adding it twice", func(tx store.Tx) error { return tx.AddGrant(g) })
	for what, wrong := range map[string]store.Grant{
		"of nobody":                        newGrant(a, entropy.ID[id.User]()),
		"on another authorization":         newGrant(newAuthorization(in, c.ID), ada.ID),
		"on an authorization of no tenant": newGrant(newAuthorization(entropy.ID[id.Tenant](), c.ID), ada.ID),
	} {
		refused(t, s, store.ErrNotFound, "a grant "+what, func(tx store.Tx) error { return tx.AddGrant(wrong) })
	}
	own := newGrant(a, id.User{}) // the client's, in no user's name
	own.Dropped = nil
	do(t, s, func(tx store.Tx) error { return tx.AddGrant(own) })
	same(t, "grant of no user", view(t, s, func(r store.Reader) (store.Grant, error) { return r.Grant(in, own.ID) }), own)

	tend(t, s, func(u store.Upkeep) error {
		return errors.Join(u.TouchGrant(in, g.ID, start.Add(5*time.Hour+time.Minute)), u.TouchGrant(in, g.ID, start.Add(time.Hour)),
			u.TouchGrant(in, entropy.ID[id.Grant](), start))
	})
	g.LastUsed = start.Add(5 * time.Hour)
	same(t, "grant that was used, to the hour", view(t, s, read), g)
	g.Version, g.Scopes, g.Required, g.Dropped = 2, scopes("deals.read"), scopes(), nil
	g.Installed, g.Expires = start.Add(time.Minute), start.Add(90*24*time.Hour)
	do(t, s, func(tx store.Tx) error {
		stale := g
		stale.LastUsed = time.Time{}
		return tx.UpdateGrant(stale)
	})
	same(t, "changed grant, whose use is not forgotten", view(t, s, read), g)
	do(t, s, func(tx store.Tx) error { return tx.EndGrant(in, g.ID, "withdrawn", start.Add(time.Hour)) })
	tend(t, s, func(u store.Upkeep) error { return u.TouchGrant(in, g.ID, start.Add(50*time.Hour)) })
	changed := g
	changed.Scopes = scopes("automation")
	refused(t, s, store.ErrNotFound, "changing a grant that ended", func(tx store.Tx) error { return tx.UpdateGrant(changed) })
	refused(t, s, store.ErrNotFound, "ending it twice", func(tx store.Tx) error {
		return tx.EndGrant(in, g.ID, "revoked", start.Add(2*time.Hour))
	})
	g.Ended, g.EndedBy = start.Add(time.Hour), "withdrawn"
	same(t, "grant that ended", view(t, s, read), g)
	if err := s.Do(ctx, act("test"), func(tx store.Tx) error { return tx.EndGrant(in, own.ID, "x", time.Time{}) }); err == nil {
		t.Error("a grant ended at no time")
	}
	if err := s.Do(ctx, act("test"), func(tx store.Tx) error { return tx.AddGrant(g) }); err == nil {
		t.Error("a grant was added that has ended")
	}
}

// testEndGrants: what the filter names ends, and nothing else; what hangs on it can be read, but not used.
func testEndGrants(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, elsewhere := addTenant(t, s, "t").ID, addTenant(t, s, "u").ID
	one, two := addClient(t, s), addClient(t, s)
	ada, bob := addUser(t, s, in, "ada"), addUser(t, s, in, "bob")
	x := map[string]installed{
		"ada one": install(t, s, in, ada, one.ID), "bob one": install(t, s, in, bob, one.ID),
		"ada two": install(t, s, in, ada, two.ID), "bob two": install(t, s, in, bob, two.ID),
	}
	far := install(t, s, elsewhere, addUser(t, s, elsewhere, "ada"), one.ID)
	live := func(f store.GrantFilter) []string {
		t.Helper()
		var names []string
		for _, g := range view(t, s, func(r store.Reader) ([]store.Grant, error) { return r.ListGrants(in, f, store.Page{}) }) {
			for name, i := range x {
				if i.grant.ID == g.ID {
					names = append(names, name)
				}
			}
		}
		slices.Sort(names)
		return names
	}
	tenantsOf := func(want int) {
		t.Helper()
		n := view(t, s, func(r store.Reader) (int, error) { return r.CountTenantsOf(one.ID) })
		if n != want {
			t.Errorf("%d tenants have a live grant, want %d", n, want)
		}
	}
	same(t, "all", live(store.GrantFilter{}), []string{"ada one", "ada two", "bob one", "bob two"})
	same(t, "of a user", live(store.GrantFilter{User: ada.ID}), []string{"ada one", "ada two"})
	same(t, "of a client", live(store.GrantFilter{Client: two.ID}), []string{"ada two", "bob two"})
	same(t, "on an authorization", live(store.GrantFilter{Authorization: x["ada one"].authorization.ID}), []string{"ada one", "bob one"})
	same(t, "of a user and a client", live(store.GrantFilter{User: bob.ID, Client: one.ID}), []string{"bob one"})
	tenantsOf(2)
	if err := s.Do(ctx, act("test"), func(tx store.Tx) error {
		_, err := tx.EndGrants(in, store.GrantFilter{}, "x", start)
		return err
	}); err == nil {
		t.Error("a filter that names nothing ended everything")
	}
	end := func(f store.GrantFilter) (ended []store.Grant) {
		t.Helper()
		do(t, s, func(tx store.Tx) (err error) {
			ended, err = tx.EndGrants(in, f, "withdrawn", start.Add(time.Minute))
			return err
		})
		return ended
	}
	gone := x["bob two"]
	want := gone.grant
	want.Ended, want.EndedBy = start.Add(time.Minute), "withdrawn"
	same(t, "what ended", end(store.GrantFilter{User: bob.ID, Client: two.ID}), []store.Grant{want})
	same(t, "what lives", live(store.GrantFilter{}), []string{"ada one", "ada two", "bob one"})
	if list := end(store.GrantFilter{User: bob.ID, Client: two.ID}); len(list) != 0 {
		t.Errorf("ended twice: %v", list)
	}
	same(t, "the code of what ended", view(t, s, func(r store.Reader) (store.Code, error) { return r.Code(in, gone.code.Hash) }), gone.code)
	for what, fn := range map[string]func(tx store.Tx) error{
		"using its code": func(tx store.Tx) error { return tx.UseCode(in, gone.code.Hash, start) },
		"adding a code":  func(tx store.Tx) error { return tx.AddCode(newCode(gone.grant)) },
		"rotating its token": func(tx store.Tx) error {
			return tx.RotateRefreshToken(gone.token, newToken(gone.grant), start, mark.Number{})
		},
		"adding a token":        func(tx store.Tx) error { return tx.AddRefreshToken(newToken(gone.grant)) },
		"ending it by its name": func(tx store.Tx) error { return tx.EndGrant(in, gone.grant.ID, "x", start) },
	} {
		refused(t, s, store.ErrNotFound, what, fn)
	}
	if n := len(end(store.GrantFilter{Authorization: x["ada one"].authorization.ID})); n != 2 {
		t.Errorf("%d grants on the authorization ended, want 2", n)
	}
	same(t, "what still lives", live(store.GrantFilter{}), []string{"ada two"})
	tenantsOf(1)
	demandThere(t, s, far)
}

func testGrantPages(t *testing.T, db Database) {
	s := open(t, db, Options{})
	client := addClient(t, s)
	var want []string
	var in id.Tenant
	for i := range 3 {
		in = addTenant(t, s, fmt.Sprint("t", i)).ID
		ada := addUser(t, s, in, "ada")
		want = nil
		for range 4 {
			want = append(want, install(t, s, in, ada, client.ID).grant.ID.String())
		}
	}
	slices.Sort(want)
	var got []string
	p := store.Page{Limit: 3}
	for {
		list := view(t, s, func(r store.Reader) ([]store.Grant, error) {
			return r.ListGrants(in, store.GrantFilter{Client: client.ID}, p)
		})
		if len(list) == 0 {
			break
		}
		for _, g := range list {
			got = append(got, g.ID.String())
		}
		p.After = got[len(got)-1]
	}
	same(t, "pages of grants", got, want)
	if n := view(t, s, func(r store.Reader) (int, error) { return r.CountTenantsOf(client.ID) }); n != 3 {
		t.Errorf("%d tenants have a live grant, want 3", n)
	}
	if n := view(t, s, func(r store.Reader) (int, error) { return r.CountTenantsOf(entropy.ID[id.Client]()) }); n != 0 {
		t.Errorf("%d tenants have a grant of nobody", n)
	}
}

func testCodes(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	x := install(t, s, in, addUser(t, s, in, "ada"), addClient(t, s).ID)
	demandThere(t, s, x)
	refused(t, s, store.ErrTaken, "adding a code twice", func(tx store.Tx) error { return tx.AddCode(x.code) })
	lost := newCode(x.grant)
	lost.Grant = entropy.ID[id.Grant]()
	refused(t, s, store.ErrNotFound, "a code of no grant", func(tx store.Tx) error { return tx.AddCode(lost) })
	refused(t, s, store.ErrNotFound, "using a code that is not there", func(tx store.Tx) error { return tx.UseCode(in, lost.Hash, start) })
	at := start.Add(3 * time.Second)
	do(t, s, func(tx store.Tx) error { return tx.UseCode(in, x.code.Hash, at) })
	x.code.Used = at
	demandThere(t, s, x)
	refused(t, s, store.ErrUsed, "using a code twice", func(tx store.Tx) error { return tx.UseCode(in, x.code.Hash, start.Add(time.Hour)) })
	do(t, s, func(tx store.Tx) error { return tx.EndGrant(in, x.grant.ID, "replayed", at) })
	refused(t, s, store.ErrUsed, "using it again when its grant has ended", func(tx store.Tx) error {
		return tx.UseCode(in, x.code.Hash, at)
	})
}

func testRefreshTokens(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	x := install(t, s, in, addUser(t, s, in, "ada"), addClient(t, s).ID)
	read := func(hash [32]byte) store.RefreshToken {
		t.Helper()
		return view(t, s, func(r store.Reader) (store.RefreshToken, error) { return r.RefreshToken(in, hash) })
	}
	refused(t, s, store.ErrTaken, "adding a token twice", func(tx store.Tx) error { return tx.AddRefreshToken(x.token) })
	lost := newToken(x.grant)
	lost.Grant = entropy.ID[id.Grant]()
	refused(t, s, store.ErrNotFound, "a token of no grant", func(tx store.Tx) error { return tx.AddRefreshToken(lost) })
	refused(t, s, store.ErrNotFound, "rotating a token that is not there", func(tx store.Tx) error {
		return tx.RotateRefreshToken(lost, newToken(x.grant), start, mark.Number{})
	})
	first, second, third := x.token, newToken(x.grant), newToken(x.grant)
	second.Expires = start.Add(24 * time.Hour)
	first.Sealed = []byte{1, 0, 255}
	at := start.Add(time.Minute)
	do(t, s, func(tx store.Tx) error { return tx.RotateRefreshToken(first, second, at, mark.Number{}) })
	first.Used, first.Successor = at, second.Hash
	same(t, "token that was used", read(first.Hash), first)
	same(t, "its successor", read(second.Hash), second)
	glance := func(hash [32]byte) (r store.RefreshToken, g store.Grant, err error) {
		err = s.Glance(ctx, func(rd store.Reader) error { r, g, err = rd.Refreshable(in, hash); return err })
		return r, g, err
	}
	for _, want := range []store.RefreshToken{first, second} {
		r, g, err := glance(want.Hash)
		same(t, "token at a glance", r, want)
		same(t, "its grant at a glance", g, x.grant)
		same(t, "the error at a glance", err, nil)
	}
	if _, _, err := glance(newHash()); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a token that is not there, at a glance: %v", err)
	}
	refused(t, s, store.ErrUsed, "rotating it again", func(tx store.Tx) error { return tx.RotateRefreshToken(first, third, at, mark.Number{}) })
	absent(t, s, "what was not rotated into", func(r store.Reader) (store.RefreshToken, error) { return r.RefreshToken(in, third.Hash) })
	refused(t, s, store.ErrTaken, "rotating into a token that is there", func(tx store.Tx) error {
		return tx.RotateRefreshToken(second, first, at, mark.Number{})
	})
	same(t, "what was not used up then", read(second.Hash), second)
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.RotateRefreshToken(second, third, at, mark.Number{}), tx.CloseGrace(in, second.Hash), tx.CloseGrace(in, newHash()))
	})
	first.Successor, first.Sealed = [32]byte{}, nil
	same(t, "token whose grace is over", read(first.Hash), first)
	second.Used, second.Successor = at, third.Hash
	same(t, "token without a grace", read(second.Hash), second)

	fourth := newToken(x.grant)
	third.Sealed = []byte("sealed")
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.RotateRefreshToken(third, fourth, at, mark.Number{}), tx.EndGrant(in, x.grant.ID, "withdrawn", at))
	})
	third.Used, third.Successor, third.Sealed = at, fourth.Hash, nil
	same(t, "token in its grace, of a grant that ended", read(third.Hash), third)
	r, g, err := glance(third.Hash)
	same(t, "that token at a glance", r, third)
	if err != nil || g.Ended.IsZero() {
		t.Errorf("a grant that ended is read at a glance as %v (%v)", g, err)
	}
	refused(t, s, store.ErrNotFound, "rotating a token whose grant ended", func(tx store.Tx) error {
		return tx.RotateRefreshToken(fourth, newToken(x.grant), at, mark.Number{})
	})
	refused(t, s, store.ErrUsed, "a replay on a grant that ended", func(tx store.Tx) error {
		return tx.RotateRefreshToken(first, newToken(x.grant), at, mark.Number{})
	})
}

// testAuditOf: a user's history is what they did and what was done to them, and nobody else's.
func testAuditOf(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	ada, bob := entropy.ID[id.User](), entropy.ID[id.User]()
	var want []string
	for i, e := range []struct {
		by, target, detail, action string
		hers                       bool
	}{
		{ada.String(), "grant x", "", "app.install", true},
		{bob.String(), "grant x", "", "app.install", false},
		{bob.String(), "user " + ada.String(), "", "user.disable", true},
		{ada.String(), "user " + ada.String(), ada.String(), "user.rename", true},
		{bob.String(), "group g", ada.String(), "group.add_member", true},
		{bob.String(), "group g", "ada", "group.add_member", false},
		{bob.String(), "user ada", "", "user.disable", false},
		{ada.String(), "session s", "", "session.sign_in", false},
		{ada.String(), "session s", "", "session.sign_out", false},
	} {
		a := act(e.action)
		a.Tenant, a.Target, a.Actor.Kind, a.Actor.ID = in, e.target, "user", e.by
		a.Detail = map[string]string{"user": e.detail, "n": fmt.Sprint(i)}
		if err := s.Do(ctx, a, func(store.Tx) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if e.hers {
			want = append(want, fmt.Sprint(i))
		}
	}
	slices.Reverse(want)
	var got []string
	for before := (id.Entry{}); ; {
		list := view(t, s, func(r store.Reader) ([]audit.Entry, error) { return r.ListAuditOf(in, ada, before, 3) })
		if len(list) == 0 {
			break
		}
		for _, e := range list {
			got = append(got, e.Act.Detail["n"])
		}
		before = list[len(list)-1].ID
	}
	same(t, "what she did, and what was done to her, newest first", got, want)
}
