package registry

import (
	"fmt"
	"slices"

	"prokura/internal/catalog"
	"prokura/internal/policy"
	"prokura/internal/scope"
	"prokura/internal/strictyaml"
)

// Catalogs are the catalogs in force. It is not changed after it is made. What two of them name alike is one thing: a plan
// has the entitlements, a role the permissions, a scope what it asks for, of all of them; the first one's title stands, but
// for a scope that is described where the methods are that need it.
type Catalogs struct {
	list  []*catalog.Catalog
	all   scope.Set
	whole scope.Set // without what opens a method that we answer ourselves

	scopes       map[string]catalog.Scope
	implied      map[string]catalog.Scope // what implied scopes are to apps that they come with
	alone        map[scope.Scope][]string
	facts        map[scope.Scope]policy.Facts
	risks        map[scope.Scope]policy.Risk
	entitlements []catalog.Entitlement
	permissions  []catalog.Permission
	plans        []catalog.Plan
	roles        []catalog.Role
}

// NewCatalogs puts catalogs in force. Two of one name are refused, and so are two that ask for different entitlements for
// one scope.
func NewCatalogs(list ...*catalog.Catalog) (*Catalogs, error) {
	c := &Catalogs{list: list, scopes: map[string]catalog.Scope{}, implied: map[string]catalog.Scope{}, facts: map[scope.Scope]policy.Facts{}}
	var ours scope.Set
	for i, cat := range list {
		for _, earlier := range list[:i] {
			if earlier.Name == cat.Name {
				return nil, fmt.Errorf("two catalogs are named %q", cat.Name)
			}
		}
		c.all = c.all.Union(cat.Concrete())
		ours = ours.Union(opening(cat))
		for _, s := range cat.Scopes() {
			if err := c.addScope(s); err != nil {
				return nil, err
			}
		}
		c.addDirectory(cat)
	}
	c.whole = c.all.Minus(ours)
	for _, s := range c.scopes {
		c.facts[s.Name] = policy.Facts{Entitlement: s.Entitlement, Permissions: s.Permissions}
	}
	c.readRisks()
	c.readAlone()
	return c, nil
}

func (c *Catalogs) addScope(s catalog.Scope) error {
	name := s.Name.String()
	if s.Elsewhere && Implied().Has(s.Name) {
		c.implied[name] = s
	}
	have, ok := c.scopes[name]
	switch {
	case !ok:
		c.scopes[name] = s
		return nil
	case have.Type == catalog.Wildcard || s.Type == catalog.Wildcard:
		return fmt.Errorf("two catalogs name %s, and one as a wildcard", name)
	case have.Entitlement != "" && s.Entitlement != "" && have.Entitlement != s.Entitlement:
		return fmt.Errorf("for %s one catalog asks for the entitlement %s, another for %s", name, have.Entitlement, s.Entitlement)
	case have.Entitlement == "":
		have.Entitlement = s.Entitlement
	}
	if have.Elsewhere && !s.Elsewhere {
		have.Title, have.Description, have.Resource, have.Elsewhere = s.Title, s.Description, s.Resource, false
	}
	have.Permissions = union(have.Permissions, s.Permissions)
	have.Dangerous = have.Dangerous || s.Dangerous
	c.scopes[name] = have
	return nil
}

// addDirectory adds what a catalog says of tenants and users.
func (c *Catalogs) addDirectory(cat *catalog.Catalog) {
	for _, e := range cat.Entitlements() {
		if !slices.ContainsFunc(c.entitlements, func(o catalog.Entitlement) bool { return o.ID == e.ID }) {
			c.entitlements = append(c.entitlements, e)
		}
	}
	for _, p := range cat.Permissions() {
		if !slices.ContainsFunc(c.permissions, func(o catalog.Permission) bool { return o.ID == p.ID }) {
			c.permissions = append(c.permissions, p)
		}
	}
	for _, p := range cat.Plans() {
		if i := slices.IndexFunc(c.plans, func(o catalog.Plan) bool { return o.ID == p.ID }); i >= 0 {
			c.plans[i].Entitlements = union(c.plans[i].Entitlements, p.Entitlements)
		} else {
			c.plans = append(c.plans, p)
		}
	}
	for _, r := range cat.Roles() {
		if i := slices.IndexFunc(c.roles, func(o catalog.Role) bool { return o.ID == r.ID }); i >= 0 {
			c.roles[i].Permissions = union(c.roles[i].Permissions, r.Permissions)
		} else {
			c.roles = append(c.roles, r)
		}
	}
}

// union is a list of its own with what stands in either.
func union(a, b []string) []string {
	out := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// List are the catalogs in the order of the configuration.
func (c *Catalogs) List() []*catalog.Catalog { return c.list }

// Named finds a catalog.
func (c *Catalogs) Named(name string) (*catalog.Catalog, bool) {
	for _, cat := range c.list {
		if cat.Name == name {
			return cat, true
		}
	}
	return nil, false
}

// All are the concrete scopes of every catalog.
func (c *Catalogs) All() scope.Set { return c.all }

// Whole is what a connected app may ask for to which the whole catalog is assigned: the scopes of the vendor's API, and none that
// opens a method which we answer ourselves, on whatever wire. Those decide on apps, secrets and tokens, and are assigned by name.
func (c *Catalogs) Whole() scope.Set { return c.whole }

// opening are the scopes that open a method of a catalog which we answer ourselves.
func opening(cat *catalog.Catalog) scope.Set {
	var out []scope.Scope
	none := cat.Bits(scope.Set{})
	for _, m := range cat.Methods() {
		if m.AnsweredBy != catalog.ByProkura || m.Covered(&none) {
			continue
		}
		for _, s := range cat.Concrete().All() {
			if with := cat.Bits(scope.NewSet(s)); m.Covered(&with) {
				out = append(out, s)
			}
		}
	}
	return scope.NewSet(out...)
}

// Expand replaces wildcards by their members. A name is unknown if no catalog knows it.
func (c *Catalogs) Expand(asked scope.Set) (concrete, unknown scope.Set) {
	unknown = asked
	for _, cat := range c.list {
		_, known, rest := cat.Expand(asked)
		concrete = concrete.Union(known)
		unknown = unknown.Intersect(rest)
	}
	return concrete, unknown
}

// Scope finds a scope by its name, wildcards too.
func (c *Catalogs) Scope(name string) (catalog.Scope, bool) {
	s, ok := c.scopes[name]
	return s, ok
}

// Facts are what a scope asks of the tenant and the user; false: no catalog knows it.
func (c *Catalogs) Facts(s scope.Scope) (policy.Facts, bool) {
	f, ok := c.facts[s]
	return f, ok
}

// Nearest is the known scope whose name is most like the one given, for a question such as "did you mean"; false if none
// is near.
func (c *Catalogs) Nearest(s scope.Scope) (scope.Scope, bool) {
	names := make([]string, 0, len(c.scopes))
	for _, cat := range c.list {
		for _, known := range cat.Scopes() {
			names = append(names, known.Name.String())
		}
	}
	near, ok := c.scopes[strictyaml.Nearest(s.String(), names)]
	return near.Name, ok
}

// Plans are the names of all plans, each once.
func (c *Catalogs) Plans() []string {
	var out []string
	for _, p := range c.plans {
		out = append(out, p.ID)
	}
	return out
}

// Plan finds a plan, with the entitlements that all catalogs give it.
func (c *Catalogs) Plan(id string) (catalog.Plan, bool) {
	return named(c.plans, func(p catalog.Plan) bool { return p.ID == id })
}

// AllPlans are all plans as the decisions take them, in the order of the catalogs.
func (c *Catalogs) AllPlans() []policy.Plan {
	var out []policy.Plan
	for _, p := range c.plans {
		out = append(out, policy.Plan{ID: p.ID, Entitlements: p.Entitlements})
	}
	return out
}

// Entitlements are all functions that plans may include. The caller does not change the slice.
func (c *Catalogs) Entitlements() []catalog.Entitlement { return c.entitlements }

// Entitlement finds a function by its id.
func (c *Catalogs) Entitlement(id string) (catalog.Entitlement, bool) {
	return named(c.entitlements, func(e catalog.Entitlement) bool { return e.ID == id })
}

// Permissions are all that users may do. The caller does not change the slice.
func (c *Catalogs) Permissions() []catalog.Permission { return c.permissions }

// Permission finds a permission by its id.
func (c *Catalogs) Permission(id string) (catalog.Permission, bool) {
	return named(c.permissions, func(p catalog.Permission) bool { return p.ID == id })
}

// Roles are all roles, with the permissions that all catalogs give them. The caller does not change the slice.
func (c *Catalogs) Roles() []catalog.Role { return c.roles }

// Role finds a role by its id.
func (c *Catalogs) Role(id string) (catalog.Role, bool) {
	return named(c.roles, func(r catalog.Role) bool { return r.ID == id })
}

func named[T any](list []T, is func(T) bool) (T, bool) {
	if i := slices.IndexFunc(list, is); i >= 0 {
		return list[i], true
	}
	var none T
	return none, false
}
