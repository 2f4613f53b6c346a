package govern

import (
	"strings"

	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// askedByURLs are those of some scopes that an install URL asks for as required which was seen lately: without them it is refused.
func (d *Decisions) askedByURLs(r store.Reader, client id.Client, lost scope.Set) (scope.Set, error) {
	if lost.Len() == 0 {
		return scope.Set{}, nil
	}
	urls, err := r.InstallURLs(client)
	if err != nil {
		return scope.Set{}, err
	}
	var out scope.Set
	since := d.when().Add(-recentUse)
	for _, u := range urls {
		if u.Last.Before(since) {
			continue
		}
		for name := range strings.SplitSeq(u.Scope, " ") {
			if sc, err := scope.Parse(name); err == nil && lost.Has(sc) {
				out = out.Union(scope.NewSet(sc))
			}
		}
	}
	return out, nil
}
