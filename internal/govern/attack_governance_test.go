package govern_test

import (
	"errors"
	"testing"
	"time"

	"prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/testworld"
)

// wider is what acme authorizes where a test does not say otherwise: everything that the app registers, for everybody.
var wider = govern.Terms{Uncapped: true, Admission: all}

// TestA046_what_was_decided_while_the_consent_page_was_open counts when it is sent: nothing is given that the page showed before,
// and nothing is used up.
func TestA046_what_was_decided_while_the_consent_page_was_open(t *testing.T) {
	for name, tt := range map[string]struct {
		meanwhile func(*shop)
		want      refusal.Code
	}{
		"revoked":                  {func(s *shop) { _, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, ""); s.OK(err) }, refusal.AuthorizationRevoked},
		"blocked":                  {func(s *shop) { _, err := s.Deny(ctx, operator, s.Acme.ID, s.App.ID, "", true); s.OK(err) }, refusal.AuthorizationBlocked},
		"recalled by the operator": {func(s *shop) { _, err := s.Recall(ctx, operator, s.App.ID, ""); s.OK(err) }, refusal.AuthorizationRevoked},
		"narrowed":                 {func(s *shop) { s.Authorizes(govern.Terms{Scopes: scopes(companies)}) }, refusal.ScopeNotAuthorized},
		"for a role only": {func(s *shop) {
			s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.Developer}}})
		}, refusal.UserNotAdmitted},
		"the user is barred": {func(s *shop) {
			_, err := s.RevokeForUser(ctx, operator, s.Acme.ID, s.App.ID, s.Acme.Ada.ID, "")
			s.OK(err)
		}, refusal.UserNotAdmitted},
		"for a time that ended": {func(s *shop) {
			s.Authorizes(govern.Terms{Uncapped: true, Expires: s.Clock.Now().Add(time.Minute)})
			s.Clock.Advance(time.Minute)
		}, refusal.AuthorizationNeeded},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t).closed()
			s.Authorizes(wider)
			page := s.Page(deals)
			tt.meanwhile(s)
			if _, err := s.Decide(ctx, page); !errors.Is(err, access.ErrShowAgain) {
				t.Errorf("decided: %v", err)
			}
			j, err := s.Install(ctx, page.InstallRequest)
			s.OK(err)
			want(t, j.Refusal(), tt.want)
			if len(s.Grants()) > 0 {
				t.Error("a grant was written")
			}
		})
	}
}

// TestA046_a_door_that_was_closed stops what users began, and a stage that only reports lets it pass.
func TestA046_a_door_that_was_closed(t *testing.T) {
	s := newShop(t)
	page := s.Page()
	s.closed()
	if _, err := s.Decide(ctx, page); !errors.Is(err, access.ErrShowAgain) {
		t.Errorf("decided: %v", err)
	}
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	_, err := s.Decide(ctx, page)
	s.OK(err)
}

// TestA047_the_role_of_the_authorization is lost while tokens are out: no refresh, no call; and given back, the refresh token goes on.
func TestA047_the_role_of_the_authorization(t *testing.T) {
	s := newShop(t).closed()
	ben := s.Member("ben", directory.AppInstaller, directory.Developer)
	s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.AppInstaller}}})
	code, _ := s.Gave(ben, s.App, []string{contacts})
	out, err := s.Redeems(code)
	s.OK(err)
	s.OK(s.Reads(out.AccessToken))
	_, err = s.Directory.TakeRole(ctx, audit.Operator, s.Acme.ID, ben.ID, directory.AppInstaller)
	s.OK(err)
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	for range 2 { // it uses nothing up
		_, err = s.Refreshes(out.RefreshToken)
		want(t, err, refusal.UserNotAdmitted)
	}
	if !s.Asks(out.RefreshToken).Active {
		t.Error("the refresh token is dead, though the role may come back")
	}
	_, err = s.Directory.GiveRole(ctx, audit.Operator, s.Acme.ID, ben.ID, directory.AppInstaller)
	s.OK(err)
	out, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.OK(s.Reads(out.AccessToken))
	// The role is taken from the authorization instead.
	s.Authorizes(govern.Terms{Uncapped: true, Admission: policy.Admission{Roles: []string{directory.SiteAdmin}}})
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.UserNotAdmitted)
}

// TestA048_a_ceiling_that_was_lowered takes scopes from what is out at once, and gives them back with the next refresh.
func TestA048_a_ceiling_that_was_lowered(t *testing.T) {
	s := newShop(t).closed()
	s.Authorizes(wider)
	out, g := s.Installed([]string{contacts}, deals)
	s.OK(s.Calls(out.AccessToken, "list_deals"))
	s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	err := s.Calls(out.AccessToken, "list_deals")
	want(t, err, refusal.ScopeNotGranted)
	if f := refusal.Of(err).First(); f.Case != refusal.TakenBack {
		t.Errorf("%+v", f)
	}
	s.OK(s.Calls(out.AccessToken, "list_contacts"))
	if now := s.Asks(out.AccessToken); !now.Active || now.Scopes.String() != contacts {
		t.Errorf("introspected as %s", now.Scopes)
	}
	out, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	if out.Scopes.String() != contacts || len(out.Dropped) != 1 || out.Dropped[0].Code != string(refusal.ScopeNotAuthorized) {
		t.Errorf("%s, dropped %+v", out.Scopes, out.Dropped)
	}
	if !s.Grant(g).Scopes.Equal(scopes(contacts, deals)) {
		t.Error("the grant was rewritten")
	}
	s.Authorizes(wider)
	out, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.OK(s.Calls(out.AccessToken, "list_deals"))
	s.Authorizes(govern.Terms{Scopes: scopes(companies)}) // nothing of the grant is left
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.NoScopeLeft)
}

// TestA154_a_grant_is_of_one_account, however many authorized the app.
func TestA154_a_grant_is_of_one_account(t *testing.T) {
	s := newShop(t)
	out, _ := s.Installed([]string{contacts})
	code, _ := s.Gave(s.Beta.Ada, s.App, []string{contacts})
	abroad, err := s.Redeems(code)
	s.OK(err)
	m, _ := testworld.CRM().Method("list_contacts")
	call := func(token string, in id.Tenant) error {
		_, err := s.Call(ctx, &access.CallRequest{Credential: token, Bearer: true, Catalog: testworld.CRM(), Method: m, Tenant: in.String(), Audience: testworld.Audience})
		return err
	}
	s.OK(call(out.AccessToken, s.Acme.ID))
	want(t, call(abroad.AccessToken, s.Acme.ID), refusal.TenantMismatch)
	want(t, call(out.AccessToken, s.Beta.ID), refusal.TenantMismatch)
	_, err = s.Refresh(ctx, access.RefreshRequest{Proof: s.Proof(), Token: abroad.RefreshToken, Tenant: "acme"})
	want(t, err, refusal.RefreshTokenUnknown)
	// What one account decides is felt in no other.
	_, err = s.Revoke(ctx, operator, s.Beta.ID, s.App.ID, "")
	s.OK(err)
	s.OK(s.Reads(out.AccessToken))
	want(t, s.Reads(abroad.AccessToken), refusal.CredentialRevoked)
	_, err = s.Refreshes(abroad.RefreshToken)
	want(t, err, refusal.AuthorizationRevoked)
	_, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
}

// TestA158_a_revoked_app is dead in everything that it holds, at once, and gets nothing new until an administrator authorizes it
// again; then nothing old revives.
func TestA158_a_revoked_app(t *testing.T) {
	for name, began := range map[string]func(*shop){
		"that an administrator authorized": func(s *shop) { s.closed().Authorizes(wider) },
		"that users installed":             func(*shop) {},
		"in a tenant that only reports":    func(s *shop) { s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report}) },
		"in a tenant that looks away":      func(s *shop) { s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Off}) },
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			began(s)
			out, _ := s.Installed([]string{contacts}, deals)
			code, _ := s.Gave(s.Acme.Ada, s.App, []string{contacts})
			page := s.Page(deals)
			s.OK(s.Reads(out.AccessToken))
			_, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, "it leaks")
			s.OK(err)
			dead := func(when string) {
				t.Helper()
				want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
				_, err = s.Refreshes(out.RefreshToken)
				want(t, err, refusal.AuthorizationRevoked)
				_, err = s.Redeems(code)
				want(t, err, refusal.AuthorizationRevoked)
				for _, token := range []string{out.AccessToken, out.RefreshToken} {
					if s.Asks(token).Active {
						t.Errorf("%s: a token is active", when)
					}
				}
			}
			dead("revoked")
			if _, err := s.Decide(ctx, page); !errors.Is(err, access.ErrShowAgain) {
				t.Errorf("decided: %v", err)
			}
			j, err := s.Install(ctx, page.InstallRequest)
			s.OK(err)
			want(t, j.Refusal(), refusal.AuthorizationRevoked)
			s.Authorizes(wider)
			dead("authorized again")
			if j, err = s.Install(ctx, page.InstallRequest); err != nil || len(j.Verdict.Findings) > 0 || j.Verdict.Outcome != policy.ConsentNeeded {
				t.Errorf("%v %+v", err, j.Verdict)
			}
		})
	}
}

// TestA159_the_operator_recalls_an_app in all accounts: one row and one mark, however many hold tokens; each account decides anew.
func TestA159_the_operator_recalls_an_app(t *testing.T) {
	s := newShop(t)
	var tokens []access.Issued
	for _, u := range []store.User{s.Acme.Ada, s.Beta.Ada, s.Member("ben"), s.Member("eve")} {
		code, _ := s.Gave(u, s.App, []string{contacts})
		out, err := s.Redeems(code)
		s.OK(err)
		s.OK(s.Reads(out.AccessToken))
		tokens = append(tokens, out)
	}
	before := s.Memory.Head()
	tenants, err := s.Recall(ctx, operator, s.App.ID, "it leaks")
	if s.OK(err); tenants != 2 {
		t.Errorf("%d tenants", tenants)
	}
	if n := s.Memory.Head().N - before.N; n > 2 { // the client's record, and the mark
		t.Errorf("%d rows of the feed", n)
	}
	for _, out := range tokens {
		want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
		_, err = s.Refreshes(out.RefreshToken)
		want(t, err, refusal.AuthorizationRevoked)
	}
	// Neither an open door nor one that only reports brings it back, also where nobody used it before.
	s.Governs(s.Beta.ID, policy.Governance{Door: policy.DoorOpen, Stage: policy.Report})
	gamma := s.NewTenant("gamma")
	s.Governs(gamma.ID, policy.Governance{Door: policy.DoorOpen, Stage: policy.Off})
	for _, u := range []store.User{s.Acme.Ada, s.Beta.Ada, gamma.Ada} {
		j, err := s.Install(ctx, access.InstallRequest{Client: s.App.ID.String(), RedirectURI: testworld.Callback, RedirectSent: true, Scope: scopes(contacts), Tenant: u.Tenant, User: u.ID})
		s.OK(err)
		want(t, j.Refusal(), refusal.AuthorizationRevoked, refusal.AuthorizationNeeded)
	}
	s.Authorizes(wider)
	_, err = s.Refreshes(tokens[0].RefreshToken)
	want(t, err, refusal.AuthorizationRevoked)
	again, _ := s.Installed([]string{contacts})
	s.OK(s.Reads(again.AccessToken))
}

// TestA160_two_marks_at_once: the stricter of two wins, whichever came first, at calls and at introspection.
func TestA160_two_marks_at_once(t *testing.T) {
	plan := func(s *shop) { s.Plan("starter") }                                            // {tenant} less flows
	lower := func(s *shop) { s.Authorizes(govern.Terms{Scopes: scopes(contacts, flows)}) } // {tenant, client} less deals
	revoke := func(s *shop) { _, err := s.Revoke(ctx, operator, s.Acme.ID, s.App.ID, ""); s.OK(err) }
	for name, tt := range map[string]struct {
		marks []func(*shop)
		left  string
	}{
		"two that take different scopes":        {[]func(*shop){plan, lower}, contacts},
		"in the other order":                    {[]func(*shop){lower, plan}, contacts},
		"one that takes scopes, one that voids": {[]func(*shop){plan, revoke}, ""},
		"void first":                            {[]func(*shop){revoke, plan}, ""},
		"one voids, one takes its scopes":       {[]func(*shop){lower, revoke, plan}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t).closed()
			s.Authorizes(wider)
			out, _ := s.Installed([]string{contacts}, deals, flows)
			for _, mark := range tt.marks {
				mark(s)
			}
			now := s.Asks(out.AccessToken)
			if now.Active != (tt.left != "") || now.Scopes.String() != tt.left {
				t.Errorf("introspected as active %v with %q", now.Active, now.Scopes)
			}
			for scope, method := range map[string]string{contacts: "list_contacts", deals: "list_deals", flows: "list_workflows"} {
				if err := s.Calls(out.AccessToken, method); (err == nil) != (scope == tt.left) {
					t.Errorf("%s: %v", method, err)
				}
			}
		})
	}
}
