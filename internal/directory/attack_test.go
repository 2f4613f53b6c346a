package directory

import (
	"path/filepath"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/seal"
	"prokura/internal/store"
)

// TestA168_each_credential_has_one_door: nothing else of ours is a login, and a login's cookie is no link.
func TestA168_each_credential_has_one_door(t *testing.T) {
	h := newHouse(t)
	in := h.logIn("bob@acme.example", bobs)
	out, err := h.PasswordLink(ctx, audit.Operator, h.in, h.bob.ID, "")
	h.ok(err)
	link := h.token(out.Link)
	secret := in.Cookie.Reveal()[len("pkl"):]
	for _, other := range []string{entropy.Token(id.OperatorToken).Reveal(), "pko" + secret, "pki" + secret, link, "pkl" + link[len("pki"):], in.Device, in.Cookie.String(),
		in.Cookie.Reveal() + " ", " " + in.Cookie.Reveal(), ""} {
		_, err := h.Visitor(ctx, other)
		want(t, err, refusal.NotLoggedIn)
	}
	for _, other := range []string{in.Cookie.Reveal(), "pki" + secret, in.Device} {
		_, err := h.ResetPassword(ctx, other, "a good password")
		want(t, err, refusal.LinkUnknown)
	}
	// Nor is a link of one kind one of another.
	_, err = h.AcceptInvite(ctx, link, h.bob.Person)
	want(t, err, refusal.LinkUnknown)
	_, _, err = h.SetUp(ctx, link, first)
	want(t, err, refusal.LinkUnknown)
	h.logIn("bob@acme.example", bobs)
}

// TestA170_what_comes_again_is_another: a user of the same name, and one who is enabled again, have nothing of what was
// before.
func TestA170_what_comes_again_is_another(t *testing.T) {
	for name, again := range map[string]func(h *house) id.User{
		"enabled again": func(h *house) id.User {
			yes, no := true, false
			_, err := h.UpdateUser(ctx, audit.Operator, h.in, h.bob.ID, UserChange{Disabled: &yes})
			h.ok(err)
			_, err = h.UpdateUser(ctx, audit.Operator, h.in, h.bob.ID, UserChange{Disabled: &no})
			h.ok(err)
			return h.bob.ID
		},
		"made again": func(h *house) id.User {
			h.ok(h.DeleteUser(ctx, audit.Operator, h.in, h.bob.ID))
			return h.userIn(h.in, h.bob.Name).ID
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			g := h.installed(h.bob)
			live := func() []store.Grant {
				return view(h, func(r store.Reader) ([]store.Grant, error) {
					return r.ListGrants(h.in, store.GrantFilter{}, store.Page{})
				})
			}
			if len(live()) != 1 {
				t.Fatal("no grant")
			}
			user := again(h)
			if got := live(); len(got) != 0 {
				t.Errorf("%+v lives", got)
			}
			if user == h.bob.ID {
				ended := view(h, func(r store.Reader) (store.Grant, error) { return r.Grant(h.in, g.ID) })
				if ended.EndedBy != "user_disabled" {
					t.Errorf("%+v", ended)
				}
			}
			if m := h.newMarks(); len(m) == 0 || m[0].Subject.User != h.bob.ID || m[0].Lost.Len() != 0 {
				t.Errorf("%+v", m)
			}
			v, err := h.Visitor(ctx, h.logIn("bob@acme.example", bobs).Cookie.Reveal())
			h.ok(err)
			if v.HasTenant() != (user == h.bob.ID) {
				t.Errorf("the person acts as %+v", v.User)
			}
		})
	}
}

// installed makes an app and a grant of a user.
func (h *house) installed(u store.User) store.Grant {
	h.t.Helper()
	scopes, err := scope.ParseSet([]string{"crm.objects.contacts.read"})
	h.ok(err)
	c := store.Client{ID: entropy.ID[id.Client](), Version: 1, Created: noon, Registration: store.Registration{Name: "App", Publisher: "P",
		RedirectURIs: []string{"https://app.example/cb"}, Required: scopes}}
	auth := store.Authorization{Tenant: u.Tenant, ID: entropy.ID[id.Authorization](), Client: c.ID, Approved: scopes, Created: noon}
	g := store.Grant{Tenant: u.Tenant, ID: entropy.ID[id.Grant](), Client: c.ID, Version: 1, Authorization: auth.ID, User: u.ID, Required: scopes,
		Scopes: scopes, Created: noon, Installed: noon}
	h.ok(h.store.Do(ctx, audit.Act{Tenant: u.Tenant, Actor: audit.System, Action: "test"}, func(tx store.Tx) error {
		if err := tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: c.Registration, By: "test", At: noon}); err != nil {
			return err
		}
		if err := tx.AddAuthorization(auth); err != nil {
			return err
		}
		return tx.AddGrant(g)
	}))
	return g
}

// TestA165_a_deleted_tenant takes everything along that leads into it.
func TestA165_a_deleted_tenant(t *testing.T) {
	h := newHouse(t)
	in, _, err := h.ChooseTenant(ctx, h.logIn("ada@acme.example", adas).Cookie.Reveal(), h.beta)
	h.ok(err)
	_, err = h.CreateRole(ctx, audit.Operator, store.Role{Tenant: h.beta, ID: "r", Name: "R", Permissions: []string{MayInstall}})
	h.ok(err)
	h.ok(h.DeleteTenant(ctx, audit.Operator, h.beta))
	v, err := h.Visitor(ctx, in.Reveal())
	h.ok(err)
	if v.HasTenant() || len(v.Tenants) != 1 || v.Rights.Hold(MayInstall) {
		t.Errorf("%+v", v)
	}
	_, err = h.Role(ctx, h.beta, "r")
	want(t, err, refusal.ObjectNotFound)
	// Made again under the same content URL, it is another one.
	again, err := h.CreateTenant(ctx, audit.Operator, NewTenant{Name: "Beta", ContentURL: "beta", Plan: "starter"})
	h.ok(err)
	_, _, err = h.ChooseTenant(ctx, in.Reveal(), again.ID)
	want(t, err, refusal.ObjectNotFound)
	_, err = h.Role(ctx, again.ID, "r")
	want(t, err, refusal.ObjectNotFound)
}

// FuzzDevice: whatever a browser sends as what it is known by, it is known only by what was given.
func FuzzDevice(f *testing.F) {
	sealer, err := seal.OpenFile(filepath.Join(f.TempDir(), "seal.key"))
	if err != nil {
		f.Fatal(err)
	}
	d := &Directory{sealer: sealer, clock: clock.NewFake(noon)}
	bob := entropy.ID[id.Person]()
	given := d.newDevice(bob)
	f.Add("")
	f.Add(given[1:])
	f.Add(d.newDevice(entropy.ID[id.Person]()))
	f.Fuzz(func(t *testing.T, value string) {
		if _, ok := d.device(bob, value); ok && value != given {
			t.Errorf("%q is known", value)
		}
	})
}
