package analytics

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"prokura/examples/identity"
)

// files gives the names of the kept files of the first site.
func (w *world) files() []string {
	w.t.Helper()
	entries, err := os.ReadDir(filepath.Join(w.cfg.Data, "sites", siteID, "files"))
	if err != nil {
		w.t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// onDisk gives the text of all records.
func (w *world) onDisk() string {
	w.t.Helper()
	var b strings.Builder
	names, err := filepath.Glob(filepath.Join(w.cfg.Data, "sites", "*", "*", "*.json"))
	if err != nil {
		w.t.Fatal(err)
	}
	for _, n := range names {
		raw, err := os.ReadFile(n)
		if err != nil {
			w.t.Fatal(err)
		}
		b.Write(raw)
	}
	return b.String()
}

func TestStore_a_restart_keeps_everything(t *testing.T) {
	w := newWorld(t)
	wb := w.workbook(uma, "Kept")
	w.datasource(ulf, "Kept")
	w.call(sam, "POST", "/sites/{site}/projects", `<project name="Kept"/>`).want(201)
	w.call(sam, "POST", "/sites/{site}/groups", `<group name="Kept" minimumSiteRole="Explorer"/>`).want(201)
	paths := []string{"/projects?sort=name:asc", "/workbooks", "/workbooks/" + wb.attr("id"), "/views", "/datasources", "/groups", "/users", "/workbooks/" + wb.attr("id") + "/content"}
	var before [][]byte
	for _, p := range paths {
		before = append(before, w.call(uma, "GET", "/sites/{site}"+p, "").want(200).body)
	}
	w.start()
	for i, p := range paths {
		if after := w.call(uma, "GET", "/sites/{site}"+p, "").want(200).body; !bytes.Equal(before[i], after) {
			t.Errorf("%s was %s\nand is %s", p, before[i], after)
		}
	}
}

func TestStore_what_a_crash_leaves_is_swept(t *testing.T) {
	w := newWorld(t)
	w.workbook(uma, "Kept")
	dir := filepath.Join(w.cfg.Data, "sites", siteID)
	for _, name := range []string{"files/" + newID(), "workbooks/" + newID() + ".new"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	w.start()
	if got := w.call(uma, "GET", "/sites/{site}/workbooks", "").want(200).names("workbook"); got != "Kept" {
		t.Errorf("workbooks are %s", got)
	}
	if n := len(w.files()); n != 1 {
		t.Errorf("%d files", n)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*", "*.new")); len(left) > 0 {
		t.Errorf("left over: %v", left)
	}
}

func TestStore_many_publish_one_name_and_one_wins(t *testing.T) {
	w := newWorld(t)
	var wins, conflicts int
	var mu sync.Mutex
	var group sync.WaitGroup
	for range 12 {
		group.Go(func() {
			a := w.publish(uma, "/sites/{site}/workbooks", payload(`<workbook name="W"/>`), file("tableau_workbook", "x.twbx", "x"))
			mu.Lock()
			defer mu.Unlock()
			switch a.status {
			case 201:
				wins++
			case 403:
				conflicts++
			}
		})
	}
	group.Wait()
	if wins != 1 || conflicts != 11 || len(w.files()) != 1 {
		t.Errorf("%d won, %d were refused, %d files", wins, conflicts, len(w.files()))
	}
}

func TestStore_large_files_pass_in_constant_memory(t *testing.T) {
	const size = 64 << 20
	w := newWorld(t)
	head := "--b\r\nContent-Disposition: name=\"request_payload\"\r\n\r\n<tsRequest><datasource name=\"Large\"/></tsRequest>\r\n" +
		"--b\r\nContent-Disposition: name=\"tableau_datasource\"; filename=\"x.hyper\"\r\n\r\n"
	body := io.MultiReader(strings.NewReader(head), io.LimitReader(zeros{}, size), strings.NewReader("\r\n--b--\r\n"))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	h := http.Header{identity.Header: {w.header(w.claimsOf(uma))}, "Content-Type": {"multipart/mixed; boundary=b"}}
	id := w.send("POST", "/api/3.21/sites/"+siteID+"/datasources", body, h).want(201).one("datasource").attr("id")
	req, err := http.NewRequestWithContext(context.Background(), "GET", w.url+"/api/3.21/sites/"+siteID+"/datasources/"+id+"/content", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set(identity.Header, w.header(w.claimsOf(uma)))
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != size {
		t.Errorf("%d bytes came back: %v", n, err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("%d bytes were allocated on the way", used)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

func TestStore_nothing_is_written_to_a_site_that_is_gone(t *testing.T) {
	w := newWorld(t)
	sp, err := w.server.spaces.of(siteID, ada)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.server.spaces.drop(siteID); err != nil {
		t.Fatal(err)
	}
	if err := sp.write(func() error { return errors.New("written") }); codeOf(err) != 404000 {
		t.Errorf("answered %v", err)
	}
}

func TestSeed_makes_content_once(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if err := w.server.Seed(context.Background(), DemoSite(siteID, ada, uma)); err != nil {
			t.Fatal(err)
		}
	}
	for path, want := range map[string]string{
		"/projects?sort=name:asc":                                            "default,Finance,Sales",
		"/workbooks?sort=name:asc":                                           "Budget,Order Details,Sales Overview",
		"/datasources?sort=name:asc":                                         "Budget Lines,Orders",
		"/views?filter=workbookName:eq:Sales%20Overview":                     "Orders by Region,Orders by Month,Overview",
		"/views?filter=sheetType:eq:dashboard,ownerName:eq:Uma%20Dahl":       "Overview",
		"/datasources?filter=isCertified:eq:true,connectionType:eq:textscan": "Orders",
	} {
		kind := strings.TrimSuffix(strings.TrimPrefix(strings.Split(path, "?")[0], "/"), "s")
		if got := w.call(uma, "GET", "/sites/{site}"+path, "").want(200).names(kind); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
	if err := w.server.Seed(context.Background(), SeedSite{ID: "../x", Owner: ada}); err == nil {
		t.Error("seeded a path")
	}
}

func TestConfig_what_is_missing_is_named(t *testing.T) {
	_, err := New(Config{})
	for _, want := range []string{"issuer", "audience", "data directory", "URL of the administration API", "token"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name the %s", err, want)
		}
	}
	good := Config{Issuer: "https://issuer.example", Audience: "a", Data: t.TempDir(), AdminURL: "https://issuer.example", AdminToken: "t"}
	s, err := New(good)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if s.cfg.JWKSURL != "https://issuer.example/.well-known/jwks.json" {
		t.Errorf("keys are at %s", s.cfg.JWKSURL)
	}
	good.AdminURL = "not a URL"
	if _, err := New(good); err == nil {
		t.Error("took a URL without a host")
	}
}
