package storetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
)

func newHash() [32]byte { return [32]byte(entropy.Bytes(32)) }

func scopes(names ...string) scope.Set {
	s, err := scope.ParseSet(names)
	if err != nil {
		panic(err)
	}
	return s
}

func newClient(owner id.Tenant) (store.Client, store.ClientVersion) {
	c := store.Client{ID: entropy.ID[id.Client](), Owner: owner, Version: 1, Created: start,
		Registration: store.Registration{Name: "Sync ä", Publisher: "Example Ltd", Description: text.Text{EN: "syncs", DE: "gleicht ab"},
			Contact: store.Contact{Mail: "dev@example.com"}, Logo: "abc", RedirectURIs: []string{"https://app.example.com/cb"},
			Keys: json.RawMessage(`{"keys":[]}`), InstallURL: true, Required: scopes("contacts.read"),
			Conditional: scopes("deals.read"), Optional: scopes("automation"), AccessLife: time.Hour}}
	return c, store.ClientVersion{Client: c.ID, Number: 1, Registration: c.Registration, By: "operator", At: start}
}

func newClientSecret() store.ClientSecret {
	return store.ClientSecret{ID: entropy.ID[id.Secret](), Hash: newHash(), Created: start}
}

func newAuthorization(in id.Tenant, client id.Client) store.Authorization {
	a := store.FirstAuthorization(in, entropy.ID[id.Authorization](), store.Client{ID: client, Version: 1}, start)
	a.Approved = scopes("contacts.read", "deals.read")
	return a
}

func newConsent(a store.Authorization, user id.User) store.Consent {
	return store.Consent{Tenant: a.Tenant, User: user, Client: a.Client, Authorization: a.ID, Scopes: scopes("contacts.read"), Updated: start}
}

func newGovernance(in id.Tenant) store.Governance {
	return store.Governance{Tenant: in, Version: 1, Updated: start, Settings: policy.Governance{Door: policy.DoorOpen, Stage: policy.Report,
		Rules:     []policy.Rule{{Risks: []policy.Risk{policy.Deletes, policy.Reads}, Publishers: []string{"ä"}, Verified: true, Door: policy.DoorBlocked}},
		Reviewers: []string{"sales"}, OwnPermissions: true, RequestDays: 7, ShowMail: true, NoMail: true}}
}

func newRequest(a store.Authorization, user id.User) store.AuthorizationRequest {
	return store.AuthorizationRequest{Tenant: a.Tenant, ID: entropy.ID[id.Request](), Client: a.Client, User: user, Reason: "we need it, bitte",
		Version: 1, Scope: scopes("contacts.read"), Optional: scopes("automation"), Created: start, Expires: start.Add(30 * 24 * time.Hour),
		State: store.RequestWaiting}
}

func newUse(a store.Authorization) store.Use {
	return store.Use{Tenant: a.Tenant, Client: a.Client, Day: startDay, Catalog: "crm", Method: "contacts.list", Calls: 3}
}

func newForeseen(a store.Authorization, user id.User) store.Foreseen {
	return store.Foreseen{Tenant: a.Tenant, Client: a.Client, User: user, Catalog: "crm", Method: "contacts.list", Code: "scope_missing",
		Need: "contacts.read", First: start, Last: start, Calls: 2}
}

func newGrant(a store.Authorization, user id.User) store.Grant {
	return store.Grant{Tenant: a.Tenant, ID: entropy.ID[id.Grant](), Client: a.Client, Version: 1, Authorization: a.ID,
		User: user, Required: scopes("contacts.read"), Scopes: scopes("contacts.read", "deals.read"),
		Dropped: []store.Dropped{{Scope: "automation", Code: "tenant_lacks_entitlement"}}, Created: start, Installed: start}
}

func newCode(g store.Grant) store.Code {
	return store.Code{Tenant: g.Tenant, Hash: newHash(), Grant: g.ID, Client: g.Client, RedirectURI: "https://app.example.com/cb",
		Challenge: "c", Created: start, Expires: start.Add(time.Minute)}
}

func newToken(g store.Grant) store.RefreshToken {
	return store.RefreshToken{Tenant: g.Tenant, Hash: newHash(), Grant: g.ID, Client: g.Client, Created: start}
}

func newInstallURL(client id.Client) store.InstallURL {
	return store.InstallURL{Client: client, Sum: newHash(), RedirectURI: "https://app.example.com/cb", Scope: "contacts.read",
		Optional: "automation", First: start, Last: start, Count: 1}
}

// addClient adds a client of the vendor.
func addClient(t *testing.T, s store.Store) store.Client {
	t.Helper()
	c, v := newClient(id.Tenant{})
	do(t, s, func(tx store.Tx) error { return tx.AddClient(c, v) })
	return c
}

// installed is a client that a user installed, with all that hangs on it.
type installed struct {
	user          store.User
	authorization store.Authorization
	consent       store.Consent
	grant         store.Grant
	code          store.Code
	token         store.RefreshToken
}

func install(t *testing.T, s store.Store, in id.Tenant, user store.User, client id.Client) installed {
	t.Helper()
	x := installed{user: user, authorization: newAuthorization(in, client)}
	do(t, s, func(tx store.Tx) error {
		switch a, err := tx.AuthorizationOf(in, client); {
		case err == nil && !a.Revoked:
			x.authorization = a
		default:
			if err := tx.AddAuthorization(x.authorization); err != nil {
				return err
			}
		}
		x.consent, x.grant = newConsent(x.authorization, user.ID), newGrant(x.authorization, user.ID)
		x.code, x.token = newCode(x.grant), newToken(x.grant)
		return errors.Join(tx.PutConsent(x.consent), tx.AddGrant(x.grant), tx.AddCode(x.code), tx.AddRefreshToken(x.token))
	})
	return x
}

// addUser adds a user without a person.
func addUser(t *testing.T, s store.Store, in id.Tenant, name string) store.User {
	t.Helper()
	u := newUser(in, name)
	do(t, s, func(tx store.Tx) error { return tx.AddUser(u) })
	return u
}

func testClients(t *testing.T, db Database) {
	s := open(t, db, Options{})
	in := addTenant(t, s, "t").ID
	c, v := newClient(in)
	read := func(r store.Reader) (store.Client, error) { return r.Client(c.ID) }
	refused(t, s, store.ErrNotFound, "a client of an owner who is not there", func(tx store.Tx) error {
		other, v := newClient(entropy.ID[id.Tenant]())
		return tx.AddClient(other, v)
	})
	absent(t, s, "a client that was not added", read)
	do(t, s, func(tx store.Tx) error { return tx.AddClient(c, v) })
	same(t, "client", view(t, s, read), c)
	refused(t, s, store.ErrTaken, "adding a client twice", func(tx store.Tx) error { return tx.AddClient(c, v) })

	first, second := newClientSecret(), newClientSecret()
	second.Created = start.Add(time.Minute)
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddClientSecret(c.ID, second), tx.AddClientSecret(c.ID, first))
	})
	c.Secrets = []store.ClientSecret{first, second}
	same(t, "client with its secrets, oldest first", view(t, s, read), c)
	refused(t, s, store.ErrTaken, "a third secret", func(tx store.Tx) error { return tx.AddClientSecret(c.ID, newClientSecret()) })
	refused(t, s, store.ErrNotFound, "a secret of no client", func(tx store.Tx) error {
		return tx.AddClientSecret(entropy.ID[id.Client](), newClientSecret())
	})
	do(t, s, func(tx store.Tx) error { return tx.DeleteClientSecret(c.ID, first.ID) })
	refused(t, s, store.ErrNotFound, "deleting a secret twice", func(tx store.Tx) error {
		return tx.DeleteClientSecret(c.ID, first.ID)
	})
	c.Secrets = []store.ClientSecret{second}

	c.Disabled, c.BuiltIn, c.Owner = true, true, id.Tenant{}
	do(t, s, func(tx store.Tx) error {
		changed := c
		changed.Registration, changed.Version = store.Registration{Name: "not written"}, 9
		return tx.UpdateClient(changed, nil)
	})
	same(t, "client that was switched off", view(t, s, read), c)
	next := store.ClientVersion{Client: c.ID, Number: 2, By: "user u1 Ada", At: start.Add(time.Hour)}
	next.Registration = store.Registration{Name: "Sync 2", RedirectURIs: []string{"http://127.0.0.1/cb"}, Public: true}
	c.Version, c.Registration = 2, next.Registration
	do(t, s, func(tx store.Tx) error { return tx.UpdateClient(c, &next) })
	same(t, "client in its second version", view(t, s, read), c)
	for _, number := range []int{1, 2, 4} {
		wrong := next
		wrong.Number = number
		refused(t, s, store.ErrTaken, fmt.Sprintf("version %d after 2", number), func(tx store.Tx) error {
			return tx.UpdateClient(c, &wrong)
		})
	}
	refused(t, s, store.ErrNotFound, "changing a client that is not there", func(tx store.Tx) error {
		other, _ := newClient(id.Tenant{})
		return tx.UpdateClient(other, nil)
	})
	versions := func(before, limit int) []store.ClientVersion {
		return view(t, s, func(r store.Reader) ([]store.ClientVersion, error) { return r.ClientVersions(c.ID, before, limit) })
	}
	same(t, "versions, newest first", versions(0, 10), []store.ClientVersion{next, v})
	same(t, "versions before the second", versions(2, 10), []store.ClientVersion{v})
	same(t, "one version", versions(0, 1), []store.ClientVersion{next})

	logo := store.Logo{Sum: "abc", Media: "image/png", Image: []byte{0x89, 0}}
	do(t, s, func(tx store.Tx) error { return errors.Join(tx.PutLogo(logo), tx.PutLogo(logo)) })
	same(t, "logo", view(t, s, func(r store.Reader) (store.Logo, error) { return r.Logo("abc") }), logo)
	absent(t, s, "another logo", func(r store.Reader) (store.Logo, error) { return r.Logo("ABC") })
}

func testListClients(t *testing.T, db Database) {
	s := open(t, db, Options{})
	owner, other := addTenant(t, s, "owner").ID, addTenant(t, s, "other").ID
	var all, owned []store.Client
	for i := range 9 {
		c, v := newClient([]id.Tenant{owner, other, {}}[i%3])
		c.Secrets = []store.ClientSecret{newClientSecret()}
		do(t, s, func(tx store.Tx) error {
			return errors.Join(tx.AddClient(c, v), tx.AddClientSecret(c.ID, c.Secrets[0]))
		})
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b store.Client) int { return slices.Compare(raw(a.ID), raw(b.ID)) })
	for _, c := range all {
		if c.Owner == owner {
			owned = append(owned, c)
		}
	}
	list := func(owner id.Tenant, after string) []store.Client {
		return view(t, s, func(r store.Reader) ([]store.Client, error) {
			return r.ListClients(owner, store.Page{After: after, Limit: 5})
		})
	}
	same(t, "the first page of all", list(id.Tenant{}, ""), all[:5])
	same(t, "the second page of all", list(id.Tenant{}, all[4].ID.String()), all[5:])
	same(t, "an owner's", list(owner, ""), owned)
	same(t, "an owner's, after the first", list(owner, owned[0].ID.String()), owned[1:])
	if _, err := try(s, func(r store.Reader) ([]store.Client, error) {
		return r.ListClients(id.Tenant{}, store.Page{After: "x"})
	}); err == nil {
		t.Error("a page after no client was answered")
	}
}

// testDeleteClient: with a client goes what hangs on it in all tenants, and nothing of another client.
func testDeleteClient(t *testing.T, db Database) {
	s := open(t, db, Options{})
	gone, stays := addClient(t, s), addClient(t, s)
	var going, staying []installed
	for _, name := range []string{"a", "b"} {
		in := addTenant(t, s, name).ID
		u := addUser(t, s, in, "ada")
		going, staying = append(going, install(t, s, in, u, gone.ID)), append(staying, install(t, s, in, u, stays.ID))
	}
	tend(t, s, func(u store.Upkeep) error {
		return errors.Join(u.CountInstallURL(newInstallURL(gone.ID)), u.AddTally(store.Tally{Client: gone.ID, Day: start, Kind: "install"}))
	})
	do(t, s, func(tx store.Tx) error {
		return errors.Join(tx.AddClientSecret(gone.ID, newClientSecret()), tx.DeleteClient(gone.ID))
	})
	absent(t, s, "the client", func(r store.Reader) (store.Client, error) { return r.Client(gone.ID) })
	for i := range going {
		demandGone(t, s, going[i])
		demandThere(t, s, staying[i])
	}
	raw := db.Raw(t)
	for _, table := range []string{"client_versions", "client_secrets", "install_urls", "tallies"} {
		rows := 0
		if err := raw.QueryRow("SELECT count(*) FROM "+table+" WHERE client = $1", gone.ID).Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%d rows of the client are left in %s (%v)", rows, table, err)
		}
	}
	refused(t, s, store.ErrNotFound, "deleting a client twice", func(tx store.Tx) error { return tx.DeleteClient(gone.ID) })
}

// demandGone demands that nothing of an installation is left.
func demandGone(t *testing.T, s store.Store, x installed) {
	t.Helper()
	in, client := x.grant.Tenant, x.grant.Client
	absent(t, s, "the consent", func(r store.Reader) (store.Consent, error) { return r.Consent(in, x.user.ID, client) })
	absent(t, s, "the grant", func(r store.Reader) (store.Grant, error) { return r.Grant(in, x.grant.ID) })
	absent(t, s, "the code", func(r store.Reader) (store.Code, error) { return r.Code(in, x.code.Hash) })
	absent(t, s, "the refresh token", func(r store.Reader) (store.RefreshToken, error) { return r.RefreshToken(in, x.token.Hash) })
}

// demandThere demands that all of an installation stands.
func demandThere(t *testing.T, s store.Store, x installed) {
	t.Helper()
	in, client := x.grant.Tenant, x.grant.Client
	same(t, "authorization", view(t, s, func(r store.Reader) (store.Authorization, error) { return r.AuthorizationOf(in, client) }), x.authorization)
	same(t, "consent", view(t, s, func(r store.Reader) (store.Consent, error) { return r.Consent(in, x.user.ID, client) }), x.consent)
	same(t, "grant", view(t, s, func(r store.Reader) (store.Grant, error) { return r.Grant(in, x.grant.ID) }), x.grant)
	same(t, "code", view(t, s, func(r store.Reader) (store.Code, error) { return r.Code(in, x.code.Hash) }), x.code)
	same(t, "refresh token", view(t, s, func(r store.Reader) (store.RefreshToken, error) { return r.RefreshToken(in, x.token.Hash) }), x.token)
}
