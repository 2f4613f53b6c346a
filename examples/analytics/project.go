package analytics

import (
	"slices"
	"strings"
	"time"
)

const (
	codeDefaultDelete = 403003
	codeDefaultRename = 403005
	codeProjectTaken  = 409006

	managedByOwner = "ManagedByOwner"
)

// project is a folder of content.
type project struct {
	ID                 string    `json:"id"`
	Name               string    `json:"name"`
	Description        string    `json:"description"`
	ContentPermissions string    `json:"contentPermissions"`
	Parent             string    `json:"parent"` // empty: at the top
	Owner              string    `json:"owner"`
	Default            bool      `json:"default"`
	Created            time.Time `json:"created"`
	Updated            time.Time `json:"updated"`
}

func errNoProject(id string) *fault { return errMissing(codeNoProject, "Project", id) }

// node writes a project. held: mu
func (p project) node(sp *space) *node {
	var projects, workbooks, views, datasources int
	for _, o := range sp.projects.rows {
		if o.Parent == p.ID {
			projects++
		}
	}
	for _, w := range sp.workbooks.rows {
		if w.Project == p.ID {
			workbooks++
			views += len(w.Views)
		}
	}
	for _, d := range sp.datasources.rows {
		if d.Project == p.ID {
			datasources++
		}
	}
	return el("project", at("id", p.ID), at("name", p.Name), at("description", p.Description),
		at("contentPermissions", p.ContentPermissions), opt("parentProjectId", p.Parent),
		at("topLevelProject", p.Parent == ""), at("writeable", true),
		when("createdAt", p.Created), when("updatedAt", p.Updated),
		el("owner", at("id", p.Owner)),
		el("contentsCounts", at("projectCount", projects), at("workbookCount", workbooks),
			at("viewCount", views), at("datasourceCount", datasources)))
}

func (s *Server) queryProjects(c *call) (*reply, error) {
	c.space.mu.RLock()
	all := sorted(c.space.projects, func(p project) (time.Time, string) { return p.Created, p.ID })
	c.space.mu.RUnlock()
	return contentList(s, c, "project", all, func(p project) string { return p.Owner }, []column[project]{
		{"name", func(p project) any { return p.Name }},
		{"parentProjectId", func(p project) any { return p.Parent }},
		{"topLevelProject", func(p project) any { return p.Parent == "" }},
		{"createdAt", func(p project) any { return seconds(p.Created) }},
		{"updatedAt", func(p project) any { return seconds(p.Updated) }},
	}, func(p project) *node { return p.node(c.space) })
}

// apply reads the changes that a request asks for, all but the owner. held: mu
func (p *project) apply(in *element, sp *space) error {
	if name, sent := in.attr("name"); sent && name != p.Name {
		if p.Default {
			return refuse(codeDefaultRename, "The default project cannot be renamed.")
		}
		if err := checkName(name); err != nil {
			return err
		}
		p.Name = name
	}
	if d, sent := in.attr("description"); sent {
		p.Description = d
	}
	if v, sent := in.attr("contentPermissions"); sent {
		if !slices.Contains([]string{managedByOwner, "LockedToProject", "LockedToProjectWithoutNested"}, v) {
			return refuse(codeBoolean, "'%s' is no value for contentPermissions.", v)
		}
		p.ContentPermissions = v
	}
	if parent, sent := in.attr("parentProjectId"); sent && parent != p.Parent {
		for up := parent; up != ""; up = sp.projects.rows[up].Parent {
			if _, known := sp.projects.rows[up]; !known {
				return errNoProject(parent)
			}
			if up == p.ID {
				return refuse(codeBadRequest, "A project cannot be moved into itself.")
			}
		}
		p.Parent = parent
	}
	for _, o := range sp.projects.rows {
		if o.ID != p.ID && o.Parent == p.Parent && strings.EqualFold(o.Name, p.Name) {
			return refuse(codeProjectTaken, "A project already exists with the name '%s'", p.Name)
		}
	}
	return nil
}

func (s *Server) createProject(c *call) (*reply, error) {
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	if _, err := c.query.flag("publishSamples", false); err != nil {
		return nil, err
	}
	in, err := readBody(c.r, "project")
	if err != nil {
		return nil, err
	}
	if name, _ := in.attr("name"); name == "" {
		return nil, malformed("a project needs a name.")
	}
	var n *node
	err = c.space.write(func() error {
		now := s.now()
		p := project{ID: newID(), ContentPermissions: managedByOwner, Owner: c.who.User, Created: now, Updated: now}
		if err := p.apply(in, c.space); err != nil {
			return err
		}
		if err := c.space.projects.put(p.ID, p); err != nil {
			return err
		}
		n = p.node(c.space)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return created(n), nil
}

// now is the time for records. They keep it to the fraction, so that lists come in the order in which things were
// made; answers and filters know whole seconds only.
func (s *Server) now() time.Time { return s.cfg.Now().UTC() }

// seconds is a time as answers show it.
func seconds(t time.Time) time.Time { return t.Truncate(time.Second) }

// updateProject changes a project. An empty update changes nothing and answers with the project, which is how Python
// clients read a single one; it takes no right to write.
func (s *Server) updateProject(c *call) (*reply, error) {
	if _, err := c.query.flag("publishSamples", false); err != nil {
		return nil, err
	}
	in, err := readBody(c.r, "project")
	if err != nil {
		return nil, err
	}
	id := c.id("project")
	if err := sameID(in, id); err != nil {
		return nil, err
	}
	empty := len(in.attrs) == 0 && len(in.kids) == 0
	if !empty && !c.who.administrator() {
		return nil, errForbidden()
	}
	owner, err := s.owner(c, in)
	if err != nil {
		return nil, err
	}
	var n *node
	err = c.space.write(func() error {
		p, known := c.space.projects.rows[id]
		if !known {
			return errNoProject(id)
		}
		if !empty {
			if err := p.apply(in, c.space); err != nil {
				return err
			}
			if owner != "" {
				p.Owner = owner
			}
			p.Updated = s.now()
			if err := c.space.projects.put(id, p); err != nil {
				return err
			}
		}
		n = p.node(c.space)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(n), nil
}

// deleteProject deletes a project with everything in it.
func (s *Server) deleteProject(c *call) (*reply, error) {
	if !c.who.administrator() {
		return nil, errForbidden()
	}
	id := c.id("project")
	err := c.space.write(func() error {
		p, known := c.space.projects.rows[id]
		switch {
		case !known:
			return errNoProject(id)
		case p.Default, c.space.holdsDefault(id):
			return refuse(codeDefaultDelete, "The default project cannot be deleted.")
		}
		return c.space.deleteProject(id)
	})
	if err != nil {
		return nil, err
	}
	return noContent(), nil
}

// holdsDefault says whether the default project stands somewhere below. held: mu
func (sp *space) holdsDefault(id string) bool {
	for _, p := range sp.projects.rows {
		if p.Default {
			for up := p.Parent; up != ""; up = sp.projects.rows[up].Parent {
				if up == id {
					return true
				}
			}
		}
	}
	return false
}

// deleteProject goes from the leaves up, so that a crash half-way leaves no content without a project. held: mu
func (sp *space) deleteProject(id string) error {
	for child, p := range sp.projects.rows {
		if p.Parent == id {
			if err := sp.deleteProject(child); err != nil {
				return err
			}
		}
	}
	for wid, w := range sp.workbooks.rows {
		if w.Project == id {
			if err := sp.workbooks.remove(wid); err != nil {
				return err
			}
			sp.discard(w.File)
		}
	}
	for did, d := range sp.datasources.rows {
		if d.Project == id {
			if err := sp.datasources.remove(did); err != nil {
				return err
			}
			sp.discard(d.File)
		}
	}
	return sp.projects.remove(id)
}

// projectFor gives the project that content goes to: the one named, or the default. held: mu
func (sp *space) projectFor(in *element) (project, error) {
	if id, sent := in.ref("project"); sent && id != "" {
		p, known := sp.projects.rows[id]
		if !known {
			return p, errNoProject(id)
		}
		return p, nil
	}
	for _, p := range sp.projects.rows {
		if p.Default {
			return p, nil
		}
	}
	return project{}, errNoProject("default")
}
