package admin

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	bodies "prokura/internal/body"
	"prokura/internal/refusal"
	"prokura/internal/strictjson"
)

const maxBody = 1 << 20

// body reads the request's one JSON document, strictly (A127). A form that a foreign page could post has another media
// type and is refused (A128). null is no value here, save for the members named.
func body(w http.ResponseWriter, r *http.Request, into any, nullable ...string) error {
	mt, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mt != "application/json" {
		return refusal.New(refusal.Finding{Code: refusal.MediaTypeUnsupported, Got: r.Header.Get("Content-Type"), Want: "application/json"})
	}
	data, err := read(w, r)
	if err != nil {
		return err
	}
	members, err := strictjson.Object(data, maxBody)
	if err != nil {
		return unreadable(err, into)
	}
	for _, m := range members {
		if m.Value.Kind() == 'n' && !slices.Contains(nullable, m.Name) {
			return refusal.New(refusal.Finding{Code: refusal.FieldKind, Got: m.Name, Want: strictjson.KindName('n')})
		}
	}
	if err := strictjson.Decode(data, maxBody, into); err != nil {
		return unreadable(err, into)
	}
	return nil
}

// noBody accepts a request that says nothing: no body at all, or an empty object. What somebody meant by more would be
// lost otherwise.
func noBody(w http.ResponseWriter, r *http.Request) error {
	data, err := read(w, r)
	if err != nil || len(data) == 0 {
		return err
	}
	r.Body = io.NopCloser(bytes.NewReader(data))
	return body(w, r, &struct{}{})
}

func read(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	return bodies.Read(w, r, maxBody, refusal.BodyNotObject)
}

// unreadable names what a document has that the API does not take.
func unreadable(err error, into any) error {
	f := refusal.Finding{Code: refusal.BodyNotObject, Got: "0"}
	if e, ok := errors.AsType[*strictjson.NameError](err); ok {
		f = refusal.Finding{Code: refusal.FieldUnknown, Got: member(e.Pointer), Want: known(fields(into))}
		if e.Twice {
			f.Code = refusal.FieldTwice
		}
	} else if e, ok := errors.AsType[*strictjson.KindError](err); ok {
		f = refusal.Finding{Code: refusal.FieldKind, Got: member(e.Pointer), Want: e.Kind}
	} else if e, ok := errors.AsType[*strictjson.SyntaxError](err); ok {
		f.Got = strconv.FormatInt(e.Offset, 10)
	}
	return refusal.New(f)
}

// member is the name that a JSON pointer leads to, such as roles/0.
func member(pointer string) string { return strings.TrimPrefix(pointer, "/") }

// fields are the names of the members of a request.
func fields(into any) []string {
	return fieldsOf(reflect.TypeOf(into).Elem())
}

func fieldsOf(t reflect.Type) []string {
	var out []string
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous {
			out = append(out, fieldsOf(f.Type)...)
		} else {
			name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
			out = append(out, name)
		}
	}
	return out
}

// known lists names for people.
func known(names []string) string {
	if len(names) == 0 {
		return "—"
	}
	return strings.Join(names, ", ")
}

// checkQuery accepts each of the parameters once. One that is misspelt, or that names a tenant beside the path (A153),
// must not be passed over.
func checkQuery(r *http.Request, parameters []string) error {
	if r.URL.RawQuery == "" {
		return nil
	}
	for _, pair := range strings.Split(r.URL.RawQuery, "&") {
		if name, _, _ := strings.Cut(pair, "="); !slices.Contains(parameters, name) {
			return refusal.New(refusal.Finding{Code: refusal.FieldUnknown, Got: name, Want: known(parameters)})
		}
	}
	for name, values := range r.URL.Query() {
		if len(values) > 1 {
			return refusal.New(refusal.Finding{Code: refusal.FieldTwice, Got: name})
		}
	}
	return nil
}
