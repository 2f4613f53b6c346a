package admin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"

	"prokura/internal/golden"
	"prokura/internal/text"
	"prokura/internal/v1"
)

// object is a JSON object of the document.
type object = map[string]any

// writer makes the document of the table of operations and of the types that they name.
type writer struct {
	schemas  object
	comments map[string]string // "Type" and "Type.Field"
}

// comments reads what package v1 says of its types and their fields. Numbers of attacks are for readers of the code.
func comments() (map[string]string, error) {
	out := map[string]string{}
	attack := regexp.MustCompile(` \(A\d+\)`)
	clean := func(groups ...*ast.CommentGroup) string {
		for _, g := range groups {
			if s := strings.Join(strings.Fields(g.Text()), " "); s != "" {
				return attack.ReplaceAllString(s, "")
			}
		}
		return ""
	}
	names, err := filepath.Glob("../v1/*.go")
	if err != nil {
		return nil, err
	}
	for _, name := range names {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range g.Specs {
				t, ok := s.(*ast.TypeSpec)
				if !ok {
					continue
				}
				out[t.Name.Name] = clean(t.Doc, g.Doc)
				if st, ok := t.Type.(*ast.StructType); ok {
					for _, f := range st.Fields.List {
						for _, name := range f.Names {
							out[t.Name.Name+"."+name.Name] = clean(f.Doc, f.Comment)
						}
					}
				}
			}
		}
	}
	return out, nil
}

// nameOf names a type in the document: v1.List[v1.Tenant] is TenantList.
func nameOf(t reflect.Type) string {
	name := t.Name()
	if inner, ok := strings.CutPrefix(name, "List["); ok {
		inner = strings.TrimSuffix(inner, "]")
		return inner[strings.LastIndex(inner, ".")+1:] + "List"
	}
	return strings.ToUpper(name[:1]) + name[1:]
}

// schema writes a type. What is sent may leave members out and has no others; what is answered has all of them that are not
// marked to be left out.
func (w *writer) schema(t reflect.Type, sent bool) object {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case t == reflect.TypeFor[json.RawMessage]():
		return object{"type": "object"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Slice:
		return object{"type": "array", "items": w.schema(t.Elem(), sent)}
	case reflect.Map:
		if t.Elem().Kind() == reflect.Interface {
			return object{"type": "object"}
		}
		return object{"type": "object", "additionalProperties": w.schema(t.Elem(), sent)}
	case reflect.Pointer:
		return w.schema(t.Elem(), sent)
	case reflect.Struct:
		name := nameOf(t)
		if sent && w.answered(t) {
			name += "Input"
		}
		if _, ok := w.schemas[name]; !ok {
			w.schemas[name] = object{} // a type that holds itself would not end
			w.schemas[name] = w.structure(t, sent, nil, nil)
		}
		return object{"$ref": "#/components/schemas/" + name}
	}
	panic(fmt.Sprintf("a type of the kind %s", t.Kind()))
}

// answered says whether answers have the type too, so that what is sent needs another name.
func (w *writer) answered(t reflect.Type) bool {
	return t == reflect.TypeFor[text.Text]() || t == reflect.TypeFor[v1.Contact]()
}

func (w *writer) structure(t reflect.Type, sent bool, required, nullable []string) object {
	out := object{"type": "object", "properties": object{}}
	if d := w.comments[t.Name()]; d != "" {
		out["description"] = d
	}
	must := slices.Clone(required)
	w.members(t, sent, nullable, out["properties"].(object), &must)
	if len(must) > 0 {
		slices.Sort(must)
		out["required"] = must
	}
	if sent {
		out["additionalProperties"] = false
	}
	return out
}

func (w *writer) members(t reflect.Type, sent bool, nullable []string, into object, must *[]string) {
	for f := range t.Fields() {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if f.Anonymous && name == "" {
			w.members(f.Type, sent, nullable, into, must)
			continue
		}
		s := w.schema(f.Type, sent)
		optional := strings.Contains(options, "omit")
		if slices.Contains(nullable, name) || !sent && f.Type.Kind() == reflect.Pointer && !optional {
			s["type"] = []any{s["type"], "null"}
		}
		if d := w.comments[t.Name()+"."+f.Name]; d != "" {
			s["description"] = d
		}
		if !sent && !optional {
			*must = append(*must, name)
		}
		into[name] = s
	}
}

var inBraces = regexp.MustCompile(`\{(\w+)\}`)

func (w *writer) operation(o operation, parameters []string) object {
	_, path, _ := strings.Cut(o.pattern, " ")
	tag, _, _ := strings.Cut(strings.TrimPrefix(path, "/v1/"), "/")
	if rest, ok := strings.CutPrefix(path, below+"/"); ok {
		tag, _, _ = strings.Cut(rest, "/")
	}
	out := object{"operationId": o.id, "summary": o.summary, "tags": []any{tag}}
	var params []any
	for _, m := range inBraces.FindAllStringSubmatch(path, -1) {
		p := object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string", "format": "uuid"}}
		if m[1] == "role" || m[1] == "entitlement" {
			p["schema"], p["description"] = object{"type": "string"}, parameterTexts[m[1]]
		}
		params = append(params, p)
	}
	for _, name := range slices.Sorted(slices.Values(parameters)) {
		schema := object{"type": "string"}
		switch name {
		case "limit":
			schema = object{"type": "integer", "minimum": 1, "maximum": maxLimit, "default": defaultLimit}
		case "days":
			schema = object{"type": "integer", "minimum": 1, "maximum": maxDays, "default": defaultDays}
		case "dry_run":
			schema = object{"type": "boolean"}
		case "since", "until":
			schema = object{"type": "string", "format": "date-time"}
		case "owner", "user", "client":
			schema = object{"type": "string", "format": "uuid"}
		}
		params = append(params, object{"name": name, "in": "query", "description": parameterTexts[name], "schema": schema})
	}
	if len(params) > 0 {
		out["parameters"] = params
	}
	if o.in != nil {
		t := reflect.TypeOf(o.in)
		name := nameOf(t)
		w.schemas[name] = w.structure(t, true, o.required, o.nullable)
		out["requestBody"] = object{"required": !o.bodyless,
			"content": object{"application/json": object{"schema": object{"$ref": "#/components/schemas/" + name}}}}
	} else if o.image && strings.HasPrefix(o.pattern, "PUT") {
		out["requestBody"] = object{"required": true, "content": object{"image/png": object{}, "image/jpeg": object{}}}
	}
	success := object{"description": http.StatusText(o.status)}
	switch {
	case o.out != nil:
		success["content"] = object{"application/json": object{"schema": w.schema(reflect.TypeOf(o.out), false)}}
	case o.image:
		success["content"] = object{"image/png": object{}}
	case o.media != "":
		success["content"] = object{o.media: object{}}
	}
	responses := object{strconv.Itoa(o.status): success, "default": object{"$ref": "#/components/responses/Problem"}}
	if slices.Contains(parameters, "dry_run") && o.status == http.StatusCreated {
		dry := object{"description": "What would be made, in a dry run", "content": success["content"]}
		responses["200"] = dry
	}
	out["responses"] = responses
	if o.open {
		out["security"] = []any{}
	}
	return out
}

// write makes the document.
func write(t *testing.T, api *API) []byte {
	t.Helper()
	said, err := comments()
	if err != nil {
		t.Fatal(err)
	}
	w := &writer{schemas: object{}, comments: said}
	w.comments["Text"] = "A sentence or two in both languages."
	paths := object{}
	for _, r := range api.routes {
		i := slices.IndexFunc(operations, func(o operation) bool { return o.pattern == r.pattern })
		if i < 0 {
			t.Errorf("%s stands in no line of operations", r.pattern)
			continue
		}
		verb, path, _ := strings.Cut(r.pattern, " ")
		item, ok := paths[path].(object)
		if !ok {
			item = object{}
			paths[path] = item
		}
		item[strings.ToLower(verb)] = w.operation(operations[i], r.parameters)
	}
	doc := object{
		"openapi": "3.1.0",
		"info": object{"title": "Prokura admin API", "version": "1.0", "summary": "How everything is kept: tenants, what they and their users may do, apps, keys, and the two books.",
			"description": "Identifiers are UUIDs in lower case, times are RFC 3339 in UTC. Bodies are one JSON object of at most 1 MiB; an unknown or doubled member is refused. Members are only ever added to answers."},
		"servers":  []any{object{"url": "/"}},
		"security": []any{object{"operator": []any{}}},
		"paths":    paths,
		"components": object{
			"securitySchemes": object{"operator": object{"type": "http", "scheme": "bearer", "description": "The operator's token, from the file that the server names when it starts."}},
			"responses": object{"Problem": object{"description": "What was refused, who can fix it, and how (RFC 9457)",
				"content": object{v1.ProblemType: object{"schema": w.schema(reflect.TypeFor[v1.Problem](), false)}}}},
			"schemas": w.schemas,
		},
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	if err := e.Encode(doc); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestOpenAPI holds the document that is served against the routes that there are and the types that travel.
func TestOpenAPI(t *testing.T) {
	w := newWorld(t)
	want := write(t, w.api)
	if golden.Updating() {
		if err := os.WriteFile("openapi.json", want, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(document, want) {
		t.Error("openapi.json is not what routes and types say; run go generate ./internal/admin")
	}
	for _, o := range operations {
		if !slices.ContainsFunc(w.api.routes, func(r route) bool { return r.pattern == o.pattern }) {
			t.Errorf("%s is described, and there is no such route", o.pattern)
		}
	}
	ids := map[string]bool{}
	for _, o := range operations {
		if o.id == "" || ids[o.id] || !strings.HasSuffix(o.summary, ".") {
			t.Errorf("%s: %q, %q", o.pattern, o.id, o.summary)
		}
		ids[o.id] = true
	}
	for _, r := range w.api.routes {
		for _, p := range r.parameters {
			if parameterTexts[p] == "" {
				t.Errorf("%s: nothing is said of the parameter %s", r.pattern, p)
			}
		}
	}
}

// described is the document as a library of somebody else reads it. In the tests, answers have no members but those described.
var described = sync.OnceValues(func() (*openapi3.T, error) {
	doc, err := openapi3.NewLoader().LoadFromData(document)
	if err != nil {
		return nil, err
	}
	if err := doc.Validate(openapi3.NewLoader().Context); err != nil {
		return nil, err
	}
	no := false
	for name, s := range doc.Components.Schemas {
		if s.Value.AdditionalProperties.Schema == nil && s.Value.AdditionalProperties.Has == nil && len(s.Value.Properties) > 0 {
			doc.Components.Schemas[name].Value.AdditionalProperties.Has = &no
		}
	}
	return doc, nil
})

// TestOpenAPI_is_served to everybody, and loads.
func TestOpenAPI_is_served(t *testing.T) {
	w := newWorld(t)
	for _, header := range []http.Header{{"Authorization": nil}, {"Authorization": {"Bearer x"}}, nil} {
		a := w.send("GET", "/v1/openapi.json", "", header).is(200)
		if a.header.Get("Content-Type") != "application/json" || a.body != string(document) {
			t.Errorf("%v", a.header)
		}
	}
	w.send("POST", "/v1/openapi.json", "", http.Header{"Authorization": nil}).refused(401, "operator_token_missing")
	w.do("POST", "/v1/openapi.json", "").refused(405, "verb_not_allowed")
	w.do("GET", "/v1/openapi.json?x=1", "").refused(400, "field_unknown")
	doc, err := described()
	if err != nil {
		t.Fatal(err)
	}
	if !doc.IsOpenAPI31OrLater() || doc.Paths.Len() == 0 {
		t.Errorf("%s with %d paths", doc.OpenAPI, doc.Paths.Len())
	}
}

// fits fails the test where an answer, or what was asked where it was answered, is not what the document describes. Every
// request of every test goes through it.
func (w *world) fits(verb, path, body string, a answered) {
	w.t.Helper()
	doc, err := described()
	if err != nil {
		if golden.Updating() {
			return
		}
		w.t.Fatal(err)
	}
	r, err := http.NewRequest(verb, path, nil)
	w.ok(err)
	_, pattern := w.api.mux.Handler(r)
	problem := doc.Components.Responses["Problem"].Value.Content[v1.ProblemType].Schema.Value
	if a.status >= 400 {
		w.valid(a, problem, a.body)
		return
	}
	_, template, _ := strings.Cut(pattern, " ")
	item := doc.Paths.Value(template)
	if item == nil || verb == http.MethodHead {
		return
	}
	op := item.GetOperation(verb)
	answer := op.Responses.Value(strconv.Itoa(a.status))
	if answer == nil {
		w.t.Errorf("%s: the status %d is not described", a.asked, a.status)
		return
	}
	if media := answer.Value.Content.Get(cmp.Or(a.header.Get("Content-Type"), "application/json")); media != nil && media.Schema != nil {
		w.valid(a, media.Schema.Value, a.body)
	} else if a.body != "" && media == nil {
		w.t.Errorf("%s: an answer of the type %q is not described", a.asked, a.header.Get("Content-Type"))
	}
	if body == "" {
		return
	}
	if op.RequestBody == nil {
		if strings.TrimSpace(body) != "{}" {
			w.t.Errorf("%s: a body was taken, and none is described", a.asked)
		}
		return
	}
	if media := op.RequestBody.Value.Content.Get("application/json"); media != nil {
		w.valid(a, media.Schema.Value, body)
	}
}

func (w *world) valid(a answered, s *openapi3.Schema, body string) {
	w.t.Helper()
	if body == "" {
		return
	}
	var v any
	if err := json.Unmarshal([]byte(body), &v); err != nil {
		w.t.Errorf("%s: %v", a.asked, err)
		return
	}
	if err := s.VisitJSON(v); err != nil {
		w.t.Errorf("%s: not as openapi.json describes it: %v", a.asked, err)
	}
}
