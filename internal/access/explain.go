package access

import (
	"context"
	"errors"

	"prokura/internal/assertion"
	"prokura/internal/id"
	"prokura/internal/policy"
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
