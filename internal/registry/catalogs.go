package registry

import (
	"fmt"

	"prokura/internal/catalog"
	"prokura/internal/scope"
)

// Catalogs are the catalogs in force. It is not changed after it is made.
type Catalogs struct {
	list []*catalog.Catalog
	all  scope.Set
}

// NewCatalogs puts catalogs in force. Two of one name are refused.
func NewCatalogs(list ...*catalog.Catalog) (*Catalogs, error) {
	c := &Catalogs{list: list}
	for i, cat := range list {
		for _, earlier := range list[:i] {
			if earlier.Name == cat.Name {
				return nil, fmt.Errorf("two catalogs are named %q", cat.Name)
			}
		}
		c.all = c.all.Union(cat.Concrete())
	}
	return c, nil
}

// List are the catalogs in the order of the configuration.
func (c *Catalogs) List() []*catalog.Catalog { return c.list }

// Named finds a catalog.
func (c *Catalogs) Named(name string) (*catalog.Catalog, bool) {
	for _, cat := range c.list {
		if cat.Name == name {
			return cat, true
		}
	}
	return nil, false
}

// All are the concrete scopes of every catalog.
func (c *Catalogs) All() scope.Set { return c.all }

// Expand replaces wildcards by their members. A name is unknown if no catalog knows it.
func (c *Catalogs) Expand(asked scope.Set) (concrete, unknown scope.Set) {
	unknown = asked
	for _, cat := range c.list {
		_, known, rest := cat.Expand(asked)
		concrete = concrete.Union(known)
		unknown = unknown.Intersect(rest)
	}
	return concrete, unknown
}

// Plans are the names of all plans, each once.
func (c *Catalogs) Plans() []string {
	var out []string
	seen := map[string]bool{}
	for _, cat := range c.list {
		for _, p := range cat.Plans() {
			if !seen[p.ID] {
				seen[p.ID] = true
				out = append(out, p.ID)
			}
		}
	}
	return out
}
