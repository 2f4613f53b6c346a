package server

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

	"prokura/internal/clock"
	"prokura/internal/store"
	"prokura/internal/store/postgres"
)

const (
	// timeEvery is how often the clock is looked at, and how far it got is noted down.
	timeEvery = 30 * time.Second
	// maxStep is how far the machine's clock may be from what was counted, and maxApart how far from the database's,
	// before this process issues nothing (A234, A235).
	maxStep  = 5 * time.Minute
	maxApart = 30 * time.Second

	highestTime = "clock.highest" // the setting: Unix seconds
)

// timekeeper watches the clock that everything here goes by.
type timekeeper struct {
	store  store.Store
	steady *clock.Steady
}

// remote is a database on another machine, with a clock of its own.
type remote interface {
	Time(context.Context) (time.Time, error)
}

var _ remote = (*postgres.Store)(nil)

// newTimekeeper begins no earlier than the latest time that a process of this database is known to have seen.
func newTimekeeper(ctx context.Context, s store.Store, wall clock.Clock) (*timekeeper, error) {
	var highest time.Time
	err := s.View(ctx, func(r store.Reader) error {
		b, err := r.Setting(highestTime)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		if err == nil && len(b) != 8 {
			err = errors.New("the setting is damaged")
		}
		if err != nil {
			return err
		}
		highest = time.Unix(int64(binary.BigEndian.Uint64(b)), 0).UTC()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("reading how late it was: %w", err)
	}
	return &timekeeper{store: s, steady: clock.NewSteady(wall, clock.Elapsed(), highest)}, nil
}

// check refuses to go by a clock that was stepped, or that is apart from the database's.
func (k *timekeeper) check(ctx context.Context) error {
	if off := k.steady.Off(); off.Abs() > maxStep {
		return fmt.Errorf("the machine's clock is off by %s from what this process counted", off.Round(time.Second))
	}
	db, ok := k.store.(remote)
	if !ok {
		return nil
	}
	began := k.steady.Now()
	theirs, err := db.Time(ctx)
	if err != nil {
		return fmt.Errorf("asking the database for the time: %w", err)
	}
	// The answer was true at some moment between asking and hearing it.
	if early, late := began.Sub(theirs), theirs.Sub(k.steady.Now()); early > maxApart || late > maxApart {
		return fmt.Errorf("the machine's clock is %s apart from the database's", max(early, late).Round(time.Second))
	}
	return nil
}

// note writes down how late it is, unless a later time stands there.
func (k *timekeeper) note(ctx context.Context) error {
	now := k.steady.Now().Unix()
	return k.store.Tend(ctx, func(u store.Upkeep) error {
		b, err := u.Setting(highestTime)
		if err == nil && len(b) == 8 && int64(binary.BigEndian.Uint64(b)) >= now {
			return nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return u.SetSetting(highestTime, binary.BigEndian.AppendUint64(nil, uint64(now)))
	})
}

// run keeps the time until ctx ends, and tells what it thinks of the clock each time it looked.
func (k *timekeeper) run(ctx context.Context, tell func(error)) {
	every(ctx, timeEvery, func() {
		err := k.check(ctx)
		if err == nil {
			err = k.note(ctx)
		}
		if ctx.Err() == nil {
			tell(err)
		}
	})
}
