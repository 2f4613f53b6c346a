package cli

import (
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/v1"
)

// decideCall asks the functions that the gateway asks, for a token that is valid and has these scopes. What only a
// server knows (the token, the tenant) counts as right.
func decideCall(c *catalog.Catalog, verb, path string, sent scope.Set) v1.Explanation {
	out := v1.Explanation{Verdict: "refused", Granted: []string{}, Findings: []v1.Finding{}, Dropped: []v1.Finding{}}
	bits, concrete, unknown := c.Expand(sent)
	parsed, err := canon.Parse(path)
	if err != nil {
		out.Findings = findings(refusal.Of(err).Findings)
		return out
	}
	tenant := entropy.ID[id.Tenant]()
	q := policy.CallQuestion{Fresh: true, Live: true, Tenant: tenant, Asked: verb + " " + path, Scopes: &bits}
	match, outcome := c.Match(verb, &parsed)
	if outcome == catalog.Matched {
		m := match.Method
		q.Method = m
		out.Method = &v1.Method{Catalog: c.Name, ID: m.ID, Verb: m.Verb, Path: m.Path, Needs: m.NeedNames()}
		out.Covering = covering(c, m, sent)
	}
	// Sign-in and sign-out are answered by Prokura itself and need no scope.
	if q.Method != nil && match.Method.AnsweredBy == catalog.ByProkura && len(match.Method.Need) == 0 {
		out.Verdict = "allowed"
		return out
	}
	for _, s := range unknown.All() {
		out.Dropped = append(out.Dropped, finding(refusal.Finding{Code: refusal.ScopeUnknown, Scope: s.String()}))
	}
	v := policy.Call(&q)
	if v.Allowed() {
		out.Verdict, out.Granted = "allowed", concrete.Names()
	}
	out.Findings = findings(v.Findings)
	return out
}

// covering are the scopes, as they were sent, of which each alone covers the method, or that do so only together.
func covering(c *catalog.Catalog, m *catalog.Method, sent scope.Set) []string {
	var alone []string
	for _, s := range sent.All() {
		if bits, _, _ := c.Expand(scope.NewSet(s)); m.Covered(&bits) {
			alone = append(alone, s.String())
		}
	}
	if bits, _, _ := c.Expand(sent); len(alone) == 0 && m.Covered(&bits) {
		return sent.Names()
	}
	return alone
}

func findings(list []refusal.Finding) []v1.Finding {
	out := []v1.Finding{}
	for _, f := range list {
		out = append(out, finding(f))
	}
	return out
}

func finding(f refusal.Finding) v1.Finding {
	return v1.Finding{Code: string(f.Code), Scope: f.Scope, Fixer: string(f.Definition().Fixer), Message: f.Message(), Remedy: f.Remedy()}
}
