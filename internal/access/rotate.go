package access

import (
	"context"
	"errors"
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/token"
)

// errOtherwise: a refresh is not what almost all are, and nothing was written.
var errOtherwise = errors.New("the refresh token is not simply rotated")

// rotateAtOnce is the refresh as it almost always is: the client has proven itself, its token was never used, and something may
// be issued. Then one transaction reads, decides and writes: on SQLite the one connection that writes has in memory what it
// wrote itself, whereas all others must read anew after each commit. Everything else is errOtherwise, and is decided outside.
//
// Who has not proven anything does not come here: a made-up token must not wait in the line of those who write.
func (a *Access) rotateAtOnce(ctx context.Context, who *proven, located id.Located, n Narrowing) (Issued, error) {
	now := a.clock.Now()
	next, sealed, err := succeed(located)
	if err != nil {
		return Issued{}, err
	}
	var i issuing
	var v policy.Verdict
	var said token.Access
	err = a.store.Do(ctx, a.act(who, located.Tenant(), "grant.refresh"), func(tx store.Tx) error {
		row, grant, err := tx.Refreshable(located.Tenant(), located.Hash())
		switch {
		case errors.Is(err, store.ErrNotFound):
			return errOtherwise
		case err != nil:
			return err
		case row.Client != who.ID, !grant.Ended.IsZero(), !row.Used.IsZero(), expired(&row, &grant, now):
			return errOtherwise
		}
		from, at := a.recordsIn(tx)
		if i, v, err = a.judgeGrant(ctx, from, who, grant, n, false); err != nil {
			return err
		}
		if !v.Allowed() {
			return errOtherwise
		}
		said = i.claims(&v, at, now)
		if err := fits(&said); err != nil {
			return err
		}
		tellOf(tx, &grant)
		return rotateInTx(tx, row, next, sealed, now, at)
	})
	if errors.Is(err, store.ErrUsed) || errors.Is(err, store.ErrNotFound) {
		return Issued{}, errOtherwise // another was faster
	}
	if err != nil {
		return Issued{}, err
	}
	return a.signRefreshed(&i, said, &v, next)
}

// recordsIn is where a decision in a transaction finds its records, and the number of the state that they are of: in memory,
// as long as that is at the same number.
func (a *Access) recordsIn(tx store.Tx) (records, mark.Number) {
	at := tx.Head()
	if !a.memory.CaughtUp() || a.memory.Head() != at {
		return readerRecords{tx, a.rules}, at
	}
	held := a.records
	held.within = tx
	return held, at
}

// rotate uses the token up and writes its successor, as was decided.
func (a *Access) rotate(ctx context.Context, who *proven, i *issuing, v policy.Verdict, at mark.Number, n Narrowing,
	row store.RefreshToken, located id.Located) (Issued, error) {
	now := a.clock.Now()
	grant := i.grant
	next, sealed, err := succeed(located)
	if err != nil {
		return Issued{}, err
	}
	said, err := a.issueInTx(ctx, a.act(who, grant.Tenant, "grant.refresh"), who, i, &v, at, false, n, func(tx store.Tx, _ *issuing) error {
		return rotateInTx(tx, row, next, sealed, now, mark.Number{})
	})
	switch {
	case errors.Is(err, store.ErrUsed):
		return Issued{}, err
	case errors.Is(err, store.ErrNotFound):
		return Issued{}, refuseGrant(&grant, refusal.Finding{Code: refusal.GrantEnded})
	case err != nil:
		return Issued{}, refused(err)
	}
	return a.signRefreshed(i, said, &v, next)
}

// rotateInTx writes the successor. Whoever holds the token that is used up got it: the grace of the one before is over.
func rotateInTx(tx store.Tx, row store.RefreshToken, next id.Located, sealed []byte, now time.Time, decided mark.Number) error {
	now = now.UTC().Truncate(time.Second)
	row.Sealed, row.Successor = sealed, next.Hash()
	successor := store.RefreshToken{Tenant: row.Tenant, Hash: next.Hash(), Grant: row.Grant, Client: row.Client, Created: now, Expires: row.Expires}
	if err := tx.RotateRefreshToken(row, successor, now, decided); err != nil {
		return err
	}
	return tx.CloseGrace(row.Tenant, row.Hash)
}

// succeed draws the successor of a refresh token, and seals it for the grace.
func succeed(located id.Located) (id.Located, []byte, error) {
	next := newLocated(id.RefreshToken, located.Tenant())
	sealed, err := sealSuccessor(located, next)
	if err != nil {
		return id.Located{}, nil, refuseWith(refusal.Finding{Code: refusal.InternalFailure}, err)
	}
	return next, sealed, nil
}

// signRefreshed makes the access token that goes with a refresh token.
func (a *Access) signRefreshed(i *issuing, said token.Access, v *policy.Verdict, refresh id.Located) (Issued, error) {
	out, err := a.sign(i, said, v)
	out.RefreshToken = refresh.Reveal()
	return out, err
}
