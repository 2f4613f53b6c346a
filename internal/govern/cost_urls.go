package govern

import (
	"context"
	"strings"

	"prokura/internal/id"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// AskedByURLs are those of some scopes of an app without which an install URL that was seen lately is refused.
func (d *Decisions) AskedByURLs(ctx context.Context, client id.Client, of scope.Set) (out scope.Set, err error) {
	err = d.store.View(ctx, func(r store.Reader) (err error) {
		out, err = d.askedByURLs(r, client, of)
		return err
	})
	return out, err
}

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
