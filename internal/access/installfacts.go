package access

import (
	"context"
	"errors"
	"fmt"

	"prokura/internal/decided"
	"prokura/internal/id"
	"prokura/internal/installurl"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/redirect"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// InstallRequest is a wish to install an app: what its URL asks for, and as far as they are known the account and the user.
type InstallRequest struct {
	Client          string
	RedirectURI     string
	RedirectSent    bool // else it was left out, which is enough where one is registered
	Scope, Optional scope.Set
	Malformed       []policy.Misnamed

	Tenant id.Tenant // zero: not chosen, so that the verdict is about the URL alone
	User   id.User   // zero: not known
	Person id.Person // who is logged in, in place of the user
}

// RequestOf is what the parameters of a request or an install URL ask for, for nobody yet. Of a parameter that was sent twice the
// first value stands here, for a diagnosis: whoever would give something refuses its flaw.
func RequestOf(p *installurl.Params) InstallRequest {
	return InstallRequest{Client: p.First("client_id"), RedirectURI: p.First("redirect_uri"), RedirectSent: p.Has("redirect_uri"),
		Scope: p.Scope, Optional: p.Optional, Malformed: p.Malformed}
}

// Judged is the verdict on an installation, with the records that it rests on, as far as they were found.
type Judged struct {
	Client  store.Client
	Tenant  store.Tenant
	User    store.User
	Verdict policy.Installation

	// RedirectURI is where the answer goes, made of the registered one; empty: none is proven.
	RedirectURI string
	// Authorization is the account's newest one; zero: it decided nothing yet.
	Authorization store.Authorization
	Consent       store.Consent // of this user; zero: none yet
	// Standing is how the account stands to the app, for the user as far as one is known; zero: no account is.
	Standing policy.Standing
	State    mark.Number // of the database

	asked policy.InstallQuestion
}

// judgeInstall decides on an installation on one state. It is what installing, deciding and explaining share.
func (a *Access) judgeInstall(ctx context.Context, r store.Reader, req *InstallRequest) (Judged, error) {
	j := Judged{State: r.Head(), asked: policy.InstallQuestion{Client: req.Client, RedirectURI: req.RedirectURI, Scope: req.Scope, Optional: req.Optional,
		Malformed: req.Malformed, Facts: a.catalogs.Facts, Nearest: a.catalogs.Nearest, Plans: a.catalogs.AllPlans()}}
	if err := j.findClient(r, req, a); err != nil {
		return Judged{}, fmt.Errorf("looking up the client: %w", err)
	}
	if !req.Tenant.IsZero() {
		if err := j.findTenant(r, req.Tenant, a); err != nil {
			return Judged{}, fmt.Errorf("looking up the tenant: %w", err)
		}
	}
	if j.asked.Tenant == policy.Passed && !(req.User.IsZero() && req.Person.IsZero()) {
		if err := j.findUser(r, req, a); err != nil {
			return Judged{}, fmt.Errorf("looking up the user: %w", err)
		}
	}
	if j.asked.Tenant == policy.Passed {
		if err := j.govern(r, a); err != nil {
			return Judged{}, err
		}
	}
	j.Verdict = policy.Install(&j.asked)
	return j, nil
}

// govern asks what the account decided on the app. Of an app that nobody knows there is nothing to decide.
func (j *Judged) govern(r store.Reader, a *Access) error {
	if j.Client.ID.IsZero() {
		j.asked.Governed = policy.Passed
		return nil
	}
	p := decided.Party{In: j.Tenant.ID, Client: &j.Client, Asked: j.asked.Scope.Union(j.asked.Optional)}
	if !j.User.ID.IsZero() {
		p.User = &j.User
	}
	settings, err := decided.Settings(r, p.In)
	if err != nil {
		return fmt.Errorf("looking up how the tenant decides on apps: %w", err)
	}
	auth, _, err := store.Found(r.AuthorizationOf(p.In, j.Client.ID))
	if err != nil {
		return fmt.Errorf("looking up the authorization: %w", err)
	}
	if auth.Origin == policy.ByAdministrator {
		old, known, err := decided.Then(r, &j.Client, &auth)
		if err != nil {
			return fmt.Errorf("looking up the registration that was decided on: %w", err)
		}
		p.Moved = decided.Moved(&auth, &old, known, &j.Client)
	}
	g := a.stands.Under(settings.Settings, auth, p)
	j.Authorization, j.Standing = g.Authorization, g.Standing
	if !g.Dead() {
		j.asked.Approved = g.Authorization.Approved
	}
	j.asked.Govern(g.Standing)
	return nil
}

// findClient looks up the app and compares the redirect URI.
func (j *Judged) findClient(r store.Reader, req *InstallRequest, a *Access) error {
	q := &j.asked
	q.ClientFound = policy.Failed
	client, err := id.Parse[id.Client](req.Client)
	if err != nil {
		return nil // what is no client ID is no app's
	}
	j.Client, err = r.Client(client)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	reg := &j.Client.Registration
	q.ClientFound, q.Enabled = policy.Passed, !j.Client.Disabled
	q.Required, q.Conditional, q.Selectable, q.Implied = reg.Required, reg.Conditional, reg.Optional, a.catalogs.Implied(reg)
	switch {
	case req.RedirectSent:
		j.RedirectURI, _ = redirect.Match(reg.RedirectURIs, req.RedirectURI)
	case len(reg.RedirectURIs) == 1: // RFC 6749 §3.1.2.3 (A010)
		j.RedirectURI = reg.RedirectURIs[0]
	}
	q.Redirect = passed(j.RedirectURI != "")
	return nil
}

// findTenant looks up the account and what it is entitled to.
func (j *Judged) findTenant(r store.Reader, in id.Tenant, a *Access) error {
	q := &j.asked
	var err error
	j.Tenant, err = r.Tenant(in)
	if errors.Is(err, store.ErrNotFound) {
		q.Tenant = policy.Failed
		return nil
	}
	if err != nil {
		return err
	}
	q.Tenant, q.Plan = policy.Passed, j.Tenant.Plan
	if q.Entitled, err = a.rules.Entitled(r, j.Tenant, a.clock.Now()); err != nil {
		return err
	}
	return nil
}

// findUser looks up who acts, what they may do, and what they said yes to before.
func (j *Judged) findUser(r store.Reader, req *InstallRequest, a *Access) error {
	q := &j.asked
	var err error
	if req.User.IsZero() {
		j.User, err = r.UserOfPerson(j.Tenant.ID, req.Person)
	} else {
		j.User, err = r.User(j.Tenant.ID, req.User)
	}
	if errors.Is(err, store.ErrNotFound) {
		q.User = policy.Failed
		return nil
	}
	if err != nil {
		return err
	}
	q.User, q.Disabled = policy.Passed, j.User.Disabled
	rights, err := a.rules.Rights(r, j.User)
	if err != nil {
		return err
	}
	q.Permissions, q.SuperAdmin = rights.Hold, rights.SuperAdmin
	if j.Client.ID.IsZero() {
		return nil
	}
	j.Consent, err = r.Consent(j.Tenant.ID, j.User.ID, j.Client.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	q.Consented = j.Consent.Scopes
	return nil
}
