package console

import (
	"net/http"
	"net/url"
	"slices"

	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/page"
	"prokura/internal/store"
)

// pageSize is how many rows a list shows at once.
const pageSize = 50

// userRow is one user in the list.
type userRow struct {
	store.User
	Roles []string // titles
	State string   // active, invited, disabled
}

// userList is the data of the page "users".
type userList struct {
	Users   []userRow
	Total   int
	Filters []page.Link
	Role    string
	First   string // links of the pager; empty: none
	Next    string
}

func (c *Console) listUsers(w http.ResponseWriter, r *http.Request, v *visit) {
	q := r.URL.Query()
	data := userList{Role: q.Get("role")}
	if len(data.Role) > 64 {
		data.Role = ""
	}
	var users []store.User
	err := c.Store.View(r.Context(), func(rd store.Reader) (err error) {
		if data.Total, err = rd.CountUsers(v.Tenant.ID); err != nil {
			return err
		}
		if data.Role != "" {
			users, err = rd.UsersWithRole(v.Tenant.ID, data.Role)
			return err
		}
		users, err = rd.ListUsers(v.Tenant.ID, store.Page{After: q.Get("after"), Limit: pageSize + 1})
		return err
	})
	if err != nil {
		c.fail(w, r, err)
		return
	}
	roles, err := c.roles(r, v)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	if data.Role == "" && len(users) > pageSize {
		users = users[:pageSize]
		data.Next = "?" + url.Values{"after": {users[pageSize-1].Name}}.Encode()
	}
	if q.Get("after") != "" {
		data.First = "/console/users"
	}
	for _, u := range users {
		data.Users = append(data.Users, rowOf(u, roles))
	}
	data.Filters = []page.Link{{Text: v.t("users.all"), Href: "/console/users", Current: data.Role == ""}}
	for _, role := range roles {
		if role.ID == directory.Member {
			continue
		}
		data.Filters = append(data.Filters, page.Link{Text: role.Title, Href: "?" + url.Values{"role": {role.ID}}.Encode(), Current: data.Role == role.ID})
	}
	c.show(w, r, v, http.StatusOK, "users", page.View{Title: v.t("nav.users"), Data: data,
		Action: &page.Link{Text: v.t("users.invite"), Href: "/console/users/new"}})
}

func rowOf(u store.User, roles []page.TermRole) userRow {
	row := userRow{User: u, State: "active"}
	switch {
	case u.Disabled:
		row.State = "disabled"
	case u.Person.IsZero():
		row.State = "invited"
	}
	for _, have := range u.Roles {
		title := have
		if i := slices.IndexFunc(roles, func(r page.TermRole) bool { return r.ID == have }); i >= 0 {
			title = roles[i].Title
		}
		row.Roles = append(row.Roles, title)
	}
	return row
}

// people are the roles and users of the tenant, in the reader's words.
func (c *Console) people(v *visit) page.People {
	return page.People{Directory: c.Directory, Catalogs: c.Catalogs, Tenant: v.Tenant.ID, Lang: v.lang}
}

// roles are those that a user of the tenant can have.
func (c *Console) roles(r *http.Request, v *visit) ([]page.TermRole, error) {
	return c.people(v).Roles(r.Context())
}

// userForm is the data of the pages "user_new" and "user".
type userForm struct {
	ID                    id.User
	Name, FullName, Email string
	Roles                 []page.TermRole
	Row                   userRow
	Apps                  int  // live grants
	Self                  bool // it is the reader's own user
}

func (c *Console) newUser(w http.ResponseWriter, r *http.Request, v *visit) {
	c.newUserPage(w, r, v, http.StatusOK, userForm{}, nil, nil)
}

func (c *Console) newUserPage(w http.ResponseWriter, r *http.Request, v *visit, status int, f userForm, held []string, errs []page.FieldError) {
	var err error
	if f.Roles, err = c.roles(r, v); err != nil {
		c.fail(w, r, err)
		return
	}
	hold(f.Roles, held)
	c.show(w, r, v, status, "user_new", page.View{Title: v.t("users.invite"), Data: f, Errors: errs, Form: "user",
		Crumbs: []page.Link{{Text: v.t("nav.users"), Href: "/console/users"}}})
}

func hold(roles []page.TermRole, held []string) {
	for i := range roles {
		roles[i].Ticked = slices.Contains(held, roles[i].ID)
	}
}

// inviteUser makes a user and the link by which somebody becomes it.
func (c *Console) inviteUser(w http.ResponseWriter, r *http.Request, v *visit) {
	p := r.PostForm
	f := userForm{Name: p.Get("name"), FullName: p.Get("full_name"), Email: p.Get("email")}
	if page.Switched(r) {
		c.newUserPage(w, r, v, http.StatusOK, f, p["role"], nil)
		return
	}
	u, err := c.Directory.CreateUser(r.Context(), v.actor(), v.Tenant.ID, directory.NewUser{Name: or(f.Name, f.Email), FullName: f.FullName, Email: f.Email, Roles: p["role"]})
	if err != nil {
		if errs, ok := flaws(v.lang, err, map[string]string{"name_taken": "name", "role_unknown": "role", "rights_exceeded": "role"}); ok {
			c.newUserPage(w, r, v, http.StatusUnprocessableEntity, f, p["role"], errs)
			return
		}
		c.fail(w, r, err)
		return
	}
	c.invite(w, r, v, u.ID)
}

// handed is the data of the page "handed": a link that was made, shown this once to whoever asked for it.
type handed struct {
	directory.Delivery
	User string
	Back string
	Kind string // invite or password
}

func (c *Console) invite(w http.ResponseWriter, r *http.Request, v *visit, user id.User) {
	d, err := c.Directory.Invite(r.Context(), v.actor(), v.Tenant.ID, user, v.lang)
	c.hand(w, r, v, user, "invite", d, err)
}

func (c *Console) hand(w http.ResponseWriter, r *http.Request, v *visit, user id.User, kind string, d directory.Delivery, err error) {
	if err != nil {
		c.fail(w, r, err)
		return
	}
	u, err := c.Directory.User(r.Context(), v.Tenant.ID, user)
	if err != nil {
		c.fail(w, r, err)
		return
	}
	back := "/console/users/" + user.String()
	c.show(w, r, v, http.StatusOK, "handed", page.View{Title: v.t("handed." + kind + ".title"),
		Data:   handed{Delivery: d, User: or(u.FullName, u.Name), Back: back, Kind: kind},
		Crumbs: []page.Link{{Text: v.t("nav.users"), Href: "/console/users"}, {Text: or(u.FullName, u.Name), Href: back}}})
}

func (c *Console) showUser(w http.ResponseWriter, r *http.Request, v *visit) {
	c.userPage(w, r, v, http.StatusOK, nil, nil)
}

// found finds the user that the path names.
func (c *Console) found(w http.ResponseWriter, r *http.Request, v *visit) (store.User, bool) {
	user, err := id.Parse[id.User](r.PathValue("user"))
	if err != nil {
		c.problem(w, r, v, http.StatusNotFound, "not_found")
		return store.User{}, false
	}
	u, err := c.Directory.User(r.Context(), v.Tenant.ID, user)
	if err != nil {
		c.fail(w, r, err)
		return store.User{}, false
	}
	return u, true
}

func (c *Console) userPage(w http.ResponseWriter, r *http.Request, v *visit, status int, change *userForm, errs []page.FieldError) {
	u, ok := c.found(w, r, v)
	if !ok {
		return
	}
	f := userForm{ID: u.ID, Name: u.Name, FullName: u.FullName, Email: u.Email, Self: u.ID == v.User.ID}
	if change != nil {
		f.Name, f.FullName, f.Email = change.Name, change.FullName, change.Email
	}
	var err error
	if f.Roles, err = c.roles(r, v); err != nil {
		c.fail(w, r, err)
		return
	}
	f.Row = rowOf(u, f.Roles)
	if change != nil {
		hold(f.Roles, r.PostForm["role"])
	} else {
		hold(f.Roles, u.Roles)
	}
	if f.Apps, err = c.countApps(r, v.Tenant.ID, u.ID); err != nil {
		c.fail(w, r, err)
		return
	}
	c.show(w, r, v, status, "user", page.View{Title: or(u.FullName, u.Name), Data: f, Errors: errs,
		Crumbs: []page.Link{{Text: v.t("nav.users"), Href: "/console/users"}}})
}

func (c *Console) updateUser(w http.ResponseWriter, r *http.Request, v *visit) {
	p := r.PostForm
	f := userForm{Name: p.Get("name"), FullName: p.Get("full_name"), Email: p.Get("email")}
	u, ok := c.found(w, r, v)
	if !ok {
		return
	}
	if page.Switched(r) {
		c.userPage(w, r, v, http.StatusOK, &f, nil)
		return
	}
	roles := p["role"]
	_, err := c.Directory.UpdateUser(r.Context(), v.actor(), v.Tenant.ID, u.ID, directory.UserChange{Name: &f.Name, FullName: &f.FullName, Email: &f.Email, Roles: &roles})
	if err != nil {
		if errs, ok := flaws(v.lang, err, map[string]string{"name_taken": "name", "role_unknown": "role", "roles": "role", "last_administrator": "role", "rights_exceeded": "role"}); ok {
			c.userPage(w, r, v, http.StatusUnprocessableEntity, &f, errs)
			return
		}
		c.fail(w, r, err)
		return
	}
	http.Redirect(w, r, "/console/users/"+u.ID.String()+"?done=saved", http.StatusSeeOther)
}

// switchUser disables a user, after asking back, or enables one.
func (c *Console) switchUser(w http.ResponseWriter, r *http.Request, v *visit) {
	u, ok := c.found(w, r, v)
	if !ok {
		return
	}
	path := "/console/users/" + u.ID.String()
	disable := !u.Disabled
	if disable && !confirmed(r) {
		apps, err := c.countApps(r, v.Tenant.ID, u.ID)
		if err != nil {
			c.fail(w, r, err)
			return
		}
		c.ask(w, r, v, v.t("users.disable_title", or(u.FullName, u.Name)), confirm{Back: path, Button: v.t("users.disable"),
			Sentences: []string{v.t("users.disable_text"), page.Count(v.lang, "users.disable_apps", apps)}}, nil)
		return
	}
	if _, err := c.Directory.UpdateUser(r.Context(), v.actor(), v.Tenant.ID, u.ID, directory.UserChange{Disabled: &disable}); err != nil {
		c.fail(w, r, err)
		return
	}
	done := "enabled"
	if disable {
		done = "disabled"
	}
	http.Redirect(w, r, path+"?done="+done, http.StatusSeeOther)
}

func (c *Console) inviteAgain(w http.ResponseWriter, r *http.Request, v *visit) {
	if u, ok := c.found(w, r, v); ok {
		c.invite(w, r, v, u.ID)
	}
}

func (c *Console) linkPassword(w http.ResponseWriter, r *http.Request, v *visit) {
	u, ok := c.found(w, r, v)
	if !ok {
		return
	}
	d, err := c.Directory.PasswordLink(r.Context(), v.actor(), v.Tenant.ID, u.ID, v.lang)
	c.hand(w, r, v, u.ID, "password", d, err)
}

// countApps is how many apps a user has connected.
func (c *Console) countApps(r *http.Request, in id.Tenant, user id.User) (int, error) {
	grants, err := c.grants(r, in, store.GrantFilter{User: user})
	return len(byClient(grants)), err
}
