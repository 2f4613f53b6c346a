// Package directory keeps tenants, users, groups and roles.
//
// Every change is one transaction with its audit entry; what takes something away from somebody also writes the mark
// that ends what they hold. A tenant never loses its last administrator.
package directory

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"prokura/internal/clock"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// The roles every tenant has, and the one platform role.
const (
	SuperAdmin = "super_admin"
	SiteAdmin  = "site_admin"
	Member     = "user"
	Operator   = "operator" // platform role: acts across tenants
)

// Roles are the role ids a user may hold, in order.
func Roles() []string { return []string{SiteAdmin, SuperAdmin, Member} }

// PlatformRoles are the platform role ids, in order.
func PlatformRoles() []string { return []string{Operator} }

// Administers says whether one of the roles makes an administrator of the tenant.
func Administers(roles []string) bool {
	return slices.Contains(roles, SuperAdmin) || slices.Contains(roles, SiteAdmin)
}

// Config is what a directory needs.
type Config struct {
	Store store.Store
	Clock clock.Clock
	Plans []string // names of plans in the catalogs in force
}

// Directory is the service.
type Directory struct {
	store  store.Store
	clock  clock.Clock
	plans  []string
	hasher *Hasher
}

// New makes the service.
func New(c Config) *Directory {
	return &Directory{store: c.Store, clock: c.Clock, plans: c.Plans, hasher: NewHasher(2)}
}

func (d *Directory) now() time.Time { return d.clock.Now().UTC().Truncate(time.Second) }

// until is how long a mark can match a token: as long as any lives. What clocks may differ by, the store adds.
func (d *Directory) until() time.Time { return d.now().Add(token.MaxLife) }

// read runs one read on one state.
func read[T any](ctx context.Context, d *Directory, fn func(store.Reader) (T, error)) (T, error) {
	var out T
	err := d.store.View(ctx, func(r store.Reader) error {
		var err error
		out, err = fn(r)
		return err
	})
	return out, err
}

// refuse names a missing record by its id, and one whose name is taken by that name.
func refuse(err error, kind, id, name string) error {
	if errors.Is(err, store.ErrTaken) {
		return store.Refuse(err, kind, name)
	}
	return store.Refuse(err, kind, id)
}

// checkOptional accepts what [refusal.CheckName] accepts, and the empty text.
func checkOptional(field, s string) error {
	if s == "" {
		return nil
	}
	return refusal.CheckName(field, s)
}

// checkRoles accepts known role ids and answers them sorted, without duplicates.
func checkRoles(roles, known []string) ([]string, error) {
	out := slices.Clone(roles)
	slices.Sort(out)
	out = slices.Compact(out)
	for _, r := range out {
		if !slices.Contains(known, r) {
			return nil, refusal.New(refusal.Finding{Code: refusal.RoleUnknown, Got: r, Want: strings.Join(known, ", ")})
		}
	}
	return out, nil
}
