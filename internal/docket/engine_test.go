package docket_test

import (
	"errors"
	"log/slog"
	"path/filepath"
	"testing"
	"time"

	"prokura/internal/clock"
	"prokura/internal/docket"
	"prokura/internal/id"
	"prokura/internal/refusal"
	"prokura/internal/store"
	"prokura/internal/store/sqlite"
)

func TestDocket_onSQLite(t *testing.T) {
	now := clock.NewFake(noon)
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: filepath.Join(t.TempDir(), "prokura.db"), Clock: now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	open := func() *docket.Docket {
		return docket.New(docket.Config{Store: s, Clock: now, Log: slog.New(slog.DiscardHandler)})
	}
	flush := func(d *docket.Docket) {
		t.Helper()
		if err := d.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	d := open()
	d.Record(denied(1))
	flush(d)
	repeat := denied(2)
	repeat.At = noon.Add(time.Hour - time.Second) // written when the hour is over
	if got := d.Record(repeat); got != ref(1) {
		t.Errorf("a repeat answers %v", got)
	}
	now.Advance(time.Hour + time.Minute)
	flush(d)
	other := open() // another node, or the same one started again
	other.Record(denied(3))
	flush(other)
	reader := open()
	c, err := reader.Lookup(t.Context(), ref(1))
	if err != nil || c.Count != 2 || !c.At.Equal(noon) || !c.Last.Equal(repeat.At) {
		t.Errorf("the first: %+v, %v", c, err)
	}
	if len(c.Findings) != 1 || c.Findings[0].Code != refusal.ScopeNotGranted || len(c.Checks) != 2 || c.User != nth[id.User](1) {
		t.Errorf("its verdict: %+v", c)
	}
	if c, err = reader.Lookup(t.Context(), ref(3)); err != nil || c.Count != 1 {
		t.Errorf("the one of the other node: %+v, %v", c, err)
	}
	if _, err = reader.Lookup(t.Context(), ref(2)); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a reference that was never answered: %v", err)
	}
}
