package access

import (
	"testing"
	"time"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// TestRefresh_waits_for_an_administrator: what users installed stops when the door is closed, uses nothing up, and goes on with the
// same refresh token when an administrator approves it.
func TestRefresh_waits_for_an_administrator(t *testing.T) {
	s := newShop(t)
	out, g := s.installed([]string{contacts})
	code, _ := s.install(s.app, []string{contacts})
	seen, err := s.Governance(ctx, s.acme.ID)
	s.ok(err)
	_, err = s.SetGovernance(ctx, operator, s.acme.ID, policy.Governance{}, seen.Version)
	s.ok(err)
	want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
	for range 2 {
		_, err = s.refreshWith(out.RefreshToken)
		want(t, err, refusal.AuthorizationNeeded)
	}
	if f := refusal.Of(err).First(); f.Case != refusal.Undecided {
		t.Errorf("%+v", f)
	}
	_, err = s.redeem(code)
	want(t, err, refusal.AuthorizationNeeded)
	if !s.asks(out.RefreshToken).Active {
		t.Error("the refresh token is dead")
	}
	a := s.authorizes(govern.Terms{Scopes: scopes(contacts)})
	if a.ID != g.Authorization {
		t.Error("approving made another authorization")
	}
	next, err := s.refreshWith(out.RefreshToken)
	s.ok(err)
	s.ok(s.reads(next.AccessToken))
	_, err = s.redeem(code)
	s.ok(err)
}

// TestTokens_end_with_what_they_rest_on: no token outlives the day to which an administrator authorized the app; extended, it goes on.
func TestTokens_end_with_what_they_rest_on(t *testing.T) {
	s := newShop(t).closed()
	end := s.clock.Now().Add(10 * time.Minute)
	s.authorizes(govern.Terms{Uncapped: true, Expires: end})
	out, _ := s.installed([]string{contacts})
	if !out.Expires.Equal(end) {
		t.Errorf("ends %s, want %s", out.Expires, end)
	}
	s.clock.Advance(10*time.Minute - time.Second)
	s.ok(s.memory.Sync(ctx))
	s.ok(s.reads(out.AccessToken))
	s.clock.Advance(time.Second)
	want(t, s.reads(out.AccessToken), refusal.CredentialExpired)
	_, err := s.refreshWith(out.RefreshToken)
	want(t, err, refusal.AuthorizationNeeded)
	if f := refusal.Of(err).First(); f.Case != refusal.Lapsed {
		t.Errorf("%+v", f)
	}
	s.authorizes(govern.Terms{Uncapped: true, Expires: end.Add(24 * time.Hour)})
	_, err = s.refreshWith(out.RefreshToken)
	s.ok(err)
	s.authorizes(govern.Terms{Uncapped: true, Expires: s.clock.Now().Add(time.Second)}) // brought closer
	want(t, s.reads(out.AccessToken), refusal.CredentialExpired, refusal.CredentialRevoked)
}

// TestClientCredentials_in_another_account takes an administrator's word there, for exactly that.
func TestClientCredentials_in_another_account(t *testing.T) {
	s := newShop(t)
	c, proof := s.robot(func(c *store.Client) { c.Registration.Required = scopes(contacts, deals) })
	decide := func(terms govern.Terms) {
		t.Helper()
		seen, err := s.Authorization(ctx, s.acme.ID, c.ID)
		s.ok(err)
		terms.Version, terms.Admission = seen.Version, all
		_, err = s.Authorize(ctx, operator, s.acme.ID, c.ID, terms)
		s.ok(err)
	}
	refusedThere := func(when string) {
		t.Helper()
		_, err := s.forItself(proof, "acme")
		if code := refusal.Of(err).First().Code; err == nil || code != refusal.ClientNotAuthorized {
			t.Errorf("%s: %v", when, err)
		}
	}
	for _, stage := range []policy.Stage{policy.Enforce, policy.Report, policy.Off} { // an open door and a lenient stage say nothing of it
		s.governs(s.acme.ID, policy.Governance{Door: policy.DoorOpen, Stage: stage})
		refusedThere("undecided, " + string(stage))
	}
	decide(govern.Terms{Uncapped: true})
	refusedThere("authorized for users")
	decide(govern.Terms{Scopes: scopes(contacts), ForItself: true})
	out, err := s.forItself(proof, "acme")
	s.ok(err)
	if out.Tenant.ID != s.acme.ID || out.Scopes.String() != contacts || len(out.Dropped) == 0 {
		t.Errorf("%+v", out)
	}
	s.ok(s.reads(out.AccessToken))
	said, err := s.keys.Verifier().Access(out.AccessToken, s.clock.Now())
	s.ok(err)
	if said.Tenant != s.acme.ID || said.Authorization.IsZero() || !said.User.IsZero() || said.Stage != "" {
		t.Errorf("%+v", said)
	}
	home, err := s.forItself(proof, "")
	s.ok(err)
	if home.Tenant.ID != s.beta.ID || !home.Scopes.Equal(scopes(contacts, companies, deals, flows)) {
		t.Errorf("%+v", home)
	}
	decide(govern.Terms{Uncapped: true})
	want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
	refusedThere("taken back")
	_, err = s.Revoke(ctx, operator, s.acme.ID, c.ID, "")
	s.ok(err)
	refusedThere("revoked")
	s.ok(s.reads(home.AccessToken))
	// At home a user's installation changes nothing, and a revocation everything.
	s.installBy(s.beta.ada, c, []string{contacts})
	_, err = s.forItself(proof, "")
	s.ok(err)
	_, err = s.Revoke(ctx, operator, s.beta.ID, c.ID, "")
	s.ok(err)
	_, err = s.forItself(proof, "")
	want(t, err, refusal.AuthorizationRevoked)
	want(t, s.reads(home.AccessToken), refusal.CredentialRevoked)
}

// TestStages: in a tenant that only reports nothing is refused for want of a decision, tokens say what would be left, and what
// would be refused is written down; beginning to enforce ends these tokens.
func TestStages(t *testing.T) {
	s := newShop(t)
	s.governs(s.acme.ID, policy.Governance{Stage: policy.Report})
	out, _ := s.installed([]string{contacts}, deals)
	said, err := s.keys.Verifier().Access(out.AccessToken, s.clock.Now())
	s.ok(err)
	if said.Stage != token.StageReport || said.Held.Len() > 0 {
		t.Errorf("undecided: %q, held %s", said.Stage, said.Held)
	}
	s.ok(s.calls(out.AccessToken, "list_contacts"))
	s.writeBehind(ctx)
	s.authorizes(govern.Terms{Scopes: scopes(contacts)})
	out, err = s.refreshWith(out.RefreshToken)
	s.ok(err)
	said, err = s.keys.Verifier().Access(out.AccessToken, s.clock.Now())
	s.ok(err)
	if out.Scopes.String() != contacts+" "+deals || said.Held.String() != contacts {
		t.Errorf("%s, held %s", out.Scopes, said.Held)
	}
	s.ok(s.calls(out.AccessToken, "list_contacts"))
	s.ok(s.calls(out.AccessToken, "list_deals"))
	if now := s.asks(out.AccessToken); !now.Active || !now.Scopes.Equal(out.Scopes) {
		t.Errorf("introspected as %s", now.Scopes)
	}
	s.writeBehind(ctx)
	var list []store.Foreseen
	s.ok(s.db.View(ctx, func(r store.Reader) (err error) {
		list, err = r.ListForeseen(s.acme.ID, s.app.ID, 10)
		return err
	}))
	if len(list) != 1 || list[0].Method != "list_deals" || list[0].User != s.acme.ada.ID { // deciding forgot what was foreseen before
		t.Errorf("%+v", list)
	}
	seen, err := s.Governance(ctx, s.acme.ID)
	s.ok(err)
	_, err = s.SetGovernance(ctx, operator, s.acme.ID, policy.Governance{Stage: policy.Off}, seen.Version)
	s.ok(err)
	off, err := s.refreshWith(out.RefreshToken)
	s.ok(err)
	if said, err = s.keys.Verifier().Access(off.AccessToken, s.clock.Now()); err != nil || said.Stage != token.StageOff || said.Held.String() != contacts {
		t.Errorf("%v %q, held %s", err, said.Stage, said.Held)
	}
	s.ok(s.calls(off.AccessToken, "list_deals"))
	_, err = s.SetGovernance(ctx, operator, s.acme.ID, policy.Governance{}, seen.Version+1)
	s.ok(err)
	for _, old := range []Issued{out, off} {
		want(t, s.calls(old.AccessToken, "list_contacts"), refusal.CredentialRevoked)
	}
	out, err = s.refreshWith(off.RefreshToken)
	s.ok(err)
	if said, err = s.keys.Verifier().Access(out.AccessToken, s.clock.Now()); err != nil || said.Stage != "" || out.Scopes.String() != contacts {
		t.Errorf("%v %q %s", err, said.Stage, out.Scopes)
	}
	want(t, s.calls(out.AccessToken, "list_deals"), refusal.ScopeNotGranted)
}

// TestStages_of_a_tenant_that_never_chose one is the vendor's.
func TestStages_of_a_tenant_that_never_chose(t *testing.T) {
	s := newShop(t)
	gamma := s.tenant("gamma")
	code, _ := s.installBy(gamma.ada, s.app, []string{contacts})
	_, err := s.redeem(code)
	want(t, err, refusal.AuthorizationNeeded)
	s.ok(s.SetVendorStage(ctx, operator, policy.Report))
	out, err := s.redeem(code)
	s.ok(err)
	s.ok(s.reads(out.AccessToken))
	s.ok(s.SetVendorStage(ctx, operator, policy.Enforce))
	want(t, s.reads(out.AccessToken), refusal.CredentialRevoked)
	_, err = s.refreshWith(out.RefreshToken)
	want(t, err, refusal.AuthorizationNeeded)
}

// TestStages_of_a_sign_in: scopes that are not assigned to a connected app are given where the tenant only reports.
func TestStages_of_a_sign_in(t *testing.T) {
	s := newShop(t)
	by := s.world.app(s.acme.ID, &[]string{readUsr})
	if got := s.signIn(by, nil).Granted.String(); got != readUsr {
		t.Errorf("enforced, and given %s", got)
	}
	s.governs(s.acme.ID, policy.Governance{Stage: policy.Report})
	in := s.signIn(by, nil)
	if !in.Granted.Equal(scopes(content, readUsr)) {
		t.Errorf("given %s", in.Granted)
	}
	said, err := s.keys.Verifier().Session(in.Token, s.clock.Now())
	s.ok(err)
	if said.Stage != token.StageReport || said.Held.String() != readUsr {
		t.Errorf("%q, held %s", said.Stage, said.Held)
	}
	s.ok(s.call(in.Token, "get_users_on_site"))
	issued, err := s.Assert(ctx, AssertRequest{Assertion: s.jwt(by, nil), Scope: Narrowing{Set: true, Asked: scopes(content)}})
	s.ok(err)
	if a, err := s.keys.Verifier().Access(issued.AccessToken, s.clock.Now()); err != nil || a.Stage != token.StageReport || a.Held.Len() > 0 || a.Scopes.String() != content {
		t.Errorf("%v %+v", err, a)
	}
}

// TestCall_the_users_permission is asked for beside the scope where the method names one, and follows the user's roles and what the
// roles hold at once.
func TestCall_the_users_permission(t *testing.T) {
	const needed = "crm:contacts:view"
	s := newShop(t)
	m, _ := crm().Method("list_contacts")
	guarded := *m
	guarded.Permission = needed
	call := func(token string) error {
		_, err := s.Call(ctx, &CallRequest{Credential: token, Bearer: true, Catalog: crm(), Method: &guarded, Audience: audience})
		return err
	}
	install := func(u store.User) Issued {
		t.Helper()
		code, _ := s.installBy(u, s.app, []string{contacts})
		out, err := s.redeem(code)
		s.ok(err)
		return out
	}
	s.ok(call(install(s.acme.ada).AccessToken)) // a super administrator holds all
	role, err := s.people().CreateRole(ctx, audit.Operator, store.Role{Tenant: s.acme.ID, ID: "viewer", Name: "Viewer", Permissions: []string{needed}})
	s.ok(err)
	ben := s.member("ben")
	out := install(ben)
	err = call(out.AccessToken)
	want(t, err, refusal.UserLacksCallPermission)
	if f := refusal.Of(err).First(); f.Want != needed || f.Definition().Fixer != refusal.Administrator {
		t.Errorf("%+v", f)
	}
	_, err = s.people().GiveRole(ctx, audit.Operator, s.acme.ID, ben.ID, role.ID)
	s.ok(err)
	next, err := s.refreshWith(out.RefreshToken)
	s.ok(err)
	s.ok(call(next.AccessToken))
	req := &CallRequest{Credential: next.AccessToken, Bearer: true, Catalog: crm(), Method: &guarded, Audience: audience}
	if n := testing.AllocsPerRun(100, func() { _, err = s.Call(ctx, req) }); n > 0 || err != nil {
		t.Errorf("%v allocations for each call", n)
	}
	// What is taken from the role is gone at once, with the token; what is given to it works with the same token.
	none, some := []string{}, []string{needed}
	_, err = s.people().UpdateRole(ctx, audit.Operator, s.acme.ID, role.ID, directory.RoleChange{Permissions: &none})
	s.ok(err)
	want(t, call(next.AccessToken), refusal.CredentialRevoked)
	next, err = s.refreshWith(next.RefreshToken)
	s.ok(err)
	want(t, call(next.AccessToken), refusal.UserLacksCallPermission)
	_, err = s.people().UpdateRole(ctx, audit.Operator, s.acme.ID, role.ID, directory.RoleChange{Permissions: &some})
	s.ok(err)
	s.ok(call(next.AccessToken))
	s.ok(s.people().DeleteRole(ctx, audit.Operator, s.acme.ID, role.ID))
	want(t, call(next.AccessToken), refusal.CredentialRevoked)
	// A client that acts for itself has no user to ask about.
	_, proof := s.robot(nil)
	itself, err := s.forItself(proof, "")
	s.ok(err)
	s.ok(call(itself.AccessToken))
}
