package access

import (
	"context"
	"errors"

	"prokura/internal/assertion"
	"prokura/internal/canon"
	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Explanation is a dry run of a sign-in.
type Explanation struct {
	Verdict     policy.Verdict
	Description assertion.Description // what the assertion says, without its signature
	Tenant      store.Tenant          // zero: unknown
}

// ExplainAssertion decides about an assertion as signing in does, consults every rule, and uses nothing up. The tenant
// is named by its id or its content URL.
func (a *Access) ExplainAssertion(ctx context.Context, tenant, raw string) (Explanation, error) {
	if err := a.memory.Sync(ctx); err != nil {
		return Explanation{}, refused(err)
	}
	parsed := assertion.Parse(raw)
	p := presented{assertion: &parsed}
	var v policy.Verdict
	err := a.store.View(ctx, func(r store.Reader) error {
		req := SignInRequest{ContentURL: tenant, Assertion: raw}
		if in, err := id.Parse[id.Tenant](tenant); err == nil {
			t, err := r.Tenant(in)
			if err == nil {
				req.ContentURL = t.ContentURL
			} else if !errors.Is(err, store.ErrNotFound) {
				return err
			}
		}
		var err error
		v, err = a.judge(ctx, readerFacts{r, a.registry}, &req, &p, true)
		return err
	})
	if err != nil {
		return Explanation{}, refused(err)
	}
	return Explanation{Verdict: v, Description: parsed.Describe(), Tenant: p.tenant}, nil
}

// CallExplanation is what a scope list could call at an address.
type CallExplanation struct {
	Verdict policy.Verdict
	Catalog *catalog.Catalog
	Method  *catalog.Method // nil: none has the address
	Covered []scope.Scope   // those of the scopes given, wildcards among them, that help to cover the method
}

// ExplainCall decides about a call of somebody who has the scopes given, in the tenant that the path names.
func (a *Access) ExplainCall(verb, path string, scopes scope.Set) (CallExplanation, error) {
	var x CallExplanation
	parsed, err := canon.Parse(path)
	if err != nil {
		return x, err
	}
	q := policy.CallQuestion{Fresh: true, Live: true, Asked: verb + " " + path, Tenant: anybody}
	for _, cat := range a.catalogs.List() {
		m, outcome := cat.Match(verb, &parsed)
		if outcome != catalog.Matched {
			continue
		}
		bits, _, _ := cat.Expand(scopes)
		x.Catalog, x.Method = cat, m.Method
		q.Method, q.Scopes = m.Method, &bits
		x.Covered = covering(cat, m.Method, scopes)
		break
	}
	x.Verdict = policy.Call(&q)
	if x.Verdict.Allowed() {
		x.Verdict.Granted = scope.NewSet(x.Covered...)
	}
	_, unknown := a.catalogs.Expand(scopes)
	for _, sc := range unknown.All() {
		x.Verdict.Dropped = append(x.Verdict.Dropped, refusal.Finding{Code: refusal.ScopeUnknown, Scope: sc.String()})
	}
	return x, nil
}

// anybody stands for the tenant of a call that nobody makes.
var anybody = id.Tenant{}.From([16]byte{15: 1})

// covering are the scopes that give something of what the method asks for.
func covering(cat *catalog.Catalog, m *catalog.Method, scopes scope.Set) []scope.Scope {
	var out []scope.Scope
	for _, sc := range scopes.All() {
		_, concrete, _ := cat.Expand(scope.NewSet(sc))
		for _, need := range m.Alternatives() {
			if need.Intersect(concrete).Len() > 0 {
				out = append(out, sc)
				break
			}
		}
	}
	return out
}
