package decided_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/decided"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

const (
	contacts = testworld.Contacts
	deals    = testworld.Deals
)

var (
	ctx       = context.Background()
	noon      = testworld.Noon
	scopes    = testworld.Scopes
	everybody = testworld.Everybody()
)

// judge is one at noon, with the CRM.
func judge(t *testing.T) decided.Judge {
	t.Helper()
	cats, err := registry.NewCatalogs(testworld.CRM())
	if err != nil {
		t.Fatal(err)
	}
	return decided.Judge{Catalogs: cats, Clock: clock.NewFake(noon)}
}

func TestUnder(t *testing.T) {
	j := judge(t)
	acme, beta := entropy.ID[id.Tenant](), entropy.ID[id.Tenant]()
	ada := &store.User{ID: entropy.ID[id.User](), Tenant: acme, Roles: []string{"sales"}}
	open := policy.Governance{Door: policy.DoorOpen}
	contactsAreOpen := policy.Governance{Rules: []policy.Rule{{Scopes: []string{contacts}, Door: policy.DoorOpen}}}
	yes := func(alter func(*store.Authorization)) func(*store.Authorization) { // an administrator decided on all that is registered
		return func(a *store.Authorization) {
			a.ID, a.Registration = entropy.ID[id.Authorization](), 2
			a.Decision = policy.Decision{Origin: policy.ByAdministrator, Uncapped: true, Admission: everybody}
			if alter != nil {
				alter(a)
			}
		}
	}
	for name, tt := range map[string]struct {
		settings policy.Governance
		decided  func(*store.Authorization) // nil: nothing
		app      func(*store.Client)
		party    func(*decided.Party)
		want     policy.State
		admitted policy.Outcome
		ceiling  scope.Set // of what is limited
	}{
		"nobody decided":                               {want: policy.Undecided},
		"nobody needs to":                              {settings: open, want: policy.Open},
		"nobody may even ask":                          {settings: policy.Governance{Door: policy.DoorBlocked}, want: policy.Blocked},
		"nobody needs to for these scopes":             {settings: contactsAreOpen, party: asks(contacts), want: policy.Open},
		"somebody needs to for one of these scopes":    {settings: contactsAreOpen, party: asks(contacts, deals), want: policy.Undecided},
		"what comes with every app is not looked at":   {settings: contactsAreOpen, app: func(c *store.Client) { c.Registration.InstallURL = true }, party: asks(contacts, "oauth"), want: policy.Open},
		"but where it does not come it is":             {settings: contactsAreOpen, party: asks(contacts, "oauth"), want: policy.Undecided},
		"the vendor's own":                             {app: builtIn, want: policy.Authorized},
		"an administrator decided on all of it":        {decided: yes(nil), want: policy.Authorized, ceiling: scopes(contacts, deals)},
		"on all that the vendor's own registers":       {decided: yes(nil), app: builtIn, want: policy.Authorized},
		"on an older version, of which nobody knows":   {decided: yes(func(a *store.Authorization) { a.Registration = 1 }), want: policy.Authorized},
		"on one scope":                                 {decided: yes(func(a *store.Authorization) { a.Uncapped, a.Ceiling = false, scopes(deals) }), want: policy.Authorized, ceiling: scopes(deals)},
		"until a second from now":                      {decided: yes(func(a *store.Authorization) { a.Expires = noon.Add(time.Second) }), want: policy.Authorized, ceiling: scopes(contacts, deals)},
		"until now":                                    {decided: yes(func(a *store.Authorization) { a.Expires = noon }), want: policy.Lapsed, ceiling: scopes(contacts, deals)},
		"and revoked it":                               {settings: open, decided: yes(func(a *store.Authorization) { a.Revoked = true }), want: policy.Revoked},
		"and the operator recalled it since":           {settings: open, decided: yes(nil), app: recalled, want: policy.Revoked},
		"after the operator recalled it":               {decided: yes(func(a *store.Authorization) { a.Recalls = 1 }), app: recalled, want: policy.Authorized, ceiling: scopes(contacts, deals)},
		"nobody decided on what the operator recalled": {settings: open, app: recalled, want: policy.Undecided},
		"and it is answered elsewhere since":           {decided: yes(nil), party: func(p *decided.Party) { p.Moved = true }, want: policy.Undecided, ceiling: scopes(contacts, deals)},
		"for this user's role": {decided: yes(func(a *store.Authorization) { a.Admission = policy.Admission{Roles: []string{"sales"}} }),
			party: func(p *decided.Party) { p.User = ada }, want: policy.Authorized, admitted: policy.Passed, ceiling: scopes(contacts, deals)},
		"for another role": {decided: yes(func(a *store.Authorization) { a.Admission = policy.Admission{Roles: []string{"support"}} }),
			party: func(p *decided.Party) { p.User = ada }, want: policy.Authorized, admitted: policy.Failed, ceiling: scopes(contacts, deals)},
		"the owner's app, for itself":            {party: itself(beta), want: policy.Authorized},
		"the owner's app, for users":             {party: func(p *decided.Party) { p.In = beta }, want: policy.Undecided},
		"another's app, for itself":              {settings: open, party: itself(acme), want: policy.Undecided},
		"another's app, authorized for users":    {decided: yes(nil), party: itself(acme), want: policy.Undecided, ceiling: scopes(contacts, deals)},
		"another's app, authorized to be itself": {decided: yes(func(a *store.Authorization) { a.ForItself = true }), party: itself(acme), want: policy.Authorized, ceiling: scopes(contacts, deals)},
	} {
		t.Run(name, func(t *testing.T) {
			c := store.Client{ID: entropy.ID[id.Client](), Owner: beta, Version: 2, Registration: store.Registration{Publisher: "Sync GmbH", Required: scopes(contacts), Optional: scopes(deals)}}
			p := decided.Party{In: acme, Client: &c}
			var auth store.Authorization
			if tt.decided != nil {
				tt.decided(&auth)
			}
			if tt.app != nil {
				tt.app(&c)
			}
			if tt.party != nil {
				tt.party(&p)
			}
			s := j.Under(tt.settings, auth, p)
			if s.State != tt.want || s.Admitted != tt.admitted || !s.Ceiling.Equal(tt.ceiling) {
				t.Errorf("%q, admitted %v, with %s; want %q, %v, %s", s.State, s.Admitted, s.Ceiling, tt.want, tt.admitted, tt.ceiling)
			}
			if s.Authorization.ID != auth.ID || s.Settings.Door != tt.settings.Door {
				t.Errorf("it rests on %+v and %+v", s.Authorization, s.Settings)
			}
		})
	}
}

func asks(names ...string) func(*decided.Party) {
	return func(p *decided.Party) { p.Asked = scopes(names...) }
}

func itself(in id.Tenant) func(*decided.Party) {
	return func(p *decided.Party) { p.In, p.Itself = in, true }
}

func builtIn(c *store.Client)  { c.BuiltIn = true }
func recalled(c *store.Client) { c.Recalls = 1 }

// TestStage: tokens say the tenant's stage exactly where it was lenient.
func TestStage(t *testing.T) {
	j := judge(t)
	c := store.Client{ID: entropy.ID[id.Client](), Owner: entropy.ID[id.Tenant](), Version: 1}
	for _, stage := range []policy.Stage{policy.Enforce, policy.Report, policy.Off} {
		for _, itself := range []bool{false, true} {
			want := stage
			if itself { // no stage is lenient with what no user is behind
				want = policy.Enforce
			}
			s := j.Under(policy.Governance{Stage: stage}, store.Authorization{}, decided.Party{In: entropy.ID[id.Tenant](), Client: &c, Itself: itself})
			if got := s.Stage(); got != want {
				t.Errorf("in stage %q, for itself %v: %q", stage, itself, got)
			}
		}
	}
}

// failing are facts that cannot be looked up.
type failing struct{ settings, newest error }

func (f failing) Settings(context.Context, id.Tenant) (store.Governance, error) {
	return store.Governance{Settings: policy.Governance{Door: policy.DoorOpen}}, f.settings
}

func (f failing) Newest(context.Context, id.Tenant, id.Client) (store.Authorization, error) {
	return store.Authorization{}, f.newest
}

// TestOn_answers_nothing_where_it_cannot_know: what was not found was not decided, and what was not read is no answer.
func TestOn_answers_nothing_where_it_cannot_know(t *testing.T) {
	j, broken := judge(t), errors.New("disk full")
	p := decided.Party{In: entropy.ID[id.Tenant](), Client: &store.Client{ID: entropy.ID[id.Client](), Version: 1}}
	if s, err := j.On(ctx, failing{newest: store.ErrNotFound}, p); err != nil || s.State != policy.Open {
		t.Errorf("not found: %q, %v", s.State, err)
	}
	for name, f := range map[string]failing{"the settings": {settings: broken}, "the authorization": {newest: broken}} {
		s, err := j.On(ctx, f, p)
		if !errors.Is(err, broken) || s.State != policy.Undecided || s.Stands() || s.Lenient {
			t.Errorf("without %s: %+v, %v", name, s.Standing, err)
		}
	}
}
