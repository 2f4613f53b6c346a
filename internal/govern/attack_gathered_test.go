package govern_test

import (
	"slices"
	"testing"

	"prokura/internal/directory"
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
