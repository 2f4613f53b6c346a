package analytics

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// call is one request on its way: who calls, what the path named, and the site's content.
type call struct {
	w     http.ResponseWriter
	r     *http.Request
	who   caller
	query query
	space *space // nil for methods without a site in the path
	named map[string]string

	members    map[string]member // of the site, by id; see people
	membersErr error
}

func (c *call) ctx() context.Context { return c.r.Context() }

// site is the caller's tenant; the site in the path was compared with it.
func (c *call) site() string { return c.who.Tenant }

// id is what the path named in that place, such as "workbook".
func (c *call) id(place string) string { return c.named[place] }

// handler answers a call. A nil reply says that it has written the answer itself.
type handler func(*call) (*reply, error)

// route is a method: its verb, its path below /api/{version}, and who answers. A segment in braces matches anything
// that is not empty.
type route struct {
	verb    string
	path    []string
	handler handler
}

func on(verb, path string, h handler) route {
	return route{verb, strings.Split(strings.TrimPrefix(path, "/"), "/"), h}
}

// table lists every method of the dialect: those that this server has, then those that it lacks.
func (s *Server) table() []route {
	const site = "/sites/{site}"
	return append([]route{
		on("GET", "/sites", s.querySites),
		on("POST", "/sites", s.createSite),
		on("PUT", site, s.updateSite),
		on("DELETE", site, s.deleteSite),

		on("GET", site+"/users", s.queryUsers),
		on("POST", site+"/users", s.addUser),
		on("GET", site+"/users/{user}", s.queryUser),
		on("PUT", site+"/users/{user}", s.updateUser),
		on("DELETE", site+"/users/{user}", s.removeUser),
		on("GET", site+"/users/{user}/groups", s.groupsOfUser),

		on("GET", site+"/groups", s.queryGroups),
		on("POST", site+"/groups", s.createGroup),
		on("PUT", site+"/groups/{group}", s.updateGroup),
		on("DELETE", site+"/groups/{group}", s.deleteGroup),
		on("GET", site+"/groups/{group}/users", s.usersInGroup),
		on("POST", site+"/groups/{group}/users", s.addToGroup),
		on("DELETE", site+"/groups/{group}/users/{user}", s.removeFromGroup),

		on("GET", site+"/projects", s.queryProjects),
		on("POST", site+"/projects", s.createProject),
		on("PUT", site+"/projects/{project}", s.updateProject),
		on("DELETE", site+"/projects/{project}", s.deleteProject),

		on("GET", site+"/workbooks", s.queryWorkbooks),
		on("POST", site+"/workbooks", s.publishWorkbook),
		on("GET", site+"/workbooks/{workbook}", s.queryWorkbook),
		on("PUT", site+"/workbooks/{workbook}", s.updateWorkbook),
		on("GET", site+"/workbooks/{workbook}/content", s.downloadWorkbook),
		on("GET", site+"/workbooks/{workbook}/views", s.viewsOfWorkbook),

		on("GET", site+"/views", s.queryViews),
		on("GET", site+"/views/{view}", s.queryView),

		on("GET", site+"/datasources", s.queryDatasources),
		on("POST", site+"/datasources", s.publishDatasource),
		on("GET", site+"/datasources/{datasource}", s.queryDatasource),
		on("PUT", site+"/datasources/{datasource}", s.updateDatasource),
		on("GET", site+"/datasources/{datasource}/content", s.downloadDatasource),
		on("GET", site+"/datasources/{datasource}/connections", s.queryConnections),
	}, lacking()...)
}

// match compares the path with the route. Words compare without case, because clients disagree about some of them.
func (rt route) match(path []string) (map[string]string, bool) {
	if len(path) != len(rt.path) {
		return nil, false
	}
	named := make(map[string]string)
	for i, word := range rt.path {
		if name, isPlace := strings.CutPrefix(word, "{"); isPlace {
			named[strings.TrimSuffix(name, "}")] = path[i]
		} else if !strings.EqualFold(word, path[i]) {
			return nil, false
		}
	}
	return named, true
}

// find gives the route of a request.
func (s *Server) find(r *http.Request) (route, map[string]string, error) {
	path, ok := segments(r.URL.EscapedPath())
	if !ok {
		return route{}, nil, refuse(codeNoEndpoint, "There is no endpoint '%s'.", r.URL.Path)
	}
	var verbs []string
	for _, rt := range s.routes {
		if named, matched := rt.match(path); matched {
			if rt.verb == r.Method {
				return rt, named, nil
			}
			if !slices.Contains(verbs, rt.verb) {
				verbs = append(verbs, rt.verb)
			}
		}
	}
	if len(verbs) == 0 {
		return route{}, nil, refuse(codeNoEndpoint, "There is no endpoint '%s'.", r.URL.Path)
	}
	f := refuse(codeMethod, "The resource '%s' does not support the method %s.", r.URL.Path, r.Method)
	f.allow = strings.Join(verbs, ", ")
	return route{}, nil, f
}

// segments splits what stands below /api/{version}; one trailing slash is tolerated. A segment that is empty, a dot
// segment, or hides a slash has no route: the gateway would not have sent it (A129, A130).
func segments(escaped string) ([]string, bool) {
	parts := strings.Split(strings.TrimSuffix(escaped, "/"), "/")
	if len(parts) < 4 || parts[0] != "" || parts[1] != "api" || !isVersion(parts[2]) {
		return nil, false
	}
	path := parts[3:]
	for i, p := range path {
		plain, err := url.PathUnescape(p)
		if err != nil || plain == "" || plain == "." || plain == ".." || strings.ContainsAny(plain, "/\\\x00") {
			return nil, false
		}
		path[i] = plain
	}
	return path, true
}

// isVersion accepts 2.0 to 3.99. Every method answers under every version.
func isVersion(s string) bool {
	major, minor, dot := strings.Cut(s, ".")
	if !dot || (major != "2" && major != "3") || len(minor) < 1 || len(minor) > 2 {
		return false
	}
	return strings.Trim(minor, "0123456789") == "" && (len(minor) == 1 || minor[0] != '0')
}

// ServeHTTP answers one request: who calls, which method, which site, then the method itself.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	rep, err := s.answer(w, r)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	if rep != nil {
		rep.write(w, r)
	}
}

func (s *Server) answer(w http.ResponseWriter, r *http.Request) (*reply, error) {
	who, err := s.identify(r)
	if err != nil {
		return nil, err
	}
	rt, named, err := s.find(r)
	if err != nil {
		return nil, err
	}
	c := &call{w: w, r: r, who: who, named: named}
	if site, inPath := named["site"]; inPath {
		// The gateway compares too. Both must: whoever forgets to is not the last line.
		if site != who.Tenant {
			return nil, errForbidden()
		}
		if c.space, err = s.spaces.of(who.Tenant, who.User); err != nil {
			return nil, err
		}
	}
	if c.query, err = parseQuery(r.URL.RawQuery); err != nil {
		return nil, err
	}
	return rt.handler(c)
}

// fail is the one place where refusals are written and logged.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := asFault(err)
	if f.code >= 500000 && f.code != codeLacking {
		s.cfg.Log.Error("request failed", "method", r.Method, "path", r.URL.Path, "code", f.code, "cause", f.cause)
	} else if f.cause != nil {
		s.cfg.Log.Info("request refused", "method", r.Method, "path", r.URL.Path, "code", f.code, "cause", f.cause)
	}
	if f.allow != "" {
		w.Header().Set("Allow", f.allow)
	}
	rep := &reply{f.code / 1000, []*node{el("error", at("code", digits(f.code)),
		&node{name: "summary", text: f.summary}, &node{name: "detail", text: f.detail})}}
	rep.write(w, r)
}
