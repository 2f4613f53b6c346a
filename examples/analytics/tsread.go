package analytics

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
	"unicode/utf8"
)

// The limits of a tsRequest (A123). encoding/xml and encoding/json have none of their own.
const (
	maxBody       = 1 << 20
	maxDepth      = 16
	maxAttributes = 128
)

// element is a part of a tsRequest, the same whether it came as XML or as JSON.
type element struct {
	name  string
	attrs map[string]string
	kids  []*element
}

// attr gives an attribute and whether it was sent: absent and empty are different things in an update.
func (e *element) attr(name string) (string, bool) {
	v, sent := e.attrs[name]
	return v, sent
}

// kid gives the first child of that name, or nil.
func (e *element) kid(name string) *element {
	for _, k := range e.kids {
		if k.name == name {
			return k
		}
	}
	return nil
}

// ref gives the id attribute of a child such as <project id="…"/>, and whether it was sent.
func (e *element) ref(name string) (string, bool) {
	if k := e.kid(name); k != nil {
		return k.attr("id")
	}
	return "", false
}

// flag reads a boolean attribute, in any case, as Python clients send them.
func (e *element) flag(name string) (value, sent bool, err error) {
	v, sent := e.attrs[name]
	if !sent {
		return false, false, nil
	}
	value, err = parseBool(name, v)
	return value, true, err
}

// flags reads boolean attributes to where they belong. What was not sent stays as it is.
func (e *element) flags(to map[string]*bool) error {
	for name, v := range to {
		value, sent, err := e.flag(name)
		if err != nil {
			return err
		}
		if sent {
			*v = value
		}
	}
	return nil
}

func parseBool(name, v string) (bool, error) {
	switch {
	case strings.EqualFold(v, "true"):
		return true, nil
	case strings.EqualFold(v, "false"):
		return false, nil
	}
	return false, refuse(codeBoolean, "Invalid boolean value '%s' for parameter '%s'.", v, name)
}

func malformed(why string, args ...any) *fault {
	f := refuse(codeMalformed, "Payload is either malformed or incomplete: %s", fmt.Sprintf(why, args...))
	return f
}

// readBody reads the body of a request and gives the one element of that name below its root.
func readBody(r *http.Request, name string) (*element, error) {
	root, err := readRoot(r)
	if err != nil {
		return nil, err
	}
	return root.only(name)
}

// only gives the child of that name, which must stand there exactly once (A120).
func (e *element) only(name string) (*element, error) {
	var found *element
	for _, k := range e.kids {
		if k.name != name {
			continue
		}
		if found != nil {
			return nil, malformed("%s stands there twice.", name)
		}
		found = k
	}
	if found == nil {
		return nil, malformed("there is no %s element.", name)
	}
	return found, nil
}

func readRoot(r *http.Request) (*element, error) {
	raw, err := readAll(r.Body)
	if err != nil {
		return nil, err
	}
	return parseRequest(r.Header.Get("Content-Type"), raw)
}

// readAll reads what may be at most a tsRequest in size.
func readAll(body io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(body, maxBody+1))
	if err != nil {
		return nil, malformed("the body could not be read to its end.")
	}
	if len(raw) > maxBody {
		return nil, refuse(codeTooLarge, "A request document may have %d bytes at most.", maxBody)
	}
	return raw, nil
}

// parseRequest reads a tsRequest. Content-Type decides the form (A124); where it is missing, the first character does.
func parseRequest(contentType string, raw []byte) (*element, error) {
	if !utf8.Valid(raw) {
		return nil, malformed("it is not UTF-8.")
	}
	form := ""
	if contentType == "" {
		if t := bytes.TrimLeft(raw, " \t\r\n"); len(t) > 0 && t[0] == '{' {
			form = "application/json"
		} else {
			form = "text/xml"
		}
	} else if t, _, err := mime.ParseMediaType(contentType); err == nil {
		form = t
	}
	switch form {
	case "text/xml", "application/xml":
		return parseXML(raw)
	case "application/json":
		return parseJSON(raw)
	}
	return nil, refuse(codeMediaType, "The body must be application/xml, text/xml or application/json, not '%s'.", contentType)
}

// parseXML reads the document token by token, because Unmarshal takes a second root, repeated attributes, a DOCTYPE
// and any depth without a word (A120-A123).
func parseXML(raw []byte) (*element, error) {
	d := xml.NewDecoder(bytes.NewReader(raw))
	var root *element
	var open []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, malformed("it is not well-formed XML.")
		}
		switch t := token.(type) {
		case xml.StartElement:
			if root != nil && len(open) == 0 {
				return nil, malformed("it has two roots.")
			}
			if len(open) == maxDepth {
				return nil, malformed("it is nested more than %d levels deep.", maxDepth)
			}
			if !ours(t.Name.Space) {
				if root == nil {
					return nil, malformed("its root is in a foreign namespace.")
				}
				if err := skip(d, len(open)); err != nil {
					return nil, err
				}
				continue
			}
			e, err := startElement(t)
			if err != nil {
				return nil, err
			}
			if root == nil {
				root = e
			} else {
				parent := open[len(open)-1]
				parent.kids = append(parent.kids, e)
			}
			open = append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			if len(open) == 0 && len(bytes.TrimSpace(t)) > 0 {
				return nil, malformed("there is text outside its root.")
			}
		case xml.Directive:
			return nil, malformed("it has a document type declaration.")
		case xml.ProcInst:
			if t.Target != "xml" || root != nil {
				return nil, malformed("it has a processing instruction.")
			}
		}
	}
	if root == nil || root.name != "tsRequest" {
		return nil, malformed("its root is not tsRequest.")
	}
	return root, nil
}

func ours(space string) bool { return space == "" || space == namespace || space == oldNamespace }

// skip passes over an element of a foreign namespace, within the same depth.
func skip(d *xml.Decoder, depth int) error {
	for level := 1; level > 0; {
		token, err := d.Token()
		if err != nil {
			return malformed("it is not well-formed XML.")
		}
		switch token.(type) {
		case xml.StartElement:
			if level++; depth+level > maxDepth {
				return malformed("it is nested more than %d levels deep.", maxDepth)
			}
		case xml.EndElement:
			level--
		case xml.Directive:
			return malformed("it has a document type declaration.")
		}
	}
	return nil
}

func startElement(t xml.StartElement) (*element, error) {
	if len(t.Attr) > maxAttributes {
		return nil, malformed("an element has more than %d attributes.", maxAttributes)
	}
	e := &element{name: t.Name.Local, attrs: make(map[string]string, len(t.Attr))}
	for _, a := range t.Attr {
		// Attributes of other namespaces, and the declarations themselves, say nothing to us (A120).
		if a.Name.Space != "" || a.Name.Local == "xmlns" {
			continue
		}
		if _, again := e.attrs[a.Name.Local]; again {
			return nil, malformed("the attribute %s stands there twice.", a.Name.Local)
		}
		e.attrs[a.Name.Local] = a.Value
	}
	return e, nil
}

// parseJSON reads the same document as JSON: members with plain values are attributes, objects and arrays of objects
// are child elements. A name that stands there twice is refused (A127).
func parseJSON(raw []byte) (*element, error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, malformed("it is not a JSON object.")
	}
	root, err := readObject(d, "tsRequest", 1)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("something follows the JSON object.")
	}
	// The root may be written out, as it is in XML.
	if len(root.kids) == 1 && root.kids[0].name == "tsRequest" {
		root = root.kids[0]
	}
	return root, nil
}

// readObject reads the members of an object whose opening brace was read.
func readObject(d *json.Decoder, name string, depth int) (*element, error) {
	if depth > maxDepth {
		return nil, malformed("it is nested more than %d levels deep.", maxDepth)
	}
	e := &element{name: name, attrs: make(map[string]string)}
	seen := make(map[string]bool)
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, malformed("it is not JSON.")
		}
		member := key.(string) // the decoder gives nothing else in this place
		if seen[member] {
			return nil, malformed("the member %s stands there twice.", member)
		}
		if seen[member] = true; len(seen) > maxAttributes {
			return nil, malformed("an object has more than %d members.", maxAttributes)
		}
		if err := readMember(d, e, member, depth); err != nil {
			return nil, err
		}
	}
	if _, err := d.Token(); err != nil {
		return nil, malformed("it is not JSON.")
	}
	return e, nil
}

func readMember(d *json.Decoder, e *element, member string, depth int) error {
	value, err := d.Token()
	if err != nil {
		return malformed("it is not JSON.")
	}
	switch v := value.(type) {
	case string:
		e.attrs[member] = v
	case bool:
		e.attrs[member] = fmt.Sprint(v)
	case json.Number:
		e.attrs[member] = v.String()
	case nil:
		return malformed("the member %s is null.", member)
	case json.Delim:
		if v == '{' {
			kid, err := readObject(d, member, depth+1)
			if err != nil {
				return err
			}
			e.kids = append(e.kids, kid)
			return nil
		}
		for d.More() {
			if t, err := d.Token(); err != nil || t != json.Delim('{') {
				return malformed("the array %s holds something that is not an object.", member)
			}
			kid, err := readObject(d, member, depth+1)
			if err != nil {
				return err
			}
			e.kids = append(e.kids, kid)
		}
		if _, err := d.Token(); err != nil {
			return malformed("it is not JSON.")
		}
	}
	return nil
}
