package policy_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/installurl"
	"prokura/internal/policy"
	"prokura/internal/policy/installtest"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// scopes is a set of names.
func scopes(names ...string) scope.Set {
	s, err := scope.ParseSet(names)
	if err != nil {
		panic(err)
	}
	return s
}

func outcome(ok bool) policy.Outcome {
	if ok {
		return policy.Passed
	}
	return policy.Failed
}

// question is what the world says of a case.
func question(w *installtest.World, c *installtest.Case) *policy.InstallQuestion {
	u, _ := installurl.Parse(c.URL(c.Client))
	q := &policy.InstallQuestion{Client: c.Client, ClientFound: policy.Failed, RedirectURI: u.RedirectURI, Scope: u.Scope, Optional: u.Optional,
		Malformed: u.Malformed, Plans: w.Plans, Governed: policy.Passed}
	q.Facts = func(s scope.Scope) (policy.Facts, bool) {
		i := slices.IndexFunc(w.Scopes, func(k installtest.Scope) bool { return k.Name == s.String() })
		if i < 0 {
			return policy.Facts{}, false
		}
		return policy.Facts{Entitlement: w.Scopes[i].Entitlement, Permissions: w.Scopes[i].Permissions}, true
	}
	for _, k := range w.Clients {
		if k.Name == c.Client {
			q.ClientFound, q.Enabled, q.Redirect = policy.Passed, !k.Disabled, outcome(c.Redirect == installtest.Redirect(k.Name))
			q.Implied, q.Required, q.Conditional, q.Selectable = scopes(k.Implied...), scopes(k.Required...), scopes(k.Conditional...), scopes(k.Optional...)
		}
	}
	if c.Tenant == "" {
		return q
	}
	q.Tenant = policy.Failed
	for _, t := range w.Tenants {
		if t.Name == c.Tenant {
			q.Tenant, q.Plan, q.Approved, q.Revoked = policy.Passed, t.Plan, scopes(t.Approved[c.Client]...), slices.Contains(t.Revoked, c.Client)
			q.Entitled = func(e string) bool {
				return slices.ContainsFunc(w.Plans, func(p policy.Plan) bool { return p.ID == t.Plan && slices.Contains(p.Entitlements, e) })
			}
		}
	}
	if c.User == "" || q.Tenant == policy.Failed {
		return q
	}
	q.User = policy.Failed
	for _, u := range w.Users {
		if u.Name == c.User && u.Tenant == c.Tenant {
			q.User, q.Disabled, q.SuperAdmin = policy.Passed, u.Disabled, u.SuperAdmin
			q.Permissions = func(p string) bool { return slices.Contains(u.Permissions, p) }
		}
	}
	return q
}

// answer writes a verdict as the table has it.
func answer(v *policy.Installation) installtest.Answer {
	a := installtest.Answer{Verdict: string(v.Outcome), Granted: v.Granted.String()}
	var list []string
	aboutURL := false
	for _, f := range v.Findings {
		list = append(list, installtest.Finding(string(f.Code), f.Scope, f.Permission, f.Entitlement, f.Plans, f.PlansTogether))
		aboutURL = aboutURL || installtest.AboutURL(f.Code)
	}
	for _, f := range v.Dropped {
		list = append(list, "-"+installtest.Finding(string(f.Code), f.Scope, f.Permission, f.Entitlement, f.Plans, f.PlansTogether))
	}
	a.Findings = strings.Join(list, ", ")
	if aboutURL && v.Correctable {
		a.Corrected = strings.TrimSpace(v.NearestScope.String() + " ; " + v.NearestOptional.String())
	}
	return a
}

// TestInstall_truth_table runs every row of the table, and holds that the corrected URL of a refused one passes.
func TestInstall_truth_table(t *testing.T) {
	w, err := installtest.Load("testdata/install.txt")
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Cases) < 50 {
		t.Fatalf("%d cases", len(w.Cases))
	}
	for _, c := range w.Cases {
		t.Run(c.Name, func(t *testing.T) {
			q := question(w, &c)
			v := policy.Install(q)
			if d := cmp.Diff(c.Want, answer(&v)); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
			for _, f := range slices.Concat(v.Findings, v.Dropped) {
				if f.Definition().Code != f.Code || f.Message().EN == "" || strings.ContainsAny(f.Message().EN+f.Remedy().DE, "{}") {
					t.Errorf("%s says %+v", f.Code, f.Message())
				}
			}
			if !v.Correctable || len(v.Findings) == 0 {
				return
			}
			q.Scope, q.Optional, q.Malformed, q.Tenant, q.Redirect, q.Enabled = v.NearestScope, v.NearestOptional, nil, policy.Skipped, policy.Passed, true
			if v := policy.Install(q); v.Refused() {
				t.Errorf("the corrected URL is refused: %v", v.Findings)
			}
		})
	}
}

// The page that this is built after gives one example URL, here in a world that has its client: a mismatch, and nothing else.
func TestInstall_the_seeds_own_url(t *testing.T) {
	u, flaws := installurl.Parse("/authorize?client_id=123&redirect_uri=xyz&scope=crm.objects.custom.read")
	if len(flaws) > 0 {
		t.Fatal(flaws)
	}
	q := &policy.InstallQuestion{Client: u.ClientID, ClientFound: outcome(u.ClientID == "123"), Enabled: true, RedirectURI: u.RedirectURI,
		Redirect: outcome(u.RedirectURI == "xyz"), Scope: u.Scope, Optional: u.Optional, Malformed: u.Malformed,
		Selectable: scopes("crm.objects.custom.read"), Implied: scopes("oauth"),
		Facts: func(scope.Scope) (policy.Facts, bool) { return policy.Facts{}, true }}
	v := policy.Install(q)
	if len(v.Findings) != 1 || v.Findings[0].Code != refusal.ScopeMismatch || v.Findings[0].FoundIn != policy.InScope ||
		v.Findings[0].BelongsIn != policy.InOptional || !v.Refused() || len(v.Dropped) > 0 || v.Granted.Len() > 0 {
		t.Errorf("%+v", v)
	}
	if got := u.With(v.NearestScope, v.NearestOptional); got != "/authorize?client_id=123&redirect_uri=xyz&optional_scope=crm.objects.custom.read" {
		t.Error(got)
	}
	remedy := v.Findings[0].Remedy()
	if !strings.Contains(remedy.EN, "app's settings") || strings.Index(remedy.EN, "settings") > strings.Index(remedy.EN, "URL") ||
		strings.Index(remedy.DE, "Einstellungen") > strings.Index(remedy.DE, "Installations-URL") || !strings.Contains(remedy.DE, "Installations-URL") {
		t.Errorf("both ways out, the settings first: %+v", remedy)
	}
}

// Pinned: an account on Marketing Hub Starter installs an app that needs workflows.
func TestA030_a_plan_that_lacks_workflows(t *testing.T) {
	q := &policy.InstallQuestion{ClientFound: policy.Passed, Enabled: true, Redirect: policy.Passed, Scope: scopes("automation"), Required: scopes("automation"),
		Facts: func(s scope.Scope) (policy.Facts, bool) {
			return policy.Facts{Entitlement: "workflows", Permissions: []string{"crm:workflows:edit"}}, true
		},
		Tenant: policy.Passed, Governed: policy.Passed, Plan: "Marketing Hub Starter", User: policy.Passed, SuperAdmin: true,
		Entitled: func(string) bool { return false },
		Plans: []policy.Plan{{ID: "Marketing Hub Starter", Entitlements: []string{"forms"}}, {ID: "Marketing Hub Professional", Entitlements: []string{"forms", "workflows"}},
			{ID: "Marketing Hub Enterprise", Entitlements: []string{"forms", "workflows", "events"}}}}
	v := policy.Install(q)
	if len(v.Findings) != 1 || !v.Refused() || v.Granted.Len() > 0 {
		t.Fatalf("%+v", v)
	}
	f := v.Findings[0]
	if f.Code != refusal.TenantLacksEntitlement || f.Scope != "automation" || f.Entitlement != "workflows" ||
		!slices.Equal(f.Plans, []string{"Marketing Hub Professional", "Marketing Hub Enterprise"}) {
		t.Errorf("%+v", f)
	}
	if r := f.Remedy().EN; !strings.Contains(r, "Marketing Hub Professional, Marketing Hub Enterprise") {
		t.Error(r)
	}
}

func TestA028_remedies_of_a_missing_permission_in_order(t *testing.T) {
	q := passing()
	q.SuperAdmin, q.Permissions = false, func(string) bool { return false }
	v := policy.Install(q)
	var order []string
	for _, f := range v.Findings {
		order = append(order, f.Permission)
	}
	if d := cmp.Diff([]string{policy.InstallPermission, "a:a:view", "b:b:view"}, order); d != "" {
		t.Error(d)
	}
	first := v.Findings[0].Remedy()
	for _, s := range []string{first.EN, first.DE} {
		if i, j := strings.Index(s, policy.InstallPermission), strings.Index(strings.ToLower(s), "super"); i < 0 || j < i {
			t.Errorf("%q", s)
		}
	}
}

// passing is a question that is granted.
func passing() *policy.InstallQuestion {
	return &policy.InstallQuestion{Client: "c", ClientFound: policy.Passed, Enabled: true, Redirect: policy.Passed, RedirectURI: "r",
		Scope: scopes("a", "b"), Optional: scopes("c"), Required: scopes("a"), Conditional: scopes("b"), Selectable: scopes("c"), Implied: scopes("oauth"),
		Facts: func(s scope.Scope) (policy.Facts, bool) {
			return policy.Facts{Entitlement: s.String(), Permissions: []string{s.String() + ":" + s.String() + ":view"}}, true
		},
		Tenant: policy.Passed, Entitled: func(string) bool { return true }, Governed: policy.Passed,
		User: policy.Passed, SuperAdmin: true, Consented: scopes("a", "b", "c", "oauth")}
}

func TestInstall_governance(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*policy.InstallQuestion)
		want   installtest.Answer
	}{
		{"consented before", func(*policy.InstallQuestion) {}, installtest.Answer{Verdict: "granted", Granted: "a b c oauth"}},
		{"one scope more than consented to", func(q *policy.InstallQuestion) { q.Consented = scopes("a", "c") },
			installtest.Answer{Verdict: "consent_needed", Granted: "a b c oauth"}},
		{"not authorized yet", func(q *policy.InstallQuestion) { q.Governed = policy.Failed },
			installtest.Answer{Verdict: "authorization_needed", Granted: "a b c oauth", Findings: "authorization_needed"}},
		{"nobody said whether it is authorized", func(q *policy.InstallQuestion) { q.Governed = policy.Skipped },
			installtest.Answer{Verdict: "authorization_needed", Granted: "a b c oauth", Findings: "authorization_needed"}},
		{"not authorized, and more is wrong", func(q *policy.InstallQuestion) { q.Governed, q.Disabled = policy.Failed, true },
			installtest.Answer{Verdict: "refused", Findings: "authorization_needed, user_disabled"}},
		{"revoked", func(q *policy.InstallQuestion) { q.Revoked, q.Governed = true, policy.Failed },
			installtest.Answer{Verdict: "refused", Findings: "authorization_revoked"}},
		{"a ceiling above it", func(q *policy.InstallQuestion) { q.Limited, q.Ceiling = true, scopes("a", "b", "c", "d") },
			installtest.Answer{Verdict: "granted", Granted: "a b c oauth"}},
		{"a ceiling below it", func(q *policy.InstallQuestion) { q.Limited, q.Ceiling = true, scopes("a") },
			installtest.Answer{Verdict: "authorization_needed", Granted: "a b oauth", Findings: "scope_not_authorized b, -scope_not_authorized c"}},
		{"blocked", func(q *policy.InstallQuestion) { q.Blocked, q.Governed = true, policy.Failed },
			installtest.Answer{Verdict: "refused", Findings: "authorization_blocked"}},
		{"authorized for a time that is over", func(q *policy.InstallQuestion) { q.Lapsed, q.Governed = true, policy.Failed },
			installtest.Answer{Verdict: "authorization_needed", Granted: "a b c oauth", Findings: "authorization_needed"}},
		{"authorized for others", func(q *policy.InstallQuestion) { q.Admitted = policy.Failed },
			installtest.Answer{Verdict: "authorization_needed", Granted: "a b c oauth", Findings: "user_not_admitted"}},
		{"a ceiling without the optional one", func(q *policy.InstallQuestion) { q.Limited, q.Ceiling = true, scopes("a", "b") },
			installtest.Answer{Verdict: "granted", Granted: "a b oauth", Findings: "-scope_not_authorized c"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := passing()
			c.change(q)
			v := policy.Install(q)
			if d := cmp.Diff(c.want, answer(&v)); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

func TestInstall_new_and_added(t *testing.T) {
	q := passing()
	q.Approved, q.Consented = scopes("a"), scopes("a", "b")
	v := policy.Install(q)
	if v.New.String() != "b c" || v.Added.String() != "c" || v.Outcome != policy.ConsentNeeded || !v.Complete {
		t.Errorf("new %s, added %s, %s", v.New, v.Added, v.Outcome)
	}
	q.Approved, q.Consented = scope.Set{}, scope.Set{}
	if v = policy.Install(q); v.New.String() != "a b c oauth" || v.Added.String() != "a b c oauth" {
		t.Errorf("at first: new %s, added %s", v.New, v.Added)
	}
}

func TestInstall_denies_what_was_not_established(t *testing.T) {
	if v := policy.Install(&policy.InstallQuestion{}); !v.Refused() || v.Complete || v.Granted.Len() > 0 {
		t.Errorf("the empty question: %+v", v)
	}
	if v := (policy.Installation{}); !v.Refused() {
		t.Error("the zero verdict does not refuse")
	}
	for name, change := range map[string]func(*policy.InstallQuestion){
		"client":       func(q *policy.InstallQuestion) { q.ClientFound = policy.Skipped },
		"enabled":      func(q *policy.InstallQuestion) { q.Enabled = false },
		"redirect":     func(q *policy.InstallQuestion) { q.Redirect = policy.Skipped },
		"facts":        func(q *policy.InstallQuestion) { q.Facts = nil },
		"entitlements": func(q *policy.InstallQuestion) { q.Entitled = nil },
		"permissions":  func(q *policy.InstallQuestion) { q.SuperAdmin = false },
		"user":         func(q *policy.InstallQuestion) { q.User = policy.Failed },
		"tenant":       func(q *policy.InstallQuestion) { q.Tenant = policy.Failed },
	} {
		q := passing()
		change(q)
		if v := policy.Install(q); !v.Refused() || v.Complete || v.Granted.Len() > 0 {
			t.Errorf("without %s: %+v", name, v)
		}
	}
	for name, change := range map[string]func(*policy.InstallQuestion){
		"user": func(q *policy.InstallQuestion) { q.User = policy.Skipped }, "tenant": func(q *policy.InstallQuestion) { q.Tenant = policy.Skipped },
	} {
		q := passing()
		change(q)
		if v := policy.Install(q); v.Complete {
			t.Errorf("without %s the verdict is complete", name)
		}
	}
}

// fifty is a question about 50 scopes, of which some are dropped.
func fifty() *policy.InstallQuestion {
	q := passing()
	var required, optional []string
	facts := map[scope.Scope]policy.Facts{}
	for i := range 50 {
		name := fmt.Sprintf("crm.objects.thing%02d.read", i)
		facts[scope.MustParse(name)] = policy.Facts{Entitlement: fmt.Sprint("e", i%5), Permissions: []string{fmt.Sprintf("crm:thing%02d:view", i)}}
		if i%5 == 0 {
			optional = append(optional, name)
		} else {
			required = append(required, name)
		}
	}
	q.Scope, q.Optional = scopes(required...), scopes(optional...)
	q.Required, q.Conditional, q.Selectable = scopes(required[:20]...), scopes(required[20:]...), q.Optional
	q.Facts = func(s scope.Scope) (policy.Facts, bool) { f, ok := facts[s]; return f, ok }
	q.SuperAdmin, q.Consented, q.Approved = false, q.Scope, q.Scope
	q.Permissions = func(p string) bool { return p != "crm:thing05:view" }
	q.Entitled = func(e string) bool { return e != "e5" }
	return q
}

func BenchmarkInstall(b *testing.B) {
	b.Run("fifty scopes", func(b *testing.B) {
		q := fifty()
		b.ReportAllocs()
		for b.Loop() {
			if v := policy.Install(q); v.Refused() || len(v.Dropped) != 1 {
				b.Fatal(v.Findings)
			}
		}
	})
	b.Run("fifty scopes, all wrong", func(b *testing.B) {
		q := fifty()
		q.Scope, q.Optional = q.Optional, q.Scope
		b.ReportAllocs()
		for b.Loop() {
			if v := policy.Install(q); !v.Refused() || len(v.Findings) != 50 {
				b.Fatal(len(v.Findings))
			}
		}
	})
}
