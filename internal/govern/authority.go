package govern

import (
	"context"
	"errors"
	"strings"

	"prokura/internal/audit"
	"prokura/internal/directory"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
)

// authority is what whoever decides may do, as the transaction of the decision sees it.
type authority struct {
	operator bool
	rights   directory.Rights
}

// holds says whether they have a permission themselves.
func (au authority) holds(permission string) bool { return au.operator || au.rights.Hold(permission) }

// all says whether they have every permission there is.
func (au authority) all() bool { return au.operator || au.rights.SuperAdmin }

// authorityOf reads what somebody may do in a tenant. A user of another one, or of none, may do nothing; and a user who forgot
// to say who they are is no operator.
func (d *Decisions) authorityOf(r store.Reader, by By, in id.Tenant) (authority, error) {
	if by.User.IsZero() {
		return authority{operator: by.isOperator()}, nil
	}
	u, err := r.User(in, by.User)
	if errors.Is(err, store.ErrNotFound) {
		return authority{}, nil
	}
	if err != nil {
		return authority{}, err
	}
	rights, err := d.rules.Rights(r, u)
	return authority{rights: rights}, err
}

func (by By) isOperator() bool {
	return by.User.IsZero() && (by.Actor.Kind == audit.Operator.Kind || by.Actor.Kind == audit.System.Kind)
}

// name writes who decided, for people: kind, id and name.
func (by By) name() string {
	return strings.Join(strings.Fields(by.Actor.Kind+" "+by.Actor.ID+" "+by.Actor.Name), " ")
}

// mayDecide refuses who may not decide on apps for the tenant. The right is that of the transaction: an administrator whose role
// was taken while a page was open decides no more (A157).
func (d *Decisions) mayDecide(r store.Reader, by By, in id.Tenant) (authority, error) {
	au, err := d.authorityOf(r, by, in)
	if err != nil {
		return authority{}, err
	}
	if !au.holds(directory.MayAuthorize) {
		return authority{}, refusal.New(refusal.Finding{Code: refusal.AuthorityMissing, Want: directory.MayAuthorize})
	}
	return au, nil
}

// mayOperate refuses whoever is not the operator.
func mayOperate(by By) error {
	if !by.isOperator() {
		return refusal.New(refusal.Finding{Code: refusal.AuthorityMissing, Want: directory.Operator})
	}
	return nil
}

// govern runs an act of somebody who may decide for its tenant, in one transaction that holds the tenant.
func (d *Decisions) govern(ctx context.Context, act audit.Act, by By, fn func(store.Tx, authority) error) error {
	in := act.Tenant
	act.Actor = by.Actor
	err := d.store.Do(ctx, act, func(tx store.Tx) error {
		if err := tx.LockTenant(in); err != nil {
			return store.Refuse(err, "tenant", in.String())
		}
		au, err := d.mayDecide(tx, by, in)
		if err != nil {
			return err
		}
		return fn(tx, au)
	})
	if errors.Is(err, store.ErrTaken) {
		err = refusal.New(refusal.Finding{Code: refusal.AuthorizationChanged}) // written by somebody who did not lock the tenant
	}
	if err != nil {
		return refused(err)
	}
	return nil
}

// unknownClient is what a client answers that nobody here may see, whether or not there is one (A044).
func unknownClient(text string) error {
	return refusal.New(refusal.Finding{Code: refusal.ClientUnknown, Got: text, Case: refusal.Installing})
}
