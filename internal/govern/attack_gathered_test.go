package govern_test

import (
	"slices"
	"testing"

	"prokura/internal/directory"
	"prokura/internal/entropy"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
)

// TestA155_an_unknown_role_is_refused_wherever_it_stands in a list, however long: no decision leaves out roles that were asked for.
func TestA155_an_unknown_role_is_refused_wherever_it_stands(t *testing.T) {
	s := newShop(t)
	mia := s.Member("mia", directory.AppInstaller)
	roles := append(slices.Repeat([]string{directory.AppInstaller}, 150), "r_gone")
	terms := govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: roles, Users: []id.User{mia.ID}}}
	a, err := s.Authorize(ctx, as(s.Acme.Ada), s.Acme.ID, s.App.ID, terms)
	if code(t, err) != refusal.RoleUnknown {
		t.Errorf("admits %+v, %v", a.Admission, err)
	}
}

// TestA044_the_report_approves_nothing_that_is_not_there: an app that nobody here sees is not among those that were authorized, and
// whoever may not decide is told so even where there is nothing to decide.
func TestA044_the_report_approves_nothing_that_is_not_there(t *testing.T) {
	s := newShop(t)
	mia := s.Member("mia", directory.AppInstaller)
	for name, tt := range map[string]struct {
		by   govern.By
		app  id.Client
		want refusal.Code
	}{
		"an ID that nobody has":              {as(s.Acme.Ada), entropy.ID[id.Client](), refusal.ClientUnknown},
		"another account's connected app":    {as(s.Acme.Ada), s.Beta.App.Client, refusal.ClientUnknown},
		"an app of which nothing was wanted": {as(s.Acme.Ada), s.App.ID, ""},
		"by who may not decide":              {as(mia), s.App.ID, refusal.AuthorityMissing},
	} {
		t.Run(name, func(t *testing.T) {
			var step govern.Step
			err := s.AuthorizeProposals(ctx, tt.by, s.Acme.ID, []govern.Proposed{{Client: tt.app}}, func(one govern.Step) { step = one })
			if (err == nil) != (step.Err == nil) {
				t.Errorf("answers %v, the step %v", err, step.Err)
			}
			want(t, step.Err, tt.want)
		})
	}
}
