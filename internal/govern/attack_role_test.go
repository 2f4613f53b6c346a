package govern_test

import (
	"testing"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// TestA155_a_role_that_was_made_anew is another one, whatever its id: it admits to nothing that the first was admitted to, and
// reviews nothing.
func TestA155_a_role_that_was_made_anew(t *testing.T) {
	for name, tt := range map[string]struct {
		admits policy.Admission
		left   int // roles and users
	}{
		"beside a role":   {policy.Admission{Roles: []string{"sales", directory.SiteAdmin}}, 1},
		"the only one":    {policy.Admission{Roles: []string{"sales"}}, 0},
		"beside somebody": {policy.Admission{Roles: []string{"sales"}, Users: []id.User{{}}}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			role := store.Role{Tenant: s.Acme.ID, ID: "sales", Name: "Sales", Permissions: []string{directory.MayInstall}}
			_, err := s.Directory.CreateRole(ctx, audit.Operator, role)
			s.OK(err)
			s.Governs(s.Acme.ID, policy.Governance{Reviewers: []string{"sales", directory.SiteAdmin}})
			if len(tt.admits.Users) > 0 {
				tt.admits.Users = []id.User{s.Acme.Ada.ID}
			}
			a := s.Authorizes(govern.Terms{Scopes: scopes(contacts), Admission: tt.admits})
			ben := s.Member("ben", "sales", directory.Developer)
			code, _ := s.Gave(ben, s.App, []string{contacts})
			out, err := s.Redeems(code)
			s.OK(err)
			s.OK(s.Reads(out.AccessToken))
			s.OK(s.Directory.DeleteRole(ctx, audit.Operator, s.Acme.ID, "sales"))
			want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
			now := s.Decided()
			if now.Admission.All || len(now.Admission.Roles)+len(now.Admission.Users) != tt.left || now.ID != a.ID || now.Version != a.Version+1 || now.By != "operator" {
				t.Errorf("%+v", now.Authorization)
			}
			past, err := s.History(ctx, s.Acme.ID, s.App.ID)
			if s.OK(err); len(past) != 1 || len(past[0].Admission.Roles) != len(tt.admits.Roles) {
				t.Errorf("%+v", past)
			}
			_, err = s.Directory.CreateRole(ctx, audit.Operator, role)
			s.OK(err)
			_, err = s.Directory.GiveRole(ctx, audit.Operator, s.Acme.ID, ben.ID, "sales")
			s.OK(err)
			_, err = s.Refreshes(out.RefreshToken)
			want(t, err, refusal.UserNotAdmitted)
			g, err := s.Governance(ctx, s.Acme.ID)
			if s.OK(err); len(g.Settings.Reviewers) != 1 || g.Settings.Reviewers[0] != directory.SiteAdmin {
				t.Errorf("reviewers %v", g.Settings.Reviewers)
			}
			// Who had the terms open is told.
			_, err = s.Authorize(ctx, operator, s.Acme.ID, s.App.ID, govern.Terms{Scopes: scopes(contacts), Admission: all, Version: a.Version})
			want(t, err, refusal.AuthorizationChanged)
		})
	}
}

// TestA155_a_role_of_what_was_revoked goes, and nothing else happens.
func TestA155_a_role_of_what_was_revoked(t *testing.T) {
	s := newShop(t)
	_, err := s.Directory.CreateRole(ctx, audit.Operator, store.Role{Tenant: s.Acme.ID, ID: "sales", Name: "Sales"})
	s.OK(err)
	s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{"sales"}}})
	_, err = s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
	s.OK(err)
	s.OK(s.Directory.DeleteRole(ctx, audit.Operator, s.Acme.ID, "sales"))
	if now := s.Decided(); !now.Revoked || now.Version != 2 {
		t.Errorf("%+v", now.Authorization)
	}
}
