package registry

import (
	"bytes"

	"prokura/internal/audit"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Holding says what the user who asks may do in the account. Without it, a user is taken to hold nothing.
func (r Reach) Holding(may func(permission string) bool) Reach {
	r.holds = may
	return r
}

// mayActAlone refuses to let a user put more into an app than the user has: no user stands behind an app that acts for
// itself, so that whoever registers its scopes, or gets what it proves itself with, must hold what each of them takes (A156).
// The operator stands above all of it.
func (r *Registry) mayActAlone(by audit.Actor, reach Reach, reg *store.Registration) error {
	if by.Kind != "user" || !reg.ClientCredentials {
		return nil
	}
	var e refusal.Error
	told := map[string]bool{}
	for _, s := range reg.Scopes().All() {
		for _, p := range r.catalogs.Alone(s) {
			if reach.holds != nil && reach.holds(p) || told[p] {
				continue
			}
			told[p] = true
			e.Findings = append(e.Findings, refusal.Finding{Code: refusal.UserLacksPermission, Scope: s.String(), Want: p, Field: "client_credentials"})
		}
	}
	if len(e.Findings) > 0 {
		return &e
	}
	return nil
}

// Alone are the permissions that whoever lets an app act for itself with a scope must hold: those that giving the scope takes,
// and those that the methods it opens ask of their users, since there the scope alone will decide.
func (c *Catalogs) Alone(s scope.Scope) []string { return c.alone[s] }

func (c *Catalogs) readAlone() {
	c.alone = map[scope.Scope][]string{}
	for s, f := range c.facts {
		c.alone[s] = f.Permissions
	}
	for _, cat := range c.list {
		for _, m := range cat.Methods() {
			if m.Permission == "" {
				continue
			}
			for _, together := range m.Alternatives() {
				for _, s := range together.All() {
					c.alone[s] = union(c.alone[s], []string{m.Permission})
				}
			}
		}
	}
}

// widens says whether a registration gives an app that acts for itself more than the one before, or another way to prove itself.
func widens(old, now *store.Registration) bool {
	more := now.Scopes().Minus(old.Scopes())
	return now.ClientCredentials && (!old.ClientCredentials || more.Len() > 0 || !bytes.Equal(old.Keys, now.Keys))
}
