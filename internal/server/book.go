package server

import (
	"errors"

	"prokura/internal/access"
	"prokura/internal/docket"
	"prokura/internal/refusal"
)

// withVerdict fills in what an error knows of the refusal.
func withVerdict(c docket.Case, err error) docket.Case {
	c.Findings = refusal.Of(err).Findings
	r, ok := errors.AsType[*access.Refused](err)
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
