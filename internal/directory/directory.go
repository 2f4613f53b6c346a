// Package directory keeps persons and how they log in, tenants, users, groups, roles and entitlements.
//
// Every change is one transaction with its audit entry; what takes something away from somebody also writes the mark
// that ends what they hold. A tenant never loses its last administrator.
package directory

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"time"

	"prokura/internal/clock"
	"prokura/internal/refusal"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// The roles every tenant has, and the one platform role.
const (
	SuperAdmin   = "super_admin"   // holds every permission
	SiteAdmin    = "site_admin"    // administers users
	AppInstaller = "app_installer" // installs apps for the tenant
	Developer    = "developer"     // registers the tenant's own apps
	Member       = "user"
	Operator     = "operator" // platform role: acts across tenants
)

// PlatformRoles are the platform role ids, in order.
func PlatformRoles() []string { return []string{Operator} }

// Administers says whether one of the roles makes an administrator of the tenant.
func Administers(roles []string) bool {
	return slices.Contains(roles, SuperAdmin) || slices.Contains(roles, SiteAdmin)
}

// Config is what a directory needs.
type Config struct {
	Store    store.Store
	Clock    clock.Clock
	Catalogs Catalogs
	Sealer   *seal.Sealer // seals what a browser is known by; nil: no browser is
	Mail     Mailer       // nil: no mail is sent, and administrators are shown links
	Issuer   string       // under which people reach the pages, without trailing slash
	Log      *slog.Logger
	// LoginLife is how long a login lasts, LoginIdle how long it lasts without being used. Zero: the defaults.
	LoginLife, LoginIdle time.Duration
}

// Directory is the service.
type Directory struct {
	store    store.Store
	clock    clock.Clock
	rules    *Rules
	sealer   *seal.Sealer
	mail     Mailer
	issuer   string
	log      *slog.Logger
	throttle *throttle
	later    chan func(context.Context)
	notices  *notices

	hasher *Hasher // for whoever asks
	known  *Hasher // for browsers that are known, which no crowd of strangers keeps waiting
	nobody string  // hash of a password that nobody has

	loginLife, loginIdle time.Duration
}

// New makes the service.
func New(c Config) *Directory {
	d := &Directory{store: c.Store, clock: c.Clock, rules: NewRules(c.Catalogs), sealer: c.Sealer, mail: c.Mail, issuer: c.Issuer, log: c.Log,
		throttle: newThrottle(c.Clock), later: make(chan func(context.Context), maxLater), notices: newNotices(), hasher: NewHasher(2), known: NewHasher(1),
		nobody: unmatchable(), loginLife: c.LoginLife, loginIdle: c.LoginIdle}
	if d.log == nil {
		d.log = slog.New(slog.DiscardHandler)
	}
	if d.loginLife == 0 {
		d.loginLife = DefaultLoginLife
	}
	if d.loginIdle == 0 {
		d.loginIdle = DefaultLoginIdle
	}
	return d
}

// Rules are what tenants and users may do, by the catalogs.
func (d *Directory) Rules() *Rules { return d.rules }

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
