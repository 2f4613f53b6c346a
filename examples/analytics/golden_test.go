package analytics

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the golden files anew")

// plainly gives the identifiers that were drawn at random names that are the same in every run.
func plainly(body []byte) string {
	names := make(map[string]string)
	return regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`).ReplaceAllStringFunc(string(body), func(id string) string {
		if slices.Contains([]string{siteID, otherID, ada, sam, uma, ulf, nobody}, id) {
			return id
		}
		if names[id] == "" {
			names[id] = fmt.Sprintf("id-%d", len(names)+1)
		}
		return names[id]
	})
}

// indented makes a body readable, and fails for one that is not well-formed.
func indented(t *testing.T, a answered) string {
	t.Helper()
	var b bytes.Buffer
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		if err := json.Indent(&b, a.body, "", "\t"); err != nil {
			t.Fatalf("%v: %s", err, a.body)
		}
		return b.String() + "\n"
	}
	d := xml.NewDecoder(bytes.NewReader(a.body))
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatalf("%v: %s", err, a.body)
		}
	}
	return strings.ReplaceAll(string(a.body), "><", ">\n<") + "\n"
}

func TestBodies_in_both_forms(t *testing.T) {
	w := newWorld(t)
	w.cfg.WebURL = "https://content.example.com/"
	w.start()
	w.v1.mu.Lock()
	w.v1.tenants[siteID].users[3].FullName = "Ulf <Ek> & \"Söhne\" ]]> \x01" // A126: nothing of it escapes
	w.v1.mu.Unlock()
	project := w.call(sam, "POST", "/sites/{site}/projects", `<project name="Sales" description="What was sold"/>`).want(201).one("project").attr("id")
	w.tick(time.Minute)
	w.call(sam, "POST", "/sites/{site}/projects", `<project name="Below" parentProjectId="`+project+`"/>`).want(201)
	w.tick(time.Minute)
	book := w.workbook(uma, "Sales Overview")
	id := book.attr("id")
	w.tick(time.Minute)
	w.call(uma, "PUT", "/sites/{site}/workbooks/"+id, `<workbook description="By region"><project id="`+project+`"/></workbook>`).want(200)
	bare := w.publish(uma, "/sites/{site}/workbooks", payload(`<workbook name="Bare"/>`), file("tableau_workbook", "x.twb", "<workbook/>")).want(201).one("workbook").attr("id")
	source := w.datasource(ulf, "Orders").attr("id")
	group := w.call(sam, "POST", "/sites/{site}/groups", `<group name="Sales" minimumSiteRole="Viewer"/>`).want(201).one("group").attr("id")
	w.call(sam, "POST", "/sites/{site}/groups/"+group+"/users", `<user id="`+uma+`"/>`).want(200)

	for _, tt := range []struct{ name, user, path string }{
		{"sites", ada, "/sites"},
		{"users", uma, "/sites/{site}/users?fields=_all_"},
		{"users_none", uma, "/sites/{site}/users?filter=name:eq:none"},
		{"user", uma, "/sites/{site}/users/" + ulf},
		{"groups", uma, "/sites/{site}/groups?fields=_all_"},
		{"groups_of_user", uma, "/sites/{site}/users/" + uma + "/groups"},
		{"groups_of_user_none", uma, "/sites/{site}/users/" + ulf + "/groups"},
		{"users_in_group", uma, "/sites/{site}/groups/" + group + "/users"},
		{"projects", uma, "/sites/{site}/projects?sort=name:desc"},
		{"workbooks", uma, "/sites/{site}/workbooks?sort=name:desc&pageSize=1"},
		{"workbooks_none", uma, "/sites/{site}/workbooks?filter=name:eq:none"},
		{"workbook", uma, "/sites/{site}/workbooks/" + id},
		{"workbook_without_views", uma, "/sites/{site}/workbooks/" + bare},
		{"views", uma, "/sites/{site}/views?filter=viewUrlName:eq:SheetOne&includeUsageStatistics=true"},
		{"views_of_workbook", uma, "/sites/{site}/workbooks/" + id + "/views"},
		{"views_of_workbook_none", uma, "/sites/{site}/workbooks/" + bare + "/views"},
		{"view", uma, "/sites/{site}/views/" + book.all("view")[0].attr("id")},
		{"datasources", uma, "/sites/{site}/datasources"},
		{"datasource", uma, "/sites/{site}/datasources/" + source},
		{"connections", uma, "/sites/{site}/datasources/" + source + "/connections"},
		{"error_page", uma, "/sites/{site}/views?pageNumber=9"},
		{"error_missing", uma, "/sites/{site}/workbooks/" + nobody},
		{"error_lacking", uma, "/sites/{site}/metrics"},
		{"error_endpoint", uma, "/sites/{site}/nothing"},
	} {
		for form, accept := range map[string]string{"xml": "*/*", "json": "application/json, text/plain, */*"} {
			t.Run(tt.name+"."+form, func(t *testing.T) {
				a := w.call(tt.user, "GET", tt.path, "", "Accept", accept)
				if got := a.header.Get("Content-Type"); got != "application/"+form+";charset=UTF-8" {
					t.Errorf("Content-Type is %s", got)
				}
				got := plainly([]byte(indented(t, a)))
				name := filepath.Join("testdata", "bodies", tt.name+"."+form)
				if *update {
					if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
						t.Fatal(err)
					}
				}
				want, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				if got != string(want) {
					t.Errorf("%s is\n%s\nwant\n%s", name, got, want)
				}
			})
		}
	}
}
