package analytics

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	namespace    = "http://tableau.com/api"
	oldNamespace = "http://tableausoftware.com/api"
)

// node is an element of an answer. It is written as XML or as JSON, so that every resource describes its answer once.
type node struct {
	name  string
	attrs []attr
	kids  []*node
	text  string
	// item, where it is set, makes the node a list: every kid is an element of that name. In JSON a list is an object
	// that holds an array, also around a single item, and an empty object where it is empty.
	item string
	// always makes the array stand there even when it is empty.
	always bool
}

// attr is an attribute; its value is a string, bool, int, int64 or digits.
type attr struct {
	name  string
	value any
}

// digits is an integer that JSON writes as a string, as the members of pagination are.
type digits int64

// el makes an element of attrs and nodes. Nil nodes and attributes without a name are left out, so that optional
// parts can stand in line.
func el(name string, parts ...any) *node {
	n := &node{name: name}
	for _, p := range parts {
		switch p := p.(type) {
		case attr:
			if p.name != "" {
				n.attrs = append(n.attrs, p)
			}
		case *node:
			if p != nil {
				n.kids = append(n.kids, p)
			}
		default:
			panic(fmt.Sprintf("a %T is no part of an element", p))
		}
	}
	return n
}

// at makes an attribute.
func at(name string, value any) attr { return attr{name, value} }

// opt makes an attribute that is left out where it is empty.
func opt(name, value string) attr {
	if value == "" {
		return attr{}
	}
	return attr{name, value}
}

// when makes an attribute of a time in the one form that clients read; the zero time is left out.
func when(name string, t time.Time) attr {
	if t.IsZero() {
		return attr{}
	}
	return attr{name, t.UTC().Format("2006-01-02T15:04:05Z")}
}

// list makes a plural element.
func list(plural, item string, items []*node) *node {
	return &node{name: plural, item: item, kids: items}
}

// reply is an answer: a status and the elements below the root. Without elements there is no body.
type reply struct {
	status int
	nodes  []*node
}

func ok(nodes ...*node) *reply      { return &reply{http.StatusOK, nodes} }
func created(nodes ...*node) *reply { return &reply{http.StatusCreated, nodes} }
func noContent() *reply             { return &reply{status: http.StatusNoContent} }

// wantsJSON reads Accept as the product does: JSON where it is named anywhere, XML otherwise, also for */*.
func wantsJSON(r *http.Request) bool {
	for _, v := range r.Header.Values("Accept") {
		if strings.Contains(strings.ToLower(v), "application/json") {
			return true
		}
	}
	return false
}

// write sends the answer in the form that the request asks for.
func (p *reply) write(w http.ResponseWriter, r *http.Request) {
	if len(p.nodes) == 0 {
		w.WriteHeader(p.status)
		return
	}
	var b bytes.Buffer
	contentType := "application/xml;charset=UTF-8"
	if wantsJSON(r) {
		contentType = "application/json;charset=UTF-8"
		writeJSON(&b, &node{kids: p.nodes})
	} else {
		writeDocument(&b, schema(r.URL.Path), p.nodes)
	}
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	h.Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(p.status)
	w.Write(b.Bytes()) // a client that is gone gets nothing; there is nothing to do about it
}

// schema names the schema document of the API version in the path.
func schema(path string) string {
	if parts := strings.Split(path, "/"); len(parts) > 2 && isVersion(parts[2]) {
		return "ts-api_" + strings.ReplaceAll(parts[2], ".", "_") + ".xsd"
	}
	return "ts-api.xsd"
}

func writeDocument(b *bytes.Buffer, schema string, nodes []*node) {
	b.WriteString(`<?xml version='1.0' encoding='UTF-8'?><tsResponse xmlns="` + namespace +
		`" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="` + namespace +
		` https://help.tableau.com/samples/en-us/rest_api/` + schema + `">`)
	for _, n := range nodes {
		writeXML(b, n)
	}
	b.WriteString("</tsResponse>")
}

// writeXML escapes everything that came from a user; characters that XML cannot hold become U+FFFD (A126).
func writeXML(b *bytes.Buffer, n *node) {
	b.WriteByte('<')
	b.WriteString(n.name)
	for _, a := range n.attrs {
		b.WriteByte(' ')
		b.WriteString(a.name)
		b.WriteString(`="`)
		xml.EscapeText(b, []byte(plain(a.value))) // writing to a buffer does not fail
		b.WriteByte('"')
	}
	if n.text == "" && len(n.kids) == 0 {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	xml.EscapeText(b, []byte(n.text))
	for _, k := range n.kids {
		writeXML(b, k)
	}
	b.WriteString("</")
	b.WriteString(n.name)
	b.WriteByte('>')
}

func plain(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case digits:
		return strconv.FormatInt(int64(v), 10)
	}
	panic(fmt.Sprintf("a %T is no value of an attribute", v))
}

// writeJSON writes a node as the value of the member that bears its name.
func writeJSON(b *bytes.Buffer, n *node) {
	switch {
	case n.item != "":
		writeJSONList(b, n)
		return
	case n.text != "" && len(n.attrs) == 0 && len(n.kids) == 0:
		writeJSONValue(b, n.text)
		return
	}
	b.WriteByte('{')
	first := true
	member := func(name string) {
		if !first {
			b.WriteByte(',')
		}
		first = false
		writeJSONValue(b, name)
		b.WriteByte(':')
	}
	if n.text != "" {
		member("value")
		writeJSONValue(b, n.text)
	}
	for _, a := range n.attrs {
		member(a.name)
		writeJSONValue(b, a.value)
	}
	for _, k := range n.kids {
		member(k.name)
		writeJSON(b, k)
	}
	b.WriteByte('}')
}

func writeJSONList(b *bytes.Buffer, n *node) {
	if len(n.kids) == 0 && !n.always {
		b.WriteString("{}")
		return
	}
	b.WriteByte('{')
	writeJSONValue(b, n.item)
	b.WriteString(":[")
	for i, k := range n.kids {
		if i > 0 {
			b.WriteByte(',')
		}
		writeJSON(b, k)
	}
	b.WriteString("]}")
}

func writeJSONValue(b *bytes.Buffer, v any) {
	if d, ok := v.(digits); ok {
		v = plain(d)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("a %T is no value of a member", v))
	}
	b.Write(raw)
}
