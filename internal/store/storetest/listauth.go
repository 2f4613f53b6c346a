package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// testListAuthorizations: each filter leaves what it names, alone and with the others, page by page, and the counts agree.
func testListAuthorizations(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, elsewhere := addTenant(t, s, "t").ID, addTenant(t, s, "u").ID
	now := start.Add(time.Hour)
	names := map[id.Client]string{}
	add := func(name, publisher string, change func(a *store.Authorization)) store.Client {
		t.Helper()
		c, v := newClient(id.Tenant{})
		v.Registration.Name, v.Registration.Publisher = name, publisher
		a := newAuthorization(in, c.ID)
		a.Origin = policy.ByAdministrator
		change(&a)
		far := newAuthorization(elsewhere, c.ID)
		far.Admission = policy.Admission{Roles: []string{"sales", "ops"}}
		do(t, s, func(tx store.Tx) error {
			return errors.Join(tx.AddClient(c, v), tx.AddAuthorization(a), tx.AddAuthorization(far))
		})
		names[c.ID] = name
		return c
	}
	roles := func(list ...string) func(a *store.Authorization) {
		return func(a *store.Authorization) { a.Admission = policy.Admission{Roles: list} }
	}
	add("Sync", "Ärzte Ltd", roles("sales"))
	add("100% Sure_thing!", "Other", roles("sales", "ops"))
	add("Opened", "x", func(a *store.Authorization) { a.Origin = policy.ByUser })
	add("Revoked", "x", func(a *store.Authorization) { a.Revoked = true })
	add("Blocked", "x", func(a *store.Authorization) { a.Revoked, a.Blocked = true, true })
	add("Expired", "x", func(a *store.Authorization) { a.Expires = now; roles("ops")(a) })
	add("Expiring", "x", func(a *store.Authorization) { a.Expires, a.Origin = now.Add(time.Second), policy.ByUser })
	add("Revoked in time", "x", func(a *store.Authorization) { a.Expires, a.Revoked = start, true })
	for _, of := range []struct {
		name   string
		change func(a *store.Authorization)
	}{{"Recalled", roles("ops")}, {"Recalled expired", func(a *store.Authorization) { a.Expires = start }},
		{"Recalled blocked", func(a *store.Authorization) { a.Blocked, a.Revoked = true, true }}} {
		c := add(of.name, "x", of.change)
		c.Recalls = 1
		do(t, s, func(tx store.Tx) error { return tx.UpdateClient(c, nil) })
	}
	renamed := add("Old name", "x", roles("ops"))
	do(t, s, func(tx store.Tx) error {
		return tx.UpdateClient(renamed, &store.ClientVersion{Number: 2, At: start, Registration: store.Registration{Name: "New Name\x00\xff"}})
	})
	// A role that was taken back finds nothing any more.
	moved := add("Moved", "x", roles("ops", "sales", "sales"))
	do(t, s, func(tx store.Tx) error {
		a, err := tx.AuthorizationOf(in, moved.ID)
		a.Version, a.Admission = 2, policy.Admission{Roles: []string{"support"}}
		return errors.Join(err, tx.UpdateAuthorization(a))
	})

	list := func(f store.AuthorizationFilter) []string {
		t.Helper()
		f.Now = now
		var out []string
		p := store.Page{Limit: 2}
		for {
			page := view(t, s, func(r store.Reader) ([]store.Authorization, error) { return r.ListAuthorizations(in, f, p) })
			if len(page) == 0 {
				break
			}
			for _, a := range page {
				if after := a.Client.String(); p.After != "" && slices.Compare(raw(a.Client), raw(mustClient(t, p.After))) <= 0 {
					t.Errorf("%+v: %v stands after %v", f, after, p.After)
				}
				p.After = a.Client.String()
				out = append(out, names[a.Client])
			}
		}
		slices.Sort(out)
		return out
	}
	state := func(list ...policy.State) store.AuthorizationFilter { return store.AuthorizationFilter{States: list} }
	all := slices.Sorted(func(yield func(string) bool) {
		for _, n := range names {
			if !yield(n) {
				return
			}
		}
	})
	none := []string(nil)
	for _, c := range []struct {
		what string
		f    store.AuthorizationFilter
		want []string
	}{
		{"all", store.AuthorizationFilter{}, all},
		{"authorized", state(policy.Authorized), []string{"100% Sure_thing!", "Moved", "Old name", "Sync"}},
		{"open", state(policy.Open), []string{"Expiring", "Opened"}},
		{"expired", state(policy.Lapsed), []string{"Expired"}},
		{"revoked", state(policy.Revoked), []string{"Recalled", "Recalled expired", "Revoked", "Revoked in time"}},
		{"blocked", state(policy.Blocked), []string{"Blocked", "Recalled blocked"}},
		{"dead", state(policy.Revoked, policy.Blocked, policy.Lapsed), []string{"Blocked", "Expired", "Recalled", "Recalled blocked",
			"Recalled expired", "Revoked", "Revoked in time"}},
		{"every state", state(policy.Authorized, policy.Open, policy.Lapsed, policy.Revoked, policy.Blocked), all},
		{"undecided", state(policy.Undecided), none},
		{"of a role", store.AuthorizationFilter{Role: "ops"}, []string{"100% Sure_thing!", "Expired", "Old name", "Recalled"}},
		{"of a part of a role's name", store.AuthorizationFilter{Role: "op"}, none},
		{"of a role in a state", store.AuthorizationFilter{Role: "ops", States: []policy.State{policy.Revoked, policy.Lapsed}}, []string{"Expired", "Recalled"}},
		{"of a name", store.AuthorizationFilter{Name: "sYNc"}, []string{"Sync"}},
		{"of a publisher", store.AuthorizationFilter{Name: "äRZ"}, []string{"Sync"}},
		{"of two letters", store.AuthorizationFilter{Name: "ñn"}, none},
		{"of one letter", store.AuthorizationFilter{Name: "%"}, []string{"100% Sure_thing!"}},
		{"of signs that mean something in patterns", store.AuthorizationFilter{Name: "e_t"}, []string{"100% Sure_thing!"}},
		{"of more of them", store.AuthorizationFilter{Name: "thing!"}, []string{"100% Sure_thing!"}},
		{"of a name that is over", store.AuthorizationFilter{Name: "old name"}, none},
		{"of a new name", store.AuthorizationFilter{Name: "new nam"}, []string{"Old name"}},
		{"of nobody's name", store.AuthorizationFilter{Name: "nowhere"}, none},
		{"of impossible text", store.AuthorizationFilter{Name: "\x00"}, none},
		{"of a name in a state", store.AuthorizationFilter{Name: "recalled", States: []policy.State{policy.Blocked}}, []string{"Recalled blocked"}},
		{"of a name and a role", store.AuthorizationFilter{Name: "recalled", Role: "ops"}, []string{"Recalled"}},
		{"that expire", store.AuthorizationFilter{Expires: now.Add(time.Minute)}, []string{"Expired", "Expiring", "Recalled expired", "Revoked in time"}},
		{"that expire before", store.AuthorizationFilter{Expires: now}, []string{"Recalled expired", "Revoked in time"}},
		{"that expire and live", store.AuthorizationFilter{Expires: now.Add(time.Minute), States: []policy.State{policy.Open, policy.Authorized}},
			[]string{"Expiring"}},
		{"of everything at once", store.AuthorizationFilter{Expires: now.Add(time.Minute), States: []policy.State{policy.Lapsed}, Role: "ops", Name: "EXPIR"},
			[]string{"Expired"}},
	} {
		same(t, "authorizations "+c.what, list(c.f), c.want)
	}
	counts := view(t, s, func(r store.Reader) (map[policy.State]int, error) { return r.CountAuthorizations(in, now) })
	same(t, "counts", counts, map[policy.State]int{policy.Authorized: 4, policy.Open: 2, policy.Lapsed: 1, policy.Revoked: 4, policy.Blocked: 2})
	if _, err := try(s, func(r store.Reader) ([]store.Authorization, error) {
		return r.ListAuthorizations(in, store.AuthorizationFilter{}, store.Page{After: "x"})
	}); err == nil {
		t.Error("a page after no client was answered")
	}
}

func mustClient(t *testing.T, text string) id.Client {
	t.Helper()
	c, err := id.Parse[id.Client](text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// testAuthorizationsOf: of a client, what each tenant decided, by tenant.
func testAuthorizationsOf(t *testing.T, db Database) {
	s := open(t, db, Options{})
	c, other := addClient(t, s), addClient(t, s)
	var want []store.Authorization
	for i := range 5 {
		in := addTenant(t, s, fmt.Sprint("t", i)).ID
		a := newAuthorization(in, c.ID)
		do(t, s, func(tx store.Tx) error {
			return errors.Join(tx.AddAuthorization(a), tx.AddAuthorization(newAuthorization(in, other.ID)))
		})
		want = append(want, a)
	}
	slices.SortFunc(want, func(a, b store.Authorization) int { return slices.Compare(raw(a.Tenant), raw(b.Tenant)) })
	var got []store.Authorization
	for after := (id.Tenant{}); ; {
		page := view(t, s, func(r store.Reader) ([]store.Authorization, error) { return r.AuthorizationsOf(c.ID, after, 2) })
		if len(page) == 0 {
			break
		}
		got = append(got, page...)
		after = page[len(page)-1].Tenant
	}
	same(t, "authorizations of a client", got, want)
}

// testUnasked: a new version is to be asked about until it is noted that it was.
func testUnasked(t *testing.T, db Database) {
	s := open(t, db, Options{})
	var want []store.Unasked
	unasked := func(after id.Client, limit int) []store.Unasked {
		return view(t, s, func(r store.Reader) ([]store.Unasked, error) { return r.Unasked(after, limit) })
	}
	change := func(c store.Client) {
		t.Helper()
		do(t, s, func(tx store.Tx) error {
			now, err := tx.Client(c.ID)
			if err != nil {
				return err
			}
			return tx.UpdateClient(now, &store.ClientVersion{Number: now.Version + 1, Registration: now.Registration, By: "Ada", At: start})
		})
	}
	for range 3 {
		c := addClient(t, s)
		want = append(want, store.Unasked{Client: c.ID, Asked: c.Version, Version: c.Version + 1})
		addClient(t, s) // in its first version
		change(c)
	}
	slices.SortFunc(want, func(a, b store.Unasked) int { return slices.Compare(raw(a.Client), raw(b.Client)) })
	same(t, "unasked", unasked(id.Client{}, 10), want)
	same(t, "the first two", unasked(id.Client{}, 2), want[:2])
	same(t, "those after the first", unasked(want[0].Client, 10), want[1:])
	note := func(version int) {
		t.Helper()
		tend(t, s, func(u store.Upkeep) error { return u.NoteAsked(want[0].Client, version) })
	}
	change(store.Client{ID: want[0].Client})
	note(want[0].Version)
	want[0].Asked, want[0].Version = want[0].Version, want[0].Version+1
	same(t, "one version of two was asked about", unasked(id.Client{}, 10), want)
	note(want[0].Version)
	note(1) // it does not go back
	same(t, "all was asked about", unasked(id.Client{}, 10), want[1:])
	tend(t, s, func(u store.Upkeep) error { return u.NoteAsked(entropy.ID[id.Client](), 7) }) // gone meanwhile
}

// testReach: what lives of a client is counted, and its users listed; beyond the bound it is said that there are more.
func testReach(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, client := addTenant(t, s, "t").ID, addClient(t, s).ID
	reach := func(user id.User) store.Reach {
		return view(t, s, func(r store.Reader) (store.Reach, error) { return r.Reach(in, client, user) })
	}
	same(t, "the reach of nothing", reach(id.User{}), store.Reach{})
	ada, bob := addUser(t, s, in, "ada"), addUser(t, s, in, "bob")
	x := install(t, s, in, ada, client)
	install(t, s, in, ada, client)
	install(t, s, in, bob, client)
	install(t, s, in, bob, addClient(t, s).ID)
	far := addTenant(t, s, "u").ID
	install(t, s, far, addUser(t, s, far, "ada"), client)
	own := newGrant(x.authorization, id.User{})
	do(t, s, func(tx store.Tx) error { return tx.AddGrant(own) })
	same(t, "reach", reach(id.User{}), store.Reach{Users: 2, Grants: 4})
	same(t, "reach of a user", reach(ada.ID), store.Reach{Users: 1, Grants: 2})
	users := func(p store.Page) []id.User {
		return view(t, s, func(r store.Reader) ([]id.User, error) { return r.UsersOf(in, client, p) })
	}
	want := []id.User{ada.ID, bob.ID}
	slices.SortFunc(want, func(a, b id.User) int { return slices.Compare(raw(a), raw(b)) })
	same(t, "users", users(store.Page{}), want)
	same(t, "the first user", users(store.Page{Limit: 1}), want[:1])
	same(t, "users after the first", users(store.Page{After: want[0].String()}), want[1:])
	do(t, s, func(tx store.Tx) error {
		_, err := tx.EndGrants(in, store.GrantFilter{User: ada.ID}, "x", start)
		return err
	})
	same(t, "reach without those that ended", reach(id.User{}), store.Reach{Users: 1, Grants: 2})
	same(t, "users without those whose grants ended", users(store.Page{}), []id.User{bob.ID})
	if _, err := try(s, func(r store.Reader) ([]id.User, error) { return r.UsersOf(in, client, store.Page{After: "x"}) }); err == nil {
		t.Error("a page after no user was answered")
	}

	const rows = `INSERT INTO grants (tenant, id, client, version, authorization_id, user_id, required, scopes, dropped, created, installed,
		last_used, expires, ended, ended_by) VALUES ($1, $2, $3, 1, $4, $5, '', '', '', 1, 1, 0, 0, 0, '')`
	raw := db.Raw(t)
	tx, err := raw.Begin()
	if err != nil {
		t.Fatal(err)
	}
	for range store.MaxReach - 2 {
		if _, err := tx.Exec(rows, in, entropy.ID[id.Grant](), client, x.authorization.ID, bob.ID); err != nil {
			t.Fatal(err)
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	same(t, "as many as are counted", reach(id.User{}), store.Reach{Users: 1, Grants: store.MaxReach})
	do(t, s, func(tx store.Tx) error { return tx.AddGrant(newGrant(x.authorization, bob.ID)) })
	same(t, "one more", reach(id.User{}), store.Reach{Users: 1, Grants: store.MaxReach, More: true})
	few, err := try(s, func(r store.Reader) (store.Reach, error) { return r.ReachUpTo(in, client, 3) })
	if err != nil {
		t.Fatal(err)
	}
	same(t, "up to three", few, store.Reach{Users: 1, Grants: 3, More: true})
}
