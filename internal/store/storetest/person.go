package storetest

import (
	"errors"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/store"
)

func newPerson(login string) store.Person {
	return store.Person{ID: entropy.ID[id.Person](), Login: login, PasswordHash: "$argon2id$x", Created: start}
}

func newLogin(person id.Person) store.Login {
	return store.Login{Hash: newHash(), Person: person, Created: start, Seen: start, Expires: start.Add(12 * time.Hour)}
}

func testLogins(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	ada, bob := newPerson("ada"), newPerson("bob")
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddPerson(ada), tx.AddPerson(bob)) })
	first, second, other := newLogin(ada.ID), newLogin(ada.ID), newLogin(bob.ID)
	second.Created = start.Add(time.Minute)
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddLogin(first), tx.AddLogin(second), tx.AddLogin(other))
	})
	read := func(r store.Reader) (store.Login, error) { return r.Login(first.Hash) }
	list := func(person id.Person) []store.Login {
		return view(t, s, func(r store.Reader) ([]store.Login, error) { return r.ListLogins(person) })
	}
	same(t, "login", view(t, s, read), first)
	same(t, "logins, newest first", list(ada.ID), []store.Login{second, first})
	refused(t, s, store.ErrTaken, "adding a login twice", func(tx store.Tx) error { return tx.AddLogin(first) })
	refused(t, s, store.ErrNotFound, "a login of nobody", func(tx store.Tx) error { return tx.AddLogin(newLogin(entropy.ID[id.Person]())) })
	tend(t, s, func(u store.Upkeep) error {
		return errors.Join(u.TouchLogin(first.Hash, start.Add(time.Hour)), u.TouchLogin(first.Hash, start), u.TouchLogin(newHash(), start))
	})
	first.Seen = start.Add(time.Hour)
	same(t, "login that was seen", view(t, s, read), first)
	do(t, s, func(tx store.Tx) error { return tx.DeleteLogin(first.Hash) })
	absent(t, s, "a deleted login", read)
	refused(t, s, store.ErrNotFound, "deleting a login twice", func(tx store.Tx) error { return tx.DeleteLogin(first.Hash) })
	do(t, s, func(tx store.Tx) error {
		n, err := tx.DeleteLogins(ada.ID)
		same(t, "how many logins were left", n, 1)
		return err
	})
	same(t, "another's logins", list(bob.ID), []store.Login{other})

	u, w := newUser(in, "ada"), newUser(addTenant(t, s, "u").ID, "ada")
	u.Person, w.Person, w.Disabled = ada.ID, ada.ID, true
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddUser(u), tx.AddUser(w)) })
	same(t, "users of a person", view(t, s, func(r store.Reader) (int, error) { return r.CountUsersOf(ada.ID) }), 2)
}

func testLinks(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	ada, person := addUser(t, s, in, "ada"), newPerson("ada")
	link := func(kind store.LinkKind) store.Link {
		return store.Link{Hash: newHash(), Kind: kind, Created: start, Expires: start.Add(time.Hour)}
	}
	setUp, invite, password := link(store.SetUpLink), link(store.InviteLink), link(store.PasswordLink)
	invite.Tenant, invite.User, password.Person = in, ada.ID, person.ID
	refused(t, s, store.ErrNotFound, "a link for nobody", func(tx store.Tx) error { return tx.AddLink(password) })
	lost := invite
	lost.User = entropy.ID[id.User]()
	refused(t, s, store.ErrNotFound, "an invitation of nobody", func(tx store.Tx) error { return tx.AddLink(lost) })
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddPerson(person), tx.AddLink(setUp), tx.AddLink(invite), tx.AddLink(password))
	})
	demand := func(what string, want store.Link) {
		t.Helper()
		same(t, what, view(t, s, func(r store.Reader) (store.Link, error) { return r.Link(want.Hash) }), want)
	}
	demand("set-up link", setUp)
	demand("invitation", invite)
	demand("password link", password)
	refused(t, s, store.ErrTaken, "adding a link twice", func(tx store.Tx) error { return tx.AddLink(setUp) })
	refused(t, s, store.ErrNotFound, "using a link that is not there", func(tx store.Tx) error { return tx.UseLink(newHash(), start) })

	end := func(in id.Tenant, user id.User, person id.Person, at time.Time) {
		t.Helper()
		do(t, s, func(tx store.Tx) error { return tx.EndLinks(in, user, person, at) })
	}
	at := start.Add(time.Minute)
	end(addTenant(t, s, "u").ID, ada.ID, id.Person{}, at) // another tenant's user of that identifier
	demand("invitation that nobody ended", invite)
	end(in, ada.ID, id.Person{}, at)
	invite.Used = at
	demand("invitation that was ended", invite)
	end(id.Tenant{}, id.User{}, person.ID, at)
	password.Used = at
	demand("password link that was ended", password)
	demand("set-up link that nobody ended", setUp)
	end(id.Tenant{}, id.User{}, id.Person{}, at)
	setUp.Used = at
	demand("set-up link that was ended", setUp)
	end(in, ada.ID, person.ID, start.Add(time.Hour))
	demand("invitation that was ended before", invite)

	again := link(store.PasswordLink)
	again.Person = person.ID
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddLink(again), tx.UseLink(again.Hash, at)) })
	again.Used = at
	demand("used link", again)
	refused(t, s, store.ErrUsed, "using a link twice", func(tx store.Tx) error { return tx.UseLink(again.Hash, at) })
}

func testRights(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in, other := addTenant(t, s, "t").ID, addTenant(t, s, "u").ID
	sales := store.Role{Tenant: in, ID: "sales", Name: "Vertrieb", Permissions: []string{"crm:contacts:edit", "crm:contacts:view"}, Created: start}
	empty := store.Role{Tenant: in, ID: "empty", Name: "Nichts", Created: start}
	far := store.Role{Tenant: other, ID: "sales", Name: "Sales", Created: start}
	read := func(r store.Reader) (store.Role, error) { return r.Role(in, "sales") }
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddRole(sales), tx.AddRole(empty), tx.AddRole(far)) })
	same(t, "role", view(t, s, read), sales)
	list := func(p store.Page) []store.Role {
		return view(t, s, func(r store.Reader) ([]store.Role, error) { return r.ListRoles(in, p) })
	}
	same(t, "roles by ID", list(store.Page{}), []store.Role{empty, sales})
	same(t, "roles after the first", list(store.Page{After: "empty"}), []store.Role{sales})
	refused(t, s, store.ErrTaken, "adding a role twice", func(tx store.Tx) error { return tx.AddRole(sales) })
	refused(t, s, store.ErrNotFound, "a role of no tenant", func(tx store.Tx) error {
		return tx.AddRole(store.Role{Tenant: entropy.ID[id.Tenant](), ID: "x"})
	})
	sales.Name, sales.Permissions = "Sales", []string{"apps:app:install"}
	do(t, s, func(tx store.Tx) error { return tx.UpdateRole(sales) })
	same(t, "changed role", view(t, s, read), sales)
	do(t, s, func(tx store.Tx) error { return tx.DeleteRole(in, "sales") })
	absent(t, s, "a deleted role", read)
	refused(t, s, store.ErrNotFound, "deleting a role twice", func(tx store.Tx) error { return tx.DeleteRole(in, "sales") })
	refused(t, s, store.ErrNotFound, "changing a deleted role", func(tx store.Tx) error { return tx.UpdateRole(sales) })
	same(t, "another tenant's role", view(t, s, func(r store.Reader) (store.Role, error) { return r.Role(other, "sales") }), far)

	added := store.Entitlement{Tenant: in, Entitlement: "workflows", From: start, Until: start.Add(time.Hour), Created: start}
	taken := store.Entitlement{Tenant: in, Entitlement: "reports", Withdrawn: true, Created: start}
	foreign := store.Entitlement{Tenant: other, Entitlement: "workflows", Until: start.Add(time.Minute), Created: start}
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.PutEntitlement(added), tx.PutEntitlement(taken), tx.PutEntitlement(foreign))
	})
	entitlements := func() []store.Entitlement {
		return view(t, s, func(r store.Reader) ([]store.Entitlement, error) { return r.ListEntitlements(in) })
	}
	same(t, "entitlements by name", entitlements(), []store.Entitlement{taken, added})
	added.Until, added.From = time.Time{}, time.Time{}
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.PutEntitlement(added), tx.DeleteEntitlement(in, "reports"))
	})
	same(t, "entitlements left", entitlements(), []store.Entitlement{added})
	refused(t, s, store.ErrNotFound, "deleting an entitlement twice", func(tx store.Tx) error { return tx.DeleteEntitlement(in, "reports") })
	refused(t, s, store.ErrNotFound, "an entitlement of no tenant", func(tx store.Tx) error {
		return tx.PutEntitlement(store.Entitlement{Tenant: entropy.ID[id.Tenant](), Entitlement: "x"})
	})
}

// testDeleteUser: with a user goes what they allowed, and nothing of another user.
func testDeleteUser(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	client, person := addClient(t, s), newPerson("ada")
	ada, bob := newUser(in, "ada"), newUser(in, "bob")
	ada.Person = person.ID
	login, link := newLogin(person.ID), store.Link{Hash: newHash(), Kind: store.InviteLink, Tenant: in, User: ada.ID, Created: start, Expires: start}
	login.Tenant = in
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddPerson(person), tx.AddUser(ada), tx.AddUser(bob), tx.AddLogin(login), tx.AddLink(link))
	})
	gone, stays := install(t, s, in, ada, client.ID), install(t, s, in, bob, client.ID)
	do(t, s, func(tx store.Tx) error { return tx.DeleteUser(in, ada.ID) })
	demandGone(t, s, gone)
	demandThere(t, s, stays)
	absent(t, s, "the invitation", func(r store.Reader) (store.Link, error) { return r.Link(link.Hash) })
	login.Tenant = id.Tenant{}
	same(t, "the person's login, which acts in no tenant now", view(t, s, func(r store.Reader) (store.Login, error) { return r.Login(login.Hash) }), login)
}
