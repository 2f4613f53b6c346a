package tableau

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

const (
	xmlHead = `<?xml version='1.0' encoding='UTF-8'?><tsResponse xmlns="http://tableau.com/api"` +
		` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"` +
		` xsi:schemaLocation="http://tableau.com/api https://help.tableau.com/samples/en-us/rest_api/ts-api_%s.xsd">`
	xmlFoot = `</tsResponse>`
)

// element is a node of an answer. Both forms are written from it, so that they cannot say different things.
type element struct {
	name     string
	attrs    []attribute
	text     string
	children []element
}

type attribute struct{ name, value string }

// acceptFormat is JSON if Accept lists application/json anywhere, and XML otherwise: the vendor's Python client sends
// */* and reads nothing but XML, axios lists JSON first of three.
func acceptFormat(h http.Header) format {
	for _, line := range h.Values("Accept") {
		for entry := range strings.SplitSeq(line, ",") {
			t, params, err := mime.ParseMediaType(entry)
			if err != nil || t != "application/json" {
				continue
			}
			// A weight of zero says "not this one" (RFC 9110 §12.4.2).
			if q, err := strconv.ParseFloat(params["q"], 64); err != nil || q > 0 {
				return formatJSON
			}
		}
	}
	return formatXML
}

// write sends an answer in the form that the request asks for.
func write(w http.ResponseWriter, r *http.Request, status int, e element) {
	var body []byte
	h := w.Header()
	if acceptFormat(r.Header) == formatJSON {
		body = e.toJSON()
		h.Set("Content-Type", "application/json;charset=UTF-8")
	} else {
		body = e.toXML(schemaVersion(r.URL.Path))
		h.Set("Content-Type", "application/xml;charset=UTF-8")
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Add("Vary", "Accept")
	w.WriteHeader(status)
	// Whoever asked may be gone; there is nobody to tell.
	_, _ = w.Write(body)
}

// toXML is the whole document.
func (e element) toXML(schema string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, xmlHead, schema)
	e.xml(&b)
	b.WriteString(xmlFoot)
	return b.Bytes()
}

// xml escapes every value; what XML cannot carry becomes U+FFFD (A126). Writing to a buffer cannot fail.
func (e element) xml(b *bytes.Buffer) {
	b.WriteString("<" + e.name)
	for _, a := range e.attrs {
		b.WriteString(" " + a.name + `="`)
		_ = xml.EscapeText(b, []byte(a.value))
		b.WriteByte('"')
	}
	if e.text == "" && len(e.children) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	_ = xml.EscapeText(b, []byte(e.text))
	for _, c := range e.children {
		c.xml(b)
	}
	b.WriteString("</" + e.name + ">")
}

// toJSON is the whole document: the root has no name, children and attributes are members.
func (e element) toJSON() []byte {
	b := append([]byte{'{'}, quote(e.name)...)
	b = append(b, ':')
	b = e.json(b)
	return append(b, '}')
}

func (e element) json(b []byte) []byte {
	if len(e.attrs) == 0 && len(e.children) == 0 {
		return append(b, quote(e.text)...)
	}
	b = append(b, '{')
	member := func(name string) {
		if b[len(b)-1] != '{' {
			b = append(b, ',')
		}
		b = append(append(b, quote(name)...), ':')
	}
	if e.text != "" {
		member("value") // the text of an element that has attributes too
		b = append(b, quote(e.text)...)
	}
	for _, c := range e.children {
		member(c.name)
		b = c.json(b)
	}
	for _, a := range e.attrs {
		member(a.name)
		b = append(b, quote(a.value)...)
	}
	return append(b, '}')
}

// quote writes a JSON string. What is not UTF-8 becomes U+FFFD, and control characters are escaped.
func quote(s string) []byte {
	b, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\uFFFD")) // fails on bad UTF-8 only
	return b
}

// latestVersion is the version of the API that serverInfo names, and the schema's where the path names none. It is the
// last one with every method of the analytics catalog: classic metrics ended with 3.22.
const latestVersion = "3.21"

// schemaVersion is the version of the request's path as it stands in the name of a schema, such as 3_21.
func schemaVersion(path string) string {
	v := latestVersion
	if rest, ok := strings.CutPrefix(path, "/api/"); ok {
		if first, _, _ := strings.Cut(rest, "/"); supported(first) {
			v = first
		}
	}
	return strings.ReplaceAll(v, ".", "_")
}

// versioned says whether a path segment has the form of a version: digits, point, digits.
func versioned(s string) bool {
	major, minor, ok := strings.Cut(s, ".")
	return ok && digits(major) && digits(minor)
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// supported says whether a version is one that is answered: 2.0 to 3.99.
func supported(s string) bool {
	major, minor, _ := strings.Cut(s, ".")
	return versioned(s) && (major == "2" || major == "3") && len(minor) <= 2 && (len(minor) == 1 || minor[0] != '0')
}
