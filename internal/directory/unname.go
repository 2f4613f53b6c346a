package directory

import (
	"slices"
	"strconv"
	"strings"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/store"
)

// unnamedAtOnce is how many authorizations are read at once that name a role.
const unnamedAtOnce = 200

// unname takes a role out of what a tenant decided on apps: out of the authorizations that admit its holders, and out of the
// reviewers. An authorization that named nothing else admits nobody then. Who loses an app by that holds the role, and is marked.
func (d *Directory) unname(tx store.Tx, by audit.Actor, in id.Tenant, role string) error {
	taken := 0
	for p := (store.Page{Limit: unnamedAtOnce}); ; {
		list, err := tx.ListAuthorizations(in, store.AuthorizationFilter{Role: role}, p)
		if err != nil {
			return err
		}
		for i := range list {
			a := &list[i]
			p.After = a.Client.String()
			a.Admission.Roles = slices.DeleteFunc(slices.Clone(a.Admission.Roles), func(r string) bool { return r == role })
			a.Version, a.Updated, a.Reason = a.Version+1, d.now(), ""
			a.By = strings.Join(strings.Fields(by.Kind+" "+by.ID+" "+by.Name), " ")
			err := tx.UpdateAuthorization(*a)
			if missing(err) {
				continue // revoked or recalled: it admits nobody
			}
			if err != nil {
				return err
			}
			taken++
		}
		if len(list) < p.Limit {
			break
		}
	}
	if taken > 0 {
		tx.Detail("authorizations", strconv.Itoa(taken))
	}
	g, err := tx.Governance(in)
	if err != nil || !slices.Contains(g.Settings.Reviewers, role) {
		return err
	}
	g.Settings.Reviewers = slices.DeleteFunc(slices.Clone(g.Settings.Reviewers), func(r string) bool { return r == role })
	g.Version, g.Updated = g.Version+1, d.now()
	tx.Detail("reviewers", "one role less")
	return tx.PutGovernance(g)
}
