package strictyaml

import (
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// Kind is what a node is.
type Kind uint8

// The kinds. The zero Kind is nothing at all.
const (
	Empty   Kind = iota // nothing was written, or null
	Scalar              // text, a number or a truth value
	Mapping             // keys with values
	List
	Refused // what is not read; a problem says so already
)

// Node is a piece of a document with its place. Line and Column count from one.
type Node struct {
	Kind    Kind
	Class   string // of a scalar: "text", "number" or "truth value"
	Text    string // of a scalar, as written: 2.0 stays 2.0
	Entries []Entry
	Items   []*Node
	Line    int
	Column  int

	plain bool // a scalar without quotes
}

// Entry is a key of a mapping with its value. A key may come more than once.
type Entry struct{ Key, Value *Node }

// Parse reads a document of the part of YAML that configuration needs: mappings, lists and scalars. Problems are
// everything that was found; the node is nil where there is nothing to read.
func Parse(file string, src []byte) (*Node, []Problem) {
	d := &Document{file: file}
	root := d.parse(src)
	if root == nil {
		return nil, d.problems
	}
	return d.convert(root), d.problems
}

// convert turns the library's tree into ours.
func (d *Document) convert(in ast.Node) *Node {
	line, column := place(in)
	n := &Node{Line: line, Column: column}
	if why := forbidden(in); why != "" {
		d.add(line, column, "", why)
		n.Kind = Refused
		return n
	}
	if values, ok := pairs(in); ok {
		n.Kind = Mapping
		for _, v := range values {
			n.Entries = append(n.Entries, d.entry(v))
		}
		n.joinPlain()
		return n
	}
	if list, ok := in.(*ast.SequenceNode); ok {
		n.Kind = List
		for _, v := range list.Values {
			n.Items = append(n.Items, d.value(v, line, column))
		}
		return n
	}
	if text, class, ok := scalar(in); ok {
		n.Kind, n.Text, n.Class = Scalar, text, class
		n.plain = in.GetToken() != nil && in.GetToken().Type == token.StringType
	}
	return n
}

func (d *Document) entry(v *ast.MappingValueNode) Entry {
	key := d.convert(v.Key)
	return Entry{key, d.value(v.Value, key.Line, key.Column)}
}

// value is a value that may be missing; then it stands where its key does.
func (d *Document) value(in ast.Node, line, column int) *Node {
	if in == nil {
		return &Node{Line: line, Column: column}
	}
	return d.convert(in)
}

// joinPlain makes a scalar of what is one by the rules of YAML: inside brackets the parser takes the scope t:read for a
// mapping of t to read, although no space stands behind the colon.
func (n *Node) joinPlain() {
	if len(n.Entries) != 1 {
		return
	}
	k, v := n.Entries[0].Key, n.Entries[0].Value
	if k.Kind == Scalar && v.Kind == Scalar && k.plain && v.plain && k.Line == v.Line && k.Column+len(k.Text)+1 == v.Column {
		*n = Node{Kind: Scalar, Class: "text", Text: k.Text + ":" + v.Text, plain: true, Line: k.Line, Column: k.Column}
	}
}

// describe says what a node is, to the person who wrote it.
func (n *Node) describe() string {
	switch n.Kind {
	case Mapping:
		return "a mapping"
	case List:
		return "a list"
	case Scalar:
		return "the " + n.Class + " " + quoted(n.Text)
	}
	return "something else"
}
