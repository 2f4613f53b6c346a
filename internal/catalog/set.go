package catalog

import (
	"prokura/internal/scope"
	"prokura/internal/strictyaml"
)

// known is what a name in a scope list stands for.
type known struct {
	place   int // among the catalog's scopes
	number  int // of a concrete scope; -1 for a wildcard
	bits    scope.Bits
	members scope.Set
}

// Expand turns names as somebody sent them into what they mean here. Wildcards become their members; a name that the
// catalog does not list, whatever it looks like, is unknown and gives nothing (A035, A036).
func (c *Catalog) Expand(sent scope.Set) (bits scope.Bits, concrete, unknown scope.Set) {
	var given, strange []scope.Scope
	for _, s := range sent.All() {
		k, ok := c.byScope[s.String()]
		if !ok {
			strange = append(strange, s)
			continue
		}
		bits = bits.Union(k.bits)
		given = append(given, k.members.All()...)
	}
	return bits, scope.NewSet(given...), scope.NewSet(strange...)
}

// Bits numbers concrete names, as a token carries them. Wildcards and unknown names give nothing: a wildcard is expanded
// once, when something is issued, so that members added later do not reach old grants.
func (c *Catalog) Bits(concrete scope.Set) scope.Bits {
	var b scope.Bits
	for _, s := range concrete.All() {
		if n, ok := c.Number(s); ok {
			b = b.With(n)
		}
	}
	return b
}

// Number is the bit of a concrete scope. Wildcards have none.
func (c *Catalog) Number(s scope.Scope) (int, bool) {
	k, ok := c.byScope[s.String()]
	if !ok || k.number < 0 {
		return 0, false
	}
	return k.number, true
}

// Concrete are all concrete scopes: the whole catalog, as a connected app without assigned scopes may use it.
func (c *Catalog) Concrete() scope.Set {
	var out []scope.Scope
	for i := range c.scopes {
		if c.scopes[i].Type != Wildcard {
			out = append(out, c.scopes[i].Name)
		}
	}
	return scope.NewSet(out...)
}

// Nearest is the scope whose name a slip would turn into this one, for a diagnosis. It decides nothing.
func (c *Catalog) Nearest(s scope.Scope) (scope.Scope, bool) {
	best := strictyaml.Nearest(s.String(), c.scopeNames())
	if best == "" {
		return scope.Scope{}, false
	}
	return scope.MustParse(best), true
}

func (c *Catalog) scopeNames() []string {
	names := make([]string, len(c.scopes))
	for i := range c.scopes {
		names[i] = c.scopes[i].Name.String()
	}
	return names
}
