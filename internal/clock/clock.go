// Package clock is the one place that reads the time.
package clock

import (
	"sync"
	"time"
)

// Clock tells the time. What is stored or signed is cut to UTC seconds by whoever stores or signs it.
type Clock interface {
	Now() time.Time
}

// System is the machine's clock. Its times carry a monotonic reading, so that differences survive a step.
type System struct{}

// Now is the present time.
func (System) Now() time.Time { return time.Now() }

// Fake stands still until it is told otherwise. It is for tests.
type Fake struct {
	mu  sync.Mutex
	now time.Time // held: mu
}

// NewFake makes a clock that stands at the time given.
func NewFake(at time.Time) *Fake { return &Fake{now: at} }

// Now is the time it was last set to.
func (f *Fake) Now() time.Time {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.now
}

// Advance moves it; a negative duration steps it back.
func (f *Fake) Advance(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.now = f.now.Add(d)
}
