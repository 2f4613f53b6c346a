package page

import (
	"time"

	"prokura/internal/catalog"
	"prokura/internal/scope"
)

// Terms is what an administrator decides on an app, as the part "terms" of a form shows it: its scopes by class with a box
// each, who may use it, and until when. What un-ticking a scope costs stands beside it.
type Terms struct {
	Classes []TermClass
	// Everyone: all users may use it. It is said, and never follows from nobody being chosen: a role or user that was chosen and is
	// gone would leave everybody.
	Everyone bool
	Roles    []TermRole
	Users    []TermUser // who was added beside the roles
	AddUser  string     // a user name, as typed
	Picking  bool       // the list of roles is open

	Alone     bool // the app can act without a user
	ForItself bool // and may
	Later     bool // all scopes that the app registers later can be had, too
	Uncapped  bool // and are

	Expires      string // the last day, as 2026-12-31, as typed
	Reason       string // as typed
	Version      int    // of the authorization that was seen; 0: none
	Registration int    // version of the registration that was seen
}

// TermClass is what an app asks for in one of the classes "required", "conditional" and "optional".
type TermClass struct {
	Class  string
	Groups []TermGroup
}

// Count is how many scopes are in the class.
func (c TermClass) Count() int {
	n := 0
	for _, g := range c.Groups {
		n += len(g.Rows)
	}
	return n
}

// TermGroup is the scopes of one resource.
type TermGroup struct {
	ScopeGroup
	Rows []TermScope
}

// TermScope is one scope with what it costs to leave it out.
type TermScope struct {
	ScopeRow
	Refused int       // methods that nothing else the app asks for covers
	Used    time.Time // when the last of them was called; zero: never
}

// Required says whether the app cannot be installed without the scope.
func (s TermScope) Required() bool { return s.Class == "required" }

// TermRole is a role to choose.
type TermRole struct {
	ID, Title, Description string
	Ticked                 bool
}

// TermUser is a user who was added.
type TermUser struct {
	ID, Name string
	Ticked   bool
}

// Chosen are the titles of the roles and users that are ticked.
func (t Terms) Chosen() []string {
	var out []string
	for _, r := range t.Roles {
		if r.Ticked {
			out = append(out, r.Title)
		}
	}
	for _, u := range t.Users {
		if u.Ticked {
			out = append(out, u.Name)
		}
	}
	return out
}

// Asking is what an app asks for, and how it stands.
type Asking struct {
	Required, Conditional, Optional scope.Set
	Ticked                          scope.Set
	New                             scope.Set // asked for since it was decided on
	Used                            Used
}

// All are the scopes of all classes.
func (a *Asking) All() scope.Set { return a.Required.Union(a.Conditional).Union(a.Optional) }

// Used says when a method was last called; zero: never.
type Used func(catalog, method string) time.Time

// Classes lays out what an app asks for, in the order of the classes. Within one, what is dangerous comes first.
func Classes(cats Catalogs, lang string, a Asking) []TermClass {
	var out []TermClass
	all := a.All()
	for _, c := range []struct {
		name string
		set  scope.Set
	}{{"required", a.Required}, {"conditional", a.Conditional}, {"optional", a.Optional}} {
		if c.set.Len() == 0 {
			continue
		}
		class := TermClass{Class: c.name}
		rows := RowsOf(cats, lang, c.set, c.name)
		for i, sc := range c.set.All() {
			rows[i].Box, rows[i].Ticked, rows[i].New = true, a.Ticked.Has(sc), a.New.Has(sc)
		}
		for _, g := range GroupScopes(rows) {
			group := TermGroup{ScopeGroup: g}
			for _, row := range g.Rows {
				s := TermScope{ScopeRow: row}
				for _, m := range Uncovered(cats, all, without(all, row.Name)) {
					s.Refused++
					s.Used = latest(s.Used, m.last(a.Used))
				}
				group.Rows = append(group.Rows, s)
			}
			class.Groups = append(class.Groups, group)
		}
		out = append(out, class)
	}
	return out
}

func without(set scope.Set, name string) scope.Set {
	sc, err := scope.Parse(name)
	if err != nil {
		return set
	}
	return set.Minus(scope.NewSet(sc))
}

func latest(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// CatalogMethod is a method and the catalog that describes it.
type CatalogMethod struct {
	Catalog string
	*catalog.Method
}

func (m CatalogMethod) last(used Used) time.Time {
	if used == nil {
		return time.Time{}
	}
	return used(m.Catalog, m.ID)
}

// Uncovered are the methods that one set of scopes covers and another one does not, in the order of the catalogs.
func Uncovered(cats Catalogs, had, kept scope.Set) []CatalogMethod {
	var out []CatalogMethod
	for _, cat := range cats.List() {
		before, _, _ := cat.Expand(had)
		after, _, _ := cat.Expand(kept)
		for _, m := range cat.Methods() {
			if m.AliasOf == "" && m.Covered(&before) && !m.Covered(&after) {
				out = append(out, CatalogMethod{cat.Name, m})
			}
		}
	}
	return out
}

// Cost is what a decision takes away, for the part "cost". The zero Cost is nothing.
type Cost struct {
	Methods        []CostMethod // that are refused then
	NotInstallable []ScopeRow   // required scopes that are left out
	AskedByURLs    []ScopeRow   // that install URLs of the last 90 days ask for as required
	Losing         int          // users who have installed the app and lose it
	Narrowed       int          // users who have installed the app and lose scopes of it
	More           bool         // and more than were counted
}

// CostMethod is a method that is refused then.
type CostMethod struct {
	Title string
	Used  time.Time
}

// Any says whether anything is lost at all.
func (c Cost) Any() bool {
	return len(c.Methods)+len(c.NotInstallable)+len(c.AskedByURLs)+c.Losing+c.Narrowed > 0
}
