package console

import (
	"slices"
	"strings"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

// gone is an app that was revoked.
type gone struct {
	logo
	Client   id.Client
	State    string
	Recalled bool // by the operator, everywhere
	Who      string
	Reason   string
	At       time.Time // zero: the book does not say any more
}

// revoked is what was revoked lately, the newest first. What the operator took away stands before it, whenever that was: it waits for
// a decision of the account's own.
func (o *overviewReader) revoked() ([]gone, error) {
	list, err := o.ListRevoked(o.visit.Tenant.ID, o.now.Add(-lookahead), shortList)
	if err != nil {
		return nil, err
	}
	var recalled, out []gone
	for _, a := range list {
		c, ok, err := store.Found(o.Client(a.Client))
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		one := gone{logo: logoOf(&c), Client: a.Client, State: revoked, Recalled: !a.Revoked, Reason: a.Reason, At: a.Updated}
		if one.Recalled {
			if one.At, err = o.recalledAt(&c); err != nil {
				return nil, err
			}
			recalled = append(recalled, one)
			continue
		}
		if a.Blocked {
			one.State = blocked
		}
		if one.Who, err = o.who(a.By); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	connected, err := o.revokedConnected()
	out = append(out, connected...)
	slices.SortStableFunc(out, func(a, b gone) int { return b.At.Compare(a.At) })
	return append(recalled, out[:min(len(out), shortList)]...), err
}

// who is the name in a record of who acted.
func (o *overviewReader) who(by string) (string, error) {
	n := naming{visit: o.visit}
	if user, ok := userIn(by); ok {
		name, err := o.called(user)
		if err != nil {
			return "", err
		}
		n.users = map[id.User]string{user: name}
	}
	return n.who(by), nil
}

// recalledAt is when the operator revoked an app everywhere, which stands in the book of its owner. Nothing else of that is told.
func (o *overviewReader) recalledAt(c *store.Client) (time.Time, error) {
	p, err := o.FindAudit(c.Owner, store.AuditFilter{Action: "client.recall", Target: "client " + c.ID.String()}, id.Entry{}, 1)
	if err != nil || len(p.Entries) == 0 {
		return time.Time{}, err
	}
	return p.Entries[0].At, nil
}

// revokedConnected are the connected apps that are revoked, and were so lately. When, by whom and why stands in the book only, which
// is read if there is one.
func (o *overviewReader) revokedConnected() ([]gone, error) {
	left := map[string]store.ConnectedApp{}
	for _, app := range o.connected {
		if app.Revoked {
			left["connected_app "+app.Client.String()] = app
		}
	}
	if len(left) == 0 {
		return nil, nil
	}
	p, err := o.FindAudit(o.visit.Tenant.ID, store.AuditFilter{Action: "connected_app.revoke", Since: o.now.Add(-lookahead)}, id.Entry{}, 4*shortList)
	if err != nil {
		return nil, err
	}
	var out []gone
	for _, e := range p.Entries {
		app, ok := left[e.Act.Target]
		if !ok || len(out) == shortList {
			continue
		}
		delete(left, e.Act.Target)
		one := gone{logo: logo{Name: app.Name}, Client: app.Client, State: revoked, Reason: e.Act.Reason, At: e.At}
		by := e.Act.Actor
		if one.Who, err = o.who(strings.Join([]string{by.Kind, by.ID, by.Name}, " ")); err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}
