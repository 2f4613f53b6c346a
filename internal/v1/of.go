package v1

import (
	"slices"

	"prokura/internal/catalog"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
)

// FindingOf is a finding as it travels.
func FindingOf(f refusal.Finding) Finding {
	return Finding{Code: string(f.Code), Scope: f.Scope, Fixer: string(f.Definition().Fixer), Message: f.Message(), Remedy: f.Remedy(), Field: f.Field}
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

// CallExplanationOf is the verdict on a call as it travels, with the method that matched, if one did, and the scopes that
// help to cover it.
func CallExplanationOf(v policy.Verdict, c *catalog.Catalog, m *catalog.Method, covering scope.Set) Explanation {
	out := ExplanationOf(v)
	if m != nil {
		out.Method = &Method{Catalog: c.Name, ID: m.ID, Verb: m.Verb, Path: m.Path, Needs: m.NeedNames()}
	}
	out.Covering = covering.Names()
	return out
}
