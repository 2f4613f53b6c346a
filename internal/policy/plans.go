package policy

import "slices"

const (
	// maxMissing is of how many missing entitlements the fewest plans are looked for; of more, the choice is only a good one.
	maxMissing = 64
	// maxSteps bounds the search for the fewest plans, which can take long in catalogs made for that.
	maxSteps = 20_000
)

// choosePlans answers which plans hold everything that is missing: those of which each does, in their order; where there is none,
// the fewest that do together, of several equally few the first in their order. It answers none where no choice does.
func choosePlans(plans []Plan, missing []string) (ids []string, together bool) {
	if len(missing) == 0 {
		return nil, false
	}
	for _, p := range plans {
		if !slices.ContainsFunc(missing, func(e string) bool { return !slices.Contains(p.Entitlements, e) }) {
			ids = append(ids, p.ID)
		}
	}
	if len(ids) > 0 || len(missing) == 1 {
		return ids, false
	}
	for _, i := range fewest(plans, missing) {
		ids = append(ids, plans[i].ID)
	}
	return ids, len(ids) > 0
}

// fewest finds the smallest set of plans that holds everything, by their places.
func fewest(plans []Plan, missing []string) []int {
	if len(missing) > maxMissing {
		return greedy(plans, missing)
	}
	c := cover{steps: maxSteps, all: ^uint64(0) >> (64 - len(missing)), holds: make([]uint64, len(plans))}
	var union uint64
	for i, p := range plans {
		for n, e := range missing {
			if slices.Contains(p.Entitlements, e) {
				c.holds[i] |= 1 << n
			}
		}
		union |= c.holds[i]
	}
	if union != c.all {
		return nil
	}
	for size := 2; size <= len(missing); size++ {
		if c.search(0, 0, size) {
			return c.chosen
		}
		if c.steps <= 0 {
			break
		}
	}
	return greedy(plans, missing)
}

// cover is a search for plans that hold all bits together.
type cover struct {
	holds  []uint64
	all    uint64
	steps  int
	chosen []int
}

// search adds up to left plans, from the place given on, to what is held, and says whether that is all.
func (c *cover) search(from int, held uint64, left int) bool {
	if held == c.all {
		return true
	}
	if c.steps--; left == 0 || c.steps <= 0 {
		return false
	}
	for i := from; i < len(c.holds); i++ {
		if c.holds[i]&^held == 0 {
			continue
		}
		c.chosen = append(c.chosen, i)
		if c.search(i+1, held|c.holds[i], left-1) {
			return true
		}
		c.chosen = c.chosen[:len(c.chosen)-1]
	}
	return false
}

// greedy takes the plan that holds most of what is still missing, again and again.
func greedy(plans []Plan, missing []string) []int {
	missing = slices.Clone(missing)
	var chosen []int
	for len(missing) > 0 {
		best, most := -1, 0
		for i, p := range plans {
			n := 0
			for _, e := range missing {
				if slices.Contains(p.Entitlements, e) {
					n++
				}
			}
			if n > most {
				best, most = i, n
			}
		}
		if best < 0 {
			return nil
		}
		chosen = append(chosen, best)
		missing = slices.DeleteFunc(missing, func(e string) bool { return slices.Contains(plans[best].Entitlements, e) })
	}
	slices.Sort(chosen)
	return chosen
}
