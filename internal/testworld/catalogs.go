package testworld

import (
	"sync"

	"prokura/catalogs"
	"prokura/internal/catalog"
	"prokura/internal/registry"
	"prokura/internal/scope"
)

// shipped are the catalogs that ship, loaded once for all tests: nothing changes them.
var shipped = sync.OnceValue(func() map[string]*catalog.Catalog {
	out := map[string]*catalog.Catalog{}
	for _, name := range catalogs.Names() {
		src, _ := catalogs.Builtin(name)
		cat, problems := catalog.Load(name+".yaml", src)
		if cat == nil {
			panic(problems)
		}
		out[name] = cat
	}
	return out
})

// Catalog is one that ships.
func Catalog(name string) *catalog.Catalog { return shipped()[name] }

// Analytics is the catalog that the users of connected apps call.
func Analytics() *catalog.Catalog { return Catalog("analytics") }

// CRM is the catalog of the apps that users install.
func CRM() *catalog.Catalog { return Catalog("crm") }

// InForce are catalogs that ship, put in force together; none: all.
func InForce(names ...string) *registry.Catalogs {
	if len(names) == 0 {
		names = catalogs.Names()
	}
	var list []*catalog.Catalog
	for _, name := range names {
		list = append(list, Catalog(name))
	}
	return Together(list...)
}

// Together puts catalogs in force.
func Together(list ...*catalog.Catalog) *registry.Catalogs {
	cats, err := registry.NewCatalogs(list...)
	if err != nil {
		panic(err)
	}
	return cats
}

// Scopes is a set of scopes.
func Scopes(names ...string) scope.Set {
	set, err := scope.ParseSet(names)
	if err != nil {
		panic(err)
	}
	return set
}
