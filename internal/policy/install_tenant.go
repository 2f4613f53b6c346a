package policy

import (
	"slices"
	"strings"

	"prokura/internal/refusal"
)

// user judges whether the user may install the app and give its scopes, in the order of the remedies (seed: HubSpot): the
// permission to install, then those that the scopes take. A super administrator holds them all.
func (j *installing) user() {
	q := j.q
	if q.Tenant != Passed || q.User == Skipped {
		return
	}
	if q.User != Passed {
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.UserNotInTenant}})
		return
	}
	if q.Disabled {
		// Who is disabled holds nothing; what they would hold is not asked.
		j.find(InstallFinding{Finding: refusal.Finding{Code: refusal.UserDisabled, Case: refusal.Installing}})
		return
	}
	if q.SuperAdmin {
		return
	}
	j.installPermission()
	for i := range j.left {
		c := &j.left[i]
		for _, p := range c.facts.Permissions {
			if !j.holds(p) {
				j.lack(c, InstallFinding{Permission: p,
					Finding: refusal.Finding{Code: refusal.UserLacksPermission, Scope: c.scope.String(), Want: p}})
			}
		}
	}
}

// installPermission judges whether the user may install something new. It is not asked for where everything that would be
// given was approved in the tenant before; then new optional scopes are dropped. Nor is it where an administrator has to decide
// first: the decision approves.
func (j *installing) installPermission() {
	q := j.q
	if j.holds(InstallPermission) || slices.ContainsFunc(j.out.Findings, func(f InstallFinding) bool { return Decidable(f.Code) }) {
		return
	}
	lacking := InstallFinding{Permission: InstallPermission,
		Finding: refusal.Finding{Code: refusal.UserLacksPermission, Want: InstallPermission, Case: refusal.ToInstall}}
	first := q.Approved.Len() == 0
	if first && q.ClientFound == Passed && q.Implied.Len() > 0 || slices.ContainsFunc(j.left, func(c candidate) bool {
		return !q.Approved.Has(c.scope) && (!c.optional || first && j.survives(&c))
	}) {
		j.find(lacking)
		return
	}
	for i := range j.left {
		if c := &j.left[i]; c.optional && !q.Approved.Has(c.scope) && (c.drop == nil || !Decidable(c.drop.Code)) {
			j.lack(c, lacking)
		}
	}
}

// survives says whether an optional scope would be given to somebody who may install.
func (j *installing) survives(c *candidate) bool {
	return c.drop == nil && !slices.ContainsFunc(c.facts.Permissions, func(p string) bool { return !j.holds(p) }) &&
		j.entitled(c.facts.Entitlement)
}

func (j *installing) holds(permission string) bool {
	return j.q.SuperAdmin || j.q.Permissions != nil && j.q.Permissions(permission)
}

func (j *installing) entitled(entitlement string) bool {
	return entitlement == "" || j.q.Entitled != nil && j.q.Entitled(entitlement)
}

// entitlements judges what the tenant's plan includes. Nobody's permissions stand in for it.
func (j *installing) entitlements() {
	if j.q.Tenant != Passed {
		return
	}
	var missing []string // for the scopes that the installation fails without
	for i := range j.left {
		c := &j.left[i]
		if e := c.facts.Entitlement; !c.optional && !j.entitled(e) && !slices.Contains(missing, e) {
			missing = append(missing, e)
		}
	}
	plans, together := choosePlans(j.q.Plans, missing)
	for i := range j.left {
		c := &j.left[i]
		e := c.facts.Entitlement
		switch {
		case j.entitled(e):
		case c.optional:
			own, together := choosePlans(j.q.Plans, []string{e})
			j.lack(c, notEntitled(c, own, together))
		default:
			j.lack(c, notEntitled(c, plans, together))
		}
	}
}

func notEntitled(c *candidate, plans []string, together bool) InstallFinding {
	f := InstallFinding{Entitlement: c.facts.Entitlement, Plans: plans, PlansTogether: together,
		Finding: refusal.Finding{Code: refusal.TenantLacksEntitlement, Scope: c.scope.String(), Want: c.facts.Entitlement}}
	switch {
	case len(plans) == 0:
		f.Case = refusal.NoPlan
	case together:
		f.Case, f.Got = refusal.PlansTogether, strings.Join(plans, " + ")
	default:
		f.Got = strings.Join(plans, ", ")
	}
	return f
}
