package console

import (
	"net/http"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// bookNames are what users, apps and whatever else entries of the book name by an ID are called now, each asked for once. Of an app
// that nobody of the tenant may see, and of what is gone, there is no name.
type bookNames struct {
	*visit
	c      *Console
	r      *http.Request
	apps   map[string]string
	users  map[string]string
	others map[string]string
	roles  []page.TermRole
}

func (c *Console) bookNames(r *http.Request, v *visit) (*bookNames, error) {
	roles, err := c.roles(r, v)
	return &bookNames{visit: v, c: c, r: r, roles: roles, apps: map[string]string{}, users: map[string]string{}, others: map[string]string{}}, err
}

// once answers what is known already, and asks else.
func once(known map[string]string, key string, ask func() (string, error)) (string, error) {
	name, ok := known[key]
	if ok {
		return name, nil
	}
	name, err := ask()
	if err == nil {
		known[key] = name
	}
	return name, err
}

func (b *bookNames) app(text string) (string, error) {
	return once(b.apps, text, func() (string, error) {
		client, err := id.Parse[id.Client](text)
		if err != nil {
			return "", nil
		}
		s, err := b.c.Govern.Authorization(b.r.Context(), b.Tenant.ID, client)
		if err != nil && refusal.Of(err).First().Code == refusal.ClientUnknown {
			return "", nil
		}
		return s.App.Name, err
	})
}

func (b *bookNames) user(text string) (string, error) {
	return once(b.users, text, func() (name string, err error) {
		user, err := id.Parse[id.User](text)
		if err != nil {
			return "", nil
		}
		err = b.c.Store.View(b.r.Context(), func(rd store.Reader) error {
			u, ok, err := store.Found(rd.User(b.Tenant.ID, user))
			if name = ""; ok {
				name = page.Called(&u)
			}
			return err
		})
		return name, err
	})
}

func (b *bookNames) group(text string) (string, error) {
	return once(b.others, "group "+text, func() (name string, err error) {
		group, err := id.Parse[id.Group](text)
		if err != nil {
			return "", nil
		}
		err = b.c.Store.View(b.r.Context(), func(rd store.Reader) error {
			g, _, err := store.Found(rd.Group(b.Tenant.ID, group))
			name = g.Name
			return err
		})
		return name, err
	})
}

// grant is whose access it is: the app's, and the user's whom it acts for.
func (b *bookNames) grant(text string) (client, user string, err error) {
	both, err := once(b.others, "grant "+text, func() (both string, err error) {
		grant, err := id.Parse[id.Grant](text)
		if err != nil {
			return "", nil
		}
		err = b.c.Store.View(b.r.Context(), func(rd store.Reader) error {
			g, ok, err := store.Found(rd.Grant(b.Tenant.ID, grant))
			if both = ""; ok {
				both = g.Client.String() + " " + g.User.String()
			}
			return err
		})
		return both, err
	})
	client, user, _ = strings.Cut(both, " ")
	return client, user, err
}

// role is its title.
func (b *bookNames) role(text string) string {
	if title := titleOf(b.roles, text); title != text {
		return title
	}
	return ""
}

func (b *bookNames) appLink(client string) string {
	if !b.decides() {
		return ""
	}
	return authorizationsPath + "/" + client
}

func (b *bookNames) userLink(user string) string {
	if !b.administers() {
		return ""
	}
	return "/console/users/" + user
}

// The rules that the page of settings has words for, as the book writes them.
var bookedRules = map[string]string{"verified=true, risks=read, policy=open": "gov.rule.verified", "risks=delete, policy=authorization_required": "gov.rule.deleting"}

// said are the words for what stands in a field, one for each thing that is listed there. What has no words stays as it was written.
func (b *bookNames) said(field, value string) (out []string, err error) {
	if value == "" || value == "—" {
		return nil, nil
	}
	if words := page.Said(b.lang, field, value); words != "" {
		return []string{words}, nil
	}
	each := func(list []string, name func(string) (string, error)) ([]string, error) {
		for _, one := range list {
			words, err := name(one)
			if err != nil {
				return nil, err
			}
			out = append(out, or(words, one))
		}
		return out, nil
	}
	plain := func(name func(string) string) func(string) (string, error) {
		return func(s string) (string, error) { return name(s), nil }
	}
	single := []string{value}
	switch base, _, _ := strings.Cut(field, "."); base {
	case "scopes", "required", "conditional", "optional":
		return each(strings.Fields(value), plain(b.scope))
	case "permissions":
		return each(strings.Split(value, ", "), plain(b.permission))
	case "role":
		return each(single, plain(b.role))
	case "roles":
		return each(strings.Split(value, ", "), plain(b.role))
	case "reviewers":
		return each(strings.Fields(value), plain(b.role))
	case "changed":
		return each(strings.Fields(value), plain(func(s string) string { return page.FieldWords(b.lang, s) }))
	case "admission":
		return b.admission(value, each)
	case "barred":
		return each(strings.Fields(value), b.user)
	case "user":
		return each(single, b.user)
	case "client", "connected_app":
		return each(single, b.app)
	case "tenant":
		return each(single, plain(b.account))
	case "plan":
		return each(single, plain(func(s string) string { p, _ := b.c.Catalogs.Plan(s); return p.Title.In(b.lang) }))
	case "door", "stage":
		return each(single, plain(func(s string) string { return b.choice(base, s) }))
	case "rules":
		if key := bookedRules[value]; key != "" {
			return []string{b.t(key)}, nil
		}
	case "expires", "from", "until":
		if at, err := time.Parse(time.RFC3339, value); err == nil && base == "expires" {
			return []string{page.LastDay(b.lang, at)}, nil
		} else if err == nil {
			return []string{page.Exact(b.lang, at)}, nil
		}
	}
	switch value {
	case "true":
		return []string{b.t("auth.yes")}, nil
	case "false":
		return []string{b.t("auth.no")}, nil
	}
	return single, nil
}

// admission reads who may use an app: all users, or "roles a b, users c d".
func (b *bookNames) admission(value string, each func([]string, func(string) (string, error)) ([]string, error)) (out []string, err error) {
	if value == "all users" {
		return []string{b.t("terms.everybody")}, nil
	}
	for part := range strings.SplitSeq(value, ", ") {
		kind, list, _ := strings.Cut(part, " ")
		switch kind {
		case "roles":
			out, err = each(strings.Fields(list), func(s string) (string, error) { return b.role(s), nil })
		case "users":
			out, err = each(strings.Fields(list), b.user)
		default:
			out, err = each([]string{part}, func(s string) (string, error) { return s, nil })
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// scope says what a scope opens. An implied one is to some apps what another catalog does not mean by its name, and entries do
// not say to which: it stands by its name alone.
func (b *bookNames) scope(name string) string {
	if implied, ok := b.c.Catalogs.For(&store.Registration{InstallURL: true}).Scope(name); ok && implied.Elsewhere {
		return ""
	}
	if known, ok := b.c.Catalogs.Scope(name); ok {
		return known.Title.In(b.lang) + " (" + name + ")"
	}
	return ""
}

func (b *bookNames) permission(name string) string {
	if known, ok := b.c.Catalogs.Permission(name); ok {
		return known.Title.In(b.lang) + " (" + name + ")"
	}
	return ""
}

// account is the name of the reader's own; no other stands in their book but by a program's mistake.
func (b *bookNames) account(text string) string {
	if text == b.Tenant.ID.String() {
		return b.Tenant.Name
	}
	return ""
}

// choice is a choice of the page of settings.
func (b *bookNames) choice(field, value string) string {
	if value == "authorization_required" {
		value = "administrator"
	}
	key := "gov." + field + "." + value
	if s := b.t(key); s != key {
		return s
	}
	return ""
}
