package access_test

import (
	"testing"

	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/installurl"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// TestA031_a_function_is_taken_from_an_account while tokens live: its scopes are refused at once, others go on.
func TestA031_a_function_is_taken_from_an_account(t *testing.T) {
	for name, take := range map[string]func(*shop){
		"by a smaller plan": func(s *shop) { s.Plan("starter") },
		"singly": func(s *shop) {
			_, err := s.Directory.PutEntitlement(ctx, audit.Operator, store.Entitlement{Tenant: s.Acme.ID, Entitlement: "marketing_hub_professional", Withdrawn: true})
			s.OK(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			out, _ := s.Installed([]string{contacts}, flows)
			s.OK(s.Calls(out.AccessToken, "list_workflows"))
			take(s)
			err := s.Calls(out.AccessToken, "list_workflows")
			want(t, err, refusal.ScopeNotGranted)
			if f := refusal.Of(err).First(); f.Case != refusal.TakenBack || f.Definition().Fixer != refusal.Administrator {
				t.Errorf("refused as %+v, as if it had never been granted", f)
			}
			s.OK(s.Calls(out.AccessToken, "list_contacts"))
		})
	}
}

// TestA043_a_scope_that_becomes_required adds nothing to what was given before; the next installation asks for it.
func TestA043_a_scope_that_becomes_required(t *testing.T) {
	s := newShop(t)
	out, g := s.Installed([]string{contacts})
	s.Reregister(s.App, func(c *store.Client) {
		c.Registration.Required, c.Registration.Optional = scopes(contacts, deals), scopes(flows)
	})
	next, err := s.Refreshes(out.RefreshToken)
	s.OK(err)
	if next.Scopes.String() != contacts || !s.Grant(g).Scopes.Equal(scopes(contacts)) {
		t.Errorf("refreshed to %s", next.Scopes)
	}
	err = s.Calls(next.AccessToken, "list_deals")
	want(t, err, refusal.ScopeNotGranted)
	if f := refusal.Of(err).First(); f.Case != refusal.ForApp {
		t.Errorf("refused as %+v", f)
	}
	j, err := s.Install(ctx, InstallRequest{Client: s.App.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: scopes(contacts, deals),
		Tenant: s.Acme.ID, User: s.Acme.Ada.ID})
	s.OK(err)
	if j.Verdict.Outcome != policy.ConsentNeeded || !j.Verdict.Added.Has(mustScope(deals)) {
		t.Errorf("%+v", j.Verdict)
	}
}

// TestA166_consent_for_one_app counts for no other, though user, account, scopes and publisher are the same.
func TestA166_consent_for_one_app(t *testing.T) {
	s := newShop(t)
	_, err := s.Decide(ctx, s.Page())
	s.OK(err)
	twin := s.Register(nil)
	for name, c := range map[string]struct {
		app  store.Client
		user store.User
		asks bool
	}{
		"the same app":     {s.App, s.Acme.Ada, false},
		"its twin":         {twin, s.Acme.Ada, true},
		"the same, abroad": {s.App, s.Beta.Ada, true},
	} {
		j, err := s.Install(ctx, InstallRequest{Client: c.app.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: scopes(contacts),
			Tenant: c.user.Tenant, User: c.user.ID})
		s.OK(err)
		if j.Verdict.Refused() || (j.Verdict.Added.Len() > 0) != c.asks {
			t.Errorf("%s: %+v", name, j.Verdict)
		}
	}
}

// TestExplainInstall_the_published_example: the one URL that the page gives which this is built after, word for word, in a world
// that has its client: a mismatch and nothing else, marked in the URL, and the URL that would do. No store keeps such an id.
func TestExplainInstall_the_published_example(t *testing.T) {
	const custom = "crm.objects.custom.read"
	x := InstallExplanation{URL: "/authorize?client_id=123&redirect_uri=xyz&scope=" + custom}
	u, flaws := installurl.Parse(x.URL)
	x.Client = store.Client{ID: entropy.ID[id.Client](), Registration: store.Registration{InstallURL: true, Wire: "hubspot",
		RedirectURIs: []string{"xyz"}, Optional: scopes(custom)}}
	x.RedirectURI = u.RedirectURI
	s := newShop(t)
	x.Verdict = policy.Install(&policy.InstallQuestion{Client: u.ClientID, ClientFound: Passed(u.ClientID == "123"), Enabled: true,
		RedirectURI: u.RedirectURI, Redirect: Passed(u.RedirectURI == "xyz"), Scope: u.Scope, Optional: u.Optional, Malformed: u.Malformed,
		Selectable: x.Client.Registration.Optional, Implied: s.Catalogs.Implied(&x.Client.Registration), Facts: s.Catalogs.Facts, Nearest: s.Catalogs.Nearest})
	x.SayForm(&u, flaws)
	if !x.Verdict.Refused() || codes(&x) != "scope_mismatch "+custom || len(x.Verdict.Dropped) > 0 {
		t.Errorf("%s: %s", x.Verdict.Outcome, codes(&x))
	}
	if len(x.Marks) != 1 || x.URL[x.Marks[0].Start:x.Marks[0].End] != custom || x.Marks[0].Code != refusal.ScopeMismatch {
		t.Errorf("%+v", x.Marks)
	}
	if x.Corrected != "/authorize?client_id=123&redirect_uri=xyz&optional_scope="+custom {
		t.Errorf("corrected %s", x.Corrected)
	}
}

func mustScope(name string) scope.Scope {
	s, err := scope.Parse(name)
	if err != nil {
		panic(err)
	}
	return s
}
