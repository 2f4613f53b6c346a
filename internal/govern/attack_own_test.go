package govern_test

import (
	"testing"

	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/refusal"
)

// TestA156_a_connected_app_that_was_revoked is authorized again only by who holds what it takes, where administrators are held to it:
// nothing of what it had lives.
func TestA156_a_connected_app_that_was_revoked(t *testing.T) {
	for name, tt := range map[string]struct {
		assigned *[]string // nil: the whole catalog
		terms    govern.Terms
	}{
		"the whole catalog, as it was":        {nil, govern.Terms{}},
		"one scope in place of all of it":     {nil, govern.Terms{Scopes: scopes(contacts)}},
		"the scopes that were assigned to it": {&[]string{contacts}, govern.Terms{}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			dee := s.Decider("dee")
			app := s.NewApp(s.Acme.ID, tt.assigned).Client
			s.Governs(s.Acme.ID, policy.Governance{OwnPermissions: true})
			_, err := s.Revoke(ctx, as(dee), s.Acme.ID, app, "")
			s.OK(err)
			_, err = s.Authorize(ctx, as(dee), s.Acme.ID, app, tt.terms)
			want(t, err, refusal.PermissionNotHeld)
			seen, err := s.Authorization(ctx, s.Acme.ID, app)
			if s.OK(err); seen.Standing.State != policy.Revoked {
				t.Errorf("%+v", seen.Standing)
			}
			_, err = s.Authorize(ctx, as(s.Acme.Ada), s.Acme.ID, app, tt.terms)
			s.OK(err)
			_, err = s.Authorize(ctx, as(dee), s.Acme.ID, app, govern.Terms{Scopes: scopes(contacts)}) // no more than it has
			s.OK(err)
		})
	}
}

// TestA156_who_is_held_to_their_own_permissions does not free themselves of it, and may set everything else.
func TestA156_who_is_held_to_their_own_permissions(t *testing.T) {
	s := newShop(t)
	dee := s.Decider("dee")
	g, err := s.SetGovernance(ctx, as(dee), s.Acme.ID, policy.Governance{OwnPermissions: true}, 1) // binding oneself takes nothing
	s.OK(err)
	_, err = s.SetGovernance(ctx, as(dee), s.Acme.ID, policy.Governance{}, g.Version)
	want(t, err, refusal.AuthorityMissing)
	if f := refusal.Of(err).First(); f.Field != "own_permissions" {
		t.Errorf("stands at %q", f.Field)
	}
	g, err = s.SetGovernance(ctx, as(dee), s.Acme.ID, policy.Governance{OwnPermissions: true, ShowMail: true}, g.Version)
	s.OK(err)
	g, err = s.SetGovernance(ctx, as(s.Acme.Ada), s.Acme.ID, policy.Governance{}, g.Version)
	s.OK(err)
	g, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{OwnPermissions: true}, g.Version)
	s.OK(err)
	_, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{}, g.Version)
	s.OK(err)
}
