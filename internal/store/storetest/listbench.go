package storetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// BenchmarkListAuthorizations lists a tenant's decisions, of 100 apps and of 10 000: the first page of all, and of those that
// a filter leaves, which are one in a hundred. A filtered list of 10 000 takes less than five times what one of 100 does.
// Settle is called when the rows are there, so that an engine can learn how many they are, as it does by itself in time.
func BenchmarkListAuthorizations(b *testing.B, db Database, settle func() error) {
	s, err := db.Open(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = s.Close() }() // a benchmark's: what it wrote is thrown away
	later := start.Add(time.Hour)
	for _, apps := range []int{100, 10_000} {
		in := manyAuthorizations(b, s, apps)
		if err := settle(); err != nil {
			b.Fatal(err)
		}
		for _, c := range []struct {
			name string
			f    store.AuthorizationFilter
			want int // of 10 000
		}{
			{"all", store.AuthorizationFilter{}, 100},
			{"authorized", store.AuthorizationFilter{States: []policy.State{policy.Authorized}, Now: later}, 100},
			{"revoked", store.AuthorizationFilter{States: []policy.State{policy.Revoked}, Now: later}, 100},
			{"expired or open", store.AuthorizationFilter{States: []policy.State{policy.Lapsed, policy.Open}, Now: later}, 100},
			{"expires soon", store.AuthorizationFilter{Expires: later}, 100},
			{"of a role", store.AuthorizationFilter{Role: "rare"}, 100},
			{"of a frequent name", store.AuthorizationFilter{Name: "sync"}, 100},
			{"of a rare name", store.AuthorizationFilter{Name: "rare Example"}, 100},
			{"of a role and a name", store.AuthorizationFilter{Role: "rare", Name: "sync"}, 100},
			{"of nobody's name", store.AuthorizationFilter{Name: "nowhere"}, 0},
		} {
			b.Run(fmt.Sprintf("%s of %d", c.name, apps), func(b *testing.B) {
				want := c.want
				if c.name != "all" && apps == 100 && want == 100 {
					want = -1
				}
				for b.Loop() {
					list, err := try(s, func(r store.Reader) ([]store.Authorization, error) {
						return r.ListAuthorizations(in, c.f, store.Page{Limit: 100})
					})
					if err != nil || want >= 0 && len(list) != want || want < 0 && len(list) == 0 {
						b.Fatalf("%d are listed (%v), want %d", len(list), err, want)
					}
				}
			})
		}
	}
}

// manyAuthorizations makes a tenant that decided on so many apps: of a hundred, one was revoked, one is open, one expired,
// one is for a rare role, and one has a rare name.
func manyAuthorizations(b *testing.B, s store.Store, apps int) id.Tenant {
	b.Helper()
	in := newTenant(fmt.Sprint("of ", apps))
	add := func(fn func(tx store.Tx) error) {
		b.Helper()
		if err := s.Do(ctx, act("fill"), fn); err != nil {
			b.Fatal(err)
		}
	}
	add(func(tx store.Tx) error { return tx.AddTenant(in) })
	for from := 0; from < apps; from += 100 {
		add(func(tx store.Tx) error {
			var errs []error
			for i := range 100 {
				c, v := newClient(id.Tenant{})
				v.Registration.Name = fmt.Sprintf("Sync %d", from+i)
				if i == 4 {
					v.Registration.Name = "A rare example of sync"
				}
				a := newAuthorization(in.ID, c.ID)
				a.Origin, a.Admission = policy.ByAdministrator, policy.Admission{Roles: []string{"sales"}}
				switch i {
				case 0:
					a.Revoked = true
				case 1:
					a.Origin = policy.ByUser
				case 2:
					a.Expires = start.Add(time.Minute)
				case 3:
					a.Admission.Roles = append(a.Admission.Roles, "rare")
				}
				errs = append(errs, tx.AddClient(c, v), tx.AddAuthorization(a))
			}
			return errors.Join(errs...)
		})
	}
	return in.ID
}
