package catalog

import (
	"strings"

	"prokura/internal/scope"
	"prokura/internal/text"
)

// Catalog is one API, described and compiled. It is never changed.
type Catalog struct {
	Name    string
	Title   text.Text
	Version string // the SHA-256 of the source, in hexadecimal

	file          string
	trailingSlash bool
	categories    []Category
	scopes        []Scope
	methods       []*Method
	entitlements  []Entitlement
	permissions   []Permission
	plans         []Plan
	roles         []Role
	byScope       map[string]known
	byMethod      map[string]*Method
	root          *branch
	at            *node
}

// Category is a heading that methods and scopes stand under. It is for readers and decides nothing.
type Category struct {
	ID string
	text.Text

	at *node
}

// ScopeType is how a scope gives access.
type ScopeType string

// The scope types. All but a wildcard are concrete: methods ask for them by name.
const (
	ContentRead   ScopeType = "content_read"   // reading of content, in all categories
	Individual    ScopeType = "individual"     // as a rule one method, one category
	CrossCategory ScopeType = "cross_category" // methods of several categories
	Wildcard      ScopeType = "wildcard"       // stands for the members listed
)

// Scope is a scope token of the catalog.
type Scope struct {
	Name        scope.Scope
	Type        ScopeType
	Title       text.Text
	Description text.Text
	Members     scope.Set // of a wildcard: the concrete scopes that it stands for

	// Entitlement is what the tenant's plan must include; empty: nothing. Permissions are what a user must hold to give
	// the scope to an app, all of them. Those of a wildcard are those of its members.
	Entitlement string
	Permissions []string
	Resource    Category // what the scope is about; zero: several things, or nothing that has a heading
	Dangerous   bool     // pages set it apart; it decides nothing
	Elsewhere   bool     // the methods that need it are not described in the catalog

	at *node
}

// Entitlement is a function of the product that a plan may include.
type Entitlement struct {
	ID          string
	Title       text.Text
	Description text.Text

	at *node
}

// Permission is something that a user may do, named domain:entity:action.
type Permission struct {
	ID    string
	Title text.Text

	at *node
}

// Plan is a named set of entitlements that a tenant can have.
type Plan struct {
	ID           string
	Title        text.Text
	Entitlements []string

	at *node
}

// Role is a named part that a user can play in a tenant.
type Role struct {
	ID          string
	Title       text.Text
	Description text.Text
	Permissions []string

	at *node
}

// TenantFrom says where a method finds the tenant that it acts in.
type TenantFrom uint8

// Where the tenant is found.
const (
	FromPath  TenantFrom = iota // a parameter of the path names it; it must be the token's
	FromToken                   // the token alone says it
	FromBody                    // the request says it, because there is no token yet: only where Prokura answers
)

// AnsweredBy says who answers a method.
type AnsweredBy string

// Who answers.
const (
	ByUpstream AnsweredBy = "upstream"
	ByProkura  AnsweredBy = "prokura"
)

// Method is one operation of the API.
type Method struct {
	ID          string
	Category    Category
	Title       text.Text
	Description text.Text
	Verb        string
	Path        string       // the template
	Number      int          // its place in the catalog
	Need        []scope.Bits // alternatives, each of which is enough; none at all: nothing covers the method
	TenantFrom  TenantFrom
	TenantParam string // the parameter that names the tenant, if it stands in the path
	AnsweredBy  AnsweredBy
	AliasOf     string // the method that answers this path and verb, if this one is only another name for it
	Permission  string // that the user must hold beside the scope; empty: the API itself decides

	alternatives []scope.Set // Need, as names
	segments     []segment
	at           *node
}

// Name is the method's identifier.
func (m *Method) Name() string { return m.ID }

// UserPermission is what the user must hold beside the scope; empty: the API itself decides.
func (m *Method) UserPermission() string { return m.Permission }

// Covered says whether the scopes satisfy what the method needs. A method that needs nothing although the upstream
// answers it is covered by nothing; one that Prokura answers itself and that needs nothing is open.
func (m *Method) Covered(have *scope.Bits) bool {
	for i := range m.Need {
		if have.Covers(&m.Need[i]) {
			return true
		}
	}
	return false
}

// Alternatives are the sets of scopes of which each is enough.
func (m *Method) Alternatives() []scope.Set { return m.alternatives }

// NeedNames writes the need for people: alternatives apart by " | ", scopes that are needed together joined by " + ".
func (m *Method) NeedNames() string {
	parts := make([]string, 0, len(m.alternatives))
	for _, a := range m.alternatives {
		if a.Len() > 0 {
			parts = append(parts, strings.Join(a.Names(), " + "))
		}
	}
	return strings.Join(parts, " | ")
}

// Parameters are the names of the path's parameters, in order.
func (m *Method) Parameters() []string {
	var out []string
	for _, s := range m.segments {
		if s.param != "" {
			out = append(out, s.param)
		}
	}
	return out
}

// Methods are all methods in the order of the file, aliases too. The caller does not change the slice.
func (c *Catalog) Methods() []*Method { return c.methods }

// Method finds a method by its identifier.
func (c *Catalog) Method(id string) (*Method, bool) {
	m, ok := c.byMethod[id]
	return m, ok
}

// Scopes are all scopes in the order of the file, wildcards too. The caller does not change the slice.
func (c *Catalog) Scopes() []Scope { return c.scopes }

// Scope finds a scope by its name, wildcards too.
func (c *Catalog) Scope(name string) (Scope, bool) {
	k, ok := c.byScope[name]
	if !ok {
		return Scope{}, false
	}
	return c.scopes[k.place], true
}

// Entitlements are the functions that plans may include, in the order of the file.
func (c *Catalog) Entitlements() []Entitlement { return c.entitlements }

// Permissions are what users may do, in the order of the file.
func (c *Catalog) Permissions() []Permission { return c.permissions }

// Plans are the plans that the catalog names.
func (c *Catalog) Plans() []Plan { return c.plans }

// Roles are the roles that the catalog names.
func (c *Catalog) Roles() []Role { return c.roles }
