package analytics

import "slices"

// Prokura's roles of a tenant, and the platform role.
const (
	roleSuper    = "super_admin"
	roleAdmin    = "site_admin"
	roleUser     = "user"
	roleOperator = "operator"
)

// Site roles are finer than Prokura's roles. Each belongs to one standing, which Prokura holds; which site role of its
// standing a user has, is a note here, and what another standing's note says is void:
//
//	super_admin, site_admin  SiteAdministratorCreator (unless noted), SiteAdministratorExplorer, SiteAdministrator
//	user                     Creator (unless noted), ExplorerCanPublish, Explorer, Viewer, Publisher, Interactor,
//	                         ViewerWithPublish, ReadOnly
//	disabled                 Unlicensed (unless noted), UnlicensedWithPublish
//
// Other site roles (ServerAdministrator, SupportUser, Guest) cannot be given here. super_admin is never given either,
// and who holds it keeps it when made a site administrator.
type standing uint8

const (
	noStanding standing = iota
	unlicensed
	ordinary
	administering
)

func siteRoles(s standing) []string {
	switch s {
	case administering:
		return []string{"SiteAdministratorCreator", "SiteAdministratorExplorer", "SiteAdministrator"}
	case ordinary:
		return []string{"Creator", "ExplorerCanPublish", "Explorer", "Viewer", "Publisher", "Interactor", "ViewerWithPublish", "ReadOnly"}
	case unlicensed:
		return []string{"Unlicensed", "UnlicensedWithPublish"}
	}
	return nil
}

// standingOf says where a site role belongs; noStanding where it cannot be given.
func standingOf(siteRole string) standing {
	for _, s := range []standing{unlicensed, ordinary, administering} {
		if slices.Contains(siteRoles(s), siteRole) {
			return s
		}
	}
	return noStanding
}

func (m member) standing() standing {
	switch {
	case m.Disabled:
		return unlicensed
	case slices.Contains(m.Roles, roleSuper), slices.Contains(m.Roles, roleAdmin):
		return administering
	}
	return ordinary
}

// siteRole is how a user appears: the noted site role where it fits the standing, else the standing's first.
func (m member) siteRole(note userNote) string {
	roles := siteRoles(m.standing())
	if slices.Contains(roles, note.SiteRole) {
		return note.SiteRole
	}
	return roles[0]
}

// asked gives the change at Prokura that gives the user this standing. Roles that are not of this ladder stay.
func (m member) asked(to standing) change {
	if to == unlicensed {
		return change{"disabled": true}
	}
	roles := slices.DeleteFunc(slices.Clone(m.Roles), func(r string) bool {
		return r == roleUser || r == roleAdmin || r == roleSuper && to == ordinary
	})
	switch {
	case to == ordinary:
		roles = append(roles, roleUser)
	case !slices.Contains(roles, roleSuper):
		roles = append(roles, roleAdmin)
	}
	ch := change{"roles": roles}
	if m.Disabled {
		ch["disabled"] = false
	}
	return ch
}

func errSiteRole(role string) *fault {
	return refuse(codeSiteRole, "The site role '%s' is unknown or cannot be given here.", role)
}
