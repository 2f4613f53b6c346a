package directory

import (
	"context"
	"slices"
	"time"

	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Visitor is who a cookie stands for, read anew at every request: what was taken from somebody is gone with the next one
// (A157).
type Visitor struct {
	Login   store.Login
	Person  store.Person
	Tenants []store.Tenant // in which the person has an enabled user, by content URL
	// Tenant is the one that was chosen, User the person's user there and Rights what that user may do. All are zero until a
	// tenant was chosen, and again once the user there is disabled.
	Tenant store.Tenant
	User   store.User
	Rights Rights
}

// HasTenant says whether the visitor acts in a tenant.
func (v *Visitor) HasTenant() bool { return !v.Tenant.ID.IsZero() }

// touchEvery is how exactly it is noted when a login was last used.
const touchEvery = time.Minute

// Visitor finds who a cookie stands for. One that is unknown, or too old, or was not used for too long stands for nobody
// (A175).
func (d *Directory) Visitor(ctx context.Context, cookie string) (Visitor, error) {
	tok, err := id.ParseOpaque(id.LoginCookie, cookie)
	if err != nil {
		return Visitor{}, notLoggedIn()
	}
	now := d.now()
	v, err := read(ctx, d, func(r store.Reader) (Visitor, error) { return d.visitor(r, row(r, tok), now) })
	if missing(err) {
		return Visitor{}, notLoggedIn()
	}
	if err != nil {
		return Visitor{}, err
	}
	if now.Sub(v.Login.Seen) >= touchEvery {
		d.behind("noting a visit", func(ctx context.Context) { d.touch(ctx, v.Login.Hash, now) })
	}
	return v, nil
}

func notLoggedIn() error { return refusal.New(refusal.Finding{Code: refusal.NotLoggedIn}) }

func (d *Directory) visitor(r store.Reader, hash [32]byte, now time.Time) (Visitor, error) {
	var v Visitor
	var err error
	if v.Login, err = r.Login(hash); err != nil {
		return Visitor{}, err
	}
	if !now.Before(v.Login.Expires) || now.Sub(v.Login.Created) >= d.loginLife || now.Sub(v.Login.Seen) >= d.loginIdle {
		return Visitor{}, notLoggedIn()
	}
	if v.Person, err = r.Person(v.Login.Person); err != nil {
		return Visitor{}, err
	}
	if v.Tenants, err = r.TenantsOfPerson(v.Person.ID); err != nil {
		return Visitor{}, err
	}
	i := slices.IndexFunc(v.Tenants, func(t store.Tenant) bool { return t.ID == v.Login.Tenant })
	if i < 0 {
		return v, nil
	}
	if v.User, err = r.UserOfPerson(v.Login.Tenant, v.Person.ID); err != nil {
		return Visitor{}, err
	}
	if v.Rights, err = d.rules.Rights(r, v.User); err != nil {
		return Visitor{}, err
	}
	v.Tenant = v.Tenants[i]
	return v, nil
}

// ChooseTenant makes the visitor act in one of the person's tenants. What the login may do changes with it, and so does its
// cookie (A174).
func (d *Directory) ChooseTenant(ctx context.Context, cookie string, in id.Tenant) (id.Opaque, Visitor, error) {
	v, err := d.Visitor(ctx, cookie)
	if err != nil {
		return id.Opaque{}, Visitor{}, err
	}
	if !slices.ContainsFunc(v.Tenants, func(t store.Tenant) bool { return t.ID == in }) {
		return id.Opaque{}, Visitor{}, refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "tenant", Got: in.String()})
	}
	fresh := entropy.Token(id.LoginCookie)
	old := v.Login
	act := personAct(v.Person, "login.choose_tenant")
	act.Tenant = in
	err = d.store.Do(ctx, act, func(tx store.Tx) error {
		// Deleting answers whether it still stood: of two tabs that choose at once, one goes on.
		if err := tx.DeleteLogin(old.Hash); err != nil {
			return err
		}
		next := old
		next.Hash, next.Tenant, next.Seen = row(tx, fresh), in, d.now()
		if err := tx.AddLogin(next); err != nil {
			return err
		}
		v, err = d.visitor(tx, next.Hash, d.now())
		if err == nil && !v.HasTenant() {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "tenant", Got: in.String()})
		}
		return err
	})
	if missing(err) {
		return id.Opaque{}, Visitor{}, notLoggedIn()
	}
	if err != nil {
		return id.Opaque{}, Visitor{}, err
	}
	return fresh, v, nil
}

// touch notes that a login was used.
func (d *Directory) touch(ctx context.Context, hash [32]byte, at time.Time) {
	err := d.store.Tend(ctx, func(u store.Upkeep) error { return u.TouchLogin(hash, at) })
	if err != nil && !missing(err) && ctx.Err() == nil {
		d.log.Warn("noting that a login was used", "err", err)
	}
}
