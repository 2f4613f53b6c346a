package genesys

import (
	"slices"
	"strings"
	"time"

	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// authorizationBody is the vendor's schema of what an account decided on an app, and after selfUri what it lacks: who else may
// use the app, until when, why it was decided, and which state of it this is.
type authorizationBody struct {
	Client        clientBody `json:"client"`
	Scope         []string   `json:"scope"`
	Roles         []string   `json:"roles"`
	ResourceOwner ref        `json:"resourceOwner"`
	DateCreated   string     `json:"dateCreated,omitempty"`
	DateModified  string     `json:"dateModified,omitempty"`
	CreatedBy     *ref       `json:"createdBy,omitempty"`
	ModifiedBy    *ref       `json:"modifiedBy,omitempty"`
	Pending       bool       `json:"pending"`
	State         string     `json:"state"`
	SelfURI       string     `json:"selfUri"`

	AllUsers  bool     `json:"allUsers"`
	Users     []string `json:"users"`
	ForItself bool     `json:"forItself"`
	Expires   string   `json:"expires,omitempty"`
	Reason    string   `json:"reason,omitempty"`
	Version   int      `json:"version"`
}

// authorizationListing is the vendor's schema of all decisions, which has no pages. A page is shown to whoever asks for one.
type authorizationListing struct {
	Total    int                 `json:"total"`
	Entities []authorizationBody `json:"entities"`
	SelfURI  string              `json:"selfUri"`
}

// The states of this wire.
const (
	authorized   = "Authorized"
	requested    = "Requested"
	revoked      = "Revoked"
	unauthorized = "Unauthorized"
)

const authorizationsPath = "/api/v2/oauth/authorizations"

// stateName is how this wire calls a standing. What nobody decided on is requested where somebody waits for it.
func stateName(s policy.State, pending bool) string {
	switch s {
	case policy.Authorized, policy.Open:
		return authorized
	case policy.Revoked, policy.Blocked:
		return revoked
	}
	if pending {
		return requested
	}
	return unauthorized
}

// renderAuthorization writes a decision. Of an app of somebody else it shows what the account may know: no redirect URIs.
func (x *exchange) renderAuthorization(s *govern.Seen, pending bool) authorizationBody {
	in := x.token.Tenant
	out := authorizationBody{Client: x.renderApp(&s.App), Roles: append([]string{}, s.Admission.Roles...), ResourceOwner: ref{ID: in.String()},
		DateCreated: when(s.Created), DateModified: when(s.Updated), ModifiedBy: whoIs(s.By), Pending: pending,
		State: stateName(s.Standing.State, pending), SelfURI: authorizationsPath + "/" + s.App.ID.String(),
		AllUsers: s.Admission.All, Users: []string{}, ForItself: s.ForItself, Expires: when(s.Expires), Reason: s.Reason, Version: s.Version}
	if s.Version == 1 {
		out.CreatedBy = out.ModifiedBy
	}
	for _, u := range s.Admission.Users {
		out.Users = append(out.Users, u.String())
	}
	switch {
	case out.State == requested || out.State == unauthorized && s.Version == 0:
		out.Scope = []string{}
	case s.Uncapped && s.App.Kind == govern.RegisteredApp:
		out.Scope = s.App.Registration.Scopes().Union(x.Catalogs.Implied(&s.App.Registration)).Names()
	case s.Uncapped:
		out.Scope = x.Catalogs.Whole().Names()
	default:
		out.Scope = s.Ceiling.Names()
	}
	return out
}

// renderApp writes the app of a decision.
func (x *exchange) renderApp(a *govern.App) clientBody {
	c := store.Client{ID: a.ID, Registration: a.Registration, Disabled: a.Disabled}
	out := renderClient(&c, nil, nil)
	out.Name, out.DateCreated = a.Name, ""
	if a.Kind != govern.RegisteredApp {
		out.AuthorizedGrantType, out.AccessTokenValiditySeconds = "", 0
	}
	return out
}

// waiting are the clients that somebody waits for a decision on.
func waiting(r store.Reader, in id.Tenant) (map[id.Client]bool, error) {
	list, err := r.ListWaitingClients(in, maxWaiting)
	out := map[id.Client]bool{}
	for _, w := range list {
		out[w.Client] = true
	}
	return out, err
}

// maxWaiting bounds the clients that are waited for and looked up one by one.
const maxWaiting = 1000

// decisions are what the tenant decided on apps, and those that wait for a decision, by client ID.
func (x *exchange) decisions() (list []govern.Seen, pending map[id.Client]bool, err error) {
	ctx, in := x.r.Context(), x.token.Tenant
	err = x.Store.View(ctx, func(r store.Reader) error {
		pending, err = waiting(r, in)
		return err
	})
	if err != nil {
		return nil, nil, refusal.Because(refusal.StorageUnavailable, err)
	}
	const batch = 500
	there := map[id.Client]bool{}
	for p := (store.Page{Limit: batch}); ; {
		some, err := x.Govern.ListAuthorizations(ctx, in, store.AuthorizationFilter{}, p)
		if err != nil {
			return nil, nil, err
		}
		for i := range some {
			there[some[i].App.ID] = true
			p.After = some[i].App.ID.String()
		}
		list = append(list, some...)
		if len(some) < batch {
			break
		}
	}
	for client := range pending {
		if there[client] {
			continue
		}
		s, err := x.Govern.Authorization(ctx, in, client)
		if refusal.Of(err).First().Code == refusal.ClientUnknown {
			continue // it went since
		}
		if err != nil {
			return nil, nil, err
		}
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b govern.Seen) int { return strings.Compare(a.App.ID.String(), b.App.ID.String()) })
	return list, pending, nil
}

func (x *exchange) listAuthorizations() error {
	p, err := x.page()
	if err != nil {
		return err
	}
	all, pending, err := x.decisions()
	if err != nil {
		return err
	}
	from, to := 0, len(all)
	if p.size > 0 {
		from, to = p.of(len(all))
	}
	entities := []authorizationBody{}
	for i := range all[from:to] {
		s := &all[from+i]
		entities = append(entities, x.renderAuthorization(s, pending[s.App.ID]))
	}
	if p.size > 0 {
		return x.ok(list(p, authorizationsPath, len(all), entities))
	}
	return x.ok(authorizationListing{Total: len(all), Entities: entities, SelfURI: authorizationsPath})
}

// authorization is the decision that the path names. What nobody here may see is not found.
func (x *exchange) authorization() (govern.Seen, error) {
	client, err := named[id.Client](x, "client", "app")
	if err != nil {
		return govern.Seen{}, err
	}
	return x.Govern.Authorization(x.r.Context(), x.token.Tenant, client)
}

// getAuthorization answers a decision. An app that nobody decided on and nobody waits for is not found: there is no such record.
func (x *exchange) getAuthorization() error {
	s, err := x.authorization()
	if err != nil {
		return err
	}
	return x.answerAuthorization(&s)
}

func (x *exchange) answerAuthorization(s *govern.Seen) error {
	pending := false
	err := x.Store.View(x.r.Context(), func(r store.Reader) error {
		list, err := r.ListAuthorizationRequests(x.token.Tenant, store.RequestFilter{Client: s.App.ID, States: []store.RequestState{store.RequestWaiting}}, store.Page{Limit: 1})
		pending = len(list) > 0
		return err
	})
	if err != nil {
		return refusal.Because(refusal.StorageUnavailable, err)
	}
	if s.Authorization.ID.IsZero() && !s.Virtual && !pending {
		return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "authorization", Got: s.App.ID.String()})
	}
	return x.ok(x.renderAuthorization(s, pending))
}

// authorizationRequest is what can be decided on an app. It names the whole decision: what is left out is not kept.
type authorizationRequest struct {
	Scope     *[]string `json:"scope"`    // left out where nothing stands: every scope that the app registers now
	AllUsers  *bool     `json:"allUsers"` // left out where nothing stands, and with no role and no user: all users
	Roles     *[]string `json:"roles"`
	Users     *[]string `json:"users"`     // beside the roles
	ForItself *bool     `json:"forItself"` // the app may act without a user
	Expires   *string   `json:"expires"`   // RFC 3339; empty: never
	Reason    string    `json:"reason"`
	State     string    `json:"state"`   // Authorized, if anything
	Version   *int      `json:"version"` // that was seen; left out: whichever holds
}

// terms are what a request decides on an app.
func (q *authorizationRequest) terms(s *govern.Seen) (govern.Terms, error) {
	var e refusal.Error
	blame := func(f refusal.Finding, field string) {
		f.Field = field
		e.Findings = append(e.Findings, f)
	}
	t, stands := s.Kept()
	if !stands {
		t = govern.Terms{Scopes: s.App.Registration.Scopes(), Admission: policy.Admission{All: true}}
	}
	t.Reason, t.Version, t.Registration = q.Reason, s.Version, s.App.Version
	if q.ForItself != nil {
		t.ForItself = *q.ForItself
	}
	if q.Version != nil {
		t.Version = *q.Version
	}
	if q.Scope == nil {
		// It stays.
	} else if len(*q.Scope) > scope.MaxCount {
		blame(refusal.Finding{Code: refusal.ListTooLong, Got: "scope"}, "scope")
	} else {
		var names []scope.Scope
		for _, name := range *q.Scope {
			sc, err := scope.Parse(name)
			if err != nil {
				blame(refusal.Finding{Code: refusal.ScopeNameInvalid, Got: name}, "scope")
				continue
			}
			names = append(names, sc)
		}
		t.Uncapped, t.Scopes = false, scope.NewSet(names...)
	}
	q.admit(&t.Admission, blame)
	if q.Expires != nil {
		t.Expires = time.Time{}
		if *q.Expires != "" {
			at, err := time.Parse(time.RFC3339, *q.Expires)
			if err != nil || at.Year() < 1970 || at.Year() > 9999 {
				blame(refusal.Finding{Code: refusal.DateUnreadable, Got: *q.Expires, Want: "RFC 3339"}, "expires")
			}
			t.Expires = at.UTC()
		}
	}
	if q.State != "" && q.State != authorized {
		blame(refusal.Finding{Code: refusal.FieldUnknown, Got: "state=" + q.State, Want: authorized}, "state")
	}
	if len(e.Findings) > 0 {
		return t, &e
	}
	return t, nil
}

// admit changes who is admitted to who the request names. Whoever names nobody, in lists that are empty, leaves all users where they
// are admitted, and of an authorization that names some leaves nobody, which is refused.
func (q *authorizationRequest) admit(a *policy.Admission, blame func(refusal.Finding, string)) {
	if q.Roles != nil {
		a.Roles = *q.Roles
	}
	if q.Users != nil {
		a.Users = nil
		for _, text := range *q.Users {
			u, err := id.Parse[id.User](text)
			if err != nil {
				blame(refusal.Finding{Code: refusal.UserUnknown, Got: text}, "users")
				continue
			}
			a.Users = append(a.Users, u)
		}
	}
	some := len(a.Roles)+len(a.Users) > 0
	switch {
	case q.AllUsers != nil && *q.AllUsers && (q.Roles != nil && len(*q.Roles) > 0 || q.Users != nil && len(*q.Users) > 0):
		blame(refusal.Finding{Code: refusal.TermsNotOffered, Case: refusal.Contradicting, Got: "roles, users"}, "allUsers")
	case q.AllUsers != nil && *q.AllUsers:
		a.All, a.Roles, a.Users = true, nil, nil
	case q.AllUsers != nil, some:
		a.All = false
	}
}

// putAuthorization decides on an app: for the first time, anew, or again after it was revoked.
func (x *exchange) putAuthorization() error {
	s, err := x.authorization()
	if err != nil {
		return err
	}
	var q authorizationRequest
	if err := x.read(&q); err != nil {
		return err
	}
	t, err := q.terms(&s)
	if err != nil {
		return err
	}
	if _, err := x.Govern.Authorize(x.r.Context(), x.by(), x.token.Tenant, s.App.ID, t); err != nil {
		if f := refusal.Of(err).First(); f.Code == refusal.ObjectNotFound && f.Want == "user" { // of the body, not of the path
			err = refusal.New(refusal.Finding{Code: refusal.UserUnknown, Got: f.Got, Field: "users"})
		}
		return err
	}
	if s, err = x.Govern.Authorization(x.r.Context(), x.token.Tenant, s.App.ID); err != nil {
		return err
	}
	return x.answerAuthorization(&s)
}

// deleteAuthorization revokes an app for everybody in the account. The record stays.
func (x *exchange) deleteAuthorization() error {
	client, err := named[id.Client](x, "client", "app")
	if err != nil {
		return err
	}
	if _, err := x.Govern.Revoke(x.r.Context(), x.by(), x.token.Tenant, client, x.query["reason"]); err != nil {
		return err
	}
	return x.done()
}
