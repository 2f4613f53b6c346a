package access_test

import (
	"testing"
	"time"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/testworld"
	"prokura/internal/token"
)

// TestRefresh_waits_for_an_administrator: what users installed stops when the door is closed, uses nothing up, and goes on with the
// same refresh token when an administrator approves it.
func TestRefresh_waits_for_an_administrator(t *testing.T) {
	s := newShop(t)
	out, g := s.Installed([]string{contacts})
	code, _ := s.Gave(s.Acme.Ada, s.App, []string{contacts})
	seen, err := s.Governance(ctx, s.Acme.ID)
	s.OK(err)
	_, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{}, seen.Version)
	s.OK(err)
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	for range 2 {
		_, err = s.Refreshes(out.RefreshToken)
		want(t, err, refusal.AuthorizationNeeded)
	}
	if f := refusal.Of(err).First(); f.Case != refusal.Undecided {
		t.Errorf("%+v", f)
	}
	_, err = s.Redeems(code)
	want(t, err, refusal.AuthorizationNeeded)
	if !s.Asks(out.RefreshToken).Active {
		t.Error("the refresh token is dead")
	}
	a := s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	if a.ID != g.Authorization {
		t.Error("approving made another authorization")
	}
	next, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.OK(s.Reads(next.AccessToken))
	_, err = s.Redeems(code)
	s.OK(err)
}

// TestTokens_end_with_what_they_rest_on: no token outlives the day to which an administrator authorized the app; extended, it goes on.
func TestTokens_end_with_what_they_rest_on(t *testing.T) {
	s := newShop(t).closed()
	end := s.Clock.Now().Add(10 * time.Minute)
	s.Authorizes(govern.Terms{Uncapped: true, Expires: end})
	out, _ := s.Installed([]string{contacts})
	if !out.Expires.Equal(end) {
		t.Errorf("ends %s, want %s", out.Expires, end)
	}
	s.Clock.Advance(10*time.Minute - time.Second)
	s.OK(s.Memory.Sync(ctx))
	s.OK(s.Reads(out.AccessToken))
	s.Clock.Advance(time.Second)
	want(t, s.Reads(out.AccessToken), refusal.CredentialExpired)
	_, err := s.Refreshes(out.RefreshToken)
	want(t, err, refusal.AuthorizationNeeded)
	if f := refusal.Of(err).First(); f.Case != refusal.Lapsed {
		t.Errorf("%+v", f)
	}
	s.Authorizes(govern.Terms{Uncapped: true, Expires: end.Add(24 * time.Hour)})
	_, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.Authorizes(govern.Terms{Uncapped: true, Expires: s.Clock.Now().Add(time.Second)}) // brought closer
	want(t, s.Reads(out.AccessToken), refusal.CredentialExpired, refusal.CredentialRevoked)
}

// TestClientCredentials_in_another_account takes an administrator's word there, for exactly that.
func TestClientCredentials_in_another_account(t *testing.T) {
	s := newShop(t)
	c, proof := s.Robot(func(c *store.Client) { c.Registration.Required = scopes(contacts, deals) })
	decide := func(terms govern.Terms) {
		t.Helper()
		seen, err := s.Authorization(ctx, s.Acme.ID, c.ID)
		s.OK(err)
		terms.Version, terms.Admission = seen.Version, all
		_, err = s.Authorize(ctx, operator, s.Acme.ID, c.ID, terms)
		s.OK(err)
	}
	refusedThere := func(when string) {
		t.Helper()
		_, err := s.ForItself(proof, "acme")
		if code := refusal.Of(err).First().Code; err == nil || code != refusal.ClientNotAuthorized {
			t.Errorf("%s: %v", when, err)
		}
	}
	for _, stage := range []policy.Stage{policy.Enforce, policy.Report, policy.Off} { // an open door and a lenient stage say nothing of it
		s.Governs(s.Acme.ID, policy.Governance{Door: policy.DoorOpen, Stage: stage})
		refusedThere("undecided, " + string(stage))
	}
	decide(govern.Terms{Uncapped: true})
	refusedThere("authorized for users")
	decide(govern.Terms{Scopes: scopes(contacts), ForItself: true})
	out, err := s.ForItself(proof, "acme")
	s.OK(err)
	if out.Tenant.ID != s.Acme.ID || out.Scopes.String() != contacts || len(out.Dropped) == 0 {
		t.Errorf("%+v", out)
	}
	s.OK(s.Reads(out.AccessToken))
	said, err := s.Keys.Verifier().Access(out.AccessToken, s.Clock.Now())
	s.OK(err)
	if said.Tenant != s.Acme.ID || said.Authorization.IsZero() || !said.User.IsZero() || said.Stage != "" {
		t.Errorf("%+v", said)
	}
	home, err := s.ForItself(proof, "")
	s.OK(err)
	if home.Tenant.ID != s.Beta.ID || !home.Scopes.Equal(scopes(contacts, companies, deals, flows)) {
		t.Errorf("%+v", home)
	}
	decide(govern.Terms{Uncapped: true})
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	refusedThere("taken back")
	_, err = s.Revoke(ctx, operator, s.Acme.ID, c.ID, "")
	s.OK(err)
	refusedThere("revoked")
	s.OK(s.Reads(home.AccessToken))
	// At home a user's installation changes nothing, and a revocation everything.
	s.Gave(s.Beta.Ada, c, []string{contacts})
	_, err = s.ForItself(proof, "")
	s.OK(err)
	_, err = s.Revoke(ctx, operator, s.Beta.ID, c.ID, "")
	s.OK(err)
	_, err = s.ForItself(proof, "")
	want(t, err, refusal.AuthorizationRevoked)
	want(t, s.Reads(home.AccessToken), refusal.CredentialRevoked)
}

// TestStages: in a tenant that only reports nothing is refused for want of a decision, tokens say what would be left, and what
// would be refused is written down; beginning to enforce ends these tokens.
func TestStages(t *testing.T) {
	s := newShop(t)
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	out, _ := s.Installed([]string{contacts}, deals)
	said, err := s.Keys.Verifier().Access(out.AccessToken, s.Clock.Now())
	s.OK(err)
	if said.Stage != token.StageReport || said.Held.Len() > 0 {
		t.Errorf("undecided: %q, held %s", said.Stage, said.Held)
	}
	s.OK(s.Calls(out.AccessToken, "list_contacts"))
	s.WritesBehind()
	s.Authorizes(govern.Terms{Scopes: scopes(contacts)})
	out, err = s.Refreshes(out.RefreshToken)
	s.OK(err)
	said, err = s.Keys.Verifier().Access(out.AccessToken, s.Clock.Now())
	s.OK(err)
	if out.Scopes.String() != contacts+" "+deals || said.Held.String() != contacts {
		t.Errorf("%s, held %s", out.Scopes, said.Held)
	}
	s.OK(s.Calls(out.AccessToken, "list_contacts"))
	s.OK(s.Calls(out.AccessToken, "list_deals"))
	if now := s.Asks(out.AccessToken); !now.Active || !now.Scopes.Equal(out.Scopes) {
		t.Errorf("introspected as %s", now.Scopes)
	}
	s.WritesBehind()
	var list []store.Foreseen
	s.OK(s.Store.View(ctx, func(r store.Reader) (err error) {
		list, err = r.ListForeseen(s.Acme.ID, s.App.ID, 10)
		return err
	}))
	if len(list) != 1 || list[0].Method != "list_deals" || list[0].User != s.Acme.Ada.ID { // deciding forgot what was foreseen before
		t.Errorf("%+v", list)
	}
	seen, err := s.Governance(ctx, s.Acme.ID)
	s.OK(err)
	_, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{Stage: policy.Off}, seen.Version)
	s.OK(err)
	off, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	if said, err = s.Keys.Verifier().Access(off.AccessToken, s.Clock.Now()); err != nil || said.Stage != token.StageOff || said.Held.String() != contacts {
		t.Errorf("%v %q, held %s", err, said.Stage, said.Held)
	}
	s.OK(s.Calls(off.AccessToken, "list_deals"))
	_, err = s.SetGovernance(ctx, operator, s.Acme.ID, policy.Governance{}, seen.Version+1)
	s.OK(err)
	for _, old := range []Issued{out, off} {
		want(t, s.Calls(old.AccessToken, "list_contacts"), refusal.CredentialRevoked)
	}
	out, err = s.Refreshes(off.RefreshToken)
	s.OK(err)
	if said, err = s.Keys.Verifier().Access(out.AccessToken, s.Clock.Now()); err != nil || said.Stage != "" || out.Scopes.String() != contacts {
		t.Errorf("%v %q %s", err, said.Stage, out.Scopes)
	}
	want(t, s.Calls(out.AccessToken, "list_deals"), refusal.ScopeNotGranted)
}

// TestStages_of_a_tenant_that_never_chose one is the vendor's.
func TestStages_of_a_tenant_that_never_chose(t *testing.T) {
	s := newShop(t)
	gamma := s.NewTenant("gamma")
	code, _ := s.Gave(gamma.Ada, s.App, []string{contacts})
	_, err := s.Redeems(code)
	want(t, err, refusal.AuthorizationNeeded)
	s.OK(s.SetVendorStage(ctx, operator, policy.Report))
	out, err := s.Redeems(code)
	s.OK(err)
	s.OK(s.Reads(out.AccessToken))
	s.OK(s.SetVendorStage(ctx, operator, policy.Enforce))
	want(t, s.Reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.Refreshes(out.RefreshToken)
	want(t, err, refusal.AuthorizationNeeded)
}

// TestStages_of_a_sign_in: scopes that are not assigned to a connected app are given where the tenant only reports.
func TestStages_of_a_sign_in(t *testing.T) {
	s := newShop(t)
	by := s.NewApp(s.Acme.ID, &[]string{readUsr})
	if got := s.SignsIn(by, nil).Granted.String(); got != readUsr {
		t.Errorf("enforced, and given %s", got)
	}
	s.Governs(s.Acme.ID, policy.Governance{Stage: policy.Report})
	in := s.SignsIn(by, nil)
	if !in.Granted.Equal(scopes(content, readUsr)) {
		t.Errorf("given %s", in.Granted)
	}
	said, err := s.Keys.Verifier().Session(in.Token, s.Clock.Now())
	s.OK(err)
	if said.Stage != token.StageReport || said.Held.String() != readUsr {
		t.Errorf("%q, held %s", said.Stage, said.Held)
	}
	s.OK(s.Uses(in.Token, "get_users_on_site"))
	issued, err := s.Assert(ctx, AssertRequest{Assertion: s.JWT(by, nil), Scope: Narrowing{Set: true, Asked: scopes(content)}})
	s.OK(err)
	if a, err := s.Keys.Verifier().Access(issued.AccessToken, s.Clock.Now()); err != nil || a.Stage != token.StageReport || a.Held.Len() > 0 || a.Scopes.String() != content {
		t.Errorf("%v %+v", err, a)
	}
}

// TestCall_the_users_permission is asked for beside the scope where the method names one, and follows the user's roles and what the
// roles hold at once.
func TestCall_the_users_permission(t *testing.T) {
	const needed = "crm:contacts:view"
	s := newShop(t)
	m, _ := testworld.CRM().Method("list_contacts")
	guarded := *m
	guarded.Permission = needed
	call := func(token string) error {
		_, err := s.Call(ctx, &CallRequest{Credential: token, Bearer: true, Catalog: testworld.CRM(), Method: &guarded, Audience: audience})
		return err
	}
	install := func(u store.User) Issued {
		t.Helper()
		code, _ := s.Gave(u, s.App, []string{contacts})
		out, err := s.Redeems(code)
		s.OK(err)
		return out
	}
	s.OK(call(install(s.Acme.Ada).AccessToken)) // a super administrator holds all
	role, err := s.Directory.CreateRole(ctx, audit.Operator, store.Role{Tenant: s.Acme.ID, ID: "viewer", Name: "Viewer", Permissions: []string{needed}})
	s.OK(err)
	ben := s.Member("ben")
	out := install(ben)
	err = call(out.AccessToken)
	want(t, err, refusal.UserLacksCallPermission)
	if f := refusal.Of(err).First(); f.Want != needed || f.Definition().Fixer != refusal.Administrator {
		t.Errorf("%+v", f)
	}
	_, err = s.Directory.GiveRole(ctx, audit.Operator, s.Acme.ID, ben.ID, role.ID)
	s.OK(err)
	next, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	s.OK(call(next.AccessToken))
	req := &CallRequest{Credential: next.AccessToken, Bearer: true, Catalog: testworld.CRM(), Method: &guarded, Audience: audience}
	if n := testing.AllocsPerRun(100, func() { _, err = s.Call(ctx, req) }); n > 0 || err != nil {
		t.Errorf("%v allocations for each call", n)
	}
	// What is taken from the role is gone at once, with the token; what is given to it works with the same token.
	none, some := []string{}, []string{needed}
	_, err = s.Directory.UpdateRole(ctx, audit.Operator, s.Acme.ID, role.ID, directory.RoleChange{Permissions: &none})
	s.OK(err)
	want(t, call(next.AccessToken), refusal.CredentialRevoked)
	next, err = s.Refreshes(next.RefreshToken)
	s.OK(err)
	want(t, call(next.AccessToken), refusal.UserLacksCallPermission)
	_, err = s.Directory.UpdateRole(ctx, audit.Operator, s.Acme.ID, role.ID, directory.RoleChange{Permissions: &some})
	s.OK(err)
	s.OK(call(next.AccessToken))
	s.OK(s.Directory.DeleteRole(ctx, audit.Operator, s.Acme.ID, role.ID))
	want(t, call(next.AccessToken), refusal.CredentialRevoked)
	// A client that acts for itself has no user to ask about.
	_, proof := s.Robot(nil)
	itself, err := s.ForItself(proof, "")
	s.OK(err)
	s.OK(call(itself.AccessToken))
}
