package clock

import (
	"testing"
	"time"
)

func TestFake_stands_still_until_told(t *testing.T) {
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c := NewFake(at)
	for range 2 {
		if got := c.Now(); got != at {
			t.Errorf("it is %s", got)
		}
	}
	c.Advance(time.Hour)
	c.Advance(-time.Minute)
	if got := c.Now(); got != at.Add(59*time.Minute) {
		t.Errorf("it is %s", got)
	}
}

func TestSystem_carries_a_monotonic_reading(t *testing.T) {
	a := System{}.Now()
	if a.Round(0) == a { // == compares the monotonic reading too
		t.Error("without a monotonic reading, a step of the clock is taken for time")
	}
}
