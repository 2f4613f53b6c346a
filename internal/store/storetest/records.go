package storetest

import (
	"bytes"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// same compares records. Identifiers and sets have no exported fields and are compared as they print.
func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmp.Comparer(scope.Set.Equal), cmp.Comparer(equal[id.Tenant]), cmp.Comparer(equal[id.User]),
		cmp.Comparer(equal[id.Person]), cmp.Comparer(equal[id.Group]), cmp.Comparer(equal[id.Client]),
		cmp.Comparer(equal[id.Secret]), cmp.Comparer(equal[id.Authorization]), cmp.Comparer(equal[id.Grant]),
		cmp.Comparer(equal[id.Session]), cmp.Comparer(equal[id.Key]), cmp.Comparer(equal[id.Reference]),
		cmp.Comparer(equal[id.Entry]), cmp.Comparer(equal[id.Request]), cmp.Comparer(func(a, b time.Time) bool {
			return a.Equal(b) && a.Location() == b.Location() // stored times come back in UTC
		})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func equal[T comparable](a, b T) bool { return a == b }

func testTenants(t *testing.T, db Database) {
	s := open(t, db, Options{})
	a, b := newTenant("alpha"), newTenant("beta")
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddTenant(b), tx.AddTenant(a)) })
	same(t, "tenant", view(t, s, func(r store.Reader) (store.Tenant, error) { return r.Tenant(a.ID) }), a)
	same(t, "by content URL", view(t, s, func(r store.Reader) (store.Tenant, error) {
		return r.TenantByContentURL("alpha")
	}), a)
	same(t, "tenants by content URL", view(t, s, func(r store.Reader) ([]store.Tenant, error) {
		return r.ListTenants(store.Page{})
	}), []store.Tenant{a, b})
	refused(t, s, store.ErrTaken, "adding a content URL twice", func(tx store.Tx) error {
		return tx.AddTenant(newTenant("alpha"))
	})
	clash := b
	clash.ContentURL = "alpha"
	refused(t, s, store.ErrTaken, "taking another's content URL", func(tx store.Tx) error { return tx.UpdateTenant(clash) })
	refused(t, s, store.ErrNotFound, "changing a tenant that is not there", func(tx store.Tx) error {
		return tx.UpdateTenant(newTenant("gamma"))
	})
	a.Name, a.ContentURL, a.Plan = "Other", "Alpha", "starter"
	do(t, s, func(tx store.Tx) error { return tx.UpdateTenant(a) })
	same(t, "changed tenant", view(t, s, func(r store.Reader) (store.Tenant, error) {
		return r.TenantByContentURL("Alpha")
	}), a)
	absent(t, s, "the old content URL", func(r store.Reader) (store.Tenant, error) { return r.TenantByContentURL("alpha") })
	absent(t, s, "a tenant that never was", func(r store.Reader) (store.Tenant, error) {
		return r.Tenant(entropy.ID[id.Tenant]())
	})
	absent(t, s, "the zero tenant", func(r store.Reader) (store.Tenant, error) { return r.Tenant(id.Tenant{}) })
	do(t, s, func(tx store.Tx) error { return tx.LockTenant(a.ID) })
	refused(t, s, store.ErrNotFound, "locking a tenant that is not there", func(tx store.Tx) error {
		return tx.LockTenant(entropy.ID[id.Tenant]())
	})
}

func testPersons(t *testing.T, db Database) {
	s := open(t, db, Options{})
	p := store.Person{ID: entropy.ID[id.Person](), Login: "ada@example.com", PasswordHash: "$argon2id$x", Created: start}
	a, b := newTenant("b"), newTenant("a")
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddPerson(p), tx.AddTenant(a), tx.AddTenant(b)) })
	same(t, "person", view(t, s, func(r store.Reader) (store.Person, error) { return r.Person(p.ID) }), p)
	same(t, "by login", view(t, s, func(r store.Reader) (store.Person, error) { return r.PersonByLogin(p.Login) }), p)
	refused(t, s, store.ErrTaken, "adding a login twice", func(tx store.Tx) error {
		return tx.AddPerson(store.Person{ID: entropy.ID[id.Person](), Login: p.Login})
	})
	p.Login, p.PasswordHash = "ada@example.org", ""
	do(t, s, func(tx store.Tx) error { return tx.UpdatePerson(p) })
	same(t, "changed person", view(t, s, func(r store.Reader) (store.Person, error) { return r.PersonByLogin(p.Login) }), p)
	refused(t, s, store.ErrNotFound, "changing a person that is not there", func(tx store.Tx) error {
		return tx.UpdatePerson(store.Person{ID: entropy.ID[id.Person](), Login: "x"})
	})
	ua, ub := newUser(a.ID, "ada"), newUser(b.ID, "ada")
	ua.Person, ub.Person = p.ID, p.ID
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddUser(ua), tx.AddUser(ub)) })
	tenants := func(r store.Reader) ([]store.Tenant, error) { return r.TenantsOfPerson(p.ID) }
	same(t, "tenants of a person", view(t, s, tenants), []store.Tenant{b, a})
	ub.Disabled = true
	do(t, s, func(tx store.Tx) error { return tx.UpdateUser(ub) })
	same(t, "tenants with an enabled user", view(t, s, tenants), []store.Tenant{a})
	same(t, "user of a person", view(t, s, func(r store.Reader) (store.User, error) { return r.UserOfPerson(a.ID, p.ID) }), ua)
	absent(t, s, "a person's disabled user", func(r store.Reader) (store.User, error) { return r.UserOfPerson(b.ID, p.ID) })
	refused(t, s, store.ErrNotFound, "adding a user of nobody", func(tx store.Tx) error {
		u := newUser(a.ID, "ghost")
		u.Person = entropy.ID[id.Person]()
		return tx.AddUser(u)
	})
}

func testUsers(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	other := addTenant(t, s, "o").ID
	u, v := newUser(in, "zoe"), newUser(in, "ada")
	u.Roles, u.PlatformRoles = []string{"user", "site_admin", "user"}, []string{"operator"}
	v.Roles = nil
	namesake := newUser(other, "zoe")
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddUser(u), tx.AddUser(v), tx.AddUser(namesake)) })
	u.Roles = []string{"site_admin", "user"} // sorted, each once
	same(t, "user", view(t, s, func(r store.Reader) (store.User, error) { return r.User(in, u.ID) }), u)
	same(t, "user by name", view(t, s, func(r store.Reader) (store.User, error) { return r.UserByName(in, "zoe") }), u)
	same(t, "users by name", view(t, s, func(r store.Reader) ([]store.User, error) {
		return r.ListUsers(in, store.Page{})
	}), []store.User{v, u})
	same(t, "number of users", view(t, s, func(r store.Reader) (int, error) { return r.CountUsers(in) }), 2)
	withRole := func(role string) []store.User {
		return view(t, s, func(r store.Reader) ([]store.User, error) { return r.UsersWithRole(in, role) })
	}
	same(t, "site administrators", withRole("site_admin"), []store.User{u})
	same(t, "platform roles are no roles", withRole("operator"), []store.User(nil))
	same(t, "a part of a role is no role", withRole("site"), []store.User(nil))
	refused(t, s, store.ErrTaken, "adding a name twice", func(tx store.Tx) error { return tx.AddUser(newUser(in, "zoe")) })
	refused(t, s, store.ErrNotFound, "adding to a tenant that is not there", func(tx store.Tx) error {
		return tx.AddUser(newUser(entropy.ID[id.Tenant](), "x"))
	})
	clash := v
	clash.Name = "zoe"
	refused(t, s, store.ErrTaken, "taking another's name", func(tx store.Tx) error { return tx.UpdateUser(clash) })
	u.Name, u.FullName, u.Email, u.Disabled = "Zoe", "", "z@example.org", true
	u.Roles, u.PlatformRoles = []string{"user"}, nil
	do(t, s, func(tx store.Tx) error { return tx.UpdateUser(u) })
	same(t, "changed user", view(t, s, func(r store.Reader) (store.User, error) { return r.UserByName(in, "Zoe") }), u)
	absent(t, s, "the old name", func(r store.Reader) (store.User, error) { return r.UserByName(in, "zoe") })
	same(t, "a role that was taken", withRole("site_admin"), []store.User(nil))
	same(t, "a role that was kept", withRole("user"), []store.User{u})
	do(t, s, func(tx store.Tx) error { return tx.DeleteUser(in, u.ID) })
	absent(t, s, "a deleted user", func(r store.Reader) (store.User, error) { return r.User(in, u.ID) })
	same(t, "the role of a deleted user", withRole("user"), []store.User(nil))
	refused(t, s, store.ErrNotFound, "deleting twice", func(tx store.Tx) error { return tx.DeleteUser(in, u.ID) })
	refused(t, s, store.ErrNotFound, "changing a deleted user", func(tx store.Tx) error { return tx.UpdateUser(u) })
	same(t, "the namesake", view(t, s, func(r store.Reader) (store.User, error) { return r.UserByName(other, "zoe") }), namesake)
}

func testGroups(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	g, h := newGroup(in, "sales"), newGroup(in, "Sales")
	u, v := newUser(in, "zoe"), newUser(in, "ada")
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddGroup(g), tx.AddGroup(h), tx.AddUser(u), tx.AddUser(v), tx.AddMember(in, g.ID, u.ID),
			tx.AddMember(in, g.ID, v.ID), tx.AddMember(in, h.ID, u.ID))
	})
	same(t, "group", view(t, s, func(r store.Reader) (store.Group, error) { return r.Group(in, g.ID) }), g)
	same(t, "groups by name", view(t, s, func(r store.Reader) ([]store.Group, error) {
		return r.ListGroups(in, store.Page{})
	}), []store.Group{h, g})
	members := func(group id.Group) []store.User {
		return view(t, s, func(r store.Reader) ([]store.User, error) { return r.ListMembers(in, group, store.Page{}) })
	}
	groups := func(user id.User) []store.Group {
		return view(t, s, func(r store.Reader) ([]store.Group, error) { return r.ListGroupsOfUser(in, user, store.Page{}) })
	}
	same(t, "members by name", members(g.ID), []store.User{v, u})
	same(t, "groups of a user", groups(u.ID), []store.Group{h, g})
	same(t, "number of groups", view(t, s, func(r store.Reader) (int, error) { return r.CountGroups(in) }), 2)
	same(t, "number of members", view(t, s, func(r store.Reader) (int, error) { return r.CountMembers(in, g.ID) }), 2)
	for what, fn := range map[string]func(tx store.Tx) error{
		"adding a group twice":  func(tx store.Tx) error { return tx.AddGroup(newGroup(in, "sales")) },
		"adding a member twice": func(tx store.Tx) error { return tx.AddMember(in, g.ID, u.ID) },
		"taking another's name": func(tx store.Tx) error { return tx.UpdateGroup(store.Group{Tenant: in, ID: h.ID, Name: "sales"}) },
	} {
		refused(t, s, store.ErrTaken, what, fn)
	}
	for what, fn := range map[string]func(tx store.Tx) error{
		"changing no group":           func(tx store.Tx) error { return tx.UpdateGroup(newGroup(in, "x")) },
		"deleting no group":           func(tx store.Tx) error { return tx.DeleteGroup(in, entropy.ID[id.Group]()) },
		"adding nobody":               func(tx store.Tx) error { return tx.AddMember(in, g.ID, entropy.ID[id.User]()) },
		"adding to no group":          func(tx store.Tx) error { return tx.AddMember(in, entropy.ID[id.Group](), u.ID) },
		"removing who is not in it":   func(tx store.Tx) error { return tx.RemoveMember(in, h.ID, v.ID) },
		"adding a group to no tenant": func(tx store.Tx) error { return tx.AddGroup(newGroup(entropy.ID[id.Tenant](), "x")) },
	} {
		refused(t, s, store.ErrNotFound, what, fn)
	}
	g.Name = "support"
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.UpdateGroup(g), tx.RemoveMember(in, g.ID, v.ID)) })
	same(t, "changed group", view(t, s, func(r store.Reader) (store.Group, error) { return r.Group(in, g.ID) }), g)
	same(t, "members left", members(g.ID), []store.User{u})
	do(t, s, func(tx store.Tx) error { return tx.DeleteUser(in, u.ID) })
	same(t, "members after the last was deleted", members(g.ID), []store.User(nil))
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddMember(in, g.ID, v.ID), tx.DeleteGroup(in, g.ID)) })
	absent(t, s, "a deleted group", func(r store.Reader) (store.Group, error) { return r.Group(in, g.ID) })
	same(t, "groups after one was deleted", groups(v.ID), []store.Group(nil))
}

func testConnectedApps(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	other := addTenant(t, s, "o").ID
	a, b := newApp(in), newApp(in)
	if bytes.Compare(raw(a.Client), raw(b.Client)) > 0 {
		a, b = b, a
	}
	b.AllScopes, b.Scopes, b.Enabled, b.Authorization = true, scope.Set{}, false, id.Authorization{}
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.AddConnectedApp(b), tx.AddConnectedApp(a)) })
	first, second := newSecret("first"), newSecret("")
	first.Created, second.Sealed = start.Add(-time.Hour), []byte{}
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddSecret(in, a.Client, second), tx.AddSecret(in, a.Client, first))
	})
	second.Sealed = nil // an empty value and none are the same
	read := func(client id.Client) store.ConnectedApp {
		app := view(t, s, func(r store.Reader) (store.ConnectedApp, error) { return r.ConnectedApp(in, client) })
		for i := range app.Secrets {
			if len(app.Secrets[i].Sealed) == 0 {
				app.Secrets[i].Sealed = nil
			}
		}
		return app
	}
	a.Secrets = []store.Secret{first, second}
	same(t, "connected app", read(a.Client), a)
	same(t, "connected app without secrets", read(b.Client), b)
	list := view(t, s, func(r store.Reader) ([]store.ConnectedApp, error) {
		return r.ListConnectedApps(in, store.Page{})
	})
	if len(list) != 2 || list[0].Client != a.Client || list[1].Client != b.Client || len(list[0].Secrets) != 2 || list[1].Secrets != nil {
		t.Errorf("connected apps by client identifier: %+v", list)
	}
	list = view(t, s, func(r store.Reader) ([]store.ConnectedApp, error) {
		return r.ListConnectedApps(in, store.Page{After: a.Client.String(), Limit: 1})
	})
	same(t, "second page", list, []store.ConnectedApp{b})
	if _, err := try(s, func(r store.Reader) ([]store.ConnectedApp, error) {
		return r.ListConnectedApps(in, store.Page{After: "no client"})
	}); err == nil {
		t.Error("a list after what is no client identifier was answered")
	}
	same(t, "number of connected apps", view(t, s, func(r store.Reader) (int, error) { return r.CountConnectedApps(in) }), 2)
	refused(t, s, store.ErrTaken, "a third secret", func(tx store.Tx) error { return tx.AddSecret(in, a.Client, newSecret("x")) })
	refused(t, s, store.ErrTaken, "another tenant's client identifier", func(tx store.Tx) error {
		c := newApp(other)
		c.Client = a.Client
		return tx.AddConnectedApp(c)
	})
	refused(t, s, store.ErrNotFound, "a secret of no app", func(tx store.Tx) error {
		return tx.AddSecret(in, entropy.ID[id.Client](), newSecret("x"))
	})
	refused(t, s, store.ErrNotFound, "an app of no tenant", func(tx store.Tx) error {
		return tx.AddConnectedApp(newApp(entropy.ID[id.Tenant]()))
	})
	a.Name, a.Enabled, a.Revoked, a.AllScopes, a.Scopes, a.Version = "renamed", false, true, false, scope.Set{}, 2
	a.Authorization, a.Secrets = entropy.ID[id.Authorization](), []store.Secret{second}
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.UpdateConnectedApp(a), tx.DeleteSecret(in, a.Client, first.ID))
	})
	same(t, "changed connected app", read(a.Client), a)
	refused(t, s, store.ErrNotFound, "deleting a secret twice", func(tx store.Tx) error {
		return tx.DeleteSecret(in, a.Client, first.ID)
	})
	do(t, s, func(tx store.Tx) error { return tx.DeleteConnectedApp(in, a.Client) })
	absent(t, s, "a deleted app", func(r store.Reader) (store.ConnectedApp, error) { return r.ConnectedApp(in, a.Client) })
	refused(t, s, store.ErrNotFound, "deleting an app twice", func(tx store.Tx) error { return tx.DeleteConnectedApp(in, a.Client) })
	refused(t, s, store.ErrNotFound, "changing a deleted app", func(tx store.Tx) error { return tx.UpdateConnectedApp(a) })
}

// raw is an identifier as it is stored, and by which lists are ordered.
func raw[T interface{ Bytes() [16]byte }](v T) []byte {
	b := v.Bytes()
	return b[:]
}

func testKeys(t *testing.T, db Database) {
	s := open(t, db, Options{})
	old := store.Key{ID: entropy.ID[id.Key](), Public: []byte(`{"kty":"EC"}`), Sealed: []byte{0, 1, 2}, Created: start,
		Active: start.Add(time.Hour)}
	young := store.Key{ID: entropy.ID[id.Key](), Public: []byte("p"), Sealed: []byte("s"), Created: start.Add(time.Minute),
		Active: start, Retired: start.Add(2 * time.Hour), Expires: start.Add(3 * time.Hour), Revoked: true}
	do(t, s, func(tx store.Tx) error { return tx.AddKey(young) })
	tend(t, s, func(u store.Upkeep) error { return u.AddKey(old) })
	keys := func(r store.Reader) ([]store.Key, error) { return r.ListKeys() }
	same(t, "keys, oldest first", view(t, s, keys), []store.Key{old, young})
	refused(t, s, store.ErrTaken, "adding a key twice", func(tx store.Tx) error { return tx.AddKey(old) })
	old.Retired, old.Revoked = start.Add(time.Hour), true
	tend(t, s, func(u store.Upkeep) error { return errors.Join(u.UpdateKey(old), u.DeleteKey(young.ID)) })
	same(t, "keys left", view(t, s, keys), []store.Key{old})
	refused(t, s, store.ErrNotFound, "changing a deleted key", func(tx store.Tx) error { return tx.UpdateKey(young) })
	refused(t, s, store.ErrNotFound, "deleting a key twice", func(tx store.Tx) error { return tx.DeleteKey(young.ID) })
}

func testSettings(t *testing.T, db Database) {
	s := open(t, db, Options{})
	get := func(r store.Reader) ([]byte, error) { return r.Setting("a") }
	absent(t, s, "a setting that was not made", get)
	tend(t, s, func(u store.Upkeep) error {
		v, err := u.AddSetting("a", []byte("first"))
		same(t, "the first value", v, []byte("first"))
		return err
	})
	tend(t, s, func(u store.Upkeep) error {
		v, err := u.AddSetting("a", []byte("second"))
		same(t, "the value that stands", v, []byte("first"))
		return err
	})
	tend(t, s, func(u store.Upkeep) error { return u.SetSetting("a", []byte{0, 255}) })
	same(t, "the value that was set", view(t, s, get), []byte{0, 255})
	absent(t, s, "a setting of another case", func(r store.Reader) ([]byte, error) { return r.Setting("A") })
}

// testText: names are compared byte by byte, whatever the database's own idea of text is, and what one engine cannot
// store, neither does.
func testText(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	names := []string{"ada", "Ada", "ADA", "ada ", "a\u0308", "\u00e4", "ss", "ß", "ı", "i", "İ", "\u200bada", "%", "_", "'", "a\nb",
		"用户", "\U0001f600"}
	ids := map[string]id.User{}
	for _, name := range names {
		u := newUser(in, name)
		ids[name] = u.ID
		do(t, s, func(tx store.Tx) error { return tx.AddUser(u) })
	}
	for _, name := range names {
		u := view(t, s, func(r store.Reader) (store.User, error) { return r.UserByName(in, name) })
		if u.ID != ids[name] || u.Name != name {
			t.Errorf("UserByName(%q) = %v %q, want %v", name, u.ID, u.Name, ids[name])
		}
	}
	var last string
	for _, u := range view(t, s, func(r store.Reader) ([]store.User, error) { return r.ListUsers(in, store.Page{}) }) {
		if u.Name <= last {
			t.Errorf("users are not in the order of bytes: %q after %q", u.Name, last)
		}
		last = u.Name
	}
	for _, name := range []string{"a\x00b", "\xff", "a\xc3"} {
		absent(t, s, fmt.Sprintf("the user %q", name), func(r store.Reader) (store.User, error) { return r.UserByName(in, name) })
		absent(t, s, fmt.Sprintf("the tenant %q", name), func(r store.Reader) (store.Tenant, error) { return r.TenantByContentURL(name) })
		absent(t, s, fmt.Sprintf("the login %q", name), func(r store.Reader) (store.Person, error) { return r.PersonByLogin(name) })
		if err := s.Do(ctx, act("test"), func(tx store.Tx) error { return tx.AddUser(newUser(in, name)) }); err == nil {
			t.Errorf("a user named %q was added", name)
		}
	}
}

func testPages(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	do(t, s, func(tx store.Tx) error {
		for i := range 25 {
			if err := tx.AddUser(newUser(in, fmt.Sprintf("user %02d", i))); err != nil {
				return err
			}
		}
		return nil
	})
	var got []string
	p := store.Page{Limit: 10}
	for {
		list := view(t, s, func(r store.Reader) ([]store.User, error) { return r.ListUsers(in, p) })
		if len(list) == 0 {
			break
		}
		for _, u := range list {
			got = append(got, u.Name)
		}
		p.After = list[len(list)-1].Name
	}
	if len(got) != 25 || got[0] != "user 00" || got[24] != "user 24" {
		t.Errorf("pages of users: %q", got)
	}
}

func testDeleteTenant(t *testing.T, db Database) {
	s := open(t, db, Options{})
	gone, stays := addTenant(t, s, "gone"), addTenant(t, s, "stays")
	entry := act("fill")
	entry.Tenant = gone.ID
	fill := func(in id.Tenant) (store.User, store.ConnectedApp, store.Refusal) {
		u, a, g, f := newUser(in, "ada"), newApp(in), newGroup(in, "g"), newRefusal(in, 1)
		if err := s.Do(ctx, entry, func(tx store.Tx) error {
			return errors.Join(tx.AddUser(u), tx.AddConnectedApp(a), tx.AddGroup(g), tx.AddMember(in, g.ID, u.ID),
				tx.AddSecret(in, a.Client, newSecret("x")), tx.AddSession(newSession(in)))
		}); err != nil {
			t.Fatal(err)
		}
		tend(t, s, func(k store.Upkeep) error { return k.AddRefusal(f) })
		return u, a, f
	}
	u, a, f := fill(gone.ID)
	kept, _, _ := fill(stays.ID)
	client := addClient(t, s)
	own, v := newClient(gone.ID)
	login, person := store.Login{}, newPerson("ada")
	do(t, s, func(tx store.Tx) error {
		member := newUser(gone.ID, "person")
		member.Person = person.ID
		login = newLogin(person.ID)
		login.Tenant = gone.ID
		return errors.Join(tx.AddClient(own, v), tx.AddPerson(person), tx.AddUser(member), tx.AddLogin(login),
			tx.AddRole(newRole(gone.ID, "r")), tx.AddRole(newRole(stays.ID, "r")),
			tx.PutEntitlement(store.Entitlement{Tenant: gone.ID, Entitlement: "e"}),
			tx.AddLink(store.Link{Hash: newHash(), Kind: store.InviteLink, Tenant: gone.ID, User: member.ID}))
	})
	going, staying := install(t, s, gone.ID, u, client.ID), install(t, s, stays.ID, kept, client.ID)
	install(t, s, gone.ID, u, own.ID)
	abroad := install(t, s, stays.ID, kept, own.ID)
	do(t, s, func(tx store.Tx) error { return tx.DeleteTenant(gone.ID) })
	absent(t, s, "the tenant", func(r store.Reader) (store.Tenant, error) { return r.TenantByContentURL("gone") })
	demandGone(t, s, going)
	demandGone(t, s, abroad)
	demandThere(t, s, staying)
	absent(t, s, "the client that it registered", func(r store.Reader) (store.Client, error) { return r.Client(own.ID) })
	login.Tenant = id.Tenant{}
	same(t, "a login that acted in it", view(t, s, func(r store.Reader) (store.Login, error) { return r.Login(login.Hash) }), login)
	if roles := view(t, s, func(r store.Reader) ([]store.Role, error) { return r.ListRoles(stays.ID, store.Page{}) }); len(roles) != 1 {
		t.Errorf("another tenant has %d roles, want 1", len(roles))
	}
	absent(t, s, "its user", func(r store.Reader) (store.User, error) { return r.User(gone.ID, u.ID) })
	absent(t, s, "its app", func(r store.Reader) (store.ConnectedApp, error) { return r.ConnectedApp(gone.ID, a.Client) })
	absent(t, s, "its refusal", func(r store.Reader) (store.Refusal, error) { return r.Refusal(f.Reference) })
	same(t, "another's user", view(t, s, func(r store.Reader) (store.User, error) { return r.User(stays.ID, kept.ID) }), kept)
	if n := len(view(t, s, func(r store.Reader) ([]store.Refusal, error) { return r.ListRefusals(stays.ID, 10) })); n != 1 {
		t.Errorf("another tenant has %d refusals, want 1", n)
	}
	book, err := listAudit(s, gone.ID)
	if err != nil || len(book) != 2 {
		t.Errorf("the audit book of a deleted tenant has %d entries (%v), want 2", len(book), err)
	}
	refused(t, s, store.ErrNotFound, "deleting a tenant twice", func(tx store.Tx) error { return tx.DeleteTenant(gone.ID) })
}
