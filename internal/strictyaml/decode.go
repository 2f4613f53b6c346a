package strictyaml

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Document is a text that was read: where its values stand, and what is wrong with it.
type Document struct {
	file     string
	places   map[string][2]int // key path → line, column
	problems []Problem
}

// Decode reads a text into a struct. Fields that the text does not mention keep their value, so that defaults are set
// before. The key of a field is its yaml tag; with the option "one", a list may be written as a single value. A field
// may be a struct, a list, text, a number, a truth value, a [time.Duration] or an [encoding.TextUnmarshaler].
func Decode(file string, src []byte, into any) *Document {
	root, problems := Parse(file, src)
	d := &Document{file: file, places: map[string][2]int{}, problems: problems}
	if root == nil || root.Kind == Empty {
		return d
	}
	d.decode(root, "", reflect.ValueOf(into).Elem(), false)
	return d
}

// Problems are all that were found, in the order of the text.
func (d *Document) Problems() []Problem {
	Sort(d.problems)
	return d.problems
}

// Has says whether the text mentions the key, such as "routes[0].audience".
func (d *Document) Has(key string) bool {
	_, ok := d.places[key]
	return ok
}

// Blame adds a problem at a key's value, or at the nearest thing around it that the text has.
func (d *Document) Blame(key, format string, args ...any) {
	message := fmt.Sprintf(format, args...)
	if key != "" {
		message = key + ": " + message
	}
	for at := key; ; {
		if p, ok := d.places[at]; ok {
			d.add(p[0], p[1], key, message)
			return
		}
		i := strings.LastIndexAny(at, ".[")
		if i < 0 {
			d.add(0, 0, key, message)
			return
		}
		at = at[:i]
	}
}

func (d *Document) add(line, column int, key, message string) {
	d.problems = append(d.problems, Problem{File: d.file, Line: line, Column: column, Key: key, Message: message})
}

func (d *Document) decode(n *Node, key string, v reflect.Value, one bool) {
	d.places[key] = [2]int{n.Line, n.Column}
	switch n.Kind {
	case Refused:
		return
	case Empty:
		d.Blame(key, "has no value; give it one, or leave the key out")
		return
	}
	if _, isText := v.Addr().Interface().(encoding.TextUnmarshaler); isText {
		d.scalar(n, key, v)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.mapping(n, key, v)
	case reflect.Slice:
		d.list(n, key, v, one)
	default:
		d.scalar(n, key, v)
	}
}

func (d *Document) mapping(n *Node, key string, v reflect.Value) {
	if n.Kind != Mapping {
		d.Blame(key, "expected keys with values, found %s", n.describe())
		return
	}
	fields, names := fieldsOf(v.Type())
	seen := map[string]int{}
	for _, p := range n.Entries {
		if p.Key.Kind == Refused {
			continue
		}
		line, column, name := p.Key.Line, p.Key.Column, p.Key.Text
		if p.Key.Kind != Scalar {
			d.add(line, column, key, "this cannot be a key")
			continue
		}
		path := join(key, name)
		if first, twice := seen[name]; twice {
			d.add(line, column, path, fmt.Sprintf("key %q is set twice; line %d has it too", cut(name), first))
			continue
		}
		seen[name] = line
		f, known := fields[name]
		if !known {
			message := fmt.Sprintf("unknown key %q", cut(name))
			if near := Nearest(name, names); near != "" {
				message += fmt.Sprintf("; did you mean %q?", near)
			} else {
				message += "; known here: " + strings.Join(names, ", ")
			}
			d.add(line, column, path, message)
			continue
		}
		d.decode(p.Value, path, v.FieldByIndex(f.index), f.one)
	}
}

func (d *Document) list(n *Node, key string, v reflect.Value, one bool) {
	if n.Kind != List {
		if !one || n.Kind != Scalar {
			d.Blame(key, "expected a list, found %s", n.describe())
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		d.decode(n, key+"[0]", v.Index(0), false)
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Items), len(n.Items)))
	for i, item := range n.Items {
		d.decode(item, key+"["+strconv.Itoa(i)+"]", v.Index(i), false)
	}
}

func (d *Document) scalar(n *Node, key string, v reflect.Value) {
	if n.Kind != Scalar {
		d.Blame(key, "expected a single value, found %s", n.describe())
		return
	}
	s, kind := n.Text, n.Class
	if u, isText := v.Addr().Interface().(encoding.TextUnmarshaler); isText {
		if err := u.UnmarshalText([]byte(s)); err != nil {
			d.Blame(key, "%s", err)
		}
		return
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		t, err := time.ParseDuration(s)
		if err != nil {
			d.Blame(key, "expected a duration with its unit, such as 30s, 5m or 4h, found %q", cut(s))
			return
		}
		v.SetInt(int64(t))
		return
	}
	switch v.Kind() {
	case reflect.String:
		if kind != "text" {
			d.Blame(key, "expected text, found the %s %s; put it in quotes if you mean it", kind, cut(s))
			return
		}
		v.SetString(s)
	case reflect.Bool:
		if kind != "truth value" {
			d.Blame(key, "expected true or false, found %s", n.describe())
			return
		}
		v.SetBool(s == "true" || s == "True" || s == "TRUE")
	case reflect.Int:
		i, err := strconv.ParseInt(s, 10, 0)
		if err != nil || kind != "number" {
			d.Blame(key, "expected a whole number, found %q", cut(s))
			return
		}
		v.SetInt(i)
	default:
		panic("strictyaml: no rule for " + v.Type().String())
	}
}

type field struct {
	index []int
	one   bool
}

func fieldsOf(t reflect.Type) (map[string]field, []string) {
	fields := map[string]field{}
	var names []string
	for i := range t.NumField() {
		name, option, _ := strings.Cut(t.Field(i).Tag.Get("yaml"), ",")
		if name == "" || name == "-" {
			continue
		}
		fields[name] = field{[]int{i}, option == "one"}
		names = append(names, name)
	}
	return fields, names
}

func join(key, name string) string {
	if key == "" {
		return name
	}
	return key + "." + name
}
