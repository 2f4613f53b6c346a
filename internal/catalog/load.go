package catalog

import (
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"

	"prokura/internal/strictyaml"
)

// Load reads and compiles a catalog. File is its name for messages. What is wrong is answered all at once, in the order
// of the file; then there is no catalog. What is only worth knowing is in [Catalog.Lint].
func Load(file string, src []byte) (*Catalog, []Problem) {
	sum := sha256.Sum256(src)
	l := &loader{
		reader:     reader{file: file},
		parameters: map[string]*parameter{},
		categories: map[string]Category{},
		c: &Catalog{
			Version:  hex.EncodeToString(sum[:]),
			file:     file,
			byScope:  map[string]known{},
			byMethod: map[string]*Method{},
			root:     &branch{},
		},
	}
	root, problems := strictyaml.Parse(file, src)
	for _, p := range problems {
		l.fail(&node{Line: max(1, p.Line), Column: max(1, p.Column)}, "%s", p.Message)
	}
	if root != nil {
		l.document(root)
	} else if len(problems) == 0 {
		l.fail(&node{Line: 1, Column: 1}, "the file is empty")
	}
	if len(l.problems) == 0 {
		// Two methods on one path, or a path that is never reached, make a catalog unusable just as a slip does.
		for _, p := range l.c.Lint() {
			if p.Severity == Error {
				l.problems = append(l.problems, p)
			}
		}
	}
	if len(l.problems) > 0 {
		sortProblems(l.problems)
		return nil, l.problems
	}
	return l.c, nil
}

// loader is the state of one Load.
type loader struct {
	reader
	c           *Catalog
	parameters  map[string]*parameter
	categories  map[string]Category
	tenantParam string
	numbered    int      // concrete scopes so far
	spelled     []string // all scopes
}

// document reads the file's top. Its parts are read in the order in which they rest on each other, wherever they stand.
func (l *loader) document(n *node) {
	l.c.at = n
	parts := map[string]*node{}
	keep := func(name string) func(*node) { return func(v *node) { parts[name] = v } }
	l.mapping(n, "the catalog",
		field{"catalog", true, func(v *node) { l.c.Name = l.identifier(v, "the catalog's name") }},
		field{"title", true, func(v *node) { l.c.Title = l.text(v, "the title") }},
		field{"trailing_slash", false, func(v *node) {
			l.c.trailingSlash = l.choice(v, "trailing_slash", "allow", "refuse") == "allow"
		}},
		field{"parameters", false, keep("parameters")},
		field{"tenant_parameter", false, keep("tenant_parameter")},
		field{"categories", true, keep("categories")},
		field{"scopes", true, keep("scopes")},
		field{"methods", true, keep("methods")},
		field{"entitlements", false, keep("entitlements")},
		field{"permissions", false, keep("permissions")},
		field{"plans", false, keep("plans")},
		field{"roles", false, keep("roles")},
	)
	read := func(name string, f func(*node)) {
		if v := parts[name]; v != nil {
			f(v)
		}
	}
	read("parameters", l.readParameters)
	read("tenant_parameter", l.readTenantParameter)
	read("categories", func(v *node) { l.list(v, "categories", l.readCategory) })
	read("entitlements", func(v *node) { l.list(v, "entitlements", l.readEntitlement) })
	read("permissions", func(v *node) { l.list(v, "permissions", l.readPermission) })
	read("scopes", l.readScopes)
	read("methods", func(v *node) { l.list(v, "methods", l.readMethod) })
	l.settleScopes()
	read("plans", func(v *node) { l.list(v, "plans", l.readPlan) })
	read("roles", func(v *node) { l.list(v, "roles", l.readRole) })
}

func (l *loader) readParameters(n *node) {
	if n.Kind != strictyaml.Mapping {
		l.fail(n, "parameters must be a mapping of names and types")
		return
	}
	for _, e := range n.Entries {
		name := l.identifier(e.Key, "the parameter's name")
		if name == "" {
			continue
		}
		if l.parameters[name] != nil {
			l.fail(e.Key, "the parameter %q stands here twice", name)
		}
		l.parameters[name] = l.readParameter(name, e.Value)
	}
}

func (l *loader) readTenantParameter(n *node) {
	name := l.scalar(n, "tenant_parameter")
	if name == "" {
		return
	}
	if l.parameters[name] == nil {
		l.fail(n, "tenant_parameter: the catalog has no parameter %q%s", name, suggest(name, keys(l.parameters)))
	}
	l.tenantParam = name
}

func (l *loader) readCategory(n *node) {
	c := Category{at: n}
	l.mapping(n, "a category",
		field{"id", true, func(v *node) { c.ID = l.identifier(v, "the category's id") }},
		field{"title", true, func(v *node) { c.Text = l.text(v, "the title") }},
	)
	if _, twice := l.categories[c.ID]; twice {
		l.fail(n, "the category %q stands here twice", c.ID)
	}
	l.categories[c.ID] = c
	l.c.categories = append(l.c.categories, c)
}

// keys are the names in a map, in order.
func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
