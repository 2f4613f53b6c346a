package faultstore

import (
	"fmt"
	"strings"
	"sync"

	"prokura/internal/refusal"
	"prokura/internal/store"
)

// Trigger is a plan for a store that outlives one experiment: everything works but the one call that it was armed for.
// Its zero value is at rest.
type Trigger struct {
	mu      sync.Mutex
	left    int     // held: mu; calls until the one that fails; zero: none does
	outcome Outcome // held: mu
	hit     Call    // held: mu
	down    bool    // held: mu
}

// Plan is the trigger as a plan.
func (t *Trigger) Plan(c Call) Outcome {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.down {
		return NotDone
	}
	if t.left == 0 {
		return Works
	}
	if t.left--; t.left > 0 {
		return Works
	}
	t.hit = c
	return t.outcome
}

// Arm lets the nth call from now have the outcome.
func (t *Trigger) Arm(n int, o Outcome) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left, t.outcome, t.hit = n, o, Call{}
}

// Disarm lets everything work again. It answers the call that failed, and whether one did.
func (t *Trigger) Disarm() (Call, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	hit := t.hit
	t.left, t.outcome, t.hit = 0, Works, Call{}
	return hit, hit.N > 0
}

// Lost says whether a call is reported as failed that was done: such a change is told to nobody.
func (t *Trigger) Lost() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.hit.N > 0 && t.outcome == Done
}

// Down lets every call fail, until told otherwise.
func (t *Trigger) Down(down bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.down = down
}

// Deaf is a store that tells of its own changes as a database does whose answer was lost: not at all, of what was done
// and is reported as failed. The feed tells of it.
type Deaf struct {
	*Store
	Trigger *Trigger
}

// Committed passes on what the store tells of, but for what is reported as failed.
func (d Deaf) Committed(fn func([]store.Change)) {
	d.Store.Committed(func(list []store.Change) {
		if !d.Trigger.Lost() {
			fn(list)
		}
	})
}

// Leak says what of an injected failure would be shown to who asked; nil: nothing is. What is shown of an error are the
// findings of its refusal, never its cause.
func Leak(err error) error {
	for _, f := range refusal.Of(err).Findings {
		m, r := f.Message(), f.Remedy()
		shown := fmt.Sprint(f.Scope, f.Want, f.Got, m, r)
		for _, inner := range []string{ErrInjected.Error(), store.ErrUncertain.Error(), "call ", "View", "Tend", "sqlite", "SQL"} {
			if strings.Contains(shown, inner) {
				return fmt.Errorf("%q is shown, with %q in it", shown, inner)
			}
		}
	}
	return nil
}
