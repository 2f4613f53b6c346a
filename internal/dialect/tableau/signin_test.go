package tableau

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"prokura/internal/access"
	"prokura/internal/refusal"
)

// reads parses a body that must be taken.
func reads(t *testing.T, contentType, body string) access.SignInRequest {
	t.Helper()
	q, err := parseSignIn(headerOf(contentType), []byte(body))
	if err != nil {
		t.Fatalf("parseSignIn(%q, %.200q) = %v, want it read", contentType, body, err)
	}
	return q
}

// refuses parses a body that must be refused with the code given.
func refuses(t *testing.T, contentType, body string, code refusal.Code) {
	t.Helper()
	q, err := parseSignIn(headerOf(contentType), []byte(body))
	if err == nil {
		t.Errorf("parseSignIn(%q, %.200q) = %+v, want %s", contentType, body, q, code)
		return
	}
	if _, ok := errors.AsType[*refusal.Error](err); !ok || refusal.Of(err).First().Code != code {
		t.Errorf("parseSignIn(%q, %.200q) = %v, want %s", contentType, body, err, code)
	}
	if q != (access.SignInRequest{}) {
		t.Errorf("parseSignIn(%q, %.200q) gave %+v beside its refusal", contentType, body, q)
	}
}

func headerOf(v string) []string {
	if v == "" {
		return nil
	}
	return []string{v}
}

const (
	unreadableBody  = refusal.SignInBodyUnreadable
	unsupportedKind = refusal.SignInKindUnsupported
)

func TestSignIn_formsThatClientsSend(t *testing.T) {
	plain := access.SignInRequest{ContentURL: "mycodotcom", Assertion: "a.b.c"}
	user := access.SignInRequest{ContentURL: "mycodotcom", Assertion: "a.b.c", UserID: "no id at all"}
	for _, c := range []struct {
		name, contentType, body string
		want                    access.SignInRequest
	}{
		{"the official Python client: no Content-Type, no declaration, isUat", "",
			`<tsRequest><credentials jwt="a.b.c" isUat="false"><site contentUrl="mycodotcom" /></credentials></tsRequest>`, plain},
		{"the official collection", "application/xml",
			"<tsRequest>\n\t<credentials jwt='a.b.c'>\n\t\t<site contentUrl='mycodotcom'/>\n\t</credentials>\n</tsRequest>\n", plain},
		{"a declaration, a comment and the namespace", "text/xml; charset=utf-8",
			`<?xml version="1.0" encoding="utf-8"?><!-- hello --><tsRequest xmlns="http://tableau.com/api" ` +
				`xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><credentials jwt="a.b.c"><site contentUrl="mycodotcom"></site></credentials></tsRequest><!-- bye -->`, plain},
		{"a prefixed namespace", "application/xml",
			`<ns0:tsRequest xmlns:ns0="http://tableau.com/api"><ns0:credentials jwt="a.b.c"><ns0:site contentUrl="mycodotcom"/></ns0:credentials></ns0:tsRequest>`, plain},
		{"a prefix declared anew further in", "application/xml",
			`<a:tsRequest xmlns:a="http://tableau.com/api"><b:credentials xmlns:b="http://tableau.com/api" jwt="a.b.c"><a:site contentUrl="mycodotcom"/></b:credentials></a:tsRequest>`, plain},
		{"where the schema is, as bindings made from it send", "application/xml",
			`<tsRequest xsi:schemaLocation="http://tableau.com/api ts-api.xsd" xmlns="http://tableau.com/api" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">` +
				`<credentials jwt="a.b.c"><site contentUrl="mycodotcom"/></credentials></tsRequest>`, plain},
		{"the old namespace", "application/xml",
			`<tsRequest xmlns="http://tableausoftware.com/api"><credentials jwt="a.b.c"><site contentUrl="mycodotcom"/></credentials></tsRequest>`, plain},
		{"a byte order mark before XML", "",
			"\uFEFF" + `<?xml version="1.0"?><tsRequest><credentials jwt="a.b.c"><site contentUrl="mycodotcom"/></credentials></tsRequest>`, plain},
		{"blanks before the first character", "",
			" \r\n\t<tsRequest><credentials jwt=\"a.b.c\"><site contentUrl=\"mycodotcom\"/></credentials></tsRequest>", plain},
		{"attributes and elements of later versions", "application/xml",
			`<tsRequest><credentials later="1" jwt="a.b.c"><later when="now">text<deeper/></later><site contentUrl="mycodotcom" zone="eu"/></credentials><more/></tsRequest>`, plain},
		{"character references in values", "application/xml",
			`<tsRequest><credentials jwt="a.&#98;.c"><site contentUrl="&#x6d;ycodotcom"/></credentials></tsRequest>`, plain},
		{"a user element, whatever its id", "application/xml",
			`<tsRequest><credentials jwt="a.b.c"><user id="no id at all"/><site contentUrl="mycodotcom"/></credentials></tsRequest>`, user},
		{"an empty jwt, which the verification refuses", "application/xml",
			`<tsRequest><credentials jwt=""><site contentUrl="mycodotcom"/></credentials></tsRequest>`, access.SignInRequest{ContentURL: "mycodotcom"}},

		{"the official JSON client", "application/json",
			`{"credentials":{"jwt":"a.b.c","isUat":false,"site":{"contentUrl":"mycodotcom"}}}`, plain},
		{"JSON with a charset, booleans as text", "application/json; charset=UTF-8",
			`{"credentials":{"site":{"contentUrl":"mycodotcom"},"isUat":"false","jwt":"a.b.c"}}`, plain},
		{"JSON without Content-Type", "",
			"\n {\"credentials\":{\"jwt\":\"a.b.c\",\"site\":{\"contentUrl\":\"mycodotcom\"}}}\n", plain},
		{"JSON with unknown members of any kind", "application/json",
			`{"v":[1e999,null],"credentials":{"later":{"credentials":1},"jwt":"a.b.c","site":{"contentUrl":"mycodotcom","x":null}}}`, plain},
		{"JSON with a user", "application/json",
			`{"credentials":{"jwt":"a.b.c","user":{"id":"no id at all"},"site":{"contentUrl":"mycodotcom"}}}`, user},
	} {
		if diff := cmp.Diff(c.want, reads(t, c.contentType, c.body)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

func TestSignIn_otherKindsAreNamed(t *testing.T) {
	for _, attrs := range []string{
		`name="ada" password="secret"`, `name="ada"`, `password="secret"`,
		`personalAccessTokenName="n" personalAccessTokenSecret="s"`, `personalAccessTokenSecret="s"`,
		`jwt="a.b.c" isUat="true"`, `jwt="a.b.c" isUat="True"`,
	} {
		refuses(t, "", `<tsRequest><credentials `+attrs+`><site contentUrl="m"/></credentials></tsRequest>`, unsupportedKind)
	}
	refuses(t, "application/json", `{"credentials":{"name":"ada","password":"secret","site":{"contentUrl":"m"}}}`, unsupportedKind)
	refuses(t, "application/json", `{"credentials":{"jwt":"a.b.c","isUat":true,"site":{"contentUrl":"m"}}}`, unsupportedKind)
	// Two kinds at once have two meanings.
	refuses(t, "", `<tsRequest><credentials jwt="a.b.c" name="ada"><site contentUrl="m"/></credentials></tsRequest>`, unreadableBody)

	_, err := parseSignIn(nil, []byte(`<tsRequest><credentials name="ada" password="pa55word"><site contentUrl="m"/></credentials></tsRequest>`))
	if strings.Contains(err.Error(), "pa55word") || strings.Contains(err.Error(), "ada") {
		t.Errorf("the refusal repeats a credential: %v", err)
	}
}

func TestSignIn_incomplete(t *testing.T) {
	for _, body := range []string{
		``, ` `, `jwt`, `<tsRequest/>`, `<tsRequest></tsRequest>`,
		`<tsRequest><credentials jwt="a.b.c"/></tsRequest>`,
		`<tsRequest><credentials jwt="a.b.c"><site/></credentials></tsRequest>`,
		`<tsRequest><credentials><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="a.b.c"><site contentUrl="m"/><user/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="a.b.c"><site contentUrl="m"/></credentials>`,
		`<tsRequest><credentials jwt="a.b.c"><site contentUrl="m"></credentials></site></tsRequest>`,
		`<tsRequest><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></tsRequest></tsRequest>`,
		`{}`, `{"credentials":{}}`, `{"credentials":{"jwt":"a.b.c"}}`, `{"credentials":{"jwt":"a.b.c","site":{}}}`,
		`{"credentials":{"site":{"contentUrl":"m"}}}`,
	} {
		refuses(t, "", body, unreadableBody)
	}
}

func TestA120_twoOfAnything(t *testing.T) {
	for _, body := range []string{
		`<tsRequest><credentials jwt="good" jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest xmlns:a="http://x"><credentials jwt="good" a:jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest xmlns:a="http://x"><credentials a:jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest xmlns:a=""><credentials a:jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest xmlns:a="http://tableau.com/api"><credentials jwt="good" a:jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="good" b:jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="good" xml:jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest xmlns:x="http://www.w3.org/2001/XMLSchema-instance"><credentials x:jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest xmlns:x="http://www.w3.org/2001/XMLSchema-instance" x:schemaLocation="a" x:schemaLocation="b"><credentials jwt="good"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest xmlns:x="http://tableau.com/api" x:schemaLocation="a"><credentials jwt="good"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest xmlns="" xmlns=""><credentials jwt="good"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="good"><site contentUrl="m"/></credentials><credentials jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="good"><site contentUrl="m"/><site contentUrl="n"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="good"><site contentUrl="m" contentUrl="n"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="good"><site contentUrl="m"/><user id="1"/><user id="2"/></credentials></tsRequest>`,
		// The same in a place where another reader might look.
		`<tsRequest><credentials jwt="good"><site contentUrl="m"><credentials jwt="evil"/></site></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="good"><site contentUrl="m"/></credentials><later><credentials jwt="evil"/></later></tsRequest>`,
		`<tsRequest><credentials jwt="good"><site contentUrl="m"/></credentials><site contentUrl="n"/></tsRequest>`,
		`<tsRequest><credentials jwt="good"><site contentUrl="m"/></credentials><x:credentials xmlns:x="http://x" jwt="evil"/></tsRequest>`,
		`<tsRequest><tsRequest><credentials jwt="good"><site contentUrl="m"/></credentials></tsRequest></tsRequest>`,
	} {
		refuses(t, "application/xml", body, unreadableBody)
	}
}

func TestA121_aroundTheRoot(t *testing.T) {
	const good = `<tsRequest><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></tsRequest>`
	for _, body := range []string{
		"garbage" + good, good + "garbage", good + good, good + "<a/>", "<a/>" + good, good + "\x00",
		good + "<![CDATA[ ]]>", good + "&#32;", "&#32;" + good, good + "</tsRequest>",
		strings.ReplaceAll(good, "tsRequest", "tsResponse"), strings.ReplaceAll(good, "tsRequest", "TSRequest"),
		strings.ReplaceAll(good, "jwt", "JWT"), strings.ReplaceAll(good, "credentials", "Credentials"),
		strings.ReplaceAll(good, "site", "Site"), strings.ReplaceAll(good, "contentUrl", "contentURL"),
		strings.ReplaceAll(good, "jwt=", `JWT="evil" jwt=`),
		strings.ReplaceAll(good, "<tsRequest>", `<tsRequest xmlns="http://example.com/api">`),
		strings.ReplaceAll(good, "<tsRequest>", `<tsRequest xmlns="http://tableau.com/api/">`),
		`<a:tsRequest><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></a:tsRequest>`,
		`<a:tsRequest xmlns:a="http://tableau.com/api"><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></a:tsRequest>`,
		`<tsRequest>text<credentials jwt="a.b.c"><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt="a.b.c"><![CDATA[text]]><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt=a.b.c><site contentUrl="m"/></credentials></tsRequest>`,
		`<tsRequest><credentials jwt><site contentUrl="m"/></credentials></tsRequest>`,
	} {
		refuses(t, "application/xml", body, unreadableBody)
	}
}

func TestA122_nothingIsDeclaredOrExpanded(t *testing.T) {
	const good = `<tsRequest><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></tsRequest>`
	for _, body := range []string{
		`<!DOCTYPE tsRequest>` + good,
		`<!DOCTYPE tsRequest SYSTEM "http://127.0.0.1/evil.dtd">` + good,
		`<!DOCTYPE tsRequest [<!ENTITY e "evil">]>` + strings.ReplaceAll(good, "a.b.c", "&e;"),
		`<!DOCTYPE t [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>` + strings.ReplaceAll(good, "a.b.c", "&b;"),
		`<!DOCTYPE t [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>` + good,
		strings.ReplaceAll(good, "a.b.c", "&e;"),
		strings.ReplaceAll(good, "a.b.c", "&nbsp;"),
		`<!ELEMENT tsRequest ANY>` + good, good + `<!DOCTYPE tsRequest>`,
		`<?php echo 1 ?>` + good, good + `<?pi?>`, `<tsRequest><?pi?><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></tsRequest>`,
		` <?xml version="1.0"?>` + good, `<?xml version="1.0"?><?xml version="1.0"?>` + good, good + `<?xml version="1.0"?>`,
		`<?xml version="1.1"?>` + good,
		`<tsRequest xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></tsRequest>`,
	} {
		refuses(t, "application/xml", body, unreadableBody)
	}
}

func TestA123_boundsAndEncodings(t *testing.T) {
	const good = `<tsRequest><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></tsRequest>`
	many := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, ` a%d="x"`, i)
		}
		return strings.Replace(good, " jwt", b.String()+" jwt", 1)
	}
	deep := func(n int) string {
		return strings.Replace(good, "</tsRequest>", strings.Repeat("<d>", n)+strings.Repeat("</d>", n)+"</tsRequest>", 1)
	}
	reads(t, "application/xml", many(15)) // and jwt itself: sixteen
	reads(t, "application/xml", deep(7))  // and the root: eight
	for _, body := range []string{
		many(16), many(5000), deep(8), deep(9000),
		"\uFEFF\uFEFF" + good, "\xFE\xFF\x00<\x00t", "\xFF\xFE<\x00t\x00",
		`<?xml version="1.0" encoding="UTF-16"?>` + good,
		`<?xml version="1.0" encoding="ISO-8859-1"?>` + good,
		`<?xml version="1.0" encoding="IBM037"?>` + good, "\x4c\xa7\x94\x93",
		strings.ReplaceAll(good, "a.b.c", "a\xFFb"), strings.ReplaceAll(good, "a.b.c", "a\x01b"),
		strings.ReplaceAll(good, "a.b.c", "&#0;"),
	} {
		refuses(t, "application/xml", body, unreadableBody)
	}
	for _, t1 := range []string{"text/xml; charset=utf-16", "application/json; charset=latin1"} {
		refuses(t, t1, good, refusal.MediaTypeUnsupported)
	}
}

func TestA124_contentTypeDecides(t *testing.T) {
	const (
		asXML  = `<tsRequest><credentials jwt="a.b.c"><site contentUrl="m"/></credentials></tsRequest>`
		asJSON = `{"credentials":{"jwt":"a.b.c","site":{"contentUrl":"m"}}}`
	)
	refuses(t, "application/json", asXML, unreadableBody)
	refuses(t, "application/xml", asJSON, unreadableBody)
	refuses(t, "text/xml", asJSON, unreadableBody)
	for _, other := range []string{"application/octet-stream", "multipart/form-data; boundary=x", "text/html", "*/*",
		"application/vnd.api+json", "application/xhtml+xml", "nonsense", ";", "application/json, text/xml"} {
		refuses(t, other, asXML, refusal.MediaTypeUnsupported)
		refuses(t, other, asJSON, refusal.MediaTypeUnsupported)
	}
	if _, err := parseSignIn([]string{"text/xml", "application/json"}, []byte(asXML)); refusal.Of(err).First().Code != refusal.MediaTypeUnsupported {
		t.Errorf("two Content-Type headers gave %v, want %s", err, refusal.MediaTypeUnsupported)
	}
}

func TestA125_contentURLIsPassedOnAsItIs(t *testing.T) {
	for _, url := range []string{"", "..", "MyCoDotCom", "a/b", "ä", "%00", "mycodotcom "} {
		got := reads(t, "application/xml", `<tsRequest><credentials jwt="a.b.c"><site contentUrl="`+url+`"/></credentials></tsRequest>`)
		if got.ContentURL != url {
			t.Errorf("content URL = %q, want %q untouched", got.ContentURL, url)
		}
	}
	refuses(t, "application/xml", "<tsRequest><credentials jwt=\"a.b.c\"><site contentUrl=\"a\x00\"/></credentials></tsRequest>", unreadableBody)
	// JSON can write what XML cannot; no tenant has such a content URL.
	if got := reads(t, "application/json", `{"credentials":{"jwt":"a.b.c","site":{"contentUrl":"a\u0000"}}}`); got.ContentURL != "a\x00" {
		t.Errorf("content URL = %q", got.ContentURL)
	}
}

func TestA127_strictJSON(t *testing.T) {
	for _, body := range []string{
		`{"credentials":{"jwt":"good","jwt":"evil","site":{"contentUrl":"m"}}}`,
		`{"credentials":{"jwt":"good","\u006awt":"evil","site":{"contentUrl":"m"}}}`,
		`{"credentials":{"jwt":"good","site":{"contentUrl":"m"}},"credentials":{"jwt":"evil","site":{"contentUrl":"m"}}}`,
		`{"credentials":{"jwt":"good","site":{"contentUrl":"m"}}}{}`,
		`{"credentials":{"jwt":"good","site":{"contentUrl":"m"}}} x`,
		`{"credentials":{"JWT":"good","site":{"contentUrl":"m"}}}`,
		`{"credentials":{"jwt":"good","Jwt":"evil","site":{"contentUrl":"m"}}}`,
		`{"Credentials":{"jwt":"good","site":{"contentUrl":"m"}}}`,
		`{"tsRequest":{"credentials":{"jwt":"good","site":{"contentUrl":"m"}}}}`,
		`null`, `[]`, `"text"`, `1`, `{"credentials":null}`, `{"credentials":[]}`, `{"credentials":"x"}`,
		`{"credentials":{"jwt":null,"site":{"contentUrl":"m"}}}`, `{"credentials":{"jwt":1e999,"site":{"contentUrl":"m"}}}`,
		`{"credentials":{"jwt":["good"],"site":{"contentUrl":"m"}}}`, `{"credentials":{"jwt":true,"site":{"contentUrl":"m"}}}`,
		`{"credentials":{"jwt":"good","site":null}}`, `{"credentials":{"jwt":"good","site":[{"contentUrl":"m"}]}}`,
		`{"credentials":{"jwt":"good","site":{"contentUrl":null}}}`, `{"credentials":{"jwt":"good","isUat":1,"site":{"contentUrl":"m"}}}`,
		`{"credentials":{"jwt":"good","user":null,"site":{"contentUrl":"m"}}}`,
		"\uFEFF" + `{"credentials":{"jwt":"good","site":{"contentUrl":"m"}}}`,
		`{"credentials":{"jwt":"\ud800","site":{"contentUrl":"m"}}}`,
		"{\"credentials\":{\"jwt\":\"\xff\",\"site\":{\"contentUrl\":\"m\"}}}",
		`{"credentials":{"jwt":"good","site":{"contentUrl":"m"}},}`, `{'credentials':{}}`, `{/**/}`,
		`{"x":` + strings.Repeat("[", 10000) + strings.Repeat("]", 10000) + `,"credentials":{"jwt":"good","site":{"contentUrl":"m"}}}`,
	} {
		refuses(t, "application/json", body, unreadableBody)
	}
}

func TestA128_typesOfCrossSiteForms(t *testing.T) {
	for _, form := range []string{"text/plain", "text/plain;charset=UTF-8", "multipart/form-data; boundary=x"} {
		refuses(t, form, `{"credentials":{"jwt":"a.b.c","site":{"contentUrl":"m"}}}`, refusal.MediaTypeUnsupported)
	}
}

// A parser of foreign input answers a request or a refusal of ours, and never both or neither.
func fuzzSignIn(f *testing.F, contentType string) {
	f.Fuzz(func(t *testing.T, body []byte) {
		q, err := parseSignIn(headerOf(contentType), body)
		if err == nil {
			return
		}
		if q != (access.SignInRequest{}) {
			t.Errorf("%+v beside %v", q, err)
		}
		switch c := refusal.Of(err).First().Code; c {
		case unreadableBody, unsupportedKind:
		default:
			t.Errorf("refused with %s: %v", c, err)
		}
	})
}

func FuzzSignInXML(f *testing.F) {
	f.Add([]byte(`<?xml version="1.0"?><n:tsRequest xmlns:n="http://tableau.com/api"><n:credentials jwt="a.b.c" isUat="false"><n:site contentUrl="m"/><n:user id="u"/></n:credentials></n:tsRequest>`))
	f.Add([]byte(`<tsRequest><credentials jwt="good" a:jwt="evil"><site contentUrl="m"/></credentials></tsRequest>`))
	f.Add([]byte(`<!DOCTYPE t [<!ENTITY e "x">]><tsRequest>&e;</tsRequest>`))
	f.Add([]byte("\uFEFF<tsRequest><![CDATA[x]]><!-- c --><a><b/></a></tsRequest>"))
	fuzzSignIn(f, "application/xml")
}

func FuzzSignInJSON(f *testing.F) {
	f.Add([]byte(`{"credentials":{"jwt":"a.b.c","isUat":false,"site":{"contentUrl":"m"},"user":{"id":"u"}}}`))
	f.Add([]byte(`{"credentials":{"jwt":"good","\u006awt":"evil","site":null}} {}`))
	f.Add([]byte(`[1e999,"\ud800",null,{"a":{"a":[]}}]`))
	fuzzSignIn(f, "application/json")
}
