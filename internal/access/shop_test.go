package access

import (
	"context"
	"crypto/sha256"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"prokura/catalogs"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/jws"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/seal"
	"prokura/internal/store"
)

const (
	contacts  = "crm.objects.contacts.read"
	companies = "crm.objects.companies.read"
	deals     = "crm.objects.deals.read"
	flows     = "automation" // of a plan that not every account has
	callback  = "https://sync.example/cb"
)

var crm = sync.OnceValue(func() *catalog.Catalog {
	src, _ := catalogs.Builtin("crm")
	cat, problems := catalog.Load("crm.yaml", src)
	if cat == nil {
		panic(problems)
	}
	return cat
})

// shop is a world with an app that acme's users install.
type shop struct {
	*world
	app    store.Client // confidential: contacts required, companies conditional, deals and flows optional
	secret string
	spa    store.Client // public
}

// withCRM puts both catalogs in force.
func withCRM(t *testing.T, dir string) func(*Config) {
	return func(c *Config) {
		t.Helper()
		cats, err := registry.NewCatalogs(analytics(), crm())
		if err != nil {
			t.Fatal(err)
		}
		sealer, err := seal.OpenFile(filepath.Join(dir, "seal.key"))
		if err != nil {
			t.Fatal(err)
		}
		c.Catalogs = cats
		c.Registry = registry.New(registry.Config{Store: c.Store, Clock: c.Clock, Sealer: sealer, Catalogs: cats})
	}
}

func newShop(t *testing.T) *shop {
	t.Helper()
	w := &world{t: t, dir: t.TempDir(), clock: clock.NewFake(noon), analytic: analytics()}
	w.change = withCRM(t, w.dir)
	w.open()
	t.Cleanup(func() { w.db.Close() })
	w.acme, w.beta = w.tenant("acme"), w.tenant("beta")
	s := &shop{world: w}
	s.governs(s.acme.ID, policy.Governance{Door: policy.DoorOpen})
	s.governs(s.beta.ID, policy.Governance{Door: policy.DoorOpen})
	s.app = s.client(nil)
	s.secret = s.clientSecret(s.app.ID)
	s.spa = s.client(func(c *store.Client) { c.Registration.Public = true })
	return s
}

// governs says how a tenant decides on apps. In a shop users may, unless the test says otherwise.
func (s *shop) governs(in id.Tenant, settings policy.Governance) {
	s.t.Helper()
	s.do(func(tx store.Tx) error {
		was, err := tx.Governance(in)
		if err != nil {
			return err
		}
		return tx.PutGovernance(store.Governance{Tenant: in, Settings: settings, Version: was.Version + 1, Updated: s.clock.Now()})
	})
}

// client registers an app.
func (s *shop) client(alter func(*store.Client)) store.Client {
	s.t.Helper()
	c := store.Client{ID: entropy.ID[id.Client](), Owner: s.beta.ID, Version: 1, Created: noon, Registration: store.Registration{
		Name: "Sync", Publisher: "Sync GmbH", RedirectURIs: []string{callback}, Required: scopes(contacts),
		Conditional: scopes(companies), Optional: scopes(deals, flows)}}
	if alter != nil {
		alter(&c)
	}
	s.do(func(tx store.Tx) error {
		return tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: c.Registration, By: "test", At: noon})
	})
	return c
}

// change re-registers an app.
func (s *shop) reregister(c store.Client, alter func(*store.Client)) {
	s.t.Helper()
	s.do(func(tx store.Tx) error {
		was, err := tx.Client(c.ID)
		if err != nil {
			return err
		}
		was.Version++
		alter(&was)
		return tx.UpdateClient(was, &store.ClientVersion{Client: c.ID, Number: was.Version, Registration: was.Registration, By: "test", At: noon})
	})
}

func (s *shop) do(fn func(store.Tx) error) {
	s.t.Helper()
	s.ok(s.db.Do(context.Background(), audit.Act{Actor: audit.System, Action: "test"}, fn))
}

func (s *shop) clientSecret(client id.Client) string {
	s.t.Helper()
	_, value, err := s.registry.CreateClientSecret(ctx, audit.Operator, registry.Everybody(), client)
	s.ok(err)
	return value.Reveal()
}

func scopes(names ...string) scope.Set {
	set, err := scope.ParseSet(names)
	if err != nil {
		panic(err)
	}
	return set
}

// verifier is that of every authorization request of the tests, challenge what it makes.
const verifier = "0123456789-abcdefghijklmnopqrstuvwxyz._~ABCDEF"

func challenge() string {
	sum := sha256.Sum256([]byte(verifier))
	return jws.Encode(sum[:])
}

// install is what deciding leaves behind: ada of acme gave the app these scopes. It answers the code.
func (s *shop) install(c store.Client, required []string, optional ...string) (string, store.Grant) {
	s.t.Helper()
	return s.installBy(s.acme.ada, c, required, optional...)
}

func (s *shop) installBy(u store.User, c store.Client, required []string, optional ...string) (string, store.Grant) {
	s.t.Helper()
	now := s.clock.Now().UTC().Truncate(time.Second)
	code := newLocated(id.Code, u.Tenant)
	g := store.Grant{Tenant: u.Tenant, ID: entropy.ID[id.Grant](), Client: c.ID, Version: c.Version, User: u.ID,
		Required: scopes(required...), Scopes: scopes(append(required, optional...)...), Created: now}
	s.do(func(tx store.Tx) error {
		registered, err := tx.Client(c.ID)
		if err != nil {
			return err
		}
		if life := registered.Registration.RefreshLife; life > 0 {
			g.Expires = now.Add(life)
		}
		auth, err := tx.AuthorizationOf(u.Tenant, c.ID)
		if err != nil || auth.Revoked {
			auth = store.FirstAuthorization(u.Tenant, entropy.ID[id.Authorization](), registered, now)
			auth.Approved = g.Scopes
			err = tx.AddAuthorization(auth)
		} else {
			auth.Approved = auth.Approved.Union(g.Scopes)
			err = tx.NoteApproval(auth)
		}
		if err != nil {
			return err
		}
		g.Authorization = auth.ID
		if err := tx.AddGrant(g); err != nil {
			return err
		}
		ch := challenge()
		if !c.Registration.Public {
			ch = ""
		}
		return tx.AddCode(store.Code{Tenant: u.Tenant, Hash: code.Hash(), Grant: g.ID, Client: c.ID, RedirectURI: callback,
			Challenge: ch, Created: now, Expires: now.Add(CodeLife)})
	})
	return code.Reveal(), g
}

// proof is how the app proves itself.
func (s *shop) proof() Proof {
	return Proof{Kind: SecretProof, Client: s.app.ID.String(), Secret: s.secret}
}

// spaProof is how the public app does.
func (s *shop) spaProof() Proof { return Proof{Kind: PublicProof, Client: s.spa.ID.String()} }

// redemption redeems a code of the app.
func (s *shop) redemption(code string) RedeemRequest {
	return RedeemRequest{Proof: s.proof(), Code: code, RedirectURI: callback, Remote: "192.0.2.1:1"}
}

func (s *shop) redeem(code string) (Issued, error) { return s.Redeem(ctx, s.redemption(code)) }

func (s *shop) refreshWith(token string, names ...string) (Issued, error) {
	return s.Refresh(ctx, RefreshRequest{Proof: s.proof(), Token: token, Remote: "192.0.2.1:1",
		Scope: Narrowing{Set: len(names) > 0, Asked: scopes(names...)}})
}

// installed is an installation whose code was redeemed.
func (s *shop) installed(required []string, optional ...string) (Issued, store.Grant) {
	s.t.Helper()
	code, g := s.install(s.app, required, optional...)
	out, err := s.redeem(code)
	s.ok(err)
	return out, g
}

// reads calls a method of the CRM with an access token.
func (s *shop) reads(token string) error {
	s.t.Helper()
	m, ok := crm().Method("list_contacts")
	if !ok {
		s.t.Fatal("the catalog has no such method")
	}
	_, err := s.Call(ctx, &CallRequest{Credential: token, Bearer: true, Catalog: crm(), Method: m, Audience: audience})
	return err
}

func (s *shop) grant(g store.Grant) (out store.Grant) {
	s.t.Helper()
	s.ok(s.db.View(ctx, func(r store.Reader) (err error) {
		out, err = r.Grant(g.Tenant, g.ID)
		return err
	}))
	return out
}

// plan gives acme another plan.
func (s *shop) plan(name string) {
	s.t.Helper()
	_, err := s.people().UpdateTenant(ctx, audit.Operator, s.acme.ID, directory.TenantChange{Plan: &name})
	s.ok(err)
}
