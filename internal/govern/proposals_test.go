package govern_test

import (
	"slices"
	"sync"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// foresees writes down calls of the app that would have been refused.
func (s *shop) foresees(client id.Client, last time.Time) {
	s.T.Helper()
	s.OK(s.Store.Tend(ctx, func(u store.Upkeep) error {
		return u.AddForeseen([]store.Foreseen{{Tenant: s.Acme.ID, Client: client, User: s.Acme.Ada.ID, Catalog: "crm", Method: "list_contacts",
			Need: contacts, Code: string(refusal.ScopeNotGranted), First: noon, Last: last, Calls: 3}})
	}))
}

// proposals are the report as somebody who approves all of it saw it.
func (s *shop) proposals() []govern.Proposed {
	s.T.Helper()
	var out []govern.Proposed
	for _, i := range s.impact() {
		out = append(out, i.Seen())
	}
	return out
}

func (s *shop) impact() []govern.Impact {
	s.T.Helper()
	list, err := s.Impact(ctx, s.Acme.ID)
	s.OK(err)
	return list
}

// What another process writes down only after an administrator decided was answered by the decision; what came later was not.
func TestImpact_leaves_out_what_was_decided_on(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	s.foresees(s.App.ID, noon)
	s.OK(s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, s.proposals(), nil))
	s.foresees(s.App.ID, noon)
	if list := s.impact(); len(list) != 0 {
		t.Errorf("%+v", list)
	}
	s.OK(s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, s.proposals(), nil))
	if seen := s.Decided(); seen.Version != 1 {
		t.Errorf("decided %d times", seen.Version)
	}
	s.foresees(s.App.ID, noon.Add(time.Hour))
	if list := s.impact(); len(list) != 1 || list[0].Revoked {
		t.Errorf("%+v", list)
	}
}

// TestImpact_of_tokens_from_before_a_decision: they go on saying what held when they were issued, and the report does not.
func TestImpact_of_tokens_from_before_a_decision(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	out, g := s.Installed([]string{contacts}, deals)
	s.Do(func(tx store.Tx) error {
		return tx.PutConsent(store.Consent{Tenant: g.Tenant, User: g.User, Client: g.Client, Authorization: g.Authorization, Scopes: g.Scopes, Updated: noon})
	})
	call := func() []govern.Impact {
		t.Helper()
		s.OK(s.Calls(out.AccessToken, "list_contacts"))
		s.OK(s.Calls(out.AccessToken, "list_deals"))
		s.WritesBehind()
		return s.impact()
	}
	if list := call(); len(list) != 1 || list[0].Calls != 2 {
		t.Fatalf("%+v", list)
	}
	s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	s.Clock.Advance(time.Minute)
	if list := call(); len(list) != 1 || len(list[0].Methods) != 1 || list[0].Methods[0].ID != "list_deals" {
		t.Errorf("%+v", list)
	}
	s.Authorizes(govern.Terms{Scopes: scopes(contacts, deals)})
	s.Clock.Advance(time.Minute)
	if list := call(); len(list) > 0 {
		t.Errorf("what is authorized is reported: %+v", list)
	}
	s.Authorizes(govern.Terms{Scopes: scopes(contacts, deals), Admission: policy.Admission{Users: []id.User{s.Member("mia").ID}}})
	s.Clock.Advance(time.Minute)
	if list := call(); len(list) != 1 || list[0].Users != 1 || list[0].Calls != 2 {
		t.Errorf("a user who is not admitted: %+v", list)
	}
}

// What a connected app never asked for is its developer's to mend: no decision gives it, and none is proposed.
func TestImpact_of_a_connected_app_that_does_not_ask(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	client := s.Acme.App.Client
	assign := func(names *[]string) govern.Impact { // nil: all
		t.Helper()
		_, err := s.Registry.UpdateConnectedApp(ctx, audit.Operator, s.Acme.ID, client, registry.ConnectedAppChange{SetScopes: true, Scopes: names})
		s.OK(err)
		s.foresees(client, s.Clock.Now())
		list := s.impact()
		if len(list) != 1 {
			t.Fatalf("%+v", list)
		}
		return list[0]
	}
	for name, i := range map[string]govern.Impact{"all": assign(nil), "this one": assign(&[]string{contacts})} {
		if i.Mends || i.Beyond.String() != contacts {
			t.Errorf("assigned %s: mends %v, beyond %v", name, i.Mends, i.Beyond)
		}
	}
	if i := assign(&[]string{deals}); !i.Mends || i.Beyond.Len() != 0 || !i.Proposal.Scopes.Equal(scopes(contacts, deals)) {
		t.Errorf("assigned another: %+v", i)
	}
}

// An app that was revoked is not brought back by its proposal, and the report says so.
func TestAuthorizeProposals_takes_no_revocation_back(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	a := s.Authorizes(govern.Terms{Uncapped: true})
	_, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "no")
	s.OK(err)
	s.foresees(s.App.ID, noon.Add(time.Hour))
	if list := s.impact(); len(list) != 1 || !list[0].Revoked || list[0].Mends {
		t.Errorf("%+v", list)
	}
	var failed error
	err = s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, s.proposals(), func(s govern.Step) { failed = s.Err })
	if err == nil || failed == nil {
		t.Errorf("answered %v, the step %v", err, failed)
	}
	if seen := s.Decided(); !seen.Revoked || seen.ID != a.ID {
		t.Errorf("%+v", seen)
	}
}

// TestA164_two_administrators_approve_the_same_apps: each app is decided on once, and neither is told of a failure that is none
// but that somebody else was faster.
func TestA164_two_administrators_approve_the_same_apps(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	apps := []id.Client{s.App.ID, s.app2(t).ID}
	for _, app := range apps {
		s.foresees(app, noon)
	}
	seen := s.proposals()
	var both sync.WaitGroup
	for range 2 {
		both.Go(func() {
			_ = s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, seen, func(step govern.Step) {
				if step.Err != nil && refusal.Of(step.Err).First().Code != refusal.AuthorizationChanged {
					t.Errorf("%s: %v", step.Client, step.Err)
				}
			})
		})
	}
	both.Wait()
	for _, app := range apps {
		seen, err := s.Authorization(ctx, s.Acme.ID, app)
		if s.OK(err); seen.Version != 1 || seen.Standing.State != policy.Authorized {
			t.Errorf("%s is %s, decided on %d times", app, seen.Standing.State, seen.Version)
		}
	}
}

// TestA162_the_report_approves_nothing_that_moved: neither an app that is answered elsewhere since it was decided on, nor one whose
// registration changed while the report was open.
func TestA162_the_report_approves_nothing_that_moved(t *testing.T) {
	for name, decided := range map[string]bool{"decided on before": true, "never decided on": false} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
			if decided {
				s.Authorizes(govern.Terms{Scopes: scopes(deals)})
				s.Clock.Advance(time.Minute)
			}
			s.foresees(s.App.ID, noon.Add(time.Hour))
			before := s.proposals()
			s.Reregister(s.App, func(c *store.Client) {
				c.Registration.RedirectURIs = append(slices.Clone(c.Registration.RedirectURIs), "https://evil.example/cb")
			})
			version := s.Decided().Version
			if err := s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, before, nil); refusal.Of(err).First().Code != refusal.AuthorizationChanged {
				t.Errorf("what was seen before: %v", err)
			}
			if list := s.impact(); len(list) != 1 || list[0].Moved != decided || list[0].Mends == decided {
				t.Errorf("%+v", list)
			}
			if decided {
				if err := s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, s.proposals(), nil); refusal.Of(err).First().Code != refusal.AuthorizationChanged {
					t.Errorf("what moved: %v", err)
				}
			}
			if now := s.Decided().Version; now != version {
				t.Errorf("decided: version %d, was %d", now, version)
			}
		})
	}
}

// TestA236_the_report_revives_nothing_that_expired, least of all for ever.
func TestA236_the_report_revives_nothing_that_expired(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	s.Authorizes(govern.Terms{Scopes: scopes(contacts, deals), Expires: s.Clock.Now().Add(time.Hour)})
	s.Clock.Advance(2 * time.Hour)
	s.foresees(s.App.ID, s.Clock.Now())
	if list := s.impact(); len(list) != 1 || !list[0].Lapsed || list[0].Mends {
		t.Errorf("%+v", list)
	}
	if err := s.AuthorizeProposals(ctx, as(s.Acme.Ada), s.Acme.ID, s.proposals(), nil); refusal.Of(err).First().Code != refusal.ExpiryPast {
		t.Errorf("%v", err)
	}
	if seen := s.Decided(); seen.Version != 1 || seen.Expires.IsZero() {
		t.Errorf("%+v", seen.Authorization)
	}
}
