package analytics

import (
	"slices"
	"strings"
	"time"
)

const (
	codeOwnUser      = 403009
	codeUserTaken    = 409000
	codeOwnsContent  = 409003
	authSettingLocal = "ServerDefault"
)

// userNote is what Prokura has no place for.
type userNote struct {
	SiteRole string `json:"siteRole"`
}

// note gives the note on a user.
func (c *call) note(id string) userNote {
	c.space.mu.RLock()
	defer c.space.mu.RUnlock()
	return c.space.users.rows[id]
}

// person writes a user as the lists have it, or with everything that is known.
func (c *call) person(m member, full bool) *node {
	n := el("user", at("id", m.ID), at("name", m.Name), at("siteRole", m.siteRole(c.note(m.ID))),
		at("externalAuthUserId", ""))
	if full {
		n.attrs = append(n.attrs, at("fullName", m.FullName), at("email", m.Email), at("authSetting", authSettingLocal))
		n.kids = append(n.kids, localDomain())
	}
	return n
}

func localDomain() *node { return el("domain", at("name", "local")) }

// people gives the site's users by id, asked for once a request, for what hangs on an owner's name. An error is kept
// for whoever sent for them, because a column of a list has no way to return one.
func (c *call) people(s *Server) map[string]member {
	if c.members == nil && c.membersErr == nil {
		all, err := every[member](c.ctx(), s.directory, "tenants", c.site(), "users")
		c.members, c.membersErr = make(map[string]member, len(all)), err
		for _, m := range all {
			c.members[m.ID] = m
		}
	}
	return c.members
}

// ownerColumns are the columns of everything that has an owner.
func ownerColumns[T any](s *Server, c *call, owner func(T) string) []column[T] {
	return []column[T]{
		{"ownerName", func(v T) any { return c.people(s)[owner(v)].FullName }},
		{"ownerEmail", func(v T) any { return c.people(s)[owner(v)].Email }},
		{"ownerDomain", func(T) any { return "local" }},
	}
}

func (c *call) userColumns() []column[member] {
	return []column[member]{
		{"name", func(m member) any { return m.Name }},
		{"friendlyName", func(m member) any { return m.FullName }},
		{"luid", func(m member) any { return m.ID }},
		{"siteRole", func(m member) any { return m.siteRole(c.note(m.ID)) }},
		{"lastLogin", func(m member) any { return time.Time{} }},
	}
}

func (s *Server) queryUsers(c *call) (*reply, error) {
	all, err := every[member](c.ctx(), s.directory, "tenants", c.site(), "users")
	if err != nil {
		return nil, translate(err, errNoSite(), nil)
	}
	return c.userList(all, true)
}

func (c *call) userList(all []member, full bool) (*reply, error) {
	shown, paging, err := arrange(c.query, all, c.userColumns())
	if err != nil {
		return nil, err
	}
	nodes := make([]*node, len(shown))
	for i, m := range shown {
		nodes[i] = c.person(m, full)
	}
	return ok(paging, list("users", "user", nodes)), nil
}

func (s *Server) queryUser(c *call) (*reply, error) {
	m, err := s.directory.user(c.ctx(), c.site(), c.id("user"))
	if err != nil {
		return nil, err
	}
	return ok(c.person(m, true)), nil
}

func (s *Server) addUser(c *call) (*reply, error) {
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	in, err := readBody(c.r, "user")
	if err != nil {
		return nil, err
	}
	name, _ := in.attr("name")
	role, _ := in.attr("siteRole")
	if strings.TrimSpace(name) == "" || role == "" {
		return nil, malformed("a user needs a name and a siteRole.")
	}
	to := standingOf(role)
	if to == noStanding {
		return nil, errSiteRole(role)
	}
	email, _ := in.attr("email")
	if email == "" && strings.Contains(name, "@") {
		email = name
	}
	full, _ := in.attr("fullName")
	ch := change{"name": name, "roles": []string{roleUser}}
	if to == administering {
		ch["roles"] = []string{roleAdmin}
	}
	if email != "" {
		ch["email"] = email
	}
	if full != "" {
		ch["full_name"] = full
	}
	var m member
	if err := s.directory.do(c.ctx(), "POST", []string{"tenants", c.site(), "users"}, nil, ch, &m); err != nil {
		return nil, translate(err, errNoSite(), refuse(codeUserTaken, "The user '%s' is already on this site.", name))
	}
	if to == unlicensed {
		if m, err = s.patchUser(c, m, m.asked(to)); err != nil {
			return nil, err
		}
	}
	if err := c.noteRole(m.ID, role); err != nil {
		return nil, err
	}
	n := c.person(m, false)
	n.attrs = append(n.attrs, at("authSetting", authSettingLocal))
	return created(n), nil
}

// patchUser changes a user at Prokura and gives the user as it is now.
func (s *Server) patchUser(c *call, m member, ch change) (member, error) {
	var now member
	err := s.directory.do(c.ctx(), "PATCH", []string{"tenants", c.site(), "users", m.ID}, nil, ch, &now)
	return now, translate(err, errNoUser(m.ID), nil)
}

// noteRole notes the site role that was given.
func (c *call) noteRole(id, role string) error {
	return c.space.write(func() error { return c.space.users.put(id, userNote{SiteRole: role}) })
}

// mayChange keeps this server, which acts at Prokura with the operator's token, from lending that power: who stands
// higher than the caller is out of the caller's reach.
func (c *call) mayChange(m member) error {
	switch {
	case !c.who.administrator():
		return errForbidden()
	case slices.Contains(m.Roles, roleSuper) && !c.who.superAdministrator():
		return errForbidden()
	case len(m.PlatformRoles) > 0 && !c.who.operator():
		return errForbidden()
	}
	return nil
}

func (s *Server) updateUser(c *call) (*reply, error) {
	in, err := readBody(c.r, "user")
	if err != nil {
		return nil, err
	}
	m, err := s.directory.user(c.ctx(), c.site(), c.id("user"))
	if err != nil {
		return nil, err
	}
	if err := c.mayChange(m); err != nil {
		return nil, err
	}
	// A person may belong to several sites, so the administrator of one does not set the password.
	if _, sent := in.attr("password"); sent {
		return nil, refuse(codeBadRequest, "Passwords are not set here, but where the user signs in.")
	}
	ch := change{}
	role, sent := in.attr("siteRole")
	newRole := sent && role != m.siteRole(c.note(m.ID))
	if newRole {
		to := standingOf(role)
		if to == noStanding {
			return nil, errSiteRole(role)
		}
		if m.ID == c.who.User {
			return nil, refuse(codeOwnUser, "Users do not change their own site role.")
		}
		if to != m.standing() {
			ch = m.asked(to)
		}
	}
	for attr, member := range map[string]string{"fullName": "full_name", "email": "email"} {
		if v, sent := in.attr(attr); sent {
			ch[member] = v
		}
	}
	if len(ch) > 0 {
		if m, err = s.patchUser(c, m, ch); err != nil {
			return nil, err
		}
	}
	if newRole {
		if err := c.noteRole(m.ID, role); err != nil {
			return nil, err
		}
	}
	return ok(el("user", at("name", m.Name), at("fullName", m.FullName), at("email", m.Email),
		at("siteRole", m.siteRole(c.note(m.ID))), at("authSetting", authSettingLocal))), nil
}

// removeUser removes a user, who must not own content, unless it is handed to somebody else.
func (s *Server) removeUser(c *call) (*reply, error) {
	m, err := s.directory.user(c.ctx(), c.site(), c.id("user"))
	if err != nil {
		return nil, err
	}
	if err := c.mayChange(m); err != nil {
		return nil, err
	}
	if m.ID == c.who.User {
		return nil, refuse(codeOwnUser, "Users do not remove themselves.")
	}
	if heir := c.query["mapAssetsTo"]; heir != "" {
		if heir == m.ID {
			return nil, refuse(codeBadRequest, "mapAssetsTo names the user who is to be removed.")
		}
		if _, err := s.directory.user(c.ctx(), c.site(), heir); err != nil {
			return nil, err
		}
		if err := c.space.write(func() error { return c.space.inherit(m.ID, heir) }); err != nil {
			return nil, err
		}
	} else if c.space.owns(m.ID) {
		return nil, refuse(codeOwnsContent, "The user '%s' owns content: name a new owner with mapAssetsTo.", m.ID)
	}
	if err := s.directory.do(c.ctx(), "DELETE", []string{"tenants", c.site(), "users", m.ID}, nil, nil, nil); err != nil {
		return nil, translate(err, errNoUser(m.ID), nil)
	}
	if err := c.space.write(func() error { return c.space.users.remove(m.ID) }); err != nil {
		return nil, err
	}
	return noContent(), nil
}

// owns says whether anything of the site belongs to the user.
func (sp *space) owns(user string) bool {
	sp.mu.RLock()
	defer sp.mu.RUnlock()
	for _, p := range sp.projects.rows {
		if p.Owner == user {
			return true
		}
	}
	for _, w := range sp.workbooks.rows {
		if w.Owner == user {
			return true
		}
	}
	for _, d := range sp.datasources.rows {
		if d.Owner == user {
			return true
		}
	}
	return false
}

// inherit hands everything of one user to another. held: mu. If it ends half-way, asking again ends it.
func (sp *space) inherit(from, to string) error {
	for id, p := range sp.projects.rows {
		if p.Owner == from {
			p.Owner = to
			if err := sp.projects.put(id, p); err != nil {
				return err
			}
		}
	}
	for id, w := range sp.workbooks.rows {
		if w.Owner == from {
			w.Owner = to
			if err := sp.workbooks.put(id, w); err != nil {
				return err
			}
		}
	}
	for id, d := range sp.datasources.rows {
		if d.Owner == from {
			d.Owner = to
			if err := sp.datasources.put(id, d); err != nil {
				return err
			}
		}
	}
	return nil
}
