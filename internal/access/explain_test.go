package access_test

import (
	"strings"
	"testing"

	"prokura/catalogs"
	. "prokura/internal/access"
	"prokura/internal/audit"
	"prokura/internal/catalog"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// checks are all rules of a sign-in, in the order in which the wire answers them.
var checks = []refusal.Code{
	refusal.AssertionUnreadable, refusal.TenantUnknown, refusal.ClientUnknown, refusal.KeyUnknown, refusal.ClientDisabled,
	refusal.AuthorizationRevoked, refusal.AlgorithmNotAllowed, refusal.SignatureInvalid, refusal.AudienceWrong,
	refusal.ExpiryMissing, refusal.AssertionExpired, refusal.ExpiryTooFar, refusal.AssertionNotYetValid,
	refusal.AssertionIDMissing, refusal.AssertionReplayed, refusal.ScopesMalformed, refusal.SubjectMissing,
	refusal.UserUnknown, refusal.UserDisabled, refusal.SubjectMismatch,
}

func outcomes(v policy.Verdict) string {
	var out []string
	for _, c := range v.Checks {
		out = append(out, string(c.Code)+" "+c.Outcome.String())
	}
	return strings.Join(out, "\n")
}

// passedBut is every check passed, except the last ones, which nobody asked, and those given.
func passedBut(except map[refusal.Code]string) string {
	var out []string
	for _, c := range checks {
		outcome := "passed"
		if c == refusal.SubjectMismatch {
			outcome = "skipped"
		}
		if o, ok := except[c]; ok {
			outcome = o
		}
		out = append(out, string(c)+" "+outcome)
	}
	return strings.Join(out, "\n")
}

func TestExplainAssertion_lists_every_check_in_order_and_uses_nothing_up(t *testing.T) {
	w := newWorld(t, nil)
	jwt := w.JWT(w.Acme.App, claims{"scp": []string{readUsr, "tableau:nothing:read"}})
	entries := func() int {
		var n int
		w.OK(w.Store.View(ctx, func(r store.Reader) error {
			list, err := r.ListAudit(w.Acme.ID, id.Entry{}, 1000)
			n = len(list)
			return err
		}))
		return n
	}
	before := entries()
	for _, named := range []string{"acme", w.Acme.ID.String()} {
		for range 2 { // a second look finds it as unused as the first
			x, err := w.ExplainAssertion(ctx, named, jwt)
			w.OK(err)
			if got, want := outcomes(x.Verdict), passedBut(nil); got != want {
				t.Errorf("checks:\n%s\nwant\n%s", got, want)
			}
			if !x.Verdict.Allowed() || x.Verdict.Granted.String() != readUsr || len(x.Verdict.Dropped) != 1 || x.Tenant.ID != w.Acme.ID {
				t.Errorf("explained as %+v", x)
			}
			if strings.Contains(x.Description.Header+x.Description.Claims, strings.Split(jwt, ".")[2]) {
				t.Error("the signature is shown")
			}
		}
	}
	if n := entries(); n != before {
		t.Errorf("explaining wrote %d audit entries", n-before)
	}
	_, err := w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: jwt})
	w.OK(err)
	x, err := w.ExplainAssertion(ctx, "acme", jwt)
	w.OK(err)
	if got, want := outcomes(x.Verdict), passedBut(map[refusal.Code]string{refusal.AssertionReplayed: "failed"}); got != want {
		t.Errorf("after its use:\n%s\nwant\n%s", got, want)
	}
}

func TestExplainAssertion_goes_on_after_the_first_no(t *testing.T) {
	w := newWorld(t, nil)
	forger := w.Acme.App
	forger.Secret = "guessed"
	tests := []struct {
		name, tenant, jwt string
		except            map[refusal.Code]string
	}{
		{"several things at once, and the user all the same", "acme", w.JWT(forger, claims{"aud": "x", "exp": noon.Unix() - 60, "sub": "eve"}),
			map[refusal.Code]string{refusal.SignatureInvalid: "failed", refusal.AudienceWrong: "failed", refusal.AssertionExpired: "failed",
				refusal.UserUnknown: "failed", refusal.UserDisabled: "skipped"}},
		{"no such tenant", entropy.ID[id.Tenant]().String(), w.JWT(w.Acme.App, nil), map[refusal.Code]string{refusal.TenantUnknown: "failed",
			refusal.ClientUnknown: "skipped", refusal.KeyUnknown: "skipped", refusal.ClientDisabled: "skipped", refusal.AuthorizationRevoked: "skipped",
			refusal.AlgorithmNotAllowed: "skipped", refusal.SignatureInvalid: "skipped", refusal.AssertionReplayed: "skipped",
			refusal.UserUnknown: "skipped", refusal.UserDisabled: "skipped"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			x, err := w.ExplainAssertion(ctx, tt.tenant, tt.jwt)
			w.OK(err)
			if got, want := outcomes(x.Verdict), passedBut(tt.except); got != want {
				t.Errorf("checks:\n%s\nwant\n%s", got, want)
			}
			if x.Verdict.Allowed() {
				t.Error("allowed")
			}
		})
	}
}

// TestExplain_agrees_with_the_sign_in: the first finding is the one that signing in answers.
func TestExplain_agrees_with_the_sign_in(t *testing.T) {
	w := newWorld(t, nil)
	off := w.NewApp(w.Acme.ID, nil)
	w.OK(w.Registry.DeleteConnectedApp(ctx, audit.Operator, w.Acme.ID, off.Client))
	forger := w.Acme.App
	forger.Secret = "guessed"
	for name, jwt := range map[string]string{
		"good": w.JWT(w.Acme.App, nil), "forged": w.JWT(forger, nil), "deleted app": w.JWT(off, nil), "no jti": w.JWT(w.Acme.App, claims{"jti": nil}),
		"eve": w.JWT(w.Acme.App, claims{"sub": "eve"}), "nothing": "", "expired": w.JWT(w.Acme.App, claims{"exp": 1}), "of beta": w.JWT(w.Beta.App, nil),
	} {
		x, err := w.ExplainAssertion(ctx, "acme", jwt)
		w.OK(err)
		var first refusal.Code
		if len(x.Verdict.Findings) > 0 {
			first = x.Verdict.Findings[0].Code
		}
		_, err = w.SignIn(ctx, SignInRequest{ContentURL: "acme", Assertion: jwt})
		if got := code(t, err); got != first {
			t.Errorf("%s: explained as %q, refused with %q", name, first, got)
		}
	}
}

func TestExplainCall(t *testing.T) {
	w := newWorld(t, nil)
	const site = "/api/3.17/sites/8e1b7172-39c3-4a32-887e-fc2b4119f56d"
	tests := []struct {
		verb, path, scopes string
		method             string
		covering           string
		want               refusal.Code
	}{
		{"GET", site + "/users", "tableau:users:read", "get_users_on_site", "tableau:users:read", ""},
		{"GET", site + "/users", "tableau:users:* tableau:content:read", "get_users_on_site", "tableau:users:*", ""},
		{"GET", site + "/users", "tableau:content:read", "get_users_on_site", "", refusal.ScopeNotGranted},
		{"GET", site + "/users", "", "get_users_on_site", "", refusal.ScopeNotGranted},
		{"GET", site + "/nothing", "tableau:users:read", "", "", refusal.MethodUnknown},
		{"BREW", site + "/users", "tableau:users:read", "", "", refusal.MethodUnknown},
		{"GET", site + "//users", "tableau:users:read", "", "", refusal.PathNotCanonical},
	}
	for _, tt := range tests {
		scopes, err := scope.ParseList(tt.scopes)
		w.OK(err)
		x := w.ExplainCall(tt.verb, tt.path, scopes)
		var method string
		if x.Method != nil {
			method = x.Method.ID
		}
		var first refusal.Code
		if len(x.Verdict.Findings) > 0 {
			first = x.Verdict.Findings[0].Code
		}
		if got := x.Covering.String(); method != tt.method || got != tt.covering || first != tt.want || x.Verdict.Allowed() != (tt.want == "") {
			t.Errorf("%s %s with %q: method %q, covering %q, first %q", tt.verb, tt.path, tt.scopes, method, got, first)
		}
	}
}

// TestExplainCall_asks_for_no_permission of a user whom nobody names: it is about scopes.
func TestExplainCall_asks_for_no_permission(t *testing.T) {
	src, _ := catalogs.Builtin("contactcenter")
	cat, problems := catalog.Load("contactcenter.yaml", src)
	if cat == nil {
		t.Fatal(problems)
	}
	x := ExplainCall([]*catalog.Catalog{cat}, "GET", "/api/v2/oauth/clients", scopes("oauth:readonly"))
	if x.Method == nil || x.Method.Permission == "" || !x.Verdict.Allowed() {
		t.Errorf("%+v", x.Verdict)
	}
}
