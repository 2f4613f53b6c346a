package genesys

import (
	"strconv"
	"strings"
	"time"

	"prokura/internal/access"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
	"prokura/internal/token"
)

// The grant types of this wire that are offered.
const (
	codeGrant        = "CODE"
	clientGrant      = "CLIENT-CREDENTIALS"
	grantTypes       = codeGrant + ", " + clientGrant
	stateActive      = "active"
	stateDisabled    = "disabled"
	defaultValidity  = 86400 // seconds, as the vendor has it
	shortestValidity = 300
)

// clientBody is the vendor's schema of an app. Roles and divisions are not kept of apps here, so that their lists are empty: an
// app acts with the rights of its user, and where it acts for itself, its scopes alone decide.
type clientBody struct {
	ID                         string         `json:"id"`
	Name                       string         `json:"name"`
	AccessTokenValiditySeconds int            `json:"accessTokenValiditySeconds"`
	Description                string         `json:"description"`
	RegisteredRedirectURI      []string       `json:"registeredRedirectUri"`
	Secret                     string         `json:"secret,omitempty"` // only in the answer that makes it
	RoleIDs                    []string       `json:"roleIds"`
	RoleDivisions              []roleDivision `json:"roleDivisions"`
	AuthorizedGrantType        string         `json:"authorizedGrantType,omitempty"`
	Scope                      []string       `json:"scope"`
	State                      string         `json:"state"`
	DateCreated                string         `json:"dateCreated,omitempty"`
	DateModified               string         `json:"dateModified,omitempty"`
	CreatedBy                  *ref           `json:"createdBy,omitempty"`
	ModifiedBy                 *ref           `json:"modifiedBy,omitempty"`
	SelfURI                    string         `json:"selfUri"`
}

type roleDivision struct {
	RoleID     string `json:"roleId"`
	DivisionID string `json:"divisionId"`
}

// clientRequest is what can be written of an app.
type clientRequest struct {
	Name                       string         `json:"name"`
	AccessTokenValiditySeconds *int           `json:"accessTokenValiditySeconds"`
	Description                string         `json:"description"`
	RegisteredRedirectURI      []string       `json:"registeredRedirectUri"`
	RoleIDs                    []string       `json:"roleIds"`
	RoleDivisions              []roleDivision `json:"roleDivisions"`
	AuthorizedGrantType        string         `json:"authorizedGrantType"`
	Scope                      []string       `json:"scope"`
	State                      string         `json:"state"`
}

const clientsPath = "/api/v2/oauth/clients"

func clientPath(client id.Client) string { return clientsPath + "/" + client.String() }

// when writes a time as this wire does; the zero time is empty.
func when(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

// renderClient writes an app. First and last are the versions of its registration, where they were read.
func renderClient(c *store.Client, first, last *store.ClientVersion) clientBody {
	reg := &c.Registration
	out := clientBody{ID: c.ID.String(), Name: reg.Name, AccessTokenValiditySeconds: int(reg.AccessLife / time.Second),
		Description: descriptionOf(reg), RegisteredRedirectURI: append([]string{}, reg.RedirectURIs...), RoleIDs: []string{},
		RoleDivisions: []roleDivision{}, AuthorizedGrantType: grantOf(reg), Scope: reg.Scopes().Names(), State: stateOf(c),
		DateCreated: when(c.Created), SelfURI: clientPath(c.ID)}
	if reg.AccessLife == 0 {
		out.AccessTokenValiditySeconds = int(access.DefaultAccessLife / time.Second)
	}
	if first != nil {
		out.CreatedBy = whoIs(first.By)
	}
	if last != nil {
		out.ModifiedBy, out.DateModified = whoIs(last.By), when(last.At)
	}
	return out
}

// descriptionOf is the one description of this wire: the English one, or what there is.
func descriptionOf(reg *store.Registration) string { return or(reg.Description.EN, reg.Description.DE) }

// grantOf is how an app gets its tokens. One that may do both is shown as one for users.
func grantOf(reg *store.Registration) string {
	if reg.ClientCredentials && len(reg.RedirectURIs) == 0 {
		return clientGrant
	}
	return codeGrant
}

func stateOf(c *store.Client) string {
	if c.Disabled {
		return stateDisabled
	}
	return stateActive
}

// whoIs reads an actor as versions and authorizations keep it: kind, id and name. Only users are named to tenants.
func whoIs(by string) *ref {
	kind, rest, _ := strings.Cut(by, " ")
	user, name, _ := strings.Cut(rest, " ")
	if kind != "user" || user == "" {
		return nil
	}
	return &ref{ID: user, Name: name, SelfURI: "/api/v2/users/" + user}
}

// draft is the registration that a request makes of the one before. What the request repeats as it was shown stays as it is also
// where we keep more of it than this wire shows: the class of a scope, a second language.
func (q *clientRequest) draft(was store.Client, publisher string) (registry.Draft, error) {
	var e refusal.Error
	blame := func(f refusal.Finding, field string) {
		f.Field = field
		e.Findings = append(e.Findings, f)
	}
	reg := was.Registration
	d := registry.DraftOf(reg)
	d.Name, d.RedirectURIs = q.Name, q.RegisteredRedirectURI
	if was.ID.IsZero() {
		d.Publisher = publisher
	}
	if q.Description != descriptionOf(&reg) {
		d.Description = text.Text{EN: q.Description, DE: q.Description}
	}
	seconds := defaultValidity
	if q.AccessTokenValiditySeconds != nil {
		seconds = *q.AccessTokenValiditySeconds
	}
	d.AccessLife = reg.AccessLife
	switch most := int(token.MaxLife / time.Second); {
	case !was.ID.IsZero() && seconds == renderClient(&was, nil, nil).AccessTokenValiditySeconds:
	case seconds < shortestValidity || seconds > most:
		blame(refusal.Finding{Code: refusal.LifeOutOfRange, Got: strconv.Itoa(seconds) + " s",
			Want: strconv.Itoa(shortestValidity) + " – " + strconv.Itoa(most) + " s"}, "accessTokenValiditySeconds")
	default:
		d.AccessLife = time.Duration(seconds) * time.Second
	}
	switch q.AuthorizedGrantType {
	case codeGrant, clientGrant:
		if was.ID.IsZero() || q.AuthorizedGrantType != grantOf(&reg) {
			d.ClientCredentials = q.AuthorizedGrantType == clientGrant
		}
	default:
		blame(refusal.Finding{Code: refusal.GrantTypeUnsupported, Got: q.AuthorizedGrantType, Want: grantTypes}, "authorizedGrantType")
	}
	if q.State != "" && q.State != stateOf(&was) {
		blame(refusal.Finding{Code: refusal.FieldUnknown, Got: "state=" + q.State, Want: stateOf(&was)}, "state")
	}
	if len(q.RoleIDs) > 0 {
		blame(refusal.Finding{Code: refusal.FieldUnknown, Got: "roleIds", Want: "[]"}, "roleIds")
	}
	if len(q.RoleDivisions) > 0 {
		blame(refusal.Finding{Code: refusal.FieldUnknown, Got: "roleDivisions", Want: "[]"}, "roleDivisions")
	}
	d.Required, d.Conditional, d.Optional = classes(&reg, q.Scope)
	if len(e.Findings) > 0 {
		return d, &e
	}
	return d, nil
}

// classes sorts the scopes of a request into our classes: each stays in the one that it has, and a new one becomes conditional,
// because on this wire an app may ask for any part of its scopes, and an administrator may allow any part of them.
func classes(reg *store.Registration, names []string) (required, conditional, optional []string) {
	required, conditional, optional = []string{}, []string{}, []string{}
	for _, name := range names {
		switch s, err := scope.Parse(name); {
		case err == nil && reg.Required.Has(s):
			required = append(required, name)
		case err == nil && reg.Optional.Has(s):
			optional = append(optional, name)
		default:
			conditional = append(conditional, name)
		}
	}
	return required, conditional, optional
}
