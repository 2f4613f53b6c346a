package keyring

import (
	"context"
	"errors"
	"path/filepath"
	"testing"

	"prokura/internal/audit"
	"prokura/internal/entropy"
	"prokura/internal/id"
	"prokura/internal/mark"
	"prokura/internal/refusal"
	"prokura/internal/seal"
	"prokura/internal/store/faultstore"
)

// newFaulty is a keyring whose store fails when it is told to.
func newFaulty(t *testing.T, b *faultstore.Bench) (*Keyring, Options) {
	t.Helper()
	sealer, err := seal.OpenFile(filepath.Join(t.TempDir(), "master.key"))
	if err != nil {
		t.Fatal(err)
	}
	o := Options{Store: b.Store, Sealer: sealer, Clock: b.Clock, Issuer: issuer}
	k, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	return k, o
}

// asRefused answers errors as the admin API does.
func asRefused(err error) error {
	switch {
	case errors.Is(err, ErrStaged):
		return refusal.Because(refusal.KeyStaged, err)
	case errors.Is(err, ErrRevoked):
		return refusal.Because(refusal.KeyRevoked, err)
	}
	return err
}

// agrees fails where memory and a keyring that is opened anew differ in any key or in the one that signs.
func agrees(t *testing.T, k *Keyring, o Options) {
	t.Helper()
	anew, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if states(k) != states(anew) || k.Current().Key() != anew.Current().Key() {
		t.Errorf("memory holds %s, the database %s", states(k), states(anew))
	}
}

// TestA221_every_change: done or not done, and whatever was said of it, marks, book and keys agree; who asks again is
// answered only when memory agrees, too, and no second key is made (A232).
func TestA221_every_change(t *testing.T) {
	for _, tt := range []struct {
		name   string
		rotate bool // before
		do     func(context.Context, *Keyring, id.Key) error
		e      faultstore.Experiment
	}{
		{"rotate", false, func(ctx context.Context, k *Keyring, _ id.Key) error {
			_, err := k.Rotate(ctx, audit.Operator)
			return err
		}, faultstore.Experiment{Action: "key.rotate", Again: refusal.KeyStaged}},
		{"revoke the only key", false, func(ctx context.Context, k *Keyring, first id.Key) error {
			_, err := k.Revoke(ctx, audit.Operator, first, "leaked")
			return err
		}, faultstore.Experiment{Action: "key.revoke", Void: true, Again: refusal.KeyRevoked}},
		{"revoke the key that signs, while another is staged", true, func(ctx context.Context, k *Keyring, first id.Key) error {
			_, err := k.Revoke(ctx, audit.Operator, first, "leaked")
			return err
		}, faultstore.Experiment{Action: "key.revoke", Void: true, Again: refusal.KeyRevoked}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			faultstore.Each(t, func(t *testing.T, b *faultstore.Bench) faultstore.Experiment {
				k, o := newFaulty(t, b)
				first := k.Current().Key()
				if tt.rotate {
					if _, err := k.Rotate(t.Context(), audit.Operator); err != nil {
						t.Fatal(err)
					}
				}
				e, asked := tt.e, 0
				e.Do = func(ctx context.Context) error {
					err := tt.do(ctx, k, first)
					if asked++; asked == 2 {
						agrees(t, k, o)
					}
					return asRefused(err)
				}
				e.Session = mark.Subject{Key: first, Tenant: entropy.ID[id.Tenant](), Session: entropy.ID[id.Session]()}
				e.Other = e.Session
				e.Other.Key = entropy.ID[id.Key]()
				return e
			})
		})
	}
}

// TestA221_revoking_again_while_the_keys_cannot_be_read is not answered as if the key were out of memory, too.
func TestA221_revoking_again_while_the_keys_cannot_be_read(t *testing.T) {
	b := faultstore.NewBench(t)
	k, o := newFaulty(t, b)
	leaked := k.Current().Key()
	revoke := func() error {
		_, err := k.Revoke(t.Context(), audit.Operator, leaked, "leaked")
		return err
	}
	b.Trigger.Arm(2, faultstore.NotDone) // the keys are not read again
	if err := revoke(); !errors.Is(err, faultstore.ErrInjected) {
		t.Fatal(err)
	}
	b.Trigger.Arm(2, faultstore.NotDone)
	if err := revoke(); !errors.Is(err, faultstore.ErrInjected) || errors.Is(err, ErrRevoked) {
		t.Errorf("asked again: %v", err)
	}
	b.Trigger.Disarm()
	if err := revoke(); !errors.Is(err, ErrRevoked) {
		t.Errorf("asked a third time: %v", err)
	}
	agrees(t, k, o)
}

// TestA221_the_first_key: a start that fails with it, in whichever way, leaves at most one key, and the next start uses it.
func TestA221_the_first_key(t *testing.T) {
	for _, o := range []faultstore.Outcome{faultstore.NotDone, faultstore.Done} {
		for n := 1; n <= 3; n++ {
			b := faultstore.NewBench(t)
			sealer, err := seal.OpenFile(filepath.Join(t.TempDir(), "master.key"))
			if err != nil {
				t.Fatal(err)
			}
			options := Options{Store: b.Store, Sealer: sealer, Clock: b.Clock, Issuer: issuer}
			b.Trigger.Arm(n, o)
			if _, err := Open(t.Context(), options); !errors.Is(err, faultstore.ErrInjected) {
				t.Errorf("call %d, outcome %d: the start answers %v", n, o, err)
			}
			b.Trigger.Disarm()
			k, err := Open(t.Context(), options)
			if err != nil {
				t.Fatal(err)
			}
			if got := states(k); got != "active" {
				t.Errorf("call %d, outcome %d: the keys are %s", n, o, got)
			}
		}
	}
}
