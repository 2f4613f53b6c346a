package directory

import (
	"context"
	"errors"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// How long a login lasts at most, and without being used, where the configuration does not say.
const (
	DefaultLoginLife = 12 * time.Hour
	DefaultLoginIdle = time.Hour
)

// maxLogins is how many browsers a person is logged in with at once; beyond it the oldest goes.
const maxLogins = 50

// maxLogin bounds what is looked up as a login, in bytes.
const maxLogin = 255

// Attempt is somebody who wants to log in.
type Attempt struct {
	Login    string
	Password string
	Remote   string // address and port, as net/http gives it
	Device   string // what LoggedIn.Device was in this browser before; empty: nothing
	Cookie   string // of the login that this browser has already and that the new one replaces; empty: none
}

// LoggedIn is a login that has just begun. Cookie and Device are for the browser; neither is stored in the clear.
type LoggedIn struct {
	Cookie id.Opaque
	Device string
	Login  store.Login
}

// LogIn begins a login. Whoever names a login that nobody has waits as long, and hears the same, as with a wrong password
// (A182). A person with one tenant acts in it; with several, the tenant is chosen next.
func (d *Directory) LogIn(ctx context.Context, a Attempt) (LoggedIn, error) {
	login := NormalLogin(a.Login)
	p, err := d.personFor(ctx, login)
	if err != nil {
		return LoggedIn{}, err
	}
	hasher, keys := d.hasher, []key{{byLogin, inNetwork(login, network(a.Remote))}, {byNetwork, network(a.Remote)}}
	if device, ok := d.device(p.ID, a.Device); ok {
		hasher, keys = d.known, []key{{byDevice, device}}
	}
	if err := d.throttle.take(keys...); err != nil {
		return LoggedIn{}, err
	}
	hash := p.PasswordHash
	if hash == "" {
		hash = d.nobody
	}
	right, err := hasher.Matches(ctx, hash, a.Password)
	if err != nil {
		return LoggedIn{}, err
	}
	if !right || p.PasswordHash == "" {
		return LoggedIn{}, refusal.New(refusal.Finding{Code: refusal.LoginRefused})
	}
	d.throttle.forget(keys[0])
	for _, k := range keys[1:] {
		d.throttle.giveBack(k)
	}
	return d.begin(ctx, p, a.Cookie)
}

// personFor finds who has a login; nobody is no error.
func (d *Directory) personFor(ctx context.Context, login string) (store.Person, error) {
	if login == "" || len(login) > maxLogin {
		return store.Person{}, nil
	}
	p, err := read(ctx, d, func(r store.Reader) (store.Person, error) { return r.PersonByLogin(login) })
	if missing(err) {
		return store.Person{}, nil
	}
	return p, err
}

// begin writes a new login of a person whose password was right.
func (d *Directory) begin(ctx context.Context, p store.Person, replaced string) (LoggedIn, error) {
	now := d.now()
	out := LoggedIn{Cookie: entropy.Token(id.LoginCookie), Device: d.newDevice(p.ID)}
	out.Login = store.Login{Person: p.ID, Created: now, Seen: now, Expires: now.Add(d.loginLife)}
	act := personAct(p, "login.begin")
	err := d.store.Do(ctx, act, func(tx store.Tx) error {
		present, err := tx.Person(p.ID)
		// A password that was changed while this one was checked has ended what it began.
		if missing(err) || err == nil && present.PasswordHash != p.PasswordHash {
			return refusal.New(refusal.Finding{Code: refusal.LoginRefused})
		}
		if err != nil {
			return err
		}
		tenants, err := tx.TenantsOfPerson(p.ID)
		if err != nil {
			return err
		}
		out.Login.Tenant = id.Tenant{}
		if len(tenants) == 1 {
			out.Login.Tenant = tenants[0].ID
			tx.Detail("tenant", tenants[0].ID.String())
		}
		if err := endLogin(tx, p.ID, replaced); err != nil {
			return err
		}
		logins, err := tx.ListLogins(p.ID)
		if err != nil {
			return err
		}
		for i := maxLogins - 1; i < len(logins); i++ {
			if err := tx.DeleteLogin(logins[i].Hash); err != nil && !missing(err) {
				return err
			}
		}
		out.Login.Hash = row(tx, out.Cookie)
		return tx.AddLogin(out.Login)
	})
	if err != nil {
		return LoggedIn{}, store.Refuse(err, "person", p.Login)
	}
	return out, nil
}

// endLogin deletes the login that a cookie stands for, where it is the person's.
func endLogin(tx store.Tx, person id.Person, cookie string) error {
	tok, err := id.ParseOpaque(id.LoginCookie, cookie)
	if err != nil {
		return nil
	}
	l, err := tx.Login(row(tx, tok))
	if missing(err) || err == nil && l.Person != person {
		return nil
	}
	if err != nil {
		return err
	}
	return tx.DeleteLogin(l.Hash)
}

// LogOut ends the login of this browser. One that has ended already is no error (A176).
func (d *Directory) LogOut(ctx context.Context, cookie string) error {
	tok, err := id.ParseOpaque(id.LoginCookie, cookie)
	if err != nil {
		return nil
	}
	p, err := read(ctx, d, func(r store.Reader) (store.Person, error) {
		l, err := r.Login(row(r, tok))
		if err != nil {
			return store.Person{}, err
		}
		return r.Person(l.Person)
	})
	if missing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	err = d.store.Do(ctx, personAct(p, "login.end"), func(tx store.Tx) error { return tx.DeleteLogin(row(tx, tok)) })
	if missing(err) {
		return nil
	}
	return err
}

// LogOutEverywhere ends all logins of a person, and says how many there were.
func (d *Directory) LogOutEverywhere(ctx context.Context, p store.Person) (int, error) {
	var n int
	err := d.store.Do(ctx, personAct(p, "login.end_all"), func(tx store.Tx) (err error) {
		n, err = tx.DeleteLogins(p.ID)
		return err
	})
	return n, err
}

// ChangePassword sets another password for somebody who knows the present one. All other logins end, and this one goes on
// under another cookie.
func (d *Directory) ChangePassword(ctx context.Context, v Visitor, remote, old, password string) (LoggedIn, error) {
	k := key{byLogin, inNetwork(v.Person.Login, network(remote))}
	if err := d.throttle.take(k); err != nil {
		return LoggedIn{}, err
	}
	right, err := d.known.Matches(ctx, v.Person.PasswordHash, old)
	if err != nil {
		return LoggedIn{}, err
	}
	if !right {
		return LoggedIn{}, refusal.New(refusal.Finding{Code: refusal.LoginRefused})
	}
	d.throttle.forget(k)
	hash, err := d.newPassword(ctx, v.Person.Login, password)
	if err != nil {
		return LoggedIn{}, err
	}
	out := LoggedIn{Cookie: entropy.Token(id.LoginCookie), Device: d.newDevice(v.Person.ID), Login: v.Login}
	out.Login.Seen = d.now()
	err = d.store.Do(ctx, personAct(v.Person, "password.change"), func(tx store.Tx) error {
		p, err := tx.Person(v.Person.ID)
		if err == nil && p.PasswordHash != v.Person.PasswordHash {
			return refusal.New(refusal.Finding{Code: refusal.LoginRefused})
		}
		if err != nil {
			return err
		}
		p.PasswordHash = hash
		if err := setPassword(tx, p, d.now()); err != nil {
			return err
		}
		out.Login.Hash = row(tx, out.Cookie)
		return tx.AddLogin(out.Login)
	})
	return out, err
}

// setPassword writes a new password, and ends all that the old one began or could begin.
func setPassword(tx store.Tx, p store.Person, at time.Time) error {
	_, err := tx.DeleteLogins(p.ID)
	return errors.Join(err, tx.EndLinks(id.Tenant{}, id.User{}, p.ID, at), tx.UpdatePerson(p))
}

// personAct is an act of a person, which belongs into the vendor's own book: a person has users in several tenants.
func personAct(p store.Person, action string) audit.Act {
	return audit.Act{Actor: audit.Actor{Kind: "person", ID: p.ID.String(), Name: p.Login}, Action: action, Target: "person " + p.ID.String()}
}
