package testworld

import (
	"context"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// Scopes of the catalogs that ship, and where the app of a shop is answered.
const (
	Contacts  = "crm.objects.contacts.read"
	Companies = "crm.objects.companies.read"
	Deals     = "crm.objects.deals.read"
	Flows     = "automation" // of a plan that not every account has
	ReadUsers = "tableau:users:read"
	Content   = "tableau:content:read"
	Callback  = "https://sync.example/cb"
)

// Shop is a settled world with an app that users install.
type Shop struct {
	*World
	App    store.Client // confidential: contacts required, companies conditional, deals and flows optional
	Secret string
}

// NewShop makes one in which users may decide on apps.
func NewShop(t *testing.T) *Shop {
	t.Helper()
	return New(t, Options{}).Settle().Shop()
}

// Shop opens one in a world that is settled.
func (w *World) Shop() *Shop {
	w.T.Helper()
	w.Governs(w.Acme.ID, policy.Governance{Door: policy.DoorOpen})
	w.Governs(w.Beta.ID, policy.Governance{Door: policy.DoorOpen})
	s := &Shop{World: w, App: w.Register(nil)}
	s.Secret = w.ClientSecret(s.App.ID)
	return s
}

// Governs says how a tenant decides on apps, and takes nothing from anybody: what is out stays.
func (w *World) Governs(in id.Tenant, settings policy.Governance) {
	w.T.Helper()
	w.Do(func(tx store.Tx) error {
		was, err := tx.Governance(in)
		if err != nil {
			return err
		}
		return tx.PutGovernance(store.Governance{Tenant: in, Settings: settings, Version: was.Version + 1, Updated: w.Clock.Now()})
	})
}

// Register registers an app like that of a shop; alter says in what it differs.
func (w *World) Register(alter func(*store.Client)) store.Client {
	w.T.Helper()
	c := store.Client{ID: entropy.ID[id.Client](), Owner: w.Beta.ID, Version: 1, Created: Noon, Registration: store.Registration{
		Name: "Sync", Publisher: "Sync GmbH", RedirectURIs: []string{Callback}, Required: Scopes(Contacts),
		Conditional: Scopes(Companies), Optional: Scopes(Deals, Flows)}}
	if alter != nil {
		alter(&c)
	}
	w.Do(func(tx store.Tx) error {
		return tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: c.Registration, By: "test", At: Noon})
	})
	return c
}

// Reregister makes a new version of an app.
func (w *World) Reregister(c store.Client, alter func(*store.Client)) {
	w.T.Helper()
	w.Do(func(tx store.Tx) error {
		was, err := tx.Client(c.ID)
		if err != nil {
			return err
		}
		was.Version++
		alter(&was)
		return tx.UpdateClient(was, &store.ClientVersion{Client: c.ID, Number: was.Version, Registration: was.Registration, By: "test", At: Noon})
	})
}

// ClientSecret gives an app a secret.
func (w *World) ClientSecret(client id.Client) string {
	w.T.Helper()
	_, value, err := w.Registry.CreateClientSecret(context.Background(), audit.Operator, registry.Everybody(), client)
	w.OK(err)
	return value.Reveal()
}
