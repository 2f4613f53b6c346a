package tableau

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"prokura/internal/refusal"
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
		return nil, refusal.Why{Flaw: refusal.NotUTF8, In: refusal.Body}
	}
	r := xmlReader{dec: xml.NewDecoder(bytes.NewReader(body)), body: body}
	for {
		start := r.dec.InputOffset()
		tok, err := r.dec.RawToken()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, r.malformed(err)
		}
		if err := r.token(tok, start); err != nil {
			return nil, err
		}
	}
	if len(r.open) > 0 {
		return nil, refusal.Why{Flaw: refusal.NotClosed, Got: short(r.open[len(r.open)-1].name)}
	}
	if !r.rooted {
		return nil, refusal.Why{Flaw: refusal.ElementMissing, Want: "tsRequest"}
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

// malformed says where the decoder stopped. Its own word on it is in English, like its name for what it met.
func (r *xmlReader) malformed(err error) error {
	line, _ := r.dec.InputPos()
	said := err.Error()
	if e, ok := errors.AsType[*xml.SyntaxError](err); ok {
		line, said = e.Line, e.Msg
	}
	return refusal.Why{Flaw: refusal.XMLMalformed, In: refusal.Body, At: line, Got: said}
}

func (r *xmlReader) token(tok xml.Token, start int64) error {
	switch t := tok.(type) {
	case xml.StartElement:
		return r.start(t)
	case xml.EndElement:
		if len(r.open) == 0 || r.open[len(r.open)-1].raw != t.Name {
			return refusal.Why{Flaw: refusal.EndWithoutStart, Got: short(t.Name.Local)}
		}
		r.open = r.open[:len(r.open)-1]
	case xml.CharData:
		return r.text(t, start)
	case xml.ProcInst:
		// The XML declaration is the only one there may be, and it comes first. The decoder has checked its version
		// and refuses any encoding but UTF-8.
		if t.Target != "xml" || start != 0 {
			return refusal.Why{Flaw: refusal.HasInstruction}
		}
	case xml.Directive:
		return refusal.Why{Flaw: refusal.HasDoctype} // A122: the first directive ends it; nothing is expanded or fetched
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
		return refusal.Why{Flaw: refusal.HasText}
	}
	return nil
}

func (r *xmlReader) start(t xml.StartElement) error {
	if len(r.open) == maxDepth {
		return refusal.Why{Flaw: refusal.TooDeep, In: refusal.Body, Want: strconv.Itoa(maxDepth)}
	}
	if len(r.open) == 0 && r.rooted {
		return refusal.Why{Flaw: refusal.RootTwice}
	}
	f := frame{name: t.Name.Local, raw: t.Name}
	attrs, err := r.attributes(&f, t.Attr)
	if err != nil {
		return err
	}
	space, ok := r.namespace(&f, t.Name.Space)
	if !ok || !slices.Contains(namespaces[:], space) || r.rooted && space != r.space {
		return refusal.Why{Flaw: refusal.OtherNamespace, Got: short(f.name), Want: namespaces[1]}
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
		return nil, refusal.Why{Flaw: refusal.TooManyAttrs, Got: short(f.name), Want: strconv.Itoa(maxAttributes)}
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
				return nil, refusal.Why{Flaw: refusal.PrefixUnbound, Got: short(key)}
			}
		case a.Name.Space != "":
			if prefixed[a.Name] {
				return nil, refusal.Why{Flaw: refusal.HasTwice, In: short(f.name), Got: short(key)}
			}
			prefixed[a.Name] = true
			continue
		}
		if _, twice := into[key]; twice {
			return nil, refusal.Why{Flaw: refusal.HasTwice, In: short(f.name), Got: short(a.Name.Local)}
		}
		into[key] = a.Value
	}
	for name := range prefixed { // only now is every prefix declared
		if space, _ := r.namespace(f, name.Space); space != schemaInstance || !slices.Contains(schemaPlaces[:], name.Local) {
			return nil, refusal.Why{Flaw: refusal.AttrPrefixed, Got: short(name.Local)}
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
