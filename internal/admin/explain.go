package admin

import (
	"errors"
	"net/http"

	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// Explanation is a dry run as it is answered.
type Explanation struct {
	Verdict  string    `json:"verdict"` // "allowed" or "refused"
	Granted  []string  `json:"granted"`
	Findings []Finding `json:"findings"`
	Dropped  []Finding `json:"dropped"`
	Checks   []Check   `json:"checks,omitempty"` // of a sign-in: every rule in order
	Header   string    `json:"header,omitempty"` // of an assertion, without signature
	Claims   string    `json:"claims,omitempty"`
	Method   *Method   `json:"method,omitempty"` // of a call: which one has the address
	Covering []string  `json:"covering,omitempty"`
}

// Check is one rule as it is answered.
type Check struct {
	Code    string   `json:"code"`
	Outcome string   `json:"outcome"` // "passed", "failed" or "skipped"
	Finding *Finding `json:"finding,omitempty"`
}

// Method is a method of a catalog as it is answered.
type Method struct {
	Catalog string `json:"catalog"`
	ID      string `json:"id"`
	Verb    string `json:"verb"`
	Path    string `json:"path"`
	Needs   string `json:"needs"`
}

func renderVerdict(v policy.Verdict) Explanation {
	out := Explanation{Verdict: "refused", Granted: v.Granted.Names(), Findings: renderFindings(v.Findings), Dropped: renderFindings(v.Dropped)}
	if v.Allowed() {
		out.Verdict = "allowed"
	}
	for _, c := range v.Checks {
		check := Check{Code: string(c.Code), Outcome: c.Outcome.String()}
		if c.Outcome == policy.Failed {
			f := RenderFinding(c.Finding)
			check.Finding = &f
		}
		out.Checks = append(out.Checks, check)
	}
	return out
}

func (a *API) explainRoutes() {
	a.handle("POST /v1/explain/assertion", func(w http.ResponseWriter, r *http.Request) error {
		var in struct {
			JWT    string `json:"jwt"`
			Tenant string `json:"tenant"`
		}
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
		var in struct {
			Method string   `json:"method"`
			Path   string   `json:"path"`
			Scopes []string `json:"scopes"`
		}
		if err := body(w, r, &in); err != nil {
			return err
		}
		scopes, err := scope.ParseSet(in.Scopes)
		if err != nil {
			return refusal.New(refusal.Finding{Code: refusal.FieldInvalid, Want: "scopes", Got: err.Error()})
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
			out.Method = &Method{Catalog: x.Catalog.Name, ID: x.Method.ID, Verb: x.Method.Verb, Path: x.Method.Path, Needs: x.Method.NeedNames()}
		}
		for _, sc := range x.Covered {
			out.Covering = append(out.Covering, sc.String())
		}
		answer(w, http.StatusOK, out)
		return nil
	})
}
