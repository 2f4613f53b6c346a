package keyring

import (
	"crypto/ecdsa"
	"errors"
	"fmt"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
	"prokura/internal/token"
)

// held is a key in memory.
type held struct {
	row    store.Key
	public *ecdsa.PublicKey
	jwk    []byte
	signer *token.Signer // nil: revoked
}

// view is what holds from one moment to just before another.
type view struct {
	from, until time.Time // zero: unbounded
	signer      *token.Signer
	verifier    *token.Verifier
	jwks        document
}

func (v *view) holds(now time.Time) bool {
	return (v.from.IsZero() || !now.Before(v.from)) && (v.until.IsZero() || now.Before(v.until))
}

// hold opens keys. Each that could sign must open, and must belong to its public part: a database and a master key file
// that do not belong together, or a row that was tampered with, are found out at the start and not at midnight (A240).
func (k *Keyring) hold(rows []store.Key) ([]held, error) {
	if !endless(rows) {
		return nil, errors.New("no key can sign; where the database was restored, restore its keys too")
	}
	list := make([]held, 0, len(rows))
	for _, r := range rows {
		public, err := decodePublic(r.ID, r.Public)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", r.ID, err)
		}
		h := held{row: r, public: public, jwk: r.Public}
		if !r.Revoked {
			private, err := openPrivate(k.o.Sealer, r.ID, r.Sealed)
			if err != nil {
				return nil, fmt.Errorf("key %s: %w", r.ID, err)
			}
			if !private.PublicKey.Equal(public) {
				return nil, fmt.Errorf("key %s: its private part does not belong to its public part", r.ID)
			}
			if h.signer, err = token.NewSigner(k.o.Issuer, r.ID, private); err != nil {
				return nil, fmt.Errorf("key %s: %w", r.ID, err)
			}
		}
		list = append(list, h)
	}
	return list, nil
}

// look works out what holds now. held: mu
func (k *Keyring) look(now time.Time) *view {
	v := &view{}
	rows := make([]store.Key, len(k.held))
	trusted := make(map[id.Key]*ecdsa.PublicKey)
	var published [][]byte
	for i, h := range k.held {
		rows[i] = h.row
		if h.row.Revoked {
			continue
		}
		v.bound(now, h.row.Active, h.row.Retired, h.row.Expires)
		if stateOf(&h.row, now) != Expired {
			trusted[h.row.ID] = h.public
			published = append(published, h.jwk)
		}
	}
	v.signer = k.held[current(rows, now)].signer // hold made sure of an endless one
	v.verifier = token.NewVerifier(k.o.Issuer, trusted)
	v.jwks = newDocument(published)
	return v
}

// bound narrows the view to the moments beside now.
func (v *view) bound(now time.Time, moments ...time.Time) {
	for _, m := range moments {
		switch {
		case m.IsZero():
		case now.Before(m):
			if v.until.IsZero() || m.Before(v.until) {
				v.until = m
			}
		case m.After(v.from):
			v.from = m
		}
	}
}
