package analytics

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// codeOf is the code of a refusal, 0 for none.
func codeOf(err error) int {
	if f, ok := errors.AsType[*fault](err); ok {
		return f.code
	}
	if err != nil {
		return -1
	}
	return 0
}

func TestRequest_forms_that_clients_send(t *testing.T) {
	for what, doc := range map[string][2]string{
		"XML without declaration or namespace": {"text/xml", `<tsRequest><group name="G &amp; H" minimumSiteRole="Viewer"/></tsRequest>`},
		"XML with both":                        {"application/xml", `<?xml version="1.0" encoding="UTF-8"?><tsRequest xmlns="http://tableau.com/api"><group name="G &amp; H" minimumSiteRole="Viewer"/></tsRequest>`},
		"XML with a prefix":                    {"application/xml; charset=utf-8", `<ns0:tsRequest xmlns:ns0="http://tableau.com/api"><ns0:group minimumSiteRole="Viewer" name="G &#38; H"></ns0:group></ns0:tsRequest>`},
		"XML with the old namespace":           {"text/xml", `<tsRequest xmlns="http://tableausoftware.com/api"><group name="G &amp; H" minimumSiteRole="Viewer" new="1"/></tsRequest>`},
		"XML without Content-Type":             {"", "\r\n <tsRequest><group name=\"G &amp; H\" minimumSiteRole=\"Viewer\"/></tsRequest>"},
		"XML with foreign parts":               {"text/xml", `<tsRequest xmlns:x="urn:x"><x:group name="other"><x:a/></x:group><group x:name="evil" name="G &amp; H" minimumSiteRole="Viewer"/></tsRequest>`},
		"JSON":                                 {"application/json", `{"group":{"name":"G & H","minimumSiteRole":"Viewer"}}`},
		"JSON with the root written out":       {"application/json; charset=utf-8", `{"tsRequest":{"group":{"name":"G & H","minimumSiteRole":"Viewer"}}}`},
		"JSON without Content-Type":            {"", ` {"group":{"name":"G & H","minimumSiteRole":"Viewer","n":1,"b":true,"list":[{},{}]}}`},
	} {
		root, err := parseRequest(doc[0], []byte(doc[1]))
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		g, err := root.only("group")
		if err != nil {
			t.Errorf("%s: %v", what, err)
			continue
		}
		if g.attrs["name"] != "G & H" || g.attrs["minimumSiteRole"] != "Viewer" {
			t.Errorf("%s: read as %v", what, g.attrs)
		}
	}
}

// TestA120 to TestA127 as far as they concern this server; each case is refused.
func TestA120_A127_requests_that_mean_two_things_or_too_much(t *testing.T) {
	deep := func(n int) string { return strings.Repeat("<a>", n) + strings.Repeat("</a>", n) }
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, " a%d=''", i)
		}
		return b.String()
	}
	for _, tt := range []struct {
		attack, contentType, doc string
		code                     int
	}{
		{"A120 attribute twice", "text/xml", `<tsRequest><group name="a" name="b"/></tsRequest>`, 400003},
		{"A120 element twice", "text/xml", `<tsRequest><group name="a"/><group name="b"/></tsRequest>`, 400003},
		{"A121 text before the root", "text/xml", `x<tsRequest><group/></tsRequest>`, 400003},
		{"A121 text after the root", "text/xml", `<tsRequest><group/></tsRequest>x`, 400003},
		{"A121 two roots", "text/xml", `<tsRequest><group/></tsRequest><tsRequest><group/></tsRequest>`, 400003},
		{"A121 another root", "text/xml", `<tsResponse><group/></tsResponse>`, 400003},
		{"A121 foreign root", "text/xml", `<tsRequest xmlns="urn:x"><group/></tsRequest>`, 400003},
		{"A122 DOCTYPE", "text/xml", `<!DOCTYPE tsRequest><tsRequest><group/></tsRequest>`, 400003},
		{"A122 entity", "text/xml", `<!DOCTYPE t [<!ENTITY e "x">]><tsRequest><group name="&e;"/></tsRequest>`, 400003},
		{"A122 processing instruction", "text/xml", `<tsRequest><?php x?><group/></tsRequest>`, 400003},
		{"A123 17 levels", "text/xml", `<tsRequest><group>` + deep(15) + `</group></tsRequest>`, 400003},
		{"A123 17 foreign levels", "text/xml", `<tsRequest><x:b xmlns:x="u">` + strings.ReplaceAll(deep(15), "a>", "x:a>") + `</x:b><group/></tsRequest>`, 400003},
		{"A123 129 attributes", "text/xml", `<tsRequest><group` + many(129) + `/></tsRequest>`, 400003},
		{"A123 byte order mark", "text/xml", "\ufeff<tsRequest><group/></tsRequest>", 400003},
		{"A123 UTF-16 declared", "text/xml", `<?xml version="1.0" encoding="UTF-16"?><tsRequest><group/></tsRequest>`, 400003},
		{"A123 bytes that are not UTF-8", "text/xml", "<tsRequest><group name='\xff'/></tsRequest>", 400003},
		{"A124 XML as JSON", "application/json", `<tsRequest><group/></tsRequest>`, 400003},
		{"A124 JSON as XML", "text/xml", `{"group":{}}`, 400003},
		{"A124 a form", "application/x-www-form-urlencoded", `<tsRequest><group/></tsRequest>`, 415000},
		{"A127 member twice", "application/json", `{"group":{"name":"a","name":"b"}}`, 400003},
		{"A127 element twice", "application/json", `{"group":{"name":"a"},"group":{"name":"b"}}`, 400003},
		{"A127 element as a list of two", "application/json", `{"group":[{"name":"a"},{"name":"b"}]}`, 400003},
		{"A127 trailing document", "application/json", `{"group":{}}{}`, 400003},
		{"A127 null", "application/json", `null`, 400003},
		{"A127 null member", "application/json", `{"group":{"name":null}}`, 400003},
		{"A127 list of strings", "application/json", `{"group":["a"]}`, 400003},
		{"A127 17 levels", "application/json", strings.Repeat(`{"group":`, 17) + `{}` + strings.Repeat(`}`, 17), 400003},
		{"A128 text/plain", "text/plain", `{"group":{}}`, 415000},
		{"nothing", "text/xml", ``, 400003},
		{"half of it", "text/xml", `<tsRequest><group name="a"/>`, 400003},
		{"no element", "text/xml", `<tsRequest/>`, 400003},
	} {
		root, err := parseRequest(tt.contentType, []byte(tt.doc))
		if err == nil {
			_, err = root.only("group")
		}
		if got := codeOf(err); got != tt.code {
			t.Errorf("%s: code %d, want %d", tt.attack, got, tt.code)
		}
	}
	if _, err := parseRequest("text/xml", []byte(`<tsRequest><group`+many(128)+`>`+deep(14)+`</group></tsRequest>`)); err != nil {
		t.Errorf("128 attributes and 16 levels: %v", err)
	}
	if _, err := readAll(strings.NewReader(strings.Repeat(" ", maxBody+1))); codeOf(err) != 413000 {
		t.Errorf("too large a body: %v", err)
	}
}

func FuzzParseRequest(f *testing.F) {
	f.Add("text/xml", []byte(`<tsRequest xmlns="http://tableau.com/api"><group name="a"><x/></group></tsRequest>`))
	f.Add("", []byte(`{"group":{"name":"a","n":1,"list":[{"b":true}]}}`))
	f.Add("application/json", []byte(`{"tsRequest":{"a":{}}}`))
	f.Add("text/xml", []byte(`<!DOCTYPE t [<!ENTITY e "x">]><tsRequest/>`))
	f.Fuzz(func(t *testing.T, contentType string, raw []byte) {
		root, err := parseRequest(contentType, raw)
		if err != nil {
			if codeOf(err)/1000 != 400 && codeOf(err)/1000 != 415 {
				t.Fatalf("refused with %v", err)
			}
			return
		}
		var depth func(e *element) int
		depth = func(e *element) int {
			d := 0
			for _, k := range e.kids {
				d = max(d, depth(k))
			}
			if len(e.attrs) > maxAttributes {
				t.Fatalf("%d attributes", len(e.attrs))
			}
			return d + 1
		}
		if d := depth(root); d > maxDepth {
			t.Fatalf("%d levels", d)
		}
	})
}

func FuzzDisposition(f *testing.F) {
	f.Add(`name="request_payload"`)
	f.Add(`form-data; name="request_payload"; filename=""`)
	f.Add(`name="tableau_workbook"; filename="C:\x\..\y.twbx"`)
	f.Fuzz(func(t *testing.T, v string) { disposition(v) })
}
