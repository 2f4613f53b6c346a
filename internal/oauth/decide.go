package oauth

import (
	"errors"
	"net/http"
	"net/url"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// decide takes the answer to the consent page. What is given is what was shown, and ticked, and is still right.
func (p *Pages) decide(w http.ResponseWriter, r *http.Request) {
	s := &step{p: p, w: w, r: r}
	if err := s.open(); err != nil {
		s.fail(err)
		return
	}
	if err := s.look(); err != nil {
		s.fail(err)
		return
	}
	var shown offer
	if err := p.sealed.open(sealedOffer, r.PostForm.Get("offer"), &shown, s.browser(), page.Login(r)); err != nil {
		s.fail(err)
		return
	}
	if shown.Pending != s.req.ID { // the offer of another tab (A018)
		s.fail(refusal.New(refusal.Finding{Code: refusal.RequestElsewhere}))
		return
	}
	// Only who was shown the page is shown it in another language: whatever comes before it is not skipped (A185).
	if page.Switched(r) && s.loggedIn() && s.j.Refusal() == nil && s.j.Verdict.Complete {
		s.consent(append([]string{}, r.PostForm["scope"]...))
		return
	}
	d := s.decision(&shown)
	switch r.PostForm.Get("decision") {
	case "allow":
		s.allow(d)
	case "cancel":
		s.decline(d)
	default:
		s.next()
	}
}

// decision is what the person decides about what was shown.
func (s *step) decision(shown *offer) access.Decision {
	d := access.Decision{InstallRequest: s.a.InstallRequest, Challenge: s.a.CodeChallenge, Request: s.req.ID, Until: s.req.until(), Epoch: shown.Epoch,
		By:    audit.Actor{Kind: "user", ID: shown.User.String(), Name: s.j.User.Name},
		Shown: shown.Shown, ShownTo: shown.User, Version: shown.Version, Authorization: shown.Authorization}
	d.Tenant, d.Person = shown.Tenant, s.v.Person.ID
	return d
}

// allow gives the grant, and leads back with the code.
func (s *step) allow(d access.Decision) {
	var err error
	if d.Kept, err = scope.ParseSet(s.r.PostForm["scope"]); err != nil {
		s.fail(refusal.Because(refusal.RequestElsewhere, err))
		return
	}
	decided, err := s.p.Access.Decide(s.r.Context(), d)
	switch {
	case errors.Is(err, access.ErrShowAgain):
		s.changed = true
		s.next()
	case err != nil:
		s.fail(err)
	default:
		s.answer(decided)
	}
}

// answer leads back with a code.
func (s *step) answer(decided access.Decided) {
	s.p.Registry.NoteInstalled(&s.j.Client, decided.RedirectURI, s.a.ScopeSent, s.a.OptionalSent)
	answer := url.Values{"code": {decided.Code}}
	s.a.putState(answer)
	s.p.answerApp(s.w, s.r, decided.RedirectURI, answer)
}

// decline tells the app that the user said no. What it was given before stays.
func (s *step) decline(d access.Decision) {
	if err := s.p.Access.Decline(s.r.Context(), d); err != nil {
		s.fail(err)
		return
	}
	if s.j.RedirectURI == "" { // it was taken out of the registration meanwhile
		s.fail(s.j.Refusal())
		return
	}
	answer := url.Values{"error": {"access_denied"}, "error_description": {describe(refusal.Finding{Code: refusal.ConsentDeclined})}}
	s.a.putState(answer)
	s.p.answerApp(s.w, s.r, s.j.RedirectURI, answer)
}
