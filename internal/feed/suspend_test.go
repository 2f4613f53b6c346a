package feed_test

import (
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/feed"
)

// TestA237_a_machine_that_slept: what a process counts stands still while its machine is suspended, and the wall clock
// goes on. The first decision after the wake refuses.
func TestA237_a_machine_that_slept(t *testing.T) {
	wall := clock.NewFake(noon)
	var counted time.Duration
	steady := clock.NewSteady(wall, func() time.Duration { return counted }, time.Time{})
	m := feed.New(feed.Config{Store: newDatabase().node(), Clock: steady, Log: quiet(t)})
	sync1(t, m)
	counted += 2 * time.Second
	wall.Advance(2 * time.Second)
	if _, err := check(t.Context(), m, &x1, state(0)); err != nil {
		t.Fatalf("before it slept: %v", err)
	}
	wall.Advance(time.Hour)
	if j, err := check(t.Context(), m, &x1, state(0)); err == nil || !j.Void {
		t.Errorf("the first decision after the wake: %v, %v", j, err)
	}
	sync1(t, m)
	if _, err := check(t.Context(), m, &x1, state(0)); err != nil {
		t.Errorf("after contact: %v", err)
	}
}
