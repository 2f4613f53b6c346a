package registry

import (
	"go/ast"
	"go/parser"
	"go/token"
	"testing"
)

// TestA058_secrets_are_compared_without_a_shortcut holds the structure of the comparison, since no measurement on a busy machine
// does: hashes are compared by crypto/subtle, in a loop that nothing leaves early, and by nothing else in the function.
func TestA058_secrets_are_compared_without_a_shortcut(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "clientsecret.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var loop *ast.RangeStmt
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Name.Name == "VerifyClientSecret" {
			ast.Inspect(f.Body, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.RangeStmt:
					loop = n
				case *ast.BinaryExpr:
					if isHash(n.X) || isHash(n.Y) {
						t.Error("a hash is compared by an operator")
					}
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && (x.Name == "bytes" || x.Name == "slices" || x.Name == "strings") {
						t.Errorf("%s.%s compares, and stops at the first difference", x.Name, n.Sel.Name)
					}
				}
				return true
			})
		}
	}
	if loop == nil {
		t.Fatal("no loop goes over the secrets")
	}
	compared := 0
	ast.Inspect(loop.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.BranchStmt, *ast.ReturnStmt:
			t.Error("the loop ends before every secret was compared")
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && x.Name == "subtle" && n.Sel.Name == "ConstantTimeCompare" {
				compared++
			}
		}
		return true
	})
	if compared != 1 {
		t.Errorf("%d comparisons in constant time for a secret, want 1", compared)
	}
}

// isHash says whether an expression is a hash: of what was presented, or of a secret that is known.
func isHash(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "hash"
	case *ast.SelectorExpr:
		return e.Sel.Name == "Hash"
	case *ast.CallExpr:
		return isHash(e.Fun)
	}
	return false
}
