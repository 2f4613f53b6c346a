package page

import (
	"html"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"prokura/internal/clock"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func renderer(t *testing.T) *Renderer {
	t.Helper()
	p, err := New(Config{Clock: clock.NewFake(noon), Key: []byte(strings.Repeat("k", 32))})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestTexts: each sentence stands in one table, in both languages, with the same places for arguments.
func TestTexts(t *testing.T) {
	seen := map[string]bool{}
	places := regexp.MustCompile(`%\[\d+\][a-z]|%[^%\[ ]?`)
	for _, table := range texts {
		for key, s := range table {
			if seen[key] {
				t.Errorf("%s stands in two tables", key)
			}
			seen[key] = true
			if s.EN == "" || s.DE == "" {
				t.Errorf("%s lacks a language", key)
			}
			en, de := places.FindAllString(s.EN, -1), places.FindAllString(s.DE, -1)
			slices.Sort(en)
			slices.Sort(de)
			if !slices.Equal(slices.Compact(en), slices.Compact(de)) {
				t.Errorf("%s: arguments %v in English, %v in German", key, en, de)
			}
		}
	}
}

// sources are the files below a directory with an ending.
func sources(t *testing.T, dir, ext string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ext || strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		out[path] = string(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestTemplates_name_texts_that_exist and show no sentence of their own.
func TestTemplates_name_texts_that_exist(t *testing.T) {
	key := regexp.MustCompile(`\(?\b(t|count)\s+"([a-z0-9_.]+)"`)
	action := regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	tag := regexp.MustCompile(`(?s)<var>[a-z_]*</var>|<[^>]*>`) // a var is a name of the protocol
	shown := regexp.MustCompile(`(aria-label|title|placeholder|alt|value|data-copied)="([^"]*)"`)
	word := func(s string) bool { return strings.IndexFunc(html.UnescapeString(s), unicode.IsLetter) >= 0 }
	for path, src := range sources(t, "templates", ".html") {
		for _, m := range key.FindAllStringSubmatch(src, -1) {
			keys := []string{m[2]}
			if m[1] == "count" {
				keys = []string{m[2] + ".one", m[2] + ".other"}
			}
			for _, k := range keys {
				if _, ok := lookup(k); !ok && !strings.HasSuffix(m[2], ".") {
					t.Errorf("%s: no text %s", path, k)
				}
			}
		}
		bare := action.ReplaceAllString(src, "")
		for _, m := range shown.FindAllStringSubmatch(bare, -1) {
			if m[1] != "value" && word(m[2]) {
				t.Errorf("%s: the attribute %s is in one language", path, m[0])
			}
		}
		for line := range strings.SplitSeq(tag.ReplaceAllString(bare, "\n"), "\n") {
			if word(line) {
				t.Errorf("%s: %q is in one language", path, strings.TrimSpace(line))
			}
		}
	}
}

// TestTexts_are_used: what no template and no code names is dead.
func TestTexts_are_used(t *testing.T) {
	var all strings.Builder
	for _, src := range sources(t, "templates", ".html") {
		all.WriteString(src)
	}
	for _, dir := range []string{"../page", "../console", "../oauth"} {
		if _, err := os.Stat(dir); err != nil {
			continue
		}
		for path, src := range sources(t, dir, ".go") {
			if !strings.HasPrefix(filepath.Base(path), "texts_") {
				all.WriteString(src)
			}
		}
	}
	code := all.String()
	for _, table := range texts {
		for key := range table {
			named := false
			// A key may be named whole, without its number, or by the part that its code puts together.
			for k := key; k != "" && !named; k = k[:max(0, strings.LastIndexByte(k, '.'))] {
				named = strings.Contains(code, `"`+k+`"`) || strings.Contains(code, `"`+k+`."`)
			}
			if !named && !strings.HasPrefix(key, "problem.") {
				t.Errorf("nothing shows %s", key)
			}
		}
	}
}

func TestLang(t *testing.T) {
	p := renderer(t)
	for _, tt := range []struct{ query, cookie, accept, want string }{
		{"", "", "", "en"},
		{"", "", "de", "de"},
		{"", "", "de-AT,en;q=0.5", "de"},
		{"", "", "fr,de;q=0.3", "de"},
		{"", "", "fr", "en"},
		{"", "", "\x00;;q=", "en"},
		{"", "de", "en", "de"},
		{"", "xx", "de", "de"},
		{"lang=en", "de", "de", "en"},
		{"lang=de", "", "en", "de"},
		{"lang=../x", "", "en", "en"},
	} {
		r := httptest.NewRequest("GET", "/x?"+tt.query, nil)
		r.Header.Set("Accept-Language", tt.accept)
		if tt.cookie != "" {
			r.AddCookie(&http.Cookie{Name: langCookie, Value: tt.cookie})
		}
		if got := p.Lang(httptest.NewRecorder(), r); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestA177_language_switch_stays_on_the_page, whatever the path looks like.
func TestA177_language_switch_stays_on_the_page(t *testing.T) {
	for _, path := range []string{"//evil.example/", "/console?lang=de&q=%22%3E", "/console?back=//evil"} {
		for _, s := range switches(httptest.NewRequest("GET", "http://here"+path, nil), "en") {
			if !strings.HasPrefix(s.Href, "?") || strings.ContainsAny(s.Href, `"<>`) {
				t.Errorf("%s: %s", path, s.Href)
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	renderer(t).Problem(w, httptest.NewRequest("GET", "/", nil), 404, "not_found")
	for name, want := range map[string]string{
		"Content-Security-Policy":    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
		"X-Frame-Options":            "DENY",
		"X-Content-Type-Options":     "nosniff",
		"Referrer-Policy":            "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin",
		"Cache-Control":              "no-store",
		"Content-Language":           "en",
	} {
		if got := w.Header().Get(name); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	for _, inline := range []string{" style=", "<style", "onclick", "<script>"} {
		if strings.Contains(w.Body.String(), inline) {
			t.Errorf("the page has %s", inline)
		}
	}
}

func TestFormAction_names_where_a_redirect_after_the_form_may_lead(t *testing.T) {
	for _, tt := range []struct {
		v    View
		want string
	}{
		{View{}, "'self'"},
		{View{Leads: []string{"https://app.example/cb"}}, "'self' https:"},
		{View{Leads: []string{"http://[::1]:7/cb"}}, "'self' http: https:"},
		{View{Leads: []string{"com.example.app:/cb"}}, "'self' com.example.app:"},
		{View{Leads: []string{"", "::", "/x"}}, "'self'"},
		{View{LeadsAnywhere: true}, ""},
	} {
		if got := formAction(&tt.v); got != tt.want {
			t.Errorf("%+v: %q", tt.v, got)
		}
	}
}

// TestA171_form_from_elsewhere is refused before any handler sees it.
func TestA171_form_from_elsewhere(t *testing.T) {
	p := renderer(t)
	w, get := httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil)
	token := p.Token(w, get)
	browser := w.Result().Cookies()[0]
	other := p.Token(httptest.NewRecorder(), httptest.NewRequest("GET", "/x", nil))
	tests := []struct {
		name   string
		change func(*http.Request, url.Values)
		passes bool
	}{
		{"the form itself", func(*http.Request, url.Values) {}, true},
		{"from the same origin", func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "same-origin") }, true},
		{"from the same origin, without referrer", func(r *http.Request, _ url.Values) {
			r.Header.Set("Sec-Fetch-Site", "same-origin")
			r.Header.Set("Origin", "null")
		}, true},
		{"without token", func(_ *http.Request, f url.Values) { f.Del(TokenField) }, false},
		{"with another browser's token", func(_ *http.Request, f url.Values) { f.Set(TokenField, other) }, false},
		{"with two tokens", func(_ *http.Request, f url.Values) { f.Add(TokenField, token) }, false},
		{"without the cookie", func(r *http.Request, _ url.Values) { r.Header.Del("Cookie") }, false},
		{"with the cookie twice", func(r *http.Request, _ url.Values) { r.AddCookie(browser) }, false},
		{"after somebody logged in", func(r *http.Request, _ url.Values) { r.AddCookie(&http.Cookie{Name: LoginCookie, Value: "x"}) }, false},
		{"cross-site", func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "cross-site") }, false},
		{"from a host beside us", func(r *http.Request, _ url.Values) { r.Header.Set("Sec-Fetch-Site", "same-site") }, false},
		{"of an old browser, from elsewhere", func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "https://evil.example") }, false},
		{"of an old browser, Origin: null", func(r *http.Request, _ url.Values) { r.Header.Set("Origin", "null") }, false},
	}
	for _, tt := range tests {
		f := url.Values{TokenField: {token}}
		r := httptest.NewRequest("POST", "/x", nil)
		r.AddCookie(browser)
		tt.change(r, f)
		body := strings.NewReader(f.Encode())
		r2 := httptest.NewRequest("POST", "/x", body)
		r2.Header = r.Header
		r2.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		passed := false
		w := httptest.NewRecorder()
		p.Guard(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { passed = true })).ServeHTTP(w, r2)
		if passed != tt.passes {
			t.Errorf("a form %s: passed is %t, answered %d", tt.name, passed, w.Code)
		}
		if !tt.passes && w.Code != http.StatusForbidden {
			t.Errorf("a form %s: %d", tt.name, w.Code)
		}
	}
}

func TestAssets_are_kept_for_good_under_the_hash_of_their_content(t *testing.T) {
	p := renderer(t)
	for name := range p.assets.paths {
		w := httptest.NewRecorder()
		p.Assets(w, httptest.NewRequest("GET", p.assets.path(name), nil))
		if w.Code != 200 || !strings.Contains(w.Header().Get("Cache-Control"), "immutable") || w.Body.Len() == 0 {
			t.Errorf("%s: %d %v", name, w.Code, w.Header())
		}
	}
	w := httptest.NewRecorder()
	p.Assets(w, httptest.NewRequest("GET", AssetPrefix+"0/style.css", nil))
	if w.Code != 404 || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("another hash: %d %v", w.Code, w.Header())
	}
}

func TestFormats(t *testing.T) {
	for want, got := range map[string]string{
		"1,234,567":             Number("en", 1234567),
		"1.234":                 Number("de", 1234),
		"999":                   Number("de", 999),
		"−12.000":               Number("de", -12000),
		"just now":              Ago("en", noon, noon.Add(-59*time.Second)),
		"3 minutes ago":         Ago("en", noon, noon.Add(-3*time.Minute)),
		"vor 1 Tag":             Ago("de", noon, noon.Add(-25*time.Hour)),
		"in 30 Tagen":           Ago("de", noon, noon.Add(30*24*time.Hour)),
		"in 6 days":             Ago("en", noon, noon.Add(6*24*time.Hour-time.Minute)), // the demo's app a minute after it was made
		"in 7 Tagen":            Ago("de", noon, noon.Add(6*24*time.Hour+13*time.Hour)),
		"in 1 Tag":              Ago("de", noon, noon.Add(35*time.Hour)),
		"in 2 days":             Ago("en", noon.Add(11*time.Hour), noon.Add(37*time.Hour)),
		"in 29 days":            Ago("en", noon, noon.Add(29*24*time.Hour+12*time.Hour)),                // until the end of 21 December
		"in 1 day":              Ago("en", noon.Add(-12*time.Hour), noon.Add(12*time.Hour-time.Second)), // a link for a day, a second later
		"in 23 hours":           Ago("en", noon, noon.Add(24*time.Hour-time.Minute)),
		"in 1 hour":             Ago("en", noon, noon.Add(time.Hour-time.Second)),
		"nie":                   Ago("de", noon, time.Time{}),
		"22.11.2026, 12:00 UTC": Exact("de", noon),
		"30 Minuten":            Lasting("de", 30*time.Minute),
		"48 hours":              Count("en", "time.hour", 48),
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestGroupScopes_puts_what_is_dangerous_first(t *testing.T) {
	a, b := commonTexts["common.copy"], commonTexts["common.menu"]
	got := GroupScopes([]ScopeRow{{Name: "read", Resource: a}, {Name: "x", Resource: b}, {Name: "delete", Resource: b, Dangerous: true}})
	if len(got) != 2 || !got[0].Dangerous || got[0].Title != b || got[0].Rows[0].Name != "delete" || got[0].Rows[1].Name != "x" {
		t.Errorf("%+v", got)
	}
}

func TestMultiples_are_drawn_to_one_scale(t *testing.T) {
	day := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	m := Multiples{Days: []time.Time{day, day.AddDate(0, 0, 1)}, Rows: []Series{{Label: "often", Counts: []int{64, 0}}, {Label: "rare", Counts: []int{1, 32}}}}
	if got := m.Rects(0); len(got) != 1 || got[0].Height != rowHeight || got[0].Top != 0 || got[0].Count != 64 {
		t.Errorf("%+v", got)
	}
	// Half as many is half as high, and what is there at all can be seen.
	if got := m.Rects(1); len(got) != 2 || got[0].Height != 3 || got[1].Height != rowHeight/2 || got[1].Left != columnsWidth/2 {
		t.Errorf("%+v", got)
	}
	if m.Rows[1].Total() != 33 || m.First() != day || m.Last() != m.Days[1] {
		t.Errorf("%+v", m)
	}
}
