package govern

import (
	"context"

	"prokura/internal/decided"
	"prokura/internal/id"
	"prokura/internal/store"
)

// Notice is something that people are told of after it was written. Whoever is told belongs to the tenant.
type Notice struct {
	Tenant  store.Tenant
	App     App
	Request store.AuthorizationRequest // one that waits, or what became of it
	Asker   store.User                 // zero: the app itself asks, with a new version of its registration
	To      []store.User
}

// maxTold is how many are told of one request.
const maxTold = 50

// tellRequest tells those who decide, and those who review, of a new request.
func (d *Decisions) tellRequest(ctx context.Context, q store.AuthorizationRequest) {
	d.tell(ctx, q.Tenant, q.Client, func(r store.Reader, reviewers []string) ([]Notice, error) {
		n := Notice{Request: q}
		var err error
		if !q.User.IsZero() {
			if n.Asker, err = r.User(q.Tenant, q.User); err != nil {
				return nil, err
			}
		}
		deciders, err := d.deciders(r, q.Tenant)
		if err != nil {
			return nil, err
		}
		others, err := holdersOf(r, q.Tenant, reviewers)
		if err != nil {
			return nil, err
		}
		told := map[id.User]bool{q.User: true}
		for _, u := range append(deciders, others...) {
			if !told[u.ID] && len(n.To) < maxTold {
				n.To = append(n.To, u)
			}
			told[u.ID] = true
		}
		return []Notice{n}, nil
	})
}

// tellDecision tells those who asked what became of it.
func (d *Decisions) tellDecision(ctx context.Context, in id.Tenant, client id.Client, closed []store.AuthorizationRequest) {
	if len(closed) == 0 {
		return
	}
	d.tell(ctx, in, client, func(r store.Reader, _ []string) ([]Notice, error) {
		var out []Notice
		for _, q := range closed {
			if q.User.IsZero() {
				continue
			}
			u, ok, err := store.Found(r.User(in, q.User))
			if err != nil {
				return nil, err
			}
			if ok && !u.Disabled {
				out = append(out, Notice{Request: q, Asker: u, To: []store.User{u}})
			}
		}
		return out, nil
	})
}

// tell hands notices over to be sent. What fails here undoes nothing: the decision is written, and pages show it.
func (d *Decisions) tell(ctx context.Context, in id.Tenant, client id.Client, who func(r store.Reader, reviewers []string) ([]Notice, error)) {
	if d.notify == nil {
		return
	}
	var list []Notice
	err := d.store.View(ctx, func(r store.Reader) error {
		list = nil
		g, err := decided.Settings(r, in)
		if err != nil || g.Settings.NoMail {
			return err
		}
		t, err := r.Tenant(in)
		if err != nil {
			return err
		}
		c, err := r.Client(client)
		if err != nil {
			return err
		}
		if list, err = who(r, g.Settings.Reviewers); err != nil {
			return err
		}
		for i := range list {
			list[i].Tenant, list[i].App = t, appOf(&c)
		}
		return nil
	})
	if err != nil {
		d.log.Warn("nobody is told of a request", "tenant", in.String(), "client", client.String(), "err", err)
		return
	}
	for _, n := range list {
		if len(n.To) > 0 {
			d.notify(n)
		}
	}
}
