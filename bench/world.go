package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
)

const (
	howManyClients = 1000
	spareScopes    = 13               // enough for 8192 distinct install URLs
	howManyGrants  = 32 * connections // so that each caller refreshes many in turn
	callback       = "https://app.example.com/oauth/callback"
)

// asked is what the apps are registered with, and ask for.
var asked = []string{"crm.objects.companies.read", "crm.objects.companies.write", "crm.objects.contacts.read",
	"crm.objects.contacts.write", "crm.objects.deals.read", "crm.objects.deals.write"}

// world is what stands in the database before the server that is measured opens it.
type world struct {
	Clients []credentials
	Spare   []string // that the first clients may be asked for beside
	Refresh []string // live refresh tokens; one of each grant, of the clients in turn
}

// credentials are an app's.
type credentials struct{ ID, Secret string }

// furnishApps writes a tenant with apps that act for themselves, and users who installed them.
func furnishApps(ctx context.Context, path string) (*world, error) {
	s, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		return nil, err
	}
	var w world
	err = s.Do(ctx, audit.Act{Actor: audit.Operator, Action: "bench.fill", Target: "bench"}, func(tx store.Tx) error {
		w = world{}
		return w.write(tx)
	})
	if err = errors.Join(err, s.Close()); err != nil {
		return nil, fmt.Errorf("filling the database: %w", err)
	}
	return &w, nil
}

func (w *world) write(tx store.Tx) error {
	now := time.Now()
	in, err := scope.ParseSet(asked)
	if err != nil {
		return err
	}
	t := store.Tenant{ID: entropy.ID[id.Tenant](), Name: "Bench", ContentURL: "bench", Plan: "enterprise", Created: now}
	if err := tx.AddTenant(t); err != nil {
		return err
	}
	if err := tx.PutGovernance(store.Governance{Tenant: t.ID, Settings: policy.Governance{Door: policy.DoorOpen}, Version: 1, Updated: now}); err != nil {
		return err
	}
	names, _, err := crmScopes()
	if err != nil {
		return err
	}
	spare, err := scope.ParseSet(slices.DeleteFunc(names, func(s string) bool { return slices.Contains(asked, s) })[:spareScopes])
	if err != nil {
		return err
	}
	var installed []store.Authorization
	for i := range howManyClients {
		reg := store.Registration{Name: fmt.Sprint("App ", i), Publisher: "Bench", RedirectURIs: []string{callback}, InstallURL: true,
			ClientCredentials: true, Required: in}
		if i < len(flooded) {
			reg.Optional = spare
		}
		c := store.Client{ID: entropy.ID[id.Client](), Owner: t.ID, Registration: reg, Version: 1, Created: now}
		secret := entropy.Token(id.ClientSecret)
		a := store.FirstAuthorization(t.ID, entropy.ID[id.Authorization](), c, now)
		a.Approved, a.Installed = in, now
		if err := errors.Join(tx.AddClient(c, store.ClientVersion{Client: c.ID, Number: 1, Registration: reg, By: "operator", At: now}),
			tx.AddClientSecret(c.ID, store.ClientSecret{ID: entropy.ID[id.Secret](), Hash: secret.Hash(), Created: now}),
			tx.AddAuthorization(a)); err != nil {
			return err
		}
		installed = append(installed, a)
		w.Clients = append(w.Clients, credentials{c.ID.String(), secret.Reveal()})
	}
	w.Spare = spare.Names()
	for i := range howManyGrants {
		a := installed[i%len(installed)]
		u := store.User{Tenant: t.ID, ID: entropy.ID[id.User](), Name: fmt.Sprintf("user%04d@bench.example", i), Created: now}
		g := store.Grant{Tenant: t.ID, ID: entropy.ID[id.Grant](), Client: a.Client, Version: 1, Authorization: a.ID, User: u.ID,
			Required: in, Scopes: in, Created: now, Installed: now, LastUsed: now}
		token := id.NewLocated(id.RefreshToken, t.ID, [32]byte(entropy.Bytes(32)))
		if err := errors.Join(tx.AddUser(u), tx.PutConsent(store.Consent{Tenant: t.ID, User: u.ID, Client: a.Client, Authorization: a.ID, Scopes: in, Updated: now}),
			tx.AddGrant(g), tx.AddRefreshToken(store.RefreshToken{Tenant: t.ID, Hash: token.Hash(), Grant: g.ID, Client: a.Client, Created: now})); err != nil {
			return err
		}
		w.Refresh = append(w.Refresh, token.Reveal())
	}
	return nil
}
