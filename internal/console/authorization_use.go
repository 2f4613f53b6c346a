package console

import (
	"context"
	"net/http"
	"slices"
	"time"

	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// usedWeeks is how many weeks of use are shown.
const usedWeeks = (govern.UsageDays + 6) / 7

// calls are what an app called as far back as is known.
type calls struct {
	govern.Usage
	last time.Time // day of the newest; zero: none
	days map[[2]string]time.Time
}

// uses reads what an app called, and which of the scopes that it holds were needed for it.
func (c *Console) uses(r *http.Request, in id.Tenant, client id.Client, held scope.Set) (calls, error) {
	u := calls{days: map[[2]string]time.Time{}}
	var err error
	u.Usage, err = c.Govern.Usage(r.Context(), in, client, held, govern.UsageDays)
	for _, m := range u.Methods {
		u.last = later(u.last, m.Last)
		u.days[[2]string{m.Catalog, m.ID}] = m.Last
	}
	return u, err
}

// method is the day of the last call of a method.
func (u *calls) method(catalog, method string) time.Time { return u.days[[2]string{catalog, method}] }

// askedFor is what an app registers.
func askedFor(s *govern.Seen) scope.Set {
	return s.App.Registration.Scopes()
}

// granted is what an app may be given.
func granted(s *govern.Seen) scope.Set {
	if s.Uncapped {
		return askedFor(s)
	}
	return s.Ceiling
}

// usage is what an app did with what it may do.
type usage struct {
	Rows   []page.Heat // a row for each scope, a cell for each week; the most used first
	Weeks  []time.Time
	Calls  int
	Unused []page.ScopeRow // that no call needed, but for those without which it cannot be installed
	Keep   []string        // the scopes that are left without them
	Spared []page.ScopeRow // not used either, and required by the app or by an install URL in use
}

// First is the first day that is shown.
func (u usage) First() time.Time { return u.Weeks[0] }

// usageOf draws the calls of an app by scope and week.
func (c *Console) usageOf(ctx context.Context, v *visit, s *govern.Seen, u *calls) (usage, error) {
	var out usage
	for _, n := range u.Calls {
		out.Calls += n
	}
	// The last week ends today, so that the first may be short.
	weekOf := func(day int) int { return usedWeeks - 1 - (len(u.Calls)-1-day)/7 }
	for i := range usedWeeks {
		day := max(len(u.Calls)-7*(usedWeeks-i), 0)
		out.Weeks = append(out.Weeks, u.From.AddDate(0, 0, day))
	}
	most := 0
	for _, use := range u.Scopes {
		name := use.Scope.String()
		heat := page.Heat{Label: name, Note: name}
		if known, ok := c.Catalogs.Scope(name); ok {
			heat.Label = known.Title.In(v.lang)
		}
		for i := range usedWeeks {
			heat.Cells = append(heat.Cells, page.Cell{From: out.Weeks[i]})
		}
		for day, n := range use.Calls {
			cell := &heat.Cells[weekOf(day)]
			cell.Count += n
			most = max(most, cell.Count)
		}
		out.Rows = append(out.Rows, heat)
	}
	for i := range out.Rows {
		out.Rows[i].Most = most
	}
	slices.SortStableFunc(out.Rows, func(a, b page.Heat) int { return b.Total() - a.Total() })
	spared := u.Unused.Intersect(s.App.Registration.Required)
	asked, err := c.Govern.AskedByURLs(ctx, s.App.ID, u.Unused.Minus(spared))
	if err != nil {
		return usage{}, err
	}
	spared = spared.Union(asked)
	out.Unused = page.RowsOf(c.Catalogs, v.lang, u.Unused.Minus(spared), "")
	out.Spared = page.RowsOf(c.Catalogs, v.lang, spared, "")
	out.Keep = granted(s).Minus(u.Unused.Minus(spared)).Names()
	return out, nil
}

// matrix says which role can do what through an app: scopes down, roles across. A call needs the scope and the permission of
// its user, so that an app lets nobody do more than before.
func (c *Console) matrix(r *http.Request, v *visit, s *govern.Seen, titles []page.TermRole) (page.Matrix, error) {
	roles, err := c.Directory.ListRoles(r.Context(), v.Tenant.ID, store.Page{Limit: 500})
	if err != nil {
		return page.Matrix{}, err
	}
	roles = slices.DeleteFunc(roles, func(one store.Role) bool { return !s.Admission.All && !slices.Contains(s.Admission.Roles, one.ID) })
	var out page.Matrix
	for _, one := range roles {
		out.Columns = append(out.Columns, titleOf(titles, one.ID))
	}
	have := granted(s)
	for _, g := range page.GroupScopes(page.RowsOf(c.Catalogs, v.lang, have, "")) {
		for _, row := range g.Rows {
			sc, err := scope.Parse(row.Name)
			if err != nil {
				continue
			}
			line := page.MatrixRow{ScopeRow: row}
			for i := range roles {
				line.Cells = append(line.Cells, c.able(&roles[i], sc))
			}
			out.Rows = append(out.Rows, line)
		}
	}
	return out, nil
}

// able counts the methods of a scope that a role may call. A role that may not give the scope calls none of them.
func (c *Console) able(role *store.Role, sc scope.Scope) page.MatrixCell {
	holds := func(permission string) bool {
		return permission == "" || role.ID == directory.SuperAdmin || slices.Contains(role.Permissions, permission)
	}
	known, _ := c.Catalogs.Scope(sc.String())
	if slices.ContainsFunc(known.Permissions, func(p string) bool { return !holds(p) }) {
		return page.MatrixCell{Of: 1}
	}
	var cell page.MatrixCell
	for _, cat := range c.Catalogs.List() {
		for _, m := range cat.Methods() {
			if m.AliasOf != "" || !page.Reaches(sc, m) {
				continue
			}
			cell.Of++
			if holds(m.Permission) {
				cell.Can++
			}
		}
	}
	if cell.Of == 0 { // its methods are described elsewhere
		return page.MatrixCell{Can: 1, Of: 1}
	}
	return cell
}
