package server

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/store"
	"prokura/internal/store/postgres"
	"prokura/internal/store/sqlite"
)

func TestA234_a_clock_set_back_between_two_starts_is_noticed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.db")
	wall := clock.NewFake(time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC))
	begin := func() (*timekeeper, func()) {
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: file})
		if err != nil {
			t.Fatal(err)
		}
		k, err := newTimekeeper(t.Context(), s, wall)
		if err != nil {
			t.Fatal(err)
		}
		return k, func() { s.Close() }
	}
	k, end := begin()
	if err := k.check(t.Context()); err != nil {
		t.Errorf("a clock that nobody touched: %v", err)
	}
	if err := k.note(t.Context()); err != nil {
		t.Fatal(err)
	}
	end()

	was := wall.Now()
	wall.Advance(-time.Hour)
	k, end = begin()
	defer end()
	if k.steady.Now().Before(was) {
		t.Errorf("it began at %v, before what an earlier process saw, %v", k.steady.Now(), was)
	}
	if err := k.check(t.Context()); err == nil {
		t.Error("an hour back was not noticed")
	}
}

func TestA235_a_clock_apart_from_the_databases_is_noticed(t *testing.T) {
	s, err := postgres.Open(context.Background(), postgres.Options{URL: database.Schema(t)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var _ store.Store = s
	for _, tt := range []struct {
		apart time.Duration
		bad   bool
	}{{0, false}, {25 * time.Second, false}, {-25 * time.Second, false}, {time.Minute, true}, {-time.Minute, true}} {
		k, err := newTimekeeper(t.Context(), s, clock.NewFake(time.Now().Add(tt.apart)))
		if err != nil {
			t.Fatal(err)
		}
		if err := k.check(t.Context()); (err != nil) != tt.bad {
			t.Errorf("%v apart: %v", tt.apart, err)
		}
	}
}
