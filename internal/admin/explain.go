package admin

import (
	"errors"
	"net/http"

	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/v1"
)

func renderVerdict(v policy.Verdict) v1.Explanation {
	out := v1.Explanation{Verdict: "refused", Granted: v.Granted.Names(), Findings: renderFindings(v.Findings), Dropped: renderFindings(v.Dropped)}
	if v.Allowed() {
		out.Verdict = "allowed"
	}
	for _, c := range v.Checks {
		check := v1.Check{Code: string(c.Code), Outcome: c.Outcome.String()}
		if c.Outcome == policy.Failed {
			f := renderFinding(c.Finding)
			check.Finding = &f
		}
		out.Checks = append(out.Checks, check)
	}
	return out
}

func (a *API) explainRoutes() {
	a.handle("POST /v1/explain/assertion", func(w http.ResponseWriter, r *http.Request) error {
		var in v1.AssertionQuestion
		if err := body(w, r, &in); err != nil {
			return err
		}
		x, err := a.c.Access.ExplainAssertion(r.Context(), in.Tenant, in.JWT)
		if err != nil {
			return err
		}
		out := renderVerdict(x.Verdict)
		out.Header, out.Claims = x.Description.Header, x.Description.Claims
		answer(w, http.StatusOK, out)
		return nil
	})
	a.handle("POST /v1/explain/call", func(w http.ResponseWriter, r *http.Request) error {
		var in v1.CallQuestion
		if err := body(w, r, &in); err != nil {
			return err
		}
		scopes, err := registry.ParseScopes(in.Scopes)
		if err != nil {
			return err
		}
		x, err := a.c.Access.ExplainCall(in.Method, in.Path, scopes)
		if e, ok := errors.AsType[*refusal.Error](err); ok {
			answer(w, http.StatusOK, renderVerdict(policy.Verdict{Findings: e.Findings}))
			return nil
		}
		if err != nil {
			return err
		}
		out := renderVerdict(x.Verdict)
		if x.Method != nil {
			out.Method = &v1.Method{Catalog: x.Catalog.Name, ID: x.Method.ID, Verb: x.Method.Verb, Path: x.Method.Path, Needs: x.Method.NeedNames()}
		}
		for _, sc := range x.Covered {
			out.Covering = append(out.Covering, sc.String())
		}
		answer(w, http.StatusOK, out)
		return nil
	})
}
