package analytics

import (
	"strings"
	"time"
)

// view is a sheet of a workbook that can be opened by itself.
type view struct {
	ID      string    `json:"id"`
	Name    string    `json:"name"`
	URLName string    `json:"viewUrlName"`
	Kind    string    `json:"sheetType"`
	Created time.Time `json:"created"`
	Updated time.Time `json:"updated"`
}

// viewURL is the content URL of one of the workbook's views.
func (w workbook) viewURL(v view) string { return w.ContentURL + "/sheets/" + v.URLName }

// placedView is a view with the workbook that it is in.
type placedView struct {
	view
	in     workbook
	number int // of the sheet, from 1
}

func errNoView(id string) *fault { return errMissing(codeNoView, "View", id) }

// mergeViews makes the views of a new version: who was there keeps id and address.
func mergeViews(old []view, sheets []sheet, hidden map[string]bool, now time.Time) []view {
	byName := make(map[string]view, len(old))
	taken := make(map[string]bool, len(old))
	for _, v := range old {
		byName[v.Name] = v
		taken[strings.ToLower(v.URLName)] = true
	}
	views := make([]view, 0, len(sheets))
	seen := make(map[string]bool, len(sheets))
	for _, sh := range sheets {
		if hidden[sh.name] || seen[sh.name] {
			continue
		}
		seen[sh.name] = true
		v, existed := byName[sh.name]
		if !existed {
			url := unused(plainName(sh.name, "Sheet"), func(u string) bool { return taken[strings.ToLower(u)] })
			taken[strings.ToLower(url)] = true
			v = view{ID: newID(), Name: sh.name, URLName: url, Created: now}
		}
		v.Kind, v.Updated = sh.kind, now
		views = append(views, v)
	}
	return views
}

// node writes a view as the lists of a site have it. held: mu
func (v placedView) node(c *call, usage bool) *node {
	return el("view", at("id", v.ID), at("name", v.Name), at("contentUrl", v.in.viewURL(v.view)),
		when("createdAt", v.Created), when("updatedAt", v.Updated), at("viewUrlName", v.URLName),
		at("sheetType", v.Kind), el("workbook", at("id", v.in.ID)), el("owner", at("id", v.in.Owner)),
		c.space.projectRef(v.in.Project), list("tags", "tag", nil), usageNode(usage))
}

// usageNode says how often a view was seen: never, because this server does not draw views yet.
func usageNode(asked bool) *node {
	if !asked {
		return nil
	}
	return el("usage", at("totalViewCount", 0))
}

func (q query) usage() (bool, error) {
	return q.flag("includeUsageStatistics", q.everything())
}

// allViews gives every view of the site. held: mu
func (sp *space) allViews() []placedView {
	var all []placedView
	for _, w := range sorted(sp.workbooks, func(w workbook) (time.Time, string) { return w.Created, w.ID }) {
		for i, v := range w.Views {
			all = append(all, placedView{v, w, i + 1})
		}
	}
	return all
}

// queryViews lists the views of the site; with filter=viewUrlName:eq:… it is Get View by Path.
func (s *Server) queryViews(c *call) (*reply, error) {
	usage, err := c.query.usage()
	if err != nil {
		return nil, err
	}
	c.space.mu.RLock()
	all := c.space.allViews()
	projects := c.space.projectNames()
	c.space.mu.RUnlock()
	return contentList(s, c, "view", all, func(v placedView) string { return v.in.Owner }, []column[placedView]{
		{"caption", func(v placedView) any { return v.Name }},
		{"contentUrl", func(v placedView) any { return v.in.viewURL(v.view) }},
		{"fields", none[placedView]([]string(nil))},
		{"name", func(v placedView) any { return v.Name }},
		{"projectName", func(v placedView) any { return projects[v.in.Project] }},
		{"sheetType", func(v placedView) any { return v.Kind }},
		{"tags", none[placedView]([]string(nil))},
		{"title", func(v placedView) any { return v.Name }},
		{"viewUrlName", func(v placedView) any { return v.URLName }},
		{"workbookDescription", func(v placedView) any { return v.in.Description }},
		{"workbookName", func(v placedView) any { return v.in.Name }},
		{"createdAt", func(v placedView) any { return seconds(v.Created) }},
		{"updatedAt", func(v placedView) any { return seconds(v.Updated) }},
		{"favoritesTotal", none[placedView](int64(0))},
		{"hitsTotal", none[placedView](int64(0))},
		{"sheetNumber", func(v placedView) any { return int64(v.number) }},
	}, func(v placedView) *node { return v.node(c, usage) })
}

// viewsOfWorkbook is the one list that is not in pages, and whose JSON has its array even when it is empty.
func (s *Server) viewsOfWorkbook(c *call) (*reply, error) {
	usage, err := c.query.usage()
	if err != nil {
		return nil, err
	}
	c.space.mu.RLock()
	defer c.space.mu.RUnlock()
	w, err := c.workbook()
	if err != nil {
		return nil, err
	}
	nodes := make([]*node, len(w.Views))
	for i, v := range w.Views {
		nodes[i] = placedView{v, w, i + 1}.node(c, usage)
	}
	views := list("views", "view", nodes)
	views.always = true
	return ok(views), nil
}

func (s *Server) queryView(c *call) (*reply, error) {
	usage, err := c.query.usage()
	if err != nil {
		return nil, err
	}
	c.space.mu.RLock()
	defer c.space.mu.RUnlock()
	for _, v := range c.space.allViews() {
		if v.ID == c.id("view") {
			return ok(v.node(c, usage)), nil
		}
	}
	return nil, errNoView(c.id("view"))
}
