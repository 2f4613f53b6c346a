package v1

import (
	"slices"

	"prokura/internal/access"
	"prokura/internal/policy"
	"prokura/internal/refusal"
)

// FindingOf is a finding as it travels.
func FindingOf(f refusal.Finding) Finding {
	return Finding{Code: string(f.Code), Scope: f.Scope, Fixer: string(f.Definition().Fixer), Message: f.Message(), Remedy: f.Remedy()}
}

// FindingsOf are findings as they travel, never null.
func FindingsOf(list []refusal.Finding) []Finding {
	out := make([]Finding, 0, len(list))
	for _, f := range list {
		out = append(out, FindingOf(f))
	}
	return out
}

// ExplanationOf is a verdict as it travels.
func ExplanationOf(v policy.Verdict) Explanation {
	out := Explanation{Verdict: "refused", Granted: v.Granted.Names(), Findings: FindingsOf(slices.Concat(v.Findings, v.Dropped))}
	if v.Allowed() {
		out.Verdict = "allowed"
	}
	for _, c := range v.Checks {
		check := Check{Code: string(c.Code), Outcome: c.Outcome.String()}
		if c.Outcome == policy.Failed {
			f := FindingOf(c.Finding)
			check.Finding = &f
		}
		out.Checks = append(out.Checks, check)
	}
	return out
}

// CallExplanationOf is what a scope list could call at an address, as it travels.
func CallExplanationOf(x access.CallExplanation) Explanation {
	out := ExplanationOf(x.Verdict)
	if x.Method != nil {
		out.Method = &Method{Catalog: x.Catalog.Name, ID: x.Method.ID, Verb: x.Method.Verb, Path: x.Method.Path, Needs: x.Method.NeedNames()}
	}
	out.Covering = x.Covering.Names()
	return out
}
