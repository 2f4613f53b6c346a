package oauth

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"prokura/internal/audit"
	"prokura/internal/govern"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// askView is what a user can do who needs an administrator's decision on an app: whom to ask, and what became of it.
type askView struct {
	Deciders []decider
	Request  *requestView // nil: none yet
	Closed   bool         // nothing can be asked for
	Reason   string
	Pending  string
	Decide   string // where the reader decides on the app; empty: they may not
}

// decider is somebody who can approve the app.
type decider struct{ Name, Mail string }

// requestView is what became of a request.
type requestView struct {
	State                 string
	Created, Until        time.Time
	Reason, Justification string
}

// Waiting says whether nobody decided yet.
func (r *requestView) Waiting() bool { return r.State == string(store.RequestWaiting) }

// askable says whether the installation is refused to somebody whom an administrator's decision on the app would help all the same:
// users may install it, but this one lacks the permission to install, which nobody needs for what an administrator approved.
func (s *step) askable() bool {
	v := &s.j.Verdict
	return s.a != nil && !s.j.User.ID.IsZero() && v.Refused() && v.Askable()
}

// asksBeside says whether a refusal is the verdict on an installation that can be asked for.
func (s *step) asksBeside(err error) bool {
	return s.askable() && s.loggedIn() && s.mine() && refusal.Of(err).First().Code == s.j.Verdict.Findings[0].Code
}

// asking is whom the user can ask, and what became of the newest request. It binds the request to them.
func (s *step) asking() (*askView, error) {
	s.begun()
	v := &askView{Reason: s.r.PostForm.Get("reason")}
	var err error
	if v.Pending, err = s.seal(); err != nil {
		return nil, err
	}
	if s.j.MayDecide() {
		v.Decide = "/console/authorizations/" + s.j.Client.ID.String() + "/decide"
		return v, nil
	}
	if err := s.whoDecides(v); err != nil {
		return nil, err
	}
	return v, s.asked(v)
}

// whoDecides names who can approve the app, with their addresses where the account shows them.
func (s *step) whoDecides(v *askView) error {
	g, err := s.p.Govern.Governance(s.r.Context(), s.tenant.ID)
	if err != nil {
		return err
	}
	users, err := s.p.Govern.Deciders(s.r.Context(), s.tenant.ID)
	if err != nil {
		return err
	}
	for _, u := range users[:min(len(users), 20)] {
		d := decider{Name: cmp.Or(u.FullName, u.Name)}
		if g.Settings.ShowMail {
			d.Mail = u.Email
		}
		v.Deciders = append(v.Deciders, d)
	}
	return nil
}

// asked is the user's newest request for the app.
func (s *step) asked(v *askView) error {
	q, err := s.p.Govern.RequestOfUser(s.r.Context(), s.tenant.ID, s.j.Client.ID, s.j.User.ID)
	if err != nil {
		return err
	}
	switch q.State {
	case store.RequestWaiting, store.RequestDenied, store.RequestBlocked:
		v.Request = &requestView{State: string(q.State), Created: q.Created, Until: q.Expires, Reason: q.Reason, Justification: q.Justification}
		v.Closed = q.State == store.RequestBlocked
	}
	return nil
}

// ask sends the user's request to the administrators, or takes it back.
func (p *Pages) ask(w http.ResponseWriter, r *http.Request) {
	s := &step{p: p, w: w, r: r}
	if !s.reopened() {
		return
	}
	if s.j.MayDecide() || page.Switched(r) {
		s.asksOn(nil)
		return
	}
	by := govern.By{Actor: audit.Actor{Kind: "user", ID: s.j.User.ID.String(), Name: s.j.User.Name}, User: s.j.User.ID}
	var err error
	switch r.PostForm.Get("act") {
	case "take_back":
		var q store.AuthorizationRequest
		if q, err = p.Govern.RequestOfUser(r.Context(), s.tenant.ID, s.j.Client.ID, s.j.User.ID); err == nil {
			err = p.Govern.TakeBack(r.Context(), by, s.tenant.ID, q.ID)
		}
	case "ask":
		_, err = p.Govern.Ask(r.Context(), by, s.tenant.ID, s.j.Client.ID, govern.Wish{Reason: strings.TrimSpace(r.PostForm.Get("reason")),
			Scope: s.a.InstallRequest.Scope, Optional: s.a.InstallRequest.Optional})
	}
	var errs []page.FieldError
	if f := refusal.Of(err).First(); err != nil && f.Field == "reason" {
		lang := p.Page.Lang(w, r)
		errs, err = []page.FieldError{{Field: "reason", Label: page.T(lang, "unapproved.reason"), Message: f.Message().In(lang)}}, nil
	}
	if err != nil {
		s.fail(err)
		return
	}
	s.asksOn(errs)
}

// asksOn shows again the page on which something was asked.
func (s *step) asksOn(errs []page.FieldError) {
	switch {
	case !s.ungoverned():
		s.refuse(s.j.Refusal(), errs)
	case s.j.MayDecide():
		s.govern()
	default:
		s.unapproved(errs)
	}
}
