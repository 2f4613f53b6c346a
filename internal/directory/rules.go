package directory

import (
	"errors"
	"slices"
	"strings"

	"prokura/internal/catalog"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// The permissions that Prokura itself asks for. A super administrator holds every permission there is.
const (
	MayInstall   = policy.InstallPermission // install apps with scopes that are new to the tenant
	MayManage    = "apps:app:manage"        // register the tenant's own apps and change them
	MayAuthorize = "oauth:client:authorize" // decide on apps for the tenant
	MayAudit     = "audit:entry:view"       // read and export the tenant's audit book

	// What programs may do about apps by an access token, one right for each kind of act.
	MayViewClients   = "oauth:client:view"
	MayAddClients    = "oauth:client:add"
	MayEditClients   = "oauth:client:edit"
	MayDeleteClients = "oauth:client:delete"
	MayViewUsage     = "usage:client:view"  // see what apps have called
	MayEndTokens     = "oauth:token:delete" // end the tokens of others
)

// Catalogs is what the catalogs in force say of tenants, users and scopes.
type Catalogs interface {
	AllPlans() []policy.Plan
	Roles() []catalog.Role
	Permissions() []catalog.Permission
	Entitlements() []catalog.Entitlement
	All() scope.Set
	Facts(s scope.Scope) (policy.Facts, bool)
}

// Rules answers what tenants and users may do, from the catalogs and what one numbered state holds. It keeps no state of its
// own, so that it can be asked inside any transaction.
type Rules struct {
	plans        map[string][]string // entitlements of a plan
	planNames    []string            // in the order of the catalogs
	roles        map[string][]string // permissions of a role
	roleNames    []string            // sorted
	permissions  []string            // sorted
	entitlements []string            // sorted
	needing      map[string][]string // names of the scopes that need an entitlement
}

// NewRules reads the catalogs. The roles that Prokura cannot do without are there whatever the catalogs say.
func NewRules(c Catalogs) *Rules {
	all := []string{MayInstall, MayManage, MayAuthorize, MayAudit, MayViewClients, MayAddClients, MayEditClients, MayDeleteClients, MayViewUsage, MayEndTokens}
	ru := &Rules{plans: map[string][]string{}, needing: map[string][]string{}, roles: map[string][]string{
		SuperAdmin:   nil, // holds all, by its name
		SiteAdmin:    all,
		AppInstaller: {MayInstall},
		Developer:    {MayManage},
		Member:       nil,
	}}
	for _, p := range c.AllPlans() {
		ru.plans[p.ID] = p.Entitlements
		ru.planNames = append(ru.planNames, p.ID)
		ru.entitlements = append(ru.entitlements, p.Entitlements...)
	}
	ru.permissions = slices.Clone(all)
	for _, r := range c.Roles() {
		ru.roles[r.ID] = append(slices.Clone(ru.roles[r.ID]), r.Permissions...)
		ru.permissions = append(ru.permissions, r.Permissions...)
	}
	for r := range ru.roles {
		ru.roleNames = append(ru.roleNames, r)
	}
	for _, p := range c.Permissions() {
		ru.permissions = append(ru.permissions, p.ID)
	}
	for _, e := range c.Entitlements() {
		ru.entitlements = append(ru.entitlements, e.ID)
	}
	for _, name := range c.All().Names() {
		s, err := scope.Parse(name)
		if err != nil {
			continue // a set holds only what parsed
		}
		if f, ok := c.Facts(s); ok && f.Entitlement != "" {
			ru.needing[f.Entitlement] = append(ru.needing[f.Entitlement], name)
		}
	}
	for _, list := range []*[]string{&ru.roleNames, &ru.permissions, &ru.entitlements} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return ru
}

// Plans are the ids of all plans, in the order of the catalogs.
func (ru *Rules) Plans() []string { return ru.planNames }

// Roles are the ids of the roles that every tenant has, in order.
func (ru *Rules) Roles() []string { return ru.roleNames }

// Permissions are the ids of all permissions, in order.
func (ru *Rules) Permissions() []string { return ru.permissions }

// Entitlements are the ids of all entitlements, in order.
func (ru *Rules) Entitlements() []string { return ru.entitlements }

// Rights are what a user may do. The zero Rights are none.
type Rights struct {
	SuperAdmin bool
	held       map[string]bool
}

// Hold says whether the user has the permission.
func (r Rights) Hold(permission string) bool { return r.SuperAdmin || r.held[permission] }

// Rights are those of a user, by what the roles hold in the state that is read. A disabled user has none. Where a catalog and
// the tenant itself name a role alike, it is the catalog's.
func (ru *Rules) Rights(r store.Reader, u store.User) (Rights, error) {
	if u.Disabled || u.ID.IsZero() {
		return Rights{}, nil
	}
	out := Rights{SuperAdmin: slices.Contains(u.Roles, SuperAdmin), held: map[string]bool{}}
	for _, name := range u.Roles {
		permissions, ok := ru.roles[name]
		if !ok {
			own, err := r.Role(u.Tenant, name)
			if errors.Is(err, store.ErrNotFound) {
				continue // no catalog names it any more
			}
			if err != nil {
				return Rights{}, err
			}
			permissions = own.Permissions
		}
		for _, p := range permissions {
			out.held[p] = true
		}
	}
	return out, nil
}

// RolesWith are the ids of the roles of a tenant that hold a permission, its own too. Super administrators hold every one.
func (ru *Rules) RolesWith(r store.Reader, in id.Tenant, permission string) ([]string, error) {
	out := []string{SuperAdmin}
	for _, name := range ru.roleNames {
		if slices.Contains(ru.roles[name], permission) {
			out = append(out, name)
		}
	}
	for p := (store.Page{}); ; {
		own, err := r.ListRoles(in, p)
		if err != nil {
			return nil, err
		}
		for _, o := range own {
			if _, catalogs := ru.roles[o.ID]; !catalogs && slices.Contains(o.Permissions, permission) {
				out = append(out, o.ID)
			}
			p.After = o.ID
		}
		if len(own) == 0 {
			return out, nil
		}
	}
}

// CheckRoles accepts the roles of the catalogs and the tenant's own, and answers them sorted, without duplicates.
func (ru *Rules) CheckRoles(r store.Reader, in id.Tenant, roles []string) ([]string, error) {
	for _, name := range roles {
		if _, ok := ru.roles[name]; ok {
			continue
		}
		_, err := r.Role(in, name)
		if errors.Is(err, store.ErrNotFound) {
			own, err := r.ListRoles(in, store.Page{})
			if err != nil {
				return nil, err
			}
			known := slices.Clone(ru.roleNames)
			for _, o := range own {
				known = append(known, o.ID)
			}
			return nil, refusal.New(refusal.Finding{Code: refusal.RoleUnknown, Got: name, Want: strings.Join(known, ", ")})
		}
		if err != nil {
			return nil, err
		}
	}
	return distinct(roles), nil
}

// distinct are the names, sorted, each once.
func distinct(names []string) []string {
	out := slices.Clone(names)
	slices.Sort(out)
	return slices.Compact(out)
}
