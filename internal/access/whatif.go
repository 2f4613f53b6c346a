package access

import (
	"strings"

	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// CallExplanation is what a scope list could call at an address.
type CallExplanation struct {
	Verdict  policy.Verdict
	Catalog  *catalog.Catalog
	Method   *catalog.Method // nil: none has the address
	Covering scope.Set       // those of the scopes given, wildcards among them, that help to cover the method
}

// ExplainCall decides about a call of somebody who has the scopes given, in the tenant that the path names.
func (a *Access) ExplainCall(verb, path string, scopes scope.Set) CallExplanation {
	return ExplainCall(a.catalogs.List(), verb, path, scopes)
}

// ExplainCall decides by these catalogs about a call of somebody who has the scopes given. What only a server knows, the
// token, the tenant and what the user may do beside the scopes, counts as right.
func ExplainCall(catalogs []*catalog.Catalog, verb, path string, scopes scope.Set) CallExplanation {
	var x CallExplanation
	path, _, _ = strings.Cut(path, "?") // what is asked for need not be taken apart; which method it is does not hang on it
	parsed, err := canon.Parse(path)
	if err != nil {
		x.Verdict.Findings = refusal.Of(err).Findings
		return x
	}
	q := policy.CallQuestion{Fresh: true, Live: true, Asked: verb + " " + path, Tenant: anybody, Userless: true}
	unknown := scopes
	var given scope.Set
	for _, c := range catalogs {
		bits, concrete, rest := c.Expand(scopes)
		unknown, given = unknown.Intersect(rest), given.Union(concrete)
		m, outcome := c.Match(verb, &parsed)
		if outcome == catalog.Matched && x.Method == nil {
			x.Catalog, x.Method, x.Covering = c, m.Method, covering(c, m.Method, scopes)
			q.Method, q.Scopes = m.Method, &bits
		}
	}
	x.Verdict = policy.Call(&q)
	if x.Verdict.Allowed() {
		x.Verdict.Granted = given
	}
	for _, sc := range unknown.All() {
		x.Verdict.Dropped = append(x.Verdict.Dropped, refusal.Finding{Code: refusal.ScopeUnknown, Scope: sc.String()})
	}
	return x
}

// anybody stands for the tenant of a call that nobody makes.
var anybody = id.Tenant{}.From([16]byte{15: 1})

// covering are the scopes that give something of what the method asks for.
func covering(c *catalog.Catalog, m *catalog.Method, scopes scope.Set) scope.Set {
	var out []scope.Scope
	for _, sc := range scopes.All() {
		_, concrete, _ := c.Expand(scope.NewSet(sc))
		for _, need := range m.Alternatives() {
			if need.Intersect(concrete).Len() > 0 {
				out = append(out, sc)
				break
			}
		}
	}
	return scope.NewSet(out...)
}
