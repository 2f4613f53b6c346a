package govern

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"prokura/internal/audit"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
	"prokura/internal/token"
)

// AuthorizationRevoked is why a grant ended that hung on an authorization which was revoked.
const AuthorizationRevoked = "authorization_revoked"

// UserRevoked is why a grant ended whose user an administrator barred from the app.
const UserRevoked = "user_revoked"

// countedAtOnce is up to how many grants are counted while they are revoked: the moment must not depend on how many there are.
// The pages that ask before count further.
const countedAtOnce = 100

// Revocation is what revoking did.
type Revocation struct {
	Authorization store.Authorization
	Reach         store.Reach // what lived before, as far as it is counted at once
}

// Revoke withdraws an app from a tenant, at once and for good, whoever uses it: one row and one mark, however much hangs on it.
// It does so with every app that the tenant can meet: one that an administrator authorized, that users installed under an open
// door, that is built in, that nobody used yet, or a connected app. Installing it again does not bring it back (A158); only an
// administrator does, by authorizing it again. What was revoked already stays as it is.
func (d *Decisions) Revoke(ctx context.Context, by By, in id.Tenant, client id.Client, reason string) (Revocation, error) {
	kind, err := d.aim(ctx, by, in, client)
	if err != nil {
		return Revocation{}, err
	}
	if err := checkText("reason", &reason); err != nil {
		return Revocation{}, refused(err)
	}
	if kind == ConnectedAppKind {
		return d.revokeConnected(ctx, by, in, client, reason)
	}
	out, closed, err := d.revoke(ctx, clientAct("authorization.revoke", in, client, reason), by, client, ending{reason: reason})
	if err != nil {
		return Revocation{}, err
	}
	d.tellDecision(ctx, in, client, closed)
	return out, nil
}

// ending is how an authorization ends.
type ending struct {
	reason        string
	block         bool // users may not ask for it
	justification string
	seen          []id.Request // see [Decisions.Deny]
}

// revoke revokes or blocks an app that is registered, and answers the requests that this decides.
func (d *Decisions) revoke(ctx context.Context, act audit.Act, by By, client id.Client, e ending) (Revocation, []store.AuthorizationRequest, error) {
	var out Revocation
	var closed []store.AuthorizationRequest
	in := act.Tenant
	// Counting is no part of the transaction: it would hold up everybody else's.
	ended := false
	if err := d.store.View(ctx, func(r store.Reader) error {
		_, old, err := clientFor(r, in, client)
		if errors.Is(err, store.ErrNotFound) {
			return unknownClient(client.String())
		}
		if err != nil {
			return err
		}
		if ended = hasEnded(old, e); ended {
			out.Authorization = *old
		}
		out.Reach, err = r.ReachUpTo(in, client, countedAtOnce)
		return err
	}); err != nil {
		return Revocation{}, nil, refused(err)
	}
	if ended { // for good: nothing is left to write, and nothing waits
		return out, nil, nil
	}
	err := d.govern(ctx, act, by, func(tx store.Tx, au authority) error {
		r, err := d.rule(tx, by, au, in, client)
		if err != nil {
			return err
		}
		if err := d.answersSeen(tx, in, client, e.seen); err != nil {
			return err
		}
		if out.Authorization, err = r.end(e); err != nil {
			return err
		}
		state := store.RequestDenied
		if e.block {
			state = store.RequestBlocked
		}
		tx.Detail("users", counted(out.Reach.Users, out.Reach.More))
		tx.Detail("grants", counted(out.Reach.Grants, out.Reach.More))
		closed, err = tx.CloseAuthorizationRequests(in, client, id.User{}, state, by.name(), e.justification, r.now)
		return err
	})
	if err != nil {
		return Revocation{}, nil, err
	}
	if out.Reach.Grants > 0 {
		d.registry.Tally(client, registry.TallyUninstall)
	}
	return out, closed, nil
}

// counted writes a number of which it is perhaps known only that there are as many.
func counted(n int, more bool) string {
	if more {
		return ">=" + strconv.Itoa(n)
	}
	return strconv.Itoa(n)
}

// hasEnded says whether a record is ended like that already.
func hasEnded(old *store.Authorization, e ending) bool {
	return old != nil && old.Revoked && (old.Blocked || !e.block)
}

// end writes a revoked record. One that is revoked already is written again only to block it.
func (r *ruling) end(e ending) (store.Authorization, error) {
	if hasEnded(r.old, e) {
		return *r.old, nil
	}
	next := policy.Decision{Origin: policy.ByAdministrator, Admission: policy.Admission{All: true}}
	if r.old != nil {
		next = r.old.Decision
	} else if was := r.outThere(); was.Origin != "" {
		next = was
	}
	next.Revoked, next.Blocked, next.Recalls = true, e.block, r.client.Recalls
	out, err := r.write(next, e.reason, false, before{})
	if err == nil && r.outThere().Origin == "" {
		r.tx.Mark(r.subject(), nil, r.now.Add(token.MaxLife)) // whatever came to be without a record
	}
	return out, err
}

// RevokeForUser takes an app from one user: all that the user gave it ends, and nothing admits the user until [Decisions.ReadmitUser]
// does. What was taken already stays as it is.
func (d *Decisions) RevokeForUser(ctx context.Context, by By, in id.Tenant, client id.Client, user id.User, reason string) (store.Authorization, error) {
	if _, err := d.aim(ctx, by, in, client); err != nil {
		return store.Authorization{}, err
	}
	if was, done, err := d.hasNothing(ctx, in, client, user); done || err != nil {
		return was, err
	}
	ended := 0
	out, err := d.admit(ctx, clientAct("authorization.revoke_user", in, client, reason), by, client, func(r *ruling, adm *policy.Admission) error {
		if _, err := r.tx.User(in, user); err != nil {
			return store.Refuse(err, "user", user.String())
		}
		if rest := without(adm.Users, user); adm.All || len(adm.Roles)+len(rest) > 0 {
			adm.Users = rest // the last one stays named, and is barred: taking the app from somebody never fails for want of others
		}
		if !slices.Contains(adm.Barred, user) {
			adm.Barred = sortedUsers(append(slices.Clone(adm.Barred), user))
		}
		list, err := r.tx.EndGrants(in, store.GrantFilter{User: user, Client: client}, UserRevoked, r.now)
		if err != nil {
			return err
		}
		ended = len(list)
		r.tx.Detail("user", user.String())
		r.tx.Detail("grants", strconv.Itoa(ended))
		r.tx.Mark(mark.Subject{Tenant: in, Client: client, User: user}, nil, r.now.Add(token.MaxLife))
		if err := r.tx.DeleteConsent(in, user, client); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return nil
	})
	if err == nil && ended > 0 {
		d.registry.Tally(client, registry.TallyUninstall)
	}
	return out, err
}

// hasNothing says whether an authorization bars a user already who has nothing left of the app.
func (d *Decisions) hasNothing(ctx context.Context, in id.Tenant, client id.Client, user id.User) (was store.Authorization, nothing bool, err error) {
	err = d.store.View(ctx, func(r store.Reader) error {
		nothing = false
		auth, ok, err := store.Found(r.AuthorizationOf(in, client))
		if was = auth; !ok || auth.Revoked || !slices.Contains(auth.Admission.Barred, user) {
			return err
		}
		if _, gave, err := store.Found(r.Consent(in, user, client)); gave || err != nil {
			return err
		}
		grants, err := r.ListGrants(in, store.GrantFilter{User: user, Client: client}, store.Page{Limit: 1})
		nothing = len(grants) == 0
		return err
	})
	if err != nil {
		return store.Authorization{}, false, refused(err)
	}
	return was, nothing, nil
}

// ReadmitUser lets a user use an app again whose use was revoked, as far as the authorization admits them. What ended stays ended:
// the user installs the app anew.
func (d *Decisions) ReadmitUser(ctx context.Context, by By, in id.Tenant, client id.Client, user id.User, reason string) (store.Authorization, error) {
	return d.admit(ctx, clientAct("authorization.readmit_user", in, client, reason), by, client, func(r *ruling, adm *policy.Admission) error {
		if !slices.Contains(adm.Barred, user) {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "user", Got: user.String()})
		}
		r.tx.Detail("user", user.String())
		adm.Barred = without(adm.Barred, user)
		return nil
	})
}

// RevokeForRole takes an app from the holders of a role that the authorization names. The last role cannot go: that would admit
// nobody.
func (d *Decisions) RevokeForRole(ctx context.Context, by By, in id.Tenant, client id.Client, role, reason string) (store.Authorization, error) {
	return d.admit(ctx, clientAct("authorization.revoke_role", in, client, reason), by, client, func(r *ruling, adm *policy.Admission) error {
		if !slices.Contains(adm.Roles, role) {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Case: refusal.NotNamed, Want: "role", Got: role})
		}
		r.tx.Detail("role", role)
		adm.Roles = without(adm.Roles, role)
		return nil
	})
}

// admit changes whom an authorization admits.
func (d *Decisions) admit(ctx context.Context, act audit.Act, by By, client id.Client, change func(*ruling, *policy.Admission) error) (store.Authorization, error) {
	var out store.Authorization
	if err := checkText("reason", &act.Reason); err != nil {
		return store.Authorization{}, refused(err)
	}
	err := d.govern(ctx, act, by, func(tx store.Tx, au authority) error {
		r, err := d.rule(tx, by, au, act.Tenant, client)
		if err != nil {
			return err
		}
		next := r.inForce()
		if next.Origin == "" {
			return refusal.New(refusal.Finding{Code: refusal.ObjectNotFound, Want: "authorization", Got: client.String()})
		}
		if err := change(r, &next.Admission); err != nil {
			return err
		}
		if err := somebody(&next.Admission); err != nil {
			return err
		}
		out, err = r.write(next, act.Reason, false, r.previous())
		return err
	})
	return out, err
}

// previous is what was before a shrink, which a change of whom an authorization admits leaves to be taken back.
func (r *ruling) previous() before {
	if !r.lives() {
		return before{}
	}
	return before{r.old.Previous, r.old.WasUncapped}
}

func without[T comparable](list []T, gone T) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return v == gone })
}

// Recall revokes an app everywhere, in all tenants at once: what was decided on it before counts no more, and no default brings it
// back. It is one row and one mark, however many tenants use the app, and says in how many something lived. Each tenant decides
// anew; it is the operator's alone.
func (d *Decisions) Recall(ctx context.Context, by By, client id.Client, reason string) (tenants int, err error) {
	if err := mayOperate(by); err != nil {
		return 0, refused(err)
	}
	if err := checkText("reason", &reason); err != nil {
		return 0, refused(err)
	}
	var c store.Client
	err = d.store.View(ctx, func(r store.Reader) (err error) {
		if c, err = r.Client(client); err == nil {
			tenants, err = r.CountTenantsOf(client)
		}
		return err
	})
	if err == nil {
		act := audit.Act{Tenant: c.Owner, Actor: by.Actor, Action: "client.recall", Target: "client " + client.String(), Reason: reason}
		err = d.store.Do(ctx, act, func(tx store.Tx) error {
			c, err := tx.Client(client)
			if err != nil {
				return err
			}
			c.Recalls++
			tx.Detail("name", c.Registration.Name)
			tx.Detail("tenants", strconv.Itoa(tenants))
			tx.Mark(mark.Subject{Client: client}, nil, d.when().Add(token.MaxLife))
			return tx.UpdateClient(c, nil)
		})
	}
	if errors.Is(err, store.ErrNotFound) {
		err = unknownClient(client.String())
	}
	if err != nil {
		return 0, refused(err)
	}
	if tenants > 0 {
		d.registry.Tally(client, registry.TallyUninstall)
	}
	return tenants, nil
}
