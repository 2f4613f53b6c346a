package analytics

import (
	"archive/zip"
	"bytes"
	"crypto/rand"
	"fmt"
	"strings"
	"testing"
	"time"
)

func TestProjects_from_making_to_deleting(t *testing.T) {
	w := newWorld(t)
	top := w.call(sam, "POST", "/sites/{site}/projects?publishSamples=False", `<project name="Sales" description="d" contentPermissions="LockedToProject"/>`).want(201).one("project")
	id := top.attr("id")
	if top.attr("contentPermissions") != "LockedToProject" || top.attr("topLevelProject") != "true" || top.all("owner")[0].attr("id") != sam {
		t.Errorf("made %v", top)
	}
	child := w.call(sam, "POST", "/sites/{site}/projects", `{"project":{"name":"Sales","parentProjectId":"`+id+`"}}`).want(201).one("project")
	if child.attr("parentProjectId") != id || child.attr("contentPermissions") != managedByOwner {
		t.Errorf("made %v", child)
	}
	w.call(sam, "POST", "/sites/{site}/projects", `<project name="SALES"/>`).refused(409006)
	w.call(sam, "POST", "/sites/{site}/projects", `<project name="x" parentProjectId="`+nobody+`"/>`).refused(404005)
	w.call(sam, "POST", "/sites/{site}/projects", `<project name="x" contentPermissions="Open"/>`).refused(400008)
	w.call(sam, "POST", "/sites/{site}/projects?publishSamples=perhaps", `<project name="x"/>`).refused(400008)
	w.call(sam, "POST", "/sites/{site}/projects", `<project name=" "/>`).refused(400000)
	w.call(sam, "POST", "/sites/{site}/projects", `<project/>`).refused(400003)

	// The empty update is how Python clients read one project.
	w.tick(time.Hour)
	same := w.call(uma, "PUT", "/sites/{site}/projects/"+id, `<project/>`).want(200).one("project")
	if same.attr("updatedAt") != top.attr("updatedAt") || same.attr("name") != "Sales" || same.all("contentsCounts")[0].attr("projectCount") != "1" {
		t.Errorf("read as %v", same)
	}
	up := w.call(sam, "PUT", "/sites/{site}/projects/"+id, `<project id="`+id+`" name="Selling"><owner id="`+uma+`"/></project>`).want(200).one("project")
	if up.attr("name") != "Selling" || up.attr("description") != "d" || up.all("owner")[0].attr("id") != uma || up.attr("updatedAt") != "2026-11-02T10:30:00Z" {
		t.Errorf("changed to %v", up)
	}
	w.call(sam, "PUT", "/sites/{site}/projects/"+id, `<project id="`+nobody+`"/>`).refused(404009)
	w.call(sam, "PUT", "/sites/{site}/projects/"+nobody, `<project name="x"/>`).refused(404005)
	w.call(sam, "PUT", "/sites/{site}/projects/"+id, `<project><owner id="`+nobody+`"/></project>`).refused(404002)
	w.call(sam, "PUT", "/sites/{site}/projects/"+id, `<project parentProjectId="`+child.attr("id")+`"/>`).refused(400000)
	w.call(sam, "PUT", "/sites/{site}/projects/"+id, `<project parentProjectId="`+id+`"/>`).refused(400000)
	moved := w.call(sam, "PUT", "/sites/{site}/projects/"+child.attr("id"), `<project parentProjectId=""/>`).want(200).one("project")
	if moved.attr("topLevelProject") != "true" {
		t.Errorf("moved to %v", moved)
	}

	def := w.call(sam, "GET", "/sites/{site}/projects?filter=name:eq:default", "").want(200).one("project").attr("id")
	w.call(sam, "PUT", "/sites/{site}/projects/"+def, `<project name="other"/>`).refused(403005)
	w.call(sam, "PUT", "/sites/{site}/projects/"+def, `<project description="other"/>`).want(200)
	w.call(sam, "DELETE", "/sites/{site}/projects/"+def, "").refused(403003)
	for filter, want := range map[string]string{
		"filter=topLevelProject:eq:true":   "default,Selling,Sales",
		"filter=ownerName:eq:Uma Dahl":     "Selling",
		"filter=parentProjectId:eq:" + def: "",
		"sort=name:desc":                   "Selling,Sales,default",
	} {
		if got := w.call(uma, "GET", "/sites/{site}/projects?"+strings.ReplaceAll(filter, " ", "%20"), "").want(200).names("project"); sortedWords(got) != sortedWords(want) {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
	for _, verb := range []string{"PUT", "DELETE"} {
		w.call(uma, verb, "/sites/{site}/projects/"+id, `<project name="Mine"/>`).refused(403004)
	}
	w.call(uma, "POST", "/sites/{site}/projects", `<project name="Mine"/>`).refused(403004)
	w.call(sam, "DELETE", "/sites/{site}/projects/"+nobody, "").refused(404005)
}

// sortedWords makes lists comparable whose order is by the ids of things made in the same second.
func sortedWords(s string) string {
	words := strings.Split(s, ",")
	for i := range words {
		for j := i; j > 0 && words[j] < words[j-1]; j-- {
			words[j], words[j-1] = words[j-1], words[j]
		}
	}
	return strings.Join(words, ",")
}

func TestProjects_are_deleted_with_what_is_in_them(t *testing.T) {
	w := newWorld(t)
	id := w.call(sam, "POST", "/sites/{site}/projects", `<project name="P"/>`).want(201).one("project").attr("id")
	child := w.call(sam, "POST", "/sites/{site}/projects", `<project name="C" parentProjectId="`+id+`"/>`).want(201).one("project").attr("id")
	for i, in := range []string{id, child} {
		wb := w.workbook(uma, fmt.Sprint("W", i)).attr("id")
		w.call(uma, "PUT", "/sites/{site}/workbooks/"+wb, `<workbook><project id="`+in+`"/></workbook>`).want(200)
		ds := w.datasource(uma, fmt.Sprint("D", i)).attr("id")
		w.call(uma, "PUT", "/sites/{site}/datasources/"+ds, `<datasource><project id="`+in+`"/></datasource>`).want(200)
	}
	w.workbook(uma, "Stays")
	w.call(sam, "DELETE", "/sites/{site}/projects/"+id, "").want(204)
	if got := w.call(uma, "GET", "/sites/{site}/workbooks", "").want(200).names("workbook"); got != "Stays" {
		t.Errorf("workbooks left: %s", got)
	}
	if got := w.call(uma, "GET", "/sites/{site}/datasources", "").want(200).names("datasource"); got != "" {
		t.Errorf("data sources left: %s", got)
	}
	if got := len(w.files()); got != 1 {
		t.Errorf("%d files left", got)
	}
}

func TestPublish_the_very_bytes_come_back(t *testing.T) {
	w := newWorld(t)
	random := make([]byte, 3<<20+17)
	rand.Read(random)
	for _, tt := range []struct{ kind, element, name, ext, contentType string }{
		{"workbooks", "workbook", "Plain", "twb", "application/xml"},
		{"workbooks", "workbook", "Packed", "twbx", "application/octet-stream"},
		{"datasources", "datasource", "Plain", "tds", "application/xml"},
		{"datasources", "datasource", "Packed", "tdsx", "application/octet-stream"},
		{"datasources", "datasource", "Extract", "hyper", "application/octet-stream"},
		{"datasources", "datasource", "Old", "tde", "application/octet-stream"},
		{"datasources", "datasource", "Column", "parquet", "application/octet-stream"},
	} {
		a := w.publish(uma, "/sites/{site}/"+tt.kind, payload(`<`+tt.element+` name="`+tt.name+`"/>`), file("tableau_"+tt.element, tt.name+"."+tt.ext, string(random))).want(201)
		e := a.one(tt.element)
		if e.attr("size") != "4" || e.all("owner")[0].attr("id") != uma || e.all("project")[0].attr("name") != "default" {
			t.Errorf("published %s", a.body)
		}
		d := w.call(ulf, "GET", "/sites/{site}/"+tt.kind+"/"+e.attr("id")+"/content", "").want(200)
		if !bytes.Equal(d.body, random) {
			t.Errorf("%s: %d other bytes came back", tt.ext, len(d.body))
		}
		if got, want := d.header.Get("Content-Disposition"), fmt.Sprintf(`name="tableau_%s"; filename="%s.%s"`, tt.element, tt.name, tt.ext); got != want {
			t.Errorf("Content-Disposition is %s, want %s", got, want)
		}
		if got := d.header.Get("Content-Type"); got != tt.contentType {
			t.Errorf("%s: Content-Type is %s", tt.ext, got)
		}
	}
}

func TestPublish_parts_in_the_forms_that_clients_send(t *testing.T) {
	w := newWorld(t)
	for i, disposition := range []string{
		`name="request_payload"`,
		`form-data; name="request_payload"; filename=""`,
		`form-data; name=request_payload`,
	} {
		name := fmt.Sprint("W", i)
		p := part{disposition, "text/xml", `<tsRequest><workbook name="` + name + `"/></tsRequest>`}
		f := part{strings.Replace(disposition, "request_payload", "tableau_workbook", 1), "application/octet-stream", "bytes"}
		f.disposition = strings.TrimSuffix(f.disposition, `; filename=""`) + `; filename="x.twbx"`
		w.publish(uma, "/sites/{site}/workbooks?workbookType=twbx", p, f).want(201)
		p.contentType, f.contentType = "", ""
		w.publish(uma, "/sites/{site}/workbooks?overwrite=True&skipConnectionCheck=true", f, p).want(201) // the other way round
	}
	// The type may stand in the query alone.
	w.publish(uma, "/sites/{site}/workbooks?workbookType=TWB", payload(`<workbook name="Q"/>`), file("tableau_workbook", "blob", "x")).want(201)
}

func TestPublish_views_come_from_the_file_and_keep_their_identity(t *testing.T) {
	w := newWorld(t)
	first := w.workbook(uma, "My Numbers")
	views := first.all("view")
	if len(views) != 3 || views[0].attr("contentUrl") != "MyNumbers/sheets/SheetOne" || views[2].attr("name") != "Overview" || first.attr("contentUrl") != "MyNumbers" {
		t.Fatalf("published %v", first)
	}
	raw, _ := workbookPackage(SeedWorkbook{Name: "x", Sheets: []string{"Sheet Two", "SheetTwo", "Hidden"}})
	w.tick(time.Minute)
	again := w.publish(uma, "/sites/{site}/workbooks?overwrite=true", payload(`<workbook name="my numbers"><views><view name="Hidden" hidden="true"/></views></workbook>`),
		file("tableau_workbook", "x.twbx", string(raw))).want(201).one("workbook")
	if again.attr("id") != first.attr("id") || again.attr("contentUrl") != "MyNumbers" || again.attr("createdAt") == again.attr("updatedAt") {
		t.Errorf("replaced by %v", again)
	}
	got := again.all("view")
	if len(got) != 2 || got[0].attr("id") != views[1].attr("id") || got[1].attr("contentUrl") != "MyNumbers/sheets/SheetTwo_0" {
		t.Errorf("views are %v", got)
	}
	if n := len(w.files()); n != 1 {
		t.Errorf("%d files on disk", n)
	}

	id := got[0].attr("id")
	v := w.call(ulf, "GET", "/sites/{site}/views/"+id+"?includeUsageStatistics=true", "").want(200).one("view")
	if v.attr("name") != "Sheet Two" || v.all("workbook")[0].attr("id") != first.attr("id") || v.all("usage")[0].attr("totalViewCount") != "0" || len(v.all("project")) != 1 {
		t.Errorf("view is %v", v)
	}
	w.call(ulf, "GET", "/sites/{site}/views/"+nobody, "").refused(404011)
	w.call(ulf, "GET", "/sites/{site}/views/"+id+"?includeUsageStatistics=often", "").refused(400008)
	w.call(ulf, "GET", "/sites/{site}/workbooks/"+nobody+"/views", "").refused(404006)
	for path, want := range map[string]string{
		"/views?filter=viewUrlName:eq:SheetTwo":                      "Sheet Two",
		"/views?filter=viewUrlname:eq:Nothing":                       "",
		"/views?filter=workbookName:eq:My%20Numbers&sort=name:desc":  "SheetTwo,Sheet Two",
		"/views?filter=ownerEmail:eq:uma@example.com&pageSize=1":     "Sheet Two",
		"/workbooks/" + first.attr("id") + "/views":                  "Sheet Two,SheetTwo",
		"/views?filter=sheetType:eq:dashboard":                       "",
		"/views?filter=sheetNumber:gt:1,projectName:in:[default,no]": "SheetTwo",
	} {
		if got := w.call(ulf, "GET", "/sites/{site}"+path, "").want(200).names("view"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestPublish_refusals_leave_nothing(t *testing.T) {
	w := newWorld(t)
	w.workbook(uma, "Taken")
	w.datasource(uma, "Taken")
	before := len(w.files())
	wb, f := `<workbook name="New"/>`, file("tableau_workbook", "x.twbx", "bytes")
	ds, df := `<datasource name="New"/>`, file("tableau_datasource", "x.tdsx", "bytes")
	for _, tt := range []struct {
		what, user, path string
		parts            []part
		code             int
	}{
		{"no file", uma, "/workbooks", []part{payload(wb)}, 400000},
		{"no payload", uma, "/workbooks", []part{f}, 400003},
		{"two files", uma, "/workbooks", []part{payload(wb), f, f}, 400000},
		{"two payloads", uma, "/workbooks", []part{payload(wb), payload(wb), f}, 400003},
		{"an unknown part", uma, "/workbooks", []part{payload(wb), f, {`name="other"`, "", ""}}, 400000},
		{"a part without a name", uma, "/workbooks", []part{payload(wb), f, {`form-data`, "", ""}}, 400000},
		{"another file type", uma, "/workbooks", []part{payload(wb), file("tableau_workbook", "x.exe", "")}, 400020},
		{"no file type", uma, "/workbooks", []part{payload(wb), file("tableau_workbook", "x", "")}, 400020},
		{"another file type", uma, "/datasources", []part{payload(ds), file("tableau_datasource", "x.twbx", "")}, 400010},
		{"no name", uma, "/workbooks", []part{payload(`<workbook/>`), f}, 400000},
		{"another element", uma, "/workbooks", []part{payload(ds), f}, 400003},
		{"a payload that is no XML", uma, "/workbooks", []part{{`name="request_payload"`, "", "{}"}, f}, 400003},
		{"a payload too large", uma, "/workbooks", []part{payload(wb + strings.Repeat(" ", maxBody)), f}, 413000},
		{"a project that does not exist", uma, "/workbooks", []part{payload(`<workbook name="New"><project id="` + nobody + `"/></workbook>`), f}, 404005},
		{"a project that does not exist", uma, "/datasources", []part{payload(`<datasource name="New"><project id="x"/></datasource>`), df}, 404005},
		{"a name that is taken", uma, "/workbooks", []part{payload(`<workbook name="TAKEN"/>`), f}, 403007},
		{"a name that is taken", uma, "/datasources?createnew=true", []part{payload(`<datasource name="Taken"/>`), df}, 403007},
		{"somebody else's", ulf, "/workbooks?overwrite=true", []part{payload(`<workbook name="Taken"/>`), f}, 403007},
		{"somebody else's", ulf, "/datasources?overwrite=true", []part{payload(`<datasource name="Taken"/>`), df}, 403007},
		{"a boolean that is none", uma, "/workbooks?overwrite=perhaps", []part{payload(wb), f}, 400008},
		{"a boolean that is none", uma, "/workbooks", []part{payload(`<workbook name="New" showTabs="yes"/>`), f}, 400008},
		{"append and overwrite", uma, "/datasources?append=true&overwrite=true", []part{payload(ds), df}, 400055},
		{"append to nothing", uma, "/datasources?append=true", []part{payload(ds), df}, 404004},
		{"append", uma, "/datasources?append=true", []part{payload(`<datasource name="Taken"/>`), df}, 501000},
		{"an upload session", uma, "/workbooks?uploadSessionId=1:2-3:0", []part{payload(wb)}, 501000},
	} {
		a := w.publish(tt.user, "/sites/{site}"+tt.path, tt.parts...)
		if !strings.Contains(string(a.body), fmt.Sprintf(`code="%d"`, tt.code)) {
			t.Errorf("%s at %s: %d %s, want %d", tt.what, tt.path, a.status, a.body, tt.code)
		}
		if n := len(w.files()); n != before {
			t.Fatalf("%s at %s left %d files, want %d", tt.what, tt.path, n, before)
		}
	}
	w.call(uma, "POST", "/sites/{site}/workbooks", `<workbook name="New"/>`).refused(415000)
	body := "--b\r\nContent-Disposition: name=\"tableau_workbook\"; filename=\"x.twbx\"\r\n\r\nhalf of it"
	w.call(uma, "POST", "/sites/{site}/workbooks", body, "Content-Type", "multipart/mixed; boundary=b").refused(400003)
	if n := len(w.files()); n != before {
		t.Errorf("half a body left %d files, want %d", n, before)
	}
}

func TestPublish_too_large_a_file(t *testing.T) {
	w := newWorld(t)
	w.cfg.MaxFile = 1000
	w.start()
	p := payload(`<workbook name="W"/>`)
	w.publish(uma, "/sites/{site}/workbooks", p, file("tableau_workbook", "x.twbx", strings.Repeat("x", 1001))).refused(413000)
	w.publish(uma, "/sites/{site}/workbooks", p, file("tableau_workbook", "x.twbx", strings.Repeat("x", 1000))).want(201)
	if n := len(w.files()); n != 1 {
		t.Errorf("%d files", n)
	}
}

func TestPublish_names_never_become_paths(t *testing.T) {
	w := newWorld(t)
	for _, name := range []string{`../../../etc/passwd.twbx`, `C:\windows\x.twbx`, "/x.twbx", "a\x00b.twbx"} {
		a := w.publish(uma, "/sites/{site}/workbooks?overwrite=true", payload(`<workbook name="../Größe: &quot;x&quot;"/>`), part{`name="tableau_workbook"; filename="` + strings.ReplaceAll(name, "\x00", "") + `"`, "", "bytes"}).want(201)
		id := a.one("workbook").attr("id")
		if got := a.one("workbook").attr("contentUrl"); got != "Größex" {
			t.Errorf("contentUrl is %s", got)
		}
		d := w.call(uma, "GET", "/sites/{site}/workbooks/"+id+"/content", "").want(200)
		want := `name="tableau_workbook"; filename=".._Gr__e_ _x_.twbx"; filename*=UTF-8''.._Gr%C3%B6%C3%9Fe_%20_x_.twbx`
		if got := d.header.Get("Content-Disposition"); got != want {
			t.Errorf("Content-Disposition is %s", got)
		}
	}
	if files := w.files(); len(files) != 1 || !isID(files[0]) {
		t.Errorf("files are %v", files)
	}
	w.publish(uma, "/sites/{site}/workbooks", payload("<workbook name=\"a&#10;b\"/>"), file("tableau_workbook", "x.twbx", "")).refused(400000)
}

func TestPublish_as_a_job(t *testing.T) {
	w := newWorld(t)
	a := w.publish(uma, "/sites/{site}/workbooks?asJob=True", payload(`<workbook name="W"/>`), file("tableau_workbook", "x.twbx", "x")).want(202)
	if j := a.one("job"); j.attr("type") != "PublishWorkbook" || j.attr("finishCode") != "0" || j.attr("id") == "" {
		t.Errorf("job is %v", j)
	}
	a = w.publish(uma, "/sites/{site}/datasources?asJob=true", payload(`<datasource name="W"/>`), file("tableau_datasource", "x.hyper", "x")).want(202)
	if j := a.one("job"); j.attr("type") != "PublishDatasource" {
		t.Errorf("job is %v", j)
	}
}

func TestDownload_without_extracts(t *testing.T) {
	w := newWorld(t)
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for _, name := range []string{"W.twb", "Data/Extracts/a.hyper", "Image/logo.png"} {
		f, _ := z.Create(name)
		fmt.Fprintf(f, "<%s/>", name)
	}
	z.Close()
	wb := w.publish(uma, "/sites/{site}/workbooks", payload(`<workbook name="W"/>`), file("tableau_workbook", "W.twbx", b.String())).want(201).one("workbook")
	if wb.attr("hasExtracts") != "true" {
		t.Errorf("published %v", wb)
	}
	path := "/sites/{site}/workbooks/" + wb.attr("id") + "/content"
	if got := w.call(uma, "GET", path+"?includeExtract=True", "").want(200).body; !bytes.Equal(got, b.Bytes()) {
		t.Error("other bytes came back")
	}
	got := w.call(uma, "GET", path+"?includeExtract=False", "").want(200).body
	packed, err := zip.NewReader(bytes.NewReader(got), int64(len(got)))
	if err != nil || len(packed.File) != 2 || packed.File[1].Name != "Image/logo.png" {
		t.Errorf("without extracts: %v, %v", packed, err)
	}
	w.call(uma, "GET", path+"?includeExtract=some", "").refused(400008)
	w.call(uma, "GET", "/sites/{site}/workbooks/"+nobody+"/content", "").refused(404006)
	w.call(uma, "GET", "/sites/{site}/datasources/"+nobody+"/content", "").refused(404004)
	if part := w.call(uma, "GET", path, "", "Range", "bytes=0-9").want(206).body; !bytes.Equal(part, b.Bytes()[:10]) {
		t.Error("a range of other bytes came back")
	}
}

func TestInspect_what_a_workbook_says_about_itself(t *testing.T) {
	w := newWorld(t)
	kinds := func(ext, body string) string {
		t.Helper()
		id := w.publish(uma, "/sites/{site}/workbooks?overwrite=true", payload(`<workbook name="W"/>`), file("tableau_workbook", "W."+ext, body)).want(201).one("workbook").attr("id")
		var kinds []string
		for _, v := range w.call(uma, "GET", "/sites/{site}/workbooks/"+id+"/views", "").want(200).tree().all("view") {
			kinds = append(kinds, v.attr("name")+" "+v.attr("sheetType"))
		}
		return strings.Join(kinds, ",")
	}
	const twb = `<workbook><worksheets><worksheet name='A'/><worksheet name='A'/><worksheet/></worksheets><worksheet name='B'/>
		<dashboards><dashboard name='C'/><dashboard name='D' type='storyboard'/></dashboards></workbook>`
	if got, want := kinds("twb", twb), "A worksheet,C dashboard,D story"; got != want {
		t.Errorf("views are %s, want %s", got, want)
	}
	if got, want := kinds("twb", twb[:100]), "A worksheet"; got != want {
		t.Errorf("views of half a workbook are %s, want %s", got, want)
	}
	if got := kinds("twb", strings.Repeat("<a>", 100000)+twb); got != "" {
		t.Errorf("views far below are %s", got)
	}
	// A directory of a hundred thousand entries is not read into memory, and the file is kept all the same.
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	f, _ := z.Create("W.twb")
	f.Write([]byte(twb))
	for i := range 100000 {
		z.Create(fmt.Sprint(i))
	}
	z.Close()
	if got := kinds("twbx", b.String()); got != "" {
		t.Errorf("views in a huge package are %s", got)
	}
	id := w.call(uma, "GET", "/sites/{site}/workbooks", "").want(200).one("workbook").attr("id")
	if got := w.call(uma, "GET", "/sites/{site}/workbooks/"+id+"/content?includeExtract=false", "").want(200).body; !bytes.Equal(got, b.Bytes()) {
		t.Error("other bytes came back")
	}
}

func TestWorkbooks_listed_and_changed(t *testing.T) {
	w := newWorld(t)
	id := w.workbook(uma, "One").attr("id")
	w.tick(time.Minute)
	w.workbook(ulf, "Two")
	if got := w.workbook(sam, "O n e").attr("contentUrl"); got != "One_0" {
		t.Errorf("contentUrl is %s", got)
	}
	w.tick(time.Minute)
	for filter, want := range map[string]string{
		"filter=name:in:[One,Two]":                               "One,Two",
		"filter=ownerName:eq:Ulf%20Ek":                           "Two",
		"filter=ownerEmail:eq:ulf@example.com,size:lte:1":        "Two",
		"filter=createdAt:gt:2026-11-02T09:30:00Z&sort=name:asc": "O n e,Two",
		"filter=tags:eq:x":                                       "",
		"filter=subscriptionsTotal:eq:0,subscriptionTotal:eq:0,displayTabs:eq:true,hasExtracts:eq:false&pageSize=1&sort=createdAt:asc": "One",
		"filter=contentUrl:eq:One_0": "O n e",
		"fields=_all_&sort=name:asc": "O n e,One,Two",
	} {
		if got := w.call(ulf, "GET", "/sites/{site}/workbooks?"+filter, "").want(200).names("workbook"); got != want {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
	w.call(uma, "GET", "/sites/{site}/workbooks?filter=color:eq:red", "").refused(400065)
	if got := w.call(uma, "GET", "/sites/{site}/workbooks", "").want(200); len(got.tree().all("views")) != 0 {
		t.Error("a list has views")
	}
	p := "/sites/{site}/workbooks/" + id
	up := w.call(uma, "PUT", p+"?includeViewAccelerationStatus=True", `<workbook name="Uno" showTabs="False" description="d" recentlyViewed="true"><owner id="`+ulf+`"/></workbook>`).want(200).one("workbook")
	if up.attr("name") != "Uno" || up.attr("showTabs") != "false" || up.attr("description") != "d" || up.all("owner")[0].attr("id") != ulf || len(up.all("view")) != 3 || up.attr("contentUrl") != "One" {
		t.Errorf("changed to %v", up)
	}
	w.call(uma, "PUT", p, `<workbook name="Mine"/>`).refused(403004) // given away
	w.call(sam, "PUT", p, `<workbook name="two"/>`).refused(409013)
	w.call(sam, "PUT", p, `<workbook><project id="`+nobody+`"/></workbook>`).refused(404005)
	w.call(sam, "PUT", p, `<workbook><owner id="`+nobody+`"/></workbook>`).refused(404002)
	w.call(sam, "PUT", p, `<workbook showTabs="2"/>`).refused(400008)
	w.call(sam, "PUT", p, `<workbook id="`+nobody+`"/>`).refused(404009)
	w.call(sam, "PUT", "/sites/{site}/workbooks/"+nobody, `<workbook name="x"/>`).refused(404006)
	w.call(sam, "GET", "/sites/{site}/workbooks/"+nobody, "").refused(404006)
	w.call(ola, "GET", p, "").refused(404006) // of another site
}

func TestDataSources_listed_and_changed(t *testing.T) {
	w := newWorld(t)
	ds := w.datasource(uma, "Orders")
	if ds.attr("type") != "textscan" || ds.attr("contentUrl") != "Orders" || ds.attr("isCertified") != "false" {
		t.Errorf("published %v", ds)
	}
	w.publish(ulf, "/sites/{site}/datasources", payload(`<datasource name="Live"><connectionCredentials name="reader" password="hunter2" embed="true"/></datasource>`),
		file("tableau_datasource", "x.tds", `<datasource><connection class='sqlserver' server='db.example.com' port='1433' username='dev'/></datasource>`)).want(201)
	p := "/sites/{site}/datasources/" + ds.attr("id")
	up := w.call(uma, "PUT", p, `<datasource isCertified="True" certificationNote="checked"><askData enablement="Enabled"/></datasource>`).want(200).one("datasource")
	if up.attr("isCertified") != "true" || up.attr("certificationNote") != "checked" || up.attr("name") != "Orders" {
		t.Errorf("changed to %v", up)
	}
	for filter, want := range map[string]string{
		"filter=isPublished:eq:true&sort=size:asc,name:asc":      "Live,Orders",
		"filter=isCertified:eq:true":                             "Orders",
		"filter=type:eq:sqlserver":                               "Live",
		"filter=serverName:eq:db.example.com,serverPort:eq:1433": "Live",
		"filter=hasEmbeddedPassword:eq:true":                     "Live",
		"filter=databaseUserName:eq:reader":                      "Live",
		"filter=ownerName:eq:Uma%20Dahl":                         "Orders",
	} {
		if got := w.call(ulf, "GET", "/sites/{site}/datasources?"+filter, "").want(200).names("datasource"); got != want {
			t.Errorf("%s: %s, want %s", filter, got, want)
		}
	}
	live := w.call(ulf, "GET", "/sites/{site}/datasources?filter=name:eq:Live", "").one("datasource").attr("id")
	a := w.call(ulf, "GET", "/sites/{site}/datasources/"+live+"/connections", "").want(200)
	cn := a.one("connection")
	if cn.attr("id") == "" || cn.attr("serverAddress") != "db.example.com" || cn.attr("serverPort") != "1433" || cn.attr("userName") != "reader" || cn.attr("embedPassword") != "true" {
		t.Errorf("connection is %v", cn)
	}
	if strings.Contains(string(a.body), "hunter2") || strings.Contains(w.onDisk(), "hunter2") {
		t.Error("the password was kept")
	}
	w.call(ulf, "PUT", p, `<datasource name="Mine"/>`).refused(403032)
	w.call(sam, "PUT", p, `<datasource name="LIVE"/>`).refused(409015)
	w.call(sam, "PUT", p, `<datasource><project id="`+nobody+`"/></datasource>`).refused(404005)
	w.call(sam, "PUT", p, `<datasource><owner id="`+nobody+`"/></datasource>`).refused(404002)
	w.call(sam, "PUT", "/sites/{site}/datasources/"+nobody, `<datasource name="x"/>`).refused(404004)
	w.call(sam, "GET", "/sites/{site}/datasources/"+nobody, "").refused(404004)
	w.call(sam, "GET", "/sites/{site}/datasources/"+nobody+"/connections", "").refused(404004)
}
