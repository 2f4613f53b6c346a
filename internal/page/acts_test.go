package page

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// booked reads in the product's source what it writes into audit books: the codes of acts, and the fields.
type booked struct {
	t      *testing.T
	files  []*ast.File // of one package
	acts   map[string]bool
	fields map[string]bool
}

// in reads all of a package but its tests.
func (b *booked) in(dir string) {
	b.t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		b.t.Fatal(err)
	}
	b.files = nil
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			b.t.Fatal(err)
		}
		b.files = append(b.files, f)
	}
	b.each(func(fn *ast.FuncDecl, n ast.Node) {
		switch n := n.(type) {
		case *ast.CompositeLit:
			if isAct(n.Type) {
				b.act(dir, fn, n)
			}
		case *ast.CallExpr:
			switch sel, _ := n.Fun.(*ast.SelectorExpr); {
			case sel != nil && sel.Sel.Name == "Detail" && len(n.Args) == 2:
				b.field(n.Args[0])
				if name, ok := n.Args[0].(*ast.Ident); ok {
					for _, field := range b.values(fn, name) {
						b.fields[field] = true
					}
				}
			case sel != nil && sel.Sel.Name == "Changed" && len(n.Args) == 2:
				b.keys(n.Args[0])
				b.keys(n.Args[1])
			}
		}
		if strings.HasPrefix(fn.Name.Name, "told") {
			b.keys(n)
			if at, ok := n.(*ast.IndexExpr); ok {
				b.field(at.Index)
			}
		}
	})
}

// each walks through the functions of the package.
func (b *booked) each(visit func(*ast.FuncDecl, ast.Node)) {
	for _, f := range b.files {
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok {
				ast.Inspect(fn, func(n ast.Node) bool {
					if n != nil {
						visit(fn, n)
					}
					return true
				})
			}
		}
	}
}

func isAct(e ast.Expr) bool {
	sel, ok := e.(*ast.SelectorExpr)
	if !ok || sel.Sel.Name != "Act" {
		return false
	}
	pkg, ok := sel.X.(*ast.Ident)
	return ok && pkg.Name == "audit"
}

func (b *booked) act(dir string, fn *ast.FuncDecl, lit *ast.CompositeLit) {
	for _, e := range lit.Elts {
		kv, ok := e.(*ast.KeyValueExpr)
		if !ok {
			b.t.Errorf("%s: %s writes an act without the names of its fields", dir, fn.Name.Name)
			continue
		}
		switch key := kv.Key.(*ast.Ident).Name; key {
		case "Action":
			codes := b.values(fn, kv.Value)
			if len(codes) == 0 {
				b.t.Errorf("%s: which codes %s writes cannot be read from the source", dir, fn.Name.Name)
			}
			for _, code := range codes {
				b.acts[code] = true
			}
		case "Detail", "Before", "After":
			b.keys(kv.Value)
		}
	}
}

// keys are the fields that a literal of a map has.
func (b *booked) keys(n ast.Node) {
	lit, ok := n.(*ast.CompositeLit)
	if !ok {
		return
	}
	if m, ok := lit.Type.(*ast.MapType); ok {
		if k, _ := m.Key.(*ast.Ident); k == nil || k.Name != "string" {
			return
		}
		for _, e := range lit.Elts {
			if kv, ok := e.(*ast.KeyValueExpr); ok {
				b.field(kv.Key)
			}
		}
	}
}

// field is one whose name stands in the source; rules.1 and the like are numbered there.
func (b *booked) field(e ast.Expr) {
	if sum, ok := e.(*ast.BinaryExpr); ok {
		e = sum.X
	}
	if s, ok := literal(e); ok {
		b.fields[strings.TrimSuffix(s, ".")] = true
	}
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

// values are all that an expression can be: a literal; what a function of the package returns; a parameter, of every call; a variable
// or a field, of all that is put into one of that name.
func (b *booked) values(fn *ast.FuncDecl, e ast.Expr) (out []string) {
	if s, ok := literal(e); ok {
		return []string{s}
	}
	name, field := "", false
	switch e := e.(type) {
	case *ast.Ident:
		name = e.Name
	case *ast.SelectorExpr:
		name, field = e.Sel.Name, true
	case *ast.CallExpr:
		b.each(func(in *ast.FuncDecl, n ast.Node) {
			if r, ok := n.(*ast.ReturnStmt); ok && in.Name.Name == called(e) && len(r.Results) == 1 {
				out = append(out, b.values(in, r.Results[0])...)
			}
		})
		return out
	default:
		return nil
	}
	if at := parameter(fn, name); at >= 0 && !field {
		b.each(func(caller *ast.FuncDecl, n ast.Node) {
			if call, ok := n.(*ast.CallExpr); ok && len(call.Args) == fn.Type.Params.NumFields() && called(call) == fn.Name.Name && (caller != fn || call.Args[at] != e) {
				codes := b.values(caller, call.Args[at])
				if len(codes) == 0 {
					b.t.Errorf("what %s gives %s as its %s cannot be read from the source", caller.Name.Name, fn.Name.Name, name)
				}
				out = append(out, codes...)
			}
		})
		return out
	}
	b.each(func(in *ast.FuncDecl, n ast.Node) {
		switch n := n.(type) {
		case *ast.AssignStmt:
			for i, to := range n.Lhs {
				id, _ := to.(*ast.Ident)
				if sel, ok := to.(*ast.SelectorExpr); ok && field {
					id = sel.Sel
				}
				if id != nil && id.Name == name && (field || in == fn) && i < len(n.Rhs) {
					out = append(out, b.values(in, n.Rhs[i])...)
				}
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok && field && key.Name == name {
				out = append(out, b.values(in, n.Value)...)
			}
		}
	})
	return out
}

func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// parameter is which one of a function's has a name; -1: none.
func parameter(fn *ast.FuncDecl, name string) int {
	at := 0
	for _, p := range fn.Type.Params.List {
		for _, n := range p.Names {
			if n.Name == name {
				return at
			}
			at++
		}
	}
	return -1
}

// Whoever reads an audit book reads words: each code and each field that the product writes has them, and none has them for nothing.
func TestActs_have_words(t *testing.T) {
	b := booked{t: t, acts: map[string]bool{}, fields: map[string]bool{}}
	dirs, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dirs {
		if d.IsDir() && !strings.HasPrefix(d.Name(), "test") {
			b.in(filepath.Join("..", d.Name()))
		}
	}
	if len(b.acts) < 70 || len(b.fields) < 30 {
		t.Errorf("the source writes %d codes and %d fields", len(b.acts), len(b.fields))
	}
	for _, lang := range Languages {
		for code := range b.acts {
			if ActWords(lang, code, false) == "" {
				t.Errorf("%s: the act %s has no words", lang, code)
			}
		}
		for field := range b.fields {
			if FieldWords(lang, field) == "" {
				t.Errorf("%s: the field %s has no words", lang, field)
			}
		}
	}
	for key := range actTexts {
		if code, ok := strings.CutPrefix(key, "act."); ok && !b.acts[strings.TrimSuffix(code, changedSuffix)] {
			t.Errorf("no act is written as %s", code)
		}
		if field, ok := strings.CutPrefix(key, "field."); ok && !b.fields[field] {
			t.Errorf("no field is written as %s", field)
		}
	}
	acts := Acts("de")
	if n := slices.IndexFunc(acts, func(a Act) bool { return a == Act{"grant.end", "Zugriff einer Anwendung beendet"} }); n < 0 {
		t.Error("the book of an account knows no end of an access")
	}
	if slices.ContainsFunc(acts, func(a Act) bool { return strings.HasPrefix(a.Code, "key.") }) {
		t.Error("the book of an account has the vendor's acts")
	}
}
