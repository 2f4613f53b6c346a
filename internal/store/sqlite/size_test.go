package sqlite

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// BenchmarkGrantSize says what a live grant costs on disk, row by row and with its indexes: 10 000 users in 100 tenants, each
// of whom installed one of 10 apps with five scopes; then what a refresh token leaves that was used, and what an install
// URL does that was seen.
func BenchmarkGrantSize(b *testing.B) {
	for b.Loop() {
		path := filepath.Join(b.TempDir(), "store.db")
		s, err := Open(context.Background(), Options{Path: path})
		if err != nil {
			b.Fatal(err)
		}
		tokens, clients, users := fillGrants(b, s)
		sizes := tableSizes(b, path)
		for _, table := range []string{"authorizations", "consents", "grants", "refresh_tokens"} {
			b.ReportMetric(sizes[table].bytes/sizes[table].rows, table+"-B/row")
		}
		b.ReportMetric(float64(len(tokens))/sizes["authorizations"].rows, "grants/authorization")
		b.ReportMetric((sizes["authorizations"].bytes+sizes["consents"].bytes+sizes["grants"].bytes+sizes["refresh_tokens"].bytes)/
			float64(users), "B/grant")
		rotate(b, s, tokens)
		after := tableSizes(b, path)["refresh_tokens"]
		b.ReportMetric((after.bytes-sizes["refresh_tokens"].bytes)/(after.rows-sizes["refresh_tokens"].rows), "B/used-token")
		seeURLs(b, s, clients)
		urls := tableSizes(b, path)["install_urls"]
		b.ReportMetric(urls.bytes/urls.rows, "B/install-url")
		b.ReportMetric(0, "ns/op")
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func fillGrants(b *testing.B, s *Store) (tokens []store.RefreshToken, clients []id.Client, users int) {
	b.Helper()
	set := scope.NewSet(scope.MustParse("crm.objects.contacts.read"), scope.MustParse("crm.objects.contacts.write"),
		scope.MustParse("crm.objects.deals.read"), scope.MustParse("crm.schemas.contacts.read"), scope.MustParse("oauth"))
	now := time.Now()
	do := func(fn func(tx store.Tx) error) {
		b.Helper()
		if err := s.Do(context.Background(), audit.Act{Actor: audit.Operator, Action: "fill", Target: "x"}, fn); err != nil {
			b.Fatal(err)
		}
	}
	for range 10 {
		c := store.Client{ID: entropy.ID[id.Client](), Version: 1, Created: now}
		clients = append(clients, c.ID)
		do(func(tx store.Tx) error { return tx.AddClient(c, store.ClientVersion{Number: 1, At: now}) })
	}
	for range 100 {
		in := entropy.ID[id.Tenant]()
		do(func(tx store.Tx) error {
			if err := tx.AddTenant(store.Tenant{ID: in, ContentURL: in.String(), Created: now}); err != nil {
				return err
			}
			for i := range 100 {
				client := clients[i%len(clients)]
				a, err := tx.AuthorizationOf(in, client)
				if errors.Is(err, store.ErrNotFound) {
					a = store.Authorization{Tenant: in, ID: entropy.ID[id.Authorization](), Client: client, Approved: set,
						Installed: now, Created: now}
					err = tx.AddAuthorization(a)
				}
				u := entropy.ID[id.User]()
				g := store.Grant{Tenant: in, ID: entropy.ID[id.Grant](), Client: client, Version: 1, Authorization: a.ID, User: u,
					Required: set, Scopes: set, Created: now, Installed: now, LastUsed: now}
				token := store.RefreshToken{Tenant: in, Hash: [32]byte(entropy.Bytes(32)), Grant: g.ID, Created: now}
				tokens = append(tokens, token)
				users++
				if err := errors.Join(err, tx.AddUser(store.User{Tenant: in, ID: u, Name: u.String()}),
					tx.PutConsent(store.Consent{Tenant: in, User: u, Client: client, Scopes: set, Updated: now}),
					tx.AddGrant(g), tx.AddRefreshToken(token)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return tokens, clients, users
}

// rotate uses each token five times, each time with a grace that its successor closes.
func rotate(b *testing.B, s *Store, tokens []store.RefreshToken) {
	b.Helper()
	now := time.Now()
	for range 5 {
		err := s.Do(context.Background(), audit.Act{Actor: audit.Operator, Action: "rotate", Target: "x"}, func(tx store.Tx) error {
			for i, old := range tokens {
				next := old
				next.Hash, old.Sealed = [32]byte(entropy.Bytes(32)), entropy.Bytes(110)
				if err := errors.Join(tx.RotateRefreshToken(old, next, now, mark.Number{}), tx.CloseGrace(old.Tenant, old.Hash)); err != nil {
					return err
				}
				tokens[i] = next
			}
			return nil
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func seeURLs(b *testing.B, s *Store, clients []id.Client) {
	b.Helper()
	now := time.Now()
	err := s.Tend(context.Background(), func(u store.Upkeep) error {
		for _, c := range clients {
			for range store.MaxInstallURLs {
				if err := u.CountInstallURL(store.InstallURL{Client: c, Sum: [32]byte(entropy.Bytes(32)), First: now, Last: now,
					RedirectURI: "https://app.example.com/oauth/callback",
					Scope:       "oauth crm.objects.contacts.read crm.objects.contacts.write", Optional: "crm.objects.deals.read"}); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

type tableSize struct{ bytes, rows float64 }

// tableSizes are the bytes of tables with their indexes, and their rows.
func tableSizes(b *testing.B, path string) map[string]tableSize {
	b.Helper()
	db, err := connect(path, true)
	if err != nil {
		b.Fatal(err)
	}
	defer db.Close()
	out := map[string]tableSize{}
	for _, table := range []string{"authorizations", "consents", "grants", "refresh_tokens", "install_urls"} {
		var size tableSize
		err := db.QueryRow(`SELECT sum(s.pgsize), (SELECT count(*) FROM `+table+`) FROM dbstat AS s
			JOIN sqlite_master AS m ON m.name = s.name WHERE m.tbl_name = $1`, table).Scan(&size.bytes, &size.rows)
		if err != nil {
			b.Fatal(err)
		}
		out[table] = size
	}
	return out
}
