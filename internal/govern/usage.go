package govern

import (
	"context"
	"slices"
	"strings"
	"time"

	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// UsageDays is how far back the use of an app is known, in days.
const UsageDays = 90

// Usage is what a client really did in a tenant: the days are those from From on, UTC, the last of them today.
type Usage struct {
	From    time.Time
	Calls   []int // by day
	Scopes  []ScopeUse
	Methods []MethodUse // most calls first; only those that were called
	// Unused are the scopes of those asked about that no call needed.
	Unused scope.Set
}

// ScopeUse is the use of one scope.
type ScopeUse struct {
	Scope scope.Scope
	Calls []int     // by day: calls of methods for which it was needed
	Last  time.Time // day; zero: never
}

// MethodUse is the use of one method.
type MethodUse struct {
	Catalog string
	Method  *catalog.Method // nil: no catalog in force names it any more
	ID      string
	Calls   int
	Last    time.Time // day
}

// Usage answers what a client did in a tenant within the last days, and which of the scopes that it holds were needed for
// it. A call counts for the first of its method's alternatives that the scopes cover, so that a catalog names the narrowest
// first.
func (d *Decisions) Usage(ctx context.Context, in id.Tenant, client id.Client, held scope.Set, days int) (Usage, error) {
	days = min(max(days, 1), UsageDays)
	today := d.clock.Now().UTC().Truncate(24 * time.Hour)
	from := today.AddDate(0, 0, 1-days)
	var rows []store.Use
	err := d.store.View(ctx, func(r store.Reader) (err error) {
		rows, err = r.Uses(in, client, from)
		return err
	})
	if err != nil {
		return Usage{}, refused(err)
	}
	u := Usage{From: from, Calls: make([]int, days)}
	scopes := make(map[scope.Scope]*ScopeUse, held.Len())
	for _, s := range held.All() {
		scopes[s] = &ScopeUse{Scope: s, Calls: make([]int, days)}
	}
	type named struct{ catalog, method string }
	methods := map[named]*MethodUse{}
	for _, row := range rows {
		day := int(row.Day.Sub(from) / (24 * time.Hour))
		if day < 0 || day >= days {
			continue // written by a node whose clock is ahead
		}
		u.Calls[day] += row.Calls
		m := methods[named{row.Catalog, row.Method}]
		if m == nil {
			m = &MethodUse{Catalog: row.Catalog, ID: row.Method, Method: d.method(row.Catalog, row.Method)}
			methods[named{row.Catalog, row.Method}] = m
		}
		m.Calls, m.Last = m.Calls+row.Calls, row.Day
		for _, s := range neededOf(m.Method, held).All() {
			scopes[s].Calls[day] += row.Calls
			scopes[s].Last = row.Day
		}
	}
	var unused []scope.Scope
	for _, s := range held.All() {
		use := scopes[s]
		u.Scopes = append(u.Scopes, *use)
		if use.Last.IsZero() {
			unused = append(unused, s)
		}
	}
	u.Unused = scope.NewSet(unused...)
	for _, m := range methods {
		u.Methods = append(u.Methods, *m)
	}
	slices.SortFunc(u.Methods, func(a, b MethodUse) int {
		if a.Calls != b.Calls {
			return b.Calls - a.Calls
		}
		return strings.Compare(a.ID, b.ID)
	})
	return u, nil
}

// method is a method of a catalog in force; nil: there is none.
func (d *Decisions) method(in, name string) *catalog.Method {
	cat, ok := d.catalogs.Named(in)
	if !ok {
		return nil
	}
	m, _ := cat.Method(name)
	return m
}

// neededOf is the first of a method's alternatives that the scopes cover; empty: none.
func neededOf(m *catalog.Method, held scope.Set) scope.Set {
	if m == nil {
		return scope.Set{}
	}
	for _, alternative := range m.Alternatives() {
		if alternative.Minus(held).Len() == 0 {
			return alternative
		}
	}
	return scope.Set{}
}
