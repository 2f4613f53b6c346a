package clock

import "time"

// Steady is a clock that no step of the machine's clock sets back (A234). It counts on from where it began, and follows
// the wall clock only forward: a token then ends too early rather than too late. So it does when a suspended machine
// resumes, because what is counted stood still meanwhile (A237).
type Steady struct {
	wall    Clock
	elapsed func() time.Duration
	began   time.Time
}

// NewSteady begins at the wall clock's time, but not before the time given: the latest that an earlier process is known
// to have seen. elapsed counts from now on by something that is never stepped; see [Elapsed].
func NewSteady(wall Clock, elapsed func() time.Duration, notBefore time.Time) *Steady {
	began := wall.Now().Round(0)
	if began.Before(notBefore) {
		began = notBefore
	}
	return &Steady{wall: wall, elapsed: elapsed, began: began}
}

// Elapsed counts from now by the machine's monotonic clock.
func Elapsed() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// Now is the time.
func (s *Steady) Now() time.Time {
	counted, wall := s.began.Add(s.elapsed()), s.wall.Now().Round(0)
	if wall.After(counted) {
		return wall
	}
	return counted
}

// Off is how far the wall clock is from what was counted: positive when it was stepped forward, negative when back.
func (s *Steady) Off() time.Duration {
	return s.wall.Now().Round(0).Sub(s.began.Add(s.elapsed()))
}
