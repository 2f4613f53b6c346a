package analytics

import (
	"slices"
	"strings"
)

const (
	codeGroupTaken   = 409009
	codeInGroup      = 409011
	codeGroupForeign = 403011
)

// groupNote is what Prokura has no place for. A minimum site role is shown and not enforced: users get their site
// role when they are added to the site.
type groupNote struct {
	MinimumSiteRole string `json:"minimumSiteRole"`
}

// groupNode writes a group. A count below zero is not known.
func (c *call) groupNode(g group, count int64) *node {
	c.space.mu.RLock()
	minimum := c.space.groups.rows[g.ID].MinimumSiteRole
	c.space.mu.RUnlock()
	n := el("group", at("id", g.ID), at("name", g.Name), opt("minimumSiteRole", minimum), localDomain())
	if count >= 0 {
		n.attrs = append(n.attrs, at("userCount", count))
	}
	if minimum != "" { // where Python clients read the minimum from
		n.kids = append(n.kids, el("import", at("domainName", "local"), at("siteRole", minimum), at("grantLicenseMode", "onLogin")))
	}
	return n
}

func errNoGroup(id string) *fault { return errMissing(codeNoGroup, "Group", id) }

func errGroupTaken(name string) *fault {
	return refuse(codeGroupTaken, "A group with the name '%s' already exists.", name)
}

// group gives the group that the path names.
func (s *Server) group(c *call) (group, error) {
	id := c.id("group")
	var g group
	if !isID(id) {
		return g, errNoGroup(id)
	}
	err := s.directory.do(c.ctx(), "GET", []string{"tenants", c.site(), "groups", id}, nil, nil, &g)
	return g, translate(err, errNoGroup(id), nil)
}

func (s *Server) queryGroups(c *call) (*reply, error) {
	all, err := every[group](c.ctx(), s.directory, "tenants", c.site(), "groups")
	if err != nil {
		return nil, translate(err, errNoSite(), nil)
	}
	return s.groupList(c, all)
}

func (s *Server) groupsOfUser(c *call) (*reply, error) {
	id := c.id("user")
	if !isID(id) {
		return nil, errNoUser(id)
	}
	all, err := every[group](c.ctx(), s.directory, "tenants", c.site(), "users", id, "groups")
	if err != nil {
		return nil, translate(err, errNoUser(id), nil)
	}
	return s.groupList(c, all)
}

// groupList counts members only for a caller who asks for it, one call to Prokura for each group.
func (s *Server) groupList(c *call, all []group) (*reply, error) {
	counts := make(map[string]int64)
	if c.query.everything() || c.query.uses("userCount") {
		for _, g := range all {
			n, err := s.directory.count(c.ctx(), "tenants", c.site(), "groups", g.ID, "users")
			if err != nil {
				return nil, translate(err, errNoGroup(g.ID), nil)
			}
			counts[g.ID] = n
		}
	}
	c.space.mu.RLock()
	minimum := make(map[string]string, len(c.space.groups.rows))
	for id, note := range c.space.groups.rows {
		minimum[id] = note.MinimumSiteRole
	}
	c.space.mu.RUnlock()
	shown, paging, err := arrange(c.query, all, []column[group]{
		{"name", func(g group) any { return g.Name }},
		{"domainName", func(group) any { return "local" }},
		{"domainNickname", func(group) any { return "local" }},
		{"isLocal", func(group) any { return true }},
		{"minimumSiteRole", func(g group) any { return minimum[g.ID] }},
		{"userCount", func(g group) any { return counts[g.ID] }},
	})
	if err != nil {
		return nil, err
	}
	nodes := make([]*node, len(shown))
	for i, g := range shown {
		count, counted := counts[g.ID]
		if !counted {
			count = -1
		}
		nodes[i] = c.groupNode(g, count)
	}
	return ok(paging, list("groups", "group", nodes)), nil
}

// groupIn is what a request says about a group.
type groupIn struct {
	name    string
	minimum *string
}

func readGroup(c *call) (groupIn, error) {
	var in groupIn
	e, err := readBody(c.r, "group")
	if err != nil {
		return in, err
	}
	if imp := e.kid("import"); imp != nil {
		if from, _ := imp.attr("source"); from != "" {
			return in, refuse(codeGroupForeign, "Groups are made here, not imported from %s.", from)
		}
	}
	name, _ := e.attr("name")
	in.name = strings.TrimSpace(name)
	if role, sent := e.attr("minimumSiteRole"); sent {
		if role != "" && standingOf(role) == noStanding {
			return in, errSiteRole(role)
		}
		in.minimum = &role
	}
	return in, nil
}

func (c *call) noteGroup(id string, minimum *string) error {
	if minimum == nil {
		return nil
	}
	return c.space.write(func() error { return c.space.groups.put(id, groupNote{*minimum}) })
}

func (s *Server) createGroup(c *call) (*reply, error) {
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	in, err := readGroup(c)
	if err != nil {
		return nil, err
	}
	if in.name == "" {
		return nil, malformed("a group needs a name.")
	}
	if err := s.freeGroupName(c, in.name, ""); err != nil {
		return nil, err
	}
	var g group
	if err := s.directory.do(c.ctx(), "POST", []string{"tenants", c.site(), "groups"}, nil, change{"name": in.name}, &g); err != nil {
		return nil, translate(err, errNoSite(), errGroupTaken(in.name))
	}
	if err := c.noteGroup(g.ID, in.minimum); err != nil {
		return nil, err
	}
	return created(c.groupNode(g, -1)), nil
}

// freeGroupName refuses names that differ from another group's only by case. Prokura itself compares them exactly.
func (s *Server) freeGroupName(c *call, name, own string) error {
	all, err := every[group](c.ctx(), s.directory, "tenants", c.site(), "groups")
	if err != nil {
		return translate(err, errNoSite(), nil)
	}
	if slices.ContainsFunc(all, func(g group) bool { return g.ID != own && strings.EqualFold(g.Name, name) }) {
		return errGroupTaken(name)
	}
	return nil
}

func (s *Server) updateGroup(c *call) (*reply, error) {
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	in, err := readGroup(c)
	if err != nil {
		return nil, err
	}
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	if in.name != "" && in.name != g.Name {
		if err := s.freeGroupName(c, in.name, g.ID); err != nil {
			return nil, err
		}
		if err := s.directory.do(c.ctx(), "PATCH", []string{"tenants", c.site(), "groups", g.ID}, nil, change{"name": in.name}, nil); err != nil {
			return nil, translate(err, errNoGroup(g.ID), errGroupTaken(in.name))
		}
		g.Name = in.name
	}
	if err := c.noteGroup(g.ID, in.minimum); err != nil {
		return nil, err
	}
	return ok(c.groupNode(g, -1)), nil
}

func (s *Server) deleteGroup(c *call) (*reply, error) {
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	id := c.id("group")
	if !isID(id) {
		return nil, errNoGroup(id)
	}
	if err := s.directory.do(c.ctx(), "DELETE", []string{"tenants", c.site(), "groups", id}, nil, nil, nil); err != nil {
		return nil, translate(err, errNoGroup(id), nil)
	}
	if err := c.space.write(func() error { return c.space.groups.remove(id) }); err != nil {
		return nil, err
	}
	return noContent(), nil
}

func (s *Server) usersInGroup(c *call) (*reply, error) {
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	all, err := s.membersOf(c, g)
	if err != nil {
		return nil, err
	}
	return c.userList(all, false)
}

func (s *Server) membersOf(c *call, g group) ([]member, error) {
	all, err := every[member](c.ctx(), s.directory, "tenants", c.site(), "groups", g.ID, "users")
	return all, translate(err, errNoGroup(g.ID), nil)
}

// addToGroup adds one user, or several in the form that came with API 3.21.
func (s *Server) addToGroup(c *call) (*reply, error) {
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	root, err := readRoot(c.r)
	if err != nil {
		return nil, err
	}
	wanted, bulk := []*element(nil), root.kid("users")
	if bulk != nil {
		wanted = bulk.kids
	} else {
		one, err := root.only("user")
		if err != nil {
			return nil, err
		}
		wanted = []*element{one}
	}
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	there, err := s.membersOf(c, g)
	if err != nil {
		return nil, err
	}
	// All of them are looked at before the first is added, so that a wrong one changes nothing.
	var add []member
	for _, e := range wanted {
		id, _ := e.attr("id")
		m, err := s.directory.user(c.ctx(), c.site(), id)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(there, func(o member) bool { return o.ID == m.ID }) {
			return nil, refuse(codeInGroup, "The user '%s' is already a member of the group '%s'.", m.ID, g.ID)
		}
		add = append(add, m)
	}
	if len(add) == 0 {
		return nil, malformed("there is no user element.")
	}
	nodes := make([]*node, len(add))
	for i, m := range add {
		if err := s.directory.do(c.ctx(), "PUT", []string{"tenants", c.site(), "groups", g.ID, "users", m.ID}, nil, nil, nil); err != nil {
			return nil, translate(err, errNoGroup(g.ID), nil)
		}
		nodes[i] = c.person(m, false)
	}
	if bulk != nil {
		return ok(list("users", "user", nodes)), nil
	}
	return ok(nodes[0]), nil
}

func (s *Server) removeFromGroup(c *call) (*reply, error) {
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	g, err := s.group(c)
	if err != nil {
		return nil, err
	}
	id := c.id("user")
	there, err := s.membersOf(c, g)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(there, func(m member) bool { return m.ID == id }) {
		return nil, errNoUser(id)
	}
	if err := s.directory.do(c.ctx(), "DELETE", []string{"tenants", c.site(), "groups", g.ID, "users", id}, nil, nil, nil); err != nil {
		return nil, translate(err, errNoUser(id), nil)
	}
	return noContent(), nil
}
