package govern

import (
	"errors"
	"strconv"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// The bounds of a tenant's settings.
const (
	MaxRules       = 50
	MaxRuleEntries = 100 // scopes, clients or publishers of one rule
	MaxRequestDays = 365
	maxReviewers   = 20 // roles
)

// checkSettings accepts settings that mean something here, and writes them in one form. A rule that names a scope which no catalog
// knows is refused: it would match nothing, and whoever wrote it believes that it does.
func (d *Decisions) checkSettings(r store.Reader, in id.Tenant, g *policy.Governance) error {
	c := &flaws{}
	c.door("door", g.Door)
	switch g.Stage {
	case policy.Enforce, policy.Report, policy.Off:
	default:
		c.blame("stage", refusal.Finding{Code: refusal.FieldUnknown, Got: string(g.Stage), Want: "enforce, report, off"})
	}
	c.short("rules", len(g.Rules), MaxRules)
	for i := range g.Rules[:min(len(g.Rules), MaxRules)] {
		c.rule("rules["+strconv.Itoa(i)+"]", &g.Rules[i], d.catalogs.All())
	}
	if g.RequestDays < 0 || g.RequestDays > MaxRequestDays {
		c.blame("request_days", refusal.Finding{Code: refusal.LifeOutOfRange, Got: strconv.Itoa(g.RequestDays) + " d", Want: "1 – " + strconv.Itoa(MaxRequestDays) + " d"})
	}
	c.short("reviewers", len(g.Reviewers), maxReviewers)
	if len(g.Reviewers) <= maxReviewers {
		var err error
		if g.Reviewers, err = d.checkRoles(r, in, c, "reviewers", g.Reviewers); err != nil {
			return err
		}
	}
	return c.err()
}

// checkRoles accepts roles that are there, and answers them sorted. Every other is named.
func (d *Decisions) checkRoles(r store.Reader, in id.Tenant, c *flaws, field string, roles []string) ([]string, error) {
	sorted, err := d.rules.CheckRoles(r, in, roles)
	if err == nil || refusal.Of(err).First().Code != refusal.RoleUnknown {
		return sorted, err
	}
	for _, role := range roles[:min(len(roles), maxFlaws)] {
		_, err := d.rules.CheckRoles(r, in, []string{role})
		if e, ok := errors.AsType[*refusal.Error](err); ok && e.Err == nil {
			c.blame(field, e.First())
		} else if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (c *flaws) short(field string, n, most int) {
	if n > most {
		c.blame(field, refusal.Finding{Code: refusal.ListTooLong, Got: field, Want: strconv.Itoa(most)})
	}
}

func (c *flaws) door(field string, d policy.Door) {
	switch d {
	case policy.DoorOpen, policy.DoorAdministrator, policy.DoorBlocked:
	default:
		c.blame(field, refusal.Finding{Code: refusal.FieldUnknown, Got: string(d), Want: "open, authorization_required, blocked"})
	}
}

func (c *flaws) rule(field string, rule *policy.Rule, known scope.Set) {
	c.door(field+".door", rule.Door)
	for _, risk := range rule.Risks {
		if risk > policy.Reads {
			c.blame(field+".risks", refusal.Finding{Code: refusal.FieldUnknown, Got: strconv.Itoa(int(risk)), Want: "deletes, writes, reads"})
		}
	}
	c.short(field+".risks", len(rule.Risks), 3)
	c.short(field+".scopes", len(rule.Scopes), MaxRuleEntries)
	c.short(field+".clients", len(rule.Clients), MaxRuleEntries)
	c.short(field+".publishers", len(rule.Publishers), MaxRuleEntries)
	for _, name := range rule.Scopes {
		s, err := scope.Parse(name)
		switch {
		case err != nil:
			c.blame(field+".scopes", refusal.Finding{Code: refusal.ScopeNameInvalid, Got: name})
		case !known.Has(s):
			c.blame(field+".scopes", refusal.Finding{Code: refusal.ScopeUnknown, Scope: name, Case: refusal.Installing})
		}
	}
	for _, client := range rule.Clients {
		if _, err := id.Parse[id.Client](client); err != nil {
			c.blame(field+".clients", refusal.Finding{Code: refusal.ClientUnknown, Got: client, Case: refusal.Installing})
		}
	}
	for _, p := range rule.Publishers {
		if err := refusal.CheckName("publisher", p); err != nil {
			c.blame(field+".publishers", refusal.Of(err).First())
		}
	}
}
