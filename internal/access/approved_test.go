package access_test

import (
	"slices"
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

// mayNotInstall says whether a verdict finds that the user may not install.
func mayNotInstall(v policy.Installation) bool {
	return slices.ContainsFunc(v.Findings, func(f policy.InstallFinding) bool { return f.Permission == policy.InstallPermission })
}

func TestInstall_after_asking_and_waiting(t *testing.T) {
	s := newShop(t).closed()
	mia := s.Giver("mia")
	// It is not the user who has to install: an administrator has to decide, and can be asked.
	if v := s.Wishes(mia, []string{contacts}, deals); v.Outcome != policy.AuthorizationNeeded || mayNotInstall(v) {
		t.Fatalf("%s, %v", v.Outcome, v.Findings)
	}
	_, err := s.Ask(ctx, testworld.As(mia), s.Acme.ID, s.App.ID, govern.Wish{Reason: "please", Scope: scopes(contacts), Optional: scopes(deals)})
	s.OK(err)
	s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	v := s.Wishes(mia, []string{contacts}, deals)
	if v.Outcome != policy.ConsentNeeded || !v.Granted.Equal(scopes(contacts)) || v.New.Len() > 0 {
		t.Errorf("%s, granted %s, new %s, %v", v.Outcome, v.Granted, v.New, v.Findings)
	}
	if len(v.Dropped) != 1 || v.Dropped[0].Code != refusal.ScopeNotAuthorized || v.Dropped[0].Permission != "" {
		t.Errorf("dropped %+v", v.Dropped)
	}
	// What the authorization leaves out is an administrator's to decide, too.
	if v := s.Wishes(mia, []string{contacts, companies}); v.Outcome != policy.AuthorizationNeeded || mayNotInstall(v) {
		t.Errorf("%s, %v", v.Outcome, v.Findings)
	}
	// The user still needs what the scopes take, and the plan what they belong to.
	_, err = s.Directory.CreateRole(ctx, audit.Operator, store.Role{Tenant: s.Acme.ID, ID: "none", Name: "none"})
	s.OK(err)
	s.Authorizes(govern.Terms{Uncapped: true})
	if v := s.Wishes(s.Member("ben", "none"), []string{contacts}); !v.Refused() || mayNotInstall(v) || v.Findings[0].Code != refusal.UserLacksPermission {
		t.Errorf("%s, %v", v.Outcome, v.Findings)
	}
	s.Plan("starter")
	if v := s.Wishes(mia, []string{contacts}, flows); v.Refused() || !v.Granted.Equal(scopes(contacts)) {
		t.Errorf("%s, granted %s", v.Outcome, v.Granted)
	}
}

func TestInstall_what_an_administrator_approved(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(s *shop, mia store.User)
		want bool // mia installs
	}{
		"nobody decided":             {func(*shop, store.User) {}, false},
		"all that the app registers": {func(s *shop, _ store.User) { s.Authorizes(govern.Terms{Uncapped: true}) }, true},
		"just this scope":            {func(s *shop, _ store.User) { s.Authorizes(govern.Terms{Scopes: scopes(contacts)}) }, true},
		"another scope":              {func(s *shop, _ store.User) { s.Authorizes(govern.Terms{Scopes: scopes(deals)}) }, false},
		"for this user": {func(s *shop, mia store.User) {
			s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Users: []id.User{mia.ID}}})
		}, true},
		"for another one": {func(s *shop, _ store.User) {
			s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Users: []id.User{s.Acme.Ada.ID}}})
		}, false},
		"the app, which users installed": {func(s *shop, _ store.User) { s.Installed([]string{contacts}) }, true},
		"other scopes, and users this one": {func(s *shop, _ store.User) {
			s.Installed([]string{contacts})
			s.Authorizes(govern.Terms{Scopes: scopes(contacts, deals)})
		}, true},
		"and revoked it": {func(s *shop, _ store.User) {
			s.Authorizes(govern.Terms{Uncapped: true})
			_, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "")
			s.OK(err)
		}, false},
		"and barred the user": {func(s *shop, mia store.User) {
			s.Authorizes(govern.Terms{Uncapped: true})
			_, err := s.RevokeForUser(ctx, operator, s.Acme.ID, s.App.ID, mia.ID, "")
			s.OK(err)
		}, false},
		"and the operator recalled it": {func(s *shop, _ store.User) {
			s.Authorizes(govern.Terms{Uncapped: true})
			_, err := s.Recall(ctx, operator, s.App.ID, "")
			s.OK(err)
		}, false},
		"for an hour, which is over": {func(s *shop, _ store.User) {
			s.Authorizes(govern.Terms{Uncapped: true, Expires: noon.Add(time.Hour)})
			s.Clock.Advance(time.Hour)
		}, false},
		"and took the scope away": {func(s *shop, _ store.User) {
			a := s.Authorizes(govern.Terms{Uncapped: true})
			_, err := s.Shrink(ctx, operator, s.Acme.ID, s.App.ID, scopes(deals), a.Version)
			s.OK(err)
		}, false},
		"and the app moved elsewhere": {func(s *shop, _ store.User) {
			s.Authorizes(govern.Terms{Uncapped: true})
			s.Reregister(s.App, func(c *store.Client) { c.Registration.Publisher = "Another" })
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			mia := s.Giver("mia")
			tt.do(s, mia)
			for _, stage := range []policy.Stage{policy.Enforce, policy.Report, policy.Off} {
				s.Governs(s.Acme.ID, policy.Governance{Door: policy.DoorOpen, Stage: stage})
				if v := s.Wishes(mia, []string{contacts}); (v.Outcome == policy.ConsentNeeded) != tt.want {
					t.Errorf("%q: %s, %v", stage, v.Outcome, v.Findings)
				}
			}
		})
	}
}

// TestInstall_a_decision_on_all_scopes approves what the app registered when it was decided on. What it registers later takes
// another decision, whoever installs it.
func TestInstall_a_decision_on_all_scopes(t *testing.T) {
	s := newShop(t).closed()
	mia := s.Giver("mia")
	s.Reregister(s.App, func(c *store.Client) { c.Registration.Optional = scopes(flows) })
	s.Authorizes(govern.Terms{Uncapped: true})
	s.Reregister(s.App, func(c *store.Client) { c.Registration.Optional = scopes(deals, flows) })
	for _, u := range []store.User{mia, s.Acme.Ada} {
		v := s.Wishes(u, []string{contacts}, deals)
		if v.Outcome != policy.ConsentNeeded || !v.Granted.Equal(scopes(contacts)) || len(v.Dropped) != 1 || v.Dropped[0].Code != refusal.ScopeNotAuthorized {
			t.Errorf("%s: %s, granted %s, dropped %+v", u.Name, v.Outcome, v.Granted, v.Dropped)
		}
	}
	s.Authorizes(govern.Terms{Uncapped: true})
	if v := s.Wishes(mia, []string{contacts}, deals); !v.Granted.Equal(scopes(contacts, deals)) {
		t.Errorf("decided again: granted %s, dropped %+v", v.Granted, v.Dropped)
	}
}
