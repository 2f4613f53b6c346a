package page

import (
	"cmp"
	"slices"

	"prokura/internal/catalog"
	"prokura/internal/scope"
	"prokura/internal/text"
)

// ScopeRow is one scope on a page: what it does, its name beside it.
type ScopeRow struct {
	Name      string
	Title     text.Text
	Resource  text.Text // what it is about; empty: nothing in particular
	Dangerous bool
	Class     string   // "required", "conditional", "optional"; empty: not shown
	Note      string   // in the reader's language; empty: none
	Methods   []string // what can be called with it, for the fold
	New       bool     // since last time
	Box       bool     // it can be unticked
	Ticked    bool
}

// ScopeGroup is the scopes of one resource.
type ScopeGroup struct {
	Title     text.Text
	Dangerous bool // one of them is
	Rows      []ScopeRow
}

// GroupScopes groups scopes by what they are about. Within a group, and among groups, what is dangerous comes first.
func GroupScopes(rows []ScopeRow) []ScopeGroup {
	var groups []ScopeGroup
	for _, row := range rows {
		i := slices.IndexFunc(groups, func(g ScopeGroup) bool { return g.Title == row.Resource })
		if i < 0 {
			i = len(groups)
			groups = append(groups, ScopeGroup{Title: row.Resource})
		}
		groups[i].Rows = append(groups[i].Rows, row)
		groups[i].Dangerous = groups[i].Dangerous || row.Dangerous
	}
	for _, g := range groups {
		slices.SortStableFunc(g.Rows, func(a, b ScopeRow) int { return first(a.Dangerous, b.Dangerous) })
	}
	slices.SortStableFunc(groups, func(a, b ScopeGroup) int {
		return cmp.Or(first(a.Dangerous, b.Dangerous), cmp.Compare(a.Title.EN, b.Title.EN))
	})
	return groups
}

// first orders what is marked before what is not.
func first(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

// Catalogs is what the catalogs in force say of scopes.
type Catalogs interface {
	Scope(name string) (catalog.Scope, bool)
	List() []*catalog.Catalog
}

// RowsOf makes rows of scopes as the catalogs describe them, each with what it lets an app call. A scope that no catalog knows
// is shown by its name.
func RowsOf(cats Catalogs, lang string, set scope.Set, class string) []ScopeRow {
	rows := make([]ScopeRow, 0, set.Len())
	for _, sc := range set.All() {
		row := ScopeRow{Name: sc.String(), Title: text.Text{EN: sc.String(), DE: sc.String()}, Class: class}
		if known, ok := cats.Scope(sc.String()); ok {
			row.Title, row.Resource, row.Dangerous = known.Title, known.Resource.Text, known.Dangerous
			if !known.Elsewhere { // else those of another catalog are not what this scope opens
				row.Methods = methodsOf(cats, lang, sc)
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// methodsOf are the titles of the methods that a scope has a part in.
func methodsOf(cats Catalogs, lang string, sc scope.Scope) []string {
	var out []string
	for _, cat := range cats.List() {
		for _, m := range cat.Methods() {
			if m.AliasOf == "" && Reaches(sc, m) {
				out = append(out, m.Title.In(lang))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Reaches says whether a scope has a part in calling a method.
func Reaches(sc scope.Scope, m *catalog.Method) bool {
	return slices.ContainsFunc(m.Alternatives(), func(need scope.Set) bool { return need.Has(sc) })
}
