package analytics

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// What projects, workbooks, data sources and views have in common.

// contentList answers a list of one kind, such as "workbook": arranged as the query asks, and written under the lock,
// which is not held while owners are asked for.
func contentList[T any](s *Server, c *call, kind string, all []T, owner func(T) string, columns []column[T], write func(T) *node) (*reply, error) {
	shown, paging, err := arrange(c.query, all, append(columns, ownerColumns(s, c, owner)...))
	if err != nil {
		return nil, err
	}
	if c.membersErr != nil {
		return nil, c.membersErr
	}
	c.space.mu.RLock()
	defer c.space.mu.RUnlock()
	nodes := make([]*node, len(shown))
	for i, row := range shown {
		nodes[i] = write(row)
	}
	return ok(paging, list(kind+"s", kind, nodes)), nil
}

// sorted gives the rows of a collection in a stable order: as they were made. held: mu, at least for reading
func sorted[T any](c collection[T], made func(T) (time.Time, string)) []T {
	rows := make([]T, 0, len(c.rows))
	for _, row := range c.rows {
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b T) int {
		at, an := made(a)
		bt, bn := made(b)
		if n := at.Compare(bt); n != 0 {
			return n
		}
		return strings.Compare(an, bn)
	})
	return rows
}

// webpage makes the address of an object for people, where there is one.
func (s *Server) webpage(c *call, kind, id string) attr {
	if s.cfg.WebURL == "" {
		return attr{}
	}
	return at("webpageUrl", strings.TrimSuffix(s.cfg.WebURL, "/")+"/#/site/"+c.site()+"/"+kind+"/"+id)
}

// projectRef writes the project that content is in. held: mu
func (sp *space) projectRef(id string) *node {
	p := sp.projects.rows[id]
	return el("project", at("id", id), at("name", p.Name), opt("description", p.Description))
}

// projectNames gives the names by id, for columns that are read without the lock. held: mu
func (sp *space) projectNames() map[string]string {
	names := make(map[string]string, len(sp.projects.rows))
	for id, p := range sp.projects.rows {
		names[id] = p.Name
	}
	return names
}

// mayEdit says whether the caller may change content: its owner and site administrators may.
func (c *call) mayEdit(owner string) bool { return c.who.administrator() || c.who.User == owner }

// none is the value of columns for what this server does not have.
func none[T any](v any) func(T) any { return func(T) any { return v } }

// checkName refuses names that nobody could read or type.
func checkName(name string) error {
	if strings.TrimSpace(name) == "" || utf8.RuneCountInString(name) > 255 || strings.ContainsFunc(name, unicode.IsControl) {
		return refuse(codeBadRequest, "A name has 1 to 255 characters, and no control characters.")
	}
	return nil
}

// sameID refuses a body that names another object than the path.
func sameID(in *element, id string) error {
	if v, sent := in.attr("id"); sent && v != id {
		return refuse(codeIDDiffers, "The id in the body, '%s', is not the one in the path.", v)
	}
	return nil
}

// owner gives the new owner that a request asks for, empty for none, after Prokura has confirmed that it exists.
func (s *Server) owner(c *call, in *element) (string, error) {
	id, sent := in.ref("owner")
	if !sent {
		return "", nil
	}
	m, err := s.directory.user(c.ctx(), c.site(), id)
	return m.ID, err
}

// readUpdate reads the body of an update: its element, and the new owner, empty for none.
func (s *Server) readUpdate(c *call, kind string) (in *element, owner string, err error) {
	if in, err = readBody(c.r, kind); err != nil {
		return nil, "", err
	}
	if err := sameID(in, c.id(kind)); err != nil {
		return nil, "", err
	}
	owner, err = s.owner(c, in)
	return in, owner, err
}

// place reads the name and the project that an update gives to content. held: mu
func (sp *space) place(in *element, name, project *string) error {
	if v, sent := in.attr("name"); sent {
		if err := checkName(v); err != nil {
			return err
		}
		*name = v
	}
	if to, sent := in.ref("project"); sent {
		if _, known := sp.projects.rows[to]; !known {
			return errNoProject(to)
		}
		*project = to
	}
	return nil
}
