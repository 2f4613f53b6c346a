package access

import (
	"errors"

	"prokura/internal/docket"
	"prokura/internal/refusal"
)

// Describe completes a case of the refusal book with what the error knows: the findings, and of a *[Refused] who was
// refused and which rules were consulted.
func Describe(c docket.Case, err error) docket.Case {
	c.Findings = refusal.Of(err).Findings
	r, ok := errors.AsType[*Refused](err)
	if !ok {
		return c
	}
	c.Tenant, c.Client, c.User, c.Proven = r.Tenant, r.Client, r.User, r.Proven
	c.Granted, c.Dropped = r.Verdict.Granted.Names(), r.Verdict.Dropped
	for _, check := range r.Verdict.Checks {
		c.Checks = append(c.Checks, docket.Check{Code: check.Code, Outcome: check.Outcome.String()})
	}
	return c
}
