// Package faultstore wraps a store so that its calls fail when a test says so, in both ways in which a database can
// fail: what was asked for did not happen, or it did and the answer was lost (A221).
package faultstore

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"prokura/internal/audit"
	"prokura/internal/mark"
	"prokura/internal/store"
)

// ErrInjected is what a call fails with that did not happen. One that did happen fails with store.ErrUncertain.
var ErrInjected = errors.New("injected failure")

// Outcome is what becomes of one call.
type Outcome int

// The outcomes.
const (
	Works   Outcome = iota
	NotDone         // it did not happen, and fails
	Done            // it did happen, and is reported as failed
)

// Call is one call of the store.
type Call struct {
	N      int    // 1 is the first
	Method string // such as "Do"
	Action string // of the act, for Do
}

// Plan says what becomes of a call.
type Plan func(Call) Outcome

// Nth lets one call fail, and all others work.
func Nth(n int, o Outcome) Plan {
	return func(c Call) Outcome {
		if c.N == n {
			return o
		}
		return Works
	}
}

// Store is a store whose calls fail as planned. Committed, Failed, Woken and Close always work.
type Store struct {
	store.Store
	plan  Plan
	mu    sync.Mutex
	calls int // held: mu
}

// New wraps a store.
func New(s store.Store, plan Plan) *Store { return &Store{Store: s, plan: plan} }

// Calls is how many calls were made.
func (s *Store) Calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

// run makes one call, as planned.
func (s *Store) run(method, action string, call func() error) error {
	s.mu.Lock()
	s.calls++
	c := Call{N: s.calls, Method: method, Action: action}
	s.mu.Unlock()
	switch s.plan(c) {
	case NotDone:
		return fmt.Errorf("call %d, %s: %w", c.N, c.Method, ErrInjected)
	case Done:
		if err := call(); err != nil {
			return err
		}
		return fmt.Errorf("call %d, %s: %w: %w", c.N, c.Method, ErrInjected, store.ErrUncertain)
	}
	return call()
}

// Do changes access, or fails.
func (s *Store) Do(ctx context.Context, act audit.Act, fn func(store.Tx) error) error {
	return s.run("Do", act.Action, func() error { return s.Store.Do(ctx, act, fn) })
}

// Tend does upkeep, or fails.
func (s *Store) Tend(ctx context.Context, fn func(store.Upkeep) error) error {
	return s.run("Tend", "", func() error { return s.Store.Tend(ctx, fn) })
}

// View reads, or fails.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	return s.run("View", "", func() error { return s.Store.View(ctx, fn) })
}

// Glance reads one thing, or fails.
func (s *Store) Glance(ctx context.Context, fn func(store.Reader) error) error {
	return s.run("Glance", "", func() error { return s.Store.Glance(ctx, fn) })
}

// Head reads the head, or fails.
func (s *Store) Head(ctx context.Context) (n mark.Number, err error) {
	err = s.run("Head", "", func() error {
		n, err = s.Store.Head(ctx)
		return err
	})
	if err != nil {
		return mark.Number{}, err
	}
	return n, nil
}

// Changes reads the feed, or fails.
func (s *Store) Changes(ctx context.Context, after mark.Number, limit int) (list []store.Change, err error) {
	err = s.run("Changes", "", func() error {
		list, err = s.Store.Changes(ctx, after, limit)
		return err
	})
	if err != nil {
		return nil, err
	}
	return list, nil
}

// Marks reads the marks, or fails.
func (s *Store) Marks(ctx context.Context) (list []mark.Mark, n mark.Number, err error) {
	err = s.run("Marks", "", func() error {
		list, n, err = s.Store.Marks(ctx)
		return err
	})
	if err != nil {
		return nil, mark.Number{}, err
	}
	return list, n, nil
}

// Ping answers, or fails.
func (s *Store) Ping(ctx context.Context) error {
	return s.run("Ping", "", func() error { return s.Store.Ping(ctx) })
}
