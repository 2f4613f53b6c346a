package analytics

import (
	"errors"
	"net/http"
	"slices"

	"prokura/examples/identity"
)

// caller is who calls, as the gateway vouches for it.
type caller struct{ identity.Caller }

// superAdministrator says whether the user holds the tenant's highest role.
func (c caller) superAdministrator() bool { return slices.Contains(c.Roles, roleSuper) }

// administrator says whether the user administers the site.
func (c caller) administrator() bool {
	return c.superAdministrator() || slices.Contains(c.Roles, roleAdmin)
}

// operator says whether the user operates the whole installation.
func (c caller) operator() bool { return slices.Contains(c.PlatformRoles, roleOperator) }

// identify verifies the identity header. On any doubt it returns nobody at all. Everything here belongs to users, so that a
// client that acts for itself is nobody, too.
func (s *Server) identify(r *http.Request) (caller, error) {
	who, err := s.identities.Identify(r)
	switch {
	case errors.Is(err, identity.ErrMissing):
		return caller{}, errNoCredentials()
	case errors.Is(err, identity.ErrUnavailable):
		return caller{}, errUnavailable("The keys of the identity issuer are not available.", err)
	case err != nil:
		return caller{}, errBadCredentials(err)
	case who.User == "":
		return caller{}, errBadCredentials(errors.New("a client acts for itself"))
	}
	return caller{who}, nil
}
