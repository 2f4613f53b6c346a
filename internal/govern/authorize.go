package govern

import (
	"context"
	"errors"
	"time"

	"prokura/internal/audit"
	"prokura/internal/decided"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/scope"
	"prokura/internal/store"
	"prokura/internal/text"
)

// Terms are what an administrator decides on an app.
type Terms struct {
	Uncapped  bool             // every scope that the app registers
	Scopes    scope.Set        // else these at most
	Admission policy.Admission // without anybody it is refused
	ForItself bool             // the app may act without a user
	Expires   time.Time        // zero: never
	Reason    string
	// Version is that of the authorization that was seen, whatever its state; zero: there was none.
	Version int
	// Registration is the version that was seen; zero: whichever is in force.
	Registration int
	// Unread is what could not be read of what somebody wrote: it is refused with all else that is wrong.
	Unread []refusal.Finding
}

// Authorize decides on an app for a tenant: for the first time, with other terms, or again after a revocation. The last is another
// authorization, on which nothing rests that rested on the revoked one. Versions go on counting over it, so that none is mistaken
// for another (A164).
//
// Whose use was revoked stays barred, unless the terms name that user. What waits for a decision on the app is approved with it.
// Of a connected app, only scopes can be decided on; where none are named, those that are assigned stay.
func (d *Decisions) Authorize(ctx context.Context, by By, in id.Tenant, client id.Client, t Terms) (store.Authorization, error) {
	kind, err := d.aim(ctx, by, in, client)
	if err != nil {
		return store.Authorization{}, err
	}
	if kind == ConnectedAppKind {
		return d.authorizeConnected(ctx, by, in, client, t)
	}
	t.Reason = text.Lines(t.Reason)
	var out store.Authorization
	var closed []store.AuthorizationRequest
	err = d.govern(ctx, clientAct("authorization.authorize", in, client, t.Reason), by, func(tx store.Tx, au authority) error {
		r, err := d.rule(tx, by, au, in, client)
		if err != nil {
			return err
		}
		next, err := r.decide(t)
		if err != nil {
			return err
		}
		if out, err = r.write(next, t.Reason, true, before{}); err != nil {
			return err
		}
		if err := tx.ForgetForeseen(in, client); err != nil {
			return err
		}
		closed, err = tx.CloseAuthorizationRequests(in, client, id.User{}, store.RequestApproved, by.name(), "", r.now)
		return err
	})
	if err != nil {
		return store.Authorization{}, err
	}
	d.tellDecision(ctx, in, client, closed)
	return out, nil
}

func clientAct(action string, in id.Tenant, client id.Client, reason string) audit.Act {
	return audit.Act{Tenant: in, Action: action, Target: "client " + client.String(), Reason: reason}
}

// aim says of which kind an app is that somebody wants to decide on, and refuses who may not decide, and what nobody here sees.
func (d *Decisions) aim(ctx context.Context, by By, in id.Tenant, client id.Client) (kind AppKind, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		if _, err := r.Tenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		if _, err := d.mayDecide(r, by, in); err != nil {
			return err
		}
		kind, err = kindOf(r, in, client)
		return err
	})
	if err != nil {
		return "", refused(err)
	}
	return kind, nil
}

func kindOf(r store.Reader, in id.Tenant, client id.Client) (AppKind, error) {
	_, _, err := clientFor(r, in, client)
	if err == nil {
		return RegisteredApp, nil
	}
	if !errors.Is(err, store.ErrNotFound) {
		return "", err
	}
	_, err = r.ConnectedApp(in, client)
	if errors.Is(err, store.ErrNotFound) {
		return "", unknownClient(client.String())
	}
	return ConnectedAppKind, err
}

// ruling is a decision on an app that is registered, while it is made.
type ruling struct {
	*Decisions
	tx       store.Tx
	by       By
	holder   authority
	in       id.Tenant
	now      time.Time
	settings policy.Governance
	client   store.Client
	old      *store.Authorization // nil: there is no record
}

// rule reads what a decision on an app rests on.
func (d *Decisions) rule(tx store.Tx, by By, holder authority, in id.Tenant, client id.Client) (*ruling, error) {
	g, err := decided.Settings(tx, in)
	if err != nil {
		return nil, err
	}
	r := &ruling{Decisions: d, tx: tx, by: by, holder: holder, in: in, now: d.when(), settings: g.Settings}
	r.client, r.old, err = clientFor(tx, in, client)
	if errors.Is(err, store.ErrNotFound) {
		return nil, unknownClient(client.String())
	}
	return r, err
}

// lives says whether there is a record that was neither revoked, nor decided on before the operator revoked the app everywhere.
func (r *ruling) lives() bool {
	return r.old != nil && !r.old.Revoked && r.old.Recalls >= r.client.Recalls
}

// version is that of the newest record; zero: there is none.
func (r *ruling) version() int {
	if r.old == nil {
		return 0
	}
	return r.old.Version
}

// inForce is what is decided before the ruling. Zero: nothing is.
func (r *ruling) inForce() policy.Decision {
	switch {
	case r.lives():
		return r.old.Decision
	case r.old == nil && r.client.BuiltIn && r.client.Recalls == 0:
		return builtIn(r.in, &r.client).Decision
	}
	return policy.Decision{}
}

// outThere is what tokens may have been issued on. An app that acts for itself in its own account needs no decision for it.
func (r *ruling) outThere() policy.Decision {
	if d := r.inForce(); d.Origin != "" || !r.own() || r.old != nil {
		return d
	}
	return policy.Decision{Origin: policy.ByBeingBuiltIn, Uncapped: true, Admission: policy.Admission{All: true}, ForItself: true}
}

// own says whether the app acts for itself in the account that registered it, which takes no decision.
func (r *ruling) own() bool {
	return r.client.Owner == r.in && r.client.Registration.ClientCredentials
}

// before is how far a decision went before a shrink that can be taken back. Zero: nothing can.
type before struct {
	scopes   *scope.Set
	uncapped bool
}

// write writes a decision in the place of the one before, with the marks of what it takes away. anew: it rests on the registration
// in force.
func (r *ruling) write(next policy.Decision, reason string, anew bool, shrunk before) (store.Authorization, error) {
	was, there := r.inForce(), r.outThere()
	out := store.Authorization{Tenant: r.in, ID: entropy.ID[id.Authorization](), Client: r.client.ID, Created: r.now}
	if r.lives() {
		out = *r.old
	}
	out.Decision, out.Version, out.Updated, out.Reason, out.By = next, r.version()+1, r.now, reason, r.by.name()
	out.Previous, out.WasUncapped = shrunk.scopes, shrunk.uncapped
	if out.Registration == 0 || anew {
		out.Registration = r.client.Version // whoever changes something else did not look at the registration
	}
	out.Recalls = r.client.Recalls
	var err error
	if r.lives() {
		err = r.tx.UpdateAuthorization(out)
	} else {
		err = r.tx.AddAuthorization(out)
	}
	if err != nil {
		return store.Authorization{}, err
	}
	r.tx.Detail("authorization", out.ID.String())
	r.tx.Detail("name", r.client.Registration.Name)
	r.tx.Changed(told(&was), told(&next))
	r.narrow(&there, &next)
	return out, nil
}
