package page

import (
	"cmp"
	"context"
	"net/url"
	"slices"
	"strings"

	"prokura/internal/directory"
	"prokura/internal/govern"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

// People are the roles and users of a tenant in the words of one reader, from whom it is chosen who may use an app.
type People struct {
	Directory *directory.Directory
	Catalogs  *registry.Catalogs
	Tenant    id.Tenant
	Lang      string
}

// maxRoles is how many roles are offered.
const maxRoles = 500

// Roles are those that a user of the tenant can have: those of every tenant, in the words of the catalogs, and the tenant's own.
func (p People) Roles(ctx context.Context) ([]TermRole, error) {
	list, err := p.Directory.ListRoles(ctx, p.Tenant, store.Page{Limit: maxRoles})
	out := make([]TermRole, 0, len(list))
	for _, one := range list {
		row := TermRole{ID: one.ID, Title: cmp.Or(one.Name, one.ID)}
		if known, ok := p.Catalogs.Role(one.ID); ok {
			row.Title, row.Description = cmp.Or(known.Title.In(p.Lang), row.Title), known.Description.In(p.Lang)
		}
		row.Title = own(p.Lang, "role."+one.ID, row.Title)
		row.Description = own(p.Lang, "role."+one.ID+".text", row.Description)
		out = append(out, row)
	}
	return out, err
}

// own is a text of ours, where there is one.
func own(lang, key, otherwise string) string {
	if s := T(lang, key); s != key {
		return s
	}
	return otherwise
}

// Chosen are the users who are offered beside the roles: those that the form was typed with, or, where nothing was, those that a
// decision names. Who is no user of the tenant is left out.
func (p People) Chosen(ctx context.Context, seen *govern.Seen, typed url.Values) ([]TermUser, error) {
	users := seen.Admission.Users
	if typed != nil {
		users = nil
		for _, s := range typed["user"] {
			if user, err := id.Parse[id.User](s); err == nil {
				users = append(users, user)
			}
		}
	}
	list, err := p.Directory.UsersNamed(ctx, p.Tenant, users[:min(len(users), govern.MaxAdmittedUsers)])
	var out []TermUser
	for i := range list {
		out = append(out, TermUser{ID: list[i].ID.String(), Name: Called(&list[i])})
	}
	return out, err
}

// Called is what a user is called.
func Called(u *store.User) string { return cmp.Or(u.FullName, u.Name) }

// Add takes the user whose name was typed among those that were chosen.
func (p People) Add(ctx context.Context, typed url.Values) ([]FieldError, error) {
	name := strings.TrimSpace(typed.Get("add_user"))
	if name == "" {
		return nil, nil
	}
	u, err := p.Directory.UserByName(ctx, p.Tenant, name)
	if err != nil {
		if refusal.Of(err).First().Definition().Kind == refusal.NotFound {
			return []FieldError{{Field: "add_user", Label: T(p.Lang, "terms.add_user"), Message: T(p.Lang, "terms.no_user")}}, nil
		}
		return nil, err
	}
	if !slices.Contains(typed["user"], u.ID.String()) {
		typed.Add("user", u.ID.String())
	}
	typed.Del("add_user")
	return nil, nil
}
