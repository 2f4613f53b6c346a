package registry

import (
	"strings"

	"prokura/internal/catalog"
	"prokura/internal/policy"
	"prokura/internal/scope"
)

// Risk is the worst that a scope allows, by the methods that ask for it, alone or with others. One whose name ends in "read" or
// "readonly" reads where no method says otherwise, and a POST under it is a search. What no catalog knows, what one calls
// dangerous, and whatever else none describes methods for is taken for the worst.
func (c *Catalogs) Risk(s scope.Scope) policy.Risk { return c.risks[s] }

// readRisks works the risks out. The zero Risk, that of every other name, is the worst.
func (c *Catalogs) readRisks() {
	c.risks = map[scope.Scope]policy.Risk{}
	worst := map[scope.Scope]policy.Risk{}
	for _, cat := range c.list {
		for _, m := range cat.Methods() {
			for _, together := range m.Alternatives() {
				for _, s := range together.All() {
					risk := riskOf(m, s)
					if was, ok := worst[s]; !ok || risk < was {
						worst[s] = risk
					}
				}
			}
		}
	}
	for _, s := range c.scopes {
		risk, described := worst[s.Name]
		switch {
		case s.Dangerous || s.Type == catalog.Wildcard:
		case described:
			c.risks[s.Name] = risk
		case reads(s.Name):
			c.risks[s.Name] = policy.Reads
		}
	}
}

func riskOf(m *catalog.Method, s scope.Scope) policy.Risk {
	switch m.Verb {
	case "GET", "HEAD":
		return policy.Reads
	case "POST":
		if reads(s) {
			return policy.Reads
		}
		return policy.Writes
	case "PUT", "PATCH":
		return policy.Writes
	}
	return policy.Deletes
}

// reads says whether a scope's name says that it reads.
func reads(s scope.Scope) bool {
	name := s.String()
	switch name[strings.LastIndexAny(name, ".:")+1:] {
	case "read", "readonly":
		return true
	}
	return false
}
