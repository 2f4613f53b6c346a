package directory

import (
	"context"
	"strings"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mail"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// setUpSetting holds the id of the tenant that the set-up link made. It is written once, so that two links that were printed
// cannot make two first administrators.
const setUpSetting = "set_up"

// SetUpLink makes the link that creates the first tenant and its administrator; empty where there is a tenant already.
func (d *Directory) SetUpLink(ctx context.Context) (string, error) {
	needed, err := d.NeedsSetUp(ctx)
	if err != nil || !needed {
		return "", err
	}
	tok, l := d.newLink(store.SetUpLink, setUpLife)
	var done bool
	err = d.store.Do(ctx, audit.Act{Actor: audit.System, Action: "link.set_up", Target: "link set_up"}, func(tx store.Tx) (err error) {
		if done, err = isSetUp(tx); done || err != nil {
			return err
		}
		return addLink(tx, l, tok)
	})
	if err != nil || done {
		return "", err
	}
	return d.address(SetUpPath, tok), nil
}

// NeedsSetUp says whether the server has no tenant yet.
func (d *Directory) NeedsSetUp(ctx context.Context) (bool, error) {
	return read(ctx, d, func(r store.Reader) (bool, error) {
		done, err := isSetUp(r)
		return !done && err == nil, err
	})
}

func isSetUp(r store.Reader) (bool, error) {
	tenants, err := r.ListTenants(store.Page{Limit: 1})
	if err != nil || len(tenants) > 0 {
		return true, err
	}
	_, err = r.Setting(setUpSetting)
	if missing(err) {
		return false, nil
	}
	return true, err
}

// FirstTenant is what somebody fills in who sets the server up.
type FirstTenant struct {
	Name, ContentURL, Plan    string
	Login, FullName, Password string
}

// SetUp makes the first tenant, and a person who is its super administrator, all or nothing. Whoever holds the link does it.
func (d *Directory) SetUp(ctx context.Context, token string, f FirstTenant) (store.Tenant, store.User, error) {
	t := store.Tenant{ID: entropy.ID[id.Tenant](), Name: f.Name, ContentURL: f.ContentURL, Plan: f.Plan, Created: d.now()}
	name := strings.TrimSpace(f.Login)
	p := store.Person{ID: entropy.ID[id.Person](), Login: NormalLogin(f.Login), Created: t.Created}
	u := store.User{Tenant: t.ID, ID: entropy.ID[id.User](), Person: p.ID, Name: name, FullName: f.FullName, Email: mail.Address(name),
		Roles: []string{SuperAdmin}, Created: t.Created}
	if err := d.CheckLink(ctx, store.SetUpLink, token); err != nil {
		return t, u, err
	}
	if err := d.checkTenant(t); err != nil {
		return t, u, err
	}
	if err := refusal.CheckName("login", p.Login); err != nil {
		return t, u, err
	}
	var err error
	if p.PasswordHash, err = d.newPassword(ctx, p.Login, f.Password); err != nil {
		return t, u, err
	}
	act := personAct(p, "tenant.set_up")
	act.Tenant, act.Target = t.ID, "tenant "+t.ID.String()
	err = d.store.Do(ctx, act, func(tx store.Tx) error {
		if _, err := d.useLink(tx, store.SetUpLink, token); err != nil {
			return err
		}
		done, err := isSetUp(tx)
		if err != nil {
			return err
		}
		if done {
			return refusal.New(refusal.Finding{Code: refusal.SetUpDone})
		}
		if stands, err := tx.AddSetting(setUpSetting, []byte(t.ID.String())); err != nil || string(stands) != t.ID.String() {
			return orElse(err, refusal.New(refusal.Finding{Code: refusal.SetUpDone}))
		}
		if err := d.checkUser(tx, &u); err != nil {
			return err
		}
		if err := tx.AddTenant(t); err != nil {
			return store.Refuse(err, "tenant", t.ContentURL)
		}
		if err := tx.AddPerson(p); err != nil {
			return store.Refuse(err, "person", p.Login)
		}
		if err := tx.EndLinks(id.Tenant{}, id.User{}, id.Person{}, d.now()); err != nil {
			return err
		}
		return tx.AddUser(u)
	})
	return t, u, store.Refuse(err, "user", u.Name)
}

// orElse is the first of two errors that is one.
func orElse(err, other error) error {
	if err != nil {
		return err
	}
	return other
}
