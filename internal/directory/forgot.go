package directory

import (
	"context"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mail"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// PasswordLink makes the link by which the person behind a user sets a new password. The administrator who asks is shown it
// only where the person belongs to that tenant alone and no mail can be sent. To somebody who belongs to others too it goes by
// mail only, and only to a login that is an address: the address that stands at a user is whatever an administrator wrote there.
func (d *Directory) PasswordLink(ctx context.Context, by audit.Actor, in id.Tenant, user id.User, lang string) (Delivery, error) {
	tok, l := d.newLink(store.PasswordLink, passwordLife)
	var u store.User
	var to string
	err := d.store.Do(ctx, userAct(by, "user.password_link", in, user), func(tx store.Tx) error {
		var err error
		if u, err = tx.User(in, user); err != nil {
			return err
		}
		if u.Disabled {
			return refusal.New(refusal.Finding{Code: refusal.UserDisabled, Got: u.Name})
		}
		if u.Person.IsZero() {
			return refusal.New(refusal.Finding{Code: refusal.UserHasNoLogin, Got: u.Name})
		}
		if err := d.notAbove(tx, by, u); err != nil {
			return err
		}
		alone, p, err := d.alone(tx, u.Person)
		if err != nil {
			return err
		}
		to = mail.Address(p.Login)
		if alone && to == "" {
			to = mail.Address(u.Email)
		}
		if d.mail == nil {
			to = ""
		}
		if to == "" && !alone {
			return refusal.New(refusal.Finding{Code: refusal.PasswordLinkMailOnly, Got: u.Name})
		}
		l.Person, l.Tenant, l.User = p.ID, id.Tenant{}, id.User{}
		if to == "" || to != p.Login {
			l.Tenant, l.User = in, user // good only as long as the person belongs to this tenant alone
		}
		tx.Detail("name", u.Name)
		if err := tx.EndLinks(id.Tenant{}, id.User{}, p.ID, d.now()); err != nil {
			return err
		}
		return addLink(tx, l, tok)
	})
	if err != nil {
		return Delivery{}, store.Refuse(err, "user", user.String())
	}
	out := Delivery{Link: d.address(PasswordPath, tok), Expires: l.Expires}
	if to == "" {
		return out, nil
	}
	return d.deliver(ctx, out, mail.Letter{To: to, Lang: lang, Kind: mail.Password, Name: u.FullName})
}

// alone says whether a person has users in one tenant at most, disabled ones counted.
func (d *Directory) alone(r store.Reader, person id.Person) (bool, store.Person, error) {
	p, err := r.Person(person)
	if err != nil {
		return false, p, err
	}
	n, err := r.CountUsersOf(person)
	return n <= 1, p, err
}

// ForgotPassword sends a link to whoever has a login, where mail is sent at all and the login is an address, or the person
// belongs to one tenant that knows one. What it does with the login it does later, so that nothing in the answer or its time
// tells whether there is one (A182).
func (d *Directory) ForgotPassword(ctx context.Context, login, remote, lang string) error {
	login = NormalLogin(login)
	net := network(remote)
	if err := d.throttle.take(key{byMail, inNetwork(login, net)}, key{byNetwork, net}); err != nil {
		return err
	}
	if d.mail == nil || login == "" || len(login) > maxLogin {
		return nil
	}
	// Mails to one login are counted from wherever they are asked for: they all end up with one person.
	if d.throttle.take(key{byMail, login}) != nil {
		return nil
	}
	d.behind("sending a link to a new password", func(ctx context.Context) {
		if err := d.mailPassword(ctx, login, lang); err != nil && ctx.Err() == nil {
			d.log.Warn("sending a link to a new password", "err", err)
		}
	})
	return nil
}

// SendsMail says whether mail is configured, so that pages can say what to do else.
func (d *Directory) SendsMail() bool { return d.mail != nil }

func (d *Directory) mailPassword(ctx context.Context, login, lang string) error {
	p, err := d.personFor(ctx, login)
	if err != nil || p.ID.IsZero() {
		return err
	}
	tok, l := d.newLink(store.PasswordLink, passwordLife)
	to := mail.Address(p.Login)
	var name string
	err = d.store.Do(ctx, personAct(p, "password.link"), func(tx store.Tx) error {
		l.Person, l.Tenant, l.User = p.ID, id.Tenant{}, id.User{}
		if to == "" {
			u, err := d.onlyUser(tx, p.ID)
			if err != nil {
				return err
			}
			if mail.Address(u.Email) == "" {
				return refusal.New(refusal.Finding{Code: refusal.UserHasNoLogin, Got: u.Name})
			}
			to, name = u.Email, u.FullName
			l.Tenant, l.User = u.Tenant, u.ID
		}
		return addLink(tx, l, tok)
	})
	if err != nil {
		if missing(err) || refusal.Of(err).First().Code == refusal.UserHasNoLogin {
			return nil // there is no address that would be the person's own
		}
		return err
	}
	_, err = d.deliver(ctx, Delivery{Link: d.address(PasswordPath, tok), Expires: l.Expires}, mail.Letter{To: to, Lang: lang, Kind: mail.Password, Name: name})
	return err
}

// onlyUser is the user of a person who has one alone, and is enabled.
func (d *Directory) onlyUser(r store.Reader, person id.Person) (store.User, error) {
	alone, _, err := d.alone(r, person)
	if err != nil {
		return store.User{}, err
	}
	tenants, err := r.TenantsOfPerson(person)
	if err != nil {
		return store.User{}, err
	}
	if !alone || len(tenants) != 1 {
		return store.User{}, store.ErrNotFound
	}
	return r.UserOfPerson(tenants[0].ID, person)
}

// ResetPassword sets the password of the person that a link was made for. All logins of the person end.
func (d *Directory) ResetPassword(ctx context.Context, token, password string) (store.Person, error) {
	l, err := read(ctx, d, func(r store.Reader) (store.Link, error) { return d.link(r, store.PasswordLink, token) })
	if err != nil {
		return store.Person{}, err
	}
	p, err := read(ctx, d, func(r store.Reader) (store.Person, error) { return r.Person(l.Person) })
	if missing(err) {
		return p, refusal.New(refusal.Finding{Code: refusal.LinkUnknown})
	}
	if err != nil {
		return p, err
	}
	hash, err := d.newPassword(ctx, p.Login, password)
	if err != nil {
		return p, err
	}
	act := personAct(p, "password.reset")
	act.Actor = audit.Actor{Kind: "person", ID: p.ID.String()}
	err = d.store.Do(ctx, act, func(tx store.Tx) error {
		l, err := d.useLink(tx, store.PasswordLink, token)
		if err != nil {
			return err
		}
		alone, now, err := d.alone(tx, l.Person)
		if err != nil {
			return err
		}
		// What an administrator of one tenant may have seen must not lead into another one.
		if !l.Tenant.IsZero() && !alone {
			return refusal.New(refusal.Finding{Code: refusal.LinkUnknown})
		}
		now.PasswordHash = hash
		p = now
		return setPassword(tx, p, d.now())
	})
	return p, err
}
