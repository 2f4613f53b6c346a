package strictyaml

import (
	"bytes"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

const (
	// MaxSize bounds a document, in bytes.
	MaxSize = 4 << 20
	// maxWidth bounds a line, in bytes: the library takes long over longer ones.
	maxWidth = 4 << 10
	// maxDepth bounds how deep brackets and list dashes nest, and maxIndent how far a line is indented: the library
	// recurses.
	maxDepth  = 32
	maxIndent = 8 * maxDepth
)

// parse makes the one document of a text. It answers nil, and notes a problem, when there is none to read.
func (d *Document) parse(src []byte) (root ast.Node) {
	switch {
	case len(src) > MaxSize:
		d.add(0, 0, "", fmt.Sprintf("the file has %d bytes; at most %d are read", len(src), MaxSize))
		return nil
	case !d.readable(src):
		return nil
	}
	// The library is given text that nobody has checked. Should it panic, that is a document we cannot read.
	defer func() {
		if r := recover(); r != nil {
			d.add(0, 0, "", "the file cannot be read as YAML")
			root = nil
		}
	}()
	tokens := lexer.Tokenize(string(src))
	if t := tooDeep(tokens); t != nil {
		d.add(t.Position.Line, t.Position.Column, "", fmt.Sprintf("nested more than %d levels deep", maxDepth))
		return nil
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		d.syntax(err)
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	if len(bodies) > 1 {
		line, col := place(bodies[1])
		d.add(line, col, "", "a second document begins here; one is read")
	}
	if len(bodies) == 0 {
		return nil
	}
	return bodies[0]
}

// readable keeps from the library what it cannot know or takes long over.
func (d *Document) readable(src []byte) bool {
	line := 0
	for text := range bytes.SplitSeq(src, []byte("\n")) {
		line++
		text = bytes.TrimSuffix(text, []byte("\r"))
		if len(text) > maxWidth {
			d.add(line, 1, "", fmt.Sprintf("the line has %d bytes; at most %d are read", len(text), maxWidth))
			return false
		}
		if len(text)-len(bytes.TrimLeft(text, " ")) > maxIndent {
			d.add(line, maxIndent, "", fmt.Sprintf("indented by more than %d spaces", maxIndent))
			return false
		}
		if !utf8.Valid(text) {
			d.add(line, 1, "", "the line is not UTF-8")
			return false
		}
		if i := bytes.IndexFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }); i >= 0 {
			d.add(line, utf8.RuneCount(text[:i])+1, "", "a control character; indent with spaces")
			return false
		}
	}
	return true
}

func (d *Document) syntax(err error) {
	if e, ok := errors.AsType[*yaml.SyntaxError](err); ok && e.Token != nil && e.Token.Position != nil {
		d.add(e.Token.Position.Line, e.Token.Position.Column, "", "not YAML: "+e.Message)
		return
	}
	d.add(0, 0, "", "not YAML: "+err.Error())
}

func tooDeep(tokens token.Tokens) *token.Token {
	brackets, dashes, line := 0, 0, 0
	for _, t := range tokens {
		if t.Position == nil {
			continue
		}
		if t.Position.Line != line {
			dashes, line = 0, t.Position.Line
		}
		switch t.Type {
		case token.SequenceStartType, token.MappingStartType:
			brackets++
		case token.SequenceEndType, token.MappingEndType:
			brackets--
		case token.SequenceEntryType, token.MappingKeyType:
			dashes++
		}
		if brackets > maxDepth || dashes > maxDepth {
			return t
		}
	}
	return nil
}

// pairs are the keys and values of a mapping; the library has two nodes for it.
func pairs(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// scalar is the text of a value that is no list and no mapping, and the name of its kind.
func scalar(n ast.Node) (value, kind string, ok bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, "text", true
	case *ast.LiteralNode:
		return n.Value.Value, "text", true
	case *ast.IntegerNode:
		return n.GetToken().Value, "number", true
	case *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, "number", true
	case *ast.BoolNode:
		return n.GetToken().Value, "truth value", true
	}
	return "", "", false
}

// forbidden says why a node may not stand in a document at all.
func forbidden(n ast.Node) string {
	switch n.(type) {
	case *ast.AnchorNode, *ast.AliasNode:
		return "anchors and aliases are not read; write the value out"
	case *ast.MergeKeyNode:
		return "merge keys are not read; write the values out"
	case *ast.TagNode:
		return "tags are not read; leave it out"
	}
	return ""
}

func place(n ast.Node) (line, column int) {
	// A mapping's own token is the colon behind its first key; the key is where a reader looks.
	if p, ok := pairs(n); ok && len(p) > 0 {
		if m, flow := n.(*ast.MappingNode); !flow || !m.IsFlowStyle {
			return place(p[0].Key)
		}
	}
	t := n.GetToken()
	if t == nil || t.Position == nil {
		return 0, 0
	}
	return t.Position.Line, t.Position.Column
}

func quoted(s string) string { return fmt.Sprintf("%q", cut(s)) }

func cut(s string) string {
	if r := []rune(s); len(r) > 60 {
		return string(r[:60]) + "…"
	}
	return s
}
