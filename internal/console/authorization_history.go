package console

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/policy"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// moment is one decision in the history of an app.
type moment struct {
	At      time.Time
	What    string // the key of a text
	Who     string
	Reason  string
	Changes []changeRow // against the state before; none of the first
	Dead    bool
}

// naming calls roles and users of a tenant by what people call them.
type naming struct {
	*visit
	catalogs page.Catalogs
	roles    []page.TermRole
	users    map[id.User]string
}

// maxNamed is how many single users are named on a page.
const maxNamed = 200

// naming reads what the users are called that states of an authorization name.
func (c *Console) naming(r *http.Request, v *visit, roles []page.TermRole, states ...*store.Authorization) (naming, error) {
	n := naming{visit: v, catalogs: c.Catalogs, roles: roles, users: map[id.User]string{}}
	err := c.Store.View(r.Context(), func(rd store.Reader) error {
		for _, s := range states {
			named := slices.Concat(s.Admission.Users, s.Admission.Barred)
			if user, ok := userIn(s.By); ok {
				named = append(named, user)
			}
			for _, user := range named {
				if _, known := n.users[user]; known || len(n.users) >= maxNamed {
					continue
				}
				u, err := rd.User(v.Tenant.ID, user)
				if err != nil && !errors.Is(err, store.ErrNotFound) {
					return err
				}
				n.users[user] = or(or(u.FullName, u.Name), user.String())
			}
		}
		return nil
	})
	return n, err
}

// userIn is the user in a record of who acted, which is kind, id and name.
func userIn(by string) (id.User, bool) {
	kind, rest, _ := strings.Cut(by, " ")
	text, _, _ := strings.Cut(rest, " ")
	user, err := id.Parse[id.User](text)
	return user, err == nil && kind == "user"
}

// who is the name in a record of who acted: that of a user as it is now, else as it was written down.
func (n *naming) who(by string) string {
	kind, rest, _ := strings.Cut(by, " ")
	text, name, _ := strings.Cut(rest, " ")
	if user, ok := userIn(by); ok {
		if now := n.users[user]; now != "" && now != text {
			return now
		}
	}
	if kind == audit.Operator.Kind {
		return or(name, n.t("audit.kind.operator"))
	}
	return or(or(name, text), kind)
}

// called is the name of a user.
func (n *naming) called(user id.User) string { return or(n.users[user], user.String()) }

// historyOf makes a history of the state that holds and of those before it, newest first.
func (c *Console) historyOf(r *http.Request, v *visit, roles []page.TermRole, now store.Authorization, past []store.PastAuthorization) ([]moment, error) {
	if now.Version == 0 || now.Origin == policy.ByBeingMade {
		return nil, nil
	}
	states := []*store.Authorization{&now}
	for i := range past {
		states = append(states, &past[i].Authorization)
	}
	n, err := c.naming(r, v, roles, states...)
	if err != nil {
		return nil, err
	}
	var out []moment
	for i, s := range states {
		m := moment{At: s.Updated, Who: n.who(s.By), Reason: s.Reason, Dead: s.Revoked}
		var before *store.Authorization
		if i+1 < len(states) {
			before = states[i+1]
		}
		m.What = happened(before, s)
		if before != nil && !s.Revoked && !before.Revoked {
			m.Changes = n.differences(before, s)
		}
		out = append(out, m)
	}
	return out, nil
}

// happened names what a decision was, by the state before it; nil: there was none.
func happened(before, s *store.Authorization) string {
	switch {
	case s.Blocked:
		return "auth.happened.blocked"
	case s.Revoked:
		return "auth.happened.revoked"
	case before != nil && before.Revoked && before.ID != s.ID:
		return "auth.happened.again"
	case before != nil && s.Origin == policy.ByAdministrator && before.Origin != policy.ByAdministrator:
		return "auth.happened.taken_over"
	case before != nil && len(s.Admission.Barred) > len(before.Admission.Barred):
		return "auth.happened.barred"
	case before != nil && len(s.Admission.Barred) < len(before.Admission.Barred):
		return "auth.happened.readmitted"
	case before != nil && s.Previous != nil:
		return "auth.happened.shrunk"
	case before != nil && before.Previous != nil && (before.WasUncapped && s.Uncapped || !before.Uncapped && before.Ceiling.Union(*before.Previous).Equal(s.Ceiling)):
		return "auth.happened.unshrunk"
	case before != nil:
		return "auth.happened.changed"
	case s.Origin == policy.ByUser:
		return "auth.happened.installed"
	case s.Origin == policy.ByBeingBuiltIn:
		return "auth.happened.built_in"
	case s.Origin == policy.ByBeingMade:
		return "auth.happened.made"
	}
	return "auth.happened.authorized"
}

// differences are what one state of an authorization has otherwise than another one.
func (n *naming) differences(a, b *store.Authorization) []changeRow {
	var out []changeRow
	list := func(field string, old, changed []string) {
		row := changeRow{Change: registry.Change{Field: field}, List: true, Words: true}
		row.Gone = slices.DeleteFunc(slices.Clone(old), func(s string) bool { return slices.Contains(changed, s) })
		row.Added = slices.DeleteFunc(slices.Clone(changed), func(s string) bool { return slices.Contains(old, s) })
		if len(row.Gone)+len(row.Added) > 0 {
			out = append(out, row)
		}
	}
	one := func(field, old, changed string) {
		if old != changed {
			out = append(out, changeRow{Change: registry.Change{Field: field, Old: old, New: changed}})
		}
	}
	list("ceiling", n.extent(a), n.extent(b))
	list("admission", n.admitted(&a.Admission), n.admitted(&b.Admission))
	list("barred", n.names(a.Admission.Barred), n.names(b.Admission.Barred))
	one("for_itself", n.yes(a.ForItself), n.yes(b.ForItself))
	one("expires", n.day(a.Expires), n.day(b.Expires))
	return out
}

// extent are the scopes that may be given.
func (n *naming) extent(a *store.Authorization) []string {
	if a.Uncapped {
		return []string{n.t("auth.all_scopes")}
	}
	out := make([]string, 0, a.Ceiling.Len())
	for _, name := range a.Ceiling.Names() {
		if known, ok := n.catalogs.Scope(name); ok {
			name = known.Title.In(n.lang) + " (" + name + ")"
		}
		out = append(out, name)
	}
	return out
}

func (n *naming) yes(is bool) string {
	if is {
		return n.t("auth.yes")
	}
	return n.t("auth.no")
}

// day is the last day on which something holds.
func (n *naming) day(expires time.Time) string {
	if expires.IsZero() {
		return n.t("auth.no_end")
	}
	return page.Date(n.lang, expires.Add(-1))
}

// admitted are who may use an app, by name.
func (n *naming) admitted(a *policy.Admission) []string {
	if a.All {
		return []string{n.t("terms.everybody")}
	}
	var out []string
	for _, r := range a.Roles {
		out = append(out, titleOf(n.roles, r))
	}
	return append(out, n.names(a.Users)...)
}

func (n *naming) names(users []id.User) []string {
	var out []string
	for _, user := range users {
		out = append(out, n.called(user))
	}
	return out
}
