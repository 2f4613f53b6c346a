package registry

import (
	"context"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/redirect"
	"prokura/internal/scope"
	"prokura/internal/store"
)

// Recent is how long an install URL counts as published after it was last seen.
const Recent = 90 * 24 * time.Hour

// Impact is what a new registration would do to what is out in the world.
type Impact struct {
	Changes []Change
	// Tenants have a live grant of the app. What they installed keeps working; connecting again takes an install URL that
	// fits the new registration.
	Tenants int
	Seen    int         // install URLs in the last 90 days
	Breaks  []URLImpact // of them, those that work now and would be refused, the most recently seen first
	Mends   []URLImpact // and those that are refused now and would work
}

// URLImpact is one install URL, with what refuses it: of those that would break the new findings, of those mended the old.
type URLImpact struct {
	store.InstallURL
	Findings []policy.InstallFinding
	// The scopes that would pass in its place; Correctable says that there are such.
	NearestScope, NearestOptional scope.Set
	Correctable                   bool
}

// Impact says what saving a draft would break, and changes nothing. It judges URLs by themselves: who opens them, and in which
// account, is as it was.
func (r *Registry) Impact(ctx context.Context, reach Reach, client id.Client, d Draft) (Impact, error) {
	reg, _, err := r.Check(d)
	if err != nil {
		return Impact{}, err
	}
	// What is about to be written counts too. If it cannot be, what was seen before still does.
	_ = r.Flush(ctx)
	var out Impact
	var urls []store.InstallURL
	var now store.Registration
	err = r.below(ctx, reach, client, func(rd store.Reader, c *store.Client) error {
		if err := fits(c, 0, &reg); err != nil {
			return err
		}
		now = c.Registration
		out.Changes = Diff(now, reg)
		if out.Tenants, err = rd.CountTenantsOf(client); err != nil {
			return err
		}
		urls, err = rd.InstallURLs(client)
		return err
	})
	if err != nil {
		return Impact{}, err
	}
	since := r.now().Add(-Recent)
	for _, u := range urls {
		if u.Last.Before(since) {
			continue
		}
		out.Seen++
		before, after := r.judge(client, &now, &u), r.judge(client, &reg, &u)
		switch {
		case !before.Refused() && after.Refused():
			out.Breaks = append(out.Breaks, URLImpact{u, after.Findings, after.NearestScope, after.NearestOptional, after.Correctable})
		case before.Refused() && !after.Refused():
			out.Mends = append(out.Mends, URLImpact{u, before.Findings, after.NearestScope, after.NearestOptional, after.Correctable})
		}
	}
	return out, nil
}

// judge asks whether an install URL fits a registration.
func (r *Registry) judge(client id.Client, reg *store.Registration, u *store.InstallURL) policy.Installation {
	q := policy.InstallQuestion{Client: client.String(), ClientFound: policy.Passed, Enabled: true,
		Redirect: policy.Failed, RedirectURI: u.RedirectURI,
		Required: reg.Required, Conditional: reg.Conditional, Selectable: reg.Optional,
		Facts: r.catalogs.Facts, Nearest: r.catalogs.Nearest, Plans: r.catalogs.AllPlans()}
	q.Implied = r.catalogs.Implied(reg)
	if _, ok := redirect.Match(reg.RedirectURIs, u.RedirectURI); ok {
		q.Redirect = policy.Passed
	}
	q.Scope = readScopes(u.Scope, policy.InScope, &q)
	q.Optional = readScopes(u.Optional, policy.InOptional, &q)
	return policy.Install(&q)
}

// readScopes reads one parameter as it was sent, and keeps apart what is no scope.
func readScopes(list string, in policy.Place, q *policy.InstallQuestion) scope.Set {
	var out []scope.Scope
	for name := range strings.SplitSeq(list, " ") {
		sc, err := scope.Parse(name)
		switch {
		case name == "":
		case err != nil:
			q.Malformed = append(q.Malformed, policy.Misnamed{Text: name, Place: in})
		default:
			out = append(out, sc)
		}
	}
	return scope.NewSet(out...)
}
