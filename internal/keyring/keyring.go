// Package keyring keeps the keys that Prokura signs with: made at the first start, sealed at rest, published before
// they are used, replaced without anybody noticing, and withdrawn at once when one leaks.
//
//	staged ──10 min──► active ──until a newer key is active──► retired ──49 h──► gone
//	   └────────────────── Revoke, from any state ──────────────────► revoked: trusted nowhere, at once
//
// The row of a key that is gone, and of one that was revoked as long ago, stays until the next rotation.
//
// A staged key is in the JWKS before it signs, for longer than anybody may cache the JWKS, so that no verifier ever
// meets a signature of a key that it cannot know (A197, A238). A retired key stays there for longer than the longest
// token lives.
//
// Signing and verifying read memory only. What changes is read anew with Reload, which the feed asks for when it
// names store.KeysRecord.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"prokura/internal/audit"
	"prokura/internal/clock"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/seal"
	"prokura/internal/store"
	"prokura/internal/token"
)

const (
	// CacheTime is how long others may keep the JWKS.
	CacheTime = 5 * time.Minute
	// stagedTime is how long a key is published before it signs: the cache time, and as much again for nodes to learn
	// of it and for clocks that differ.
	stagedTime = 2 * CacheTime
	// trustTime is how long a key is trusted after it signed last: the longest token, and an hour.
	trustTime = token.MaxLife + time.Hour
)

// What callers tell apart, with errors.Is.
var (
	// ErrStaged: a key is staged already; it comes next.
	ErrStaged = errors.New("a new key is staged already")
	// ErrRevoked: the key was revoked before.
	ErrRevoked = errors.New("the key is revoked already")
)

// Store is what the keyring needs of the store.
type Store interface {
	Do(ctx context.Context, act audit.Act, fn func(store.Tx) error) error
	Tend(ctx context.Context, fn func(store.Upkeep) error) error
	View(ctx context.Context, fn func(store.Reader) error) error
}

// Options say what a keyring works with. All are needed.
type Options struct {
	Store  Store
	Sealer *seal.Sealer
	Clock  clock.Clock
	Issuer string // in whose name is signed
}

// Keyring is our keys, as memory holds them. It is safe for concurrent use.
type Keyring struct {
	o    Options
	mu   sync.Mutex // one load at a time, so that an older state never replaces a newer one
	held []held     // held: mu
	now  atomic.Pointer[view]
}

// Open loads the keys, and makes the first one where there is none. It fails when a key does not open: going on with a
// fresh one would end every session, and hide that the database and the master key file do not belong together (A240).
func Open(ctx context.Context, o Options) (*Keyring, error) {
	k := &Keyring{o: o}
	if err := k.first(ctx); err != nil {
		return nil, fmt.Errorf("making the first signing key: %w", err)
	}
	if err := k.Reload(ctx); err != nil {
		return nil, err
	}
	return k, nil
}

// firstKey is the setting that says which key was the first. Of several nodes that start at once, the one that wrote it
// adds its key, and the others use that (A239).
const firstKey = "keyring.first"

func (k *Keyring) first(ctx context.Context) error {
	some := false
	err := k.o.Store.View(ctx, func(r store.Reader) error {
		keys, err := r.ListKeys()
		some = len(keys) > 0
		return err
	})
	if err != nil || some {
		return err
	}
	now := k.second()
	key, err := k.make(now, now)
	if err != nil {
		return err
	}
	return k.o.Store.Tend(ctx, func(u store.Upkeep) error {
		mine := key.ID.String()
		stands, err := u.AddSetting(firstKey, []byte(mine))
		if err != nil || string(stands) != mine {
			return err
		}
		return u.AddKey(key)
	})
}

// make draws a key. It signs from the time given.
func (k *Keyring) make(created, active time.Time) (store.Key, error) {
	private, err := entropy.SigningKey()
	if err != nil {
		return store.Key{}, fmt.Errorf("drawing a key: %w", err)
	}
	key := store.Key{ID: entropy.ID[id.Key](), Created: created, Active: active}
	if key.Public, err = encodePublic(key.ID, &private.PublicKey); err != nil {
		return store.Key{}, err
	}
	key.Sealed, err = sealPrivate(k.o.Sealer, key.ID, private)
	return key, err
}

// Reload reads the keys anew. When it fails, the keys that were loaded go on (A241).
func (k *Keyring) Reload(ctx context.Context) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	var rows []store.Key
	err := k.o.Store.View(ctx, func(r store.Reader) error {
		var err error
		rows, err = r.ListKeys()
		return err
	})
	if err != nil {
		return fmt.Errorf("loading signing keys: %w", err)
	}
	held, err := k.hold(settle(rows))
	if err != nil {
		return fmt.Errorf("loading signing keys: %w", err)
	}
	k.held = held
	k.now.Store(k.look(k.o.Clock.Now()))
	return nil
}

// view is what holds now. It is made anew when time passes one of its bounds, in either direction.
func (k *Keyring) view() *view {
	now := k.o.Clock.Now()
	v := k.now.Load()
	if v.holds(now) {
		return v
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	v = k.look(now)
	k.now.Store(v)
	return v
}

// Issuer is in whose name is signed.
func (k *Keyring) Issuer() string { return k.o.Issuer }

// Current signs with the key that is active now.
func (k *Keyring) Current() *token.Signer { return k.view().signer }

// Verifier believes the keys that are trusted now.
func (k *Keyring) Verifier() *token.Verifier { return k.view().verifier }

// second is now, as it is stored.
func (k *Keyring) second() time.Time { return k.o.Clock.Now().UTC().Truncate(time.Second) }

// Rotate stages a new key, which takes over after everybody could learn of it, and deletes the keys that have expired.
// ErrStaged: one is staged already.
func (k *Keyring) Rotate(ctx context.Context, actor audit.Actor) (Key, error) {
	now := k.second()
	key, err := k.make(now, now.Add(stagedTime))
	if err != nil {
		return Key{}, err
	}
	act := audit.Act{Actor: actor, Action: "key.rotate", Target: "key " + key.ID.String()}
	err = k.o.Store.Do(ctx, act, func(tx store.Tx) error {
		rows, err := tx.ListKeys()
		if err != nil {
			return err
		}
		for _, r := range rows {
			if stateOf(&r, now) == Staged {
				return fmt.Errorf("%w: %s signs from %s on", ErrStaged, r.ID, r.Active.Format(time.RFC3339))
			}
		}
		return write(tx, rows, append(unexpired(rows, now), key))
	})
	if err != nil {
		return Key{}, k.failed(ctx, fmt.Errorf("rotating the signing key: %w", err))
	}
	return k.find(ctx, key.ID)
}

// Revoke withdraws a key that leaked, at once: it leaves the JWKS, everything that it signed is void, and where no other
// key could sign, a new one does (A242). It answers the key that signs now. store.ErrNotFound: there is no such key.
func (k *Keyring) Revoke(ctx context.Context, actor audit.Actor, key id.Key, reason string) (Key, error) {
	now := k.second()
	spare, err := k.make(now, now)
	if err != nil {
		return Key{}, err
	}
	act := audit.Act{
		Actor: actor, Action: "key.revoke", Target: "key " + key.String(), Detail: map[string]string{"reason": reason},
	}
	err = k.o.Store.Do(ctx, act, func(tx store.Tx) error {
		rows, err := tx.ListKeys()
		if err != nil {
			return err
		}
		after, err := revoke(rows, key, now)
		if err != nil {
			return err
		}
		if !canSign(after, now) {
			after = append(after, spare)
			tx.Detail("new_key", spare.ID.String())
		}
		tx.Mark(mark.Subject{Key: key}, nil, now.Add(trustTime))
		return write(tx, rows, after)
	})
	if err != nil {
		return Key{}, k.failed(ctx, fmt.Errorf("revoking signing key %s: %w", key, err))
	}
	if _, err := k.find(ctx, key); err != nil {
		return Key{}, err
	}
	return k.find(ctx, k.Current().Key())
}

// write stores what differs.
func write(tx store.Tx, before, after []store.Key) error {
	was := make(map[id.Key]store.Key, len(before))
	for _, key := range before {
		was[key.ID] = key
	}
	for _, key := range settle(after) {
		old, known := was[key.ID]
		delete(was, key.ID)
		var err error
		switch {
		case !known:
			err = tx.AddKey(key)
		case !sameLife(&old, &key):
			err = tx.UpdateKey(key)
		}
		if err != nil {
			return err
		}
	}
	for gone := range was {
		// Another node may have deleted it at the same moment.
		if err := tx.DeleteKey(gone); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// failed reloads and answers why a change failed. It may have been made all the same, now or when it was asked for
// before, and a revoked key must not go on in memory (A221). Where that cannot be read, "revoked already" would promise
// too much.
func (k *Keyring) failed(ctx context.Context, err error) error {
	if again := k.Reload(context.WithoutCancel(ctx)); again != nil {
		return fmt.Errorf("%v: %w", err, again)
	}
	return err
}

// find reloads and answers one key. The change is durable by then, so nobody's cancelling may keep it from memory.
func (k *Keyring) find(ctx context.Context, key id.Key) (Key, error) {
	if err := k.Reload(context.WithoutCancel(ctx)); err != nil {
		return Key{}, err
	}
	for _, one := range k.Keys() {
		if one.ID == key {
			return one, nil
		}
	}
	return Key{}, fmt.Errorf("signing key %s: %w", key, store.ErrNotFound)
}
