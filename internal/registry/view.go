package registry

import (
	"prokura/internal/catalog"
	"prokura/internal/store"
)

// View is the catalogs as they describe the scopes of one app to people. It differs in the implied scopes alone: that which
// comes with every installation by an install URL says no more than who installed the app, also where another catalog has a
// scope of that name with methods of its own. There it opens none of them, because nobody decided that it should.
type View struct {
	*Catalogs
	reg *store.Registration
}

// For is the view for an app.
func (c *Catalogs) For(reg *store.Registration) View { return View{c, reg} }

// Scope finds a scope by its name, wildcards too.
func (v View) Scope(name string) (catalog.Scope, bool) {
	s, ok := v.Catalogs.Scope(name)
	if words, has := v.implied[name]; has && ok && v.Implied(v.reg).Has(s.Name) {
		return words, true
	}
	return s, ok
}
