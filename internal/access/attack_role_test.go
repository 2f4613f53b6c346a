package access

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
			role := store.Role{Tenant: s.acme.ID, ID: "sales", Name: "Sales", Permissions: []string{directory.MayInstall}}
			_, err := s.people().CreateRole(ctx, audit.Operator, role)
			s.ok(err)
			s.governs(s.acme.ID, policy.Governance{Reviewers: []string{"sales", directory.SiteAdmin}})
			if len(tt.admits.Users) > 0 {
				tt.admits.Users = []id.User{s.acme.ada.ID}
			}
			a := s.authorizes(govern.Terms{Scopes: scopes(contacts), Admission: tt.admits})
			ben := s.member("ben", "sales", directory.Developer)
			code, _ := s.installBy(ben, s.app, []string{contacts})
			out, err := s.redeem(code)
			s.ok(err)
			s.ok(s.reads(out.AccessToken))
			s.ok(s.people().DeleteRole(ctx, audit.Operator, s.acme.ID, "sales"))
			want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
			now := s.decided()
			if now.Admission.All || len(now.Admission.Roles)+len(now.Admission.Users) != tt.left || now.ID != a.ID || now.Version != a.Version+1 || now.By != "operator" {
				t.Errorf("%+v", now.Authorization)
			}
			past, err := s.History(ctx, s.acme.ID, s.app.ID)
			if s.ok(err); len(past) != 1 || len(past[0].Admission.Roles) != len(tt.admits.Roles) {
				t.Errorf("%+v", past)
			}
			_, err = s.people().CreateRole(ctx, audit.Operator, role)
			s.ok(err)
			_, err = s.people().GiveRole(ctx, audit.Operator, s.acme.ID, ben.ID, "sales")
			s.ok(err)
			_, err = s.refreshWith(out.RefreshToken)
			want(t, err, refusal.UserNotAdmitted)
			g, err := s.Governance(ctx, s.acme.ID)
			if s.ok(err); len(g.Settings.Reviewers) != 1 || g.Settings.Reviewers[0] != directory.SiteAdmin {
				t.Errorf("reviewers %v", g.Settings.Reviewers)
			}
			// Who had the terms open is told.
			_, err = s.Authorize(ctx, operator, s.acme.ID, s.app.ID, govern.Terms{Scopes: scopes(contacts), Admission: all, Version: a.Version})
			want(t, err, refusal.AuthorizationChanged)
		})
	}
}

// TestA155_a_role_of_what_was_revoked goes, and nothing else happens.
func TestA155_a_role_of_what_was_revoked(t *testing.T) {
	s := newShop(t)
	_, err := s.people().CreateRole(ctx, audit.Operator, store.Role{Tenant: s.acme.ID, ID: "sales", Name: "Sales"})
	s.ok(err)
	s.authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{"sales"}}})
	_, err = s.Revoke(ctx, operator, s.acme.ID, s.app.ID, "")
	s.ok(err)
	s.ok(s.people().DeleteRole(ctx, audit.Operator, s.acme.ID, "sales"))
	if now := s.decided(); !now.Revoked || now.Version != 2 {
		t.Errorf("%+v", now.Authorization)
	}
}
