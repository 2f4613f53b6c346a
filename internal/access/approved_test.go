package access

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
)

// plain makes a user of acme who may give every scope of the app, and may not install.
func (s *shop) plain(name string) store.User {
	s.t.Helper()
	_, err := s.people().CreateRole(ctx, audit.Operator, store.Role{Tenant: s.acme.ID, ID: "gives_" + name, Name: name,
		Permissions: []string{"crm:contacts:view", "crm:companies:view", "crm:deals:view"}})
	s.ok(err)
	return s.member(name, "gives_"+name)
}

// wishes is what the app's install URL is answered for a user of acme.
func (s *shop) wishes(u store.User, required []string, optional ...string) policy.Installation {
	s.t.Helper()
	j, err := s.Install(ctx, InstallRequest{Client: s.app.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: scopes(required...),
		Optional: scopes(optional...), Tenant: s.acme.ID, User: u.ID})
	s.ok(err)
	return j.Verdict
}

// mayNotInstall says whether a verdict finds that the user may not install.
func mayNotInstall(v policy.Installation) bool {
	return slices.ContainsFunc(v.Findings, func(f policy.InstallFinding) bool { return f.Permission == policy.InstallPermission })
}

func TestInstall_after_asking_and_waiting(t *testing.T) {
	s, _ := telling(t)
	mia := s.plain("mia")
	// It is not the user who has to install: an administrator has to decide, and can be asked.
	if v := s.wishes(mia, []string{contacts}, deals); v.Outcome != policy.AuthorizationNeeded || mayNotInstall(v) {
		t.Fatalf("%s, %v", v.Outcome, v.Findings)
	}
	_, err := s.ask(mia, "please")
	s.ok(err)
	s.authorizes(govern.Terms{Scopes: scopes(contacts)})
	v := s.wishes(mia, []string{contacts}, deals)
	if v.Outcome != policy.ConsentNeeded || !v.Granted.Equal(scopes(contacts)) || v.New.Len() > 0 {
		t.Errorf("%s, granted %s, new %s, %v", v.Outcome, v.Granted, v.New, v.Findings)
	}
	if len(v.Dropped) != 1 || v.Dropped[0].Code != refusal.ScopeNotAuthorized || v.Dropped[0].Permission != "" {
		t.Errorf("dropped %+v", v.Dropped)
	}
	// What the authorization leaves out is an administrator's to decide, too.
	if v := s.wishes(mia, []string{contacts, companies}); v.Outcome != policy.AuthorizationNeeded || mayNotInstall(v) {
		t.Errorf("%s, %v", v.Outcome, v.Findings)
	}
	// The user still needs what the scopes take, and the plan what they belong to.
	_, err = s.people().CreateRole(ctx, audit.Operator, store.Role{Tenant: s.acme.ID, ID: "none", Name: "none"})
	s.ok(err)
	s.authorizes(govern.Terms{Uncapped: true})
	if v := s.wishes(s.member("ben", "none"), []string{contacts}); !v.Refused() || mayNotInstall(v) || v.Findings[0].Code != refusal.UserLacksPermission {
		t.Errorf("%s, %v", v.Outcome, v.Findings)
	}
	s.plan("starter")
	if v := s.wishes(mia, []string{contacts}, flows); v.Refused() || !v.Granted.Equal(scopes(contacts)) {
		t.Errorf("%s, granted %s", v.Outcome, v.Granted)
	}
}

func TestInstall_what_an_administrator_approved(t *testing.T) {
	for name, tt := range map[string]struct {
		do   func(s *shop, mia store.User)
		want bool // mia installs
	}{
		"nobody decided":             {func(*shop, store.User) {}, false},
		"all that the app registers": {func(s *shop, _ store.User) { s.authorizes(govern.Terms{Uncapped: true}) }, true},
		"just this scope":            {func(s *shop, _ store.User) { s.authorizes(govern.Terms{Scopes: scopes(contacts)}) }, true},
		"another scope":              {func(s *shop, _ store.User) { s.authorizes(govern.Terms{Scopes: scopes(deals)}) }, false},
		"for this user": {func(s *shop, mia store.User) {
			s.authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Users: []id.User{mia.ID}}})
		}, true},
		"for another one": {func(s *shop, _ store.User) {
			s.authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Users: []id.User{s.acme.ada.ID}}})
		}, false},
		"the app, which users installed": {func(s *shop, _ store.User) { s.installed([]string{contacts}) }, true},
		"other scopes, and users this one": {func(s *shop, _ store.User) {
			s.installed([]string{contacts})
			s.authorizes(govern.Terms{Scopes: scopes(contacts, deals)})
		}, true},
		"and revoked it": {func(s *shop, _ store.User) {
			s.authorizes(govern.Terms{Uncapped: true})
			_, err := s.Revoke(ctx, operator, s.acme.ID, s.app.ID, "")
			s.ok(err)
		}, false},
		"and barred the user": {func(s *shop, mia store.User) {
			s.authorizes(govern.Terms{Uncapped: true})
			_, err := s.RevokeForUser(ctx, operator, s.acme.ID, s.app.ID, mia.ID, "")
			s.ok(err)
		}, false},
		"and the operator recalled it": {func(s *shop, _ store.User) {
			s.authorizes(govern.Terms{Uncapped: true})
			_, err := s.Recall(ctx, operator, s.app.ID, "")
			s.ok(err)
		}, false},
		"for an hour, which is over": {func(s *shop, _ store.User) {
			s.authorizes(govern.Terms{Uncapped: true, Expires: noon.Add(time.Hour)})
			s.clock.Advance(time.Hour)
		}, false},
		"and took the scope away": {func(s *shop, _ store.User) {
			a := s.authorizes(govern.Terms{Uncapped: true})
			_, err := s.Shrink(ctx, operator, s.acme.ID, s.app.ID, scopes(deals), a.Version)
			s.ok(err)
		}, false},
		"and the app moved elsewhere": {func(s *shop, _ store.User) {
			s.authorizes(govern.Terms{Uncapped: true})
			s.reregister(s.app, func(c *store.Client) { c.Registration.Publisher = "Another" })
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			mia := s.plain("mia")
			tt.do(s, mia)
			for _, stage := range []policy.Stage{policy.Enforce, policy.Report, policy.Off} {
				s.governs(s.acme.ID, policy.Governance{Door: policy.DoorOpen, Stage: stage})
				if v := s.wishes(mia, []string{contacts}); (v.Outcome == policy.ConsentNeeded) != tt.want {
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
	mia := s.plain("mia")
	s.reregister(s.app, func(c *store.Client) { c.Registration.Optional = scopes(flows) })
	s.authorizes(govern.Terms{Uncapped: true})
	s.reregister(s.app, func(c *store.Client) { c.Registration.Optional = scopes(deals, flows) })
	for _, u := range []store.User{mia, s.acme.ada} {
		v := s.wishes(u, []string{contacts}, deals)
		if v.Outcome != policy.ConsentNeeded || !v.Granted.Equal(scopes(contacts)) || len(v.Dropped) != 1 || v.Dropped[0].Code != refusal.ScopeNotAuthorized {
			t.Errorf("%s: %s, granted %s, dropped %+v", u.Name, v.Outcome, v.Granted, v.Dropped)
		}
	}
	s.authorizes(govern.Terms{Uncapped: true})
	if v := s.wishes(mia, []string{contacts}, deals); !v.Granted.Equal(scopes(contacts, deals)) {
		t.Errorf("decided again: granted %s, dropped %+v", v.Granted, v.Dropped)
	}
}
