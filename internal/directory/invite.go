package directory

import (
	"context"
	"slices"
	"time"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mail"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Delivery is what became of a link that an administrator asked for.
type Delivery struct {
	Link    string // to hand over; empty: it went by mail, and nobody else sees it
	Mailed  string // the address it went to
	Expires time.Time
}

// Invitation is what stands in an invitation.
type Invitation struct {
	Tenant store.Tenant
	User   store.User
}

// Invite makes the link by which somebody becomes a user who is there already. It gives away that user and nothing else:
// whoever has a login accepts by signing in with it, so that the link, which the administrator may see, never leads into
// anybody's login.
func (d *Directory) Invite(ctx context.Context, by audit.Actor, in id.Tenant, user id.User, lang string) (Delivery, error) {
	tok, l := d.newLink(store.InviteLink, inviteLife)
	l.Tenant, l.User = in, user
	var inv Invitation
	err := d.store.Do(ctx, userAct(by, "user.invite", in, user), func(tx store.Tx) error {
		var err error
		if inv, err = invitation(tx, l); err != nil {
			return err
		}
		switch {
		case inv.User.Disabled:
			return refusal.New(refusal.Finding{Code: refusal.UserDisabled, Got: inv.User.Name})
		case !inv.User.Person.IsZero():
			return refusal.New(refusal.Finding{Code: refusal.UserHasLogin, Got: inv.User.Name})
		}
		if err := d.notAbove(tx, by, inv.User); err != nil {
			return err
		}
		tx.Detail("name", inv.User.Name)
		if err := tx.EndLinks(in, user, id.Person{}, d.now()); err != nil {
			return err
		}
		return addLink(tx, l, tok)
	})
	if err != nil {
		return Delivery{}, store.Refuse(err, "user", user.String())
	}
	out := Delivery{Link: d.address(InvitePath, tok), Expires: l.Expires}
	to := mail.Address(inv.User.Email)
	if d.mail == nil || to == "" {
		return out, nil
	}
	return d.deliver(ctx, out, mail.Letter{To: to, Lang: lang, Kind: mail.Invitation, Tenant: inv.Tenant.Name, Name: inv.User.FullName})
}

// deliver sends a link and takes it out of the answer.
func (d *Directory) deliver(ctx context.Context, out Delivery, l mail.Letter) (Delivery, error) {
	l.Link, l.Expires = out.Link, out.Expires
	if err := d.mail.Send(ctx, l); err != nil {
		return Delivery{}, &refusal.Error{Findings: []refusal.Finding{{Code: refusal.MailNotSent, Got: l.To}}, Err: err}
	}
	return Delivery{Mailed: l.To, Expires: out.Expires}, nil
}

func invitation(r store.Reader, l store.Link) (Invitation, error) {
	t, err := r.Tenant(l.Tenant)
	if err != nil {
		return Invitation{}, err
	}
	u, err := r.User(l.Tenant, l.User)
	return Invitation{t, u}, err
}

// Invitation says who is invited where, to whoever holds the link.
func (d *Directory) Invitation(ctx context.Context, token string) (Invitation, error) {
	return read(ctx, d, func(r store.Reader) (Invitation, error) {
		l, err := d.link(r, store.InviteLink, token)
		if err != nil {
			return Invitation{}, err
		}
		return openInvitation(r, l)
	})
}

// openInvitation is one that can still be accepted.
func openInvitation(r store.Reader, l store.Link) (Invitation, error) {
	inv, err := invitation(r, l)
	if missing(err) || err == nil && (inv.User.Disabled || !inv.User.Person.IsZero()) {
		return Invitation{}, refusal.New(refusal.Finding{Code: refusal.LinkUnknown})
	}
	return inv, err
}

// AcceptInvite makes somebody who is signed in the invited user.
func (d *Directory) AcceptInvite(ctx context.Context, token string, person id.Person) (Invitation, error) {
	return d.accept(ctx, token, func(tx store.Tx) (store.Person, error) { return tx.Person(person) })
}

// AcceptInviteAsNew makes the invited user of somebody who has no login yet, with the login and password they choose.
func (d *Directory) AcceptInviteAsNew(ctx context.Context, token, login, password string) (Invitation, error) {
	if err := d.CheckLink(ctx, store.InviteLink, token); err != nil {
		return Invitation{}, err
	}
	p := store.Person{ID: entropy.ID[id.Person](), Login: NormalLogin(login), Created: d.now()}
	if err := refusal.CheckName("login", p.Login); err != nil {
		return Invitation{}, err
	}
	var err error
	if p.PasswordHash, err = d.newPassword(ctx, p.Login, password); err != nil {
		return Invitation{}, err
	}
	return d.accept(ctx, token, func(tx store.Tx) (store.Person, error) {
		return p, store.Refuse(tx.AddPerson(p), "person", p.Login)
	})
}

func (d *Directory) accept(ctx context.Context, token string, who func(store.Tx) (store.Person, error)) (Invitation, error) {
	l, err := read(ctx, d, func(r store.Reader) (store.Link, error) { return d.link(r, store.InviteLink, token) })
	if err != nil {
		return Invitation{}, err
	}
	var inv Invitation
	act := userAct(audit.Actor{Kind: "person"}, "user.accept", l.Tenant, l.User)
	err = d.store.Do(ctx, act, func(tx store.Tx) error {
		l, err := d.useLink(tx, store.InviteLink, token)
		if err != nil {
			return err
		}
		if inv, err = openInvitation(tx, l); err != nil {
			return err
		}
		p, err := who(tx)
		if err != nil {
			return err
		}
		there, err := tx.TenantsOfPerson(p.ID)
		if err != nil {
			return err
		}
		if slices.ContainsFunc(there, func(t store.Tenant) bool { return t.ID == l.Tenant }) {
			u, err := tx.UserOfPerson(l.Tenant, p.ID)
			if err != nil {
				return err
			}
			return refusal.New(refusal.Finding{Code: refusal.PersonHasUser, Got: u.Name})
		}
		tx.Detail("person", p.ID.String())
		tx.Detail("login", p.Login)
		inv.User.Person = p.ID
		if err := tx.UpdateUser(inv.User); err != nil {
			return err
		}
		// Links to a new password that an administrator of one tenant was shown would now lead into another one too.
		return tx.EndLinks(l.Tenant, l.User, p.ID, d.now())
	})
	return inv, store.Refuse(err, "person", "")
}
