package testworld

import (
	"context"
	"time"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// As is a user who decides.
func As(u store.User) govern.By {
	return govern.By{Actor: audit.Actor{Kind: "user", ID: u.ID.String(), Name: u.Name}, User: u.ID}
}

// Operator decides for anybody.
func Operator() govern.By { return govern.By{Actor: audit.Operator} }

// Everybody are admitted.
func Everybody() policy.Admission { return policy.Admission{All: true} }

// Decided is what acme decided on the app.
func (s *Shop) Decided() govern.Seen {
	s.T.Helper()
	seen, err := s.Authorization(context.Background(), s.Acme.ID, s.App.ID)
	s.OK(err)
	return seen
}

// Authorizes has the operator decide on the app for acme, on what was seen last: for everybody, unless the terms say for whom.
func (s *Shop) Authorizes(t govern.Terms) store.Authorization {
	s.T.Helper()
	t.Version = s.Decided().Version
	if !t.Admission.All && len(t.Admission.Roles)+len(t.Admission.Users) == 0 {
		t.Admission = Everybody()
	}
	a, err := s.Authorize(context.Background(), Operator(), s.Acme.ID, s.App.ID, t)
	s.OK(err)
	return a
}

// Wishes is what the app's install URL is answered for a user.
func (s *Shop) Wishes(u store.User, required []string, optional ...string) policy.Installation {
	s.T.Helper()
	j, err := s.Install(context.Background(), access.InstallRequest{Client: s.App.ID.String(), RedirectURI: Callback, RedirectSent: true,
		Scope: Scopes(required...), Optional: Scopes(optional...), Tenant: u.Tenant, User: u.ID})
	s.OK(err)
	return j.Verdict
}

// May is what becomes of the wish of acme's ada to install the app.
func (s *Shop) May() policy.Installation {
	s.T.Helper()
	return s.Wishes(s.Acme.Ada, []string{Contacts})
}

// Page is the wish of acme's ada to install the app, as a page shows it to her.
func (s *Shop) Page(optional ...string) access.Decision {
	s.T.Helper()
	d := access.Decision{InstallRequest: access.InstallRequest{Client: s.App.ID.String(), RedirectURI: Callback, RedirectSent: true, Scope: Scopes(Contacts),
		Optional: Scopes(optional...), Tenant: s.Acme.ID, User: s.Acme.Ada.ID}, By: As(s.Acme.Ada).Actor,
		Request: [16]byte(entropy.Bytes(16)), Until: s.Clock.Now().Add(time.Hour)}
	j, err := s.Install(context.Background(), d.InstallRequest)
	s.OK(err)
	if j.Refusal() != nil {
		s.T.Fatal(j.Refusal())
	}
	d.Shown, d.ShownTo, d.Version, d.Authorization, d.Epoch = j.Verdict.Granted, j.User.ID, j.Client.Version, j.Authorization.ID, j.State.Epoch
	d.Kept = Scopes(optional...).Intersect(d.Shown)
	return d
}

// Acts are those of a tenant's audit book that are called so, the newest first; "": all.
func (w *World) Acts(in id.Tenant, action string) (out []audit.Act) {
	w.T.Helper()
	w.View(func(r store.Reader) error {
		list, err := r.ListAudit(in, id.Entry{}, 1000)
		for _, e := range list {
			if action == "" || e.Act.Action == action {
				out = append(out, e.Act)
			}
		}
		return err
	})
	return out
}
