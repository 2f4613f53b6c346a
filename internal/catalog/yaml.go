package catalog

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// The bounds of a catalog file. A file beyond them is refused before a YAML parser sees it.
const (
	maxSource  = 4 << 20
	maxLine    = 4 << 10
	maxNesting = 16
	maxOpen    = 256 // brackets, of which a text may hold some too
)

type nodeKind uint8

const (
	scalarNode nodeKind = iota
	mapNode
	listNode
	emptyNode // nothing was written, or null
)

// node is a piece of the file with its place. This is all that the rest of the package knows of YAML.
type node struct {
	kind    nodeKind
	text    string // of a scalar, as written: 2.0 stays 2.0
	plain   bool   // a scalar without quotes
	entries []entry
	items   []*node
	line    int
	column  int
}

type entry struct{ key, value *node }

// parseYAML reads one document of the part of YAML that a catalog uses: mappings, lists and scalars. Anchors, aliases,
// merge keys and tags are refused: a few lines of them can stand for gigabytes, and a reader should find a value where
// it is used. The problems are all that were found.
func parseYAML(r *reader, src []byte) *node {
	if !precheck(r, src) {
		return nil
	}
	file, err := parser.ParseBytes(src, 0, parser.AllowDuplicateMapKey()) // duplicates are reported by reader.mapping
	if err != nil {
		at := &node{line: 1, column: 1}
		message := err.Error()
		var located yaml.Error
		if errors.As(err, &located) {
			message = located.GetMessage()
			if tk := located.GetToken(); tk != nil && tk.Position != nil {
				at = &node{line: tk.Position.Line, column: tk.Position.Column}
			}
		}
		r.fail(at, "not readable as YAML: %s", message)
		return nil
	}
	var bodies []ast.Node
	for _, d := range file.Docs {
		if d != nil && d.Body != nil {
			bodies = append(bodies, d.Body)
		}
	}
	switch len(bodies) {
	case 0:
		r.fail(&node{line: 1, column: 1}, "the file is empty")
		return nil
	case 1:
		return convert(r, bodies[0], 1)
	}
	r.fail(place(bodies[1]), "a second document: a catalog is one document")
	return nil
}

// precheck keeps from the parser what could make it run long or deep.
func precheck(r *reader, src []byte) bool {
	if len(src) > maxSource {
		r.fail(&node{line: 1, column: 1}, "the file has %d bytes, at most %d are read", len(src), maxSource)
		return false
	}
	open, line := 0, 0
	for text := range strings.SplitSeq(string(src), "\n") {
		line++
		at := &node{line: line, column: 1}
		if len(text) > maxLine {
			r.fail(at, "the line has %d bytes, at most %d are read", len(text), maxLine)
			return false
		}
		if !utf8.ValidString(text) {
			r.fail(at, "the line is not UTF-8")
			return false
		}
		for i := range len(text) {
			switch c := text[i]; {
			case c == '[' || c == '{':
				open++
			case (c == ']' || c == '}') && open > 0:
				open--
			case c == '\t' || c < 0x20 && !(c == '\r' && i == len(text)-1):
				r.fail(&node{line: line, column: i + 1}, "a control character: indent with spaces")
				return false
			}
			if open > maxOpen {
				r.fail(&node{line: line, column: i + 1}, "nested too deeply")
				return false
			}
		}
	}
	return true
}

// convert turns the parser's tree into ours.
func convert(r *reader, in ast.Node, depth int) *node {
	out := place(in)
	out.plain = in != nil && in.GetToken() != nil && in.GetToken().Type == token.StringType
	if depth > maxNesting {
		r.fail(out, "nested too deeply")
		return out
	}
	switch n := in.(type) {
	case nil:
		out.kind = emptyNode
	case *ast.NullNode:
		out.kind = emptyNode
	case *ast.StringNode:
		out.text = n.Value
	case *ast.LiteralNode:
		out.text = n.Value.Value
	case *ast.MappingNode:
		out.kind = mapNode
		for _, v := range n.Values {
			out.entries = append(out.entries, convertEntry(r, v, depth))
		}
		out.joinPlain()
	case *ast.MappingValueNode: // a mapping of one entry, where it stands in a list
		out.kind = mapNode
		out.entries = append(out.entries, convertEntry(r, n, depth))
		out.joinPlain()
	case *ast.SequenceNode:
		out.kind = listNode
		for _, v := range n.Values {
			out.items = append(out.items, convert(r, v, depth+1))
		}
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		out.text = in.GetToken().Value
	default:
		out.kind = emptyNode
		r.fail(out, "%s is not used in a catalog", articled(in.Type()))
	}
	return out
}

func convertEntry(r *reader, v *ast.MappingValueNode, depth int) entry {
	if v.Key.IsMergeKey() {
		r.fail(place(v.Key), "a merge key is not used in a catalog")
	}
	return entry{convert(r, v.Key, depth+1), convert(r, v.Value, depth+1)}
}

// joinPlain makes a scalar of what is one by the rules of YAML: inside brackets the parser takes the scope t:read for a
// mapping of t to read, although no space stands behind the colon.
func (n *node) joinPlain() {
	if len(n.entries) != 1 {
		return
	}
	k, v := n.entries[0].key, n.entries[0].value
	if k.kind == scalarNode && v.kind == scalarNode && k.plain && v.plain && k.line == v.line && k.column+len(k.text)+1 == v.column {
		*n = node{text: k.text + ":" + v.text, plain: true, line: k.line, column: k.column}
	}
}

func articled(t ast.NodeType) string {
	switch t {
	case ast.AnchorType:
		return "an anchor (&name)"
	case ast.AliasType:
		return "an alias (*name)"
	case ast.TagType:
		return "a tag (!name)"
	}
	return fmt.Sprintf("a %s", strings.ToLower(t.String()))
}

// place is an empty scalar where the parser's node stands.
func place(in ast.Node) *node {
	at := &node{line: 1, column: 1}
	if in == nil {
		return at
	}
	if m, ok := in.(*ast.MappingNode); ok && len(m.Values) > 0 {
		return place(m.Values[0].Key)
	}
	if m, ok := in.(*ast.MappingValueNode); ok {
		return place(m.Key)
	}
	if tk := in.GetToken(); tk != nil && tk.Position != nil {
		at.line, at.column = tk.Position.Line, tk.Position.Column
	}
	return at
}
