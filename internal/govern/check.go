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
	wrong := &flaws{}
	wrong.door("door", g.Door)
	switch g.Stage {
	case policy.Enforce, policy.Report, policy.Off:
	default:
		wrong.blame("stage", refusal.Finding{Code: refusal.FieldUnknown, Got: string(g.Stage), Want: "enforce, report, off"})
	}
	wrong.short("rules", len(g.Rules), MaxRules)
	for i := range g.Rules[:min(len(g.Rules), MaxRules)] {
		wrong.rule("rules["+strconv.Itoa(i)+"]", &g.Rules[i], d.catalogs.All())
	}
	if g.RequestDays < 0 || g.RequestDays > MaxRequestDays {
		wrong.blame("request_days", refusal.Finding{Code: refusal.LifeOutOfRange, Got: strconv.Itoa(g.RequestDays) + " d", Want: "1 – " + strconv.Itoa(MaxRequestDays) + " d"})
	}
	wrong.short("reviewers", len(g.Reviewers), maxReviewers)
	if len(g.Reviewers) <= maxReviewers {
		var err error
		if g.Reviewers, err = d.checkRoles(r, in, wrong, "reviewers", g.Reviewers); err != nil {
			return err
		}
	}
	return wrong.err()
}

// checkRoles accepts roles that are there, and answers them sorted. Every other is named.
func (d *Decisions) checkRoles(r store.Reader, in id.Tenant, wrong *flaws, field string, roles []string) ([]string, error) {
	sorted, err := d.rules.CheckRoles(r, in, roles)
	if err == nil || refusal.Of(err).First().Code != refusal.RoleUnknown {
		return sorted, err
	}
	first := refusal.Of(err).First()
	wrong.blame(field, first) // wherever it stands in the list
	for _, role := range roles[:min(len(roles), maxFlaws)] {
		if role == first.Got {
			continue
		}
		_, err := d.rules.CheckRoles(r, in, []string{role})
		if e, ok := errors.AsType[*refusal.Error](err); ok && e.Err == nil {
			wrong.blame(field, e.First())
		} else if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

func (f *flaws) door(field string, d policy.Door) {
	switch d {
	case policy.DoorOpen, policy.DoorAdministrator, policy.DoorBlocked:
	default:
		f.blame(field, refusal.Finding{Code: refusal.FieldUnknown, Got: string(d), Want: "open, authorization_required, blocked"})
	}
}

func (f *flaws) rule(field string, rule *policy.Rule, known scope.Set) {
	f.door(field+".door", rule.Door)
	for _, risk := range rule.Risks {
		if risk > policy.Reads {
			f.blame(field+".risks", refusal.Finding{Code: refusal.FieldUnknown, Got: strconv.Itoa(int(risk)), Want: "deletes, writes, reads"})
		}
	}
	f.short(field+".risks", len(rule.Risks), 3)
	f.short(field+".scopes", len(rule.Scopes), MaxRuleEntries)
	f.short(field+".clients", len(rule.Clients), MaxRuleEntries)
	f.short(field+".publishers", len(rule.Publishers), MaxRuleEntries)
	for _, name := range rule.Scopes {
		s, err := scope.Parse(name)
		switch {
		case err != nil:
			f.blame(field+".scopes", refusal.Finding{Code: refusal.ScopeNameInvalid, Got: name})
		case !known.Has(s):
			f.blame(field+".scopes", refusal.Finding{Code: refusal.ScopeUnknown, Scope: name, Case: refusal.Installing})
		}
	}
	for _, client := range rule.Clients {
		if _, err := id.Parse[id.Client](client); err != nil {
			f.blame(field+".clients", refusal.Finding{Code: refusal.ClientUnknown, Got: client, Case: refusal.Installing})
		}
	}
	for _, p := range rule.Publishers {
		if err := refusal.CheckName("publisher", p); err != nil {
			f.blame(field+".publishers", refusal.Of(err).First())
		}
	}
}
