package access_test

import (
	"slices"
	"strings"
	"testing"

	. "prokura/internal/access"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// codes are those of an explanation's findings.
func codes(x *InstallExplanation) string {
	var out []string
	for _, f := range x.Verdict.Findings {
		out = append(out, strings.TrimSpace(string(f.Code)+" "+f.Scope))
	}
	return strings.Join(out, ", ")
}

func TestExplainInstall(t *testing.T) {
	s := newShop(t)
	app := s.Register(func(c *store.Client) { c.Registration.InstallURL = true })
	two := s.Register(func(c *store.Client) {
		c.Registration.InstallURL, c.Registration.RedirectURIs = true, []string{"https://one.example/cb", callback, "http://127.0.0.1/cb"}
	})
	login := "ada@example.com"
	s.Do(func(tx store.Tx) error {
		p := store.Person{ID: entropy.ID[id.Person](), Login: login, Created: noon}
		if err := tx.AddPerson(p); err != nil {
			return err
		}
		u, err := tx.User(s.Acme.ID, s.Acme.Ada.ID)
		if err != nil {
			return err
		}
		u.Person = p.ID
		return tx.UpdateUser(u)
	})
	base := "/oauth/authorize?client_id=" + app.ID.String() + "&redirect_uri=" + callback
	for _, c := range []struct {
		name, url, tenant, user string
		want                    string // verdict and findings
		corrected               string
	}{
		{"the URL alone", base + "&scope=" + contacts, "", "", "granted: ", ""},
		{"space around it", "\n  " + base + "&scope=" + contacts + " \n", "", "", "granted: ", ""},
		{"a tenant by content URL, a user by name", base + "&scope=" + contacts, "acme", "ada", "consent_needed: ", ""},
		{"both by id", base + "&scope=" + contacts, s.Acme.ID.String(), s.Acme.Ada.ID.String(), "consent_needed: ", ""},
		{"a user by login", base + "&scope=" + contacts, "acme", login, "consent_needed: ", ""},
		{"a login that has no user there", base + "&scope=" + contacts, "beta", login, "refused: user_not_in_tenant", ""},
		{"nobody", base + "&scope=" + contacts, "acme", "nobody", "refused: user_not_in_tenant", ""},
		{"a user's id of another tenant", base + "&scope=" + contacts, "beta", s.Acme.Ada.ID.String(), "refused: user_not_in_tenant", ""},
		{"no such tenant", base + "&scope=" + contacts, "nowhere", "ada", "refused: tenant_unknown", ""},
		{"a tenant that the URL names", strings.Replace(base, "/oauth/", "/oauth/acme/", 1) + "&scope=" + contacts, "", "ada", "consent_needed: ", ""},
		{"a user without a tenant", base + "&scope=" + contacts, "", "ada", "granted: ", ""},
		{"A009: a parameter twice", base + "&scope=" + contacts + "&scope=" + companies, "", "", "refused: parameter_twice",
			base + "&scope=" + companies + "%20" + contacts},
		{"A009: the redirect URI twice", base + "&redirect_uri=https://evil.example/&scope=" + contacts, "", "", "refused: parameter_twice",
			base + "&scope=" + contacts},
		{"A011: another response type", base + "&scope=" + contacts + "&response_type=token", "", "", "refused: response_type_not_offered",
			base + "&scope=" + contacts + "&response_type=code"},
		{"what the protocol does not take", base + "&prompt=x&request=y&response_mode=fragment&code_challenge=z&scope=" + contacts, "", "",
			"refused: request_object_not_offered, response_mode_not_offered, challenge_malformed, prompt_malformed", base + "&scope=" + contacts},
		{"no response type, of an app without install URLs", strings.Replace(base, app.ID.String(), s.App.ID.String(), 1) + "&scope=" + contacts, "", "",
			"refused: response_type_missing", strings.Replace(base, app.ID.String(), s.App.ID.String(), 1) + "&scope=" + contacts + "&response_type=code"},
		{"a slip in the redirect URI", strings.Replace(base, callback, "https://sync.example/cbb", 1) + "&scope=" + contacts, "", "", "refused: redirect_uri_mismatch",
			base + "&scope=" + contacts},
		{"A010: no redirect URI, one registered", strings.Replace(base, "&redirect_uri="+callback, "", 1) + "&scope=" + contacts, "", "", "granted: ", ""},
		{"A010: no redirect URI, several registered", "/x?client_id=" + two.ID.String() + "&scope=" + contacts, "", "", "refused: redirect_uri_mismatch",
			"/x?client_id=" + two.ID.String() + "&scope=" + contacts + "&redirect_uri=https://one.example/cb"},
		{"A007: another port on this machine", "/x?client_id=" + two.ID.String() + "&scope=" + contacts + "&redirect_uri=http://127.0.0.1:4711/cb", "", "", "granted: ", ""},
		{"no client at all", "https://example.com/", "", "", "refused: client_unknown", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, err := s.ExplainInstall(ctx, c.url, c.tenant, c.user)
			s.OK(err)
			if got := string(x.Verdict.Outcome) + ": " + codes(&x); got != c.want || x.Corrected != c.corrected {
				t.Errorf("%s, corrected %s\nwant %s, corrected %s", got, x.Corrected, c.want, c.corrected)
			}
			if x.Verdict.Refused() && (x.Verdict.Granted.Len() > 0 || x.Verdict.Complete) {
				t.Errorf("refused and given: %+v", x.Verdict)
			}
			for _, m := range x.Marks {
				if m.Start >= m.End || m.End > len(x.URL) {
					t.Errorf("a mark at %d to %d of %d bytes", m.Start, m.End, len(x.URL))
				}
			}
			if x.Corrected != "" {
				again, err := s.ExplainInstall(ctx, x.Corrected, "", "")
				s.OK(err)
				if again.Verdict.Outcome != policy.InstallGranted {
					t.Errorf("the corrected URL: %s", codes(&again))
				}
			}
		})
	}
}

func TestExplainInstall_refuses_what_cannot_be_read(t *testing.T) {
	s := newShop(t)
	for _, url := range []string{"?scope=%zz", "?a=1;b=2", "?scope=" + strings.Repeat("a", 70_000)} {
		x, err := s.ExplainInstall(ctx, url, "acme", "ada")
		if refusal.Of(err).First().Code != refusal.RequestMalformed || x.Verdict.Outcome != "" {
			t.Errorf("%.20s: %v, %+v", url, err, x.Verdict)
		}
	}
}

// TestExplainInstall_agrees_with_installing: the same request, judged for real.
func TestExplainInstall_agrees_with_installing(t *testing.T) {
	s := newShop(t)
	app := s.Register(func(c *store.Client) { c.Registration.InstallURL = true })
	for _, asked := range [][2][]string{{{contacts}, nil}, {{contacts, companies}, {deals}}, {{deals}, {contacts}}, {nil, nil}, {{contacts, "nothing"}, {flows}}} {
		url := "/oauth/authorize?client_id=" + app.ID.String() + "&redirect_uri=" + callback + "&scope=" + strings.Join(asked[0], "+") + "&optional_scope=" + strings.Join(asked[1], "+")
		x, err := s.ExplainInstall(ctx, url, "acme", "ada")
		s.OK(err)
		j, err := s.Install(ctx, InstallRequest{Client: app.ID.String(), RedirectURI: callback, RedirectSent: true, Scope: scopes(asked[0]...), Optional: scopes(asked[1]...),
			Tenant: s.Acme.ID, User: s.Acme.Ada.ID})
		s.OK(err)
		if j.Verdict.Outcome != x.Verdict.Outcome || !j.Verdict.Granted.Equal(x.Verdict.Granted) ||
			!slices.EqualFunc(j.Verdict.Findings, x.Verdict.Findings, func(a, b policy.InstallFinding) bool { return a.Finding == b.Finding }) {
			t.Errorf("%s: %+v, explained as %+v", url, j.Verdict, x.Verdict)
		}
	}
}
