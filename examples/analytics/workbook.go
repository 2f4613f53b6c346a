package analytics

import (
	"maps"
	"slices"
	"strings"
	"time"
)

const codeWorkbookTaken = 409013

// workbook is a published workbook.
type workbook struct {
	ID          string     `json:"id"`
	Name        string     `json:"name"`
	Description string     `json:"description"`
	ContentURL  string     `json:"contentUrl"`
	Project     string     `json:"project"`
	Owner       string     `json:"owner"`
	ShowTabs    bool       `json:"showTabs"`
	Encrypt     bool       `json:"encryptExtracts"`
	Extracts    bool       `json:"hasExtracts"`
	File        storedFile `json:"file"`
	Views       []view     `json:"views"`
	Created     time.Time  `json:"created"`
	Updated     time.Time  `json:"updated"`
}

func errNoWorkbook(id string) *fault { return errMissing(codeNoWorkbook, "Workbook", id) }

func workbookFile() kindOfFile {
	return kindOfFile{element: "workbook", part: "tableau_workbook", query: "workbookType",
		types: []string{"twb", "twbx"}, wrong: 400020}
}

// node writes a workbook; its views only where one workbook is the answer. held: mu
func (w workbook) node(c *call, s *Server, views bool) *node {
	n := el("workbook", at("id", w.ID), at("name", w.Name), opt("description", w.Description),
		at("contentUrl", w.ContentURL), s.webpage(c, "workbooks", w.ID), at("showTabs", w.ShowTabs),
		at("size", megabytes(w.File.Bytes)), when("createdAt", w.Created), when("updatedAt", w.Updated),
		at("sheetCount", len(w.Views)), at("hasExtracts", w.Extracts), at("encryptExtracts", w.Encrypt))
	if len(w.Views) > 0 {
		n.attrs = append(n.attrs, at("defaultViewId", w.Views[0].ID))
	}
	n.kids = append(n.kids, c.space.projectRef(w.Project), el("owner", at("id", w.Owner)), list("tags", "tag", nil))
	if views {
		nodes := make([]*node, len(w.Views))
		for i, v := range w.Views {
			nodes[i] = el("view", at("id", v.ID), at("name", v.Name), at("contentUrl", w.viewURL(v)),
				when("createdAt", v.Created), when("updatedAt", v.Updated), at("viewUrlName", v.URLName),
				list("tags", "tag", nil))
		}
		n.kids = append(n.kids, list("views", "view", nodes))
	}
	return n
}

func (s *Server) queryWorkbooks(c *call) (*reply, error) {
	c.space.mu.RLock()
	all := sorted(c.space.workbooks, func(w workbook) (time.Time, string) { return w.Created, w.ID })
	projects := c.space.projectNames()
	c.space.mu.RUnlock()
	return contentList(s, c, "workbook", all, func(w workbook) string { return w.Owner }, []column[workbook]{
		{"contentUrl", func(w workbook) any { return w.ContentURL }},
		{"name", func(w workbook) any { return w.Name }},
		{"projectName", func(w workbook) any { return projects[w.Project] }},
		{"tags", none[workbook]([]string(nil))},
		{"displayTabs", func(w workbook) any { return w.ShowTabs }},
		{"hasAlerts", none[workbook](false)},
		{"hasExtracts", func(w workbook) any { return w.Extracts }},
		{"createdAt", func(w workbook) any { return seconds(w.Created) }},
		{"updatedAt", func(w workbook) any { return seconds(w.Updated) }},
		{"favoritesTotal", none[workbook](int64(0))},
		{"sheetCount", func(w workbook) any { return int64(len(w.Views)) }},
		{"size", func(w workbook) any { return megabytes(w.File.Bytes) }},
		{"subscriptionTotal", none[workbook](int64(0))},
	}, func(w workbook) *node { return w.node(c, s, false) })
}

// workbook gives the workbook that the path names. held: mu
func (c *call) workbook() (workbook, error) {
	w, known := c.space.workbooks.rows[c.id("workbook")]
	if !known {
		return w, errNoWorkbook(c.id("workbook"))
	}
	return w, nil
}

func (s *Server) queryWorkbook(c *call) (*reply, error) {
	c.space.mu.RLock()
	defer c.space.mu.RUnlock()
	w, err := c.workbook()
	if err != nil {
		return nil, err
	}
	return ok(w.node(c, s, true)), nil
}

func (s *Server) publishWorkbook(c *call) (*reply, error) {
	overwrite, err := c.query.flag("overwrite", false)
	if err != nil {
		return nil, err
	}
	asJob, err := c.query.flag("asJob", false)
	if err != nil {
		return nil, err
	}
	p, err := s.receive(c, workbookFile())
	if err != nil {
		return nil, err
	}
	n, err := s.storeWorkbook(c, p, overwrite)
	if err != nil {
		c.space.discard(p.file)
		return nil, err
	}
	if asJob {
		return s.job("PublishWorkbook"), nil
	}
	return created(n), nil
}

// storeWorkbook makes a workbook of a publication, or a new version of the one of that name.
func (s *Server) storeWorkbook(c *call, p publication, overwrite bool) (*node, error) {
	name, _ := p.in.attr("name")
	if err := checkName(name); err != nil {
		return nil, err
	}
	found, err := c.space.inspect(p.file)
	if err != nil {
		return nil, err
	}
	var n *node
	err = c.space.write(func() error {
		in, err := c.space.projectFor(p.in)
		if err != nil {
			return err
		}
		now := s.now()
		w := workbook{ID: newID(), Name: name, Project: in.ID, Owner: c.who.User, Created: now}
		old, exists := c.space.workbookNamed(in.ID, name)
		switch {
		case exists && !overwrite:
			return refuse(codePublishing, "A workbook with the name '%s' already exists in that project; publish with overwrite=true to replace it.", name)
		case exists && !c.mayEdit(old.Owner):
			return refuse(codePublishing, "The user does not have permission to replace the workbook '%s'.", name)
		case exists:
			w = old
		default:
			w.ContentURL = unused(plainName(name, "Workbook"), c.space.workbookURLTaken)
		}
		w.File, w.Extracts, w.Updated = p.file, found.extracts, now
		if err := w.settings(p.in); err != nil {
			return err
		}
		w.Views = mergeViews(w.Views, found.views, hidden(p.in), now)
		if err := c.space.workbooks.put(w.ID, w); err != nil {
			return err
		}
		if exists {
			c.space.discard(old.File)
		}
		n = w.node(c, s, true)
		return nil
	})
	return n, err
}

// inspect reads a file that was just kept.
func (sp *space) inspect(file storedFile) (inspected, error) {
	f, err := sp.bytes(file)
	if err != nil {
		return inspected{}, err
	}
	defer f.Close()
	return inspect(f, file), nil
}

// hidden gives the names of the views that a publishing keeps to itself.
func hidden(in *element) map[string]bool {
	names := make(map[string]bool)
	if views := in.kid("views"); views != nil {
		for _, v := range views.kids {
			if h, _ := v.attr("hidden"); strings.EqualFold(h, "true") {
				names[v.attrs["name"]] = true
			}
		}
	}
	return names
}

// held: mu
func (sp *space) workbookNamed(project, name string) (workbook, bool) {
	for w := range maps.Values(sp.workbooks.rows) {
		if w.Project == project && strings.EqualFold(w.Name, name) {
			return w, true
		}
	}
	return workbook{}, false
}

// held: mu
func (sp *space) workbookURLTaken(url string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Values(sp.workbooks.rows)), func(w workbook) bool { return strings.EqualFold(w.ContentURL, url) })
}

// settings reads what publishing and updating have in common.
func (w *workbook) settings(in *element) error {
	if d, sent := in.attr("description"); sent {
		w.Description = d
	}
	return in.flags(map[string]*bool{"showTabs": &w.ShowTabs, "encryptExtracts": &w.Encrypt})
}

func (s *Server) updateWorkbook(c *call) (*reply, error) {
	in, owner, err := s.readUpdate(c, "workbook")
	if err != nil {
		return nil, err
	}
	var n *node
	err = c.space.write(func() error {
		w, err := c.workbook()
		if err != nil {
			return err
		}
		if !c.mayEdit(w.Owner) {
			return errForbidden()
		}
		if err := w.settings(in); err != nil {
			return err
		}
		if err := c.space.place(in, &w.Name, &w.Project); err != nil {
			return err
		}
		if o, exists := c.space.workbookNamed(w.Project, w.Name); exists && o.ID != w.ID {
			return refuse(codeWorkbookTaken, "Cannot move the workbook '%s' to project '%s'. A workbook with the name '%s' already exists in that project.", w.ID, w.Project, w.Name)
		}
		if owner != "" {
			w.Owner = owner
		}
		w.Updated = s.now()
		if err := c.space.workbooks.put(w.ID, w); err != nil {
			return err
		}
		n = w.node(c, s, true)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(n), nil
}

func (s *Server) downloadWorkbook(c *call) (*reply, error) {
	return c.sendFile(workbookFile(), func() (string, storedFile, time.Time, error) {
		w, err := c.workbook()
		return w.Name, w.File, w.Updated, err
	})
}
