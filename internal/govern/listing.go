package govern

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"prokura/internal/decided"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/store"
)

// ListAuthorizations lists what a tenant decided on apps, by client ID: the records, the built-in apps that have none yet, and the
// connected apps that were made in it.
func (d *Decisions) ListAuthorizations(ctx context.Context, in id.Tenant, f store.AuthorizationFilter, p store.Page) ([]Seen, error) {
	if p.Limit <= 0 {
		p.Limit = 100
	}
	if f.Now.IsZero() {
		f.Now = d.clock.Now()
	}
	if p.After != "" {
		if _, err := id.Parse[id.Client](p.After); err != nil {
			return nil, refused(unknownClient(p.After))
		}
	}
	l := lister{Decisions: d, in: in, f: f, p: p}
	if err := d.store.View(ctx, l.read); err != nil {
		return nil, refused(err)
	}
	// The apps of the records are looked up in memory: a list of a hundred is not a hundred reads.
	for i := range l.rows {
		row := &l.rows[i]
		c, err := d.registry.Client(ctx, row.Client)
		if errors.Is(err, store.ErrNotFound) {
			continue // deleted since the list was read
		}
		if err != nil {
			return nil, refused(err)
		}
		s := d.seen(&l.settings, in, &c, row)
		if s.Wants.Len() > 0 && row.Registration < c.Version {
			l.grown = append(l.grown, row.Client)
		}
		l.found = append(l.found, s)
	}
	if err := l.since(ctx); err != nil {
		return nil, refused(err)
	}
	slices.SortFunc(l.found, func(x, y Seen) int { return cmp.Compare(x.Client.String(), y.Client.String()) })
	return l.found[:min(len(l.found), p.Limit)], nil
}

// LastUses are the days on which apps of a list called something last; an app that never did is not among them. It is one look-up,
// however long the list.
func (d *Decisions) LastUses(ctx context.Context, in id.Tenant, list []Seen) (out map[id.Client]time.Time, err error) {
	clients := make([]id.Client, len(list))
	for i := range list {
		clients[i] = list[i].App.ID
	}
	err = d.store.View(ctx, func(r store.Reader) error {
		out, err = r.LastUses(in, clients)
		return err
	})
	if err != nil {
		return nil, refused(err)
	}
	return out, nil
}

// lister gathers one page of a tenant's apps, of each kind as many as the page holds.
type lister struct {
	*Decisions
	in       id.Tenant
	f        store.AuthorizationFilter
	p        store.Page
	settings policy.Governance
	rows     []store.Authorization
	found    []Seen
	grown    []id.Client // that have another registration than was decided on, and want more than they may have
}

func (l *lister) read(r store.Reader) error {
	l.rows, l.found = nil, nil
	if _, err := r.Tenant(l.in); err != nil {
		return store.Refuse(err, "tenant", l.in.String())
	}
	g, err := decided.Settings(r, l.in)
	if err != nil {
		return err
	}
	l.settings = g.Settings
	if l.rows, err = r.ListAuthorizations(l.in, l.f, l.p); err != nil {
		return err
	}
	if l.f.Role != "" || !l.f.Expires.IsZero() {
		return nil // neither names roles, nor ends
	}
	if err := l.builtIn(r); err != nil {
		return err
	}
	return l.connected(r)
}

// since says of the apps that have grown what is new: of those alone something else is read.
func (l *lister) since(ctx context.Context) error {
	if len(l.grown) == 0 {
		return nil
	}
	return l.store.View(ctx, func(r store.Reader) error {
		for i := range l.found {
			s := &l.found[i]
			if !slices.Contains(l.grown, s.Client) {
				continue
			}
			old, _, err := decided.Version(r, s.Client, s.Authorization.Registration)
			if err != nil {
				return err
			}
			s.sinceDecided(&old)
		}
		return nil
	})
}

// builtIn adds the built-in apps that the tenant has no record of.
func (l *lister) builtIn(r store.Reader) error {
	if !l.shows(policy.Authorized) {
		return nil
	}
	list, err := r.NotableClients()
	if err != nil {
		return err
	}
	for i := range list {
		c := &list[i]
		if !c.BuiltIn || c.Disabled || c.Recalls > 0 || c.ID.String() <= l.p.After || !l.named(c.Registration.Name, c.Registration.Publisher) {
			continue
		}
		_, ok, err := store.Found(r.AuthorizationOf(l.in, c.ID))
		if err != nil {
			return err
		}
		if !ok {
			l.found = append(l.found, l.seen(&l.settings, l.in, c, nil))
		}
	}
	return nil
}

// connected adds connected apps, page by page until enough of them match.
func (l *lister) connected(r store.Reader) error {
	page := store.Page{After: l.p.After, Limit: l.p.Limit}
	for n := 0; n < l.p.Limit; {
		list, err := r.ListConnectedApps(l.in, page)
		if err != nil {
			return err
		}
		for i := range list {
			s := seenConnected(&list[i])
			if l.shows(s.Standing.State) && l.named(s.App.Name) {
				l.found = append(l.found, s)
				n++
			}
		}
		if len(list) < page.Limit {
			return nil
		}
		page.After = list[len(list)-1].Client.String()
	}
	return nil
}

// shows says whether the filter lets a state through.
func (l *lister) shows(s policy.State) bool {
	return len(l.f.States) == 0 || slices.Contains(l.f.States, s)
}

// named says whether one of the names contains what is looked for.
func (l *lister) named(names ...string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.Contains(strings.ToLower(n), strings.ToLower(l.f.Name)) })
}
