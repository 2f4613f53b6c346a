package keyring

import (
	"bytes"
	"slices"
	"time"

	"prokura/internal/id"
	"prokura/internal/store"
)

// State is where a key stands in its life.
type State string

// The states.
const (
	Staged  State = "staged"  // published, does not sign yet
	Active  State = "active"  // signs
	Retired State = "retired" // only verifies
	Expired State = "expired" // trusted no more; the next rotation deletes it
	Revoked State = "revoked" // withdrawn
)

// Key is one key as people see it.
type Key struct {
	ID      id.Key
	State   State
	Created time.Time
	Active  time.Time
	Retired time.Time // zero: no newer key is staged
	Expires time.Time // zero: not known yet
}

// Keys are all keys, in the order in which they sign.
func (k *Keyring) Keys() []Key {
	now := k.o.Clock.Now()
	signs := k.Current().Key()
	k.mu.Lock()
	defer k.mu.Unlock()
	list := make([]Key, len(k.held))
	for i, h := range k.held {
		r := h.row
		list[i] = Key{r.ID, stateOf(&r, now), r.Created, r.Active, r.Retired, r.Expires}
		if r.ID == signs {
			list[i].State = Active
		}
	}
	return list
}

func stateOf(r *store.Key, now time.Time) State {
	switch {
	case r.Revoked:
		return Revoked
	case !r.Expires.IsZero() && !now.Before(r.Expires):
		return Expired
	case !r.Retired.IsZero() && !now.Before(r.Retired):
		return Retired
	case now.Before(r.Active):
		return Staged
	}
	return Active
}

// settle puts keys into the order in which they sign, and works out from that order when each retires and expires. What
// the rows say of it is not relied on: two nodes that staged a key at the same moment did not see each other's, and
// no key may be left without an end because of it (A197).
func settle(rows []store.Key) []store.Key {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b store.Key) int {
		if c := a.Active.Compare(b.Active); c != 0 {
			return c
		}
		x, y := a.ID.Bytes(), b.ID.Bytes()
		return bytes.Compare(x[:], y[:])
	})
	var next time.Time // when the next key takes over; zero: none is known
	for i := len(rows) - 1; i >= 0; i-- {
		r := &rows[i]
		if !r.Revoked {
			r.Retired, r.Expires = next, time.Time{}
			if !next.IsZero() {
				r.Expires = next.Add(trustTime)
			}
		}
		// A revoked key that had signed did take over: the one before it stays retired. One that was only staged never
		// did, and the one before it goes on.
		if !r.Revoked || r.Active.Before(r.Retired) {
			next = r.Active
		}
	}
	return rows
}

// unexpired leaves out the keys whose end has passed: nothing that they signed lives. It changes nothing for the others,
// because a key that signed expires after those before it.
func unexpired(rows []store.Key, now time.Time) []store.Key {
	return slices.DeleteFunc(settle(rows), func(r store.Key) bool { return !r.Expires.IsZero() && !now.Before(r.Expires) })
}

func sameLife(a, b *store.Key) bool {
	return a.Active.Equal(b.Active) && a.Retired.Equal(b.Retired) && a.Expires.Equal(b.Expires) && a.Revoked == b.Revoked
}

// current is the key that signs: the last that is active. Before one is, by a clock that runs behind the one that made
// it, the next does. It answers -1 only where no key is endless.
func current(rows []store.Key, now time.Time) int {
	at := -1
	for i := range rows {
		switch stateOf(&rows[i], now) {
		case Active:
			at = i
		case Staged:
			if at < 0 {
				at = i
			}
		}
	}
	return at
}

// endless says whether there is a key that nothing ends yet: it signs, or will, at any time.
func endless(rows []store.Key) bool {
	return slices.ContainsFunc(rows, func(r store.Key) bool { return !r.Revoked && r.Retired.IsZero() })
}

// canSign says whether a key is active. One that is only staged does not count and keeps its time.
func canSign(rows []store.Key, now time.Time) bool {
	return slices.ContainsFunc(settle(rows), func(r store.Key) bool { return stateOf(&r, now) == Active })
}

// revoke is the rows with one key withdrawn. Its row stays at least as long as its mark, so that people see what became of it.
func revoke(rows []store.Key, key id.Key, now time.Time) ([]store.Key, error) {
	rows = slices.Clone(rows)
	i := slices.IndexFunc(rows, func(r store.Key) bool { return r.ID == key })
	if i < 0 {
		return nil, store.ErrNotFound
	}
	if rows[i].Revoked {
		return nil, ErrRevoked
	}
	rows[i].Revoked = true
	rows[i].Expires = now.Add(trustTime)
	if rows[i].Retired.IsZero() || now.Before(rows[i].Retired) {
		rows[i].Retired = now
	}
	return rows, nil
}
