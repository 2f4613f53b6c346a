package tableau

import (
	"prokura/internal/refusal"
	"prokura/internal/strictjson"
)

// readJSON reads the same document as JSON: attributes are members with text, child elements are members with an
// object, and the root has no name. Duplicate names, a second document, a byte order mark, bad UTF-8, lone surrogates
// and deep nesting are refused before a member is looked at (A127).
func readJSON(body []byte) (*document, error) {
	root, err := strictjson.Object(body, maxBody)
	if err != nil {
		return nil, strictjson.Reason(err, refusal.Body)
	}
	var d document
	if _, err := d.element("", "tsRequest", nil); err != nil {
		return nil, err
	}
	if err := d.children("/tsRequest", root); err != nil {
		return nil, err
	}
	return &d, nil
}

// children reads those members of an object that are elements of ours, and skips what is unknown.
func (d *document) children(path string, object []strictjson.Member) error {
	for _, m := range object {
		canonical, known := elementNamed(m.Name)
		if !known {
			continue
		}
		child, err := strictjson.Object(m.Value, maxBody)
		if err != nil {
			return strictjson.Reason(err, canonical)
		}
		attrs, err := attributes(m.Name, child)
		if err != nil {
			return err
		}
		if _, err := d.element(path, m.Name, attrs); err != nil {
			return err
		}
		if err := d.children(path+"/"+m.Name, child); err != nil {
			return err
		}
	}
	return nil
}

// attributes are the members of an object that are attributes of the element. They must be text, never null, but
// isUat, which clients send as a boolean too.
func attributes(element string, object []strictjson.Member) (map[string]string, error) {
	attrs := make(map[string]string, len(object))
	for _, m := range object {
		canonical, known := attributeNamed(element, m.Name)
		if !known {
			continue
		}
		text, ok := strictjson.String(m.Value)
		if !ok && canonical == "isUat" && (m.Value.Kind() == 't' || m.Value.Kind() == 'f') {
			text, ok = string(m.Value), true
		}
		if !ok {
			return nil, refusal.Why{Flaw: refusal.NotText, Got: canonical}
		}
		attrs[m.Name] = text
	}
	return attrs, nil
}
