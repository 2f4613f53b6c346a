package access

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
			dee := s.decider("dee")
			app := s.world.app(s.acme.ID, tt.assigned).client
			s.governs(s.acme.ID, policy.Governance{OwnPermissions: true})
			_, err := s.Revoke(ctx, as(dee), s.acme.ID, app, "")
			s.ok(err)
			_, err = s.Authorize(ctx, as(dee), s.acme.ID, app, tt.terms)
			want(t, err, refusal.PermissionNotHeld)
			seen, err := s.Authorization(ctx, s.acme.ID, app)
			if s.ok(err); seen.Standing.State != policy.Revoked {
				t.Errorf("%+v", seen.Standing)
			}
			_, err = s.Authorize(ctx, as(s.acme.ada), s.acme.ID, app, tt.terms)
			s.ok(err)
			_, err = s.Authorize(ctx, as(dee), s.acme.ID, app, govern.Terms{Scopes: scopes(contacts)}) // no more than it has
			s.ok(err)
		})
	}
}

// TestA156_who_is_held_to_their_own_permissions does not free themselves of it, and may set everything else.
func TestA156_who_is_held_to_their_own_permissions(t *testing.T) {
	s := newShop(t)
	dee := s.decider("dee")
	g, err := s.SetGovernance(ctx, as(dee), s.acme.ID, policy.Governance{OwnPermissions: true}, 1) // binding oneself takes nothing
	s.ok(err)
	_, err = s.SetGovernance(ctx, as(dee), s.acme.ID, policy.Governance{}, g.Version)
	want(t, err, refusal.AuthorityMissing)
	if f := refusal.Of(err).First(); f.Field != "own_permissions" {
		t.Errorf("stands at %q", f.Field)
	}
	g, err = s.SetGovernance(ctx, as(dee), s.acme.ID, policy.Governance{OwnPermissions: true, ShowMail: true}, g.Version)
	s.ok(err)
	g, err = s.SetGovernance(ctx, as(s.acme.ada), s.acme.ID, policy.Governance{}, g.Version)
	s.ok(err)
	g, err = s.SetGovernance(ctx, operator, s.acme.ID, policy.Governance{OwnPermissions: true}, g.Version)
	s.ok(err)
	_, err = s.SetGovernance(ctx, operator, s.acme.ID, policy.Governance{}, g.Version)
	s.ok(err)
}
