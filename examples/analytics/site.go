package analytics

import (
	"net/url"
	"slices"
	"strconv"
)

const (
	codeSiteTaken       = 409001
	codeContentURLTaken = 409002
)

func errNoSite() *fault { return refuse(codeNoSite, "The site could not be found.") }

func (t tenant) node() *node {
	return el("site", at("id", t.ID), at("name", t.Name), at("contentUrl", t.ContentURL),
		at("adminMode", "ContentAndUsers"), at("state", "Active"), at("disableSubscriptions", true),
		at("revisionHistoryEnabled", false), at("subscribeOthersEnabled", false),
		at("extractEncryptionMode", "disabled"))
}

// querySites lists the caller's own site; all of them are for the operator only.
func (s *Server) querySites(c *call) (*reply, error) {
	var all []tenant
	if c.who.operator() {
		var err error
		if all, err = every[tenant](c.ctx(), s.directory, "tenants"); err != nil {
			return nil, translate(err, nil, nil)
		}
	} else {
		own := tenant{}
		if err := s.directory.do(c.ctx(), "GET", []string{"tenants", c.site()}, nil, nil, &own); err != nil {
			return nil, translate(err, errNoSite(), nil)
		}
		all = append(all, own)
	}
	shown, paging, err := arrange(c.query, all, []column[tenant]{
		{"name", func(t tenant) any { return t.Name }},
		{"contentUrl", func(t tenant) any { return t.ContentURL }},
	})
	if err != nil {
		return nil, err
	}
	usage, err := c.query.flag("includeUsage", false)
	if err != nil {
		return nil, err
	}
	nodes := make([]*node, len(shown))
	for i, t := range shown {
		nodes[i] = t.node()
		if usage {
			n, err := s.directory.count(c.ctx(), "tenants", t.ID, "users")
			if err != nil {
				return nil, translate(err, errNoSite(), nil)
			}
			nodes[i].kids = append(nodes[i].kids, el("usage", at("numUsers", n)))
		}
	}
	return ok(paging, list("sites", "site", nodes)), nil
}

// readSite reads what a request says about a site. Quotas are checked and not enforced; the long row of other
// settings that clients send is ignored.
func readSite(c *call) (change, error) {
	e, err := readBody(c.r, "site")
	if err != nil {
		return nil, err
	}
	for _, quota := range []string{"userQuota", "storageQuota"} {
		if v, sent := e.attr(quota); sent {
			if n, err := strconv.Atoi(v); err != nil || n < 1 {
				return nil, refuse(codeBadRequest, "'%s' is no value for %s.", v, quota)
			}
		}
	}
	if v, sent := e.attr("adminMode"); sent && v != "ContentAndUsers" && v != "ContentOnly" {
		return nil, refuse(codeSiteRole, "'%s' is no value for adminMode.", v)
	}
	ch := change{}
	for attr, member := range map[string]string{"name": "name", "contentUrl": "content_url"} {
		if v, sent := e.attr(attr); sent {
			if v == "" {
				return nil, refuse(codeBadRequest, "The %s of a site is not empty.", attr)
			}
			ch[member] = v
		}
	}
	return ch, nil
}

// noKey refuses the forms that name another site than the one signed in to.
func noKey(c *call) error {
	if _, sent := c.query["key"]; sent {
		return refuse(codeBadRequest, "A site is named by its id, not by ?key=.")
	}
	return nil
}

// createSite makes a site, whose first administrator is the operator who made it.
func (s *Server) createSite(c *call) (*reply, error) {
	if err := noKey(c); err != nil {
		return nil, err
	}
	if !c.who.operator() {
		return nil, errForbidden()
	}
	ch, err := readSite(c)
	if err != nil {
		return nil, err
	}
	if ch["name"] == nil || ch["content_url"] == nil {
		return nil, malformed("a site needs a name and a contentUrl.")
	}
	ch["plan"] = s.cfg.Plan
	if err := s.freeSite(c, ch, ""); err != nil {
		return nil, err
	}
	var t tenant
	if err := s.directory.do(c.ctx(), "POST", []string{"tenants"}, nil, ch, &t); err != nil {
		return nil, translate(err, nil, errContentURLTaken(ch))
	}
	var first member
	err = s.directory.do(c.ctx(), "POST", []string{"tenants", t.ID, "users"}, nil,
		change{"name": c.who.Name, "roles": []string{roleSuper}}, &first)
	if err != nil {
		// A site that nobody can administer is of no use: take it back. If that does not succeed either, both say so.
		if undo := s.directory.do(c.ctx(), "DELETE", []string{"tenants", t.ID}, url.Values{}, nil, nil); undo != nil {
			s.cfg.Log.Error("site without an administrator is left over", "site", t.ID, "cause", undo)
		}
		return nil, translate(err, nil, nil)
	}
	if _, err := s.spaces.of(t.ID, first.ID); err != nil {
		return nil, err
	}
	return created(t.node()), nil
}

// freeSite says which of the two unique things is taken; Prokura's own answer does not tell them apart.
func (s *Server) freeSite(c *call, ch change, own string) error {
	all, err := every[tenant](c.ctx(), s.directory, "tenants")
	if err != nil {
		return translate(err, nil, nil)
	}
	taken := func(is func(tenant) bool) bool {
		return slices.ContainsFunc(all, func(t tenant) bool { return t.ID != own && is(t) })
	}
	switch {
	case taken(func(t tenant) bool { return t.ContentURL == ch["content_url"] }):
		return errContentURLTaken(ch)
	case taken(func(t tenant) bool { return t.Name == ch["name"] }):
		return refuse(codeSiteTaken, "A site with the name '%s' already exists.", ch["name"])
	}
	return nil
}

func errContentURLTaken(ch change) *fault {
	return refuse(codeContentURLTaken, "A site with the content URL '%v' already exists.", ch["content_url"])
}

// updateSite changes the site that the caller is signed in to.
func (s *Server) updateSite(c *call) (*reply, error) {
	if err := noKey(c); err != nil {
		return nil, err
	}
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	ch, err := readSite(c)
	if err != nil {
		return nil, err
	}
	var t tenant
	if len(ch) == 0 {
		err = s.directory.do(c.ctx(), "GET", []string{"tenants", c.site()}, nil, nil, &t)
	} else {
		if err := s.freeSite(c, ch, c.site()); err != nil {
			return nil, err
		}
		err = s.directory.do(c.ctx(), "PATCH", []string{"tenants", c.site()}, nil, ch, &t)
	}
	if err != nil {
		return nil, translate(err, errNoSite(), errContentURLTaken(ch))
	}
	return ok(t.node()), nil
}

// deleteSite deletes the site that the caller is signed in to, with its content. It cannot be undone, so it takes the
// site's highest role, or the operator.
func (s *Server) deleteSite(c *call) (*reply, error) {
	if err := noKey(c); err != nil {
		return nil, err
	}
	if !c.who.superAdministrator() && !c.who.operator() {
		return nil, errForbidden()
	}
	if err := s.directory.do(c.ctx(), "DELETE", []string{"tenants", c.site()}, nil, nil, nil); err != nil {
		return nil, translate(err, errNoSite(), nil)
	}
	if err := s.spaces.drop(c.site()); err != nil {
		return nil, err
	}
	return noContent(), nil
}
