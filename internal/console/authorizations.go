package console

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// decides says whether the user may decide on apps for the tenant.
func (v *visit) decides() bool { return v.Rights.Hold(directory.MayAuthorize) }

// by is who decides.
func (v *visit) by() govern.By { return govern.By{Actor: v.actor(), User: v.User.ID} }

// decider lets only who may decide on apps through. Others are told who can.
func (c *Console) decider(h handler) http.HandlerFunc {
	return c.user(func(w http.ResponseWriter, r *http.Request, v *visit) {
		if !v.decides() {
			c.notDecider(w, r, v)
			return
		}
		h(w, r, v)
	})
}

// contact is somebody who can help.
type contact struct{ Name, Mail string }

// notDecider is the data-less refusal with the names of who can decide; mail addresses only where the tenant shows them.
func (c *Console) notDecider(w http.ResponseWriter, r *http.Request, v *visit) {
	users, err := c.Govern.Deciders(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	g, err := c.Govern.Governance(r.Context(), v.Tenant.ID)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	var who []contact
	for _, u := range users {
		one := contact{Name: or(u.FullName, u.Name)}
		if g.Settings.ShowMail {
			one.Mail = u.Email
		}
		who = append(who, one)
	}
	c.show(w, r, v, http.StatusForbidden, "not_decider", page.View{Title: v.t("auth.denied"), Data: who})
}

const authorizationsPath = "/console/authorizations"

func authorizationPath(client id.Client) string { return authorizationsPath + "/" + client.String() }

// authorizationCrumbs are the menu path as it is published: Admin › Integrations › Authorized applications.
func (v *visit) authorizationCrumbs(below ...page.Link) []page.Link {
	return append([]page.Link{{Text: v.t("nav.admin")}, {Text: v.t("nav.integrations")}},
		append([]page.Link{{Text: v.t("nav.authorizations"), Href: authorizationsPath}}, below...)...)
}

// The states of an authorization as pages name them.
const (
	approved = "approved"
	pending  = "pending" // somebody asks for it
	revoked  = "revoked"
	blocked  = "blocked"
	expired  = "expired"
	open     = "open"
	builtIn  = "built_in"

	undecided = "undecided"
)

// stateOf is the state of a decision as pages name it.
func stateOf(s *govern.Seen) string {
	switch s.Standing.State {
	case policy.Revoked:
		return revoked
	case policy.Blocked:
		return blocked
	case policy.Lapsed:
		return expired
	case policy.Open:
		return open
	case policy.Authorized:
		if s.App.BuiltIn {
			return builtIn
		}
		return approved
	}
	return undecided
}

// decision is one app in the list, and what the app's own page begins with.
type decision struct {
	govern.Seen
	LogoPath  string
	State     string
	Everyone  bool     // all users may use it
	Roles     []string // titles
	Singles   int      // users beside the roles
	Given     int      // scopes that may be given, of those asked for
	Asked     int
	Resources []string // titles of what the scopes are about
	Dangerous []string // titles of far-reaching scopes
	Decided   string   // who did last
	LastUse   time.Time
	Last      time.Time // day until which it holds; zero: no end
}

// Initial stands where there is no logo.
func (d decision) Initial() string { return initial(d.App.Name) }

// Logo is the path of the logo.
func (d decision) Logo() string { return d.LogoPath }

// Connected says whether it is a connected app.
func (d decision) Connected() bool { return d.App.Kind == govern.ConnectedAppKind }

// Dead says whether nobody can use it.
func (d decision) Dead() bool { return d.State == revoked || d.State == blocked }

// Undecided says whether it takes a decision before anybody can use it.
func (d decision) Undecided() bool { return d.State == undecided || d.State == pending }

// await says of an app that was not decided on whether somebody asks for it.
func (c *Console) await(r *http.Request, v *visit, d *decision) error {
	if d.State != undecided {
		return nil
	}
	return c.Store.View(r.Context(), func(rd store.Reader) error {
		list, err := rd.ListAuthorizationRequests(v.Tenant.ID, store.RequestFilter{Client: d.App.ID, States: []store.RequestState{store.RequestWaiting}}, store.Page{Limit: 1})
		if len(list) > 0 && list[0].Expires.After(c.Clock.Now()) {
			d.State = pending
		}
		return err
	})
}

// described makes of a decision what pages show.
func (c *Console) described(n *naming, s govern.Seen, lastUse time.Time) decision {
	d := decision{Seen: s, LogoPath: page.LogoPath(s.App.Registration.Logo), State: stateOf(&s), Everyone: s.Admission.All,
		Singles: len(s.Admission.Users), Decided: n.who(s.By), LastUse: lastUse}
	for _, r := range s.Admission.Roles {
		d.Roles = append(d.Roles, titleOf(n.roles, r))
	}
	if !s.Expires.IsZero() {
		d.Last = s.Expires.Add(-1)
	}
	asked := askedFor(&s)
	given := granted(&s)
	d.Given, d.Asked = given.Len(), asked.Union(given).Len()
	for _, g := range page.GroupScopes(page.RowsOf(c.Catalogs, n.lang, given, "")) {
		if t := g.Title.In(n.lang); t != "" {
			d.Resources = append(d.Resources, t)
		}
		for _, row := range g.Rows {
			if row.Dangerous {
				d.Dangerous = append(d.Dangerous, row.Title.In(n.lang))
			}
		}
	}
	return d
}

// titleOf is what a role is called; one that is gone by its id.
func titleOf(roles []page.TermRole, role string) string {
	if i := slices.IndexFunc(roles, func(r page.TermRole) bool { return r.ID == role }); i >= 0 {
		return roles[i].Title
	}
	return role
}

// authorizationList is the data of the page "authorizations".
type authorizationList struct {
	Rows        []decision
	Filters     []page.Link
	Name        string
	State, Role string
	Roles       []page.TermRole // to filter by
	Narrowed    bool            // by anything
	First, Next string
}

// statesOf are the stored states that a filter names.
func statesOf(state string) []policy.State {
	switch state {
	case approved, builtIn:
		return []policy.State{policy.Authorized}
	case open:
		return []policy.State{policy.Open}
	case expired:
		return []policy.State{policy.Lapsed}
	case revoked:
		return []policy.State{policy.Revoked, policy.Blocked}
	}
	return nil
}

func (c *Console) listAuthorizations(w http.ResponseWriter, r *http.Request, v *visit) {
	q := r.URL.Query()
	data := authorizationList{Name: clipped(q.Get("name")), State: q.Get("state"), Role: clipped(q.Get("role"))}
	if !slices.Contains(filterStates(), data.State) {
		data.State = ""
	}
	after := q.Get("after")
	if _, err := id.Parse[id.Client](after); err != nil {
		after = ""
	}
	roles, err := c.roles(r, v)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	list, err := c.seenIn(r, v, data, after)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	keep := func(set url.Values) string {
		for field, value := range map[string]string{"name": data.Name, "state": data.State, "role": data.Role} {
			if value != "" && !set.Has(field) {
				set.Set(field, value)
			}
		}
		for field := range set {
			if set.Get(field) == "" {
				set.Del(field)
			}
		}
		return authorizationsPath + strings.TrimSuffix("?"+set.Encode(), "?")
	}
	if len(list) > pageSize {
		list = list[:pageSize]
		data.Next = keep(url.Values{"after": {list[pageSize-1].App.ID.String()}})
	}
	if after != "" {
		data.First = keep(url.Values{})
	}
	states := make([]*store.Authorization, 0, len(list))
	for i := range list {
		states = append(states, &list[i].Authorization)
	}
	n, err := c.naming(r, v, roles, states...)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	used, err := c.Govern.LastUses(r.Context(), v.Tenant.ID, list)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	for _, s := range list {
		row := c.described(&n, s, used[s.App.ID])
		if err := c.await(r, v, &row); err != nil {
			c.fail(w, r, err)
			return
		}
		data.Rows = append(data.Rows, row)
	}
	for _, state := range filterStates() {
		data.Filters = append(data.Filters, page.Link{Text: v.t("auth.filter." + or(state, "all")), Href: keep(url.Values{"state": {state}}), Current: data.State == state})
	}
	data.Roles = roles
	hold(data.Roles, []string{data.Role})
	data.Narrowed = data.Name+data.State+data.Role+after != ""
	c.show(w, r, v, http.StatusOK, "authorizations", page.View{Title: v.t("nav.authorizations"), Data: data, Crumbs: v.authorizationCrumbs()[:2],
		Action: &page.Link{Text: v.t("auth.authorize"), Href: authorizationsPath + "/new"}})
}

// filterStates are the states that the list can be narrowed to; empty: all.
func filterStates() []string {
	return []string{"", approved, pending, open, expired, revoked, builtIn}
}

// clipped keeps what stands in a URL from growing.
func clipped(s string) string {
	if len(s) > 100 {
		return ""
	}
	return s
}

// seenIn reads one page of the list, and one more if there is.
func (c *Console) seenIn(r *http.Request, v *visit, l authorizationList, after string) ([]govern.Seen, error) {
	if l.State == pending {
		return c.waiting(r, v, l, after)
	}
	f := store.AuthorizationFilter{States: statesOf(l.State), Role: l.Role, Name: l.Name, Now: c.Clock.Now()}
	var out []govern.Seen
	for len(out) <= pageSize {
		part, err := c.Govern.ListAuthorizations(r.Context(), v.Tenant.ID, f, store.Page{After: after, Limit: pageSize + 1})
		if err != nil {
			return nil, err
		}
		for _, s := range part {
			if l.State == "" || stateOf(&s) == l.State || l.State == revoked && s.Standing.Dead() {
				out = append(out, s)
			}
		}
		if len(part) <= pageSize {
			break
		}
		after = part[len(part)-1].App.ID.String()
	}
	return out, nil
}

// waiting are the apps that wait for a decision, by client ID: those that users asked for, and those that users installed before
// an administrator's decision was needed.
func (c *Console) waiting(r *http.Request, v *visit, l authorizationList, after string) ([]govern.Seen, error) {
	queue, err := c.Govern.Queue(r.Context(), v.Tenant.ID)
	if err != nil {
		return nil, err
	}
	f := store.AuthorizationFilter{States: []policy.State{policy.Open}, Role: l.Role, Name: l.Name, Now: c.Clock.Now()}
	out, err := c.Govern.ListAuthorizations(r.Context(), v.Tenant.ID, f, store.Page{After: after, Limit: maxWaiting})
	out = slices.DeleteFunc(out, func(s govern.Seen) bool { return stateOf(&s) != undecided })
	name := strings.ToLower(l.Name)
	for _, q := range queue {
		if q.App.ID.String() > after && l.Role == "" && strings.Contains(strings.ToLower(q.App.Name+" "+q.App.Publisher), name) {
			out = append(out, q.Seen)
		}
	}
	slices.SortFunc(out, func(a, b govern.Seen) int { return strings.Compare(a.App.ID.String(), b.App.ID.String()) })
	return slices.CompactFunc(out, func(a, b govern.Seen) bool { return a.App.ID == b.App.ID }), err
}

// maxWaiting bounds how many apps are looked at for those that wait.
const maxWaiting = 1000

// seen finds the decision on the app of the path. What nobody of the tenant may see is as unknown as what does not exist (A044).
func (c *Console) seen(w http.ResponseWriter, r *http.Request, v *visit) (govern.Seen, bool) {
	client, err := id.Parse[id.Client](r.PathValue("client"))
	if err != nil {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return govern.Seen{}, false
	}
	s, err := c.Govern.Authorization(r.Context(), v.Tenant.ID, client)
	if err != nil {
		if refusal.Of(err).First().Code == refusal.ClientUnknown {
			c.problem(w, r, v, http.StatusNotFound, "not_found")
		} else {
			c.fail(w, r, err)
		}
		return govern.Seen{}, false
	}
	return s, true
}
