package analytics

import (
	"net/http"
	"strings"
	"testing"

	"prokura/examples/identity"
)

// methods is the whole dialect: what is answered here (1), and what is known to be lacking (0).
const methods = `
1 GET    /sites
1 POST   /sites
1 PUT    /sites/S
1 DELETE /sites/S
0 GET    /sites/S/content/recent
1 GET    /sites/S/users
1 POST   /sites/S/users
1 GET    /sites/S/users/X
1 PUT    /sites/S/users/X
1 DELETE /sites/S/users/X
1 GET    /sites/S/users/X/groups
1 GET    /sites/S/groups
1 POST   /sites/S/groups
1 PUT    /sites/S/groups/X
1 DELETE /sites/S/groups/X
1 GET    /sites/S/groups/X/users
1 POST   /sites/S/groups/X/users
1 DELETE /sites/S/groups/X/users/X
1 GET    /sites/S/projects
1 POST   /sites/S/projects
1 PUT    /sites/S/projects/X
1 DELETE /sites/S/projects/X
1 GET    /sites/S/workbooks
1 POST   /sites/S/workbooks
1 GET    /sites/S/workbooks/X
1 PUT    /sites/S/workbooks/X
1 GET    /sites/S/workbooks/X/content
1 GET    /sites/S/workbooks/X/views
0 PUT    /sites/S/workbooks/X/connections/X
0 POST   /sites/S/workbooks/X/refresh
0 GET    /sites/S/workbooks/X/previewImage
0 GET    /sites/S/workbooks/X/pdf
0 GET    /sites/S/workbooks/X/powerpoint
0 GET    /sites/S/workbooks/X/revisions/1/content
0 GET    /sites/S/workbooks/X/views/X/previewImage
1 GET    /sites/S/views
1 GET    /sites/S/views/X
0 GET    /sites/S/views/X/data
0 GET    /sites/S/views/X/pdf
0 GET    /sites/S/views/X/image
0 GET    /sites/S/views/X/crosstab/excel
0 GET    /sites/S/customviews
0 GET    /sites/S/customviews/X
0 PUT    /sites/S/customviews/X
0 DELETE /sites/S/customviews/X
0 GET    /sites/S/customviews/X/image
1 GET    /sites/S/datasources
1 POST   /sites/S/datasources
1 GET    /sites/S/datasources/X
1 PUT    /sites/S/datasources/X
1 GET    /sites/S/datasources/X/content
1 GET    /sites/S/datasources/X/connections
0 PUT    /sites/S/datasources/X/connections/X
0 POST   /sites/S/datasources/X/refresh
0 POST   /sites/S/flows
0 POST   /sites/S/fileUploads
0 PUT    /sites/S/fileUploads/7720:170fe6b1-1:0
0 PUT    /sites/S/fileUploads/7720%3A170fe6b1-1%3A0
0 GET    /sites/S/metrics
0 GET    /sites/S/metrics/X
0 PUT    /sites/S/metrics/X
0 DELETE /sites/S/metrics/X
0 GET    /sites/S/metrics/X/data
0 GET    /sites/S/workbooks/X/permissions
0 PUT    /sites/S/workbooks/X/permissions
0 DELETE /sites/S/workbooks/X/permissions/users/X/Read/Allow
0 GET    /sites/S/views/X/permissions
0 PUT    /sites/S/views/X/permissions
0 DELETE /sites/S/views/X/permissions/groups/X/Read/Deny
0 GET    /sites/S/datasources/X/permissions
0 PUT    /sites/S/datasources/X/permissions
0 DELETE /sites/S/datasources/X/permissions/users/X/Read/Allow
0 GET    /sites/S/projects/X/permissions
0 PUT    /sites/S/projects/X/permissions
0 DELETE /sites/S/projects/X/permissions/users/X/Read/Allow
0 GET    /sites/S/projects/X/default-permissions/workbooks
0 PUT    /sites/S/projects/X/default-permissions/virtualConnections
0 DELETE /sites/S/projects/X/default-permissions/datasources/groups/X/Read/Allow`

func TestRoutes_every_method_of_the_dialect_is_answered_or_said_to_be_lacking(t *testing.T) {
	w := newWorld(t)
	for line := range strings.Lines(strings.TrimSpace(methods)) {
		f := strings.Fields(line)
		path := strings.NewReplacer("/S", "/{site}", "/X", "/"+nobody).Replace(f[2])
		t.Run(f[1]+" "+f[2], func(t *testing.T) {
			// Asked by a user who may do nothing but read and publish, about things that do not exist: no method that is
			// here answers 501, 405, or that there is no endpoint.
			a := w.call(uma, f[1], path, "")
			a.t = t
			if f[0] == "0" {
				a.refused(501000)
				return
			}
			if a.status == 501 || a.status == 405 || strings.Contains(string(a.body), "404950") {
				t.Errorf("answered %d %s", a.status, a.body)
			}
		})
	}
}

func TestRoutes_unknown_paths_and_verbs(t *testing.T) {
	w := newWorld(t)
	for _, path := range []string{"/sites/{site}/nothing", "/nothing", "/sites/{site}/workbooks/a/b/c/d", "/sites/{site}//projects",
		"/sites/{site}/workbooks/%2e%2e", "/sites/{site}/workbooks/a%2fcontent"} {
		w.call(uma, "GET", path, "").refused(404950)
	}
	a := w.call(uma, "PATCH", "/sites/{site}/projects", "").refused(405000)
	if got := a.header.Get("Allow"); got != "GET, POST" {
		t.Errorf("Allow is %q", got)
	}
	h := http.Header{identity.Header: {w.header(w.claimsOf(uma))}}
	for version, code := range map[string]int{"2.0": 0, "3.99": 0, "3.4": 0, "1.9": 404950, "4.0": 404950, "3.100": 404950,
		"3": 404950, "3.": 404950, "3.04": 404950, "x": 404950} {
		a := w.send("GET", "/api/"+version+"/sites/"+siteID+"/projects", nil, h)
		if code == 0 {
			a.want(200)
		} else {
			a.refused(code)
		}
	}
}

func TestRoutes_clients_differ_in_slashes_and_case(t *testing.T) {
	w := newWorld(t)
	w.call(uma, "GET", "/sites/{site}/projects/", "").want(200)
	w.call(uma, "GET", "/sites/{site}/Workbooks", "").want(200)
	w.call(uma, "POST", "/sites/{site}/fileuploads", "").refused(501000)
}
