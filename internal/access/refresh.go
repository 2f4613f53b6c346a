package access

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"errors"
	"fmt"
	"time"

	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/policy"
	"prokura/internal/refusal"
	"prokura/internal/registry"
	"prokura/internal/store"
)

const (
	// RefreshGrace is how long a refresh token that was used still answers its successor, the same one each time: for a
	// client whose answer was lost. It ends with the successor's first use.
	RefreshGrace = 10 * time.Second
	// refreshTries is how often a refresh that was overtaken looks again.
	refreshTries = 3
)

// RefreshRequest asks for a new access token (RFC 6749 §6).
type RefreshRequest struct {
	Proof  Proof
	Token  string
	Scope  Narrowing
	Tenant string // that the path names; empty: none
	Remote string
}

// Refresh issues a new access token and rotates the refresh token, or answers *Refused. A refresh for which nothing holds now
// uses nothing up; a token that was used before ends its family.
func (a *Access) Refresh(ctx context.Context, req RefreshRequest) (Issued, error) {
	if err := a.issues(); err != nil {
		return Issued{}, err
	}
	who, err := a.authenticate(ctx, &req.Proof, req.Remote)
	if err != nil {
		return Issued{}, err
	}
	located, err := id.ParseLocated(id.RefreshToken, req.Token)
	if err != nil || !a.samePath(ctx, req.Tenant, located.Tenant()) {
		return Issued{}, refuseClient(&who, refusal.Finding{Code: refusal.RefreshTokenUnknown})
	}
	if who.authenticated() && !keepsToken(&who) {
		out, err := a.rotateAtOnce(ctx, &who, located, req.Scope)
		if err == nil {
			return out, nil
		}
		if !errors.Is(err, errOtherwise) {
			return Issued{}, refused(err)
		}
	}
	for range refreshTries {
		var out Issued
		if out, err = a.refresh(ctx, &who, located, req.Scope); !errors.Is(err, store.ErrUsed) {
			return out, err
		}
		// Another request of the same client was first; this one finds what it left: the grace.
	}
	return Issued{}, refuseWith(refusal.Finding{Code: refusal.TemporarilyOverloaded}, err)
}

// readRefresh reads a refresh token and its grant.
func (a *Access) readRefresh(ctx context.Context, located id.Located) (row store.RefreshToken, grant store.Grant, err error) {
	err = a.store.Glance(ctx, func(r store.Reader) error {
		row, grant, err = r.Refreshable(located.Tenant(), located.Hash())
		return err
	})
	return row, grant, err
}

// refresh is one try. store.ErrUsed: another was faster.
func (a *Access) refresh(ctx context.Context, who *proven, located id.Located, n Narrowing) (Issued, error) {
	now := a.clock.Now()
	row, grant, err := a.readRefresh(ctx, located)
	if errors.Is(err, store.ErrNotFound) {
		return Issued{}, refuseClient(who, refusal.Finding{Code: refusal.RefreshTokenUnknown})
	}
	if err != nil {
		return Issued{}, refused(err)
	}
	successor, inGrace := graced(&row, located, now)
	switch {
	case row.Client != who.ID:
		why := ""
		if who.authenticated() {
			why = endedElsewhere
		}
		return Issued{}, a.wrongHands(ctx, who, grant, refusal.Finding{Code: refusal.RefreshTokenUnknown}, why)
	case !grant.Ended.IsZero():
		return Issued{}, refuseGrant(&grant, refusal.Finding{Code: refusal.GrantEnded})
	case !row.Used.IsZero() && !inGrace:
		return Issued{}, a.wrongHands(ctx, who, grant, refusal.Finding{Code: refusal.RefreshTokenReplayed}, endedReplayed)
	case expired(&row, &grant, now):
		return Issued{}, refuseGrant(&grant, refusal.Finding{Code: refusal.RefreshTokenExpired})
	}
	var i issuing
	at, v, err := a.onMemory(ctx, func(from records) (v policy.Verdict, err error) {
		i, v, err = a.judgeGrant(ctx, from, who, grant, n, false)
		return v, err
	})
	if err != nil {
		return Issued{}, refused(err)
	}
	if !v.Allowed() {
		return Issued{}, i.refused(v)
	}
	if inGrace || keepsToken(who) {
		// Nothing is written. Of the token that stays the same the client knows the value; of the grace it is answered.
		if !inGrace {
			successor = located
		}
		return a.issueAgain(ctx, who, &i, v, at, n, successor)
	}
	return a.rotate(ctx, who, &i, v, at, n, row, located)
}

// expired says whether the life of a refresh token is over, or that of its grant.
func expired(row *store.RefreshToken, g *store.Grant, now time.Time) bool {
	return !g.Expires.IsZero() && !now.Before(g.Expires) || !row.Expires.IsZero() && !now.Before(row.Expires)
}

// keepsToken says whether the client's refresh token stays the same until the app is uninstalled, as clients of HubSpot's
// wire expect. A public client's always rotates (RFC 9700 §4.14).
func keepsToken(who *proven) bool {
	return who.Registration.Wire == registry.HubSpotWire && !who.Registration.Public
}

// issueAgain signs another access token from a decision, without writing. While this process's memory has not reached its own
// last mark, what it would issue could be born dead, so that the database decides.
func (a *Access) issueAgain(ctx context.Context, who *proven, i *issuing, v policy.Verdict, at mark.Number, n Narrowing, refresh id.Located) (Issued, error) {
	if !a.memory.CaughtUp() {
		grant := i.grant
		err := a.store.View(ctx, func(r store.Reader) error {
			g, err := r.Grant(grant.Tenant, grant.ID)
			if err != nil {
				return err
			}
			at = r.Head()
			*i, v, err = a.judgeGrant(ctx, readerRecords{r, a.rules}, who, g, n, false)
			return err
		})
		if err != nil {
			return Issued{}, refused(err)
		}
		if !v.Allowed() {
			return Issued{}, i.refused(v)
		}
	}
	said := i.claims(&v, at, a.clock.Now())
	if err := fits(&said); err != nil {
		return Issued{}, err
	}
	return a.signRefreshed(i, said, &v, refresh)
}

// graced is the successor of a token that was used just now, if it may be answered again.
func graced(row *store.RefreshToken, presented id.Located, now time.Time) (id.Located, bool) {
	since := now.Sub(row.Used)
	// Another node's clock may be ahead of ours.
	if row.Used.IsZero() || len(row.Sealed) == 0 || since >= RefreshGrace || since < -policy.Skew {
		return id.Located{}, false
	}
	successor, err := openSuccessor(presented, row.Sealed)
	return successor, err == nil && successor.Hash() == row.Successor
}

// successorBox seals the successor of one refresh token with a key that only the token itself gives, so that a stolen
// database has no live token in it. Each key seals one text, once: the nonce is always the same.
func successorBox(presented id.Located) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(presented.Reveal()), nil, "prokura refresh successor", 32)
	if err != nil {
		return nil, fmt.Errorf("deriving the key of a successor: %w", err)
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("making the cipher of a successor: %w", err)
	}
	box, err := cipher.NewGCM(block)
	if err != nil {
		return nil, fmt.Errorf("making the cipher of a successor: %w", err)
	}
	return box, nil
}

func sealSuccessor(presented, successor id.Located) ([]byte, error) {
	box, err := successorBox(presented)
	if err != nil {
		return nil, err
	}
	return box.Seal(nil, make([]byte, box.NonceSize()), []byte(successor.Reveal()), nil), nil
}

func openSuccessor(presented id.Located, sealed []byte) (id.Located, error) {
	box, err := successorBox(presented)
	if err != nil {
		return id.Located{}, err
	}
	plain, err := box.Open(nil, make([]byte, box.NonceSize()), sealed, nil)
	if err != nil {
		return id.Located{}, fmt.Errorf("opening a successor: %w", err)
	}
	return id.ParseLocated(id.RefreshToken, string(plain))
}
