package store

import (
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
)

// Clients reads registered apps.
type Clients interface {
	Client(client id.Client) (Client, error)               // with its secrets
	ListClients(owner id.Tenant, p Page) ([]Client, error) // by client ID; the zero owner lists all
	// NotableClients are those built in, and those whose publisher is verified, by client ID and without secrets. They are few;
	// beyond [MaxNotableClients] they are left out.
	NotableClients() ([]Client, error)
	// ClientVersions are the states of a registration, newest first, before the number given; zero begins.
	ClientVersions(client id.Client, before, limit int) ([]ClientVersion, error)
	Logo(sum string) (Logo, error)
	// InstallURLs are those seen, newest first.
	InstallURLs(client id.Client) ([]InstallURL, error)
	// Tallies are the counts of a client from a day on, by day and kind.
	Tallies(client id.Client, from time.Time) ([]Tally, error)
	// CountTenantsOf is how many tenants have a live grant of the client.
	CountTenantsOf(client id.Client) (int, error)
}

// ClientWriter writes registered apps.
type ClientWriter interface {
	AddClient(c Client, v ClientVersion) error // without secrets
	// UpdateClient writes owner and switches; with a version, which is the next one, also the registration. Without, version
	// and registration stay. ErrTaken: that version was made meanwhile.
	UpdateClient(c Client, v *ClientVersion) error
	// DeleteClient deletes the client with everything that hangs on it, in all tenants, but audit entries.
	DeleteClient(client id.Client) error
	// AddClientSecret refuses with ErrTaken when the client has MaxSecrets already.
	AddClientSecret(client id.Client, s ClientSecret) error
	DeleteClientSecret(client id.Client, secret id.Secret) error
	// PutLogo keeps an image for a day, and then as long as a version of a client names it.
	PutLogo(l Logo) error
}

// Grants reads what tenants and users decided on apps.
type Grants interface {
	Consent(in id.Tenant, user id.User, client id.Client) (Consent, error)
	Grant(in id.Tenant, grant id.Grant) (Grant, error)
	ListGrants(in id.Tenant, f GrantFilter, p Page) ([]Grant, error) // live ones, by ID
	// FormerGrants are those of a user that live no more, newest first: what ended, as long as it is kept, and what hangs on an
	// authorization that is revoked or replaced, of which Ended may not be written yet.
	FormerGrants(in id.Tenant, user id.User, limit int) ([]Grant, error)
	Code(in id.Tenant, hash [32]byte) (Code, error)
	RefreshToken(in id.Tenant, hash [32]byte) (RefreshToken, error)
	// Refreshable is a refresh token with its grant.
	Refreshable(in id.Tenant, hash [32]byte) (RefreshToken, Grant, error)
	// ListAuditOf are the audit entries of a tenant that a user made or that are about the user, newest first, but for
	// sign-ins and sign-outs with assertions, which are many. About a user is what has "user <id>" as its target, or the id
	// as its detail "user".
	ListAuditOf(in id.Tenant, user id.User, before id.Entry, limit int) ([]audit.Entry, error)
}

// GrantFilter narrows a list of grants; zero values do not.
type GrantFilter struct {
	User          id.User
	Client        id.Client
	Authorization id.Authorization
}

// GrantWriter writes what tenants and users decided on apps, and what is issued from it.
type GrantWriter interface {
	PutConsent(c Consent) error // ErrNotFound: no such user, or no authorization of the client
	DeleteConsent(in id.Tenant, user id.User, client id.Client) error
	// DeleteConsents deletes those of all users of the tenant, also where nothing rests on them any more.
	DeleteConsents(in id.Tenant, client id.Client) error
	// AddGrant adds a live grant. ErrNotFound: its user is not there, or its authorization is revoked or another one by now.
	// A grant that has no refresh token, and whose Installed is not written within the hour, is swept.
	AddGrant(g Grant) error
	UpdateGrant(g Grant) error // ErrNotFound also where it has ended
	// EndGrants ends the live grants that the filter names, and answers them. The filter names something. Codes and refresh
	// tokens of a grant that ended can be read for 30 days, so that an answer can say why they are worth nothing; to those who
	// use or add one they are not found.
	EndGrants(in id.Tenant, f GrantFilter, why string, at time.Time) ([]Grant, error)
	// EndGrant ends one. ErrNotFound: it is not there, or ended before.
	EndGrant(in id.Tenant, grant id.Grant, why string, at time.Time) error
	AddCode(c Code) error
	// UseCode uses the code up, once. ErrUsed: it was used before.
	UseCode(in id.Tenant, hash [32]byte, at time.Time) error
	AddRefreshToken(t RefreshToken) error
	// RotateRefreshToken uses the token up, once, and writes its successor; old.Sealed is kept for the grace. ErrUsed: it was
	// used before. ErrNotFound: its grant has ended, or what that hangs on. Decided is the number of the state in which the
	// caller saw that they live; where it is still that of an engine on which nobody else writes, they are not looked up again.
	RotateRefreshToken(old RefreshToken, successor RefreshToken, at time.Time, decided mark.Number) error
	// CloseGrace forgets the successor of the token whose successor has this hash, also its hash: it has been used.
	CloseGrace(in id.Tenant, successor [32]byte) error
}

// Logins reads who is logged in.
type Logins interface {
	Login(hash [32]byte) (Login, error)
	ListLogins(person id.Person) ([]Login, error) // newest first
	Link(hash [32]byte) (Link, error)
	CountUsersOf(person id.Person) (int, error) // in all tenants, also disabled ones
}

// LoginWriter writes who is logged in.
type LoginWriter interface {
	AddLogin(l Login) error
	DeleteLogin(hash [32]byte) error
	DeleteLogins(person id.Person) (int, error) // and says how many there were
	AddLink(l Link) error
	// UseLink uses a link up, once. ErrUsed: it was used before.
	UseLink(hash [32]byte, at time.Time) error
	// EndLinks uses up all links of a person and of a user, which a newer one replaces; where neither is named, all set-up
	// links.
	EndLinks(in id.Tenant, user id.User, person id.Person, at time.Time) error
}

// Rights reads what tenants and users may do.
type Rights interface {
	Role(in id.Tenant, role string) (Role, error)
	ListRoles(in id.Tenant, p Page) ([]Role, error)       // by ID
	ListEntitlements(in id.Tenant) ([]Entitlement, error) // by name; also those not in force
}

// RightWriter writes what tenants and users may do.
type RightWriter interface {
	AddRole(r Role) error
	UpdateRole(r Role) error
	DeleteRole(in id.Tenant, role string) error
	PutEntitlement(e Entitlement) error
	DeleteEntitlement(in id.Tenant, entitlement string) error
}

// Counters is written behind requests; it changes nobody's access.
type Counters interface {
	// CountInstallURL adds to the row of its URL, or makes it; beyond MaxInstallURLs the least recently seen goes.
	CountInstallURL(u InstallURL) error
	AddTally(t Tally) error // what counts for a client that is gone, or touches what is gone, is passed over
	// TouchGrant notes a use.
	TouchGrant(in id.Tenant, grant id.Grant, at time.Time) error
	TouchLogin(hash [32]byte, at time.Time) error
	UseCounter
}
