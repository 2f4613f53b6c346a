package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"prokura/catalogs"
	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/clock"
	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/feed"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/keyring"
	"prokura/internal/mark"
	"prokura/internal/registry"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
	"prokura/internal/token"
)

// product is the parts of Prokura that decide, on SQLite in a directory of its own, with one tenant.
type product struct {
	dir      string
	clock    clock.Clock
	store    store.Store
	memory   *feed.Memory
	keys     *keyring.Keyring
	registry *registry.Registry
	catalogs *registry.Catalogs
	catalog  *catalog.Catalog
	access   *access.Access
	govern   *govern.Decisions

	tenant store.Tenant
	user   store.User
	app    app
}

// issuer stands in what is signed.
const issuer = "http://127.0.0.1:8080"

func newProduct(ctx context.Context) (*product, error) {
	dir, err := os.MkdirTemp("", "prokura-bench-")
	if err != nil {
		return nil, err
	}
	p := &product{dir: dir, clock: clock.System{}}
	if err := p.open(ctx); err != nil {
		return nil, errors.Join(err, p.close())
	}
	return p, nil
}

func (p *product) open(ctx context.Context) (err error) {
	log := slog.New(slog.DiscardHandler)
	if p.store, err = sqlite.Open(ctx, sqlite.Options{Path: filepath.Join(p.dir, "prokura.db"), Clock: p.clock, Log: log}); err != nil {
		return err
	}
	p.memory = feed.New(feed.Config{Store: p.store, Clock: p.clock, Log: log, Local: true})
	if err := p.memory.Sync(ctx); err != nil {
		return err
	}
	sealer, err := seal.OpenFile(filepath.Join(p.dir, "seal.key"))
	if err != nil {
		return err
	}
	if p.keys, err = keyring.Open(ctx, keyring.Options{Store: p.store, Sealer: sealer, Clock: p.clock, Issuer: issuer}); err != nil {
		return err
	}
	src, _ := catalogs.Builtin("analytics")
	p.catalog, _ = catalog.Load("analytics.yaml", src)
	if p.catalogs, err = registry.NewCatalogs(p.catalog); err != nil {
		return err
	}
	p.registry = registry.New(registry.Config{Store: p.store, Clock: p.clock, Sealer: sealer, Catalogs: p.catalogs})
	dir := directory.New(directory.Config{Store: p.store, Clock: p.clock, Catalogs: p.catalogs})
	if p.tenant, err = dir.CreateTenant(ctx, audit.Operator, directory.NewTenant{Name: "Bench", ContentURL: "bench", Plan: "enterprise"}); err != nil {
		return err
	}
	if p.user, err = dir.CreateUser(ctx, audit.Operator, p.tenant.ID, directory.NewUser{Name: "ada@bench.example", FullName: "Ada"}); err != nil {
		return err
	}
	made, err := p.registry.CreateConnectedApp(ctx, audit.Operator, p.tenant.ID, registry.NewConnectedApp{Name: "Bench"})
	if err != nil {
		return err
	}
	secret, value, err := p.registry.CreateSecret(ctx, audit.Operator, p.tenant.ID, made.Client)
	if err != nil {
		return err
	}
	p.app = app{ClientID: made.Client.String(), SecretID: secret.ID.String(), Value: value, User: p.user.Name, ContentURL: p.tenant.ContentURL}
	p.govern = govern.New(govern.Config{Store: p.store, Registry: p.registry, Catalogs: p.catalogs,
		Clock: p.clock, Log: slog.New(slog.DiscardHandler)})
	p.access, err = p.uses(p.store)
	return err
}

// uses makes the uses over a store, which may be another one than the product's.
func (p *product) uses(s store.Store) (*access.Access, error) {
	return access.New(access.Config{Store: s, Memory: p.memory, Keys: p.keys, Registry: p.registry, Catalogs: p.catalogs,
		Clock: p.clock, Log: slog.New(slog.DiscardHandler)})
}

func (p *product) close() error {
	var err error
	if p.store != nil {
		err = p.store.Close()
	}
	return errors.Join(err, os.RemoveAll(p.dir))
}

// sessions signs in so many times, 32 at once, and answers the tokens.
func (p *product) sessions(ctx context.Context, n int, scopes []string) ([]string, error) {
	tokens := make([]string, n)
	err := inParallel(32, n, func(i int) error {
		s, err := p.access.SignIn(ctx, access.SignInRequest{ContentURL: p.app.ContentURL, Assertion: p.app.assertion(rand.Text(), scopes)})
		if err != nil {
			return fmt.Errorf("signing in: %w", err)
		}
		tokens[i] = s.Token
		return nil
	})
	return tokens, err
}

// revokeOthers writes marks that come after all tokens and match none of them: sessions signed out, users switched off.
func (p *product) revokeOthers(ctx context.Context, sessions, users int) error {
	until := p.clock.Now().Add(token.MaxLife)
	return p.store.Do(ctx, audit.Act{Actor: audit.System, Action: "bench.revoke"}, func(tx store.Tx) error {
		for range sessions {
			tx.Mark(mark.Subject{Session: entropy.ID[id.Session]()}, nil, until)
		}
		for range users {
			tx.Mark(mark.Subject{Tenant: p.tenant.ID, User: entropy.ID[id.User]()}, nil, until)
		}
		return nil
	})
}
