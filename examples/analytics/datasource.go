package analytics

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	codeAppendOverwrite  = 400055
	codeDatasourceRight  = 403032
	codeDatasourceTaken  = 409015
	typeOfExtractedFiles = "dataengine"
)

// datasource is a published data source.
type datasource struct {
	ID          string       `json:"id"`
	Name        string       `json:"name"`
	Description string       `json:"description"`
	ContentURL  string       `json:"contentUrl"`
	Project     string       `json:"project"`
	Owner       string       `json:"owner"`
	Certified   bool         `json:"isCertified"`
	Note        string       `json:"certificationNote"`
	RemoteAgent bool         `json:"useRemoteQueryAgent"`
	Encrypt     bool         `json:"encryptExtracts"`
	Extracts    bool         `json:"hasExtracts"`
	File        storedFile   `json:"file"`
	Connections []connection `json:"connections"`
	Created     time.Time    `json:"created"`
	Updated     time.Time    `json:"updated"`
}

// connection is where a data source has its data from. A password is never kept, only that one was embedded.
type connection struct {
	ID       string `json:"id"`
	Type     string `json:"type"`
	Server   string `json:"serverAddress"`
	Port     string `json:"serverPort"`
	User     string `json:"userName"`
	Embedded bool   `json:"embedPassword"`
}

func errNoDatasource(id string) *fault { return errMissing(codeNoDatasource, "Data source", id) }

func datasourceFile() kindOfFile {
	return kindOfFile{element: "datasource", part: "tableau_datasource", query: "datasourceType",
		types: []string{"tds", "tdsx", "tde", "hyper", "parquet"}, wrong: 400010}
}

// kind is the type that answers show: that of the first connection.
func (d datasource) kind() string {
	if len(d.Connections) == 0 {
		return typeOfExtractedFiles
	}
	return d.Connections[0].Type
}

// node writes a data source. held: mu
func (d datasource) node(c *call, s *Server) *node {
	return el("datasource", at("id", d.ID), at("name", d.Name), opt("description", d.Description),
		at("contentUrl", d.ContentURL), at("type", d.kind()), at("size", megabytes(d.File.Bytes)),
		when("createdAt", d.Created), when("updatedAt", d.Updated), at("encryptExtracts", d.Encrypt),
		at("hasExtracts", d.Extracts), at("isCertified", d.Certified), opt("certificationNote", d.Note),
		at("useRemoteQueryAgent", d.RemoteAgent), s.webpage(c, "datasources", d.ID),
		c.space.projectRef(d.Project), el("owner", at("id", d.Owner)), list("tags", "tag", nil))
}

// each gives something of every connection, for columns.
func each(of func(connection) string) func(datasource) any {
	return func(d datasource) any {
		var all []string
		for _, cn := range d.Connections {
			all = append(all, of(cn))
		}
		return all
	}
}

func (s *Server) queryDatasources(c *call) (*reply, error) {
	c.space.mu.RLock()
	all := sorted(c.space.datasources, func(d datasource) (time.Time, string) { return d.Created, d.ID })
	projects := c.space.projectNames()
	c.space.mu.RUnlock()
	connectionType := each(func(cn connection) string { return cn.Type })
	return contentList(s, c, "datasource", all, func(d datasource) string { return d.Owner }, []column[datasource]{
		{"authenticationType", none[datasource]([]string(nil))},
		{"connectionTo", each(func(cn connection) string { return cn.Server })},
		{"connectionType", connectionType},
		{"connectedWorkbookType", none[datasource](int64(0))},
		{"contentUrl", func(d datasource) any { return d.ContentURL }},
		{"databaseName", none[datasource]([]string(nil))},
		{"databaseUserName", each(func(cn connection) string { return cn.User })},
		{"description", func(d datasource) any { return d.Description }},
		{"name", func(d datasource) any { return d.Name }},
		{"projectName", func(d datasource) any { return projects[d.Project] }},
		{"serverName", each(func(cn connection) string { return cn.Server })},
		{"serverPort", each(func(cn connection) string { return cn.Port })},
		{"tableName", none[datasource]([]string(nil))},
		{"tags", none[datasource]([]string(nil))},
		{"type", func(d datasource) any { return d.kind() }},
		{"hasAlert", none[datasource](false)},
		{"hasEmbeddedPassword", func(d datasource) any {
			return slices.ContainsFunc(d.Connections, func(cn connection) bool { return cn.Embedded })
		}},
		{"hasExtracts", func(d datasource) any { return d.Extracts }},
		{"isCertified", func(d datasource) any { return d.Certified }},
		{"isConnectable", none[datasource](true)},
		{"isDefaultPort", func(d datasource) any {
			return !slices.ContainsFunc(d.Connections, func(cn connection) bool { return cn.Port != "" })
		}},
		{"isHierarchical", none[datasource](false)},
		{"isPublished", none[datasource](true)},
		{"createdAt", func(d datasource) any { return seconds(d.Created) }},
		{"updatedAt", func(d datasource) any { return seconds(d.Updated) }},
		{"favoritesTotal", none[datasource](int64(0))},
		{"size", func(d datasource) any { return megabytes(d.File.Bytes) }},
	}, func(d datasource) *node { return d.node(c, s) })
}

// datasource gives the data source that the path names. held: mu
func (c *call) datasource() (datasource, error) {
	d, known := c.space.datasources.rows[c.id("datasource")]
	if !known {
		return d, errNoDatasource(c.id("datasource"))
	}
	return d, nil
}

func (s *Server) queryDatasource(c *call) (*reply, error) {
	c.space.mu.RLock()
	defer c.space.mu.RUnlock()
	d, err := c.datasource()
	if err != nil {
		return nil, err
	}
	return ok(d.node(c, s)), nil
}

func (s *Server) queryConnections(c *call) (*reply, error) {
	c.space.mu.RLock()
	defer c.space.mu.RUnlock()
	d, err := c.datasource()
	if err != nil {
		return nil, err
	}
	nodes := make([]*node, len(d.Connections))
	for i, cn := range d.Connections {
		nodes[i] = el("connection", at("id", cn.ID), at("type", cn.Type), at("serverAddress", cn.Server),
			at("serverPort", cn.Port), at("userName", cn.User), at("embedPassword", cn.Embedded))
	}
	return ok(list("connections", "connection", nodes)), nil
}

// publishFlags are the parameters of Publish Data Source. Python clients also send createnew and replace, which say
// nothing new.
type publishFlags struct{ overwrite, append, asJob bool }

func readPublishFlags(q query) (f publishFlags, err error) {
	for name, to := range map[string]*bool{"overwrite": &f.overwrite, "append": &f.append, "asJob": &f.asJob} {
		if *to, err = q.flag(name, false); err != nil {
			return f, err
		}
	}
	if f.append && f.overwrite {
		return f, refuse(codeAppendOverwrite, "append and overwrite exclude each other.")
	}
	return f, nil
}

func (s *Server) publishDatasource(c *call) (*reply, error) {
	flags, err := readPublishFlags(c.query)
	if err != nil {
		return nil, err
	}
	p, err := s.receive(c, datasourceFile())
	if err != nil {
		return nil, err
	}
	n, err := s.storeDatasource(c, p, flags)
	if err != nil {
		c.space.discard(p.file)
		return nil, err
	}
	if flags.asJob {
		return s.job("PublishDatasource"), nil
	}
	return created(n), nil
}

func (s *Server) storeDatasource(c *call, p publication, flags publishFlags) (*node, error) {
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
		d := datasource{ID: newID(), Name: name, Project: in.ID, Owner: c.who.User, Created: now}
		old, exists := c.space.datasourceNamed(in.ID, name)
		switch {
		case flags.append && !exists:
			return errNoDatasource(name)
		case flags.append:
			return refuse(codeLacking, "This content server cannot append to an extract.")
		case exists && !flags.overwrite:
			return refuse(codePublishing, "A data source with the name '%s' already exists in that project; publish with overwrite=true to replace it.", name)
		case exists && !c.mayEdit(old.Owner):
			return refuse(codePublishing, "The user does not have permission to replace the data source '%s'.", name)
		case exists:
			d = old
		default:
			d.ContentURL = unused(plainName(name, "DataSource"), c.space.datasourceURLTaken)
		}
		d.File, d.Extracts, d.Updated = p.file, found.extracts, now
		if err := d.settings(p.in); err != nil {
			return err
		}
		if d.Connections, err = connections(d.Connections, found, p.in); err != nil {
			return err
		}
		if err := c.space.datasources.put(d.ID, d); err != nil {
			return err
		}
		if exists {
			c.space.discard(old.File)
		}
		n = d.node(c, s)
		return nil
	})
	return n, err
}

// connections makes the connections of a new version from what the file and the payload say. One that was there keeps
// its id. A bare extract has one connection, to itself.
func connections(old []connection, found inspected, in *element) ([]connection, error) {
	all := found.connections
	if len(all) == 0 && found.extracts {
		all = []connection{{Type: typeOfExtractedFiles}}
	}
	credentials := make(map[string]*element) // by server address; empty for all
	if cred := in.kid("connectionCredentials"); cred != nil {
		credentials[""] = cred
	}
	if list := in.kid("connections"); list != nil {
		for _, e := range list.kids {
			if cred := e.kid("connectionCredentials"); cred != nil {
				credentials[e.attrs["serverAddress"]] = cred
			}
		}
	}
	for i := range all {
		cn := &all[i]
		cred := credentials[cn.Server]
		if cred == nil {
			cred = credentials[""]
		}
		if cred != nil {
			if name, sent := cred.attr("name"); sent {
				cn.User = name
			}
			embed, _, err := cred.flag("embed")
			if err != nil {
				return nil, err
			}
			cn.Embedded = embed
		}
		if cn.ID = newID(); i < len(old) && old[i].Type == cn.Type {
			cn.ID = old[i].ID
		}
	}
	return all, nil
}

// held: mu
func (sp *space) datasourceNamed(project, name string) (datasource, bool) {
	for d := range maps.Values(sp.datasources.rows) {
		if d.Project == project && strings.EqualFold(d.Name, name) {
			return d, true
		}
	}
	return datasource{}, false
}

// held: mu
func (sp *space) datasourceURLTaken(url string) bool {
	for d := range maps.Values(sp.datasources.rows) {
		if strings.EqualFold(d.ContentURL, url) {
			return true
		}
	}
	return false
}

// settings reads what publishing and updating have in common.
func (d *datasource) settings(in *element) error {
	for name, to := range map[string]*string{"description": &d.Description, "certificationNote": &d.Note} {
		if v, sent := in.attr(name); sent {
			*to = v
		}
	}
	return in.flags(map[string]*bool{"isCertified": &d.Certified, "useRemoteQueryAgent": &d.RemoteAgent,
		"encryptExtracts": &d.Encrypt})
}

func (s *Server) updateDatasource(c *call) (*reply, error) {
	in, owner, err := s.readUpdate(c, "datasource")
	if err != nil {
		return nil, err
	}
	var n *node
	err = c.space.write(func() error {
		d, err := c.datasource()
		if err != nil {
			return err
		}
		if !c.mayEdit(d.Owner) {
			return refuse(codeDatasourceRight, "The user does not have permission to change the data source '%s'.", d.ID)
		}
		if err := d.settings(in); err != nil {
			return err
		}
		if err := c.space.place(in, &d.Name, &d.Project); err != nil {
			return err
		}
		if o, exists := c.space.datasourceNamed(d.Project, d.Name); exists && o.ID != d.ID {
			return refuse(codeDatasourceTaken, "A data source with the name '%s' already exists in project %s.", d.Name, strconv.Quote(d.Project))
		}
		if owner != "" {
			d.Owner = owner
		}
		d.Updated = s.now()
		if err := c.space.datasources.put(d.ID, d); err != nil {
			return err
		}
		n = d.node(c, s)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return ok(n), nil
}

func (s *Server) downloadDatasource(c *call) (*reply, error) {
	return c.sendFile(datasourceFile(), func() (string, storedFile, time.Time, error) {
		d, err := c.datasource()
		return d.Name, d.File, d.Updated, err
	})
}
