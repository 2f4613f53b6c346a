package catalog

import (
	"slices"

	"prokura/internal/scope"
	"prokura/internal/strictyaml"
)

// maxAlternatives bounds what an expression of any_of inside all_of can multiply to.
const maxAlternatives = 64

// readNeeds reads what a method needs: a scope, or any_of or all_of over a list of such. The answer is the alternatives,
// each a set of concrete scopes that is enough, without those that hold another.
func (r *reader) readNeeds(n *node, names map[string]known, spelled []string) []scope.Set {
	if n.Kind == strictyaml.Scalar {
		name := r.scalar(n, "the scope")
		k, ok := names[name]
		switch {
		case name == "":
			return nil
		case !ok:
			r.fail(n, "the catalog has no scope %q%s", name, suggest(name, spelled))
			return nil
		case k.number < 0:
			r.fail(n, "%q is a wildcard: a method needs concrete scopes", name)
			return nil
		}
		return []scope.Set{k.members}
	}
	if n.Kind != strictyaml.Mapping || len(n.Entries) != 1 {
		r.fail(n, "needs must be a scope, or one key any_of or all_of with a list")
		return nil
	}
	var out []scope.Set
	r.mapping(n, "needs",
		field{"any_of", false, func(v *node) {
			r.each(v, func(item *node) { out = append(out, r.readNeeds(item, names, spelled)...) })
		}},
		field{"all_of", false, func(v *node) {
			out = []scope.Set{{}}
			r.each(v, func(item *node) { out = product(out, r.readNeeds(item, names, spelled)) })
		}},
	)
	if len(out) > maxAlternatives {
		r.fail(n, "needs has more than %d alternatives", maxAlternatives)
		return nil
	}
	return minimal(out)
}

// each reads the items of any_of and all_of. An empty list would mean "nothing" for one and "everything" for the other.
func (r *reader) each(n *node, read func(*node)) {
	if n.Kind == strictyaml.List && len(n.Items) == 0 {
		r.fail(n, "the list is empty")
	}
	r.list(n, "any_of and all_of", read)
}

// product is every pairing of both. It stops growing just beyond the bound, which then refuses it.
func product(a, b []scope.Set) []scope.Set {
	var out []scope.Set
	for _, x := range a {
		for _, y := range b {
			if len(out) <= maxAlternatives {
				out = append(out, x.Union(y))
			}
		}
	}
	return minimal(out)
}

// minimal drops alternatives that ask for more than another one does.
func minimal(in []scope.Set) []scope.Set {
	var out []scope.Set
	for i, x := range in {
		spare := slices.ContainsFunc(in[:i], x.Equal)
		for _, y := range in {
			spare = spare || !y.Equal(x) && y.Minus(x).Len() == 0
		}
		if !spare {
			out = append(out, x)
		}
	}
	return out
}
