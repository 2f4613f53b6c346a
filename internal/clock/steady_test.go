package clock

import (
	"testing"
	"time"
)

var start = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func TestA234_a_step_of_the_wall_clock(t *testing.T) {
	for name, tt := range map[string]struct {
		earlier time.Time     // the latest that an earlier process saw
		passed  time.Duration // really
		wall    time.Duration // what the wall clock says has passed
		now     time.Duration // after start
		off     time.Duration
	}{
		"nothing happens":              {passed: time.Hour, wall: time.Hour, now: time.Hour},
		"back by an hour":              {passed: time.Minute, wall: -59 * time.Minute, now: time.Minute, off: -time.Hour},
		"ten years forward":            {passed: time.Minute, wall: 87600 * time.Hour, now: 87600 * time.Hour, off: 87600*time.Hour - time.Minute},
		"suspended for a day (A237)":   {passed: time.Second, wall: 24 * time.Hour, now: 24 * time.Hour, off: 24*time.Hour - time.Second},
		"begins an hour too early":     {earlier: start.Add(time.Hour), passed: time.Minute, wall: time.Minute, now: 61 * time.Minute, off: -time.Hour},
		"begins as an earlier one saw": {earlier: start.Add(-time.Hour), passed: time.Minute, wall: time.Minute, now: time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			wall := NewFake(start)
			var passed time.Duration
			s := NewSteady(wall, func() time.Duration { return passed }, tt.earlier)
			passed = tt.passed
			wall.Advance(tt.wall)
			if got := s.Now().Sub(start); got != tt.now {
				t.Errorf("it is %v after the start, want %v", got, tt.now)
			}
			if got := s.Off(); got != tt.off {
				t.Errorf("the wall clock is off by %v, want %v", got, tt.off)
			}
		})
	}
}

func TestElapsed_counts(t *testing.T) {
	elapsed := Elapsed()
	if a, b := elapsed(), elapsed(); a < 0 || b < a {
		t.Errorf("counted %v and then %v", a, b)
	}
}
