package access

import (
	"testing"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/installurl"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// calls is what becomes of a call of a method of the CRM.
func (s *shop) calls(token, method string) error {
	s.t.Helper()
	m, ok := crm().Method(method)
	if !ok {
		s.t.Fatalf("the catalog has no method %s", method)
	}
	_, err := s.Call(ctx, &CallRequest{Credential: token, Bearer: true, Catalog: crm(), Method: m, Audience: audience})
	return err
}

// TestA031_a_function_is_taken_from_an_account while tokens live: its scopes are refused at once, others go on.
func TestA031_a_function_is_taken_from_an_account(t *testing.T) {
	for name, take := range map[string]func(*shop){
		"by a smaller plan": func(s *shop) { s.plan("starter") },
		"singly": func(s *shop) {
			_, err := s.people().PutEntitlement(ctx, audit.Operator, store.Entitlement{Tenant: s.acme.ID, Entitlement: "marketing_hub_professional", Withdrawn: true})
			s.ok(err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			out, _ := s.installed([]string{contacts}, flows)
			s.ok(s.calls(out.AccessToken, "list_workflows"))
			take(s)
			err := s.calls(out.AccessToken, "list_workflows")
			want(t, err, refusal.ScopeNotGranted)
			if f := refusal.Of(err).First(); f.Case != refusal.TakenBack || f.Definition().Fixer != refusal.Administrator {
				t.Errorf("refused as %+v, as if it had never been granted", f)
			}
			s.ok(s.calls(out.AccessToken, "list_contacts"))
		})
	}
}

// TestA043_a_scope_that_becomes_required adds nothing to what was given before; the next installation asks for it.
func TestA043_a_scope_that_becomes_required(t *testing.T) {
	s := newShop(t)
	out, g := s.installed([]string{contacts})
	s.reregister(s.app, func(c *store.Client) {
		c.Registration.Required, c.Registration.Optional = scopes(contacts, deals), scopes(flows)
	})
	next, err := s.refreshWith(out.RefreshToken)
	s.ok(err)
	if next.Scopes.String() != contacts || !s.grant(g).Scopes.Equal(scopes(contacts)) {
		t.Errorf("refreshed to %s", next.Scopes)
	}
	err = s.calls(next.AccessToken, "list_deals")
	want(t, err, refusal.ScopeNotGranted)
	if f := refusal.Of(err).First(); f.Case != refusal.ForApp {
		t.Errorf("refused as %+v", f)
	}
	j, err := s.Install(ctx, InstallRequest{Client: s.app.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: scopes(contacts, deals),
		Tenant: s.acme.ID, User: s.acme.ada.ID})
	s.ok(err)
	if j.Verdict.Outcome != policy.ConsentNeeded || !j.Verdict.Added.Has(mustScope(deals)) {
		t.Errorf("%+v", j.Verdict)
	}
}

// TestA166_consent_for_one_app counts for no other, though user, account, scopes and publisher are the same.
func TestA166_consent_for_one_app(t *testing.T) {
	s := newShop(t)
	_, err := s.Decide(ctx, s.wish())
	s.ok(err)
	twin := s.client(nil)
	for name, c := range map[string]struct {
		app  store.Client
		user store.User
		asks bool
	}{
		"the same app":     {s.app, s.acme.ada, false},
		"its twin":         {twin, s.acme.ada, true},
		"the same, abroad": {s.app, s.beta.ada, true},
	} {
		j, err := s.Install(ctx, InstallRequest{Client: c.app.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: scopes(contacts),
			Tenant: c.user.Tenant, User: c.user.ID})
		s.ok(err)
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
	x.Verdict = policy.Install(&policy.InstallQuestion{Client: u.ClientID, ClientFound: passed(u.ClientID == "123"), Enabled: true,
		RedirectURI: u.RedirectURI, Redirect: passed(u.RedirectURI == "xyz"), Scope: u.Scope, Optional: u.Optional, Malformed: u.Malformed,
		Selectable: x.Client.Registration.Optional, Implied: s.catalogs.Implied(&x.Client.Registration), Facts: s.catalogs.Facts, Nearest: s.catalogs.Nearest})
	x.refuseForm(&u, flaws)
	x.mark(&u, flaws)
	x.correct(&u)
	if !x.Verdict.Refused() || x.codes() != "scope_mismatch "+custom || len(x.Verdict.Dropped) > 0 {
		t.Errorf("%s: %s", x.Verdict.Outcome, x.codes())
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
