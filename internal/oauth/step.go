package oauth

import (
	"net/http"

	"prokura/internal/access"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// step is one request on its way to a decision, as far as it is known.
//
//	proceed: read the parameters ─► who is logged in, which account ─► access.Install ─► next
//	next:    client and redirect proven? ─► the protocol? ─► login ─► account ─► the verdict ─► consent
type step struct {
	p   *Pages
	w   http.ResponseWriter
	r   *http.Request
	req pending

	a      *asked            // nil: not read yet
	v      directory.Visitor // zero: nobody is logged in
	tenant store.Tenant      // zero: not chosen yet
	j      access.Judged

	fresh    bool // the request comes from the app just now
	choosing bool // the person asked to choose another account
	changed  bool // the page is shown again, because what it showed no longer holds
}

// proceed does what the request needs next.
func (s *step) proceed() {
	if err := s.look(); err != nil {
		s.fail(err)
		return
	}
	s.next()
}

// look reads the request and asks for the verdict.
func (s *step) look() error {
	var err error
	if s.a, err = readAsked(s.req.Query); err != nil {
		return err
	}
	s.v, err = s.p.Directory.Visitor(s.r.Context(), page.Login(s.r))
	if err != nil && refusal.Of(err).First().Code != refusal.NotLoggedIn {
		return err
	}
	wish := s.a.InstallRequest
	s.tenant = s.account()
	wish.Tenant, wish.Person = s.tenant.ID, s.v.Person.ID
	s.j, err = s.p.Access.Install(s.r.Context(), wish)
	return err
}

func (s *step) loggedIn() bool { return !s.v.Person.ID.IsZero() }

// account is what the request is for: the account in its path, else the one that the person acts in, else the only one. None
// of these leaves it to be chosen.
func (s *step) account() store.Tenant {
	if !s.req.In.IsZero() && !s.choosing {
		for _, t := range s.v.Tenants {
			if t.ID == s.req.In {
				return t
			}
		}
		return store.Tenant{}
	}
	if s.req.Account != "" {
		for _, t := range s.v.Tenants {
			if t.ContentURL == s.req.Account || t.ID.String() == s.req.Account {
				return t
			}
		}
		return store.Tenant{}
	}
	if !s.v.HasTenant() && len(s.v.Tenants) == 1 {
		return s.v.Tenants[0]
	}
	return s.v.Tenant
}

// next decides what comes next. Nothing leads to the app before client and redirect URI are proven (A001).
func (s *step) next() {
	if s.j.RedirectURI == "" {
		s.fail(s.j.Refusal())
		return
	}
	if s.fresh {
		s.p.Registry.NoteInstallURL(&s.j.Client, s.j.RedirectURI, s.a.ScopeSent, s.a.OptionalSent)
	}
	if err := s.a.check(&s.j.Client.Registration); err != nil {
		s.failToApp(err)
		return
	}
	if s.a.prompts("none") {
		s.silently()
		return
	}
	verdict := s.j.Refusal()
	switch {
	case !s.loggedIn() && verdict != nil: // about the URL alone: a login would change nothing
		s.fail(verdict)
	case !s.loggedIn(), s.a.prompts("login") && s.v.Login.Created.Unix() < s.req.Began:
		s.logIn()
	case !s.choosing && s.forAnother() && s.ungoverned() && s.j.MayDecide():
		s.govern()
	case !s.choosing && !s.mine():
		s.fail(refusal.New(refusal.Finding{Code: refusal.RequestOfSomebodyElse}))
	case s.choosing, s.a.prompts("select_account") && !s.req.Asked:
		s.choose()
	case s.lacksAccount() != nil:
		s.fail(s.lacksAccount())
	case s.tenant.ID.IsZero():
		s.choose()
	case s.ungoverned():
		s.govern()
	case verdict != nil:
		s.fail(verdict)
	default:
		s.consent(nil)
	}
}

// mine says whether who is logged in began the request, or nobody did yet.
func (s *step) mine() bool {
	return (s.req.Person.IsZero() || s.req.Person == s.v.Person.ID) && !s.forAnother()
}

// lacksAccount says why there is no account to choose. One that is not the person's is not told from one that does not exist
// (A151).
func (s *step) lacksAccount() error {
	switch {
	case len(s.v.Tenants) == 0:
		return refusal.New(refusal.Finding{Code: refusal.AccountMissing})
	case (s.req.Account != "" || !s.req.In.IsZero()) && s.tenant.ID.IsZero():
		return refusal.New(refusal.Finding{Code: refusal.AccountNotYours, Got: s.req.Account})
	}
	return nil
}

// silently answers a request that forbids pages (OpenID Connect Core §3.1.2.1). An app without a secret could be anybody's
// program that knows its ID, so that it is never answered without the user (RFC 8252 §8.6).
func (s *step) silently() {
	v := &s.j.Verdict
	switch err := s.j.Refusal(); {
	case !s.loggedIn():
		s.failToApp(refusal.New(refusal.Finding{Code: refusal.LoginRequired}))
	case s.lacksAccount() != nil:
		s.failToApp(s.lacksAccount())
	case s.tenant.ID.IsZero():
		s.failToApp(refusal.New(refusal.Finding{Code: refusal.AccountRequired}))
	case err != nil:
		s.failToApp(err)
	case v.Added.Len() > 0 || !v.Complete || s.j.Client.Registration.Public:
		s.failToApp(refusal.New(refusal.Finding{Code: refusal.ConsentRequired}))
	default:
		all := s.offer()
		d := s.decision(&all)
		d.Kept = d.Shown
		decided, err := s.p.Access.Decide(s.r.Context(), d)
		if err != nil {
			s.failToApp(err)
			return
		}
		s.answer(decided)
	}
}

// name is what the person is called in the account.
func (s *step) name() string {
	for _, u := range []store.User{s.j.User, s.v.User} {
		if u.FullName != "" {
			return u.FullName
		}
		if u.Name != "" {
			return u.Name
		}
	}
	return s.v.Person.Login
}

// developer says whether who is logged in keeps the app.
func (s *step) developer() bool {
	owner := s.j.Client.Owner
	return !owner.IsZero() && s.v.HasTenant() && s.v.Tenant.ID == owner && s.v.Rights.Hold(directory.MayManage)
}

// administrator says whether who is logged in keeps the users of an account.
func (s *step) administrator(of id.Tenant) bool {
	return !of.IsZero() && s.v.HasTenant() && s.v.Tenant.ID == of && directory.Administers(s.v.User.Roles)
}
