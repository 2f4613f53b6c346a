package tableau

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// The bounds of a sign-in document (A123).
const (
	maxDepth      = 8
	maxAttributes = 16
)

// namespaces are those that a request's elements may be in. The last is what the API used before version 2.3.
var namespaces = [...]string{"", "http://tableau.com/api", "http://tableausoftware.com/api"}

// schemaInstance is the namespace of attributes that say where a document's schema is. Bindings made from the API's schema
// send them, and they mean nothing to a reader.
const schemaInstance = "http://www.w3.org/2001/XMLSchema-instance"

var schemaPlaces = [...]string{"schemaLocation", "noNamespaceSchemaLocation"}

var byteOrderMark = []byte("\uFEFF")

// readXML reads a tsRequest token by token. encoding/xml alone takes duplicate attributes, lets a prefixed attribute
// override a plain one, and accepts two roots, text around the root, a DOCTYPE and any depth (A120 to A123), so that
// everything is counted here, on raw tokens.
//
// A single UTF-8 byte order mark before the document is skipped, as XML 1.0 §4.3.3 has it.
func readXML(body []byte) (*document, error) {
	body = bytes.TrimPrefix(body, byteOrderMark)
	if !utf8.Valid(body) {
		return nil, errors.New("not UTF-8")
	}
	r := xmlReader{dec: xml.NewDecoder(bytes.NewReader(body)), body: body}
	for {
		start := r.dec.InputOffset()
		tok, err := r.dec.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("not well-formed XML: %w", err)
		}
		if err := r.token(tok, start); err != nil {
			return nil, err
		}
	}
	if len(r.open) > 0 {
		return nil, fmt.Errorf("%s is not closed", short(r.open[len(r.open)-1].name))
	}
	if !r.rooted {
		return nil, errors.New("no tsRequest")
	}
	return &r.doc, nil
}

type xmlReader struct {
	dec    *xml.Decoder
	body   []byte
	open   []frame // the elements that are not closed yet
	rooted bool    // the root was seen
	space  string  // the namespace of the root, and so of every element
	doc    document
}

// frame is an open element. Its raw name is kept because RawToken leaves the matching of end tags to us.
type frame struct {
	name  string
	raw   xml.Name
	known bool              // one of ours, not something to be ignored
	bound map[string]string // prefix to namespace, as declared here; "" is the default
}

func (r *xmlReader) token(tok xml.Token, start int64) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		if len(r.open) == 0 || r.open[len(r.open)-1].raw != t.Name {
			return fmt.Errorf("end tag %s closes nothing", short(t.Name.Local))
		}
		r.open = r.open[:len(r.open)-1]
	case xml.CharData:
		return r.text(t, start)
	case xml.ProcInst:
		// The XML declaration is the only one there may be, and it comes first. The decoder has checked its version
		// and refuses any encoding but UTF-8.
		if t.Target != "xml" || start != 0 {
			return errors.New("processing instructions are not accepted")
		}
	case xml.Directive:
		return errors.New("a DOCTYPE is not accepted") // A122: the first directive ends it; nothing is expanded or fetched
	}
	return nil
}

// text accepts blanks between elements, and anything inside an unknown element. Outside the root the source itself must
// be blank, because a CDATA section or a character reference reads as the text it stands for.
func (r *xmlReader) text(t xml.CharData, start int64) error {
	if len(r.open) == 0 {
		t = r.body[start:r.dec.InputOffset()]
	} else if !r.open[len(r.open)-1].known {
		return nil
	}
	if strings.Trim(string(t), " \t\r\n") != "" {
		return errors.New("text between the elements")
	}
	return nil
}

func (r *xmlReader) start(t xml.StartElement) error {
	if len(r.open) == maxDepth {
		return fmt.Errorf("more than %d elements deep", maxDepth)
	}
	if len(r.open) == 0 && r.rooted {
		return errors.New("more than one root element")
	}
	f := frame{name: t.Name.Local, raw: t.Name}
	attrs, err := r.attributes(&f, t.Attr)
	if err != nil {
		return err
	}
	space, ok := r.namespace(&f, t.Name.Space)
	if !ok || !slices.Contains(namespaces[:], space) || r.rooted && space != r.space {
		return fmt.Errorf("%s is in another namespace than http://tableau.com/api", short(f.name))
	}
	f.known, err = r.doc.element(r.path(), f.name, attrs)
	if err != nil {
		return err
	}
	r.rooted, r.space = true, space
	r.open = append(r.open, f)
	return nil
}

// attributes takes the namespace declarations and the schema's place out, and refuses duplicates and other prefixes: an
// attribute of the API has none, and one bound to the empty namespace would read like a plain one (A120).
func (r *xmlReader) attributes(f *frame, list []xml.Attr) (map[string]string, error) {
	if len(list) > maxAttributes {
		return nil, fmt.Errorf("%s has more than %d attributes", short(f.name), maxAttributes)
	}
	attrs := make(map[string]string, len(list))
	prefixed := make(map[xml.Name]bool)
	for _, a := range list {
		declares := a.Name.Space == "xmlns" || a.Name.Space == "" && a.Name.Local == "xmlns"
		into, key := attrs, a.Name.Local
		switch {
		case declares:
			if f.bound == nil {
				f.bound = map[string]string{}
			}
			into = f.bound
			if a.Name.Space == "" {
				key = ""
			} else if a.Value == "" {
				return nil, fmt.Errorf("the prefix %s is bound to nothing", short(key))
			}
		case a.Name.Space != "":
			if prefixed[a.Name] {
				return nil, fmt.Errorf("the attribute %s stands twice in %s", short(key), short(f.name))
			}
			prefixed[a.Name] = true
			continue
		}
		if _, twice := into[key]; twice {
			return nil, fmt.Errorf("the attribute %s stands twice in %s", short(a.Name.Local), short(f.name))
		}
		into[key] = a.Value
	}
	for name := range prefixed { // only now is every prefix declared
		if space, _ := r.namespace(f, name.Space); space != schemaInstance || !slices.Contains(schemaPlaces[:], name.Local) {
			return nil, fmt.Errorf("the attribute %s has a namespace prefix", short(name.Local))
		}
	}
	return attrs, nil
}

// namespace resolves an element's prefix: its own declarations first, then those of the elements around it.
func (r *xmlReader) namespace(f *frame, prefix string) (string, bool) {
	if uri, ok := f.bound[prefix]; ok {
		return uri, true
	}
	for i := len(r.open) - 1; i >= 0; i-- {
		if uri, ok := r.open[i].bound[prefix]; ok {
			return uri, true
		}
	}
	return "", prefix == ""
}

// path is the names of the open elements, as document.element wants them.
func (r *xmlReader) path() string {
	var b strings.Builder
	for _, f := range r.open {
		b.WriteByte('/')
		b.WriteString(f.name)
	}
	return b.String()
}
